"""What a second program says of the master, held against what the scan took it for and what the copy is.

The scan, the copy and most checks rest on one reading of the master. What that gets wrong would be wrong in all three
alike, and they would agree. This reading shares nothing with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from redact.errors import InputUnusable, VerificationFailed
from redact.records.kinds import CheckName
from redact.records.plan import Check
from redact.video.clock import LATEST_START_S
from redact.video.probe import stream_facts
from redact.video.second_reading import frame_times, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan
    from redact.video.second_reading import Reading, StreamRead

__all__ = ["Told", "second_reading", "tell"]

EXACT_S = 1e-4
"""Seconds by which two accounts of a time may differ; both count the same ticks."""

FEW = 0.5
"""A stream is not the one that carries on where another has its pictures, and its length, this many times over."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What the second program says of master and copy."""

    master: Reading
    copy: Reading
    stream: StreamRead
    """The master's, whose pictures the copy is to show."""
    copied: StreamRead
    times: NDArray[np.float64]
    """(n,) seconds of the master's pictures, in the order they are shown; of all its frames, or of none."""
    count: int
    """Pictures of the master, by the program's count."""
    how: str
    """How they were counted."""
    copy_times: NDArray[np.float64]
    """(m,) seconds of the copy's pictures."""


def tell(copy: Path, clip: Clip) -> Told:
    """Let the second program tell of the COPY and of the master of CLIP.

    Raises VerificationFailed where it can make nothing of one of them.
    """
    master, copied = read(clip.path), read(copy)
    stream = _chosen(master, clip)
    shown = next(iter(copied.videos()), None)
    if stream is None or shown is None:
        where = clip.path if stream is None else copy
        message = f"A second program finds no video in {where} where the first one did."
        raise VerificationFailed(message)
    times, count, how = _pictures(master, stream, clip)
    return Told(master, copied, stream, shown, times, count, how, _seconds(copied, shown.index))


def second_reading(readings: Told, clip: Clip, plan: MaskPlan) -> Check:
    """Tell whether streams, number and times of pictures, colours and turn are, by READINGS, as the scan took them."""
    sentence = (
        f"By a second program the master has {_counted(readings.master)}; {readings.count:,} pictures in stream "
        f"{readings.stream.index}, {readings.how}; the copy has {len(readings.copy_times):,} of "
        f"{plan.frames[1] - plan.frames[0]:,}"
    )
    sentence += "" if len(readings.times) == len(clip) else ", whose times are not compared one by one"
    wrong = [*_streams(readings, clip), *_count(readings, clip), *_times(readings, clip, plan), *_colours(readings)]
    return Check(CheckName.SECOND_READING, not wrong, f"{'; '.join([sentence, *wrong])}.")


def _chosen(master: Reading, clip: Clip) -> StreamRead | None:
    """Give the stream of MASTER that CLIP names, or its first."""
    return next((stream for stream in master.videos() if clip.stream in {None, stream.index}), None)


def _pictures(master: Reading, stream: StreamRead, clip: Clip) -> tuple[NDArray[np.float64], int, str]:
    """Times and number of the pictures of STREAM, and how they were counted.

    By packets, which costs little; all are decoded only where those do not fit, as where a picture takes two of them,
    one for each field, or one of them holds nothing that is shown.
    """
    times = _seconds(master, stream.index)
    timed = clip.forced_rate is None and not master.restamped
    if timed and len(times) == len(clip) == master.count(stream.index):
        return times, len(times), "counted by their packets"
    decoded = np.array([float(at) for at in frame_times(clip.path, stream.index, clip.forced_rate)])
    return decoded if len(decoded) == len(clip) else np.zeros(0), len(decoded), "counted by decoding them all"


def _seconds(reading: Reading, stream: int) -> NDArray[np.float64]:
    packets = reading.packets.get(stream)
    return np.zeros(0) if packets is None else np.asarray(packets.pts * float(packets.base), np.float64)


