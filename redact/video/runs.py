"""Stretches over which a file's clock ran on, and to which of them its sound belongs.

Picture and sound of a recorder that starts anew are set back each at a place of its own in the file, some packets
apart, and two stretches may say the same times. So sound belongs to the stretch whose times it fits, and of several to
the one whose pictures it lies among in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from redact.video.clock import MPEG, WRAP
from redact.video.demux import packets
from redact.video.opening import opened
from redact.video.streams import video_stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redact.records.clip import Clip

__all__ = ["BEFORE", "NOWHERE", "Run", "belonging", "ends_at", "runs"]

NOWHERE = -1
"""Instead of a run, for sound that fits the times of none."""

SLACK_S = Fraction(1)
"""How far sound may lie outside the pictures of its run. What does is cut off, but nowhere else."""

STEADY_S = Fraction(3, 10)
"""Times that differ by more from packet to packet are another stretch of sound."""

LAST_S = Fraction(10)
"""How long the last picture is shown at most, where the one before was shown for longer."""

BEFORE = Fraction(-(2**40))
"""Seconds before everything."""


@dataclass(frozen=True, slots=True)
class Run:
    """Frames over which the file's clock neither broke off nor started anew."""

    first: Fraction
    """Seconds by the file's clock at which the first frame is shown."""
    shift: Fraction
    """Seconds that the line of time is more than the file's clock."""
    begins: Fraction
    """Seconds of the line from which on sound may belong to it."""
    ends: Fraction
    """Seconds of the line up to which it may."""
    wrap: Fraction
    """Seconds after which the file's clock counts from 0 again; 0 where it does not."""

    def place(self, seconds: Fraction) -> Fraction:
        """Give the time of the line for SECONDS of the file's clock, taken for a time of this run."""
        due = seconds + self.shift
        if not self.wrap or self.begins <= due < self.ends:
            return due
        return min((due, due - self.wrap, due + self.wrap), key=self._outside)

    def fits(self, seconds: Fraction) -> bool:
        """Tell whether SECONDS of the file's clock may be a time of this run."""
        return self._outside(self.place(seconds)) <= SLACK_S

    def _outside(self, due: Fraction) -> Fraction:
        return max(self.begins - due, due - self.ends, Fraction(0))


class _Packet(NamedTuple):
    """A packet of sound."""

    place: int
    """Among the packets of the file."""
    seconds: Fraction | None
    """By the file's clock."""


def runs(clip: Clip) -> tuple[Run, ...]:
    """Give the runs of CLIP; one, if its clock never broke off."""
    base, wrap = clip.time_base, WRAP * MPEG if clip.time_base == MPEG else Fraction(0)
    starts = [(0, 0), *((int(frame), int(shift)) for frame, shift in clip.breaks)]
    starts = [start for start, after in pairwise([*starts, (len(clip), 0)]) if start[0] < after[0]]
    lines = [int(clip.pts[frame]) * base for frame, _ in starts]
    ends = [*lines[1:], ends_at(clip)]
    return tuple(
        Run(line - shift * base, shift * base, line if number else BEFORE, end, wrap)
        for number, ((_, shift), line, end) in enumerate(zip(starts, lines, ends, strict=True))
    )


def ends_at(clip: Clip) -> Fraction:
    """Seconds of the line at which the last picture of CLIP ends."""
    last = int(clip.pts[-1] - clip.pts[-2]) * clip.time_base if len(clip) > 1 else Fraction(0)
    return int(clip.pts[-1]) * clip.time_base + max(1 / clip.rate, min(last, LAST_S))


def belonging(clip: Clip, index: int, all_runs: Sequence[Run]) -> list[int]:
    """Give for every packet of sound stream INDEX of CLIP to which of ALL_RUNS it belongs, or NOWHERE.

    Where there is only one run, nothing is read, and the list is empty.
    """
    if len(all_runs) == 1:
        return []
    among, sound = _places(clip, index, all_runs)
    chosen: list[int] = []
    for fits, some in groupby(_stretches(sound, all_runs), key=lambda pair: pair[0]):
        places = [packet.place for _, packet in some]
        middle = places[len(places) // 2]
        best = min(fits[1], key=lambda run: (_apart(among[run], middle), run), default=NOWHERE)
        chosen += [best] * len(places)
    return chosen


def _places(clip: Clip, index: int, all_runs: Sequence[Run]) -> tuple[list[tuple[int, int]], list[_Packet]]:
    """Give between which packets of the file the pictures of every run lie, and the packets of stream INDEX."""
    among: list[tuple[int, int]] = [(0, 0)] * len(all_runs)
    sound: list[_Packet] = []
    run, last = 0, all_runs[0].first
    with opened(clip.path, clip.forced_rate) as container:
        picture = video_stream(container, clip.path, clip.stream)
        for place, packet in enumerate(packets(container, [picture, container.streams[index]])):
            if packet.stream_index == index:
                sound.append(_Packet(place, _seconds(packet.pts, packet)))
                continue
            now = _seconds(packet.dts, packet)
            if now is not None:
                run, last = run + _begins(all_runs, run, now, last), now
            among[run] = (among[run][0] or place, place)
    return among, sound


def _begins(all_runs: Sequence[Run], run: int, now: Fraction, last: Fraction) -> bool:
    """Tell whether a picture at NOW, after one at LAST in the file, is where the run after RUN begins."""
    if run + 1 == len(all_runs) or abs(now - all_runs[run + 1].first) > 2 * SLACK_S:
        return False
    back = all_runs[run + 1].first < all_runs[run].ends - all_runs[run].shift
    return now < last - STEADY_S if back else now > last + STEADY_S


def _seconds(ticks: int | None, packet: Any) -> Fraction | None:
    """Give TICKS of PACKET, or what else it says of its time, as seconds of the file's clock."""
    times = [some for some in (ticks, packet.pts, packet.dts) if some is not None]
    return times[0] * packet.time_base if times else None


def _stretches(
    sound: Sequence[_Packet], all_runs: Sequence[Run]
) -> Iterator[tuple[tuple[int, tuple[int, ...]], _Packet]]:
    """Give every packet with the number of its stretch of steady times and the runs whose times it fits."""
    number, fits, last = 0, tuple(range(len(all_runs)))[:1], Fraction(0)
    for packet in sound:
        if packet.seconds is not None:
            number += abs(packet.seconds - last) > STEADY_S
            fits = tuple(k for k, run in enumerate(all_runs) if run.fits(packet.seconds))
            last = packet.seconds
        yield (number, fits), packet


def _apart(pictures: tuple[int, int], place: int) -> int:
    """Count the packets of the file between PLACE and the PICTURES of a run."""
    return max(pictures[0] - place, place - pictures[1], 0)
