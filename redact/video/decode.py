"""Every picture of a master, once, in order, with its exact time, and a record of what was damaged."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.error import EOFError as EndOfStream

from redact.errors import InputUnusable, SourceChanged
from redact.records import Clip, Damage, Frame
from redact.video.complaints import listening
from redact.video.formats import planes
from redact.video.probe import CHECK_FILE, opened, video_stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from redact.video.complaints import Complaints
    from redact.video.probe import Source

__all__ = ["DecodeLog", "decode"]

JUMP_S = Fraction(10)
"""Time that runs backwards by more than this is a clock that was set anew, not a late frame."""

REORDER = 16
"""Most pictures that can be shown between a key picture's place in the file and its place in time."""

KEYS_KEPT = 256
"""Key pictures remembered between packet and picture; a decoder holds far fewer."""


@dataclass
class DecodeLog:
    """What decoding found; filled while the frames are read."""

    pts: array[int] = field(default_factory=lambda: array("q"))
    """Ticks of every frame so far."""
    damaged: list[int] = field(default_factory=list)
    """Indices of frames that are not as they were recorded."""
    lost: int = 0
    """Packets from which no picture came."""
    retimed: int = 0
    """Frames moved to the next free tick."""
    promised: int = 0
    """Frames that the header says there are; 0 where it does not."""
    notes: list[str] = field(default_factory=list)
    """Sentences on damage of other kinds."""

    def damage(self) -> Damage:
        """Sum up, with one sentence for each kind of damage."""
        counts = (
            (len(self.damaged), "could not be decoded as recorded and must be hidden whole"),
            (self.lost, "gave no picture"),
            (self.retimed, "had a time that was missing, repeated or ran backwards, and took the next free one"),
        )
        nouns = ("frame", "packet", "frame")
        told = [f"{n} {noun}{'s' * (n != 1)} {what}." for (n, what), noun in zip(counts, nouns, strict=True) if n]
        return Damage(np.array(self.damaged, np.int32), self.lost, self.retimed, (*told, *self.notes))

    def pts_array(self) -> NDArray[np.int64]:
        """(F,) ticks of every frame."""
        return np.array(self.pts, np.int64)


def decode(source: Source | Clip, log: DecodeLog | None = None) -> Iterator[Frame]:
    """Give every frame of SOURCE in order of time; LOG is filled on the way.

    Of a Clip the frames must be those it was made from: raises SourceChanged otherwise. Raises InputUnusable where
    nothing decodes or the picture changes its size. The planes are the decoder's own: copy before painting.
    """
    log = DecodeLog() if log is None else log
    clock = _Clock(source.time_base, source.rate, log, free_running=source.forced_rate is not None)
    known = _Known(source)
    for index, (picture, damaged) in enumerate(_pictures(source, log)):
        pts = clock.tick(picture.pts)
        known.check(index, pts)
        damaged |= known.damaged(index)
        log.pts.append(pts)
        if damaged:
            log.damaged.append(index)
        yield Frame(index, pts, planes(picture), picture, damaged=damaged)
    known.check_count(len(log.pts))
    if not log.pts:
        message = f"{source.path} holds no picture that can be decoded."
        raise InputUnusable(message, CHECK_FILE)


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


class _Clock:
    """Times that run strictly forwards."""

    def __init__(self, time_base: Fraction, rate: Fraction, log: DecodeLog, *, free_running: bool) -> None:
        self._step = max(1, round(1 / (rate * time_base)))
        self._jump = JUMP_S / time_base
        self._log = log
        self._free = free_running
        self._timed = False
        self._shift = 0
        self._next = 0

    def tick(self, pts: int | None) -> int:
        """Give the tick of a frame that says PTS."""
        if self._free:
            pts = self._next
        elif pts is None:
            pts = self._missing()
        else:
            pts = self._forward(pts + self._shift)
            self._timed = True
        self._next = pts + 1
        return pts

    def _missing(self) -> int:
        """Place a frame without a time: by the rate where none has one, else as near as can be."""
        self._log.retimed += 1
        return self._next if self._timed or not self._log.pts else self._next - 1 + self._step

    def _forward(self, pts: int) -> int:
        """Move PTS on if it is taken or past."""
        if not self._log.pts:
            return pts
        if self._next - pts > self._jump:
            now = self._next - 1 + self._step
            self._shift += now - pts
            self._log.notes.append("The clock of the recording was set back; time runs on from there without a break.")
            pts = now
        moved = max(pts, self._next)
        self._log.retimed += moved != pts or self._shift != 0
        return moved


