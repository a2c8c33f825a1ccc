"""Frosted glass: soft panes whose colours come from the picture just outside what is hidden, and from nothing else.

The picture is averaged over cells; a cell that holds any of a hidden region counts for nothing. The gaps are filled
by pulling the averages up a pyramid and pushing them down again (Gortler et al., The Lumigraph, 1996). So no sample of
a hidden region takes part in any sum, and what is painted is the same whatever is behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from redact.planes import Tones, window
from redact.video.formats import shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from redact.records import Clip

__all__ = ["Frost"]

CELLS = 50
"""Cells along the shorter side of a picture, at least; their side is a power of two, 4 to 32 px."""

TRUST = 2.0
"""A cell of the pyramid counts in full where one part in this many of it is visible."""

ENOUGH = 0.1
"""Visible share of every cell, from which on a level of the pyramid needs no coarser one."""

SOFT = 2.5
"""Standard deviation, in cells, by which the colours are softened."""

LIGHT, LIGHTEN = 0.62, 0.2
"""Glass is lit: its luma goes LIGHTEN of the way to LIGHT."""

PALE = 0.2
"""Share of its colour that glass takes away."""

GRAIN, FINE = 5.0, 0.5
"""Standard deviation of the grain, levels of 255, and of the filter that it is softened by, px.

The finer it is the fewer small boxes resemble what they hide by chance, after encoding: of faces of 8 to 15 px 0.16 %
at these, 0.7 % at 0.7 px; for an eighth more bytes where nearly all is hidden.
"""

TILE = 256
"""px after which the grain repeats."""

LINE_PX = 540
"""A line of the rim is one px thick for every so many px of the picture's shorter side."""

DARK, BRIGHT = 0.5, 0.55
"""The rim: an outer line DARK of the way to black, and an inner one BRIGHT of the way to white."""


