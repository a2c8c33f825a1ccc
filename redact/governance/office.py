"""The office: the one place that records what happens, and lets only those do it who may.

An event goes into the register first, together with what it changes there, and waits in the register's outbox; then it
is written to the ledger and taken out of the outbox (a transactional outbox). Whoever comes next finishes what a
process that was killed in between left waiting, so that no event is lost and none is written twice.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redact.advice import Sentence, Task
from redact.errors import InputUnusable, NotPermitted, RedactError, Refusal, UsageProblem
from redact.files import only_readable, reason_of, sync_folder, write_whole
from redact.governance.ledger import times
from redact.governance.ledger.events import Event, EventKind
from redact.governance.ledger.ledger import Head, Ledger, LedgerBroken, require_writable
from redact.governance.register.register import Register
from redact.governance.rules.authority import permit
from redact.governance.rules.organisation import FILE, Organisation, template
from redact.user import called, user_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from redact.governance.keys import KeyStore, SigningKey
    from redact.governance.rules.authority import Action
    from redact.governance.rules.organisation import Person

__all__ = ["HOME", "KEYS", "LEDGER", "Office", "home_folder"]

HOME = "REDACT_HOME"
"""Variable of the environment that names the folder of the records."""

LEDGER, REGISTER, KEYS = "ledger.jsonl", "register.db", "keys"

FOLDERS = ("masters", "scans", "cases")
"""What HOME holds besides the records: masters, what was found in them, and one folder for each request."""

SHARED = ("ledger.", REGISTER)
"""How the names of the records begin that a group writes to, if one shares HOME."""

ON_RECORD = "It is on record all the same; the log gets it once this is put right. Do not give the command again. "

ALONE = 0o077
"""Bits of a mode that the group and everyone else have."""


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
    reading: bool = False
    """Whether HOME can only be read."""
    _keys: KeyStore | None = field(default=None, repr=False, compare=False)
    """Other keys than those in HOME."""
    tell: Callable[[str], object] = field(default=str, repr=False, compare=False)
    """Told, in a sentence, what whoever is at work should know while they wait, or before they rely on the clock."""
    _denied: list[NotPermitted] = field(default_factory=list, repr=False, compare=False)
    """What was recorded as denied already, however many hands it passes through."""

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
    def open(
        cls, home: Path | None = None, *, settle: bool = True, tell: Callable[[str], object] = str
    ) -> Iterator[Office]:
        """Open the records in HOME for whoever runs this, and finish what a killed process left waiting.

        Without SETTLE nothing is written: to look at records in which something may be wrong. Nor is it where HOME can
        only be read, such as a backup. TELL is told what whoever runs this should know. Raises InputUnusable
        where nothing is set up there, LedgerBroken where the ledger was tampered with.
        """
        home = home_folder() if home is None else home
        organisation = _organisation(home)
        if only_readable(home / LEDGER):
            tell(f"{home} can only be read: it is shown as it is, and nothing can be recorded.")
            with cls._opened(home, organisation, tell, settle=False, reading=True) as office:
                yield office
            return
        before = os.umask(0o007 if organisation.group else ALONE)
        try:
            _arrange(home, organisation)
            with cls._opened(home, organisation, tell, settle=settle) as office:
                yield office
        finally:
            os.umask(before)

    @classmethod
    @contextmanager
    def _opened(
        cls,
        home: Path,
        organisation: Organisation,
        tell: Callable[[str], object],
        *,
        settle: bool,
        reading: bool = False,
    ) -> Iterator[Office]:
        """Open register and ledger in HOME, and close them in the end. READING: nothing there can be written."""
        register = Register.open(organisation.database or home / REGISTER, organisation.file_mode, reading=reading)
        try:
            ledger = Ledger(home / LEDGER, organisation.file_mode)
            office = cls(home, organisation, user_name(), register, ledger, reading=reading, tell=tell)
            times.watch(register.events(limit=1), tell)
            if settle:
                office.settle()
                office._note_configuration()
            yield office
        finally:
            register.close()

    @property
    def keys(self) -> KeyStore:
        """The keys that sign; what opens them is asked for when it is needed."""
        from redact.governance.keys import KeyStore, passphrase_from  # noqa: PLC0415  loads cryptography

        return self._keys or KeyStore(self.home / KEYS, lambda: passphrase_from(os.environ))

    def event(self, kind: EventKind, **facts: Any) -> Event:
        """Make an event of KIND by the person at work; FACTS are the other fields of Event."""
        return Event(kind=kind, by=self.user, **facts)

    def record(self, *events: Event) -> None:
        """Write EVENTS to register and ledger, all or none. Raises InputUnusable where HOME can only be read."""
        if self.reading:
            message = f"{self.home} can only be read, and this would have to be recorded."
            raise InputUnusable(message, "Do it where the records are kept, and not in a copy of them.")
        last = self.register.events(limit=1)
        clock = times.facts(events[0].at, last[0].at) if events and last else {}
        happened = [*([self.event(EventKind.CLOCK_SET_BACK, data=clock)] if clock else []), *events]
        for event in happened:
            require_writable(event)
        self.register.record(happened)
        try:
            self.settle()
        except RedactError as problem:
            problem.advice = Sentence((ON_RECORD, *problem.advice.parts))  # the register has it
            raise

    def settle(self) -> None:
        """Write to the ledger what waits in the register's outbox.

        What the ledger has and the register lacks is taken over if it is the record of the ledger's own repair after
        a crash, or if the register is new and has nothing at all. Raises LedgerBroken for anything else.
        """
        with self.ledger.locked() as held:
            known, waiting = self.register.head(), self.register.pending()
            ids = {event.id for event in waiting}
            after = held.since(Head(*known) if known else Head.EMPTY)
            lacking = [entry.event for entry in after if entry.event.id not in ids]
            if lacking:
                self._check_lacking(lacking, new=known is None and not waiting)
                self.register.record(lacking)
                waiting = [*waiting, *lacking]
            if waiting:
                head = held.append(waiting)
                self.register.settle([event.id for event in waiting], head.seq, head.sha256)

    def _check_lacking(self, lacking: Sequence[Event], *, new: bool) -> None:
        """Raise LedgerBroken where a register that is not NEW lacks events that somebody put into the ledger."""
        strange = [event for event in lacking if event.kind is not EventKind.RECOVERED]
        if strange and not new:
            message = (
                f"{self.ledger.path} has {len(strange)} lines that the register never saw, the first of them "
                f"{strange[0].kind.value} by {strange[0].by}: somebody wrote there without this program."
            )
            raise LedgerBroken(
                message,
                "Nothing was written. See what is wrong: ",
                Task.VERIFY_LOG,
                ". If the register was brought back from an older backup, move register.db away: a new one is made "
                "from the ledger.",
            )

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
            key = self.keys.signing_key(self.organisation.key.valid_days)
        self._note_key(EventKind.KEY_CREATED, key)
        return key

    def rotate_key(self) -> SigningKey:
        """Put a new key in the place of the one that signs. Raises NotPermitted where only somebody else can."""
        with self.refusals():
            self._check_keys()
            key = self.keys.rotate(self.organisation.key.valid_days)
        self._note_key(EventKind.KEY_ROTATED, key)
        return key

    @property
    def keys_of(self) -> str:
        """User of the operating system who alone can use the keys; empty where whoever is at work can."""
        try:
            with suppress(FileNotFoundError):
                os.close(os.open(self.keys.folder, os.O_RDONLY | os.O_DIRECTORY))
        except PermissionError:
            return called(self.keys.folder.stat().st_uid)
        return ""

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

    def _note_key(self, kind: EventKind, key: SigningKey) -> None:
        """Record KEY, unless it is on record."""
        events = self.register.events(kinds=(EventKind.KEY_CREATED, EventKind.KEY_ROTATED))
        if key.keyid not in {event.data["keyid"] for event in events}:
            data = {"keyid": key.keyid, "expires": key.record.expires, "replaces": key.record.replaces}
            self.record(self.event(kind, data=data))

    def _note_configuration(self) -> None:
        """Record what the organisation's file says, if it is not what was recorded last."""
        known = self.register.events(kinds=(EventKind.CONFIGURED,), limit=1)
        if not known or known[-1].data["digest"] != self.organisation.digest:
            data = {"digest": self.organisation.digest, "organisation": self.organisation.plain()}
            self.record(self.event(EventKind.CONFIGURED, data=data))


