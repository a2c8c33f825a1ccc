"""What leaves: all of it at a glance, a second person's approval, the release, the package and the key to check it."""

from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from pydantic import BaseModel, Field

from redact.case.approving import Parcel, approve, approved, approvers, leaves_native, makers, parcel
from redact.case.asked import still_open
from redact.case.deciding import rulings
from redact.case.drafting import draft_of, drafted
from redact.case.footage import last_scan
from redact.case.handing import left, public_keys
from redact.case.looking import spent
from redact.errors import NotPermitted
from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.governance.rules.authority import Action
from redact.governance.rules.grounds import WORDS
from redact.package.public_key import fingerprint
from redact.records.kinds import Verdict
from redact.review.access.deps import Case, DeskOf, Records, Signed
from redact.review.api.copies import warnings_of
from redact.review.api.jobs import JobFacts, facts_of
from redact.review.api.sent import Sent
from redact.review.api.worklist import SpentFacts, spent_facts
from redact.review.words import Turned, facts
from redact.review.work.job import Job, JobKind
from redact.review.work.queue import Jobs

__all__ = ["router"]

router = APIRouter(tags=["what leaves"])

BINARY: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": {}}}}
PEM: dict[int | str, dict[str, Any]] = {200: {"content": {"application/x-pem-file": {}}}}


class Who(BaseModel):
    """Somebody of the organisation."""

    account: str
    name: str


class ExhibitFacts(BaseModel):
    """A piece of footage that would leave."""

    clip: str = Field(description="SHA-256 of the master")
    name: str = Field(description="Of its file in the package")
    sha256: str
    companion: bool = Field(description="It is no footage, but came with it")
    made_at: str | None
    by: str | None
    settings: dict[str, Any]
    warnings: list[str]


class ShownPerson(BaseModel):
    """Somebody who is visible in what would leave."""

    clip: str
    subject: str
    name: str
    ground: str
    words: str = Field(description="The ground, as it stands in a sentence")
    reason: str
    by: str


class Given(BaseModel):
    """That it was approved."""

    by: str
    name: str
    at: str


class ParcelFacts(BaseModel):
    """All that would leave now."""

    reference: str
    kind: str
    native: bool = Field(description="The recordings themselves, bit for bit")
    copy_number: int
    recipient: str
    recipient_code: str
    digest: str = Field(description="Of all of it: send it with the approval, so that nothing else is approved")
    exhibits: list[ExhibitFacts]
    shown: list[ShownPerson]
    warnings: list[str]
    makers: list[str] = Field(description="Names of those who decided or made it; none of them can approve it")
    may_approve: list[Who]
    looked: list[SpentFacts] = Field(description="Who looked at the places to look first at, and for how long")
    approved: Given | None
    hindrance: dict[str, Any] | None = Field(description="Why it cannot be released yet: message, remedy, code")
    letter: str = Field(description="The letter that goes with it, as a draft: the digest covers it, and the report")


class Approval(Sent):
    """That what would leave is approved."""

    watched: bool = Field(description="Every copy was watched from beginning to end")
    native: bool = False
    digest: str = Field(pattern="^[0-9a-f]{64}$", description="Of what was looked at, as the parcel has it")


class Release(Sent):
    """How what was approved is to be released."""

    native: bool = False
    passphrase: str | None = Field(
        default=None, max_length=1000, repr=False, description="Of the organisation's key, where it has one"
    )


class KeyFacts(BaseModel):
    """A key that signs releases."""

    fingerprint: str
    created: str
    expires: str
    days_left: int


@router.get("/api/requests/{ref}/parcel", summary="What would leave")
def shown(office: Records, reference: Case, native: bool | None = None) -> ParcelFacts:
    """Tell what would leave now, who is shown in it, who may approve it, and whether somebody did.

    Answers 409 with what is missing where nothing can leave yet. Agencies get the recordings themselves, NATIVE, unless
    a copy was made for them.
    """
    try:
        leaving = parcel(
            office, reference, native=leaves_native(office, reference) if native is None else native, read=False
        )
    except NotPermitted as missing:  # it was only asked how far it is
        raise Turned(409, str(missing.code), missing.problem, *missing.advice.about(reference).parts) from missing
    given, hindrance = None, None
    try:
        approval = approved(office, leaving).approval
        given = Given(by=approval.by, name=office.organisation.called(approval.by), at=approval.at)
    except NotPermitted as missing:
        hindrance = facts(missing)
    accounts, exhibits = makers(office, leaving).accounts, _exhibits(leaving)
    return ParcelFacts(
        reference=reference,
        kind=leaving.request.row.kind,
        native=leaving.native,
        copy_number=leaving.number,
        recipient=leaving.request.intake.recipient,
        recipient_code=leaving.code,
        digest=leaving.digest,
        exhibits=exhibits,
        shown=_visible(office, leaving),
        warnings=[*leaving.remarks, *(line for exhibit in exhibits for line in exhibit.warnings)],
        makers=sorted(office.organisation.called(account) for account in accounts),
        may_approve=[Who(account=one, name=office.organisation.called(one)) for one in approvers(office, leaving)],
        looked=spent_facts(office, spent(office, reference)),
        approved=given,
        hindrance=hindrance,
        letter=drafted(office, leaving).letter,
    )


