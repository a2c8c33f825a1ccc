"""The limits of other requests than a person's own: held against days counted by other code, over ten years."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from bank_holidays import bank_holidays

from redact.governance.ledger.events import Event, EventKind
from redact.governance.rules.clock import Clock, Nation, Outcome, Waiting, clock
from redact.request.choices import RequestKind

ENGLAND = Nation.ENGLAND_AND_WALES
YEARS = range(2019, 2031)
FREE = {
    nation: np.array(sorted(day for year in YEARS for day in bank_holidays(nation, year)), "datetime64[D]")
    for nation in Nation
}
"""Written down from the statutes and proclamations, not taken from the calendar in use."""
ANYWHERE = np.unique(np.concatenate(list(FREE.values())))


def happened(kind: EventKind, on: date | str, **data: Any) -> Event:
    """Make an event that was recorded on the day it happened."""
    return Event(kind=kind, by="officer", reference="R-1", on=str(on), data=data, at=f"{on}T12:00:00.000000+00:00")


def opened(on: date | str, **data: Any) -> Event:
    """Make the event that begins a request."""
    return happened(EventKind.OPENED, on, received=str(on), **data)


def of(kind: RequestKind, *events: Event, nation: Nation = ENGLAND, today: str = "2026-03-10") -> Clock:
    """Ask for the clock of a request of KIND."""
    return clock(kind, events, nation, date.fromisoformat(today))


def every_day(first: date, last: date) -> list[date]:
    """List the days from FIRST to LAST."""
    return [first + timedelta(count) for count in range((last - first).days + 1)]


@pytest.mark.parametrize("nation", Nation)
def test_freedom_of_information_on_every_day_of_ten_years(nation: Nation) -> None:
    """The twentieth working day after: no day that is free anywhere in the kingdom counts, in Scotland none there."""
    free = FREE[nation] if nation is Nation.SCOTLAND else ANYWHERE
    for day in every_day(date(2019, 1, 1), date(2028, 12, 31)):
        due = np.busday_offset(np.datetime64(day), 20, roll="backward", holidays=free).astype(date)
        assert of(RequestKind.FOI, opened(day), nation=nation).due == due, day


@pytest.mark.parametrize("nation", Nation)
def test_complaints_on_every_day_of_ten_years(nation: Nation) -> None:
    """The thirtieth day, counted from the day after, or the next that is no weekend and no holiday there."""
    for day in every_day(date(2019, 1, 1), date(2028, 12, 31)):
        thirtieth = np.datetime64(date.fromordinal(day.toordinal() + 30))
        by = np.busday_offset(thirtieth, 0, roll="forward", holidays=FREE[nation]).astype(date)
        found = of(RequestKind.COMPLAINT, opened(day), nation=nation)
        assert (found.due, found.acknowledge_by) == (by, by), day


@pytest.mark.parametrize("nation", Nation)
def test_the_tenants_scheme_on_every_day_of_ten_years(nation: Nation) -> None:
    """Thirty days of the calendar from 1 April 2027, in England; before, and elsewhere, no limit."""
    for day in every_day(date(2025, 1, 1), date(2034, 12, 31)):
        due = date.fromordinal(day.toordinal() + 30)
        applies = nation is ENGLAND and (day.year, day.month) >= (2027, 4)
        assert of(RequestKind.TENANT, opened(day), nation=nation).due == (due if applies else None), day


@pytest.mark.parametrize("kind", [RequestKind.THIRD_PARTY, RequestKind.POLICE, RequestKind.STATUTORY])
@pytest.mark.parametrize("nation", Nation)
def test_others_have_no_limit_on_any_day_of_ten_years(kind: RequestKind, nation: Nation) -> None:
    """Only the day that somebody names, which nothing moves."""
    for day in every_day(date(2019, 1, 1), date(2028, 12, 31))[::7]:
        assert of(kind, opened(day), nation=nation).due is None
        wanted = day + timedelta(9)
        assert of(kind, opened(day, wanted_by=wanted.isoformat()), nation=nation).due == wanted


@pytest.mark.parametrize(
    ("received", "nation", "due"),
    [
        ("2026-03-02", ENGLAND, "2026-03-31"),  # 17 March is a bank holiday in Northern Ireland
        ("2026-03-02", Nation.SCOTLAND, "2026-03-30"),
        ("2026-12-11", ENGLAND, "2027-01-14"),  # 4 January is one in Scotland, in lieu of the 2nd
        ("2026-07-04", ENGLAND, "2026-08-04"),  # 13 July, Northern Ireland; 3 August is one in Scotland
    ],
)
def test_freedom_of_information_by_hand(received: str, nation: Nation, due: str) -> None:
    """Holidays that only another nation has are what others forget."""
    assert of(RequestKind.FOI, opened(received), nation=nation).due == date.fromisoformat(due)


def test_the_days_that_did_not_count_are_told() -> None:
    """By name, so that whoever counts on paper finds them."""
    said = " ".join(of(RequestKind.FOI, opened("2026-03-02")).sentences)
    assert "Bank holidays in any part of the United Kingdom do not count: Tuesday 17 March 2026." in said
    assert "The twentieth working day after Monday 2 March 2026 is Tuesday 31 March 2026." in said


def test_what_is_meant_starts_the_twenty_days_anew() -> None:
    """From the answer; until then there is no last day. Asked too late, it gives no more time."""
    asked = happened(EventKind.CLARIFICATION_ASKED, "2026-03-10")
    found = of(RequestKind.FOI, opened("2026-03-02"), asked)
    assert (found.due, found.waiting_for, found.started) == (None, Waiting.CLARIFICATION, None)
    answered = happened(EventKind.CLARIFICATION_ANSWERED, "2026-04-20")
    found = of(RequestKind.FOI, opened("2026-03-02"), asked, answered)
    due = np.busday_offset(np.datetime64("2026-04-20"), 20, holidays=ANYWHERE).astype(date)
    assert (found.due, found.started) == (due, date(2026, 4, 20))
    late = happened(EventKind.CLARIFICATION_ASKED, "2026-04-01")
    found = of(RequestKind.FOI, opened("2026-03-02"), late, today="2026-04-02")
    assert (found.due, found.overdue) == (date(2026, 3, 31), True)
    assert any("it gives no more time" in one for one in found.sentences)


@pytest.mark.parametrize("paid", [date(2026, 3, 6) + timedelta(count) for count in range(0, 60, 3)])
def test_days_of_a_fees_notice_do_not_count(paid: date) -> None:
    """From the day it was given to the day it was paid, both included."""
    given = date(2026, 3, 5)
    fee = [happened(EventKind.FEE_ASKED, given), happened(EventKind.FEE_PAID, paid)]
    between = [day for day in every_day(given, paid) if np.is_busday(np.datetime64(day), holidays=ANYWHERE)]
    due = np.busday_offset(np.datetime64("2026-03-02"), 20 + len(between), holidays=ANYWHERE).astype(date)
    assert of(RequestKind.FOI, opened("2026-03-02"), *fee).due == due


def test_a_fee_that_was_waived_gives_no_time() -> None:
    """Under freedom of information and for one's own data: as if nobody had asked for it."""
    fee = [happened(EventKind.FEE_ASKED, "2026-03-05"), happened(EventKind.FEE_WAIVED, "2026-03-12")]
    for kind in (RequestKind.FOI, RequestKind.SAR):
        found = of(kind, opened("2026-03-02"), *fee)
        assert found.due == of(kind, opened("2026-03-02")).due
        assert any("waived on Thursday 12 March 2026" in one for one in found.sentences)


