"""Of boxes around the same thing keep the strongest, over all pictures of a batch at once."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from redact.records.boxes import iou

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["suppress"]

BLOCK = 512
"""Boxes compared with each other at a time; bounds the memory, not the answer."""


def suppress(
    picture: NDArray[np.int32], xyxy: NDArray[np.float32], score: NDArray[np.float32], overlap: float
) -> NDArray[np.int64]:
    """Greedy non-maximum suppression within each picture: which rows stay, by picture and falling score.

    PICTURE int32 (n,), XYXY float32 (n, 4), SCORE float32 (n,). Taken from the strongest down (of equals the earlier),
    a box goes if it overlaps one that stays by more than OVERLAP.
    """
    order = np.lexsort((np.arange(len(score)), -score, picture))
    bounds = np.flatnonzero(np.diff(picture[order], prepend=-1, append=-2))
    parts = [order[a:b] for a, b in pairwise(bounds)]
    kept = [rows[_greedy(xyxy[rows], overlap)] for rows in parts]
    return np.concatenate(kept) if kept else np.zeros(0, np.int64)


def _greedy(xyxy: NDArray[np.float32], overlap: float) -> NDArray[np.int64]:
    """Which of the boxes stay: float32 (n, 4), strongest first -> int64 (k,)."""
    stays: list[NDArray[np.int64]] = []
    for first in range(0, len(xyxy), BLOCK):
        rows = np.arange(first, min(first + BLOCK, len(xyxy)))
        for earlier in stays:
            rows = rows[~np.any(iou(xyxy[rows], xyxy[earlier]) > overlap, axis=1)]
        stays.append(rows[_settled(iou(xyxy[rows], xyxy[rows]) > overlap)])
    return np.concatenate(stays) if stays else np.zeros(0, np.int64)


def _settled(clash: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the boxes stay, by who clashes with whom: bool (n, n), strongest first -> bool (n,).

    Each round is right about one more box of every chain of clashes, so the answer that no longer changes is the
    greedy one, after as many rounds as the longest chain has boxes.
    """
    stronger = np.tril(clash, -1)
    stays: NDArray[np.bool_] = ~np.any(stronger, axis=1)
    while True:
        again: NDArray[np.bool_] = ~np.any(stronger & stays, axis=1)
        if np.array_equal(again, stays):
            return stays
        stays = again
