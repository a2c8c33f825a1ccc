"""The clock: when a request is due, and what makes no sense."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pytest
from bank_holidays import bank_holidays
from dateutil.relativedelta import relativedelta
from hypothesis import assume, given
from hypothesis import strategies as st

from redact.governance.ledger.events import CLOCK, Event, EventKind
from redact.governance.rules.clock import Clock, Nation, Outcome, Waiting, check, clock, working_day
from redact.governance.rules.working_days import bank_holidays as known
from redact.request.choices import RequestKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn

ENGLAND = Nation.ENGLAND_AND_WALES
FOR_THE_PUBLIC = "ico.org.uk/for-the-public/time-limits-for-responding-to-data-protection-rights-requests"
FOR_ORGANISATIONS = "ico.org.uk right-of-access/what-should-we-consider-when-responding-to-a-request, 8 December 2025"
FOR_SMALL_ONES = "ico.org.uk/global/sar-checklist-for-smes/i-need-to-complete-a-sar"
ICO_IN_2019 = "ICO guidance of August 2019 as reported by schoolspeople.co.uk/gdpr-when-is-a-month-not-a-month"
ICO_BY_LAWYERS = "ICO guidance as reported by lexology.com g=ff847e97 and cms-lawnow.com 2019/09"
A_CALCULATOR = "ICO rule as worked by myprivacy.tools/tool-dsardeadline.html"

ASKED = {
    Waiting.IDENTITY: (EventKind.IDENTITY_ASKED, EventKind.IDENTITY_SATISFIED),
    Waiting.FEE: (EventKind.FEE_ASKED, EventKind.FEE_PAID),
    Waiting.CLARIFICATION: (EventKind.CLARIFICATION_ASKED, EventKind.CLARIFICATION_ANSWERED),
}


def happened(kind: EventKind, on: date | str, **data: Any) -> Event:
    """Make an event that was recorded on the day it happened."""
    return Event(kind=kind, by="officer", reference="SAR-1", on=str(on), data=data, at=f"{on}T12:00:00.000000+00:00")


def opened(on: date | str, **data: Any) -> Event:
    """Make the event that begins a request."""
    return happened(EventKind.OPENED, on, received=str(on), **data)


def waited(waiting: Waiting, asked: date | str, answered: date | str | None = None) -> list[Event]:
    """Make a question and, if there is one, its answer."""
    asking, answering = ASKED[waiting]
    return [happened(asking, asked), *([happened(answering, answered)] if answered else [])]


def extended(on: date | str) -> Event:
    """Make an extension."""
    return happened(EventKind.EXTENDED, on, reason="forty cameras")


def sar(*events: Event, nation: Nation = ENGLAND, today: str = "2026-03-10") -> Clock:
    """Ask for the clock of a subject access request."""
    return clock(RequestKind.SAR, events, nation, date.fromisoformat(today))


# ---- what is published


@pytest.mark.parametrize(
    ("source", "received", "due"),
    [
        pytest.param(source, received, due, id=f"{received} {source.split('/')[0].split(' ')[0]}")
        for source, received, due in [
            (FOR_THE_PUBLIC, "2025-09-03", "2025-10-03"),
            (FOR_SMALL_ONES, "2024-09-03", "2024-10-03"),
            (FOR_THE_PUBLIC, "2019-11-25", "2019-12-27"),
            (FOR_ORGANISATIONS, "2024-11-25", "2024-12-27"),
            (FOR_THE_PUBLIC, "2026-03-31", "2026-04-30"),
            (FOR_ORGANISATIONS, "2027-01-01", "2027-02-01"),
            (FOR_ORGANISATIONS, "2025-01-31", "2025-02-28"),
            (FOR_ORGANISATIONS, "2024-01-31", "2024-02-29"),
            (FOR_ORGANISATIONS, "2026-01-31", "2026-03-02"),
            (ICO_IN_2019, "2026-04-01", "2026-05-01"),
            (ICO_IN_2019, "2027-04-01", "2027-05-04"),
            (ICO_BY_LAWYERS, "2025-01-30", "2025-02-28"),
            (ICO_BY_LAWYERS, "2025-08-01", "2025-09-01"),
        ]
    ],
)
def test_published_examples_of_one_month(source: str, received: str, due: str) -> None:
    """What the ICO works out by hand comes out: same date, shorter month, weekend, bank holidays, leap year."""
    assert sar(opened(received)).due == date.fromisoformat(due), source


def test_published_example_of_a_clarification() -> None:
    """Asked on 20 February and answered on the 27th moves 15 March to 22 March: `A_CALCULATOR`."""
    found = sar(opened("2027-02-15"), *waited(Waiting.CLARIFICATION, "2027-02-20", "2027-02-27"))
    assert (found.paused_days, found.due) == (7, date(2027, 3, 22)), A_CALCULATOR


@pytest.mark.parametrize("waiting", [Waiting.IDENTITY, Waiting.FEE])
def test_the_month_starts_with_identity_or_fee(waiting: Waiting) -> None:
    """One month from the day the identity or the fee came, says `FOR_ORGANISATIONS`; until then there is no date."""
    events = [opened("2026-03-02"), *waited(waiting, "2026-03-03")]
    found = sar(*events)
    assert (found.started, found.due, found.target, found.waiting_for) == (None, None, None, waiting)
    assert (found.days_left, found.overdue, found.extension_notice_by) == (None, False, None)
    found = sar(*events, happened(ASKED[waiting][1], "2026-03-10"))
    assert (found.started, found.due, found.waiting_for) == (date(2026, 3, 10), date(2026, 4, 10), None)


def test_an_extension_is_three_months_from_the_same_start() -> None:
    """Three months from the original start, told within the first, says `FOR_ORGANISATIONS`."""
    found = sar(opened("2026-03-02"), extended("2026-04-02"))
    assert (found.due, found.extension_notice_by) == (date(2026, 6, 2), date(2026, 4, 2))
    assert (found.extended, found.extension_late) == (True, False)


def test_the_target_is_28_days() -> None:
    """The internal target is 28 days from the start, moved like the limit but not by an extension."""
    events = [opened("2026-03-02"), *waited(Waiting.CLARIFICATION, "2026-03-04", "2026-03-06"), extended("2026-03-20")]
    assert sar(*events).target == date(2026, 4, 1)


# ---- against an independent calculation


YEARS = range(2019, 2029)


@pytest.mark.parametrize("nation", Nation)
def test_bank_holidays_are_those_of_the_law(nation: Nation) -> None:
    """The calendar in use has the working days that the statutes and proclamations give, and the rules go on."""
    for year in (*YEARS, *range(2029, 2040)):
        ours = {day for day in bank_holidays(nation, year) if day.weekday() < 5}
        assert {day for day in known(nation, year) if day.weekday() < 5} == ours


def rolled(day: date, nation: Nation) -> date:
    """Go on to the next working day, by the independent bank holidays."""
    while day.weekday() >= 5 or day in HOLIDAYS[nation]:
        day += timedelta(1)
    return day


HOLIDAYS = {nation: set().union(*(bank_holidays(nation, year) for year in range(2018, 2031))) for nation in Nation}


@pytest.mark.parametrize("nation", Nation)
def test_every_day_of_ten_years(nation: Nation) -> None:
    """Received on any day from 2019 to 2028, plain or extended, a request is due when the other calculation says."""
    day = date(2019, 1, 1)
    while day.year <= 2028:
        plain = clock(RequestKind.SAR, [opened(day)], nation, day)
        longer = clock(RequestKind.SAR, [opened(day), extended(day)], nation, day)
        assert plain.due == longer.extension_notice_by == rolled(day + relativedelta(months=1), nation)
        assert longer.due == rolled(day + relativedelta(months=3), nation)
        assert plain.target == longer.target == rolled(day + relativedelta(days=28), nation)
        day += timedelta(1)


# ---- what stops the clock, and what does not


def test_nothing_recorded_is_refused() -> None:
    """Without an opening there is no clock."""
    with pytest.raises(ValueError, match="opened 0 times"):
        sar()


def test_a_clarification_stops_the_clock_until_it_is_answered() -> None:
    """While it is open there is no due date; question and answer on one day stop nothing."""
    start = opened("2026-03-02")
    found = sar(start, *waited(Waiting.CLARIFICATION, "2026-03-04"))
    assert (found.due, found.waiting_for, found.paused_days) == (None, Waiting.CLARIFICATION, 6)
    assert found.started == date(2026, 3, 2)
    found = sar(start, *waited(Waiting.CLARIFICATION, "2026-03-04", "2026-03-04"))
    assert (found.due, found.paused_days) == (date(2026, 4, 2), 0)


def test_the_day_is_moved_first_and_made_a_working_day_after() -> None:
    """4 April 2026 is a Saturday and the Monday Easter Monday; a day's wait gives the Sunday, so still the Tuesday."""
    start = opened("2026-03-04")
    assert sar(start).due == date(2026, 4, 7)
    assert sar(start, *waited(Waiting.CLARIFICATION, "2026-03-05", "2026-03-06")).due == date(2026, 4, 7)
    assert sar(start, *waited(Waiting.CLARIFICATION, "2026-03-05", "2026-03-06"), nation=Nation.SCOTLAND).due == date(
        2026, 4, 6
    )


