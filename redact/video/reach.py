"""How far a clip reaches, from the times of its packets alone: a pass that decodes nothing."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from redact.errors import InputUnusable
from redact.video.clock import start_of
from redact.video.demux import packets
from redact.video.opening import opened
from redact.video.streams import video_stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from av.packet import Packet

    from redact.records.clip import Source

__all__ = ["ends_before"]

BACK_S = Fraction(1)
"""Time that runs back by more than this is a clock that was set anew: only who decodes knows what follows."""

EXACT = frozenset({"mov", "matroska", "mpegts"})
"""Formats that say of every packet when it is shown. In others, as AVI, FFmpeg works it out, and not always well."""

REORDERED = 17
"""Frames later than its packets say that a picture of any other may be shown."""


class _Unsure(Exception):
    """What the packets say is not enough."""


def ends_before(source: Source, time: Fraction, *, sound: bool = False) -> Fraction | None:
    """Give the second at which SOURCE ends, as a player shows it, if it surely ends before TIME; else None.

    SOUND: what is heard counts as well. Reads no further than is needed to see that TIME is reached.
    """
    try:
        with opened(source.path, source.forced_rate) as container:
            picture = video_stream(container, source.path, source.stream)
            heard = container.streams.audio if sound else ()
            trouble: list[str] = []
            end = _end(packets(container, [picture, *heard], trouble), picture.index, source, time)
            if trouble:
                return None
            if not (source.forced_rate or EXACT.intersection(container.format.name.split(","))):
                end += REORDERED / source.rate
    except (_Unsure, av.FFmpegError, InputUnusable, IndexError, ValueError):  # the scan tells, and says what is wrong
        return None
    return end if end < time else None


def _end(packets: Iterable[Packet[Any]], picture: int, source: Source, time: Fraction) -> Fraction:
    """Give the last second at which one of PACKETS can be shown. Raises _Unsure where TIME is reached."""
    times: list[int] = []
    heard, before = Fraction(0), None
    for packet in packets:
        at = len(times) if source.forced_rate else packet.dts if packet.pts is None else packet.pts
        if not packet.size:  # the end of a stream
            continue
        if at is None:
            raise _Unsure
        if packet.stream_index != picture:
            heard = max(heard, (at + (packet.duration or 0)) * Fraction(packet.time_base))
            continue
        before = _forwards(before, packet.dts or at, source)
        times.append(at)
        if (at - start_of(source, times[0])) * source.time_base >= time:
            raise _Unsure
    if not times:
        raise _Unsure
    return max(_shown(times, source), heard - _offset(times, source))


def _forwards(before: int | None, now: int, source: Source) -> int:
    """Give the later of two decoding times. Raises _Unsure where the clock was set back between them."""
    if before is not None and (before - now) * source.time_base > max(BACK_S, 2 / source.rate):
        raise _Unsure
    return now if before is None else max(before, now)


def _shown(times: list[int], source: Source) -> Fraction:
    """Give the second at which the last picture is gone: each of TIMES takes a tick of its own, as `Clock` has it."""
    ticks = np.sort(np.array(times, np.int64))
    last = int((ticks + np.arange(len(ticks))[::-1]).max())
    return last * source.time_base + 1 / source.rate - _offset(times, source)


def _offset(times: list[int], source: Source) -> Fraction:
    """Second of the file's clock that a player shows as 0."""
    return start_of(source, min(times)) * source.time_base
