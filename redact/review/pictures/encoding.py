"""A frame as a browser shows it: upright, in the colours of a screen, as JPEG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.video.colour import as_screen
from redact.video.jpeg import jpeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.records.clip import Clip, Frame

__all__ = ["LEAST_WIDTH", "encoded", "on_screen", "size_at"]

QUALITY = 88
"""Of the JPEG: what is decided by it has to be seen in it."""

LEAST_WIDTH = 32
"""px: nothing narrower is asked for."""


def size_at(upright: tuple[int, int], width: int | None) -> tuple[int, int]:
    """Give the size of a picture, UPRIGHT (w, h), at WIDTH px across, or as large as it is. It is never enlarged."""
    if width is None or width >= upright[0]:
        return upright
    across = max(LEAST_WIDTH, width)
    return across, max(1, round(upright[1] * across / upright[0]))


def encoded(frame: Frame, clip: Clip, width: int | None = None) -> bytes:
    """Encode FRAME of CLIP, or of its copy, upright and WIDTH px wide at most; one px is one of the recording else."""
    return jpeg(np.ascontiguousarray(on_screen(frame, clip, width)), QUALITY)


def on_screen(frame: Frame, clip: Clip, width: int | None = None) -> NDArray[np.uint8]:
    """Give FRAME of CLIP, or of its copy, (h, w, 3) in BGR, upright and WIDTH px wide at most."""
    image, way = frame.source, clip.orientation
    size = size_at(way.size(image.width, image.height), width if width and width < clip.size_as_seen[0] else None)
    screen = as_screen(image, clip, way.size(*size))[: clip.height, : clip.width]  # without an edge made even
    return np.asarray(way.upright(screen))
