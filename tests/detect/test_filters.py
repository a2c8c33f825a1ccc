"""Of what is found twice the surest stays. Scene-sized boxes and lone weak faces go, people close to the lens stay."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from redact.detect.filters import (
    HELD,
    INSIDE,
    LARGE_FACE,
    LONE,
    LONE_LARGE,
    SAME,
    SURE,
    without_lone_faces,
    without_scenes,
    without_twins,
)
from redact.records.boxes import iou, overlap_share
from redact.records.kinds import Kind
from redact.records.tracks import Detections

PICTURE = (1280, 720)
Row = tuple[Kind, tuple[float, float, float, float], float]
STREET, FACE_OF_SIZE = (300.0, 0.0, 1280.0, 720.0), (500.0, 100.0, 610.0, 240.0)


def found_of(*rows: Row, frame: int = 0) -> Detections:
    """Detections of one frame: kind, box, score."""
    return Detections(
        np.full(len(rows), frame, np.int32),
        np.array([box for _, box, _ in rows], np.float32).reshape(-1, 4),
        np.array([score for *_, score in rows], np.float32),
        np.array([kind for kind, *_ in rows], np.uint8),
    )


def left(*rows: Row) -> list[bool]:
    """Which ROWS stay."""
    kept = without_scenes(found_of(*rows), PICTURE).xyxy.tolist()
    return [list(box) in kept for _, box, _ in rows]


def test_nothing_found() -> None:
    """Of nothing, nothing."""
    assert len(without_scenes(Detections.none(), PICTURE)) == 0


def test_a_street_goes_and_a_walker_of_the_same_score_stays() -> None:
    """Large and unsure is a scene; small and unsure is someone far away."""
    assert left((Kind.PERSON, STREET, 0.2), (Kind.PERSON, (400, 200, 460, 380), 0.12)) == [False, True]


def test_someone_close_to_the_lens_stays() -> None:
    """A good score is believed at any size."""
    assert left((Kind.PERSON, STREET, 0.5)) == [True]


def test_someone_large_seen_from_behind_stays() -> None:
    """At a low score too, with no face to vouch: whoever spans less than half the picture is no scene."""
    assert left((Kind.PERSON, (500, 10, 830, 710), 0.15)) == [True]


def test_what_spans_a_turned_picture_goes() -> None:
    """In a picture turned by a quarter the width is along the coded height."""
    row = found_of((Kind.PERSON, (300.0, 0.0, 1280.0, 720.0), 0.2))
    assert len(without_scenes(row, (720, 1280), sideways=True)) == 0
    upright = found_of((Kind.PERSON, (0.0, 200.0, 1280.0, 500.0), 0.2))
    assert len(without_scenes(upright, (720, 1280), sideways=True)) == 1


def test_a_large_face_vouches_for_a_body_the_person_network_is_not_sure_of() -> None:
    """The two networks agree, so the body is hidden."""
    assert left((Kind.PERSON, STREET, 0.2), (Kind.FACE, FACE_OF_SIZE, 0.9)) == [True, True]


def test_small_or_doubtful_faces_do_not_vouch_for_a_street() -> None:
    """A street with people in it has faces too, but small ones; and a doubtful face is no witness."""
    small = (Kind.FACE, (500.0, 300.0, 540.0, 350.0), 0.9)
    doubtful = (Kind.FACE, FACE_OF_SIZE, 0.2)
    outside = (Kind.FACE, (10.0, 100.0, 120.0, 240.0), 0.9)
    assert left((Kind.PERSON, STREET, 0.2), small, doubtful, outside) == [False, True, True, True]


def test_a_face_on_another_frame_does_not_vouch() -> None:
    """Frames are judged apart."""
    both = Detections.concat([found_of((Kind.PERSON, STREET, 0.2)), found_of((Kind.FACE, FACE_OF_SIZE, 0.9), frame=1)])
    assert without_scenes(both, PICTURE).kind.tolist() == [Kind.FACE]


side = st.floats(0, 700, width=32)


@given(st.lists(st.tuples(st.sampled_from(list(Kind)), side, side, side, side, st.floats(0, 1, width=32)), max_size=9))
def test_only_doubtful_bodies_ever_go(rows: list[tuple[Kind, float, float, float, float, float]]) -> None:
    """No face, no plate and no body that scores well is left out, whatever its shape."""
    found = found_of(*((kind, (x, y, x + w, y + h), score) for kind, x, y, w, h, score in rows))
    kept = without_scenes(found, PICTURE)
    safe = (found.kind != Kind.PERSON) | (found.score >= SURE[1])
    assert len(kept) >= safe.sum()
    assert safe.sum() == ((kept.kind != Kind.PERSON) | (kept.score >= SURE[1])).sum()


WALKER, NEARLY, BESIDE = (100.0, 100.0, 140.0, 220.0), (102.0, 102.0, 142.0, 222.0), (130.0, 100.0, 170.0, 220.0)


def test_nothing_found_has_no_twins() -> None:
    """Of nothing, nothing; of one, one."""
    assert len(without_twins(Detections.none())) == 0
    assert len(without_twins(found_of((Kind.FACE, WALKER, 0.1)))) == 1


def test_of_two_looks_at_one_thing_the_surest_stands() -> None:
    """Whichever look came first, and the first of two that are as sure."""
    assert without_twins(found_of((Kind.PERSON, WALKER, 0.3), (Kind.PERSON, NEARLY, 0.8))).xyxy.tolist() == [[*NEARLY]]
    assert without_twins(found_of((Kind.PERSON, WALKER, 0.8), (Kind.PERSON, NEARLY, 0.3))).xyxy.tolist() == [[*WALKER]]
    assert without_twins(found_of((Kind.PERSON, WALKER, 0.5), (Kind.PERSON, NEARLY, 0.5))).xyxy.tolist() == [[*WALKER]]


def test_two_who_stand_close_are_two() -> None:
    """Boxes that overlap by less than half of what they cover together are two people."""
    assert len(without_twins(found_of((Kind.PERSON, WALKER, 0.3), (Kind.PERSON, BESIDE, 0.8)))) == 2


def test_a_face_and_a_body_or_two_frames_are_no_twins() -> None:
    """Kinds and frames are judged apart, though the boxes are the same."""
    here = found_of((Kind.PERSON, WALKER, 0.3), (Kind.FACE, WALKER, 0.8), (Kind.PLATE, WALKER, 0.9))
    there = found_of((Kind.PERSON, WALKER, 0.9), frame=1)
    assert len(without_twins(Detections.concat([here, there]))) == 4
    assert len(without_twins(Detections.concat([found_of((Kind.PERSON, WALKER, 0.3)), there]))) == 2


def test_a_twin_that_went_takes_nobody_with_it() -> None:
    """The middle one of three goes for the first; the last, that only overlaps the middle one, stays."""
    rows = [(Kind.PERSON, (100.0 + shift, 100.0, 140.0 + shift, 220.0), score) for shift, score in ((0, 0.9), (8, 0.8))]
    found = found_of(*rows, (Kind.PERSON, (116.0, 100.0, 156.0, 220.0), 0.7))
    assert iou(found.xyxy, found.xyxy)[0, 2] < SAME < iou(found.xyxy, found.xyxy)[1, 2]
    assert without_twins(found).score.tolist() == found.score[[0, 2]].tolist()


def test_what_sticks_out_of_a_surer_box_stays() -> None:
    """A sure box of somebody's upper half does not stand for a weaker one of all of them."""
    upper = (100.0, 100.0, 140.0, 172.0)
    assert iou(np.array([WALKER], np.float32), np.array([upper], np.float32))[0, 0] > SAME
    assert len(without_twins(found_of((Kind.PERSON, upper, 0.8), (Kind.PERSON, WALKER, 0.3)))) == 2
    assert len(without_twins(found_of((Kind.PERSON, upper, 0.3), (Kind.PERSON, WALKER, 0.8)))) == 1


