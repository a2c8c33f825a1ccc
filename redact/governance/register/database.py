"""The database under the register: how it is opened, brought up to date, and what is said where it cannot be used."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, create_engine, inspect, make_url, text
from sqlalchemy import event as listening
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from redact.advice import Task
from redact.errors import InputUnusable, UsageProblem
from redact.files import reason_of
from redact.governance.register.schema import migrate
from redact.governance.register.tables import KNOWN, SCHEMA, VERSION_TABLE, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection

__all__ = ["OWNER_ONLY", "connected", "engine_of", "open_engine", "plainly", "renew", "writing"]

PATIENCE_S = 30
CONNECT_S = 10
OWNER_ONLY = 0o600
MIGRATING = 7_238_451_190_334_617
"""The advisory lock under which one process at a time brings a PostgreSQL register up to date; any number does."""
SHOWN = 20
"""Letters of what should be a number, as far as they are shown."""
ACCEPTED = "Give the path of a file, or postgresql://user@host/database."


def open_engine(place: str | Path, mode: int = OWNER_ONLY, *, reading: bool = False) -> tuple[Engine, str]:
    """Connect to the register at PLACE, create it with MODE if need be and migrate it; its name for sentences, too.

    READING: a file that can only be read, with all beside it, is read into memory as it is.
    """
    url = _url(place)
    name = _name(url)
    with plainly(name):
        if reading and url.get_backend_name() == "sqlite":
            return _read_whole(Path(url.database or ""), name), name
        engine = _sqlite(url, mode) if url.get_backend_name() == "sqlite" else _postgresql(url)
        try:
            _bring_up_to_date(engine, name)
        except BaseException:
            engine.dispose()
            raise
    return engine, name


@contextmanager
def connected(place: str | Path) -> Iterator[tuple[Engine, str]]:
    """Connect to what is at PLACE, as it is; gives its name for sentences, too."""
    url = _url(place)
    engine = create_engine(url)
    try:
        yield engine, _name(url)
    finally:
        engine.dispose()


def renew(place: str | Path) -> None:
    """Make room at PLACE for a new register: a file is put aside, tables of ours in a server are dropped."""
    url = _url(place)
    if url.get_backend_name() == "sqlite":
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        for path in Path(str(url.database)).parent.glob(f"{Path(str(url.database)).name}*"):
            if ".aside-" not in path.name:
                path.rename(path.with_name(f"{path.name}.aside-{now}"))
        return
    with connected(place) as (engine, name), plainly(name), engine.connect() as connection, connection.begin():
        for table in (*reversed(metadata.sorted_tables), VERSION_TABLE):
            _drop(connection, str(table))


def _drop(connection: Connection, name: str) -> None:
    """Drop what is called NAME, whatever it is."""
    kind = connection.execute(
        text(
            "SELECT relkind::text FROM pg_class WHERE relname = :name AND relnamespace = current_schema()::regnamespace"
        ),
        {"name": name},
    ).scalar()
    word = {"v": "VIEW", "m": "MATERIALIZED VIEW", "f": "FOREIGN TABLE"}.get(str(kind), "TABLE")
    connection.execute(text(f'DROP {word} IF EXISTS "{name}" CASCADE'))


def engine_of(connection: sqlite3.Connection) -> Engine:
    """Give an engine that has CONNECTION, a register in memory, and no other."""
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    listening.listen(engine, "begin", _begin)
    return engine


@contextmanager
def plainly(name: str) -> Iterator[None]:
    """Say in a sentence what is wrong with the database NAME. Raises InputUnusable."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as problem:
        cause = problem.orig if isinstance(problem, DBAPIError) else problem
        reason = " ".join(str(cause).split("\n")[0].split()) or type(cause).__name__
        message = f"The register {name} cannot be used ({reason.rstrip('.')})."
        raise InputUnusable(message, _advice(reason)) from problem
    except SQLAlchemyError as problem:
        message = f"The register {name} cannot be used ({type(problem).__name__})."
        raise InputUnusable(message, "Check that nothing else changed it: ", Task.VERIFY_LOG) from problem


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: whole or not at all, on the disk when it is over, and one at a time."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL synchronous_commit = on"))
            connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_S}s'"))
            connection.execute(text("LOCK TABLE facts IN EXCLUSIVE MODE"))
        yield connection


def _url(place: str | Path) -> URL:
    """Read PLACE, a path or a URL. Raises UsageProblem, without a password."""
    if isinstance(place, Path) or "://" not in place:
        return URL.create("sqlite", database=str(place))
    try:
        url = make_url(place.replace("postgres://", "postgresql://", 1))
        backend = url.get_backend_name()
    except (ArgumentError, ValueError) as wrong:
        message = "The register's address cannot be read."
        raise UsageProblem(message, ACCEPTED) from wrong
    if backend not in {"sqlite", "postgresql"}:
        message = f"A register cannot be kept in {backend}."
        raise UsageProblem(message, ACCEPTED)
    return url.set(drivername="sqlite" if backend == "sqlite" else "postgresql+psycopg")