def _counted(reading: Reading) -> str:
    """Say how many streams of each kind there are."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(reading.kinds().items())) or "no stream"


def _streams(readings: Told, clip: Clip) -> Iterator[str]:
    """Say where the lists of streams differ, or another stream is the one that carries on."""
    kinds = readings.master.kinds()
    try:
        facts = stream_facts(clip.path).streams
    except InputUnusable as problem:
        yield problem.what
        return
    for kind in ("video", "audio"):
        known = sum(stream.kind == kind for stream in facts)
        if known != kinds[kind]:
            yield f"the first reading finds {known} {kind} streams, the second {kinds[kind]}"
    longest = readings.master.longest()
    own, other = (_length(readings.master, index) for index in (readings.stream.index, longest))
    if own[0] < FEW * other[0] and own[1] < FEW * other[1]:
        yield (
            f"the copy is made of stream {readings.stream.index} with {own[0]:,} pictures in {own[1]:.1f} s, but "
            f"stream {longest} has {other[0]:,} in {other[1]:.1f} s"
        )


def _length(reading: Reading, index: int) -> tuple[int, float]:
    """Number of packets of stream INDEX, and seconds from its first to its last."""
    times = _seconds(reading, index)
    return reading.count(index), float(times[-1] - times[0]) if len(times) else 0.0


def _count(readings: Told, clip: Clip) -> Iterator[str]:
    """Say where the scan found more or fewer pictures than there are, beyond what it told of as damaged."""
    damage = clip.damage
    doubt = damage.lost + len(damage.hidden) + damage.retimed
    if abs(readings.count - len(clip)) > doubt:
        yield f"the scan found {len(clip):,} pictures in it, the second program {readings.count:,}"


def _times(readings: Told, clip: Clip, plan: MaskPlan) -> Iterator[str]:
    """Say how many pictures of the copy are not where the second program finds them in the master."""
    first, end = plan.frames
    if len(readings.copy_times) != end - first:
        yield f"the copy has {len(readings.copy_times):,} pictures, not {end - first:,}"
        return
    if len(readings.times) != len(clip):  # `second_reading` says so, and `_count` fails it beyond what is damaged
        return
    master, copy = readings.times[first:end], readings.copy_times
    apart, pieces = copy - master, _pieces(master, clip, first)
    wrong = sum(int(np.count_nonzero(np.abs(apart[piece] - np.median(apart[piece])) > EXACT_S)) for piece in pieces)
    if wrong > clip.damage.retimed:
        at = int(np.argmax(np.abs(apart - apart[0]) > EXACT_S))
        yield (
            f"{wrong:,} pictures of the copy are not at the master's times: frame {first + at} is shown at "
            f"{copy[at]:.3f} s, {master[at]:.3f} s of the master, the first at {copy[0]:.3f} s, {master[0]:.3f} s"
        )
    due = float(master[0]) - readings.master.origin_s
    whole = (first, end) == (0, len(clip)) and 0 <= due <= float(LATEST_START_S)
    if whole and abs(copy[0] - due) > EXACT_S and not clip.damage.retimed:
        yield f"the copy begins at {copy[0]:.3f} s, the master, as players show it, at {due:.3f} s"


def _pieces(times: NDArray[np.float64], clip: Clip, first: int) -> list[slice]:
    """Cut the TIMES of frames from FIRST on where the clock of the file breaks off: as the scan told, or backwards."""
    breaks = {index - first for index in clip.breaks[:, 0].tolist()}
    back = set((np.flatnonzero(np.diff(times) <= 0) + 1).tolist())
    edges = [0, *sorted(cut for cut in breaks | back if 0 < cut < len(times)), len(times)]
    return [slice(a, b) for a, b in pairwise(edges)]


def _colours(readings: Told) -> Iterator[str]:
    """Say where players would turn the copy's samples into other colours than the master's, by the tags of both."""
    master, copy = readings.stream, readings.copied
    if "gbr" in master.words or "rgb" in master.words or "pal8" in master.words:
        return  # stored as RGB, which a copy never is; the pictures tell
    for name, in_master, in_copy in (
        ("colour matrix", _matrix(master), _matrix(copy)),
        ("range of levels", _range(master), _range(copy)),
    ):
        if in_master != in_copy:
            yield f"the {name} of the master is {in_master} to players, that of the copy {in_copy}"


def _matrix(stream: StreamRead) -> str:
    """Name the matrix that players use for STREAM; BT.601 has two names."""
    matrix = stream.matrix or stream.matrix_for_players
    return "bt601" if matrix in {"smpte170m", "bt470bg"} else matrix


def _range(stream: StreamRead) -> str:
    return "full" if stream.full_range else "limited"
