"""The first pass: what the networks are given, where what they find is, and what is looked at again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from grey import frame_of
from hypothesis import given
from hypothesis import strategies as st

from redact.detect.colours import colours_of
from redact.detect.filters import without_twins
from redact.detect.letterbox import (
    FINER,
    LEAST_SIDE,
    SLIM,
    SMALL,
    Letterbox,
    Scale,
    View,
    detect,
    half,
    letterboxes,
    thumbnail,
    tiles,
    to_coded,
    views,
)
from redact.detect.scan import look_again, scan
from redact.detect.survey import Survey
from redact.records.clip import Clip, Color
from redact.records.kinds import Kind
from redact.records.orientation import EVERY, UPRIGHT, Orientation
from redact.records.tracks import STRIDE, Detections, FrameBatch
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
        "orientation": UPRIGHT,
        "sample_aspect_ratio": Fraction(1),
        "pix_fmt": "yuv420p",
        "color": Color(range=1),
        "time_base": Fraction(1, RATE),
        "pts": np.arange(3, dtype=np.int64),
        "rate": Fraction(RATE),
    }
    return Clip(**facts | changes)


def test_a_half_gives_boxes_of_the_whole_and_leaves_what_its_edge_cuts() -> None:
    """What lies inside is where it is in the picture; what the inner edge cuts through is left to a whole look."""
    clip = clip_of()
    (box,) = letterboxes(clip, [BrightSpot()], Scale.FIRST).values()
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
            letterboxes(clip_of(width, width // 2), [BrightSpot()], scale)["bright-spot"]
            for scale in (Scale.FIRST, Scale.SECOND)
        )
        assert first.coded != second.coded


@given(st.integers(1, 700), st.integers(1, 40), st.sampled_from((160, 320)), st.booleans(), st.integers(0, 2**32 - 1))
def test_a_thumbnail_is_the_mean_of_whole_squares(width: int, height: int, across: int, ten: bool, seed: int) -> None:
    """Of whatever size, in 8 bits or 10: as many as fit, and the number nearest to what was asked for across."""
    levels = np.random.default_rng(seed).integers(0, 1024 if ten else 256, (height, width))
    small = thumbnail(frame_of(levels.astype(np.uint16 if ten else np.uint8), form="gray"), across)
    step = max(1, round(width / across))
    rows, columns = max(1, height // step), width // step
    whole = levels[: rows * step, : columns * step] / (4 if ten else 1)
    wanted = whole.reshape(rows, -1, columns, step).mean(axis=(1, 3))
    assert small.dtype == np.float32
    assert small.shape == wanted.shape
    assert np.abs(small - wanted).max() <= 0.51
    assert small.shape[1] <= 1.5 * across


@pytest.mark.parametrize(("width", "columns"), [(1, 1), (100, 100), (320, 160), (640, 160), (650, 162), (1920, 160)])
def test_a_thumbnail_is_about_as_wide_as_asked_for(width: int, columns: int) -> None:
    """A smaller picture stays as it is; of a larger one the strip that is left over is left out."""
    luma = np.full((90, width), 80, np.uint8)
    luma[:, columns * max(1, round(width / 160)) :] = 255
    small = thumbnail(frame_of(luma), 160)
    assert small.shape[1] == columns
    assert set(np.unique(small).tolist()) == {80.0}


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


@pytest.mark.parametrize("way", EVERY, ids=str)
def test_a_mark_in_the_coded_picture_is_found_where_it_is(way: Orientation) -> None:
    """Whichever way the camera was held, what is seen upright is carried back to px of the coded picture."""
    clip = clip_of(640, 360, orientation=way)
    luma = np.full((360, 640), 30, np.uint8)
    luma[40:100, 480:600] = 230
    box = Letterbox.of(clip, 320)
    (view,) = views(frame_of(luma), clip, [box])
    x, y, w, h = cv2.boundingRect((view[: box.upright[1], : box.upright[0], 0] > 150).astype(np.uint8))
    back = to_coded(np.array([[x, y, x + w, y + h]], np.float32), box, clip)
    assert np.abs(back - [480, 40, 600, 100]).max() <= 4


class BrightSpot:
    """Finds the bounding box of what is bright; a real detector of a simple thing."""

    name, digest = "bright-spot", "b" * 64
    kinds: tuple[Kind, ...] = (Kind.PERSON,)

    def __init__(self, *sides: int) -> None:
        """Like pictures of SIDES best, and remember what it was shown, and how large."""
        self.sides = sides or (320, 160)
        self.shown: list[int] = []
        self.widths: set[int] = set()

    def __call__(self, batch: FrameBatch) -> Detections:
        """One box a picture, where there is one."""
        self.shown += batch.index.tolist()
        self.widths.add(batch.rgb.shape[2])
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


def test_scan_finds_a_moving_thing_on_a_real_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A white square that crosses the picture after a second is found on the frame it appears on, where it is."""
    monkeypatch.setattr(Survey, "other_poses", lambda *_: ())  # it would be shown some pictures again
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
    # the last frame twice: at half of it because it was due, and at all of it because it is the last
    assert sorted(detector.shown) == [*seen.looked.tolist(), 49]
    assert {0, 25, 49} <= set(seen.looked.tolist())
    for frame, box in zip(seen.found.frame.tolist(), seen.found.xyxy.tolist(), strict=True):
        left = 20 + 4 * (frame - 25)
        assert np.abs(np.array(box) - [left, 60, left + 40, 120]).max() <= 4
    assert told[-1] == ("scan", 50)


