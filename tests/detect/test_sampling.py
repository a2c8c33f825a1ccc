"""When the networks look: often while something moves, seldom while nothing does, always where nothing can be told."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from grey import frame_of
from hypothesis import given
from hypothesis import strategies as st

from redact.detect.sampling import (
    CLOSELY_S,
    CLOSELY_STILL_S,
    FAST_S,
    FINE_S,
    MOVING_S,
    SLACK_S,
    STILL_S,
    WHOLE_S,
    Look,
    Sampler,
)
from redact.records.clip import Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 25


def still(count: int, rate: int = RATE, level: int = 100) -> list[Frame]:
    """COUNT frames on which nothing moves but a little noise, RATE a second."""
    noise = np.random.default_rng(0)
    return [
        frame_of((level + noise.integers(-3, 4, (180, 320))).astype(np.uint8), i, round(i * RATE / rate))
        for i in range(count)
    ]


def looked(frames: list[Frame]) -> list[int]:
    """The frames that are picked, in order."""
    pace = Sampler(Fraction(1, RATE))
    picked = [look.frame.index for look in pace.pick(iter(frames))]
    assert picked == pace.looked
    return picked


def test_no_frames_no_looks() -> None:
    """Of nothing, nothing."""
    assert looked([]) == []


def test_a_single_frame_is_looked_at() -> None:
    """The first frame always is."""
    assert looked(still(1)) == [0]


def test_an_empty_street_is_looked_at_seldom_and_at_both_ends() -> None:
    """While nothing moves a look every one and a half seconds is enough, and the last frame is never left out."""
    assert looked(still(140)) == [0, 38, 76, 114, 139]
    assert STILL_S == 1.5


def test_movement_is_looked_at_when_it_begins_and_often_while_it_lasts() -> None:
    """The very frame on which something appears is looked at, and three in two seconds or more while it moves."""
    frames = still(60)
    for i in range(33, 60):
        frames[i].planes[0][60:120, 40 + 4 * (i - 33) : 80 + 4 * (i - 33)] = 220
    picked = looked(frames)
    assert 33 in picked
    assert max(np.diff(picked[picked.index(33) :])) <= MOVING_S * RATE + 1


def gaps(frames: list[Frame]) -> list[int]:
    """Frames between looks."""
    return np.diff(looked(frames)).tolist()


def test_what_moves_fast_is_looked_at_more_often() -> None:
    """A car that crosses the picture in half a second gets a look every quarter of a second."""
    frames = still(40)
    for i in range(20, 40):
        frames[i].planes[0][40:140, max(0, 24 * (i - 20) - 120) : 24 * (i - 20)] = 230
    assert gaps(frames)[1:3] == [6, 6]
    assert FAST_S * RATE == 6.25


def test_a_camera_that_pans_is_looked_through_more_often() -> None:
    """Where everything moves nothing can be told from where it was: a look every fifth frame at 25 frames/s."""
    wall = cv2.resize(np.random.default_rng(1).integers(60, 200, (18, 90), np.uint8), (900, 180))
    assert set(gaps([frame_of(wall[:, 3 * i : 3 * i + 320].copy(), i) for i in range(50)])[:8]) == {5}


def test_what_moves_in_one_half_is_looked_at_there_and_the_whole_every_other_second() -> None:
    """The half holds all that stirs; what stands still elsewhere is seen again soon after 2.4 s."""
    frames = still(150)
    for i in range(150):
        frames[i].planes[0][60:120, 200 + (i * 3) % 60 : 240 + (i * 3) % 60] = 220
    pace = Sampler(Fraction(1, RATE))
    looks = list(pace.pick(iter(frames)))
    halves = [look.left for look in looks if look.left is not None]
    assert len(halves) > len(pace.whole)
    assert all(left * 320 <= 200 and (left + 0.5) * 320 >= 300 for left in halves)
    assert max(np.diff(pace.whole)) <= WHOLE_S * RATE + MOVING_S * RATE + 1


def halves(*places: int) -> set[float]:
    """Where the halves begin that are looked at while something stirs at PLACES, px from the left of 320."""
    frames = still(60)
    for i in range(60):
        for place in places:
            frames[i].planes[0][60:120, place + 2 * i % 20 : place + 2 * i % 20 + 20] = 220
    return {look.left for look in Sampler(Fraction(1, RATE)).pick(iter(frames)) if look.left is not None}


@pytest.mark.parametrize("place", [20, 140, 260])
def test_the_half_that_is_looked_at_holds_all_that_stirs(place: int) -> None:
    """At the left, in the middle and at the right."""
    assert halves(place)
    assert all(left * 320 <= place and place + 40 <= (left + 0.5) * 320 for left in halves(place))
    assert all(0 <= left <= 0.5 for left in halves(place))


def test_no_half_is_looked_at_where_things_stir_on_both_sides() -> None:
    """None would hold them."""
    assert halves(20, 260) == set()


def test_pace_is_kept_by_time_not_by_frame_number() -> None:
    """At 6.8 frames a second every fourth or fifth frame of someone walking is looked at, as their times have it."""
    slow = [frame_of(np.full((180, 320), 60, np.uint8), i, round(i * RATE / 6.8)) for i in range(20)]
    for i, frame in enumerate(slow):
        frame.planes[0][60:120, 30 + 6 * i : 70 + 6 * i] = 180
    assert set(gaps(slow)[:-1]) == {4, 5}


def test_a_picture_that_stays_on_screen_is_looked_at_however_soon_it_came_after_a_look() -> None:
    """A recorder that stalls, or records in bursts, shows its last picture for long; a still one needs no such look."""
    frames = still(20)
    for i in range(3, 20):
        frames[i].planes[0][60:120, 40 + 4 * i : 80 + 4 * i] = 220
    late = [frame_of(one.planes[0], one.index, one.pts + (100 if one.index > 8 else 0)) for one in frames]
    assert 8 not in looked(frames)
    assert 8 in looked(late)
    quiet = [frame_of(one.planes[0], one.index, one.pts + (20 if one.index > 8 else 0)) for one in still(20)]
    assert 8 not in looked(quiet)


def test_both_sides_of_a_hard_cut_are_looked_at() -> None:
    """The last frame before it, since nothing can be carried over it from the other side, and the first after it."""
    wall = cv2.resize(np.random.default_rng(2).integers(20, 230, (18, 32), np.uint8), (320, 180))
    frames = still(37) + [frame_of(wall, f.index + 37, f.pts + 37) for f in still(30)]
    pace = Sampler(Fraction(1, RATE))
    picked = [look.frame.index for look in pace.pick(iter(frames))]
    assert pace.cuts == [37]
    assert {36, 37} <= set(picked)
    assert picked == sorted(picked)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=70))
def test_every_first_and_last_frame_is_looked_at_once_and_in_order(levels: list[int]) -> None:
    """Whatever the picture does no frame is picked twice, and no two seconds go by without a look."""
    picked = looked([frame_of(np.full((16, 16), level, np.uint8), i) for i, level in enumerate(levels)])
    assert picked == sorted(set(picked))
    assert (picked[0], picked[-1]) == (0, len(levels) - 1)
    assert all(step <= STILL_S * RATE for step in np.diff(picked))


def busy(count: int) -> list[Frame]:
    """COUNT frames on which something jumps about in the left third of the picture."""
    frames = still(count)
    for i, frame in enumerate(frames):
        frame.planes[0][60:120, (i * 37) % 70 : (i * 37) % 70 + 40] = 220
    return [Frame(i, i, frame.planes, None, damaged=False) for i, frame in enumerate(frames)]


def closely(frames: list[Frame], rate: int = RATE) -> tuple[Sampler, list[Look]]:
    """The looks at FRAMES, RATE a second, where it matters who is who."""
    pace = Sampler(Fraction(1, rate), closely=True)
    return pace, list(pace.pick(iter(frames)))


@pytest.mark.parametrize("rate", [10, 25, 30, 50])
def test_where_it_matters_who_is_who_what_moves_is_looked_at_ten_times_a_second(rate: int) -> None:
    """At the first frame after a tenth of a second or hardly less, and at all of it, though one third alone moves."""
    pace, looks = closely(busy(2 * rate), rate)
    steps = np.diff([look.frame.pts for look in looks])[:-1] / rate
    assert (steps >= CLOSELY_S - SLACK_S - 1e-9).all()
    assert (steps < CLOSELY_S - SLACK_S + 1 / rate + 1e-9).all()
    assert {look.left for look in looks} == {None}
    assert pace.whole == pace.looked == [look.frame.index for look in looks]


@pytest.mark.parametrize("rate", [10, 25, 30])
def test_where_it_matters_who_is_who_a_still_scene_is_looked_at_three_times_a_second(rate: int) -> None:
    """Someone who stands still is not left alone for two seconds."""
    frames = [Frame(i, i, frame.planes, None, damaged=False) for i, frame in enumerate(still(3 * rate))]
    pace, looks = closely(frames, rate)
    steps = np.diff([look.frame.pts for look in looks])[:-1] / rate
    assert (steps >= CLOSELY_STILL_S - 1e-9).all()
    assert (steps < CLOSELY_STILL_S + 1 / rate + 1e-9).all()
    assert pace.whole == pace.looked
    assert CLOSELY_STILL_S < 1 / 3


def test_where_it_matters_less_a_moving_half_is_all_that_is_looked_at() -> None:
    """The same frames, not closely: fewer looks, most of them at a half, and no such half is listed as fine."""
    pace = Sampler(Fraction(1, RATE))
    looks = list(pace.pick(iter(busy(50))))
    assert sum(look.left is not None for look in looks) > len(looks) / 2
    assert len(closely(busy(50))[1]) > 1.5 * len(looks)
    closer = [look for look in looks if look.fine]
    assert pace.fine == [look.frame.index for look in closer if look.left is None]
    assert len(closer) > len(pace.fine)


def wall(seed: int) -> NDArray[np.uint8]:
    """A scene, another for every SEED."""
    return np.random.default_rng(seed).integers(20, 200, (36, 64), np.uint8)


def film(*shots: tuple[int, bool]) -> list[Frame]:
    """Shots of so many frames, each of a scene of its own, in some of which something moves."""
    frames: list[Frame] = []
    for number, (count, moves) in enumerate(shots):
        for i in range(count):
            luma = wall(number)
            luma[12:24, (i * 14) % 48 : (i * 14) % 48 + 12] = 255 if moves else 128
            luma[:, : 0 if moves else 64] = wall(number)[:, : 0 if moves else 64]
            frames.append(frame_of(luma, len(frames)))
    return frames


def test_a_closer_look_is_taken_at_both_ends_and_at_both_sides_of_a_cut() -> None:
    """There nothing can be carried over, so what is small is looked for as well."""
    pace, looks = closely(film((37, False), (31, True), (7, False)))
    assert pace.cuts == [37, 68]
    assert {0, 36, 37, 67, 68, 74} <= set(pace.fine)
    assert pace.fine == [look.frame.index for look in looks if look.fine]


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=4), st.booleans())
def test_closer_looks_are_seldom_and_listed_where_they_are_at_the_whole(
    shots: list[tuple[int, bool]], close: bool
) -> None:
    """Whatever moves, and wherever it is cut: two are FINE_S apart, but for ends, cuts and a whole look long due."""
    pace = Sampler(Fraction(1, RATE), closely=close)
    frames = film(*shots)
    looks = list(pace.pick(iter(frames)))
    assert pace.looked == [look.frame.index for look in looks]
    assert pace.whole == [look.frame.index for look in looks if look.left is None]
    assert pace.fine == [look.frame.index for look in looks if look.left is None and look.fine]
    assert pace.cuts == np.cumsum([count for count, _ in shots])[:-1].tolist()
    assert {0, *pace.cuts} <= set(pace.fine)
    excused = {0, len(frames) - 1, *pace.cuts, *(cut - 1 for cut in pace.cuts)}
    fine = [look for look in looks if look.fine]
    for before, after in pairwise(fine):
        apart = (after.frame.pts - before.frame.pts) / RATE
        late = after.frame.pts / RATE >= WHOLE_S and after.left is None and not close
        assert apart >= FINE_S - 1e-9 or after.frame.index in excused or late


@pytest.mark.parametrize("frames", [busy(100), still(100)], ids=["busy", "still"])
def test_a_closer_look_is_never_long_in_coming(frames: list[Frame]) -> None:
    """Where it looks closely, the first look after FINE_S is a closer one."""
    pace, _ = closely(frames)
    assert max(np.diff(pace.fine)) <= (FINE_S + CLOSELY_STILL_S) * RATE + 1
    assert len(pace.fine) < len(pace.looked) / 1.5
