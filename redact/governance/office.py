"""The office: the one place that records what happens, and lets only those do it who may.

The ledger comes first. What happened is put into a line that whoever is at work signs; whether it can be is asked of
the register, under the ledger's lock; the line is on the disk before the register keeps what follows from it. Whoever
comes next lets the register follow what a process that was killed in between has written, once it is checked.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from redact.advice import Task
from redact.errors import InputUnusable, NotPermitted, RedactError, Refusal, UsageProblem
from redact.files import only_readable
from redact.governance.following import catch_up
from redact.governance.home import (
    ALONE,
    KEYS,
    LEDGER,
    REGISTER,
    arrange,
    check_tight,
    founding_of,
    home_folder,
    make_folder,
    organisation_of,
    owner_of,
)
from redact.governance.ledger import times
from redact.governance.ledger.events import Event, EventKind
from redact.governance.ledger.ledger import Ledger, LedgerBroken, require_writable
from redact.governance.ledger.lines import Hand
from redact.governance.people.keyring import KINDS, UNSIGNED, WITNESSED, Keyring
from redact.governance.people.mine import own_key
from redact.governance.register.damage import RegisterDamaged
from redact.governance.register.register import Register
from redact.governance.rules.authority import Action, permit
from redact.governance.rules.organisation import FILE, Role, changed_roles
from redact.user import require_true_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from redact.governance.keys import KeyStore, SigningKey
    from redact.governance.ledger.ledger import Entry, LockedLedger
    from redact.governance.people.keyring import Founding
    from redact.governance.people.own import OwnKey
    from redact.governance.rules.organisation import Organisation, Person

    Tell = Callable[[str], object]

__all__ = ["KEYS", "LEDGER", "Office", "home_folder"]


@dataclass(frozen=True, slots=True)
class Office:
    """Records, rules and the person at work."""

    home: Path
    organisation: Organisation
    founding: Founding
    """On which key the ledger is founded."""
    user: str
    """Account of who is at work, by their own key: the user of the operating system, or who signed in on the page."""
    own: OwnKey = field(repr=False, compare=False)
    """Their own key."""
    register: Register
    ledger: Ledger
    reading: bool = False
    """Whether HOME can only be read."""
    tell: Tell = field(default=str, repr=False, compare=False)
    """Told, in a sentence, what whoever is at work should know while they wait, or before they rely on the clock."""
    _database: Register | None = field(default=None, repr=False, compare=False)
    """The register on the disk, where the one that is asked is in memory."""
    _witnessed: tuple[Entry, ...] | None = field(default=None, repr=False, compare=False)
    """Lines of which it counts who signed them, each checked; None where they were not read yet."""
    _keys: KeyStore | None = field(default=None, repr=False, compare=False)
    """Other keys than those in HOME."""
    _denied: list[NotPermitted] = field(default_factory=list, repr=False, compare=False)
    """What was recorded as denied already, however many hands it passes through."""

    @classmethod
    @contextmanager
    def open(
        cls, home: Path | None = None, *, settle: bool = True, own: OwnKey | None = None, tell: Tell = str
    ) -> Iterator[Office]:
        """Open the records in HOME for whoever runs this, whose key is OWN, and let the register follow the ledger.

        Without SETTLE nothing is written: to look at records in which something may be wrong. Nor is it where HOME can
        only be read, such as a backup. TELL is told what whoever runs this should know. Raises InputUnusable
        where nothing is set up there, NotPermitted where others could have changed who may do what, or have and no DPO
        has put it on record, LedgerBroken where the ledger was tampered with.
        """
        home = home_folder() if home is None else home
        organisation = organisation_of(home)
        founding = founding_of(home)
        facts = home, organisation, founding, own or own_key(), tell
        if only_readable(home / LEDGER):
            tell(f"{home} can only be read: it is shown as it is, and nothing can be recorded.")
            with cls._opened(*facts, reading=True) as office:
                yield office
            return
        before = os.umask(0o007 if organisation.group else ALONE)
        try:
            check_tight(home, organisation)
            if settle:
                arrange(home, organisation)
            with cls._opened(*facts) as office:
                if settle:
                    office.settle()
                    office.note_configuration()
                yield office
        finally:
            os.umask(before)

    @classmethod
    @contextmanager
    def _opened(
        cls,
        home: Path,
        organisation: Organisation,
        founding: Founding,
        own: OwnKey,
        tell: Tell,
        *,
        reading: bool = False,
    ) -> Iterator[Office]:
        """Open register and ledger in HOME, and close them in the end. READING: nothing there can be written."""
        register = Register.open(organisation.database or home / REGISTER, organisation.file_mode, reading=reading)
        try:
            ledger = Ledger(home / LEDGER, organisation.file_mode)
            with suppress(InputUnusable):  # what is wrong with it is told by whoever relies on it
                times.watch(register.events(limit=1), tell)
            yield cls(home, organisation, founding, own.account, own, register, ledger, reading=reading, tell=tell)
        finally:
            register.close()

    @property
    def keys(self) -> KeyStore:
        """The keys that sign; what opens them is asked for when it is needed."""
        from redact.governance.keys import KeyStore, passphrase_from  # noqa: PLC0415  loads cryptography

        return self._keys or KeyStore(self.home / KEYS, lambda: passphrase_from(os.environ))

    @property
    def keyid(self) -> str:
        """Id of the key with which the person at work signs; empty where none of theirs is on record."""
        known = self.people().active(self.user)
        return known.key.keyid if known else ""

    def event(self, kind: EventKind, **facts: Any) -> Event:
        """Make an event of KIND by the person at work; FACTS are the other fields of Event."""
        return Event(kind=kind, by=self.user, **facts)

    def record(self, *events: Event) -> None:
        """Write EVENTS, which the person at work causes, to ledger and register.

        All of them or none; where the power goes in that very moment, maybe the first ones.
        Where the clock was set back, that is put before them. Raises NotPermitted where no key of theirs is on record,
        or where they have not the role for it; InputUnusable where HOME can only be read.
        """
        if any(event.by != self.user for event in events):
            message = "an event is recorded by whoever caused it"
            raise ValueError(message)
        if events:
            last = self.register.events(limit=1)
            clock = times.facts(events[0].at, last[0].at) if last else {}
            happened = [*([self.event(EventKind.CLOCK_SET_BACK, data=clock)] if clock else []), *events]
            self.write(happened, self._hand(happened))

    def write(self, events: Sequence[Event], hand: Hand | None) -> None:
        """Write EVENTS, signed by HAND. Raises as `record`."""
        if self.reading:
            message = f"{self.home} can only be read, and this would have to be recorded."
            raise InputUnusable(message, "Do it where the records are kept, and not in a copy of them.")
        for event in events:
            require_writable(event)
        with self.ledger.locked() as held:
            self._catch_up(held)
            entries = held.prepare(events, hand)
            self._check_signed(entries)
            self._keep(entries, lambda: held.append(entries))

    def _keep(self, entries: Sequence[Entry], write: Callable[[], object]) -> None:
        """Have the register keep what ENTRIES come to, once WRITE has them in the ledger; memory keeps it last."""
        disk = self._database
        self.register.record(entries, write if disk is None else lambda: disk.record(entries, write))

    def settle(self) -> None:
        """Let the register follow the ledger: after a crash, or where the register is new.

        Raises LedgerBroken where the ledger is not what the register remembers, or has a line that nobody signed who
        may; RegisterDamaged where the register has what the ledger lacks.
        """
        with self.ledger.locked() as held:
            self._catch_up(held)

    def people(self) -> Keyring:
        """Give keys and roles as the register has them: enough to tell somebody at once that they may not."""
        keyring = Keyring(self.founding)
        for number, event in self.register.numbered(KINDS):
            keyring.follow(number, event)
        return keyring

    @contextmanager
    def from_ledger(self) -> Iterator[Office]:
        """Give the same office with a register in memory, worked out from the ledger, each line of which is checked.

        Nothing that was put into the database counts there. Raises LedgerBroken where a line is not as it was written
        or not signed by whoever may.
        """
        if self._database:
            yield self
            return
        keyring, kept = Keyring(self.founding), []

        def read() -> Iterator[Entry]:
            for entry in self.ledger.entries(keyring):
                kept.extend([entry] if entry.event.kind in WITNESSED else [])
                yield entry

        try:
            register = Register.of(read())
        except RegisterDamaged as problem:
            raise LedgerBroken(problem.what) from problem
        with register:
            self._check_configuration(keyring)
            yield replace(self, register=register, _database=self.register, _witnessed=tuple(kept))

    def witnessed(self, *kinds: EventKind, reference: str = "") -> tuple[Entry, ...]:
        """Give the lines of KINDS about REFERENCE from the ledger, oldest first, each with a signature that holds.

        Those that were written before there were keys are among them; nobody has signed these.
        """
        if self._witnessed is None:
            with self.from_ledger() as sure:
                return sure.witnessed(*kinds, reference=reference)
        there = (entry for entry in self._witnessed if entry.event.kind in kinds)
        return tuple(entry for entry in there if entry.event.reference == reference)

    def _catch_up(self, held: LockedLedger) -> None:
        """Let the registers follow the ledger, which is HELD."""
        for register in filter(None, (self.register, self._database)):
            catch_up(register, self.ledger, held, self.founding)

    def _hand(self, events: Sequence[Event]) -> Hand | None:
        """Give what signs EVENTS; None where nobody has to. Raises NotPermitted without a key that is on record."""
        require_true_user()
        known = self.people().active(self.user)
        if known is None and all(event.kind in UNSIGNED for event in events):
            return None
        mine = self.own.claim().key.keyid if self.own.account == self.user else ""
        if known is None:
            message = f"No key of {self.user} is on record, and what is recorded is signed."
            ways = "Make one, if you have none, and have its public half put on record by the DPO: "
            raise NotPermitted(message, ways, Task.MAKE_OWN_KEY, ", then ", Task.ENROL, code=Refusal.NOT_ENROLLED)
        if known.key.keyid != mine:
            message = f"The key in {self.own.folder} is not the one that is on record as that of {self.user}."
            ways = (
                "Bring that one back from a backup. If it is lost, have the DPO revoke it and put this one on record: "
            )
            raise NotPermitted(message, ways, Task.REVOKE, ", then ", Task.ENROL, code=Refusal.NOT_ENROLLED)
        return Hand(self.founding.organisation, self.own.signer())

    def _check_signed(self, entries: Sequence[Entry]) -> None:
        """Raise NotPermitted where one of ENTRIES would be a fault in the ledger, such as where a role was taken."""
        keyring = self.people()
        for entry in entries:
            fault = keyring.judge(entry)
            if fault:
                message = f"This cannot be recorded: it {fault[1]}."
                raise NotPermitted(
                    message, "Ask the DPO who may, and whose keys are on record.", code=Refusal.NOT_ENROLLED
                )
            keyring.follow(entry.seq, entry.event)

    def permit(self, action: Action, reference: str = "") -> Person:
        """Give the person at work, who may do ACTION. Raises NotPermitted otherwise, and records that it was tried."""
        try:
            return permit(self.organisation, self.user, action)
        except NotPermitted as denied:
            self.deny(denied, reference)
            raise

    @contextmanager
    def refusals(self, reference: str = "") -> Iterator[None]:
        """Record whatever is refused inside, once, also where it was recorded further in."""
        try:
            yield
        except NotPermitted as denied:
            self.deny(denied, reference)
            raise

    def deny(self, denied: NotPermitted, reference: str = "") -> None:
        """Record that something was DENIED, unless just that was recorded already; its advice names the request."""
        denied.advice = denied.advice.about(reference)
        if any(earlier is denied for earlier in self._denied):
            return
        self._denied.append(denied)
        known = reference if self._knows(reference) else ""
        try:
            self.record(self.event(EventKind.DENIED, reference=known, data={"what": denied.what}))
        except RedactError as problem:  # what is denied stays denied, even where that cannot be written down
            raise denied from problem

    def signing_key(self, reference: str = "") -> SigningKey:
        """Give the key that signs, made on first use and recorded; REFERENCE: for which request.

        Raises NotPermitted where it has expired, or lies where only somebody else can read it.
        """
        with self.refusals(reference):
            self._check_keys()
            if not self.keys.exists:
                self.permit(Action.ROTATE_KEY, reference)
            key = self.keys.signing_key(self.organisation.key.valid_days)
        self.note_keys()
        return key

    def rotate_key(self) -> SigningKey:
        """Put a new key in the place of the one that signs. Raises NotPermitted where only somebody else can."""
        with self.refusals():
            self._check_keys()
            key = self.keys.rotate(self.organisation.key.valid_days)
        self.note_keys()
        return key

    @property
    def keys_of(self) -> str:
        """User of the operating system who alone can use the keys; empty where whoever is at work can."""
        return owner_of(self.keys.folder, self.home)

    def keep(self, path: Path) -> Path:
        """Let those open PATH, a file in HOME, whom the organisation shares HOME with; nobody else."""
        path.chmod(self.organisation.file_mode)
        return path

    def folder(self, *parts: str) -> Path:
        """Make the folder of PARTS in HOME, open to nobody else, and give it."""
        path = self.home
        for part in parts:
            path /= part
            make_folder(path, self.organisation.folder_mode, self.organisation.group)
        return path

    def _knows(self, reference: str) -> bool:
        """Tell whether REFERENCE is on the register: what is denied may have been asked of no request at all."""
        try:
            return reference.isprintable() and bool(reference) and bool(self.register.request(reference))
        except UsageProblem:
            return False

    def _check_keys(self) -> None:
        """Raise NotPermitted where the keys lie where only somebody else can read them: a group does not share them."""
        owner = self.keys_of
        if owner:
            person = self.organisation.user(owner)
            who = f"{person.name} (user {owner})" if person else f"the user {owner}"
            message = f"The key that signs is for {who} alone, who made it; {self.user} cannot sign with it."
            raise NotPermitted(message, f"Ask {who} to release, and to sign the log.", code=Refusal.KEY_OF_ANOTHER)

    def note_keys(self) -> None:
        """Record the organisation's keys that are not on record yet, with what each says of the one after it."""
        known = self.people().checkers
        records = self.keys.records() if self.keys.exists else ()
        new = [record.keyid for record in records if record.keyid not in known]
        if new:
            statements = [self.keys.statement(keyid).decode() for keyid in reversed(new)]
            last = records[0]
            data = {"keyid": last.keyid, "expires": last.expires, "replaces": last.replaces, "statements": statements}
            kind = EventKind.KEY_ROTATED if known else EventKind.KEY_CREATED
            self.record(self.event(kind, data=data))

    def note_configuration(self) -> None:
        """Record what the organisation's file says, if it is not what was recorded last. Raises NotPermitted."""
        keyring = self.people()
        if keyring.configuration == self.organisation.digest:
            return
        if not keyring.may(self.user, Action.ENROL):
            self._check_configuration(keyring)
        people = self.organisation.people.items()
        if not any(Role.DPO in person.roles and keyring.active(account) for account, person in people):
            message = f"{FILE} leaves no DPO whose key is on record, and so nobody who could put any change on record."
            raise UsageProblem(message, "Keep yourself among the DPOs until another one has a key.")
        data = {"digest": self.organisation.digest, "organisation": self.organisation.plain()}
        self.record(self.event(EventKind.CONFIGURED, data=data))
        told = changed_roles(keyring.roles, self.organisation)
        if keyring.configuration and told:
            self.tell(f"{FILE} was changed. Under your key it is on record now: {told}.")

    def _check_configuration(self, keyring: Keyring) -> None:
        """Raise NotPermitted where the organisation's file is not what was put on record last, by KEYRING."""
        if keyring.configuration != self.organisation.digest:
            dpos = sorted(account for account, roles in keyring.roles.items() if Role.DPO in roles)
            message = f"{FILE} was changed, and no DPO has put the change on record."
            ask = f"Ask {' or '.join(dpos) or 'the DPO'} to look at it and do anything with the records, such as "
            raise NotPermitted(message, ask, Task.LIST_REQUESTS, code=Refusal.NOT_CONFIRMED)
