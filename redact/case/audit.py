"""Whether the record is whole: the ledger in itself, its signatures, and the register against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from redact.errors import RedactError
from redact.governance.ledger.faults import Fault, Problem
from redact.governance.ledger.ledger import Head
from redact.governance.ledger.times import set_back
from redact.governance.rules.authority import Action, permit

if TYPE_CHECKING:
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
    notes: tuple[str, ...] = ()
    """What is as it was written, and yet to be looked at: where the clock went backwards."""
    keys_of: str = ""
    """User who alone can check the signatures, where whoever is at work cannot."""

    @property
    def wrong(self) -> list[str]:
        """A sentence for each of them."""
        return [problem.sentence for problem in self.problems]

    @property
    def summary(self) -> str:
        """Say that all is well, and how much that is."""
        signed = f"signed up to line {self.signed}" if self.signed else "not signed yet"
        signed = f"whether it is signed, {self.keys_of} alone can check" if self.keys_of else signed
        return f"{self.lines} lines, each in its place and unchanged; {signed}. The register says the same."


def audit(office: Office) -> Audit:
    """Check ledger and register of OFFICE; nothing is written and nothing repaired."""
    permit(office.organisation, office.user, Action.READ)
    known = office.register.head()
    owner = office.keys_of
    keys = None if owner else office.keys.verifiers()
    verified = office.ledger.verify(head=Head(*known) if known else None, keys=keys)
    return Audit(
        verified.problems or _register(office),
        verified.lines,
        verified.checkpoints,
        verified.signed_to,
        () if verified.problems else tuple(set_back(office.ledger.entries())),
        f"the user {owner}" if owner else "",
    )


def _register(office: Office) -> tuple[Problem, ...]:
    """Compare the register with what the ledger says, and with what still waits to be written there."""
    try:
        with office.ledger.quiet():  # so that nobody writes to one of them before the other is read
            return tuple(Problem(Fault.REGISTER_DIFFERS, 0, sentence) for sentence in _differences(office))
    except RedactError as problem:
        return (Problem(Fault.NOT_COMPARED, 0, problem.what),)


def _differences(office: Office) -> list[str]:
    events = [entry.event for entry in office.ledger.entries()]
    there = {event.id for event in events}
    waiting = [event for event in office.register.pending() if event.id not in there]
    return office.register.differences([*events, *waiting])
