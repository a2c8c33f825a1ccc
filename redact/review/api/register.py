"""What is kept and until when, and the year's figures."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from redact.case.purging import held, hold, items, lift, purge
from redact.case.statistics import year_rows
from redact.case.telling import kept_row
from redact.governance.rules.authority import Action
from redact.review.access.deps import Records
from redact.review.api.sent import Sent

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["register"])


class Kept(BaseModel):
    """Something that is kept for a time."""

    what: Literal["footage", "working", "release"]
    name: str
    until: str | None
    due: bool = Field(description="Whether it is past its time, and to be deleted.")
    reason: str
    reference: str
    sha256: str


class Held(BaseModel):
    """That footage is kept for an incident."""

    hold: str
    clip: str
    reason: str
    review: str = Field(description="Day on which somebody looks whether it is still needed.")


class Retention(BaseModel):
    """What is kept."""

    kept: list[Kept]
    holds: list[Held]


class Hold(Sent):
    """That footage is to be kept for an incident."""

    sha256: str = Field(min_length=64, max_length=64, description="Of the footage.")
    reason: str = Field(max_length=1000)
    review: date


class Lifting(Sent):
    """That a hold is needed no more."""

    why: str = Field(max_length=1000)


class Purge(Sent):
    """What is to be deleted: everything of that sort that is past its time."""

    what: list[Literal["footage", "working", "release"]] = Field(min_length=1)


class Deleted(Kept):
    """What was deleted, and is gone."""

    files: int
    bytes: int


class Year(BaseModel):
    """The figures of a year, for one kind of request or for all."""

    kind: str
    received: int
    open: int
    closed: int
    refused: int
    ended_in_time: int
    ended_late: int
    overdue: int
    extended: int
    median_days: float | None
    overwritten: int = Field(description="Whose footage may have been written over before it was exported.")
    complaints: int = Field(description="Complaints about them.")
    minutes: int = Field(description="On record as spent looking at their footage.")
    refused_by: dict[str, int] = Field(description="How many were refused on which ground.")


@router.get("/retention", summary="What is kept, until when and why")
def retention(office: Records) -> Retention:
    """List footage, working copies and releases, and the holds."""
    office.permit(Action.READ)
    names = ("hold", "clip", "reason", "review")
    holds = [Held(**dict(zip(names, row, strict=True))) for row in held(office)]
    return Retention(kept=[Kept(**kept_row(item)) for item in items(office)], holds=holds)


@router.post("/retention/holds", status_code=201, summary="Keep footage for an incident")
def held_back(office: Records, sent: Hold) -> Held:
    """Keep it until somebody lifts the hold."""
    clip = office.register.clip(sent.sha256)
    name = hold(office, clip, sent.reason, sent.review)
    return Held(hold=name, clip=clip.name, reason=sent.reason, review=sent.review.isoformat())


@router.delete("/retention/holds/{name}", status_code=204, summary="Lift a hold")
def lifted(office: Records, name: Annotated[str, Path(max_length=40)], sent: Lifting) -> None:
    """Let footage that was held go once it is past its time."""
    lift(office, name, sent.why)


@router.post("/retention/purge", summary="Delete what is past its time")
def purged(office: Records, sent: Purge) -> list[Deleted]:
    """Delete it, look that it is gone, and record that. What an open request or a hold needs is never deleted."""
    office.permit(Action.PURGE)
    wanted = [item for item in items(office) if item.what in sent.what and item.kept.purgeable]
    return [
        Deleted(**kept_row(item), files=len(erased.files), bytes=erased.size_bytes)
        for item, erased in purge(office, wanted)
    ]


@router.get("/statistics/{year}", summary="Count the requests received in a year")
def statistics(office: Records, year: Annotated[int, Path(ge=1990, le=2199)]) -> list[Year]:
    """Count by kind: how they ended, in time or late, and how long it took."""
    office.permit(Action.READ)
    return [Year(**row) for row in year_rows(office, year)]
