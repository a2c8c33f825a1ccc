"""Which rows of the tracks may be shown with someone who was named, and how tracks are cut for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from known import frames_of, known
from trails import Box, Trail, stands, tracks_of

from redact.decide.visibility import ending, shown
from redact.records.boxes import grow, intersection
from redact.records.kinds import Kind, Origin, Standing
from redact.track.belonging import WEAK, Why
from redact.track.listing import cut_where

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from redact.track.listing import People

FRAMES = 100
CLIP = clip_of(1280, 720, frames=FRAMES)
HERE: Box = (100, 100, 160, 280)
IN_HERE: Box = (105, 110, 150, 260)
FAR: Box = (900, 100, 960, 280)
EVERY = list(range(FRAMES))
UNCLEAR = {2: Standing.UNCLEAR}


def frames(people: People, *, of: Collection[int] = (0,)) -> list[list[int]]:
    """For each track of PEOPLE the frames on which it may be shown where those OF these places stay visible."""
    return frames_of(people, shown(people, of))


def carried(box: Box, over: range, score: float = 0.8) -> Trail:
    """What a track is carried on over, after it was seen last."""
    return stands(box, over, [over.start - 1], score=score)


def here(box: Box = HERE) -> Trail:
    """Somebody seen on every frame."""
    return stands(box, range(FRAMES))


def test_nobody_named_is_nobody_shown() -> None:
    """Whoever is there, or nobody."""
    assert frames(known(), of=()) == []
    assert frames(known(here(), here(FAR)), of=()) == [[], []]


def test_who_was_named_is_shown_and_nobody_else() -> None:
    """On all frames on which they are seen, or carried on as themselves; somebody close by, and elsewhere, is not."""
    mine = stands(HERE, range(80), range(20, 60))
    assert frames(known(mine, here((130, 100, 190, 280)), here(FAR))) == [list(range(80)), [], []]


def test_all_tracks_of_who_was_named_are_shown() -> None:
    """Their face as well, and weak boxes that are theirs."""
    face, weak = stands((115, 110, 140, 140), range(FRAMES), kind=Kind.FACE), stands(IN_HERE, range(9), score=0.2)
    people = known(here(), face, weak, here(FAR), whose=(0, 0, 0, 1), why={2: Why.WITHIN})
    assert frames(people) == [EVERY, EVERY, list(range(9)), []]


def test_of_two_who_were_named_both_are_shown() -> None:
    """Everybody else stays hidden."""
    assert frames(known(here(), here(FAR), here((500, 100, 560, 280))), of=(0, 1)) == [EVERY, EVERY, []]


@pytest.mark.parametrize(
    ("box", "is_shown"),
    [(HERE, True), ((125, 100, 185, 280), True), ((155, 100, 215, 280), False), ((168, 100, 228, 280), False)],
    ids=["over them", "by half", "partly", "by its margin alone"],
)
def test_what_was_carried_on_from_who_is_elsewhere_is_shown_where_it_lies_in_them(box: Box, *, is_shown: bool) -> None:
    """Whoever it was carried on from is seen elsewhere, and hidden there; what is beside them may hide another."""
    people = known(here(), here(FAR), carried(box, range(20, 30)), standing=UNCLEAR, why={2: Why.PAST})
    assert frames(people) == [EVERY, [], list(range(20, 30)) if is_shown else []]


@pytest.mark.parametrize(("left", "ends"), [(155, True), (168, True), (200, False)])
def test_what_lies_beside_them_ends_where_they_are_seen(left: int, *, ends: bool) -> None:
    """It stays hidden, but for them: on its frames, and on no others; what would not cover them stays whole."""
    people = known(
        here(), here(FAR), carried((left, 100, left + 60, 280), range(20, 30)), standing=UNCLEAR, why={2: Why.PAST}
    )
    rows, bodies = ending(people, (0,))
    assert frames_of(people, rows) == [[], [], list(range(20, 30)) if ends else []]
    assert bodies.frame.tolist() == (list(range(20, 30)) if ends else [])
    assert {tuple(box) for box in bodies.xyxy.tolist()} == ({HERE} if ends else set())


@pytest.mark.parametrize("why", [Why.WITHIN, Why.DOUBLE])
@pytest.mark.parametrize(("box", "is_shown"), [(HERE, True), ((300, 100, 360, 280), False)])
def test_what_somebody_else_explains_is_shown_where_it_would_cover_them(why: Why, box: Box, *, is_shown: bool) -> None:
    """It is that somebody's own box drawn otherwise, and they are hidden as they were seen."""
    people = known(here(), here(FAR), stands(box, range(20, 30), score=0.2), whose=(0, 1, 1), why={2: why})
    assert frames(people) == [EVERY, [], list(range(20, 30)) if is_shown else []]


