"""What the officer is told of the times at which someone who was named is hidden."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st
from known import known
from trails import Box, Trail, stands

from redact.decide.absences import MOST, absences
from redact.decide.points import moment, named
from redact.decide.wording import REQUEST, Case, Wording
from redact.records.kinds import Kind
from redact.request.model import parse_keep
from redact.track.belonging import Why

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

FRAMES = 100
CLIP = clip_of(640, 360, frames=FRAMES)
HERE: Box = (100, 100, 140, 220)
CASE = Wording(lambda name: f"Subject {name or 'one'}", lambda at, point, _: f"decide {at}@{point[0]},{point[1]}")
LOST = "not found, or not told apart from someone else"
UNSURE = "from here on it is not certain who is who"


def told(
    *trails: Trail,
    members: Collection[int] = (0,),
    unsure: Iterable[tuple[int, int, float]] = (),
    name: str | None = None,
    frames: tuple[int, int] = (0, FRAMES),
    wording: Wording = REQUEST,
) -> tuple[str, ...]:
    """What is said of MEMBERS where each of TRAILS is somebody, and those of whom it is UNSURE are perhaps one."""
    people = known(*trails, unsure=unsure, clip=CLIP)
    return tuple(doubt.sentence for doubt in absences(Case(CLIP, people, frozenset(members), name, wording), frames))


def on(*ranges: Iterable[int], box: Box = HERE) -> Trail:
    """Somebody who is in BOX, and found, on the frames of RANGES; no box is between them."""
    return stands(box, [frame for one in ranges for frame in one])


def test_of_whom_nothing_was_named_nothing_is_said() -> None:
    """There is no person to tell of, whoever is there."""
    assert told(members=()) == ()
    assert told(on(range(FRAMES)), members=()) == ()


def test_of_who_is_shown_throughout_nothing_is_said() -> None:
    """Nor of the time outside the copy."""
    assert told(on(range(FRAMES))) == ()
    assert told(on(range(20, 60)), frames=(20, 60)) == ()
    assert told(on(range(20), range(60, FRAMES)), frames=(60, FRAMES)) == ()


def test_of_who_is_shown_between_two_sightings_nothing_is_said() -> None:
    """Their box goes on there."""
    assert told(stands(HERE, range(FRAMES), [0, 99])) == ()


def test_of_who_is_only_carried_on_it_is_said_that_they_are_hidden() -> None:
    """Somebody sees a mask, or nobody, there."""
    gone = stands(HERE, range(60), range(40))
    (said,) = told(gone, on(range(60, FRAMES)), members=(0, 1))
    assert said.startswith("The person to stay visible is hidden from 00:01.6 to 00:02.4: ")


def test_of_two_parts_of_one_person_either_is_them() -> None:
    """However many were named, and whichever track is first."""
    assert told(on(range(50, FRAMES)), on(range(50)), members=(0, 1)) == ()


@pytest.mark.parametrize(("missing", "said"), [(range(40, 44), 0), (range(40, 46), 1)])
def test_what_is_over_at_once_is_not_told_of(missing: range, said: int) -> None:
    """A fifth of a second between two appearances is where telling begins."""
    assert len(told(on(range(missing.start), range(missing.stop, FRAMES)))) == said


def test_an_absence_is_told_with_both_ends_and_its_reason() -> None:
    """Not found, where nobody there may be them."""
    (said,) = told(on(range(40), range(60, FRAMES)))
    assert said == f"The person to stay visible is hidden from 00:01.6 to 00:02.4: {LOST}."


def test_who_was_not_there_yet_or_has_gone_is_not_told_of() -> None:
    """Before the first time and after the last there is nothing to doubt where nobody may be them."""
    assert told(on(range(30, 60)), on(range(60, 90), box=(130, 100, 170, 220))) == ()


def test_who_may_be_them_again_is_offered_with_a_point() -> None:
    """The officer may add them, in words that can be used as they stand."""
    first, again = on(range(40)), on(range(50, FRAMES), box=(120, 100, 160, 220))
    (said,) = told(first, again, unsure=[(0, 1, 1.0)], name="the carer")
    assert said == (
        f'The person named "the carer" is hidden from 00:01.6 on: {UNSURE}. '
        'If it is the same person at 140, 160 at 00:02, add a [[keep]] with at = "00:02", point = [140, 160] and the '
        "same name."
    )
    assert told(first, again, unsure=[(0, 1, 1.0)])[0].endswith("at 00:02, add --keep 00:02@140,160.")
    (said,) = told(first, again, unsure=[(0, 1, 1.0)], wording=CASE)
    assert said.startswith("Subject one is hidden from 00:01.6 on: ")
    assert said.endswith("at 140, 160 at 00:02, decide 00:02@140,160.")


def test_who_may_be_them_before_is_offered_at_the_last_moment() -> None:
    """Nearest to where they are seen first."""
    (said,) = told(on(range(40), box=(120, 100, 160, 220)), on(range(50, FRAMES)), members=(1,), unsure=[(0, 1, 1.0)])
    assert said == (
        f"The person to stay visible is hidden up to 00:02: {UNSURE}. "
        "If it is the same person at 140, 160 at 00:01.56, add --keep 00:01.56@140,160."
    )


def test_who_may_be_them_in_between_is_offered_for_that_time() -> None:
    """Once, and for no other absence."""
    mine, other = on(range(20), range(40, 60), range(80, FRAMES)), on(range(62, 78), box=(300, 100, 340, 220))
    people = known(on(range(60)), other, on(range(80, FRAMES)), unsure=[(0, 1, 1.0), (1, 2, 1.0)], clip=CLIP)
    (doubt,) = absences(Case(CLIP, people, frozenset({0, 2}), None, REQUEST), (0, FRAMES))
    assert doubt.sentence.startswith("The person to stay visible is hidden from 00:02.4 to 00:03.2: ")
    assert doubt.sentence.count("If it is the same person") == 1
    assert (doubt.frames, doubt.name, doubt.covered) == ((60, 80), None, False)
    (pointer,) = doubt.pointers
    assert (pointer.subject, 62 <= pointer.frame < 78) == (1, True)
    assert f"at {pointer.point[0]}, {pointer.point[1]} at {moment(CLIP, pointer.frame)}" in doubt.sentence
    assert [LOST in sentence for sentence in told(mine, other)] == [True, True]


def test_who_is_known_to_be_them_is_not_offered() -> None:
    """They are shown already."""
    (said,) = told(on(range(40)), on(range(60, FRAMES)), members=(0, 1), unsure=[(0, 1, 1.0)])
    assert said == f"The person to stay visible is hidden from 00:01.6 to 00:02.4: {LOST}."


def test_who_may_be_somebody_else_again_is_not_offered() -> None:
    """Only those of whom it is not certain whether they are this one."""
    assert told(on(range(40)), on(range(40)), on(range(60, FRAMES)), unsure=[(1, 2, 1.0)]) == ()


def test_who_cannot_be_pointed_at_is_not_offered() -> None:
    """A point that names nobody helps nobody."""
    again = on(range(50, FRAMES), box=(120, 100, 160, 220))
    assert told(on(range(40)), again, again, unsure=[(0, 1, 1.0)]) == ()


def test_who_is_offered_is_pointed_at_where_nobody_stands_before_them() -> None:
    """Somewhat later, if need be."""
    again, before = on(range(50, FRAMES), box=(120, 100, 160, 220)), on(range(45, 60), box=(120, 100, 160, 220))
    (said,) = told(on(range(40)), again, before, unsure=[(0, 1, 1.0)])
    assert said.endswith("add --keep 00:02.4@140,160.")


def test_two_are_offered_at_most_the_likeliest() -> None:
    """In order of time, whoever is the likelier, and whichever track comes first."""
    later = [(105, range(60, 70)), (170, range(45, 55)), (120, range(75, 85))]
    others = [on(frames, box=(x, 100, x + 40, 220)) for x, frames in later]
    (said,) = told(on(range(40)), *others, unsure=[(0, 3, 0.5), (0, 2, 1.0), (0, 1, 2.0)])
    assert re.findall(r"at (\d+), 160 at (\S+),", said) == [("190", "00:01.8"), ("140", "00:03")]
    (said,) = told(on(range(40)), *others, unsure=[(0, 1, 0.5), (0, 2, 1.0), (0, 3, 2.0)])
    assert re.findall(r"at (\d+), 160 at (\S+),", said) == [("190", "00:01.8"), ("125", "00:02.4")]


def test_long_lists_end_in_a_count() -> None:
    """Twenty are told of, the others counted."""
    long = clip_of(640, 360, frames=1000)
    people = known(on(range(0, 1000, 10)), clip=long)
    many = [doubt.sentence for doubt in absences(Case(long, people, frozenset({0}), None, REQUEST), (0, 991))]
    assert len(many) == MOST + 1
    assert many[-1] == f"The person to stay visible is hidden at {99 - MOST} more times."


@given(st.sets(st.integers(0, FRAMES - 1), min_size=1))
def test_every_absence_between_two_appearances_is_told_of_once(shown: set[int]) -> None:
    """Of six frames or more, a quarter of a second; one of four or fewer never is."""
    gaps = [later - earlier - 1 for earlier, later in pairwise(sorted(shown))]
    begins = [
        f"hidden from {moment(CLIP, before + 1)} to"
        for before, gap in zip(sorted(shown), gaps, strict=False)
        if gap > 5
    ]
    first, last = min(shown), max(shown)
    said = told(on(shown), frames=(first, last + 1))
    assert sum(gap > 5 for gap in gaps) <= min(len(said), MOST) <= sum(gap > 4 for gap in gaps)
    for begin in begins[:MOST]:
        assert sum(begin in sentence for sentence in said) == 1


@given(
    st.lists(
        st.tuples(
            st.integers(0, 90), st.integers(1, 40), st.integers(0, 500), st.sampled_from((Kind.PERSON, Kind.FACE))
        ),
        min_size=1,
        max_size=5,
    ),
    st.data(),
)
def test_whoever_is_offered_is_named_by_the_point_that_is_told(
    some: list[tuple[int, int, int, Kind]], data: st.DataObject
) -> None:
    """Whoever else stands where, nobody but who may be them again."""
    trails = [stands((x, 100, x + 60, 280), range(f, min(f + n, FRAMES)), kind=kind) for f, n, x, kind in some]
    number = st.integers(0, len(trails) - 1)
    pairs = data.draw(st.lists(st.tuples(number, number, st.floats(0, 7)), max_size=5))
    people = known(*trails, unsure=pairs, clip=CLIP, why=dict.fromkeys(range(len(trails)), Why.SEEN))
    for doubt in absences(Case(CLIP, people, frozenset({0}), None, REQUEST), (0, FRAMES)):
        for text in re.findall(r"add --keep (\S+)\.(?: |$)", doubt.sentence):
            assert named(CLIP, people, parse_keep(text)) in {b if a == 0 else a for a, b, _ in pairs if 0 in {a, b}}
