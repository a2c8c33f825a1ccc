"""The register: what can be asked about requests and footage, worked out from the events and kept in a database.

The ledger is the truth. What is recorded here stands in the outbox, in the same transaction, until the ledger has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import and_, delete, insert, or_, select

from redact.advice import Task
from redact.errors import InputUnusable, UsageProblem
from redact.governance.ledger.events import CLOCK, Event, EventKind
from redact.governance.register.database import OWNER_ONLY, open_engine, plainly, writing
from redact.governance.register.projection import steps
from redact.governance.register.replay import differences
from redact.governance.register.rules import check
from redact.governance.register.tables import (
    ClipRow,
    HoldRow,
    ReleaseRow,
    RequestRow,
    attachments,
    clips,
    events,
    facts,
    holds,
    outbox,
    releases,
    requests,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlalchemy import ColumnElement, Connection, Engine, Select

__all__ = ["ClipRow", "HoldRow", "Register", "ReleaseRow", "RequestRow"]

PREFIX = 6
"""Digits of a digest that are enough to name a clip."""
DIGITS = frozenset("0123456789abcdef")
AT_ONCE = 500
"""Values in one statement; every database takes as many."""
HEAD_SEQ, HEAD_SHA256 = "head_seq", "head_sha256"
NOT_RECORDED = " This was not recorded: give the command again once that is done."
KIND = {kind.value: kind for kind in EventKind}

EVENT = (
    events.c.kind,
    events.c.by,
    events.c.reference,
    events.c.clip,
    events.c.on,
    events.c.data,
    events.c.at,
    events.c.id,
)
REQUEST = tuple(requests.c[name] for name in RequestRow._fields)
IN_TIME = tuple(sorted(kind.value for kind in CLOCK))

Timed = tuple[RequestRow, tuple[Event, ...]]
"""A request, and of its events those that its time limit depends on, in the order in which they were recorded."""


class _Unread(Mapping[str, Any]):
    """An event's data, read when somebody asks: a question about many requests needs few of them."""

    __slots__ = ("_read", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._read: dict[str, Any] | None = None

    def _data(self) -> dict[str, Any]:
        if self._read is None:
            self._read = json.loads(self._text)
        return self._read

    def __getitem__(self, key: str) -> Any:
        return self._data()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data())

    def __len__(self) -> int:
        return len(self._data())

    def __repr__(self) -> str:
        return repr(self._data())


