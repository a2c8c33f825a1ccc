"""The letter that goes with an answer: plain text from a template, in which nothing is left open.

One line of a template is one paragraph: it is wrapped by itself, and every line break stays. A field is `$name`. An
organisation's own template of the same name, in HOME/letters, goes before the one that comes with the program.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, fields
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from redact.errors import InputUnusable, UsageProblem
from redact.files import reason_of
from redact.legible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["OPTIONAL", "REGULATOR", "SCOTTISH", "UNDATED", "Letter", "LetterFacts", "complaint_to", "letter"]

WIDTH = 72
"""Characters on a line."""
UNDATED = "[the day on which it leaves]"
"""What stands in a draft in the place of the day."""
DIGITS = 12
"""Of a digest, enough to be compared on paper."""


class Letter(StrEnum):
    """What there is to write."""

    SAR_ANSWERED = "sar-answered"
    SAR_REFUSED = "sar-refused"
    SAR_EXTENDED = "sar-extended"
    THIRD_PARTY = "third-party"
    REFUSED = "refused"
    """To a third party or an agency."""
    FEE = "fee"
    """To a third party: what it costs."""
    FOI_ANSWERED = "foi-answered"
    FOI_REFUSED = "foi-refused"
    TENANT_ANSWERED = "tenant-answered"
    TENANT_REFUSED = "tenant-refused"
    COMPLAINT_ACKNOWLEDGED = "complaint-acknowledged"
    COMPLAINT_OUTCOME = "complaint-outcome"
    STATUTORY = "statutory"
    """A note to the police, or to another agency that the law entitles to ask."""


OPTIONAL = frozenset({"organisation_address", "address", "gaps", "transfers", "clock"})
"""Fields that may be empty: there may be nothing to say."""


COMPLAINT = "You may complain at any time to {}, {}"
REGULATOR = (
    "the Information Commissioner's Office",
    "Wycliffe House, Water Lane, Wilmslow, Cheshire SK9 5AF, telephone 0303 123 1113, https://ico.org.uk/make-a-complaint/",
)
"""Name and address of the regulator, where the organisation's file names no other."""
SCOTTISH = (
    "the Scottish Information Commissioner",
    "Kinburn Castle, Doubledykes Road, St Andrews, Fife KY16 9DS",
)
"""Of freedom of information in Scotland."""


