"""What would be hidden if the copy were made now, frame by frame and over time."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from redact.case.cards import runs
from redact.case.overlay import covered_now, overlay
from redact.case.planning import plan_now, present, risks_now
from redact.errors import UsageProblem
from redact.records.kinds import Origin
from redact.review.access.deps import Case, Records, Seen
from redact.review.api.answers import spelt
from redact.review.api.changes import PREFIX

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["plan"])

MOST = 3_000
"""Frames that are asked for at once."""

BoxFacts = tuple[int, int, int, int, str, str, str, str]
RunFacts = tuple[int, int, str]

ORIGINS = {origin: origin.name.lower() for origin in Origin}


class FramePlan(BaseModel):
    """One frame."""

    i: int = Field(description="Its number")
    boxes: list[BoxFacts] = Field(
        description="x0, y0, x1, y1 in px as seen upright; whose (a subject, a correction, damaged, moved or unknown); "
        "seen, filled, extended or drawn; why it is theirs; hidden or visible"
    )


class Plan(BaseModel):
    """What would be hidden."""

    revision: int
    frames: list[FramePlan]
    warnings: list[str] = Field(description="What whoever decides should know, in sentences")


class SubjectRow(BaseModel):
    """When one subject is there."""

    id: str
    runs: list[RunFacts] = Field(description="First and last frame, and seen, filled, extended or drawn")


class CorrectionRow(BaseModel):
    """When something that was drawn counts."""

    id: str
    what: str
    first: int
    last: int
    subject: str


class CoveredRow(BaseModel):
    """How much of the time somebody who is to be visible can be seen."""

    id: str
    frames: int = Field(description="On which they are to be visible")
    hidden: int = Field(description="And on which hidden areas of others lie over half of them, or of their head")
    runs: list[RunFacts] = Field(description="First and last frame, and whose hidden area covers most of them")


class Rows(BaseModel):
    """The whole clip over time."""

    revision: int
    subjects: list[SubjectRow]
    covered: list[CoveredRow] = Field(description="Whoever is to be visible, measured on the plan")
    corrections: list[CorrectionRow]
    cuts: list[int] = Field(description="First frames of scenes, but for the first")
    risk: list[float] = Field(description="For each second from 0 on how much speaks for a look; no measurement")


@router.get("/plan", summary="What would be hidden, frame by frame", response_model=Plan)
def plan(
    office: Records,
    reference: Case,
    clip: Seen,
    first: Annotated[int, Query(alias="from", ge=0)] = 0,
    last: Annotated[int | None, Query(alias="to", ge=0, description="Last frame, which is one of them")] = None,
) -> Response:
    """Give every box of the plan as it is now, without a render, and the boxes of those who would be visible."""
    stands = present(office, reference, clip)
    draft, count = plan_now(stands), len(stands.known.scan.clip)
    end = min(count, first + MOST) if last is None else last + 1
    if not first < end <= count or end - first > MOST:
        message = f"Frames {first} to {end - 1} cannot be had: the clip has {count}, and {MOST} are given at once."
        raise UsageProblem(message, "Ask for fewer, within the clip.")
    frames = [
        FramePlan.model_construct(
            i=frame,
            boxes=[
                (
                    *one.place,
                    one.whose,
                    ORIGINS[one.origin],
                    one.why.name.lower(),
                    "visible" if one.visible else "hidden",
                )
                for one in some
            ],
        )
        for frame, some in overlay(stands, draft, (first, end))
    ]
    return spelt(Plan.model_construct(revision=stands.revision, frames=frames, warnings=[*draft.told]))


@router.get("/rows", summary="When everyone is there, over the whole clip", response_model=Rows)
def rows(office: Records, reference: Case, clip: Seen) -> Response:
    """Give the rows of a timeline: of every subject, of what was drawn, the cuts, and where to look first."""
    stands = present(office, reference, clip)
    there = runs(stands.known)
    subjects = [
        SubjectRow.model_construct(id=name, runs=[(low, high, ORIGINS[why]) for low, high, why in some])
        for name, some in there.items()
    ]
    drew = [
        CorrectionRow(
            id=one.id,
            what=one.drawn.what.value,
            first=one.drawn.frames[0],
            last=one.drawn.frames[1] - 1,
            subject=one.drawn.subject,
        )
        for one in stands.corrections
    ]
    scores = {risk.second: risk.score for risk in risks_now(stands)}
    risk = [scores.get(second, 0.0) for second in range(max(scores, default=-1) + 1)]
    cuts = stands.known.scan.cuts.tolist()
    under = [
        CoveredRow.model_construct(id=name, frames=one.frames, hidden=one.hidden, runs=[*one.runs])
        for name, one in covered_now(stands).items()
    ]
    found = {"subjects": subjects, "covered": under, "corrections": drew, "cuts": cuts, "risk": risk}
    return spelt(Rows.model_construct(revision=stands.revision, **found))
