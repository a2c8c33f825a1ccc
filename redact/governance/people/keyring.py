"""Whose keys are on record, line by line: what a signature in the ledger is worth at the place where it stands.

Before the first key, lines are signed by nobody. The line that puts it on record founds all others: it is signed by
that very key, whose id stands in a file that nobody but the owner of HOME can write. From then on a line counts if an
enrolled key of just that account signed it, which nobody has revoked before, and whose owner had the role for it. Order
in the ledger decides, never the time that a line says.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from redact.governance.ledger.events import DECIDING, EventKind
from redact.governance.ledger.faults import Fault, Problem
from redact.governance.people.own import Claim
from redact.governance.rules.authority import Action, allowed
from redact.governance.rules.organisation import Role
from redact.package.public_key import KeyRecord, VerifyingKey, fingerprint, read_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from redact.governance.ledger.events import Event
    from redact.governance.ledger.lines import Entry

__all__ = [
    "KINDS",
    "NEEDED",
    "UNSIGNED",
    "WITNESSED",
    "Founding",
    "Keyring",
    "PersonKey",
    "claim_of",
    "endorsement_payload",
    "short",
]

UNSIGNED = frozenset({EventKind.RECOVERED, EventKind.DENIED})
"""What may be signed by nobody: the ledger's own repair, and what was denied to somebody who has no key."""

WITNESSED = DECIDING | {
    EventKind.ATTACHED,
    EventKind.COMPANION,
    EventKind.RENDERED,
    EventKind.APPROVED,
    EventKind.ENROLLED,
}
"""Of what it counts who signed it."""

WRONG = "has a signature that is not of its key, or is of another line"

KINDS = (
    EventKind.ENROLLED,
    EventKind.REVOKED,
    EventKind.CONFIGURED,
    EventKind.KEY_CREATED,
    EventKind.KEY_ROTATED,
)
"""What changes keys, people or roles."""

NEEDED: dict[EventKind, Action] = {
    EventKind.OPENED: Action.RECORD_REQUEST,
    EventKind.CHANGED: Action.RECORD_REQUEST,
    EventKind.REFUSED: Action.REFUSE,
    EventKind.CLOSED: Action.CLOSE,
    EventKind.ATTACHED: Action.ATTACH,
    EventKind.COMPANION: Action.ATTACH,
    EventKind.VIEWED: Action.VIEW,
    EventKind.SCANNED: Action.SCAN,
    **dict.fromkeys(DECIDING, Action.DECIDE),
    EventKind.LOOKED: Action.VIEW,
    EventKind.RENDERED: Action.RENDER,
    EventKind.APPROVED: Action.APPROVE,
    EventKind.RELEASE_BEGUN: Action.RELEASE,
    EventKind.HELD: Action.HOLD,
    EventKind.HOLD_LIFTED: Action.LIFT,
    EventKind.PURGE_BEGUN: Action.PURGE,
    EventKind.PURGED: Action.PURGE,
    EventKind.KEY_CREATED: Action.ROTATE_KEY,
    EventKind.KEY_ROTATED: Action.ROTATE_KEY,
    EventKind.CONFIGURED: Action.ENROL,
    EventKind.ENROLLED: Action.ENROL,
}
"""What whoever signs a line must have been permitted at that point; for other kinds any role will do."""


@dataclass(frozen=True, slots=True)
class Founding:
    """Which organisation's ledger it is, and whose key came first."""

    organisation: str
    """32 hex digits."""
    keyid: str


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A person's key, as far as it is on record."""

    account: str
    key: VerifyingKey
    line: int
    """Of the ledger, that put it on record."""
    enrolled_by: str
    """Account."""
    revoked: int = 0
    """Line that revoked it; 0 where none did."""


