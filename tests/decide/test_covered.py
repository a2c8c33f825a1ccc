"""What is said of what covers somebody who was named, and is nobody who is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st
from known import known
from trails import Box, Trail, stands

from redact.decide.covered import EACH_S, MOST, OFTEN, covered
from redact.decide.points import named
from redact.decide.wording import REQUEST, Case, Wording
from redact.records.kinds import Standing
from redact.request.model import Keep, parse_keep
from redact.track.belonging import Why

if TYPE_CHECKING:
    from redact.track.listing import People

FRAMES = 100
CLIP = clip_of(640, 360, frames=FRAMES)
HERE: Box = (100, 100, 140, 220)
THERE: Box = (300, 100, 340, 220)
CASE = Wording(lambda name: f"Subject {name or 'one'}", lambda at, point, _: f"decide {at}@{point[0]},{point[1]}")


def said(
    people: People, *points: Keep, members: tuple[int, ...] = (0,), frames: tuple[int, int] = (0, FRAMES)
) -> tuple[str, ...]:
    """What is said of MEMBERS of PEOPLE where POINTS are given already."""
    return tuple(
        doubt.sentence for doubt in covered(Case(CLIP, people, frozenset(members), None, CASE), frames, {0: points})
    )


@pytest.mark.parametrize(("count", "told"), [(OFTEN - 1, 0), (OFTEN, 1)])
def test_a_thing_that_covers_them_is_told_of(count: int, told: int) -> None:
    """From a few frames on: whoever sees that it is nobody lets it through, at a point where it stands alone."""
    over = range(40, 40 + count)
    walks = Trail({f: THERE if f in over else HERE for f in range(FRAMES)}, frozenset(range(FRAMES)))
    thing = stands((320, 100, 360, 220), range(FRAMES), score=0.3)
    people = known(walks, thing, standing={1: Standing.THING}, clip=CLIP)
    sentence = f"Subject one is partly covered on {count} frames by what may be a thing, at 340, 160 at 00:00."
    assert said(people)[:1] == (f"{sentence} If it is nobody else, decide 00:00@340,160.",) * told
    assert said(people, members=(0, 1)) == ()
    assert said(people, frames=(50, FRAMES)) == ()


def unclear(frames: range, box: Box = (125, 100, 165, 220), score: float = 0.2) -> People:
    """Somebody who stands throughout, and on FRAMES something over them that nobody explains."""
    over = stands(box, frames, score=score)
    return known(stands(HERE, range(FRAMES)), over, standing={1: Standing.UNCLEAR}, why={1: Why.UNKNOWN}, clip=CLIP)


def test_a_time_at_which_nobody_known_covers_them_is_told_of_with_a_point_at_them() -> None:
    """Where most of it is within a second of the point."""
    (sentence,) = said(unclear(range(30, 60)))
    assert sentence.startswith("Subject one is partly covered on 30 frames around 00:0")
    point = re.search(r"If it is nobody else whom you see at 1\d\d, \d+, decide (\S+@1\d\d,\d+)\.$", sentence)
    assert point
    assert named(CLIP, unclear(range(30, 60)), parse_keep(point[1])) == 0


def test_a_time_that_a_point_speaks_for_is_not_told_of() -> None:
    """The officer has said who is there."""
    assert said(unclear(range(30, 60)), parse_keep("00:01.8@110,160")) == ()


def test_what_hardly_covers_them_or_not_for_long_is_not_told_of() -> None:
    """Nor what is seen well: that is somebody."""
    assert said(unclear(range(30, 30 + OFTEN - 1))) == ()
    assert said(unclear(range(30, 60), (138, 100, 178, 220))) == ()
    assert said(unclear(range(30, 60), score=0.8)) == ()


def test_no_more_is_asked_than_the_time_they_are_there_is_worth() -> None:
    """One for each EACH_S seconds begun, those that uncover most."""
    assert FRAMES / 25 < EACH_S
    long = clip_of(640, 360, frames=1000)
    times = [range(start, start + 10) for start in range(0, 1000, 100)]
    overs = [stands((120, 100, 160, 220), some, score=0.2) for some in times]
    people = known(
        stands(HERE, range(1000)),
        *overs,
        whose=[0] + [1] * len(overs),
        standing={1: Standing.UNCLEAR},
        why=dict.fromkeys(range(1, len(overs) + 1), Why.UNKNOWN),
        clip=long,
    )
    told = [doubt.sentence for doubt in covered(Case(long, people, frozenset({0}), None, REQUEST), (0, 1000), {})]
    assert len(told) == 1 + int(1000 / 25 / EACH_S)


def test_a_point_at_a_thing_speaks_for_nobody() -> None:
    """Nobody has looked at the person just then."""
    people = unclear(range(30, 60))
    point = parse_keep("00:01.8@110,160")
    case = Case(CLIP, people, frozenset({0, 1}), None, CASE)
    assert len([*covered(Case(CLIP, people, frozenset({0}), None, CASE), (0, FRAMES), {1: [point]})]) == 1
    assert [*covered(case, (0, FRAMES), {1: [point]})] == []


def test_where_all_was_answered_nothing_is_asked_again() -> None:
    """Though somebody is two subjects, at both of which they are covered: each answer is for one."""
    overs = [stands((125, 100, 165, 220), some, score=0.2) for some in (range(10, 40), range(44, 80))]
    first, second = stands(HERE, range(42)), stands(HERE, range(42, FRAMES))
    people = known(
        first, second, *overs, whose=(0, 1, 2, 2), standing={2: Standing.UNCLEAR}, why={2: Why.UNKNOWN, 3: Why.UNKNOWN},
        clip=CLIP,
    )  # fmt: skip
    pointed: dict[int, list[Keep]] = {0: [], 1: []}
    for _ in range(9):
        told = [
            doubt.sentence for doubt in covered(Case(CLIP, people, frozenset({0, 1}), None, CASE), (0, FRAMES), pointed)
        ]
        for point in re.findall(r"decide (\S+)\.", " ".join(told)):
            pointed[named(CLIP, people, parse_keep(point))].append(parse_keep(point))
    assert told == []
    assert 1 <= len(pointed[0]) <= 2
    assert 1 <= len(pointed[1]) <= 2


def test_a_long_clip_is_asked_about_at_once_in_a_few_sentences() -> None:
    """Whoever reads hundreds reads none; and it takes no memory to find them."""
    long = clip_of(640, 360, frames=15_000)
    people = known(
        stands(HERE, range(15_000)),
        stands((125, 100, 165, 220), range(15_000), score=0.2),
        standing={1: Standing.UNCLEAR},
        why={1: Why.UNKNOWN},
        clip=long,
    )
    told = [doubt.sentence for doubt in covered(Case(long, people, frozenset({0}), None, CASE), (0, 15_000), {})]
    assert len(told) == MOST


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 40), st.integers(60, 180)), max_size=4))
def test_whoever_is_pointed_at_is_the_one_who_is_covered(some: list[tuple[int, int, int]]) -> None:
    """Wherever what covers them is."""
    overs = [stands((x, 100, x + 40, 220), range(f, min(f + n, FRAMES)), score=0.2) for f, n, x in some]
    people = known(
        stands(HERE, range(FRAMES)),
        *overs,
        whose=[0] + [1] * len(overs),
        standing={1: Standing.UNCLEAR},
        why=dict.fromkeys(range(1, len(overs) + 1), Why.UNKNOWN),
        clip=CLIP,
    )
    for sentence in said(people):
        point = re.search(r"decide (\S+)\.$", sentence)
        assert point
        assert named(CLIP, people, parse_keep(point[1])) == 0
