"""What comes next in a case: the first thing that keeps it from its end, clip by clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redact.case.approving import approved, parcel
from redact.case.footage import scanned
from redact.errors import RedactError
from redact.governance.intake import problems
from redact.governance.request import NATIVE, RequestKind

if TYPE_CHECKING:
    from redact.case.asked import Asked
    from redact.governance.office import Office

__all__ = ["comes_next"]


def comes_next(office: Office, found: Asked) -> tuple[str, ...]:
    """Say what is to be done for the request that was FOUND, in order; nothing once it has ended."""
    if found.row.state != "open":
        return ()
    events = office.register.events(reference=found.reference)
    if any(row.state == "released" for row in office.register.releases(reference=found.reference)):
        return (f"Copy released. Close the request: redact request close {found.reference}",)
    return (*problems(found.intake, events), *_work(office, found))


def _work(office: Office, found: Asked) -> tuple[str, ...]:
    """Say what of scan, copy, approval and release is missing; each step names the command."""
    native = RequestKind(found.row.kind) in NATIVE
    if found.clips and not native:
        missing = [line for clip in found.clips for line in _refusal(scanned, office, found.reference, clip)]
        if missing:
            return tuple(missing)
    try:
        approved(office, parcel(office, found.reference, native=native))
    except RedactError as problem:
        return (" ".join(str(problem).split("\n")).replace("REF", found.reference),)
    return (f"Release it: redact release {found.reference} -o DIR{' --native' if native else ''}",)


def _refusal(ask: object, *what: object) -> list[str]:
    """Give the sentence with which ASK refuses WHAT; nothing where it does not."""
    try:
        ask(*what)  # type: ignore[operator]
    except RedactError as problem:
        return [" ".join(str(problem).split("\n"))]
    return []