class Frost:
    """Paints boxes as panes of frosted glass."""

    def __init__(self, clip: Clip) -> None:
        """Prepare to paint frames of CLIP."""
        short = min(clip.width, clip.height)
        self._form, self._tones = shape(clip.pix_fmt), Tones.of(clip)
        self._cell = int(np.clip(1 << max(short // CELLS, 1).bit_length() - 1, 4, 32))
        self._line = max(1, round(short / LINE_PX))
        self._grain = _grain(clip.width + 1, clip.height + 1, self._form.dtype, self._tones.scale)
        self._most = int(self._grain.max())

    def __call__(
        self, planes: Sequence[NDArray[Any]], boxes: NDArray[np.int32], _tracks: NDArray[np.int32], _index: int, /
    ) -> None:
        """Paint BOXES (k, 4), even px, onto PLANES."""
        field = self._field(planes, boxes)
        for number, plane in enumerate(planes):
            spots = [window(self._form, number, box) for box in boxes.tolist()]
            panes = [self._pane(field[number], number, spot) for spot in spots]
            if number:
                for spot, pane in zip(spots, panes, strict=True):
                    plane[spot] = pane
            else:
                self._glaze(plane, spots, panes)

    def _glaze(self, luma: NDArray[Any], spots: list[tuple[slice, slice]], panes: list[NDArray[Any]]) -> None:
        """Paint PANES with grain, and a rim around all of them together: where two overlap there is none."""
        rim = 2 * self._line
        for spot, pane in zip(spots, panes, strict=True):
            self._rim(luma[spot], cv2.add(pane, self._grain[spot]))
        for spot, pane in zip(spots, panes, strict=True):
            inner = np.s_[rim:-rim, rim:-rim]
            if min(pane.shape) > 2 * rim:
                luma[spot][inner] = cv2.add(pane[inner], self._grain[spot][inner])

    def _rim(self, target: NDArray[Any], pane: NDArray[Any]) -> None:
        """Paint PANE onto TARGET with a dark line along its edge, and a bright one inside that."""
        target[:] = pane
        for inset, share, tone in ((0, DARK, self._tones.black), (self._line, BRIGHT, self._tones.white)):
            for side in _sides(pane.shape, inset, self._line):
                if pane[side].size:
                    target[side] = cv2.addWeighted(pane[side], 1 - share, pane[side], 0, share * tone)

    def _pane(self, field: NDArray[Any], plane: int, spot: tuple[slice, slice]) -> NDArray[Any]:
        """Give the samples of PLANE at SPOT: FIELD (rows, columns of cells), enlarged."""
        steps = self._cell // self._form.down[plane], self._cell // self._form.across[plane]
        # a cell more on every side, so that the enlarged pane does not end in a flat rim
        first = [max(s.start // step - 1, 0) for s, step in zip(spot, steps, strict=True)]
        last = [-(-s.stop // step) + 1 for s, step in zip(spot, steps, strict=True)]
        cells = field[first[0] : last[0], first[1] : last[1]]
        size = cells.shape[1] * steps[1], cells.shape[0] * steps[0]
        large = cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR)
        y, x = (s.start - f * step for s, f, step in zip(spot, first, steps, strict=True))
        pane: NDArray[Any] = large[y : y + spot[0].stop - spot[0].start, x : x + spot[1].stop - spot[1].start]
        return pane

    def _field(self, planes: Sequence[NDArray[Any]], boxes: NDArray[np.int32]) -> list[NDArray[Any]]:
        """One value for each cell and plane, ready to be enlarged: (rows, columns) of the planes' own dtype."""
        rows, columns = (-(-side // self._cell) for side in planes[0].shape)
        tones = self._tones
        whole = [self._means(plane, number) for number, plane in enumerate(planes)]
        filled = _fill(whole, _visible(boxes // self._cell, -(-boxes // self._cell), whole[0].shape))
        if filled is None:
            grey = (tones.luma(0.5) - self._most // 2, tones.mid, tones.mid)
            return [np.full((rows, columns), level, self._form.dtype) for level in grey[: len(planes)]]
        soft = cv2.split(cv2.GaussianBlur(filled, (0, 0), SOFT, borderType=cv2.BORDER_REPLICATE))
        edge = (0, rows - soft[0].shape[0], 0, columns - soft[0].shape[1])
        glass = [self._lit(part, number) for number, part in enumerate(soft[: len(planes)])]
        return [cv2.copyMakeBorder(part, *edge, cv2.BORDER_REPLICATE) for part in glass]

    def _lit(self, soft: NDArray[np.float32], number: int) -> NDArray[Any]:
        """Light the colours of glass, SOFT of plane NUMBER, and leave room for the grain. Of the planes' own dtype."""
        tones = self._tones
        share, target = (PALE, tones.mid) if number else (LIGHTEN, tones.luma(LIGHT) - self._most / 2 / LIGHTEN)
        levels = np.rint(soft * np.float32(1 - share) + np.float32(share * target))
        lit: NDArray[Any] = np.clip(levels, 0, tones.top - self._most).astype(self._form.dtype)
        return lit

    def _means(self, plane: NDArray[Any], number: int) -> NDArray[Any]:
        """Mean of PLANE over every whole cell, (rows, columns) of its own dtype. No cell sees another's samples."""
        down, across = self._cell // self._form.down[number], self._cell // self._form.across[number]
        rows, columns = plane.shape[0] // down, plane.shape[1] // across
        cells = plane[: rows * down, : columns * across]
        while rows and columns and (down > 1 or across > 1):  # by halves: several times faster than in one step
            down, across = max(down // 2, 1), max(across // 2, 1)
            cells = cv2.resize(cells, (columns * across, rows * down), interpolation=cv2.INTER_AREA)
        return cells


def _visible(low: NDArray[np.int32], high: NDArray[np.int32], size: tuple[int, int]) -> NDArray[np.float32]:
    """1 for every cell that no box touches, else 0: float32 of SIZE. Boxes from LOW[:, :2] to HIGH[:, 2:], in cells."""
    visible = np.ones(size, np.float32)
    for x0, y0, x1, y1 in np.hstack([low[:, :2], high[:, 2:]]).tolist():
        visible[y0:y1, x0:x1] = 0
    return visible


def _fill(cells: list[NDArray[Any]], visible: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Fill what is not VISIBLE from what is around it: float32 (rows, columns, planes + 1). None where nothing is."""
    if not visible.any():
        return None
    level: NDArray[np.float32] = cv2.merge([*(part.astype(np.float32) * visible for part in cells), visible])
    levels = [level]
    while level[..., -1].min() < ENOUGH and max(level.shape[:2]) > 1:
        level = cv2.pyrDown(level)
        levels.append(level)
    filled = _shares(levels.pop())[0]
    for level in reversed(levels):
        coarse = cv2.pyrUp(filled, dstsize=level.shape[1::-1])
        means, trust = _shares(level)
        filled = coarse + trust * (means - coarse)
    return filled


def _shares(level: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Means of the visible part of every cell of LEVEL, and how far each counts, 0 to 1; both of LEVEL's shape."""
    weight = cv2.merge([level[..., -1]] * level.shape[2])
    return level / np.maximum(weight, np.float32(1e-6)), np.minimum(weight * np.float32(TRUST), np.float32(1))


def _sides(size: tuple[int, ...], inset: int, thick: int) -> list[tuple[slice, slice]]:
    """Windows of the four lines THICK px wide, INSET px inside a pane of SIZE (rows, columns)."""
    bottom, right = size[0] - inset, size[1] - inset
    across, down = slice(inset, max(right, inset)), slice(inset, max(bottom, inset))
    return [
        (slice(inset, inset + thick), across),
        (slice(max(bottom - thick, inset), max(bottom, inset)), across),
        (down, slice(inset, inset + thick)),
        (down, slice(max(right - thick, inset), max(right, inset))),
    ]


def _grain(width: int, height: int, dtype: type[np.generic], scale: int) -> NDArray[Any]:
    """Fine grain over a picture of WIDTH x HEIGHT px, the same on every frame. 0 and up, to be added."""
    noise = np.random.default_rng(0).standard_normal((TILE, TILE)).astype(np.float32)
    soft = cv2.GaussianBlur(np.tile(noise, (3, 3)), (0, 0), FINE)[TILE : 2 * TILE, TILE : 2 * TILE]  # without a seam
    levels = np.rint(np.clip(soft / soft.std(), -2.5, 2.5) * GRAIN * scale)
    tile = np.asarray(levels - levels.min(), dtype)
    return np.tile(tile, (-(-height // TILE), -(-width // TILE)))[:height, :width]