place, extent = st.integers(0, 40), st.integers(0, 60)
box_rows = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(list(Kind)), place, place, extent, extent, st.sampled_from((0.2, 0.5, 0.9))
    ),
    max_size=14,
)


@given(box_rows)
def test_no_twins_stay_and_nothing_else_goes(
    rows: list[tuple[int, Kind, int, int, int, int, float]],
) -> None:
    """What stays is in its old order; what went, and nothing else, lies mostly in a surer twin that stayed."""
    parts = [
        found_of((kind, (x, y, x + w, y + h), score), frame=frame)
        for frame, kind, x, y, w, h, score in sorted(rows, key=lambda row: row[0])
    ]
    found = Detections.concat(parts)
    numbered = Detections(
        found.frame, found.xyxy, found.score - np.arange(len(found), dtype=np.float32) / 1e4, found.kind
    )
    kept = without_twins(numbered)
    rank = [numbered.score.tolist().index(score) for score in kept.score.tolist()]
    assert rank == sorted(set(rank))
    alike = iou(found.xyxy, found.xyxy) > SAME
    alike &= (found.frame[:, None] == found.frame) & (found.kind[:, None] == found.kind)
    alike &= overlap_share(found.xyxy, found.xyxy) >= HELD
    for row in range(len(found)):
        surer = [other for other in rank if alike[row, other] and numbered.score[other] > numbered.score[row]]
        assert (not surer) is (row in rank)


