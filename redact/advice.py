"""Sentences of which every front end spells some parts in its own words: what to do, and what is given with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from redact.legible import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["END", "Give", "Given", "Part", "Sentence", "Step", "Task"]


END = "\n"
"""Part of a sentence between two of its lines."""


class _Named(Enum):
    """What people know by a name."""

    def __str__(self) -> str:
        """For whoever debugs; people are told by their front end."""
        return f"<{self.value}>"


class Task(_Named):
    """Something that can be done with the program."""

    SET_UP = "set up"
    PULL_MODELS = "fetch the networks"
    OPEN_REQUEST = "open a request"
    LIST_REQUESTS = "list the requests"
    SHOW_REQUEST = "show the request"
    CHANGE_REQUEST = "change the request"
    RECORD_STEP = "record a step"
    CLOSE_REQUEST = "close the request"
    ATTACH = "attach footage"
    SCAN = "scan"
    SHOW_SUBJECTS = "show the subjects"
    RENDER = "render"
    DRAFT = "draft the letter"
    APPROVE = "approve"
    RELEASE = "release"
    LIST_RETENTION = "list what is kept"
    PURGE = "purge"
    HOLD = "place a hold"
    LIFT = "lift a hold"
    SHOW_LOG = "show the log"
    VERIFY_LOG = "check the log"
    REBUILD = "make the register anew"
    SHOW_KEYS = "show the keys"
    ROTATE_KEY = "rotate the key"
    MAKE_OWN_KEY = "make a key of one's own"
    ENROL = "put somebody's key on record"
    REVOKE = "revoke somebody's key"
    RECOVER = "take a new key under the organisation's"
    LIST_PEOPLE = "list whose keys are on record"
    UNLOCK = "unlock one's own key"
    REVIEW = "open the page"


class Given(_Named):
    """Something that is given with a task."""

    ABOUT = "request complained about"
    ACCEPT = "finding to accept"
    ACCEPT_DAMAGE = "damage is accepted"
    AMOUNT = "amount"
    ANYWAY = "redacted all the same"
    AUTHORITY = "authority of certificates"
    CAMERA = "camera"
    CERTIFICATE = "certificate"
    CLIP = "clip"
    CLOCK_OFFSET = "clock offset"
    FILE = "file"
    FOLDER = "folder"
    FPS = "frames a second"
    FROM = "from"
    GROUND = "ground"
    HOLD = "hold"
    HOST = "host"
    IDENTITY = "identity"
    KEEP = "who stays visible"
    LAWFUL_BASIS = "lawful basis"
    NAME = "name"
    NATIVE = "masters"
    NOTE = "note"
    NOTHING = "nothing found"
    ON = "day"
    OUTCOME = "outcome"
    PORT = "port"
    PURPOSE = "purpose"
    REASON = "reason"
    RECIPIENT = "recipient"
    REQUESTER = "requester"
    SPAN = "span"
    STEP = "step"
    TAKE = "take over"
    UPGRADE = "up to date"
    UPLOAD = "upload link"
    STREAM = "video stream"
    TO = "to"
    WATCHED = "watched"
    WHY = "why"


@dataclass(frozen=True, slots=True)
class Give:
    """That something is to be given, and how."""

    what: Given
    value: str
    """As it is to be given, or an example."""

    def __str__(self) -> str:
        """For whoever debugs, as of all parts."""
        return f"{self.what} {self.value}"


@dataclass(frozen=True, slots=True)
class Step:
    """That a task is to be done, and for what."""

    task: Task
    request: str | None = None
    """Reference of the request it is done for; empty where whoever advises does not know it, None where none is."""
    gives: tuple[Give | Given, ...] = ()
    """What is to be given with it."""

    def __str__(self) -> str:
        """For whoever debugs, as of all parts."""
        return " ".join(map(str, filter(None, (self.task, self.request, *self.gives))))


Part = str | Task | Given | Step | Give
"""A part of a sentence: words that any front end can show, or what it has its own words for."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is wrong, or what to do, in a sentence or a few."""

    parts: tuple[Part, ...] = ()

    @classmethod
    def of_lines(cls, lines: Iterable[str]) -> Sentence:
        """Say LINES one below the other. None of them gets a second line, whatever stands in it."""
        return cls(tuple(part for line in lines for part in (END, one_line(line)))[1:])

    @property
    def tame(self) -> Sentence:
        """It with no part that turns the direction of writing, hides anything or brings a line of its own."""
        return Sentence(tuple(map(_tame, self.parts)))

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return any(self.parts)

    def __str__(self) -> str:
        """For whoever debugs, and where no part has to be spelt."""
        return "".join(map(str, self.parts))

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What it says is to be done with the program, in order."""
        steps = (part.task if isinstance(part, Step) else part for part in self.parts)
        return tuple(step for step in steps if isinstance(step, Task))

    def about(self, reference: str) -> Sentence:
        """Put REFERENCE into every step that knew no request."""
        return Sentence(tuple(_about(part, reference) for part in self.parts))


def _about(part: Part, reference: str) -> Part:
    return replace(part, request=reference) if isinstance(part, Step) and part.request == "" else part


def _tame(part: Part) -> Part:
    match part:
        case str():
            return part if part == END else one_line(part)
        case Give():
            return replace(part, value=one_line(part.value))
        case Step():
            request = part.request if part.request is None else one_line(part.request)
            return replace(part, request=request, gives=tuple(map(_given, part.gives)))
        case _:
            return part


def _given(given: Give | Given) -> Give | Given:
    return replace(given, value=one_line(given.value)) if isinstance(given, Give) else given
