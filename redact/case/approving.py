"""The second pair of eyes: what exactly would leave, and that somebody else has approved just that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redact.case.asked import still_open
from redact.case.copies import basis_of, copy_made, copy_number, recipient_code
from redact.case.deciding import digest_of, rulings
from redact.case.folder import locked, plain_name
from redact.case.footage import master, scanned
from redact.errors import NotPermitted, SourceChanged, UsageProblem
from redact.files import canonical_json, sha256_bytes, sha256_file
from redact.governance.authority import Action, Approval, check_approval, four_eyes
from redact.governance.events import EventKind
from redact.governance.request import NATIVE, RequestKind

if TYPE_CHECKING:
    from pathlib import Path

    from redact.case.asked import Asked
    from redact.case.copies import Made
    from redact.governance.office import Office
    from redact.governance.register import ClipRow

__all__ = ["Exhibit", "Parcel", "approve", "approved", "parcel"]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One piece of footage that is to leave."""

    clip: ClipRow
    name: str
    """Of its file in the release."""
    path: Path
    sha256: str
    made: Made | None
    """None where it is the master itself, bit for bit."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """All that is to leave, for whom, and as which copy."""

    request: Asked
    native: bool
    number: int
    exhibits: tuple[Exhibit, ...]

    @property
    def code(self) -> str:
        """The recipient's code."""
        return recipient_code(self.request.intake.recipient)

    @property
    def digest(self) -> str:
        """Give the SHA-256 of what is approved: every plan, every copy, and who gets them."""
        return sha256_bytes(canonical_json(self._approved()))

    def _approved(self) -> dict[str, Any]:
        exhibits = [
            {"clip": one.clip.sha256, "name": one.name, "sha256": one.sha256}
            | ({"plan": one.made.fact("plan"), "manifest": one.made.fact("manifest")} if one.made else {})
            for one in sorted(self.exhibits, key=lambda one: one.clip.sha256)
        ]
        return {
            "version": "redact-approval/1",
            "reference": self.request.reference,
            "kind": self.request.row.kind,
            "recipient": self.request.intake.recipient,
            "copy_number": self.number,
            "native": self.native,
            "exhibits": exhibits,
        }


def parcel(office: Office, reference: str, *, native: bool) -> Parcel:
    """Put together what would leave for REFERENCE now: redacted copies, or NATIVE the masters bit for bit.

    Raises NotPermitted where that kind of request does not get masters or a copy is missing, stale or withheld.
    """
    request = still_open(office, reference)
    if native and RequestKind(request.row.kind) not in NATIVE:
        message = (
            f"{reference} is a {request.row.kind} request. Masters show third parties, and leave bit for bit only for "
            "the police and for agencies that the law entitles."
        )
        raise NotPermitted(message, "Release redacted copies: redact render REF, and redact release REF")
    if not request.clips:
        message = f"No footage is attached to {reference}."
        raise NotPermitted(
            message, "Attach it: redact request attach REF CLIP; or close the request: redact request close"
        )
    make = _master if native else _copy
    exhibits = tuple(make(office, request, clip) for clip in request.clips)
    return Parcel(request, native, copy_number(office, reference), exhibits)


def approve(office: Office, reference: str, *, native: bool, watched: bool) -> Parcel:
    """Let whoever is at work approve what would leave for REFERENCE, WATCHED from beginning to end.

    Raises NotPermitted where they decided on it or made it themselves.
    """
    office.permit(Action.APPROVE, reference)
    if not watched:
        message = "Whoever approves has watched every copy from beginning to end."
        raise UsageProblem(message, "Watch them, and say so with --watched.")
    with locked(office, reference), office.refusals(reference):
        found = parcel(office, reference, native=native)
        four_eyes(office.user, _makers(office, found))
        data = {"digest": found.digest, "native": native, "copy_number": found.number, "watched": True}
        office.record(office.event(EventKind.APPROVED, reference=reference, data=data))
    return found


def approved(office: Office, found: Parcel) -> Approval:
    """Give the approval of what was FOUND to leave. Raises NotPermitted without one, or where it is of another."""
    events = office.register.events(reference=found.request.reference, kinds=(EventKind.APPROVED,))
    last = events[-1] if events else None
    given = Approval(last.by, last.at, last.data["digest"]) if last else None
    approval = check_approval(given, found.digest, what="plan, copy or recipient")
    four_eyes(approval.by, _makers(office, found))
    return approval


def _makers(office: Office, found: Parcel) -> set[str]:
    """Everyone who decided on what was FOUND or made it: of masters, whoever attached them."""
    kinds = (EventKind.ATTACHED,) if found.native else (EventKind.DECIDED, EventKind.RENDERED)
    return {event.by for event in office.register.events(reference=found.request.reference, kinds=kinds)}


def _master(office: Office, _request: Asked, clip: ClipRow) -> Exhibit:
    """Give the master of CLIP as an exhibit. Raises SourceChanged where it is not what was taken in."""
    path = master(office, clip)
    sha256 = sha256_file(path)
    if sha256 != clip.sha256:
        message = f"The master {clip.name} is not what was taken in ({clip.sha256[:12]} then, {sha256[:12]} now)."
        raise SourceChanged(message)
    same = sum(one.name.casefold() == clip.name.casefold() for one in _request.clips) > 1
    name = f"{clip.sha256[:8]}_{clip.name}" if same else clip.name
    return Exhibit(clip, name if name[:1].isalnum() else plain_name(name), path, sha256, None)


def _copy(office: Office, request: Asked, clip: ClipRow) -> Exhibit:
    """Give the redacted copy of CLIP. Raises NotPermitted where there is none, or not of what was decided last."""
    again = f'Make it: redact render "{request.reference}" --clip "{clip.name}"'
    made = copy_made(office, request.reference, clip)
    if made is None:
        message = f"There is no redacted copy of {clip.name}, or it is not the one that was recorded."
        raise NotPermitted(message, again)
    if not made.passed:
        message = f"The copy of {clip.name} failed a check and was withheld."
        raise NotPermitted(message, f"Read its report, and make it again. {again}")
    _, scan = scanned(office, request.reference, clip)
    now = basis_of(clip, scan, digest_of(rulings(office, request.reference, clip, scan)))
    number, code = copy_number(office, request.reference), recipient_code(request.intake.recipient)
    if made.fact("basis") != now:
        message = f"The copy of {clip.name} is out of date: a scan or a decision is newer."
        raise NotPermitted(message, again)
    settings = made.event.data["settings"]
    if made.event.data["number"] != number or not settings["recipient"].startswith(code):
        message = f"The copy of {clip.name} names another copy number or recipient than copy {number} for {code}."
        raise NotPermitted(message, again)
    return Exhibit(clip, made.file("redacted.mp4").name, made.file("redacted.mp4"), made.fact("copy"), made)