some_side = st.integers(64, 2000)
sizes = st.tuples(st.integers(16, 4096), st.integers(16, 2400))


def layout(clip: Clip, sides: tuple[int, ...], scale: Scale, *, close: bool = False) -> Letterbox | None:
    """How pictures of CLIP are laid out for a network of SIDES."""
    return letterboxes(clip, [BrightSpot(*sides)], scale, closely=close).get("bright-spot")


@given(sizes, st.tuples(some_side, some_side), st.sampled_from(EVERY[:2]), st.booleans())
def test_a_close_first_look_is_the_larger_and_the_second_is_another(
    size: tuple[int, int], sides: tuple[int, int], way: Orientation, close: bool
) -> None:
    """Whatever the picture and the network: closely the two scales change places where the first was the smaller."""
    clip = clip_of(*size, orientation=way)
    first, second = (layout(clip, sides, scale, close=close) for scale in (Scale.FIRST, Scale.SECOND))
    assert first is not None
    assert second is not None
    assert first.coded != second.coded
    if close:
        assert max(first.coded) >= max(second.coded)
        assert first.coded == max((Letterbox.of(clip, side).coded for side in sides), key=max)
    else:
        assert first.coded == Letterbox.of(clip, sides[0]).coded


def test_a_closer_look_is_only_for_networks_that_ask_for_it_and_pictures_that_have_more_to_show() -> None:
    """A third side; and a picture that the first look does not see at nearly its own size already."""
    both = [BrightSpot(640, 960), BrightSpot(640, 960, 1280)]
    assert layout(clip_of(1920, 1080), (640, 960), Scale.CLOSER) is None
    assert letterboxes(clip_of(1920, 1080), both[:1], Scale.CLOSER) == {}
    fine = layout(clip_of(1920, 1080), (640, 960, 1280), Scale.CLOSER)
    assert fine is not None
    assert fine.coded == (1280, 720)
    at_own_size = layout(clip_of(1000, 600), (640, 960, 1280), Scale.CLOSER)
    assert at_own_size is not None
    assert at_own_size.coded == (1000, 600)
    assert layout(clip_of(790, 440), (640, 960, 1280), Scale.CLOSER) is None
    assert layout(clip_of(320, 180), (640, 960, 1280), Scale.CLOSER) is None


@given(sizes, st.tuples(some_side, some_side, some_side), st.sampled_from(EVERY[:2]))
def test_a_closer_look_shows_more_but_nothing_that_is_not_there(
    size: tuple[int, int], sides: tuple[int, int, int], way: Orientation
) -> None:
    """It is larger by FINER or not taken; it enlarges no picture but a small one, which every look enlarges."""
    clip = clip_of(*size, orientation=way)
    fine, first = layout(clip, sides, Scale.CLOSER), Letterbox.of(clip, sides[0])
    most = min(sides[Scale.CLOSER], max(*size, min(LEAST_SIDE, 2 * max(size))))
    if fine:
        assert max(fine.coded) >= FINER * max(first.coded)
        assert max(fine.coded) <= most
    else:
        assert most < FINER * max(first.coded) + 1


