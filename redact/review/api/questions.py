"""The same person? What the program cannot tell, asked with two pictures."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from redact.case.answering import Asking, answer, asking
from redact.case.planning import present
from redact.report.subject_sheet import Moment
from redact.review.access.deps import Case, Records, Seen
from redact.review.api.changes import PREFIX, Change, Named

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["people"])


class MomentFacts(BaseModel):
    """Somebody on one frame."""

    subject: str
    frame: int
    place: tuple[int, int, int, int] = Field(description="px as seen upright")
    time: str


class QuestionFacts(BaseModel):
    """One question."""

    id: str
    kind: str = Field(description="same: are they one person? covered: is nobody else seen at the second?")
    before: MomentFacts
    after: MomentFacts
    matters: bool = Field(description="Whether a yes shows somebody for longer")
    sentence: str = Field(description="When and why whoever is shown is hidden, and what to do")
    answered: bool | None = Field(description="What was answered; none where nobody did")


class Questions(BaseModel):
    """All that is asked, what matters to a copy first, what was answered last."""

    revision: int
    open: int = Field(description="Those that matter and nobody answered")
    questions: list[QuestionFacts]


class Answer(Change):
    """An answer."""

    same: bool


@router.get("/questions", summary="What the program cannot tell")
def questions(office: Records, reference: Case, clip: Seen) -> Questions:
    """List who may be the same person; once somebody is to be visible, first what would show them for longer."""
    stands = present(office, reference, clip)
    asked = asking(office, stands)
    left = sum(one.matters and one.answered is None for one in asked)
    return Questions(revision=stands.revision, open=left, questions=[_facts(one) for one in asked])


@router.post("/questions/{name}", summary="Answer a question")
def answered(office: Records, reference: Case, clip: Seen, name: Named, said: Answer) -> Questions:
    """Record an answer; gives what is asked now.

    Yes: both are one person, decided on as one where one of them is visible. No: it is not asked again. Another answer
    takes the one before back. Answers 409 with "changed-meanwhile" where somebody decided on one of the two meanwhile.
    """
    answer(office, reference, clip, name, same=said.same, since=said.since)
    return questions(office, reference, clip)


def _facts(one: Asking) -> QuestionFacts:
    return QuestionFacts(
        id=one.id,
        kind=one.kind,
        before=_moment(one.before),
        after=_moment(one.after),
        matters=one.matters,
        sentence=one.sentence,
        answered=one.answered,
    )


def _moment(one: Moment) -> MomentFacts:
    return MomentFacts(subject=one.subject, frame=one.frame, place=one.place, time=one.at)
