"""The classic mosaic: a few large cells of mean colour, which stay with what they hide for a second.

Its colours give away who is under it. Of the shape of a face little is left: with two cells across a head a network
that knows faces does no better than by guessing (`benchmarks/leakage/attack.py`), with three or four it did. Two grids
over one face would be as good as a finer one, and a grid that was sampled anew on every frame could be added up to a
sharper picture. So a box is sampled in cells no smaller than those of the boxes it overlaps, the box with the largest
lies on top, and all are held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from redact.records.boxes import intersection
from redact.video.formats import shape
from redact.video.planes import Tones, window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from redact.records.clip import Clip

    Cells: TypeAlias = tuple[NDArray[Any], ...]

__all__ = ["Mosaic"]

ACROSS = 2
"""Cells along the shorter side of a box at most, and so across any head in it."""

ALONG = 4
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
        claimed = boxes[tracks >= 0]
        side = _sides(claimed)
        rows = zip(claimed.tolist(), tracks[tracks >= 0].tolist(), _coarsest(claimed, side).tolist(), strict=True)
        cells = [(box, self._cells(planes, box, track, index, least)) for box, track, least in rows]
        for box, sampled in (cells[place] for place in np.argsort(side, kind="stable")):
            for number, plane in enumerate(planes):
                target = plane[window(self._form, number, box)]
                target[:] = cv2.resize(sampled[number], target.shape[::-1], interpolation=cv2.INTER_NEAREST)
        for box in boxes[tracks < 0].tolist():
            for number, plane in enumerate(planes):
                plane[window(self._form, number, box)] = self._grey[number]

    def _cells(self, planes: Sequence[NDArray[Any]], box: list[int], track: int, index: int, side: float) -> Cells:
        """Give the cells of TRACK, sampled from BOX, at least SIDE px each, where those it has are a second old."""
        now = int(self._pts[index])
        since, cells = self._held.get(track, (now, ()))
        if not cells or now - since >= self._hold:
            size = max(1, int((box[2] - box[0]) / side)), max(1, int((box[3] - box[1]) / side))
            cells = tuple(
                cv2.resize(plane[window(self._form, number, box)], size, interpolation=cv2.INTER_AREA)
                for number, plane in enumerate(planes)
            )
            self._held[track] = (now, cells)
        return cells


def _sides(boxes: NDArray[np.int32]) -> NDArray[np.float64]:
    """(k,) px: how large the cells of each of BOXES (k, 4) are at least, on its own."""
    size = (boxes[:, 2:] - boxes[:, :2]).astype(np.float64)
    sides: NDArray[np.float64] = np.maximum(size.min(axis=1) / ACROSS, size.max(axis=1) / ALONG)
    return np.maximum(sides, LEAST)


def _coarsest(boxes: NDArray[np.int32], side: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k,) px: the largest SIDE (k,) of each of BOXES (k, 4) and those that overlap it."""
    exact = boxes.astype(np.float32)
    largest: NDArray[np.float64] = np.where(intersection(exact, exact) > 0, side, 0).max(axis=1, initial=0)
    return largest
