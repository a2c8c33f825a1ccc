"""redact log: what happened, and that nobody changed it since."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest
from clerk import Clerk

if TYPE_CHECKING:
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
    assert set(document) == {"holds", "lines", "checkpoints", "signed_to", "wrong", "problems"} | {
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
