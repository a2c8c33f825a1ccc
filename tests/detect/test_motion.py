"""Movement that nobody explains: what is told of, what is not, and what a request makes of it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from clips import clip_of
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from redact.decide.plan import Hiding, plan
from redact.detect.motion import EVERY_S, LEAST_SEEN, LOW, Motion
from redact.jobs.release import Release, make_release
from redact.package.manifest import load_manifest
from redact.records.clip import Frame
from redact.records.kinds import Cover, Kind, Origin
from redact.records.tracks import Detections, FrameBatch, Tracks
from redact.request.choices import Hide, Unexplained
from redact.request.model import Request
from redact.track.unexplained import Place, joined, places, remark, unexplained
from redact.video.demo_clip import write_clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

RATE = 25
SIZE = (320, 180)
NO_CUTS = np.zeros(0, np.int32)


def texture(seed: int, width: int, height: int, contrast: float = 25, grain: int = 6) -> NDArray[np.float32]:
    """A pattern about 0 with detail of GRAIN px."""
    small = np.random.default_rng(seed).normal(0, contrast, (height // grain + 2, width // grain + 2))
    return np.asarray(cv2.resize(small, None, fx=grain, fy=grain)[:height, :width], np.float32)


STREET = np.clip(110 + texture(1, 700, 180), 20, 230).astype(np.float32)
COAT = 90 + texture(2, 16, 40, contrast=35, grain=3)


def noise(index: int, level: float = 2.0) -> NDArray[np.float32]:
    """What a camera adds to frame INDEX."""
    return np.random.default_rng(index).normal(0, level, SIZE[::-1]).astype(np.float32)


def seen(pictures: Iterable[NDArray[Any]]) -> Tracks:
    """What moved in PICTURES of SIZE, five a second."""
    motion = Motion(Fraction(1, RATE))
    for index, picture in enumerate(pictures):
        motion.see(index, index * EVERY_S, np.clip(picture, 0, 255).astype(np.float32))
    return motion.moved(*SIZE)


def still(count: int, level: float = 2.0) -> list[NDArray[np.float32]]:
    """A street on which nothing moves but the noise."""
    return [STREET[:, : SIZE[0]] + noise(index, level) for index in range(count)]


def walked(index: int) -> tuple[int, int, int, int]:
    """Where the one who walks is on sample INDEX."""
    return 20 + 5 * index, 90, 36 + 5 * index, 130


def walker(count: int = 40, first: int = 10) -> list[NDArray[np.float32]]:
    """The street, and from sample FIRST on somebody who crosses it."""
    pictures = still(count)
    for index in range(first, count):
        left, top, right, bottom = walked(index)
        pictures[index][top:bottom, left:right] = COAT
    return pictures


def tracks_of(boxes: Sequence[tuple[int, Sequence[float]]], kind: Kind = Kind.PERSON) -> Tracks:
    """One track of BOXES, a frame and its xyxy each."""
    return Tracks(
        frame=np.array([frame for frame, _ in boxes], np.int32),
        xyxy=np.array([box for _, box in boxes], np.float32).reshape(-1, 4),
        score=np.full(len(boxes), 0.9, np.float32),
        origin=np.full(len(boxes), Origin.SEEN, np.uint8),
        start=np.array([0, len(boxes)], np.int64),
        kind=np.array([kind], np.uint8),
    )


def test_of_no_pictures_nothing_moves() -> None:
    """Of nothing, nothing."""
    assert len(seen([])) == 0


def test_one_picture_is_no_movement() -> None:
    """Nor is the first."""
    assert len(seen(still(1))) == 0


@pytest.mark.parametrize("level", [0.0, 2.0, 6.0])
def test_a_street_on_which_nothing_moves_is_empty(level: float) -> None:
    """However much noise the recording has."""
    assert len(seen(still(60, level))) == 0


def test_somebody_who_crosses_is_told_of_where_they_are() -> None:
    """One track, from about when they came to when they left, its boxes on them."""
    moved = seen(walker())
    assert len(moved) == 1
    assert moved.frame[0] <= 11
    assert moved.frame[-1] == 39
    assert len(moved.frame) >= 28
    assert np.abs(moved.xyxy - [walked(int(index)) for index in moved.frame]).max() <= 4
    assert set(moved.origin.tolist()) == {Origin.SEEN}
    assert 0 < moved.score.max() <= LOW


def test_what_moves_for_long_is_kept_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow with the clip, and no sample is lost where one part ends and the next begins."""
    whole = seen(walker())
    monkeypatch.setattr("redact.detect.motion.LONGEST", 10)
    parts = seen(walker())
    assert (len(whole), len(parts)) == (1, 3)
    assert parts.frame.tolist() == whole.frame.tolist()