def test_several_clarifications_add_up_and_overlaps_count_once() -> None:
    """Two waits add; of one that began while identity was waited for, only what came after the start counts."""
    two = [
        *waited(Waiting.CLARIFICATION, "2026-03-04", "2026-03-06"),
        *waited(Waiting.CLARIFICATION, "2026-03-06", "2026-03-09"),
    ]
    assert sar(opened("2026-03-02"), *two).paused_days == 5
    identity = waited(Waiting.IDENTITY, "2026-03-02", "2026-03-05")
    found = sar(opened("2026-03-02"), *two, *identity)
    assert (found.started, found.paused_days, found.due) == (date(2026, 3, 5), 4, date(2026, 4, 9))


def test_identity_is_named_before_fee_and_clarification() -> None:
    """Of several things waited for, the one that keeps the time from starting is named."""
    events = [event for waiting in Waiting for event in waited(waiting, "2026-03-03")]
    assert sar(opened("2026-03-02"), *reversed(events)).waiting_for is Waiting.IDENTITY


def test_a_late_extension_gives_no_more_time() -> None:
    """Told the day after the first month, the person can still expect the answer at its end, and the clock says so."""
    found = sar(opened("2026-03-02"), extended("2026-04-03"), today="2026-04-03")
    assert (found.extended, found.extension_late, found.due) == (False, True, date(2026, 4, 2))
    assert found.overdue
    assert found.days_left == -1
    assert any("gives no more time" in sentence for sentence in found.sentences)