class Register:
    """One organisation's register. Its methods raise InputUnusable where the database cannot be used."""

    def __init__(self, engine: Engine, name: str) -> None:
        """Use ENGINE, which people know as NAME. `Register.open` is the way to one."""
        self._engine = engine
        self.name = name

    @classmethod
    def open(cls, place: str | Path, mode: int = OWNER_ONLY, *, reading: bool = False) -> Self:
        """Open the register at PLACE, a path or a URL; it is created, a file with MODE, and brought up to date.

        READING: a file that can only be read is looked at as it is.
        """
        return cls(*open_engine(place, mode, reading=reading))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_problem: object) -> None:
        """Let go of the database."""
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """One transaction in which every question sees the same register."""
        with plainly(self.name), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self, undone: str = "") -> Iterator[Connection]:
        with plainly(self.name, undone), writing(self._engine) as connection:
            yield connection

    # what happened

    def record(self, happened: Sequence[Event]) -> None:
        """Write down what HAPPENED: all of it, in one transaction, or nothing.

        Raises UsageProblem or NotPermitted, with a sentence, where an event cannot follow what is recorded already.
        """
        with self._writing(NOT_RECORDED) as connection:
            for event in happened:
                check(connection, event)
                for statement, values in steps(event):
                    connection.execute(statement, values)
                connection.execute(insert(outbox), {"event": event.id})

    def pending(self) -> list[Event]:
        """Give the events that the ledger does not have yet, oldest first."""
        query = select(*EVENT).join(outbox, outbox.c.event == events.c.id).order_by(outbox.c.seq)
        with self._reading() as connection:
            return _events(connection, query)

    def settle(self, ids: Sequence[str], head_seq: int, head_sha256: str) -> None:
        """Note that the ledger has the events IDS and that its last line is HEAD_SEQ, with HEAD_SHA256.

        Raises InputUnusable where the ledger has become shorter than it was.
        """
        with self._writing() as connection:
            known = _head(connection)
            if known and head_seq < known[0]:
                message = f"The ledger had {known[0]} entries when {self.name} last saw it, and has {head_seq} now."
                raise InputUnusable(message, "Put the ledger back from the last backup: ", Task.VERIFY_LOG)
            for start in range(0, len(ids), AT_ONCE):
                connection.execute(delete(outbox).where(outbox.c.event.in_(ids[start : start + AT_ONCE])))
            connection.execute(delete(facts).where(facts.c.key.in_([HEAD_SEQ, HEAD_SHA256])))
            rows = [{"key": HEAD_SEQ, "value": str(head_seq)}, {"key": HEAD_SHA256, "value": head_sha256}]
            connection.execute(insert(facts), rows)

    def head(self) -> tuple[int, str] | None:
        """Number and digest of the ledger's last line when the register last saw it."""
        with self._reading() as connection:
            return _head(connection)

    def restore(self, happened: Iterable[Event], head_seq: int, head_sha256: str) -> None:
        """Fill this empty register with what the ledger says HAPPENED. Raises UsageProblem where it is not empty."""
        with self._writing() as connection:
            if connection.execute(select(events.c.seq).limit(1)).first():
                message = f"The register {self.name} is not empty."
                raise UsageProblem(message, "Move it away first; a new one is made from the ledger.")
            for event in happened:
                for statement, values in steps(event):
                    connection.execute(statement, values)
        self.settle([], head_seq, head_sha256)

    def differences(self, happened: Iterable[Event]) -> list[str]:
        """Compare every table with what the ledger says HAPPENED: a sentence for each row changed, added or missing.

        What is still pending belongs at the end of HAPPENED.
        """
        with self._reading() as connection:
            return differences(connection, happened)

    def events(
        self,
        reference: str | None = None,
        kinds: Iterable[EventKind] | None = None,
        clip: str | None = None,
        limit: int | None = None,
    ) -> list[Event]:
        """Give what happened, oldest first: to one request, of some kinds, to one clip; the last LIMIT of it."""
        query = select(*EVENT).order_by(events.c.seq.desc()).limit(limit)
        query = query if reference is None else query.where(events.c.reference == reference)
        query = query if clip is None else query.where(events.c.clip == clip)
        query = query if kinds is None else query.where(events.c.kind.in_([kind.value for kind in kinds]))
        with self._reading() as connection:
            return _events(connection, query)[::-1]

    # requests

    def request(self, reference: str) -> RequestRow:
        """Give the request REFERENCE. Raises UsageProblem where there is none."""
        with self._reading() as connection:
            row = connection.execute(select(*REQUEST).where(requests.c.reference == reference)).first()
        if row is None:
            message = f"There is no request {reference} on the register."
            raise UsageProblem(message, "See which there are: ", Task.LIST_REQUESTS)
        return RequestRow._make(row)

    def requests(
        self,
        state: str | None = None,
        kind: str | None = None,
        text: str | None = None,
        limit: int | None = 50,
        offset: int = 0,
    ) -> list[RequestRow]:
        """List requests, the last received first. TEXT is part of a reference, a requester or a recipient."""
        wanted = [column == value for column, value in ((requests.c.state, state), (requests.c.kind, kind)) if value]
        if text:
            wanted.append(requests.c.words.contains(text.casefold(), autoescape=True))
        order = requests.c.received.desc(), requests.c.reference.desc()
        query = select(*REQUEST).where(*wanted).order_by(*order).limit(limit).offset(offset)
        with self._reading() as connection:
            return [RequestRow._make(row) for row in connection.execute(query)]

    def open_requests(self) -> list[Timed]:
        """Give every open request with what its time limit depends on, the longest waiting first."""
        return self._timed(requests.c.state == "open")

    def timed(self, references: Sequence[str]) -> list[Timed]:
        """Give the requests REFERENCES with what their time limit depends on, the longest waiting first."""
        return self._timed(requests.c.reference.in_(references))

    def requests_of_year(self, year: int) -> list[Timed]:
        """Give every request received in YEAR, open or not, with what its time limit depends on."""
        return self._timed(_in_year(year))

    def requests_of(self, sha256: str) -> list[RequestRow]:
        """Give the requests to which the clip SHA256 is attached."""
        query = (
            select(*REQUEST)
            .join_from(requests, attachments)
            .where(attachments.c.sha256 == sha256)
            .order_by(requests.c.received)
        )
        with self._reading() as connection:
            return [RequestRow._make(row) for row in connection.execute(query)]

    def _timed(self, condition: ColumnElement[bool]) -> list[Timed]:
        rows = select(*REQUEST).where(condition).order_by(requests.c.received, requests.c.reference)
        happened = (
            select(*EVENT)
            .join(requests, requests.c.reference == events.c.reference)
            .where(condition, events.c.kind.in_(IN_TIME))
            .order_by(events.c.seq)
        )
        with self._reading() as connection:
            by_reference: dict[str, list[Event]] = {}
            request_rows = [RequestRow._make(row) for row in connection.execute(rows).all()]
            for event in _events(connection, happened):
                by_reference.setdefault(event.reference, []).append(event)
        return [(row, tuple(by_reference.get(row.reference, ()))) for row in request_rows]

    # footage and copies

    def clips(self, reference: str | None = None) -> list[ClipRow]:
        """List the clips on the register, or those attached to one request, in the order of their start and name."""
        query = select(clips).order_by(clips.c.starts, clips.c.name, clips.c.sha256)
        if reference is not None:
            query = query.join(attachments).where(attachments.c.reference == reference)
        with self._reading() as connection:
            return [ClipRow._make(row) for row in connection.execute(query)]

    def clip(self, text: str, reference: str | None = None) -> ClipRow:
        """Find the clip that TEXT names: six or more digits of its SHA-256, or its name within the request REFERENCE.

        Raises UsageProblem where it names none, or several.
        """
        digest = text.lower()
        wanted = [clips.c.sha256.startswith(digest)] if len(text) >= PREFIX and set(digest) <= DIGITS else []
        query = select(clips)
        if reference is not None:
            query = query.join(attachments).where(attachments.c.reference == reference)
            wanted.append(clips.c.name == text)
        with self._reading() as connection:
            matches = (
                connection.execute(query.where(or_(*wanted)).order_by(clips.c.name).limit(5)).all() if wanted else []
            )
        if len(matches) != 1:
            raise _unclear(text, reference, [ClipRow._make(row) for row in matches])
        return ClipRow._make(matches[0])

    def holds(self, sha256: str | None = None, active: bool = True) -> list[HoldRow]:
        """List what must not be deleted, the first to be reviewed first; without ACTIVE, also what no longer holds."""
        query = select(holds).order_by(holds.c.review, holds.c.id)
        query = query if sha256 is None else query.where(holds.c.sha256 == sha256)
        query = query.where(holds.c.lifted_at == "") if active else query
        with self._reading() as connection:
            return [HoldRow._make(row) for row in connection.execute(query)]

    def releases(self, reference: str | None = None) -> list[ReleaseRow]:
        """List the copies that left, or are about to: all, or one request's."""
        query = select(releases).order_by(releases.c.reference, releases.c.copy_number, releases.c.at, releases.c.id)
        query = query if reference is None else query.where(releases.c.reference == reference)
        with self._reading() as connection:
            return [ReleaseRow._make(row) for row in connection.execute(query)]