@given(sizes, some_side, st.floats(0, 0.5), st.sampled_from(EVERY[:2]))
def test_tiles_cover_the_picture_and_overlap(size: tuple[int, int], side: int, left: float, way: Orientation) -> None:
    """Two of one size for all of it, somebody small fits in what they share; one for a half, with all of the half."""
    box = Letterbox.of(clip_of(*size, orientation=way), side, 1.0)
    width, padded = box.upright[0], box.padded
    view = View(5, np.broadcast_to(np.uint8(0), (padded[1], padded[0], 3)))
    low, high = tiles(view, box, None)
    assert low.rgb.shape == high.rgb.shape
    assert low.rgb.shape[1] % STRIDE == 0
    across = low.rgb.shape[1]
    assert low.left == 0
    assert high.left + across >= width
    both = max(width / 10, SLIM * SMALL * box.upright[1])
    assert low.left + across - high.left >= min(both, width) - 2
    (one,) = tiles(view, box, left)
    assert one.rgb.shape == low.rgb.shape
    assert one.left <= left * width + 1
    assert one.left + across >= min(width, (left + 0.5) * width - 1)
    assert {low.index, high.index, one.index} == {5}


def spotted(clip: Clip, x: int, y: int, w: int, h: int) -> tuple[View, Letterbox]:
    """A picture of CLIP with one bright spot, W x H px at X, Y of the coded picture, as a closer look sees it."""
    luma = np.full((clip.height, clip.width), 30, np.uint8)
    luma[y : y + h, x : x + w] = 235
    box = Letterbox.of(clip, 640, 1.0)
    (rgb,) = views(frame_of(luma), clip, [box])
    return View(3, rgb), box


@given(st.sampled_from(EVERY), st.integers(0, 610), st.integers(0, 330), st.integers(4, 30), st.integers(4, 30))
def test_what_is_small_is_found_once_wherever_it_is(way: Orientation, x: int, y: int, w: int, h: int) -> None:
    """However the camera was held, and whether one tile or both show it: one box, in px of the coded picture."""
    clip = clip_of(orientation=way)
    view, box = spotted(clip, x, y, w, h)
    seen = detect(tiles(view, box, None), box, clip, BrightSpot(), small=True)
    assert 1 <= len(seen) <= 2
    (place,) = without_twins(seen).xyxy
    assert np.abs(place - [x, y, x + w, y + h]).max() <= 1


@pytest.mark.parametrize(("x", "times"), [(40, 1), (300, 2), (560, 1)])
def test_what_one_tile_shows_whole_is_found_once_before_any_two_are_compared(x: int, times: int) -> None:
    """Only what lies in the overlap is seen by both."""
    view, box = spotted(clip_of(), x, 50, 20, 40)
    assert len(detect(tiles(view, box, None), box, clip_of(), BrightSpot(), small=True)) == times


def test_what_the_inner_edge_of_a_tile_cuts_is_no_finding() -> None:
    """A piece of something is nobody's box: what is too wide for the overlap, and lies across it, is left out."""
    view, box = spotted(clip_of(), 270, 50, 100, 40)
    assert len(detect(tiles(view, box, None), box, clip_of(), BrightSpot(), small=True)) == 0


@pytest.mark.parametrize("way", EVERY, ids=str)
def test_closer_looks_leave_out_what_is_large(way: Orientation) -> None:
    """What is taller than a quarter of the upright picture other looks see better; a look at all of it keeps it."""
    clip = clip_of(orientation=way)
    tall = 640 if way.sideways else 360
    for share, found in ((SMALL - 0.02, 1), (SMALL + 0.02, 0)):
        w, h = (round(share * tall), 30) if way.sideways else (30, round(share * tall))
        view, box = spotted(clip, 40, 40, w, h)
        assert len(without_twins(detect(tiles(view, box, None), box, clip, BrightSpot(), small=True))) == found
        assert len(detect([view], box, clip, BrightSpot())) == 1


def test_halves_that_begin_at_different_places_come_back_to_their_own() -> None:
    """In one call there may be looks at many halves, two of them at one frame: each box goes back to its own half."""
    clip, parts, places = clip_of(), [], []
    for index, (left, x) in enumerate([(0.0, 60), (0.25, 300), (0.5, 560), (0.1, 200)]):
        view, box = spotted(clip, x, 50 + index, 30, 60)
        parts.append(half(View(index, view.rgb), box, left))
        places.append([x, 50 + index, x + 30, 110 + index])
    parts.append(half(View(0, spotted(clip, 500, 90, 30, 60)[0].rgb), box, 0.5))
    seen = detect(parts, box, clip, BrightSpot())
    assert seen.frame.tolist() == [0, 0, 1, 2, 3]
    assert np.abs(seen.xyxy - [places[0], [500, 90, 530, 150], *places[1:]]).max() <= 1


