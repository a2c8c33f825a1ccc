"""Where one scene ends and another begins: told by what is seen, not by how much of it changes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.detect.letterbox import thumbnail
from redact.detect.sampling import WIDTH
from redact.detect.shots import is_cut, tile_changes
from redact.records.clip import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Film = list[NDArray[Any]]


def cuts(film: Film) -> list[int]:
    """The pictures of FILM that begin another scene."""
    small = [thumbnail(Frame(0, 0, [picture], None, damaged=False), WIDTH) for picture in film]
    return [i for i, (a, b) in enumerate(pairwise(small), 1) if is_cut(a, b, tile_changes(b, a))]


def still(count: int, level: int = 100, spread: int = 3) -> Film:
    """COUNT pictures of nothing but noise about LEVEL."""
    noise = np.random.default_rng(0)
    return [(level + noise.integers(-spread, spread + 1, (180, 320))).astype(np.uint8) for _ in range(count)]


def scenery(seed: int, across: int = 320) -> NDArray[np.uint8]:
    """A picture of patches, ACROSS px wide, another for every SEED."""
    patches = np.random.default_rng(seed).integers(30, 230, (18, across // 10), np.uint8)
    return np.asarray(cv2.resize(patches, (across, 180)), np.uint8)


def street(seed: int) -> NDArray[np.uint8]:
    """The same bright sky over the same dark road, and other houses for every SEED."""
    light = np.repeat(np.linspace(215, 40, 180), 320).reshape(180, 320)
    return np.clip(light + (scenery(seed).astype(float) - 130) * 0.7, 0, 255).astype(np.uint8)


def between_bars(film: Film, x: float, y: float) -> Film:
    """FILM between black bars, each the share X of the width and Y of the height."""
    framed = []
    for picture in film:
        height, width = picture.shape
        luma, across, down = np.full_like(picture, 16), round(x * width), round(y * height)
        inside = np.s_[down : height - down, across : width - across]
        luma[inside] = picture[inside]
        framed.append(luma)
    return framed


@pytest.mark.parametrize(("x", "y"), [(0, 0), (0.125, 0), (0.34, 0), (0, 0.125), (0, 0.3), (0.125, 0.125)])
def test_a_cut_is_told_between_black_bars(x: float, y: float) -> None:
    """The bars are the same in both scenes and say nothing: old footage, a phone held upright, or both."""
    assert cuts(between_bars([scenery(1)] * 10 + [scenery(2)] * 10, x, y)) == [10]


@pytest.mark.parametrize("seed", range(5))
def test_two_scenes_in_the_same_light_are_two(seed: int) -> None:
    """Every street has its sky above and its road below; what is carried over from one to the next hides no one."""
    a, b = street(seed), street(seed + 1)
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.5
    assert cuts([a, a, b, b, a]) == [2, 4]


@pytest.mark.parametrize(("right", "down"), [(9, 0), (24, 6), (-60, 0), (-14, -14)])
def test_a_camera_that_turns_makes_no_cut(right: int, down: int) -> None:
    """Up to a fifth of the picture from frame to frame: most of what it sees it has seen on the frame before."""
    wide = np.vstack([scenery(3, 640), scenery(4, 640)])
    places = [(160 + right * i, 90 + down * i) for i in range(-2, 3)]
    assert cuts([wide[y : y + 180, x : x + 320] for x, y in places]) == []


@pytest.mark.parametrize("light", [0.4, 1.6])
def test_a_flash_is_no_cut(light: float) -> None:
    """Levels change all over the picture, what is in it does not."""
    film = [street(4)] * 6
    film[3] = np.clip(film[3] * light, 0, 255).astype(np.uint8)
    assert cuts(film) == []


@pytest.mark.parametrize("step", [3, 9, 40])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (0.34, 0), (0, 0.3)])
def test_what_moves_across_between_black_bars_is_no_cut(x: float, y: float, step: int) -> None:
    """At a walk or in a rush, and large."""
    film = [scenery(3) for _ in range(20)]
    for i, picture in enumerate(film):
        picture[40:140, (step * i) % 280 : (step * i) % 280 + 60] = 235
    assert cuts(between_bars(film, x, y)) == []


@pytest.mark.parametrize("level", [3, 16, 20])
def test_a_black_scene_has_no_cut(level: int) -> None:
    """A camera with its cap on, and the noise of one that sees nothing."""
    assert cuts(still(40, level)) == []


@pytest.mark.parametrize("spread", [10, 20, 35])
def test_the_noise_of_the_dark_is_no_cut(spread: int) -> None:
    """A camera that turns its gain up shows another pattern on every frame, and the same dim yard behind it."""
    film = still(30, 60, spread)
    for picture in film:
        picture[60:120, 80:200] += 30
    assert cuts(film) == []


def test_a_clock_in_a_black_scene_makes_no_cut() -> None:
    """Figures that change are all there is to see."""
    film = still(60, 16)
    for i, picture in enumerate(film):
        cv2.putText(picture, f"12:00:{i:02d}", (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 220, 1)
    assert cuts(film) == []


def lamps(film: Film) -> Film:
    """Let two headlights come in from the left, after ten pictures of FILM."""
    for i, picture in enumerate(film[10:]):
        for apart in (0, 40):
            cv2.circle(picture, (10 + 9 * i + apart, 90), 6, 240, -1)
    return film


def lamp(film: Film) -> Film:
    """Turn a lamp on, after ten pictures of FILM."""
    for picture in film[10:]:
        cv2.circle(picture, (160, 90), 15, 230, -1)
    return film


@pytest.mark.parametrize("shine", [lamp, lamps])
def test_a_light_in_the_dark_makes_no_cut(shine: Callable[[Film], Film]) -> None:
    """Of a car at night there is nothing else to see; its tracks must not be torn at every frame."""
    assert cuts(shine(still(40, 16))) == []


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 40), st.booleans(), st.integers(0, 2**32 - 1))
def test_pictures_of_any_size_are_told_apart_or_not(rows: int, columns: int, dark: int, ten: bool, seed: int) -> None:
    """A few rows or columns, all dark but for the last ones, eight bits or ten: an answer, whatever it is."""
    chance = np.random.default_rng(seed)
    film = [chance.integers(0, 1024 if ten else 256, (rows, columns)).astype("u2" if ten else "u1") for _ in range(3)]
    for picture in film:
        picture[: min(dark, rows - 1)] = 0
    assert set(cuts(film)) <= {1, 2}
    assert set(cuts([picture.T.copy() for picture in film])) <= {1, 2}