class _Doubt:
    """Since when pictures may be damaged, and until which key picture.

    A decoder with several threads complains before it gives the picture out, but not of which picture. So from a
    complaint on every picture is doubted, until a key picture whose packet was sent after it.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.shown = 0
        self._since = -1
        self._keys: OrderedDict[int, int] = OrderedDict()

    def sending(self, packet: Any) -> None:
        """Note a PACKET on its way to the decoder."""
        self.sent += 1
        if packet.is_corrupt:
            self.raise_now()
        if packet.is_keyframe and packet.pts is not None:
            self._keys[packet.pts] = self.sent
            if len(self._keys) > KEYS_KEPT:
                self._keys.popitem(last=False)

    def raise_now(self) -> None:
        """Doubt every picture not shown yet whose packet was sent."""
        self._since = self.sent

    def judge(self, picture: Any) -> bool:
        """Tell whether PICTURE, the next in time, may be damaged."""
        if picture.key_frame and self._packet(picture) > self._since:
            self._since = -1
        if picture.is_corrupt:
            self.raise_now()
        self.shown += 1
        return self._since >= 0

    def _packet(self, picture: Any) -> int:
        """Count the packets up to that of a key PICTURE, or fewer where it is not known."""
        return self._keys.pop(picture.pts, self.shown - REORDER)


def _pictures(source: Source | Clip, log: DecodeLog) -> Iterator[tuple[Any, bool]]:
    """Give every picture in the working format and whether it may be damaged."""
    with opened(source.path, source.forced_rate) as container:
        stream = video_stream(container, source.path)
        stream.thread_type = "AUTO"  # type: ignore[assignment]  # PyAV takes the name as well
        log.promised = stream.frames
        with listening(stream.codec_context.name) as complaints:
            try:
                yield from _judged(container, stream, source, log, complaints)
            finally:
                # parks the decoder's threads: one that logs while Python frees the decoder would wait for ever
                stream.codec_context.flush_buffers()
    _count_missing(log)


def _judged(
    container: InputContainer, stream: VideoStream, source: Source | Clip, log: DecodeLog, complaints: Complaints
) -> Iterator[tuple[Any, bool]]:
    doubt = _Doubt()
    for packet in _packets(container, stream, log):
        doubt.sending(packet)
        pictures = _decoded(packet, doubt, log)
        if complaints.taken():
            doubt.raise_now()
        for picture in pictures:
            yield _fitting(picture, source), doubt.judge(picture)


def _packets(container: InputContainer, stream: VideoStream, log: DecodeLog) -> Iterator[Any]:
    """Give the packets of STREAM, then the empty one that empties the decoder."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError as problem:
            log.notes.append(f"The file cannot be read to its end ({problem.strerror}).")
            return
        log.promised -= packet.is_discard  # an edit list cuts these away
        yield packet


def _decoded(packet: Any, doubt: _Doubt, log: DecodeLog) -> list[Any]:
    """Decode PACKET; what does not decode is counted."""
    try:
        return list(packet.decode())
    except EndOfStream:
        return []
    except (av.FFmpegError, ValueError):
        doubt.raise_now()
        log.lost += 1
        return []


def _fitting(picture: Any, source: Source | Clip) -> Any:
    """Give PICTURE in the format of SOURCE. Raises InputUnusable where it has another size."""
    if (picture.width, picture.height) != (source.width, source.height):
        message = (
            f"{source.path} changes its picture from {source.width}x{source.height} to "
            f"{picture.width}x{picture.height} on the way."
        )
        raise InputUnusable(message, "Cut it where the size changes and work on the parts.")
    if picture.format.name == source.pix_fmt:
        return picture
    turned = picture.reformat(format=source.pix_fmt)
    turned.pts = picture.pts
    return turned


def _count_missing(log: DecodeLog) -> None:
    """Count frames that the header promises and the content does not hold."""
    found = len(log.pts)
    missing = log.promised - found
    if missing > 0:
        log.lost = max(log.lost, missing)
        log.notes.append(f"The header promises {log.promised} frames, but the content holds {found}.")
