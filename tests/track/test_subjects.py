"""Subjects and decisions: which tracks are one person, and whom a seed names."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from redact.decide.decide import decide, released
from redact.errors import UsageProblem
from redact.records.clip import Clip, Color
from redact.records.kinds import Kind, Origin, Verdict
from redact.records.orientation import UPRIGHT, Orientation
from redact.records.plan import Decision
from redact.records.tracks import Tracks
from redact.request.model import Keep
from redact.track.subjects import subjects

FRAMES = 50
AT = "2026-01-05T10:00:00+00:00"
Row = tuple[Kind, tuple[float, float, float, float]]

MAN, HIS_FACE = (Kind.PERSON, (100.0, 50.0, 160.0, 250.0)), (Kind.FACE, (115.0, 60.0, 140.0, 90.0))
WOMAN = (Kind.PERSON, (400.0, 50.0, 460.0, 250.0))
CAR = (Kind.PLATE, (300.0, 300.0, 340.0, 310.0))


def clip_of(way: Orientation = UPRIGHT, first: int = 0) -> Clip:
    """Two seconds at 25 frames/s whose clock begins at FIRST ticks."""
    return Clip(
        path=Path("door.mp4"),
        sha256="a" * 64,
        size_bytes=1,
        width=640,
        height=360,
        orientation=way,
        sample_aspect_ratio=Fraction(1),
        pix_fmt="yuv420p",
        color=Color(),
        time_base=Fraction(1, 25),
        pts=np.arange(FRAMES, dtype=np.int64) + first,
        rate=Fraction(25),
    )


def tracks_of(*rows: Row) -> Tracks:
    """Tracks that stand still on every frame."""
    count = len(rows)
    return Tracks(
        frame=np.tile(np.arange(FRAMES, dtype=np.int32), count),
        xyxy=np.repeat(np.array([box for _, box in rows], np.float32).reshape(-1, 4), FRAMES, axis=0),
        score=np.full(count * FRAMES, 0.5, np.float32),
        origin=np.full(count * FRAMES, Origin.SEEN, np.uint8),
        start=np.arange(count + 1, dtype=np.int64) * FRAMES,
        kind=np.array([kind for kind, _ in rows], np.uint8),
    )


def kept(clip: Clip, tracks: Tracks, *seeds: tuple[float, int, int]) -> frozenset[int]:
    """The tracks that SEEDS, seconds and px, let through."""
    keep = [Keep(at=Fraction(at), point=(x, y)) for at, x, y in seeds]
    return decided(clip, tracks, keep)


def decided(clip: Clip, tracks: Tracks, keep: list[Keep]) -> frozenset[int]:
    """The tracks that KEEP lets through, where every frame was looked at."""
    looked = np.arange(FRAMES, dtype=np.int32)
    made = decide(clip, tracks, subjects(tracks), keep, AT, whole=looked, frames=(0, FRAMES))
    assert len(made.tracks) == len(tracks)
    assert made.warnings == ()
    return released(made.decisions)


def test_no_tracks_are_no_subjects() -> None:
    """Nobody is nobody."""
    assert subjects(tracks_of()) == ()


def test_a_face_goes_with_the_body_it_sits_in() -> None:
    """A man and his face are one, the woman beside him another."""
    people = subjects(tracks_of(MAN, HIS_FACE, WOMAN, CAR))
    assert [(one.id, one.kind, one.tracks) for one in people] == [
        ("s001", Kind.PERSON, (0, 1)),
        ("s002", Kind.PERSON, (2,)),
        ("s003", Kind.PLATE, (3,)),
    ]


def test_a_face_in_two_bodies_stands_for_itself() -> None:
    """Where it cannot be told whose face it is it is no one's, so that keeping either body does not show it."""
    beside = (Kind.PERSON, (105.0, 55.0, 170.0, 250.0))
    assert [one.tracks for one in subjects(tracks_of(MAN, beside, HIS_FACE))] == [(0,), (1,), (2,)]


def test_a_face_low_in_a_body_is_someone_else() -> None:
    """A child before a man is not his face."""
    child = (Kind.FACE, (115.0, 180.0, 140.0, 210.0))
    assert [one.tracks for one in subjects(tracks_of(MAN, child))] == [(0,), (1,)]


def test_no_seed_keeps_no_one() -> None:
    """Hidden by default."""
    assert kept(clip_of(), tracks_of(MAN, HIS_FACE)) == frozenset()


