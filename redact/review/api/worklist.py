"""Where to look first, what was looked at, and how long that took whom."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from redact.case.looking import BATCH, LONGEST_S, Item, Spent, look, spent, worklist
from redact.case.planning import present
from redact.case.shown import findings_made
from redact.review.access.deps import Case, ClipOf, Records, Seen, Signed
from redact.review.api.changes import PREFIX, Change

__all__ = ["SpentFacts", "router", "spent_facts"]

router = APIRouter(prefix=PREFIX, tags=["worklist"])


class LookFacts(BaseModel):
    """That somebody looked."""

    by: str
    name: str
    at: str = Field(description="ISO 8601, UTC")
    seconds: float


class ItemFacts(BaseModel):
    """One place to look at."""

    id: str
    kind: str = Field(description="risk, finding or question")
    second: int = Field(description="Of the recording, as a player shows it")
    frame: int
    score: float = Field(description="How much speaks for a look; no measurement")
    reasons: list[str]
    looked: list[LookFacts]


class Worklist(BaseModel):
    """Where to look, in the order in which to."""

    revision: int
    items: list[ItemFacts]
    looked: int = Field(description="Those that anybody looked at")
    total: int


class Looked(Change):
    """What somebody looked at."""

    items: list[Annotated[str, Field(max_length=60)]] = Field(min_length=1, max_length=BATCH)
    seconds: float = Field(ge=0, le=LONGEST_S, description="That it took in all")


class SpentFacts(BaseModel):
    """How long somebody looked."""

    by: str
    name: str
    seconds: float
    minutes: float
    items: int = Field(description="Different places")
    last: str


@router.get("/worklist", summary="Where to look first")
def items(office: Records, reference: Case, clip: Seen) -> Worklist:
    """List what the second look found, what is asked, and the riskiest seconds; what is not listed may still matter."""
    stands = present(office, reference, clip)
    findings = findings_made(office, reference, clip)
    listed = [_facts(office, item) for item in worklist(office, stands, findings)]
    seen = sum(bool(item.looked) for item in listed)
    return Worklist(revision=stands.revision, items=listed, looked=seen, total=len(listed))


@router.post("/looked", summary="Say what was looked at")
def looked(session: Signed, office: Records, reference: Case, clip: Seen, said: Looked) -> list[SpentFacts]:
    """Record that whoever is signed in looked at places of the list, for no longer than it was open to them."""
    opened = session.sittings[reference, clip.sha256].opened
    look(office, reference, clip, said.items, said.seconds, opened, since=said.since)
    return spent_facts(office, spent(office, reference, clip))


@router.get("/looked", summary="Who looked for how long")
def who_looked(office: Records, reference: Case, clip: ClipOf) -> list[SpentFacts]:
    """Give for each person the time they spent on the clip, and at how many places they looked."""
    return spent_facts(office, spent(office, reference, clip))


def spent_facts(office: Records, some: tuple[Spent, ...]) -> list[SpentFacts]:
    """Give SOME as the page knows them."""
    return [
        SpentFacts(
            by=one.by,
            name=office.organisation.called(one.by),
            seconds=one.seconds,
            minutes=round(one.seconds / 60, 1),
            items=one.items,
            last=one.last,
        )
        for one in some
    ]


def _facts(office: Records, item: Item) -> ItemFacts:
    looked_at = [
        LookFacts(by=one.by, name=office.organisation.called(one.by), at=one.at, seconds=round(one.seconds, 1))
        for one in item.looked
    ]
    return ItemFacts(
        id=item.id,
        kind=item.kind,
        second=item.second,
        frame=item.frame,
        score=item.score,
        reasons=[*item.reasons],
        looked=looked_at,
    )
