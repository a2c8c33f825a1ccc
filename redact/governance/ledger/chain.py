"""How lines follow one another, and whether a whole ledger still is what it was."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

from redact.governance.ledger.events import EventKind
from redact.governance.ledger.faults import Fault, Problem
from redact.governance.ledger.lines import FIRST, Entry, Head, read_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Chain", "Keys", "Verified", "Witness", "check", "checkpoint_payload"]

SIGNED = {"seq": int, "sha256": str, "keyid": str, "signature": str}
DIGEST_BYTES = 32

Witness = Callable[[int, "Entry"], "Sequence[Problem]"]
"""Looks at a line, given its number in the file, and gives what is wrong with it."""

Keys = Mapping[str, Callable[[bytes, bytes], bool]]
"""By key id, what tells whether a signature is that key's signature of a payload."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the whole ledger found."""

    lines: int
    checkpoints: int
    signed_by: tuple[str, ...]
    """Ids of the keys of all good signatures, each once."""
    signed_to: int
    """The last line that a good signature speaks for; 0 where there is none."""
    head: Head
    unsettled: tuple[str, ...]
    """Ids of the events after the line that the register remembers: what a crash left is still in its outbox."""
    problems: tuple[Problem, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def checkpoint_payload(head: Head) -> bytes:
    """Spell what a checkpoint signs: HEAD, and that it is one of a ledger."""
    return b"redact-ledger-checkpoint/1\n" + f"{head.seq}\n{head.sha256}\n".encode()


@dataclass(slots=True)
class Chain:
    """Follows the lines of a ledger from the first, and notes what is wrong."""

    witness: Witness | None = None
    """Looks at each line that can be read, such as at who signed it."""
    settled: int | None = None
    """Number of the last line the register remembers."""
    lines: int = 0
    head: Head = Head.EMPTY
    """Of the line before the next; its number is what that line says."""
    digests: bytearray = field(default_factory=bytearray)
    """SHA-256 of each line, one after the other."""
    ids: set[bytes] = field(default_factory=set)
    checkpoints: list[tuple[int, Entry]] = field(default_factory=list)
    """With the line each stands on."""
    unsettled: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def follow(self, line: bytes) -> Entry | None:
        """Take LINE as the next; None where it cannot be read."""
        self.lines += 1
        try:
            entry = read_line(line)
        except ValueError as wrong:
            self.note(Fault.UNREADABLE, self.lines, f"Line {self.lines} is not an entry of a ledger: {wrong}.")
            self._advance(Head(self.head.seq + 1, sha256(line).hexdigest()), "")
            return None
        self._link(entry)
        self._advance(entry.head, entry.event.id)
        if self.witness:
            self.problems += self.witness(self.lines, entry)
        if entry.event.kind is EventKind.CHECKPOINT:
            self.checkpoints.append((self.lines, entry))
        return entry

    def note(self, code: Fault, line: int, sentence: str) -> None:
        """Write down a problem."""
        self.problems.append(Problem(code, line, sentence))

    def digest(self, line: int) -> str:
        """Hex SHA-256 of LINE, one of those followed; of line 0 what the first line says of it."""
        return self.digests[(line - 1) * DIGEST_BYTES : line * DIGEST_BYTES].hex() if line else FIRST

    def holds(self, head: Head) -> bool:
        """Tell whether HEAD is one of the lines followed."""
        return 0 <= head.seq <= self.lines and self.digest(head.seq) == head.sha256

    def _advance(self, head: Head, identity: str) -> None:
        self.head = head
        self.digests += bytes.fromhex(head.sha256)
        if self.settled is not None and self.lines > self.settled:
            self.unsettled.append(identity)

    def _link(self, entry: Entry) -> None:
        number, due = self.lines, self.head.seq + 1
        if entry.seq > due:
            missing = f"number {due} is" if entry.seq == due + 1 else f"numbers {due} to {entry.seq - 1} are"
            self.note(Fault.MISSING, number, f"Line {number} is number {entry.seq}, and {missing} missing before it.")
        elif entry.seq < due:
            cause = "it or one before it was moved, copied or put in"
            self.note(Fault.MISPLACED, number, f"Line {number} is number {entry.seq} where {due} should be: {cause}.")
        elif entry.prev != self.head.sha256:
            self.note(Fault.CHANGED, max(number - 1, 1), _unlinked(number))
        identity = bytes.fromhex(entry.event.id)
        if identity in self.ids:
            self.note(
                Fault.REPEATED,
                number,
                f"Line {number} records an event that an earlier line has recorded (id {entry.event.id}).",
            )
        self.ids.add(identity)


def check(
    lines: Iterable[bytes],
    copies: bytes | None,
    *,
    torn: int = 0,
    head: Head | None = None,
    keys: Keys | None = None,
    copies_name: str = "the file of checkpoints",
    witness: Witness | None = None,
) -> Verified:
    """Check all LINES of a ledger, each with its newline, against the COPIES of its checkpoints, None where none are.

    TORN: bytes after the last newline. HEAD: the last line that the register remembers. KEYS: by which checkpoints
    must be signed; None where signatures are not looked at. It is asked once all lines are followed, and the WITNESS,
    who looks at each, has seen them.
    """
    chain = Chain(witness, head.seq if head else None)
    for line in lines:
        chain.follow(line)
    if torn:
        chain.note(
            Fault.TORN,
            chain.lines + 1,
            f"Line {chain.lines + 1} has no end: {torn} bytes stand there that a crash or a cut left.",
        )
    if head:
        _check_head(chain, head)
    good = [entry for number, entry in chain.checkpoints if _good(chain, number, entry, keys)]
    _check_copies(chain, copies, copies_name)
    signed = good if keys is not None else []
    return Verified(
        lines=chain.lines,
        checkpoints=len(chain.checkpoints),
        signed_by=tuple(sorted({entry.event.data["keyid"] for entry in signed})),
        signed_to=max((entry.event.data["seq"] for entry in signed), default=0),
        head=Head(chain.lines, chain.digest(chain.lines)),
        unsettled=tuple(chain.unsettled),
        problems=tuple(sorted(chain.problems, key=lambda problem: problem.line)),
    )


def _unlinked(number: int) -> str:
    if number == 1:
        return "Line 1 says that another line came before it."
    return f"Line {number - 1} is not what line {number} was written after: one of the two was changed afterwards."


def _check_head(chain: Chain, head: Head) -> None:
    """The register remembers HEAD: it must be there still."""
    if head.seq > chain.lines:
        last = f"it ends at line {chain.lines}" if chain.lines else "it is empty"
        sentence = f"The register remembers line {head.seq} of the ledger, and {last}"
        chain.note(Fault.CUT_OFF, chain.lines + 1, f"{sentence}: its end was cut off.")
    elif not chain.holds(head):
        chain.note(
            Fault.NOT_REMEMBERED,
            head.seq,
            f"Line {head.seq} is not the one that the register remembers: it was changed afterwards.",
        )


def _good(chain: Chain, number: int, entry: Entry, keys: Keys | None) -> bool:
    """Tell whether the checkpoint on line NUMBER holds; where it does not, say so."""
    fault = _fault(chain, entry, keys)
    if fault:
        code, clause = fault
        chain.note(code, number, f"The checkpoint on line {number} {clause}.")
    return not fault


def _fault(chain: Chain, entry: Entry, keys: Keys | None) -> tuple[Fault, str] | None:
    """Say in which way the checkpoint ENTRY does not hold; None where it does."""
    data = entry.event.data
    if data.keys() != SIGNED.keys() or any(type(data[name]) is not kind for name, kind in SIGNED.items()):
        return Fault.CHECKPOINT_MALFORMED, "is not made as a checkpoint is"
    head = Head(data["seq"], data["sha256"])
    if head.seq >= entry.seq:
        return Fault.CHECKPOINT_OF_LATER, f"speaks for line {head.seq}, which is not before it"
    if not chain.holds(head):
        cause = "that line or one before it was changed, moved or taken out"
        return Fault.CHECKPOINT_BROKEN, f"was made when line {head.seq} was another: {cause}"
    return _key_fault(data, head, keys) if keys is not None else None


def _key_fault(data: Mapping[str, Any], head: Head, keys: Keys) -> tuple[Fault, str] | None:
    """Say what is wrong with the signature that a checkpoint with DATA has of HEAD, by KEYS; None where it holds."""
    if data["keyid"] not in keys:
        clause = f"is signed with the key {data['keyid']}, which is not one of the keys given"
        return Fault.CHECKPOINT_KEY_UNKNOWN, clause
    if not _signed(data["signature"], head, keys[data["keyid"]]):
        return Fault.CHECKPOINT_UNSIGNED, "has a signature that is not of its key"
    return None


def _signed(signature: str, head: Head, by_key: Callable[[bytes, bytes], bool]) -> bool:
    try:
        raw = b64decode(signature, validate=True)
    except ValueError:
        return False
    return by_key(raw, checkpoint_payload(head))


def _check_copies(chain: Chain, copies: bytes | None, name: str) -> None:
    """Demand that every checkpoint copied to NAME is in the ledger still, and every one of the ledger in NAME."""
    heads: dict[int, Head] = {}
    for number, line in enumerate(BytesIO(copies or b""), 1):
        try:
            entry = read_line(line)
        except ValueError as wrong:
            chain.note(Fault.COPY_UNREADABLE, 0, f"Line {number} of {name} is damaged: {wrong}.")
            continue
        if entry.event.kind is not EventKind.CHECKPOINT or entry.seq <= max(heads, default=0):
            chain.note(Fault.COPY_MISPLACED, 0, f"Line {number} of {name} is no checkpoint, or not in its place.")
        heads[entry.seq] = entry.head
        _check_copy(chain, entry.head, name)
    for number, entry in chain.checkpoints:
        if heads.get(entry.seq) != entry.head and (chain.settled is None or number <= chain.settled):
            clause = f"{name} is missing" if copies is None else f"{name} does not have it"
            chain.note(Fault.COPY_MISSING, number, f"Line {number} is a checkpoint, and {clause}.")


def _check_copy(chain: Chain, head: Head, name: str) -> None:
    if head.seq > chain.lines:
        sentence = f"{name} has the checkpoint of line {head.seq}, and the ledger ends at line {chain.lines}"
        chain.note(Fault.CUT_OFF, chain.lines + 1, f"{sentence}: its end was cut off.")
    elif not chain.holds(head):
        sentence = f"Line {head.seq} is not the checkpoint that {name} has of it"
        chain.note(Fault.COPY_DIFFERS, head.seq, f"{sentence}: the ledger was changed before or at that line.")
