"""Whether the record is whole: the ledger in itself, who signed it, and the register against it.

All that is needed lies in HOME, open to everybody who may read the records: whoever asks, and on a copy that nobody can
write to, the answer is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from redact.errors import RedactError
from redact.governance.ledger.faults import Fault, Problem
from redact.governance.ledger.times import set_back
from redact.governance.people.keyring import Keyring
from redact.governance.rules.authority import Action, permit
from redact.package.public_key import fingerprint

if TYPE_CHECKING:
    from redact.case.anchor import Anchor
    from redact.governance.ledger.ledger import Head, Verified
    from redact.governance.office import Office

__all__ = ["Audit", "audit"]


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found."""

    problems: tuple[Problem, ...]
    """Each thing that is not as it was written."""
    lines: int
    checkpoints: int
    signed: int
    """The last line that a checkpoint signs for."""
    before: int
    """Lines of before people had keys, which nobody signed."""
    founded_on: str
    """Id of the first key."""
    anchored: int = 0
    """The line that was noted elsewhere, and is there; 0 where none was given."""
    notes: tuple[str, ...] = ()
    """What is as it was written, and yet to be looked at: where the clock went backwards."""

    @property
    def wrong(self) -> list[str]:
        """A sentence for each of them."""
        return [problem.sentence for problem in self.problems]

    @property
    def summary(self) -> str:
        """Say that all is well, and how much that is."""
        signed = f"checkpoints sign up to line {self.signed}" if self.signed else "no checkpoint yet"
        before = f" Lines 1 to {self.before} are of before people had keys: nobody signed them." if self.before else ""
        anchored = f" Line {self.anchored} is the one that was noted." if self.anchored else ""
        return (
            f"{self.lines} lines, each in its place, unchanged, and signed by whoever it is by; {signed}. "
            f"The register says the same.{before}{anchored}\n"
            f"Founded on the key {fingerprint(self.founded_on)}"
        )


def audit(office: Office, anchor: Anchor | None = None) -> Audit:
    """Check ledger and register of OFFICE, and that ANCHOR is in the ledger; nothing is written or repaired."""
    permit(office.organisation, office.user, Action.READ)
    keyring = Keyring(office.founding)
    problems: list[Problem] = []
    head = _head(office, problems)
    verified = office.ledger.verify(head=head, keys=keyring.checkers, witness=keyring)
    problems += [*_founded(office, keyring), *verified.problems, *_anchored(office, anchor, verified)]
    return Audit(
        tuple(problems) or tuple(_register(office)),
        verified.lines,
        verified.checkpoints,
        verified.signed_to,
        keyring.before,
        office.founding.keyid,
        anchor.head.seq if anchor else 0,
        () if verified.problems else tuple(set_back(office.ledger.entries())),
    )


def _head(office: Office, problems: list[Problem]) -> Head | None:
    """Ask the register which line it saw last; where that cannot be said, it is one of PROBLEMS."""
    try:
        return office.register.head()
    except RedactError as problem:
        problems.append(Problem(Fault.REGISTER_DIFFERS, 0, problem.what))
        return None


def _founded(office: Office, keyring: Keyring) -> list[Problem]:
    """Say where the ledger has no first key, or the organisation's file is not what a DPO put on record last."""
    if keyring.founding is None:
        sentence = "No line puts the first key on record, which HOME says that there is."
        return [Problem(Fault.FOUNDED_OTHERWISE, 0, sentence)]
    if keyring.configuration != office.organisation.digest:
        sentence = "The organisation's file is not the one that a DPO put on record last."
        return [Problem(Fault.CONFIGURATION_DIFFERS, 0, sentence)]
    return []


def _anchored(office: Office, anchor: Anchor | None, verified: Verified) -> list[Problem]:
    """Say where the ledger does not have the line of ANCHOR."""
    if anchor is None:
        return []
    if (anchor.organisation, anchor.founded_on) != (office.founding.organisation, office.founding.keyid):
        return [Problem(Fault.ANCHOR_DIFFERS, 0, "What was noted is of another organisation's ledger.")]
    if anchor.head.seq > verified.lines:
        sentence = (
            f"Line {anchor.head.seq} was noted, and the ledger ends at line {verified.lines}: its end was cut off."
        )
        return [Problem(Fault.ANCHOR_DIFFERS, verified.lines, sentence)]
    if verified.problems or any(entry.head == anchor.head for entry in office.ledger.entries()):
        return []
    sentence = f"Line {anchor.head.seq} is not the one that was noted: it, or one before it, was changed afterwards."
    return [Problem(Fault.ANCHOR_DIFFERS, anchor.head.seq, sentence)]


def _register(office: Office) -> list[Problem]:
    """Compare the register with what the ledger comes to, up to the line that the register saw last."""
    try:
        with office.ledger.at_rest():  # so that nobody writes to one of them before the other is read
            known = office.register.known()
            last = known.head.seq if known.head and known.rows else 0
            entries = (entry for entry in office.ledger.entries() if entry.seq <= last)
            sentences = office.register.differences(entries)
        return [Problem(Fault.REGISTER_DIFFERS, 0, sentence) for sentence in sentences]
    except RedactError as problem:
        return [Problem(Fault.NOT_COMPARED, 0, problem.what)]