def test_boxes_are_px_of_the_coded_picture() -> None:
    """What is looked at is smaller than the picture."""
    motion = Motion(Fraction(1, RATE))
    for index, picture in enumerate(walker()):
        motion.see(index, index * EVERY_S, picture)
    ratio = motion.moved(1920, 1080).xyxy / motion.moved(*SIZE).xyxy
    assert np.allclose(ratio, 6)


def test_a_glimpse_is_no_movement() -> None:
    """Somebody on two samples only is noise as well as not."""
    pictures = still(40)
    for index in (20, 21):
        left, top, right, bottom = walked(index)
        pictures[index][top:bottom, left:right] = COAT
    assert len(seen(pictures)) == 0


def test_what_flickers_in_place_is_no_movement() -> None:
    """A screen, a lamp, a branch that sways by a third of its size."""
    pictures = still(80)
    for index in range(10, 80):
        sway = (0, 3, 5, 2)[index % 4]
        pictures[index][20:60, 200 + sway : 216 + sway] = COAT
        pictures[index][100:130, 60:90] = 200 if index % 3 else 60
    assert len(seen(pictures)) == 0


def test_leaves_in_the_wind_are_no_movement() -> None:
    """A crown that sways by several px is learnt within two seconds."""
    chance = np.random.default_rng(5)
    crown, pictures = 90 + texture(9, 160, 90, contrast=40, grain=4), still(100)
    for index, picture in enumerate(pictures):
        right, down = 20 + 4 * np.sin(0.55 * index) + chance.normal(0, 1.3), 10 + chance.normal(0, 1.3)
        picture[20:90, 180:300] = crown[round(down) :][:70, round(right) :][:, :120]
    assert (seen(pictures).frame < 12).all()


def test_rain_is_no_movement() -> None:
    """Four hundred streaks a picture, each time elsewhere."""
    chance, pictures = np.random.default_rng(6), still(60)
    for picture in pictures:
        for x, y in zip(chance.integers(0, 320, 400), chance.integers(0, 170, 400), strict=True):
            picture[y : y + 8, x] += 40
    assert len(seen(pictures)) == 0


def test_a_camera_that_shakes_tells_nothing() -> None:
    """On its pole in the wind, by up to a px of what is looked at."""
    chance, pictures = np.random.default_rng(7), []
    for index in range(60):
        turn = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
        turn[:, 2] = chance.uniform(-1, 1, 2)
        pictures.append(np.asarray(cv2.warpAffine(STREET[:, :330], turn, (330, 180)))[:, 5:325] + noise(index))
    assert len(seen(pictures)) == 0


def test_somebody_far_away_is_told_of() -> None:
    """Six px wide and twelve high, where people at 1080p are 36 px wide."""
    pictures, small = still(60), 80 + texture(3, 6, 12, contrast=50, grain=2)
    for index in range(10, 60):
        pictures[index][100:112, 20 + 2 * index : 26 + 2 * index] = small
    moved = seen(pictures)
    assert len(moved) >= 1
    assert len(np.unique(moved.frame)) > 25


