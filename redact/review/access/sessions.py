"""Sessions: who is signed in, with their key unlocked in memory alone; a restart signs everybody out."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from redact.errors import InputUnusable
from redact.files import sha256_bytes
from redact.governance.people.own import OwnKey
from redact.review.words import Turned

if TYPE_CHECKING:
    from pathlib import Path

    from redact.governance.people.own import Unlocked
    from redact.governance.register.register import ClipRow
    from redact.package.envelope import Signer

__all__ = ["Held", "Session", "Sessions", "Sitting", "cookie", "cookie_name", "holding"]

TOKEN = 32
"""Random bytes of what a browser is given."""

MOST = 9
"""Sentences that wait to be shown, besides the last."""


@dataclass(slots=True)
class Sitting:
    """That somebody looks at the unmasked pictures of a clip, and has said why."""

    why: str
    clip: ClipRow
    opened: str
    """ISO 8601, UTC."""
    checked: float = field(default_factory=time.monotonic)
    """When it was last seen that the clip is still there to be looked at."""


@dataclass(slots=True, eq=False)
class Session:
    """Somebody who is signed in, on one browser."""

    account: str
    own: OwnKey = field(repr=False)
    """Their own key, open."""
    keyid: str
    unlocked: Unlocked | None = field(default=None, repr=False)
    """The private half, to be handed to a worker; None where their agent holds it, which a worker asks itself."""
    peer: int | None = None
    """User of the operating system whose browser it is, where the kernel can tell."""
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    """Its name in what is logged: worth nothing to whoever reads it."""
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN), repr=False)
    sittings: dict[tuple[str, str], Sitting] = field(default_factory=dict)
    """By reference and SHA-256 of the clip."""
    reports: set[str] = field(default_factory=set)
    """Operator's reports that were looked at, by the event that made the copy: each goes on record once a session."""
    opened: float = field(default_factory=time.monotonic)
    last_used: float = field(default_factory=time.monotonic)
    told: list[str] = field(default_factory=list)
    """What they should know and were not shown yet, such as that the organisation's file was changed."""
    locked: bool = False
    """Whether nobody used it for so long that the passphrase is asked for again; the key is forgotten then."""

    def tell(self, sentence: str) -> None:
        """Keep SENTENCE until it can be shown; that something is waited for is over by then."""
        if sentence not in self.told and not sentence.endswith("…"):
            self.told = [*self.told[-MOST:], sentence]

    def lock(self) -> None:
        """Forget the key; what was being looked at is remembered for whoever has the passphrase."""
        self.locked, self.unlocked = True, None
        self.own = OwnKey(self.own.folder, self.account, lambda: None)


class Sessions:
    """Everybody who is signed in."""

    def __init__(self, idle_s: float, longest_s: float) -> None:
        """Lock a session after IDLE_S seconds without use, and end it after LONGEST_S."""
        self.idle_s, self.longest_s = idle_s, longest_s
        self._lock = threading.Lock()
        self._open: dict[str, Session] = {}

    def begin(self, session: Session, former: str = "") -> str:
        """Let SESSION begin, and give what its browser has to show from now on.

        FORMER, what it showed until now, is worth nothing afterwards; what the same person was looking at goes on.
        """
        token = secrets.token_urlsafe(TOKEN)
        with self._lock:
            before = self._open.pop(_key(former), None)
            if before and before.account == session.account and not self._over(before):
                session.sittings.update(before.sittings)
            self._open[_key(token)] = session
        return token

    def find(self, token: str, *, used: bool = True) -> Session | None:
        """Give the session of TOKEN; None where there is none. USED: somebody did something, and is not idle."""
        with self._lock:
            session = self._open.get(_key(token))
            if session is None or self._over(session):
                self._open.pop(_key(token), None)
                return None
            if not session.locked and time.monotonic() - session.last_used > self.idle_s:
                session.lock()
            if used and not session.locked:
                session.last_used = time.monotonic()
            return session

    def sweep(self) -> None:
        """Forget the keys of those who have not used the page for too long, whether they come back or not."""
        now = time.monotonic()
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if not self._over(one)}
            for session in self._open.values():
                if now - session.last_used > self.idle_s and not session.locked:
                    session.lock()

    def end(self, session: Session) -> None:
        """Sign out: the key is forgotten."""
        session.lock()
        with self._lock:
            self._open = {key: other for key, other in self._open.items() if other is not session}

    def end_all(self, account: str) -> None:
        """Sign ACCOUNT out everywhere, such as when its key counts no more."""
        for session in self.of(account):
            self.end(session)

    def of(self, account: str) -> tuple[Session, ...]:
        """Give the sessions of ACCOUNT that are open, unlocked and not over."""
        with self._lock:
            there = tuple(self._open.values())
        return tuple(one for one in there if one.account == account and self.alive(one))

    def alive(self, session: Session) -> bool:
        """Tell whether SESSION may still be shown anything: neither signed out, locked nor over."""
        idle = time.monotonic() - session.last_used > self.idle_s
        return session in self._open.values() and not session.locked and not idle and not self._over(session)

    def _over(self, session: Session) -> bool:
        return time.monotonic() - session.opened > self.longest_s


def cookie_name(origin: str) -> str:
    """Name the cookie of the server at ORIGIN: browsers keep those of all ports of a computer together."""
    at = urlsplit(origin)
    secure = at.scheme == "https"
    return f"{'__Host-' if secure else ''}redact_session_{at.port or (443 if secure else 80)}"


def cookie(token: str, origin: str) -> str:
    """Give the header by which a browser keeps TOKEN for the server at ORIGIN; an empty one has it forgotten."""
    secure = "; Secure" if origin.startswith("https:") else ""
    ends = "" if token else "; Max-Age=0"
    return f"{cookie_name(origin)}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{ends}"


def holding(folder: Path, account: str, signer: Signer) -> OwnKey:
    """Give the own key of ACCOUNT in FOLDER as SIGNER holds it open; it asks for no passphrase, ever."""
    return OwnKey(folder, account, lambda: None, lambda keyid: signer if signer.keyid == keyid else None)


@dataclass(frozen=True, slots=True)
class Held:
    """A key that an agent holds open, which may have forgotten it by the time that something is signed."""

    inner: Signer

    @property
    def keyid(self) -> str:
        """Which key it is."""
        return self.inner.keyid

    def sign(self, payload: bytes) -> bytes:
        """Sign PAYLOAD. Raises Turned (401) where the agent would not."""
        try:
            return self.inner.sign(payload)
        except InputUnusable as problem:
            message = "Your key is not held open any more, so nothing was recorded."
            raise Turned(401, "locked", message, "Give your passphrase.") from problem


def _key(token: str) -> str:
    return sha256_bytes(token.encode("utf-8", "surrogateescape"))
