"""How what to do next is spelt on the page: the one place that knows what tasks are called there, and problems too."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from redact.advice import Give, Given, Sentence, Step, Task
from redact.document.document import Code
from redact.errors import (
    ChangedMeanwhile,
    InputUnusable,
    ModelUnavailable,
    NotPermitted,
    RedactError,
    SourceChanged,
    UsageProblem,
    VerificationFailed,
)
from redact.governance.ledger.events import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from redact.advice import Part
    from redact.document.document import Words

__all__ = [
    "FIELDS",
    "PHRASES",
    "STATUS",
    "Turned",
    "facts",
    "linked",
    "of_report",
    "plainly",
    "spelt",
    "status_of",
    "task_of",
]

PHRASES: dict[Task, str] = {
    Task.SET_UP: "have the records set up",
    Task.PULL_MODELS: "have the networks fetched",
    Task.OPEN_REQUEST: "record a new request",
    Task.LIST_REQUESTS: "see all requests",
    Task.SHOW_REQUEST: "see the request",
    Task.CHANGE_REQUEST: "correct the request",
    Task.RECORD_STEP: "record what happened",
    Task.CLOSE_REQUEST: "close the request",
    Task.ATTACH: "add footage",
    Task.SCAN: "find everyone in the footage",
    Task.SHOW_SUBJECTS: "see who is in it",
    Task.RENDER: "make the copy",
    Task.DRAFT: "read the letter",
    Task.APPROVE: "approve it",
    Task.RELEASE: "release it",
    Task.LIST_RETENTION: "see what is kept",
    Task.PURGE: "delete what is past its time",
    Task.HOLD: "keep footage for an incident",
    Task.LIFT: "let footage go again",
    Task.SHOW_LOG: "see what is on record",
    Task.VERIFY_LOG: "have the record checked",
    Task.REBUILD: "have the register made anew",
    Task.SHOW_KEYS: "see the organisation's key",
    Task.ROTATE_KEY: "have the organisation's key renewed",
    Task.MAKE_OWN_KEY: "make a key of your own",
    Task.ENROL: "put somebody's key on record",
    Task.REVOKE: "let somebody's key count no more",
    Task.RECOVER: "have a lost key replaced under the organisation's",
    Task.LIST_PEOPLE: "see whose keys are on record",
    Task.UNLOCK: "sign in again",
    Task.REVIEW: "open this page",
}
"""Each task as it stands in a sentence, after a colon."""

FIELDS: dict[Given, str] = {
    Given.ABOUT: "Request complained about",
    Given.ACCEPT: "Accept this finding",
    Given.ACCEPT_DAMAGE: "Accept the damage",
    Given.AMOUNT: "Amount in pounds",
    Given.ANYWAY: "Redact it all the same",
    Given.AUTHORITY: "Authority",
    Given.CAMERA: "Camera",
    Given.CERTIFICATE: "Certificate",
    Given.CLIP: "Clip",
    Given.CLOCK_OFFSET: "Clock ahead by",
    Given.FILE: "File",
    Given.FOLDER: "Folder",
    Given.FPS: "Frames a second",
    Given.FROM: "From",
    Given.GROUND: "Ground of the fee",
    Given.HOLD: "Hold",
    Given.HOST: "Host",
    Given.IDENTITY: "Identity",
    Given.KEEP: "Who stays visible",
    Given.LAWFUL_BASIS: "Lawful basis",
    Given.NAME: "Name",
    Given.NATIVE: "The recording itself",
    Given.NOTE: "Note",
    Given.NOTHING: "It found nothing",
    Given.ON: "Day",
    Given.OUTCOME: "Outcome",
    Given.PORT: "Port",
    Given.PURPOSE: "Purpose",
    Given.REASON: "Reason",
    Given.RECIPIENT: "Recipient",
    Given.REQUESTER: "Requester",
    Given.SPAN: "Part of the clip",
    Given.STEP: "What happened",
    Given.TAKE: "Take over",
    Given.UPGRADE: "Bring up to date",
    Given.UPLOAD: "Upload link",
    Given.STREAM: "Video stream",
    Given.TO: "To",
    Given.WATCHED: "I have watched it",
    Given.WHY: "Why",
}
"""What each thing that is given is called beside its field."""

FEW = 4
"""Words after which a sentence that only introduces a step is as good as none."""

HAPPENED: dict[str, str] = {
    EventKind.IDENTITY_SATISFIED: "They showed who they are",
    EventKind.CLARIFICATION_ANSWERED: "They answered",
    EventKind.FEE_PAID: "They paid",
    EventKind.SEARCHED: "Footage was searched",
    EventKind.ACKNOWLEDGED: "The complaint was acknowledged",
    EventKind.LOOKED_INTO: "The complaint was looked into",
    EventKind.UPLOADED: "The package was uploaded",
    EventKind.FEE_WAIVED: "The fee was waived",
}
"""What can be recorded of a request, as it is called where somebody chooses it."""

STATUS: tuple[tuple[type[RedactError], int], ...] = (
    (ChangedMeanwhile, 409),
    (UsageProblem, 400),
    (NotPermitted, 403),
    (SourceChanged, 409),
    (InputUnusable, 422),
    (VerificationFailed, 422),
    (ModelUnavailable, 503),
)
"""Which status of HTTP tells of which problem; any other is a fault: 500."""


CODES = {
    "-o": "another disk",
    "--span": "a part of the clip",
    "--style fill": "one colour",
    "--cover body": "the whole body",
    "--stream": "the video stream",
    "--hide": "people, faces and plates",
    "--accept": "a finding",
    "--reason": "a reason",
    "--audio mute": "all sound muted",
    "redact models check": "whoever looks after the program",
}
"""What reports have in code, in words of the page."""

KEPT = (
    (re.compile(r"""redact decide .*? --name (?:'[^']*'(?:"'"'[^']*')*|\S+?)(?=[.,;]?(?:\s|$))"""), "on this page"),
    (re.compile(r"^--accept (\S+) matches no finding"), r"There is no finding \1"),
)
"""How records say, for whoever types commands, what is to be done, and how the page says it."""


