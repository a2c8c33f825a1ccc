"""What a check has counted, and how what was counted over two stretches of one copy is put together."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from redact.records.tracks import Detections

if TYPE_CHECKING:
    from redact.records.plan import Check

__all__ = ["Least", "Most", "Tally", "joined"]

T = TypeVar("T")


class Tally(Protocol):
    """What one check has counted."""

    def result(self) -> Check:
        """Sum up."""
        ...


@dataclass(frozen=True, slots=True)
class Most:
    """The largest number that was seen."""

    level: float = 0.0
    at: str = ""
    """Where, as the end of a sentence has it."""


@dataclass(frozen=True, slots=True)
class Least:
    """The smallest number that was seen."""

    level: float = 1.0


def joined(first: T, later: T) -> T:
    """Put two tallies of one kind together; LATER is of what comes after the FIRST.

    Numbers add up, rows follow each other, of two largest or smallest the one that is stays, and of two sentences the
    first that says something.
    """
    both = {
        field.name: _both(getattr(first, field.name), getattr(later, field.name))
        for field in fields(first)  # type: ignore[arg-type]
    }
    return replace(first, **both)  # type: ignore[type-var]


def _both(first: Any, later: Any) -> Any:
    """Put one value of each together."""
    match first:
        case Most():
            return max(first, later, key=lambda most: most.level)
        case Least():
            return min(first, later, key=lambda least: least.level)
        case Detections():
            return Detections.concat([first, later])
        case str():
            return first or later
        case dict():
            return {key: _added(first.get(key), later.get(key)) for key in {**first, **later}}
        case _:
            return joined(first, later) if is_dataclass(first) else first + later


def _added(first: tuple[float, ...] | None, later: tuple[float, ...] | None) -> tuple[float, ...]:
    """Add number by number; where there is only one of them, that is the sum."""
    if first is None or later is None:
        return first or later or ()
    return tuple(a + b for a, b in zip(first, later, strict=True))
