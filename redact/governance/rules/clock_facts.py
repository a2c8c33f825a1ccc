"""What the legal time limit depends on, read from the events of one request, and whether they make sense.

What may follow what: one opening, and nothing of an earlier day than the request came. Identity, fee and clarification
may be asked for again and again, each when the one before was answered, and all three at a time. One extension, with a
reason. Then a refusal, a closing, or a refusal and then a closing; questions may be open at the end, and nothing
follows it. The day to which the law attaches an event decides, never the order of recording: events of one day may have
come in any order that makes sense. Only of corrections of what was asked the last one recorded counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NoReturn

from redact.governance.ledger.events import CLOCK, EventKind
from redact.governance.rules.working_days import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from redact.governance.ledger.events import Event

__all__ = ["FOREVER", "SAID", "Facts", "Outcome", "Wait", "Waiting", "check", "facts"]

FOREVER = date.max
"""Until when something is waited for that has not come."""

SUMMER_TIME = timedelta(hours=1)
"""In summer a day begins that much before the day of UTC, in which events are stamped."""


class Waiting(StrEnum):
    """What the clock can wait for."""

    IDENTITY = "identity"
    FEE = "fee"
    CLARIFICATION = "clarification"


class Outcome(StrEnum):
    """How a request ended."""

    REFUSED = "refused"
    CLOSED = "closed"


WAITS: tuple[tuple[Waiting, tuple[EventKind, ...], tuple[EventKind, ...]], ...] = (
    (Waiting.IDENTITY, (EventKind.IDENTITY_ASKED,), (EventKind.IDENTITY_SATISFIED,)),
    (Waiting.FEE, (EventKind.FEE_ASKED, EventKind.FEE_INVOICED), (EventKind.FEE_PAID, EventKind.FEE_WAIVED)),
    (Waiting.CLARIFICATION, (EventKind.CLARIFICATION_ASKED,), (EventKind.CLARIFICATION_ANSWERED,)),
)
"""What asks for each, and what answers."""
SAID = {
    Waiting.IDENTITY: ("Proof of identity", "received"),
    Waiting.FEE: ("A fee", "paid"),
    Waiting.CLARIFICATION: ("Clarification", "received"),
}


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that was asked of the person."""

    waiting: Waiting
    asked: date
    answered: date | None
    counts: bool = True
    """False where it gives no more time: the limit had run out before it was asked, or the law sets none."""
    waived: bool = False
    """Of a fee: that it need not be paid any more. It gives no time then, as if it had not been asked for."""

    @property
    def until(self) -> date:
        """When the answer came, `FOREVER` where it has not."""
        return self.answered or FOREVER


@dataclass(frozen=True, slots=True)
class Facts:
    """What was recorded, put in order and found to make sense."""

    received: date
    wanted_by: date | None
    waits: tuple[Wait, ...]
    """By the day asked."""
    told: date | None
    """When the person was told of an extension."""
    acknowledged: date | None
    """When a complaint was acknowledged."""
    ended: date | None
    outcome: Outcome | None


def check(events: Iterable[Event]) -> None:
    """Raise ValueError, with a sentence, where the clock's events of one request cannot have happened like this."""
    events = [event for event in events if event.kind in CLOCK]
    for event in events:
        _not_ahead(event)
    facts(events)


def facts(events: Iterable[Event]) -> Facts:
    """Put EVENTS in order. Raises ValueError where they make no sense."""
    days: dict[EventKind, list[date]] = {}
    data: dict[EventKind, Mapping[str, Any]] = {}
    for event in events:
        if event.kind in CLOCK:
            days.setdefault(event.kind, []).append(event.day)
            data[event.kind] = event.data
    if (openings := len(days.pop(EventKind.OPENED, ()))) != 1:
        _refuse(f"A request is opened once; this one was opened {openings} times.")
    days.pop(EventKind.CHANGED, None)  # it corrects what was asked, and is of no day of its own
    received = _iso(data[EventKind.OPENED], "received")
    if received is None:
        _refuse("The opening of the request does not say when the request was received.")
    for dates in days.values():
        dates.sort()
    ended, outcome = _end(days.get(EventKind.REFUSED, ()), days.get(EventKind.CLOSED, ()))
    _within(days, received, ended)
    waits = [wait for triple in WAITS for wait in _pairs(*triple, days)]
    waits.sort(key=lambda wait: wait.asked)
    told = _told(days.get(EventKind.EXTENDED, ()), data.get(EventKind.EXTENDED, {}))
    asked_for = data.get(EventKind.CHANGED, {}).get("intake") or data[EventKind.OPENED]
    acknowledged = _once(days.get(EventKind.ACKNOWLEDGED, ()))
    return Facts(received, _iso(asked_for, "wanted_by"), tuple(waits), told, acknowledged, ended, outcome)


