"""What yields to whoever an officer points at, and what never does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st
from known import known
from trails import Box, Trail, stands

from redact.decide.vouched import VOUCHED_S, nobodys, outlines, spoken_for, things_spoken_for, vouched
from redact.records.kinds import Kind, Standing
from redact.records.orientation import EVERY, Orientation
from redact.request.model import parse_keep
from redact.track.belonging import FAINT, FOLD, Why

if TYPE_CHECKING:
    from redact.records.clip import Clip
    from redact.track.listing import People

FRAMES = 100
CLIP = clip_of(640, 360, frames=FRAMES)
HERE: Box = (100, 100, 140, 220)
OVER: Box = (120, 100, 160, 220)
AT = "00:02@110,160"


def beside(other: Trail, standing: Standing = Standing.UNCLEAR, why: Why = Why.UNKNOWN) -> People:
    """Somebody who stands throughout, and the OTHER over their edge."""
    return known(stands(HERE, range(FRAMES)), other, standing={1: standing}, why={1: why}, clip=CLIP)


def yielding(people: People, *points: str) -> list[int]:
    """Frames on which something yields to the first of PEOPLE where POINTS are given."""
    rows = vouched(CLIP, people, outlines(CLIP, people, {0: [parse_keep(point) for point in points]}))
    assert not rows[people.owner == 0].any()
    frames: list[int] = people.tracks.frame[rows].tolist()
    return frames


def test_without_a_point_nothing_yields() -> None:
    """Nobody has looked."""
    assert yielding(beside(stands(OVER, range(FRAMES), score=0.2))) == []


def test_what_is_weak_and_nobodys_yields_for_a_second_either_way() -> None:
    """At 25 frames a second, that is 25 before the point and as many after it."""
    assert yielding(beside(stands(OVER, range(FRAMES), score=0.2)), AT) == list(range(25, 76))


def test_a_thing_yields_too() -> None:
    """What never moves and is never more than weak."""
    assert yielding(beside(stands(OVER, range(FRAMES), score=0.2), Standing.THING, Why.SEEN), AT)


@pytest.mark.parametrize(("score", "yields"), [(FAINT - 0.01, True), (FAINT + 0.01, False)])
def test_somebody_yields_only_if_they_are_ever_faint(score: float, *, yields: bool) -> None:
    """From FAINT on it may be somebody who is nearly hidden."""
    people = beside(stands(OVER, range(FRAMES), score=score), Standing.PERSON, Why.SEEN)
    assert bool(yielding(people, AT)) == yields


@pytest.mark.parametrize("standing", [Standing.UNCLEAR, Standing.THING])
def test_what_is_not_faint_never_yields(standing: Standing) -> None:
    """Though nobody knows whose it is, and though it never moves: somebody in a chair does not."""
    assert yielding(beside(stands(OVER, range(FRAMES), score=FAINT), standing), AT) == []


def test_what_is_elsewhere_has_nothing_to_yield() -> None:
    """It hides as before."""
    assert yielding(beside(stands((300, 100, 340, 220), range(FRAMES), score=0.2)), AT) == []


def test_nothing_yields_to_a_box_that_may_hold_two() -> None:
    """Where somebody's box is suddenly much larger, another may be in it."""
    places = {f: (100, 60, 140, 220) if 45 <= f < 55 else HERE for f in range(FRAMES)}
    over = stands(OVER, range(FRAMES), score=0.2)
    people = known(
        Trail(places, frozenset(places)), over, standing={1: Standing.UNCLEAR}, why={1: Why.UNKNOWN}, clip=CLIP
    )
    assert yielding(people, AT) == [*range(25, 45), *range(55, 76)]


@pytest.mark.parametrize("way", EVERY, ids=str)
def test_how_much_larger_is_told_upright(way: Orientation) -> None:
    """A third more height is a child on their shoulders, whichever way round the clip is; a third more width an arm."""
    clip = replace(CLIP, orientation=way)
    for box, yields in (((100, 60, 140, 220), False), ((87, 100, 140, 220), True)):
        some, usual = (_coded(clip, each) for each in (box, HERE))
        places = {f: some if 45 <= f < 55 else usual for f in range(FRAMES)}
        people = known(Trail(places, frozenset(places)), clip=clip)
        spoken = outlines(clip, people, {0: [parse_keep(AT)]})
        assert (50 in spoken.frame) == yields


def _coded(clip: Clip, box: Box) -> Box:
    left, top, right, bottom = clip.orientation.to_coded(np.array([box], np.float32), clip.width, clip.height)[0]
    return float(left), float(top), float(right), float(bottom)


def test_a_point_speaks_only_for_the_subject_it_is_at() -> None:
    """Not for what is behind a cut, nor for whoever a thing covers: nobody has looked there."""
    people = known(stands(HERE, range(50)), stands(HERE, range(50, FRAMES)), clip=CLIP)
    early = outlines(CLIP, people, {0: [parse_keep("00:01.9@110,160")], 1: []})
    assert early.frame.tolist() == list(range(22, 50))


