"""redact key: the key that signs, as it is handed out and replaced."""

from __future__ import annotations

import hashlib
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from clerk import Clerk

from redact.package.public_key import follow, load_public

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def clerk(tmp_path: Path) -> Clerk:
    """Records that are set up."""
    return Clerk.at_new_desk(tmp_path / "home")


def test_the_first_question_makes_the_key(clerk: Clerk) -> None:
    """From then on it is the same one."""
    said = clerk.does("key", "show")
    assert said.startswith("Fingerprint  ")
    assert "\nSigns until  " in said
    document = clerk.reads("key", "show")
    assert set(document) == {"keys", "days_left"}
    assert document["days_left"] == 729
    (one,) = document["keys"]
    assert one["fingerprint"] in said
    assert set(one) == {"fingerprint", "created", "expires"}


def test_the_exported_key_is_what_openssl_reads(clerk: Clerk, tmp_path: Path) -> None:
    """Its fingerprint is that of docs/recipient.md; everybody may read it."""
    file = tmp_path / "example-housing.pem"
    document = clerk.reads("key", "export", file)
    assert document == {
        "key": str(file),
        "fingerprint": clerk.reads("key", "show")["keys"][0]["fingerprint"],
        "statements": [],
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    command = ["openssl", "pkey", "-pubin", "-in", str(file), "-outform", "DER"]  # the one of docs/recipient.md
    der = subprocess.run(command, capture_output=True, check=True).stdout
    assert hashlib.sha256(der).hexdigest() == document["fingerprint"].replace(" ", "")


def test_a_key_takes_no_other_file_s_place(clerk: Clerk, tmp_path: Path) -> None:
    """An older export may be replaced; a clip may not."""
    (tmp_path / "cam4.mp4").write_bytes(b"not a key")
    for place in (tmp_path / "cam4.mp4", tmp_path):
        assert "is there already, and is no public key" in clerk.is_refused(2, "key", "export", place)
    assert (tmp_path / "cam4.mp4").read_bytes() == b"not a key"
    clerk.does("key", "export", tmp_path / "key.pem")
    clerk.does("key", "export", tmp_path / "key.pem")


def test_a_new_key_is_named_by_the_one_before(clerk: Clerk, tmp_path: Path) -> None:
    """Whoever has compared the first follows the statements, in the order in which they are told."""
    clerk.does("key", "export", tmp_path / "old.pem")
    assert set(clerk.reads("key", "rotate")) == {"fingerprint", "created", "expires"}
    said = clerk.does("key", "export", tmp_path / "key.pem")
    assert "redact verify PACKAGE --key OLD.pem --successor key.dsse.json\n" in said
    assert clerk.does("key", "rotate").startswith("From now on signs the key ")
    document = clerk.reads("key", "export", tmp_path / "key.pem")
    assert document["statements"] == [str(tmp_path / name) for name in ("key-1.dsse.json", "key.dsse.json")]
    statements = [(tmp_path / name).read_bytes() for name in ("key-1.dsse.json", "key.dsse.json")]
    trusted = load_public(tmp_path / "old.pem")
    for statement in statements:
        trusted = follow(trusted, statement)
    assert trusted.keyid == load_public(tmp_path / "key.pem").keyid
    assert "Before it    " in clerk.does("key", "show")


def test_a_key_under_a_passphrase_is_shown_without_it(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is public needs no secret; signing does, and says so."""
    with monkeypatch.context() as patch:
        patch.setenv("REDACT_PASSPHRASE", "correct horse")
        clerk.does("key", "show")
    clerk.does("key", "show")
    said = clerk.is_refused(7, "log", "checkpoint")
    assert "is protected by a passphrase.\nSet REDACT_PASSPHRASE" in said


def test_without_a_key_there_is_none_to_replace(clerk: Clerk) -> None:
    """A sentence."""
    assert "There is no key" in clerk.is_refused(2, "key", "rotate")
