"""Something that somebody drew a box around, followed through the picture until it is not sure any more.

Median flow (Kalal, Mikolajczyk and Matas 2010): points in the box are followed to the next picture and back; those that
come back to where they were carry the box. What is in it has to go on looking like what was drawn; where it does not,
or the points part, or come back elsewhere, following ends, and it is said why. It never goes over a cut.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from redact.records.boxes import centre

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]
    Box4 = NDArray[np.float64]

__all__ = ["End", "Followed", "follow"]

ACROSS, DOWN = 8, 12
"""Points in a box, in rows and columns."""

INSET = (0.15, 0.08)
"""Share of the box's width, and height, that is left out on each side: there is much of what is behind."""

FEWEST = 8
"""Points that have to be found again."""

ASTRAY = 0.06
"""How far points may come back from where they were, the middle one, in sides of a square as large as the box."""

EXACT = 0.3
"""px from which a point that comes back is one that came back exactly."""

PARTED = 0.15
"""How far points may go other ways than the box, in the same measure."""

RESIZED = 0.07
"""Most that a box becomes larger or smaller from one picture to the next."""

TO_DRAWN, TO_LAST = 0.4, 0.6
"""Correlation with what was drawn, and with the likest of the last few pictures, from which it is still the same."""

LAST = 3
"""Pictures of it that are held against the next one."""

INSIDE = 0.5
"""Share of the box that has to be in the picture."""

SWATCH = (24, 48)
"""px across and down in which pictures of it are compared."""

FLOW = {
    "winSize": (11, 11),
    "maxLevel": 3,
    "criteria": (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.03),
}


class End(StrEnum):
    """Why following ended."""

    LIMIT = "limit"
    """It was followed for as long as was asked."""
    CLIP = "clip"
    """The clip begins or ends there."""
    CUT = "cut"
    """Another scene begins."""
    EDGE = "edge"
    """It leaves the picture."""
    LOST = "lost"
    """It cannot be made out where it goes: something passes before it, or it moves too fast."""
    CHANGED = "changed"
    """It does not look any more like what was drawn."""


class Followed(NamedTuple):
    """Where something was followed to."""

    places: tuple[tuple[int, tuple[float, float, float, float]], ...]
    """Frames and boxes, px, away from the frame on which it was drawn, which is not among them."""
    end: End


def follow(
    start: Grey, box: tuple[float, float, float, float], pictures: Iterable[tuple[int, Grey]], stop: End
) -> Followed:
    """Follow what is in BOX, px of START, through PICTURES, frames in order from the one beside it on.

    Where these run out it ends for STOP.
    """
    here, before, places = np.array(box, np.float64), start, list[tuple[int, tuple[float, float, float, float]]]()
    drawn = _swatch(start, here)
    last = deque([drawn], LAST)
    for frame, picture in pictures:
        moved = _carried(before, picture, here)
        if moved is None:
            return Followed(tuple(places), End.LOST)
        if _inside(moved, picture) < INSIDE:
            return Followed(tuple(places), End.EDGE)
        now = _swatch(picture, moved)
        if _alike(now, drawn) < TO_DRAWN or max(_alike(now, one) for one in last) < TO_LAST:
            return Followed(tuple(places), End.CHANGED)
        last.append(now)
        here, before = moved, picture
        left, top, right, bottom = moved.tolist()
        places.append((frame, (left, top, right, bottom)))
    return Followed(tuple(places), stop)


def _carried(before: Grey, after: Grey, box: Box4) -> Box4 | None:
    """Give where BOX of the picture BEFORE is AFTER it; None where that is not sure."""
    points = _grid(box)
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, after, points, None, **FLOW)  # type: ignore[call-overload]
    back, again, _ = cv2.calcOpticalFlowPyrLK(after, before, there, None, **FLOW)  # type: ignore[call-overload]
    ok = (found[:, 0] == 1) & (again[:, 0] == 1)
    if ok.sum() < FEWEST:
        return None
    size = float(np.sqrt(np.prod(box[2:] - box[:2])))
    error = np.linalg.norm((back - points)[:, 0], axis=1)
    middle = float(np.median(error[ok]))
    good = ok & (error <= max(middle, EXACT))
    old, new = points[good][:, 0].astype(np.float64), there[good][:, 0].astype(np.float64)
    if middle > ASTRAY * size or len(old) < FEWEST:
        return None
    shift = np.median(new - old, axis=0)
    if np.median(np.linalg.norm(new - old - shift, axis=1)) > PARTED * size:
        return None
    half = (box[2:] - box[:2]) / 2 * _growth(old, new)
    where = centre(box) + shift
    return np.concatenate([where - half, where + half])


def _growth(old: NDArray[np.float64], new: NDArray[np.float64]) -> float:
    """Say by how much what has its points at NEW (n, 2) is larger than where they were at OLD (n, 2)."""
    one, other = np.triu_indices(len(old), 1)
    was, now = (np.linalg.norm(some[one] - some[other], axis=1) for some in (old, new))
    far = was > FEWEST
    return float(np.clip(np.median(now[far] / was[far]), 1 - RESIZED, 1 + RESIZED)) if far.any() else 1.0


def _grid(box: Box4) -> NDArray[np.float32]:
    """(n, 1, 2) points in BOX, some way from its edges."""
    inset = np.array(INSET) * (box[2:] - box[:2])
    low, high = box[:2] + inset, box[2:] - inset
    columns, rows = np.linspace(low[0], high[0], ACROSS), np.linspace(low[1], high[1], DOWN)
    return np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 1, 2).astype(np.float32)


def _swatch(picture: Grey, box: Box4) -> NDArray[np.float32]:
    """Give what PICTURE shows in BOX, at the size in which things are compared."""
    width, height = (box[2:] - box[:2]) / SWATCH
    put = np.array([[width, 0, box[0]], [0, height, box[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(picture, put, SWATCH, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.float32)


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Say how alike two swatches are, whatever their light: -1 to 1."""
    a, b = one - one.mean(), other - other.mean()
    return float((a * b).sum() / max(float(np.sqrt((a * a).sum() * (b * b).sum())), 1e-6))


def _inside(box: Box4, picture: Grey) -> float:
    """Say which share of BOX is in PICTURE."""
    size = np.array(picture.shape[1::-1])
    there = np.clip(np.minimum(box[2:], size) - np.maximum(box[:2], 0), 0, None)
    return float(np.prod(there) / max(float(np.prod(box[2:] - box[:2])), 1e-6))
