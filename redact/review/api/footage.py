"""Footage of a request: sent and taken in, taken off, looked at for a reason, and searched for people."""

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path as File
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from redact.case.asked import still_open
from redact.case.copies import copy_made, is_stale
from redact.case.footage import Said, check_attached, described, detach, master_name, open_footage
from redact.errors import UsageProblem
from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.governance.register.register import ClipRow
from redact.governance.rules.authority import Action
from redact.request.choices import parse_rate
from redact.review.access.deps import Case, ClipOf, DeskOf, Records, Signed, case
from redact.review.access.sessions import Session, Sitting
from redact.review.api.changes import PREFIX
from redact.review.api.jobs import JobFacts, facts_of
from redact.review.api.requests import Clip
from redact.review.api.sent import Sent
from redact.review.desk import Desk
from redact.review.work.job import Job, JobKind
from redact.review.work.queue import Jobs

__all__ = ["router"]

router = APIRouter(tags=["footage"])

BUFFER = 1 << 20
"""Bytes that are written at a time."""

Ref = Annotated[str, Path(max_length=200, description="The reference of the request, with ~ for /")]
BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}


class SittingFacts(BaseModel):
    """That a clip is looked at, and why."""

    why: str
    opened: str = Field(description="ISO 8601, UTC")


class Scanned(BaseModel):
    """What is known of the search for people."""

    done: bool
    at: str | None = None
    by: str | None = None


class Made(BaseModel):
    """What is known of the copy made last."""

    state: str = Field(description="none, made, withheld, or stale where something was decided after it")
    at: str | None = None
    by: str | None = None


class ClipFacts(Clip):
    """A clip of a request, and how far the work on it is."""

    frames: int | None = Field(description="As counted when it was taken in")
    notes: list[str] = Field(description="What is damaged or was guessed, in sentences")
    scan: Scanned
    copy_made: Made = Field(serialization_alias="copy")
    jobs: list[JobFacts] = Field(description="Long work on it, the oldest first")
    sitting: SittingFacts | None = Field(description="null where it has to be said first why it is looked at")


class Why(Sent):
    """Why unmasked footage is looked at."""

    why: str = Field(max_length=1000, description="In a sentence. It goes on record")


class Off(Sent):
    """Why footage has nothing to do with a request."""

    reason: str = Field(max_length=1000)


class Attached(Sent):
    """What is said of footage that is sent."""

    camera: str = Field(default="", description="What people there call the camera")
    starts: datetime | None = Field(default=None, description="Local time at which it begins, by the clock on the wall")
    clock_offset: float | None = Field(default=None, description="Seconds by which the clock in the picture is ahead")
    fps: str | None = Field(default=None, max_length=20, description="Frames a second of a raw stream, such as 25")
    stream: int | None = Field(default=None, ge=0, description="Which video stream, where several of a file carry on")
    scan: bool = Field(default=False, description="Whether everyone in it is to be found once it is taken in")

    def said(self) -> Said:
        """Read it as the records do. Raises UsageProblem."""
        starts = self.starts.replace(tzinfo=None) if self.starts else None
        said = Said(self.camera, starts, self.clock_offset, _rate(self.fps), self.stream)
        described(said)
        return said

    def given(self) -> dict[str, Any]:
        """Give it as a job is told."""
        said = self.said()
        return {
            "camera": said.camera,
            "starts": said.starts.isoformat() if said.starts else None,
            "clock_offset_s": said.clock_offset_s,
            "fps": str(said.fps) if said.fps else None,
            "stream": said.stream,
        }


@router.put(
    "/api/requests/{ref}/uploads/{name}", status_code=202, summary="Send footage, to be taken in", openapi_extra=BODY
)
async def sent(  # noqa: PLR0917  who, where, what it is called, and what is said of it
    request: Request,
    session: Signed,
    desk: DeskOf,
    ref: Ref,
    name: Annotated[str, Path(max_length=1000, description="Name of the file")],
    facts: Annotated[Attached, Query()],
) -> JobFacts:
    """Take the body as a file, as it comes, and have it taken in as a master.

    Of a body that breaks off nothing is left. The file that was sent is deleted once it is taken in, or is not.
    """
    size = int(request.headers["content-length"]) if "content-length" in request.headers else None
    given = await run_in_threadpool(facts.given)
    reference = await run_in_threadpool(_may_attach, desk, session, ref)
    jobs = desk.part(Jobs)
    with jobs.uploads.arriving(_named(name), size, desk.settings.largest_upload) as upload:
        rest = bytearray()
        async for part in request.stream():
            rest += part
            if len(rest) >= BUFFER:
                await run_in_threadpool(upload.write, bytes(rest))
                rest.clear()
        await run_in_threadpool(upload.write, bytes(rest))
        await run_in_threadpool(upload.finish)
        given |= {"name": upload.path.name, "path": str(upload.path)} | ({"then": "scan"} if facts.scan else {})
        job = await run_in_threadpool(
            jobs.submit, Job(JobKind.ATTACH, reference, session.account, given=given), session.own
        )
    return facts_of(job)


