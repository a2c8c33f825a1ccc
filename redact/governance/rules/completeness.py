"""Whether the footage provided is the footage asked for: camera by camera, second by second.

Times without a zone are civil times of the United Kingdom (Europe/London), as a request names them and a recorder
shows them; times with a zone are what they say. All arithmetic is on instants, so the nights on which the clocks
change count the hours that passed. On such a night a time can mean two instants or none:

- a window that begins or ends there is read as the longer one, so that nothing that may have been asked is left out;
- a clip that starts there is not placed at all, as one whose start is not known, until its zone is said as well.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from redact.governance.rules.working_days import UK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["LONGEST_S", "Completeness", "Coverage", "Recording", "Span", "Window", "completeness", "gaps"]

LEAST_S = 1
"""A break is one second long at least; anything shorter is how recorders cut their files."""
LEAST_FRAMES = 5
"""A break is this many nominal frames long at least: a slow camera is not broken."""
LONGEST_S = 10 * 366 * 86_400
"""Seconds; a clip that claims more is mistaken."""
JOINTS_SHARE = 100
"""Joints of files are at most one part in so many of what was asked."""
LISTED = 12
"""Spans that a sentence names; of the others it gives the number."""

SECOND = timedelta(seconds=1)
BREAK = timedelta(seconds=LEAST_S)
NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time, half-open, of two instants in UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Window:
    """What was asked of one camera."""

    camera: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Check that there is something to it."""
        if self.span.length <= NOTHING:
            message = f"Window must end after it begins, not {self.start} to {self.end}"
            raise ValueError(message)

    @property
    def span(self) -> Span:
        """The longest time that it can mean."""
        return Span(min(_instants(self.start)), max(_instants(self.end)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A clip, as far as it covers time."""

    name: str
    camera: str
    starts: datetime | None
    """By the recorder's clock; None where it is not known."""
    duration_s: float
    gaps: tuple[tuple[float, float], ...] = ()
    """Breaks inside it, from and to, in seconds from its start, as `gaps` gives them."""
    lost_frames: int = 0
    """Frames that could not be decoded."""
    clock_offset_s: float | None = None
    """Seconds that the recorder's clock was fast; below 0 where it was slow; None where nobody compared it."""

    def __post_init__(self) -> None:
        """Check that its times are times."""
        for seconds in (self.duration_s, *(second for gap in self.gaps for second in gap)):
            if not 0 <= seconds <= LONGEST_S:
                message = f"Recording: {self.name} cannot have a time of {seconds} s"
                raise ValueError(message)
        if not abs(self.clock_offset_s or 0) <= LONGEST_S:
            message = f"Recording: a clock cannot be {self.clock_offset_s} s fast"
            raise ValueError(message)

    @property
    def span(self) -> Span | None:
        """When it was recorded, by a clock that is right; None where that is not known."""
        instants = _instants(self.starts) if self.starts else set()
        if len(instants) != 1:
            return None
        start = instants.pop() - timedelta(seconds=self.clock_offset_s or 0)
        return Span(start, start + timedelta(seconds=self.duration_s))

    def covers(self) -> list[Span]:
        """List what it shows: its span without its breaks."""
        if (whole := self.span) is None:
            return []
        breaks = [
            Span(*(whole.start + timedelta(seconds=second) for second in gap)) for gap in self.gaps if gap[0] < gap[1]
        ]
        return _without(whole, breaks)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was asked of a camera, and what there is of it."""

    camera: str
    asked: Span
    covered: tuple[Span, ...]
    """Within what was asked; in order, apart from each other."""
    gaps: tuple[Span, ...]
    """The rest of what was asked."""
    overlaps: tuple[Span, ...]
    """What more than one clip shows, within what was asked."""

    @property
    def missing(self) -> tuple[Span, ...]:
        """The gaps that are more than the joints of files: longer than a second, or more than 1 % of it together."""
        joints = sum((gap.length for gap in self.gaps if gap.length <= BREAK), NOTHING)
        least = NOTHING if joints * JOINTS_SHARE > self.asked.length else BREAK
        return tuple(gap for gap in self.gaps if gap.length > least)

    @property
    def sentence(self) -> str:
        """What was asked, what was provided, and what is missing."""
        face = _Face(self.asked)
        shown = _without(self.asked, self.missing)
        provided = _listed([face.span(span) for span in shown if _up(span.start) < _down(span.end)])
        provided = provided or ("less than a second" if self.covered else "nothing")
        lacking = sum((gap.length for gap in self.missing), NOTHING)
        joints = len(self.gaps) - len(self.missing)
        also = f", with {_count(joints, 'break')} of a second or less" if joints else ""
        end = f"{_length(lacking)} missing" if self.missing else "nothing is missing"
        return f"{face.title(self.camera)}: {face.span(self.asked)} asked; {provided} provided{also}; {end}."


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether the footage provided is the footage asked for."""

    cameras: tuple[Coverage, ...]
    """One for each window asked, in that order."""
    notes: tuple[str, ...]
    """What else there is to know, one sentence each."""
    whole: bool
    """Something was asked, each second of it is covered, and no frame of it was lost."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything for the report."""
        return (*(coverage.sentence for coverage in self.cameras), *self.notes)


def completeness(windows: Sequence[Window], clips: Iterable[Recording]) -> Completeness:
    """Hold CLIPS against the WINDOWS that were asked. A clip whose start is not known covers nothing."""
    clips = list(clips)
    cameras = tuple(_coverage(window, [clip for clip in clips if clip.camera == window.camera]) for window in windows)
    lost = any(clip.lost_frames for clip in clips if clip.camera in {window.camera for window in windows})
    whole = bool(windows) and not lost and not any(coverage.missing for coverage in cameras)
    return Completeness(cameras, tuple(_notes(windows, clips, cameras)), whole)


def gaps(pts: NDArray[np.int64], time_base: Fraction, rate: Fraction) -> tuple[tuple[float, float], ...]:
    """List the breaks inside a clip, in seconds from its first frame.

    A break lies between two frames that are more than a second, and more than five nominal frames, apart; the first
    of the two is on screen for one of them. PTS int64 (F,) ticks, increasing; TIME_BASE seconds per tick; RATE
    nominal frames per second.
    """
    if rate <= 0 or time_base <= 0:
        message = f"gaps: rate and time_base must be above 0, not {rate} and {time_base}"
        raise ValueError(message)
    ticks = math.floor(max(Fraction(LEAST_S), LEAST_FRAMES / rate) / time_base)
    broken = np.flatnonzero(np.diff(pts) > ticks).tolist()
    times = [(_seconds(pts, index, time_base) + 1 / rate, _seconds(pts, index + 1, time_base)) for index in broken]
    return tuple((float(start), float(end)) for start, end in times)


def _seconds(pts: NDArray[np.int64], index: int, time_base: Fraction) -> Fraction:
    return (int(pts[index]) - int(pts[0])) * time_base


def _instants(moment: datetime) -> set[datetime]:
    """Give the instants that MOMENT can mean: one, but for the nights on which the clocks change."""
    if moment.tzinfo is not None:
        return {moment.astimezone(UTC)}
    return {moment.replace(tzinfo=UK, fold=fold).astimezone(UTC) for fold in (0, 1)}


# ---- arithmetic of spans


def _coverage(window: Window, clips: Sequence[Recording]) -> Coverage:
    """Hold CLIPS of its camera against WINDOW."""
    asked = window.span
    pieces = [span for clip in clips for span in clip.covers()]
    spans = [Span(max(piece.start, asked.start), min(piece.end, asked.end)) for piece in pieces]
    spans = [span for span in spans if span.length > NOTHING]
    covered, twice = _at_least(1, spans), _at_least(2, spans)
    return Coverage(window.camera, asked, tuple(covered), tuple(_without(asked, covered)), tuple(twice))


def _at_least(times: int, spans: Sequence[Span]) -> list[Span]:
    """Give the stretches that lie in TIMES or more of SPANS, in order, apart from each other."""
    change = Counter(span.start for span in spans)
    change.subtract(span.end for span in spans)
    stretches: list[Span] = []
    depth = 0
    for start, end in pairwise(sorted(change)):
        depth += change[start]
        if depth < times:
            continue
        if stretches and stretches[-1].end == start:
            stretches[-1] = Span(stretches[-1].start, end)
        else:
            stretches.append(Span(start, end))
    return stretches


def _without(whole: Span, holes: Iterable[Span]) -> list[Span]:
    """Give what is left of WHOLE, in order, when HOLES are taken out."""
    left, start = [], whole.start
    for hole in sorted(holes):
        if hole.start > start:
            left.append(Span(start, min(hole.start, whole.end)))
        start = max(start, hole.end)
        if start >= whole.end:
            return left
    return [*left, Span(start, whole.end)] if start < whole.end else left


# ---- sentences


def _notes(windows: Sequence[Window], clips: Sequence[Recording], cameras: Sequence[Coverage]) -> Iterator[str]:
    """Say what else there is to know of CLIPS."""
    if not windows:
        yield "No camera and time are on record as asked for, so nobody can tell whether anything is missing."
    for clip in clips:
        wanted = [window.span for window in windows if window.camera == clip.camera]
        yield from _notes_of(clip, wanted)
    for coverage in cameras:
        face = _Face(coverage.asked)
        double = [face.span(span) for span in coverage.overlaps if span.length > BREAK]
        if double:
            yield f"{face.title(coverage.camera)}: {_listed(double)} is in more than one clip."


def _notes_of(clip: Recording, wanted: Sequence[Span]) -> Iterator[str]:
    """Say what there is to know of CLIP, of whose camera the spans WANTED were asked."""
    length = _length(timedelta(seconds=clip.duration_s))
    where = clip.span
    if clip.starts is None:
        yield f"When {clip.name} ({length}) starts is not known, so it covers nothing of what was asked."
    elif where is None:
        yield (
            f"{clip.name} ({length}) starts at {clip.starts:%H:%M:%S} by its clock, in a night on which the clocks"
            " changed: that time can mean two, so it covers nothing until its zone, GMT or BST, is given as well."
        )
    elif not wanted:
        yield f"{clip.name} is of {_camera(clip.camera)}, of which nothing was asked."
    elif not any(where.start < span.end and span.start < where.end for span in wanted):
        yield f"{clip.name} lies outside what was asked of {_camera(clip.camera)}."
    if where is not None:
        yield _clock(clip)
    if clip.lost_frames:
        yield f"{_count(clip.lost_frames, 'frame')} of {clip.name} could not be decoded."


def _clock(clip: Recording) -> str:
    """Say whether the recorder's clock was right."""
    offset = clip.clock_offset_s
    if offset is None:
        return f"{clip.name}: nobody compared the recorder's clock with the right time; its times are taken as shown."
    if not offset:
        return f"{clip.name}: the recorder's clock was compared and right."
    way = "fast" if offset > 0 else "slow"
    return f"{clip.name}: the recorder's clock was {_length(timedelta(seconds=abs(offset)))} {way}; this is corrected."


class _Face:
    """How times are written beside what was asked: with date and zone where they would be in doubt without."""

    def __init__(self, span: Span) -> None:
        start, end = span.start.astimezone(UK), span.end.astimezone(UK)
        self._day = start.date()
        self._dated = start.date() != end.date()
        doubtful = any(len(_instants(time.replace(tzinfo=None))) > 1 for time in (start, end))
        self._zoned = doubtful or start.utcoffset() != end.utcoffset()

    def title(self, camera: str) -> str:
        """Name CAMERA and the day, unless each time carries its own."""
        return _camera(camera) if self._dated else f"{_camera(camera)}, {self._day.day} {self._day:%B %Y}"

    def span(self, span: Span) -> str:
        """Write SPAN in whole seconds, never longer than it is."""
        return f"{self._time(_up(span.start))} to {self._time(_down(span.end))}"

    def _time(self, instant: datetime) -> str:
        local = instant.astimezone(UK)
        day = f"{local.day} {local:%B %Y} " if self._dated else ""
        return f"{day}{local:%H:%M:%S}{f' {local.tzname()}' if self._zoned else ''}"


def _up(instant: datetime) -> datetime:
    return instant if not instant.microsecond else _down(instant) + SECOND


def _down(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)


def _camera(camera: str) -> str:
    return f"Camera {camera}" if camera.isdigit() else camera


def _listed(items: Sequence[str]) -> str:
    """ITEMS as a sentence lists them, the first few and how many more."""
    items = [*items[:LISTED], f"{len(items) - LISTED} more spans"] if len(items) > LISTED + 1 else list(items)
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _length(length: timedelta) -> str:
    """LENGTH in hours, minutes and seconds, rounded up to a whole second."""
    minutes, seconds = divmod(-(-length // SECOND), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
