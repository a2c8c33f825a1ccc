"""The ledger's lines worked out anew beside the register, and every row in which the two differ."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from redact.errors import RedactError
from redact.files import legible
from redact.governance.ledger.lines import Head
from redact.governance.register.projection import steps
from redact.governance.register.schema import strange
from redact.governance.register.tables import COMPARED, HEAD_SEQ, HEAD_SHA256, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Column, Connection, Delete, Insert, Table, Update

    from redact.governance.ledger.lines import Entry

__all__ = ["differences", "worked_out"]

DIALECT = sqlite.dialect(paramstyle="named")
SHOWN, LONGEST = 60, 200
Rows = dict[tuple[Any, ...], tuple[Any, ...]]


def differences(connection: Connection, entries: Iterable[Entry]) -> list[str]:
    """Tell in a sentence all of CONNECTION's register that is not what ENTRIES, the ledger's lines, make of it."""
    fresh, sentences = worked_out(entries)
    try:
        wrong = strange(connection)
        if not wrong:  # else nobody knows what a table of ours is
            for table in COMPARED:
                wrong += _compare(table, _kept(connection, table), _worked_out(fresh, table))
        return sentences + wrong
    finally:
        fresh.close()


def worked_out(entries: Iterable[Entry]) -> tuple[sqlite3.Connection, list[str]]:
    """Make a register of ENTRIES in memory; with a sentence for each that cannot be replayed."""
    fresh, head = _empty(), Head.EMPTY
    spelt: dict[int, str] = {}  # the statements of the projection are few and always the same objects
    problems = []
    for entry in entries:
        try:
            for statement, values in steps(entry):
                fresh.execute(spelt.get(id(statement)) or _spell(spelt, statement, values), values)
        except (sqlite3.Error, RedactError, ValueError, TypeError, KeyError, AttributeError) as problem:
            reason = problem.what if isinstance(problem, RedactError) else f"{problem}."
            problems.append(f"The ledger's event {entry.event.id} ({entry.event.kind}) cannot be replayed: {reason}")
        head = entry.head
    if head != Head.EMPTY:
        facts_now = {HEAD_SEQ: str(head.seq), HEAD_SHA256: head.sha256}
        fresh.executemany("INSERT INTO facts VALUES (?, ?)", facts_now.items())
    fresh.execute("COMMIT")
    return fresh, problems


def _spell(spelt: dict[int, str], statement: Insert | Update | Delete, values: dict[str, Any]) -> str:
    compiled = statement.compile(dialect=DIALECT, column_keys=list(values))
    spelt[id(statement)] = text = str(compiled)
    return text


def _empty() -> sqlite3.Connection:
    """Make a register without a file or a row."""
    fresh = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    fresh.execute("PRAGMA foreign_keys = ON")
    for table in metadata.sorted_tables:
        fresh.execute(str(CreateTable(table).compile(dialect=DIALECT)))
        for index in table.indexes:
            fresh.execute(str(CreateIndex(index).compile(dialect=DIALECT)))
    fresh.execute("BEGIN")
    return fresh


def _columns(table: Table) -> tuple[list[Column[Any]], list[Column[Any]]]:
    """Key and other columns of TABLE."""
    key = list(table.primary_key.columns)
    return key, [column for column in table.columns if column not in set(key)]


def _kept(connection: Connection, table: Table) -> Rows:
    """Read TABLE as it is: from SQLite without a reading of values that would make two of them alike."""
    key, rest = _columns(table)
    if connection.dialect.name != "sqlite":
        rows = (tuple(map(_plain, row)) for row in connection.execute(select(*key, *rest)))
        return {row[: len(key)]: row[len(key) :] for row in rows}
    raw: Any = connection.connection.driver_connection
    before, raw.text_factory = raw.text_factory, _text
    try:
        return _rows(raw, table)
    finally:
        raw.text_factory = before


def _plain(value: Any) -> Any:
    """Give VALUE as SQLite would keep it, which knows no truth values."""
    return int(value) if isinstance(value, bool) else value


def _text(value: bytes) -> str:
    """Read text of the database, whatever its bytes."""
    return value.decode("utf-8", "surrogateescape")


def _worked_out(fresh: sqlite3.Connection, table: Table) -> Rows:
    return _rows(fresh, table)


def _rows(raw: sqlite3.Connection, table: Table) -> Rows:
    key, rest = _columns(table)
    rows = raw.execute(str(select(*key, *rest).compile(dialect=DIALECT)))
    return {row[: len(key)]: row[len(key) :] for row in rows}


def _compare(table: Table, kept: Rows, right: Rows) -> list[str]:
    return [
        *(f"{table.name}: {_named(key)} is on the register and not in the ledger." for key in kept if key not in right),
        *(f"{table.name}: {_named(key)} is in the ledger and not on the register." for key in right if key not in kept),
        *(sentence for key, row in kept.items() if key in right for sentence in _changed(table, key, row, right[key])),
    ]


def _changed(table: Table, key: tuple[Any, ...], kept: tuple[Any, ...], right: tuple[Any, ...]) -> Iterator[str]:
    for column, ours, theirs in zip(_columns(table)[1], kept, right, strict=True):
        if (type(ours), ours) != (type(theirs), theirs):
            yield (
                f"{table.name}: {_named(key)} has another {column.name}: "
                f"{_shown(ours)} on the register, {_shown(theirs)} by the ledger."
            )


def _named(key: tuple[Any, ...]) -> str:
    return " with ".join(legible(str(part))[:LONGEST] for part in key)


def _shown(value: object) -> str:
    shown = "nothing" if value in ("", None) else legible(str(value))
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 3] + "..."
