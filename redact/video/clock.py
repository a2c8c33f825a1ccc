"""One line of time that runs strictly forwards, whatever a recorder wrote: from the file's ticks to the copy's."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.records.clip import Clip, Source

__all__ = ["LATEST_START_S", "MPEG", "WRAP", "Clock", "file_ticks", "offset", "start_of", "track_timescale"]

JUMP_S, JUMP_STEPS = Fraction(1, 2), 5
"""Time that runs backwards by more than this, and by so many frames, is a clock that was set anew, not a late frame."""

GAP_S = Fraction(300)
"""A gap longer than this is closed, unless the recording takes pictures that seldom."""

GAP_STEPS = 100
"""A gap is closed if it is longer than this many of the steps before it."""

STEPS = 8
"""How many steps before a gap are looked at, and how many frames may have a wrong time before it is the clock's."""

LONGEST = 2**31 - 1
"""Ticks of the copy that MP4 can carry between two frames."""

FINEST = 10_000
"""Ticks a second below which MP4 would choose a multiple of its own."""

MPEG = Fraction(1, 90_000)
"""Seconds per tick of MPEG's own streams."""

WRAP = 2**33
"""Ticks after which they count from 0 again."""

LATEST_START_S = 60
"""A master that starts later than this counts from a clock of its own; its copy starts at 0."""

TOLD = 5
"""Breaks that are told one by one."""


