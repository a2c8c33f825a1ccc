"""Links that work once: for whoever runs the server, and for a person who is invited to make a key.

They are kept as digests in a file that only the owner of HOME can open, so that another command can add one to those of
a server that runs, and nobody who reads the file learns a link.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from redact.files import sha256_bytes, wait_for, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Purpose", "Ticket", "Tickets"]

NAME, LOCK = "links.json", ".links.lock"
TOKEN = 32
"""Random bytes of a link."""


class Purpose(StrEnum):
    """What a link is for."""

    ENTER = "enter"
    JOIN = "join"


LASTS_S = {Purpose.ENTER: 10 * 60, Purpose.JOIN: 7 * 24 * 3600}
"""Seconds for which each works."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A link that was not used yet."""

    digest: str
    purpose: Purpose
    account: str
    by: str
    """Account."""
    until: float
    """Seconds since 1970."""


class Tickets:
    """The links that work."""

    def __init__(self, folder: Path) -> None:
        """Keep them in FOLDER."""
        self._folder = folder

    def issue(self, purpose: Purpose, account: str, by: str) -> str:
        """Make a link for ACCOUNT, asked for by BY, and give its secret; earlier invitations of ACCOUNT end."""
        token = secrets.token_urlsafe(TOKEN)
        ticket = Ticket(_digest(token), purpose, account, by, time.time() + LASTS_S[purpose])
        with self._held() as there:
            replaced = [
                one for one in there if purpose is Purpose.JOIN and (one.purpose, one.account) == (purpose, account)
            ]
            there[:] = [*(one for one in there if one not in replaced), ticket]
        return token

    def look(self, purpose: Purpose, token: str) -> Ticket | None:
        """Give what TOKEN is a link for, without using it up; None where it does not work."""
        with self._held() as there:
            return _found(there, purpose, token)

    def take(self, purpose: Purpose, token: str) -> Ticket | None:
        """Give what TOKEN is a link for, and let it work no more; None where it does not work."""
        with self._held() as there:
            ticket = _found(there, purpose, token)
            there[:] = [one for one in there if one is not ticket]
            return ticket

    def open_for(self, purpose: Purpose) -> tuple[Ticket, ...]:
        """List the links for PURPOSE that work."""
        with self._held() as there:
            return tuple(one for one in there if one.purpose is purpose)

    @contextmanager
    def _held(self) -> Iterator[list[Ticket]]:
        """Hold the links, which are kept as they are left."""
        number = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            wait_for(number)
            path = self._folder / NAME
            known = json.loads(path.read_bytes()) if path.exists() else []
            before = [Ticket(**{**one, "purpose": Purpose(one["purpose"])}) for one in known]
            there = [one for one in before if one.until > time.time()]
            yield there
            if there != before:
                write_whole(path, json.dumps([asdict(one) for one in there]).encode())
        finally:
            os.close(number)


def _found(there: list[Ticket], purpose: Purpose, token: str) -> Ticket | None:
    digest = _digest(token)
    return next((one for one in there if one.purpose is purpose and secrets.compare_digest(one.digest, digest)), None)


def _digest(token: str) -> str:
    return sha256_bytes(token.encode("utf-8", "surrogateescape"))
