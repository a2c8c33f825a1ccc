"""Which 32 bytes are a public key of Ed25519 that only one private key answers to (RFC 8032, 5.1).

OpenSSL takes any 32 bytes for a key. Of a point of small order a signature is good for nearly every message, and nobody
needs a private key to make it; and a point has several spellings, so that one key would have two fingerprints.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["why_not_a_key"]

P = 2**255 - 19
"""The field."""

ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the base point: how often a proper key is added to itself until nothing is left."""

D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
"""Of minus one."""

SIGN = 1 << 255

Point = tuple[int, int, int, int]
"""Extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, x y = T/Z."""

NEUTRAL: Point = (0, 1, 1, 0)


@lru_cache(maxsize=256)  # a key is asked about often, and the answer takes milliseconds
def why_not_a_key(raw: bytes) -> str:
    """Say, as the end of a sentence, why RAW, 32 bytes, is no public key; nothing where it is one."""
    number = int.from_bytes(raw, "little")
    y, odd = number % SIGN, number >= SIGN
    if y >= P:
        return "it is not spelt as a key is"
    x = _x_of(y, odd=odd)
    if x is None:
        return "it is no point of the curve"
    point: Point = (x, y, 1, x * y % P)
    if _same(_times(8, point), NEUTRAL):
        return "it is a point of small order, to which anybody can make signatures"
    return "" if _same(_times(ORDER, point), NEUTRAL) else "it is not of the group that keys are of"


def _x_of(y: int, *, odd: bool) -> int | None:
    """Give the x, ODD or even, of the point with Y; None where there is none."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (odd and not x):
        return None
    return P - x if (x % 2 == 1) != odd else x


def _added(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]), (one[1] + one[0]) * (other[1] + other[0])
    c, d = 2 * one[3] * other[3] * D, 2 * one[2] * other[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(count: int, point: Point) -> Point:
    """Add POINT to itself, COUNT times in all."""
    total = NEUTRAL
    while count:
        total = _added(total, point) if count & 1 else total
        point, count = _added(point, point), count >> 1
    return total


def _same(one: Point, other: Point) -> bool:
    return not (one[0] * other[2] - other[0] * one[2]) % P and not (one[1] * other[2] - other[1] * one[2]) % P
