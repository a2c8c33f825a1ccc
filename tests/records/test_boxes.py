"""Box arithmetic against the slow way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from redact.records.boxes import (
    area,
    as_seen,
    centre,
    clip,
    grow,
    intersection,
    iou,
    outward,
    overlap_share,
    place_of,
    room,
    without,
)
from redact.records.clip import Source
from redact.records.orientation import EVERY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.records.orientation import Orientation

NONE = np.zeros((0, 4), np.float32)
SIDES = st.integers(1, 4000)
NUMBERS = st.floats(-5000, 5000, width=32)


def boxes(numbers: Any = NUMBERS, least: int = 0) -> st.SearchStrategy[NDArray[np.float32]]:
    """Any number of boxes whose sides run forwards."""

    def forwards(raw: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.hstack([np.minimum(raw[:, :2], raw[:, 2:]), np.maximum(raw[:, :2], raw[:, 2:])])

    return st.integers(least, 8).flatmap(lambda n: arrays(np.float32, (n, 4), elements=numbers)).map(forwards)


def whole() -> st.SearchStrategy[NDArray[np.float32]]:
    """Boxes on whole px of a 64 x 64 picture, small enough to paint."""
    return boxes(st.integers(0, 64).map(float))


def painted(box: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The px of a 64 x 64 picture that BOX covers."""
    picture = np.zeros((64, 64), np.bool_)
    x0, y0, x1, y1 = box.astype(int)
    picture[y0:y1, x0:x1] = True
    return picture


def test_no_boxes_are_no_answers() -> None:
    """Every function takes none and gives none."""
    assert area(NONE).shape == (0,)
    assert intersection(NONE, NONE).shape == iou(NONE, NONE).shape == overlap_share(NONE, NONE).shape == (0, 0)
    assert centre(NONE).shape == (0, 2)
    assert room(NONE, 9, 9).shape == (0, 4)
    assert grow(NONE, 2).shape == clip(NONE, 9, 9).shape == (0, 4)
    assert outward(NONE, 9, 9).shape == (0, 4)


def test_one_box() -> None:
    """A box of 10 x 20 px at 3, 5."""
    box = np.array([[3, 5, 13, 25]], np.float32)
    assert area(box).tolist() == [200]
    assert iou(box, box).tolist() == [[1]]
    assert centre(box).tolist() == [[8, 15]]
    assert room(box, 100, 50).tolist() == [[3, 5, 87, 25]]
    assert grow(box, 2).tolist() == [[-2, -5, 18, 35]]
    assert outward(box, 100, 100).tolist() == [[2, 4, 14, 26]]


@given(whole(), whole())
def test_areas_and_overlaps_are_those_of_painted_boxes(a: NDArray[np.float32], b: NDArray[np.float32]) -> None:
    """Area, intersection, IoU and share are what counting px gives."""
    first, second = [painted(box) for box in a], [painted(box) for box in b]
    shared = np.array([[(p & q).sum() for q in second] for p in first]).reshape(len(a), len(b))
    union = np.array([[(p | q).sum() for q in second] for p in first]).reshape(len(a), len(b))
    own = np.array([p.sum() for p in first]).reshape(len(a), 1)
    assert area(a).tolist() == own.ravel().tolist()
    assert np.array_equal(intersection(a, b), shared)
    assert np.allclose(iou(a, b), shared / np.maximum(union, 1))
    assert np.allclose(overlap_share(a, b), shared / np.maximum(own, 1))


def test_boxes_of_several_frames_are_compared_at_once() -> None:
    """Leading axes are kept apart."""
    a, b = np.zeros((3, 2, 4), np.float32), np.zeros((3, 5, 4), np.float32)
    a[..., 2:], b[..., 2:] = 2, 1
    assert iou(a, b).shape == intersection(a, b).shape == (3, 2, 5)
    assert np.all(iou(a, b) == 0.25)


def test_an_inverted_box_has_no_area() -> None:
    """It overlaps nothing, and there is no division by 0."""
    inverted = np.array([[10, 10, 5, 5]], np.float32)
    assert area(inverted).tolist() == [0]
    assert iou(inverted, inverted).tolist() == [[0]]
    assert overlap_share(inverted, inverted).tolist() == [[0]]


