"""Times run strictly forwards, and what was moved is counted."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.video.clock import Clock

MS = Fraction(1, 1000)


def clock(*, free_running: bool = False) -> Clock:
    """25 frames a second in ticks of 1/1000 s."""
    return Clock(40, Fraction(1000), Fraction(300_000), free_running=free_running)


def ticks(times: list[int | None], *, free_running: bool = False) -> tuple[list[int], Clock]:
    """What a clock makes of TIMES."""
    one = clock(free_running=free_running)
    return [one.tick(time) for time in times], one


@given(st.lists(st.integers(1, 300_000)).map(lambda steps: list(accumulate(steps, initial=-500))))
def test_times_that_run_forwards_are_kept(times: list[int]) -> None:
    """Up to five minutes, whatever the gaps, a sound clock is left alone."""
    found, one = ticks(list(times))
    assert (found, one.retimed, one.breaks) == (times, 0, [])


@given(st.lists(st.none() | st.integers(-(10**9), 10**9)), st.sampled_from([0, 2**20]))
def test_any_times_at_all_come_out_strictly_increasing(times: list[int | None], wrap: int) -> None:
    """Missing, repeated, backwards: the result increases, and is the file's plus the shift in force, or counted."""
    one = Clock(40, Fraction(1000), Fraction(300_000), wrap=wrap)
    found = [one.tick(time) for time in times]
    assert all(a < b for a, b in pairwise(found))
    one.close()
    shifts = [([0, *(s for f, s in one.breaks if f <= i)])[-1] for i in range(len(times))]
    moved = sum(t is not None and a != t + s for a, t, s in zip(found, times, shifts, strict=True))
    assert moved <= one.retimed <= moved + times.count(None)


@given(st.lists(st.none() | st.integers(-(10**9), 10**9)), st.integers(2**19, 2**20))
def test_breaks_are_in_order_and_each_changes_something(times: list[int | None], wrap: int) -> None:
    """What is kept of the file's clock is a list of frames, each with another shift than the one before."""
    one = Clock(40, Fraction(1000), Fraction(300_000), wrap=wrap)
    for time in times:
        one.tick(time)
    assert all(a[0] < b[0] and a[1] != b[1] for a, b in pairwise([(-1, 0), *one.breaks]))


def test_a_late_frame_takes_the_next_free_tick() -> None:
    """One frame out of order moves alone."""
    assert ticks([0, 40, 30, 80])[0] == [0, 40, 41, 80]


def test_a_clock_that_was_set_back_runs_on() -> None:
    """Frames after a jump keep their distances, so that they are all seen."""
    found, one = ticks([0, 40, 80, -3000, -2960, -2920])
    assert found == [0, 40, 80, 120, 160, 200]
    assert (one.breaks, one.retimed) == ([(3, 3120)], 0)
    assert list(one.told(MS, 0)) == [
        "The clock of the recording is set back by 3.1 s at 0:00.1; the copy runs on from there without a break."
    ]


def test_a_gap_of_minutes_is_kept() -> None:
    """A gap in the recording stays a gap."""
    assert ticks([0, 40, 300_000])[0] == [0, 40, 300_000]


def test_a_jump_of_an_hour_is_closed_and_told() -> None:
    """Nobody waits an hour for the next picture, and nothing is hidden of that."""
    found, one = ticks([0, 40, 3_600_080, 3_600_120])
    assert found == [0, 40, 80, 120]
    assert one.breaks == [(2, -3_600_000)]
    assert list(one.told(MS, 0)) == [
        "The clock of the recording jumps by 1 h 0 min at 0:00.0; the copy runs on from there without the gap."
    ]


@pytest.mark.parametrize("step", [60_000, 600_000, 7_200_000])
def test_a_recording_of_few_pictures_is_no_row_of_gaps(step: int) -> None:
    """A picture every minute, every ten minutes or every two hours is what was recorded, whatever the header says."""
    times = [step * i for i in range(30)]
    assert ticks(list(times))[0] == times


def test_a_gap_that_mp4_cannot_carry_is_closed() -> None:
    """A first frame at 0 and a second one half a century later, as from a recorder that finds its clock late."""
    assert ticks([0, 10**12, 10**12 + 40])[0] == [0, 40, 80]


@pytest.mark.parametrize("wrong", [5, 10**9, -(10**9)])
def test_one_frame_with_a_wrong_time_makes_no_gap(wrong: int) -> None:
    """What comes after it is where it was."""
    found, _ = ticks([10_000, 10_040, 10_080, wrong, 10_160, 10_200])
    assert found == [10_000, 10_040, 10_080, 10_120, 10_160, 10_200]


@pytest.mark.parametrize("gap", [3600, 90_000 * 20, 90_000 * 200])
def test_a_counter_that_starts_again_at_33_bits_goes_on_exactly(gap: int) -> None:
    """The distance over the wrap is the true one, and nothing is told of it: the recording has no fault."""
    one = Clock(3600, Fraction(90_000), Fraction(90_000 * 300), wrap=2**33)
    times = [2**33 - 7300, 2**33 - 3700, (2**33 - 3700 + gap) % 2**33, (2**33 - 100 + gap) % 2**33]
    found = [one.tick(time) for time in times]
    assert found == [2**33 - 7300, 2**33 - 3700, 2**33 - 3700 + gap, 2**33 - 100 + gap]
    assert [shift for _, shift in one.breaks] == [2**33]
    assert list(one.told(Fraction(1, 90_000), found[0])) == []


def test_a_clock_set_back_that_ffmpeg_takes_for_a_wrap_is_told_as_what_it_is() -> None:
    """FFmpeg adds 2^33 ticks to times before the first; a clock set back by 1000 s then seems to leap by a day."""
    one = Clock(3600, Fraction(90_000), Fraction(90_000 * 300), wrap=2**33)
    times = [90_000 * 1001, 90_000 * 1001 + 3600, 2**33 + 90_000, 2**33 + 90_000 + 3600]
    assert [one.tick(time) for time in times] == [90_000 * 1001 + 3600 * i for i in range(4)]
    assert "is set back by 16 min 40 s at 0:00.0" in next(one.told(Fraction(1, 90_000), times[0]))


def test_missing_times_follow_the_rate() -> None:
    """A frame without a time is a nominal step after the one before."""
    assert ticks([None, None, None])[0] == [0, 40, 80]
    assert ticks([10, None, 90])[0] == [10, 50, 90]


def test_times_that_a_stream_leaves_out_are_no_damage() -> None:
    """MPEG gives a time to some pictures only; where the next one confirms what was assumed, nothing was moved."""
    assert ticks([0, None, None, 120])[1].retimed == 0
    assert ticks([0, None, None, 1000])[1].retimed == 2


def test_a_free_running_clock_counts() -> None:
    """Whatever a raw stream's frames say, frame n is at tick n, and none of that is damage."""
    found, one = ticks([None, 7, 3, None], free_running=True)
    assert (found, one.retimed) == ([0, 1, 2, 3], 0)