MADE_OF = {"key": "fingerprint", "complaint_to_us": "contact", "review": "contact"}
"""Fields of a template that are whole sentences around a fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """What the letters tell. A template takes what it names; what it names must be there.

    What has a default is a draft in words that hold for most landlords: the organisation checks it and sets its own.
    """

    kind: Letter
    day: date | None
    """Of the letter; None in a draft, which is dated once it leaves."""
    reference: str
    recipient: str
    organisation: str
    signatory: str
    """Name and post of who signs."""
    contact: str
    """Where complaints and questions go: an address, a telephone number or both."""
    organisation_address: str = ""
    address: str = ""
    their_reference: str = "none given"
    received: date | None = None
    due: date | None = None
    """When the answer was due before it was extended."""
    extended_to: date | None = None
    asked: str = ""
    """What was asked for, such as "footage of the car park on 3 November 2026, 14:00 to 15:00"."""
    provided: tuple[str, ...] = ()
    """What footage, of which camera and time."""
    gaps: tuple[str, ...] = ()
    """What could not be provided, and why."""
    clock: tuple[str, ...] = ()
    """How far the clock in the picture is from the true time."""
    enclosed: tuple[tuple[str, str], ...] = ()
    """File name and SHA-256 of each thing sent."""
    fingerprint: str = ""
    """Of the public key with which the release is signed."""
    exemption: str = ""
    """The exemption, or the other ground in law, with its paragraph."""
    reason: str = ""
    basis: str = ""
    purpose: str = ""
    fee: str = ""
    """How a fee stands, with its amount."""
    about: str = ""
    """What a complaint is about."""
    outcome: str = ""
    """What came of a complaint, as the person is told."""
    scheme: str = ""
    """What the access scheme of tenants says, with its text: nothing comes with the program."""
    foi_complaint: str = ""
    """Whom to complain to about an answer under freedom of information."""
    hidden: str = (
        "Other people could be recognised in the footage, by themselves or by someone who knows where they were. "
        "We need not give you what would identify another person unless that person agrees, or it is reasonable "
        "without their agreement (Data Protection Act 2018, Schedule 2, paragraph 16). So we have hidden everyone of "
        "whom we do not know that one or the other is so."
    )
    others: str = (
        "Where someone could be recognised who is not needed for the purpose above, we have hidden them (UK GDPR, "
        "Article 5(1)(c))."
    )
    """Whom a copy for a third party hides."""
    checking: str = (
        "Each file has a digest, a number that changes when anything in the file does. Compare the first digits of "
        "each with those above. The package says how its signature is checked, without us and without a network."
    )
    conditions: str = (
        "Use it for the purpose above and for nothing else, keep it safe, pass it on only where the law requires it, "
        "and delete it when the purpose is fulfilled. From when you receive it you answer for it as a controller."
    )
    purposes: str = "to prevent and look into crime, nuisance and accidents, and to keep residents and staff safe."
    categories: str = "moving pictures of people and vehicles, with time and place, and sound where a camera has it."
    recipients: str = "those of our staff who need to; the police and other agencies, and others, where the law allows."
    retention: str = "30 days, unless an incident, a request or a claim means that it is needed for longer."
    source: str = "our own cameras, fixed or worn by staff."
    automated: str = "none; people decide."
    transfers: str = ""
    """Where it goes to another country, with what safeguards; empty where it does not."""
    rights: str = (
        "You may ask us to correct or to erase your data or to use it less, and you may object to our using it. There "
        "are exceptions, and we would tell you if one applied."
    )
    complaint: str = COMPLAINT.format(*REGULATOR)
    court: str = (
        "You may also ask a court to order that we comply (Data Protection Act 2018, section 167; UK GDPR, Article 79)."
    )


def complaint_to(name: str, address: str) -> str:
    """Say that people may complain to the regulator NAME at ADDRESS."""
    return COMPLAINT.format(name, address)


def letter(facts: LetterFacts, folder: Path | None = None) -> str:
    """Write the letter of FACTS. FOLDER, such as HOME/letters, holds the organisation's own templates.

    Raises UsageProblem naming the field that a template needs and FACTS lacks, or that it names and is none.
    """
    where, text = _template(facts.kind, folder)
    _check(where, text)
    values = _values(facts)
    template = Template(text)
    names = template.get_identifiers()
    if unknown := [name for name in names if name not in values]:
        raise UsageProblem(*_unknown(where, unknown[0], values))
    if missing := [MADE_OF.get(name, name) for name in names if not values[name] and name not in OPTIONAL]:
        message = f"The {facts.kind} letter needs {' and '.join(missing)}: {where} names what nobody gave."
        raise UsageProblem(message, "Give it, set it for the organisation, or use a template that does without.")
    return _wrapped(template.substitute(values))


def _template(kind: Letter, folder: Path | None) -> tuple[str, str]:
    """Where the template for KIND is, and its text: the one in FOLDER, or the one that comes with the program."""
    name = f"{kind}.txt"
    own = folder / name if folder else None
    if own is None or not own.exists():
        return name, (files("redact.report") / "letters" / name).read_text("utf-8")
    try:
        return str(own), own.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as problem:
        message = f"{own} cannot be read ({reason_of(problem, 'unknown')})."
        raise InputUnusable(message, "Check that it is a file and that you may read it.") from problem
    except UnicodeDecodeError as problem:
        message = f"{own} is not UTF-8 text."
        raise UsageProblem(message, "Save the template as UTF-8.") from problem


def _check(where: str, text: str) -> None:
    """Refuse a template in which a $ begins no field."""
    for match in Template.pattern.finditer(text):
        if match["invalid"] is not None:
            line = text.count("\n", 0, match.start()) + 1
            message = f"{where}, line {line}: a $ stands before something that is no field."
            raise UsageProblem(message, "Write $$ where the letter is to show a $.")


def _unknown(where: str, name: str, values: Iterable[str]) -> tuple[str, str]:
    close = get_close_matches(name, list(values), 1)
    meant = f"Did you mean ${close[0]}? " if close else ""
    return f"{where}: ${name} is no field of a letter.", f"{meant}Fields: {', '.join(sorted(values))}."


def _values(facts: LetterFacts) -> dict[str, str]:
    """Give every field as it stands in the letter."""
    values = {field.name: _said(getattr(facts, field.name)) for field in fields(facts)}
    values["day"] = values["day"] or UNDATED
    values["enclosed"] = _points(f"{name}, {_digest(digest)}" for name, digest in facts.enclosed)
    values["key"] = (
        f"The release is signed. Fingerprint of our public key:\n{facts.fingerprint}\n"
        "Ask us for it by telephone, and compare."
        if facts.fingerprint
        else ""
    )
    values["complaint_to_us"] = (
        f"Please tell us first: {facts.contact}. You have a right to complain to us (Data Protection Act 2018, section "
        "164A). We acknowledge a complaint within 30 days, look into it, and tell you what came of it."
        if facts.contact
        else ""
    )
    values["review"] = f"You may ask us to look at this answer again: {facts.contact}." if facts.contact else ""
    return {name: visible(value.strip()) for name, value in values.items()}


def _digest(digest: str) -> str:
    """Say how a file's DIGEST begins; of one that is not made yet, that it will stand there."""
    return f"SHA-256 beginning {digest[:DIGITS]}" if digest else "with its SHA-256, once it is made"


def _said(value: object) -> str:
    """Give one VALUE: a date in words, sentences as points."""
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, tuple):
        return _points(map(str, value))
    return "" if value is None else str(value)


def _points(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _wrapped(text: str) -> str:
    """Wrap each line of TEXT by itself; where a field was empty, no hole is left."""
    lines = [part for line in text.split("\n") for part in _line(line.rstrip())]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _line(line: str) -> list[str]:
    """Break one LINE at 72 characters, under its own beginning. A word that is longer stays whole: it may be typed."""
    begins = re.match(r"\s*(- )?", line)
    indent = " " * len(begins[0]) if begins else ""
    broken = textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return broken or [""]
