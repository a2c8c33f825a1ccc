"""What must hold before an event is recorded; asked in the transaction that records it, so that none comes between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from redact.advice import Give, Given, Step, Task
from redact.errors import NotPermitted, Refusal, UsageProblem
from redact.files import canonical_json, sha256_bytes
from redact.governance.ledger.events import DECIDING, Event, EventKind
from redact.governance.ledger.ledger import require_writable
from redact.governance.register.projection import field, purged_clips
from redact.governance.register.tables import attachments, clips, events, holds, releases, requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Connection

__all__ = ["check"]

AFTERWARDS = frozenset(
    {
        EventKind.DENIED,
        EventKind.DESCRIBED,
        EventKind.IMPORTED,
        EventKind.VIEWED,
        EventKind.RELEASED,
        EventKind.RELEASE_ABANDONED,
        EventKind.HELD,
        EventKind.HOLD_LIFTED,
        EventKind.PURGE_BEGUN,
        EventKind.PURGED,
        EventKind.CLOCK_SET_BACK,
        EventKind.RECOVERED,
        EventKind.CHECKPOINT,
    }
)
"""What can still happen to a request that was closed or refused: what was begun is finished, and what is kept is looked
after."""
NEEDS_FOOTAGE = frozenset(
    {EventKind.ATTACHED, EventKind.COMPANION, EventKind.SCANNED, EventKind.RENDERED, EventKind.HELD}
)
OF_A_REQUEST = frozenset(
    {
        kind
        for kind in EventKind
        if kind.value.startswith(("request-", "identity-", "clarification-", "fee-", "complaint-"))
    }
    | {EventKind.EXTENDED, EventKind.SEARCHED, EventKind.ATTACHED, EventKind.APPROVED, EventKind.UPLOADED}
    | {EventKind.RELEASE_BEGUN, EventKind.DETACHED, EventKind.LOOKED, EventKind.COMPANION}
    | DECIDING
)
OF_A_CLIP = frozenset(
    {EventKind.IMPORTED, EventKind.DESCRIBED, EventKind.ATTACHED, EventKind.DETACHED}
    | {EventKind.SCANNED, EventKind.HELD, EventKind.LOOKED, EventKind.COMPANION}
    | DECIDING
)
FAULT = "This is a fault of the program: nothing was recorded. Please report it."


def check(connection: Connection, event: Event) -> None:
    """Raise UsageProblem or NotPermitted, with a sentence, where EVENT cannot follow what CONNECTION knows."""
    require_writable(event)
    _new(connection, event)
    if event.kind is EventKind.DENIED:
        return  # what was refused is written down, whatever it was about
    _about(event)
    _request(connection, event)
    _clip(connection, event)
    RULES.get(event.kind, _no_more)(connection, event)


def _found(connection: Connection, *columns: ColumnElement[Any], where: ColumnElement[bool]) -> Any:
    """Give the first row of COLUMNS that WHERE finds, or None."""
    return connection.execute(select(*columns).where(where).limit(1)).first()


def _new(connection: Connection, event: Event) -> None:
    if _found(connection, events.c.seq, where=events.c.id == event.id):
        message = f"The event {event.id} is on the register already."
        raise UsageProblem(message, FAULT)


def _about(event: Event) -> None:
    """An event of a request names one, and an event of a clip its digest."""
    missing = "request" if event.kind in OF_A_REQUEST and not event.reference else ""
    missing = "clip" if event.kind in OF_A_CLIP and not event.clip else missing
    if missing:
        message = f"The event {event.kind} does not say which {missing} it is about."
        raise UsageProblem(message, FAULT)


def _request(connection: Connection, event: Event) -> None:
    """Ask whether the request is there, and open where it must be."""
    if not event.reference or event.kind is EventKind.OPENED:
        return
    row = _found(connection, requests.c.state, requests.c.ended_on, where=requests.c.reference == event.reference)
    if row is None:
        message = f"There is no request {event.reference} on the register."
        raise UsageProblem(message, "See which there are: ", Task.LIST_REQUESTS)
    if row.state != "open" and event.kind not in AFTERWARDS:
        message = f"The request {event.reference} was {row.state} on {row.ended_on}: nothing more can be done for it."
        raise UsageProblem(message, "Where the person asks again, open a new request: ", Task.OPEN_REQUEST)


def _clip(connection: Connection, event: Event) -> None:
    """Ask whether the clip is there, and its footage where that is needed."""
    if not event.clip or event.kind is EventKind.IMPORTED:
        return
    row = _found(connection, clips.c.name, clips.c.purged_at, where=clips.c.sha256 == event.clip)
    if row is None:
        message = f"There is no clip with SHA-256 {event.clip[:12]} on the register."
        raise UsageProblem(message, "Attach its file to a request first: ", Task.ATTACH)
    if row.purged_at and event.kind in NEEDS_FOOTAGE:
        message = f"The footage {row.name} was deleted on {row.purged_at[:10]} (UTC)."
        raise UsageProblem(message, "Ask for it again where it was recorded, and attach that file.")


def _no_more(_connection: Connection, _event: Event) -> None:
    """Ask nothing else."""


def _opened(connection: Connection, event: Event) -> None:
    row = _found(connection, requests.c.opened_at, where=requests.c.reference == event.reference)
    if row:
        message = f"The request {event.reference} is on the register already, since {row.opened_at[:10]} (UTC)."
        raise UsageProblem(message, "Choose another reference, or see it: ", Step(Task.SHOW_REQUEST, event.reference))


def _changed(connection: Connection, event: Event) -> None:
    """A change says what it changes, so that two people do not undo each other's."""
    row = _found(connection, requests.c.intake, where=requests.c.reference == event.reference)
    if sha256_bytes(canonical_json(json.loads(row.intake))) != field(event, "was"):
        message = f"The request {event.reference} was changed by somebody else in the meantime."
        raise UsageProblem(message, "See how it stands and start again: ", Step(Task.SHOW_REQUEST, event.reference))


