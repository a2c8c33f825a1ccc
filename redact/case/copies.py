"""Redacted copies of a case: made of the scan and the decisions, checked, and kept until they leave or are purged."""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redact.advice import Given, Step, Task
from redact.case.answered import apart
from redact.case.asked import still_open
from redact.case.correcting import corrections, drawn, muted
from redact.case.correcting import digest_of as drawn_digest
from redact.case.deciding import digest_of, rulings, seeds, wording
from redact.case.folder import LONG, copy_folder, copy_locked, exhibit_name, locked
from redact.case.footage import check_attached, last_scan, master, scanned
from redact.errors import NotPermitted, Refusal
from redact.files import canonical_json, sha256_bytes, sha256_file
from redact.governance.ledger.events import EventKind
from redact.governance.rules.authority import Action
from redact.jobs.options import Options
from redact.jobs.release import Filing, make_release
from redact.package.names import PLAN
from redact.progress import silent
from redact.request.choices import NATIVE, Audio, Hide, RequestKind
from redact.request.model import Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from redact.case.asked import Asked
    from redact.case.correcting import Correction
    from redact.case.deciding import Ruling
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.jobs.release import Release
    from redact.progress import Progress
    from redact.records.tracks import Detector
    from redact.verify.acceptance import Acceptance

__all__ = [
    "How",
    "RecordedCopy",
    "basis_now",
    "basis_of",
    "copy_made",
    "copy_number",
    "is_stale",
    "marked_for",
    "recipient_code",
    "render_copy",
    "wanted_of",
]

CODE = 6
"""Letters of a recipient's code."""

LONGEST = 80
"""Letters of the recipient in the watermark."""


@dataclass(frozen=True, slots=True)
class How:
    """How a copy is to be made."""

    settings: Mapping[str, Any]
    """Fields of Request: what to hide, and how."""
    accept_damage: bool = False
    accept: Acceptance | None = None
    police: bool = False
    """Whoever asks knows that an agency normally receives the master, and wants a redacted copy all the same."""


@dataclass(frozen=True, slots=True)
class RecordedCopy:
    """A redacted copy as it was recorded."""

    event: Event
    folder: Path

    def fact(self, name: str) -> str:
        """Give what was recorded under NAME: basis, plan, copy, manifest, name."""
        return str(self.event.data[name])

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return bool(self.event.data["passed"])

    def file(self, ending: str) -> Path:
        """Say where the file of the copy with ENDING is."""
        return self.folder / f"{self.fact('name')}.{ending}"


def recipient_code(recipient: str) -> str:
    """Give the code that stands for RECIPIENT on every copy: the same person has the same one."""
    digest = hashlib.sha256(" ".join(unicodedata.normalize("NFKC", recipient).casefold().split()).encode()).digest()
    return base64.b32encode(digest).decode()[:CODE]


def marked_for(recipient: str) -> str:
    """Give what a copy for RECIPIENT says of them in its watermark: their code, and as much of the name as fits."""
    return f"{recipient_code(recipient)} {recipient}"[:LONGEST].strip()


def copy_number(office: Office, reference: str) -> int:
    """Give the number of the next copy that is released for REFERENCE."""
    taken = [row.copy_number for row in office.register.releases(reference=reference) if row.state != "abandoned"]
    return max(taken, default=0) + 1


def render_copy(
    office: Office,
    reference: str,
    clip: ClipRow,
    how: How,
    detectors: Sequence[Detector],
    *,
    progress: Progress = silent,
) -> Release:
    """Make the redacted copy of CLIP for the request REFERENCE, check it, and record what it was made of.

    Raises NotPermitted where the request's kind receives the master and nobody said that they know.
    """
    office.permit(Action.RENDER, reference)
    with office.refusals(reference), copy_locked(office, reference, clip) as folder, ExitStack() as held:

        def claim() -> None:
            """Hold the case from here on, if the copy is still asked for."""
            held.enter_context(locked(office, reference, tries=LONG))
            check_attached(still_open(office, reference), clip)

        with locked(office, reference):  # only to look: decisions that come while it is made make the copy stale
            request = still_open(office, reference)
            check_attached(request, clip)
            _check_kind(request, how)
            scan, scan_sha256 = scanned(office, reference, clip)
            decided = rulings(office, reference, clip, scan_sha256)
            corrected = corrections(office, reference, clip, scan_sha256)
            number = copy_number(office, reference)
            wanted = wanted_of(office, request, how.settings, decided, corrected)
            filing = Filing(
                scan,
                exhibit_name(reference, number, clip, request.clips),
                _decided_by(office, len(decided), len(corrected)),
                wording(reference, clip, decided),
                drawn(corrected),
                apart(office, reference, clip, scan_sha256),
            )
        release = make_release(
            master(office, clip),
            folder,
            wanted,
            detectors,
            Options(accept_damage=how.accept_damage, accept=how.accept),
            filing=filing,
            progress=progress,
            claim=claim,
        )
        for path in folder.glob(f"{filing.name}.*"):
            office.keep(path)
        basis = basis_of(clip, scan_sha256, digest_of(decided), drawn_digest(corrected))
        facts = _facts(release, filing.name, folder) | {"basis": basis, "settings": wanted.plain(), "number": number}
        office.record(office.event(EventKind.RENDERED, reference=reference, clip=clip.sha256, data=facts))
    return release


