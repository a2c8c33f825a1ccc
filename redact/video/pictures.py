"""What the decoder gives, picture by picture, and which of it may not be as it was recorded.

A decoder that works in several threads is fast, but does not say which picture it complains of. It does complain before
it gives that picture out. So the threads run until the first complaint; from there on the file is decoded again, from
the start, in one thread, whose complaints are of the packet just sent. The result is the same on every run.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import av
from av.codec.context import Flags
from av.error import EOFError as EndOfStream
from av.video.frame import PictureType

from redact.records.clip import Clip
from redact.video.clock import Clock
from redact.video.colour import Fit
from redact.video.complaints import listening
from redact.video.demux import packets
from redact.video.opening import opened
from redact.video.promises import SAME_AGAIN, Reach, pictures_promised
from redact.video.refresh import Refresh
from redact.video.shown import check_aspect, check_orientation
from redact.video.streams import video_stream

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator
    from fractions import Fraction

    from av.container import InputContainer
    from av.video.stream import VideoStream

    from redact.records.clip import Source
    from redact.video.complaints import Complaints

__all__ = ["Decoded", "Tally", "independent", "number_of", "pictures"]

REORDER = 16
"""Most pictures that can be shown between a key picture's place in the file and its place in time."""

SPARSE = frozenset({"mpeg"})
"""Formats by whose standard a picture may go without a time: FFmpeg then gives it none, or that of another one."""

UNSHOWN = frozenset({"vp8", "libvpx"})
"""Decoders of streams in which a packet may hold a picture that is only predicted from, and never shown."""

PAIRED = 0.9
"""Share of the pictures that must have come as two packets each for it to be fields that came, and no losses."""

PREDICTED = frozenset({PictureType.P, PictureType.B, PictureType.S, PictureType.SP})
"""Kinds of picture that need another one."""


@dataclass(slots=True)
class Decoded:
    """One picture as it came."""

    picture: Any
    """The decoder's frame, in the format of the source."""
    time: int | None
    """Ticks, as the file has them."""
    doubted: bool
    """Whether it may not be as it was recorded."""
    number: int = 0
    """Which packet of the stream it came in, from 1; 0 where its decoder does not tell."""
    key: bool = False
    """Whether it needs no other picture."""


@dataclass(slots=True)
class Tally:
    """What went in and what came out."""

    sent: int = 0
    """Packets that should give a picture."""
    shown: int = 0
    """Pictures that came."""
    refused: int = 0
    """Packets that the decoder would not take."""
    fields: int = 0
    """Pictures that may have come as two packets, one for each field."""
    short: int = 0
    """Pictures, about, that are missing where the file ends before its header says."""
    promised: int = 0
    """Pictures that the header says there are; 0 where it does not."""
    trouble: bool = False
    """Whether anything went wrong."""
    late: list[int] = field(default_factory=list)
    """Indices of pictures that were given out before they were doubted."""
    notes: list[str] = field(default_factory=list)
    """Sentences on damage of other kinds."""

    def reset(self) -> None:
        """Start counting anew."""
        fresh = Tally()
        for part in fields(self):
            setattr(self, part.name, getattr(fresh, part.name))

    def lost(self) -> int:
        """Count packets from which no picture came."""
        unanswered = max(0, self.sent - self.shown)
        if 2 * self.shown * PAIRED <= self.sent <= self.shown + self.fields:
            unanswered = 0  # a packet to each field
        return max(unanswered, self.refused, self.promised - self.shown, self.short)


def pictures(source: Source | Clip, tally: Tally) -> Generator[Decoded, None, None]:
    """Give every picture of SOURCE in order of time; TALLY is filled on the way.

    Raises InputUnusable where the picture changes its size.
    """
    count = 0
    known = isinstance(source, Clip) and (len(source.damage.hidden) or source.damage.lost)
    if not known:
        with closing(_run(source, tally, threads="AUTO")) as sound:
            for decoded in sound:
                if tally.trouble:
                    break
                count += 1
                yield decoded
        if not tally.trouble:
            return
        tally.reset()
    with closing(_run(source, tally, threads="NONE")) as exact:
        for index, decoded in enumerate(exact):
            if index >= count:
                yield decoded
            elif decoded.doubted:  # how far the threads were ahead of the complaint is chance; what is damaged is not
                tally.late.append(index)


