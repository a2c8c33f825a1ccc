"""Keeping someone visible: never anybody else, whatever the tracks join; hidden from a doubt on until named again."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from redact.decide.decide import Decided, decide, released
from redact.decide.visibility import split
from redact.errors import UsageProblem
from redact.records.clip import Clip, Color
from redact.records.kinds import Kind, Origin
from redact.records.orientation import UPRIGHT
from redact.records.tracks import Tracks
from redact.request.model import Keep, parse_keep
from redact.track.ambiguity import stretches
from redact.track.subjects import subjects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FRAMES, RATE, LOOK = 121, 25, 5
AT = "2026-01-05T10:00:00+00:00"
LOOKED = np.arange(0, FRAMES, LOOK, dtype=np.int32)
OFFERED = re.compile(r"add --keep (\S+@\d+,\d+)\.")

HALF = np.array([40, 100], np.float32)
Place = tuple[float, float]
Path3 = dict[int, Place]
"""Where the middle of someone is, by frame."""

CLIP = Clip(
    path=Path("yard.mp4"),
    sha256="a" * 64,
    size_bytes=1,
    width=1280,
    height=720,
    orientation=UPRIGHT,
    sample_aspect_ratio=Fraction(1),
    pix_fmt="yuv420p",
    color=Color(),
    time_base=Fraction(1, RATE),
    pts=np.arange(FRAMES, dtype=np.int64),
    rate=Fraction(RATE),
)


def walk(start: float, speed: float, y: float = 400.0) -> Path3:
    """Someone who moves SPEED px a frame."""
    return {frame: (start + speed * frame, y) for frame in range(FRAMES)}


def boxes(places: Sequence[Place]) -> NDArray[np.float32]:
    """People 80 px wide and 200 px high around PLACES."""
    middle = np.array(places, np.float32).reshape(-1, 2)
    return np.hstack([middle - HALF, middle + HALF]).astype(np.float32)


def tracks_of(*chains: Path3, unseen: tuple[range, ...] = ()) -> Tracks:
    """A track for each of CHAINS, seen at every look but those on UNSEEN frames, filled between, carried on beyond."""
    gaps = [int(f) for gap in unseen for f in gap]
    frames = [np.array(sorted(chain), np.int32) for chain in chains]
    origin = [np.zeros(0, np.uint8)]
    for frame in frames:
        seen = (frame % LOOK == 0) & ~np.isin(frame, gaps)
        inside = (frame >= frame[seen][0]) & (frame <= frame[seen][-1])
        origin.append(np.where(seen, Origin.SEEN, np.where(inside, Origin.FILLED, Origin.EXTENDED)).astype(np.uint8))
    frame = np.concatenate([np.zeros(0, np.int32), *frames])
    return Tracks(
        frame=frame,
        xyxy=np.concatenate([boxes([]), *[boxes([chain[f] for f in sorted(chain)]) for chain in chains]]),
        score=np.full(len(frame), 0.8, np.float32),
        origin=np.concatenate(origin),
        start=np.concatenate([[0], np.cumsum([len(chain) for chain in chains])]).astype(np.int64),
        kind=np.full(len(chains), Kind.PERSON, np.uint8),
    )


def parted(path: Path3, seen: range, reach: int) -> Tracks:
    """A track of someone on PATH who was found on the looks in SEEN only, carried on straight for REACH frames."""
    first, last = seen[0], seen[-1]
    known = {f: place for f, place in path.items() if first <= f <= last}
    for f in range(max(0, first - reach), min(FRAMES, last + reach + 1)):
        end, step = (first, first + 1) if f < first else (last, last - 1)
        if f not in known:
            slope = np.subtract(path[step], path[end]) * (1 if f < first else -1)
            x, y = np.add(path[end], slope * (f - end)).tolist()
            known[f] = (x, y)
    chain = tracks_of(known)
    inside = (chain.frame >= first) & (chain.frame <= last)
    origin = np.where(inside, chain.origin, Origin.EXTENDED).astype(np.uint8)
    return Tracks(chain.frame, chain.xyxy, chain.score, origin, chain.start, chain.kind)


def together(*parts: Tracks) -> Tracks:
    """All tracks of PARTS."""
    lengths = [np.diff(part.start) for part in parts]
    start = np.concatenate([[0], np.cumsum(np.concatenate(lengths))]).astype(np.int64)
    kind = np.concatenate([part.kind for part in parts])
    frame, xyxy, score, origin = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("frame", "xyxy", "score", "origin")
    )
    return Tracks(frame, xyxy, score, origin, start, kind)


def joined(one: Path3, other: Path3, frame: int) -> Path3:
    """What a wrong join makes: ONE up to FRAME, and OTHER from the next look on; straight between."""
    known = {f: place for f, place in one.items() if f <= frame} | {
        f: place for f, place in other.items() if f >= frame + LOOK
    }
    at = sorted(known)
    return {f: tuple(np.interp(f, at, [known[k][axis] for k in at]).tolist() for axis in (0, 1)) for f in one}  # type: ignore[misc]


def named(tracks: Tracks, *seeds: tuple[int, Place]) -> Decided:
    """Keep whoever is at a place on a frame."""
    keep = [Keep(at=Fraction(frame, RATE), point=(int(x), int(y))) for frame, (x, y) in seeds]
    return decide(CLIP, tracks, subjects(tracks), keep, AT, whole=LOOKED, frames=(0, FRAMES))


def shown(made: Decided) -> NDArray[np.bool_]:
    """(r,) the rows that are let through."""
    return np.isin(made.tracks.track, sorted(released(made.decisions)))


def frames_shown(made: Decided) -> set[int]:
    """Frames on which anything is let through."""
    return set(made.tracks.frame[shown(made)].tolist())


def stranger_frames(made: Decided, person: Path3, stranger: Path3) -> list[int]:
    """Frames on which STRANGER is shown in the place of PERSON: a box let through is there, and none that hides."""
    let, tracks, found = shown(made), made.tracks, []
    middle = (tracks.xyxy[:, :2] + tracks.xyxy[:, 2:]) / 2
    for frame in sorted(frames_shown(made)):
        here = tracks.frame == frame
        there = here & (np.linalg.norm(middle - stranger[frame], axis=1) < 40)
        elsewhere = np.linalg.norm(middle - person[frame], axis=1) >= 40
        if (let & there & elsewhere).any() and not (there & ~let).any():
            found.append(frame)
    return found


def test_nobody_is_kept_of_no_tracks() -> None:
    """Without tracks there is nothing to show and nothing to say."""
    made = named(tracks_of())
    assert (len(made.tracks), made.decisions, made.warnings) == (0, (), ())


def test_someone_alone_is_shown_throughout() -> None:
    """Nobody near and no gap: nothing is in doubt, and there is nothing to warn of."""
    made = named(tracks_of(walk(100, 6)), (10, (160, 400)))
    assert frames_shown(made) == set(range(FRAMES))
    assert made.warnings == ()


def test_someone_else_far_away_changes_nothing() -> None:
    """Two who do not come near each other are not mixed up."""
    made = named(tracks_of(walk(100, 3), walk(1100, -1)), (10, (130, 400)))
    assert frames_shown(made) == set(range(FRAMES))
    assert made.warnings == ()


def test_whom_others_cross_is_hidden_from_there_on() -> None:
    """Also where the tracks are right: the program cannot know that."""
    made = named(tracks_of(walk(100, 6), walk(900, -6)), (10, (160, 400)))
    assert frames_shown(made) == set(range(max(frames_shown(made)) + 1))
    assert 45 <= max(frames_shown(made)) <= 66
    (warning,) = made.warnings
    assert "someone else came too close" in warning


@pytest.mark.parametrize("frame", range(50, 80, 5))
def test_a_wrong_join_at_a_crossing_shows_nobody_else(frame: int) -> None:
    """The person's track goes on as the other: hidden from the crossing on."""
    person, stranger = walk(100, 6), walk(900, -6)
    tracks = tracks_of(joined(person, stranger, frame), joined(stranger, person, frame))
    assert stranger_frames(named(tracks, (10, (160, 400))), person, stranger) == []


