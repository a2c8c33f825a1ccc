"""Following what somebody drew a box around: as far as it can be made out, and no further."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.track.follow import End, follow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

SIZE, SIDE = (240, 320), 48


def pattern(seed: int, height: int, width: int, contrast: float = 45) -> NDArray[np.float64]:
    """Something with detail of some px."""
    rough = np.random.default_rng(seed).normal(0, contrast, (height // 4 + 1, width // 4 + 1))
    return np.asarray(cv2.resize(rough, (width, height)))


def picture(*things: tuple[int, int, int]) -> Grey:
    """A wall, and before it THINGS: a look, and where each has its left top."""
    wall = np.clip(110 + pattern(1, *SIZE), 0, 255)
    for look, x, y in things:
        cloth = np.clip(140 + pattern(look, SIDE, SIDE), 0, 255)
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + SIDE, SIZE[1]), min(y + SIDE, SIZE[0])
        if right > left and bottom > top:
            wall[top:bottom, left:right] = cloth[top - y : bottom - y, left - x : right - x]
    return wall.astype(np.uint8)


def frames(pictures: Iterable[Grey]) -> list[tuple[int, Grey]]:
    """Number PICTURES from 1 on."""
    return [*enumerate(pictures, 1)]


def off(place: tuple[float, float, float, float], x: int, y: int) -> float:
    """Say by how many px PLACE is off a thing at X, Y."""
    return float(np.abs(np.array(place) - (x, y, x + SIDE, y + SIDE)).max())


def test_without_pictures_it_goes_nowhere() -> None:
    """For the reason that whoever asks gives."""
    assert follow(picture((7, 60, 60)), (60, 60, 108, 108), [], End.CUT) == ((), End.CUT)


def test_what_stands_still_stays() -> None:
    """To the px, on every picture."""
    found = follow(picture((7, 60, 60)), (60, 60, 108, 108), frames(picture((7, 60, 60)) for _ in range(10)), End.LIMIT)
    assert [frame for frame, _ in found.places] == [*range(1, 11)]
    assert max(off(place, 60, 60) for _, place in found.places) < 1
    assert found.end is End.LIMIT


@settings(max_examples=15, deadline=None)
@given(st.integers(-5, 5), st.integers(-4, 4), st.integers(3, 9))
def test_what_moves_is_followed(across: int, down: int, look: int) -> None:
    """Whichever way, within two px after eight pictures."""
    path = [(130 + across * n, 90 + down * n) for n in range(1, 9)]
    start, box = picture((look, 130, 90)), (130.0, 90.0, 130.0 + SIDE, 90.0 + SIDE)
    found = follow(start, box, frames(picture((look, x, y)) for x, y in path), End.CLIP)
    assert found.end is End.CLIP
    for (_, place), (x, y) in zip(found.places, path, strict=True):
        assert off(place, x, y) < 2


def test_it_ends_at_the_edge() -> None:
    """Before half of it has left the picture."""
    path = [(250 + 6 * n, 90) for n in range(1, 15)]
    found = follow(picture((7, 250, 90)), (250, 90, 298, 138), frames(picture((7, x, y)) for x, y in path), End.CLIP)
    assert found.end in {End.EDGE, End.CHANGED, End.LOST}
    assert 5 <= len(found.places) <= 9


def test_it_ends_where_something_passes_before_it() -> None:
    """It does not go on with what hides it."""
    shown = [picture((7, 130, 90), (8, 40 + 9 * n, 92)) for n in range(20)]
    found = follow(shown[0], (130, 90, 178, 138), frames(shown[1:]), End.CLIP)
    assert found.end in {End.LOST, End.CHANGED}
    assert len(found.places) < 12
    assert max(off(place, 130, 90) for _, place in found.places) < 8


@pytest.mark.parametrize("look", [8, None])
def test_it_ends_where_something_else_is_there_at_once(look: int | None) -> None:
    """Another thing in its place, or nothing."""
    after = picture((look, 130, 90)) if look else picture()
    found = follow(picture((7, 130, 90)), (130, 90, 178, 138), frames([after]), End.CLIP)
    assert found.places == ()
    assert found.end in {End.LOST, End.CHANGED}


def test_the_same_pictures_give_the_same_places() -> None:
    """Every time."""
    shown = frames(picture((7, 60 + 3 * n, 60)) for n in range(1, 6))
    one, two = (follow(picture((7, 60, 60)), (60, 60, 108, 108), shown, End.CLIP) for _ in range(2))
    assert one == two
