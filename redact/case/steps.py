"""What happens to a request from the day it comes to the day it is answered, recorded as it happens."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from redact.advice import Give, Given, Step, Task
from redact.case.asked import asked, still_open
from redact.case.exporting import NOTHING
from redact.case.folder import locked
from redact.errors import UsageProblem
from redact.files import canonical_json, sha256_bytes
from redact.governance.kept import civil_day
from redact.governance.ledger.events import CLOCK, EventKind
from redact.governance.rules.authority import Action
from redact.governance.rules.clock import check, clock
from redact.governance.rules.fees import check_fee, check_settled, fee_of
from redact.governance.rules.stepping import check_exemption, check_outcome, check_step
from redact.governance.rules.working_days import say
from redact.request.choices import FOUND, RequestKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from redact.case.asked import Asked
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.rules.clock import Clock
    from redact.governance.rules.exemptions import Exemption
    from redact.governance.rules.intake import Intake

__all__ = ["FEES", "change_request", "clock_of", "close_request", "lacking", "noted", "open_request", "refuse", "step"]

NEEDED = {
    EventKind.IDENTITY_SATISFIED: ("how", "how identity was checked"),
    EventKind.EXTENDED: ("reason", "why, as the person was told"),
    EventKind.SEARCHED: ("found", "what was searched and found"),
    EventKind.FEE_WAIVED: ("note", "why it need not be paid"),
    EventKind.LOOKED_INTO: ("note", "what was looked into, and what was seen"),
    EventKind.UPLOADED: ("note", "the receipt, or who confirmed that it came"),
}
"""What some of them have to say, and what that is."""

FEES = (
    EventKind.FEE_QUOTED,
    EventKind.FEE_INVOICED,
    EventKind.FEE_ASKED,
    EventKind.FEE_PAID,
    EventKind.FEE_WAIVED,
)

PLACE = ("camera", "from", "to")
"""What a search has to say besides: where, and for which time; the report tells it."""


def open_request(office: Office, intake: Intake) -> Asked:
    """Put a request on the register. Raises UsageProblem where its reference is taken."""
    office.permit(Action.RECORD_REQUEST)
    if intake.received > _today():
        message = f"The day on which {intake.reference} came in, {say(intake.received)}, lies in the future."
        raise UsageProblem(message, "Give the day on which it came in.")
    _check_about(office, intake)
    data: dict[str, Any] = {"intake": intake.plain(), "received": intake.received.isoformat()}
    if intake.wanted_by:
        data["wanted_by"] = intake.wanted_by.isoformat()
    event = office.event(EventKind.OPENED, reference=intake.reference, on=intake.received.isoformat(), data=data)
    _check((event,))
    office.record(event)
    return asked(office, intake.reference)


def change_request(office: Office, intake: Intake) -> Asked:
    """Correct what the register has of a request; the day on which it came and its kind stay.

    Raises UsageProblem where they would change: that is another request.
    """
    office.permit(Action.RECORD_REQUEST, intake.reference)
    with _held(office, intake.reference) as before:
        if (before.intake.received, before.intake.kind) != (intake.received, intake.kind):
            message = f"The day on which {intake.reference} was received, and its kind, are not changed."
            raise UsageProblem(message, "Close it as opened in error, and record a new one: ", Task.OPEN_REQUEST)
        _check_about(office, intake)
        data = {"intake": intake.plain(), "was": sha256_bytes(canonical_json(before.row.asked))}
        office.record(office.event(EventKind.CHANGED, reference=intake.reference, data=data))
    return asked(office, intake.reference)


def step(office: Office, reference: str, kind: EventKind, on: date | None, data: dict[str, Any]) -> Clock:
    """Record that KIND, one of STEPS, happened to a request ON a day, by default today; give its clock.

    Raises UsageProblem where it cannot have happened so, or says too little.
    """
    office.permit(Action.RECORD_REQUEST, reference)
    with _held(office, reference) as request:
        _check_said(kind, data)
        _check_kind(office, request, kind, data, on or _today())
        event = office.event(kind, reference=reference, on=(on or _today()).isoformat(), data=data)
        before = office.register.events(reference=reference, kinds=CLOCK)
        if kind is EventKind.IDENTITY_SATISFIED and EventKind.IDENTITY_ASKED not in {
            earlier.kind for earlier in before
        }:
            message = f"Nobody was asked to prove who they are for {reference}, so no clock waits for it."
            how = Step(Task.CHANGE_REQUEST, reference, (Give(Given.IDENTITY, "…"),))
            raise UsageProblem(message, "If it was checked when the request came, say how: ", how)
        if kind in CLOCK:
            _check((*before, event))
        if kind is EventKind.EXTENDED:
            _check_told(office, request, (*before, event))
        office.record(event)
    return clock_of(office, asked(office, reference))


def _check_about(office: Office, intake: Intake) -> None:
    """Raise UsageProblem where INTAKE is about a request that is not on the register, or is no complaint."""
    if intake.about is None:
        return
    if intake.kind is not RequestKind.COMPLAINT or intake.about == intake.reference:
        message = f"{intake.reference} is said to be about {intake.about}, and only a complaint is about a request."
        raise UsageProblem(message, "Leave it out.")
    asked(office, intake.about)


def _check_kind(office: Office, request: Asked, kind: EventKind, data: Mapping[str, Any], day: date) -> None:
    """Raise UsageProblem where KIND with DATA, on DAY, is nothing that is recorded of such a REQUEST."""
    check_step(request.reference, request.kind, kind)
    if kind in FEES:
        fee = fee_of(office.register.events(reference=request.reference, kinds=FEES))
        check_fee(request.reference, request.kind, kind, data, fee)
        check_settled(request.reference, kind, day, fee)
    if kind is EventKind.UPLOADED:
        released = any(row.state == "released" for row in office.register.releases(reference=request.reference))
        if not request.intake.upload or not released:
            message = f"{request.reference} has no {'release' if request.intake.upload else 'upload link'} on record."
            way = Step(Task.RELEASE, request.reference) if request.intake.upload else None
            link = Step(Task.CHANGE_REQUEST, request.reference, (Given.UPLOAD,))
            raise UsageProblem(message, "Release first: " if way else "Say it: ", way or link)


def noted(kind: EventKind, note: str, place: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give what an event of KIND, one of STEPS, says: NOTE under the name by which it is read again, and PLACE."""
    key, words = NEEDED.get(kind, ("note", ""))[0], " ".join(note.split())
    if kind is EventKind.SEARCHED and place and place.get(NOTHING):
        words = words or "nothing was found"
    return ({key: words} if words else {}) | dict(place or {})


