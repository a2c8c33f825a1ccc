"""What the last layer of a network says, as boxes. Each head turns the outputs of a whole batch at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["HEADS", "Head", "Rows", "centerface", "yolo"]

CELL = 4
"""px of the picture that one cell of CenterFace's maps stands for."""

LARGEST = 8.0
"""Logarithm of the largest size, in cells, that is believed; keeps the exponential finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Boxes of a batch before they are told apart."""

    picture: NDArray[np.int32]
    """(r,) which picture of the batch."""
    xyxy: NDArray[np.float32]
    """(r, 4) px of the batch."""
    score: NDArray[np.float32]
    """(r,)"""

    def __getitem__(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Rows:
        """Select ROWS by mask or index array."""
        return Rows(self.picture[rows], self.xyxy[rows], self.score[rows])


@dataclass(frozen=True, slots=True)
class Head:
    """How to feed a network of one family, and how to read it."""

    levels: float
    """What 8-bit levels are divided by on the way in."""
    decode: Callable[[Sequence[NDArray[np.float32]], float, Sequence[int] | None], Rows]
    """Outputs, least score, classes to keep -> rows."""


def yolo(outputs: Sequence[NDArray[np.float32]], least: float, classes: Sequence[int] | None = None) -> Rows:
    """Read float32 (n, 4 + c, a): middle and size of a boxes, and a score for each of c classes."""
    (output,) = outputs
    wanted = output[:, 4:] if classes is None else output[:, 4 + np.asarray(classes)]
    best = wanted.max(axis=1)
    picture, anchor = np.nonzero(best >= least)
    x, y, w, h = output[picture, :4, anchor].T
    xyxy = np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1)
    return Rows(picture.astype(np.int32), xyxy.astype(np.float32), best[picture, anchor].astype(np.float32))


def centerface(outputs: Sequence[NDArray[np.float32]], least: float, classes: Sequence[int] | None = None) -> Rows:
    """Read a heat map (n, 1, h, w), log sizes (n, 2, h, w) and offsets (n, 2, h, w), y before x, in cells of 4 px.

    A face is a peak: a cell no cooler than its eight neighbours. The network knows one class, so CLASSES says nothing.
    """
    heat, size, offset = outputs[:3]
    del classes
    picture, row, column = np.nonzero((heat[:, 0] >= least) & (heat[:, 0] >= _neighbourhood(heat[:, 0])))
    h, w = np.exp(np.minimum(size[picture, :, row, column].T, LARGEST)) * CELL
    dy, dx = offset[picture, :, row, column].T
    y, x = (row + dy + 0.5) * CELL, (column + dx + 0.5) * CELL
    xyxy = np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1)
    return Rows(picture.astype(np.int32), xyxy.astype(np.float32), heat[picture, 0, row, column].astype(np.float32))


def _neighbourhood(heat: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the warmest of each cell and its eight neighbours: (n, h, w) -> (n, h, w)."""
    padded = np.pad(heat, ((0, 0), (1, 1), (1, 1)))
    rows = np.maximum(np.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    warmest: NDArray[np.float32] = np.maximum(np.maximum(rows[..., :-2], rows[..., 1:-1]), rows[..., 2:])
    return warmest


HEADS = {"yolo": Head(255.0, yolo), "centerface": Head(1.0, centerface)}
"""By the name a catalogue gives them."""