def test_a_seed_after_the_crossing_brings_the_person_back() -> None:
    """On whatever track they are by then; the way between stays hidden while the two are close."""
    person, stranger = walk(100, 6), walk(900, -6)
    tracks = tracks_of(joined(person, stranger, 65), joined(stranger, person, 65))
    made = named(tracks, (10, (160, 400)), (100, (700, 400)))
    assert stranger_frames(made, person, stranger) == []
    assert {*range(46), *range(90, FRAMES)} <= frames_shown(made)


def test_the_point_that_a_warning_offers_is_taken() -> None:
    """What the officer is told to add can be added as it stands, and shows what it says."""
    tracks = tracks_of(walk(100, 6), walk(900, -6))
    made = named(tracks, (10, (160, 400)))
    offered = [parse_keep(text) for text in OFFERED.findall(" ".join(made.warnings))]
    assert len(offered) == 2
    mine = [seed for seed in offered if abs(100 + 6 * float(seed.at) * RATE - seed.x) < 40]
    assert len(mine) == 1
    keep = [Keep(at=Fraction(10, RATE), point=(160, 400)), *mine]
    again = decide(CLIP, tracks, subjects(tracks), keep, AT, whole=LOOKED, frames=(0, FRAMES))
    assert FRAMES - 1 in frames_shown(again)
    assert OFFERED.findall(" ".join(again.warnings)) == []