def lacking(kind: EventKind, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what an event of KIND has to say and its DATA does not; of what it says in words: note."""
    key, _ = NEEDED.get(kind, ("", ""))
    needed = (*PLACE, key) if kind is EventKind.SEARCHED else (key,) if key else ()
    return tuple("note" if name == key else name for name in needed if not str(data.get(name) or "").strip())


def refuse(office: Office, reference: str, exemption: Exemption, reason: str, on: date | None) -> Asked:
    """End a request without giving what it asks for, and record under which EXEMPTION and why."""
    office.permit(Action.REFUSE, reference)
    data = {"exemption": exemption.value, "reason": _said(reason, "A refusal")}
    with _held(office, reference) as request:
        check_exemption(reference, request.kind, exemption)
        return _end(office, reference, EventKind.REFUSED, data, on or _today())


def close_request(office: Office, reference: str, outcome: str, note: str, on: date | None) -> Asked:
    """End a request with its OUTCOME: answered, withdrawn, nothing found, opened in error.

    Raises UsageProblem where it is said to be answered and nothing was released, or not until after that day.
    """
    office.permit(Action.CLOSE, reference)
    data, day = {"outcome": outcome, "note": " ".join(note.split())}, on or _today()
    with _held(office, reference) as request:
        check_outcome(reference, request.kind, outcome)
        if outcome in FOUND and not data["note"]:
            message = f"The outcome of the complaint {reference} is recorded with what the person was told."
            raise UsageProblem(message, "Say it in a sentence with ", Give(Given.NOTE, "…"), ".")
        if outcome == "answered":
            _check_answered(office, reference, day)
        return _end(office, reference, EventKind.CLOSED, data, day)


def clock_of(office: Office, request: Asked, today: date | None = None) -> Clock:
    """Work out where REQUEST stands on TODAY."""
    events = office.register.events(reference=request.reference, kinds=CLOCK)
    return _clock(office, request, events, today or _today())


@contextmanager
def _held(office: Office, reference: str) -> Iterator[Asked]:
    """Hold the open request REFERENCE, so that nothing of it changes while it is released, and give it.

    Raises NotPermitted where it has ended, UsageProblem where someone else holds it.
    """
    with office.refusals(reference):
        still_open(office, reference)
        with locked(office, reference):
            yield still_open(office, reference)


def _end(office: Office, reference: str, kind: EventKind, data: dict[str, Any], day: date) -> Asked:
    event = office.event(kind, reference=reference, on=day.isoformat(), data=data)
    _check((*office.register.events(reference=reference, kinds=CLOCK), event))
    office.record(event)
    return asked(office, reference)


def _check(events: tuple[Any, ...]) -> None:
    """Raise UsageProblem where the clock's EVENTS cannot have happened so."""
    try:
        check(events)
    except ValueError as wrong:
        raise UsageProblem(str(wrong), "Give the day on which it happened with ", Given.ON, ".") from wrong


def _check_answered(office: Office, reference: str, day: date) -> None:
    """Raise UsageProblem where REFERENCE was not answered with a release by DAY."""
    released = [civil_day(row.at) for row in office.register.releases(reference=reference) if row.state == "released"]
    if not released:
        message = f"Nothing was released for {reference}, so it was not answered with a release."
        other = ("; or choose another outcome with ", Given.OUTCOME, ".")
        raise UsageProblem(message, "Release first: ", Task.RELEASE, *other)
    if day < min(last := max(released), _today()):
        message = f"{reference} was released on {say(last)}, so it was not answered on {say(day)}."
        raise UsageProblem(message, "Give the day on which the release was sent, with ", Given.ON, ".")


def _clock(office: Office, request: Asked, events: Sequence[Event], today: date) -> Clock:
    nation = office.organisation.nation_for(request.intake.nation)
    return clock(RequestKind(request.row.kind), events, nation, today)


def _check_told(office: Office, request: Asked, events: tuple[Event, ...]) -> None:
    """Raise UsageProblem where the extension among EVENTS came too late to give REQUEST more time."""
    standing = _clock(office, request, events, _today())
    if standing.extension_late and standing.extension_notice_by and standing.told:
        last, day = say(standing.extension_notice_by), say(standing.told)
        message = f"{day} is too late to extend {request.reference}: the last day to tell the person was {last}."
        advice = f"It stays due on {last}. Answer it without delay, or correct the day with "
        raise UsageProblem(message, advice, Given.ON, ".")


def _check_said(kind: EventKind, data: dict[str, Any]) -> None:
    """Raise UsageProblem where an event of KIND has to say more than its DATA does, or says it unclearly."""
    key, detail = NEEDED.get(kind, ("", ""))
    if key and not str(data.get(key) or "").strip():
        message = f"{kind.value} is recorded with {detail}."
        raise UsageProblem(message, "Say it, such as ", Give(Given.NOTE, "…"), f": it is recorded as {key}.")
    if kind is EventKind.SEARCHED:
        try:
            start, end = (datetime.fromisoformat(str(data.get(name) or "")) for name in PLACE[1:])
            good = bool(str(data.get("camera") or "").strip()) and start < end
        except (ValueError, TypeError):  # no time at all; or one has a zone and the other has none
            good = False
        if not good:
            message = "A search is recorded with the camera, from when and to when, the second after the first."
            three = (Given.CAMERA, ", ", Given.FROM, " and ", Given.TO)
            raise UsageProblem(message, "Give all three: ", *three, ".")


def _said(text: str, what: str) -> str:
    words = " ".join(text.split())
    if not words:
        message = f"{what} is recorded with its reason."
        raise UsageProblem(message, "Say it in a sentence with ", Give(Given.REASON, "…"), ".")
    return words


def _today() -> date:
    return date.today()  # noqa: DTZ011  the day where the organisation is
