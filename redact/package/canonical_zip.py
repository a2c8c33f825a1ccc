"""A ZIP archive with one spelling: stored, no dates, no attributes of the day, every byte a function of its files."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

__all__ = ["Entry", "NotCanonical", "end", "header", "read_entries"]

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END_64, LOCATOR_64 = b"PK\x06\x06", b"PK\x06\x07"

PLAIN, LARGE = 20, 45
"""Version of the form that a reader must know: of old, and with sizes of 64 bits."""

UNIX, REGULAR = 3 << 8, 0o100644 << 16
"""Made on Unix; a plain file that its owner may write."""

UTF_8, STORED, MIDNIGHT, FIRST_DAY = 0x0800, 0, 0, 0x0021
"""Names in UTF-8, nothing compressed, and 1 January 1980 for a date, the first that the form knows."""

TOP_32, TOP_16 = 0xFFFFFFFF, 0xFFFF

MOST = 10_000
"""Files above which it is no package of ours, so that no archive makes its reader run out of memory."""

FIXED = struct.Struct("<4s5H3I2H")


class NotCanonical(ValueError):
    """The archive is not spelt as this program spells one. Its text says where, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive."""

    name: str
    size: int
    """Bytes."""
    crc: int
    at: int
    """Where its header begins, in bytes from the beginning of the archive."""

    @property
    def begins(self) -> int:
        """Where its content begins."""
        return self.at + len(header(self))

    @property
    def ends(self) -> int:
        """Where its content ends."""
        return self.begins + self.size


def header(entry: Entry) -> bytes:
    """Spell what stands before the content of ENTRY."""
    large, name = entry.size >= TOP_32, entry.name.encode()
    extra = struct.pack("<2H2Q", 1, 16, entry.size, entry.size) if large else b""
    size, version = (TOP_32, LARGE) if large else (entry.size, PLAIN)
    facts = version, UTF_8, STORED, MIDNIGHT, FIRST_DAY, entry.crc, size, size, len(name), len(extra)
    return FIXED.pack(LOCAL, *facts) + name + extra


def end(entries: Sequence[Entry]) -> bytes:
    """Spell what stands behind the content of the last of ENTRIES: the table of contents."""
    start = entries[-1].ends if entries else 0
    rows = b"".join(map(_row, entries))
    count, size = len(entries), len(rows)
    large = b""
    if count >= TOP_16 or size >= TOP_32 or start >= TOP_32:
        large = struct.pack("<4sQ2H2I4Q", END_64, 44, UNIX | LARGE, LARGE, 0, 0, count, count, size, start)
        large += struct.pack("<4sIQI", LOCATOR_64, 0, start + size, 1)
    few, small, near = min(count, TOP_16), min(size, TOP_32), min(start, TOP_32)
    return rows + large + struct.pack("<4s4H2IH", END, 0, 0, few, few, small, near, 0)


def read_entries(stream: BinaryIO, size: int) -> tuple[Entry, ...]:
    """List what the archive of SIZE bytes in STREAM holds. Reads headers and the table, and no content.

    Raises NotCanonical where a byte of them is spelt otherwise than `header` and `end` spell it.
    """
    entries: list[Entry] = []
    at = 0
    while (entry := _entry(stream, at)) is not None:
        at = entry.ends
        entries.append(entry)
        if at > size or len(entries) > MOST:
            message = f"{entry.name!r} is cut off" if at > size else f"it holds more than {MOST:,} files"
            raise NotCanonical(message)
    if not entries:
        message = "it does not begin as a ZIP archive does"
        raise NotCanonical(message)
    expected = end(entries)
    stream.seek(at)
    if size - at != len(expected) or stream.read(len(expected)) != expected:
        message = f"what follows {entries[-1].name!r} is not the table of contents that belongs there"
        raise NotCanonical(message)
    return tuple(entries)


def _entry(stream: BinaryIO, at: int) -> Entry | None:
    """Read the header at AT; None where there is none."""
    stream.seek(at)
    fixed = stream.read(FIXED.size)
    if len(fixed) < FIXED.size or not fixed.startswith(LOCAL):
        return None
    *_, crc, size, _, named, more = FIXED.unpack(fixed)
    rest = stream.read(named + more)
    if size == TOP_32 and more:
        size = int.from_bytes(rest[named + 4 : named + 12], "little")
    try:
        entry = Entry(rest[:named].decode(), size, crc, at)
    except UnicodeDecodeError:
        entry = Entry("", 0, 0, at)
    if header(entry) != fixed + rest:
        message = f"the header at byte {at:,} is not the one that belongs there"
        raise NotCanonical(message)
    return entry


def _row(entry: Entry) -> bytes:
    """Spell the row of ENTRY in the table of contents."""
    large, far, name = entry.size >= TOP_32, entry.at >= TOP_32, entry.name.encode()
    wide = struct.pack("<2Q", entry.size, entry.size) if large else b""
    wide += struct.pack("<Q", entry.at) if far else b""
    extra = struct.pack("<2H", 1, len(wide)) + wide if wide else b""
    size, at = min(entry.size, TOP_32), min(entry.at, TOP_32)
    version = LARGE if wide else PLAIN
    facts = UNIX | version, version, UTF_8, STORED, MIDNIGHT, FIRST_DAY, entry.crc, size, size, len(name), len(extra)
    return struct.pack("<4s6H3I5H2I", CENTRAL, *facts, 0, 0, 0, REGULAR, at) + name + extra