def _imported(connection: Connection, event: Event) -> None:
    row = _found(connection, clips.c.name, clips.c.purged_at, where=clips.c.sha256 == event.clip)
    if row and not row.purged_at:
        message = f"The clip {row.name} (SHA-256 {event.clip[:12]}) is on the register already."
        raise UsageProblem(message, "It needs no second import: attach it to the request.")


def _attached(connection: Connection, event: Event) -> None:
    both = (attachments.c.reference == event.reference) & (attachments.c.sha256 == event.clip)
    if _found(connection, attachments.c.sha256, where=both):
        message = f"The clip {event.clip[:12]} is attached to {event.reference} already."
        raise UsageProblem(message, "See what is: ", Step(Task.SHOW_REQUEST, event.reference))


def _detached(connection: Connection, event: Event) -> None:
    both = (attachments.c.reference == event.reference) & (attachments.c.sha256 == event.clip)
    if not _found(connection, attachments.c.sha256, where=both):
        message = f"The clip {event.clip[:12]} is not attached to {event.reference}."
        raise UsageProblem(message, "See what is: ", Step(Task.SHOW_REQUEST, event.reference))


def _held(connection: Connection, event: Event) -> None:
    if _found(connection, holds.c.id, where=holds.c.id == field(event, "hold")):
        message = f"The hold {event.data['hold']} is on the register already."
        raise UsageProblem(message, FAULT)


def _lifted(connection: Connection, event: Event) -> None:
    row = _found(connection, holds.c.lifted_at, where=holds.c.id == field(event, "hold"))
    if row is None or row.lifted_at:
        name = event.data["hold"]
        message = f"The hold {name} was lifted on {row.lifted_at[:10]} (UTC)." if row else f"There is no hold {name}."
        raise UsageProblem(message, "See which there are: ", Task.LIST_RETENTION)


def _begun(connection: Connection, event: Event) -> None:
    """One release has an id, and one copy a number; a number comes free where its release was abandoned."""
    number = field(event, "copy_number", int)
    if _found(connection, releases.c.id, where=releases.c.id == field(event, "release")):
        message = f"The release {event.data['release']} is on the register already."
        raise UsageProblem(message, FAULT)
    same = (releases.c.reference == event.reference) & (releases.c.copy_number == number)
    row = _found(connection, releases.c.state, where=same & (releases.c.state != "abandoned"))
    if row:
        message = f"Copy {number} of {event.reference} is {row.state} already."
        raise UsageProblem(message, "Give the copy the next number.")


def _settled(connection: Connection, event: Event) -> None:
    row = _found(connection, releases.c.state, releases.c.reference, where=releases.c.id == field(event, "release"))
    if row is None or row.state != "begun" or row.reference != event.reference:
        was = (
            "of another request" if row and row.reference != event.reference else f"{row.state} already" if row else ""
        )
        message = f"The release {event.data['release']} is {was or 'not on the register'}."
        raise UsageProblem(message, FAULT)


def _purge_begun(connection: Connection, event: Event) -> None:
    """Held footage is never deleted, however the two commands met."""
    for sha256 in purged_clips(event):
        row = _found(
            connection, holds.c.id, holds.c.reason, where=(holds.c.sha256 == sha256) & (holds.c.lifted_at == "")
        )
        if row:
            message = f"The clip {sha256[:12]} is under the hold {row.id} ({row.reason}) and cannot be deleted."
            raise NotPermitted(
                message,
                "Lift the hold first, if it is over: ",
                Step(Task.LIFT, gives=(Give(Given.HOLD, row.id),)),
                code=Refusal.HELD,
            )


def _taken_back(connection: Connection, event: Event) -> None:
    """What is taken back was said of just that clip in that case, and is taken back once."""
    key, kind, what = TAKES_BACK[event.kind]
    number = field(event, key)
    row = _found(connection, events.c.reference, events.c.clip, where=(events.c.id == number) & (events.c.kind == kind))
    if row is None or (row.reference, row.clip) != (event.reference, event.clip):
        message = f"There is no such {what} of that clip for {event.reference}."
        raise UsageProblem(message, "See what is there now, and start from that.")
    same = (events.c.reference == event.reference) & (events.c.kind == event.kind)
    if _found(connection, events.c.seq, where=same & events.c.data.contains(f'"{key}":"{number}"', autoescape=True)):
        message = f"That {what} was taken back already."
        raise UsageProblem(message, "See what is there now, and start from that.")


TAKES_BACK = {
    EventKind.UNDECIDED: ("decision", EventKind.DECIDED.value, "decision"),
    EventKind.UNCORRECTED: ("correction", EventKind.CORRECTED.value, "correction"),
}
"""By which key each names the event that it takes back, of which kind that is, and what it is called."""

RULES: dict[EventKind, Callable[[Connection, Event], None]] = {
    EventKind.OPENED: _opened,
    EventKind.CHANGED: _changed,
    EventKind.IMPORTED: _imported,
    EventKind.ATTACHED: _attached,
    EventKind.DETACHED: _detached,
    EventKind.HELD: _held,
    EventKind.HOLD_LIFTED: _lifted,
    EventKind.RELEASE_BEGUN: _begun,
    EventKind.RELEASED: _settled,
    EventKind.RELEASE_ABANDONED: _settled,
    EventKind.PURGE_BEGUN: _purge_begun,
    EventKind.UNDECIDED: _taken_back,
    EventKind.UNCORRECTED: _taken_back,
}