def _organisation(home: Path) -> Organisation:
    """Read the organisation's file in HOME. Raises InputUnusable where HOME is closed to whoever is at work."""
    try:
        organisation = Organisation.load(home / FILE)
        if (home / FILE).stat().st_uid != home.stat().st_uid:
            message = f"{home / FILE} belongs to somebody else than {home}: it may have been put there by anyone."
            raise NotPermitted(
                message,
                "Whoever owns the folder checks what it says, and makes the file their own.",
                code=Refusal.FOREIGN_FILE,
            )
    except PermissionError as problem:
        message = f"{home} is not open to {user_name()}."
        raise InputUnusable(message, f"Ask whoever set it up to add you to the group that {FILE} names.") from problem
    return organisation


def _arrange(home: Path, organisation: Organisation) -> None:
    """Make HOME and its folders, open to whom the ORGANISATION shares them with, also where that was changed since.

    HOME comes last: as long as it is not as it should be, the rest is looked at again. Only its owner can change it.
    """
    mode, group = organisation.folder_mode, organisation.group
    for name in ("", *FOLDERS):
        _folder(home / name, mode, group)
    facts = home.stat()
    wrong = stat.S_IMODE(facts.st_mode) != mode or (group and facts.st_gid != _number(group))
    if not wrong or facts.st_uid != os.geteuid():
        return
    try:
        for path in sorted(home.iterdir()):
            if path.name in (*FOLDERS, FILE) or path.name.startswith(SHARED):
                _hand_over(path, organisation)
        _set(home, mode, group)
    except OSError as problem:
        message = f"{home} cannot be closed to others ({reason_of(problem, 'unknown')})."
        raise InputUnusable(
            message, f"Keep it on a disk with owners and rights, and be in the group of {FILE}."
        ) from problem


