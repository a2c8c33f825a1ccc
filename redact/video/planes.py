"""The planes of a clip's pictures: which levels are black, white and grey, and which samples lie in a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from redact.video.formats import shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.records.clip import Clip
    from redact.video.formats import Shape

__all__ = ["Tones", "window"]

FULL = 2
"""FFmpeg's colour range of samples that use every level (AVCOL_RANGE_JPEG)."""

DEEP = 10
"""Bits of a sample that takes two bytes."""


@dataclass(frozen=True, slots=True)
class Tones:
    """Levels of a sample."""

    black: int
    white: int
    mid: int
    """Of U and V: no colour."""
    top: int
    """Largest that a sample can hold."""
    scale: int
    """Levels to one of an 8-bit sample."""

    @classmethod
    def of(cls, clip: Clip) -> Tones:
        """Levels of the samples of CLIP."""
        bits = 8 if shape(clip.pix_fmt).dtype is np.uint8 else DEEP
        scale = 1 << (bits - 8)
        top = (1 << bits) - 1
        full = clip.color.range == FULL or clip.pix_fmt.startswith("yuvj")
        black, white = (0, top) if full else (16 * scale, 235 * scale)
        return cls(black, white, 128 * scale, top, scale)

    def luma(self, share: float) -> int:
        """Level of Y at SHARE of the way from black to white."""
        return round(self.black + share * (self.white - self.black))


def window(form: Shape, plane: int, box: Sequence[int]) -> tuple[slice, slice]:
    """Rows and columns of PLANE that hold any of BOX, xyxy in px: rounded outward."""
    x0, y0, x1, y1 = box
    across, down = form.across[plane], form.down[plane]
    return slice(y0 // down, -(-y1 // down)), slice(x0 // across, -(-x1 // across))
