"""What a file's header says there is, against what was there: how recordings that break off are told."""

from __future__ import annotations

import struct
from mmap import ACCESS_READ, mmap
from typing import TYPE_CHECKING, Any

import av

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["SAME_AGAIN", "Reach", "pictures_promised"]

SAME_AGAIN = 1
"""Bytes up to which a packet only says that the picture before it stays."""

INDEXED = 0.9
"""Share of an AVI that its index must reach to be the whole one."""

ASF = frozenset({"asf", "asf_o"})
"""FFmpeg's names of Windows Media files."""

LENGTH_SAID = frozenset({"matroska,webm", "flv", "live_flv", "kux", "nsv", "rm"}) | ASF
"""Formats whose header says how long the recording is, and not how many pictures there are."""

ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
"""What the part of an ASF begins with that says how long it is."""
PROPERTIES = struct.Struct("<40xQ16xQ8xQI")
"""Bytes of the file, its time in 100 ns and how much of that is waiting in ms, and marks."""
ASF_HEAD = 1 << 16
BROADCAST = 1
"""Mark of an ASF that was sent while it was recorded: its lengths say nothing."""

HEAD, LEAST, LONG = 16, 8, 1
"""Bytes of the longest and the shortest head of a box of an MP4, and the size that means that the true one follows."""

INDEX = 0.02
"""Share of a file that an index at its end may be."""

EBML = bytes.fromhex("1a45dfa3")
"""What a Matroska begins with, and so every one that is joined to it; FFmpeg reads no more than two."""

SHORT_S = 0.5
"""Seconds that a recording may be shorter than its header says: rounding, and how long the last picture stays."""

PAUSES = 1.5
"""The same, in times the longest that a picture of it stayed."""


def pictures_promised(container: InputContainer, stream: VideoStream, path: Path) -> int:
    """Count the pictures that the header says there are; 0 where it does not."""
    listed, promised = stream.index_entries, int(stream.frames)
    if "mov" in container.format.name:
        return min(promised, len(listed))  # an edit list leaves some of the frames out
    if container.format.name != "avi":
        return promised
    if len(listed) and listed[-1].timestamp > INDEXED * promised:
        return sum(entry.size > SAME_AGAIN for entry in listed)  # the header counts those that are no new picture
    return min(promised, len(listed)) if _is_whole_riff(path) else promised


class Reach:
    """How far the packets of a file reach in time, of whatever stream, against the length that its header says."""

    def __init__(self, container: InputContainer, stream: VideoStream, path: Path) -> None:
        """Watch CONTAINER, opened from PATH, of which STREAM is the picture."""
        self._index, self._path = stream.index, path
        self._read = 0
        self._format = container.format.name
        self._promised = _length_s(container, path)
        self.watched = self._promised > 0 or "matroska" in self._format
        """Whether the packets of all streams have to be seen."""
        self._end = 0.0
        self._last: float | None = None
        self._pause = 0.0

    def see(self, packet: Any) -> None:
        """Note when PACKET is over, and where it ends in the file."""
        self._read = max(self._read, (packet.pos or 0) + packet.size)
        if not self.watched or packet.pts is None or not packet.time_base:
            return
        start = float(packet.pts * packet.time_base)
        self._end = max(self._end, start + float((packet.duration or 0) * packet.time_base))
        if packet.stream_index == self._index:
            self._pause = max(self._pause, start - self._last) if self._last is not None else 0.0
            self._last = max(start, self._last or start)

    def short_s(self) -> float:
        """Give the seconds that are missing at the end; 0 where none are, or the header does not say."""
        missing = self._promised - self._end if self.watched else 0.0
        return missing if missing > max(SHORT_S, PAUSES * self._pause) else 0.0

    def unread(self) -> float:
        """Give how many times what was read the recordings are that are joined to the file and were not; 0 for none."""
        with self._path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as whole:
            at = _joined(whole, self._format, self._read)
            times = len(whole) / max(self._read, at) - 1 if at > 0 else 0.0
            return times if times > INDEX else 0.0

    def note(self, pictures: int) -> str:
        """Say what is missing: about so many PICTURES."""
        return (
            f"The header promises {self._promised:.1f} s, but the content ends after {self._end:.1f} s: "
            f"about {pictures} picture{'s are' if pictures != 1 else ' is'} missing."
        )


def _length_s(container: InputContainer, path: Path) -> float:
    """Seconds that the header of the file at PATH says there are; 0 where it does not say, or cannot be relied on."""
    name = container.format.name
    if name in ASF:
        return _asf_length_s(path)
    return (container.duration or 0) / av.time_base if name in LENGTH_SAID else 0.0


def _asf_length_s(path: Path) -> float:
    """Seconds that the header of the ASF at PATH says there are, if it is shorter in bytes than that says."""
    with path.open("rb") as file:
        head = file.read(ASF_HEAD)
    at = head.find(ASF_PROPERTIES)
    if at < 0 or len(head) < at + PROPERTIES.size:
        return 0.0
    size, length, preroll, flags = PROPERTIES.unpack_from(head, at)
    whole = flags & BROADCAST or size <= path.stat().st_size
    return 0.0 if whole else max(0.0, length / 10_000_000 - preroll / 1000)


def _is_whole_riff(path: Path) -> bool:
    """Tell whether the file at PATH is as long as it says itself, so that a wrong count is no loss."""
    with path.open("rb") as file:
        head = file.read(8)
    size = int.from_bytes(head[4:8], "little")
    return head[:4] == b"RIFF" and 0 < size + 8 <= path.stat().st_size


def _joined(whole: mmap, form: str, read: int) -> int:
    """Give the byte of WHOLE, a file of FORM, at which another recording begins that was not READ; -1 where none does.

    FFmpeg reads two Matroskas in one file, one MP4, and some of the next where that is in fragments; of other formats
    it reads all.
    """
    if "matroska" in form:
        return whole.find(EBML, read) if read else -1
    return _second_mp4(whole) if "mov" in form else -1


def _second_mp4(whole: mmap) -> int:
    """Give the byte of WHOLE at which a second MP4 begins; -1 where none does."""
    at = 0
    while at + HEAD <= len(whole):
        head = whole[at : at + HEAD]
        if at and head[4:8] == b"ftyp":
            return at
        size = int.from_bytes(head[:4], "big")
        size = int.from_bytes(head[8:16], "big") if size == LONG else size
        if size < LEAST:  # it reaches to the end, or is broken
            return -1
        at += size
    return -1