def _hand_over(path: Path, organisation: Organisation) -> None:
    """Open PATH, and all that is in it, to the group of ORGANISATION, or close it; what nobody may write stays so."""
    if path.is_symlink():
        return
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            _hand_over(inner, organisation)
        mode = organisation.folder_mode
    else:
        own = stat.S_IMODE(path.stat().st_mode) & (stat.S_IRUSR | stat.S_IWUSR)
        shared = own & stat.S_IRUSR if path.name == FILE else own  # who may do what is for its owner to say
        mode = own | (shared >> 3 if organisation.group else 0)
    with suppress(PermissionError):  # somebody else's, which only they can change; it was made as it should be
        _set(path, mode, organisation.group)


def _folder(path: Path, mode: int, group: str = "") -> None:
    """Make the folder PATH if there is none, with MODE and, where one shares it, GROUP; on the disk as well."""
    try:
        if not path.exists():
            path.mkdir(parents=True, exist_ok=True, mode=0o700)  # another process may be quicker
            _set(path, mode, group)
            sync_folder(path.parent)
    except OSError as problem:
        message = f"{path} cannot be made ({problem.strerror})."
        raise InputUnusable(message, f"Name another folder in {HOME}.") from problem


def _set(path: Path, mode: int, group: str) -> None:
    """Give PATH its MODE and, where one shares it, its GROUP."""
    if group and path.stat().st_gid != _number(group):
        os.chown(path, -1, _number(group))
    if stat.S_IMODE(path.stat().st_mode) != mode:
        path.chmod(mode)


def _number(group: str) -> int:
    """Give the number of GROUP. Raises UsageProblem where the operating system knows none of that name."""
    import grp  # noqa: PLC0415  only where a group shares the records

    try:
        return grp.getgrnam(group).gr_gid
    except KeyError as problem:
        message = f"{FILE}: there is no group {group} on this computer."
        raise UsageProblem(message, "Have it made, or name another, or none.") from problem
