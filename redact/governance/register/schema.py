"""What a register consists of: whether its tables are ours, and whether anything stands beside them.

A trigger, a view in the place of a table or a rule of the server could answer otherwise than the rows say. In SQLite
every word of the schema is compared with that of a new register; in PostgreSQL what the server's catalogues tell.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool

from redact.governance.register.tables import SCHEMA, VERSION_TABLE, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

__all__ = ["migrate", "strange"]

OURS = frozenset({*metadata.tables, VERSION_TABLE})
MASTER = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1, 2"
)

BESIDE = {
    "trigger": "SELECT c.relname || '.' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace",
    "rule": "SELECT c.relname || '.' || r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class "
    "WHERE r.rulename <> '_RETURN' AND c.relnamespace = current_schema()::regnamespace",
    "policy": "SELECT c.relname || '.' || p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid "
    "WHERE c.relnamespace = current_schema()::regnamespace",
    "function": "SELECT proname::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace",
    "check": "SELECT conname::text FROM pg_constraint WHERE contype IN ('c', 'x') "
    "AND connamespace = current_schema()::regnamespace",
    "child table": "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class c ON c.oid = inhparent "
    "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace",
    "default": "SELECT c.relname || '.' || a.attname FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum "
    "WHERE c.relnamespace = current_schema()::regnamespace",
}
"""By what it is, how PostgreSQL is asked for what no register has."""
KINDS = {"r": "table", "v": "view", "m": "view", "f": "table of another server", "p": "table in parts", "S": "counter"}
RELATIONS = (
    "SELECT relname::text, relkind::text FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'f', 'p', 'S') "
    "AND relnamespace = current_schema()::regnamespace ORDER BY 1"
)


def strange(connection: Connection) -> list[str]:
    """Say in a sentence all that is not as in a new register: of tables, views, triggers, and of their version."""
    found = _sqlite(connection) if connection.dialect.name == "sqlite" else _postgresql(connection)
    return [*found, *([] if found else _version(connection))]


def migrate(connection: Connection) -> None:
    """Run the steps from what is there to SCHEMA."""
    from alembic import command  # noqa: PLC0415  slow to load, and seldom needed
    from alembic.config import Config  # noqa: PLC0415  as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, SCHEMA)


def _version(connection: Connection) -> list[str]:
    """Say what is wrong with the table that says which form the tables have."""
    rows = connection.execute(text(f"SELECT * FROM {VERSION_TABLE}")).all()  # noqa: S608  a constant
    return (
        []
        if [tuple(row) for row in rows] == [(SCHEMA,)]
        else [f"{VERSION_TABLE} does not say {SCHEMA}, and only that."]
    )


def _sqlite(connection: Connection) -> list[str]:
    """Compare every word of the schema with that of a new register."""
    ours, right = _master(connection.connection.driver_connection), _master(_new())
    wrong = [f"The {kind} {name} does not belong in the register." for kind, name in ours if (kind, name) not in right]
    wrong += [f"The {kind} {name} is missing in the register." for kind, name in right if (kind, name) not in ours]
    same = ((key, word) for key, word in ours.items() if key in right and word != right[key])
    return [*wrong, *(f"The {kind} {name} is not made as the program makes it." for (kind, name), _ in same)]


def _master(raw: Any) -> dict[tuple[str, str], tuple[str, str]]:
    return {(str(kind), str(name)): (str(table), str(sql)) for kind, name, table, sql in raw.execute(MASTER)}


def _new() -> sqlite3.Connection:
    """Make a register in memory, step by step, as one on the disk is made."""
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    engine = create_engine("sqlite://", creator=lambda: fresh, poolclass=StaticPool)
    with engine.connect() as connection, connection.begin():
        migrate(connection)
    return fresh


def _postgresql(connection: Connection) -> list[str]:
    """Ask the catalogues for what does not belong, and compare columns, keys and indexes with the program's own."""
    wrong = list(_relations((name, kind) for name, kind in connection.execute(text(RELATIONS))))
    for what, question in BESIDE.items():
        names = connection.execute(text(question)).scalars()
        wrong += [f"The {what} {name} does not belong in the register." for name in sorted(map(str, names))]
    return wrong or _unlike(connection)


def _relations(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    there = dict(rows)
    for name, kind in there.items():
        if name not in OURS or kind != "r":
            yield f"The {KINDS[kind]} {name} does not belong in the register."
    yield from (f"The table {name} is missing in the register." for name in sorted(OURS - set(there)))


def _unlike(connection: Connection) -> list[str]:
    """Compare columns, keys and indexes; what alembic would change is not as it should be."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  slow to load, and seldom needed
    from alembic.migration import MigrationContext  # noqa: PLC0415  as above

    options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
    found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    return [f"A table of the register is not made as the program makes it: {_told(change)}." for change in found]


def _told(change: Any) -> str:
    """Name what alembic would change, on one line."""
    flat = change[0] if isinstance(change, list) else change
    return " ".join(str(getattr(part, "name", part)) for part in flat if part is not None)[:120]
