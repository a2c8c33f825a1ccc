"""What would leave: every piece of footage as it stands, for whom, and as which copy."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from redact.advice import Given, Step, Task
from redact.case.asked import about, asked, still_open
from redact.case.companions import companions
from redact.case.copies import basis_now, copy_made, copy_number, marked_for, recipient_code
from redact.case.folder import plain_name
from redact.case.footage import master, scan_there
from redact.errors import NotPermitted, Refusal, SourceChanged
from redact.files import canonical_json, sha256_bytes, sha256_file
from redact.governance.ledger.events import EventKind
from redact.package.manifest import Manifest
from redact.package.record import safe
from redact.request.choices import NATIVE, RequestKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from redact.advice import Part
    from redact.case.asked import Asked
    from redact.case.copies import RecordedCopy
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow

__all__ = ["LETTER", "REPORT", "Exhibit", "Parcel", "gathered", "leaves_native"]

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
    companion: bool = False
    """Whether it is no footage, but came with it."""
    manifest: Manifest | None = None
    """Of a copy, from the very bytes that are approved; None where they were not read."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """All that is to leave, for whom, and as which copy."""

    request: Asked
    native: bool
    number: int
    exhibits: tuple[Exhibit, ...]
    papers: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of letter and report, as they were drafted."""

    @property
    def code(self) -> str:
        """The recipient's code."""
        return recipient_code(self.request.intake.recipient)

    @property
    def cameras(self) -> tuple[str, ...]:
        """The cameras that recorded it; empty in the place of one that is not named."""
        return tuple(dict.fromkeys(exhibit.clip.camera for exhibit in self.exhibits))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was noted when the copies were made, for whoever approves or releases them."""
        return self.remarks + tuple(
            f"{exhibit.name}: {line}"
            for exhibit in self.exhibits
            if exhibit.made
            for line in exhibit.made.event.data["warnings"]
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be thought about, whatever the copies are."""
        foi = self.request.kind is RequestKind.FOI
        return ("What leaves under freedom of information is given to the world.",) if foi else ()

    @property
    def digest(self) -> str:
        """Give the SHA-256 of what is approved."""
        return sha256_bytes(canonical_json(self.what))

    @property
    def what(self) -> dict[str, Any]:
        """Spell out what is approved: every plan and copy, letter and report, and who gets them."""
        exhibits = [
            {
                "clip": exhibit.clip.sha256,
                "name": exhibit.name,
                "sha256": exhibit.sha256,
                "described": _described(exhibit.clip),
            }
            | ({"plan": exhibit.made.fact("plan"), "manifest": exhibit.made.fact("manifest")} if exhibit.made else {})
            for exhibit in sorted(self.exhibits, key=lambda exhibit: (exhibit.clip.sha256, exhibit.companion))
        ]
        return {
            "version": "redact-approval/2",
            "reference": self.request.reference,
            "kind": self.request.row.kind,
            "recipient": self.request.intake.recipient,
            "copy_number": self.number,
            "native": self.native,
            "exhibits": exhibits,
            "papers": dict(self.papers),
        }


def _described(clip: ClipRow) -> dict[str, Any]:
    """What the report and the letter say of CLIP, besides what is in its copy."""
    return {"camera": clip.camera, "starts": clip.starts, "clock_offset_s": clip.clock_offset_s}


def gathered(office: Office, reference: str, *, native: bool, read: bool = True) -> Parcel:
    """Put together what would leave for REFERENCE now: redacted copies, or NATIVE the masters bit for bit.

    Without READ no footage is compared with its digest: to say what comes next, not to let anything go. Raises
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
    if native:
        exhibits += tuple(one for clip in request.clips for one in _companions(office, request, clip, read=read))
        exhibits = _apart(exhibits)
    _check_names(exhibits, request)
    return Parcel(request, native, copy_number(office, reference), exhibits)


def leaves_native(office: Office, reference: str) -> bool:
    """Tell whether it is masters that would leave for REFERENCE: agencies get them, unless a copy was made for them."""
    made = office.register.events(reference, (EventKind.RENDERED,))
    return RequestKind(asked(office, reference).row.kind) in NATIVE and not made


def _check_names(exhibits: tuple[Exhibit, ...], request: Asked) -> None:
    """Raise NotPermitted where two EXHIBITS have one name, of which only one could leave."""
    by_name: dict[str, Exhibit] = {}
    for exhibit in exhibits:
        other = by_name.setdefault(_folded(exhibit.name), exhibit)
        if other is not exhibit:
            if exhibit.companion:
                message = f"Two files would leave as {exhibit.name}: one came with {exhibit.clip.name}."
                advice = "Take that clip off, which takes off what came with it, and attach it again: "
                again = Step(Task.ATTACH, request.reference, (Given.FILE,))
                raise NotPermitted(message, advice, again, code=Refusal.SAME_NAME)
            message = f"The copies of {other.clip.name} and {exhibit.clip.name} have one name, {exhibit.name}."
            raise NotPermitted(
                message,
                "Make one of them again: ",
                Step(Task.RENDER, request.reference, about(exhibit.clip)),
                code=Refusal.SAME_NAME,
            )


def _master(office: Office, _request: Asked, clip: ClipRow, *, read: bool) -> Exhibit:
    """Give the master of CLIP as an exhibit. Raises SourceChanged where it is not what was taken in."""
    path = master(office, clip)
    sha256 = sha256_file(path) if read else clip.sha256
    if sha256 != clip.sha256:
        message = f"The master {clip.name} is not what was taken in ({clip.sha256[:12]} then, {sha256[:12]} now)."
        raise SourceChanged(message)
    return Exhibit(clip, _plain(clip.name), path, sha256, None)


def _companions(office: Office, request: Asked, clip: ClipRow, *, read: bool) -> Iterator[Exhibit]:
    """Give what came with the master of CLIP. Raises SourceChanged where it is not what was kept."""
    for one in companions(office, request.reference, clip):
        if not one.path.is_file() or (read and sha256_file(one.path) != one.sha256):
            message = f"{one.name}, which came with {clip.name}, is not what was kept ({one.sha256[:12]})."
            raise SourceChanged(message)
        yield Exhibit(clip, _plain(one.name), one.path, one.sha256, None, companion=True)


def _apart(exhibits: tuple[Exhibit, ...]) -> tuple[Exhibit, ...]:
    """Name EXHIBITS in a release: as they were called, but for the digest of their clip before a name met twice."""
    met = Counter(_folded(exhibit.name) for exhibit in exhibits)
    return tuple(
        replace(exhibit, name=f"{exhibit.clip.sha256[:8]}_{exhibit.name}")
        if met[name := _folded(exhibit.name)] > 1 or name in TAKEN
        else exhibit
        for exhibit in exhibits
    )


def _plain(name: str) -> str:
    return name if safe(name) else plain_name(name)


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
    _, scan_sha256 = scan_there(office, request.reference, clip)
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
    return Exhibit(clip, path.name, path, copy.fact("copy"), copy, manifest=_manifest(copy, again))


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