class Turned(RedactError):
    """A request of HTTP that is turned away, with the status and the code that say why."""

    def __init__(
        self, status: int, code: str, what: str | Sentence, *advice: Part, fields: Mapping[str, str] | None = None
    ) -> None:
        """Turn away with STATUS and CODE, saying WHAT is wrong; ADVICE: what to do; FIELDS: what of a form is wrong."""
        super().__init__(what, *advice)
        self.status, self.code, self.fields = status, code, dict(fields or {})


def spelt(sentence: Sentence) -> str:
    """Put SENTENCE in the words of the page."""
    words = "".join(_said(sentence.parts)).strip()
    return words if not sentence.parts or isinstance(sentence.parts[-1], str) else f"{words}."


def plainly(text: str) -> str:
    """Put TEXT, which stands on record in the words of commands, in those of the page."""
    for kept, words in KEPT:
        text = kept.sub(words, text)
    return text


def of_report(words: Words) -> str:
    """Put WORDS of a report, which say in code what is given with commands, in words of the page."""
    parts = (words,) if isinstance(words, str) else words
    return "".join(CODES.get(part.text, part.text) if isinstance(part, Code) else str(part) for part in parts)


def linked(sentence: Sentence) -> dict[str, Any]:
    """Give SENTENCE for the page, the task that it says is to be done, what is given with it, and the words before."""
    before = "".join(map(_part, takewhile(lambda part: not isinstance(part, Task | Step), sentence.parts)))
    step = next((part for part in sentence.parts if isinstance(part, Step)), None)
    given = [give.value for give in step.gives if isinstance(give, Give)] if step else []
    return {
        "text": spelt(sentence),
        "task": task_of(sentence),
        "what": _whole(before.strip().removesuffix(":")),
        "given": [value for value in given if value not in {"", "…"}],
    }


def _whole(text: str) -> str:
    """Leave out of TEXT the few words with which a step was introduced, such as "Say it"."""
    known, _, last = text.rpartition(". ")
    return f"{known}." if known and len(last.split()) <= FEW else text


def task_of(sentence: Sentence) -> str | None:
    """Name the first task of SENTENCE, as the page's links do; None where there is none."""
    return next((task.name.lower().replace("_", "-") for task in sentence.tasks), None)


def facts(problem: RedactError) -> dict[str, Any]:
    """Give PROBLEM as plain JSON in the words of the page."""
    code = getattr(problem, "code", None)
    task = task_of(problem.advice)
    named: dict[str, Any] = ({"code": str(code)} if code else {}) | ({"task": task} if task else {})
    if isinstance(problem, Turned) and problem.fields:
        named["fields"] = problem.fields
    return {"message": spelt(problem.problem), "remedy": spelt(problem.advice), **named}


def status_of(problem: RedactError) -> int:
    """Give the status of HTTP that tells of PROBLEM."""
    if isinstance(problem, Turned):
        return problem.status
    return next((status for kind, status in STATUS if isinstance(problem, kind)), 500)


def _said(parts: Sequence[Part]) -> Iterator[str]:
    """Spell PARTS. A task that the words before it have asked for is not said twice: the page has it as a link."""
    for number, part in enumerate(parts):
        following = parts[number + 1] if number + 1 < len(parts) else ""
        if isinstance(part, str) and part.endswith(": ") and isinstance(following, (Task, Step)):
            fields = _fields(following)
            yield part if fields else part.removesuffix(": ")
        elif number and isinstance(part, (Task, Step)) and str(parts[number - 1]).endswith(": "):
            yield _fields(part)
        else:
            yield _part(part)


def _part(part: Part) -> str:
    if isinstance(part, Task):
        return PHRASES[part]
    if isinstance(part, Step):
        return _step(part)
    if isinstance(part, Given):
        return f"\N{LEFT DOUBLE QUOTATION MARK}{FIELDS[part]}\N{RIGHT DOUBLE QUOTATION MARK}"
    return _given(part) if isinstance(part, Give) else part


def _step(step: Step) -> str:
    """Spell STEP; where one of several things can be given with it, which."""
    said = _fields(step)
    return f"{PHRASES[step.task]}, {said}" if said else PHRASES[step.task]


def _fields(step: Task | Step) -> str:
    """Name what is given with STEP, where one of several things can be."""
    known = isinstance(step, Step) and step.task in {Task.CHANGE_REQUEST, Task.RECORD_STEP}
    return ", ".join(map(_part, step.gives)) if known and isinstance(step, Step) else ""


def _given(give: Give) -> str:
    field = _part(give.what)
    if give.what is Given.STEP and give.value in HAPPENED:
        return f"\N{LEFT DOUBLE QUOTATION MARK}{HAPPENED[give.value]}\N{RIGHT DOUBLE QUOTATION MARK}"
    return field if give.value in {"", "…"} else f"{field} ({give.value})"
