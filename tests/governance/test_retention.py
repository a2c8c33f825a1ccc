"""How long things are kept: by age, by holds and by open requests, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.advice import Sentence, Task
from redact.errors import NotPermitted, Refusal
from redact.governance.rules.organisation import Retention
from redact.governance.rules.retention import (
    Copy,
    CopyKind,
    Footage,
    Hold,
    Limits,
    check_hold,
    check_purge,
    check_usable,
    copy_state,
    state,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = Limits()
RECORDED = date(2026, 3, 1)
LAST = date(2026, 3, 31)
FALL = Hold("a fall on the stairs", date(2026, 5, 1), "aex")
PLAIN = Footage(sha256="ab" * 32, name="cam4.mp4", recorded=RECORDED, imported=date(2026, 3, 3))

DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1))
HOLDS = st.lists(st.builds(Hold, st.just("an incident"), DAYS), max_size=3).map(tuple)
REQUESTS = st.lists(st.sampled_from(["SAR-1", "SAR-2"]), max_size=2, unique=True).map(tuple)
FOOTAGE = st.builds(
    Footage,
    sha256=st.just("ab" * 32),
    name=st.just("cam4.mp4"),
    recorded=st.none() | DAYS,
    imported=DAYS,
    holds=HOLDS,
    open_requests=REQUESTS,
    purged=st.booleans(),
)
ANY_LIMITS = st.builds(Limits, *[st.integers(1, 3650)] * 3)


def days(count: int) -> timedelta:
    """COUNT days."""
    return timedelta(days=count)


def allows(check: Callable[..., None], *arguments: object) -> bool:
    """Tell whether CHECK lets ARGUMENTS through."""
    try:
        check(*arguments)
    except NotPermitted:
        return False
    return True


def test_footage_is_kept_through_its_last_day_and_no_longer() -> None:
    """Thirty days from the recording; on the day after, it goes."""
    last, after = state(PLAIN, LIMITS, LAST), state(PLAIN, LIMITS, LAST + days(1))
    assert (last.until, last.purgeable, last.overdue_days) == (LAST, False, 0)
    assert last.reason == "Kept until 31 March 2026: recorded on 1 March 2026, kept for 30 days."
    assert (after.until, after.purgeable, after.overdue_days) == (LAST, True, 1)
    assert after.reason == ("Past retention by 1 day: recorded on 1 March 2026, kept for 30 days, until 31 March 2026.")


def test_the_import_counts_where_the_recording_is_not_known() -> None:
    """And the reason says so."""
    kept = state(replace(PLAIN, recorded=None), LIMITS, RECORDED)
    assert kept.until == date(2026, 4, 2)
    assert "imported on 3 March 2026 (when it was recorded is not known)" in kept.reason


def test_a_recorder_whose_clock_is_ahead_does_not_keep_footage_longer() -> None:
    """Nothing is recorded after it was imported."""
    kept = state(replace(PLAIN, recorded=date(2031, 1, 1)), LIMITS, RECORDED)
    assert kept.until == date(2026, 4, 2)
    assert "imported on 3 March 2026 (the recorder's date, 1 January 2031, is later than that)" in kept.reason


def test_a_hold_keeps_it_and_says_why() -> None:
    """However old it is."""
    kept = state(replace(PLAIN, holds=(FALL,)), LIMITS, date(2026, 4, 30))
    assert (kept.purgeable, kept.overdue_days, kept.review_overdue) == (False, 0, ())
    assert kept.reason == "Kept: the hold (a fall on the stairs; review on 1 May 2026) keeps it."


def test_a_review_that_was_missed_is_listed_and_frees_nothing() -> None:
    """Only a person ends a hold."""
    kept = state(replace(PLAIN, holds=(FALL,)), LIMITS, date(2027, 1, 1))
    assert (kept.purgeable, kept.review_overdue) == (False, (FALL,))
    assert kept.reason.endswith("keeps it, though a review was due on 1 May 2026.")
    assert not state(replace(PLAIN, holds=(FALL,)), LIMITS, FALL.review).review_overdue


def test_an_open_request_keeps_it_and_says_which() -> None:
    """What somebody asked for is not deleted under their hands."""
    footage = replace(PLAIN, holds=(FALL,), open_requests=("SAR-2", "SAR-1"))
    kept = state(footage, LIMITS, date(2026, 4, 30))
    assert kept.blocked == (
        "the hold (a fall on the stairs; review on 1 May 2026)",
        "the open request SAR-1",
        "the open request SAR-2",
    )
    with pytest.raises(NotPermitted) as refused:
        check_purge(kept)
    assert refused.value.what == (
        "cam4.mp4 may not be purged: the hold (a fall on the stairs; review on 1 May 2026),"
        " the open request SAR-1 and the open request SAR-2 keep it."
    )
    assert refused.value.advice.tasks == (Task.LIFT, Task.CLOSE_REQUEST)


def test_footage_is_not_purged_early() -> None:
    """Within its time somebody may still ask for it."""
    with pytest.raises(NotPermitted, match="Kept until 31 March 2026") as refused:
        check_purge(state(PLAIN, LIMITS, LAST))
    assert refused.value.advice == Sentence(("Purge it after that day: ", Task.PURGE))
    check_purge(state(PLAIN, LIMITS, LAST + days(1)))


def test_what_was_purged_is_not_purged_again_or_used() -> None:
    """The record stays, the footage does not."""
    gone = replace(PLAIN, purged=True)
    with pytest.raises(NotPermitted, match="It was purged"):
        check_purge(state(gone, LIMITS, LAST + days(9)))
    with pytest.raises(NotPermitted, match="was purged, and can no longer be used"):
        check_usable(gone, LIMITS, RECORDED)
    with pytest.raises(NotPermitted, match="was purged, and can no longer be held"):
        check_hold(gone, LIMITS, FALL, RECORDED, dpo=True)


def test_what_is_past_its_time_is_not_used() -> None:
    """It is purged, or the DPO holds it for an incident."""
    check_usable(PLAIN, LIMITS, LAST)
    with pytest.raises(NotPermitted, match="Past retention by 2 days") as refused:
        check_usable(PLAIN, LIMITS, LAST + days(2))
    assert refused.value.exit_code == 7
    assert refused.value.code is Refusal.PAST_RETENTION
    assert refused.value.advice.tasks == (Task.PURGE, Task.HOLD)
    check_usable(replace(PLAIN, holds=(FALL,)), LIMITS, LAST + days(2))
    check_usable(replace(PLAIN, open_requests=("SAR-1",)), LIMITS, LAST + days(2))


def test_only_the_dpo_holds_what_is_past_its_time() -> None:
    """In time anyone who may place holds can."""
    check_hold(PLAIN, LIMITS, FALL, LAST, dpo=False)
    check_hold(PLAIN, LIMITS, FALL, LAST + days(1), dpo=True)
    with pytest.raises(NotPermitted, match="only the DPO may hold it now"):
        check_hold(PLAIN, LIMITS, FALL, LAST + days(1), dpo=False)
    with pytest.raises(NotPermitted, match="not on 1 May 2026"):
        check_hold(PLAIN, LIMITS, FALL, FALL.review, dpo=True)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_hold_without_a_reason_is_none(reason: str) -> None:
    """Footage is not kept for nothing."""
    with pytest.raises(ValueError, match="why"):
        Hold(reason, LAST)


@pytest.mark.parametrize("wrong", [0, -1, 3651])
def test_limits_are_days_of_ten_years_at_most(wrong: int) -> None:
    """Nothing is kept for ever by a slip of the pen."""
    with pytest.raises(ValueError, match="from 1 to 3650"):
        Limits(footage_days=wrong)


def test_limits_come_from_the_organisation() -> None:
    """Field by field."""
    assert Limits.of(Retention(footage_days=1, working_days=2, release_days=3)) == Limits(1, 2, 3)
    assert Limits.of(Retention()) == LIMITS


def test_a_working_copy_is_kept_from_the_end_of_its_request() -> None:
    """While the request is open it stays."""
    ended = Copy(name="plan.json", reference="SAR-1", kind=CopyKind.WORKING, since=RECORDED)
    assert copy_state(ended, LIMITS, LAST).reason == (
        "Kept until 31 March 2026: request SAR-1 ended on 1 March 2026, kept for 30 days."
    )
    assert copy_state(ended, LIMITS, LAST + days(1)).purgeable
    still = copy_state(replace(ended, since=None), LIMITS, date(2030, 1, 1))
    assert (still.until, still.purgeable, still.reason) == (None, False, "Kept: the open request SAR-1 keeps it.")


def test_a_release_is_kept_from_its_release() -> None:
    """A hundred and eighty days, or as long as a hold says."""
    made = Copy(name="SAR-1.zip", reference="SAR-1", kind=CopyKind.RELEASE, since=RECORDED)
    assert copy_state(made, LIMITS, RECORDED).until == date(2026, 8, 28)
    assert copy_state(made, LIMITS, date(2026, 8, 29)).purgeable
    assert not copy_state(replace(made, holds=(FALL,)), LIMITS, date(2026, 8, 29)).purgeable
    assert not copy_state(replace(made, since=None), LIMITS, date(2036, 8, 29)).purgeable
    assert not copy_state(replace(made, purged=True), LIMITS, date(2036, 8, 29)).purgeable


@given(FOOTAGE, ANY_LIMITS, DAYS)
def test_it_is_purgeable_only_where_time_is_up_and_nothing_keeps_it(
    footage: Footage, limits: Limits, now: date
) -> None:
    """Whatever else is true, holds and requests win, and usable and purgeable never hold together."""
    kept = state(footage, limits, now)
    start = min(footage.recorded or footage.imported, footage.imported)
    free = not (footage.holds or footage.open_requests or footage.purged)
    assert kept.purgeable == (free and now > start + days(limits.footage_days))
    assert kept.overdue_days == (max(0, (now - start).days - limits.footage_days) if free else 0)
    assert kept.reason.endswith(".")
    assert allows(check_purge, kept) == kept.purgeable
    assert allows(check_usable, footage, limits, now) == (not kept.purgeable and not footage.purged)


@given(FOOTAGE, ANY_LIMITS, DAYS, st.integers(0, 5000))
def test_waiting_never_takes_a_purge_back(footage: Footage, limits: Limits, now: date, later: int) -> None:
    """Once it may go it may go on every later day, and is the more overdue."""
    first, then = state(footage, limits, now), state(footage, limits, now + days(later))
    assert then.purgeable or not first.purgeable
    assert then.overdue_days >= first.overdue_days
    assert set(first.review_overdue) <= set(then.review_overdue)
