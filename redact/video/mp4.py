"""The boxes of an MP4 file, as far as they tell whether anything rides along that no player shows."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

__all__ = ["foreign_boxes"]

HOLDS = {
    "": ("ftyp", "moov", "free", "mdat"),
    "moov": ("mvhd", "trak", "udta"),
    "trak": ("tkhd", "edts", "mdia"),
    "edts": ("elst",),
    "mdia": ("mdhd", "hdlr", "minf"),
    "minf": ("vmhd", "smhd", "dinf", "stbl"),
    "dinf": ("dref",),
    "stbl": ("stsd", "stts", "stss", "ctts", "stsc", "stsz", "stco", "co64", "sgpd", "sbgp", "sdtp"),
}
"""Boxes that a copy may hold, by what they stand in."""

LARGEST = {"udta": 61, "free": 16}
"""Bytes of boxes that must be empty: an empty list of tags, and room for a longer header."""

EXTENDED, TO_THE_END = 1, 0
"""Sizes that mean: the size follows in 64 bits, and: as far as the file goes."""


def foreign_boxes(path: Path) -> list[str]:
    """Name the boxes of the file at PATH that a copy has no use for: tags, thumbnails, anything private."""
    with path.open("rb") as stream:
        stream.seek(0, 2)
        return list(_foreign(stream, "", 0, stream.tell()))


def _foreign(stream: IO[bytes], parent: str, start: int, end: int) -> Iterator[str]:
    """Name what is foreign among the boxes from START to END, which stand in PARENT."""
    while start < end:
        stream.seek(start)
        name, header, size = _box(stream.read(16), end - start)
        if size < header or start + size > end:
            yield f"{end - start} bytes that are no box"
            return
        if name not in HOLDS[parent]:
            yield f"the box {name!r}"
        elif size > LARGEST.get(name, size):
            yield f"{size} bytes in the box {name!r}"
        elif name in HOLDS:
            yield from _foreign(stream, name, start + header, start + size)
        start += size


def _box(head: bytes, left: int) -> tuple[str, int, int]:
    """Read the HEAD of a box: its name, the bytes of its header, and all its bytes; LEFT bytes are left."""
    if len(head) < 8:  # noqa: PLR2004  size and name
        return "", 8, 0
    size, name = struct.unpack(">I4s", head[:8])
    text = name.decode("ascii", "replace")
    if size == EXTENDED and len(head) == 16:  # noqa: PLR2004  and the long size
        return text, 16, struct.unpack(">Q", head[8:])[0]
    return text, 8, left if size == TO_THE_END else size
