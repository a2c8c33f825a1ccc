"""The ledger: everything that happened, in one file that only grows, each line bound to the line before it.

Who writes holds the lock. A line that was acknowledged is on the disk; a line that a crash cut short is taken out by
whoever locks next, kept beside the ledger, and the ledger says so.
"""

from __future__ import annotations

import os
from base64 import b64encode
from contextlib import contextmanager, nullcontext, suppress
from threading import get_ident
from typing import TYPE_CHECKING, Any

from redact.advice import Sentence, Task
from redact.errors import UsageProblem, VerificationFailed
from redact.files import sha256_bytes
from redact.governance.ledger.chain import Chain, Keys, Verified, Witness, check, checkpoint_payload
from redact.governance.ledger.events import Event, EventKind
from redact.governance.ledger.faults import Problem
from redact.governance.ledger.files import (
    concerning,
    created,
    end_of_lines,
    held,
    keep_aside,
    lines_backwards,
    lines_forwards,
    opened,
    read_at,
    size_of,
    still,
    sync_folder,
    write_all,
)
from redact.governance.ledger.lines import Entry, Hand, Head, read_line, spell_line
from redact.user import user_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from redact.package.envelope import Signer

__all__ = [
    "Entry",
    "Hand",
    "Head",
    "Keys",
    "Ledger",
    "LedgerBroken",
    "LockedLedger",
    "Problem",
    "Verified",
    "Witness",
    "checkpoint",
    "checkpoint_payload",
    "require_writable",
]


class LedgerBroken(VerificationFailed):
    """A whole line of the ledger is not as it was written."""

    remedy = Sentence(
        (
            "Nothing was written. See what is wrong: ",
            Task.VERIFY_LOG,
            ". Then bring back the ledger from a backup.",
        )
    )