def test_a_seed_keeps_the_person_at_its_point_with_the_face() -> None:
    """Body and face are let through together, and nobody else."""
    assert kept(clip_of(), tracks_of(MAN, HIS_FACE, WOMAN), (1.0, 120, 200)) == {0, 1}


def test_seeds_of_different_names_keep_several_people() -> None:
    """Each name is one person, and seeds without a name are another."""
    keep = [
        Keep(at=Fraction(1), point=(120, 200)),
        Keep(at=Fraction(1, 2), point=(430, 100), name="the carer"),
    ]
    assert decided(clip_of(), tracks_of(MAN, HIS_FACE, WOMAN), keep) == {0, 1, 2}


def test_several_seeds_of_one_person_are_one_person() -> None:
    """Naming the same one again changes nothing."""
    assert kept(clip_of(), tracks_of(MAN, HIS_FACE, WOMAN), (1.0, 120, 200), (0.5, 120, 100)) == {0, 1}


def test_seeds_of_one_person_that_name_two_stop() -> None:
    """One person is not in two places: a slip of the hand shows nobody."""
    with pytest.raises(UsageProblem, match=r"Those at 120, 200 at 00:01 and at 430, 100 at 00:00\.5 are two people"):
        kept(clip_of(), tracks_of(MAN, HIS_FACE, WOMAN), (1.0, 120, 200), (0.5, 430, 100))


def test_a_face_pointed_at_keeps_the_body_it_sits_in() -> None:
    """Who points at a face means the person."""
    assert kept(clip_of(), tracks_of(MAN, HIS_FACE, WOMAN), (1.0, 125, 70)) == {0, 1}


def test_a_seed_that_names_no_one_stops_and_says_who_is_near() -> None:
    """Nobody at the point: the sentence lists who was found on that frame, nearest first."""
    with pytest.raises(UsageProblem, match=r"Nobody was found at 300, 150 at 00:01.*: 430, 150; 130, 150\."):
        kept(clip_of(), tracks_of(MAN, WOMAN), (1.0, 300, 150))


def test_a_seed_on_an_empty_frame_says_so() -> None:
    """Where nobody was found at all there is no one to list."""
    with pytest.raises(UsageProblem, match="nor anywhere else on that frame"):
        kept(clip_of(), tracks_of(), (1.0, 300, 150))


def test_a_seed_that_could_name_two_stops() -> None:
    """Doubt is never decided by the program."""
    beside = (Kind.PERSON, (130.0, 50.0, 190.0, 250.0))
    with pytest.raises(UsageProblem, match="Two or more people overlap at 140, 200"):
        kept(clip_of(), tracks_of(MAN, beside), (1.0, 140, 200))


@pytest.mark.parametrize("at", [2.5, 3600])
def test_a_seed_outside_the_clip_stops(at: float) -> None:
    """A time that the clip does not reach is a mistake, and the sentence says what it reaches."""
    with pytest.raises(UsageProblem, match="outside the clip, which runs from 00:00 to 00:02"):
        kept(clip_of(), tracks_of(MAN), (at, 120, 200))


def test_times_are_those_that_a_player_shows() -> None:
    """A recording whose clock runs since days is asked for from its own beginning."""
    assert kept(clip_of(first=25 * 100_000), tracks_of(MAN), (1.0, 120, 200)) == {0}


@pytest.mark.parametrize(
    ("way", "x", "y"),
    [
        (Orientation(1), 360 - 200, 120),
        (Orientation(2), 640 - 120, 360 - 200),
        (Orientation(3), 200, 640 - 120),
        (Orientation(mirrored=True), 640 - 120, 200),
        (Orientation(3, mirrored=True), 200, 120),
    ],
)
def test_points_are_px_of_the_picture_as_seen_upright(way: Orientation, x: int, y: int) -> None:
    """Who films upright on a telephone points at what is seen, not at what is coded."""
    assert kept(clip_of(way), tracks_of(MAN, WOMAN), (1.0, x, y)) == {0}


def test_the_last_word_on_a_track_wins() -> None:
    """A later decision to hide takes back an earlier one to show."""
    show = Decision("s001", (0, 1), Verdict.VISIBLE, "one", AT, "the data subject")
    hide = Decision("s001", (1,), Verdict.HIDDEN, "another", AT, "not the data subject")
    assert released([]) == frozenset()
    assert released([show]) == {0, 1}
    assert released([show, hide]) == {0}
