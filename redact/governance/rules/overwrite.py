"""Until when footage that was asked for can still be exported, before its recorder writes over it.

Nothing of it is stored: what the organisation's file says today counts, for requests that are open already too. It errs
towards too early:

- A recorder keeps hours, not days of the calendar: what was recorded at 14:00 goes from 14:00 on, so many times
  24 hours later. The last day that is named is the last one on which all of it is there from midnight to midnight.
- Of a camera that is not on the register of cameras, and where none is named, the shortest time counts that any has.
- Footage that is attached counts for what it shows: of what is missing the time runs on. Where nobody said when it
  begins it counts for all that was asked of its camera, and that this was not measured is said.
- A search counts for the time that it was of, and only where it is on record that it found nothing.
- On the nights on which the clocks change the longer reading of what was asked counts, of a search the shorter.

After that day nothing is said to be gone: it has to be tried at once. A recorder whose disk is full writes over footage
sooner than it is set to, so what the register of cameras says is to be what the recorder really keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from redact.governance.rules.completeness import Recording, Span, Window, completeness
from redact.governance.rules.fields import folded
from redact.governance.rules.working_days import UK, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Deadline", "Kept", "Search", "Standing", "Wanted", "deadlines"]

DAY = timedelta(days=1)


class Standing(StrEnum):
    """How it is with the footage of a request."""

    NONE = "none"
    """No footage is asked for."""
    DONE = "done"
    """It is here, or was searched for in vain."""
    RUNS = "runs"
    """It is not here yet, and its day is to come."""
    PASSED = "passed"
    """It is not here, and may be written over already."""
    UNKNOWN = "unknown"
    """It is not here, and no time is named, so nobody knows."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    cameras: tuple[str, ...]
    """Names; empty where none was named."""
    start: datetime | None
    """Local time where the camera is; None where no time was named."""
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Search:
    """A search that found nothing."""

    camera: str
    start: datetime
    end: datetime

    @property
    def span(self) -> Span:
        """The shortest time that it can mean."""
        return Span(max(_instants(self.start)), min(_instants(self.end)))


@dataclass(frozen=True, slots=True)
class Kept:
    """How long recorders keep what they recorded, in days."""

    otherwise: int
    """Of cameras of which nothing else is said."""
    cameras: Mapping[str, int]
    """By folded name, of those on the register of cameras."""

    def days(self, camera: str) -> int:
        """Give the days for CAMERA; of one that is not known the fewest of any."""
        return self.cameras.get(folded(camera), min((self.otherwise, *self.cameras.values())))


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when the footage of a camera can be exported."""

    camera: str
    """Empty where none was named."""
    standing: Standing
    known: bool = True
    """Whether it is on the register of cameras, or there is none."""
    days: int = 0
    begins: datetime | None = None
    """When the first of what is missing begins to be written over."""
    last: date | None = None
    """The last whole day before that."""
    measured: bool = True
    """False where footage is attached of which nobody said when it begins."""
    partly: bool = False
    """Whether a part of what was asked is here."""

    @property
    def open(self) -> bool:
        """Whether something is to be done."""
        return self.standing in {Standing.RUNS, Standing.PASSED, Standing.UNKNOWN}

    def sentences(self, today: date) -> Iterator[str]:
        """Say until when, as it stands TODAY, one step a sentence."""
        of = f"of {self.camera}" if self.camera else "that was asked for"
        match self.standing:
            case Standing.UNKNOWN:
                yield f"The footage {of} is not here, and no time is named, so it may be written over any day."
            case Standing.DONE if not self.measured:
                yield f"Footage {of} is here. Whether it is all of it is not known until it is said when it begins."
            case Standing.RUNS | Standing.PASSED:
                yield from self._runs(of, today)

    def _runs(self, of: str, today: date) -> Iterator[str]:
        if self.begins is None or self.last is None:
            return
        begins = self.begins.astimezone(UK)
        what = f"Of the footage {of} a part" if self.partly else f"The footage {of}"
        unknown = "" if self.known else ", which is not on the register of cameras, so that the shortest time counts"
        kept = f"{self.days} day{'s' * (self.days != 1)}{unknown}"
        moment = f"{say(begins.date())}, {begins:%H:%M}"
        if today <= self.last:
            yield f"{what} is not here yet. It is kept for {kept}, and written over from {moment}."
            yield f"The last whole day to export it is {say(self.last)}."
        elif today == begins.date():
            yield f"{what} is not here. It is kept for {kept}, and goes from {begins:%H:%M} today on: export it now."
        else:
            yield f"{what} is not here. It was kept for {kept}, until {moment}, and may be written over: try at once."


def deadlines(
    wanted: Wanted, clips: Sequence[Recording], searches: Sequence[Search], kept: Kept, today: date
) -> tuple[Deadline, ...]:
    """Say for each camera of WANTED until when its footage can be exported, given the CLIPS here and vain SEARCHES."""
    names = {folded(name): name for name in wanted.cameras} or {"": ""}
    return tuple(_deadline(name, wanted, _of(name, names, clips, searches), kept, today) for name in names.values())


@dataclass(frozen=True, slots=True)
class _Here:
    """What there is of a camera."""

    clips: tuple[Recording, ...]
    searches: tuple[Search, ...]


def _of(name: str, names: Mapping[str, str], clips: Sequence[Recording], searches: Sequence[Search]) -> _Here:
    """Give what of CLIPS and SEARCHES is of the camera NAME; where none was named, all of it is."""
    if not name:
        return _Here(tuple(clips), tuple(searches))
    alone = len(names) == 1
    mine = (clip for clip in clips if folded(clip.camera) == folded(name) or (alone and not clip.camera))
    return _Here(tuple(mine), tuple(search for search in searches if folded(search.camera) == folded(name)))


def _deadline(name: str, wanted: Wanted, here: _Here, kept: Kept, today: date) -> Deadline:
    known = not kept.cameras or folded(name) in kept.cameras or not name
    if wanted.start is None or wanted.end is None:
        done = bool(here.clips or here.searches)
        return Deadline(name, Standing.DONE if done else Standing.UNKNOWN, known, measured=not here.clips)
    if any(clip.span is None for clip in here.clips):
        return Deadline(name, Standing.DONE, known, measured=False)
    asked = Window("", wanted.start, wanted.end)
    missing = _missing(asked, here)
    if not missing:
        return Deadline(name, Standing.DONE, known)
    days = kept.days(name)
    begins = missing[0].start + timedelta(days=days)
    last = begins.astimezone(UK).date() - DAY
    standing = Standing.RUNS if today <= last else Standing.PASSED
    return Deadline(name, standing, known, days, begins, last, partly=missing != (asked.span,))


def _missing(asked: Window, here: _Here) -> tuple[Span, ...]:
    """Give what of the time that was ASKED is neither here nor was searched in vain."""
    if not here.clips and not here.searches:
        return (asked.span,)
    vain = [
        Recording(name="", camera="", starts=start, duration_s=(end - start).total_seconds())
        for span in (search.span for search in here.searches)
        if (start := max(span.start, asked.span.start)) < (end := min(span.end, asked.span.end))
    ]
    clips = [replace(clip, camera="") for clip in here.clips]
    (coverage,) = completeness([asked], [*clips, *vain]).cameras
    return coverage.missing


def _instants(moment: datetime) -> tuple[datetime, ...]:
    """Give the instants that MOMENT can mean: one, but for the nights on which the clocks change."""
    if moment.tzinfo:
        return (moment.astimezone(UTC),)
    return tuple(moment.replace(tzinfo=UK, fold=fold).astimezone(UTC) for fold in (0, 1))
