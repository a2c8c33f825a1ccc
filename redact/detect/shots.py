"""Whether two pictures that follow each other show two scenes: a hard cut.

A camera that turns shows the same scene elsewhere. So the two are laid over each other first, by phase correlation
(Kuglin and Hines, 1975), of their levels and of the strength of their edges; where the edges still do not lie on each
other it is another scene. A flash changes levels, not edges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.records.numbers import median

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["TILE", "is_cut", "tile_changes"]

TILE = 8
"""px of a tile of a thumbnail."""

SAME = 0.9
"""Correlation, as they lie and softened, from which two pictures show one scene."""

CHANGED = 5.0
"""Levels by which the median tile of them, softened, changes at a cut, or more.

Of 282 cuts none changes by less than 7. Noise with a standard deviation of 10 levels in the px of a thumbnail changes
by 3.2, and by 5 from 16 levels on; where a picture is shrunk to its thumbnail, little of its noise is left. Measured
once (docs/adr/0015-where-a-scene-ends.md).
"""

SOFT = 1.0
"""px of a thumbnail by which both are softened for that; edges are compared as they are."""

ANOTHER = 0.25
"""Correlation of edges, laid over each other, below which it is another scene.

Of 282 cuts of footage and between stills 280 are below, and of 1,234 other pairs that changed as much, by a camera that
turns or by what moves before it, none; the lowest of these has 0.26. Chosen on the same pairs, measured once, as above.
"""

FAR = 0.35
"""Share of a side by which one scene is moved at most: what little of two overlaps beyond may be alike by chance."""

BLACK = 24.0
"""Levels of 255 up to which a px of a thumbnail is black, as the bars around a picture of another shape are."""

LIT = 0.25
"""Least share of the picture between bars: of a dark scene with a lamp in it less is lit."""


def tile_changes(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean absolute difference of two thumbnails, about its own median, in every tile; whole tiles only."""
    rows, columns = max(1, a.shape[0] // TILE), max(1, a.shape[1] // TILE)
    step = a - b
    step -= np.float32(median(step[::3, ::3]))  # a change of exposure is none
    part = np.abs(step)[: rows * TILE, : columns * TILE]
    mean: NDArray[np.float32] = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    return mean


def is_cut(before: NDArray[np.float32], now: NDArray[np.float32], step: NDArray[np.float32]) -> bool:
    """Tell whether two thumbnails that follow each other, with STEP between their tiles, show two scenes.

    Float32 (h, w) levels of 255, and what `tile_changes` gives of them. Bars that are black in both say nothing.
    """
    inner, tiled = _between_bars(np.maximum(before, now) > BLACK)
    if median(step[tiled]) <= CHANGED:
        return False
    soft = [cv2.GaussianBlur(picture[inner], (0, 0), SOFT) for picture in (before, now)]
    alike = _alike(*([picture - picture.mean()] for picture in soft))
    if alike >= SAME or median(tile_changes(soft[0], soft[1])) <= CHANGED:
        return False
    return all(laid_over < ANOTHER for laid_over in _laid_over(before[inner], now[inner]))


def _laid_over(a: NDArray[np.float32], b: NDArray[np.float32]) -> Iterator[float]:
    """Correlate the edges of two pictures as they lie, then moved as their levels and as their edges would have it.

    Not where that is too far, nor of pictures so small that a tile holds them.
    """
    edges = [[cv2.Sobel(part, cv2.CV_32F, *along, scale=1 / 8) for along in ((1, 0), (0, 1))] for part in (a, b)]
    yield _alike(*edges)
    if min(a.shape) < TILE:
        return
    strength = [np.hypot(*both) for both in edges]
    window = cv2.createHanningWindow(a.shape[::-1], cv2.CV_32F)
    for first, second in ((a, b), strength):
        # copied, for the function applies the window in place
        (right, down), _ = cv2.phaseCorrelate(first.copy(), second.copy(), window)
        x, y = round(right), round(down)
        if abs(x) <= FAR * a.shape[1] and abs(y) <= FAR * a.shape[0]:
            here, there = _overlap(x, y, a.shape), _overlap(-x, -y, a.shape)
            yield _alike([edge[here] for edge in edges[0]], [edge[there] for edge in edges[1]])


def _overlap(right: int, down: int, size: tuple[int, ...]) -> tuple[slice, slice]:
    """Give the part of a picture of SIZE that another also shows, in which all lies further RIGHT and DOWN."""
    return slice(max(-down, 0), size[0] - max(down, 0)), slice(max(-right, 0), size[1] - max(right, 0))


def _alike(a: Sequence[NDArray[np.float32]], b: Sequence[NDArray[np.float32]]) -> float:
    """Correlate numbers about 0: -1 to 1, and 0 of what is flat."""
    product, own, others = (
        sum(float((x * y).sum()) for x, y in zip(p, q, strict=True)) for p, q in ((a, b), (a, a), (b, b))
    )
    return product / float(np.sqrt(own * others + 1))


def _between_bars(lit: NDArray[np.bool_]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Give the part of a thumbnail that is not bars, and its tiles; all of it where little is LIT: that is night."""
    rows, columns = (np.flatnonzero(lit.any(axis=axis)) for axis in (1, 0))
    if not len(rows) or (np.ptp(rows) + 1) * (np.ptp(columns) + 1) < LIT * lit.size:
        return np.s_[:, :], np.s_[:, :]
    inner = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return inner, (_tiles_of(rows, lit.shape[0]), _tiles_of(columns, lit.shape[1]))


def _tiles_of(places: NDArray[np.intp], size: int) -> slice:
    """Whole tiles along SIZE px that PLACES, in order, lie in; the last one, where they lie in what is left over."""
    end = min(-(-(int(places[-1]) + 1) // TILE), max(1, size // TILE))
    return slice(min(int(places[0]) // TILE, end - 1), end)
