"""A real PostgreSQL for a session, and a fresh register of each sort for a test."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from redact.governance.register.register import Register

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Server", "place", "postgresql", "register"]

EXPECTED = "REDACT_EXPECT_POSTGRESQL"


class Server:
    """A PostgreSQL server of its own: a socket in a folder, and nothing on the network."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        """Make it in FOLDER with the programs in BINARIES."""
        self._binaries, self._folder = binaries, folder
        self._user: int | None = None
        self._group: int | None = None
        if os.geteuid() == 0:  # initdb refuses root
            person = _account()
            os.chown(folder, person.pw_uid, person.pw_gid)
            self._user, self._group = person.pw_uid, person.pw_gid

    def _run(self, *command: str) -> None:
        """Run a program as whoever the server belongs to; what it says is shown where it fails."""
        log = self._folder / "programs.log"
        program = [str(self._binaries / command[0]), *command[1:]]
        with log.open("ab") as said:
            done = subprocess.run(
                program, stdout=said, stderr=said, check=False, cwd=self._folder, user=self._user, group=self._group
            )
        assert done.returncode == 0, log.read_text()

    def start(self) -> None:
        """Make a cluster and start it; what it says is on the disk is on the disk."""
        data = str(self._folder / "data")
        self._run("initdb", "-D", data, "-U", "redact", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}' -c fsync=on"
        self._run(
            "pg_ctl", "-D", data, "-l", str(self._folder / "server.log"), "-o", options, "-w", "-t", "60", "start"
        )

    def stop(self) -> None:
        """Stop it and wait until it has; nothing in it is wanted any more."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "-t", "60", "stop")

    def url(self, database: str) -> str:
        """Where DATABASE is."""
        return f"postgresql://redact@/{database}?host={self._folder}"

    def fresh(self) -> str:
        """Make a database with nothing in it."""
        name = f"test_{uuid.uuid4().hex}"
        engine = create_engine(self.url("postgres").replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url(name)


def _account() -> pwd.struct_passwd:
    """Give the account that the server of this system runs as, or one that owns nothing."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return pytest.fail("there is no account beside root's to run PostgreSQL as")


def _binaries() -> Path | None:
    """Find the newest server installed."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *map(Path, filter(None, [shutil.which("initdb")]))]
    return max(found, key=lambda path: [int(part) for part in path.parts if part.isdigit()]).parent if found else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A running server; skipped where none is installed, unless the machine was to have one."""
    binaries = _binaries()
    if binaries is None:
        reason = "PostgreSQL's server is not installed (/usr/lib/postgresql/*/bin)"
        if os.environ.get(EXPECTED) == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path has to be short
    server = Server(binaries, folder)
    try:
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a register can be made that nobody used before, on either database."""
    if request.param == "sqlite":
        return str(tmp_path / "register.db")
    server: Server = request.getfixturevalue("postgresql")
    return server.fresh()


@pytest.fixture
def register(place: str) -> Iterator[Register]:
    """An empty register on either database."""
    with Register.open(place) as opened:
        yield opened
