"""The register: what can be asked about requests and footage, worked out from the events and kept in a database.

The ledger is the truth, and has each line before this has what the line comes to.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Self

from sqlalchemy import and_, delete, func, insert, or_, select

from redact.advice import Sentence, Task
from redact.errors import InputUnusable, UsageProblem
from redact.governance.ledger.events import CLOCK, Event, EventKind
from redact.governance.ledger.lines import Head
from redact.governance.register.damage import NotCaughtUp, RegisterDamaged
from redact.governance.register.database import OWNER_ONLY, engine_of, open_engine, plainly, writing
from redact.governance.register.projection import steps
from redact.governance.register.reading import EVENT, Known, as_event, events_of, head_of
from redact.governance.register.replay import differences, worked_out
from redact.governance.register.rules import check
from redact.governance.register.tables import (
    HEAD_SEQ,
    HEAD_SHA256,
    ClipRow,
    HoldRow,
    ReleaseRow,
    RequestRow,
    attachments,
    clips,
    events,
    facts,
    holds,
    releases,
    requests,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import ColumnElement, Connection, Engine

    from redact.governance.ledger.lines import Entry

__all__ = ["ClipRow", "HoldRow", "Known", "Register", "ReleaseRow", "RequestRow", "Sought"]

PREFIX = 6
"""Digits of a digest that are enough to name a clip."""
DIGITS = frozenset("0123456789abcdef")
NOT_RECORDED = " This was not recorded: do it again once that is done."

REQUEST = tuple(requests.c[name] for name in RequestRow._fields)
IN_TIME = tuple(sorted(kind.value for kind in CLOCK))


class Sought(NamedTuple):
    """What there is of the footage that a request asks for."""

    clips: list[ClipRow]
    searches: list[Event]


Timed = tuple[RequestRow, tuple[Event, ...]]
"""A request, and of its events those that its time limit depends on, in the order in which they were recorded."""


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

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        """Work a register out from ENTRIES, in memory alone. Raises RegisterDamaged where that cannot be."""
        fresh, problems = worked_out(entries)
        if problems:
            fresh.close()
            raise RegisterDamaged(problems[0])
        return cls(engine_of(fresh), "of the ledger")

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
    def _writing(self) -> Iterator[Connection]:
        with plainly(self.name), writing(self._engine) as connection:
            yield connection

    # what happened

    def record(self, entries: Sequence[Entry], write: Callable[[], object]) -> None:
        """Note what ENTRIES come to, the next lines of the ledger, which WRITE brings there: all of them, or none.

        What must hold is asked, and every row changed, before WRITE is called; only then is any of it kept. Raises
        UsageProblem or NotPermitted, with a sentence, where an event cannot follow what is recorded already;
        NotCaughtUp where WRITE has succeeded and what follows from it could not be kept.
        """
        written = False
        try:
            with self._writing() as connection:
                _must_follow(connection, entries, self.name)
                for entry in entries:
                    check(connection, entry.event)
                    _do(connection, entry)
                _remember(connection, entries)
                write()
                written = True
        except NotCaughtUp:  # WRITE has brought them to the ledger, and it is another register that could not follow
            raise
        except InputUnusable as problem:
            if written:
                raise NotCaughtUp(self.name, problem) from problem
            if NOT_RECORDED not in problem.advice.parts:
                problem.advice = Sentence((*problem.advice.parts, NOT_RECORDED))
            raise

    def take_over(self, entries: Sequence[Entry]) -> None:
        """Note what ENTRIES come to, lines that the ledger has: the next ones, or all where the register has no row.

        Raises InputUnusable where they are not the next.
        """
        with self._writing() as connection:
            _must_follow(connection, entries, self.name)
            for entry in entries:
                _do(connection, entry)
            _remember(connection, entries)

    def known(self) -> Known:
        """Tell how far the register has followed the ledger. Raises RegisterDamaged where that cannot be."""
        with self._reading() as connection:
            head = head_of(connection, self.name)
            rows, last = connection.execute(select(func.count(), func.max(events.c.seq)).select_from(events)).one()
        if rows and (head is None or (rows, last) != (head.seq, head.seq)):
            far = f"the ledger's line {head.seq}" if head else "no line of the ledger"
            message = (
                f"The register {self.name} has {rows} events, the last of them number {last}, and says that it knows "
                f"{far}: a row of it was never recorded, or one is gone."
            )
            raise RegisterDamaged(message)
        return Known(rows, head)

    def unrecorded(self, ids: Iterable[str]) -> list[Event]:
        """Give the events on the register that are not among IDS, those of the ledger."""
        there = set(ids)
        return [event for event in self.events() if event.id not in there]

    def head(self) -> Head | None:
        """Give the ledger's last line when the register last saw it. Raises RegisterDamaged where it is none."""
        with self._reading() as connection:
            return head_of(connection, self.name)

    def differences(self, entries: Iterable[Entry]) -> list[str]:
        """Compare schema and every table with what ENTRIES, the ledger, come to: a sentence for each that differs."""
        with self._reading() as connection:
            return differences(connection, entries)

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
            return events_of(connection, query)[::-1]

    def numbered(self, kinds: Iterable[EventKind]) -> list[tuple[int, Event]]:
        """Give what happened of KINDS, oldest first, each with the number of its line in the ledger."""
        query = select(events.c.seq, *EVENT).where(events.c.kind.in_([kind.value for kind in kinds]))
        with self._reading() as connection:
            rows = connection.execute(query.order_by(events.c.seq)).all()
            return [(number, as_event(*row)) for number, *row in rows]

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

    def sought(self, references: Sequence[str] | None = None) -> dict[str, Sought]:
        """Give by request the clips attached and the searches made: of REFERENCES, or of all that are open."""
        condition = requests.c.state == "open" if references is None else requests.c.reference.in_(references)
        here = select(requests.c.reference, *clips.c).join_from(requests, attachments).join(clips).where(condition)
        made = (
            select(*EVENT)
            .join(requests, requests.c.reference == events.c.reference)
            .where(condition, events.c.kind == EventKind.SEARCHED.value)
            .order_by(events.c.seq)
        )
        found: dict[str, Sought] = {}
        with self._reading() as connection:
            for reference, *row in connection.execute(here):
                found.setdefault(reference, Sought([], [])).clips.append(ClipRow._make(row))
            for event in events_of(connection, made):
                found.setdefault(event.reference, Sought([], [])).searches.append(event)
        return found

    def complaints_about(self, reference: str) -> list[RequestRow]:
        """Give the complaints about the request REFERENCE, the first received first."""
        query = select(*REQUEST).where(requests.c.about == reference).order_by(requests.c.received)
        with self._reading() as connection:
            return [RequestRow._make(row) for row in connection.execute(query)]

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
            for event in events_of(connection, happened):
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


