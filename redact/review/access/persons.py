"""Everybody who signs in here: where their keys are, and what opens them.

Whoever runs the server has the key that they use everywhere. The keys of all others are made here, each sealed under a
passphrase of its owner, below the settings of whoever runs the server, which nobody else can enter.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from urllib.parse import quote

from redact.errors import RedactError, UsageProblem
from redact.files import scratch_folder
from redact.governance.people.mine import own_key
from redact.governance.people.own import OwnKey, Unlocked, own_folder, spend
from redact.review.access.sessions import Held, Session, holding
from redact.user import user_name

if TYPE_CHECKING:
    from pathlib import Path

    from redact.governance.people.own import Claim

__all__ = ["Persons"]

AT_ONCE = 2
"""Keys that are opened at a time: each takes 64 MiB while its passphrase is stretched."""


class Persons:
    """Keys of those who sign in on this computer."""

    def __init__(self, folder: Path | None = None) -> None:
        """Keep them in FOLDER, by default among the settings of whoever runs this."""
        self.folder = folder or own_folder() / "people"
        self.host = user_name()
        """Account that runs the server."""
        self.alone = threading.Lock()
        """Held while somebody joins."""
        self._few = threading.BoundedSemaphore(AT_ONCE)

    def own(self, account: str, passphrase: bytes | None = None) -> OwnKey:
        """Give the own key of ACCOUNT, which need not exist, to be opened by PASSPHRASE."""
        folder = own_folder() if account == self.host else self.folder / _named(account)
        return OwnKey(folder, account, lambda: passphrase)

    def session(self, account: str, passphrase: bytes, peer: int | None) -> Session:
        """Open the key of ACCOUNT with PASSPHRASE. Raises NotPermitted where that cannot be done."""
        own = self.own(account, passphrase)
        with self._few:
            if not own.exists:
                spend(passphrase)
            unlocked = own.unlock()
        return Session(account, holding(own.folder, account, unlocked), unlocked.keyid, unlocked, peer)

    def held(self, peer: int | None) -> Session | None:
        """Give a session of whoever runs the server, if their agent or environment holds the key open."""
        own = own_key()
        if not own.exists:
            return None
        try:
            with self._few:
                signer = own.signer()
        except RedactError:  # nothing holds it open
            return None
        unlocked = signer if isinstance(signer, Unlocked) else None
        held = holding(own.folder, self.host, unlocked or Held(signer))
        return Session(self.host, held, signer.keyid, unlocked, peer)

    def claim(self, account: str) -> Claim | None:
        """Give what others are to know of the key of ACCOUNT; None where it has none."""
        own = self.own(account)
        return own.claim() if own.exists else None

    def make(self, account: str, passphrase: bytes) -> Claim:
        """Make a key for ACCOUNT under PASSPHRASE; one that was there is put aside. Raises UsageProblem.

        Only for an account of which no key is on record: whoever calls this has seen to it.
        """
        if account == self.host:
            message = f"{account} runs this page, and has a key elsewhere."
            raise UsageProblem(message, "Sign in with the passphrase of that key.")
        own = self.own(account)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._few, scratch_folder(self.folder, ".new-") as folder:  # so that nothing is lost where it fails
            made = OwnKey(folder, account, lambda: passphrase)
            claim = made.make(passphrase)
            own.folder.mkdir(mode=0o700, exist_ok=True)
            if own.exists:
                own.path.rename(own.folder / f"before-{len(list(own.folder.glob('before-*'))) + 1}.json")
            made.path.rename(own.path)
        return claim


def _named(account: str) -> str:
    """Give the name of ACCOUNT's folder: of an account with any letters, and never one that leads elsewhere."""
    return quote(account, safe="").replace(".", "%2E")
