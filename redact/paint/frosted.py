"""Frosted glass: soft panes whose colours come from the picture just outside what is hidden, and from nothing else.

The picture is averaged over cells; a cell that holds any of a hidden region counts for nothing. The gaps are filled
by pulling the averages up a pyramid and pushing them down again (Gortler et al., The Lumigraph, 1996). So no sample of
a hidden region takes part in any sum, and what is painted is the same whatever is behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from redact.video.formats import shape
from redact.video.planes import Tones, window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip

    _Box = list[int]
    """xyxy px."""
    _Window = tuple[slice, slice]
    """Rows and columns."""

__all__ = ["Frosted"]

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
at these, 0.7 % at 0.7 px; for an eighth more bytes where nearly all is hidden. Measured once; what of such faces stays
exposed now, for this or any other reason, `python -m benchmarks.leakage` measures.
"""

TILE = 256
"""px after which the grain repeats."""

LINE_PX = 540
"""A line of the rim is one px thick for every so many px of the picture's shorter side."""

DARK, BRIGHT = 0.5, 0.55
"""The rim: an outer line DARK of the way to black, and an inner one BRIGHT of the way to white."""


SHEET_PX = 40_000
"""px of glass that are made as soon as one box's own pane: up to so many for each box, panes are cut from one sheet."""


class _Sheet(NamedTuple):
    """Glass that the panes before some boxes are cut from."""

    glass: NDArray[Any]
    dark: NDArray[Any]
    """The same as the outer line of a rim shows it,"""
    bright: NDArray[Any]
    """and as the inner one does."""
    spots: list[tuple[_Window, _Window]]
    """Rows and columns of each pane, in the plane and in the sheet."""


class Frosted:
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
        field, groups = self._field(planes, boxes), _groups(boxes.tolist())
        for number, plane in enumerate(planes):
            sheets = [self._sheet(field[number], number, around, some) for around, some in groups]
            if number:
                for sheet in sheets:
                    for spot, here in sheet.spots:
                        plane[spot] = sheet.glass[here]
            else:
                _glaze(plane, sheets, self._line)

    def _sheet(self, field: NDArray[Any], plane: int, around: _Box, boxes: Sequence[_Box]) -> _Sheet:
        """Make the glass AROUND some BOXES, whose colours in PLANE are FIELD; that of luma has grain and lines."""
        whole = window(self._form, plane, around)
        spots = [window(self._form, plane, box) for box in boxes]
        glass = self._enlarged(field, plane, whole)
        glass = glass if plane else cv2.add(glass, self._grain[whole])
        dark, bright = (glass, glass) if plane else self._lines(glass)
        return _Sheet(glass, dark, bright, [(spot, _within(spot, whole)) for spot in spots])

    def _lines(self, glass: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Give GLASS as the dark line of a rim shows it, and as the bright one does."""
        dark = cv2.addWeighted(glass, 1 - DARK, glass, 0, DARK * self._tones.black)
        return dark, cv2.addWeighted(glass, 1 - BRIGHT, glass, 0, BRIGHT * self._tones.white)

    def _enlarged(self, field: NDArray[Any], plane: int, spot: _Window) -> NDArray[Any]:
        """Give the samples of PLANE at SPOT: FIELD (rows, columns of cells), enlarged."""
        steps = self._cell // self._form.down[plane], self._cell // self._form.across[plane]
        # a cell more on every side, so that the enlarged pane does not end in a flat rim
        first = [max(s.start // step - 1, 0) for s, step in zip(spot, steps, strict=True)]
        last = [-(-s.stop // step) + 1 for s, step in zip(spot, steps, strict=True)]
        cells = field[first[0] : last[0], first[1] : last[1]]
        size = cells.shape[1] * steps[1], cells.shape[0] * steps[0]
        large = cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR)
        y, x = (s.start - f * step for s, f, step in zip(spot, first, steps, strict=True))
        return np.asarray(large[y : y + spot[0].stop - spot[0].start, x : x + spot[1].stop - spot[1].start])

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


def _groups(boxes: Sequence[_Box]) -> list[tuple[_Box, Sequence[_Box]]]:
    """Say which of BOXES are cut from one sheet of glass, and what it covers: many at once, or each by itself."""
    edges = list(zip(*boxes, strict=True))
    around = [min(edges[0]), min(edges[1]), max(edges[2]), max(edges[3])]
    if (around[2] - around[0]) * (around[3] - around[1]) <= SHEET_PX * len(boxes):
        return [(around, boxes)]
    return [(box, [box]) for box in boxes]


def _within(spot: _Window, whole: _Window) -> _Window:
    """Give SPOT of a plane in what is cut out of it at WHOLE."""
    (rows, columns), top, left = spot, whole[0].start, whole[1].start
    return slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)


def _glaze(luma: NDArray[Any], sheets: Sequence[_Sheet], line: int) -> None:
    """Put panes of SHEETS onto LUMA, in a rim of two lines, LINE px wide: one around all, none where two overlap."""
    for sheet in sheets:
        for spot, here in sheet.spots:
            target = luma[spot]
            target[:] = sheet.dark[here]
            _inside(target, line)[:] = _inside(sheet.bright[here], line)
    for sheet in sheets:
        for spot, here in sheet.spots:
            _inside(luma[spot], 2 * line)[:] = _inside(sheet.glass[here], 2 * line)


def _inside(pane: NDArray[Any], inset: int) -> NDArray[Any]:
    """View what of PANE lies INSET px or more from its edge."""
    return pane[inset:-inset, inset:-inset]


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


def _grain(width: int, height: int, dtype: type[np.generic], scale: int) -> NDArray[Any]:
    """Fine grain over a picture of WIDTH x HEIGHT px, the same on every frame. 0 and up, to be added."""
    noise = np.random.default_rng(0).standard_normal((TILE, TILE)).astype(np.float32)
    soft = cv2.GaussianBlur(np.tile(noise, (3, 3)), (0, 0), FINE)[TILE : 2 * TILE, TILE : 2 * TILE]  # without a seam
    levels = np.rint(np.clip(soft / soft.std(), -2.5, 2.5) * GRAIN * scale)
    tile = np.asarray(levels - levels.min(), dtype)
    return np.tile(tile, (-(-height // TILE), -(-width // TILE)))[:height, :width]