def test_a_light_that_is_switched_on_is_no_movement() -> None:
    """In all of the picture, or in a part of it."""
    pictures = still(60)
    for index in range(20, 60):
        pictures[index][:, 150:] *= 1.5
    for index in range(40, 60):
        pictures[index] *= 1.4
    assert len(seen(pictures)) == 0


@pytest.mark.parametrize("factor", [0.6, 1.5])
def test_a_shadow_and_a_headlight_are_no_movement(factor: float) -> None:
    """What moves over the street and leaves it as it is, darker or brighter."""
    pictures = still(60)
    for index in range(10, 60):
        pictures[index][90:130, 4 * index : 4 * index + 40] *= factor
    assert len(seen(pictures)) == 0


@pytest.mark.parametrize("step", [2, 8])
def test_a_camera_that_pans_tells_nothing(step: int) -> None:
    """Everything moves then, and nothing can be told from where it was."""
    assert len(seen(STREET[:, step * i : step * i + SIZE[0]] + noise(i) for i in range(45))) == 0


def test_after_a_pan_movement_is_told_of_again() -> None:
    """As soon as the camera has stood still for about a second."""
    panned = [STREET[:, 380 - 20 * i :][:, : SIZE[0]] + noise(i) for i in range(20)]
    moved = seen(panned + walker())
    assert len(moved) == 1
    assert moved.frame[0] >= 20


def test_the_place_that_somebody_leaves_is_no_movement() -> None:
    """Who stood there from the first picture on leaves a hole in the background, which stays where it is."""
    pictures = still(60)
    for index in range(60):
        left = 100 if index < 20 else 100 + 8 * (index - 20)
        if left < SIZE[0] - 16:
            pictures[index][90:130, left : left + 16] = COAT
    moved = seen(pictures)
    assert 1 <= len(moved) <= 2
    gone = moved.frame >= 25  # before that the hole and whoever left it touch, and may be one region
    assert moved.frame[gone].tolist() == list(range(25, 46))
    assert np.abs(moved.xyxy[gone, 0] - (100 + 8 * (moved.frame[gone] - 20))).max() <= 2
    assert np.abs(moved.xyxy[gone, 2] - moved.xyxy[gone, 0] - 16).max() <= 2


@settings(max_examples=40)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(0, 12), st.integers(1, 40), st.integers(1, 60)),
        elements=st.sampled_from([0.0, 40.0, 120.0, 255.0]),
        fill=st.just(90.0),
    )
)
def test_whatever_is_seen_the_record_holds(pictures: NDArray[np.float32]) -> None:
    """Boxes lie in the picture and are not empty, frames increase within a track, and none is shorter than movement."""
    motion = Motion(Fraction(1, RATE))
    for index, picture in enumerate(pictures):
        motion.see(index, index * EVERY_S, picture)
    moved = motion.moved(160, 90)
    assert (moved.xyxy[:, :2] >= 0).all()
    assert (moved.xyxy[:, 2:] <= np.array([160, 90]) + 1e-3).all()
    assert (moved.xyxy[:, 2:] > moved.xyxy[:, :2]).all()
    for number in range(len(moved)):
        frames = moved.frame[moved.rows(number)]
        assert len(frames) >= LEAST_SEEN
        assert (np.diff(frames) > 0).all()


def test_frames_are_given_on_as_they_are_and_looked_at_five_times_a_second() -> None:
    """None is lost, none is held, and a damaged one is not looked at."""

    class Counting(Motion):
        """Remembers what it was shown."""

        def see(self, index: int, at: float, picture: NDArray[np.float32]) -> None:
            shown.append(index)
            assert at == index / RATE
            assert picture.shape == (180, 320)

    shown: list[int] = []
    luma = np.zeros((360, 640), np.uint8)
    frames = [Frame(index, index, [luma], None, damaged=index == 5) for index in range(20)]
    assert list(Counting(Fraction(1, RATE)).watch(frames)) == frames
    assert shown == [0, 6, 11, 16]


