"""Everyone who was found in a clip, and who is at a point of it."""

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from redact.case.cards import Card, cards
from redact.case.folder import SHORT, copy_folder
from redact.case.known import Known, known
from redact.case.overlay import Covered, covered_now
from redact.case.planning import Present, present
from redact.case.sheet import CUTS
from redact.decide.points import there_at
from redact.governance.register.register import ClipRow
from redact.records.kinds import Kind, Verdict
from redact.report.subject_sheet import seen_at
from redact.request.model import format_time
from redact.review.access.deps import Case, DeskOf, Records, Seen
from redact.review.api.answers import spelt
from redact.review.api.changes import PREFIX, Named
from redact.review.api.pictures import JPEG, Looking
from redact.review.pictures.cuts import Cuts
from redact.review.words import Turned

__all__ = ["Everyone", "SubjectFacts", "everyone", "router", "subject_facts"]

router = APIRouter(prefix=PREFIX, tags=["people"])

Box = tuple[int, int, int, int]


class SubjectFacts(BaseModel):
    """One person, vehicle, number plate or thing, as it was found, and what is decided on it."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    kind: str = Field(description="person, face or plate")
    standing: str = Field(description="person, thing? or unclear: moments at which nobody can tell who is who")
    group: str = Field(description="Id of the first of those who may be the same one")
    begins: str = Field(alias="from", description="Time at which it is first there")
    ends: str = Field(alias="to")
    first: int = Field(description="Frame")
    last: int = Field(description="Frame")
    frame: int = Field(description="Frame on which it shows best")
    place: Box = Field(description="Where it is on that frame: px as seen upright")
    time: str = Field(description="Time of that frame")
    point: tuple[int, int] | None = Field(description="Where on that frame nobody else is; none where there is no such")
    looks: int = Field(description="On how many frames it was found")
    score: float = Field(description="Of the surest time it was found, 0 to 1")
    verdict: str | None = Field(description="visible or hidden, as it was decided; none where nobody decided: hidden")
    ground: str | None
    reason: str | None
    name: str | None
    by: str | None = Field(description="Account of who decided")
    at: str | None = Field(description="When they decided, ISO 8601, UTC")
    needs: bool = Field(description="Whether somebody has to decide")
    covered: float | None = Field(
        default=None, description="Of whoever is to be visible: share of that time under hidden areas of others"
    )


class Everyone(BaseModel):
    """All that was found."""

    revision: int
    subjects: list[SubjectFacts]


class There(BaseModel):
    """Who is at a point."""

    subject: str | None = Field(
        description="Whom a decision on that point would be about; none where it cannot be told"
    )
    there: list[str] = Field(description="Everyone whose box holds the point")
    point: str = Field(description="The time and point, as a decision takes it")
    why: str | None = Field(description="Why nobody can be meant there")


def subject_facts(card: Card, covered: Covered | None = None) -> SubjectFacts:
    """Give CARD as the page knows it, of somebody who is COVERED so much by others."""
    entry, ruling = card.entry, card.ruling
    return SubjectFacts.model_construct(
        id=entry.subject.id,
        kind=Kind(entry.subject.kind).name.lower(),
        standing=entry.subject.standing.value,
        group=card.group,
        begins=format_time(entry.first),
        ends=format_time(entry.last),
        first=entry.subject.first,
        last=entry.subject.last,
        frame=entry.frame,
        place=entry.place,
        time=entry.at,
        point=entry.point,
        looks=entry.sightings,
        score=entry.score,
        verdict=ruling.verdict.value if ruling else None,
        ground=ruling.ground.value if ruling else None,
        reason=ruling.reason if ruling else None,
        name=(ruling.name or None) if ruling else None,
        by=ruling.by if ruling else None,
        at=ruling.at if ruling else None,
        needs=card.needs,
        covered=round(covered.hidden / max(covered.frames, 1), 3) if covered else None,
    )


def everyone(stands: Present, subjects: Collection[str] | None = None) -> Everyone:
    """Give everybody in a clip as it STANDS, or SUBJECTS alone."""
    under = covered_now(stands) if any(one.verdict is Verdict.VISIBLE for one in stands.rulings) else {}
    some = [card for card in cards(stands) if subjects is None or card.entry.subject.id in subjects]
    facts = [subject_facts(card, under.get(card.entry.subject.id)) for card in some]
    return Everyone.model_construct(revision=stands.revision, subjects=facts)


@router.get("/subjects", summary="Everyone who was found in a clip", response_model=Everyone)
def subjects(office: Records, reference: Case, clip: Seen) -> Response:
    """List people, then things, then what is unclear, each by when it is first there, with what is decided."""
    return spelt(everyone(present(office, reference, clip)))


@router.get("/subjects/{name}/picture", summary="What somebody looks like", response_class=Response, responses=JPEG)
def picture(
    office: Records,
    looking: Looking,
    desk: DeskOf,
    name: Named,
    frame: Annotated[int | None, Query(ge=0, le=2**31)] = None,
) -> Response:
    """Give a small picture of a subject on FRAME, or on the one on which it shows best, cut out of the recording."""
    there = _known(office, looking.reference, looking.clip)
    number = there.number.get(name)
    if number is None:
        raise Turned(404, "no-subject", f"There is no subject {name} in this clip.", "Choose one of those listed.")
    entry = there.described(number)
    at, place = entry.frame, entry.place
    if frame is not None and frame != at:
        here = there.people.on(frame)
        if number not in there.people.owner[here]:
            raise Turned(404, "no-subject", f"{name} has no box on frame {frame}.", "Choose another frame.")
        at, place = frame, seen_at(there.scan.clip, there.people, name, frame).place
    beside = copy_folder(office, looking.reference, looking.clip.sha256)
    folder = office.folder("cases", beside.parent.name, beside.name, CUTS)
    path = folder / f"{there.sha256[:SHORT]}-{at}-{'-'.join(map(str, place))}.jpg"
    data = desk.part(Cuts).picture(looking.shown().film, at, place, path, office.organisation.file_mode)
    return Response(data, media_type="image/jpeg", headers={"X-Frame": str(at)})


class Click(BaseModel):
    """A point of a frame."""

    frame: int = Field(ge=0)
    x: int = Field(ge=0, description="px as seen upright")
    y: int = Field(ge=0)


@router.get("/at", summary="Who is at a point of a frame")
def at(office: Records, reference: Case, clip: Seen, click: Annotated[Click, Query()]) -> There:
    """Say whom a click means, and whom it may mean where that is not one alone."""
    everybody = _known(office, reference, clip)
    found = there_at(everybody.scan.clip, everybody.people, click.frame, (click.x, click.y))
    ids = [everybody.people.subjects[number].id for number in found.there]
    one = everybody.people.subjects[found.one].id if found.one is not None else None
    return There(subject=one, there=ids, point=found.spelt, why=found.why or None)


def _known(office: Records, reference: str, clip: ClipRow) -> Known:
    """Give who is in CLIP. Who may not know any more is refused, and that goes on record."""
    with office.refusals(reference):
        return known(office, reference, clip)