def _name(url: URL) -> str:
    """Name the database for people: no user, no password, no options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"{url.database or 'of the user'} at {url.host or url.query.get('host') or 'this machine'}{port}"


def _advice(reason: str) -> str:
    if "locked" in reason or "lock timeout" in reason:
        return f"Another process has kept it busy for {PATIENCE_S} seconds: wait until it is done and try again."
    if "full" in reason or "No space" in reason:
        return "Make room on the disk."
    return "Check its address, that it runs, and that you may read and write it."


def _sqlite(url: URL, mode: int) -> Engine:
    path = Path(url.database or "")
    if not path.name or str(path) == ":memory:":
        message = "The register needs a file of its own."
        raise UsageProblem(message, ACCEPTED)
    _create(path, mode)
    engine = create_engine(url, connect_args={"timeout": PATIENCE_S})
    listening.listen(engine, "connect", _set_up)
    listening.listen(engine, "begin", _begin)
    return engine


def _read_whole(path: Path, name: str) -> Engine:
    """Read the SQLite file at PATH into memory. Raises InputUnusable where it is none, or not of this version."""
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="redact-register-") as folder,
            closing(_only_read(path, folder)) as kept,
        ):
            kept.backup(memory)
    except OSError as problem:
        message = f"The register {name} cannot be read ({reason_of(problem, 'unknown')})."
        raise InputUnusable(
            message, "Check that you may read it, and that there is room for a copy of it."
        ) from problem
    engine = create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool)
    listening.listen(engine, "connect", _set_up)
    listening.listen(engine, "begin", _begin)
    with engine.connect() as connection:
        if _version(connection, name) != SCHEMA:
            message = f"The register {name} is of an older version of redact, and cannot be brought up to date there."
            raise InputUnusable(message, "Copy the records to where they can be written, and name that folder.")
    return engine


def _only_read(path: Path, folder: str) -> sqlite3.Connection:
    """Open the SQLite file at PATH without writing beside it.

    What SQLite keeps in a second file belongs to it, and cannot be read in its place: both are copied to FOLDER.
    """
    beside = path.with_name(f"{path.name}-wal")
    if not beside.exists() or not beside.stat().st_size:
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    for file in (path, beside):
        shutil.copyfile(file, Path(folder) / file.name)
    return sqlite3.connect(Path(folder) / path.name)


def _create(path: Path, mode: int) -> None:
    """Make the file at PATH for its owner alone before anything is in it; SQLite gives the files beside it its mode."""
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode))
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as problem:
        message = f"The register {path} cannot be created ({reason_of(problem, 'unknown')})."
        raise InputUnusable(message, "Check the folder, and that you may write there.") from problem


def _set_up(connection: DBAPIConnection, _record: Any) -> None:
    """Have SQLite keep its promises: on the disk when it says so, and readers beside one writer."""
    raw: Any = connection
    raw.isolation_level = None  # transactions begin where `_begin` says, not where the driver thinks best
    raw.execute(f"PRAGMA busy_timeout = {PATIENCE_S * 1000}")
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: URL) -> Engine:
    try:
        import psycopg  # noqa: F401, PLC0415  only where the register is kept there
    except ImportError as problem:
        message = "The register is kept in PostgreSQL, and what talks to it is not installed."
        raise UsageProblem(message, 'Install it: pip install "redact-video[postgresql]"') from problem
    arguments = {"connect_timeout": CONNECT_S, "application_name": "redact"}
    # Two questions of one transaction see the same register.
    return create_engine(url, connect_args=arguments, isolation_level="REPEATABLE READ")


def _bring_up_to_date(engine: Engine, name: str) -> None:
    """Create or migrate the tables of the register NAME. Raises InputUnusable where they are not ours or too new."""
    if engine.dialect.name == "sqlite":
        _turn_to_wal(engine)
    with engine.connect() as connection:
        if _version(connection, name) == SCHEMA:
            return
    options = {"isolation_level": "READ COMMITTED"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(writes=True, **options) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": MIGRATING})
        if _version(connection, name) != SCHEMA:  # another process may have done it while this one waited
            migrate(connection)


def _turn_to_wal(engine: Engine) -> None:
    """Let readers and a writer work side by side. It is kept in the file, and cannot be changed in a transaction."""
    raw = engine.raw_connection()
    try:
        mode = _journal_mode(raw.driver_connection)
    finally:
        raw.close()
    if mode != "wal":
        message = f"The file system of {engine.url.database} cannot hold a database that several processes use."
        raise InputUnusable(message, "Keep the register on a disk of this machine, or in PostgreSQL.")


def _journal_mode(connection: Any) -> str:
    """Turn to WAL. SQLite does not wait here for others that do the same, so this does."""
    end = time.monotonic() + PATIENCE_S
    while True:
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        try:
            return str(mode if mode == "wal" else connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(0.01)


def _version(connection: Connection, name: str) -> str | None:
    """Give the schema that CONNECTION's register has; None where there is none yet."""
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in tables:
        taken = sorted(tables & set(metadata.tables))
        if taken:
            message = f"{name} holds tables called {', '.join(taken)} that are not a register's."
            raise InputUnusable(message, "Give the register a database of its own.")
        return None
    versions = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all()  # noqa: S608  a constant
    if len(versions) != 1:
        message = f"The register {name} does not say which form its tables have."
        raise InputUnusable(
            message, "It was tampered with or damaged. Have a new one made from the ledger: ", Task.REBUILD
        )
    if versions[0] not in KNOWN:
        version = str(versions[0])[:SHOWN]
        message = f"The register {name} was made by a newer redact (tables {version}; this one knows up to {SCHEMA})."
        raise InputUnusable(message, "Use that version of redact, or a later one.")
    return str(versions[0])
