"""What was kept of a copy to be shown to whoever made it: checks, findings and the worst seconds, in pictures."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from redact.case.copies import copy_made
from redact.files import read_small
from redact.package.names import SHOWN
from redact.records.kinds import Kind
from redact.report.shown_file import FORM
from redact.request.model import parse_time
from redact.verify.findings import Finding, Standing

if TYPE_CHECKING:
    from redact.case.copies import RecordedCopy
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow

__all__ = ["findings_made", "picture_of", "shown_of"]

LARGEST = 1 << 28
"""Bytes of the file."""


def shown_of(copy: RecordedCopy) -> dict[str, Any]:
    """Give what was kept of COPY; nothing where that is not there, or is of another copy."""
    try:
        told = json.loads(read_small(copy.file(SHOWN), LARGEST))
    except (OSError, ValueError):
        return {}
    good = isinstance(told, dict) and told.get("version") == FORM and told.get("copy") == copy.fact("copy")
    return told if good else {}


def findings_made(office: Office, reference: str, clip: ClipRow) -> tuple[Finding, ...]:
    """Give what the second look found in the copy of CLIP that was made last for the request REFERENCE."""
    copy = copy_made(office, reference, clip, read=False)
    told = shown_of(copy) if copy else {}
    return tuple(_finding(row) for row in told.get("findings", ()))


def picture_of(row: dict[str, Any] | None) -> bytes:
    """Give the picture of one ROW of what was kept, a JPEG; nothing where there is none."""
    return b64decode(row["picture"]) if row else b""


def _finding(row: dict[str, Any]) -> Finding:
    left, top, right, bottom = row["place"]
    return Finding(
        row["id"],
        Kind[row["kind"].upper()],
        row["frame"],
        parse_time(row["time"]),
        (left, top, right, bottom),
        row["score"],
        Standing(row["standing"]),
        picture_of(row),
    )