def test_out_of_sight_for_long_is_a_doubt() -> None:
    """Who goes behind something for a second may not be who comes out of it."""
    made = named(tracks_of(walk(100, 2), unseen=(range(46, 70),)), (10, (120, 400)))
    assert frames_shown(made) == set(range(46))
    assert "out of sight" in made.warnings[0]


def test_out_of_sight_for_a_moment_is_none() -> None:
    """A pole on the way is no reason to lose somebody."""
    made = named(tracks_of(walk(100, 6), unseen=(range(46, 54),)), (10, (160, 400)))
    assert frames_shown(made) == set(range(FRAMES))


def test_who_comes_out_where_another_went_in_is_not_shown_for_the_person() -> None:
    """Both go behind something, turned so slowly that nothing jumps: the one found there may be either."""
    person, stranger = walk(300, 2.9), walk(708, -2.9)
    wrong = tracks_of({f: (person if f <= 60 else stranger)[f] for f in range(FRAMES)}, unseen=(range(61, 75),))
    tracks = together(wrong, parted(stranger, range(0, 61, LOOK), 0), parted(person, range(85, FRAMES, LOOK), 0))
    made = named(tracks, (10, person[10]))
    assert stranger_frames(made, person, stranger) == []
    assert frames_shown(made) == set(range(61))
    assert "someone else came too close" in made.warnings[0]


def test_a_miss_while_another_is_out_of_reach_is_no_doubt() -> None:
    """Nobody gets across the picture between two looks."""
    tracks = tracks_of(walk(100, 3), walk(900, 0), unseen=(range(46, 54),))
    assert frames_shown(named(tracks, (10, (130, 400)))) == set(range(FRAMES))


def test_someone_who_stands_where_nothing_moves_is_not_lost() -> None:
    """Nobody looked for a second because nothing stirred: that is no gap."""
    stands = {f: place for f, place in walk(300, 0).items() if f <= 100}
    tracks = tracks_of(stands, unseen=tuple(range(f + 1, f + 25) for f in range(0, 100, 25)))
    keep = [Keep(at=Fraction(1), point=(300, 400))]
    looks = np.arange(0, FRAMES, 25, dtype=np.int32)
    made = decide(CLIP, tracks, subjects(tracks), keep, AT, whole=looks, frames=(0, FRAMES))
    assert frames_shown(made) == set(range(101))
    assert made.warnings == ()


