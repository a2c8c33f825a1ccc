"""Requests: from the day they come to the day they are answered."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field, ValidationError

from redact.case.asked import Asked, asked
from redact.case.letters import request_letter
from redact.case.status import comes_next
from redact.case.steps import change_request, close_request, lacking, noted, open_request, refuse, step
from redact.case.telling import clock_facts, due_rows, ended_facts, event_row, list_rows, request_facts
from redact.errors import UsageProblem
from redact.governance.ledger.events import STEPS, EventKind
from redact.governance.office import Office
from redact.governance.rules.authority import Action
from redact.governance.rules.exemptions import Exemption
from redact.governance.rules.intake import Intake
from redact.governance.rules.stepping import exemptions_for, outcomes_for, steps_for
from redact.request.choices import OUTCOMES, RequestKind
from redact.request.toml import by_field
from redact.review.access.deps import Case, Records
from redact.review.api.sent import Sent
from redact.review.words import Turned, linked

__all__ = ["Clip", "router"]

router = APIRouter(prefix="/api/requests", tags=["requests"])

Day = Annotated[date | None, Field(description="Day on which it happened; today, where it is left out.")]


class Row(BaseModel):
    """A request in a list."""

    reference: str
    kind: str
    state: str
    received: str
    requester: str
    recipient: str
    due: str | None
    export: str | None
    export_by: str | None
    ended_on: str | None
    outcome: str | None


class Next(BaseModel):
    """What is to be done."""

    text: str
    task: str | None = Field(description="Name of the task, such as scan or render.")
    what: str = Field(description="Why, without what is to be done.")
    given: list[str] = Field(description="What is given with the task, such as the step that is to be recorded.")


class Due(BaseModel):
    """An open request in the list of what is due."""

    reference: str
    kind: str
    requester: str
    due: str | None
    days_left: int | None = Field(description="Below 0 where it is overdue.")
    target: str | None
    overdue: bool
    waiting_for: str | None
    export: str = Field(description="Footage: none, done, runs, passed or unknown.")
    export_by: str | None = Field(description="Last whole day to export it before it is written over.")
    export_days: int | None = Field(description="Days until then, below 0 where it has passed.")
    next: Next | None = Field(default=None, description="What comes next, of the most urgent ones.")


class Clock(BaseModel):
    """Where a request stands in its time limit."""

    due: str | None
    target: str | None
    days_left: int | None
    overdue: bool
    waiting_for: str | None
    extended: bool
    extension_notice_by: str | None
    acknowledge_by: str | None = Field(description="Of a complaint.")
    acknowledged: str | None
    ended: str | None
    late: bool
    why: list[str] = Field(description="How that day came about, in sentences.")


class Export(BaseModel):
    """How it is with the footage that was asked for, before its recorder writes over it."""

    standing: str = Field(description="none, done, runs, passed or unknown.")
    last: str | None = Field(description="Last whole day to export it.")
    days_left: int | None
    why: list[str] = Field(description="How that day came about, in sentences.")


class Clip(BaseModel):
    """Footage that is attached."""

    sha256: str
    name: str
    size_bytes: int
    camera: str
    starts: str
    starts_from: str
    clock_offset_s: float | None
    duration_s: float | None


class Fee(BaseModel):
    """How a fee stands."""

    state: str = Field(description="quoted, invoiced, asked, paid or waived.")
    day: str
    amount: str = Field(description="In pounds.")


class Ended(BaseModel):
    """How a request ended."""

    reference: str
    state: str
    ended_on: str
    outcome: str


class Told(BaseModel):
    """A request as it stands."""

    reference: str
    state: str
    outcome: str | None
    request: dict[str, Any] = Field(description="What was asked.")
    clock: Clock
    export: Export | None = Field(description="None once the request has ended.")
    fee: Fee | None
    complaints: list[Ended] = Field(description="Complaints about it.")
    clips: list[Clip]
    releases: list[dict[str, Any]]
    next: list[Next] = Field(description="What comes next, in order.")
    steps: list[str] = Field(description="What can be recorded of such a request.")
    outcomes: list[str] = Field(description="How it can be closed.")
    exemptions: list[str] = Field(description="On which grounds it can be refused.")


class Step(Sent):
    """Something that happened to a request."""

    kind: EventKind = Field(description=f"One of {', '.join(STEPS)}.")
    on: Day = None
    data: dict[str, str] = Field(
        default_factory=dict,
        description="note: what was said, seen or found. Of a search: camera, from, to, and nothing if it was in vain.",
    )


class Stands(BaseModel):
    """Where a request stands once something is recorded."""

    reference: str
    clock: Clock


class Closure(Sent):
    """How a request ended."""

    outcome: str = Field(description=f"One of {', '.join(OUTCOMES)}.")
    note: str = Field(default="", max_length=4000)
    on: Day = None


class Refusal(Sent):
    """That a request is refused."""

    exemption: Exemption
    reason: str = Field(max_length=4000, description="Why, as the person is told.")
    on: Day = None


class Happened(BaseModel):
    """Something that happened."""

    at: str = Field(description="ISO 8601, UTC.")
    kind: str
    reference: str
    by: str = Field(description="Account.")
    name: str = Field(description="What the organisation calls whoever has that account.")
    said: str


URGENT = 40
"""Requests of which it is told what comes next, in the list of what is due."""

PLACE, MONEY = ("camera", "from", "to", "nothing"), ("amount", "ground")
"""What is said of a search, and of a fee."""

LACKING = {
    "camera": "Say which camera.",
    "from": "Say from when.",
    "to": "Say until when.",
    "note": "Say it in a sentence: what was seen or found, or why.",
}
"""What is said beside a field that is empty."""

FORM = {"requestBody": {"required": True, "content": {"application/json": {"schema": Intake.model_json_schema()}}}}
CHANGES = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": Intake.model_json_schema() | {"required": []}}},
    }
}
"""What is read by the rules of the intake itself, so that a form is told the same as a file."""


@router.get("", summary="List requests, the last received first")
def listed(
    office: Records,
    state: Literal["open", "closed", "refused"] | None = None,
    kind: RequestKind | None = None,
    text: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> list[Row]:
    """List those in STATE, of KIND, with TEXT in reference, requester or recipient."""
    rows = list_rows(office, state=state, kind=kind and kind.value, text=text, limit=limit)
    return [Row(**row) for row in rows]


@router.get("/due", summary="List open requests, the most urgent first")
def due(office: Records, within: int | None = None) -> list[Due]:
    """List what is due WITHIN so many days, or all."""
    return [Due(**row, next=_next(office, row, place)) for place, row in enumerate(due_rows(office, within))]


@router.post("", status_code=201, summary="Record a new request", openapi_extra=FORM)
def opened(office: Records, sent: Annotated[dict[str, Any], Body()]) -> Told:
    """Put a new request on the register."""
    return _told(office, open_request(office, _intake({"received": date.today().isoformat()} | sent)))  # noqa: DTZ011  local


@router.get("/{ref}", summary="A request as it stands")
def shown(office: Records, reference: Case) -> Told:
    """Tell what was asked, when it is due and why, its footage, what was released, and what comes next."""
    return _told(office, asked(office, reference))


@router.patch("/{ref}", summary="Correct what the register has of a request", openapi_extra=CHANGES)
def changed(office: Records, reference: Case, sent: Annotated[dict[str, Any], Body()]) -> Told:
    """Change the fields that are sent; what was said before stays on record."""
    before = asked(office, reference).intake.plain()
    if all(before.get(name) == value for name, value in sent.items()):
        raise Turned(400, "nothing", f"Nothing is said that would change {reference}.", "Correct a field first.")
    return _told(office, change_request(office, _intake(before | sent | {"reference": reference})))


@router.post("/{ref}/steps", status_code=201, summary="Record what happened to a request")
def happened(office: Records, reference: Case, sent: Step) -> Stands:
    """Record that something happened; the day on which the request is due follows from it."""
    if sent.kind not in STEPS:
        raise Turned(
            400, "step", f"{sent.kind} is nothing that is recorded of a request like this.", "Choose what happened."
        )
    unknown = set(sent.data) - {"note", *PLACE, *MONEY}
    apart = set(sent.data) - {"note", *(PLACE if sent.kind is EventKind.SEARCHED else MONEY)}
    if unknown or (apart and sent.data.keys() - {"note"}):
        raise Turned(400, "step", "Camera and time are said of a search alone.", "Say it in the note.")
    place = {name: text for name, text in sent.data.items() if name != "note"}
    data = noted(sent.kind, sent.data.get("note", ""), place)
    missing = lacking(sent.kind, data)
    if missing:
        fields = {name: LACKING[name] for name in missing}
        raise Turned(400, "form", "Something is not said yet.", "Fill in what is missing.", fields=fields)
    clock = step(office, reference, sent.kind, sent.on, data)
    return Stands(reference=reference, clock=Clock(**clock_facts(clock)))


@router.post("/{ref}/closure", status_code=201, summary="Close a request")
def closed(office: Records, reference: Case, sent: Closure) -> Ended:
    """Close it, and say how it ended. It counts as answered once something was released for it."""
    if sent.outcome not in OUTCOMES:
        raise Turned(
            400, "outcome", f"{sent.outcome} is no way for a request to end.", f"Choose one of {', '.join(OUTCOMES)}."
        )
    return Ended(**ended_facts(close_request(office, reference, sent.outcome, sent.note, sent.on)))


@router.post("/{ref}/refusal", status_code=201, summary="Refuse a request")
def refused(office: Records, reference: Case, sent: Refusal) -> Ended:
    """Refuse it, under an exemption, with the reason that the person is told."""
    return Ended(**ended_facts(refuse(office, reference, sent.exemption, sent.reason, sent.on)))


@router.get("/{ref}/letter", summary="The letter of a refusal or an extension", response_class=PlainTextResponse)
def letter(office: Records, reference: Case) -> PlainTextResponse:
    """Write the letter that says why, as it was recorded, and how to complain; the letter of a release is in it."""
    text = request_letter(office, asked(office, reference))
    return PlainTextResponse(text, headers={"content-disposition": 'attachment; filename="letter.txt"'})


@router.get("/{ref}/history", summary="What happened to a request, the last at the end")
def history(office: Records, reference: Case, limit: Annotated[int, Query(ge=1, le=10_000)] = 1000) -> list[Happened]:
    """List the events on record about it."""
    office.permit(Action.READ)
    return [_happened(office, event_row(event)) for event in office.register.events(reference=reference, limit=limit)]


def _intake(values: dict[str, Any]) -> Intake:
    """Read VALUES of a form. Raises Turned, which says which fields are wrong."""
    try:
        return Intake.of(values, "The form")
    except UsageProblem as problem:
        wrong = problem.__cause__
        fields = by_field(wrong, Intake) if isinstance(wrong, ValidationError) else {}
        raise Turned(400, "form", problem.problem, *problem.advice.parts, fields=fields) from problem


def _next(office: Office, row: dict[str, Any], place: int) -> Next | None:
    """Say what comes next for the request of ROW, if its PLACE is among the first."""
    following = comes_next(office, asked(office, row["reference"])) if place < URGENT else ()
    return Next(**linked(following[0])) if following else None


def _told(office: Office, request: Asked) -> Told:
    kind = request.kind
    may: dict[str, Any] = {
        "steps": [*steps_for(kind)],
        "outcomes": [*outcomes_for(kind)],
        "exemptions": [*exemptions_for(kind)],
    }
    return Told(**(request_facts(office, request, linked) | may))


def _happened(office: Office, row: dict[str, Any]) -> Happened:
    return Happened(name=office.organisation.called(row["by"]), **row)
