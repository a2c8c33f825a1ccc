"""The classic mosaic: a few large cells of mean colour, which stay with what they hide for a second.

It gives colours away, but not more by moving: a grid that was sampled anew on every frame could be added up to a
sharper picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2

from redact.planes import Tones, window
from redact.video.formats import shape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    import numpy as np
    from numpy.typing import NDArray

    from redact.records import Clip

    Cells: TypeAlias = tuple[NDArray[Any], ...]

__all__ = ["Mosaic"]

ACROSS = 4
"""Cells along the shorter side of a box at most, and so across any head in it."""

ALONG = 8
"""Cells along the longer side of a box at most."""

LEAST = 8
"""px along each side of a cell, at least: a block of the encoder."""

HELD_S = 1
"""Seconds for which the cells of a track stay as they were sampled."""


class Mosaic:
    """Paints boxes as mosaics. Sampled before anything is painted; what no track claims becomes plain grey."""

    def __init__(self, clip: Clip) -> None:
        """Prepare to paint frames of CLIP."""
        tones = Tones.of(clip)
        self._form = shape(clip.pix_fmt)
        self._grey = (tones.luma(0.5), tones.mid, tones.mid)
        self._pts = clip.pts
        self._hold = HELD_S / clip.time_base
        self._held: dict[int, tuple[int, Cells]] = {}

    def __call__(
        self, planes: Sequence[NDArray[Any]], boxes: NDArray[np.int32], tracks: NDArray[np.int32], index: int, /
    ) -> None:
        """Paint BOXES (k, 4) of TRACKS (k,), even px, onto PLANES of frame INDEX."""
        rows = list(zip(boxes.tolist(), tracks.tolist(), strict=True))
        claimed = [(box, self._cells(planes, box, track, index)) for box, track in rows if track >= 0]
        for box, cells in claimed:
            for number, plane in enumerate(planes):
                target = plane[window(self._form, number, box)]
                target[:] = cv2.resize(cells[number], target.shape[::-1], interpolation=cv2.INTER_NEAREST)
        for box in (box for box, track in rows if track < 0):
            for number, plane in enumerate(planes):
                plane[window(self._form, number, box)] = self._grey[number]

    def _cells(self, planes: Sequence[NDArray[Any]], box: list[int], track: int, index: int) -> Cells:
        """Give the cells of TRACK, sampled from BOX where those it has are a second old."""
        now = int(self._pts[index])
        since, cells = self._held.get(track, (now, ()))
        if not cells or now - since >= self._hold:
            size = _grid(box[2] - box[0], box[3] - box[1])
            cells = tuple(
                cv2.resize(plane[window(self._form, number, box)], size, interpolation=cv2.INTER_AREA)
                for number, plane in enumerate(planes)
            )
            self._held[track] = (now, cells)
        return cells


def _grid(width: int, height: int) -> tuple[int, int]:
    """How many cells go across and down a box of WIDTH x HEIGHT px."""
    side = max(min(width, height) / ACROSS, max(width, height) / ALONG, LEAST)
    return max(1, int(width / side)), max(1, int(height / side))