class _Doubt:
    """Since when pictures may be damaged, and until which key picture.

    What is damaged at one packet is predicted from by what comes after it. So from a complaint on every picture is
    doubted, until a key picture whose packet was sent after it, or until a stream that renews its picture bit by bit
    has gone round once since. A file that starts in the middle is doubted from the start.
    """

    def __init__(self, tally: Tally, corrupt: Collection[tuple[int, int]], codec: str) -> None:
        self._tally = tally
        self._corrupt = corrupt
        self._refresh = Refresh(codec)
        self._packets = 0
        self._since = -1
        self._broken = 0
        self._clean = False

    def sending(self, packet: Any) -> None:
        """Note a PACKET on its way to the decoder."""
        if not (self._packets or packet.is_keyframe):
            self._since = 0
        self._packets += 1
        packet.opaque = [self._packets]  # not the number: PyAV keeps it by its identity, which small numbers share
        self._refresh.see(packet, self._packets)
        if packet.is_corrupt:
            self.raise_now()
            self._since += 1  # where packets are cut anew, the mark may stand one too early
        if (packet.stream_index, packet.dts) in self._corrupt:
            self.raise_now()

    def raise_now(self) -> None:
        """Doubt every picture not shown yet whose packet was sent."""
        self._since = max(self._since, self._packets)
        self._broken = self._packets
        self._tally.trouble = True

    def judge(self, picture: Any) -> bool:
        """Tell whether PICTURE, the next in time, may be damaged."""
        if self._since >= 0 and self._ends(picture):
            self._since = -1
        if picture.is_corrupt:
            self._since = max(self._since, self._packet(picture))
            self._broken = self._since if self._clean else self._broken  # else the decoder only waits for a beginning
        self._clean = not picture.is_corrupt
        self._tally.shown += 1
        self._tally.fields += bool(picture.interlaced_frame)
        if self._since >= 0:
            self._tally.trouble = True
        return self._since >= 0

    def _ends(self, picture: Any) -> bool:
        """Tell whether PICTURE needs no other one and was sent after what is doubted."""
        if not picture.is_corrupt and self._refresh.whole(self._packet(picture), self._broken):
            return True
        if picture.pict_type in PREDICTED:  # a stream that refreshes bit by bit marks those as keys as well
            return False
        if self._since == 0:
            return bool(picture.key_frame or picture.pict_type)
        return picture.key_frame and self._packet(picture) > self._since

    def _packet(self, picture: Any) -> int:
        """Count the packets up to that of PICTURE, or fewer where it is not known."""
        return number_of(picture) or max(0, self._tally.shown - REORDER)


def number_of(picture: Any) -> int:
    """Give the number that the packet of PICTURE was sent with, see `_Doubt.sending`; 0 where it is not known."""
    known: list[int] | None = picture.opaque
    return known[0] if known else 0


def independent(picture: Any) -> bool:
    """Tell whether PICTURE is a key picture that needs no other one; streams that refresh bit by bit have others."""
    return bool(picture.key_frame) and picture.pict_type not in PREDICTED


def _run(source: Source | Clip, tally: Tally, *, threads: str) -> Generator[Decoded, None, None]:
    """Decode SOURCE once from its start, with THREADS as FFmpeg names their kind."""
    with listening() as complaints, opened(source.path, source.forced_rate) as container:
        stream = video_stream(container, source.path, source.stream)
        context = stream.codec_context
        complaints.decoder(context.name)
        stream.thread_type = threads
        context.copy_opaque = True
        context.flags |= Flags.output_corrupt  # better hidden whole than missing
        tally.promised = pictures_promised(container, stream, source.path)
        try:
            yield from _judged(container, stream, source, tally, complaints)
        finally:
            # parks the decoder's threads: one that logs while Python frees the decoder would wait for ever
            context.flush_buffers()
    tally.trouble |= tally.lost() > tally.short  # what ends too early need not be read twice
    if tally.promised > tally.shown:
        tally.notes.append(f"The header promises {tally.promised} frames, but the content holds {tally.shown}.")


