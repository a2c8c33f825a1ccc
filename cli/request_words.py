"""A request in words and as facts: rows of lists, and all of it on one screen."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cli.remedies import spelt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.case.asked import Asked
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.register.register import ReleaseRow, RequestRow
    from redact.governance.rules.clock import Clock

__all__ = ["clock_facts", "due_row", "ended_facts", "list_rows", "told"]


def clock_facts(clock: Clock) -> dict[str, Any]:
    """Where a request stands, as plain JSON."""
    return {
        "due": _day(clock.due),
        "target": _day(clock.target),
        "days_left": clock.days_left,
        "overdue": clock.overdue,
        "waiting_for": clock.waiting_for.value if clock.waiting_for else None,
        "extended": clock.extended,
        "extension_notice_by": _day(clock.extension_notice_by),
        "ended": _day(clock.ended),
        "late": clock.late,
        "why": list(clock.sentences),
    }


def due_row(office: Office, row: RequestRow, events: tuple[Event, ...]) -> dict[str, Any]:
    """One open request in the list of what is due."""
    clock = _clock(office, row, events)
    return {
        "reference": row.reference,
        "kind": row.kind,
        "due": _day(clock.due),
        "days_left": clock.days_left,
        "target": _day(clock.target),
        "overdue": clock.overdue,
        "waiting_for": clock.waiting_for.value if clock.waiting_for else None,
    }


def list_rows(office: Office, rows: Sequence[RequestRow]) -> list[dict[str, Any]]:
    """Some requests in a list; when one is due only while it is open."""
    timed = office.register.timed([row.reference for row in rows if row.state == "open"])
    due = {row.reference: _clock(office, row, events).due for row, events in timed}
    return [_list_row(row, due.get(row.reference)) for row in rows]


def _list_row(row: RequestRow, due: date | None) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "kind": row.kind,
        "state": row.state,
        "received": row.received,
        "requester": row.requester,
        "recipient": row.recipient,
        "due": _day(due),
        "ended_on": row.ended_on or None,
        "outcome": row.outcome or None,
    }


def told(office: Office, request: Asked) -> tuple[dict[str, Any], list[str]]:
    """Give a request as facts, and in lines of words."""
    from redact.case.status import comes_next  # noqa: PLC0415  loads the engine's records
    from redact.case.steps import clock_of  # noqa: PLC0415  as above

    clock, following = clock_of(office, request), tuple(map(spelt, comes_next(office, request)))
    left = office.register.releases(reference=request.reference)
    facts = {
        "reference": request.reference,
        "state": request.row.state,
        "outcome": request.row.outcome or None,
        "request": request.intake.plain(),
        "clock": clock_facts(clock),
        "clips": [_clip(clip) for clip in request.clips],
        "releases": [row._asdict() for row in left],
        "next": list(following),
    }
    lines = [*_lines(request), "", *clock.sentences, "", *_footage(request), *_left(left), *_next(following)]
    return facts, lines


def ended_facts(request: Asked) -> dict[str, Any]:
    """Give how a REQUEST ended, as plain JSON."""
    row = request.row
    return {"reference": row.reference, "state": row.state, "ended_on": row.ended_on, "outcome": row.outcome}


def _lines(request: Asked) -> list[str]:
    intake = request.intake
    window = (
        f"{intake.window.start:%Y-%m-%d %H:%M:%S} to {intake.window.end:%Y-%m-%d %H:%M:%S}" if intake.window else ""
    )
    facts = {
        "Kind": intake.kind.value,
        "State": f"{request.row.state} {request.row.ended_on} {request.row.outcome}".strip(),
        "Requester": intake.requester,
        "Identity": intake.identity,
        "Recipient": intake.recipient,
        "Lawful basis": intake.lawful_basis,
        "Purpose": intake.purpose,
        "Asked for": window,
        "Cameras": ", ".join(intake.cameras),
        "Note": intake.note,
    }
    return [request.reference, *(f"  {name:<14}{value}" for name, value in facts.items() if value)]


def _footage(request: Asked) -> list[str]:
    clips = [f"  {clip.name}  {clip.camera or 'no camera named'}  {clip.sha256[:12]}" for clip in request.clips]
    return ["Footage:", *clips] if clips else ["No footage is attached yet."]


def _left(releases: Sequence[ReleaseRow]) -> list[str]:
    """Say what was released, and where it was put."""
    lines = [
        f"  Copy {row.copy_number} for {row.recipient}: {row.state} {row.at[:10]}"
        f"{', purged since' if row.purged_at else ''}  {row.path}"
        for row in releases
    ]
    return ["", "Releases:", *lines] if lines else []


def _next(following: tuple[str, ...]) -> list[str]:
    return ["", "What comes next:", *(f"  {line}" for line in following)] if following else []


def _clip(clip: Any) -> dict[str, Any]:
    names = ("sha256", "name", "size_bytes", "camera", "starts", "starts_from", "clock_offset_s", "duration_s")
    return {name: getattr(clip, name) for name in names}


def _clock(office: Office, row: RequestRow, events: tuple[Event, ...]) -> Clock:
    from redact.governance.rules.clock import clock  # noqa: PLC0415  loaded by now
    from redact.request.choices import RequestKind  # noqa: PLC0415  as above

    nation = office.organisation.nation_for(row.nation)
    return clock(RequestKind(row.kind), events, nation, date.today())  # noqa: DTZ011  the day where they are


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
