"""A case with a clip on the page, and somebody who has said why they look at it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from corridor import RedSquare, corridor

from redact.case.asked import asked
from redact.case.copies import How, render_copy
from redact.case.footage import Said, attach, scan_clip
from redact.case.steps import open_request
from redact.governance.office import Office
from redact.governance.rules.intake import Intake
from redact.review.access.sessions import Sitting

if TYPE_CHECKING:
    from pathlib import Path

    from desks import Browser

    from redact.governance.register.register import ClipRow

__all__ = ["REF", "address", "clip_in", "copied", "looks_at"]

REF = "SAR/2026/0142"


def clip_in(home: Path, folder: Path, clip: Path | None = None, reference: str = REF) -> ClipRow:
    """Open a case in HOME, and attach and scan CLIP, by default a corridor, which is made in FOLDER."""
    day = date.today().isoformat()  # noqa: DTZ011  the day where the organisation is
    facts = {
        "reference": reference,
        "kind": "sar",
        "received": day,
        "requester": "E. Example",
        "recipient": "E. Example",
        "identity": "tenancy card seen",
        "window": {"from": f"{day}T14:00:00", "to": f"{day}T14:00:02"},
        "cameras": ["Camera 4"],
    }
    with Office.open(home) as office:
        open_request(office, Intake.of(facts))
        attach(office, reference, clip or corridor(folder / "hall.mp4"), Said("Camera 4", None, 2.0))
        (row,) = asked(office, reference).clips
        scan_clip(office, reference, row, [RedSquare()])
    return row


def copied(home: Path, row: ClipRow, reference: str = REF, **settings: Any) -> None:
    """Make the copy of ROW in the case of REFERENCE."""
    with Office.open(home) as office:
        render_copy(office, reference, row, How({"style": "fill", **settings}), [RedSquare()])


def looks_at(browser: Browser, row: ClipRow, reference: str = REF) -> None:
    """Whoever has BROWSER has said why they look at ROW."""
    (session,) = browser.desk.sessions.of(browser.get("/api/me").json()["account"])
    session.sittings[reference, row.sha256] = Sitting("to find the requester", row, "2026-11-30T12:00:00Z")


def address(row: ClipRow, rest: str, reference: str = REF) -> str:
    """Give the address of REST of ROW in the case of REFERENCE."""
    return f"/api/requests/{reference.replace('/', '~')}/clips/{row.sha256}/{rest}"