class Ledger:
    """The file at PATH, with its lock and the copies of its checkpoints beside it."""

    def __init__(self, path: Path, mode: int = 0o600) -> None:
        """Take PATH; nothing is opened or made yet. New files get MODE whatever the umask says."""
        self.path = path
        self.mode = mode
        self.copies = path.with_name(f"{path.stem}.checkpoints.jsonl")
        """Every checkpoint line once more, so that cutting off the ledger's end is noticed."""
        self._holder: int | None = None

    @contextmanager
    def locked(self) -> Iterator[LockedLedger]:
        """Wait until no other process or thread holds the ledger, and hold it. Raises InputUnusable, LedgerBroken.

        What a crash left half written is taken out first. The lock is on the file itself, where no one tidies it away,
        and the kernel lets go of it when a process dies.
        """
        if self._mine:
            message = f"{self.path} is locked by this thread already, which would wait for itself"
            raise RuntimeError(message)
        with held(self.path, os.O_RDWR | os.O_APPEND, self.mode) as ledger:
            self._holder = get_ident()
            try:
                yield LockedLedger(self, ledger)
            finally:
                self._holder = None

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Let nobody write while something is held against the ledger; nothing is written, nor repaired."""
        with opened(self.path, os.O_RDONLY) as ledger, still(ledger):
            yield

    def entries(self, witness: Witness | None = None) -> Iterator[Entry]:
        """Read everything in order, checking each line against the one before. Raises LedgerBroken at the first fault.

        WITNESS looks at each as well. Lines added meanwhile are not among them.
        """
        chain = Chain(witness)
        with self._snapshot() as (lines, torn, _):
            for line in lines:
                entry = chain.follow(line)
                if entry is None or chain.problems:
                    message = f"{self.path}: {chain.problems[0].sentence}"
                    raise LedgerBroken(message)
                yield entry
            if torn:
                message = f"{self.path}: line {chain.lines + 1} has no end."
                raise LedgerBroken(message, "The next command that writes to the ledger repairs it.")

    def show(self, witness: Witness) -> int:
        """Let WITNESS look at every line; gives how many there are. Raises LedgerBroken as `entries` does."""
        return sum(1 for _ in self.entries(witness))

    def verify(self, *, head: Head | None = None, keys: Keys | None = None, witness: Witness | None = None) -> Verified:
        """Check everything. HEAD: the last line the register remembers; KEYS: what checks signatures, by key id.

        WITNESS: looks at each line as well.
        """
        with self._snapshot() as (lines, torn, copies):
            name = self.copies.name
            return check(lines, copies, torn=torn, head=head, keys=keys, copies_name=name, witness=witness)

    @property
    def _mine(self) -> bool:
        """Whether this thread holds it."""
        return self._holder == get_ident()

    @contextmanager
    def _snapshot(self) -> Iterator[tuple[Iterator[bytes], int, bytes | None]]:
        """Give the whole lines as they are now, the bytes after them, and the copies; None where there are none.

        It waits for who is writing, and then reads without the lock: what is written stays as it is.
        """
        with concerning(self.path), opened(self.path, os.O_RDONLY) as ledger:
            with nullcontext() if self._mine else still(ledger), opened(self.copies, os.O_RDONLY) as copies:
                size, end = size_of(ledger), end_of_lines(ledger)
                known = None if copies is None else read_at(copies, 0, size_of(copies))
            yield lines_forwards(ledger, end), size - end, known


class LockedLedger:
    """The ledger while it is held."""

    def __init__(self, ledger: Ledger, descriptor: int) -> None:
        """Take over DESCRIPTOR, LEDGER's file opened for appending, and repair it. Raises as `locked`."""
        self._ledger = ledger
        self._descriptor = descriptor
        with concerning(ledger.path):
            whole, self._size = size_of(descriptor), end_of_lines(descriptor)
            if not whole:
                sync_folder(ledger.path)  # no line is ever in a file whose name could be lost
            self.head = next((entry.head for entry in self._backwards()), Head.EMPTY)
            self._repair(whole)

    def prepare(self, events: Sequence[Event], hand: Hand | None = None) -> list[Entry]:
        """Make EVENTS the next lines, signed by HAND, in memory. Raises UsageProblem where one cannot be written."""
        entries: list[Entry] = []
        for event in events:
            entries.append(_entry(entries[-1].head if entries else self.head, event, hand))
        return entries

    def append(self, entries: Sequence[Entry]) -> Head:
        """Append ENTRIES, as `prepare` gave them, and give the new last line, which is on the disk.

        Raises InputUnusable where the disk is full or fails, and then none of them is recorded.
        """
        if not entries:
            return self.head
        with concerning(self._ledger.path):
            self._write(entries)
        self.copy_checkpoints(entries)
        return self.head

    def copy_checkpoints(self, entries: Sequence[Entry]) -> None:
        """Have every checkpoint among ENTRIES, lines that are there, in the copies as well."""
        marks = [entry.line for entry in entries if entry.event.kind is EventKind.CHECKPOINT]
        if marks:
            self._copy(marks)

    def since(self, head: Head) -> tuple[Entry, ...]:
        """Give what stands after HEAD, in order; no more is read. Raises LedgerBroken where HEAD is not there."""
        entries: list[Entry] = []
        with concerning(self._ledger.path):
            for entry in self._backwards():
                if entry.seq <= head.seq:
                    break
                entries.append(entry)
        before = Head(entries[-1].seq - 1, entries[-1].prev) if entries else self.head
        if before != head:
            message = f"{self._ledger.path}: line {head.seq} is not the one that the register remembers, or is gone."
            raise LedgerBroken(message)
        return tuple(reversed(entries))

    def sync(self) -> None:
        """Bring to the disk what a process that died may have left in memory only."""
        with concerning(self._ledger.path):
            os.fsync(self._descriptor)

    def _write(self, entries: Sequence[Entry]) -> None:
        """Append ENTRIES and wait for the disk. What fails leaves nothing behind."""
        data = b"".join(entry.line for entry in entries)
        if size_of(self._descriptor) != self._size:
            message = f"{self._ledger.path} has changed while it was locked: something writes to it and asks no one."
            raise LedgerBroken(message)
        try:
            write_all(self._descriptor, data)
            os.fsync(self._descriptor)
        except BaseException:
            with suppress(OSError):  # a failed sync is not tried again on the same pages: they count as written
                os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)
        self.head = entries[-1].head if entries else self.head

    def _copy(self, lines: Sequence[bytes]) -> None:
        """Put the checkpoint LINES into the copies, those that are not its last lines already."""
        path = self._ledger.copies
        with concerning(path), created(path, os.O_RDWR | os.O_APPEND, self._ledger.mode) as copies:
            size, there = size_of(copies), set()
            if not size:
                sync_folder(path)
            for line in lines_backwards(copies, size):
                if line not in lines:
                    break
                there.add(line)
            write_all(copies, b"".join(line for line in lines if line not in there))
            os.fsync(copies)

    def _backwards(self) -> Iterator[Entry]:
        """Read from the last line on, each checked against the one after it. Raises LedgerBroken."""
        after: Entry | None = None
        for line in lines_backwards(self._descriptor, self._size):
            entry = self._read(line, after)
            if after is not None:
                yield after
            after = entry
        if after is not None:
            if (after.seq, after.prev) != (1, Head.EMPTY.sha256):
                message = f"{self._ledger.path}: line 1 says that another line came before it."
                raise LedgerBroken(message)
            yield after

    def _read(self, line: bytes, after: Entry | None) -> Entry:
        where = "the last line" if after is None else f"line {after.seq - 1}"
        try:
            entry = read_line(line)
        except ValueError as wrong:
            message = f"{self._ledger.path}: {where} is not an entry of a ledger: {wrong}."
            raise LedgerBroken(message) from wrong
        if after is not None and (entry.seq + 1, entry.sha256) != (after.seq, after.prev):
            message = f"{self._ledger.path}: {where} is not what line {after.seq} was written after."
            raise LedgerBroken(message)
        return entry

    def _repair(self, whole: int) -> None:
        """Take out what a crash left after the last line, of WHOLE bytes, and of the copies."""
        if whole > self._size:
            self._overwrite(read_at(self._descriptor, self._size, whole))
        with opened(self._ledger.copies, os.O_RDWR) as copies:
            size, end = size_of(copies), end_of_lines(copies)
            if copies is not None and size > end:
                event = self._recovery(self._ledger.copies, read_at(copies, end, size))
                self._write(self.prepare([event]))
                os.ftruncate(copies, end)
                os.fsync(copies)

    def _recovery(self, path: Path, torn: bytes) -> Event:
        """Keep the bytes TORN off the end of PATH, and make the event that says so."""
        kept = keep_aside(path, torn, self._ledger.mode)
        data = {"file": path.name, "bytes": len(torn), "sha256": sha256_bytes(torn), "kept": kept.name}
        return Event(kind=EventKind.RECOVERED, by=user_name(), data=data)

    def _overwrite(self, torn: bytes) -> None:
        """Put the line that says so in the place of the TORN bytes.

        Its newline comes last, after the rest is on the disk: until then no line ends here, and a crash at any point
        leaves torn bytes again, which are in turn kept and recorded.
        """
        entry = _entry(self.head, self._recovery(self._ledger.path, torn))
        line, end = entry.line, self._size + len(entry.line)
        with created(self._ledger.path, os.O_RDWR, self._ledger.mode) as ledger:
            write_all(ledger, line[:-1], self._size)
            os.fsync(ledger)
            write_all(ledger, line[-1:], end - 1)
            os.ftruncate(ledger, end)
            os.fsync(ledger)
        self._size, self.head = end, entry.head


