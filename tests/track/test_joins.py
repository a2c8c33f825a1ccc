"""Which tracklets are one person: the best explanation of all at once, and how sure each join in it is."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from crowds import SIZE, Body, body, scan_of, scans_at_random, seen_of, walks
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.track.appearance import Appearance
from redact.track.joins import BAR, MOST_TOGETHER, NEW, Join, _explained, joins
from redact.track.tracklets import chains

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redact.detect.found import Scan

Pair = tuple[int, int]


def joined(scan: Scan) -> tuple[Join, ...]:
    """The joins of the tracklets of SCAN."""
    seen = seen_of(scan)
    tracklets = chains(seen)
    return joins(scan.clip, seen, Appearance(seen, tracklets), tracklets)


def again(gap: int, *, away: float = 0, look: int | None = 1, other: int | None = 1) -> list[Body]:
    """Somebody who walks, is not seen for GAP frames, and whoever is seen then, AWAY px from where they would be."""
    then = walks(100 + away, 3, range(30 + gap, 100), other)
    return [walks(100, 3, range(30), look), then, body((560, 230, 600, 350), look=3)]


def test_where_nobody_was_seen_nobody_is_joined() -> None:
    """Nor anybody who was always seen."""
    assert joined(scan_of()) == ()
    assert joined(scan_of(walks(100, 2))) == ()


def test_who_comes_out_where_they_went_is_the_same() -> None:
    """For certain, with colours and without."""
    for look in (1, None):
        (only,) = joined(scan_of(*again(15, look=look, other=look)))
        assert only.margin >= BAR


def test_someone_in_other_clothes_is_not() -> None:
    """Not for certain, wherever they are."""
    assert all(join.margin < BAR for join in joined(scan_of(*again(15, other=2))))


def at_edge(speed: float, frames: range, first: float, look: int | None) -> Body:
    """Somebody 40 px wide who goes at SPEED, px a frame, from FIRST on, cut off by the edge of the picture."""
    lefts = {frame: first + speed * (frame - frames[0]) for frame in frames}
    return Body({f: (x, 100, min(x + 40, SIZE[0]), 220) for f, x in lefts.items() if x < SIZE[0] - 8}, look)


@pytest.mark.parametrize("gap", [8, 12, 16])
def test_nobody_who_left_the_picture_is_certain_to_be_whoever_comes_in(gap: int) -> None:
    """Dressed alike, by the same door: it is asked."""
    went, came = at_edge(2, range(30), 560, 1), at_edge(-2, range(30 + gap, 60 + gap), 618, 1)
    found = joined(scan_of(went, came))
    assert found
    assert all(join.margin < BAR for join in found)


def test_whoever_is_lost_near_the_edge_or_stands_there_is_still_the_same() -> None:
    """They did not go out over it."""
    along = [Body({f: (598, 20 + 2 * f, 638, 140 + 2 * f) for f in some}, 1) for some in (range(30), range(42, 90))]
    (only,) = joined(scan_of(*along))
    assert only.margin >= BAR


@pytest.mark.parametrize(("gap", "away"), [(60, -150), (5, 300)], ids=["too long", "too far"])
def test_who_is_away_for_too_long_or_too_far_is_nobody_s(gap: int, away: float) -> None:
    """It is not even asked."""
    assert joined(scan_of(*again(gap, away=away))) == ()


def test_nobody_is_joined_over_a_cut() -> None:
    """Another scene has other people in it."""
    assert joined(scan_of(*again(15), cuts=[35])) == ()


def test_two_sightings_are_too_few_to_be_joined() -> None:
    """They have no speed, and hardly a look."""
    assert joined(scan_of(walks(100, 3, range(30), 1), walks(100, 3, [45, 46], 1))) == ()


def test_two_who_look_alike_and_could_be_either_are_not_told_apart() -> None:
    """Both went behind something and came out at one place: no join is certain."""
    gone = range(44, 58)
    frames = [f for f in range(100) if f not in gone]
    found = joined(scan_of(walks(50, 5, frames, 0), walks(570, -5, frames, 0)))
    assert found
    assert all(join.margin < BAR for join in found)


@pytest.mark.parametrize("turn", [False, True], ids=["they go on", "they turn back"])
def test_where_two_are_out_of_sight_only_their_looks_tell_who_comes_out_where(*, turn: bool) -> None:
    """Whether they go on or turn back: two who look alike are asked about, two who do not are told apart."""
    before, after = range(40), range(52, 100)
    ways = (50, 5, 570, -5)
    for looks, sure in (((0, 0), False), ((0, 2), True)):
        there = walks(ways[0], ways[1], before, looks[0]), walks(ways[2], ways[3], before, looks[1])
        back = walks(ways[0], ways[1], after, looks[turn]), walks(ways[2], ways[3], after, looks[not turn])
        found = [join for join in joined(scan_of(*there, *back)) if join.margin >= 0]
        assert found
        assert all((join.margin >= BAR) == sure for join in found)


def test_what_was_seen_a_few_times_and_weakly_makes_nobody_uncertain() -> None:
    """It may be nobody, and comes and goes."""
    scan = scan_of(*again(15), body((160, 230, 200, 350), range(26, 30), 1, score=0.3))
    surest = max(join.margin for join in joined(scan))
    assert surest >= BAR


def least(pairs: Mapping[Pair, float]) -> float:
    """The least cost of explaining all ends and beginnings of PAIRS, of all ways there are."""
    ends = len({one for one, _ in pairs}) + len({two for _, two in pairs})
    costs = [NEW * ends]
    for count in range(1, len(pairs) + 1):
        for some in combinations(pairs, count):
            firsts, seconds = {one for one, _ in some}, {two for _, two in some}
            if len(firsts) == len(seconds) == count:
                costs.append(sum(pairs[pair] for pair in some) + NEW * (ends - 2 * count))
    return min(costs)


def without(pairs: Mapping[Pair, float], pair: Pair) -> float:
    """The least cost where PAIR, of PAIRS, is not joined."""
    rest = {other: cost for other, cost in pairs.items() if other != pair}
    lone = int(all(one != pair[0] for one, _ in rest)) + int(all(two != pair[1] for _, two in rest))
    return least(rest) + NEW * lone


pairs_at_random = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda pair: pair[0] != pair[1]),
    st.floats(-6, 9.99),
    min_size=1,
    max_size=7,
)


@given(pairs_at_random)
def test_a_margin_is_what_the_best_explanation_without_a_join_costs_more(pairs: dict[Pair, float]) -> None:
    """As trying all of them says; each end is joined once, and what is in no best explanation has a negative one."""
    found = list(_explained(pairs))
    assert {(join.before, join.after): join.cost for join in found} == pairs
    chosen = [join for join in found if join.margin >= 0]
    assert len({join.before for join in chosen}) == len({join.after for join in chosen}) == len(chosen)
    best = least(pairs)
    for join in chosen:
        assert join.margin == pytest.approx(without(pairs, (join.before, join.after)) - best, abs=1e-6)
    ends = len({one for one, _ in pairs}) + len({two for _, two in pairs})
    assert sum(join.cost for join in chosen) + NEW * (ends - 2 * len(chosen)) == pytest.approx(best, abs=1e-6)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5)
def test_in_a_crowd_no_margin_of_a_join_that_is_made_is_negative(seed: int) -> None:
    """Where so many hang together that only those around a join are asked, each end is still joined once."""
    random, count = np.random.default_rng(seed), MOST_TOGETHER + 20
    ahead = [(one, one + int(step)) for one in range(count) for step in random.integers(1, 4, 2)]
    pairs = {pair: float(cost) for pair, cost in zip(ahead, random.uniform(-6, 9.99, len(ahead)), strict=True)}
    chosen = [join for join in _explained(pairs) if join.margin != -1]
    assert min(join.margin for join in chosen) >= -1e-9
    assert len({join.before for join in chosen}) == len({join.after for join in chosen}) == len(chosen)


@given(scans_at_random())
@settings(max_examples=20)
def test_a_join_goes_on_in_time_and_within_a_shot(scan: Scan) -> None:
    """The later begins after the earlier has ended, of whatever was found; and joins are told in order."""
    seen = seen_of(scan)
    tracklets = chains(seen)
    found = joins(scan.clip, seen, Appearance(seen, tracklets), tracklets)
    assert list(found) == sorted(found)
    for join in found:
        last, first = tracklets[join.before][-1], tracklets[join.after][0]
        assert seen.time[last] < seen.time[first]
        assert seen.shot[last] == seen.shot[first]