def test_a_track_explains_what_moves_under_its_box() -> None:
    """Of any kind; half of the region under it is enough, and a little beside it is not."""
    clip = clip_of(*SIZE, frames=40)
    moved = tracks_of([(index, walked(index)) for index in range(10, 30, 2)])
    for kind in Kind:
        found = tracks_of([(index, walked(index)) for index in range(40)], kind)
        assert len(unexplained(moved, found, clip, NO_CUTS)) == 0
    beside = tracks_of([(index, [px + 30 for px in walked(index)]) for index in range(40)])
    assert len(unexplained(moved, beside, clip, NO_CUTS)) == 1


def test_what_no_track_explains_is_carried_on_like_a_track() -> None:
    """On every frame between two samples, and a little past both ends."""
    clip = clip_of(*SIZE, frames=60)
    moved = tracks_of([(index, walked(index)) for index in range(20, 40, 5)])
    left = unexplained(moved, Tracks.none(), clip, NO_CUTS)
    assert left.frame[0] < 20
    assert left.frame[-1] > 35
    assert (np.diff(left.frame) == 1).all()
    assert left.frame[left.origin == Origin.SEEN].tolist() == [20, 25, 30, 35]


def test_a_sample_or_two_beside_a_track_are_part_of_it() -> None:
    """Somebody found all the time, whose shadow was once larger than they are, is explained."""
    clip = clip_of(*SIZE, frames=40)
    moved = tracks_of([(index, walked(index)) for index in range(10, 30, 2)])
    found = tracks_of([(index, walked(index)) for index in range(40) if index not in {14, 16}])
    assert len(unexplained(moved, found, clip, NO_CUTS)) == 0


def test_nothing_that_moves_is_carried_over_a_cut() -> None:
    """A cut that the watch did not see, between two of its samples, ends what moves as it ends tracks."""
    moved = tracks_of([(index, walked(index)) for index in range(0, 40, 5)])
    left = unexplained(moved, Tracks.none(), clip_of(*SIZE, frames=60), np.array([17, 18], np.int32))
    assert [left.frame[left.rows(number)].max() < 17 for number in range(len(left))] == [True, False]
    assert left.frame[left.rows(1)].min() >= 18


def test_tracks_that_are_joined_keep_their_numbers() -> None:
    """Those found stand first."""
    found, more = tracks_of([(0, walked(0)), (1, walked(1))]), tracks_of([(5, walked(5))], Kind.PLATE)
    both = joined(found, more)
    assert both.frame[both.rows(0)].tolist() == [0, 1]
    assert (both.frame[both.rows(1)].tolist(), both.kind.tolist()) == ([5], [Kind.PERSON, Kind.PLATE])
    assert len(joined(Tracks.none(), Tracks.none())) == 0


@pytest.mark.parametrize("cover", list(Cover))
def test_all_of_something_unknown_is_hidden_whatever_the_cover(cover: Cover) -> None:
    """Nobody knows where its head is."""
    clip = clip_of(*SIZE, frames=10)
    made = plan(clip, tracks_of([(3, walked(3))]), (), Hiding((Kind.PERSON,), (0, 10), cover=cover), unknown=[0])
    (box,) = made.boxes(3)
    assert (box[:2] <= walked(3)[:2]).all()
    assert (box[2:] >= walked(3)[2:]).all()


def test_places_are_told_in_order_of_time_and_only_of_what_the_copy_shows() -> None:
    """When it was first and last seen, and where it was half way."""
    clip = clip_of(*SIZE, frames=100)
    moved = joined(
        tracks_of([(index, walked(5)) for index in (50, 55, 60)]), tracks_of([(index, walked(1)) for index in (5, 10)])
    )
    early, late = places(moved, clip, (0, 100))
    assert (early.first, early.last) == (Fraction(5, 25), Fraction(10, 25))
    assert late == Place(Fraction(2), Fraction(60, 25), walked(5))
    assert places(moved, clip, (20, 58)) == (Place(Fraction(2), Fraction(55, 25), walked(5)),)
    assert places(Tracks.none(), clip, (0, 100)) == ()


