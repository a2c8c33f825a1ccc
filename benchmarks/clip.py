"""The clip that stages are timed on: 1080p, made on the spot, the same on every machine."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.demo.clip import find_photos
from redact.video.demo_clip import write_clip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["FRAMES", "SIZE", "make_clip"]

SIZE = (1920, 1080)
FRAMES = 60
RATE = Fraction(25)
NOISE = 3
"""Grey levels either way."""

STEP = 4.0
"""px that the picture moves from frame to frame."""


def make_clip(path: Path) -> Path:
    """Write 60 frames of two photographs with people, each moving slowly past, with sound, to PATH."""
    write_clip(path, _pictures(), SIZE, RATE, ((440, FRAMES / float(RATE)),))
    return path


def _pictures() -> Iterator[NDArray[np.uint8]]:
    photos = find_photos()
    each = FRAMES // len(photos)
    for start, photo in enumerate(photos):
        picture = cv2.imread(str(photo), cv2.IMREAD_COLOR_RGB)
        assert picture is not None
        scale = SIZE[1] / picture.shape[0]
        margin = (SIZE[0] - picture.shape[1] * scale) / 2
        for step in range(each):
            shift = margin + STEP * (step - each / 2)
            turn = np.array([[scale, 0, shift], [0, scale, 0]])
            view = cv2.warpAffine(picture, turn, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            noise = np.random.default_rng(start * each + step).integers(-NOISE, NOISE + 1, view.shape[:2], np.int16)
            yield np.clip(view.astype(np.int16) + noise[..., None], 0, 255).astype(np.uint8)
