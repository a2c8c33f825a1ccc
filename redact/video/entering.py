"""Pictures from the middle of a master, each known to be the one that it is called, or else not given.

A container is entered at a key picture. Which frame that is follows from its time, where the recording has one time for
every picture and nothing of it is damaged; else from its packet, which an earlier pass from the start came by. From
there on pictures are counted, and each is held against what is known of it: its time, or the check value of all its
samples. What does not fit is raised, and never a neighbour shown instead.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.codec.context import Flags
from av.error import EOFError as EndOfStream

from redact.records.clip import Frame
from redact.video.colour import Fit
from redact.video.complaints import listening
from redact.video.demux import packets
from redact.video.formats import planes
from redact.video.landmarks import UNSAID, place_of, print_of
from redact.video.opening import opened
from redact.video.pictures import independent
from redact.video.streams import video_stream

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from av.container import InputContainer
    from av.video.stream import VideoStream

    from redact.records.clip import Clip
    from redact.video.complaints import Complaints
    from redact.video.landmarks import Landmarks

__all__ = ["Unproven", "entered"]

TIMED = frozenset({"mov", "matroska", "mpegts"})
"""Formats that say of every packet when it is shown, and say the same wherever they are entered."""

BACK_S = (0, 1, 4, 16, 64)
"""Seconds before a picture at which a key picture is looked for, one after the other; then the start of the file."""

TRIED = 3
"""Packets of an earlier pass that are tried, the nearest first."""

THREADS = 2
"""Of a decoder that works in several, however many cores there are: each holds pictures of its own."""

EARLIER_S = 2
"""Seconds before a packet of an earlier pass at which it is looked for, where its own time does not lead to it."""

SKIPPED = 4096
"""Packets read at most on the way to the one wanted, from where a container was entered."""


class Unproven(Exception):
    """Which frame a picture is could not be shown; the file has to be decoded from its start."""


class _Complained(Exception):
    """A decoder of several threads complained: before it gives out what it complains of, but perhaps long before."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where decoding starts."""

    frame: int
    """Which frame the key picture there is."""
    packet: Any
    """Its packet."""
    rest: Iterator[Any]
    """What follows it."""


def entered(clip: Clip, index: int, landmarks: Landmarks | None = None) -> Generator[Frame, None, None]:
    """Give frames of CLIP in order, from a key picture at or before INDEX on, each held against what is known of it.

    Raises Unproven, before the first or later, where it cannot be shown which frame a picture is.
    """
    next_one = index
    if not clip.damage.some:
        with suppress(_Complained):
            for frame in _entered(clip, index, landmarks, threads="AUTO"):
                next_one = frame.index + 1
                yield frame
            return
    if next_one == len(clip):
        return
    for frame in _entered(clip, next_one, landmarks, threads="NONE"):
        if frame.index >= next_one or next_one == index:
            yield frame


def _entered(clip: Clip, index: int, landmarks: Landmarks | None, *, threads: str) -> Iterator[Frame]:
    """Give frames of CLIP from a key picture at or before INDEX on, decoded with so many THREADS.

    Raises Unproven, or _Complained where the decoder complains and it is not known of which picture.
    """
    with _decoder(clip, threads=threads) as (container, complaints):
        stream = video_stream(container, clip.path, clip.stream)
        times = _Times(clip, container)
        if landmarks is not None:
            entry = _by_packet(container, stream, index, landmarks)
        elif times.tell:
            entry = _by_time(container, stream, index, times)
        else:
            raise Unproven
        if entry is None:
            raise Unproven
        check = _Check(clip, times, landmarks, complaints, threaded=bool(stream.codec_context.thread_type))
        yield from _frames(clip, entry, check)


@contextmanager
def _decoder(clip: Clip, *, threads: str) -> Iterator[tuple[InputContainer, Complaints]]:
    """Open CLIP as the pass from its start does, with so many THREADS."""
    with listening() as complaints, opened(clip.path, clip.forced_rate) as container:
        stream = video_stream(container, clip.path, clip.stream)
        context = stream.codec_context
        complaints.decoder(context.name)
        stream.thread_type, context.thread_count = threads, THREADS
        context.copy_opaque = True
        context.flags |= Flags.output_corrupt
        try:
            yield container, complaints
        finally:
            context.flush_buffers()  # parks the decoder's threads, see `pictures`


class _Times:
    """Which frame is shown at a tick of the file."""

    def __init__(self, clip: Clip, container: InputContainer) -> None:
        self._pts = clip.pts
        sound = not (clip.damage.some or len(clip.breaks) or clip.forced_rate is not None)
        self.tell = sound and not TIMED.isdisjoint(container.format.name.split(","))
        """Whether a time tells which picture it is of."""

    def frame(self, tick: int | None) -> int | None:
        """Give the frame at TICK, if there is one."""
        if tick is None:
            return None
        frame = int(np.searchsorted(self._pts, tick))
        return frame if frame < len(self._pts) and self._pts[frame] == tick else None

    def tick(self, frame: int) -> int:
        """Give the tick of FRAME."""
        return int(self._pts[frame])


def _by_time(container: InputContainer, stream: VideoStream, index: int, times: _Times) -> _Entry | None:
    """Find the key picture before frame INDEX by its time; None where none is found whose frame is known."""
    second = round(1 / (stream.time_base or 1))
    start = times.tick(0)
    for back in (*BACK_S, None):
        target = start if back is None else max(times.tick(index) - back * second, start)
        read = _sought(container, stream, target)
        first = next((packet for packet in read if packet.is_keyframe and packet.size), None)
        frame = times.frame(first.pts) if first is not None else None
        if frame is not None and frame <= index:
            return _Entry(frame, first, read)
        if target == start:
            break
    return None


