"""The demo's clip is what its Truth says it is."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from masters import read, sound_of

from redact.demo.car import CAR_MM, PLATE_BOX_MM, car, put
from redact.demo.clip import PLATE_TEXT, RATE, SCENES, SIZE, Truth, find_photos, make_demo
from redact.errors import InputUnusable
from redact.records.kinds import Kind
from redact.video.decode import decode

if TYPE_CHECKING:
    from pathlib import Path

    from redact.records.clip import Clip


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, Truth]:
    """The clip and what is in it."""
    path = tmp_path_factory.mktemp("demo") / "demo.mp4"
    truth = make_demo(path, find_photos())
    return read(path), truth


def test_it_has_the_frames_it_should(demo: tuple[Clip, Truth]) -> None:
    """Eight seconds of 720p at 25 a second, with sound, undamaged."""
    clip, truth = demo
    assert len(clip) == truth.frames == sum(SCENES) == 200
    assert (clip.width, clip.height) == SIZE
    assert clip.rate == RATE
    assert clip.damage.notes == ()
    assert [track.codec for track in clip.audio] == ["aac"]
    heard = sound_of(clip.path)
    assert abs(len(heard) / 48_000 - 8) < 0.1
    assert np.abs(heard).max() > 0.05


def test_the_boxes_are_in_the_picture_and_each_scene_has_its_own(demo: tuple[Clip, Truth]) -> None:
    """People and faces in the first and last scene, the plate in the one between, none outside the picture."""
    boxes = demo[1].boxes
    assert np.all(boxes.xyxy[:, :2] >= 0)
    assert np.all(boxes.xyxy[:, 2:] <= SIZE)
    assert np.all(boxes.xyxy[:, 2:] > boxes.xyxy[:, :2])
    assert np.all((boxes.score > 0) & (boxes.score <= 1 + 1e-6))
    ends = np.cumsum(SCENES)
    for index in range(ends[-1]):
        kinds = {Kind(kind) for kind in boxes.kind[boxes.frame == index].tolist()}
        driving = ends[0] <= index < ends[1]
        assert kinds == ({Kind.PLATE} if driving else {Kind.PERSON, Kind.FACE}), index


def test_the_plate_is_where_its_box_is(demo: tuple[Clip, Truth]) -> None:
    """On every frame of the second scene the box is full of the plate's yellow, and its rim is not."""
    clip, truth = demo
    for frame in decode(clip):
        if frame.index % 12 or not SCENES[0] <= frame.index < SCENES[0] + SCENES[1]:
            continue
        x0, y0, x1, y1 = truth.boxes.xyxy[truth.boxes.frame == frame.index][0].round().astype(int)
        rgb = frame.source.to_ndarray(format="rgb24").astype(int)
        yellow = (rgb[..., 0] - rgb[..., 2] > 60) & (rgb[..., 1] - rgb[..., 2] > 40)
        assert yellow[y0:y1, x0:x1].mean() > 0.4
        assert yellow[y0:y1, x1 + 3 : x1 + 13].mean() < 0.1


def test_the_scenes_are_different_pictures(demo: tuple[Clip, Truth]) -> None:
    """There is a hard cut at the start of each scene and none within."""
    lumas = [cv2.resize(frame.planes[0], (64, 36), interpolation=cv2.INTER_AREA) for frame in decode(demo[0])]
    steps = [float(np.abs(a.astype(int) - b).mean()) for a, b in pairwise(lumas)]
    cuts = sorted(np.argsort(steps)[-2:] + 1)
    assert cuts == [SCENES[0], SCENES[0] + SCENES[1]]


@pytest.mark.slow
def test_the_same_photographs_give_the_same_boxes(demo: tuple[Clip, Truth], tmp_path: Path) -> None:
    """Nothing in it is left to chance."""
    again = make_demo(tmp_path / "again.mp4", find_photos())
    assert np.array_equal(again.boxes.xyxy, demo[1].boxes.xyxy)
    assert (tmp_path / "again.mp4").read_bytes() == demo[0].path.read_bytes()


def test_what_is_no_photograph_is_refused(tmp_path: Path) -> None:
    """A photograph that does not open is named, and no clip is left."""
    (tmp_path / "bus.jpg").write_text("no picture")
    with pytest.raises(InputUnusable, match=r"bus\.jpg is not a picture"):
        make_demo(tmp_path / "demo.mp4", (tmp_path / "bus.jpg", tmp_path / "bus.jpg"))
    assert not (tmp_path / "demo.mp4").exists()


def test_the_car_carries_a_british_plate() -> None:
    """The drawing is to scale, and the plate is a plate."""
    drawing = car()
    assert drawing.shape == (CAR_MM[1] // 2, CAR_MM[0] // 2, 4)
    assert PLATE_BOX_MM[2] - PLATE_BOX_MM[0] == 520
    assert len(PLATE_TEXT) == 8


@pytest.mark.parametrize("scale", [0.1, 0.3, 0.6])
def test_the_car_stands_where_it_is_put(scale: float) -> None:
    """Outside the car's box the picture is as it was."""
    road = np.full((720, 1280, 3), 120, np.uint8)
    shown = put(road, scale, 200, 700)
    changed = np.argwhere((shown != road).any(axis=2))
    (top, left), (bottom, right) = changed.min(0), changed.max(0)
    assert left >= 199
    assert right <= 201 + CAR_MM[0] * scale
    assert top >= max(0, 699 - CAR_MM[1] * scale)
    assert bottom <= 700
    assert np.all(road == 120)