@dataclass(slots=True)
class Keyring:
    """Keys, people and roles as they are after the lines that were followed."""

    expected: Founding | None = None
    """What the folder says that the ledger must be founded on."""
    founding: Founding | None = None
    keys: dict[str, PersonKey] = field(default_factory=dict)
    """By id; revoked ones too."""
    roles: dict[str, tuple[Role, ...]] = field(default_factory=dict)
    """By account."""
    configuration: str = ""
    """Digest of the organisation's file that was put on record last."""
    statements: list[str] = field(default_factory=list)
    """Of the organisation's keys, the oldest first."""
    checkers: dict[str, Callable[[bytes, bytes], bool]] = field(default_factory=dict)
    """What knows signatures of the organisation's keys, by their ids."""
    before: int = 0
    """Lines before the first key, which nobody signed."""
    unsigned: set[int] = field(default_factory=set)
    """Lines after it that nobody signed, and that nobody has to."""

    def __call__(self, number: int, entry: Entry) -> list[Problem]:
        """Look at ENTRY, line NUMBER of the file, say what is wrong with it, and follow it."""
        fault = self.judge(entry)
        if not self.founding and entry.event.kind is not EventKind.ENROLLED:
            self.before += 1
        elif not entry.keyid:
            self.unsigned.add(entry.seq)
        if fault is None:
            self.follow(entry.seq, entry.event)
            return []
        code, clause = fault
        return [Problem(code, number, f"Line {number} ({entry.event.kind} by {entry.event.by}) {clause}.")]

    def judge(self, entry: Entry) -> tuple[Fault, str] | None:
        """Say what is wrong with who signed ENTRY, as the end of a sentence; None where nothing is."""
        if self.founding is None:
            return self._judge_founding(entry)
        if not entry.keyid:
            return self._judge_unsigned(entry.event)
        if _endorsed(entry.event):
            return self._judge_endorsed(entry)
        return self._judge_signature(entry) or self._judge_role(entry.event) or self._judge_key(entry.event)

    def follow(self, seq: int, event: Event) -> None:
        """Take EVENT, on line SEQ, for true, whoever signed it."""
        if event.kind is EventKind.ENROLLED:
            self._enrol(seq, event)
        elif event.kind is EventKind.REVOKED:
            keyid = str(event.data.get("keyid"))
            if keyid in self.keys:
                self.keys[keyid] = replace(self.keys[keyid], revoked=seq)
        elif event.kind is EventKind.CONFIGURED:
            self.configuration = str(event.data.get("digest"))
            self.roles = roles_of(event)
        elif event.kind in {EventKind.KEY_CREATED, EventKind.KEY_ROTATED} and self.founding:
            self.statements += statements_of(event)
            for record in _records(statements_of(event)):
                self.checkers[record.keyid] = record.key.verify

    @property
    def organisation_keys(self) -> tuple[KeyRecord, ...]:
        """What is known of the organisation's keys, the oldest first."""
        return tuple(_records(self.statements))

    def active(self, account: str) -> PersonKey | None:
        """Give the key with which ACCOUNT signs."""
        return next((key for key in self.keys.values() if key.account == account and not key.revoked), None)

    def may(self, account: str, action: Action | None) -> bool:
        """Tell whether ACCOUNT may do ACTION, or has any role at all where that is None."""
        roles = self.roles.get(account, ())
        return action in allowed(roles) if action else bool(roles)

    def _judge_founding(self, entry: Entry) -> tuple[Fault, str] | None:
        """Judge a line of a ledger that has no key yet."""
        event = entry.event
        if event.kind is not EventKind.ENROLLED:
            if entry.keyid:
                return Fault.SIGNER_UNKNOWN, "is signed, and no key is on record before it"
            return None
        claim, founds = _claim(event), event.data.get("founds")
        if claim is None or not isinstance(founds, str) or claim.account != event.by:
            return Fault.KEY_WRONG, "puts a first key on record that is none, or founds nothing"
        found = Founding(founds, claim.key.keyid)
        if self.expected and found != self.expected:
            return Fault.FOUNDED_OTHERWISE, "founds another ledger than the one that the folder was set up with"
        if entry.keyid != found.keyid or not _good(entry, claim.key, founds):
            return Fault.SIGNATURE_WRONG, WRONG
        return None

    def _judge_signature(self, entry: Entry) -> tuple[Fault, str] | None:
        """Judge whether the key that ENTRY names signed it, and is that of whoever it is by."""
        key, named = self.keys.get(entry.keyid), f"is signed with the key {short(entry.keyid)}"
        if key is None or key.account != entry.event.by:
            whose = "nobody's" if key is None else f"that of {key.account}"
            return Fault.SIGNER_UNKNOWN, f"{named}, which is on record as {whose} there"
        if key.revoked:
            return Fault.SIGNER_REVOKED, f"{named}, which line {key.revoked} revoked"
        if not self._signed(entry, key.key):
            return Fault.SIGNATURE_WRONG, WRONG
        return None

    def _judge_unsigned(self, event: Event) -> tuple[Fault, str] | None:
        if event.kind is EventKind.RECOVERED or (event.kind is EventKind.DENIED and not self.active(event.by)):
            return None
        return Fault.UNSIGNED, "is signed by nobody"

    def _judge_role(self, event: Event) -> tuple[Fault, str] | None:
        if event.kind is EventKind.DENIED or self._own_revocation(event):
            return None
        needed = Action.ENROL if event.kind is EventKind.REVOKED else NEEDED.get(event.kind)
        if self.may(event.by, needed):
            return None
        return (
            Fault.SIGNER_MAY_NOT,
            f"is signed by somebody who had not the role for it{f' ({needed})' if needed else ''}",
        )

    def _judge_key(self, event: Event) -> tuple[Fault, str] | None:
        """Judge a line that puts keys on record, or takes them off it."""
        if event.kind is EventKind.ENROLLED:
            return self._judge_claim(event)
        if event.kind is EventKind.REVOKED:
            key = self.keys.get(str(event.data.get("keyid")))
            if key is None or key.revoked:
                return Fault.KEY_WRONG, "revokes a key that is not on record, or is revoked already"
        if event.kind in {EventKind.KEY_CREATED, EventKind.KEY_ROTATED} and not self._continues(event):
            return Fault.KEY_WRONG, "names a key of the organisation that the one before it does not name"
        return None

    def _judge_claim(self, event: Event) -> tuple[Fault, str] | None:
        claim = _claim(event)
        if claim is None or "founds" in event.data:
            return Fault.KEY_WRONG, "puts a key on record that is none, or that its owner has not claimed"
        if claim.key.keyid in self.keys:
            return Fault.KEY_WRONG, "puts a key on record that was there already"
        if self.active(claim.account):
            return Fault.KEY_WRONG, f"gives {claim.account} a second key, before the first was revoked"
        return None

    def _judge_endorsed(self, entry: Entry) -> tuple[Fault, str] | None:
        """Judge a new key of a DPO that the organisation's key vouches for, in the place of one that was lost."""
        event, claim = entry.event, _claim(entry.event)
        word = event.data.get("endorsed")
        last = _records(self.statements[-1:])
        if claim is None or claim.account != event.by or claim.key.keyid in self.keys or not last:
            return Fault.KEY_WRONG, "puts a key on record that is none, or that was there already"
        if Role.DPO not in self.roles.get(event.by, ()):
            return Fault.SIGNER_MAY_NOT, "puts a key under the organisation's that is not of a DPO"
        payload = endorsement_payload(self._organisation, claim)
        try:
            raw = b64decode(str(word), validate=True)
        except ValueError:
            raw = b""
        if not last[-1].key.verify(raw, payload):
            return Fault.KEY_WRONG, "puts a key on record that the organisation's key does not vouch for"
        if entry.keyid != claim.key.keyid or not self._signed(entry, claim.key):
            return Fault.SIGNATURE_WRONG, WRONG
        return None

    def _continues(self, event: Event) -> bool:
        """Tell whether the keys of the organisation that EVENT names follow from those that are known."""
        try:
            known = _records(self.statements[-1:], strict=True)
            following = statements_of(event)
            before = known[-1] if known else None
            if not following or (before is None) is not (event.kind is EventKind.KEY_CREATED):
                return False
            for statement in following:
                record = read_record(statement.encode(), *([before.key] if before else []))
                if record.replaces != (before.keyid if before else None):
                    return False
                before = record
        except ValueError:
            return False
        return before is not None and before.keyid == event.data.get("keyid")

    def _own_revocation(self, event: Event) -> bool:
        """Tell whether EVENT is somebody's word that their own key is not to be believed any more."""
        key = self.keys.get(str(event.data.get("keyid")))
        return event.kind is EventKind.REVOKED and key is not None and key.account == event.by

    def _enrol(self, seq: int, event: Event) -> None:
        claim, founds = _claim(event), event.data.get("founds")
        if claim is None:
            return
        if self.founding is None:
            self.founding = Founding(str(founds), claim.key.keyid)
            self.roles = {claim.account: (Role.DPO,)}
            self.configuration = ""
        for keyid, key in self.keys.items():
            if key.account == claim.account and not key.revoked:  # one that the organisation's key takes the place of
                self.keys[keyid] = replace(key, revoked=seq)
        self.keys[claim.key.keyid] = PersonKey(claim.account, claim.key, seq, event.by)

    @property
    def _organisation(self) -> str:
        return self.founding.organisation if self.founding else ""

    def _signed(self, entry: Entry, key: VerifyingKey) -> bool:
        return _good(entry, key, self._organisation)


