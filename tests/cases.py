"""A case from the day it comes in to its release, one step each, with everyone who works on it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from corridor import RedSquare
from people import enrol, key_of

from redact.case.approving import approve
from redact.case.asked import asked
from redact.case.copies import How, render_copy
from redact.case.deciding import Choice, decide
from redact.case.footage import Said, attach, scan_clip
from redact.case.releasing import release
from redact.case.steps import open_request, step
from redact.governance.founding import set_up as establish
from redact.governance.ledger.events import EventKind
from redact.governance.office import LEDGER, Office
from redact.governance.rules.grounds import Ground
from redact.governance.rules.intake import Intake
from redact.governance.rules.organisation import FILE
from redact.records.kinds import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from redact.case.releasing import Released
    from redact.governance.register.register import ClipRow
    from redact.jobs.release import Release

__all__ = [
    "OTHER",
    "QUICK",
    "REF",
    "SHOW",
    "age",
    "approved",
    "as_user",
    "attached",
    "decided",
    "denied",
    "intake",
    "lines",
    "only",
    "opened",
    "police",
    "released",
    "rendered",
    "scanned",
    "set_up",
    "with_roles",
]

REF, OTHER = "SAR-2026-0142", "SAR-2026-0143"
SHOW = Choice(Verdict.VISIBLE, Ground.DATA_SUBJECT, "the requester, known to staff", "requester")
QUICK = {"style": "fill"}
TODAY = date.today()  # noqa: DTZ011  the day where the organisation is

PEOPLE = """
[people.operator]
name = "B. Example"
roles = ["operator"]
[people.reviewer]
name = "C. Example"
roles = ["reviewer"]
[people.approver]
name = "D. Example"
roles = ["approver"]
"""


def set_up(home: Path, **more: str) -> Path:
    """Set records up in HOME, with someone in each role, the DPO at work, and MORE lines in the place of empty ones."""
    path = establish(home, "Example Housing", "A. Example")
    text = path.read_text().replace("[letters]", '[letters]\ncontact = "dpo@example.org"') + PEOPLE
    for name, value in more.items():
        text = text.replace(f'{name} = ""', f'{name} = "{value}"')
    (home / FILE).write_text(text)
    with Office.open(home) as office:
        for account in ("operator", "reviewer", "approver"):
            enrol(office, key_of(account).claim())
    return path


def with_roles(office: Office, account: str, *roles: str) -> None:
    """Give ACCOUNT other ROLES; whoever opens the records next, a DPO, puts that on record."""
    file = office.home / FILE
    before, name, after = file.read_text().partition(f"[people.{account}]")
    held, line, rest = after.partition("roles = [")
    rest = rest[rest.index("]") :]
    file.write_text(before + name + held + line + ", ".join(f'"{role}"' for role in roles) + rest)


def as_user(office: Office, user: str) -> Office:
    """Give OFFICE with USER at work, who signs with a key of their own."""
    return office if user == office.user else replace(office, user=user, own=key_of(user))


def intake(reference: str = REF, **more: Any) -> Intake:
    """Give a request of a person for footage of themselves, valid but for its search."""
    day = TODAY - timedelta(3)
    facts = {
        "reference": reference,
        "kind": "sar",
        "received": day.isoformat(),
        "requester": "E. Example",
        "recipient": "E. Example",
        "identity": "tenancy card seen",
        "window": {"from": f"{day}T14:00:00", "to": f"{day}T14:00:02"},
        "cameras": ["Camera 4"],
    }
    return Intake.of(facts | more)


def opened(office: Office, reference: str = REF, **more: Any) -> str:
    """Open a request and record its search."""
    asked_for = intake(reference, **more)
    open_request(office, asked_for)
    day = asked_for.received.isoformat()
    said = {"camera": "Camera 4", "from": f"{day}T14:00:00", "to": f"{day}T15:00:00", "found": "one clip"}
    step(office, reference, EventKind.SEARCHED, None, said)
    return reference


def police(office: Office, reference: str = "POL-7") -> str:
    """Open a request of the police."""
    facts = {
        "kind": "police",
        "requester": "DC 1234 F. Example, Example Police",
        "recipient": "Example Police",
        "lawful_basis": "DPA 2018 Sch 2 para 2",
        "purpose": "an assault",
    }
    open_request(office, intake(reference, **facts))
    return reference


def only(office: Office, reference: str = REF) -> ClipRow:
    """Give the one clip that is attached."""
    (clip,) = asked(office, reference).clips
    return clip


def attached(office: Office, clip: Path) -> None:
    """Open the case and attach CLIP."""
    attach(office, opened(office), clip, Said("Camera 4", None, 2.0))


def scanned(office: Office, _clip: Path | None = None) -> None:
    """Find everyone in its clip."""
    scan_clip(office, REF, only(office), [RedSquare()])


def decided(office: Office, _clip: Path | None = None) -> None:
    """Show the one who walks."""
    decide(office, REF, only(office), ["00:00.4@70,90"], SHOW)


def rendered(office: Office, _clip: Path | None = None) -> Release:
    """Make the copy."""
    made = render_copy(office, REF, only(office), How(QUICK), [RedSquare()])
    assert not made.withheld, made.checks
    return made


def approved(office: Office, reference: str = REF, *, native: bool = False) -> None:
    """Have somebody else approve it."""
    approve(as_user(office, "approver"), reference, native=native, watched=True)


def released(office: Office, out: Path | None = None, *, native: bool = False, zipped: bool = False) -> Released:
    """Release what was approved."""
    return release(office, REF, out, native=native, zipped=zipped)


def age(office: Office, days: int) -> None:
    """Have the footage be DAYS old."""
    data = {"starts": f"{TODAY - timedelta(days)}T14:00:00.000", "starts_from": "operator"}
    for clip in office.register.clips():
        office.record(office.event(EventKind.DESCRIBED, clip=clip.sha256, data=data))


def denied(office: Office) -> list[str]:
    """List what was denied, in the order in which it was."""
    return [event.data["what"] for event in office.register.events(kinds=(EventKind.DENIED,))]


def lines(office: Office) -> list[dict[str, Any]]:
    """Read the ledger."""
    return [json.loads(line) for line in (office.home / LEDGER).read_bytes().splitlines()]