def test_what_somebody_explains_who_is_not_seen_then_stays_hidden() -> None:
    """Between two sightings of them it may be all that hides them."""
    away = stands(FAR, [f for f in range(FRAMES) if not 20 <= f < 30])
    people = known(here(), away, stands(HERE, range(15, 35), score=0.2), whose=(0, 1, 1), why={2: Why.DOUBLE})
    assert frames(people) == [EVERY, [], [*range(15, 20), *range(30, 35)]]


def test_of_who_is_not_there_nothing_is_covered() -> None:
    """On frames on which nobody who was named is, nothing of others is shown."""
    people = known(stands(HERE, range(40)), here(FAR), carried(HERE, range(30, 60)), why={2: Why.PAST})
    assert frames(people) == [list(range(40)), [], list(range(30, 40))]


@pytest.mark.parametrize("score", [0.1, 0.3, 0.8])
def test_what_nobody_explains_is_never_shown(score: float) -> None:
    """However weak, and though it lies in the one who was named: it was seen, and may be somebody."""
    people = known(here(), here(FAR), stands(IN_HERE, range(FRAMES), score=score), standing=UNCLEAR)
    assert frames(people) == [EVERY, [], []]
    unknown = known(here(), here(FAR), stands(IN_HERE, range(FRAMES), score=score), why={2: Why.UNKNOWN})
    assert frames(unknown) == [EVERY, [], []]


@pytest.mark.parametrize(
    ("box", "score", "is_shown"),
    [
        (IN_HERE, 0.2, True),
        (IN_HERE, 0.39, True),
        (IN_HERE, WEAK, False),
        ((108, 100, 168, 280), 0.2, True),
        ((120, 100, 180, 280), 0.2, False),
    ],
    ids=["in them", "weak", "firm", "mostly", "two thirds of it"],
)
def test_what_is_weak_and_carried_on_to_them_is_shown(box: Box, score: float, *, is_shown: bool) -> None:
    """Nobody saw it there, but them."""
    people = known(here(), here(FAR), carried(box, range(20, 30), score), standing=UNCLEAR, why={2: Why.UNKNOWN})
    assert frames(people) == [EVERY, [], list(range(20, 30)) if is_shown else []]


def test_what_is_weak_and_carried_on_to_where_they_are_not_seen_stays_hidden() -> None:
    """Between two sightings of them, nobody knows."""
    people = known(stands(HERE, range(FRAMES), [0, 25, 99]), carried(IN_HERE, range(20, 30), 0.2), why={1: Why.UNKNOWN})
    assert frames(people) == [EVERY, [25]]


def test_what_is_weak_and_somebody_else_s_stays_hidden() -> None:
    """Who it was carried on from is known, and seen nowhere else."""
    assert frames(known(here(), carried(IN_HERE, range(20, 30), 0.2), whose=(0, 1))) == [EVERY, []]


def test_a_thing_alone_is_shown_as_a_whole() -> None:
    """It may be somebody who sits still, far away."""
    people = known(here(FAR), stands(HERE, range(50), score=0.3), standing={1: Standing.THING})
    assert frames(people, of=(1,)) == [[], list(range(50))]


@pytest.mark.parametrize("score", [0.2, 0.3])
def test_a_thing_named_beside_somebody_is_shown_where_it_lies_in_them(score: float) -> None:
    """Elsewhere it stays hidden, should it be somebody after all; beside them it ends where they are."""
    walks = Trail({f: (4.0 * f, 100.0, 4.0 * f + 60, 280.0) for f in range(FRAMES)}, frozenset(range(FRAMES)))
    people = known(
        walks, stands((200, 100, 260, 280), range(FRAMES), score=score), here(FAR), standing={1: Standing.THING}
    )
    mine, thing, other = frames(people, of=(0, 1))
    assert (mine, other) == (EVERY, [])
    assert {f for f in range(FRAMES) if 4 * f + 60 > 230 and 4 * f < 230} <= set(thing)
    assert not {f for f in range(FRAMES) if 4 * f + 60 < 220 or 4 * f > 240} & set(thing)
    _, ends, _ = frames_of(people, ending(people, (0, 1))[0])
    assert {f for f in range(FRAMES) if 4 * f + 60 > 200 and 4 * f < 260} <= set(ends)
    assert not {f for f in range(FRAMES) if 4 * f + 60 < 185 or 4 * f > 275} & set(ends)


