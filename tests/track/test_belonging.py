"""Whose each box is: what was seen of people, what of the rest they explain, and what stays nobody's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from crowds import clip_at
from hypothesis import given
from hypothesis import strategies as st
from trails import Box, Trail, stands, tracks_of

from redact.records.kinds import Kind, Origin
from redact.records.orientation import EVERY, UPRIGHT, Orientation
from redact.track.belonging import NOBODY, Owners, Why, owners
from redact.track.bodies import bodies

if TYPE_CHECKING:
    from redact.records.tracks import Tracks

CLIP = clip_at()
ALL = range(100)
MAN: Box = (200, 60, 300, 340)
FACE: Box = (235, 70, 265, 105)
Told = list[tuple[int, Why]]


def owned(tracks: Tracks, people: int, way: Orientation = UPRIGHT) -> Owners:
    """Whose the rows of TRACKS are, of which the first PEOPLE are of one person each."""
    own = [np.flatnonzero((tracks.origin == Origin.SEEN) & (tracks.track == number)) for number in range(people)]
    clip = replace(CLIP, orientation=way)
    return owners(clip, tracks, own, bodies(clip, tracks, own), way)


def told(*trails: Trail, of: Trail) -> Told:
    """Whose the rows of one more track are, OF something, where those of TRAILS are people."""
    tracks = tracks_of(*trails, of)
    found, rows = owned(tracks, len(trails)), tracks.rows(len(trails))
    return [(owner, Why(why)) for owner, why in zip(found.owner[rows].tolist(), found.why[rows].tolist(), strict=True)]


def weak(box: Box, frames: range = range(20, 25), score: float = 0.2, kind: Kind = Kind.PERSON) -> Trail:
    """A box that is found on a few FRAMES, and never surely."""
    return stands(box, frames, score=score, kind=kind)


NOBODYS = (NOBODY, Why.UNKNOWN)


def test_of_no_tracks_nothing_is_whose() -> None:
    """There are no rows to tell of."""
    assert len(owned(tracks_of(), 0).owner) == 0


def test_a_box_is_nobody_s_where_nobody_is() -> None:
    """Weak or not."""
    assert told(of=weak(MAN)) == told(of=stands(MAN, range(5))) == [NOBODYS] * 5


def test_what_was_seen_of_somebody_is_theirs() -> None:
    """On each frame."""
    found = owned(tracks_of(stands(MAN, range(5)), stands((400, 60, 500, 340), range(5))), 2)
    assert found.owner.tolist() == [0] * 5 + [1] * 5
    assert set(found.why.tolist()) == {Why.SEEN}


def test_a_weak_box_inside_somebody_is_a_part_of_them() -> None:
    """A network finds bags and halves of people; also a fold for a face."""
    man = stands(MAN, ALL)
    assert told(man, of=weak((220, 80, 280, 200))) == [(0, Why.WITHIN)] * 5
    assert told(man, of=weak((240, 200, 260, 230), kind=Kind.FACE)) == [(0, Why.WITHIN)] * 5


@pytest.mark.parametrize(
    "other",
    [
        weak((400, 80, 460, 200)),
        weak((280, 80, 340, 200)),
        weak((220, 30, 280, 130)),
        weak((220, 80, 280, 200), score=0.5),
        weak((220, 80, 280, 200), range(20, 40), score=0.35),
        weak((240, 200, 260, 230), score=0.3, kind=Kind.FACE),
    ],
    ids=["beside", "half in", "a head above", "sure", "lasting", "perhaps a face"],
)
def test_what_may_be_somebody_is_not_explained(other: Trail) -> None:
    """Beside a person, half in them, with its head above them, surely found, or there for long."""
    assert told(stands(MAN, ALL), of=other) == [NOBODYS] * len(other.places)


def test_the_same_box_with_other_edges_is_the_same_person() -> None:
    """Also where its head is above theirs; not where it could be another's as well."""
    drawn: Box = (195, 20, 305, 330)
    assert told(stands(MAN, ALL), of=weak(drawn)) == [(0, Why.DOUBLE)] * 5
    assert told(stands(MAN, ALL), stands((260, 60, 360, 340), ALL), of=weak(drawn)) == [NOBODYS] * 5


def test_a_box_in_somebody_is_not_theirs_while_another_is_lost_there() -> None:
    """It may be the one who went behind them, before or after, or is between two sightings."""
    box = weak((220, 80, 280, 200), range(40, 45))
    inside: Box = (230, 90, 270, 330)
    for other in (stands(inside, range(30)), stands(inside, range(50, 100)), stands(inside, ALL, [*range(20), 80])):
        assert told(stands(MAN, ALL), other, of=box)[:5] != [(0, Why.WITHIN)] * 5
        assert 0 not in {owner for owner, _ in told(stands(MAN, ALL), other, of=box)}
    elsewhere = stands((500, 90, 540, 330), range(30))
    assert told(stands(MAN, ALL), elsewhere, of=box) == [(0, Why.WITHIN)] * 5


def test_who_is_expected_and_not_seen_is_the_weak_box_there() -> None:
    """One who was missed by chance was found, though weakly."""
    man = stands(MAN, ALL, [f for f in ALL if f not in range(20, 25)])
    assert told(man, of=weak((205, 60, 305, 335))) == [(0, Why.DOUBLE)] * 5


def test_what_a_weak_track_is_carried_on_over_goes_with_what_was_found_of_it() -> None:
    """Whoever explains it is seen on that frame, and is hidden or shown there."""
    inside: Box = (220, 80, 280, 200)
    carried = told(stands(MAN, ALL), of=stands(inside, range(18, 27), range(20, 25), score=0.2))
    assert carried == [(NOBODY, Why.PAST)] * 2 + [(0, Why.WITHIN)] * 5 + [(NOBODY, Why.PAST)] * 2
    places = dict.fromkeys(range(20, 25), inside) | {25: (400.0, 80.0, 460.0, 200.0)}
    gone = Trail(places, frozenset(range(20, 25)), score=0.2)
    assert told(stands(MAN, ALL), of=gone)[-1] == (NOBODY, Why.PAST)


