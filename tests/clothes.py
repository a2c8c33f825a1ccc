"""People who are two colours, one above the other, and a detector that finds them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.records.kinds import Kind
from redact.records.tracks import Detections
from redact.video.demo_clip import write_clip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.records.tracks import FrameBatch

__all__ = ["BLUE", "GREEN", "RED", "WALL", "Clothes", "dressed", "street"]

RED, BLUE, GREEN, WALL = (180, 40, 40), (40, 60, 170), (30, 150, 50), (128, 128, 128)

Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]

LEAST_PX = 30
"""A region that is smaller is nobody."""


class Clothes:
    """Finds people by their clothes: what is no wall, wherever it is, at whatever size."""

    name, digest, sides = "clothes", "c" * 64, (160, 320)
    kinds: tuple[Kind, ...]

    def __init__(self, kind: Kind = Kind.PERSON, score: float = 0.9) -> None:
        """Call them KIND, and be as sure of each as SCORE."""
        self.kinds, self.score = (kind,), score
        self.side = 0

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find the bounding box of every region."""
        self.side = max(batch.rgb.shape[1:3])
        rows: list[tuple[int, list[int]]] = []
        for index, rgb in zip(batch.index.tolist(), batch.rgb.astype(int), strict=True):
            coloured = (np.ptp(rgb, axis=2) > 60).astype(np.uint8)
            regions = cv2.connectedComponentsWithStats(coloured)[2][1:]
            rows += [(index, [x, y, x + w, y + h]) for x, y, w, h, px in regions.tolist() if px >= LEAST_PX]
        return Detections(
            np.array([index for index, _ in rows], np.int32),
            np.array([box for _, box in rows], np.float32).reshape(-1, 4),
            np.full(len(rows), self.score, np.float32),
            np.full(len(rows), self.kinds[0], np.uint8),
        )


def dressed(rgb: NDArray[np.uint8], box: Box, coat: Colour, trousers: Colour) -> None:
    """Paint somebody in COAT and TROUSERS into BOX of RGB."""
    left, top, right, bottom = box
    rgb[top : (top + bottom) // 2, left:right] = coat
    rgb[(top + bottom) // 2 : bottom, left:right] = trousers


def street(path: Path) -> Path:
    """Write a clip of two people to PATH: one in red and blue walks to the right, one in green and red to the left."""

    def pictures() -> Iterator[NDArray[np.uint8]]:
        for index in range(50):
            rgb = np.full((240, 320, 3), WALL, np.uint8)
            dressed(rgb, (20 + index, 40, 60 + index, 150), RED, BLUE)
            dressed(rgb, (260 - index, 60, 300 - index, 170), GREEN, RED)
            yield rgb

    write_clip(path, pictures(), (320, 240), Fraction(25), ((440, 2.0),))
    return path
