"""Faint writing across the picture, over masks and all alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from redact.video.formats import shape
from redact.video.planes import Tones

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.records.clip import Clip

__all__ = ["Overlay"]

FAINT = 0.035
"""How much the letters lighten, and their outlines darken: share of the way from black to white."""

SIZE = 1 / 16
"""Size of the letters, in the picture's shorter side."""

LEAST_PX = 12

SLOPE = -30
"""Degrees by which the lines rise."""

LINES = 3.5
"""From line to line, in sizes of the letters."""


class Overlay:
    """Writes one text across pictures, in lines that rise to the right."""

    def __init__(self, text: str, clip: Clip, size: tuple[int, int]) -> None:
        """Draw TEXT once for pictures of CLIP, SIZE (width, height) px as seen upright."""
        tones, dtype = Tones.of(clip), shape(clip.pix_fmt).dtype
        aspect = float(clip.sample_aspect_ratio) or 1.0
        ink = _lines(text, size, 1 / aspect if clip.orientation.sideways else aspect)
        rim = np.clip(cv2.dilate(ink, np.ones((3, 3), np.uint8)) - ink, 0, 1)
        levels = FAINT * (tones.white - tones.black)
        turned = (clip.orientation.coded(part * levels) for part in (ink, rim))
        self._light, self._dark = (np.ascontiguousarray(np.rint(part)).astype(dtype) for part in turned)
        self._orientation, self._top = clip.orientation, tones.top

    def __call__(self, luma: NDArray[Any]) -> None:
        """Write onto LUMA (rows, columns) of a picture as seen upright, in place."""
        coded = self._orientation.coded(luma)
        written = cv2.add(cv2.subtract(coded, self._dark), self._light)
        coded[:] = written if self._top == np.iinfo(written.dtype).max else cv2.min(written, self._top)


def _lines(text: str, size: tuple[int, int], aspect: float) -> NDArray[np.float32]:
    """(height, width) ink from 0 to 1 of lines of TEXT; ASPECT is the shape of a px, width by height."""
    width, height = size
    extent = np.array([width * aspect, height])
    letter = max(LEAST_PX, round(float(extent.min()) * SIZE))
    side = int(np.hypot(*extent)) + 2 * letter
    canvas, font = np.zeros((side, side), np.uint8), cv2.FontFace("sans")
    line = "     ".join([text] * (side // (letter * max(len(text), 1) // 2) + 2))
    for number, y in enumerate(range(letter, side + letter, round(LINES * letter))):
        cv2.putText(canvas, line, (-(number % 2) * letter * 4, y), (255,), font, letter, 600, cv2.PUT_TEXT_ALIGN_LEFT)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), -SLOPE, 1)
    turn[:, 2] += extent / 2 - side / 2
    turn[0] /= aspect
    return np.asarray(cv2.warpAffine(canvas, turn, (width, height), flags=cv2.INTER_AREA) / 255, np.float32)
