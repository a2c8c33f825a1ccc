"""Where an H.264 stream that renews its picture bit by bit, without key pictures, is whole again.

Such a stream says at which packet a round begins, and how many pictures it takes (the recovery point SEI).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Refresh"]

LOOKED_AT = 1024
"""Bytes at the start of a packet in which the message is looked for: it comes before the picture."""

KEPT = 64
"""Packets for which a round is remembered: more than can lie between a packet and its picture."""

SEI, RECOVERY_POINT = 6, 6
"""Type of the unit, and of the message in it."""

PICTURE = (1, 5)
"""Types of units that a picture begins with."""

START = re.compile(rb"\x00\x00\x01")


class Refresh:
    """Counts the pictures of the round that is under way."""

    def __init__(self, codec: str) -> None:
        """Watch a stream of CODEC; of any other than H.264 nothing is known."""
        self._on = codec == "h264"
        self._began = self._left = -1
        self._rounds: dict[int, int] = {}

    def see(self, packet: Any, number: int) -> None:
        """Note PACKET, the one of NUMBER."""
        if not self._on or not packet.size:
            return
        counts = False
        for unit in _units(bytes(memoryview(packet)[:LOOKED_AT])):
            if unit[0] & 31 == SEI and (frames := _recovery(unit)) is not None and self._left < 0:
                self._began, self._left = number, frames
            counts |= unit[0] & 31 in PICTURE and bool(unit[0] & 96)  # one that others are predicted from
        if self._left > 0 and number > self._began:
            self._left -= counts
        if self._left == 0:
            self._rounds = {last: first for last, first in self._rounds.items() if last > number - KEPT}
            self._rounds[number] = self._began
            self._left = -1

    def whole(self, number: int, broken: int) -> bool:
        """Tell whether the picture of packet NUMBER completes a round that began after packet BROKEN.

        All that is shown after it is whole as well, if nothing else goes wrong; what is shown before it may not be.
        """
        return self._rounds.get(number, -1) > broken


def _units(head: bytes) -> Iterator[bytes]:
    """Cut the HEAD of a packet into units; the last one may be incomplete."""
    if head[:3] == b"\0\0\1" or head[:4] == b"\0\0\0\1":
        yield from (unit for unit in START.split(head)[1:] if unit)
        return
    at = 0
    while at + 4 < len(head):
        size = int.from_bytes(head[at : at + 4], "big")
        if size:
            yield head[at + 4 : at + 4 + size]
        at += 4 + max(size, 1)


def _recovery(unit: bytes) -> int | None:
    """Pictures until the round that UNIT begins has gone round exactly; None where it says nothing of one."""
    body = unit[1:].replace(b"\0\0\3", b"\0\0")
    at = 0
    while at + 2 < len(body):
        kind, size = body[at], body[at + 1]
        if 255 in (kind, size):  # noqa: PLR2004  goes on in the next byte: another, longer message
            return None
        if kind == RECOVERY_POINT:
            return _exact_count(body[at + 2 : at + 2 + size])
        at += 2 + size
    return None


def _exact_count(message: bytes) -> int | None:
    """Read the count (Exp-Golomb) and whether it is exact."""
    bits = "".join(f"{byte:08b}" for byte in message)
    zeros = len(bits) - len(bits.lstrip("0"))
    end = 2 * zeros + 1
    if len(bits) <= end or bits[end] != "1":
        return None
    return int(bits[zeros:end], 2) - 1
