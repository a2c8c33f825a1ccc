"""Pure box arithmetic. Every box is xyxy: px, half-open, x right, y down."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from typing import Any, TypeVar

    from numpy.typing import NDArray

    from redact.records.clip import Clip

    Boxes: TypeAlias = NDArray[np.float32]
    Real = TypeVar("Real", bound=np.floating[Any])

__all__ = [
    "Box",
    "area",
    "as_seen",
    "centre",
    "clip",
    "grow",
    "intersection",
    "iou",
    "outward",
    "overlap_share",
    "place_of",
    "room",
    "without",
]

Box: TypeAlias = tuple[int, int, int, int]
"""xyxy, whole px."""


def area(xyxy: Boxes) -> Boxes:
    """(n, 4) -> (n,) px²; an inverted box has none."""
    size: Boxes = np.maximum(xyxy[..., 2:] - xyxy[..., :2], 0)
    return size[..., 0] * size[..., 1]


def centre(xyxy: NDArray[Real]) -> NDArray[Real]:
    """(..., 4) -> (..., 2) px, as exact as the boxes are given."""
    return np.asarray((xyxy[..., :2] + xyxy[..., 2:]) / 2)


def room(xyxy: NDArray[Real], width: int, height: int) -> NDArray[Real]:
    """Px between each side of a box and that of a WIDTH x HEIGHT picture: left, above, right, below. (..., 4) alike."""
    left, above, right, below = np.moveaxis(xyxy, -1, 0)
    return np.stack([left, above, width - right, height - below], axis=-1)


def intersection(a: Boxes, b: Boxes) -> Boxes:
    """(..., n, 4), (..., m, 4) -> (..., n, m) shared px²."""
    low = np.maximum(a[..., :, None, :2], b[..., None, :, :2])
    high = np.minimum(a[..., :, None, 2:], b[..., None, :, 2:])
    size: Boxes = np.maximum(high - low, 0)
    return size[..., 0] * size[..., 1]


def iou(a: Boxes, b: Boxes) -> Boxes:
    """(..., n, 4), (..., m, 4) -> (..., n, m) intersection over union, 0 where both are empty."""
    shared = intersection(a, b)
    union = area(a)[..., :, None] + area(b)[..., None, :] - shared
    ratio: Boxes = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return ratio


def overlap_share(a: Boxes, b: Boxes) -> Boxes:
    """(n, 4), (m, 4) -> (n, m) share of each box of A that lies inside each box of B."""
    shared, own = intersection(a, b), area(a)[:, None]
    share: Boxes = np.divide(shared, own, out=np.zeros_like(shared), where=own > 0)
    return share


def grow(xyxy: Boxes, factor: Boxes | float) -> Boxes:
    """Scale boxes about their centres by FACTOR, a number or (n,). float32 (n, 4) -> float32 (n, 4)."""
    middle = centre(xyxy)
    half = (xyxy[:, 2:] - xyxy[:, :2]) / 2 * np.broadcast_to(np.asarray(factor, np.float32), len(xyxy))[:, None]
    return np.hstack([middle - half, middle + half]).astype(np.float32)


def clip(xyxy: Boxes, width: int, height: int) -> Boxes:
    """Cut boxes to a WIDTH x HEIGHT picture. float32 (n, 4) -> float32 (n, 4)."""
    return np.clip(xyxy, 0, np.array([width, height, width, height], np.float32))


def outward(xyxy: Boxes, width: int, height: int, step: tuple[int, int] = (2, 2)) -> NDArray[np.int32]:
    """Snap boxes outward to a grid of STEP px, by default even. float32 (n, 4) -> int32 (n, 4), inside the picture.

    The frame edge ends a box even where it is off the grid, as in a picture of odd width.
    """
    low, high = np.floor(xyxy[:, :2] / step) * step, np.ceil(xyxy[:, 2:] / step) * step
    return np.clip(np.hstack([low, high]), 0, [width, height, width, height]).astype(np.int32)


def without(box: NDArray[np.float32], holes: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is left of BOX where HOLES are cut out, in boxes side by side. (4,), (n, 4) -> float32 (m, 4)."""
    left = [box.tolist()] if area(box) > 0 else []
    for x0, y0, x1, y1 in holes.tolist():
        left = [part for some in left for part in _cut(some, (x0, y0, x1, y1))]
    return np.array(left, np.float32).reshape(-1, 4)


def _cut(box: list[float], hole: tuple[float, float, float, float]) -> list[list[float]]:
    """Give what is left of BOX beside HOLE: all above and below it, and what is left and right in between."""
    x0, y0, x1, y1 = box
    low, high = max(y0, hole[1]), min(y1, hole[3])
    if low >= high or max(x0, hole[0]) >= min(x1, hole[2]):
        return [box]
    parts = [x0, y0, x1, low], [x0, high, x1, y1], [x0, low, hole[0], high], [hole[2], low, x1, high]
    return [part for part in parts if part[2] > part[0] and part[3] > part[1]]


def as_seen(clip: Clip, xyxy: Boxes) -> NDArray[np.int32]:
    """Carry boxes of the coded picture of CLIP to px of the upright one, rounded outward. (n, 4) -> int32 (n, 4)."""
    return outward(clip.orientation.to_upright(xyxy, clip.width, clip.height), *clip.size_as_seen, (1, 1))


def place_of(clip: Clip, box: NDArray[np.float32]) -> Box:
    """Carry BOX, px of the coded picture, to px of the upright one, rounded outward."""
    left, top, right, bottom = as_seen(clip, box[None])[0].tolist()
    return left, top, right, bottom
