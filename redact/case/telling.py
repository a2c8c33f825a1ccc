"""Requests as facts, in plain JSON, for whoever shows them: rows of lists, and all there is to know of one."""

from __future__ import annotations

from datetime import date
from math import inf
from typing import TYPE_CHECKING, Any

from redact.case.exporting import export_of
from redact.case.status import comes_next
from redact.case.steps import FEES, clock_of
from redact.governance.register.register import Sought
from redact.governance.rules.authority import Action
from redact.governance.rules.clock import clock
from redact.governance.rules.fees import fee_of
from redact.request.choices import RequestKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from redact.advice import Sentence
    from redact.case.asked import Asked
    from redact.case.exporting import Export
    from redact.case.purging import Item
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.register.register import RequestRow
    from redact.governance.rules.clock import Clock

__all__ = [
    "camera_rows",
    "clock_facts",
    "due_rows",
    "ended_facts",
    "ended_row",
    "event_row",
    "kept_row",
    "list_rows",
    "request_facts",
]

CLIP = ("sha256", "name", "size_bytes", "camera", "starts", "starts_from", "clock_offset_s", "duration_s")
"""What is told of a clip."""

SAID = (
    "amount",
    "ground",
    "name",
    "subject",
    "verdict",
    "what",
    "how",
    "why",
    "reason",
    "found",
    "note",
    "outcome",
    "exemption",
)
"""What an event can say of itself, in the order of a sentence."""

LAST = "9999"
"""Day after all others: where those stand that have none."""


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
        "acknowledge_by": _day(clock.acknowledge_by),
        "acknowledged": _day(clock.acknowledged),
        "ended": _day(clock.ended),
        "late": clock.late,
        "why": list(clock.sentences),
    }


def due_rows(office: Office, within: int | None = None) -> list[dict[str, Any]]:
    """List the open requests that are due WITHIN so many days, or all, the most urgent first. Raises NotPermitted."""
    office.permit(Action.READ)
    sought = office.register.sought()
    none = Sought([], [])
    rows = [
        _due_row(office, row, events, export_of(office, row, sought.get(row.reference, none)))
        for row, events in office.register.open_requests()
    ]
    rows = [row for row in rows if within is None or _soonest(row) <= within]
    return sorted(rows, key=lambda row: (min(row["due"] or LAST, row["export_by"] or LAST), row["reference"]))


def list_rows(
    office: Office, *, state: str | None, kind: str | None, text: str | None, limit: int
) -> list[dict[str, Any]]:
    """List up to LIMIT requests, the last received first, and when each that is open is due. Raises NotPermitted."""
    office.permit(Action.READ)
    rows = office.register.requests(state=state, kind=kind, text=text, limit=limit)
    timed = office.register.timed([row.reference for row in rows if row.state == "open"])
    due = {row.reference: _clock(office, row, events).due for row, events in timed}
    sought, none = office.register.sought([row.reference for row, _ in timed]), Sought([], [])
    exports = {row.reference: export_of(office, row, sought.get(row.reference, none)) for row, _ in timed}
    return [_list_row(row, due.get(row.reference), exports.get(row.reference)) for row in rows]


def request_facts(office: Office, request: Asked, spell: Callable[[Sentence], Any]) -> dict[str, Any]:
    """Give all there is to know of REQUEST; SPELL puts what comes next in the words of whoever shows it."""
    return {
        "reference": request.reference,
        "state": request.row.state,
        "outcome": request.row.outcome or None,
        "request": request.intake.plain(),
        "clock": clock_facts(clock_of(office, request)),
        "export": export_of(office, request.row).plain() if request.row.state == "open" else None,
        "fee": _fee(office, request.reference),
        "complaints": [ended_row(row) for row in office.register.complaints_about(request.reference)],
        "clips": [{name: getattr(clip, name) for name in CLIP} for clip in request.clips],
        "releases": [row._asdict() for row in office.register.releases(reference=request.reference)],
        "next": [spell(sentence) for sentence in comes_next(office, request)],
    }


def _fee(office: Office, reference: str) -> dict[str, Any] | None:
    fee = fee_of(office.register.events(reference=reference, kinds=FEES))
    return {"state": fee.state, "day": fee.day.isoformat(), "amount": fee.amount} if fee else None


def ended_facts(request: Asked) -> dict[str, Any]:
    """Give how a REQUEST ended."""
    return ended_row(request.row)


def ended_row(row: RequestRow) -> dict[str, Any]:
    """Give how the request of ROW stands or ended."""
    return {"reference": row.reference, "state": row.state, "ended_on": row.ended_on, "outcome": row.outcome}


def kept_row(item: Item) -> dict[str, Any]:
    """Give one thing that is kept."""
    kept = item.kept
    return {
        "what": item.what,
        "name": kept.name,
        "until": _day(kept.until),
        "due": kept.purgeable,
        "reason": kept.reason,
        "reference": item.reference,
        "sha256": item.clip,
    }


def camera_rows(office: Office) -> list[dict[str, Any]]:
    """List the cameras on the register of cameras. Raises NotPermitted."""
    office.permit(Action.READ)
    general = office.organisation.retention.footage_days
    return [
        {
            "name": name,
            "site": camera.site,
            "owner": camera.owner,
            "retention_days": camera.retention_days or general,
            "clock": camera.clock,
            "approvers": ", ".join(map(office.organisation.called, camera.approvers)) or "whoever may approve",
        }
        for name, camera in office.organisation.cameras.items()
    ]


def event_row(event: Event) -> dict[str, Any]:
    """Give one thing that happened, with what it says of itself in a line."""
    said = ": ".join(str(event.data[word]) for word in SAID if event.data.get(word))
    return {"at": event.at, "kind": event.kind.value, "reference": event.reference, "by": event.by, "said": said}


def _soonest(row: dict[str, Any]) -> float:
    """Give the days until the sooner of the two days of ROW; endless where there is none."""
    return min((row[name] for name in ("days_left", "export_days") if row[name] is not None), default=inf)


def _due_row(office: Office, row: RequestRow, events: tuple[Event, ...], export: Export) -> dict[str, Any]:
    clock = _clock(office, row, events)
    return {
        "reference": row.reference,
        "kind": row.kind,
        "requester": row.requester,
        "due": _day(clock.due),
        "days_left": clock.days_left,
        "target": _day(clock.target),
        "overdue": clock.overdue,
        "waiting_for": clock.waiting_for.value if clock.waiting_for else None,
        "export": export.standing.value,
        "export_by": _day(export.last),
        "export_days": export.days_left,
    }


def _list_row(row: RequestRow, due: date | None, export: Export | None) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "kind": row.kind,
        "state": row.state,
        "received": row.received,
        "requester": row.requester,
        "recipient": row.recipient,
        "due": _day(due),
        "export": export.standing.value if export else None,
        "export_by": _day(export.last) if export else None,
        "ended_on": row.ended_on or None,
        "outcome": row.outcome or None,
    }


def _clock(office: Office, row: RequestRow, events: Sequence[Event]) -> Clock:
    nation = office.organisation.nation_for(row.nation)
    return clock(RequestKind(row.kind), events, nation, date.today())  # noqa: DTZ011  the day where they are


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
