"""How much of a master can still be made out in its copy, block by block.

A block is 8 x 8 px on a grid that starts at the picture's top left corner. A block of the copy still shows the master
where the luma gradients of the two correlate: Pearson's r over the 128 numbers that the Sobel operator gives along x
and y, each direction about its own mean. So a change of brightness or contrast does not hide a face, and a smooth
ramp painted over it does not show one. A strip of less than a block at the right and lower edge is not judged.

What continues its surroundings correlates with them too, and so a mask made of these resembles what it hides. How
much of a master shows *through its mask* is another question: how far the copy lies from what was to be painted, on
the way to the master.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from redact.verify.cells import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = [
    "BLOCK",
    "EXPOSED_R",
    "EXPOSED_SHARE",
    "TEXTURE",
    "block_correlation",
    "exposed",
    "kept",
    "likeness",
    "shown_through",
]

BLOCK = 8
"""px along each side of a block."""

EXPOSED_R = 0.5
"""A block whose correlation is above this still shows the master."""

EXPOSED_SHARE = 0.25
"""A box is exposed where more than this share of its textured blocks still shows the master."""

BAND = 8
"""Rows of blocks compared at a time."""

FLAT = 1e-2
"""A product of deviations up to this is rounding; that of a textured block and of any that is not flat is above."""

TEXTURE = 4.0
"""Least variance of a textured block's gradient, (levels of 255 per px)² over both directions.

Below it x264 at crf 23, with nothing masked, loses some blocks itself; above it it keeps 98 to 100 of 100: measured
once, by no command that is kept.
"""


TILE = 16
"""Halved px along each side of the tiles in which what shows through a mask is summed up, or a little more."""


LARGEST = 20.0
"""Levels of 255 that one px of a copy counts as off its mask, at most.

What shows through a mask does so all over it; the encoder may move one hard edge by a px, far off in a few places.
"""


def block_correlation(
    master: NDArray[Any], copy: NDArray[Any], depth: int = 8, boxes: NDArray[Any] | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Compare two luma planes of one size, uint8 or uint16 (h, w) with DEPTH bits.

    Gives textured bool (h // 8, w // 8), whether each block of MASTER has texture, and correlation float32 of the same
    shape, -1 to 1 and 0 where either block is flat. With BOXES (n, 4) px only the blocks that one of them touches are
    sure to be compared; where none was, nothing is textured. Raises ValueError where the planes differ in shape.
    """
    if master.shape != copy.shape:
        message = f"Planes to compare must be of one shape, but are {master.shape} and {copy.shape}"
        raise ValueError(message)
    rows, columns = master.shape[0] // BLOCK, master.shape[1] // BLOCK
    textured, correlation = np.zeros((rows, columns), np.bool_), np.zeros((rows, columns), np.float32)
    whole = np.array([[0, 0, columns, rows]])
    for left, top, right, bottom in _bands(whole if boxes is None else _outward(boxes, rows, columns), rows):
        # a block more on every side, so that the gradients at the rim are those of the picture
        x, y = max(left - 1, 0), max(top - 1, 0)
        cut = np.s_[y * BLOCK : (bottom + 1) * BLOCK, x * BLOCK : (right + 1) * BLOCK]
        energy, r = _compare(master[cut], copy[cut], 2.0 ** (8 - depth))
        inner = np.s_[top - y : bottom - y, left - x : right - x]
        textured[top:bottom, left:right] = energy[inner] >= TEXTURE
        correlation[top:bottom, left:right] = r[inner]
    return textured, correlation


