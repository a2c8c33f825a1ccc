"""The first pass: which frames are looked at, what the networks are given, and where what they find is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.detect import STRIDE, Letterbox, View, detect, half, letterboxes, to_coded, views
from redact.pace import FAST_S, MOVING_S, STILL_S, WHOLE_S, Pace
from redact.records import Clip, Color, Detections, Frame, FrameBatch, Kind
from redact.scan import scan
from redact.video.demo_clip import write_clip

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 25


def clip_of(width: int = 640, height: int = 360, **changes: Any) -> Clip:
    """A clip of which only the picture's form matters."""
    facts: dict[str, Any] = {
        "path": Path("gate.mp4"),
        "sha256": "a" * 64,
        "size_bytes": 1,
        "width": width,
        "height": height,
        "rotation": 0,
        "sample_aspect_ratio": Fraction(1),
        "pix_fmt": "yuv420p",
        "color": Color(range=1),
        "time_base": Fraction(1, RATE),
        "pts": np.arange(3, dtype=np.int64),
        "rate": Fraction(RATE),
    }
    return Clip(**facts | changes)


def frame_of(luma: NDArray[Any], index: int = 0, pts: int | None = None, form: str = "yuv420p") -> Frame:
    """A grey picture with this LUMA."""
    height, width = luma.shape
    down, across = {"yuv420p": (2, 2), "yuv422p": (1, 2), "yuv444p": (1, 1), "gray": (0, 0)}[form.removesuffix("10le")]
    middle = 512 if luma.dtype == np.uint16 else 128
    chroma = [np.full((-(-height // down), -(-width // across)), middle, luma.dtype)] * 2 if down else []
    return Frame(index, index if pts is None else pts, [luma, *chroma], None, damaged=False)


def still(count: int, rate: int = RATE, level: int = 100) -> list[Frame]:
    """COUNT frames on which nothing moves but a little noise, RATE a second."""
    noise = np.random.default_rng(0)
    return [
        frame_of((level + noise.integers(-3, 4, (180, 320))).astype(np.uint8), i, round(i * RATE / rate))
        for i in range(count)
    ]


def looked(frames: list[Frame]) -> list[int]:
    """The frames that are picked, in order."""
    pace = Pace(Fraction(1, RATE))
    picked = [look.frame.index for look in pace.pick(iter(frames))]
    assert picked == pace.looked
    return picked


def test_no_frames_no_looks() -> None:
    """Of nothing, nothing."""
    assert looked([]) == []


def test_a_single_frame_is_looked_at() -> None:
    """The first frame always is."""
    assert looked(still(1)) == [0]


def test_an_empty_street_is_looked_at_every_other_second_and_at_both_ends() -> None:
    """While nothing moves a look every two seconds is enough, and the last frame is never left out."""
    assert looked(still(140)) == [0, 50, 100, 139]
    assert STILL_S == 2


def test_movement_is_looked_at_when_it_begins_and_often_while_it_lasts() -> None:
    """The very frame on which something appears is looked at, and three in two seconds or more while it moves."""
    frames = still(60)
    for i in range(33, 60):
        frames[i].planes[0][60:120, 40 + 4 * (i - 33) : 80 + 4 * (i - 33)] = 220
    picked = looked(frames)
    assert 33 in picked
    assert max(np.diff(picked[picked.index(33) :])) <= MOVING_S * RATE + 1


def gaps(frames: list[Frame]) -> list[int]:
    """Frames between looks."""
    return np.diff(looked(frames)).tolist()


def test_what_moves_fast_is_looked_at_more_often() -> None:
    """A car that crosses the picture in half a second gets a look every 0.2 s."""
    frames = still(40)
    for i in range(20, 40):
        frames[i].planes[0][40:140, max(0, 24 * (i - 20) - 120) : 24 * (i - 20)] = 230
    assert gaps(frames)[1:3] == [5, 5]
    assert round(FAST_S * RATE) == 5


def test_a_camera_that_pans_is_looked_through_more_often() -> None:
    """Where everything moves nothing can be told from where it was: a look every fifth frame at 25 frames/s."""
    wall = cv2.resize(np.random.default_rng(1).integers(60, 200, (18, 90), np.uint8), (900, 180))
    assert set(gaps([frame_of(wall[:, 3 * i : 3 * i + 320].copy(), i) for i in range(50)])[:8]) == {5}


def test_what_moves_in_one_half_is_looked_at_there_and_the_whole_every_other_second() -> None:
    """The half holds all that stirs; what stands still elsewhere is seen again soon after 2.4 s."""
    frames = still(150)
    for i in range(150):
        frames[i].planes[0][60:120, 200 + (i * 3) % 60 : 240 + (i * 3) % 60] = 220
    pace = Pace(Fraction(1, RATE))
    looks = list(pace.pick(iter(frames)))
    halves = [look.left for look in looks if look.left is not None]
    assert len(halves) > len(pace.whole)
    assert all(left * 320 <= 200 and (left + 0.5) * 320 >= 300 for left in halves)
    assert max(np.diff(pace.whole)) <= WHOLE_S * RATE + MOVING_S * RATE + 1


def test_a_half_gives_boxes_of_the_whole_and_leaves_what_its_edge_cuts() -> None:
    """What lies inside is where it is in the picture; what the inner edge cuts through is left to a whole look."""
    clip = clip_of()
    (box,) = letterboxes(clip, [BrightSpot()], 0).values()
    for x0, x1, found in ((420, 480, True), (300, 400, False)):
        luma = np.full((360, 640), 30, np.uint8)
        luma[100:200, x0:x1] = 235
        (view,) = views(frame_of(luma), clip, [box])
        part = half(View(3, view), box, 0.5)
        assert part.rgb.shape[1] == 160
        seen = detect([part], box, clip, BrightSpot())
        assert len(seen) == found
        if found:
            assert np.abs(seen.xyxy - [x0, 100, x1, 200]).max() <= 4


def test_the_second_look_is_never_at_the_scale_of_the_first() -> None:
    """Of a picture smaller than either side both looks would see the same; the second then sees a smaller one."""
    for width in (128, 320, 640, 700, 1920):
        first, second = (
            letterboxes(clip_of(width, width // 2), [BrightSpot()], look)["bright-spot"] for look in (0, 1)
        )
        assert first.coded != second.coded


def test_pace_is_kept_by_time_not_by_frame_number() -> None:
    """At 6 frames a second every fourth or fifth frame of someone walking is looked at, as their times have it."""
    slow = [frame_of(np.full((180, 320), 60, np.uint8), i, round(i * RATE / 6)) for i in range(20)]
    for i, frame in enumerate(slow):
        frame.planes[0][60:120, 30 + 6 * i : 70 + 6 * i] = 180
    assert set(gaps(slow)[:-1]) == {4, 5}


def test_both_sides_of_a_hard_cut_are_looked_at() -> None:
    """The last frame before it, since nothing can be carried over it from the other side, and the first after it."""
    wall = cv2.resize(np.random.default_rng(2).integers(20, 230, (9, 16), np.uint8), (320, 180))
    frames = still(37) + [frame_of(wall, f.index + 37, f.pts + 37) for f in still(30)]
    pace = Pace(Fraction(1, RATE))
    picked = [look.frame.index for look in pace.pick(iter(frames))]
    assert pace.cuts == [37]
    assert {36, 37} <= set(picked)
    assert picked == sorted(picked)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=40))
def test_every_first_and_last_frame_is_looked_at_once_and_in_order(levels: list[int]) -> None:
    """Whatever the picture does no frame is picked twice, and no second goes by without a look."""
    picked = looked([frame_of(np.full((16, 16), level, np.uint8), i) for i, level in enumerate(levels)])
    assert picked == sorted(set(picked))
    assert (picked[0], picked[-1]) == (0, len(levels) - 1)
    assert all(step <= RATE for step in np.diff(picked))


@pytest.mark.parametrize("form", ["yuv420p", "yuv422p", "yuv444p", "gray", "yuv420p10le"])
def test_networks_see_full_range_grey_whatever_the_format(form: str) -> None:
    """Black and white of limited range become 0 and 255, in 8 bits as in 10."""
    ten = form.endswith("10le")
    luma = np.full((96, 128), 16, np.uint16 if ten else np.uint8)
    luma[:, 64:] = 235
    clip = clip_of(128, 96, pix_fmt=form)
    box = Letterbox.of(clip, 128)
    (view,) = views(frame_of(luma * 4 if ten else luma, form=form), clip, [box])
    assert view.shape == (96, 128, 3)
    assert view[:, 10].max() <= 1
    assert view[:, 120].min() >= 254


def test_the_letterbox_shrinks_squares_and_pads() -> None:
    """Anamorphic pictures are shown wide, and sides are what a network can halve five times."""
    box = Letterbox.of(clip_of(720, 576, sample_aspect_ratio=Fraction(64, 45)), 640)
    assert (box.upright, box.padded) == ((640, 360), (640, 384))
    assert all(px % STRIDE == 0 for px in box.padded)
    small = Letterbox.of(clip_of(128, 96), 640)
    assert small.upright == (256, 192)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_mark_in_the_coded_picture_is_found_where_it_is(rotation: int) -> None:
    """Whichever way the camera was held, what is seen upright is carried back to px of the coded picture."""
    clip = clip_of(640, 360, rotation=rotation)
    luma = np.full((360, 640), 30, np.uint8)
    luma[40:100, 480:600] = 230
    box = Letterbox.of(clip, 320)
    (view,) = views(frame_of(luma), clip, [box])
    x, y, w, h = cv2.boundingRect((view[: box.upright[1], : box.upright[0], 0] > 150).astype(np.uint8))
    back = to_coded(np.array([[x, y, x + w, y + h]], np.float32), box, clip)
    assert np.abs(back - [480, 40, 600, 100]).max() <= 4


class BrightSpot:
    """Finds the bounding box of what is bright; a real detector of a simple thing."""

    name, digest, sides = "bright-spot", "b" * 64, (320, 160)
    kinds: tuple[Kind, ...] = (Kind.PERSON,)

    def __init__(self) -> None:
        """Remember what it was shown."""
        self.shown: list[int] = []

    def __call__(self, batch: FrameBatch) -> Detections:
        """One box a picture, where there is one."""
        self.shown += batch.index.tolist()
        rows = []
        for index, rgb in zip(batch.index.tolist(), batch.rgb, strict=True):
            x, y, w, h = cv2.boundingRect((rgb[..., 0] > 200).astype(np.uint8))
            rows += [(index, (x, y, x + w, y + h))] if w else []
        return Detections(
            np.array([index for index, _ in rows], np.int32),
            np.array([box for _, box in rows], np.float32).reshape(-1, 4),
            np.full(len(rows), 0.9, np.float32),
            np.zeros(len(rows), np.uint8),
        )


def test_detect_gives_px_of_the_coded_picture() -> None:
    """A batch of pictures gives one record, frames as they were numbered."""
    clip = clip_of()
    box = Letterbox.of(clip, 320)
    luma = np.full((360, 640), 30, np.uint8)
    luma[100:200, 200:260] = 235
    (view,) = views(frame_of(luma), clip, [box])
    found = detect([View(7, view), View(9, view)], box, clip, BrightSpot())
    assert found.frame.tolist() == [7, 9]
    assert np.abs(found.xyxy - [200, 100, 260, 200]).max() <= 2


def test_scan_finds_a_moving_thing_on_a_real_file(tmp_path: Path) -> None:
    """A white square that crosses the picture after a second is found on the frame it appears on, where it is."""
    path = tmp_path / "square.mp4"

    def pictures() -> Any:
        for i in range(50):
            picture = np.full((180, 320, 3), 60, np.uint8)
            if i >= 25:
                picture[60:120, 20 + 4 * (i - 25) : 60 + 4 * (i - 25)] = 255
            yield picture

    write_clip(path, pictures(), (320, 180), Fraction(RATE), ((440, 2.0),))
    told: list[tuple[str, int]] = []
    detector = BrightSpot()
    seen = scan(path, [detector], progress=lambda stage, done, _: told.append((stage, done)))
    assert len(seen.clip) == 50
    assert seen.looked.tolist() == sorted(detector.shown)
    assert {0, 25, 49} <= set(seen.looked.tolist())
    for frame, box in zip(seen.found.frame.tolist(), seen.found.xyxy.tolist(), strict=True):
        left = 20 + 4 * (frame - 25)
        assert np.abs(np.array(box) - [left, 60, left + 40, 120]).max() <= 4
    assert told[-1] == ("scan", 50)