def _do(connection: Connection, entry: Entry) -> None:
    """Change the rows as ENTRY's event does."""
    for statement, values in steps(entry):
        connection.execute(statement, values)


def _must_follow(connection: Connection, entries: Sequence[Entry], name: str) -> None:
    """Raise InputUnusable where ENTRIES are not the lines after the one that the register NAME knows."""
    if not entries:
        return
    known = head_of(connection, name)
    empty = connection.execute(select(events.c.seq).limit(1)).first() is None
    before = Head(entries[0].seq - 1, entries[0].prev)
    if before != (known if known and not empty else Head.EMPTY):
        message = f"The register {name} knows another line of the ledger than {before.seq}, the one that came before."
        raise InputUnusable(message, "Do it again. If it stays so, see what is wrong: ", Task.VERIFY_LOG)


def _remember(connection: Connection, entries: Sequence[Entry]) -> None:
    """Note that the last of ENTRIES is the ledger's last line."""
    if entries:
        head = entries[-1].head
        connection.execute(delete(facts).where(facts.c.key.in_([HEAD_SEQ, HEAD_SHA256])))
        rows = [{"key": HEAD_SEQ, "value": str(head.seq)}, {"key": HEAD_SHA256, "value": head.sha256}]
        connection.execute(insert(facts), rows)


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
