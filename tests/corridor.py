"""A corridor with two pieces of red cloth in it, one walking and one standing, and a detector that finds them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.records.kinds import Kind
from redact.records.tracks import Detections, FrameBatch
from redact.video.demo_clip import write_clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["FRAMES", "SIDE", "SIZE", "RedSquare", "corridor", "places"]

SIZE = (320, 240)
SIDE = 56
FRAMES = 50


class RedSquare:
    """Finds squares of red cloth."""

    name, digest, sides = "red-square", "c" * 64, (320, 320)
    kinds: tuple[Kind, ...] = (Kind.PERSON,)

    def __init__(self, blind: Callable[[int], bool] = lambda _: False) -> None:
        """See nothing on the frames that BLIND names."""
        self._blind = blind

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find the bounding box of every red region."""
        rows: list[tuple[int, list[int]]] = []
        for index, rgb in zip(batch.index.tolist(), batch.rgb, strict=True):
            red = (rgb[..., 0].astype(int) > rgb[..., 2].astype(int) + 60).astype(np.uint8)
            red = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((9, 9)))
            regions = cv2.connectedComponentsWithStats(red)[2][1:]
            rows += [
                (index, [x, y, x + w, y + h])
                for x, y, w, h, pixels in regions.tolist()
                if pixels > 400 and not self._blind(index)
            ]
        return Detections(
            np.array([index for index, _ in rows], np.int32),
            np.array([box for _, box in rows], np.float32).reshape(-1, 4),
            np.full(len(rows), 0.9, np.float32),
            np.zeros(len(rows), np.uint8),
        )


def cloth(seed: int, height: int, width: int) -> NDArray[np.float64]:
    """A pattern with detail of some px."""
    rng = np.random.default_rng(seed)
    return np.asarray(cv2.resize(rng.normal(0, 40, (height // 4, width // 4)), (width, height)))


def places(index: int) -> list[tuple[int, int]]:
    """Where the red squares are on frame INDEX: one walks right, one stands."""
    return [(20 + 3 * index, 60), (250, 150)]


def pictures() -> Iterator[NDArray[np.uint8]]:
    """A patterned wall, and before it two pieces of patterned red cloth."""
    wall = np.clip(120 + cloth(1, SIZE[1], SIZE[0]), 0, 200)[..., None].repeat(3, axis=2)
    for index in range(FRAMES):
        picture = wall.copy()
        for number, (x, y) in enumerate(places(index)):
            piece = np.clip(110 + cloth(2 + number, SIDE, SIDE), 40, 180)
            picture[y : y + SIDE, x : x + SIDE] = np.stack([piece + 75, piece - 40, piece - 40], axis=2)
        yield np.clip(picture, 0, 255).astype(np.uint8)


def corridor(path: Path) -> Path:
    """Write two seconds of it to PATH, with sound."""
    write_clip(path, pictures(), SIZE, Fraction(25), ((440, 2.0),))
    return path
