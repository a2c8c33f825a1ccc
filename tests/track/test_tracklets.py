"""Tracklets: sightings in a row that are surely one person, cut where somebody else may have taken them over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from crowds import RATE, Body, body, scan_of, scans_at_random, seen_of, walks
from hypothesis import given, settings

from redact.track.appearance import Appearance
from redact.track.sightings import GAP_S
from redact.track.takeovers import Pieces, cut
from redact.track.tracklets import IMPOSSIBLE, chains, end_of, line_of, motion_cost

if TYPE_CHECKING:
    from redact.detect.found import Scan
    from redact.track.sightings import Sightings

GAP = int(GAP_S * RATE)


def lengths(*bodies: Body, cuts: tuple[int, ...] = ()) -> list[int]:
    """How many sightings the tracklets of BODIES have."""
    return [len(chain) for chain in chains(seen_of(scan_of(*bodies, cuts=cuts)))]


def pieces_of(scan: Scan) -> tuple[Sightings, Pieces]:
    """The tracklets of SCAN, cut."""
    seen = seen_of(scan)
    tracklets = chains(seen, Appearance(seen, chains(seen)).looks)
    return seen, cut(seen, Appearance(seen, tracklets), tracklets)


def test_of_nothing_there_are_no_tracklets() -> None:
    """And nothing to cut."""
    assert lengths() == []
    assert pieces_of(scan_of())[1] == ((), ())


def test_who_is_seen_all_the_time_is_one_tracklet() -> None:
    """Alone, or far from another."""
    assert lengths(walks(100, 4)) == [100]
    assert lengths(walks(100, 1), walks(500, -1)) == [100, 100]


def test_who_is_missed_for_a_moment_goes_on() -> None:
    """For as long as looks miss somebody by chance, and no longer."""
    assert lengths(walks(100, 2, [*range(20), *range(19 + GAP, 60)])) == [61 - GAP]
    assert lengths(walks(100, 2, [*range(20), *range(20 + GAP, 60)])) == [20, 40 - GAP]


def test_a_cut_ends_every_tracklet() -> None:
    """Who stands there afterwards is somebody else."""
    assert lengths(walks(100, 0), cuts=(30,)) == [30, 70]


def test_nobody_jumps() -> None:
    """From one look to the next a body goes no further than a third of its height."""
    assert lengths(walks(100, 0, range(50)), walks(160, 0, range(50, 100))) == [50, 50]


def test_where_another_answer_is_nearly_as_good_both_end() -> None:
    """Two who look alike and pass each other: before, and after, each is one; who is who between, nobody says."""
    before, *_, after = sorted(lengths(walks(50, 5, look=0), walks(553, -5, look=0)))[::-1][:4]
    assert before >= after >= 40


def test_looks_tell_apart_who_comes_close() -> None:
    """Two in other clothes pass each other, and their tracklets go on."""
    seen = seen_of(scan_of(walks(50, 5, look=1), walks(553, -5, look=2)))
    plain, told = chains(seen), chains(seen, Appearance(seen, chains(seen)).looks)
    assert max(map(len, plain)) < 60 < max(map(len, told))


def taken_over(look: int, other: int) -> Pieces:
    """What becomes of a walker in one LOOK who passes where somebody in the OTHER has just been lost.

    The walker is missed for two frames as well, where that other stood.
    """
    lost = body((300, 100, 340, 220), range(40), look=other)
    walker = walks(60, 5, [f for f in range(100) if f not in {48, 49}], look=look)
    return pieces_of(scan_of(lost, walker))[1]


def test_a_tracklet_is_cut_where_who_was_lost_may_have_taken_it_over() -> None:
    """They look alike: who goes on may be either."""
    assert taken_over(0, 0).cuts


def test_it_is_not_where_who_was_lost_looks_different() -> None:
    """It is plain who goes on."""
    assert not taken_over(1, 2).cuts


def test_who_is_lost_far_away_takes_nobody_over() -> None:
    """Nobody gets across the picture in that time."""
    assert not pieces_of(scan_of(walks(60, 2, look=0), body((560, 100, 600, 220), range(48), look=0)))[1].cuts


def test_somebody_is_expected_where_they_were_going() -> None:
    """Straight on, either way in time; for a second, and who was seen once where that was."""
    seen = seen_of(scan_of(walks(100, 5, range(20, 40))))
    rows = np.arange(20)
    ahead = line_of(seen, rows).at(np.array([4.4, 9.0]))
    assert np.allclose(ahead, [(120 + 5 * 44, 160), (120 + 5 * 49, 160)])
    assert np.allclose(line_of(seen, rows, back=True).at(np.array([1.5])), (120 + 5 * 15, 160))
    assert np.allclose(line_of(seen, rows[:1]).at(np.array([9.0])), (220, 160))


@pytest.mark.parametrize("away", [0, 40, 120])
def test_the_further_somebody_is_from_where_they_went_the_less_it_is_they(away: int) -> None:
    """Sideways, and in size."""
    first = walks(100, 2, range(20))
    costs = []
    for more, larger in ((away, 0), (away + 30, 0), (away, 60)):
        box = (152.0 + more, 100.0, 192.0 + more, 220.0 + larger)
        seen = seen_of(scan_of(first, body(box, range(25, 40))))
        costs.append(motion_cost(end_of(seen, np.arange(20)), end_of(seen, np.arange(20, 35), back=True)))
    assert costs[0] < min(costs[1:]) < IMPOSSIBLE


@given(scans_at_random())
@settings(max_examples=30)
def test_every_sighting_is_in_one_tracklet_and_nobody_in_two_places(scan: Scan) -> None:
    """In order of time, within a shot, and never missed for longer than by chance."""
    seen = seen_of(scan)
    for looks in (None, Appearance(seen, chains(seen)).looks):
        tracklets = chains(seen, looks)
        assert sorted(np.concatenate([np.zeros(0, np.intp), *tracklets]).tolist()) == list(range(len(seen)))
        for chain in tracklets:
            assert (np.diff(seen.frame[chain]) > 0).all()
            assert (np.diff(seen.time[chain]) <= GAP_S).all()
            assert len(np.unique(seen.shot[chain])) == 1


@given(scans_at_random())
@settings(max_examples=30)
def test_cutting_keeps_every_sighting_once(scan: Scan) -> None:
    """In a piece or between two; no piece is empty, and what is between two comes between them in time."""
    seen, (pieces, cuts) = pieces_of(scan)
    parts = [*pieces, *(one.between for one in cuts)]
    assert sorted(np.concatenate([np.zeros(0, np.intp), *parts]).tolist()) == list(range(len(seen)))
    assert all(len(piece) for piece in pieces)
    for one in cuts:
        assert one.after == one.before + 1
        line = np.concatenate([pieces[one.before], one.between, pieces[one.after]])
        assert (np.diff(seen.frame[line]) > 0).all()