def test_where_a_thing_is_larger_than_it_mostly_is_it_stays_hidden() -> None:
    """Somebody else may be in it then."""
    large = range(20, 24)
    thing = Trail(
        {f: (90, 90, 180, 290) if f in large else HERE for f in range(FRAMES)}, frozenset(range(FRAMES)), score=0.2
    )
    people = known(here(), thing, here(FAR), standing={1: Standing.THING})
    assert frames(people, of=(0, 1)) == [EVERY, [f for f in EVERY if f not in large], []]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.data())
def test_tracks_are_cut_where_what_is_shown_changes_and_nowhere_else(lengths: list[int], data: st.DataObject) -> None:
    """Every row stays as it is, each track is shown or hidden as a whole, and no cut is made that is not needed."""
    tracks = tracks_of(*(stands(HERE, range(count), [0], Kind(number % 3)) for number, count in enumerate(lengths)))
    rows: NDArray[np.bool_] = data.draw(arrays(np.bool_, len(tracks.frame)))
    made = cut_where(tracks, rows)
    for name in ("frame", "xyxy", "score", "origin"):
        assert np.array_equal(getattr(made, name), getattr(tracks, name))
    assert np.array_equal(made.kind[made.track], tracks.kind[tracks.track])
    assert all(len(set(rows[made.rows(track)].tolist())) == 1 for track in range(len(made)))
    changes = sum(int(np.count_nonzero(np.diff(rows[tracks.rows(track)]))) for track in range(len(tracks)))
    assert len(made) == len(tracks) + changes


trail = st.tuples(
    *(st.integers(0, 60), st.integers(1, 40), st.integers(0, 400), st.integers(0, 20)),
    st.sampled_from((Kind.PERSON, Kind.PERSON, Kind.FACE)),
    st.sampled_from((0.1, 0.3, 0.5, 0.9)),
    st.integers(0, 3),
    st.sampled_from((None, None, *Why)),
)


@given(st.lists(trail, min_size=1, max_size=6), st.sets(st.integers(0, 3), max_size=2))
def test_nothing_is_shown_of_others_but_what_is_explained_and_would_cover(
    some: list[tuple[int, int, int, int, Kind, float, int, Why | None]], let: set[int]
) -> None:
    """Whoever's each row is and why: all of whoever was named is shown, and of others nothing else."""
    numbers = {owner: place for place, owner in enumerate(sorted({one[6] for one in some}))}
    people = known(
        *(
            stands(
                (x, 100.0, x + 60.0, 280.0),
                range(max(0, first - reach), min(first + count + reach, FRAMES)),
                range(first, first + count),
                kind,
                score,
            )
            for first, count, x, reach, kind, score, *_ in some
        ),
        whose=[numbers[one[6]] for one in some],
        why={track: one[7] for track, one in enumerate(some) if one[7] is not None},
    )
    let &= {*numbers.values()}
    rows = shown(people, let)
    tracks, where = people.tracks, people.where
    mine = np.isin(people.owner, [*let])
    assert rows[mine].all()
    for row in np.flatnonzero(rows & ~mine).tolist():
        at = where.at(int(tracks.frame[row]))
        named = np.isin(where.person[at], [*let])
        assert intersection(grow(tracks.xyxy[[row]], 1.3), where.xyxy[at][named]).any()
        if people.why[row] == Why.UNKNOWN:
            assert tracks.origin[row] == Origin.EXTENDED
            assert tracks.score[row] < WEAK
            assert where.seen[at][named].any()
        elif people.why[row] != Why.PAST:
            assert people.why[row] in {Why.WITHIN, Why.DOUBLE}
            assert where.seen[at][where.person[at] == people.owner[row]].any()
