"""Letters in cells of one width, so that what was written can be read back cell by cell."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["FIRST", "atlas", "codes", "plain"]

FIRST, LAST = 32, 126
"""Code points that there are letters for: printable ASCII."""

WEIGHT = 550
"""Of the strokes, between regular (400) and bold (700)."""

EM = 0.94
"""Size of the font, in heights of a cell."""

BASE = 0.78
"""Where letters stand, in heights of a cell from its top."""

FINE = 12
"""Letters are drawn this many times as large, then averaged down."""


def plain(text: str) -> str:
    """TEXT in printable ASCII: accents dropped, runs of blanks made one, "?" for what has no like."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    spaced = " ".join(bare.split())
    return "".join(letter if FIRST <= ord(letter) <= LAST else "?" for letter in spaced)


def codes(text: str) -> NDArray[np.intp]:
    """(n,) where the letters of plain TEXT stand in the atlas."""
    return np.frombuffer(text.encode("ascii"), np.uint8).astype(np.intp) - FIRST


@lru_cache(maxsize=8)
def atlas(width: int, height: int) -> NDArray[np.float32]:
    """Every letter in a cell of WIDTH x HEIGHT px: float32 (95, HEIGHT, WIDTH), 1 where there is ink. Read-only."""
    drawn = np.stack(list(_drawn(width, height, map(chr, range(FIRST, LAST + 1)))))
    drawn.flags.writeable = False
    return drawn


def _drawn(width: int, height: int, letters: Iterable[str]) -> Iterable[NDArray[np.float32]]:
    """Draw each of LETTERS into a cell; one that is too wide is narrowed."""
    font, size = cv2.FontFace("sans"), round(EM * height * FINE)
    for letter in letters:
        canvas = np.zeros((height * FINE, 2 * size), np.uint8)
        cv2.putText(canvas, letter, (size // 2, round(BASE * height * FINE)), (255,), font, size, WEIGHT)
        ink = np.flatnonzero(canvas.any(axis=0))
        cell = _centred(canvas[:, ink[0] : ink[-1] + 1] if len(ink) else canvas[:, :1], width * FINE)
        yield cv2.resize(cell, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _centred(ink: NDArray[Any], width: int) -> NDArray[Any]:
    """Put INK into the middle of WIDTH px, narrowed to leave a gap to the next letter."""
    room = width - FINE
    narrow = cv2.resize(ink, (room, ink.shape[0]), interpolation=cv2.INTER_AREA) if ink.shape[1] > room else ink
    left = (width - narrow.shape[1]) // 2
    return np.pad(narrow, ((0, 0), (left, width - narrow.shape[1] - left)))
