"""People with keys of their own, as many as a test needs; their keys are made once, cheaply, and are never anyone's."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from redact.governance.ledger.events import EventKind
from redact.governance.people import own
from redact.governance.people.own import OwnKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redact.governance.office import Office
    from redact.governance.people.own import Claim

__all__ = ["PASSPHRASE", "cheap", "enrol", "key_of", "made_key", "settings_of"]

PASSPHRASE = "seven plain words"  # noqa: S105  of keys that are nobody's


def cheap() -> None:
    """Let keys that are made from here on cost next to nothing to open; what it costs stands in each."""
    own.MEMORY_KIB, own.ITERATIONS, own.LANES = 64, 1, 1


def made_key(folder: Path, account: str) -> OwnKey:
    """Make a key for ACCOUNT in FOLDER."""
    key = OwnKey(folder, account, PASSPHRASE.encode)
    if not key.exists:
        key.make(PASSPHRASE.encode())
    return key


@cache
def key_of(account: str) -> OwnKey:
    """Give the key of ACCOUNT, the same one in every test."""
    folder = Path(tempfile.mkdtemp(prefix="redact-keys-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return made_key(folder, account)


def settings_of(account: str, number: int, folder: Path) -> Path:
    """Give FOLDER as the settings of the user NUMBER, with the key of ACCOUNT in it."""
    target = folder / "redact" / own.FILE
    if not target.exists():
        target.parent.mkdir(parents=True, mode=0o700)
        target.write_bytes(key_of(account).path.read_bytes())
        for path in (folder, target.parent, target):
            os.chown(path, number, -1)
    return folder


def enrol(office: Office, claim: Claim) -> None:
    """Have the DPO, who is at work in OFFICE, put CLAIM on record."""
    office.record(office.event(EventKind.ENROLLED, data={"claim": claim.model_dump(mode="json")}))


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the own key of whoever runs the tests out of them: theirs is made anew, under a passphrase of the tests."""
    cheap()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("settings")))
        patch.delenv("XDG_RUNTIME_DIR", raising=False)
        patch.setenv("REDACT_OWN_PASSPHRASE", PASSPHRASE)
        yield