def test_a_jump_is_a_doubt() -> None:
    """Nobody moves a body's height between two looks."""
    far = {f: place for f, place in walk(300, 2).items() if f >= 60}
    near = {f: place for f, place in walk(100, 2).items() if f < 60}
    made = named(tracks_of(near | far), (10, (120, 400)))
    assert max(frames_shown(made)) < 60
    assert "place or size" in made.warnings[0]


def test_a_seed_where_it_is_not_known_who_is_who_stops() -> None:
    """A point in the middle of a crossing names nobody."""
    tracks = tracks_of(walk(100, 6), walk(900, -6))
    with pytest.raises(UsageProblem, match="it cannot be told who is who"):
        named(tracks, (62, (445, 400)))


def test_who_comes_back_is_suggested_and_not_shown() -> None:
    """Someone of the same size who appears later may be the same person; only the officer can say."""
    gone = {f: place for f, place in walk(100, 6).items() if f < 50}
    back = {f: place for f, place in walk(700, -3).items() if f >= 80}
    made = named(tracks_of(gone, back), (10, (160, 400)))
    assert frames_shown(made) == set(range(50))
    assert len(OFFERED.findall(made.warnings[0])) == 1


def test_nothing_is_said_of_the_time_outside_the_copy() -> None:
    """A crossing after the end of the copy is nobody's business."""
    tracks = tracks_of(walk(100, 6), walk(900, -6))
    keep = [Keep(at=Fraction(10, RATE), point=(160, 400))]
    assert decide(CLIP, tracks, subjects(tracks), keep, AT, whole=LOOKED, frames=(0, 40)).warnings == ()


def test_stretches_of_a_track_hold_all_its_sightings() -> None:
    """Cut where it is in doubt, a track has every sighting in exactly one stretch."""
    tracks = tracks_of(walk(100, 6), walk(900, -6))
    parts = stretches(CLIP, tracks, 0, LOOKED, np.ones(len(tracks.frame), np.bool_))
    assert sum(part.count for part in parts) == len(LOOKED)
    assert (parts[0].before, parts[-1].after) == ("", "")


def test_the_box_of_another_hides_the_person_even_where_nobody_saw_that_other() -> None:
    """Hidden wins: letting one go takes no box of another, carried on over an empty place or not."""
    stands = walk(800, 0)
    goes_on = {f: (800 + 5.0 * (f - 30), 400.0) for f in range(35, FRAMES)}
    tracks = together(tracks_of(walk(300, 6)), parted(stands, range(0, 31, 5), 60), tracks_of(goes_on))
    made = named(tracks, (10, (360, 400)))
    over = (tracks.track == 1) & np.isin(tracks.frame, range(75, 91))
    assert over.sum() == 16
    assert not shown(made)[over].any()
    assert not shown(made)[tracks.track == 2].any()


def test_what_another_was_seen_at_hides_the_person_too() -> None:
    """Where somebody else was seen hidden wins, whoever was named."""
    tracks = tracks_of(walk(100, 6), walk(160, 6))
    made = named(tracks, (0, (70, 400)))
    assert not shown(made)[tracks.track == 1].any()


def test_a_face_goes_with_the_person_and_another_beside_it_does_not() -> None:
    """One face in the body is theirs; of two as sure ones neither is known to be."""
    body = tracks_of(walk(100, 6))
    box = np.array([-15, -90, 15, -60], np.float32)
    faces = [
        Tracks(
            body.frame,
            (np.tile((body.xyxy[:, :2] + body.xyxy[:, 2:]) / 2, 2) + box + shift).astype(np.float32),
            body.score,
            body.origin,
            body.start,
            np.full(1, Kind.FACE, np.uint8),
        )
        for shift in (np.float32(0), np.array([32, 0, 32, 0], np.float32))
    ]
    alone = named(together(body, faces[0]), (10, (160, 440)))
    assert shown(alone).all()
    both = named(together(body, faces[0], *faces[1:]), (10, (160, 440)))
    assert set(both.tracks.kind[both.tracks.track][shown(both)].tolist()) == {Kind.PERSON}