def test_the_first_month_moves_with_a_clarification() -> None:
    """An extension is still in time where the month stood still, and while it stands."""
    asked = waited(Waiting.CLARIFICATION, "2026-03-10", "2026-03-20")
    assert sar(opened("2026-03-02"), *asked, extended("2026-04-13")).extended
    assert sar(opened("2026-03-02"), *asked, extended("2026-04-14")).extension_late
    assert sar(opened("2026-03-02"), *asked[:1], extended("2026-06-30")).extended


@pytest.mark.parametrize("waiting", Waiting)
def test_a_question_after_the_limit_gives_no_more_time(waiting: Waiting) -> None:
    """Whoever asks when the time is over is late all the same, answered or not; on the last day it still counts."""
    for answered in (None, "2026-04-20"):
        found = sar(opened("2026-03-02"), *waited(waiting, "2026-04-03", answered), today="2026-04-21")
        assert (found.due, found.waiting_for, found.paused_days) == (date(2026, 4, 2), None, 0)
        assert found.overdue
        assert any("it gives no more time" in sentence for sentence in found.sentences)
    assert sar(opened("2026-03-02"), *waited(waiting, "2026-04-02")).waiting_for is waiting


def test_a_question_in_time_only_by_an_earlier_wait_counts() -> None:
    """Identity asked for on 10 April is in time, as the clarification of March had moved the limit to the 13th."""
    asked = waited(Waiting.CLARIFICATION, "2026-03-10", "2026-03-20")
    found = sar(opened("2026-03-02"), *waited(Waiting.IDENTITY, "2026-04-10", "2026-04-15"), *asked)
    assert (found.started, found.paused_days, found.due) == (date(2026, 4, 15), 0, date(2026, 5, 15))
    assert [wait.waiting for wait in found.waits] == [Waiting.CLARIFICATION, Waiting.IDENTITY]