@dataclass(slots=True)
class Clock:
    """Gives every frame a tick later than the one before, and keeps where the file's own clock broke off."""

    step: int
    """Ticks between frames at the nominal rate."""
    jump: Fraction
    """Ticks backwards beyond which the recording's clock was set anew."""
    gap: Fraction
    """Ticks forwards up to which a gap is always kept."""
    longest: int = LONGEST
    """Ticks forwards beyond which a gap is never kept."""
    wrap: int = 0
    """Ticks after which the file counts from 0 again; 0 where it does not."""
    free_running: bool = False
    """Whether times are counted, because the stream carries none."""
    retimed: int = 0
    """Frames that did not keep the time they had, nor the distance to those before."""
    breaks: list[tuple[int, int]] = field(default_factory=list)
    """Index of the frame from which on the ticks of the line are so many more than the file's."""
    broken: list[tuple[int, int]] = field(default_factory=list)
    """Tick of the line at which the file's clock went back (below 0) or leapt forwards, and by how many ticks."""
    _count: int = 0
    _last: int | None = None
    _shift: int = 0
    _before: int = 0
    _unsaid: int = 0
    _steps: deque[int] = field(default_factory=lambda: deque(maxlen=STEPS))

    @classmethod
    def of(cls, source: Source | Clip) -> Clock:
        """Make the clock for SOURCE."""
        step = max(1, round(1 / (source.rate * source.time_base)))
        jump = max(JUMP_S / source.time_base, Fraction(JUMP_STEPS * step))
        wrap = WRAP if source.time_base == MPEG else 0
        gap = max(GAP_S / source.time_base, Fraction(GAP_STEPS * step))
        longest = LONGEST * source.time_base.denominator // track_timescale(source.time_base)
        return cls(step, jump, gap, longest, wrap, free_running=source.forced_rate is not None)

    def tick(self, pts: int | None) -> int:
        """Give the tick of the next frame, which says PTS."""
        if self.free_running:
            now = 0 if self._last is None else self._last + 1
        elif pts is None:
            self._unsaid += 1
            now = 0 if self._last is None else self._last + self.step
        else:
            now = self._forward(pts)
        self._last = now
        self._count += 1
        return now

    def close(self) -> None:
        """Count frames without a time that none with one followed, where there was none at all."""
        if self._unsaid == self._count:
            self.retimed += self._unsaid
        self._unsaid = 0

    def _forward(self, pts: int) -> int:
        """Move PTS on if it is taken or past."""
        if self._last is None:
            return pts
        due = pts + self._shift
        if not -self.jump <= due - self._last <= self.jump:
            due = self._run_on(pts)
        moved = max(due, self._last + 1)
        self._confirm(due)
        self.retimed += moved != due
        self._steps.append(moved - self._last)
        return moved

    def _run_on(self, pts: int) -> int:
        """Give the tick of a frame that says PTS, where that is far from the frame before."""
        last = self._last or 0
        ahead = pts + self._shift - last
        if self.wrap:
            ahead = (ahead + self.wrap // 2) % self.wrap - self.wrap // 2
        returned = pts + self._before - last
        if self.breaks and self._count - self.breaks[-1][0] <= STEPS and 0 < returned <= self.jump:
            ahead = returned  # only a few frames had a wrong time
        elif not -self.jump <= ahead <= self._limit():
            self.broken.append((last, ahead))
            ahead = self.step
        shift = last + ahead - pts
        if shift != self._shift:
            self._before, self._shift = self._shift, shift
            self.breaks.append((self._count, shift))
        return last + ahead

    def _limit(self) -> Fraction:
        """Ticks of the longest gap that is kept here: a recording that takes few pictures has long ones."""
        if not self._steps:
            return Fraction(self.longest)
        return min(max(self.gap, Fraction(GAP_STEPS * max(self._steps))), Fraction(self.longest))

    def _confirm(self, due: int) -> None:
        """Count the frames without a time before one that is DUE as moved, unless it follows at the nominal rate."""
        if self._unsaid and abs(due - (self._last or 0) - self.step) > self._unsaid + 1:
            self.retimed += self._unsaid
        self._unsaid = 0

    def told(self, time_base: Fraction, begins: int) -> Iterator[str]:
        """Say where the file's clock broke off; a player shows tick BEGINS of TIME_BASE as 0."""
        for at, ahead in self.broken[:TOLD]:
            verb = "jumps" if ahead > 0 else "is set back"
            where, size = _clock((at - begins) * time_base), _length(abs(ahead) * time_base)
            ends = "without the gap" if ahead > 0 else "without a break"
            yield f"The clock of the recording {verb} by {size} at {where}; the copy runs on from there {ends}."
        more = len(self.broken) - TOLD
        if more > 0:
            yield f"It does so at {more} more place{'s' * (more != 1)}."


def track_timescale(time_base: Fraction) -> int:
    """Ticks a second of the copy's picture track, a multiple of those of TIME_BASE."""
    scale = time_base.denominator
    while scale < FINEST:
        scale *= 2
    return scale


def offset(clip: Clip, span: tuple[int, int] | None = None) -> int:
    """Ticks that the times of the copy are less than those of the line.

    Those before the clip's origin for a whole clip, so that a late start stays late. A SPAN of frames starts at 0, and
    so does a clip that starts before its origin or on a clock of its own.
    """
    part = span is not None and span != (0, len(clip))
    return int(clip.pts[span[0]]) if part and span else start_of(clip, int(clip.pts[0]))


def start_of(source: Source | Clip, first: int) -> int:
    """Tick of the line that a player shows as 0, if the first frame of SOURCE is at tick FIRST."""
    ticks, base = first - source.origin, source.time_base
    late = 0 <= ticks * base.numerator <= LATEST_START_S * base.denominator
    return source.origin if late else first


def file_ticks(clip: Clip) -> NDArray[np.int64]:
    """(F,) ticks of the frames of CLIP by the file's own clock, which may break off."""
    table = np.concatenate([np.zeros((1, 2), np.int64), clip.breaks])
    row = np.searchsorted(table[:, 0], np.arange(len(clip)), "right") - 1
    ticks: NDArray[np.int64] = clip.pts - table[row, 1]
    return ticks


def _clock(seconds: Fraction) -> str:
    """Write SECONDS as a player shows them."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(max(0, tenths), 600)
    hours, minutes = divmod(minutes, 60)
    shown = f"{minutes:02}:{rest / 10:04.1f}" if hours else f"{minutes}:{rest / 10:04.1f}"
    return f"{hours}:{shown}" if hours else shown


def _length(seconds: Fraction) -> str:
    """Write how long SECONDS are: the two largest units, or seconds and tenths."""
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004  seconds
        return f"{float(seconds):.1f} s"
    sizes = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    first = next(i for i, (size, _) in enumerate(sizes) if whole >= size)
    (large, name), (small, unit) = sizes[first : first + 2]
    return f"{whole // large} {name} {whole % large // small} {unit}"