def require_writable(event: Event) -> None:
    """Refuse, with UsageProblem, an EVENT that the ledger or one of the databases could not keep, for all of them."""
    _entry(Head.EMPTY, event)
    if _odd(event.plain()):
        message = f"The event {event.kind} cannot be recorded: it says something that is not text or plain JSON."
        raise UsageProblem(message, "Leave out characters that cannot be shown, such as from a damaged file name.")


def checkpoint(locked: LockedLedger, signer: Signer, by: str) -> Event:
    """Make the event that signs for every line so far. It is recorded like all others; lines may come between."""
    locked.sync()
    head = locked.head
    signature = b64encode(signer.sign(checkpoint_payload(head))).decode()
    data = {"seq": head.seq, "sha256": head.sha256, "keyid": signer.keyid, "signature": signature}
    return Event(kind=EventKind.CHECKPOINT, by=by, data=data)


def _odd(value: Any) -> bool:
    """Tell whether VALUE holds a NUL, or a key that is no text and so would be another once it was read back."""
    if isinstance(value, dict):
        return any(not isinstance(key, str) or _odd(key) or _odd(part) for key, part in value.items())
    if isinstance(value, list | tuple):
        return any(_odd(part) for part in value)
    return isinstance(value, str) and "\x00" in value


def _entry(head: Head, event: Event, hand: Hand | None = None) -> Entry:
    """Make the entry that records EVENT after HEAD, as it will be read. Raises UsageProblem where there is none."""
    try:
        return read_line(spell_line(head, event, hand))
    except (ValueError, TypeError, RecursionError) as wrong:
        message = f"The event {event.kind} cannot be recorded: {wrong}."
        raise UsageProblem(message, "Use whole characters and plain numbers in what you give.") from wrong
