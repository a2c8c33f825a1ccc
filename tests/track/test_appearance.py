"""How much two looks speak for one person, as a clip itself teaches it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from crowds import Body, body, scan_of, scans_at_random, seen_of, walks
from hypothesis import given, settings

from redact.track.appearance import MOST, Appearance
from redact.track.tracklets import chains

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.detect.found import Scan


def learned(*bodies: Body) -> tuple[Appearance, list[NDArray[np.intp]]]:
    """What is learned of BODIES, and the tracklets that it is learned from, by where they begin."""
    seen = seen_of(scan_of(*bodies))
    tracklets = sorted(chains(seen), key=lambda chain: float(seen.xyxy[chain[0], 0]))
    return Appearance(seen, tracklets), tracklets


def odds(*bodies: Body) -> float:
    """How much the looks of the first two of BODIES, from the left, speak for one person."""
    appearance, (one, two, *_) = learned(*bodies)
    return appearance.odds(appearance.mean(one), appearance.mean(two))


def test_of_nobody_nothing_is_learned() -> None:
    """There are no looks."""
    appearance, tracklets = learned()
    assert (len(appearance.looks), tracklets) == (0, [])


def test_one_look_alone_says_nothing() -> None:
    """There is nothing it could differ from."""
    appearance, (alone,) = learned(walks(50, 2, [5], look=1))
    look = appearance.mean(alone)
    assert appearance.odds(look, look) == 0


def test_where_no_colours_are_known_looks_say_nothing() -> None:
    """Neither for nor against."""
    assert odds(walks(50, 2), walks(300, 2)) == 0


def test_the_colours_of_one_say_nothing_of_another_whose_are_not_known() -> None:
    """A blank is no colour."""
    assert odds(walks(50, 2, look=1), walks(300, 2)) == 0


def test_the_same_clothes_speak_for_one_person_and_others_against() -> None:
    """While somebody else again is there to compare with."""
    first, then = range(40), range(45, 90)
    others = walks(450, 0, look=2), walks(520, 0, look=4), walks(590, 0, look=5)
    assert odds(walks(50, 2, first, look=1), walks(200, 2, then, look=1), *others) > 2
    assert odds(walks(50, 2, first, look=1), walks(200, 2, then, look=7), *others) < -2


def test_a_long_clip_teaches_as_much_as_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though few of its moments are compared: those of one person, and of others beside them, are among them."""

    def taught(minutes: int) -> float:
        frames = 600 * minutes
        passing = [
            body((left, 100, left + 40, 220), range(at, at + 90), look=at // 100 + left)
            for at in range(0, frames, 100)
            for left in (50, 250, 450)
        ]
        seen = seen_of(scan_of(*passing, frames=frames))
        appearance = Appearance(seen, chains(seen))
        first, *_, last = (appearance.mean(chain) for chain in chains(seen))
        return appearance.odds(first, first) - appearance.odds(first, last)

    short = taught(1)
    monkeypatch.setattr("redact.track.appearance.MOST_MOMENTS", 60)
    monkeypatch.setattr("redact.track.appearance.AT_A_TIME", 30)
    assert taught(4) == pytest.approx(short, rel=0.2)


def test_what_changes_on_everyone_is_divided_away() -> None:
    """Light that comes and goes on each body counts for little; what stays tells them apart."""
    scan = scan_of(walks(50, 2, look=1), walks(300, 2, look=2))
    assert scan.found.colours is not None
    colours = scan.found.colours.copy()
    colours[:, :18] = np.where(scan.found.frame % 20 < 10, 20, 230)[:, None]
    changing = replace(scan, found=replace(scan.found, colours=colours))
    seen = seen_of(changing)
    tracklets = [np.flatnonzero((seen.xyxy[:, 0] < 275) == left) for left in (True, False)]
    looks = Appearance(seen, tracklets).looks
    light, dark = (tracklets[0][seen.frame[tracklets[0]] % 20 // 10 == half] for half in (0, 1))
    assert looks[light].mean(axis=0) @ looks[dark].mean(axis=0) > 0
    assert looks[light].mean(axis=0) @ looks[tracklets[1]].mean(axis=0) < 0


@given(scans_at_random())
@settings(max_examples=20)
def test_looks_have_length_one_or_none_and_odds_a_limit(scan: Scan) -> None:
    """Whatever was found, no look decides alone."""
    seen = seen_of(scan)
    tracklets = chains(seen)
    appearance = Appearance(seen, tracklets)
    length = np.linalg.norm(appearance.looks, axis=1)
    assert (np.isclose(length, 1) | (length == 0)).all()
    means = [appearance.mean(chain) for chain in tracklets]
    for one in means:
        for two in means:
            assert abs(appearance.odds(one, two)) <= MOST
            assert np.isclose(appearance.odds(one, two), appearance.odds(two, one))
