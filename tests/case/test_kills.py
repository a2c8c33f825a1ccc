"""Commands that are killed where it matters most, and given again: nothing is lost, and nothing is half released."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from benchmarks.edits import REFERENCE, approve_case
from benchmarks.kills import ACTS, Place, kill, wrong_with
from redact.governance.home import LEDGER

ROOT = Path(__file__).parents[2]
ENDED = date.today() - timedelta(days=3)  # noqa: DTZ011  the day where the organisation is

RECORD = ("request", "record", REFERENCE, "identity-asked")
RELEASE = ("release", REFERENCE, "-o", "{out}")
PURGE = ("retention", "purge", "--yes")

ARMED = """
import os, signal, sys
from importlib import import_module
place, names, moment, *words = sys.argv[1:]
*owners, name = names.split(".")
owner = import_module(place)
for one in owners:
    owner = getattr(owner, one)
real = getattr(owner, name)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def armed(*given, **more):
    if moment == "before":
        die()
    real(*given, **more)
    die()

setattr(owner, name, armed)
from cli.main import redact
redact.main(words)
"""
"""Gives a command, and dies right before or right after one of its functions."""


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A request whose copy was approved; what is kept is past its time once the request has ended."""
    folder = tmp_path_factory.mktemp("approved")
    approve_case(folder / "home", folder / "cam4.mp4", days=1)
    return folder / "home"


@pytest.fixture
def place(approved: Path, tmp_path: Path) -> Place:
    """A copy of that, for one test."""
    shutil.copytree(approved, tmp_path / "home")
    (tmp_path / "out").mkdir()
    return Place(tmp_path)


def killed(place: Place, where: str, moment: str, *words: str) -> None:
    """Give the command of WORDS, and kill it right MOMENT, before or after, what is WHERE: module:function."""
    module, _, function = where.partition(":")
    filled = [word.format(out=place.out) for word in words]
    environment = os.environ | {"REDACT_HOME": str(place.home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", ARMED, module, function, moment, *filled]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr


def registered(place: Place) -> list[str]:
    """Kinds of what the register has, oldest first."""
    return [row[0] for row in place.rows("SELECT kind FROM events ORDER BY seq")]


def in_ledger(place: Place) -> list[str]:
    """Kinds of what the ledger has."""
    return [json.loads(line)["kind"] for line in place.ledger.splitlines()]


def whole(place: Place, ids: set[str], before: bytes) -> None:
    """Everything holds that must after a kill and one command."""
    assert wrong_with(place, ids, before) == []


def ids_of(place: Place) -> set[str]:
    """Ids of what the register has."""
    return {row[0] for row in place.rows("SELECT id FROM events")}


@pytest.mark.parametrize(
    ("where", "moment", "written", "followed"),
    [
        ("redact.governance.ledger.ledger:LockedLedger.append", "before", False, False),
        ("redact.governance.ledger.ledger:LockedLedger.append", "after", True, False),
        ("redact.governance.register.register:Register.record", "after", True, True),
    ],
)
def test_what_the_ledger_has_gets_into_the_register_once(
    place: Place, where: str, moment: str, written: bool, followed: bool
) -> None:
    """Killed before the ledger's line, after it, or after the register's commit: the next command finishes it."""
    before = place.ledger
    killed(place, where, moment, *RECORD)
    assert (in_ledger(place)[-1] == "identity-asked") is written
    assert (registered(place)[-1] == "identity-asked") is followed
    ids = ids_of(place)
    assert place.call("request", "show", REFERENCE)[0] == 0
    assert in_ledger(place) == registered(place)
    assert in_ledger(place).count("identity-asked") == written
    whole(place, ids, before)


def test_a_torn_line_is_kept_aside_and_told(place: Place) -> None:
    """Killed in the middle of writing a line: the rest of it is no entry, and the command is given again."""
    before = place.ledger
    killed(place, "redact.governance.ledger.ledger:LockedLedger.append", "before", *RECORD)
    with (place.home / LEDGER).open("ab") as stream:
        stream.write(b'{"at":"2026-03-02T09:30:00.000000+00:00","by":"ro')
    ids = ids_of(place)
    assert place.call(*RECORD)[0] == 0
    assert in_ledger(place)[-2:] == ["ledger-recovered", "identity-asked"]
    whole(place, ids, before)


@pytest.mark.parametrize("form", [(), ("--zip",)], ids=["folder", "ZIP"])
def test_a_package_that_is_there_was_released(place: Place, form: tuple[str, ...]) -> None:
    """Killed between the package and the record of it: the record follows, and the package is left as it is."""
    before = place.ledger
    killed(place, "redact.package.writer:Ready.publish", "after", *RELEASE, *form)
    assert registered(place)[-1] == "release-begun"
    (package,) = (path for path in place.out.iterdir() if not path.name.startswith("."))
    ids, contents = ids_of(place), bytes_of(package)
    code, said = place.call(*RELEASE, *form)
    assert code == 7, said
    assert "was released already" in said
    assert place.rows("SELECT state, copy_number FROM releases") == [("released", 1)]
    assert in_ledger(place).count("release-made") == 1
    assert bytes_of(package) == contents
    whole(place, ids, before)


def test_a_package_that_is_not_there_was_not_released(place: Place) -> None:
    """Killed before it appeared: that release is abandoned, and the same command makes it, with the same number."""
    before = place.ledger
    killed(place, "redact.package.writer:Ready.publish", "before", *RELEASE)
    assert registered(place)[-1] == "release-begun"
    assert all(path.name.startswith(".") for path in place.out.iterdir())
    ids = ids_of(place)
    assert place.call(*RELEASE)[0] == 0
    assert sorted(place.rows("SELECT state, copy_number FROM releases")) == [("abandoned", 1), ("released", 1)]
    whole(place, ids, before)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_purge_that_was_begun_is_finished(place: Place, moment: str) -> None:
    """Killed before anything was deleted, or before that was recorded: the same command ends it, and says so."""
    assert place.call("request", "close", REFERENCE, "--outcome", "withdrawn", "--on", f"{ENDED}")[0] == 0
    before = place.ledger
    for _ in range(2):  # the footage first, then the working copies
        killed(place, "redact.case.purging:erase", moment, *PURGE)
        assert registered(place)[-1] == "purge-begun"
        if moment == "before":
            break
    ids = ids_of(place)
    assert place.call(*PURGE)[0] == 0
    assert list(place.home.rglob("*.mp4*")) == []
    whole(place, ids, before)


def bytes_of(package: Path) -> dict[str, bytes]:
    """Every byte of PACKAGE."""
    files = [package] if package.is_file() else list(package.iterdir())
    return {path.name: path.read_bytes() for path in files}


@pytest.mark.slow
def test_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    """A dozen commands with the real networks, each killed somewhere and given again."""
    struck = kill(tmp_path, 12, 11)
    assert [problem for one in struck for problem in one.problems] == []
    assert {one.act.name for one in struck} == {act.name for act in ACTS}
