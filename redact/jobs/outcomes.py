"""What became of each file of a batch, and the summary of all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from redact.files import canonical_json, legible
from redact.jobs.batch_jobs import order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from redact.records.plan import Check

__all__ = ["SUMMARY", "VERSION", "JobResult", "Outcome", "State", "exit_code", "summary"]

SUMMARY = "batch.json"
VERSION = "redact-batch/1"


class JobResult(Protocol):
    """What a batch needs to know of a release."""

    @property
    def copy(self) -> Path:
        """The redacted copy, or the withheld one."""
        ...

    @property
    def report(self) -> Path:
        """Its report."""
        ...

    @property
    def checks(self) -> Sequence[Check]:
        """What was verified."""
        ...

    @property
    def tracks(self) -> int:
        """Tracks hidden."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """What to think about before it leaves."""
        ...

    @property
    def withheld(self) -> bool:
        """Whether a check failed."""
        ...

    @property
    def earlier(self) -> str:
        """What became of a release that an earlier run left, as a sentence; nothing where there was none."""
        ...


class State(StrEnum):
    """What became of one file of the folder."""

    RELEASED = "released"
    ALREADY = "already released"
    WITHHELD = "withheld"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file of the folder."""

    master: Path
    state: State
    said: str = ""
    """Why, where it was not released; a sentence."""
    code: int = 0
    """Exit code that this alone would have."""
    copy: Path | None = None
    report: Path | None = None
    tracks: int = 0
    """Tracks hidden."""
    seconds: float = 0.0
    """Time it took."""
    notes: tuple[str, ...] = ()
    """What to think about before it leaves; sentences."""

    def plain(self, out: Path) -> dict[str, Any]:
        """Put it as plain JSON: the name of the master, and paths from OUT."""
        return {
            "master": self.master.name,
            "state": self.state,
            "said": legible(self.said),
            "exit_code": self.code,
            "copy": _from(out, self.copy),
            "report": _from(out, self.report),
            "tracks": self.tracks,
            "notes": [legible(note) for note in self.notes],
            "seconds": self.seconds,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any], out: Path, master: Path) -> Outcome:
        """Read what `plain` wrote of MASTER. Raises ValueError where it is not that, or tells of files beyond OUT."""
        outcome = cls(master, State(plain["state"]), plain["said"], plain["exit_code"])
        copy, report = (_within(out, plain[name]) for name in ("copy", "report"))
        more = {"tracks": plain["tracks"], "seconds": plain["seconds"], "notes": tuple(plain["notes"])}
        return replace(outcome, copy=copy, report=report, **more)


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """Give the code of the first failure in the order of names; 0 where all is released."""
    return next(
        (outcome.code for outcome in sorted(outcomes, key=lambda outcome: order(outcome.master)) if outcome.code), 0
    )


def summary(out: Path, request: Mapping[str, Any], known: Sequence[Outcome], waiting: int) -> bytes:
    """Spell what is known so far as `batch.json`."""
    files = [outcome.plain(out) for outcome in sorted(known, key=lambda outcome: order(outcome.master))]
    return canonical_json({"version": VERSION, "request": dict(request), "waiting": waiting, "files": files})


def _from(out: Path, path: Path | None) -> str | None:
    return None if path is None else path.relative_to(out).as_posix()


def _within(out: Path, name: str | None) -> Path | None:
    """Give the file NAME, written from OUT. Raises ValueError where it is not in it."""
    if name is None:
        return None
    if Path(name).is_absolute() or ".." in Path(name).parts:
        message = f"{name} is not in the folder of the results"
        raise ValueError(message)
    return out / name
