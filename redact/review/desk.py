"""The desk: what the whole server shares. It is handed to everything that answers, and holds no rule of its own."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from redact.governance.home import make_folder
from redact.governance.office import Office
from redact.review.access.book import Book
from redact.review.access.limits import Buckets, Failures
from redact.review.access.persons import Persons
from redact.review.access.sessions import Sessions
from redact.review.access.tickets import Tickets
from redact.review.words import Turned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from redact.jobs.work import Loader
    from redact.review.access.sessions import Session

__all__ = ["FOLDER", "Desk", "Settings"]

FOLDER = "review"
"""What the server keeps for itself, in HOME: nothing that is on record."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """How the server is to behave."""

    origins: frozenset[str] = frozenset()
    """Such as http://127.0.0.1:8765: how browsers may call it; no other name is answered."""
    idle_s: float = 15 * 60
    """Seconds without use after which the passphrase is asked for again."""
    longest_s: float = 12 * 3600
    """Seconds after which everybody signs in anew."""
    largest_body: int = 1 << 20
    """Bytes of what is sent, but for footage."""
    largest_upload: int = 1 << 38
    """Bytes of a clip."""
    longest_body_s: float = 60
    """Seconds in which all that is sent has to be here, but for footage."""
    slowest_s: float = 30
    """Seconds for which the next part of what is sent is waited for."""


@dataclass(eq=False)
class Desk:
    """What the whole server shares."""

    home: Path
    load: Loader
    """What loads the networks: a function of a module, so that other processes can be told its name."""
    settings: Settings = Settings()
    persons: Persons = field(default_factory=Persons)
    failures: Failures = field(default_factory=Failures)
    signed: Buckets = field(default_factory=lambda: Buckets(200, 1000))
    """How often each session may ask."""
    unsigned: Buckets = field(default_factory=lambda: Buckets(10, 200))
    """How often each browser may ask that is not signed in."""
    _parts: dict[object, Any] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        """Make what it keeps for itself."""
        make_folder(self.folder, 0o700)
        self.sessions = Sessions(self.settings.idle_s, self.settings.longest_s)
        self.tickets = Tickets(self.folder)
        self.book = Book(self.folder)

    @property
    def folder(self) -> Path:
        """Where the server keeps what is its own: only for the owner of HOME."""
        return self.home / FOLDER

    @contextmanager
    def office(self, session: Session) -> Iterator[Office]:
        """Open the records with the person of SESSION at work, who signs with their own key.

        Raises Turned (401) where that key counts no more: then they are signed out.
        """
        with Office.open(self.home, own=session.own, tell=session.tell) as office:
            if office.keyid != session.keyid:
                self.sessions.end_all(session.account)
                message = "Your key is not on record any more, so you are signed out."
                raise Turned(401, "signed-out", message, "Ask the DPO.")
            yield office

    def part(self, make: Callable[[Desk], T]) -> T:
        """Give what MAKE, such as a class, makes of this desk: made when it is first asked for, and once.

        What has a method `close` is closed with the desk.
        """
        with self._lock:
            if make not in self._parts:
                self._parts[make] = make(self)
            return cast("T", self._parts[make])

    def rest(self) -> None:
        """Let go of what nobody has wanted for a while: told to every part that has a method `rest`."""
        with self._lock:
            parts = list(self._parts.values())
        for part in parts:
            rest = getattr(part, "rest", None)
            if rest:
                rest()

    def close(self) -> None:
        """Let go of everything, the newest first."""
        with self._lock:
            parts = list(self._parts.values())
            self._parts.clear()
        for part in reversed(parts):
            close = getattr(part, "close", None)
            if close:
                close()