def test_what_a_sure_track_is_carried_on_over_is_a_guess() -> None:
    """A third of a second where nobody is near; nobody's where somebody is; past where they are seen elsewhere."""
    man = stands(MAN, range(40), range(30))
    alone = owned(tracks_of(man), 1)
    assert alone.owner.tolist() == [0] * 33 + [NOBODY] * 7
    beside = owned(tracks_of(man, stands((280, 60, 380, 340), range(30, 60))), 2)
    assert beside.owner[:40].tolist() == [0] * 30 + [NOBODY] * 10
    tracks = tracks_of(man, stands((500, 60, 600, 340), range(30, 60)))
    rows = np.flatnonzero(tracks.origin == Origin.SEEN)
    again = owners(CLIP, tracks, [rows], bodies(CLIP, tracks, [rows]), UPRIGHT)
    assert set(again.why[30:40].tolist()) == {Why.PAST}


def test_between_two_sightings_of_one_person_a_track_is_theirs() -> None:
    """Not for longer than a second and a half."""
    short = owned(tracks_of(stands(MAN, range(40), [*range(10), *range(20, 40)])), 1)
    assert (set(short.owner.tolist()), set(short.why[10:20].tolist())) == ({0}, {Why.CARRIED})
    long = owned(tracks_of(stands(MAN, range(60), [*range(10), *range(30, 60)])), 1)
    assert set(long.owner[10:30].tolist()) == {NOBODY}


def face(box: Box = FACE, score: float = 0.8) -> Trail:
    """A face that is found on every frame."""
    return stands(box, range(20), score=score, kind=Kind.FACE)


def test_a_face_goes_with_the_body_it_sits_in() -> None:
    """Also one that is not sure."""
    for score in (0.8, 0.3):
        assert told(stands(MAN, range(20)), of=face(score=score)) == [(0, Why.FACE)] * 20


@pytest.mark.parametrize("box", [(235, 250, 265, 285), (290, 70, 320, 105)], ids=["low", "beside"])
def test_a_face_that_is_low_in_a_body_or_beside_it_is_somebody_s_else(box: Box) -> None:
    """A child before a man is not his face."""
    assert told(stands(MAN, range(20)), of=face(box)) == [NOBODYS] * 20


def test_a_face_in_two_bodies_is_no_one_s() -> None:
    """So that keeping either does not show it."""
    assert told(stands(MAN, range(20)), stands((210, 60, 310, 340), range(20)), of=face()) == [NOBODYS] * 20


def test_of_two_faces_in_one_body_the_surest_is_theirs_if_it_stands_out() -> None:
    """Of two as sure ones neither is known to be."""
    other: Box = (202, 70, 232, 105)
    for score, expected in ((0.8, [NOBODY, NOBODY]), (0.3, [0, NOBODY])):
        tracks = tracks_of(stands(MAN, range(20)), face(), face(other, score))
        found = owned(tracks, 1)
        assert [set(found.owner[tracks.rows(number)].tolist()) for number in (1, 2)] == [{owner} for owner in expected]


@pytest.mark.parametrize("way", EVERY)
def test_heads_are_above_as_seen_upright(way: Orientation) -> None:
    """Which way round the picture is coded changes nothing."""
    boxes = np.array([(100, 40, 160, 190), (115, 50, 140, 75), (115, 150, 140, 175)], np.float32)
    width, height = CLIP.width, CLIP.height
    upright = (height, width) if way.turns % 2 else (width, height)
    coded = way.to_coded(boxes + 0 * np.array(upright * 2, np.float32), width, height).tolist()
    man, high, low = (tuple(box) for box in coded)
    tracks = tracks_of(stands(man, range(20)), face(high), face(low))
    found = owned(tracks, 1, way)
    assert [set(found.owner[tracks.rows(number)].tolist()) for number in (1, 2)] == [{0}, {NOBODY}]


some = st.tuples(
    st.integers(0, 500),
    st.integers(0, 200),
    st.integers(10, 120),
    st.integers(20, 150),
    st.sampled_from([0.15, 0.3, 0.8]),
    st.sampled_from([Kind.PERSON, Kind.FACE]),
    st.integers(1, 30),
)


@given(st.lists(some, min_size=1, max_size=6), st.integers(0, 3))
def test_what_was_seen_of_somebody_is_never_given_away(
    rows: list[tuple[int, int, int, int, float, Kind, int]], count: int
) -> None:
    """Whatever else is there; and what is nobody's has no reason, or that whoever it was is seen elsewhere."""
    rows.sort(key=lambda row: row[5])
    trails = [
        stands((x, y, x + w, y + h), range(40), range(5, 5 + seen), kind, score)
        for x, y, w, h, score, kind, seen in rows
    ]
    people = min(count, sum(trail.kind is Kind.PERSON for trail in trails))
    tracks = tracks_of(*trails)
    found = owned(tracks, people)
    seen = tracks.origin == Origin.SEEN
    for number in range(people):
        assert (found.owner[seen & (tracks.track == number)] == number).all()
        assert (found.why[seen & (tracks.track == number)] == Why.SEEN).all()
    assert ((found.owner == NOBODY) == np.isin(found.why, (Why.UNKNOWN, Why.PAST))).all()
    assert found.owner.max(initial=NOBODY) < max(people, 1)
    assert not (seen & (found.why == Why.SEEN) & (tracks.track >= people)).any()
