"""What comes next in a case: the first thing that keeps it from its end, clip by clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redact.case.approving import approved, parcel
from redact.case.asked import command
from redact.case.footage import scanned
from redact.errors import RedactError
from redact.governance.ledger.events import EventKind
from redact.governance.office import filled
from redact.governance.rules.intake import problems
from redact.request.model import NATIVE, RequestKind

if TYPE_CHECKING:
    from redact.case.asked import Asked
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow

__all__ = ["comes_next"]


def comes_next(office: Office, found: Asked) -> tuple[str, ...]:
    """Say what is to be done for the request that was FOUND, in order; nothing once it has ended.

    It believes the record and reads no footage; whoever approves or releases has every byte compared.
    """
    if found.row.state != "open":
        return ()
    events = office.register.events(reference=found.reference)
    if any(row.state == "released" for row in office.register.releases(reference=found.reference)):
        return (f"Copy released. Close the request: {command('request close', found.reference)}",)
    return (*problems(found.intake, events), *_work(office, found))


def _work(office: Office, found: Asked) -> tuple[str, ...]:
    """Say what of scan, copy, approval and release is missing; each step names the command."""
    native = RequestKind(found.row.kind) in NATIVE
    if found.clips and not native:
        missing = tuple(line for clip in found.clips for line in _not_scanned(office, found.reference, clip))
        if missing:
            return missing
    if not native and not _decided(office, found):
        said = f"Nobody is decided on: everyone is hidden. See who is there: {command('subjects', found.reference)}"
        return (f'{said} --why "…"', *_copies(office, found, native=native))
    return _copies(office, found, native=native)


def _decided(office: Office, found: Asked) -> bool:
    """Tell whether anybody was ever decided on, or a copy made without."""
    kinds = (EventKind.DECIDED, EventKind.RENDERED)
    return not found.clips or bool(office.register.events(reference=found.reference, kinds=kinds))


def _copies(office: Office, found: Asked, *, native: bool) -> tuple[str, ...]:
    """Say what of copy, approval and release is missing."""
    try:
        approved(office, parcel(office, found.reference, native=native, read=False))
    except RedactError as problem:
        return (" ".join(f"{problem.what} {filled(problem.advice, found.reference)}".split()),)
    return (f"Release it: {command('release', found.reference)} -o DIR{' --native' if native else ''}",)


def _not_scanned(office: Office, reference: str, clip: ClipRow) -> tuple[str, ...]:
    """Say why there is no scan of CLIP that can be used; nothing where there is one."""
    try:
        scanned(office, reference, clip)
    except RedactError as problem:
        return (" ".join(str(problem).split()),)
    return ()
