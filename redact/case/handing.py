"""What recipients are given besides a release, so that they can check it: the organisation's public keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from redact.governance.rules.authority import Action

if TYPE_CHECKING:
    from redact.governance.office import Office
    from redact.package.public_key import KeyRecord

__all__ = ["left", "public_keys"]


def public_keys(office: Office) -> tuple[KeyRecord, ...]:
    """Give what is on record of every key, the current one first; a DPO makes one if there is none."""
    office.permit(Action.READ)
    known = office.people().organisation_keys
    if not known:
        office.signing_key()
        known = office.people().organisation_keys
    return known[::-1]


def left(known: KeyRecord) -> int:
    """Count the whole days for which the key that is KNOWN still signs; below 0 where it has expired."""
    return (known.end - datetime.now(UTC)).days
