"""What happened, one event at a time: the ledger is made of these, and the register is worked out from them."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CLOCK", "DECIDING", "ID", "STEPS", "Event", "EventKind", "now"]


class EventKind(StrEnum):
    """What can happen."""

    # to a request
    OPENED = "request-opened"
    CHANGED = "request-changed"
    IDENTITY_ASKED = "identity-asked"
    IDENTITY_SATISFIED = "identity-satisfied"
    CLARIFICATION_ASKED = "clarification-asked"
    CLARIFICATION_ANSWERED = "clarification-answered"
    FEE_QUOTED = "fee-quoted"
    FEE_INVOICED = "fee-invoiced"
    FEE_ASKED = "fee-asked"
    FEE_PAID = "fee-paid"
    FEE_WAIVED = "fee-waived"
    ACKNOWLEDGED = "complaint-acknowledged"
    LOOKED_INTO = "complaint-looked-into"
    UPLOADED = "package-uploaded"
    EXTENDED = "extended"
    SEARCHED = "searched"
    REFUSED = "request-refused"
    CLOSED = "request-closed"
    # to footage
    IMPORTED = "clip-imported"
    ATTACHED = "clip-attached"
    DETACHED = "clip-detached"
    COMPANION = "companion-kept"
    DESCRIBED = "clip-described"
    VIEWED = "footage-viewed"
    SCANNED = "clip-scanned"
    # to a copy
    DECIDED = "decision-made"
    UNDECIDED = "decision-withdrawn"
    ANSWERED = "question-answered"
    CORRECTED = "correction-made"
    UNCORRECTED = "correction-withdrawn"
    LOOKED = "places-looked-at"
    RENDERED = "copy-made"
    APPROVED = "release-approved"
    RELEASE_BEGUN = "release-begun"
    RELEASED = "release-made"
    RELEASE_ABANDONED = "release-abandoned"
    # to what is kept
    HELD = "hold-placed"
    HOLD_LIFTED = "hold-lifted"
    PURGE_BEGUN = "purge-begun"
    PURGED = "purged"
    # to the record itself
    CONFIGURED = "organisation-configured"
    KEY_CREATED = "key-created"
    KEY_ROTATED = "key-rotated"
    CLOCK_SET_BACK = "clock-set-back"
    ENROLLED = "person-key-enrolled"
    REVOKED = "person-key-revoked"
    DENIED = "action-denied"
    RECOVERED = "ledger-recovered"
    CHECKPOINT = "ledger-checkpoint"


CLOCK = frozenset(
    {
        EventKind.OPENED,
        EventKind.CHANGED,
        EventKind.IDENTITY_ASKED,
        EventKind.IDENTITY_SATISFIED,
        EventKind.CLARIFICATION_ASKED,
        EventKind.CLARIFICATION_ANSWERED,
        EventKind.FEE_INVOICED,
        EventKind.FEE_ASKED,
        EventKind.FEE_PAID,
        EventKind.FEE_WAIVED,
        EventKind.ACKNOWLEDGED,
        EventKind.EXTENDED,
        EventKind.REFUSED,
        EventKind.CLOSED,
    }
)
"""What the legal time limit depends on."""

STEPS = (
    EventKind.IDENTITY_ASKED,
    EventKind.IDENTITY_SATISFIED,
    EventKind.CLARIFICATION_ASKED,
    EventKind.CLARIFICATION_ANSWERED,
    EventKind.FEE_QUOTED,
    EventKind.FEE_INVOICED,
    EventKind.FEE_ASKED,
    EventKind.FEE_PAID,
    EventKind.FEE_WAIVED,
    EventKind.EXTENDED,
    EventKind.SEARCHED,
    EventKind.ACKNOWLEDGED,
    EventKind.LOOKED_INTO,
    EventKind.UPLOADED,
)
"""What can be recorded of an open request as it goes on."""

DECIDING = frozenset(
    {
        EventKind.DECIDED,
        EventKind.UNDECIDED,
        EventKind.ANSWERED,
        EventKind.CORRECTED,
        EventKind.UNCORRECTED,
    }
)
"""What says who is visible, and where: whoever caused any of it is no second pair of eyes."""

ID = re.compile(r"[0-9a-f]{32}")


def now() -> str:
    """Give the time as it is written down: ISO 8601, UTC, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. It is written once and never changed."""

    kind: EventKind
    by: str
    """User of the operating system."""
    reference: str = ""
    """The request it is about, if it is about one."""
    clip: str = ""
    """SHA-256 of the master it is about, if it is about one."""
    on: str = ""
    """ISO date to which the law attaches it; the day it was recorded where that is empty."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """What else there is to say, as plain JSON."""
    at: str = field(default_factory=now)
    """When it was recorded, ISO 8601, UTC."""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    """32 hex digits, never used twice."""

    def __post_init__(self) -> None:
        """Check what everything else relies on."""
        if not ID.fullmatch(self.id):
            message = f"Event.id must be 32 hex digits, not {self.id!r}"
            raise ValueError(message)

    @property
    def day(self) -> date:
        """The day to which the law attaches it."""
        return date.fromisoformat(self.on or self.at[:10])

    def plain(self) -> dict[str, Any]:
        """Give it as plain JSON."""
        return {member.name: getattr(self, member.name) for member in fields(self)} | {
            "kind": self.kind.value,
            "data": dict(self.data),
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Event:
        """Read what `plain` gives. Raises ValueError, KeyError or TypeError where it is none."""
        return cls(**{**plain, "kind": EventKind(plain["kind"])})