def _judged(
    container: InputContainer, stream: VideoStream, source: Source | Clip, tally: Tally, complaints: Complaints
) -> Iterator[Decoded]:
    fit = Fit(source)
    doubt = _Doubt(tally, complaints.corrupt, stream.codec_context.name)
    threaded = bool(stream.codec_context.thread_type)
    times = _Times(container.format.name, Clock.of(source).step)
    aspect: Fraction | None = None
    for packet in _packets(container, stream, tally, Reach(container, stream, source.path)):
        doubt.sending(packet)
        if not threaded:
            complaints.only_here()
        frames = _decoded(packet, doubt, tally)
        if complaints.taken():
            doubt.raise_now()
        aspect = check_aspect(stream.codec_context.sample_aspect_ratio, aspect, source.path) if frames else aspect
        for picture in frames:
            time, doubted = times.of(picture), doubt.judge(picture)
            check_orientation(picture, source.orientation, source.path)
            yield Decoded(fit(picture), time, doubted, number_of(picture), independent(picture))


class _Times:
    """The time of each picture as the file has it, or as it follows from the one before where its format lets it."""

    def __init__(self, name: str, step: int) -> None:
        """Read times of the format of NAME, pictures STEP ticks apart."""
        self._in_file_order = name == "avi"  # it has no other times; what FFmpeg makes of them may be wrong
        self._may_be_untimed = name in SPARSE
        self._step = step
        self._last: int | None = None
        self._apart = step

    def of(self, picture: Any) -> int | None:
        """Give the time of PICTURE in ticks, if it has one."""
        time: int | None = self._filed(picture) if self._in_file_order else picture.pts
        if self._may_be_untimed and self._last is not None:
            borrowed = time is not None and self._last - REORDER * self._step <= time <= self._last
            time = self._last + (picture.duration or self._step) if time is None or borrowed else time
        self._last = time
        return time

    def _filed(self, picture: Any) -> int | None:
        """Give the place of PICTURE in the file as a time; those that the decoder held back to the end have none."""
        time: int | None = picture.dts
        if time is None:
            return picture.pts if self._last is None else self._last + self._apart
        self._apart = time - self._last if self._last is not None else self._apart
        return time


def _packets(container: InputContainer, stream: VideoStream, tally: Tally, reach: Reach) -> Iterator[Any]:
    """Give the packets of STREAM that hold something, then the empty one that empties the decoder."""
    shown = stream.codec_context.name not in UNSHOWN
    trouble: list[str] = []
    for packet in packets(container, list(container.streams) if reach.watched else [stream], trouble):
        reach.see(packet)
        if packet.stream.index != stream.index:
            continue
        last = packet.size == 0 and packet.dts is None and packet.pts is None
        same = packet.size <= SAME_AGAIN and not last
        tally.promised -= packet.is_discard  # an edit list cuts it away
        tally.sent += shown and not (last or packet.is_discard or same)
        if last:
            _at_the_end(tally, trouble, reach, float(stream.average_rate or 0))
        if packet.size or last:
            yield packet


def _at_the_end(tally: Tally, trouble: list[str], reach: Reach, rate: float) -> None:
    """Note what stopped the reading, and what is missing by the header's word, at so many frames a second."""
    tally.trouble |= bool(trouble)
    tally.notes += trouble
    if short_s := reach.short_s():
        tally.short = max(1, round(short_s * rate))
        tally.notes.append(reach.note(tally.short))
    elif times := reach.unread():
        tally.short = max(1, round(times * tally.shown))
        tally.notes.append(
            f"Another recording is joined to it and cannot be read: about {tally.short} pictures are missing."
        )


def _decoded(packet: Any, doubt: _Doubt, tally: Tally) -> list[Any]:
    """Decode PACKET; what does not decode is counted."""
    try:
        return list(packet.decode())
    except EndOfStream:
        return []
    except (av.FFmpegError, ValueError):
        doubt.raise_now()
        tally.refused += 1
        return []