def _events(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Event]:
    return [
        Event(
            kind=KIND[kind],
            by=by,
            reference=reference,
            clip=clip,
            on=on,
            data=_Unread(data),
            at=at,
            id=number,
        )
        for kind, by, reference, clip, on, data, at, number in connection.execute(query).all()
    ]


def _head(connection: Connection) -> tuple[int, str] | None:
    values = {row.key: row.value for row in connection.execute(select(facts.c.key, facts.c.value))}
    return (int(values[HEAD_SEQ]), values[HEAD_SHA256]) if HEAD_SEQ in values else None


def _in_year(year: int) -> ColumnElement[bool]:
    return and_(requests.c.received >= f"{year:04d}-01-01", requests.c.received <= f"{year:04d}-12-31")


def _unclear(text: str, reference: str | None, matches: Sequence[ClipRow]) -> UsageProblem:
    """Say that TEXT names none of the clips, or several."""
    among = f"attached to {reference}" if reference is not None else "on the register"
    if not matches:
        advice = f"Give its name, or at least {PREFIX} digits of its SHA-256."
        return UsageProblem(f"There is no clip {text} {among}.", advice)
    several = ", ".join(f"{row.name} ({row.sha256[:12]})" for row in matches)
    return UsageProblem(f"Several clips {among} are called {text}: {several}.", "Give more digits of its SHA-256.")
