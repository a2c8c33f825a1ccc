"""Grey pictures as they are decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from redact.records.clip import Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["frame_of"]


def frame_of(luma: NDArray[Any], index: int = 0, pts: int | None = None, form: str = "yuv420p") -> Frame:
    """A grey picture with this LUMA."""
    height, width = luma.shape
    down, across = {"yuv420p": (2, 2), "yuv422p": (1, 2), "yuv444p": (1, 1), "gray": (0, 0)}[form.removesuffix("10le")]
    middle = 512 if luma.dtype == np.uint16 else 128
    chroma = [np.full((-(-height // down), -(-width // across)), middle, luma.dtype)] * 2 if down else []
    return Frame(index, index if pts is None else pts, [luma, *chroma], None, damaged=False)