def _once(acknowledged: Sequence[date]) -> date | None:
    """Give the day on which a complaint was ACKNOWLEDGED. Raises ValueError where that was twice."""
    if len(acknowledged) > 1:
        _refuse("A complaint is acknowledged once; this one was already.")
    return acknowledged[0] if acknowledged else None


def _iso(data: Mapping[str, Any], name: str) -> date | None:
    """Read the date NAME of an opening or of what corrects it, None where it has none."""
    value = data.get(name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        _refuse(f"The request has {value!r} as {name}; it must be a date such as 2026-03-02.")


def _not_ahead(event: Event) -> None:
    """Raise ValueError where EVENT was recorded before it happened."""
    try:
        recorded = (datetime.fromisoformat(event.at) + SUMMER_TIME).date()
        day = event.day
    except ValueError:
        _refuse(f"The event {event.kind} has {event.on or event.at!r} as its date; it must be one such as 2026-03-02.")
    if event.kind is EventKind.OPENED:
        day = max(day, _iso(event.data, "received") or day)
    if day > recorded:
        _refuse(f"The event {event.kind} is of {say(day)}, but it was recorded before, on {say(recorded)}.")


def _within(days: Mapping[EventKind, Sequence[date]], received: date, ended: date | None) -> None:
    """Raise ValueError where something happened before the request was received, or after it had ended."""
    for kind, dates in days.items():
        if dates[0] < received:
            _refuse(f"The event {kind} of {say(dates[0])} is before the request was received, on {say(received)}.")
        if ended and dates[-1] > ended and kind is not EventKind.CLOSED:
            _refuse(f"The event {kind} of {say(dates[-1])} is after the request had ended, on {say(ended)}.")


def _pairs(
    waiting: Waiting,
    asking: tuple[EventKind, ...],
    answering: tuple[EventKind, ...],
    days: Mapping[EventKind, Sequence[date]],
) -> Iterator[Wait]:
    """Give each question with its answer. Raises ValueError where they do not alternate."""
    noun, done = SAID[waiting]
    waived = days.get(EventKind.FEE_WAIVED, ()) if waiting is Waiting.FEE else ()
    before: date | None = date.min
    asks = sorted(day for kind in asking for day in days.get(kind, ()))
    answers = _answers(
        asks, [day for kind in answering if kind is not EventKind.FEE_WAIVED for day in days.get(kind, ())], waived
    )
    for asked, answered in zip_longest(asks, answers):
        if asked is None:
            _refuse(f"{noun} was {done} on {say(answered)}, but had not been asked for.")
        if answered and answered < asked:
            _refuse(f"{noun} was {done} on {say(answered)}, before it was asked for, on {say(asked)}.")
        if before is None or asked < before:
            _refuse(f"{noun} was asked for again on {say(asked)}, while it was still waited for.")
        before = answered
        yield Wait(waiting, asked, answered, waived=answered in waived)


def _answers(asks: Sequence[date], given: Sequence[date], waived: Sequence[date]) -> list[date]:
    """Put in order the days on which an answer was GIVEN to ASKS, or a fee WAIVED that had been asked for.

    What was waived when nothing was waited for was a fee that had only been quoted, for which no clock waits.
    """
    answers: list[date] = []
    for day, free in sorted([(day, False) for day in given] + [(day, True) for day in waived]):
        if not free or sum(asked <= day for asked in asks) > len(answers):
            answers.append(day)
    return answers


def _told(extended: Sequence[date], data: Mapping[str, Any]) -> date | None:
    """Give the day on which the person was told of an extension, None where there is none."""
    if not extended:
        return None
    if len(extended) > 1:
        _refuse("A request can be extended once; this one was extended already.")
    if not str(data.get("reason") or "").strip():
        _refuse("An extension needs its reason: the person has to be told why.")
    return extended[0]


def _end(refused: Sequence[date], closed: Sequence[date]) -> tuple[date | None, Outcome | None]:
    """Give the day of the end, and what it was."""
    if len(refused) > 1 or len(closed) > 1:
        _refuse(f"A request ends once; this one was {'refused' if len(refused) > 1 else 'closed'} already.")
    if refused and closed and closed[0] < refused[0]:
        _refuse(f"The request was closed on {say(closed[0])}, so it cannot be refused on {say(refused[0])}.")
    if refused:
        return refused[0], Outcome.REFUSED
    return (closed[0], Outcome.CLOSED) if closed else (None, None)


def _refuse(sentence: str) -> NoReturn:
    raise ValueError(sentence)
