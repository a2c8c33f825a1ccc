"""Everyone as subjects: people, what only looks like people, what is left, and what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from crowds import Body, body, scan_of, scans_at_random, walks
from hypothesis import given, settings

from redact.records.kinds import Kind, Standing
from redact.track.belonging import Why
from redact.track.people import people

if TYPE_CHECKING:
    from redact.detect.found import Scan

BEHIND = (400.0, 80.0, 440.0, 200.0)


def standings(*bodies: Body) -> list[tuple[str, Standing]]:
    """What the subjects of BODIES are."""
    return [(subject.id, subject.standing) for subject in people(scan_of(*bodies)).subjects]


def now_and_then(box: tuple[float, float, float, float], score: float) -> list[Body]:
    """Something at one place that is found on three frames now and then."""
    return [body(box, range(first, first + 3), score=score) for first in range(0, 90, 15)]


def test_of_nothing_found_there_are_no_subjects() -> None:
    """Nobody is nobody, and nothing is asked."""
    found = people(scan_of())
    assert (len(found.tracks), found.subjects, len(found.owner), found.open) == (0, (), 0, ())


def test_somebody_is_one_subject_from_first_to_last() -> None:
    """Who was surely found is a person, moving or not."""
    (walker,) = people(scan_of(walks(100, 3, range(10, 60)))).subjects
    assert (walker.id, walker.kind, walker.standing) == ("s001", Kind.PERSON, Standing.PERSON)
    assert walker.first <= 10
    assert walker.last >= 59
    assert standings(body(BEHIND)) == [("s001", Standing.PERSON)]


def test_what_never_moves_and_is_never_surely_found_is_one_thing() -> None:
    """A poster that is taken for somebody now and then: once in the list."""
    for score in (0.15, 0.3):
        assert standings(walks(50, 2), *now_and_then(BEHIND, score)) == [
            ("s001", Standing.PERSON),
            ("s002", Standing.THING),
        ]


def here_and_there(score: float, away: int) -> list[Body]:
    """Something at one place on a hundred frames, but on AWAY of them, one after the other, at another."""
    elsewhere = (440.0, 80.0, 480.0, 200.0)
    return [Body({f: elsewhere if 50 <= f < 50 + away else BEHIND for f in range(100)}, score=score)]


def test_what_is_faint_and_nearly_always_at_one_place_is_a_thing_there_alone() -> None:
    """What was seen elsewhere is no part of it, and stays hidden as nobody who is known."""
    assert standings(*here_and_there(0.2, 4)) == [("s001", Standing.THING), ("s002", Standing.UNCLEAR)]
    found = people(scan_of(*here_and_there(0.2, 4)))
    astray = found.tracks.frame[(found.owner == 1) & (found.tracks.xyxy[:, 0] > BEHIND[0] + 20)]
    assert set(range(50, 54)) <= set(astray.tolist())
    at_home = found.tracks.xyxy[found.owner == 0]
    assert (at_home[:, 0] < BEHIND[0] + 30).all()


def test_who_is_less_faint_or_moves_more_is_somebody() -> None:
    """They may stand for long, and go."""
    assert standings(*here_and_there(0.35, 4)) == [("s001", Standing.PERSON)]
    assert standings(*here_and_there(0.2, 10)) == [("s001", Standing.PERSON)]


def test_two_things_are_two() -> None:
    """Each at its place."""
    there = (500.0, 80.0, 540.0, 200.0)
    assert standings(*now_and_then(BEHIND, 0.3), *now_and_then(there, 0.3)) == [
        ("s001", Standing.THING),
        ("s002", Standing.THING),
    ]


def test_one_sure_sighting_makes_no_thing() -> None:
    """Somebody far away who sits still, and was surely found once."""
    found = people(scan_of(body(BEHIND, range(49), score=0.3), body(BEHIND, [49], score=0.5)))
    assert {subject.standing for subject in found.subjects} == {Standing.PERSON}


def test_a_weak_one_who_moves_for_long_is_somebody_and_for_a_moment_unclear() -> None:
    """A moment is too short to be anybody; all that is left is one, at the end of the list."""
    moving = {f: (100.0 + 20 * f, 100.0, 140.0 + 20 * f, 220.0) for f in range(20)}
    long, short = Body(moving, score=0.3), Body({f: box for f, box in moving.items() if f < 5}, score=0.3)
    assert standings(long) == [("s001", Standing.PERSON)]
    assert standings(short, walks(400, 2)) == [("s001", Standing.PERSON), ("s002", Standing.UNCLEAR)]


def test_people_come_before_things_and_each_in_order_of_time() -> None:
    """And what is unclear last."""
    found = people(scan_of(*now_and_then(BEHIND, 0.3), walks(20, 1, range(30, 90)), walks(200, 1, range(5, 60))))
    assert [subject.standing for subject in found.subjects][:3] == [Standing.PERSON, Standing.PERSON, Standing.THING]
    assert found.subjects[0].first < found.subjects[1].first


def test_a_plate_is_a_subject_of_its_kind() -> None:
    """A vehicle in the list of people."""
    found = people(scan_of(walks(100, 2), body((300, 300, 340, 310), kind=Kind.PLATE)))
    assert {subject.kind for subject in found.subjects} == {Kind.PERSON, Kind.PLATE}


def test_what_is_asked_is_of_two_who_follow_each_other_the_likeliest_first() -> None:
    """The one is seen last before the other is seen first."""
    gone = [f for f in range(100) if not 44 <= f < 58]
    found = people(scan_of(walks(50, 5, gone, 0), walks(570, -5, gone, 0)))
    assert found.open
    assert [one.cost for one in found.open] == sorted(one.cost for one in found.open)
    for one in found.open:
        assert one.last < one.first
        assert one.before != one.after


@given(scans_at_random())
@settings(max_examples=25)
def test_whatever_is_found_subjects_and_questions_agree_with_the_rows(scan: Scan) -> None:
    """Ids count up, no subject is empty, times are those of their rows, and those asked about follow each other."""
    found = people(scan)
    tracks = found.tracks
    assert [subject.id for subject in found.subjects] == [f"s{n:03d}" for n in range(1, len(found.subjects) + 1)]
    order = [[*Standing].index(subject.standing) for subject in found.subjects]
    assert order == sorted(order)
    assert order.count([*Standing].index(Standing.UNCLEAR)) <= 1
    for number, subject in enumerate(found.subjects):
        mine = found.owner == number
        assert (np.isin(tracks.track, subject.tracks) == mine).all()
        assert (subject.first, subject.last) == (tracks.frame[mine].min(), tracks.frame[mine].max())
    of = {subject.id: number for number, subject in enumerate(found.subjects)}
    seen = found.why == Why.SEEN
    for one in found.open:
        assert tracks.frame[seen & (found.owner == of[one.before])].max() >= one.last
        assert tracks.frame[seen & (found.owner == of[one.after])].min() <= one.first