steps = st.lists(st.tuples(st.floats(-9, 9), st.floats(-2, 2)), min_size=5, max_size=5)


def wander(start: float, legs: list[tuple[float, float]]) -> Path3:
    """Someone who changes direction every second."""
    x, y, path = start, 400.0, {}
    for frame in range(FRAMES):
        path[frame] = (x, y)
        step = legs[frame * len(legs) // FRAMES]
        x, y = x + step[0], y + step[1]
    return path


@given(steps, steps, st.integers(2, 22), st.floats(-60, 60), st.floats(-40, 40))
def test_whatever_two_people_do_a_wrong_join_never_shows_the_other(
    one: list[tuple[float, float]], two: list[tuple[float, float]], look: int, right: float, down: float
) -> None:
    """Two who wander about, and whose tracks change places when they are close, in any way."""
    person, other, frame = wander(500, one), wander(500, two), look * LOOK
    shift = np.add(np.subtract(person[frame], other[frame]), (right, down))
    stranger: Path3 = {f: (x + float(shift[0]), y + float(shift[1])) for f, (x, y) in other.items()}
    assume(np.linalg.norm(np.subtract(person[0], stranger[0])) > 120)
    tracks = tracks_of(joined(person, stranger, frame), joined(stranger, person, frame))
    try:
        made = named(tracks, (0, person[0]))
    except UsageProblem:
        return
    assert stranger_frames(made, person, stranger) == []


@given(steps, steps, st.integers(3, 20), st.tuples(st.floats(-50, 50), st.floats(-40, 40)), st.integers(5, 25))
def test_a_wrong_join_never_shows_the_other_where_only_one_track_goes_on(
    one: list[tuple[float, float]], two: list[tuple[float, float]], look: int, beside: tuple[float, float], reach: int
) -> None:
    """The person's track takes over the stranger; the stranger's ends there, and the person's own begins anew."""
    person, other, frame = wander(500, one), wander(500, two), look * LOOK
    shift = np.add(np.subtract(person[frame], other[frame]), beside)
    stranger: Path3 = {f: (x + float(shift[0]), y + float(shift[1])) for f, (x, y) in other.items()}
    assume(np.linalg.norm(np.subtract(person[0], stranger[0])) > 120)
    old, new = range(0, frame + 1, LOOK), range(frame + LOOK, FRAMES, LOOK)
    wrong = tracks_of(joined(person, stranger, frame))
    tracks = together(wrong, parted(stranger, old, reach), parted(person, new, reach))
    try:
        made = named(tracks, (0, person[0]))
    except UsageProblem:
        return
    assert stranger_frames(made, person, stranger) == []


@given(steps, steps, st.lists(st.integers(0, 1), min_size=0, max_size=242))
def test_splitting_loses_no_row(
    one: list[tuple[float, float]], two: list[tuple[float, float]], bits: list[int]
) -> None:
    """Every row of every track is there after it, once, in its place; those marked are those let through."""
    tracks = tracks_of(wander(300, one), wander(600, two))
    mark = np.zeros(len(tracks.frame), np.bool_)
    mark[: len(bits)] = np.array(bits, np.bool_)
    made, let = split(tracks, mark)
    for column in ("frame", "xyxy", "score", "origin"):
        assert (getattr(made, column) == getattr(tracks, column)).all()
    assert (made.kind[made.track] == tracks.kind[tracks.track]).all()
    assert (np.isin(made.track, sorted(let)) == mark).all()
