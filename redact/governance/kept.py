"""What is kept and for how long, as the register has it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from redact.governance.rules.retention import Footage, Hold, Limits
from redact.governance.rules.working_days import UK

if TYPE_CHECKING:
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow

__all__ = ["civil_day", "footage", "limits"]


def civil_day(text: str) -> date:
    """Give the day on which TEXT is, as people there call it: ISO 8601, local time unless it names its zone."""
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(UK) if moment.tzinfo else moment).date()


def limits(office: Office) -> Limits:
    """Give the organisation's time limits; those of its cameras' recorders are not its own, and change nothing here."""
    return Limits.of(office.organisation.retention)


def footage(office: Office, clip: ClipRow) -> Footage:
    """Give CLIP as far as its keeping goes.

    Only a day that a person gave counts as that of the recording: what a container says may be the day of an export.
    """
    known = clip.starts if clip.starts_from == "operator" else ""
    holds = office.register.holds(sha256=clip.sha256, active=True)
    asking = office.register.requests_of(clip.sha256)
    return Footage(
        sha256=clip.sha256,
        name=clip.name,
        recorded=civil_day(known) if known else None,
        imported=civil_day(clip.imported_at),
        holds=tuple(Hold(hold.reason, date.fromisoformat(hold.review), hold.by) for hold in holds),
        open_requests=tuple(row.reference for row in asking if row.state == "open"),
        purged=bool(clip.purged_at),
    )
