"""Who is visible, on which ground, and taking it back."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from redact.case.deciding import Choice, decide, undecide
from redact.case.planning import present
from redact.governance.rules.grounds import WORDS, Ground, grounds_for
from redact.records.kinds import Verdict
from redact.review.access.deps import Case, Records, Seen, Signed
from redact.review.api.changes import PREFIX, Change, Reason
from redact.review.api.subjects import Everyone, everyone

__all__ = ["router"]

router = APIRouter(tags=["people"])

MOST = 5_000
"""Subjects that are decided on at once."""

Who = Annotated[str, Field(max_length=60)]


class Decision(Change):
    """What is decided, and on whom."""

    who: list[Who] = Field(min_length=1, max_length=MOST, description='Ids, or a time and a point: "00:12.4@640,360"')
    verdict: Verdict
    ground: Ground
    reason: Reason
    name: Annotated[str, Field(max_length=200)] = ""


class Undoing(Change):
    """Whose last decision is taken back."""

    subjects: list[Who] = Field(min_length=1, max_length=MOST)


class GroundFacts(BaseModel):
    """What a decision can rest on."""

    ground: Ground
    verdict: Verdict
    words: str = Field(description="As it stands in a sentence after the subject")


@router.get("/api/grounds", summary="What a decision can rest on")
def grounds(session: Signed) -> list[GroundFacts]:
    """List the grounds for showing and for hiding somebody, in words."""
    del session
    pairs = [(verdict, ground) for verdict in Verdict for ground in grounds_for(verdict)]
    return [GroundFacts(ground=ground, verdict=verdict, words=WORDS[ground]) for verdict, ground in pairs]


@router.post(f"{PREFIX}/decisions", summary="Decide who is visible")
def decisions(office: Records, reference: Case, clip: Seen, decision: Decision) -> Everyone:
    """Record a decision on one or many, with its ground and reason; gives those who were decided on, as they are now.

    Answers 409 with "changed-meanwhile" where somebody decided on one of them after what was looked at.
    """
    choice = Choice(decision.verdict, decision.ground, decision.reason, decision.name)
    made = decide(office, reference, clip, decision.who, choice, since=decision.since)
    return _now(office, reference, clip, {ruling.subject for ruling in made})


@router.post(f"{PREFIX}/decisions/undo", summary="Take decisions back")
def undo(office: Records, reference: Case, clip: Seen, undoing: Undoing) -> Everyone:
    """Take the last decision on each of the subjects back: what was decided before holds again, or else they hide."""
    undecide(office, reference, clip, undoing.subjects, since=undoing.since)
    return _now(office, reference, clip, set(undoing.subjects))


def _now(office: Records, reference: str, clip: Seen, subjects: set[str]) -> Everyone:
    """Give how SUBJECTS stand now."""
    return everyone(present(office, reference, clip), subjects)
