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

__all__ = [
    "FORMATS",
    "FULL_RANGE",
    "Shape",
    "depth",
    "has_alpha",
    "is_grey",
    "is_stored_as_rgb",
    "planes",
    "shape",
    "working_format",
]

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
)
"""What the copy can be written in as it was decoded; anything else is turned into the nearest of these.

Grey is not among them: few players know H.264 without colour planes, and decoders disagree on its range.
"""

FULL_RANGE = "yuvj"
"""How FFmpeg's names of 8-bit formats begin whose levels run from 0 to 255."""

GREY = ("gray", "ya8", "ya16", "yaf", "mono")
"""How its names of formats without colour begin."""

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
def depth(pix_fmt: str) -> int:
    """Bits of a sample of PIX_FMT."""
    return max(part.bits for part in VideoFormat(pix_fmt, 16, 16).components[:3])


def is_grey(pix_fmt: str) -> bool:
    """Tell whether PIX_FMT has no colour."""
    return pix_fmt.startswith(GREY)


@lru_cache
def is_stored_as_rgb(pix_fmt: str) -> bool:
    """Tell whether PIX_FMT holds red, green and blue, or what only becomes a picture by way of them."""
    form = VideoFormat(pix_fmt, 16, 16)
    return not is_grey(pix_fmt) and (
        form.is_rgb or form.has_palette or form.is_bayer or pix_fmt.startswith(("xyz", "rgb", "bgr", "gbr"))
    )


@lru_cache
def has_alpha(pix_fmt: str) -> bool:
    """Tell whether pictures in PIX_FMT may be transparent in places; a palette does not say."""
    return any(part.is_alpha for part in VideoFormat(pix_fmt, 16, 16).components)


@lru_cache
def working_format(pix_fmt: str, *, full: bool = False) -> str:
    """Give the one of FORMATS nearest to PIX_FMT that keeps its colour resolution; of 8 bits, FULL of full range.

    What is stored as RGB becomes limited: that every player knows.
    """
    deep = "10le" if depth(pix_fmt) > BYTE_BITS else ""
    if is_grey(pix_fmt):
        sampling = "420"
    elif is_stored_as_rgb(pix_fmt):
        sampling, full = "444", False
    else:
        form = VideoFormat(pix_fmt, 16, 16)
        sampling = "444" if form.chroma_width() == 16 else "422" if form.chroma_height() == 16 else "420"  # noqa: PLR2004
        full |= pix_fmt.startswith(FULL_RANGE)
    return f"{FULL_RANGE if full and not deep else 'yuv'}{sampling}p{deep}"


def planes(picture: VideoFrame) -> tuple[NDArray[Any], ...]:
    """(rows, columns) writable views of the planes of PICTURE, cut to the true width; nothing is copied."""
    layout = shape(picture.format.name)
    return tuple(_view(plane, layout.dtype) for plane in picture.planes)


def _view(plane: Any, dtype: type[np.uint8 | np.uint16]) -> NDArray[Any]:
    rows = np.frombuffer(plane, dtype).reshape(plane.height, -1)
    upright = rows[::-1] if plane.line_size < 0 else rows  # a negative step means stored from the bottom up
    return upright[:, : plane.width]