def exposed(
    textured: NDArray[np.bool_], correlation: NDArray[np.float32], boxes: NDArray[Any]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Judge BOXES (n, 4) px: the share (n,) of their textured blocks that still shows the master, and how many.

    The blocks of a box are those wholly inside; along a side that holds none, those it covers by half; failing that,
    the one at its middle. A box is exposed where its share is above EXPOSED_SHARE; without textured blocks it is 0.
    """
    spans = _inside(boxes, *textured.shape)
    shown, total = _sums(textured & (correlation > EXPOSED_R), spans), _sums(textured, spans)
    share = np.divide(shown, total, out=np.zeros(len(spans), np.float32), where=total > 0, casting="unsafe")
    return share, total


def kept(textured: NDArray[np.bool_], correlation: NDArray[np.float32], excluded: NDArray[Any]) -> tuple[int, int]:
    """Count the textured blocks that none of the EXCLUDED boxes (n, 4) touches: those still shown, and all."""
    scene = textured & ~_covered(excluded, *textured.shape)
    return int(np.count_nonzero(scene & (correlation > EXPOSED_R))), int(np.count_nonzero(scene))


def shown_through(
    master: NDArray[Any], mask: NDArray[Any], copy: NDArray[Any], boxes: NDArray[np.int32], depth: int = 8
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Sum up how far COPY lies from MASK on the way to MASTER under BOXES (n, 4) px: lumas of one size, DEPTH bits.

    Gives sums float64 (n + t, 3), first of the boxes, then of their tiles, and whose box (n + t,) each belongs to.
    The sums are (copy - mask)(master - mask), the former up to LARGEST, (master - mask)², and how many px these are
    of, halved, which takes most of the grain out. The first over the second is the share of the master that shows
    through, by least squares; the second is how much there is to be seen.
    """
    rows, columns = master.shape
    cells, most = cut(boxes // 2, TILE, (rows // 2, columns // 2)), LARGEST * 2 ** (depth - 8)

    def products(window: tuple[slice, slice]) -> list[NDArray[Any]]:
        twice = tuple(slice(2 * side.start, 2 * side.stop) for side in window)
        small, under, copied = (_half(plane[twice]) for plane in (master, mask, copy))
        hidden, added = (cv2.subtract(plane, under, dtype=cv2.CV_32F) for plane in (small, copied))
        np.clip(added, -most, most, out=added)
        return [cv2.integral(cv2.multiply(hidden, plane), sdepth=cv2.CV_64F) for plane in (added, hidden)]

    each = np.column_stack([cells.sums(products, 2) * 4.0 ** (8 - depth), cells.px])
    whole = np.stack([np.bincount(cells.owner, part, len(boxes)) for part in each.T], axis=1)
    return np.vstack([whole, each]), np.concatenate([np.arange(len(boxes)), cells.owner])


def likeness(master: NDArray[Any], mask: NDArray[Any]) -> float:
    """Correlate the gradients of one box of a MASTER with those of the MASK painted over it, all in one, -1 to 1."""
    small, under = _half(master).astype(np.float32), _half(mask).astype(np.float32)
    if not small.size:
        return 0.0
    both = np.zeros(3)
    for along in ((1, 0), (0, 1)):
        a, b = (cv2.Sobel(plane, cv2.CV_32F, *along, ksize=3) for plane in (small, under))
        both += np.vdot(a, b), np.vdot(a, a), np.vdot(b, b)
    product = float(np.sqrt(both[1] * both[2]))
    return float(both[0] / product) if product > FLAT else 0.0


def _half(plane: NDArray[Any]) -> NDArray[Any]:
    """Mean of every two by two px of PLANE, of its own dtype; what is less than two at its end is left out."""
    rows, columns = plane.shape[0] // 2, plane.shape[1] // 2
    if not rows or not columns:
        return plane[:0, :0]
    whole = plane[: 2 * rows, : 2 * columns]
    small: NDArray[Any] = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    return small


def _compare(master: NDArray[Any], copy: NDArray[Any], scale: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the variance of MASTER's gradient and its correlation with COPY's, for every whole block."""
    spread = [np.zeros((master.shape[0] // BLOCK, master.shape[1] // BLOCK), np.float32) for _ in range(3)]
    for along in ((1, 0), (0, 1)):
        a, b = _gradient(master, along, scale), _gradient(copy, along, scale)
        mean_a, mean_b = _mean(a), _mean(b)
        spread[0] += _mean(a, a) - mean_a * mean_a
        spread[1] += _mean(b, b) - mean_b * mean_b
        spread[2] += _mean(a, b) - mean_a * mean_b
    energy = spread[0]
    product = np.sqrt(np.maximum(energy * spread[1], 0))
    r = np.divide(spread[2], product, out=np.zeros_like(product), where=product > FLAT)
    return energy, np.clip(r, -1, 1)


def _gradient(plane: NDArray[Any], along: tuple[int, int], scale: float) -> NDArray[np.float32]:
    """Levels of 255 per px along x or y: float32 (rows, 8, columns), whole blocks only."""
    plane = plane if plane.dtype == np.uint8 else plane.astype(np.float32)
    slope: NDArray[np.float32] = cv2.Sobel(plane, cv2.CV_32F, *along, ksize=3, scale=scale / 8)
    rows, columns = plane.shape[0] // BLOCK, plane.shape[1] // BLOCK
    return slope[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns * BLOCK)


def _mean(a: NDArray[np.float32], b: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Mean of A, or of A times B, over each block: (rows, 8, columns) -> float32 (rows, blocks)."""
    down = a.sum(axis=1) if b is None else np.einsum("brx,brx->bx", a, b)
    size = (down.shape[1] // BLOCK, down.shape[0])
    mean: NDArray[np.float32] = cv2.resize(down, size, interpolation=cv2.INTER_AREA) / BLOCK
    return mean


def _bands(spans: NDArray[np.int64], rows: int) -> Iterator[tuple[int, int, int, int]]:
    """Cut what SPANS of blocks cover into pieces, each as wide as the spans in it and small enough for the cache."""
    spans = spans[(spans[:, 2] > spans[:, 0]) & (spans[:, 3] > spans[:, 1])]
    for top in range(0, rows, BAND):
        here = spans[(spans[:, 1] < top + BAND) & (spans[:, 3] > top)]
        if len(here):
            (left, first), (right, last) = here[:, :2].min(0).tolist(), here[:, 2:].max(0).tolist()
            yield left, max(first, top), right, min(last, top + BAND)


def _outward(boxes: NDArray[Any], rows: int, columns: int) -> NDArray[np.int64]:
    """Blocks that each box touches, half-open; of an empty box none. (n, 4) px -> (n, 4)."""
    full: NDArray[np.bool_] = np.all(boxes[:, 2:] > boxes[:, :2], axis=1, keepdims=True)
    spans = np.hstack([np.floor(boxes[:, :2] / BLOCK), np.ceil(boxes[:, 2:] / BLOCK)])
    touched: NDArray[np.int64] = np.clip(spans * full, 0, [columns, rows, columns, rows]).astype(np.int64)
    return touched


def _inside(boxes: NDArray[Any], rows: int, columns: int) -> NDArray[np.int64]:
    """Blocks that each box is judged by, half-open. (n, 4) px -> (n, 4)."""
    blocks = np.clip(np.asarray(boxes, np.float64) / BLOCK, 0, [columns, rows, columns, rows])
    low, high = blocks[:, :2], blocks[:, 2:]
    first, last = np.ceil(low), np.floor(high)
    none = (last <= first) & (high > low)
    first, last = np.where(none, np.ceil(low - 0.5), first), np.where(none, np.floor(high + 0.5), last)
    none = (last <= first) & (high > low)
    middle = np.floor((low + high) / 2)
    first, last = np.where(none, middle, first), np.where(none, middle + 1, last)
    return np.hstack([first, np.maximum(first, last)]).astype(np.int64)


def _sums(blocks: NDArray[np.bool_], spans: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the set BLOCKS within each of SPANS. bool (rows, columns), (n, 4) -> (n,)."""
    table: NDArray[np.int64] = cv2.integral(blocks.view(np.uint8)).astype(np.int64)
    left, top, right, bottom = spans.T
    count: NDArray[np.int64] = table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
    return count


def _covered(boxes: NDArray[Any], rows: int, columns: int) -> NDArray[np.bool_]:
    """Mark the blocks that any of BOXES (n, 4) px touches. -> bool (rows, columns)."""
    left, top, right, bottom = _outward(np.asarray(boxes, np.float64), rows, columns).T
    steps = np.zeros((rows + 1, columns + 1), np.int32)
    real = (right > left) & (bottom > top)
    for sign, y, x in ((1, top, left), (-1, top, right), (-1, bottom, left), (1, bottom, right)):
        np.add.at(steps, (y[real], x[real]), sign)
    covered: NDArray[np.bool_] = steps.cumsum(0).cumsum(1)[:rows, :columns] > 0
    return covered