def test_where_somebody_is_expected_and_not_seen_nothing_yields() -> None:
    """Somebody may be before them."""
    away = [*range(40), *range(60, FRAMES)]
    people = known(stands(HERE, range(FRAMES), away), clip=CLIP)
    spoken = outlines(CLIP, people, {0: [parse_keep("00:01.5@110,160")]})
    assert spoken.frame.tolist() == [*range(12, 40), *range(60, 63)]


@given(
    st.lists(st.tuples(st.sampled_from([*Standing]), st.sampled_from([*Why]), st.floats(0.05, 0.9)), max_size=5),
    st.lists(st.integers(0, FRAMES - 1), max_size=3),
)
def test_whoever_is_known_never_yields(others: list[tuple[Standing, Why, float]], frames: list[int]) -> None:
    """Whatever is over them, and wherever is pointed."""
    trails = [stands(OVER, range(FRAMES), score=score) for _, _, score in others]
    people = known(
        stands(HERE, range(FRAMES)),
        *trails,
        standing={n: standing for n, (standing, _, _) in enumerate(others, 1)},
        why={n: why for n, (_, why, _) in enumerate(others, 1)},
        clip=CLIP,
    )
    points = [parse_keep(f"00:{f / 25:05.2f}@110,160") for f in frames]
    spoken = outlines(CLIP, people, {0: points})
    rows = vouched(CLIP, people, spoken)
    assert not (rows & ~nobodys(people)).any()
    near = people.where.frame[spoken_for(CLIP, people, {0: points})]
    assert np.isin(spoken.frame, near).all()
    away = np.abs(people.tracks.frame[rows][:, None] - np.array(frames or [0])[None]) / 25
    assert (away.min(axis=1, initial=np.inf) <= VOUCHED_S).all()


@pytest.mark.parametrize(("score", "yields"), [(FOLD - 0.01, True), (FOLD + 0.01, False)])
def test_a_face_yields_only_if_it_is_a_fold(score: float, *, yields: bool) -> None:
    """Else it may be a baby's, in the arms of whoever is pointed at."""
    face = stands((110, 150, 125, 165), range(FRAMES), kind=Kind.FACE, score=score)
    assert bool(yielding(beside(face), AT)) == yields


FOLDED: Box = (115, 75, 125, 90)


def test_hair_and_shoulders_of_a_faint_face_yield_though_the_face_is_elsewhere() -> None:
    """They would be hidden over the head of whoever stands below."""
    assert yielding(beside(stands(FOLDED, range(FRAMES), kind=Kind.FACE, score=0.1)), AT) == list(range(25, 76))
    above: Box = (115, 10, 125, 22)
    assert yielding(beside(stands(above, range(FRAMES), kind=Kind.FACE, score=0.1)), AT) == []


@pytest.mark.parametrize("way", EVERY, ids=str)
def test_how_far_shoulders_reach_is_told_upright(way: Orientation) -> None:
    """They are below a face, whichever way round the clip is."""
    clip = replace(CLIP, orientation=way)
    for face, yields in ((FOLDED, True), ((115, 232, 125, 247), False)):
        man, other = (stands(_coded(clip, box), range(FRAMES)) for box in (HERE, face))
        faint = Trail(other.places, other.seen, kind=Kind.FACE, score=0.1)
        people = known(man, faint, standing={1: Standing.UNCLEAR}, why={1: Why.UNKNOWN}, clip=clip)
        rows = vouched(clip, people, outlines(clip, people, {0: [parse_keep(AT)]}))
        assert rows.any() == yields


def pointed_thing(away: range) -> People:
    """Somebody who is not found while AWAY, and what was taken for a thing where they stand then; others over it."""
    there = [frame for frame in range(FRAMES) if frame not in away]
    return known(
        stands(HERE, there),
        stands(HERE, range(FRAMES), score=0.3),
        stands(OVER, range(FRAMES), score=0.2),
        standing={1: Standing.THING, 2: Standing.UNCLEAR},
        why={2: Why.UNKNOWN},
        clip=CLIP,
    )


def test_a_point_at_a_thing_speaks_for_it_where_whoever_was_named_is_not_found() -> None:
    """They are what was taken for a thing: it is shown for a second either way, and what is faint yields to it."""
    people, point = pointed_thing(range(30, 70)), parse_keep(AT)
    rows = things_spoken_for(CLIP, people, {0: [], 1: [point]})
    assert people.tracks.frame[rows].tolist() == list(range(30, 70))
    assert set(people.owner[rows].tolist()) == {1}
    outline = outlines(CLIP, people, {0: [], 1: [point]})
    assert outline.frame.tolist() == list(range(30, 70))
    yields = vouched(CLIP, people, outline)
    assert people.tracks.frame[yields].tolist() == list(range(30, 70))
    assert set(people.owner[yields].tolist()) == {2}


def test_a_point_at_a_thing_says_nothing_while_whoever_was_named_is_found() -> None:
    """Then it is nobody else: it is shown only where it covers them."""
    assert not things_spoken_for(CLIP, pointed_thing(range(0)), {0: [], 1: [parse_keep(AT)]}).any()
