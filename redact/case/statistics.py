"""What the DPO reports of a year: how many requests, of which kind, how they ended, and whether in time."""

from __future__ import annotations

from datetime import date
from statistics import median
from typing import TYPE_CHECKING, Any

from redact.governance.rules.clock import clock
from redact.request.choices import RequestKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.governance.office import Office
    from redact.governance.rules.clock import Clock

__all__ = ["year_rows"]


def year_rows(office: Office, year: int, today: date | None = None) -> list[dict[str, Any]]:
    """Count the requests received in YEAR, a row for each kind and one for all, as they stand TODAY."""
    day = today or date.today()  # noqa: DTZ011  the day where the organisation is
    known = [
        (row, clock(RequestKind(row.kind), events, office.organisation.nation_for(row.nation), day))
        for row, events in office.register.requests_of_year(year)
    ]
    rows = [_row(kind.value, [(row.state, time) for row, time in known if row.kind == kind]) for kind in RequestKind]
    return [*rows, _row("all", [(row.state, time) for row, time in known])]


def _row(kind: str, some: Sequence[tuple[str, Clock]]) -> dict[str, Any]:
    taken = [(time.ended - time.received).days for _, time in some if time.ended]
    return {
        "kind": kind,
        "received": len(some),
        "open": sum(state == "open" for state, _ in some),
        "closed": sum(state == "closed" for state, _ in some),
        "refused": sum(state == "refused" for state, _ in some),
        "ended_in_time": sum(bool(time.ended and time.due and not time.late) for _, time in some),
        "ended_late": sum(time.late for _, time in some),
        "overdue": sum(time.overdue for _, time in some),
        "extended": sum(time.extended for _, time in some),
        "median_days": median(taken) if taken else None,
    }
