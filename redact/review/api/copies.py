"""The copy of a clip: having it made, and what came of it: checks, findings and the worst seconds, in pictures."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from redact.case.asked import still_open
from redact.case.copies import RecordedCopy, copy_made, is_stale
from redact.case.footage import check_attached, last_scan
from redact.case.sheet import viewed
from redact.case.shown import picture_of, shown_of
from redact.governance.office import Office
from redact.governance.register.register import ClipRow
from redact.governance.rules.authority import Action
from redact.package.names import OPERATORS, REPORT, WITHHELD
from redact.request.model import Request as Asked
from redact.request.model import parse_span
from redact.review.access.deps import Case, ClipOf, DeskOf, Records, Seen, Signed, reason_needed, spelt_reference
from redact.review.api.changes import PREFIX
from redact.review.api.jobs import JobFacts, facts_of
from redact.review.api.sent import Sent
from redact.review.words import Turned, of_report, plainly
from redact.review.work.job import Job, JobKind
from redact.review.work.queue import Jobs
from redact.verify.acceptance import accept
from redact.verify.remedies import remedy

__all__ = ["router", "warnings_of"]

router = APIRouter(prefix=PREFIX, tags=["copies"])

BOXED = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""What a report may do in a browser: be read."""

JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}}
PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}}}


class Wanted(Sent):
    """How a copy is to be made. What is left out is as it is by itself."""

    style: str | None = Field(default=None, description="blur, fill or pixelate")
    cover: str | None = Field(default=None, description="body, head or face")
    audio: str | None = Field(default=None, description="mute or keep")
    motion: str | None = Field(default=None, description="review, hide or ignore: what moves that nobody was found in")
    overlay: bool = Field(default=False, description="A faint mark across the picture")
    span: str | None = Field(default=None, max_length=60, description="Only this part, such as 00:10-01:30")
    accept_damage: bool = Field(default=False, description="Go on where pictures of the master are lost")
    accept: list[str] = Field(default_factory=list, max_length=1000, description="Findings that show nobody to hide")
    reason: str | None = Field(default=None, max_length=400, description="Why those show nobody to be hidden")
    anyway: bool = Field(default=False, description="An agency asked for a redacted copy, and not for the master")

    def settings(self) -> dict[str, Any]:
        """Give them as a copy is asked for. Raises UsageProblem."""
        words = {name: getattr(self, name) for name in ("style", "cover", "audio", "motion") if getattr(self, name)}
        chosen: dict[str, Any] = words | ({"overlay": True} if self.overlay else {})
        if self.span:
            parse_span(self.span)
            start, _, end = self.span.partition("-")
            chosen["span"] = {"from": start, "to": end}
        Asked().override(chosen)
        return chosen


class CheckFacts(BaseModel):
    """One thing that was checked."""

    name: str
    passed: bool
    found: str = Field(description="A sentence with what was measured")
    remedy: str = Field(description="What to do where it failed; else empty")


class Finding(BaseModel):
    """Something that the second look found outside the masks."""

    id: str
    kind: str
    time: str
    frame: int
    place: list[int] = Field(description="x0, y0, x1, y1 in px of the picture as seen")
    score: float
    standing: str = Field(description="open, accepted, or earlier: found on an earlier copy and hidden since")


class Proof(BaseModel):
    """A place at which a check failed."""

    number: int
    check: str
    time: str
    frame: int
    place: list[int]
    said: str


class Second(BaseModel):
    """A second to look first at."""

    second: int
    time: str
    picture: bool = Field(description="Whether there is a picture of the copy at it")


class CopyFacts(BaseModel):
    """The copy made last."""

    made_at: str
    by: str
    number: int
    passed: bool
    stale: bool = Field(description="Whether a scan, a decision or a correction is newer")
    rounds: int | None = Field(description="Copies made until the second look found nothing more")
    checks: list[CheckFacts]
    findings: list[Finding]
    evidence: list[Proof]
    warnings: list[str]
    look_first: list[Second]
    begins: str = Field(description="Time of the master at which it begins")
    settings: dict[str, Any] = Field(description="As it was asked for")


@router.post("/copies", status_code=202, summary="Make the redacted copy of a clip")
def made(  # noqa: PLR0917  all that a handler asks for
    office: Records, session: Signed, desk: DeskOf, reference: Case, clip: ClipOf, wanted: Wanted
) -> JobFacts:
    """Have the copy made and checked; it stays in the case until a second person has approved it."""
    office.permit(Action.RENDER, reference)
    with office.refusals(reference):
        check_attached(still_open(office, reference), clip)
    if not last_scan(office, reference, clip):
        raise Turned(409, "not-scanned", f"Nobody was looked for in {clip.name} yet.", "Have everyone found first.")
    accepted = accept(wanted.accept, wanted.reason, session.account)
    given: dict[str, Any] = {"settings": wanted.settings(), "accept_damage": wanted.accept_damage}
    given |= {"anyway": wanted.anyway} if wanted.anyway else {}
    given |= {"accept": {"ids": list(accepted.ids), "reason": accepted.reason}} if accepted else {}
    job = Job(JobKind.RENDER, reference, session.account, clip.sha256, given)
    return facts_of(desk.part(Jobs).submit(job, session.own))