def _by_packet(container: InputContainer, stream: VideoStream, index: int, marks: Landmarks) -> _Entry | None:
    """Find a packet that an earlier pass came by, at or before frame INDEX."""
    for tried, row in enumerate(marks.before(index)):
        if tried == TRIED:
            break
        for read, loosely in _ways(container, stream, marks, row):
            for _, packet in zip(range(SKIPPED), read, strict=False):
                if _is_that(packet, marks, row, loosely=loosely):
                    return _Entry(int(marks.frame[row]), packet, read)
    return None


def _is_that(packet: Any, marks: Landmarks, row: int, *, loosely: bool) -> bool:
    """Tell whether PACKET is the one of ROW; LOOSELY: or may be, which its picture will tell."""
    same_place = UNSAID != marks.place[row] == place_of(packet)
    same_time = UNSAID != marks.dts[row] == packet.dts
    return bool(packet.size == marks.size[row] and (same_place or same_time or (loosely and packet.is_keyframe)))


def _ways(
    container: InputContainer, stream: VideoStream, marks: Landmarks, row: int
) -> Iterator[tuple[Iterator[Any], bool]]:
    """Give the packets from a little before the one of ROW on: by time, by bytes, and loosely.

    The last is for formats that, where they are entered, say other times than before, and no places.
    """
    times = [int(time[row]) for time in (marks.dts, marks.pts) if time[row] != UNSAID]
    for time in times:
        yield _sought(container, stream, time), False
    if marks.place[row] != UNSAID:
        yield _sought(container, stream, int(marks.place[row]), by_bytes=True), False
    for time in times[:1]:
        yield _sought(container, stream, time - round(EARLIER_S / (stream.time_base or 1))), True


def _sought(container: InputContainer, stream: VideoStream, target: int, *, by_bytes: bool = False) -> Iterator[Any]:
    """Give the packets of STREAM from TARGET, ticks or bytes, or a key picture before it; none where it cannot be."""
    try:
        if by_bytes:
            container.seek(target, unsupported_byte_offset=True)
        else:
            container.seek(target, stream=stream)
    except (av.FFmpegError, ValueError, OverflowError):
        return iter(())
    return packets(container, [stream])


class _Check:
    """What is known of every picture, and whether one is as known."""

    def __init__(
        self, clip: Clip, times: _Times, landmarks: Landmarks | None, complaints: Complaints, *, threaded: bool
    ) -> None:
        self._count, self._times, self._landmarks = len(clip), times, landmarks
        self._complaints, self._threaded = complaints, threaded

    def sending(self) -> None:
        """Hear from now on what is said of the packet that is sent next, where that can be told."""
        if not self._threaded:
            self._complaints.only_here()

    def complained(self, packet: Any, first: Any) -> None:
        """Raise Unproven where the decoder complained of PACKET. What comes before the FIRST in time may be broken."""
        if not self._complaints.taken() or self._landmarks is not None:
            return
        if self._threaded:
            raise _Complained
        if not (packet is first or (packet.pts is not None and packet.pts < first.pts)):
            raise Unproven

    def picture(self, picture: Any, index: int, samples: Iterable[Any]) -> None:
        """Raise Unproven unless PICTURE with SAMPLES is frame INDEX."""
        if index >= self._count:
            raise Unproven
        if self._times.tell and self._times.frame(picture.pts) != index:
            raise Unproven
        if self._landmarks is None:
            if picture.is_corrupt:
                raise Unproven
        elif print_of(list(samples)) != int(self._landmarks.prints[index]):
            raise Unproven


def _frames(clip: Clip, entry: _Entry, check: _Check) -> Iterator[Frame]:
    """Decode from ENTRY on, and give what CHECK finds to be the frames that it is."""
    fit, hidden, index = Fit(clip), frozenset(clip.damage.hidden.tolist()), entry.frame
    first, begun = entry.packet, False
    for packet in chain([first], entry.rest):
        if not packet.size and (packet.pts is not None or packet.dts is not None):
            continue  # as the pass from the start leaves it out
        packet.opaque = [packet is first]
        check.sending()
        shown = _decoded(packet)
        check.complained(packet, first)
        for picture in shown:
            begun = begun or _is_first(picture, first)
            if not begun:
                continue  # shown before the key picture, and made of what came before it in the file
            fitted = fit(picture)
            samples = planes(fitted)
            check.picture(picture, index, samples)
            yield Frame(index, int(clip.pts[index]), samples, fitted, damaged=index in hidden)
            index += 1
    if index != len(clip):
        raise Unproven


def _is_first(picture: Any, packet: Any) -> bool:
    """Tell whether PICTURE came in PACKET, the one that decoding started with. Raises Unproven where it is no key."""
    tag = picture.opaque
    if not (tag[0] if tag else picture.pts is not None and picture.pts == packet.pts):
        return False
    if not independent(picture):
        raise Unproven
    return True


def _decoded(packet: Any) -> list[Any]:
    """Decode PACKET. Raises Unproven where it does not decode: a pass from the start knows what that means."""
    try:
        return list(packet.decode())
    except EndOfStream:
        return []
    except (av.FFmpegError, ValueError) as problem:
        raise Unproven from problem