@router.get(PREFIX, summary="A clip, and how far the work on it is")
def shown(office: Records, session: Signed, desk: DeskOf, reference: Case, clip: ClipOf) -> ClipFacts:
    """Tell of a clip without showing it."""
    imported = office.register.events(kinds=(EventKind.IMPORTED,), clip=clip.sha256)
    known = imported[-1].data if imported else {}
    sitting = session.sittings.get((reference, clip.sha256))
    return ClipFacts(
        **{name: getattr(clip, name) for name in Clip.model_fields},
        frames=known.get("frames"),
        notes=list(known.get("notes", ())),
        scan=_scanned(office, reference, clip),
        copy_made=_made(office, reference, clip),
        jobs=[facts_of(job) for job in desk.part(Jobs).of(reference, clip.sha256)],
        sitting=SittingFacts(why=sitting.why, opened=sitting.opened) if sitting else None,
    )


@router.delete(PREFIX, status_code=204, summary="Take footage off a request")
def taken_off(office: Records, reference: Case, clip: ClipOf, off: Off) -> None:
    """Record that a clip has nothing to do with the request, and why; the footage stays as it is."""
    detach(office, reference, clip.sha256, off.reason)


@router.post(f"{PREFIX}/sittings", status_code=201, summary="Say why a clip is looked at")
def sit(office: Records, session: Signed, reference: Case, clip: ClipOf, why: Why) -> SittingFacts:
    """Record that whoever is signed in looks at the unmasked clip, and why: once a sitting."""
    place = (reference, clip.sha256)
    if place not in session.sittings:
        open_footage(office, reference, clip, "master", why.why)
        words = " ".join(why.why.split())
        session.sittings[place] = Sitting(words, clip, datetime.now(UTC).isoformat(timespec="seconds"))
    sitting = session.sittings[place]
    return SittingFacts(why=sitting.why, opened=sitting.opened)


@router.post(f"{PREFIX}/scan", status_code=202, summary="Find everyone in a clip")
def scan(office: Records, session: Signed, desk: DeskOf, reference: Case, clip: ClipOf) -> JobFacts:
    """Have everyone in the clip found; nobody sees it for that."""
    return _asked(office, session, desk, Action.SCAN, Job(JobKind.SCAN, reference, session.account, clip.sha256))


@router.post(f"{PREFIX}/proxy", status_code=202, summary="Make a clip ready to be played")
def proxy(office: Records, session: Signed, desk: DeskOf, reference: Case, clip: ClipOf) -> JobFacts:
    """Have the small copy made that is played; it is made by itself after a search."""
    return _asked(office, session, desk, Action.VIEW, Job(JobKind.PROXY, reference, session.account, clip.sha256))


def _asked(office: Office, session: Session, desk: Desk, action: Action, job: Job) -> JobFacts:
    """Take JOB on for whoever may do ACTION. Raises NotPermitted, UsageProblem."""
    office.permit(action, job.reference)
    with office.refusals(job.reference):
        check_attached(still_open(office, job.reference), office.register.clip(job.clip))
    return facts_of(desk.part(Jobs).submit(job, session.own))


def _may_attach(desk: Desk, session: Session, ref: str) -> str:
    """Give the reference that REF means. Raises Turned where there is none, NotPermitted."""
    with desk.office(session) as office:
        reference = case(office, ref)
        office.permit(Action.ATTACH, reference)
        with office.refusals(reference):
            still_open(office, reference)
        return reference


def _named(name: str) -> str:
    """Give NAME as footage is called. Raises UsageProblem where it would be no file of its own."""
    known = master_name(File(File(name).name))
    if not known.strip(". ") or known.startswith("."):
        message = "That is no name of a file with footage."
        raise UsageProblem(message, "Give the file a name, and add it once more.")
    return known


def _rate(text: str | None) -> Fraction | None:
    """Read frames a second. Raises UsageProblem."""
    if not text:
        return None
    try:
        return parse_rate(text)
    except ValueError as wrong:
        message = f"{text} is no number of frames a second."
        raise UsageProblem(message, "Give it as 25, 12.5 or 30000/1001.") from wrong


def _scanned(office: Office, reference: str, clip: ClipRow) -> Scanned:
    events = office.register.events(reference=reference, kinds=(EventKind.SCANNED,), clip=clip.sha256)
    return Scanned(done=True, at=events[-1].at, by=events[-1].by) if events else Scanned(done=False)


def _made(office: Office, reference: str, clip: ClipRow) -> Made:
    """Say what is known of the copy made last; it believes the record and reads no copy."""
    copy = copy_made(office, reference, clip, read=False)
    if copy is None:
        return Made(state="none")
    state = "stale" if is_stale(office, reference, clip, copy) else "made" if copy.passed else "withheld"
    return Made(state=state, at=copy.event.at, by=copy.event.by)