def test_identity_stops_no_freedom_of_information() -> None:
    """Nobody has to show who they are for that."""
    asked = happened(EventKind.IDENTITY_ASKED, "2026-03-05")
    assert of(RequestKind.FOI, opened("2026-03-02"), asked).due == date(2026, 3, 31)


def test_a_complaint_that_was_acknowledged_waits_for_its_outcome() -> None:
    """In time or late; afterwards the law sets no day, and the one that somebody named counts."""
    start = opened("2026-07-01")
    by = date(2026, 7, 31)
    for on, late in ((by, False), (by + timedelta(1), True)):
        found = of(RequestKind.COMPLAINT, start, happened(EventKind.ACKNOWLEDGED, on), today="2026-08-20")
        assert (found.due, found.late, found.in_time, found.overdue) == (None, late, not late, False)
    wanted = opened("2026-07-01", wanted_by="2026-08-15")
    found = of(RequestKind.COMPLAINT, wanted, happened(EventKind.ACKNOWLEDGED, by), today="2026-08-20")
    assert (found.due, found.overdue) == (date(2026, 8, 15), True)
    found = of(RequestKind.COMPLAINT, start, today="2026-08-03")
    assert (found.overdue, found.days_left) == (True, -3)


def test_an_outcome_that_is_told_at_once_stands_for_the_acknowledgement() -> None:
    """Nothing is late then, and nothing else is said to be due."""
    found = of(
        RequestKind.COMPLAINT, opened("2026-07-01"), happened(EventKind.CLOSED, "2026-07-10"), today="2026-09-01"
    )
    assert (found.outcome, found.acknowledged, found.late, found.in_time) == (
        Outcome.CLOSED,
        date(2026, 7, 10),
        False,
        True,
    )


def test_a_complaint_is_acknowledged_once() -> None:
    """Twice makes no sense."""
    twice = [happened(EventKind.ACKNOWLEDGED, "2026-07-03")] * 2
    with pytest.raises(ValueError, match="acknowledged once"):
        of(RequestKind.COMPLAINT, opened("2026-07-01"), *twice)


def test_what_is_not_known_of_the_scheme_is_said() -> None:
    """The limit is to be confirmed, and before it begins there is none."""
    assert any("to be confirmed by the reader" in one for one in of(RequestKind.TENANT, opened("2027-04-01")).sentences)
    early = of(RequestKind.TENANT, opened("2027-03-31")).sentences
    assert any("begins on Thursday 1 April 2027" in one for one in early)
