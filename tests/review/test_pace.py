"""How far a job is, and how long it takes: never backwards, and no time left is said that nobody can tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.review.work.job import Job, JobKind, State
from redact.review.work.pace import MOST, WEIGHTS, Pace

JOB = Job(JobKind.RENDER, "SAR-1", "a.example", state=State.RUNNING)


class Clock:
    """A clock that is set."""

    now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which a pace is reckoned."""
    clock = Clock()
    monkeypatch.setattr("redact.review.work.pace.monotonic", clock)
    return clock


def test_the_time_left_counts_the_stages_to_come(clock: Clock) -> None:
    """Half of the painting took 10 s: 10 s more, and as long as all of it again, about, for the checks."""
    pace = Pace()
    pace.at(JOB, "render", 0, 100)
    clock.now += 10
    told = pace.at(JOB, "render", 50, 100)
    weights = WEIGHTS[JobKind.RENDER]
    assert told.left_s == pytest.approx(10 + 20 * weights["verify"] / weights["render"])


def test_no_time_is_said_that_nobody_can_tell(clock: Clock) -> None:
    """Not in the first seconds, not where no number is known, and not for the end of a stage, which is not counted."""
    pace = Pace()
    assert pace.at(JOB, "render", 1, 100).left_s is None
    clock.now += 10
    assert pace.at(JOB, "render", 50, None).left_s is None
    assert pace.at(JOB, "render", 100, 100).left_s is None
    assert pace.at(JOB, "load networks", 1, 5).left_s is None


def test_a_copy_that_is_made_again_goes_on_from_where_it_was() -> None:
    """The second look found somebody: it is said so, and the share neither falls nor stands at the end."""
    pace, job, shares = Pace(), JOB, []
    for _ in range(3):
        for stage in ("render", "verify"):
            for done in (0, 50, 100):
                job = pace.at(job, stage, done, 100)
                shares.append(job.share)
    assert job.round == 3
    assert "again" in job.stages
    assert shares == sorted(shares)
    assert len(set(shares)) == len(shares) - 5  # each stage begins where the one before it ended
    assert shares[-1] == MOST


@given(
    st.sampled_from(JobKind),
    st.lists(
        st.tuples(
            st.sampled_from(["probe", "examine", "scan", "people", "render", "verify", "proxy", "sound", "odd"]),
            st.integers(0, 200),
            st.none() | st.integers(0, 100),
        )
    ),
)
def test_it_never_runs_backwards(kind: JobKind, told: list[tuple[str, int, int | None]]) -> None:
    """Whatever a job says."""
    pace, job = Pace(), Job(kind, "SAR-1", "a.example")
    for stage, done, total in told:
        before, job = job, pace.at(job, stage, done, total)
        assert before.share <= job.share <= MOST
        assert job.round >= before.round
