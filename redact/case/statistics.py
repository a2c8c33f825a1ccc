"""What the DPO reports of a year: how many requests, of which kind, how they ended, and whether in time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import TYPE_CHECKING, Any

from redact.case.exporting import overwritten
from redact.governance.ledger.events import EventKind
from redact.governance.rules.clock import clock
from redact.request.choices import RequestKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from redact.governance.office import Office
    from redact.governance.register.register import RequestRow
    from redact.governance.rules.clock import Clock

__all__ = ["refused_rows", "year_rows"]

ALL = "all"


@dataclass(frozen=True, slots=True)
class _Known:
    """What is counted of a request."""

    row: RequestRow
    time: Clock
    overwritten: bool
    seconds: float
    complaints: int


def year_rows(office: Office, year: int, today: date | None = None) -> list[dict[str, Any]]:
    """Count the requests received in YEAR, a row for each kind and one for all, as they stand TODAY."""
    day = today or date.today()  # noqa: DTZ011  the day where the organisation is
    timed = office.register.requests_of_year(year)
    spent, about = _spent(office), _about(office)
    known = [
        _Known(
            row,
            clock(RequestKind(row.kind), events, office.organisation.nation_for(row.nation), day),
            overwritten(office, row, day),
            spent[row.reference],
            about[row.reference],
        )
        for row, events in timed
    ]
    rows = [_row(kind.value, [one for one in known if one.row.kind == kind]) for kind in RequestKind]
    return [*rows, _row(ALL, known)]


def refused_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List from ROWS how many requests of each kind were refused on which ground."""
    return [
        {"kind": row["kind"], "exemption": ground, "refused": count}
        for row in rows
        if row["kind"] != ALL
        for ground, count in row["refused_by"].items()
    ]


def _spent(office: Office) -> Counter[str]:
    """Give by request the seconds that are on record as spent looking at its footage."""
    seconds: Counter[str] = Counter()
    for event in office.register.events(kinds=(EventKind.LOOKED,)):
        seconds[event.reference] += event.data["seconds"]
    return seconds


def _about(office: Office) -> Counter[str]:
    """Give by request how many complaints are about it."""
    rows = office.register.requests(kind=RequestKind.COMPLAINT.value, limit=None)
    return Counter(row.about for row in rows if row.about)


def _row(kind: str, known: Sequence[_Known]) -> dict[str, Any]:
    some = [(one.row.state, one.time) for one in known]
    taken = [(time.ended - time.received).days for _, time in some if time.ended]
    grounds = Counter(one.row.outcome for one in known if one.row.state == "refused")
    return {
        "kind": kind,
        "received": len(some),
        "open": sum(state == "open" for state, _ in some),
        "closed": sum(state == "closed" for state, _ in some),
        "refused": sum(state == "refused" for state, _ in some),
        "ended_in_time": sum(time.in_time for _, time in some),
        "ended_late": sum(time.late for _, time in some),
        "overdue": sum(time.overdue for _, time in some),
        "extended": sum(time.extended for _, time in some),
        "median_days": median(taken) if taken else None,
        "overwritten": sum(one.overwritten for one in known),
        "complaints": sum(one.complaints for one in known),
        "minutes": round(sum(one.seconds for one in known) / 60),
        "refused_by": dict(sorted(grounds.items())),
    }
