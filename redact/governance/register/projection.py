"""What each event does to the register's tables: pure functions from an event to statements and their values.

The register runs them as lines are recorded, and a replay of the ledger runs the very same. Every event becomes a row
of `events` under the number of its line; some do more. What `Event.data` must hold, by kind (a key with
? may be absent):

    OPENED              intake: {...}, received
    CHANGED             intake: {...}, was: digest of the intake before
    IDENTITY_SATISFIED  how
    SEARCHED            camera, from, to (local times where the camera is), found, nothing?: that it was in vain
    FEE_*               amount?, ground?, note?
    ACKNOWLEDGED        note?
    LOOKED_INTO, UPLOADED note
    REFUSED             exemption, reason
    CLOSED              outcome, note
    IMPORTED            name, size_bytes, camera, starts, starts_from, clock_offset_s, duration_s, metadata: {...}
    ATTACHED            past_retention? (reference and clip say the rest)
    DETACHED            reason
    COMPANION           name, sha256, size_bytes
    DESCRIBED           camera?, starts?, starts_from?, clock_offset_s?, put_back?, was?
    VIEWED              what, why
    SCANNED             scan: sha256, closely, models: {...}
    DECIDED             subject, tracks, verdict, ground, reason, scan: sha256, time, point, name,
                        of?: subject whose other part it is, question?
    UNDECIDED           decision: id of the event that is taken back; subject, scan: sha256
    ANSWERED            question: id, kind, before, after: subjects; scan: sha256, same
    CORRECTED           drawing, frames, keys, subject, times, reason, ground?, scan: sha256
    UNCORRECTED         correction: id of the event that is taken back; reason
    LOOKED              items: [...], seconds
    RENDERED            plan, copy, manifest: digests; settings, passed
    APPROVED            digest
    RELEASE_BEGUN       release, native, recipient, recipient_code, copy_number, path, envelope: digest, device?; files?
    RELEASED            release
    RELEASE_ABANDONED   release, why
    HELD                hold, reason, review
    HOLD_LIFTED         hold, why
    CLOCK_SET_BACK      last: when the event before was recorded; behind_s
    PURGE_BEGUN, PURGED what: footage, working or release; release? (its id); paths: [...]; sha256: [...]

A clip purged is `Event.clip`, or where that is empty every digest of `sha256`. Keys that nothing here reads are kept
all the same. REFUSED, CLOSED: the day the request ended is `Event.day`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, insert, literal_column, select, update

from redact.errors import UsageProblem
from redact.governance.ledger.events import Event, EventKind
from redact.governance.register.tables import attachments, clips, events, holds, plain_json, releases, requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Delete, Insert, Table, Update

    from redact.governance.ledger.lines import Entry

__all__ = ["Step", "field", "purged_clips", "steps"]

Step = tuple["Insert | Update | Delete", dict[str, Any]]
"""A statement that is always the same object, and its values."""

NUMBER = (int, float, type(None))


def steps(entry: Entry) -> list[Step]:
    """Everything that the event of ENTRY does, in order. Raises UsageProblem where its data lacks something."""
    event = entry.event
    return [(ADD_EVENT, {"seq": entry.seq} | _row(event)), *EFFECTS.get(event.kind, _nothing)(event)]


def field(event: Event, key: str, *kinds: type) -> Any:
    """What EVENT says of KEY, which must be one of KINDS, text where none is named. Raises UsageProblem."""
    value = event.data.get(key)
    if not isinstance(value, kinds or str) or (isinstance(value, bool) and bool not in kinds):
        message = f"The event {event.kind} says no {key} that can be recorded ({value!r})."
        raise UsageProblem(message, "This is a fault of the program: nothing was recorded. Please report it.")
    return value


def purged_clips(event: Event) -> tuple[str, ...]:
    """Digests of the masters that EVENT, a purge, does away with."""
    if field(event, "what") != "footage":
        return ()
    return (event.clip,) if event.clip else tuple(field(event, "sha256", list, tuple))


def _row(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "at": event.at,
        "by": event.by,
        "kind": event.kind.value,
        "reference": event.reference,
        "clip": event.clip,
        "on": event.on,
        "data": plain_json(event.data),
    }


def _set(table: Table, key: str, *names: str) -> Update:
    """Change the columns NAMES of the one row of TABLE whose KEY is given; values are called v_NAME."""
    column = table.c[key]
    return (
        update(table)
        .where(column == bindparam("v_key", type_=column.type))
        .values({name: bindparam(f"v_{name}", type_=table.c[name].type) for name in names})
    )


def _values(key: str, **values: Any) -> dict[str, Any]:
    return {"v_key": key} | {f"v_{name}": value for name, value in values.items()}


ASKED = ("kind", "received", "requester", "recipient", "nation", "intake", "words", "about")
SEEN = (
    "name",
    "size_bytes",
    "camera",
    "starts",
    "starts_from",
    "clock_offset_s",
    "duration_s",
    "imported_at",
    "metadata",
)
SAID = ("camera", "starts", "starts_from", "clock_offset_s")

ADD_EVENT = insert(events)
ADD_REQUEST = insert(requests)
CHANGE_REQUEST = _set(requests, "reference", *ASKED)
END_REQUEST = _set(requests, "reference", "state", "ended_on", "outcome")
ADD_CLIP = insert(clips).from_select(
    ["sha256", *SEEN, "purged_at"],
    select(
        bindparam("v_key", type_=clips.c.sha256.type),
        *(bindparam(f"v_{name}", type_=clips.c[name].type) for name in SEEN),
        literal_column("''"),
    ).where(~exists().where(clips.c.sha256 == bindparam("v_key", type_=clips.c.sha256.type))),
)
IMPORT_AGAIN = _set(clips, "sha256", *SEEN, "purged_at")
DESCRIBE = {name: _set(clips, "sha256", name) for name in SAID}
PURGE_CLIP = _set(clips, "sha256", "purged_at")
ATTACH = insert(attachments)
DETACH = delete(attachments).where(
    attachments.c.reference == bindparam("v_reference", type_=attachments.c.reference.type),
    attachments.c.sha256 == bindparam("v_sha256", type_=attachments.c.sha256.type),
)
ADD_HOLD = insert(holds)
LIFT_HOLD = _set(holds, "id", "lifted_at")
ADD_RELEASE = insert(releases)
SETTLE_RELEASE = _set(releases, "id", "state", "at", "by")
PURGE_RELEASE = _set(releases, "id", "purged_at")


def _nothing(_event: Event) -> list[Step]:
    return []


def _asked(event: Event, received: str) -> dict[str, Any]:
    """Read from the intake what has a column of its own."""
    intake = field(event, "intake", dict)
    columns = {name: str(intake.get(name) or "") for name in ("kind", "requester", "recipient", "nation", "about")}
    words = "\n".join((event.reference, columns["requester"], columns["recipient"])).casefold()
    return columns | {"received": received, "intake": plain_json(intake), "words": words}


def _opened(event: Event) -> list[Step]:
    fresh = {"reference": event.reference, "state": "open", "opened_at": event.at, "ended_on": "", "outcome": ""}
    return [(ADD_REQUEST, fresh | _asked(event, field(event, "received")))]


def _changed(event: Event) -> list[Step]:
    received = str(field(event, "intake", dict).get("received") or "")
    return [(CHANGE_REQUEST, _values(event.reference, **_asked(event, received)))]


def _closed(event: Event) -> list[Step]:
    return [_ended(event, "closed", field(event, "outcome"))]


def _refused(event: Event) -> list[Step]:
    return [_ended(event, "refused", field(event, "exemption"))]


def _ended(event: Event, state: str, outcome: str) -> Step:
    return END_REQUEST, _values(event.reference, state=state, ended_on=event.day.isoformat(), outcome=outcome)


def _imported(event: Event) -> list[Step]:
    """Add the clip; one that was purged and has come again is as new."""
    texts = {name: field(event, name) for name in ("name", "camera", "starts", "starts_from")}
    numbers = {name: field(event, name, *NUMBER) for name in ("clock_offset_s", "duration_s")}
    rest = {
        "size_bytes": field(event, "size_bytes", int),
        "imported_at": event.at,
        "metadata": plain_json(field(event, "metadata", dict)),
    }
    values = texts | numbers | rest
    return [
        (IMPORT_AGAIN, _values(event.clip, **values, purged_at="")),
        (ADD_CLIP, _values(event.clip, **values)),
    ]


def _described(event: Event) -> list[Step]:
    names = [name for name in SAID if name in event.data]
    kinds = {name: NUMBER if name == "clock_offset_s" else (str,) for name in names}
    return [(DESCRIBE[name], _values(event.clip, **{name: field(event, name, *kinds[name])})) for name in names]


def _attached(event: Event) -> list[Step]:
    return [(ATTACH, {"reference": event.reference, "sha256": event.clip})]


def _detached(event: Event) -> list[Step]:
    return [(DETACH, {"v_reference": event.reference, "v_sha256": event.clip})]


def _held(event: Event) -> list[Step]:
    row = {
        "id": field(event, "hold"),
        "sha256": event.clip,
        "reason": field(event, "reason"),
        "review": field(event, "review"),
        "by": event.by,
        "placed_at": event.at,
        "lifted_at": "",
    }
    return [(ADD_HOLD, row)]


def _lifted(event: Event) -> list[Step]:
    return [(LIFT_HOLD, _values(field(event, "hold"), lifted_at=event.at))]


def _begun(event: Event) -> list[Step]:
    row = {
        "id": field(event, "release"),
        "reference": event.reference,
        "native": field(event, "native", bool),
        "recipient": field(event, "recipient"),
        "recipient_code": field(event, "recipient_code"),
        "copy_number": field(event, "copy_number", int),
        "path": field(event, "path"),
        "envelope_sha256": field(event, "envelope"),
        "state": "begun",
        "at": event.at,
        "by": event.by,
        "purged_at": "",
    }
    return [(ADD_RELEASE, row)]


def _released(event: Event) -> list[Step]:
    return [(SETTLE_RELEASE, _values(field(event, "release"), state="released", at=event.at, by=event.by))]


def _abandoned(event: Event) -> list[Step]:
    return [(SETTLE_RELEASE, _values(field(event, "release"), state="abandoned", at=event.at, by=event.by))]


def _purged(event: Event) -> list[Step]:
    if field(event, "what") == "release":
        return [(PURGE_RELEASE, _values(field(event, "release"), purged_at=event.at))]
    return [(PURGE_CLIP, _values(sha256, purged_at=event.at)) for sha256 in purged_clips(event)]


EFFECTS: dict[EventKind, Callable[[Event], list[Step]]] = {
    EventKind.OPENED: _opened,
    EventKind.CHANGED: _changed,
    EventKind.CLOSED: _closed,
    EventKind.REFUSED: _refused,
    EventKind.IMPORTED: _imported,
    EventKind.DESCRIBED: _described,
    EventKind.ATTACHED: _attached,
    EventKind.DETACHED: _detached,
    EventKind.HELD: _held,
    EventKind.HOLD_LIFTED: _lifted,
    EventKind.RELEASE_BEGUN: _begun,
    EventKind.RELEASED: _released,
    EventKind.RELEASE_ABANDONED: _abandoned,
    EventKind.PURGED: _purged,
}