def test_the_last_day_is_in_time() -> None:
    """On the day it is due nothing is left and nothing is overdue; the day after it is."""
    on, after = (sar(opened("2026-03-02"), today=today) for today in ("2026-04-02", "2026-04-03"))
    assert (on.days_left, on.overdue) == (0, False)
    assert (after.days_left, after.overdue) == (-1, True)


def test_a_question_within_an_extension_counts() -> None:
    """In the second and third month the clock can still be stopped."""
    asked = waited(Waiting.CLARIFICATION, "2026-05-05", "2026-05-08")
    assert sar(opened("2026-03-02"), extended("2026-03-20"), *asked).due == date(2026, 6, 5)


# ---- the end


@pytest.mark.parametrize(
    ("kind", "outcome"), [(EventKind.REFUSED, Outcome.REFUSED), (EventKind.CLOSED, Outcome.CLOSED)]
)
@pytest.mark.parametrize(("day", "late"), [("2026-04-02", False), ("2026-04-03", True)])
def test_an_end_in_time_or_late(kind: EventKind, outcome: Outcome, day: str, late: bool) -> None:
    """On the last day is in time, a day later is late; nothing is overdue once it has ended."""
    found = sar(opened("2026-03-02"), happened(kind, day), today="2026-12-01")
    assert (found.ended, found.outcome) == (date.fromisoformat(day), outcome)
    assert (found.late, found.overdue, found.days_left) == (late, False, None)


def test_a_refusal_that_is_closed_ended_with_the_refusal() -> None:
    """Putting it away, that day or later, changes nothing."""
    refused = happened(EventKind.REFUSED, "2026-03-20")
    assert sar(START, refused, happened(EventKind.CLOSED, "2026-03-20")).outcome is Outcome.REFUSED
    found = sar(START, refused, happened(EventKind.CLOSED, "2026-05-01"))
    assert (found.ended, found.outcome, found.late) == (date(2026, 3, 20), Outcome.REFUSED, False)


def test_closed_while_waiting_is_not_late() -> None:
    """A request that was never clarified can be closed; its clock stood."""
    found = sar(
        opened("2026-03-02"),
        *waited(Waiting.CLARIFICATION, "2026-03-12"),
        happened(EventKind.CLOSED, "2026-05-12"),
        today="2026-12-01",
    )
    assert (found.due, found.waiting_for, found.late, found.paused_days) == (None, None, False, 61)


# ---- other requests


@pytest.mark.parametrize("kind", [RequestKind.THIRD_PARTY, RequestKind.POLICE, RequestKind.STATUTORY])
def test_other_requests_have_only_the_day_they_are_wanted_by(kind: RequestKind) -> None:
    """No month, no weekend, no pause and no extension: the day given, or none."""
    events = [*waited(Waiting.IDENTITY, "2026-03-03"), extended("2026-03-20")]
    found = clock(kind, [opened("2026-03-02"), *events], ENGLAND, date(2026, 6, 1))
    assert (found.due, found.target, found.extended, found.waiting_for) == (None, None, False, None)
    assert (found.overdue, found.days_left) == (False, None)
    found = clock(kind, [opened("2026-03-02", wanted_by="2026-03-14"), *events], ENGLAND, date(2026, 6, 1))
    assert found.due == date(2026, 3, 14)
    assert found.overdue
    assert "The law sets no time limit for a request of this kind." in found.sentences
    assert "The answer is wanted by Saturday 14 March 2026." in found.sentences


def test_the_last_correction_says_when_it_is_wanted() -> None:
    """Whenever it was recorded: on a day before the request came by UTC, or after it had ended."""
    events = [opened("2026-07-02", wanted_by="2026-07-14")]
    for on, wanted in (("2026-07-01", "2026-07-20"), ("2026-08-01", "2026-07-09"), ("2026-08-02", None)):
        events.append(happened(EventKind.CHANGED, on, intake={"wanted_by": wanted}))
        check([*events, happened(EventKind.CLOSED, "2026-07-05")])
        found = clock(RequestKind.POLICE, events, ENGLAND, date(2026, 7, 10))
        assert found.due == (date.fromisoformat(wanted) if wanted else None)
        assert sar(*events, today="2026-07-10") == sar(events[0], today="2026-07-10")


# ---- in words