def test_a_closer_look_at_no_picture_finds_nothing() -> None:
    """Where no closer look is due there are no tiles, and no findings."""
    assert len(detect([], Letterbox.of(clip_of(), 640), clip_of(), BrightSpot(), small=True)) == 0


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in which a bright square stands before a wall."""
    path = tmp_path_factory.mktemp("gate") / "gate.mp4"
    picture = np.full((180, 320, 3), 60, np.uint8)
    picture[60:120, 100:140] = 255
    write_clip(path, [picture] * 20, (320, 180), Fraction(RATE), ((440, 0.8),))
    return path


@pytest.mark.parametrize(("close", "first", "second"), [(False, 160, 320), (True, 320, 160)])
def test_a_scan_tells_whether_it_was_a_close_one_and_looks_again_at_the_other_scale(
    gate: Path, close: bool, first: int, second: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Close, the larger scale comes first; looking again keeps to what the scan was, and sees the other."""
    monkeypatch.setattr(Survey, "other_poses", lambda *_: ())  # it would be shown some pictures again
    detector, again = BrightSpot(160, 320), BrightSpot(160, 320)
    seen = scan(gate, [detector], closely=close)
    more = look_again(seen, seen.found[:1], [again])
    assert (seen.closely, more.closely) == (close, close)
    assert (detector.widths, again.widths) == ({first}, {second})
    assert set(more.looked.tolist()) >= set(again.shown)
    assert more.fine.tolist() == seen.fine.tolist()


def test_a_scan_not_asked_to_look_closely_does_not(gate: Path) -> None:
    """Nobody stays visible unless somebody says so."""
    assert not scan(gate, [BrightSpot()]).closely