def basis_of(clip: ClipRow, scan: str, decisions: str, corrections: str = "") -> str:
    """Give the digest of what a copy is made of; where it changes, the copy is stale."""
    made_of = {"master": clip.sha256, "scan": scan, "decisions": decisions}
    return sha256_bytes(canonical_json(made_of | ({"corrections": corrections} if corrections else {})))


def basis_now(office: Office, reference: str, clip: ClipRow, scan: str) -> str:
    """Give the digest of what a copy of CLIP for the request REFERENCE would be made of now, of SCAN, a digest."""
    decided, corrected = rulings(office, reference, clip, scan), corrections(office, reference, clip, scan)
    return basis_of(clip, scan, digest_of(decided), drawn_digest(corrected))


def is_stale(office: Office, reference: str, clip: ClipRow, copy: RecordedCopy) -> bool:
    """Tell whether COPY of CLIP is of another scan, decision or correction than the last; it believes the record."""
    scan = str(last_scan(office, reference, clip).get("scan", ""))
    return copy.fact("basis") != basis_now(office, reference, clip, scan)


def wanted_of(
    office: Office,
    request: Asked,
    settings: Mapping[str, Any],
    decided: Sequence[Ruling],
    corrected: Sequence[Correction],
) -> Request:
    """Put together what a copy for REQUEST is to be: with SETTINGS, whoever was DECIDED on, and what was CORRECTED.

    Whoever no decision lets be seen is hidden, whatever the settings say.
    """
    fixed = {
        "hide": tuple(Hide),
        "reference": request.reference,
        "kind": request.row.kind,
        "recipient": marked_for(request.intake.recipient),
        "copy_number": copy_number(office, request.reference),
        "keep": seeds(decided),
    }
    wanted = Request().override({**settings, **fixed})
    silent = muted(corrected, wanted.mute) if wanted.audio is Audio.KEEP else wanted.mute
    return wanted if silent == wanted.mute else wanted.override({"mute": silent})


def copy_made(office: Office, reference: str, clip: ClipRow, *, read: bool = True) -> RecordedCopy | None:
    """Give the last copy of CLIP that was made for REFERENCE, if its files are still those that were recorded.

    Without READ it is enough that they are there: to say what comes next, not to let anything go.
    """
    events = office.register.events(reference=reference, kinds=(EventKind.RENDERED,), clip=clip.sha256)
    if not events:
        return None
    copy = RecordedCopy(events[-1], copy_folder(office, reference, clip.sha256))
    files = {"redacted.mp4": "copy", "manifest.json": "manifest", PLAN: "plan"} if copy.passed else {}
    same = all(
        copy.file(end).is_file() and (not read or sha256_file(copy.file(end)) == copy.fact(name))
        for end, name in files.items()
    )
    return copy if same else None


def _facts(release: Release, name: str, folder: Path) -> dict[str, Any]:
    """What is recorded of a copy."""
    return {
        "name": name,
        "passed": not release.withheld,
        "copy": sha256_file(release.copy),
        "manifest": sha256_file(release.manifest) if release.manifest else "",
        "plan": sha256_file(folder / f"{name}.{PLAN}"),
        "warnings": list(release.warnings),
    }


def _check_kind(request: Asked, how: How) -> None:
    """Raise NotPermitted where an agency asks, which receives the master, and nobody said that they know."""
    if RequestKind(request.row.kind) in NATIVE and not how.police:
        message = (
            f"{request.reference} is a {request.row.kind} request. An agency normally receives the master bit for bit: "
            "a redacted copy is another exhibit, and may be useless as evidence."
        )
        raise NotPermitted(
            message,
            "Release the master: ",
            Step(Task.RELEASE, request.reference, (Given.NATIVE,)),
            ". If a redacted copy was asked for: ",
            Given.ANYWAY,
            code=Refusal.MASTER_DUE,
        )


def _decided_by(office: Office, count: int, corrected: int) -> str:
    decisions = f"{count} decision{'s' * (count != 1)} on its record" if count else "the rule that hides everyone"
    more = f", and {corrected} correction{'s' * (corrected != 1)}" if corrected else ""
    return f"{office.organisation.name}, by {decisions}{more}"
