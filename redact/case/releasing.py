"""The release: what was approved leaves, whole and signed, or nothing does.

A release is built where nobody sees it, recorded as begun with the digest of its envelope, shown under its name in one
step, and recorded as made. Whatever moment the program is killed at, the next command that takes the case over sees
from the digest which of the two it was, and records that. The bytes that leave are those that were approved: they are
digested once more as they are packed.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redact.advice import END, Sentence
from redact.case.approving import LETTER, REPORT, approved, parcel
from redact.case.folder import case_folder, locked, plain_name, recover
from redact.case.letters import release_letter
from redact.case.paperwork import case_facts, clock_offsets, covered, person, utc_now
from redact.document.html import to_html
from redact.document.pdf import to_pdf
from redact.errors import NotPermitted, RedactError, Refusal, SourceChanged
from redact.files import sha256_bytes, write_whole
from redact.governance.ledger.events import EventKind
from redact.governance.ledger.ledger import checkpoint
from redact.governance.people.keyring import claim_of
from redact.governance.rules.authority import Action
from redact.governance.rules.intake import problems
from redact.package.record import ApprovalProof, ApprovalRecord, FileRecord, ReleaseRecord
from redact.package.writer import prepared
from redact.report.case_report import case_report

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from redact.case.approving import Approved, Parcel
    from redact.document.document import Document
    from redact.governance.keys import SigningKey
    from redact.governance.ledger.events import Event
    from redact.governance.ledger.lines import Entry
    from redact.governance.office import Office
    from redact.package.writer import Package, Ready

__all__ = ["Released", "recover", "release", "sign_ledger"]

INTERNAL = "internal-report"


@dataclass(frozen=True, slots=True)
class Released:
    """A release that left."""

    id: str
    package: Package
    parcel: Parcel
    internal: Path
    """The internal report, which stays in the case folder."""
    warnings: tuple[str, ...]


def release(office: Office, reference: str, out: Path | None, *, native: bool, zipped: bool) -> Released:
    """Release what was approved for REFERENCE into the folder OUT, by default that of the case.

    Raises NotPermitted with the rule that is not met: no valid request, no approval or a void one, an expired key,
    footage past its retention.
    """
    office.permit(Action.RELEASE, reference)
    with office.from_ledger() as sure, locked(sure, reference) as folder, sure.refusals(reference):
        leaving = parcel(sure, reference, native=native)
        _check_valid(sure, leaving)
        approval, key = approved(sure, leaving), sure.signing_key(reference)
        target = (out or folder / "releases") / _package_name(leaving, zipped=zipped)
        return _release(sure, leaving, approval, key, target.absolute())


def sign_ledger(office: Office) -> Event:
    """Sign for every line of the ledger so far; gives the event that does."""
    key = office.signing_key()
    with office.ledger.locked() as held:
        event = checkpoint(held, key, office.user)
    office.record(event)
    return event


def _release(office: Office, leaving: Parcel, approval: Approved, key: SigningKey, target: Path) -> Released:
    """Build the package of what is LEAVING, and let it appear at TARGET."""
    reference, made_at = leaving.request.reference, utc_now()
    release_id = f"{reference}/{leaving.number}-{leaving.digest[:12]}"
    record = _record(office, leaving, approval, release_id, made_at)
    facts = case_facts(office, leaving, approval.approval, release_id, made_at)
    files: dict[str, Path | bytes] = {exhibit.name: exhibit.path for exhibit in leaving.exhibits}
    files |= _paper(case_report(facts), REPORT)
    digests = {exhibit.name: exhibit.sha256 for exhibit in leaving.exhibits}
    digests |= {name: sha256_bytes(data) for name, data in files.items() if isinstance(data, bytes)}
    files[LETTER] = release_letter(office, leaving, digests).encode()
    number = uuid.uuid4().hex
    with prepared(files, record, key, target, zipped=target.suffix == ".zip") as ready:
        _check_packed(leaving, ready)
        internal = _file_internal(office, leaving, case_report(facts, internal=True))
        begun = {
            "release": number,
            "native": leaving.native,
            "recipient": leaving.request.intake.recipient,
            "recipient_code": leaving.code,
            "copy_number": leaving.number,
            "path": str(target),
            "device": target.parent.stat().st_dev,
            "envelope": ready.digest,
            "files": dict(ready.made.files),
        }
        office.record(office.event(EventKind.RELEASE_BEGUN, reference=reference, data=begun))
        package = _published(office, reference, ready)
    office.record(office.event(EventKind.RELEASED, reference=reference, data={"release": number}))
    sign_ledger(office)
    return Released(release_id, package, leaving, internal, leaving.warnings)


def _check_valid(office: Office, leaving: Parcel) -> None:
    """Raise NotPermitted where something is missing for the request to be valid."""
    reference = leaving.request.reference
    wrong = problems(leaving.request.intake, office.register.events(reference=reference))
    if wrong:
        lines = (f"{reference} is not a valid request yet:", *(f"  {lack.what}" for lack in wrong))
        ways = [part for lack in wrong for part in (END, "  ", *lack.way)]
        raise NotPermitted(Sentence.of_lines(lines), "Put that right:", *ways, code=Refusal.REQUEST_INVALID)


def _check_packed(leaving: Parcel, ready: Ready) -> None:
    """Raise SourceChanged where what was packed is not, byte for byte, what is LEAVING and was approved."""
    for exhibit in leaving.exhibits:
        packed = ready.made.files.get(exhibit.name)
        if packed != exhibit.sha256:
            message = f"{exhibit.name} is not what was approved ({exhibit.sha256[:12]} then, {str(packed)[:12]} now)."
            raise SourceChanged(message, "Nothing was released. Look who changed it, and have it approved again.")


def _published(office: Office, reference: str, ready: Ready) -> Package:
    """Let the package that is READY appear. Where that fails, say at once whether it is there all the same."""
    try:
        return ready.publish()
    except BaseException:
        with suppress(RedactError):  # such as a full disk; whoever takes the case over next says it
            recover(office, reference)
        raise


def _record(office: Office, leaving: Parcel, approval: Approved, release_id: str, made_at: datetime) -> ReleaseRecord:
    """Put down the facts of a release that its recipient can check."""
    masters = [
        FileRecord(name=exhibit.name, sha256=exhibit.sha256, size_bytes=exhibit.path.stat().st_size)
        for exhibit in leaving.exhibits
    ]
    manifests = [exhibit.manifest for exhibit in leaving.exhibits if exhibit.manifest]
    return ReleaseRecord(
        release_id=release_id,
        reference=leaving.request.reference,
        kind=leaving.request.row.kind,
        native=leaving.native,
        recipient=leaving.request.intake.recipient,
        recipient_code=leaving.code,
        copy_number=leaving.number,
        made_at=made_at.isoformat(timespec="seconds"),
        exhibits=tuple(exhibit.name for exhibit in leaving.exhibits),
        approved=_approval(office, leaving, approval),
        masters=tuple(masters) if leaving.native else (),
        manifests=tuple(manifests),
        completeness=covered(office, leaving.request, leaving.exhibits).sentences,
        clock_offsets=clock_offsets(leaving.request.clips),
    )


def _approval(office: Office, leaving: Parcel, approved: Approved) -> ApprovalRecord:
    """Put down who approved, as the recipient can check it."""
    approval, line = approved.approval, approved.line
    proof = ApprovalProof(
        organisation=office.founding.organisation,
        line=line.line.decode(),
        enrolments=tuple(entry.line.decode() for entry in _enrolments(office, line.keyid)),
        what=leaving.what,
        makers=tuple(sorted(approved.makers.keyids)),
    )
    return ApprovalRecord(by=person(office, approval.by), at=approval.at, digest=approval.digest, proof=proof)


def _enrolments(office: Office, keyid: str) -> list[Entry]:
    """Give the lines that put keys on record, from the first key, or one under the organisation's, to KEYID."""
    lines = {claim_of(entry.event).key.keyid: entry for entry in office.witnessed(EventKind.ENROLLED)}
    chain = [lines[keyid]]
    while not {"founds", "endorsed"} & set(chain[0].event.data):
        chain.insert(0, lines[chain[0].keyid])
    return chain


def _paper(document: Document, name: str) -> dict[str, bytes]:
    """Give DOCUMENT as a page and as a PDF, under NAME."""
    return {f"{name}.html": to_html(document).encode(), f"{name}.pdf": to_pdf(document)}


def _file_internal(office: Office, leaving: Parcel, document: Document) -> Path:
    """Keep the internal report in the case folder; gives its page."""
    folder = office.folder("cases", case_folder(office, leaving.request.reference).name, "reports")
    head = f"copy-{leaving.number}.{INTERNAL}"
    for name, data in _paper(document, head).items():
        write_whole(folder / name, data)
        office.keep(folder / name)
    return folder / f"{head}.html"


def _package_name(leaving: Parcel, *, zipped: bool) -> str:
    """Name the package after the request and the copy."""
    name = f"{plain_name(leaving.request.reference)}_copy-{leaving.number}{'_native' if leaving.native else ''}"
    return f"{name}.zip" if zipped else name
