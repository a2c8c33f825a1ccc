"""What a request asked for when it came in, and what is missing before anything can be released for it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from redact.advice import Give, Given, Sentence, Step, Task
from redact.errors import UsageProblem
from redact.files import canonical_json, sha256_bytes
from redact.governance.ledger.events import Event, EventKind
from redact.governance.rules.clock_others import SCHEME_BEGINS
from redact.governance.rules.working_days import Nation
from redact.request.choices import KINDS_HELP, RequestKind
from redact.request.model import Reference  # noqa: TC001  as above
from redact.request.toml import read, sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from redact.advice import Part

__all__ = ["Intake", "Lack", "Window", "problems"]

LINK = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s@]*)?")
LINK_HELP = "beginning with https://"
LONGEST = 200
LINE_HELP = f"up to {LONGEST} printable characters on one line"
DAY_HELP = "a date such as 2026-03-02"
TIME_HELP = "a local date and time where the camera is, without an offset, such as 2026-02-28T21:30:00"


def _line(text: str) -> str:
    """Nothing that breaks the line, hides, or turns its direction."""
    text = text.strip()
    if len(text) > LONGEST or not text.isprintable():
        message = f"it must be {LINE_HELP}"
        raise ValueError(message)
    return text


def _something(text: str) -> str:
    """Text that says nothing names no camera."""
    return text or _wrong("nothing")


def _day(value: object) -> date:
    """Read a date of TOML or ISO 8601."""
    if isinstance(value, str):
        return date.fromisoformat(value) if len(value) == len("2026-03-02") else _wrong(value)
    return value if isinstance(value, date) and not isinstance(value, datetime) else _wrong(value)


def _local(value: object) -> datetime:
    """Read a local date and time of TOML or ISO 8601."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if isinstance(value, datetime) and value.tzinfo is None else _wrong(value)


def _wrong(value: object) -> NoReturn:
    message = f"{value} is not accepted"
    raise ValueError(message)


def _link(text: str) -> str:
    """A link that a browser opens over an encrypted connection, without a name or a password in it."""
    text = _line(text)
    if text and not LINK.fullmatch(text):
        message = f"it must be {LINK_HELP}"
        raise ValueError(message)
    return text


LineOfText = Annotated[str, Field(strict=True), AfterValidator(_line)]
Link = Annotated[str, Field(strict=True), AfterValidator(_link)]
Camera = Annotated[LineOfText, AfterValidator(_something)]
Day = Annotated[date, BeforeValidator(_day), PlainSerializer(date.isoformat, return_type=str)]
Local = Annotated[datetime, BeforeValidator(_local), PlainSerializer(datetime.isoformat, return_type=str)]


