"""Boxes cut into cells, and what pictures sum up to in each of them: for all boxes of a frame at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Window = tuple[slice, slice]
    Tables = Callable[[Window], Sequence[NDArray[Any]]]

__all__ = ["Cells", "cut", "edges", "means", "together"]

ALONE = 16_000
"""px that may be looked at for nothing rather than one more box on its own."""

AT_ONCE = 2_099_200
"""px that are looked at at once, at most, where there are many boxes: a sum of 10-bit samples still fits in 31 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Boxes in cells that hold every px of them, one row for each cell."""

    boxes: NDArray[np.intp]
    """(n, 4) px, none of it outside the picture."""
    owner: NDArray[np.intp]
    """(t,) row of the box, in order."""
    xyxy: NDArray[np.intp]
    """(t, 4) px."""

    @property
    def px(self) -> NDArray[np.intp]:
        """Give the px (t,) in each."""
        size = self.xyxy[:, 2:] - self.xyxy[:, :2]
        return size[:, 0] * size[:, 1]

    def sums(self, tables: Tables, parts: int) -> NDArray[np.float64]:
        """Sum up over each cell: (t, PARTS), given how as many integrals of a window of the picture are made."""
        totals = np.zeros((len(self.xyxy), parts))
        for (left, top, right, bottom), rows in self._regions():
            inside = np.clip(self.xyxy[rows] - (left, top, left, top), 0, np.tile((right - left, bottom - top), 2))
            x0, y0, x1, y1 = inside.T
            wide = right - left + 1
            corners = (y1 * wide + x1, y0 * wide + x1, y1 * wide + x0, y0 * wide + x0)
            for part, table in enumerate(tables((slice(top, bottom), slice(left, right)))):
                a, b, c, d = (table.ravel().take(corner) for corner in corners)
                totals[rows, part] = a - b - c + d
        return totals

    def _regions(self) -> Iterator[tuple[tuple[int, int, int, int], Any]]:
        """Give what is to be looked at and the cells in it: all at once, or box by box where that is less."""
        some = np.flatnonzero(np.maximum(self.boxes[:, 2:] - self.boxes[:, :2], 0).prod(axis=1))
        if window := together(self.boxes[some]):
            yield window, slice(None)
            return
        ends = np.searchsorted(self.owner, np.arange(len(self.boxes) + 1)).tolist()
        for row in some.tolist():
            left, top, right, bottom = self.boxes[row].tolist()
            yield (left, top, right, bottom), slice(ends[row], ends[row + 1])


def cut(boxes: NDArray[Any], step: int, size: tuple[int, ...]) -> Cells:
    """Cut BOXES (n, 4), px of a picture of SIZE (rows, columns), into cells of STEP px a side or a little more."""
    inside = np.clip(boxes, 0, np.tile(size[::-1], 2)).astype(np.intp)
    sides = np.maximum(inside[:, 2:] - inside[:, :2], 0)
    across, down = np.maximum(sides // step, 1).T
    count = across * down
    owner = np.repeat(np.arange(len(inside)), count)
    row, column = np.divmod(np.arange(len(owner)) - np.repeat(count.cumsum() - count, count), across[owner])
    width, height = sides[owner].T
    low = np.stack([column * width // across[owner], row * height // down[owner]], axis=1)
    high = np.stack([(column + 1) * width // across[owner], (row + 1) * height // down[owner]], axis=1)
    return Cells(inside, owner, np.hstack([low, high]) + np.tile(inside[owner, :2], 2))


def together(boxes: NDArray[Any]) -> tuple[int, int, int, int] | None:
    """Give the window that holds all of BOXES (n, 4) px if looking at it costs less than at each by itself, else none.

    xyxy px; none is empty.
    """
    if not len(boxes):
        return None
    (left, top), (right, bottom) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
    whole, each = (right - left) * (bottom - top), int((boxes[:, 2:] - boxes[:, :2]).prod(axis=1).sum())
    return (left, top, right, bottom) if whole <= AT_ONCE and whole < each + ALONE * len(boxes) else None


def means(plane: NDArray[Any], rows: int, columns: int) -> NDArray[np.float64]:
    """Mean of each tile of PLANE, which is cut into ROWS by COLUMNS of them, of a size but for a px."""
    down, across = edges(plane.shape[0], rows), edges(plane.shape[1], columns)
    table = cv2.integral(plane)[down[:, None], across]
    strips = table[1:] - table[:-1]
    px = np.diff(down)[:, None] * np.diff(across)
    return np.asarray((strips[:, 1:] - strips[:, :-1]) / px, np.float64)


@lru_cache(maxsize=2048)
def edges(size: int, parts: int) -> NDArray[np.intp]:
    """Where each of PARTS of SIZE px begins, and where the last ends. Read-only."""
    cuts = np.arange(parts + 1) * size // parts
    cuts.flags.writeable = False
    return cuts