def test_the_remark_names_the_number_and_the_first_times() -> None:
    """Nothing where nothing moved, or where the request ignores it."""
    some = [Place(Fraction(n), Fraction(n + 1), (0, 0, 10, 10)) for n in (2, 2, 63, 65, 70)]
    (listed,) = remark(some, Unexplained.REVIEW)
    assert "5 places, from 00:02, 01:03, 01:05 and 1 more. It is not hidden" in listed
    (hidden,) = remark(some[:1], Unexplained.HIDE)
    assert "1 place, from 00:02. It is hidden" in hidden
    assert remark(some, Unexplained.IGNORE) == remark([], Unexplained.REVIEW) == ()


class Blind:
    """Finds nobody, ever."""

    name, digest = "blind", "d" * 64
    sides: tuple[int, ...] = (320, 160)
    kinds: tuple[Kind, ...] = (Kind.PERSON,)

    def __call__(self, batch: FrameBatch) -> Detections:
        """Nothing."""
        assert len(batch)
        return Detections.none()


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two and a half seconds of a street that somebody crosses, at 10 frames a second."""

    def pictures() -> Iterator[NDArray[np.uint8]]:
        for index in range(25):
            grey = np.clip(STREET[:, : SIZE[0]], 0, 255)
            if index >= 8:
                grey = grey.copy()
                grey[60:120, 40 + 8 * index : 70 + 8 * index] = cv2.resize(COAT, (30, 60))
            yield np.clip(grey[..., None].repeat(3, axis=2), 0, 255).astype(np.uint8)

    path = tmp_path_factory.mktemp("master") / "street.mp4"
    write_clip(path, pictures(), SIZE, Fraction(10), ((440, 2.5),))
    return path


def released(master: Path, folder: Path, **asked: Any) -> Release:
    """What comes of MASTER where nobody is found in it."""
    made = make_release(master, folder, Request(**asked), [Blind()])
    assert not made.withheld
    return made


def test_by_default_movement_is_told_of_and_not_hidden(master: Path, tmp_path: Path) -> None:
    """In a warning, in the operator's report, and among the seconds to look first at; the copy is released."""
    made = released(master, tmp_path)
    assert made.tracks == 0
    assert any("moved that nobody was found in: 1 place, from 00:00" in warning for warning in made.warnings)
    assert made.operators is not None
    assert made.risks is not None
    page = made.operators.read_text()
    assert "Movement in which nobody was found (1)" in page
    assert "--motion hide" in page
    assert made.look_first
    assert "Something moved that nobody was found in: 1 place." in made.risks.read_text()
    assert "listed for whoever made the copy, not hidden" in made.report.read_text()


def test_movement_is_hidden_where_the_request_says_so(master: Path, tmp_path: Path) -> None:
    """It gets a track and boxes of its own, and the manifest records the choice."""
    made = released(master, tmp_path, motion="hide")
    assert made.tracks == 1
    assert made.manifest is not None
    manifest = load_manifest(made.manifest)
    assert manifest.request["motion"] == "hide"
    assert manifest.plan.boxes >= 10
    assert any("It is hidden" in warning for warning in made.warnings)


@pytest.mark.parametrize("asked", [{"motion": "ignore"}, {"motion": "hide", "hide": (Hide.PLATES,)}])
def test_movement_is_ignored_where_the_request_says_so_or_hides_no_people(
    master: Path, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """No word of it in warning or report, and nothing hidden."""
    made = released(master, tmp_path, **asked)
    assert made.tracks == 0
    assert not any("moved that nobody" in warning for warning in made.warnings)
    assert made.operators is not None
    assert "Movement in which" not in made.operators.read_text()