def test_the_sentences_tell_every_step() -> None:
    """From the day received to the day due, one step a sentence."""
    found = sar(
        opened("2026-03-02"),
        *waited(Waiting.IDENTITY, "2026-03-03", "2026-03-05"),
        *waited(Waiting.CLARIFICATION, "2026-03-04", "2026-03-06"),
        *waited(Waiting.CLARIFICATION, "2026-03-09", "2026-03-16"),
        happened(EventKind.CLOSED, "2026-04-15"),
    )
    assert found.sentences == (
        "The request was received on Monday 2 March 2026.",
        "Proof of identity was asked for on Tuesday 3 March 2026 and was received on Thursday 5 March 2026.",
        (
            "Clarification was asked for on Wednesday 4 March 2026 and was received on Friday 6 March 2026; "
            "1 day after the start of the time does not count."
        ),
        (
            "Clarification was asked for on Monday 9 March 2026 and was received on Monday 16 March 2026; "
            "7 days after the start of the time do not count."
        ),
        "So the time started on Thursday 5 March 2026.",
        "One month from Thursday 5 March 2026 is Sunday 5 April 2026.",
        "The clock stood still for 8 days, which moves that to Monday 13 April 2026.",
        "The request was closed on Wednesday 15 April 2026, late.",
    )


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        (
            [opened("2026-01-31")],
            (
                "One month from Saturday 31 January 2026 is Saturday 28 February 2026, "
                "the last of February 2026, which has no day 31."
            ),
        ),
        ([opened("2026-01-31")], "That is a Saturday; the next working day is Monday 2 March 2026."),
        (
            [opened("2026-02-25"), *waited(Waiting.FEE, "2026-02-25", "2026-03-06")],
            "That is a bank holiday in England and Wales; the next working day is Tuesday 7 April 2026.",
        ),
        ([opened("2026-03-02"), *waited(Waiting.FEE, "2026-03-02")], "Until that has come the time does not start."),
        (
            [opened("2026-03-02"), *waited(Waiting.CLARIFICATION, "2026-03-03")],
            "The time started on Monday 2 March 2026 and stands still: 7 days so far.",
        ),
        ([opened("2026-02-10")], "On Tuesday 10 March 2026 it is due today."),
        ([opened("2026-02-09")], "On Tuesday 10 March 2026 it is overdue by 1 day."),
        (
            [opened("2026-03-02"), extended("2026-03-03")],
            "Three months from Monday 2 March 2026 is Tuesday 2 June 2026.",
        ),
    ],
)
def test_the_sentences_of(events: list[Event], sentence: str) -> None:
    """A short month, a weekend, a bank holiday, waiting, due, overdue and an extension are told as such."""
    assert sentence in sar(*events).sentences


# ---- what makes no sense

START = opened("2026-03-02")
NONSENSE = {
    "opened 2 times": [START, opened("2026-03-03")],
    "does not say when the request was received": [happened(EventKind.OPENED, "2026-03-02")],
    "'yesterday' as received": [happened(EventKind.OPENED, "2026-03-02", received="yesterday")],
    "20260302 as received": [happened(EventKind.OPENED, "2026-03-02", received=20260302)],
    "'soon' as wanted_by": [opened("2026-03-02", wanted_by="soon")],
    "was received on Wednesday 4 March 2026, but had not been asked for": [
        START,
        happened(EventKind.IDENTITY_SATISFIED, "2026-03-04"),
    ],
    "was paid on Wednesday 4 March 2026, before it was asked for, on Thursday": [
        START,
        *waited(Waiting.FEE, "2026-03-05", "2026-03-04"),
    ],
    "Clarification was asked for again on Thursday 5 March 2026, while": [
        START,
        *waited(Waiting.CLARIFICATION, "2026-03-04"),
        *waited(Waiting.CLARIFICATION, "2026-03-05", "2026-03-06"),
    ],
    "Clarification was asked for again on Friday 6 March 2026, while": [
        START,
        *waited(Waiting.CLARIFICATION, "2026-03-04"),
        *waited(Waiting.CLARIFICATION, "2026-03-06"),
    ],
    "is before the request was received, on Monday 2 March": [START, *waited(Waiting.FEE, "2026-03-01", "2026-03-04")],
    "extended already": [START, extended("2026-03-03"), extended("2026-03-04")],
    "has to be told why": [START, happened(EventKind.EXTENDED, "2026-03-03", reason=" ")],
    "is after the request had ended, on Tuesday 3 March": [
        START,
        happened(EventKind.CLOSED, "2026-03-03"),
        *waited(Waiting.FEE, "2026-03-04"),
    ],
    "refused already": [START, *[happened(EventKind.REFUSED, "2026-03-03")] * 2],
    "closed already": [START, *[happened(EventKind.CLOSED, "2026-03-03")] * 2],
    "cannot be refused": [
        START,
        happened(EventKind.CLOSED, "2026-03-03"),
        happened(EventKind.REFUSED, "2026-03-04"),
    ],
}


