"""What differs from a scene, sample by sample: what is new in it, and what is only light, noise or the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from redact.detect.foreground import Scene

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Picture = NDArray[np.float32]

HIGH, WIDE = 180, 320


def texture(seed: int, contrast: float, grain: int, wide: int = WIDE, high: int = HIGH) -> Picture:
    """A pattern about 0 with detail of GRAIN px."""
    small = np.random.default_rng(seed).normal(0, contrast, (high // grain + 2, wide // grain + 2))
    return np.asarray(cv2.resize(small, None, fx=grain, fy=grain)[:high, :wide], np.float32)


WALL = np.clip(110 + texture(1, 25, 6), 20, 200).astype(np.float32)
COAT = 90 + texture(2, 35, 3)


def noisy(index: int, picture: Picture = WALL) -> Picture:
    """PICTURE as a camera gives it in sample INDEX."""
    return np.asarray(picture + np.random.default_rng(index).normal(0, 2, picture.shape), np.float32)


def settled(count: int = 10) -> Scene:
    """A scene that has seen the wall COUNT times."""
    scene = Scene()
    for index in range(count):
        scene.new(noisy(index))
    return scene


def with_coat(left: int, top: int = 60, wide: int = 20, high: int = 60, picture: Picture = WALL) -> Picture:
    """PICTURE, and somebody before it."""
    made = picture.copy()
    made[top : top + high, left : left + wide] = COAT[:high, :wide]
    return made


def found(scene: Scene, pictures: Iterable[Picture]) -> list[list[list[float]]]:
    """The regions of each of PICTURES, none of which begins the scene anew."""
    every = [scene.new(noisy(100 + index, picture)) for index, picture in enumerate(pictures)]
    assert all(boxes is not None for boxes in every)
    return [boxes.tolist() for boxes in every if boxes is not None]


def test_the_first_picture_begins_the_scene() -> None:
    """There is nothing yet to differ from."""
    assert Scene().new(WALL) is None


def test_a_still_wall_shows_nothing_but_noise() -> None:
    """However often it is seen."""
    assert found(settled(1), [WALL] * 30) == [[]] * 30


def test_nothing_is_told_of_before_the_scene_is_known() -> None:
    """Of the first pictures it cannot be said what belongs to the scene."""
    assert found(settled(1), [with_coat(100), with_coat(110)]) == [[], []]
    assert found(settled(4), [with_coat(100)]) != [[]]


def test_who_walks_in_is_found_where_they_are() -> None:
    """To a px or two, on every picture."""
    for step, boxes in enumerate(found(settled(), [with_coat(60 + 8 * step) for step in range(10)])):
        (box,) = boxes
        assert np.abs(np.array(box) - [60 + 8 * step, 60, 80 + 8 * step, 120]).max() <= 2


def test_two_who_are_apart_are_two_regions() -> None:
    """Each in a box of their own."""
    (boxes,) = found(settled(), [with_coat(200, picture=with_coat(40))])
    assert sorted(round(left / 10) * 10 for left, *_ in boxes) == [40, 200]


def test_the_place_of_someone_who_left_stirs_no_more() -> None:
    """It differs from what was learnt, and does not change."""
    scene = Scene()
    for index in range(30):
        scene.new(noisy(index, with_coat(100)))
    after = found(scene, [WALL] * 8)
    assert after[0] != []
    assert after[4:] == [[]] * 4


@pytest.mark.parametrize(("light", "grain"), [(0.6, 0.0), (1.5, 0.0), (1.5, 9.0)])
def test_a_shadow_or_a_light_is_nobody(light: float, grain: float) -> None:
    """It multiplies what is there already, though there be some GRAIN in it."""
    pictures = []
    for step in range(8):
        pictures.append(WALL.copy())
        pictures[-1][50:120, 60 + 8 * step : 90 + 8 * step] *= light
        pictures[-1][50:120, 60 + 8 * step : 90 + 8 * step] += texture(3, grain, 3)[:70, :30]
    assert found(settled(), pictures) == [[]] * 8


def test_a_change_of_exposure_is_nobody_and_hides_nobody() -> None:
    """All that was there becomes brighter; who walks in is found all the same."""
    scene = settled()
    assert found(scene, [WALL * 1.2] * 3) == [[]] * 3
    assert len(found(scene, [with_coat(100) * 1.2])[0]) == 1


def test_a_camera_that_moves_begins_the_scene_anew() -> None:
    """By two px already."""
    assert settled().new(np.roll(WALL, 2, axis=1)) is None


def test_a_light_on_a_third_of_the_picture_begins_the_scene_anew() -> None:
    """A change so large is no person and no vehicle."""
    lit = WALL.copy()
    lit[:, : int(0.42 * WIDE)] = 250 - lit[:, : int(0.42 * WIDE)]
    assert settled().new(lit) is None


@pytest.mark.parametrize(("wide", "high"), [(2, 60), (20, 4), (295, 40)], ids=["too narrow", "too low", "too wide"])
def test_what_is_no_size_of_a_person_or_a_vehicle_is_left_out(wide: int, high: int) -> None:
    """A pole, a mark on the floor, a banner across the picture."""
    assert found(settled(), [with_coat(10, 20, wide, high)]) == [[]]


def test_many_at_once_are_the_picture_and_no_people() -> None:
    """Rain, or a screen that flickers."""
    rain = WALL.copy()
    for row in range(5):
        for column in range(6):
            rain[10 + 35 * row : 30 + 35 * row, 10 + 50 * column : 18 + 50 * column] = COAT[:20, :8]
    assert found(settled(), [rain]) == [[]]


@settings(max_examples=30)
@given(arrays(np.float32, (6, 40, 60), elements=st.sampled_from([0.0, 40.0, 120.0, 255.0]), fill=st.just(90.0)))
def test_whatever_is_seen_regions_lie_in_the_picture(pictures: NDArray[np.float32]) -> None:
    """They are not empty, and the picture itself stays as it was."""
    scene = Scene()
    for index in range(6):
        scene.new(np.full((40, 60), 90, np.float32))
        before = pictures[index].copy()
        boxes = scene.new(pictures[index])
        assert np.array_equal(pictures[index], before)
        if boxes is not None:
            assert boxes.shape == (len(boxes), 4)
            assert (boxes[:, :2] >= 0).all()
            assert (boxes[:, 2:] <= [60, 40]).all()
            assert (boxes[:, 2:] > boxes[:, :2]).all()
