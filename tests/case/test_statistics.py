"""The year in numbers: how many requests of which kind, how they ended, and whether in time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from cases import intake

from redact.case.statistics import year_rows
from redact.case.steps import close_request, open_request, refuse, step
from redact.governance.ledger.events import EventKind
from redact.governance.rules.exemptions import Exemption

if TYPE_CHECKING:
    from redact.governance.office import Office

pytest_plugins = ("stages",)

FIRST = date(2026, 3, 2)


def test_an_empty_year_has_a_row_for_each_kind_and_one_for_all(office: Office) -> None:
    """With noughts, and no median."""
    rows = year_rows(office, 2025)
    assert [row["kind"] for row in rows] == [
        "sar",
        "third-party",
        "police",
        "statutory",
        "foi",
        "tenant-access",
        "complaint",
        "all",
    ]
    assert {(row["received"], row["median_days"]) for row in rows} == {(0, None)}


def test_requests_are_counted_by_how_they_ended_and_when(office: Office) -> None:
    """In time, late, overdue, extended; one of the year before is not among them."""
    for reference in ("SAR-1", "SAR-2", "SAR-3", "SAR-4"):
        open_request(office, intake(reference, received=FIRST.isoformat()))
    open_request(office, intake("SAR-0", received="2025-12-31"))
    close_request(office, "SAR-1", "withdrawn", "", FIRST + timedelta(10))
    close_request(office, "SAR-2", "withdrawn", "", FIRST + timedelta(100))
    refuse(office, "SAR-3", Exemption.NO_DATA, "nothing was found", FIRST + timedelta(20))
    step(office, "SAR-4", EventKind.EXTENDED, FIRST + timedelta(20), {"reason": "many clips"})
    (row,) = (row for row in year_rows(office, 2026, FIRST + timedelta(120)) if row["kind"] == "all")
    assert row == {
        "kind": "all",
        "received": 4,
        "open": 1,
        "closed": 2,
        "refused": 1,
        "ended_in_time": 2,
        "ended_late": 1,
        "overdue": 1,
        "extended": 1,
        "median_days": 20,
        "overwritten": 0,
        "complaints": 0,
        "minutes": 0,
        "refused_by": {"no-data-held": 1},
    }
    assert year_rows(office, 2025)[-1]["received"] == 1