@pytest.mark.parametrize("sentence", NONSENSE)
def test_nonsense_is_refused_with_a_sentence(sentence: str) -> None:
    """What cannot have happened is refused before it is recorded, and never counted."""
    events = NONSENSE[sentence]
    with pytest.raises(ValueError, match=sentence) as refusal:
        check(events)
    assert str(refusal.value).endswith(".")
    with pytest.raises(ValueError, match=sentence):
        sar(*events)


@pytest.mark.parametrize("kind", [kind for kind in EventKind if kind not in CLOCK])
def test_other_events_change_nothing(kind: EventKind) -> None:
    """What the limit does not depend on can be of any day."""
    events = [START, happened(kind, "2020-01-01"), happened(kind, "2026-12-01")]
    check(events)
    assert sar(*events) == sar(START)


@pytest.mark.parametrize(
    ("event", "fine"),
    [
        (Event(kind=EventKind.FEE_ASKED, by="officer", on="2026-07-03", at="2026-07-02T22:59:00+00:00"), False),
        (Event(kind=EventKind.FEE_ASKED, by="officer", on="2026-07-03", at="2026-07-02T23:00:00+00:00"), True),
        (Event(kind=EventKind.FEE_ASKED, by="officer", on="2026-07-04", at="2026-07-02T23:00:00+00:00"), False),
        (Event(kind=EventKind.FEE_ASKED, by="officer", on="3 July", at="2026-07-02T23:00:00+00:00"), False),
        (Event(kind=EventKind.FEE_ASKED, by="officer", on="2026-07-03", at="yesterday"), False),
    ],
)
def test_nothing_is_recorded_before_it_happened(event: Event, fine: bool) -> None:
    """An event of a day that has not come is refused; the day is that of the clock on the wall, in summer too."""
    if fine:
        check([START, event])
        return
    with pytest.raises(ValueError, match=r"recorded before|as its date"):
        check([START, event])


def test_a_request_is_not_received_in_the_future() -> None:
    """Dating the receipt forward would give more time, so it is refused."""
    ahead = Event(kind=EventKind.OPENED, by="officer", data={"received": "2026-03-03"}, at="2026-03-02T10:00:00+00:00")
    with pytest.raises(ValueError, match="recorded before"):
        check([ahead])


# ---- anything at all


@st.composite
def histories(draw: DrawFn, *, last: int = 150) -> list[Event]:
    """Draw a request to which anything sensible happened, within LAST days of its receipt."""
    received = draw(st.dates(date(2019, 1, 1), date(2028, 12, 31)))
    offsets = st.integers(0, last).map(lambda days: received + timedelta(days))
    events = [opened(received)]
    for waiting in Waiting:
        days = sorted(draw(st.lists(offsets, max_size=5)))
        for asked, answered in zip_longest(days[::2], days[1::2]):
            events += waited(waiting, asked, answered)
    if told := draw(st.none() | offsets):
        events.append(extended(told))
    return events


def due(events: Sequence[Event], nation: Nation = ENGLAND) -> date:
    """Give the day, where there is one."""
    found = sar(*events, nation=nation).due
    assume(found is not None)
    assert found
    return found


@given(histories(), st.randoms(use_true_random=False), st.sampled_from(Nation))
def test_the_order_of_recording_is_nothing(events: list[Event], chance: Any, nation: Nation) -> None:
    """The same events, in whatever order they were recorded, give the same clock."""
    shuffled = list(events)
    chance.shuffle(shuffled)
    check(shuffled)
    assert sar(*shuffled, nation=nation) == sar(*events, nation=nation)


