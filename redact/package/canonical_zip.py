"""A ZIP archive with one spelling: stored, no dates, no attributes of the day, every byte a function of its files."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

__all__ = ["LOCAL", "Member", "NotCanonical", "end", "header", "read_members"]

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
class Member:
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


def header(member: Member) -> bytes:
    """Spell what stands before the content of ENTRY."""
    large, name = member.size >= TOP_32, member.name.encode()
    extra = struct.pack("<2H2Q", 1, 16, member.size, member.size) if large else b""
    size, version = (TOP_32, LARGE) if large else (member.size, PLAIN)
    facts = version, UTF_8, STORED, MIDNIGHT, FIRST_DAY, member.crc, size, size, len(name), len(extra)
    return FIXED.pack(LOCAL, *facts) + name + extra


def end(members: Sequence[Member]) -> bytes:
    """Spell what stands behind the content of the last of ENTRIES: the table of contents."""
    start = members[-1].ends if members else 0
    rows = b"".join(map(_row, members))
    count, size = len(members), len(rows)
    large = b""
    if count >= TOP_16 or size >= TOP_32 or start >= TOP_32:
        large = struct.pack("<4sQ2H2I4Q", END_64, 44, UNIX | LARGE, LARGE, 0, 0, count, count, size, start)
        large += struct.pack("<4sIQI", LOCATOR_64, 0, start + size, 1)
    few, small, near = min(count, TOP_16), min(size, TOP_32), min(start, TOP_32)
    return rows + large + struct.pack("<4s4H2IH", END, 0, 0, few, few, small, near, 0)


def read_members(stream: BinaryIO, size: int) -> tuple[Member, ...]:
    """List what the archive of SIZE bytes in STREAM holds. Reads headers and the table, and no content.

    Raises NotCanonical where a byte of them is spelt otherwise than `header` and `end` spell it.
    """
    members: list[Member] = []
    at = 0
    while (member := _member(stream, at)) is not None:
        at = member.ends
        members.append(member)
        if at > size or len(members) > MOST:
            message = f"{member.name!r} is cut off" if at > size else f"it holds more than {MOST:,} files"
            raise NotCanonical(message)
    if not members:
        message = "it does not begin as a ZIP archive does"
        raise NotCanonical(message)
    expected = end(members)
    stream.seek(at)
    if size - at != len(expected) or stream.read(len(expected)) != expected:
        message = f"what follows {members[-1].name!r} is not the table of contents that belongs there"
        raise NotCanonical(message)
    return tuple(members)


def _member(stream: BinaryIO, at: int) -> Member | None:
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
        member = Member(rest[:named].decode(), size, crc, at)
    except UnicodeDecodeError:
        member = Member("", 0, 0, at)
    if header(member) != fixed + rest:
        message = f"the header at byte {at:,} is not the one that belongs there"
        raise NotCanonical(message)
    return member


def _row(member: Member) -> bytes:
    """Spell the row of ENTRY in the table of contents."""
    large, far, name = member.size >= TOP_32, member.at >= TOP_32, member.name.encode()
    wide = struct.pack("<2Q", member.size, member.size) if large else b""
    wide += struct.pack("<Q", member.at) if far else b""
    extra = struct.pack("<2H", 1, len(wide)) + wide if wide else b""
    size, at = min(member.size, TOP_32), min(member.at, TOP_32)
    version = LARGE if wide else PLAIN
    facts = UNIX | version, version, UTF_8, STORED, MIDNIGHT, FIRST_DAY, member.crc, size, size, len(name), len(extra)
    return struct.pack("<4s6H3I5H2I", CENTRAL, *facts, 0, 0, 0, REGULAR, at) + name + extra
