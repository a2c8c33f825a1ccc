"""The second pair of eyes: what exactly would leave, and that somebody else has approved just that."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redact.advice import Given, Step, Task
from redact.case.asked import about, asked, still_open
from redact.case.copies import basis_now, copy_made, copy_number, marked_for, recipient_code
from redact.case.folder import locked, plain_name
from redact.case.footage import master, scanned
from redact.errors import ChangedMeanwhile, NotPermitted, Refusal, SourceChanged, UsageProblem
from redact.files import canonical_json, sha256_bytes, sha256_file
from redact.governance.ledger.events import DECIDING, EventKind
from redact.governance.rules.authority import (
    Action,
    Approval,
    allowed,
    camera_approvers,
    check_approval,
    check_cameras,
    four_eyes,
    permit,
)
from redact.package.manifest import Manifest
from redact.package.record import safe
from redact.request.choices import NATIVE, RequestKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from redact.advice import Part
    from redact.case.asked import Asked
    from redact.case.copies import RecordedCopy
    from redact.governance.ledger.lines import Entry
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow

__all__ = [
    "LETTER",
    "REPORT",
    "Approved",
    "Exhibit",
    "Hands",
    "Parcel",
    "approve",
    "approved",
    "approvers",
    "leaves_native",
    "makers",
    "parcel",
]

REPORT, LETTER = "report", "letter.txt"
"""What lies beside the footage in a release; the report as a page and as a PDF."""

TAKEN = frozenset({f"{REPORT}.html", f"{REPORT}.pdf", LETTER})
"""Names that no footage has there."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One piece of footage that is to leave."""

    clip: ClipRow
    name: str
    """Of its file in the release."""
    path: Path
    sha256: str
    made: RecordedCopy | None
    """None where it is the master itself, bit for bit."""
    manifest: Manifest | None = None
    """Of a copy, from the very bytes that are approved; None where they were not read."""


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
    def cameras(self) -> tuple[str, ...]:
        """The cameras that recorded it, as far as they are named."""
        return tuple(dict.fromkeys(exhibit.clip.camera for exhibit in self.exhibits if exhibit.clip.camera))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was noted when the copies were made, for whoever approves or releases them."""
        return tuple(
            f"{exhibit.name}: {line}"
            for exhibit in self.exhibits
            if exhibit.made
            for line in exhibit.made.event.data["warnings"]
        )

    @property
    def digest(self) -> str:
        """Give the SHA-256 of what is approved."""
        return sha256_bytes(canonical_json(self.what))

    @property
    def what(self) -> dict[str, Any]:
        """Spell out what is approved: every plan and copy, what is said of it, and who gets them."""
        exhibits = [
            {
                "clip": exhibit.clip.sha256,
                "name": exhibit.name,
                "sha256": exhibit.sha256,
                "described": _described(exhibit.clip),
            }
            | ({"plan": exhibit.made.fact("plan"), "manifest": exhibit.made.fact("manifest")} if exhibit.made else {})
            for exhibit in sorted(self.exhibits, key=lambda exhibit: exhibit.clip.sha256)
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


@dataclass(frozen=True, slots=True)
class Hands:
    """Who signed something, by account and by key."""

    accounts: frozenset[str]
    keyids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Approved:
    """An approval, its line in the ledger, and whose work it is of."""

    approval: Approval
    line: Entry
    makers: Hands


def _described(clip: ClipRow) -> dict[str, Any]:
    """What the report and the letter say of CLIP, besides what is in its copy."""
    return {"camera": clip.camera, "starts": clip.starts, "clock_offset_s": clip.clock_offset_s}


def parcel(office: Office, reference: str, *, native: bool, read: bool = True) -> Parcel:
    """Put together what would leave for REFERENCE now: redacted copies, or NATIVE the masters bit for bit.

    Without READ no file is compared with its digest: to say what comes next, not to let anything go. Raises
    NotPermitted where that kind of request does not get masters or a copy is missing, stale or withheld.
    """
    request = still_open(office, reference)
    if native and RequestKind(request.row.kind) not in NATIVE:
        message = (
            f"{reference} is a {request.row.kind} request. Masters show third parties, and leave bit for bit only for "
            "the police and for agencies that the law entitles."
        )
        steps = Step(Task.RENDER, reference), ", and ", Step(Task.RELEASE, reference)
        raise NotPermitted(message, "Release redacted copies: ", *steps, code=Refusal.MASTER_NOT_DUE)
    if not request.clips:
        message = f"No footage is attached to {reference}."
        attach, close = Step(Task.ATTACH, reference, (Given.FILE,)), Step(Task.CLOSE_REQUEST, reference)
        raise NotPermitted(message, "Attach it: ", attach, "; or close the request: ", close, code=Refusal.NO_FOOTAGE)
    make = _master if native else _copy
    exhibits = tuple(make(office, request, clip, read=read) for clip in request.clips)
    _check_names(exhibits, request)
    return Parcel(request, native, copy_number(office, reference), exhibits)


def approve(office: Office, reference: str, *, native: bool, watched: bool, digest: str = "") -> Parcel:
    """Let whoever is at work approve what would leave for REFERENCE, WATCHED from beginning to end.

    DIGEST is of what they were shown, where that is known. Raises NotPermitted where they decided on it or made it
    themselves, ChangedMeanwhile where something else than that would leave by now.
    """
    office.permit(Action.APPROVE, reference)
    if not watched:
        message = "Whoever approves has watched every copy from beginning to end."
        raise UsageProblem(message, "Watch them, and say so with ", Given.WATCHED, ".")
    with office.from_ledger() as sure, locked(sure, reference), sure.refusals(reference):
        leaving = parcel(sure, reference, native=native)
        if digest not in {"", leaving.digest}:
            message = f"What would leave for {reference} is not what you looked at any more."
            raise ChangedMeanwhile(message, "Look at what would leave now, and approve that.")
        check_eyes(Hands(frozenset({sure.user}), frozenset({sure.keyid})), makers(sure, leaving))
        check_cameras(sure.organisation, sure.user, leaving.cameras)
        data = {"digest": leaving.digest, "native": native, "copy_number": leaving.number, "watched": True}
        sure.record(sure.event(EventKind.APPROVED, reference=reference, data=data))
    return leaving


def approved(office: Office, leaving: Parcel) -> Approved:
    """Give the approval of all that is LEAVING, as its line in the ledger says it, whose signature holds.

    Raises NotPermitted without one, or where it is of another.
    """
    lines = office.witnessed(EventKind.APPROVED, reference=leaving.request.reference)
    signed = [line for line in lines if line.keyid]  # one of before people had keys is nobody's word
    last = signed[-1] if signed else None
    recorded = Approval(last.event.by, last.event.at, last.event.data["digest"]) if last else None
    approval, first = check_approval(recorded, leaving.digest, what="plan, copy or recipient"), makers(office, leaving)
    permit(office.organisation, approval.by, Action.APPROVE)  # who gave it may have lost the role since
    check_cameras(office.organisation, approval.by, leaving.cameras)
    line = signed[-1]
    check_eyes(Hands(frozenset({approval.by}), frozenset({line.keyid})), first)
    return Approved(approval, line, first)


def makers(office: Office, leaving: Parcel) -> Hands:
    """Give everyone who decided on what is LEAVING or made it: of masters, whoever attached them."""
    kinds = (EventKind.ATTACHED,) if leaving.native else (*DECIDING, EventKind.RENDERED)
    lines = office.witnessed(*kinds, reference=leaving.request.reference)
    return Hands(frozenset(line.event.by for line in lines), frozenset(line.keyid for line in lines if line.keyid))


def approvers(office: Office, leaving: Parcel) -> tuple[str, ...]:
    """Name the accounts that may approve what is LEAVING: whoever may approve, and is none of its makers."""
    hands = makers(office, leaving).accounts
    people = office.organisation.people.items()
    may = camera_approvers(office.organisation, leaving.cameras)
    some = (one for one, person in people if one not in hands and Action.APPROVE in allowed(person.roles))
    return tuple(one for one in some if may is None or one in may)


def leaves_native(office: Office, reference: str) -> bool:
    """Tell whether it is masters that would leave for REFERENCE: agencies get them, unless a copy was made for them."""
    made = office.register.events(reference, (EventKind.RENDERED,))
    return RequestKind(asked(office, reference).row.kind) in NATIVE and not made


def check_eyes(second: Hands, first: Hands) -> None:
    """Raise NotPermitted where the SECOND person is among the FIRST, by account or by key."""
    (account,) = second.accounts
    four_eyes(account, {*first.accounts, *([account] if second.keyids & first.keyids else [])})


def _check_names(exhibits: tuple[Exhibit, ...], request: Asked) -> None:
    """Raise NotPermitted where two EXHIBITS have one name, of which only one could leave."""
    by_name: dict[str, Exhibit] = {}
    for exhibit in exhibits:
        other = by_name.setdefault(_folded(exhibit.name), exhibit)
        if other is not exhibit:
            message = f"The copies of {other.clip.name} and {exhibit.clip.name} have one name, {exhibit.name}."
            raise NotPermitted(
                message,
                "Make one of them again: ",
                Step(Task.RENDER, request.reference, about(exhibit.clip)),
                code=Refusal.SAME_NAME,
            )


def _master(office: Office, request: Asked, clip: ClipRow, *, read: bool) -> Exhibit:
    """Give the master of CLIP as an exhibit. Raises SourceChanged where it is not what was taken in."""
    path = master(office, clip)
    sha256 = sha256_file(path) if read else clip.sha256
    if sha256 != clip.sha256:
        message = f"The master {clip.name} is not what was taken in ({clip.sha256[:12]} then, {sha256[:12]} now)."
        raise SourceChanged(message)
    return Exhibit(clip, _native_name(request, clip), path, sha256, None)


def _native_name(request: Asked, clip: ClipRow) -> str:
    """Name the master of CLIP in a release: as it was called, unless a package, or another clip, forbids that."""
    name = _plain(clip)
    alike = [attached for attached in request.clips if _folded(_plain(attached)) == _folded(name)]
    return f"{clip.sha256[:8]}_{name}" if len(alike) > 1 or _folded(name) in TAKEN else name


def _plain(clip: ClipRow) -> str:
    return clip.name if safe(clip.name) else plain_name(clip.name)


def _folded(name: str) -> str:
    """NAME as some file systems compare it."""
    return unicodedata.normalize("NFC", name).casefold()


def _copy(office: Office, request: Asked, clip: ClipRow, *, read: bool) -> Exhibit:
    """Give the redacted copy of CLIP. Raises NotPermitted where there is none, or not of what was decided last."""
    again: tuple[Part, ...] = ("Make it: ", Step(Task.RENDER, request.reference, about(clip)))
    copy = copy_made(office, request.reference, clip, read=read)
    if copy is None:
        message = f"There is no redacted copy of {clip.name}, or it is not the one that was recorded."
        raise NotPermitted(message, *again, code=Refusal.NO_COPY)
    if not copy.passed:
        message = f"The copy of {clip.name} failed a check and was withheld."
        raise NotPermitted(message, "Read its report, and make it again. ", *again, code=Refusal.COPY_WITHHELD)
    _, scan_sha256 = scanned(office, request.reference, clip)
    if copy.fact("basis") != basis_now(office, request.reference, clip, scan_sha256):
        message = f"The copy of {clip.name} is out of date: a scan, a decision or a correction is newer."
        raise NotPermitted(message, *again, code=Refusal.COPY_STALE)
    number, recipient = copy_number(office, request.reference), request.intake.recipient
    _check_new(office, request, copy.event.data["number"], again)
    if copy.event.data["number"] != number or copy.event.data["settings"]["recipient"] != marked_for(recipient):
        code = recipient_code(recipient)
        message = f"The copy of {clip.name} names another copy number or recipient than copy {number} for {code}."
        raise NotPermitted(message, *again, code=Refusal.COPY_FOR_ANOTHER)
    path = copy.file("redacted.mp4")
    return Exhibit(clip, path.name, path, copy.fact("copy"), copy, _manifest(copy, again) if read else None)


def _check_new(office: Office, request: Asked, number: int, again: Sequence[Part]) -> None:
    """Raise NotPermitted where copy NUMBER of REQUEST has left already: nobody is to be sent it twice unawares."""
    for row in office.register.releases(reference=request.reference):
        if row.copy_number == number and row.state == "released":
            message = f"Copy {number} of {request.reference} was released already, on {row.at[:10]}, as {row.path}."
            remedy = "Send that one. If another copy is wanted, it gets a number of its own. "
            raise NotPermitted(message, remedy, *again, code=Refusal.RELEASED_ALREADY)


def _manifest(copy: RecordedCopy, again: Sequence[Part]) -> Manifest:
    """Read the manifest that was recorded with COPY. Raises NotPermitted where it is another now."""
    data = copy.file("manifest.json").read_bytes()
    if sha256_bytes(data) != copy.fact("manifest"):
        message = f"The manifest of {copy.fact('name')} is not the one that was recorded."
        raise NotPermitted(message, *again, code=Refusal.MANIFEST_CHANGED)
    return Manifest.model_validate_json(data)