@router.get(
    "/api/requests/{ref}/draft", summary="Letter or report before they are signed", response_class=PlainTextResponse
)
def draft(office: Records, reference: Case, what: Literal["letter", "report"] = "letter") -> Response:
    """Give WHAT the requester is told next, as a draft: what is approved is just that."""
    papers = draft_of(office, reference)
    if what == "report":
        return HTMLResponse(papers.report, headers={"content-disposition": 'attachment; filename="report-draft.html"'})
    return PlainTextResponse(papers.letter)


@router.post("/api/requests/{ref}/approval", status_code=201, summary="Approve what would leave")
def given(office: Records, reference: Case, approval: Approval) -> Given:
    """Approve it as a second person. Answers 409 where something else would leave than what was looked at."""
    approve(office, reference, native=approval.native, watched=approval.watched, digest=approval.digest)
    event = office.register.events(reference, (EventKind.APPROVED,))[-1]
    return Given(by=event.by, name=office.organisation.called(event.by), at=event.at)


@router.post("/api/requests/{ref}/release", status_code=202, summary="Release what was approved")
def released(office: Records, session: Signed, desk: DeskOf, reference: Case, wanted: Release) -> JobFacts:
    """Have the signed package put together, as one file in the folder of the case."""
    office.permit(Action.RELEASE, reference)
    with office.refusals(reference):
        still_open(office, reference)
        approved(office, parcel(office, reference, native=wanted.native, read=False))
    job = Job(JobKind.RELEASE, reference, session.account, given={"native": wanted.native})
    return facts_of(desk.part(Jobs).submit(job, session.own, wanted.passphrase))


@router.get("/api/requests/{ref}/package", summary="The package", response_class=FileResponse, responses=BINARY)
def package(office: Records, reference: Case, copy: int | None = None) -> FileResponse:
    """Give the package that was released last, or as COPY of that number."""
    office.permit(Action.RELEASE, reference)
    rows = [row for row in office.register.releases(reference=reference) if row.state == "released"]
    row = next((row for row in reversed(rows) if copy in {None, row.copy_number}), None)
    path = Path(row.path) if row and not row.purged_at else None
    if path is None or not path.is_file():
        message = f"There is no package of {reference} here."
        raise Turned(404, "no-package", message, "It was not released yet, was released elsewhere, or was deleted.")
    return FileResponse(path, media_type="application/zip", filename=path.name)


@router.get("/api/key", summary="The organisation's public key", response_class=Response, responses=PEM)
def key(office: Records) -> Response:
    """Give the public half of the key that signs, for recipients: it is no secret."""
    known = public_keys(office)[0]
    headers = {"content-disposition": 'attachment; filename="organisation-key.pem"'}
    return Response(known.public_key, media_type="application/x-pem-file", headers=headers)


@router.get("/api/key/facts", summary="Which key signs, and until when")
def key_facts(office: Records) -> KeyFacts:
    """Tell the fingerprint, which is read out to recipients, and for how long the key signs."""
    known = public_keys(office)[0]
    print_ = fingerprint(known.keyid)
    return KeyFacts(fingerprint=print_, created=known.created, expires=known.expires, days_left=left(known))


def _exhibits(leaving: Parcel) -> list[ExhibitFacts]:
    return [
        ExhibitFacts(
            clip=exhibit.clip.sha256,
            name=exhibit.name,
            sha256=exhibit.sha256,
            companion=exhibit.companion,
            made_at=exhibit.made.event.at if exhibit.made else None,
            by=exhibit.made.event.by if exhibit.made else None,
            settings=exhibit.made.event.data["settings"] if exhibit.made else {},
            warnings=[f"{exhibit.name}: {line}" for line in warnings_of(exhibit.made)] if exhibit.made else [],
        )
        for exhibit in leaving.exhibits
    ]


def _visible(office: Office, leaving: Parcel) -> list[ShownPerson]:
    """List who is visible in what is LEAVING, by the last word on each."""
    if leaving.native:
        return []
    reference = leaving.request.reference
    return [
        ShownPerson(
            clip=clip.sha256,
            subject=ruling.subject,
            name=ruling.name,
            ground=ruling.ground,
            words=WORDS[ruling.ground],
            reason=ruling.reason,
            by=office.organisation.called(ruling.by),
        )
        for clip in leaving.request.clips
        for ruling in rulings(office, reference, clip, str(last_scan(office, reference, clip).get("scan", "")))
        if ruling.verdict is Verdict.VISIBLE
    ]
