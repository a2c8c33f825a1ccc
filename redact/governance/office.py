"""The office: the one place that records what happens, and lets only those do it who may.

An event goes into the register first, together with what it changes there, and waits in the register's outbox; then it
is written to the ledger and taken out of the outbox (a transactional outbox). Whoever comes next finishes what a
process that was killed in between left waiting, so that no event is lost and none is written twice.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redact.errors import InputUnusable, NotPermitted, RedactError, UsageProblem
from redact.files import write_whole
from redact.governance.authority import permit
from redact.governance.events import Event, EventKind
from redact.governance.keys import KeyStore, passphrase_from
from redact.governance.ledger import Head, Ledger, require_writable
from redact.governance.organisation import FILE, Organisation, template
from redact.governance.register import Register
from redact.user import user_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redact.governance.authority import Action
    from redact.governance.keys import SigningKey
    from redact.governance.organisation import Person

__all__ = ["HOME", "LEDGER", "Office", "home_folder"]

HOME = "REDACT_HOME"
"""Variable of the environment that names the folder of the records."""

LEDGER, REGISTER, KEYS = "ledger.jsonl", "register.db", "keys"

FOLDERS = ("masters", "scans", "cases")
"""What HOME holds besides the records: masters, what was found in them, and one folder for each request."""


def home_folder() -> Path:
    """Give the folder of the records: what REDACT_HOME names, else the user's own place for data."""
    named = os.environ.get(HOME)
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs  # noqa: PLC0415  only needed where nothing is named

    return platformdirs.user_data_path("redact", appauthor=False)


