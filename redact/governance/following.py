"""How a register follows the ledger: what it has not seen is taken over, and what the ledger never had is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redact.governance.ledger.ledger import Head, LedgerBroken
from redact.governance.people.keyring import Keyring
from redact.governance.register.damage import RegisterDamaged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.governance.ledger.ledger import Entry, Ledger, LockedLedger
    from redact.governance.people.keyring import Founding
    from redact.governance.register.register import Register

__all__ = ["catch_up"]


def catch_up(register: Register, ledger: Ledger, held: LockedLedger, founding: Founding) -> None:
    """Let REGISTER follow LEDGER, which is HELD, and every signature of which is checked first, back to its FOUNDING.

    Raises LedgerBroken where the ledger is not what the register remembers, or has a line that nobody signed who may;
    RegisterDamaged where the register has what the ledger lacks.
    """
    tail = _tail(register, ledger, held)
    if tail:
        ledger.show(Keyring(founding))
        held.sync()  # whoever wrote them may have died before they were on the disk
        register.take_over(tail)
        held.copy_checkpoints(tail)


def _tail(register: Register, ledger: Ledger, held: LockedLedger) -> Sequence[Entry]:
    """Give the lines that REGISTER has not seen, all where it has no row."""
    try:
        known = register.known()
    except RegisterDamaged:
        _name_unrecorded(register, ledger)
        raise
    if known.rows:
        return held.since(known.head or Head.EMPTY)
    entries = held.since(Head.EMPTY)
    if known.head and known.head not in {entry.head for entry in entries}:
        message = f"{ledger.path}: line {known.head.seq} is not the one that the register remembers, or is gone."
        raise LedgerBroken(message)
    return entries


def _name_unrecorded(register: Register, ledger: Ledger) -> None:
    """Raise RegisterDamaged with the name of the first event on REGISTER that LEDGER never had."""
    strange = register.unrecorded(entry.event.id for entry in ledger.entries())
    if strange:
        first = strange[0]
        message = (
            f"A row of the register was never recorded: {first.kind} by {first.by}, at {first.at}, about "
            f"{first.reference or 'no request'} (id {first.id}); {len(strange)} in all."
        )
        raise RegisterDamaged(message)
