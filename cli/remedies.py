"""How what to do next is spelt for whoever types commands: the one place that knows what tasks are called here."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from redact.advice import Give, Given, Step, Task

if TYPE_CHECKING:
    from redact.advice import Part, Sentence
    from redact.errors import RedactError

__all__ = ["COMMANDS", "OPTIONS", "said", "spelt"]

COMMANDS: dict[Task, str] = {
    Task.SET_UP: "setup",
    Task.PULL_MODELS: "models pull",
    Task.OPEN_REQUEST: "request new",
    Task.LIST_REQUESTS: "request list",
    Task.SHOW_REQUEST: "request show",
    Task.CHANGE_REQUEST: "request change",
    Task.RECORD_STEP: "request record",
    Task.CLOSE_REQUEST: "request close",
    Task.ATTACH: "request attach",
    Task.SCAN: "scan",
    Task.SHOW_SUBJECTS: "subjects",
    Task.RENDER: "render",
    Task.DRAFT: "letter",
    Task.APPROVE: "approve",
    Task.RELEASE: "release",
    Task.LIST_RETENTION: "retention list",
    Task.PURGE: "retention purge",
    Task.HOLD: "retention hold",
    Task.LIFT: "retention lift",
    Task.SHOW_LOG: "log show",
    Task.VERIFY_LOG: "log verify",
    Task.REBUILD: "log rebuild",
    Task.SHOW_KEYS: "key show",
    Task.ROTATE_KEY: "key rotate",
    Task.MAKE_OWN_KEY: "key mine",
    Task.ENROL: "key enrol",
    Task.REVOKE: "key revoke",
    Task.RECOVER: "key recover",
    Task.LIST_PEOPLE: "key people",
    Task.UNLOCK: "key unlock",
    Task.REVIEW: "review",
}
"""What is typed after `redact`."""

OPTIONS: dict[Given, tuple[str, str]] = {
    Given.ABOUT: ("--about", "REF"),
    Given.ACCEPT: ("--accept", "FINDING"),
    Given.ACCEPT_DAMAGE: ("--accept-damage", ""),
    Given.AMOUNT: ("--amount", "POUNDS"),
    Given.ANYWAY: ("--redact-anyway", ""),
    Given.AUTHORITY: ("--ca", "FILE"),
    Given.CAMERA: ("--camera", "NAME"),
    Given.CERTIFICATE: ("--certificate", "FILE"),
    Given.CLIP: ("--clip", "CLIP"),
    Given.CLOCK_OFFSET: ("--clock-offset", "SECONDS"),
    Given.FILE: ("", "CLIP"),
    Given.FOLDER: ("-o", "DIR"),
    Given.FPS: ("--fps", "N"),
    Given.FROM: ("--from", "TIME"),
    Given.GROUND: ("--ground", "GROUND"),
    Given.HOLD: ("", "HOLD"),
    Given.HOST: ("--host", "HOST"),
    Given.IDENTITY: ("--identity", "TEXT"),
    Given.KEEP: ("--keep", "TIME@X,Y"),
    Given.LAWFUL_BASIS: ("--lawful-basis", "LAW"),
    Given.NAME: ("--name", "NAME"),
    Given.NATIVE: ("--native", ""),
    Given.NOTE: ("--note", "TEXT"),
    Given.NOTHING: ("--nothing", ""),
    Given.ON: ("--on", "DAY"),
    Given.OUTCOME: ("--outcome", "OUTCOME"),
    Given.PORT: ("--port", "N"),
    Given.PURPOSE: ("--purpose", "TEXT"),
    Given.REASON: ("--reason", "TEXT"),
    Given.RECIPIENT: ("--recipient", "WHO"),
    Given.REQUESTER: ("--requester", "WHO"),
    Given.SPAN: ("--span", "FROM-TO"),
    Given.STEP: ("", "STEP"),
    Given.TAKE: ("--take", "ID"),
    Given.UPGRADE: ("--upgrade", ""),
    Given.UPLOAD: ("--upload", "LINK"),
    Given.STREAM: ("--stream", "N"),
    Given.TO: ("--to", "TIME"),
    Given.WATCHED: ("--watched", ""),
    Given.WHY: ("--why", "TEXT"),
}
"""The option, and what stands for its value in a command; an argument has no option, a flag no value."""

SENTENCES = (Given.IDENTITY, Given.NOTE, Given.REASON, Given.REQUESTER, Given.WHY)
"""What is given in words, and so in quotes."""


def spelt(sentence: Sentence) -> str:
    """Put SENTENCE in the words of the command line."""
    return "".join(map(_part, sentence.parts))


def said(problem: RedactError) -> str:
    """Say what PROBLEM is, then what to do, on a line of its own."""
    return "\n".join(filter(None, (spelt(problem.problem), spelt(problem.advice))))


def _part(part: Part) -> str:
    """Spell PART: of a task the command, of what is given the option."""
    if isinstance(part, Task):
        return f"redact {COMMANDS[part]}"
    if isinstance(part, Step):
        return _command(part)
    if isinstance(part, Given):
        return OPTIONS[part][0]
    return _option(part) if isinstance(part, Give) else part


def _command(step: Step) -> str:
    """Spell STEP so that a shell takes it as it is, but for what is to be chosen."""
    reference = [] if step.request is None else [shlex.quote(step.request) if step.request else "REF"]
    gives = [_option(give) if isinstance(give, Give) else " ".join(filter(None, OPTIONS[give])) for give in step.gives]
    return " ".join([_part(step.task), *reference, *gives])


def _option(give: Give) -> str:
    value = f'"{give.value}"' if give.what in SENTENCES else shlex.quote(give.value)
    return " ".join(filter(None, (OPTIONS[give.what][0], value)))