class _Checked(BaseModel):
    """A record in which nothing unknown stands and nothing can be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Window(_Checked):
    """The time asked about, half-open, as clocks showed it where the camera is."""

    start: Local = Field(validation_alias="from", serialization_alias="from", description=TIME_HELP)
    end: Local = Field(validation_alias="to", serialization_alias="to", description=TIME_HELP)

    @model_validator(mode="after")
    def _forwards(self) -> Window:
        if self.end <= self.start:
            message = f"the window from {self.start} to {self.end} is empty: it must end after it begins"
            raise ValueError(message)
        return self


class Intake(_Checked):
    """What was asked, by whom, and on what ground."""

    reference: Reference = Field(
        strict=True, description='up to 40 letters, digits, spaces and . / _ - such as "SAR-2026-0142"'
    )
    kind: RequestKind = Field(description=KINDS_HELP)
    received: Day = Field(description=f"the day it came in, {DAY_HELP}")
    requester: LineOfText = Field(default="", description=f"who asks, {LINE_HELP}")
    recipient: LineOfText = Field(default="", description=f"who the copy is for, {LINE_HELP}")
    nation: Nation | None = Field(
        default=None, description='"england-and-wales", "scotland" or "northern-ireland"; else the organisation\'s own'
    )
    identity: LineOfText = Field(default="", description=f"how it was checked who asks, {LINE_HELP}")
    lawful_basis: LineOfText = Field(default="", description=f"the law that lets you disclose it, {LINE_HELP}")
    purpose: LineOfText = Field(default="", description=f"what it is needed for, {LINE_HELP}")
    window: Window | None = Field(default=None, description="a table of from and to")
    cameras: tuple[Camera, ...] = Field(default=(), description=f"a list of cameras, each {LINE_HELP}")
    note: LineOfText = Field(default="", description=LINE_HELP)
    wanted_by: Day | None = Field(default=None, description=DAY_HELP)
    about: Reference | None = Field(
        default=None, description="of a complaint: the reference of the request it is about"
    )
    upload: Link = Field(default="", description=f"of an agency: the link at which it takes the package, {LINK_HELP}")

    @model_validator(mode="after")
    def _wanted_afterwards(self) -> Intake:
        if self.wanted_by and self.wanted_by < self.received:
            message = f"wanted_by ({self.wanted_by}) is before received ({self.received})"
            raise ValueError(message)
        return self

    @classmethod
    def load(cls, path: Path) -> Intake:
        """Read the intake in the TOML file at PATH. Raises UsageProblem with line, field and accepted values."""
        _, text, document = read(path)
        return cls._checked(document, str(path), text)

    @classmethod
    def of(cls, values: Mapping[str, Any], where: str = "the command line") -> Intake:
        """Read VALUES, such as an event's, found at WHERE. Raises UsageProblem naming the field."""
        return cls._checked(values, where, None)

    @classmethod
    def _checked(cls, values: Mapping[str, Any], where: str, text: str | None) -> Intake:
        try:
            return cls.model_validate(dict(values))
        except ValidationError as wrong:
            problem = Sentence.of_lines(sentences(wrong, cls, where, text))
            raise UsageProblem(problem, "Correct it, and do it again.") from wrong

    def plain(self) -> dict[str, Any]:
        """Everything asked, defaults included, as plain JSON."""
        return self.model_dump(mode="json", by_alias=True)

    @property
    def digest(self) -> str:
        """Digest of what is asked, however it was spelt."""
        return sha256_bytes(canonical_json(self.plain()))


class Lack(NamedTuple):
    """What must be put right before anything is released for a request."""

    what: str
    """What is missing and by which rule, in a sentence or two."""
    way: tuple[Part, ...]
    """How it is put right, as the end of a sentence."""

    @property
    def sentence(self) -> Sentence:
        """Both."""
        return Sentence((f"{self.what} ", *self.way))


def problems(intake: Intake, events: Sequence[Event]) -> tuple[Lack, ...]:
    """Tell what must be put right before anything is released for INTAKE, given its EVENTS."""
    ended = next((event for event in reversed(events) if event.kind in ENDED), None)
    reference = intake.reference
    if ended:
        what = f"{reference} was {ENDED[ended.kind]} on {ended.day}: nothing is released for a request that has ended."
        return (Lack(what, ("Where the person asks again, open a new one: ", Task.OPEN_REQUEST)),)
    missing = [
        Lack(f"{reference}: {need.what}", tuple(_about(part, reference) for part in need.way))
        for need in NEEDS[intake.kind]
        if not need.there(intake, events)
    ]
    return (*missing, *_waiting(intake, events))


def _about(part: Part, reference: str) -> Part:
    """Put REFERENCE into PART, a step that knows no request."""
    return replace(part, request=reference) if isinstance(part, Step) else part


ENDED = {EventKind.CLOSED: "closed", EventKind.REFUSED: "refused"}


class Question(NamedTuple):
    """Something that may be asked of the requester."""

    asking: frozenset[EventKind]
    answering: tuple[EventKind, ...]
    clause: str
    rule: str


