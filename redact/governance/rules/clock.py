"""The legal time limit, worked out from what was recorded. Nothing of it is ever stored.

The rules of a subject access request, and where they stand:

- The limit is one month, from the day the request came (a working day or not) to the same date of the next month. Where
  that month has no such date it is its last day; where the day is a Saturday, a Sunday or a bank holiday it is the next
  working day. ICO, right of access, "What should we consider when responding to a request?" (8 December 2025).
- The month starts at the latest of: the request came, identity was shown where it was asked for, the fee was paid where
  it was asked for. UK GDPR Article 12A, put in by section 76 of the Data (Use and Access) Act 2025, in force from
  5 February 2026 (SI 2026/82, regulation 2). Section 54 of the Data Protection Act 2018 has the like for Part 3.
- While a clarification is waited for the clock stands still, and what is left of the month is as long afterwards as it
  was before: the corresponding date moves by the number of days, and only THEN on to a working day. The days from the
  one on which it was asked to the one on which it was answered are counted as a difference, so question and answer on
  one day stop nothing. Section 54(3C) can be read as one day more; the earlier date is the one that is safe.
- Several clarifications add up. Only what lies after the start counts: waiting for identity or a fee moves the start,
  so days on which both were waited for are not given twice.
- It can be extended by two further months, to three from the same start, if the person is told why within the first
  month. That month is moved by clarifications and on to a working day just like the limit (section 54(3B) and (3C)).
- What comes too late gives no more time: an extension after the first month, or a question asked when the limit had run
  out, leaves the limit where it was, and `Clock.sentences` says so.

A fee that was waived gives no time, as if it had not been asked for. The limits of other requests stand in
clock_others.py. A bank holiday that was proclaimed after the calendar in use was made is not known: the limit is then
too early, never too late.

What may follow what stands in clock_facts.py, and `check` tells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from redact.governance.rules.clock_facts import FOREVER, Outcome, Wait, Waiting, check, facts
from redact.governance.rules.clock_others import of_kind
from redact.governance.rules.clock_record import Asked, Clock, asked, days
from redact.governance.rules.working_days import Nation, corresponding, say, why_not, working_day
from redact.request.choices import RequestKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from redact.governance.ledger.events import Event
    from redact.governance.rules.clock_facts import Facts

__all__ = ["TARGET_DAYS", "Clock", "Nation", "Outcome", "Wait", "Waiting", "check", "clock", "working_day"]

TARGET_DAYS = 28
"""What the ICO suggests to whoever wants one number for every month."""

MONTHS = 1
EXTENDED_MONTHS = 3
SHORTEST_MONTH = timedelta(days=28)


def clock(kind: RequestKind, events: Iterable[Event], nation: Nation, today: date) -> Clock:
    """Work out where a request of KIND to which EVENTS happened stands on the day TODAY.

    Raises:
        ValueError: the events make no sense; see `check`.
    """
    history, about = facts(events), Asked(kind=kind, nation=nation, today=today)
    return _sar(history, about) if kind is RequestKind.SAR else of_kind(history, about)


@dataclass(slots=True)
class _Run:
    """The clock on its way through what happened."""

    nation: Nation
    start: date
    """`FOREVER` while identity or a fee is waited for."""
    stands_until: date
    """Until then it cannot have run out."""
    waits: list[Wait]
    late: bool | None = None
    """Whether the extension came too late; None while there is none."""

    def paused(self, end: date = FOREVER) -> int:
        """Count the days since the start on which a clarification was waited for, up to END."""
        days = 0
        for wait in self.waits:
            if wait.counts and wait.waiting is Waiting.CLARIFICATION:
                days += max(0, (min(wait.until, end) - max(wait.asked, self.start)).days)
        return days

    def limit(self, months: int) -> date:
        """Give the last day of MONTHS. Nothing may be waited for."""
        return working_day(corresponding(self.start, months) + timedelta(self.paused()), self.nation)

    def ran_out(self, day: date, months: int) -> bool:
        """Whether the last day of MONTHS was before DAY."""
        if day <= self.stands_until or day <= self.start + SHORTEST_MONTH:
            return False
        return day > self.limit(months)

    @property
    def months(self) -> int:
        """How long it is."""
        return EXTENDED_MONTHS if self.late is False else MONTHS

    def ask(self, wait: Wait) -> None:
        """Count WAIT, if it did not come too late."""
        if wait.waived or self.ran_out(wait.asked, self.months):
            self.waits.append(replace(wait, counts=False))
            return
        self.waits.append(wait)
        self.stands_until = max(self.stands_until, wait.until)
        if wait.waiting is not Waiting.CLARIFICATION:
            self.start = max(self.start, wait.until)

    def extend(self, day: date | None) -> None:
        """Count the extension of which the person was told on DAY, once."""
        if day and self.late is None:
            self.late = self.ran_out(day, MONTHS)


def _sar(facts: Facts, about: Asked) -> Clock:
    """Count as the law does."""
    nation, today = about.nation, about.today
    run = _Run(nation, facts.received, facts.received, [])
    for wait in facts.waits:
        if facts.told and facts.told < wait.asked:
            run.extend(facts.told)
        run.ask(wait)
    run.extend(facts.told)
    standing = run.stands_until == FOREVER
    paused = run.paused(facts.ended or today) if standing else run.paused()
    month = None if standing else run.limit(MONTHS)
    counted = Clock(
        kind=about.kind,
        nation=nation,
        today=today,
        received=facts.received,
        started=None if run.start == FOREVER else run.start,
        waiting_for=_waiting(run.waits) if standing and not facts.ended else None,
        paused_days=paused,
        due=run.limit(run.months) if month and run.late is False else month,
        target=working_day(run.start + timedelta(TARGET_DAYS + paused), nation) if month else None,
        extended=run.late is False,
        extension_notice_by=month,
        extension_late=run.late is True,
        ended=facts.ended,
        outcome=facts.outcome,
        waits=tuple(run.waits),
        told=facts.told,
    )
    return replace(counted, steps=tuple(_sar_steps(counted)))


def _waiting(waits: Sequence[Wait]) -> Waiting | None:
    """Give what is waited for, and keeps the clock from running, first of `Waiting`."""
    still = {wait.waiting for wait in waits if wait.counts and not wait.answered}
    return next((waiting for waiting in Waiting if waiting in still), None)


def _sar_steps(clock: Clock) -> Iterator[str]:
    """Tell how the day came about."""
    for wait in clock.waits:
        yield f"{asked(wait)}{_effect(wait, clock)}."
    if clock.started is None:
        yield "Until that has come the time does not start."
    elif clock.due is None:
        so_far = days(clock.paused_days)
        yield f"The time started on {say(clock.started)} and stands still: {so_far} so far."
    elif clock.started > clock.received:
        yield f"So the time started on {say(clock.started)}."
    yield from _told(clock)
    if clock.started and clock.due:
        yield from _counted(clock.started, clock.due, clock)


def _effect(wait: Wait, clock: Clock) -> str:
    """Tell what WAIT did to the time, where its dates do not say it all."""
    if wait.waived:
        return "; so it gives no more time"
    if not wait.counts:
        return "; the time limit had run out before it was asked for, so it gives no more time"
    if wait.waiting is not Waiting.CLARIFICATION or not wait.answered or not clock.started:
        return ""
    count = max(0, (wait.answered - max(wait.asked, clock.started)).days)
    return f"; {days(count)} after the start of the time {'does' if count == 1 else 'do'} not count"


def _told(clock: Clock) -> Iterator[str]:
    """Tell of the extension."""
    if not clock.told:
        return
    sentence = f"The person was told of two more months on {say(clock.told)}"
    if clock.extension_late and clock.extension_notice_by:
        yield f"{sentence}, after the last day for that, {say(clock.extension_notice_by)}: this gives no more time."
    else:
        yield f"{sentence}, in time."


def _counted(start: date, due: date, clock: Clock) -> Iterator[str]:
    """Tell how the months were counted, and what moved their end."""
    months = EXTENDED_MONTHS if clock.extended else MONTHS
    day = corresponding(start, months)
    span = "Three months" if clock.extended else "One month"
    missing = "" if day.day == start.day else f", the last of {day:%B %Y}, which has no day {start.day}"
    yield f"{span} from {say(start)} is {say(day)}{missing}."
    if clock.paused_days:
        day += timedelta(clock.paused_days)
        yield f"The clock stood still for {days(clock.paused_days)}, which moves that to {say(day)}."
    if day != due:
        yield f"That is {why_not(day, clock.nation)}; the next working day is {say(due)}."
