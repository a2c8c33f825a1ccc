"""What somebody looks like, as far as it is told here: the colours of their clothes, from head to foot.

A body is cut into stripes, each a histogram of lightness and of the two colour axes of CIELAB, the middle of the box
counting most. On a campus, between moments 2 to 6 s apart, it told one of ten people from another better than what the
person network itself computes of them (docs/adr/0020-people.md). It knows no face.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COLOURS", "colours_of"]

SIZE = (32, 96)
"""(w, h) px to which a body is resized."""

STRIPES = 6

BINS = 12
"""Bins along each axis of colour."""

COLOURS = STRIPES * 3 * BINS
"""Numbers that describe one body."""

LEVELS = ((0.0, 256.0), (88.0, 168.0), (88.0, 168.0))
"""Ranges of OpenCV's 8-bit CIELAB that the bins cover; clothes are rarely more colourful."""

MIDDLE = 0.22
"""Width of the bell that weighs columns, as a share of the body's: at the sides there is mostly background."""


def colours_of(rgb: NDArray[np.uint8], xyxy: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Describe the bodies in boxes XYXY (n, 4), px of RGB (h, w, 3). Gives uint8 (n, COLOURS), Hellinger coordinates.

    A box outside the picture gives zeros: nothing is known.
    """
    rows = [_described(crop) if (crop := _cut(rgb, box)) is not None else _nothing() for box in xyxy]
    return np.stack(rows) if rows else np.zeros((0, COLOURS), np.uint8)


def _nothing() -> NDArray[np.uint8]:
    return np.zeros(COLOURS, np.uint8)


def _cut(rgb: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8] | None:
    """Cut BOX out of RGB and resize it to SIZE; None where it holds no pixel."""
    height, width = rgb.shape[:2]
    left, top = (max(0, int(side)) for side in box[:2])
    right, bottom = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
    if right <= left or bottom <= top:
        return None
    return np.asarray(cv2.resize(rgb[top:bottom, left:right], SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def _described(body: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the square roots of the histograms of BODY, as bytes: uint8 (SIZE[1], SIZE[0], 3) -> uint8 (COLOURS,)."""
    lab = cv2.cvtColor(body, cv2.COLOR_RGB2LAB).reshape(STRIPES, -1, 3).astype(np.float32)
    across = (np.arange(SIZE[0]) + 0.5) / SIZE[0] - 0.5
    weight = np.tile(np.exp(-0.5 * (across / MIDDLE) ** 2), SIZE[1] // STRIPES)
    hists = np.stack([_histograms(lab[..., axis], *LEVELS[axis], weight) for axis in range(3)], axis=1)
    return np.asarray(np.rint(255 * np.sqrt(hists)).ravel(), np.uint8)


def _histograms(
    values: NDArray[np.float32], low: float, high: float, weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(STRIPES, px) -> (STRIPES, BINS) soft histograms, each of sum 1: a value between two bins counts in both."""
    place = np.clip((values - low) / (high - low) * BINS - 0.5, 0, BINS - 1.000_001)
    lower = place.astype(np.int64)
    share = place - lower
    at = lower + BINS * np.arange(STRIPES)[:, None]
    size = STRIPES * BINS
    sums = np.bincount(at.ravel(), (weight * (1 - share)).ravel(), size)
    sums += np.bincount(at.ravel() + 1, (weight * share).ravel(), size)
    return np.asarray(sums.reshape(STRIPES, BINS) / weight.sum())