QUESTIONS = (
    Question(
        frozenset({EventKind.IDENTITY_ASKED}),
        (EventKind.IDENTITY_SATISFIED,),
        "proof of identity was asked for",
        "UK GDPR Art 12(6)",
    ),
    Question(
        frozenset({EventKind.FEE_QUOTED, EventKind.FEE_INVOICED, EventKind.FEE_ASKED}),
        (EventKind.FEE_PAID, EventKind.FEE_WAIVED),
        "a fee was asked for",
        "UK GDPR Art 12(5), or as it was agreed",
    ),
    Question(
        frozenset({EventKind.CLARIFICATION_ASKED}),
        (EventKind.CLARIFICATION_ANSWERED,),
        "it was asked what the request means",
        "UK GDPR Art 12A",
    ),
)


def _recorded(kind: EventKind) -> Step:
    """Say that KIND is to be recorded of the request."""
    return Step(Task.RECORD_STEP, "", (Give(Given.STEP, kind.value),))


def _corrected(*gives: Given) -> Step:
    """Say that GIVES are to be corrected in what the register has of the request."""
    return Step(Task.CHANGE_REQUEST, "", gives)


def _waiting(intake: Intake, events: Sequence[Event]) -> list[Lack]:
    """Whatever was asked of the requester, and not answered since."""
    demands = []
    for question in QUESTIONS:
        kinds = question.asking | {*question.answering}
        last = next((event for event in reversed(events) if event.kind in kinds), None)
        if last and last.kind in question.asking:
            what = f"{intake.reference}: {question.clause} on {last.day} and nothing came yet ({question.rule})."
            step = _about(_recorded(question.answering[0]), intake.reference)
            demands.append(Lack(what, ("Record the answer when it is there: ", step)))
    return demands


class Need(NamedTuple):
    """Something that has to be on record."""

    there: Callable[[Intake, Sequence[Event]], bool]
    """Whether it is."""
    what: str
    """What is missing where it is not, and by which rule."""
    way: tuple[Part, ...]


def _identified(intake: Intake, events: Sequence[Event]) -> bool:
    shown = (event.data.get("how") for event in events if event.kind is EventKind.IDENTITY_SATISFIED)
    return bool(intake.identity) or any(isinstance(how, str) and how.strip() for how in shown)


def _searched(_intake: Intake, events: Sequence[Event]) -> bool:
    searches = (event.data for event in events if event.kind is EventKind.SEARCHED)
    return any(all(str(data.get(key, "")).strip() for key in ("camera", "from", "to", "found")) for data in searches)


def _officer(intake: Intake, _events: Sequence[Event]) -> bool:
    parts = [part.strip() for part in intake.requester.split(",")]
    return len(parts) > 1 and all(parts)


