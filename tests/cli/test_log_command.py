"""redact log: what happened, and that nobody changed it since."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from clerk import Clerk

from redact.governance.ledger.events import EventKind
from redact.governance.office import Office

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REF = "SAR-2026-0142"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """Records with two requests."""
    clerk = Clerk.at_new_desk(tmp_path_factory.mktemp("desk") / "home")
    clerk.does("request", "new", REF, "--kind", "sar", "--requester", "A. Example")
    clerk.does("request", "record", REF, "identity-asked", "--note", "by letter, because nobody knows this person here")
    clerk.does("request", "new", "POL-7", "--kind", "police")
    return clerk


@pytest.fixture
def clerk(desk: Clerk, tmp_path: Path) -> Clerk:
    """The same, for one test."""
    return desk.moved_to(tmp_path / "home")


def test_the_last_that_happened_stands_at_the_end(clerk: Clerk) -> None:
    """Of all, of one request, and of so many."""
    said = clerk.does("log", "show").splitlines()
    assert said[0].split()[0] == "When"
    assert "POL-7" in said[-1]
    assert "by letter" in " ".join(said[-4:-1])
    assert max(map(len, said)) <= 110
    assert {row["reference"] for row in clerk.reads("log", "show", "--request", REF)} == {REF}
    assert [row["reference"] for row in clerk.reads("log", "show", "--limit", "1")] == ["POL-7"]
    assert clerk.does("log", "show", "--request", "SAR-NONE") == "Nothing happened yet.\n"


def test_a_whole_log_holds_and_a_checkpoint_signs_for_it(clerk: Clerk) -> None:
    """Checking writes nothing."""
    before = (clerk.home / "ledger" / "ledger.jsonl").read_bytes()
    assert "lines, each in its place, unchanged, and signed by whoever it is by; no checkpoint yet" in clerk.does(
        "log", "verify"
    )
    assert (clerk.home / "ledger" / "ledger.jsonl").read_bytes() == before
    signed = clerk.reads("log", "checkpoint")
    assert set(signed) == {"seq", "sha256", "keyid", "signature", "anchor"}
    document = clerk.reads("log", "verify")
    assert set(document) == {"holds", "lines", "checkpoints", "signed_to", "wrong", "problems", "notes"} | {
        "unsigned_before_keys",
        "founded_on",
        "anchored",
    }
    assert (document["holds"], document["checkpoints"], document["signed_to"]) == (True, 1, signed["seq"])
    assert clerk.does("log", "checkpoint").startswith("Signed for line ")


def test_one_letter_changed_in_the_log_is_found(clerk: Clerk) -> None:
    """With exit code 5, its line, and what to do."""
    file = clerk.home / "ledger" / "ledger.jsonl"
    file.write_bytes(file.read_bytes().replace(b"A. Example", b"B. Example", 1))
    done, again = clerk.types("log", "verify"), clerk.types("log", "verify", "--json")
    assert (done.exit_code, again.exit_code) == (5, 5)
    assert "wrong. Keep the files as they are, and put a backup beside them." in done.stdout
    document = json.loads(again.stdout)
    assert (document["holds"], {one["code"] for one in document["problems"]}) == (False, {"changed", "signature-wrong"})
    assert [problem["sentence"] for problem in document["problems"]] == document["wrong"]


def test_one_letter_changed_in_the_register_is_found(clerk: Clerk) -> None:
    """Although the log itself is whole."""
    with sqlite3.connect(clerk.home / "register" / "register.db") as register:
        register.execute("UPDATE requests SET requester = 'B. Example' WHERE reference = ?", (REF,))
    register.close()
    done = clerk.types("log", "verify")
    assert done.exit_code == 5
    assert REF in done.stdout


READING = (
    ("log", "verify"),
    ("log", "show"),
    ("request", "list"),
    ("request", "show", REF),
    ("request", "due"),
    ("request", "statistics", "2026"),
    ("retention", "list"),
    ("key", "show"),
)
"""Commands that look."""

WRITING = (
    ("request", "new", "SAR-9", "--kind", "sar"),
    ("request", "record", REF, "identity-satisfied", "--note", "tenancy card"),
    ("log", "checkpoint"),
    ("request", "close", REF, "--outcome", "withdrawn"),
    ("key", "rotate"),
)
"""Commands that record."""


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Everything in FOLDER, as it is."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes()) for path in files}


@pytest.mark.parametrize("closed", [True, False])
def test_a_copy_that_can_only_be_read_is_looked_at(
    clerk: Clerk, tmp_path: Path, only_readable: Callable[[Path], Path], closed: bool
) -> None:
    """Such as a mounted backup, also one that was made while somebody was at work; what records says why it cannot."""
    clerk.does("log", "checkpoint")
    before = {words: clerk.does(*words) for words in READING}
    home = tmp_path / "backup"
    with Office.open(clerk.home) as office:
        office.signing_key()
        shutil.copytree(clerk.home, home) if not closed else None
    shutil.copytree(clerk.home, home) if closed else (home / "register" / "register.db-shm").unlink()
    assert (home / "register" / "register.db-wal").exists() is not closed
    kept, backup = contents(home), Clerk(only_readable(home))
    for words in READING:
        done = backup.types(*words)
        assert (done.exit_code, done.stdout) == (0, before[words]), done.output
        assert "can only be read: it is shown as it is" in done.stderr
    for command in WRITING:
        done = backup.types(*command)
        assert done.exit_code == 3, done.output
        assert "and this would have to be recorded." in done.stderr or "(read-only file system)" in done.stderr
    assert contents(home) == kept


def test_what_was_changed_in_a_copy_that_can_only_be_read_is_found(
    clerk: Clerk, only_readable: Callable[[Path], Path]
) -> None:
    """As everywhere."""
    with sqlite3.connect(clerk.home / "register" / "register.db") as database:
        database.execute("UPDATE requests SET requester = 'X. Example'")
    database.close()
    done = Clerk(only_readable(clerk.home)).types("log", "verify")
    assert done.exit_code == 5
    assert "X. Example" in done.stdout


def test_a_register_that_is_none_is_a_sentence_in_a_copy_that_can_only_be_read(
    clerk: Clerk, only_readable: Callable[[Path], Path]
) -> None:
    """Whatever stands there, or nothing."""
    (clerk.home / "register" / "register.db").write_bytes(b"no database" * 1000)
    mounted = Clerk(only_readable(clerk.home))
    assert "cannot be used (file is not a database)" in mounted.types("log", "show").stderr
    (clerk.home / "register" / "register.db").unlink()
    assert mounted.types("log", "show").exit_code == 3


def test_a_clock_that_went_backwards_is_told_by_every_command_and_named_by_the_check(clerk: Clerk) -> None:
    """It is no fault of the log: what stands there is as it was written."""
    later = (datetime.now(UTC) + timedelta(3)).isoformat()
    with Office.open(clerk.home) as office:
        office.record(office.event(EventKind.VIEWED, data={"what": "x"}, at=later))
    assert "The clock of this computer is " in clerk.types("request", "list").stderr
    clerk.does("request", "new", "SAR-9", "--kind", "sar")
    assert "The clock of this computer is " not in clerk.types("request", "list").stderr
    assert "clock-set-back" in clerk.does("log", "show")
    said = clerk.does("log", "verify")
    assert "unchanged" in said
    assert "Note: Line " in said
    assert len(clerk.reads("log", "verify")["notes"]) == 1