@given(histories(), st.sampled_from(Nation))
def test_a_due_day_is_a_working_day_of_the_nation(events: list[Event], nation: Nation) -> None:
    """So are the target and the last day for the notice; the target is never after the limit."""
    found = sar(*events, nation=nation)
    days = [day for day in (found.due, found.target, found.extension_notice_by) if day]
    assert all(day == rolled(day, nation) == working_day(day, nation) for day in days)
    assert len(days) == (0 if found.waiting_for else 3)
    if found.due and found.target and found.extension_notice_by:
        assert found.target <= found.extension_notice_by <= found.due
        assert found.due >= found.received + timedelta(28)


@given(histories())
def test_a_clarification_never_makes_it_due_earlier(events: list[Event]) -> None:
    """Whatever else happened, taking an answered clarification away makes it due on the same day or before."""
    asked = sorted(
        (event for event in events if event.kind is EventKind.CLARIFICATION_ASKED), key=lambda event: event.day
    )
    answered = sorted(
        (event for event in events if event.kind is EventKind.CLARIFICATION_ANSWERED), key=lambda event: event.day
    )
    for pair in zip(asked, answered, strict=False):
        assert due([event for event in events if event not in pair]) <= due(events)


@given(histories(), st.integers(1, 60))
def test_what_comes_later_is_due_no_earlier(events: list[Event], days: int) -> None:
    """With all else the same, a request that was received later is due on the same day or after."""
    later = events[0].day
    events = [event for event in events if event.day >= later]
    earlier = opened(later - timedelta(days))
    assert due([earlier, *events[1:]]) <= due(events)


@given(histories())
def test_an_extension_counts_or_is_late(events: list[Event]) -> None:
    """It is in time or it is not; in time it gives more, and late it gives nothing."""
    found = sar(*events)
    without = sar(*[event for event in events if event.kind is not EventKind.EXTENDED])
    assert (found.extended or found.extension_late) == (found.told is not None)
    if found.told and found.due and found.extension_notice_by:
        assert found.extended == (found.told <= found.extension_notice_by)
        assert (found.due > found.extension_notice_by) == found.extended
    if found.extension_late:
        assert found.due == without.due


@given(histories(last=20), st.sampled_from(Nation))
def test_days_are_counted_one_by_one(events: list[Event], nation: Nation) -> None:
    """Early on, the limit is the month from the start, moved by each single day on which an answer was waited for."""
    found = sar(*events, nation=nation)
    starts = [wait.answered for wait in found.waits if wait.waiting is not Waiting.CLARIFICATION]
    assert all(wait.counts for wait in found.waits)
    if None in starts:
        assert found.started is None
        return
    start = max([found.received, *[day for day in starts if day]])
    assert found.started == start
    stood = {
        day
        for day in (start + timedelta(days) for days in range(21))
        for wait in found.waits
        if wait.waiting is Waiting.CLARIFICATION and wait.answered and wait.asked <= day < wait.answered
    }
    if found.due:
        months = 3 if found.extended else 1
        assert found.paused_days == len(stood)
        assert found.due == rolled(start + relativedelta(months=months) + timedelta(len(stood)), nation)


@given(histories(), st.integers(0, 100), st.sampled_from([EventKind.REFUSED, EventKind.CLOSED]))
def test_the_end_moves_no_due_day(events: list[Event], days: int, kind: EventKind) -> None:
    """Ending a request leaves its limit where it was, and nothing is waited for or overdue after it."""
    end = max(event.day for event in events) + timedelta(days)
    before, after = sar(*events), sar(*events, happened(kind, end))
    assert (after.due, after.target, after.started) == (before.due, before.target, before.started)
    assert (after.waiting_for, after.overdue, after.days_left) == (None, False, None)
    assert after.late == (before.due is not None and end > before.due)


@given(histories(), st.sampled_from(RequestKind), st.dates(date(2019, 1, 1), date(2030, 1, 1)))
def test_there_is_always_something_to_say(events: list[Event], kind: RequestKind, today: date) -> None:
    """Every clock tells how it came about, in sentences that begin and end as such, and names the day it is due."""
    found = clock(kind, events, ENGLAND, today)
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in found.sentences)
    if found.due:
        assert any(f"{found.due.day} {found.due:%B %Y}." in sentence for sentence in found.sentences) or (
            f"{found.due.day} {found.due:%B %Y}, the last of" in " ".join(found.sentences)
        )
