"""The eight ways in which a picture can be shown: read, written, and applied to pixels and boxes alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.records.orientation import EVERY, UPRIGHT, Orientation

WIDTH, HEIGHT = 48, 32

orientations = pytest.mark.parametrize("way", EVERY, ids=str)
numbers = st.integers(-(2**31), 2**31 - 1)


@st.composite
def boxes(draw: st.DrawFn) -> list[int]:
    """A box of whole px in a picture of WIDTH x HEIGHT."""
    x, y = (sorted(draw(st.tuples(st.integers(0, side), st.integers(0, side)))) for side in (WIDTH, HEIGHT))
    return [x[0], y[0], x[1], y[1]]


def test_there_are_eight() -> None:
    """No two of them show a picture alike."""
    coded = np.arange(6).reshape(2, 3)
    assert len({str(way.upright(coded).tolist()) for way in EVERY}) == len(EVERY) == 8


@orientations
def test_a_matrix_reads_back(way: Orientation) -> None:
    """What is written is what was read, also scaled, shifted and askew by half a degree."""
    assert Orientation.of_matrix(way.matrix) == way
    rows, shift = np.array(way.matrix), np.array([300, 300, 0, 300, 300, 0, 1080 << 16, 0, 0])
    assert Orientation.of_matrix((2 * rows).tolist()) == way
    assert Orientation.of_matrix((rows + shift).tolist()) == way
    assert Orientation.of_matrix((rows * [2, 2, 1, 1, 1, 1, 1, 1, 1]).tolist()) == way


@orientations
def test_the_matrix_moves_every_pixel_where_it_is_seen(way: Orientation) -> None:
    """As the standard has it: x' = a x + c y, y' = b x + d y, about the middle of the picture."""
    a, b, _, c, d, *_ = (number >> 16 for number in way.matrix)
    coded = np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH)
    seen = way.upright(coded)
    assert seen.shape[::-1] == way.size(WIDTH, HEIGHT)
    for x, y in ((0, 0), (WIDTH - 1, 0), (0, HEIGHT - 1), (7, 11)):
        u, v = 2 * x - WIDTH + 1, 2 * y - HEIGHT + 1
        right, down = a * u + c * v, b * u + d * v
        assert seen[(down + seen.shape[0] - 1) // 2, (right + seen.shape[1] - 1) // 2] == coded[y, x]


@pytest.mark.parametrize(
    ("matrix", "way"),
    [
        ((0, 1, 0, -1, 0, 0, 0, 0, 1), Orientation(1)),
        ((-1, 0, 0, 0, -1, 0, 0, 0, 1), Orientation(2)),
        ((0, -1, 0, 1, 0, 0, 0, 0, 1), Orientation(3)),
        ((-1, 0, 0, 0, 1, 0, 0, 0, 1), Orientation(0, mirrored=True)),
        ((1, 0, 0, 0, -1, 0, 0, 0, 1), Orientation(2, mirrored=True)),
        ((0, 1, 0, 1, 0, 0, 0, 0, 1), Orientation(3, mirrored=True)),
        ((0, -1, 0, -1, 0, 0, 0, 0, 1), Orientation(1, mirrored=True)),
    ],
)
def test_known_matrices(matrix: tuple[int, ...], way: Orientation) -> None:
    """Those that phones and players write."""
    assert Orientation.of_matrix([number << 16 for number in matrix]) == way


@pytest.mark.parametrize("matrix", [[0] * 9, [65536, 0, 0, 0, 0, 0, 0, 0, 1 << 30], [1, 1, 0, 1, 1, 0, 0, 0, 0]])
def test_a_matrix_that_leaves_nothing_means_no_turn(matrix: list[int]) -> None:
    """As players have it: all zero, or flat."""
    assert Orientation.of_matrix(matrix) == UPRIGHT


@pytest.mark.parametrize("degrees", [2, 30, 45, 60, 88, 135, 200])
def test_odd_angles_are_refused(degrees: int) -> None:
    """No copy could be shown so."""
    turn = np.radians(degrees)
    parts = np.round(65536 * np.array([np.cos(turn), np.sin(turn), -np.sin(turn), np.cos(turn)])).astype(int).tolist()
    with pytest.raises(ValueError, match="askew"):
        Orientation.of_matrix([*parts[:2], 0, *parts[2:], 0, 0, 0, 1 << 30])


def test_skew_is_refused() -> None:
    """A parallelogram is no way to show a picture."""
    with pytest.raises(ValueError, match="askew"):
        Orientation.of_matrix([65536, 0, 0, 30000, 65536, 0, 0, 0, 1 << 30])


@given(st.lists(numbers, min_size=9, max_size=9))
def test_anything_is_read_or_refused(matrix: list[int]) -> None:
    """Nine numbers give one of eight, or a ValueError."""
    try:
        way = Orientation.of_matrix(matrix)
    except ValueError:
        return
    assert way in EVERY


def test_only_whole_quarter_turns_exist() -> None:
    """There is no fifth."""
    with pytest.raises(ValueError, match="0 to 3"):
        Orientation(4)


@orientations
def test_views_write_through(way: Orientation) -> None:
    """What is painted on the picture as seen is painted on the coded one, and back is back."""
    coded = np.zeros((HEIGHT, WIDTH), np.uint8)
    way.upright(coded)[3, 5] = 9
    assert coded.sum() == 9
    assert np.array_equal(way.coded(way.upright(coded)), coded)


@orientations
@given(box=boxes())
def test_boxes_follow_the_pixels(way: Orientation, box: list[int]) -> None:
    """A box covers as coded the very px that it covers as seen, and comes back as it was."""
    coded = np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH)
    seen = way.to_upright(np.array([box], np.float32), WIDTH, HEIGHT)
    left, top, right, bottom = seen[0].astype(int).tolist()
    there = way.upright(coded)[top:bottom, left:right]
    assert sorted(there.ravel()) == sorted(coded[box[1] : box[3], box[0] : box[2]].ravel())
    assert way.to_coded(seen, WIDTH, HEIGHT).tolist() == [box]


@orientations
def test_no_box_is_no_box(way: Orientation) -> None:
    """Of an empty array an empty one."""
    none = np.zeros((0, 4), np.float32)
    assert way.to_coded(none, 9, 9).shape == way.to_upright(none, 9, 9).shape == (0, 4)
