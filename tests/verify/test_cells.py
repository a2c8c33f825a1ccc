"""Boxes in cells: every px once, sums as by hand, for any boxes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from redact.verify.cells import cut, means, together

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = (90, 130)


def tables(picture: NDArray[Any]) -> Any:
    """How the integral of a window of PICTURE is made."""
    return lambda window: [cv2.integral(picture[window])]


def test_no_boxes_have_no_cells() -> None:
    """Nothing to sum up, and of an empty box nothing."""
    none = cut(np.zeros((0, 4), np.int32), 8, SIZE)
    assert none.sums(tables(np.ones(SIZE, np.uint8)), 1).shape == (0, 1)
    empty = cut(np.array([[5, 5, 5, 9], [300, 300, 400, 400]], np.int32), 8, SIZE)
    assert empty.sums(tables(np.ones(SIZE, np.uint8)), 1).sum() == 0
    assert empty.px.sum() == 0


@given(arrays(np.int32, st.tuples(st.integers(0, 6), st.just(4)), elements=st.integers(-20, 150)), st.integers(4, 20))
def test_every_px_of_a_box_is_in_one_of_its_cells(boxes: NDArray[np.int32], step: int) -> None:
    """Whatever the boxes, near or far apart: the cells of each sum up to it, and none is much larger than STEP."""
    picture = np.random.default_rng(step).integers(0, 255, SIZE).astype(np.uint8)
    cells = cut(boxes, step, SIZE)
    sums = cells.sums(tables(picture), 1)[:, 0]
    for row, box in enumerate(np.clip(boxes, 0, (130, 90, 130, 90)).tolist()):
        left, top, right, bottom = box
        assert sums[cells.owner == row].sum() == picture[top : max(bottom, top), left : max(right, left)].sum()
    for (left, top, right, bottom), total in zip(cells.xyxy.tolist(), sums.tolist(), strict=True):
        assert total == picture[top:bottom, left:right].sum()
        assert max(right - left, bottom - top) < 2 * step


@given(st.integers(1, 70), st.integers(1, 90), st.integers(1, 12), st.integers(1, 12), st.sampled_from([8, 10]))
def test_a_tile_is_the_mean_of_its_px(rows: int, columns: int, down: int, across: int, depth: int) -> None:
    """However a plane is cut, every px counts in one tile, as it is."""
    kind = np.uint8 if depth == 8 else np.uint16
    plane = np.random.default_rng(rows * columns).integers(0, 2**depth, (rows, columns)).astype(kind)
    down, across = min(down, rows), min(across, columns)
    tiles = means(plane, down, across)
    for y, strip in enumerate(_even(rows, down)):
        for x, part in enumerate(_even(columns, across)):
            assert np.isclose(tiles[y, x], plane[np.ix_(strip, part)].mean())


def _even(size: int, parts: int) -> list[NDArray[np.intp]]:
    """Places along SIZE px, cut into PARTS."""
    return [np.arange(size * part // parts, size * (part + 1) // parts) for part in range(parts)]


def test_boxes_are_looked_at_together_where_that_is_less() -> None:
    """Close together they are one window; far apart, or where there are none, each is by itself."""
    near, far = [[0, 0, 100, 100], [50, 50, 200, 200]], [[0, 0, 100, 100], [1800, 900, 1900, 1000]]
    assert together(np.array(near, np.int32)) == (0, 0, 200, 200)
    assert together(np.array(far, np.int32)) is None
    assert together(np.zeros((0, 4), np.int32)) is None
    assert together(np.array(near[:1], np.int32)) == tuple(near[0])
