"""Long work: which there is, how far it is, as it happens, and stopping it or letting it go on."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from redact.governance.rules.authority import Action
from redact.review.access.deps import DeskOf, Records, Signed
from redact.review.access.sessions import Session
from redact.review.api.sent import Sent
from redact.review.desk import Desk
from redact.review.words import Turned
from redact.review.work.job import Job, JobKind, State
from redact.review.work.queue import Jobs

__all__ = ["JobFacts", "facts_of", "router"]

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

ACTIONS = {
    JobKind.ATTACH: Action.ATTACH,
    JobKind.SCAN: Action.SCAN,
    JobKind.RENDER: Action.RENDER,
    JobKind.RELEASE: Action.RELEASE,
    JobKind.PROXY: Action.VIEW,
}
"""What somebody may do who may stop such work, or let it go on."""

LOOK_S = 0.25
"""How often a stream looks whether there is anything new."""

STILL_S = 15.0
"""Seconds after which it says that it is still there, so that nothing in between takes it for dead."""

MOST = 4
"""Streams of one session: a browser keeps six connections to a server, and pages need some for the rest."""

EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": 'Events called "job", each with a job as JSON.'},
    204: {"description": f"There are {MOST} streams of this session already: ask for the list now and then instead."},
}


class JobFacts(BaseModel):
    """Long work that somebody asked for."""

    id: str
    kind: JobKind
    reference: str
    clip: str = Field(description="SHA-256 of the master; empty where it is about none, or takes it in")
    name: str = Field(description="What the footage was called that is taken in")
    by: str = Field(description="Account of whoever asked for it")
    at: str = Field(description="When it was asked for: ISO 8601, UTC")
    state: State
    words: str = Field(description="What it is at, for people")
    stage: str
    done: int
    total: int | None
    round: int = Field(description="Which copy is being made: what is found in one is hidden in the next")
    share: float = Field(description="How much of all of it is done, about, from 0 to 1; it never runs backwards")
    left_s: float | None = Field(description="Seconds until the end, about; null while nobody can tell")
    ended: str
    result: dict[str, Any] | None
    error: dict[str, Any] | None = Field(description="message, remedy and code, where it failed or was interrupted")
    may_go_on: bool = Field(description="Whether it can go on, or be tried again")


class Listed(BaseModel):
    """All long work."""

    jobs: list[JobFacts]


class Again(Sent):
    """What is needed for it once more."""

    passphrase: str | None = Field(
        default=None, max_length=1000, repr=False, description="Of the organisation's key, where it has one"
    )


def facts_of(job: Job) -> JobFacts:
    """Give what the page is told of JOB."""
    return JobFacts(**job.shown())


@router.get("", summary="All long work, the oldest first")
def listed(office: Records, desk: DeskOf, reference: str | None = None) -> Listed:
    """List what waits, runs or was done lately; of one request, where its REFERENCE is given."""
    office.permit(Action.READ)
    jobs = desk.part(Jobs).all()
    return Listed(jobs=[facts_of(job) for job in jobs if reference in {None, job.reference}])


@router.get("/events", summary="Long work as it happens", response_class=StreamingResponse, responses=EVENTS)
async def events(session: Signed, desk: DeskOf) -> Response:
    """Tell of all there is, and then of every change, as server-sent events. It ends with the session."""
    await run_in_threadpool(_permitted, desk, session)
    streams = desk.part(_streams)
    if streams[session.id] >= MOST:
        return Response(status_code=204)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_told(desk, session, streams), media_type="text/event-stream", headers=headers)


@router.get("/{job}", summary="How far it is")
def shown(office: Records, desk: DeskOf, job: str) -> JobFacts:
    """Tell of one job."""
    office.permit(Action.READ)
    return facts_of(desk.part(Jobs).find(job))


@router.delete("/{job}", status_code=202, summary="Stop it")
def stopped(office: Records, desk: DeskOf, job: str) -> JobFacts:
    """Stop it; nothing half made is kept. What has ended already stays as it is."""
    jobs = desk.part(Jobs)
    found = jobs.find(job)
    office.permit(ACTIONS[found.kind], found.reference)
    return facts_of(jobs.stop(job))


@router.post("/{job}/again", status_code=202, summary="Let it go on, or try it again")
def again(office: Records, session: Signed, desk: DeskOf, job: str, sent: Again | None = None) -> JobFacts:
    """Let it go on where it was interrupted, or try it again; whoever asks for it signs what it records."""
    jobs = desk.part(Jobs)
    found = jobs.find(job)
    office.permit(ACTIONS[found.kind], found.reference)
    if found.by != session.account and (found.kind is JobKind.ATTACH or found.given.get("accept")):
        message = f"What {found.by} said of it would be recorded as said by you, and they could approve it."
        raise Turned(403, "of-another", message, "Ask them to let it go on, or stop it and begin anew yourself.")
    return facts_of(jobs.again(job, session.own, sent.passphrase if sent else None))


def _permitted(desk: Desk, session: Session) -> None:
    with desk.office(session) as office:
        office.permit(Action.READ)


def _streams(desk: Desk) -> Counter[str]:
    """Count the streams of each session."""
    del desk
    return Counter()


async def _told(desk: Desk, session: Session, streams: Counter[str]) -> AsyncIterator[bytes]:
    """Give what is new, as long as SESSION is open and the server runs."""
    jobs, seen, spoken = desk.part(Jobs), -1, 0.0
    streams[session.id] += 1
    try:
        yield b"retry: 2000\n\n"
        while desk.sessions.alive(session) and not jobs.closing:
            seen, news = jobs.news(seen)
            for job in news:
                spoken = monotonic()
                yield b"event: job\ndata: " + json.dumps(facts_of(job).model_dump(mode="json")).encode() + b"\n\n"
            if monotonic() - spoken > STILL_S:
                spoken = monotonic()
                yield b": still here\n\n"
            await asyncio.sleep(LOOK_S)
    finally:
        streams[session.id] -= 1
        if not streams[session.id]:
            del streams[session.id]
