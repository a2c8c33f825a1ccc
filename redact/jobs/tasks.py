"""A piece of a long copy, before it is made and after; and whoever makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from redact.paint.spec import CopySpec
    from redact.verify.acceptance import Acceptance
    from redact.verify.seen import Seen
    from redact.video.pieces import Piece

__all__ = ["Made", "Making", "Task"]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A piece to be made. It travels to other processes."""

    spec: CopySpec
    """Of the piece alone."""
    path: Path
    accept: Acceptance | None = None

    @property
    def frames(self) -> tuple[int, int]:
        """Half-open range of frames of the clip."""
        return self.spec.plan.frames


@dataclass(frozen=True, slots=True)
class Made:
    """A piece that was made and checked."""

    piece: Piece
    sha256: str
    """Of its file, when it was checked."""
    master: tuple[int, ...]
    """What changes when the master's file is written to or another put in its place, as it was meanwhile."""
    seen: Seen


class Making(Protocol):
    """What makes pieces, in whatever order, and tells how far each of them is."""

    def __call__(self, tasks: Sequence[Task], tell: Callable[[Task, str, int, int | None], None], /) -> Iterable[Made]:
        """Make the pieces that TASKS ask for. Raises RedactError where one cannot be made."""
        ...
