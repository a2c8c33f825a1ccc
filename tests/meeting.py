"""Two who look alike, meet behind each other, and go on: who is who afterwards only a person can say."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from redact.records.kinds import Kind
from redact.records.tracks import Detections
from redact.video.demo_clip import write_clip

if TYPE_CHECKING:
    from pathlib import Path

    from redact.records.tracks import FrameBatch

__all__ = ["FRAMES", "Meeting", "meeting", "places"]

SIZE, FRAMES, RATE = (640, 360), 100, 10
MEET, PART = 44, 58
"""First frame on which they stand behind each other and are not found, and the first on which they are again."""


class Meeting:
    """Finds both where they are, as a network would that knows."""

    name, digest, sides = "meeting", "d" * 64, (640, 640)
    kinds: tuple[Kind, ...] = (Kind.PERSON,)

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find both on the frames on which they can be seen."""
        rows = [(index, box) for index in batch.index.tolist() for box in places(index)]
        boxes = np.array([box for _, box in rows], np.float64).reshape(-1, 4) / np.tile(batch.scale, 2)
        count = len(rows)
        return Detections(
            np.array([index for index, _ in rows], np.int32),
            boxes.astype(np.float32),
            np.full(count, 0.8, np.float32),
            np.zeros(count, np.uint8),
        )


def places(index: int) -> list[tuple[float, float, float, float]]:
    """Give where both are on frame INDEX, px; nothing while they stand behind each other."""
    if MEET <= index < PART:
        return []
    away = 5.0 * (MEET - 1 - index if index < MEET else PART - index)
    return [(300 + side * away, 100.0, 340 + side * away, 220.0) for side in (-1, 1)]


def meeting(path: Path) -> Path:
    """Write ten seconds of a wall, before which nobody is but by the word of the detector, to PATH."""
    wall = np.random.default_rng(5).integers(90, 110, (SIZE[1] // 8, SIZE[0] // 8, 1), np.uint8)
    picture = np.repeat(wall.repeat(8, axis=0).repeat(8, axis=1), 3, axis=2)
    write_clip(path, (picture for _ in range(FRAMES)), SIZE, Fraction(RATE), ((440, 10.0),))
    return path