def endorsement_payload(organisation: str, claim: Claim) -> bytes:
    """Spell what the organisation's key signs of a CLAIM for which no DPO is left who could."""
    return b"redact-own-key-endorsed/1\n" + f"{organisation}\n{claim.account}\n{claim.key.keyid}\n".encode()


def statements_of(event: Event) -> list[str]:
    """Give the statements of the organisation's keys that EVENT puts on record, the oldest first."""
    found = event.data.get("statements")
    return [str(one) for one in found] if isinstance(found, list) else []


def claim_of(event: Event) -> Claim:
    """Give the claim that EVENT, which holds, put on record. Raises ValueError where it is none."""
    return Claim.model_validate(event.data["claim"])


def roles_of(event: Event) -> dict[str, tuple[Role, ...]]:
    """Give who has which role by EVENT, which says how the organisation is configured."""
    try:
        people: dict[str, Any] = event.data["organisation"]["people"]
        return {account: tuple(Role(role) for role in person["roles"]) for account, person in people.items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def short(keyid: str) -> str:
    """Name a key by its first digits."""
    return fingerprint(keyid[:16])


def _good(entry: Entry, key: VerifyingKey, organisation: str) -> bool:
    raw = entry.raw_signature
    return raw is not None and key.verify(raw, entry.payload(organisation))


def _claim(event: Event) -> Claim | None:
    """Read the claim that EVENT puts on record; None where it is none, or not signed by its key."""
    try:
        claim = Claim.model_validate(event.data.get("claim"))
        claim.key  # noqa: B018  raises where it is none
    except ValueError:
        return None
    return claim if claim.proved else None


def _endorsed(event: Event) -> bool:
    return event.kind is EventKind.ENROLLED and "endorsed" in event.data


def _records(statements: list[str], *, strict: bool = False) -> list[KeyRecord]:
    """Read STATEMENTS; what cannot be read is left out unless STRICT."""
    records = []
    for statement in statements:
        try:
            records.append(read_record(statement.encode()))
        except ValueError:
            if strict:
                raise
    return records
