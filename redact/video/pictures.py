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

from redact.errors import InputUnusable
from redact.records import Clip
from redact.video.complaints import listening
from redact.video.probe import opened, video_stream

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator

    from av.container import InputContainer
    from av.video.stream import VideoStream

    from redact.video.complaints import Complaints
    from redact.video.probe import Source

__all__ = ["Decoded", "Tally", "pictures"]

REORDER = 16
"""Most pictures that can be shown between a key picture's place in the file and its place in time."""

SAME_AGAIN = 1
"""Bytes up to which a packet only says that the picture before it stays."""

INDEXED = 0.9
"""Share of an AVI that its index must reach to be the whole one."""

UNSHOWN = frozenset({"vp8", "libvpx"})
"""Decoders of streams in which a packet may hold a picture that is only predicted from, and never shown."""

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


PAIRED = 0.9
"""Share of the pictures that must have come as two packets each for it to be fields that came, and no losses."""


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
    promised: int = 0
    """Pictures that the header says there are; 0 where it does not."""
    trouble: bool = False
    """Whether anything went wrong."""
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
        return max(unanswered, self.refused, self.promised - self.shown)


def pictures(source: Source | Clip, tally: Tally) -> Generator[Decoded, None, None]:
    """Give every picture of SOURCE in order of time; TALLY is filled on the way.

    Raises InputUnusable where the picture changes its size.
    """
    given = 0
    known = isinstance(source, Clip) and (len(source.damage.hidden) or source.damage.lost)
    if not known:
        with closing(_run(source, tally, threads="AUTO")) as sound:
            for found in sound:
                if tally.trouble:
                    break
                given += 1
                yield found
        if not tally.trouble:
            return
        tally.reset()
    with closing(_run(source, tally, threads="NONE")) as exact:
        for index, found in enumerate(exact):
            if index >= given:
                yield found


class _Doubt:
    """Since when pictures may be damaged, and until which key picture.

    What is damaged at one packet is predicted from by what comes after it. So from a complaint on every picture is
    doubted, until a key picture whose packet was sent after it. A file that starts in the middle is doubted from the
    start.
    """

    def __init__(self, tally: Tally, corrupt: Collection[tuple[int, int]]) -> None:
        self._tally = tally
        self._corrupt = corrupt
        self._packets = 0
        self._since = -1

    def sending(self, packet: Any) -> None:
        """Note a PACKET on its way to the decoder."""
        if not (self._packets or packet.is_keyframe):
            self._since = 0
        self._packets += 1
        packet.opaque = self._packets
        if packet.is_corrupt:
            self.raise_now()
            self._since += 1  # where packets are cut anew, the mark may stand one too early
        if (packet.stream_index, packet.dts) in self._corrupt:
            self.raise_now()

    def raise_now(self) -> None:
        """Doubt every picture not shown yet whose packet was sent."""
        self._since = max(self._since, self._packets)
        self._tally.trouble = True

    def judge(self, picture: Any) -> bool:
        """Tell whether PICTURE, the next in time, may be damaged."""
        if self._since >= 0 and self._ends(picture):
            self._since = -1
        if picture.is_corrupt:
            self._since = max(self._since, self._packet(picture))
        self._tally.shown += 1
        self._tally.fields += bool(picture.interlaced_frame)
        if self._since >= 0:
            self._tally.trouble = True
        return self._since >= 0

    def _ends(self, picture: Any) -> bool:
        """Tell whether PICTURE needs no other one and was sent after what is doubted."""
        if picture.pict_type in PREDICTED:  # a stream that refreshes bit by bit marks those as keys as well
            return False
        if self._since == 0:
            return bool(picture.key_frame or picture.pict_type)
        return picture.key_frame and self._packet(picture) > self._since

    def _packet(self, picture: Any) -> int:
        """Count the packets up to that of PICTURE, or fewer where it is not known."""
        return picture.opaque if isinstance(picture.opaque, int) else max(0, self._tally.shown - REORDER)


def _run(source: Source | Clip, tally: Tally, *, threads: str) -> Generator[Decoded, None, None]:
    """Decode SOURCE once from its start, with THREADS as FFmpeg names their kind."""
    with listening() as complaints, opened(source.path, source.forced_rate) as container:
        stream = video_stream(container, source.path)
        context = stream.codec_context
        complaints.decoder(context.name)
        stream.thread_type = threads
        context.copy_opaque = True
        context.flags |= Flags.output_corrupt  # better hidden whole than missing
        tally.promised = _promised(container, stream)
        try:
            yield from _judged(container, stream, source, tally, complaints)
        finally:
            # parks the decoder's threads: one that logs while Python frees the decoder would wait for ever
            context.flush_buffers()
    tally.trouble |= tally.lost() > 0
    if tally.promised > tally.shown:
        tally.notes.append(f"The header promises {tally.promised} frames, but the content holds {tally.shown}.")


def _promised(container: InputContainer, stream: VideoStream) -> int:
    """Count the pictures that the header says there are; 0 where it does not."""
    listed, promised = stream.index_entries, int(stream.frames)
    if "mov" in container.format.name:
        return min(promised, len(listed))  # an edit list leaves some of the frames out
    if container.format.name == "avi" and len(listed) and listed[-1].timestamp > INDEXED * promised:
        return sum(entry.size > SAME_AGAIN for entry in listed)  # the header counts those that are no new picture
    return promised


def _judged(
    container: InputContainer, stream: VideoStream, source: Source | Clip, tally: Tally, complaints: Complaints
) -> Iterator[Decoded]:
    doubt = _Doubt(tally, complaints.corrupt)
    threaded = bool(stream.codec_context.thread_type)
    in_file_order = container.format.name == "avi"  # it has no other times; what FFmpeg makes of them may be wrong
    for packet in _packets(container, stream, tally):
        doubt.sending(packet)
        if not threaded:
            complaints.only_here()
        found = _decoded(packet, doubt, tally)
        if complaints.taken():
            doubt.raise_now()
        for picture in found:
            time = picture.dts if in_file_order and picture.dts is not None else picture.pts
            doubted = doubt.judge(picture)
            yield Decoded(_fitting(picture, source), time, doubted)


def _packets(container: InputContainer, stream: VideoStream, tally: Tally) -> Iterator[Any]:
    """Give the packets of STREAM that hold something, then the empty one that empties the decoder."""
    shown = stream.codec_context.name not in UNSHOWN
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError as problem:
            tally.trouble = True
            tally.notes.append(f"The file cannot be read to its end ({problem.strerror}).")
            yield av.Packet()
            return
        last = packet.size == 0 and packet.dts is None and packet.pts is None
        same = packet.size <= SAME_AGAIN and not last
        tally.promised -= packet.is_discard  # an edit list cuts it away
        tally.sent += shown and not (last or packet.is_discard or same)
        if packet.size or last:
            yield packet


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
    return picture.reformat(format=source.pix_fmt)