def test_a_scan_looks_for_what_is_small_at_its_fine_looks_alone(gate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network with a third side is given tiles of the frames listed as fine, and the whole of every one looked at."""
    monkeypatch.setattr(Survey, "other_poses", lambda *_: ())  # it would be shown some pictures again
    detector = BrightSpot(64, 96, 320)
    seen = scan(gate, [detector], closely=True)
    assert len(detector.shown) == len(seen.looked) + 2 * len(seen.fine)
    assert set(seen.looked.tolist()) <= set(detector.shown)
    assert len(detector.widths) == 2
    assert set(seen.fine.tolist()) < set(seen.looked.tolist())


def test_tiles_of_one_frame_are_looked_at_together_and_each_found_where_it_is() -> None:
    """As by looks at each alone: every box from its own tile, of its own frame, and what their edges cut left out."""
    clip = clip_of()
    box = Letterbox.of(clip, 640, 1.0)
    pictures = np.full((2, 360, 640), 30, np.uint8)
    for picture, (left, right) in zip(pictures, ((40, 500), (120, 420)), strict=True):
        picture[100:150, left : left + 24] = picture[200:250, right : right + 24] = 235
    shown = [view for number in (0, 1) for view in parts(pictures[number], 3 + 4 * number, box)]
    together, detector = detect(shown, box, clip, Spots(), small=True, colours=True), Spots()
    alone = Detections.concat(detect([view], box, clip, detector, small=True, colours=True) for view in shown)
    for name in ("frame", "xyxy", "score", "kind", "colours"):
        assert getattr(together, name).tobytes() == getattr(alone, name).tobytes()
    assert set(together.frame.tolist()) == {3, 7}
    lefts = {(frame, round(float(edge) / 10)) for frame, edge in zip(together.frame, together.xyxy[:, 0], strict=True)}
    assert lefts == {(3, 4), (3, 50), (7, 12), (7, 42)}


def parts(luma: NDArray[np.uint8], index: int, box: Letterbox) -> tuple[View, ...]:
    """The tiles of a picture, which is frame INDEX."""
    (rgb,) = views(frame_of(luma, index), clip_of(), [box])
    return tiles(View(index, rgb), box, None)


class Spots(BrightSpot):
    """Finds a box around each of several bright things."""

    def __call__(self, batch: FrameBatch) -> Detections:
        """Any number a picture."""
        rows = []
        for index, rgb in zip(batch.index.tolist(), batch.rgb, strict=True):
            outlines, _ = cv2.findContours(
                (rgb[..., 0] > 200).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
            )
            rows += [(index, (x, y, x + w, y + h)) for x, y, w, h in map(cv2.boundingRect, outlines)]
        return Detections(
            np.array([index for index, _ in rows], np.int32),
            np.array([place for _, place in rows], np.float32).reshape(-1, 4),
            np.full(len(rows), 0.9, np.float32),
            np.zeros(len(rows), np.uint8),
        )


class Blossom(BrightSpot):
    """Takes what is bright for a face, and is not at all sure."""

    name, digest, kinds = "blossom", "d" * 64, (Kind.FACE,)

    def __call__(self, batch: FrameBatch) -> Detections:
        """Much the same boxes, of faces."""
        found = super().__call__(batch)
        kind = np.full(len(found), Kind.FACE, np.uint8)
        return Detections(found.frame, found.xyxy, np.full(len(found), 0.1, np.float32), kind)


class Nobody(BrightSpot):
    """Looks for people, and finds none."""

    name, digest = "nobody", "e" * 64

    def __call__(self, batch: FrameBatch) -> Detections:
        """None at all."""
        return super().__call__(batch)[:0]


class Both(BrightSpot):
    """Takes what is bright for somebody, and for their face."""

    kinds: tuple[Kind, ...] = (Kind.PERSON, Kind.FACE)

    def __call__(self, batch: FrameBatch) -> Detections:
        """Each box twice, first as a face."""
        found = super().__call__(batch)
        face = np.full(len(found), Kind.FACE, np.uint8)
        return Detections.concat([Detections(found.frame, found.xyxy, found.score, face), found])


def bright_views() -> tuple[list[View], Letterbox]:
    """Frames 7 and 9: something bright on the left, and on the right."""
    box, shown = Letterbox.of(clip_of(), 320), []
    for index, left in ((7, 40), (9, 400)):
        luma = np.full((360, 640), 30, np.uint8)
        luma[100:200, left : left + 60] = 235
        shown += [View(index, view) for view in views(frame_of(luma), clip_of(), [box])]
    return shown, box


@pytest.mark.parametrize(("detector", "asked"), [(BrightSpot(), False), (Blossom(), False), (Blossom(), True)])
def test_what_nobody_asked_for_or_is_nobody_has_no_colours(detector: BrightSpot, asked: bool) -> None:
    """Where it does not matter who is who; and a network that finds faces alone."""
    shown, box = bright_views()
    found = detect(shown, box, clip_of(), detector, colours=asked)
    assert len(found) == 2
    assert found.colours is None


def test_nobody_found_has_colours_of_nobody() -> None:
    """There is nothing to describe."""
    shown, box = bright_views()
    none = detect(shown, box, clip_of(), Nobody(), colours=True)
    assert none.colours is None or len(none.colours) == 0


def test_the_colours_of_people_are_noted_where_it_was_asked_for() -> None:
    """Of each in the picture of its own frame, and of no face."""
    shown, box = bright_views()
    found = detect(shown, box, clip_of(), Both(), colours=True)
    assert found.colours is not None
    person = found.kind == Kind.PERSON
    assert person.sum() == (~person).sum() == 2
    assert not found.colours[~person].any()
    for view, looks in zip(shown, found.colours[person], strict=True):
        x, y, w, h = cv2.boundingRect((view.rgb[..., 0] > 200).astype(np.uint8))
        boxes = np.array([[x, y, x + w, y + h]], np.float32)
        assert looks.tolist() == colours_of(view.rgb, boxes)[0].tolist()
        assert looks.any()


def test_a_close_scan_alone_notes_colours(gate: Path) -> None:
    """A look again goes by the scan before it."""
    seen, closely = scan(gate, [BrightSpot()]), scan(gate, [BrightSpot()], closely=True)
    assert seen.found.colours is None
    assert closely.found.colours is not None
    assert closely.found.colours.any(axis=1).all()


@pytest.mark.parametrize(
    ("people", "kinds"), [((), {Kind.FACE}), ((Nobody(),), set()), ((BrightSpot(),), {Kind.PERSON, Kind.FACE})]
)
def test_a_weak_face_counts_where_somebody_is_or_nobody_was_looked_for(
    gate: Path, people: tuple[BrightSpot, ...], kinds: set[Kind]
) -> None:
    """In a scan, and in a look again; where faces alone are asked for, nothing speaks against one."""
    detectors = [Blossom(), *people]
    seen = scan(gate, detectors)
    assert set(seen.found.kind.tolist()) == kinds
    nothing_yet = replace(seen, found=seen.found[:0])
    box, score, kind = np.array([[4, 4, 40, 20]], np.float32), np.ones(1, np.float32), np.array([Kind.PLATE], np.uint8)
    plate = Detections(np.array([3], np.int32), box, score, kind)
    again = look_again(nothing_yet, plate, detectors)
    assert set(again.found.kind.tolist()) == {Kind.PLATE, *kinds}
