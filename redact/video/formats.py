"""Pixel formats that pass through untouched, and the planes of a picture as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from av import VideoFormat

if TYPE_CHECKING:
    from av import VideoFrame
    from numpy.typing import NDArray

__all__ = ["FORMATS", "Shape", "planes", "shape", "working_format"]

FORMATS = (
    "yuv420p",
    "yuvj420p",
    "yuv422p",
    "yuvj422p",
    "yuv444p",
    "yuvj444p",
    "yuv420p10le",
    "yuv422p10le",
    "yuv444p10le",
    "gray",
    "gray10le",
)
"""What the copy can be written in as it was decoded; anything else is turned into the nearest of these."""

BYTE_BITS = 8


@dataclass(frozen=True, slots=True)
class Shape:
    """How a pixel format lays out its planes."""

    dtype: type[np.uint8 | np.uint16]
    across: tuple[int, ...]
    """px of luma per sample along x, one number for each plane."""
    down: tuple[int, ...]
    """px of luma per sample along y, one number for each plane."""

    def size(self, plane: int, width: int, height: int) -> tuple[int, int]:
        """(rows, columns) of PLANE in a picture of WIDTH x HEIGHT px."""
        return -(-height // self.down[plane]), -(-width // self.across[plane])

    def bytes(self, width: int, height: int) -> int:
        """Bytes of a picture of WIDTH x HEIGHT px without padding."""
        sizes = (self.size(plane, width, height) for plane in range(len(self.across)))
        return sum(rows * columns for rows, columns in sizes) * np.dtype(self.dtype).itemsize


@lru_cache
def shape(pix_fmt: str) -> Shape:
    """Lay-out of PIX_FMT, one of FORMATS."""
    parts = VideoFormat(pix_fmt, 16, 16).components
    dtype = np.uint16 if parts[0].bits > BYTE_BITS else np.uint8
    return Shape(dtype, tuple(16 // part.width for part in parts), tuple(16 // part.height for part in parts))


@lru_cache
def working_format(pix_fmt: str) -> str:
    """Give PIX_FMT if it is one of FORMATS, else the nearest of them that keeps its colour resolution."""
    if pix_fmt in FORMATS:
        return pix_fmt
    found = VideoFormat(pix_fmt, 16, 16)
    deep = "10le" if found.components[0].bits > BYTE_BITS else ""
    colour = [part for part in found.components if part.is_chroma]
    if not (colour or found.is_rgb or found.has_palette):
        return f"gray{deep}"
    full_width = not colour or colour[0].width == found.width
    full_height = not colour or colour[0].height == found.height
    sampling = "444" if full_width else "422" if full_height else "420"
    full_range = "j" if pix_fmt.startswith("yuvj") and not deep else ""
    return f"yuv{full_range}{sampling}p{deep}"


def planes(picture: VideoFrame) -> tuple[NDArray[Any], ...]:
    """(rows, columns) writable views of the planes of PICTURE, cut to the true width; nothing is copied."""
    layout = shape(picture.format.name)
    return tuple(_view(plane, layout.dtype) for plane in picture.planes)


def _view(plane: Any, dtype: type[np.uint8 | np.uint16]) -> NDArray[Any]:
    rows = np.frombuffer(plane, dtype).reshape(plane.height, -1)
    upright = rows[::-1] if plane.line_size < 0 else rows  # a negative step means stored from the bottom up
    return upright[:, : plane.width]
