"""Times run strictly forwards, and what was moved is counted."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from redact.video.clock import Clock


def clock(*, free_running: bool = False) -> Clock:
    """25 frames a second in ticks of 1/1000 s."""
    return Clock(40, Fraction(1000), free_running=free_running)


def ticks(times: list[int | None], *, free_running: bool = False) -> tuple[list[int], Clock]:
    """What a clock makes of TIMES."""
    one = clock(free_running=free_running)
    return [one.tick(time) for time in times], one


@given(st.lists(st.integers(-(10**9), 10**9), unique=True).map(sorted))
def test_times_that_run_forwards_are_kept(times: list[int]) -> None:
    """Whatever the gaps, a sound clock is left alone."""
    found, one = ticks(list(times))
    assert (found, one.retimed, one.set_back) == (times, 0, 0)


@given(st.lists(st.none() | st.integers(-(10**9), 10**9)))
def test_any_times_at_all_come_out_strictly_increasing(times: list[int | None]) -> None:
    """Missing, repeated, backwards: the result always increases, and what was not kept is counted."""
    found, one = ticks(times)
    assert all(a < b for a, b in pairwise(found))
    assert one.retimed == sum(a != b for a, b in zip(found, times, strict=True))


def test_a_late_frame_takes_the_next_free_tick() -> None:
    """One frame out of order moves alone."""
    assert ticks([0, 40, 30, 80])[0] == [0, 40, 41, 80]


def test_a_clock_that_was_set_back_runs_on() -> None:
    """Frames after a jump keep their distances, so that they are all seen."""
    found, one = ticks([0, 40, 80, -3000, -2960, -2920])
    assert found == [0, 40, 80, 120, 160, 200]
    assert (one.set_back, one.retimed) == (1, 3)


def test_a_jump_forwards_is_kept() -> None:
    """A gap in the recording stays a gap."""
    assert ticks([0, 40, 10**8])[0] == [0, 40, 10**8]


def test_missing_times_follow_the_rate() -> None:
    """A frame without a time is a nominal step after the one before."""
    assert ticks([None, None, None])[0] == [0, 40, 80]
    assert ticks([10, None, 90])[0] == [10, 50, 90]


def test_a_free_running_clock_counts() -> None:
    """Whatever a raw stream's frames say, frame n is at tick n, and none of that is damage."""
    found, one = ticks([None, 7, 3, None], free_running=True)
    assert (found, one.retimed) == ([0, 1, 2, 3], 0)
