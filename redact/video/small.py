"""A clip made small, upright and of square pixels, in what every browser plays; each of its pictures stays one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np

from redact.records.clip import Frame, Layout
from redact.records.orientation import UPRIGHT
from redact.video.colour import FULL, tags_for_copy
from redact.video.formats import FULL_RANGE, planes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.records.clip import Clip

__all__ = ["Smaller", "layout_of", "small"]

WIDEST, NARROWEST = 960, 480
"""px along the longer side."""

LARGEST = 1_000_000_000
"""Bytes, about, that pictures may take together before they are made narrower,"""

BYTES_PER_PX = 0.045
"""at so many for each px: of key pictures of a street, encoded at 28."""

DEEP = 0.25
"""From samples of 10 bits to those of 8."""


def small(clip: Clip) -> Clip:
    """Describe CLIP made small: its first picture is shown at 0, and all others as long after it as in CLIP."""
    aspect = float(clip.sample_aspect_ratio or 1)
    shown = _square(*clip.size_as_seen, 1 / aspect if clip.orientation.sideways else aspect)
    affordable = sqrt(LARGEST / (BYTES_PER_PX * max(len(clip), 1)) * max(shown) / min(shown))
    side = min(WIDEST, max(NARROWEST, affordable), max(shown))
    width, height = (max(2, 2 * round(px * side / max(shown) / 2)) for px in shown)
    full = clip.color.range == FULL or clip.pix_fmt.startswith(FULL_RANGE)
    return replace(
        clip,
        width=width,
        height=height,
        orientation=UPRIGHT,
        sample_aspect_ratio=Fraction(1),
        pix_fmt=f"{FULL_RANGE}420p" if full else "yuv420p",
        color=tags_for_copy(clip),
        interlaced=False,
        origin=int(clip.pts[0]),
    )


def layout_of(clip: Clip) -> Layout:
    """Give the layout of a CLIP that was made small: all of it is picture."""
    return Layout(clip.width, clip.height, 0, 0)


class Smaller:
    """Makes every frame of a clip small."""

    def __init__(self, clip: Clip, target: Clip) -> None:
        """Make frames of CLIP those of TARGET, what `small` gives."""
        self._target, self._way = target, clip.orientation
        self._coded = clip.orientation.size(target.width, target.height)

    def __call__(self, frame: Frame) -> Frame:
        """Give FRAME, small, in memory of its own."""
        canvas = av.VideoFrame(self._target.width, self._target.height, self._target.pix_fmt)
        views = planes(canvas)
        for number, (source, view) in enumerate(zip(frame.planes, views, strict=True)):
            half = 2 if number else 1
            resized = _resized(source, (self._coded[0] // half, self._coded[1] // half))
            view[:] = self._way.upright(resized)
        return Frame(frame.index, frame.pts, views, canvas, damaged=frame.damaged)


def _square(width: int, height: int, aspect: float) -> tuple[float, float]:
    """Give the size of a picture whose px are ASPECT times as wide as high, once they are square; none is lost."""
    return (width * aspect, float(height)) if aspect >= 1 else (float(width), height / aspect)


def _resized(plane: NDArray[Any], size: tuple[int, int]) -> NDArray[np.uint8]:
    shrinks = plane.shape[1] > size[0]
    resized = cv2.resize(plane, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(resized if plane.dtype == np.uint8 else cv2.convertScaleAbs(resized, alpha=DEEP), np.uint8)