@dataclass(frozen=True, slots=True)
class Office:
    """Records, rules and the person at work."""

    home: Path
    organisation: Organisation
    user: str
    """User of the operating system who is at work."""
    register: Register
    ledger: Ledger
    keys: KeyStore

    @classmethod
    def set_up(cls, home: Path, name: str, person: str = "") -> Path:
        """Make HOME for the organisation NAME, with whoever runs this, called PERSON, as its DPO.

        Gives the file that says who may do what. Raises UsageProblem where there is one already.
        """
        path = home / FILE
        if path.exists():
            message = f"{home} is set up already."
            raise UsageProblem(message, f"Change {path} by hand; every change is recorded.")
        text = template(user_name(), name, person)
        _folder(home, 0o700)
        write_whole(path, text.encode())
        with cls.open(home):
            return path

    @classmethod
    @contextmanager
    def open(cls, home: Path | None = None, *, settle: bool = True) -> Iterator[Office]:
        """Open the records in HOME for whoever runs this, and finish what a killed process left waiting.

        Without SETTLE nothing is written: to look at records in which something may be wrong. Raises InputUnusable
        where nothing is set up there, LedgerBroken where the ledger was tampered with.
        """
        home = home_folder() if home is None else home
        organisation = Organisation.load(home / FILE)
        os.umask(0o007 if organisation.group else 0o077)
        for name in ("", *FOLDERS):
            _folder(home / name, organisation.folder_mode, organisation.group)
        register = Register.open(organisation.database or home / REGISTER, organisation.file_mode)
        try:
            ledger = Ledger(home / LEDGER, organisation.file_mode)
            keys = KeyStore(home / KEYS, lambda: passphrase_from(os.environ))
            office = cls(home, organisation, user_name(), register, ledger, keys)
            if settle:
                office.settle()
                office._note_configuration()
            yield office
        finally:
            register.close()

    def event(self, kind: EventKind, **facts: Any) -> Event:
        """Make an event of KIND by the person at work; FACTS are the other fields of Event."""
        return Event(kind=kind, by=self.user, **facts)

    def record(self, *events: Event) -> None:
        """Write EVENTS to register and ledger, all or none."""
        for event in events:
            require_writable(event)
        self.register.record(events)
        self.settle()

    def settle(self) -> None:
        """Write to the ledger what waits in the register's outbox.

        What the ledger has and the register lacks, such as the record of its own repair after a crash, is taken over.
        """
        with self.ledger.locked() as held:
            known, waiting = self.register.head(), self.register.pending()
            ids = {event.id for event in waiting}
            after = held.since(Head(*known) if known else Head.EMPTY)
            lacking = [entry.event for entry in after if entry.event.id not in ids]
            if lacking:
                self.register.record(lacking)
                waiting = [*waiting, *lacking]
            if waiting:
                head = held.append(waiting)
                self.register.settle([event.id for event in waiting], head.seq, head.sha256)

    def permit(self, action: Action, reference: str = "") -> Person:
        """Give the person at work, who may do ACTION. Raises NotPermitted otherwise, and records that it was tried."""
        try:
            return permit(self.organisation, self.user, action)
        except NotPermitted as denied:
            self.deny(denied, reference)
            raise

    @contextmanager
    def refusals(self, reference: str = "") -> Iterator[None]:
        """Record whatever is refused inside."""
        try:
            yield
        except NotPermitted as denied:
            self.deny(denied, reference)
            raise

    def deny(self, denied: NotPermitted, reference: str = "") -> None:
        """Record that something was DENIED."""
        known = reference if self._knows(reference) else ""
        try:
            self.record(self.event(EventKind.DENIED, reference=known, data={"what": denied.what}))
        except RedactError as problem:  # what is denied stays denied, even where that cannot be written down
            raise denied from problem

    def signing_key(self) -> SigningKey:
        """Give the key that signs, made on first use and recorded. Raises NotPermitted where it has expired."""
        key = self.keys.signing_key(self.organisation.key.valid_days)
        self._note_key(EventKind.KEY_CREATED, key)
        return key

    def rotate_key(self) -> SigningKey:
        """Put a new key in the place of the one that signs."""
        key = self.keys.rotate(self.organisation.key.valid_days)
        self._note_key(EventKind.KEY_ROTATED, key)
        return key

    def keep(self, path: Path) -> Path:
        """Let those open PATH, a file in HOME, whom the organisation shares HOME with; nobody else."""
        path.chmod(self.organisation.file_mode)
        return path

    def folder(self, *parts: str) -> Path:
        """Make the folder of PARTS in HOME, open to nobody else, and give it."""
        path = self.home
        for part in parts:
            path /= part
            _folder(path, self.organisation.folder_mode, self.organisation.group)
        return path

    def _knows(self, reference: str) -> bool:
        """Tell whether REFERENCE is on the register: what is denied may have been asked of no request at all."""
        try:
            return bool(reference) and bool(self.register.request(reference))
        except UsageProblem:
            return False

    def _note_key(self, kind: EventKind, key: SigningKey) -> None:
        """Record KEY, unless it is on record."""
        events = self.register.events(kinds=(EventKind.KEY_CREATED, EventKind.KEY_ROTATED))
        if key.keyid not in {event.data["keyid"] for event in events}:
            data = {"keyid": key.keyid, "expires": key.record.expires, "replaces": key.record.replaces}
            self.record(self.event(kind, data=data))

    def _note_configuration(self) -> None:
        """Record what the organisation's file says, if it is not what was recorded last."""
        known = self.register.events(kinds=(EventKind.CONFIGURED,))
        if not known or known[-1].data["digest"] != self.organisation.digest:
            data = {"digest": self.organisation.digest, "organisation": self.organisation.plain()}
            self.record(self.event(EventKind.CONFIGURED, data=data))


def _folder(path: Path, mode: int, group: str = "") -> None:
    """Make the folder PATH if there is none, with MODE and, where one shares it, GROUP."""
    import shutil  # noqa: PLC0415  only a new folder needs it

    try:
        if not path.exists():
            path.mkdir(parents=True, mode=0o700)
            if group:
                shutil.chown(path, group=group)
            path.chmod(mode)
    except (OSError, LookupError) as problem:
        message = f"{path} cannot be made ({getattr(problem, 'strerror', None) or problem})."
        raise InputUnusable(message, f"Name another folder in {HOME}, or a group that exists.") from problem
