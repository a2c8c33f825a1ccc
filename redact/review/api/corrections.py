"""What a person draws where they know better: regions, what is nobody, masks that go on, silence."""

from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from redact.case.correcting import MOST_KEYS, Correction, Wish, correct, uncorrect
from redact.case.planning import present
from redact.case.since import revision
from redact.case.tracing import SAID, trace
from redact.errors import UsageProblem
from redact.records.drawn import Drawing
from redact.request.model import format_time, parse_time
from redact.review.access.deps import Case, Records, Seen
from redact.review.api.changes import PREFIX, Change, Named, Reason
from redact.review.api.pictures import Looking
from redact.review.pictures.reel import Reel

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["corrections"])

Px = Annotated[int, Field(ge=-100_000, le=100_000)]
Box = tuple[Px, Px, Px, Px]
FrameNumber = Annotated[int, Field(ge=0, le=2**31)]
Time = Annotated[str, Field(max_length=20)]


class CorrectionFacts(BaseModel):
    """Something that was drawn."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    kind: Drawing
    first: int = Field(description="First frame")
    last: int = Field(description="Last frame")
    keys: list[tuple[int, Box]] = Field(description="Frames, and where the region is on each: px as seen upright")
    subject: str
    begins: str | None = Field(alias="from", description="Time from which the sound is silent")
    ends: str | None = Field(alias="to")
    reason: str
    by: str = Field(description="Account of who drew it")
    name: str = Field(description="Who that is")
    at: str = Field(description="When, ISO 8601, UTC")


class Corrections(BaseModel):
    """All that was drawn and not taken back."""

    revision: int
    corrections: list[CorrectionFacts]


class ToDraw(Change):
    """What is to be drawn, and why."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Drawing
    first: FrameNumber | None = Field(default=None, description="First frame; none for the clip's first")
    last: FrameNumber | None = Field(default=None, description="Last frame; none for the clip's last")
    keys: list[tuple[FrameNumber, Box]] = Field(default=[], max_length=MOST_KEYS)
    subject: Annotated[str, Field(max_length=40)] = ""
    begins: Time | None = Field(default=None, alias="from", description="For silence: a time such as 00:10.5")
    ends: Time | None = Field(default=None, alias="to")
    reason: Reason


class TakingBack(Change):
    """Why something that was drawn is taken back."""

    reason: Reason


def correction_facts(office: Records, one: Correction) -> CorrectionFacts:
    """Give ONE as the page knows it."""
    drawn, times = one.drawn, one.drawn.times
    return CorrectionFacts.model_construct(
        id=one.id,
        kind=drawn.what,
        first=drawn.frames[0],
        last=drawn.frames[1] - 1,
        keys=[(key.frame, key.place) for key in drawn.keys],
        subject=drawn.subject,
        begins=format_time(times[0]) if times else None,
        ends=format_time(times[1]) if times else None,
        reason=one.reason,
        by=one.by,
        name=office.organisation.called(one.by),
        at=one.at,
    )


class ToFollow(BaseModel):
    """A box that is to be followed."""

    model_config = ConfigDict(extra="forbid")

    frame: FrameNumber
    box: Box = Field(description="px as seen upright")


class FollowedFacts(BaseModel):
    """Where a box was followed to, as key frames. Nothing is recorded."""

    keys: list[tuple[int, Box]]
    first: int
    last: int
    before: str = Field(description="Why it goes back no further: clip, cut, edge, lost, changed or limit")
    after: str
    ended: list[str] = Field(description="The same two in sentences")


@router.get("/corrections", summary="What was drawn")
def corrections(office: Records, reference: Case, clip: Seen) -> Corrections:
    """List what was drawn and not taken back, in the order in which it was."""
    stands = present(office, reference, clip)
    return Corrections(
        revision=stands.revision, corrections=[correction_facts(office, one) for one in stands.corrections]
    )


@router.post("/corrections", summary="Draw something")
def draw(office: Records, reference: Case, clip: Seen, drawing: ToDraw) -> Corrections:
    """Record a correction with its reason; gives it as it is on record. The plan has it at once.

    Answers 409 with "changed-meanwhile" where somebody decided on its subject after what was looked at.
    """
    wish = Wish(
        drawing.kind,
        drawing.first,
        drawing.last,
        tuple(drawing.keys),
        drawing.subject,
        _times(drawing),
    )
    made = correct(office, reference, clip, wish, drawing.reason, since=drawing.since)
    return Corrections(revision=revision(office, reference, clip), corrections=[correction_facts(office, made)])


@router.delete("/corrections/{name}", summary="Take something that was drawn back")
def take_back(office: Records, reference: Case, clip: Seen, name: Named, taking: TakingBack) -> Corrections:
    """Record that a correction counts no more, and why; gives those that still do."""
    uncorrect(office, reference, clip, name, taking.reason, since=taking.since)
    return corrections(office, reference, clip)


@router.post("/follow", summary="Follow a box both ways")
def follow(office: Records, looking: Looking, drawn: ToFollow) -> FollowedFacts:
    """Follow what is in a box through the pictures, both ways, until it is not sure; whoever drew it looks where."""
    stands = present(office, looking.reference, looking.clip)
    film = looking.shown().film
    reel = Reel(film.clip, film.landmarks)
    try:
        found = trace(stands.known.scan, reel, drawn.frame, drawn.box)
    finally:
        reel.close()
    return FollowedFacts(
        keys=[(key.frame, key.place) for key in found.keys],
        first=found.first,
        last=found.last,
        before=found.before.value,
        after=found.after.value,
        ended=[SAID[found.before], SAID[found.after]],
    )


def _times(drawing: ToDraw) -> tuple[Fraction, Fraction] | None:
    """Read from when to when the sound is to be silent. Raises UsageProblem where that is no time."""
    if drawing.begins is None or drawing.ends is None:
        return None
    try:
        return parse_time(drawing.begins), parse_time(drawing.ends)
    except ValueError as wrong:
        message = f"{drawing.begins} to {drawing.ends} cannot be read."
        raise UsageProblem(message, "Give times such as 00:10 and 00:12.5.") from wrong
