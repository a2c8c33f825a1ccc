"""The ledger's events worked out anew beside the register, and every row in which the two differ."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from redact.errors import RedactError
from redact.governance.ledger.events import EventKind
from redact.governance.register.projection import steps
from redact.governance.register.tables import COMPARED, events, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Column, Connection, Delete, Insert, Table, Update

    from redact.governance.ledger.events import Event

__all__ = ["differences", "replay"]

DIALECT = sqlite.dialect(paramstyle="named")
SHOWN = 60
Rows = dict[tuple[Any, ...], tuple[Any, ...]]


def differences(connection: Connection, happened: Iterable[Event]) -> list[str]:
    """Tell in a sentence each row of CONNECTION's register that is not what HAPPENED makes of it."""
    fresh = _empty()
    try:
        sentences = replay(fresh, happened)
        for table in COMPARED:
            sentences += _compare(table, _kept(connection, table), _worked_out(fresh, table))
        return sentences + ([] if sentences else _order(connection, fresh))
    finally:
        fresh.close()


def replay(fresh: sqlite3.Connection, happened: Iterable[Event]) -> list[str]:
    """Do to FRESH what each event does; a sentence for each that cannot be."""
    spelt: dict[int, str] = {}  # the statements of the projection are few and always the same objects
    problems = []
    for event in happened:
        try:
            for statement, values in steps(event):
                fresh.execute(spelt.get(id(statement)) or _spell(spelt, statement, values), values)
        except (sqlite3.Error, RedactError, ValueError, TypeError, KeyError, AttributeError) as problem:
            reason = problem.what if isinstance(problem, RedactError) else f"{problem}."
            problems.append(f"The ledger's event {event.id} ({event.kind}) cannot be replayed: {reason}")
    return problems


def _spell(spelt: dict[int, str], statement: Insert | Update | Delete, values: dict[str, Any]) -> str:
    compiled = statement.compile(dialect=DIALECT, column_keys=list(values))
    spelt[id(statement)] = text = str(compiled)
    return text


def _empty() -> sqlite3.Connection:
    """Make a register without a file or a row."""
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    fresh.execute("PRAGMA foreign_keys = ON")
    for table in metadata.sorted_tables:
        fresh.execute(str(CreateTable(table).compile(dialect=DIALECT)))
        for index in table.indexes:
            fresh.execute(str(CreateIndex(index).compile(dialect=DIALECT)))
    fresh.execute("BEGIN")
    return fresh


def _columns(table: Table) -> tuple[list[Column[Any]], list[Column[Any]]]:
    """Key and other columns of TABLE. The key of an event is its id: numbers have gaps where a database lost a race."""
    key = [events.c.id] if table is events else list(table.primary_key.columns)
    return key, [column for column in table.columns if column not in set(key) and column is not events.c.seq]


def _kept(connection: Connection, table: Table) -> Rows:
    key, rest = _columns(table)
    return {tuple(row[: len(key)]): tuple(row[len(key) :]) for row in connection.execute(select(*key, *rest))}


def _worked_out(fresh: sqlite3.Connection, table: Table) -> Rows:
    key, rest = _columns(table)
    rows = fresh.execute(str(select(*key, *rest).compile(dialect=DIALECT)))
    return {row[: len(key)]: row[len(key) :] for row in rows}


def _compare(table: Table, kept: Rows, right: Rows) -> list[str]:
    if kept == right:
        return []
    return [
        *(f"{table.name}: {_named(key)} is on the register and not in the ledger." for key in kept if key not in right),
        *(f"{table.name}: {_named(key)} is in the ledger and not on the register." for key in right if key not in kept),
        *(sentence for key, row in kept.items() if key in right for sentence in _changed(table, key, row, right[key])),
    ]


def _changed(table: Table, key: tuple[Any, ...], kept: tuple[Any, ...], right: tuple[Any, ...]) -> Iterator[str]:
    for column, ours, theirs in zip(_columns(table)[1], kept, right, strict=True):
        if ours != theirs:
            yield (
                f"{table.name}: {_named(key)} has another {column.name}: "
                f"{_shown(ours)} on the register, {_shown(theirs)} by the ledger."
            )


def _order(connection: Connection, fresh: sqlite3.Connection) -> list[str]:
    """Two registers with the same rows can still tell them in another order.

    Where the ledger tells of its own repair is its own affair: it writes that before what waited to be written.
    """
    mended = EventKind.RECOVERED.value
    kept = connection.execute(select(events.c.id).where(events.c.kind != mended).order_by(events.c.seq)).scalars()
    right = (row[0] for row in fresh.execute("SELECT id FROM events WHERE kind != ? ORDER BY seq", (mended,)))
    first = next((pair for pair in zip(kept, right, strict=True) if pair[0] != pair[1]), None)
    return [f"events: {first[0]} stands where the ledger has {first[1]}."] if first else []


def _named(key: tuple[Any, ...]) -> str:
    return " with ".join(str(part) for part in key)


def _shown(value: object) -> str:
    shown = "nothing" if value in ("", None) else str(value)
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 3] + "..."
