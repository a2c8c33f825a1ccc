"""redact key mine, enrol, revoke, unlock and the like: everybody signs with a key of their own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from clerk import ROOT, STRANGER, Clerk
from people import PASSPHRASE, made_key

from redact.files import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ACCOUNT = f"user {STRANGER}"


@pytest.fixture
def clerk(tmp_path: Path) -> Clerk:
    """Records with two people, whose keys are on record."""
    return Clerk.at_new_desk(tmp_path / "home")


def test_a_key_is_shown_and_handed_out(clerk: Clerk, tmp_path: Path) -> None:
    """What is handed out takes no other file's place, and says what the DPO does with it."""
    said = clerk.does("key", "mine", tmp_path / "mine.json")
    assert "Fingerprint  " in said
    assert "redact key enrol" in said
    shown = clerk.reads("key", "mine", tmp_path / "mine.json")
    assert shown["fingerprint"] in said
    assert PASSPHRASE not in (tmp_path / "mine.json").read_text()
    (tmp_path / "cam4.mp4").write_bytes(b"not a key")
    assert "is there already" in clerk.is_refused(2, "key", "mine", tmp_path / "cam4.mp4")


def test_a_key_is_put_on_record_listed_and_revoked(clerk: Clerk, tmp_path: Path) -> None:
    """By the DPO, who has compared its fingerprint."""
    claim = made_key(tmp_path / "k", "c.example").claim()
    file = tmp_path / "c.json"
    file.write_bytes(canonical_json(claim.model_dump(mode="json")))
    said = clerk.is_refused(2, "key", "enrol", "c.example", file, "--fingerprint", "0000 0000 0000 0000")
    assert "does not begin with" in said
    told = ("--fingerprint", claim.key.keyid[:16])
    assert "signs with this key from now on" in clerk.does("key", "enrol", "c.example", file, *told)
    assert [row["account"] for row in clerk.reads("key", "people")][1:] == [ACCOUNT, "c.example"]
    assert "counts no more" in clerk.does("key", "revoke", "c.example", "--reason", "left")
    assert clerk.reads("key", "people")[-1]["revoked"]
    assert "the only DPO" in clerk.is_refused(
        2, "key", "revoke", clerk.reads("key", "mine")["account"], "--reason", "x"
    )
    assert "is on record" in clerk.is_refused(2, "key", "recover")


def test_a_dpo_is_told_whose_roles_they_put_on_record(clerk: Clerk) -> None:
    """Once, when the organisation's file was changed."""
    text = (clerk.home / "organisation.toml").read_text()
    clerk.says(text.replace('roles = ["approver"]', 'roles = ["approver", "operator"]'))
    said = [clerk.types("request", "list").stderr for _ in range(2)]
    assert f"Under your key it is on record now: {ACCOUNT} is approver and operator." in said[0]
    assert said[1] == ""


def test_who_has_no_key_is_told_how_to_get_one(clerk: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is recorded."""
    before = (clerk.home / "ledger" / "ledger.jsonl").read_bytes()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nowhere"))
    said = clerk.is_refused(7, "request", "new", "SAR-1", "--kind", "sar")
    assert "has no key yet" in said
    assert said.endswith("redact key mine\n")
    assert (clerk.home / "ledger" / "ledger.jsonl").read_bytes() == before


def test_without_a_passphrase_nothing_is_recorded(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading goes on."""
    monkeypatch.delenv("REDACT_OWN_PASSPHRASE")
    assert "is opened by your passphrase" in clerk.is_refused(7, "request", "new", "SAR-1", "--kind", "sar")
    assert clerk.does("request", "list")
    assert clerk.does("log", "verify")
    monkeypatch.setenv("REDACT_OWN_PASSPHRASE", "another one")
    assert "does not open your key" in clerk.is_refused(7, "request", "new", "SAR-1", "--kind", "sar")


@pytest.fixture
def sitting(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """What a terminal's environment is, without any passphrase."""
    with TemporaryDirectory(prefix="r") as runtime:
        names = {"XDG_RUNTIME_DIR": runtime, "XDG_CONFIG_HOME": str(tmp_path / "settings")}
        environment = os.environ | names | {"REDACT_HOME": str(tmp_path / "home")}
        environment.pop("REDACT_OWN_PASSPHRASE")
        yield environment
        typed(environment, [], "key", "lock")


def typed(environment: Mapping[str, str], answers: list[str], *words: str) -> str:
    """Give a command at a terminal, and type ANSWERS as they are asked for; gives what it said. None is left over."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cli", *words]
    process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said, left = "", list(answers)
    while True:
        try:
            part = os.read(ours, 4096).decode()
        except OSError:
            break
        said += part
        if left and said.rstrip().endswith(":"):
            time.sleep(0.05)
            os.write(ours, f"{left.pop(0)}\n".encode())
            said += "\n"
    os.close(ours)
    assert process.wait() == 0, said
    assert not left, said
    return said


def test_two_passphrases_are_typed_to_set_up_and_work(sitting: Mapping[str, str]) -> None:
    """One is chosen, and typed again; the key is open for the sitting then, and the passphrase never shown."""
    words = "four quite plain words"
    said = typed(sitting, [words, words], "setup", "Example Housing")
    assert words not in said
    typed(sitting, [], "request", "list")
    typed(sitting, [], "request", "new", "SAR-1", "--kind", "sar")
    assert "is locked" in typed(sitting, [], "key", "lock")
    typed(sitting, [words], "request", "record", "SAR-1", "identity-asked")
    typed(sitting, [words], "key", "unlock", "--minutes", "5")
    typed(sitting, [], "request", "record", "SAR-1", "identity-satisfied", "--note", "card")
    assert "signed by whoever it is by" in typed(sitting, [], "log", "verify")


def test_a_checkpoint_kept_elsewhere_is_held_against_the_log(clerk: Clerk, tmp_path: Path) -> None:
    """As a file, or as the line itself."""
    clerk.does("log", "checkpoint")
    line = clerk.reads("log", "checkpoint")["anchor"]
    (tmp_path / "letter.txt").write_text(f"Please keep:\n{line}\n")
    assert "is the one that was noted" in clerk.does("log", "verify", "--anchor", tmp_path / "letter.txt")
    assert clerk.reads("log", "verify", "--anchor", line)["anchored"] > 1
    wrong = line.replace("sha256=", "sha256=0")[: len(line)]
    assert "Give the whole line" in clerk.is_refused(2, "log", "verify", "--anchor", wrong)
    done = clerk.types("log", "verify", "--anchor", line.replace("line=", "line=9"))
    assert done.exit_code == 5
    assert "its end was cut off" in done.stdout


def test_the_register_is_made_anew(clerk: Clerk) -> None:
    """By the DPO."""
    clerk.does("request", "new", "SAR-1", "--kind", "sar")
    (clerk.home / "register" / "register.db").write_bytes(b"not a database" * 100)
    assert "cannot be used" in clerk.is_refused(3, "request", "list")
    lines = len((clerk.home / "ledger" / "ledger.jsonl").read_bytes().splitlines())
    assert clerk.does("log", "rebuild") == f"The register was made anew from {lines} lines.\n"
    assert [row["reference"] for row in clerk.reads("request", "list")] == ["SAR-1"]


def test_records_that_are_up_to_date_need_no_upgrade(clerk: Clerk) -> None:
    """A sentence; nor is one without a name set up."""
    assert "are up to date" in clerk.is_refused(2, "setup", "--upgrade")
    assert "has no name" in clerk.is_refused(2, "setup")
