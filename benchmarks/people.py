"""People with keys of their own for a benchmark: whoever runs it, and a second person who approves."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from redact.governance.enrolment import LEAST, enrol
from redact.governance.office import Office
from redact.governance.people.own import VARIABLE, OwnKey

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SETTINGS", "second_person", "settings_of"]

WORDS = "words of a benchmark"
SETTINGS = "settings-of-the-second"
"""Folder, beside HOME, of the settings of the second person."""


def settings_of(folder: Path) -> None:
    """Keep the own key of whoever runs the benchmark out of it: a new one is made, its settings in FOLDER."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = WORDS
        os.environ["XDG_CONFIG_HOME"] = str(folder / "settings")


def second_person(home: Path, account: str, number: int | None = None) -> OwnKey:
    """Have ACCOUNT, NUMBER to the operating system, own a key that is on record in HOME; gives it."""
    settings = home.parent / SETTINGS
    key = OwnKey(settings / "redact", account, os.environ[VARIABLE].encode)
    if not key.exists:
        key.make(os.environ[VARIABLE].encode())
    claim = key.claim()
    with Office.open(home) as office:
        enrol(office, account, claim, claim.key.keyid[:LEAST])
    key.signer()
    for path in (settings, *settings.rglob("*")):
        with suppress(PermissionError):
            os.chown(path, -1 if number is None else number, -1)
    return key
