"""Every picture of a master, once, in order, with its exact time, and a record of what was damaged."""

from __future__ import annotations

from array import array
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from redact.errors import InputUnusable, SourceChanged
from redact.records.clip import Clip, Damage, Frame
from redact.video.clock import Clock, start_of
from redact.video.formats import planes
from redact.video.opening import CHECK_FILE
from redact.video.pictures import Tally, pictures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.records.clip import Source

__all__ = ["DecodeLog", "decode"]


@dataclass
class DecodeLog:
    """What decoding found; filled while the frames are read."""

    pts: array[int] = field(default_factory=lambda: array("q"))
    """Ticks of every frame so far."""
    damaged: list[int] = field(default_factory=list)
    """Indices of frames that are not as they were recorded."""
    lost: int = 0
    """Packets from which no picture came, or that are missing at the end."""
    missing: int = 0
    """How many of them are missing at the end, about, by the length that the header says."""
    retimed: int = 0
    """Frames moved to the next free tick."""
    promised: int = 0
    """Frames that the header says there are; 0 where it does not."""
    notes: list[str] = field(default_factory=list)
    """Sentences on damage of other kinds."""
    breaks: list[tuple[int, int]] = field(default_factory=list)
    """Where the file's clock broke off, see Clip.breaks."""
    remarks: list[str] = field(default_factory=list)
    """Sentences on what is not in the copy as it is in the file, without being damaged."""

    def damage(self) -> Damage:
        """Sum up, with one sentence for each kind of damage."""
        counts = (
            (len(self.damaged), "could not be decoded as recorded and must be hidden whole"),
            (self.lost - self.missing, "gave no picture"),
            (self.retimed, "had a time that was missing, repeated or ran backwards, and took the next free one"),
        )
        nouns = ("frame", "packet", "frame")
        sentences = [
            f"{n} {noun}{'s' * (n != 1)} {words}." for (n, words), noun in zip(counts, nouns, strict=True) if n
        ]
        return Damage(np.array(self.damaged, np.int32), self.lost, self.retimed, (*sentences, *self.notes))

    def pts_array(self) -> NDArray[np.int64]:
        """(F,) ticks of every frame."""
        return np.array(self.pts, np.int64)

    def breaks_array(self) -> NDArray[np.int64]:
        """(k, 2) where the file's clock broke off."""
        return np.array(self.breaks, np.int64).reshape(-1, 2)


def decode(source: Source | Clip, log: DecodeLog | None = None) -> Iterator[Frame]:
    """Give every frame of SOURCE in order of time; LOG is filled on the way.

    Of a Clip the frames must be those it was made from: raises SourceChanged otherwise. Raises InputUnusable where
    nothing decodes or the picture changes its size. The planes are the decoder's own: copy before painting.
    """
    log = DecodeLog() if log is None else log
    clock, known, tally = Clock.of(source), _Known(source), Tally()
    with closing(pictures(source, tally)) as stream:
        for index, decoded in enumerate(stream):
            pts = clock.tick(decoded.time)
            known.check(index, pts)
            damaged = decoded.doubted or known.damaged(index)
            if damaged:
                log.damaged.append(index)
            log.pts.append(pts)
            log.promised = tally.promised
            yield Frame(index, pts, planes(decoded.picture), decoded.picture, damaged=damaged)
    known.check_count(len(log.pts))
    _sum_up(log, tally, clock)
    if log.pts:
        log.remarks += clock.told(source.time_base, start_of(source, log.pts[0]))
    if not log.pts:
        message = f"{source.path} holds no picture that can be decoded."
        raise InputUnusable(message, CHECK_FILE)


def _gap(times: array[int], index: int, step: int) -> int:
    """Count the frames, STEP ticks apart, that are missing in TIMES before INDEX."""
    return max(0, round((times[index] - times[index - 1]) / step) - 1) if index else 0


def _sum_up(log: DecodeLog, tally: Tally, clock: Clock) -> None:
    """Write into LOG what was damaged, lost and moved; gaps in time beside damage are missing frames."""
    clock.close()
    log.damaged = sorted({*log.damaged, *tally.late})
    missing = sum(_gap(log.pts, index, clock.step) for index in log.damaged)
    log.promised, log.lost, log.retimed, log.breaks = tally.promised, tally.lost(), clock.retimed, clock.breaks
    log.missing = min(tally.short, log.lost)
    log.notes += tally.notes
    if not tally.promised and missing > log.lost:
        log.lost = missing
        log.notes.append(f"About {missing} frames are missing where the recording is damaged.")


class _Known:
    """What an earlier pass saw, if there was one."""

    def __init__(self, source: Source | Clip) -> None:
        self._path = source.path
        self._pts = source.pts if isinstance(source, Clip) else None
        self._hidden = frozenset(source.damage.hidden.tolist()) if isinstance(source, Clip) else frozenset()

    def damaged(self, index: int) -> bool:
        return index in self._hidden

    def check(self, index: int, pts: int) -> None:
        """Raise SourceChanged unless frame INDEX was at PTS before."""
        if self._pts is not None and (index >= len(self._pts) or self._pts[index] != pts):
            message = f"{self._path} has changed since it was scanned (frame {index} is not at the time it had)."
            raise SourceChanged(message)

    def check_count(self, count: int) -> None:
        """Raise SourceChanged unless there were COUNT frames before."""
        if self._pts is not None and count != len(self._pts):
            message = f"{self._path} has changed since it was scanned ({len(self._pts)} frames then, {count} now)."
            raise SourceChanged(message)
