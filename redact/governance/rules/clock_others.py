"""The time limits of requests that are no subject access requests, worked out from what was recorded.

- Freedom of information: at once, and not later than the twentieth working day after the day it came (Freedom of
  Information Act 2000, section 10(1)). A working day is none of a Saturday, a Sunday, Christmas Day, Good Friday and
  a bank holiday in any part of the United Kingdom (section 10(6)); in Scotland it is bank holidays there alone that
  do not count (Freedom of Information (Scotland) Act 2002, sections 10(1) and 73). Where it had to be asked what is
  meant, the days are counted from the answer (section 1(3), and 10(6)). The working days from the one on which a
  fees notice was given to the one on which it was paid do not count (section 10(2)). Whether an Act applies to the
  organisation is for the reader to know.
- Complaints: acknowledged within 30 days, counted from the day after it came, where the thirtieth is no working day
  by the next one (Data Protection Act 2018, section 164A, from 19 June 2026, as the ICO counts). An outcome that is
  told before stands for it. For the outcome the law sets no day: without undue delay.
- The social tenants' access scheme: 30 days of the calendar, from 1 April 2027, in England. Its text was not read:
  the day is not moved on to a working day, so that it is too early rather than too late, and what is told says that
  it is to be confirmed.
- Others have no limit in law, only a day by which whoever asks would like the answer.

What is asked too late gives no more time, nor does a fee that was waived.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from redact.governance.rules.clock_facts import FOREVER, Waiting
from redact.governance.rules.clock_record import Clock, asked, wanted_by
from redact.governance.rules.working_days import Nation, free_days, is_free, say, why_not, working_day
from redact.request.choices import RequestKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redact.governance.rules.clock_facts import Facts, Wait
    from redact.governance.rules.clock_record import Asked

__all__ = ["ACKNOWLEDGE_DAYS", "FOI_WORKING_DAYS", "SCHEME_BEGINS", "SCHEME_DAYS", "of_kind"]

FOI_WORKING_DAYS = 20
ACKNOWLEDGE_DAYS = 30
SCHEME_DAYS = 30
SCHEME_BEGINS = date(2027, 4, 1)
DAY = timedelta(days=1)


def of_kind(facts: Facts, about: Asked) -> Clock:
    """Count for a request of any other kind than that of a person for their own data."""
    match about.kind:
        case RequestKind.FOI:
            return _foi(facts, about)
        case RequestKind.COMPLAINT:
            return _complaint(facts, about)
        case RequestKind.TENANT:
            return _tenant(facts, about)
        case _:
            return _wanted(facts, about)


def _plain(facts: Facts, about: Asked, due: date | None, waits: Sequence[Wait] | None = None) -> Clock:
    """Put down what every clock says; nothing that is waited for counts, unless WAITS say so."""
    return Clock(
        kind=about.kind,
        nation=about.nation,
        today=about.today,
        received=facts.received,
        started=facts.received,
        due=due,
        ended=facts.ended,
        outcome=facts.outcome,
        waits=tuple(replace(wait, counts=False) for wait in facts.waits) if waits is None else tuple(waits),
        told=facts.told,
    )


# ---- no limit in law


def _wanted(facts: Facts, about: Asked) -> Clock:
    """Take the day by which the answer is wanted, if one was given. Nothing moves it."""
    none = "The law sets no time limit for a request of this kind."
    return replace(_plain(facts, about, facts.wanted_by), steps=(none, *_moved(facts), wanted_by(facts)))


def _moved(facts: Facts) -> Iterator[str]:
    """Tell what was asked and told, where there is no limit that it could move."""
    for wait in facts.waits:
        yield f"{asked(wait)}."
    if facts.told:
        yield f"The person was told on {say(facts.told)} that it takes longer, but there is no limit to extend."


# ---- freedom of information


def _foi(facts: Facts, about: Asked) -> Clock:
    """Count twenty working days from the day it came, or from what says what is meant."""
    nations = (Nation.SCOTLAND,) if about.nation is Nation.SCOTLAND else tuple(Nation)
    start = facts.received
    waits: list[Wait] = []
    for wait in facts.waits:
        standing = any(one.counts and one.until > wait.asked for one in waits)
        counts = wait.waiting is not Waiting.IDENTITY and not wait.waived
        if counts and not standing and wait.asked > _twentieth(start, waits, nations):
            counts = False
        waits.append(replace(wait, counts=counts))
        if counts and wait.waiting is Waiting.CLARIFICATION:
            start = max(start, wait.until)
    still = next((one.waiting for one in waits if one.counts and not one.answered), None)
    due = None if still else _twentieth(start, waits, nations)
    clock = _plain(facts, about, due, waits)
    clock = replace(clock, started=None if start == FOREVER else start, waiting_for=None if facts.ended else still)
    return replace(clock, steps=tuple(_foi_steps(clock, nations)))


def _twentieth(start: date, waits: Sequence[Wait], nations: tuple[Nation, ...]) -> date:
    """Give the twentieth working day after START that no fee was waited for."""
    day, count = start, 0
    while count < FOI_WORKING_DAYS:
        day += DAY
        if day >= FOREVER - DAY:
            return FOREVER
        count += not is_free(day, nations) and not _unpaid(day, waits)
    return day


def _unpaid(day: date, waits: Sequence[Wait]) -> bool:
    """Tell whether a fee was waited for on DAY, the first and the last one included."""
    fees = (one for one in waits if one.counts and one.waiting is Waiting.FEE)
    return any(one.asked <= day <= one.until for one in fees)


def _foi_steps(clock: Clock, nations: tuple[Nation, ...]) -> Iterator[str]:
    for wait in clock.waits:
        yield f"{asked(wait)}{'' if wait.counts or wait.waived else '; it gives no more time'}."
    if clock.started and clock.started > clock.received:
        yield f"So the days are counted from {say(clock.started)}."
    if clock.told:
        yield f"The person was told on {say(clock.told)} that it takes longer; no fixed time follows from that."
    if clock.due is None or clock.started is None:
        yield "Until that has come there is no last day."
        return
    free = [day for day in free_days(clock.started, clock.due, nations) if day.weekday() < FRIDAY]
    if free:
        where = "in Scotland" if len(nations) == 1 else "in any part of the United Kingdom"
        yield f"Bank holidays {where} do not count: {', '.join(map(say, free))}."
    if any(wait.counts and wait.waiting is Waiting.FEE for wait in clock.waits):
        yield "The days from the fees notice to its payment do not count, both included."
    yield f"The twentieth working day after {say(clock.started)} is {say(clock.due)}."


FRIDAY = 5
"""Days of the week before which are no weekend, from 0."""


# ---- complaints


def _complaint(facts: Facts, about: Asked) -> Clock:
    """Count the days to acknowledge it; once it is, there is only the day by which an answer is wanted."""
    thirtieth = facts.received + timedelta(ACKNOWLEDGE_DAYS)
    by = working_day(thirtieth, about.nation)
    met = min(filter(None, (facts.acknowledged, facts.ended)), default=None)
    clock = _plain(facts, about, facts.wanted_by if met else by)
    clock = replace(clock, acknowledge_by=by, acknowledged=met)
    return replace(clock, steps=tuple(_complaint_steps(clock, facts, thirtieth)))


def _complaint_steps(clock: Clock, facts: Facts, thirtieth: date) -> Iterator[str]:
    yield from _moved(facts)
    moved = why_not(thirtieth, clock.nation)
    yield f"Thirty days, counted from the day after, end on {say(thirtieth)}."
    if moved and clock.acknowledge_by:
        yield f"That is {moved}; the next working day is {say(clock.acknowledge_by)}."
    if facts.acknowledged:
        late = clock.acknowledge_by and facts.acknowledged > clock.acknowledge_by
        yield f"It was acknowledged on {say(facts.acknowledged)}, {'late' if late else 'in time'}."
    if clock.acknowledged:
        yield "What came of it is told without undue delay; the law sets no day for that."
        yield wanted_by(facts)


# ---- the social tenants' access scheme


def _tenant(facts: Facts, about: Asked) -> Clock:
    """Count thirty days of the calendar, where and when the scheme applies."""
    if facts.received < SCHEME_BEGINS or about.nation is not Nation.ENGLAND_AND_WALES:
        why = (
            f"The scheme begins on {say(SCHEME_BEGINS)}, so it sets no time limit for this request."
            if facts.received < SCHEME_BEGINS
            else "The scheme is of England, so it sets no time limit for this request."
        )
        return replace(_plain(facts, about, facts.wanted_by), steps=(why, *_moved(facts), wanted_by(facts)))
    due = facts.received + timedelta(SCHEME_DAYS)
    steps = (
        *_moved(facts),
        f"Thirty days of the calendar from then end on {say(due)}.",
        "That limit is to be confirmed by the reader: the text of the scheme was not at hand when this was written.",
    )
    return replace(_plain(facts, about, due), steps=steps)
