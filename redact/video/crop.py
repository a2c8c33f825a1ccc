"""Whether a file asks players to show a part of the picture only: a clean aperture in MP4, a crop in Matroska."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

__all__ = ["REMARK", "cropped"]

REMARK = "The file asks players to show a part of its picture only; the copy shows all of it, and all was searched."

APERTURE = b"\x00\x00\x00\x28clap"
"""Size and name of the box that holds a clean aperture."""

MOVIE_MOST = 1 << 26
"""Bytes of an index that are searched."""

HEADER_MOST = 1 << 22
"""Bytes from the beginning of a Matroska file in which its tracks are looked for."""

SEGMENT, TRACKS, TRACK, VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0xE0
CROPS = frozenset({0x54AA, 0x54BB, 0x54CC, 0x54DD})
"""Px cut off below, above, left and right."""


def cropped(path: Path, form: str) -> bool:
    """Tell whether the file at PATH, which FFmpeg reads as FORM, has its picture cropped by players."""
    with path.open("rb") as stream:
        if "mov" in form:
            return APERTURE in _movie(stream)
        return "matroska" in form and any(_crops(stream.read(HEADER_MOST)))


def _movie(stream: IO[bytes]) -> bytes:
    """Read the index of an MP4 file; nothing where there is none."""
    end = stream.seek(0, 2)
    start = 0
    while start + 8 <= end:
        stream.seek(start)
        head = stream.read(16)
        size, header = int.from_bytes(head[:4], "big"), 8
        if size == 1:  # the size follows in 64 bits
            size, header = int.from_bytes(head[8:], "big"), 16
        if head[4:8] == b"moov":
            stream.seek(start)
            return stream.read(min(size or end - start, MOVIE_MOST))
        if size < header:
            break
        start += size
    return b""


def _crops(data: bytes) -> Iterator[bool]:
    """Tell of every crop of a video track in DATA, the beginning of a Matroska file, whether it is more than 0 px."""
    for name, inside in _elements(data):
        if name in {SEGMENT, TRACKS, TRACK, VIDEO}:
            yield from _crops(inside)
        elif name in CROPS:
            yield any(inside)


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give name and content of every EBML element in DATA; the last one may be cut off."""
    place = 0
    while place < len(data):
        name, place = _number(data, place, marked=True)
        size, place = _number(data, place, marked=False)
        if not name or place > len(data):
            return
        yield name, data[place : place + size]
        place += size


def _number(data: bytes, place: int, *, marked: bool) -> tuple[int, int]:
    """Read the number of variable length at PLACE in DATA, with its length MARKED in it or not, and where it ends."""
    first = data[place] if place < len(data) else 0
    if not first:
        return 0, len(data) + 1
    length = 9 - first.bit_length()
    number = int.from_bytes(data[place : place + length], "big")
    return number if marked else number & ((1 << 7 * length) - 1), place + length