@given(boxes(), SIDES, SIDES, st.sampled_from([(2, 2), (1, 1), (2, 1), (4, 4), (16, 8)]))
def test_outward_never_uncovers_a_pixel(
    found: NDArray[np.float32], width: int, height: int, step: tuple[int, int]
) -> None:
    """Whatever the detector says, what of it is inside the picture is inside the box, and the box is on the grid."""
    snapped = outward(found, width, height, step)
    inside = clip(found, width, height)
    assert snapped.dtype == np.int32
    assert np.all(snapped[:, :2] <= inside[:, :2])
    assert np.all(snapped[:, 2:] >= inside[:, 2:])
    assert np.all(snapped >= 0)
    assert np.all(snapped[:, 2:] <= [width, height])
    for edge, limit, grid in zip(snapped.T, (width, height) * 2, step * 2, strict=True):
        assert np.all((edge % grid == 0) | (edge == limit))


@given(boxes(least=1), SIDES, SIDES)
def test_a_centre_and_the_room_around_are_as_exact_as_the_boxes(
    found: NDArray[np.float32], width: int, height: int
) -> None:
    """Of one box as of many; a box that leaves the picture has less than no room on that side."""
    for given_as in (found, found.astype(np.float64)):
        assert centre(given_as).dtype == room(given_as, width, height).dtype == given_as.dtype
        assert np.array_equal(centre(given_as)[0], centre(given_as[0]))
        assert np.array_equal(room(given_as, width, height)[0], room(given_as[0], width, height))
    inside = (found[:, :2] >= 0).all(axis=1) & (found[:, 2:] <= np.array([width, height])).all(axis=1)
    assert np.array_equal((room(found, width, height) >= 0).all(axis=1), inside)
    middle = centre(found)
    assert ((found[:, :2] <= middle) & (middle <= found[:, 2:])).all()


@given(boxes(), st.sampled_from(EVERY))
def test_boxes_as_seen_lie_in_the_picture_as_seen(found: NDArray[np.float32], way: Orientation) -> None:
    """Whichever way round it is shown; each box is where it is alone, and holds the coded one but for rounding."""
    seen_by = clip_of(320, 180, frames=1, orientation=way)
    assert seen_by.size_as_seen == Source.of(seen_by).size_as_seen == way.size(320, 180)
    seen = as_seen(seen_by, found)
    assert [place_of(seen_by, box) for box in found] == [tuple(box) for box in seen.tolist()]
    inside = clip(found, 320, 180)
    back = way.to_coded(seen.astype(np.float32), 320, 180)
    assert (back[:, :2] <= inside[:, :2] + 1e-3).all()
    assert (back[:, 2:] >= inside[:, 2:] - 1e-3).all()
    assert (seen[:, 2:] <= np.array(seen_by.size_as_seen)).all()


@given(boxes(), SIDES, SIDES)
def test_outward_grows_by_no_more_than_a_step(found: NDArray[np.float32], width: int, height: int) -> None:
    """It hides no more than it must."""
    assert np.all(np.abs(outward(found, width, height) - clip(found, width, height)) <= 2)


@given(boxes(), st.floats(1, 4, width=32))
def test_growing_contains(found: NDArray[np.float32], factor: float) -> None:
    """A box that grew holds what it was, but for rounding."""
    grown = grow(found, factor)
    assert np.all(grown[:, :2] <= found[:, :2] + 1e-2)
    assert np.all(grown[:, 2:] >= found[:, 2:] - 1e-2)


def test_each_box_may_grow_by_its_own_factor() -> None:
    """The factor is a number or one for each box."""
    two = np.array([[0, 0, 2, 2], [0, 0, 2, 2]], np.float32)
    assert grow(two, np.array([1, 3], np.float32)).tolist() == [[0, 0, 2, 2], [-2, -2, 4, 4]]


@given(boxes(st.integers(0, 40), least=1), boxes(st.integers(0, 40)))
def test_what_is_left_of_a_box_is_all_of_it_but_the_holes(
    some: NDArray[np.float32], holes: NDArray[np.float32]
) -> None:
    """Painted: each px that is in the box and in no hole is in exactly one part."""
    painted = np.zeros((41, 41), np.int64)
    for x0, y0, x1, y1 in without(some[0], holes).astype(int).tolist():
        assert x1 > x0
        assert y1 > y0
        painted[y0:y1, x0:x1] += 1
    due = np.zeros_like(painted)
    x0, y0, x1, y1 = some[0].astype(int).tolist()
    due[y0:y1, x0:x1] = 1
    for a, b, c, d in holes.astype(int).tolist():
        due[b:d, a:c] = 0
    assert np.array_equal(painted, due)