@router.get("/copy", summary="The copy made last, and what came of it")
def copy_facts(office: Records, reference: Case, clip: ClipOf) -> CopyFacts:
    """Tell of the copy without showing it."""
    copy, told = _told(office, reference, clip)
    return CopyFacts(
        made_at=copy.event.at,
        by=copy.event.by,
        number=copy.event.data["number"],
        passed=copy.passed,
        stale=is_stale(office, reference, clip, copy),
        rounds=told.get("rounds"),
        checks=[_check(check) for check in told.get("checks", ())],
        findings=[Finding(**_without(finding)) for finding in told.get("findings", ())],
        evidence=[Proof(number=number, **_without(one)) for number, one in enumerate(told.get("evidence", ()))],
        warnings=warnings_of(copy),
        look_first=[Second(**{**one, "picture": bool(one["picture"])}) for one in told.get("look_first", ())],
        begins=told.get("begins", ""),
        settings=copy.event.data["settings"],
    )


@router.get("/copy/report", summary="The report of the copy", response_class=HTMLResponse, responses=PAGE)
def report(office: Records, reference: Case, clip: ClipOf) -> Response:
    """Show what the recipient is told of the copy; it has no picture in it."""
    copy = _copy(office, reference, clip)
    return _page(copy.file(REPORT if copy.passed else WITHHELD[REPORT]).read_bytes())


@router.get(
    "/copy/operators-report", summary="What was found, in pictures", response_class=HTMLResponse, responses=PAGE
)
def operators(request: Request, session: Signed, office: Records, reference: Case, clip: ClipOf) -> Response:
    """Show what was found and where to look first, for whoever made the copy alone; looking at it goes on record."""
    sitting = session.sittings.get((reference, clip.sha256))
    if sitting is None:
        if "text/html" in request.headers.get("accept", ""):  # the page of the clip asks for the reason
            return RedirectResponse(f"/requests/{spelt_reference(reference)}/clips/{clip.sha256}", 303)
        raise reason_needed(clip)
    copy = _copy(office, reference, clip)
    if copy.event.id not in session.reports:
        session.reports.add(copy.event.id)
        viewed(office, reference, clip, "operators-report", sitting.why)
    return _page(copy.file(OPERATORS if copy.passed else WITHHELD[OPERATORS]).read_bytes())


@router.get("/copy/findings/{name}/picture", summary="A finding", response_class=Response, responses=JPEG)
def finding(office: Records, reference: Case, clip: Seen, name: Annotated[str, Path(max_length=20)]) -> Response:
    """Show what the second look found, cut from the copy. It may show a third party."""
    _, told = _told(office, reference, clip)
    return _picture(next((one for one in told.get("findings", ()) if one["id"] == name), None))


@router.get("/copy/evidence/{number}/picture", summary="A check that failed", response_class=Response, responses=JPEG)
def evidence(office: Records, reference: Case, clip: Seen, number: Annotated[int, Path(ge=0, le=10_000)]) -> Response:
    """Show where a check failed: the master, what was to be written, and the copy. It may show a third party."""
    _, told = _told(office, reference, clip)
    known = told.get("evidence", ())
    return _picture(known[number] if number < len(known) else None)


@router.get("/copy/seconds/{second}/picture", summary="A second of the copy", response_class=Response, responses=JPEG)
def second(office: Records, reference: Case, clip: Seen, second: Annotated[int, Path(ge=0, le=2**31)]) -> Response:
    """Show the copy at one of the seconds to look first at."""
    _, told = _told(office, reference, clip)
    return _picture(next((one for one in told.get("look_first", ()) if one["second"] == second), None))


def warnings_of(copy: RecordedCopy) -> list[str]:
    """Give what was noted when COPY was made, in words of the page."""
    return [plainly(line) for line in copy.event.data["warnings"]]


def _copy(office: Office, reference: str, clip: ClipRow) -> RecordedCopy:
    """Give the copy made last. Raises Turned (404) where there is none."""
    copy = copy_made(office, reference, clip, read=False)
    if copy is None:
        raise Turned(404, "no-copy", f"No copy of {clip.name} was made for {reference} yet.", "Make one.")
    return copy


def _told(office: Office, reference: str, clip: ClipRow) -> tuple[RecordedCopy, dict[str, Any]]:
    """Give the copy made last, and what is shown of it."""
    copy = _copy(office, reference, clip)
    return copy, shown_of(copy)


def _check(check: dict[str, Any]) -> CheckFacts:
    return CheckFacts(**check, remedy="" if check["passed"] else of_report(remedy(check["name"])))


def _without(one: dict[str, Any]) -> dict[str, Any]:
    """Give ONE without its picture, which is asked for by itself."""
    return {name: value for name, value in one.items() if name != "picture"}


def _picture(one: dict[str, Any] | None) -> Response:
    picture = picture_of(one)
    if not picture:
        raise Turned(404, "no-picture", "There is no such picture.", "Load the page again.")
    return Response(picture, media_type="image/jpeg")


def _page(data: bytes) -> Response:
    return HTMLResponse(data, headers={"content-security-policy": BOXED})
