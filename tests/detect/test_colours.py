"""What somebody looks like: the colours of their clothes from head to foot, and nothing of what is beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from redact.detect.colours import BINS, COLOURS, STRIPES, colours_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

RED, BLUE, GREY = (180, 40, 40), (40, 60, 170), (128, 128, 128)
Colour = tuple[int, int, int]


def picture(background: Colour = GREY, width: int = 320, height: int = 240) -> NDArray[np.uint8]:
    """A picture of one colour."""
    return np.tile(np.array(background, np.uint8), (height, width, 1))


def dressed(rgb: NDArray[np.uint8], left: int, top: int, shirt: Colour, trousers: Colour) -> NDArray[np.float32]:
    """Paint somebody 40 px wide and 120 px high into RGB, and give their box (1, 4)."""
    rgb[top : top + 60, left : left + 40] = shirt
    rgb[top + 60 : top + 120, left : left + 40] = trousers
    return np.array([[left, top, left + 40, top + 120]], np.float32)


def alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """How alike two are, 0 to 1: the cosine."""
    a, b = one.ravel().astype(np.float64), other.ravel().astype(np.float64)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_nobody_is_described_by_nothing() -> None:
    """No box, no row."""
    described = colours_of(picture(), np.zeros((0, 4), np.float32))
    assert described.shape == (0, COLOURS)
    assert described.dtype == np.uint8


def test_one_body_is_a_histogram_for_each_stripe_and_axis() -> None:
    """Hellinger coordinates: the squares of each add up to one."""
    rgb = picture()
    described = colours_of(rgb, dressed(rgb, 100, 60, RED, BLUE))
    shares = (described.reshape(STRIPES, 3, BINS) / 255.0) ** 2
    assert np.allclose(shares.sum(axis=2), 1, atol=0.02)


def test_a_box_outside_the_picture_tells_nothing() -> None:
    """All zeros, which is what is known; the others are described all the same, in their places."""
    boxes = np.array([[400, 10, 440, 130], [10, 10, 50, 130], [20, 20, 20, 90], [-50, 0, -10, 90]], np.float32)
    assert colours_of(picture(), boxes).any(axis=1).tolist() == [False, True, False, False]


def test_the_same_clothes_elsewhere_look_the_same_and_others_do_not() -> None:
    """Wherever in the picture they are."""
    rgb = picture()
    boxes = np.concatenate(
        [dressed(rgb, 20, 20, RED, BLUE), dressed(rgb, 200, 90, RED, BLUE), dressed(rgb, 120, 60, BLUE, BLUE)]
    )
    here, there, other = colours_of(rgb, boxes)
    assert alike(here, there) > 0.99
    assert alike(here, other) < 0.9


def test_a_shirt_is_no_trousers() -> None:
    """What is above and what is below are told apart."""
    rgb = picture()
    boxes = np.concatenate([dressed(rgb, 20, 20, RED, BLUE), dressed(rgb, 200, 90, BLUE, RED)])
    one, other = colours_of(rgb, boxes)
    assert alike(one, other) < 0.8


def test_what_is_behind_somebody_counts_for_little() -> None:
    """In a box that is a third wider than they are, their clothes still tell more than the wall."""
    walls = [picture(GREY), picture((220, 210, 120))]
    wider = [dressed(wall, 100, 60, RED, BLUE) + np.array([-7, 0, 7, 0], np.float32) for wall in walls]
    one, other = (colours_of(wall, box)[0] for wall, box in zip(walls, wider, strict=True))
    dressed(walls[1], 100, 60, BLUE, RED)
    assert alike(one, other) > 0.85 > alike(one, colours_of(walls[1], wider[1])[0])


@given(
    st.lists(
        st.tuples(
            *[st.floats(-500, 500, width=32) for _ in range(2)], *[st.floats(0, 400, width=32) for _ in range(2)]
        ),
        max_size=6,
    ),
    st.integers(0, 2**32 - 1),
)
def test_whatever_the_boxes_each_is_described_on_its_own(
    places: list[tuple[float, float, float, float]], seed: int
) -> None:
    """Nobody else's box changes a description, and one that holds no pixel has none."""
    rgb = np.random.default_rng(seed).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in places], np.float32).reshape(-1, 4)
    described = colours_of(rgb, boxes)
    assert described.shape == (len(boxes), COLOURS)
    for number in range(len(boxes)):
        assert (colours_of(rgb, boxes[[number]])[0] == described[number]).all()