SMALL_FACE, LARGE, BODY = (110.0, 100.0, 130.0, 124.0), (100.0, 100.0, 180.0, 200.0), (90.0, 90.0, 190.0, 400.0)


def seen(*rows: Row, height: int = 720) -> list[bool]:
    """Which ROWS stay, of a picture HEIGHT px high."""
    kept = without_lone_faces(found_of(*rows), height)
    there = list(zip(kept.kind.tolist(), kept.xyxy.tolist(), kept.score.tolist(), strict=True))
    return [(kind, list(box), float(np.float32(score))) in there for kind, box, score in rows]


def test_nothing_found_has_no_faces() -> None:
    """Of nothing, nothing."""
    assert len(without_lone_faces(Detections.none(), 720)) == 0


def test_a_weak_face_in_nobody_goes() -> None:
    """The pattern of a coat; a surer one stays, with nobody around it."""
    assert seen((Kind.FACE, SMALL_FACE, 0.12)) == [False]
    assert seen((Kind.FACE, SMALL_FACE, 0.2)) == [True]


def test_a_large_face_in_nobody_must_be_surer() -> None:
    """Whoever fills a tenth of the picture's height with their face is found better than that, and found as a body."""
    assert seen((Kind.FACE, LARGE, 0.2)) == [False]
    assert seen((Kind.FACE, LARGE, 0.4)) == [True]
    assert seen((Kind.FACE, LARGE, 0.2), height=1440) == [True]


def test_a_weak_face_in_somebody_stays() -> None:
    """However doubtful either is; and one that sticks out of the body is in nobody."""
    assert seen((Kind.FACE, SMALL_FACE, 0.1), (Kind.PERSON, BODY, 0.1)) == [True, True]
    beside = (90.0, 118.0, 190.0, 400.0)
    assert seen((Kind.FACE, SMALL_FACE, 0.1), (Kind.PERSON, beside, 0.9)) == [False, True]


def test_a_plate_around_a_face_or_somebody_on_another_frame_is_no_body() -> None:
    """Only people have faces, and frames are judged apart."""
    assert seen((Kind.FACE, SMALL_FACE, 0.1), (Kind.PLATE, BODY, 0.9)) == [False, True]
    there = found_of((Kind.PERSON, BODY, 0.9), frame=1)
    both = Detections.concat([found_of((Kind.FACE, SMALL_FACE, 0.1)), there])
    assert without_lone_faces(both, 720).kind.tolist() == [Kind.PERSON]


some_box = st.tuples(place, place, st.integers(1, 60), st.integers(1, 60))
anything = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(list(Kind)), some_box, st.floats(0, 0.5, width=32)), max_size=14
)


@given(anything, st.integers(50, 900))
def test_only_weak_faces_that_sit_in_nobody_go_and_all_of_them(
    rows: list[tuple[int, Kind, tuple[int, int, int, int], float]], height: int
) -> None:
    """No body, no plate, no face that scores enough and none that has a body; what stays is in its old order."""
    found = Detections.concat(
        found_of((kind, (x, y, x + w, y + h), score), frame=frame)
        for frame, kind, (x, y, w, h), score in sorted(rows, key=lambda row: row[0])
    )
    stays = []
    for frame, kind, box, score in zip(found.frame, found.kind, found.xyxy, found.score, strict=True):
        bodies = found.xyxy[(found.frame == frame) & (found.kind == Kind.PERSON)]
        in_somebody = (overlap_share(box[None], bodies) >= INSIDE).any()
        large = max(box[2] - box[0], box[3] - box[1]) >= LARGE_FACE * height
        stays.append(kind != Kind.FACE or score >= (LONE_LARGE if large else LONE) or in_somebody)
    kept = without_lone_faces(found, height)
    wanted = found[np.array(stays, bool)]
    for field in ("frame", "xyxy", "score", "kind"):
        np.testing.assert_array_equal(getattr(kept, field), getattr(wanted, field))