REQUESTER = Need(
    lambda intake, _events: bool(intake.requester),
    "nobody is named who asks (UK GDPR Art 15: a copy goes to the person it is about).",
    ("Say it: ", _corrected(Given.REQUESTER)),
)
RECIPIENT = Need(
    lambda intake, _events: bool(intake.recipient),
    "nobody is named whom the copy is for (it is recorded who received what).",
    ("Say it: ", _corrected(Given.RECIPIENT)),
)
SCOPE = Need(
    lambda intake, _events: bool(intake.window or intake.note),
    "it says neither which time it is about nor anything else of what was asked.",
    ("Say it: ", _corrected(Given.FROM, Given.TO), ", or with ", Given.NOTE),
)
IDENTITY = Need(
    _identified,
    "it is not recorded how it was checked who asks (UK GDPR Art 12(6)).",
    (
        *("Say how: ", _corrected(Given.IDENTITY)),
        *("; or, where it was asked for: ", _recorded(EventKind.IDENTITY_SATISFIED)),
    ),
)
RECORD_SEARCH = (
    "Record each, with the camera, from when, to when, and what was found: ",
    _recorded(EventKind.SEARCHED),
)
SEARCH = Need(
    _searched,
    "no search is recorded (UK GDPR Art 15(1A): it must be reasonable and proportionate).",
    RECORD_SEARCH,
)
NAMED = Need(
    lambda intake, _events: bool(intake.requester),
    "nobody is named who asks (a request states the name of whoever makes it).",
    ("Say it: ", _corrected(Given.REQUESTER)),
)
FOI_SEARCH = Need(_searched, "no search is recorded, so nobody can say whether it is held.", RECORD_SEARCH)
BASIS = Need(
    lambda intake, _events: bool(intake.lawful_basis),
    "no lawful basis is recorded (UK GDPR Art 6; for crime, DPA 2018 Sch 2 para 2; or the power the agency has).",
    ("Say it: ", _corrected(Given.LAWFUL_BASIS)),
)
PURPOSE = Need(
    lambda intake, _events: bool(intake.purpose),
    "it does not say what it is needed for (UK GDPR Art 5(1)(b)).",
    ("Say it: ", _corrected(Given.PURPOSE)),
)
OFFICER = Need(
    _officer,
    "it does not name a person and an agency (whoever receives it must be known to act for the agency).",
    (
        "Say both, with a comma between: ",
        Step(Task.CHANGE_REQUEST, "", (Give(Given.REQUESTER, "DC 1234 A. Example, Example Police"),)),
    ),
)
TENANCY = Need(
    _identified,
    "it is not recorded how it was checked that whoever asks is a tenant to whom the access scheme applies.",
    ("Say how: ", _corrected(Given.IDENTITY)),
)
WITHOUT_SCHEME = (
    *("Close it as opened in error: ", Step(Task.CLOSE_REQUEST, "")),
    *(", and record what it is without the scheme: ", Task.OPEN_REQUEST),
)
BEGUN = Need(
    lambda intake, _events: intake.received >= SCHEME_BEGINS,
    f"the access scheme begins on {SCHEME_BEGINS}, and the request came before.",
    WITHOUT_SCHEME,
)
ENGLISH = Need(
    lambda intake, _events: intake.nation in {None, Nation.ENGLAND_AND_WALES},
    "the access scheme is of England.",
    WITHOUT_SCHEME,
)
LINK_CHECKED = Need(
    lambda intake, events: not intake.upload or _identified(intake, events),
    "it is not recorded how it was checked that the upload link is the agency's own.",
    ("Say how, such as by a call to a number you knew before: ", _corrected(Given.IDENTITY)),
)
NO_COPY = Need(
    lambda _intake, _events: False,
    "it is a complaint: its outcome is told, and no footage is released for it.",
    (
        *("Close it with the outcome: ", Step(Task.CLOSE_REQUEST, "", (Given.OUTCOME, Given.NOTE))),
        *("; where footage is to be given after all, record a request for it: ", Task.OPEN_REQUEST),
    ),
)
NEEDS: dict[RequestKind, tuple[Need, ...]] = {
    RequestKind.SAR: (REQUESTER, IDENTITY, RECIPIENT, SCOPE, SEARCH),
    RequestKind.THIRD_PARTY: (REQUESTER, IDENTITY, RECIPIENT, SCOPE, SEARCH, BASIS, PURPOSE),
    RequestKind.POLICE: (OFFICER, LINK_CHECKED, RECIPIENT, BASIS, PURPOSE),
    RequestKind.STATUTORY: (OFFICER, LINK_CHECKED, RECIPIENT, BASIS, PURPOSE),
    RequestKind.FOI: (NAMED, RECIPIENT, SCOPE, FOI_SEARCH),
    RequestKind.TENANT: (NAMED, TENANCY, BEGUN, ENGLISH, RECIPIENT, SCOPE, FOI_SEARCH),
    RequestKind.COMPLAINT: (NO_COPY,),
}
"""What has to be on record, by who asks. Of those entitled by law nobody searches for their own data."""
