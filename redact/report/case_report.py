"""The report of a case: what was asked, searched, decided, made and approved, for the file and for the recipient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from redact.document.document import Bullets, Document, Facts, Grid, Paragraph, Preformatted, Section, Strong, section
from redact.report.copy_report import ASKED, LIMITS, copy_sections

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from redact.document.document import Run
    from redact.package.manifest import Manifest

__all__ = ["Approval", "CaseFacts", "Choice", "Coverage", "Exhibit", "Inside", "Searched", "case_report"]

BANNER: tuple[Run, ...] = (
    Strong("INTERNAL: not part of the release."),
    " It names who viewed what, and what the masters carry. File it with the case; do not send it.",
)
CHECK = (
    (
        "You need neither a network nor the master. The program checks the signature, every digest and every file "
        "name, and ends with exit code 0 only if all holds."
    ),
    (
        "Compare the fingerprint of the key with one that reached you another way, such as by telephone: a key that "
        "came with the package proves nothing by itself."
    ),
    "Without the program, compare the SHA-256 of each exhibit with the one above.",
)
SIGNED = (
    *LIMITS[:-1],  # the last says that digests are no signature, and a case's release has one
    (
        "The signature shows that whoever holds the key released these files, and that nothing in them has changed "
        "since. It does not show that what was decided was right."
    ),
)
COMMAND = "redact verify PACKAGE --key KEY.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One copy that is released."""

    master: str
    """File name of the master."""
    master_sha256: str
    name: str
    """File name of the copy."""
    sha256: str
    companion: bool = False
    """Whether it is no footage, but came with it."""
    manifest: Manifest | None = None
    """What a redacted copy was made from; None for a native copy, bit for bit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What one camera has of the window asked for."""

    camera: str
    covered: str
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """One place that was looked through for what was asked."""

    where: str
    window: str
    by: str
    at: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was decided about one subject, and on what ground."""

    subject: str
    visible: bool
    ground: str
    """In words."""
    reason: str
    """As the reviewer wrote it, which may name people: it stays inside."""
    by: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who let the copies go."""

    by: str
    at: str
    digest: str
    """SHA-256 of what was approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What only the internal report tells."""

    viewings: tuple[tuple[str, str, str, str], ...] = ()
    """When, by whom, which clip, why."""
    events: tuple[tuple[str, str, str, str], ...] = ()
    """When, what, by whom, and what else there is to say."""
    looked: tuple[tuple[str, str, str], ...] = ()
    """Who looked at the list of where to look, at how many places, and for how many minutes."""
    drawn: tuple[tuple[str, str, str, str, str], ...] = ()
    """Of which clip, what was drawn, by whom, when and why."""
    native: tuple[tuple[str, str, str], ...] = ()
    """Clip, name and value of what a master carries, such as its device and where it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """Everything the report tells, handed in by whoever knows it. Times are text, ready to be read."""

    reference: str
    kind: str
    """As `RequestKind` spells it."""
    requester: str
    recipient: str
    recipient_code: str
    copy_number: int
    release_id: str
    made: datetime
    """With its time zone."""
    basis: str
    """Lawful basis."""
    purpose: str
    exhibits: tuple[Exhibit, ...]
    fingerprint: str
    """Of the public key."""
    approval: Approval | None = None
    asked: str = ""
    """The window asked for."""
    coverage: tuple[Coverage, ...] = ()
    completeness: tuple[str, ...] = ()
    searched: tuple[Searched, ...] = ()
    choices: tuple[Choice, ...] = ()
    clock: tuple[str, ...] = ()
    """How the time limit of the law was kept."""
    offsets: tuple[str, ...] = ()
    """How far the clock burned into each picture is from the true time."""
    retention: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    limits: tuple[str, ...] = SIGNED
    check: tuple[str, ...] = CHECK
    inside: Inside = Inside()


def case_report(facts: CaseFacts, *, internal: bool = False) -> Document:
    """Tell FACTS as a document without a picture: for the recipient, or, INTERNAL, for the file with all there is."""
    sections = (
        *section("The request", Facts(tuple(_request(facts)))),
        *section("The time limit", Bullets(facts.clock)),
        *_footage(facts, internal=internal),
        *section("What is released", _exhibits(facts)),
        *section("Who can be seen, and why", _choices(facts, internal=internal)),
        *section("Approval", Facts(tuple(_approval(facts)))),
        *(
            part
            for number, exhibit in enumerate(facts.exhibits, 1)
            for part in _exhibit(number, exhibit, internal=internal)
        ),
        *section("What is kept, and for how long", Bullets(facts.retention)),
        *section("To think about", Bullets(facts.warnings)),
        *section("What this does not prove", Bullets(facts.limits)),
        *_how(facts),
        *(_inside(facts.inside) if internal else ()),
    )
    kind = "Case report, internal," if internal else "Case report"
    good, outcome = _outcome(facts)
    banner = BANNER if internal else ""
    return Document(f"{kind} {facts.reference}", outcome, good, sections, made=facts.made, banner=banner)


def _outcome(facts: CaseFacts) -> tuple[bool, str]:
    """Tell whether all is well, and what the report is about in one breath."""
    count = len(facts.exhibits)
    recipient = facts.recipient or "a recipient not stated"
    summary = f"{count} exhibit{'s' * (count != 1)} for {recipient}, copy {facts.copy_number}"
    if failed := [exhibit.name for exhibit in facts.exhibits if exhibit.manifest and not exhibit.manifest.passed]:
        return False, f"NOT TO BE RELEASED. {', '.join(failed)}: not every check passed. {summary}."
    if facts.approval is None:
        return False, f"NOT APPROVED. {summary}. Nobody has approved it yet."
    return True, f"Release {facts.release_id}: {summary}. Approved by {facts.approval.by} at {facts.approval.at}."


def _request(facts: CaseFacts) -> Iterator[tuple[str, str]]:
    yield "Reference", facts.reference
    yield "Kind", ASKED.get(facts.kind, facts.kind)
    yield "Requester", facts.requester or "not stated"
    yield "Recipient", facts.recipient or "not stated"
    yield "Recipient code", facts.recipient_code
    yield "Copy number", str(facts.copy_number)
    yield "Release", facts.release_id
    yield "Lawful basis", facts.basis or "not stated"
    yield "Purpose", facts.purpose or "not stated"
    yield "Footage asked for", facts.asked or "not stated"


def _footage(facts: CaseFacts, *, internal: bool) -> Iterator[Section]:
    """Tell what was searched, what the cameras have, and how far their clocks are off.

    What was found, in the words of whoever searched, is for the INTERNAL report alone.
    """
    head = ("Where", "Window", "By", "When", *(("Found",) if internal else ()))
    searched = tuple(
        (search.where, search.window, search.by, search.at, search.found)[: len(head)] for search in facts.searched
    )
    yield from section("What was searched", Grid("", head, searched))
    covered = tuple(
        (coverage.camera, coverage.covered, Bullets(coverage.gaps) or "none known") for coverage in facts.coverage
    )
    grid = Grid("Set against the window asked for.", ("Camera", "Covered", "Gaps"), covered)
    yield from section("How complete it is", grid, Bullets(facts.completeness))
    yield from section("The clock in the picture", Bullets(facts.offsets))


def _exhibits(facts: CaseFacts) -> Grid:
    rows = tuple(
        (str(number), exhibit.name, _what(exhibit), exhibit.master) for number, exhibit in enumerate(facts.exhibits, 1)
    )
    return Grid("", ("Exhibit", "File", "What it is", "Made from"), rows)


def _what(exhibit: Exhibit) -> str:
    if exhibit.companion:
        return "a file that came with the master, as it came"
    return "redacted copy" if exhibit.manifest else "the master, bit for bit"


def _choices(facts: CaseFacts, *, internal: bool) -> Grid:
    """List what was decided of each subject; the reviewer's own words are for the INTERNAL report alone."""
    head = ("Subject", "In the copy", "Ground", "By", "When")
    rows = [
        (choice.subject, "visible" if choice.visible else "hidden", choice.ground, choice.by, choice.at)
        for choice in facts.choices
    ]
    caption = "Whoever is not listed is hidden, unless the request names them."
    if not internal:
        return Grid(caption, head, tuple(rows))
    whole = tuple((*row, choice.reason) for row, choice in zip(rows, facts.choices, strict=True))
    return Grid(caption, (*head, "Reason"), whole)


def _approval(facts: CaseFacts) -> Iterator[tuple[str, str]]:
    if facts.approval:
        yield "Approved by", facts.approval.by
        yield "At", facts.approval.at
        yield "What was approved, SHA-256", facts.approval.digest
    else:
        yield "Approved by", "nobody yet"


def _exhibit(number: int, exhibit: Exhibit, *, internal: bool) -> Iterator[Section]:
    """Tell of one EXHIBIT, and of a redacted one how it was made and checked."""
    facts = (
        ("File", exhibit.name),
        ("SHA-256", exhibit.sha256),
        ("What it is", _what(exhibit)),
        ("Made from", exhibit.master),
        ("Master, SHA-256", exhibit.master_sha256),
    )
    yield from section(f"Exhibit {number}: {exhibit.name}", Facts(facts))
    if exhibit.manifest:
        yield from copy_sections(exhibit.manifest if internal else _nameless(exhibit.manifest), level=2)


def _nameless(manifest: Manifest) -> Manifest:
    """Give MANIFEST without the names of those who stay visible: the place in the picture says who is meant."""
    keep = [
        {key: value for key, value in entry.items() if key != "name"} for entry in manifest.request.get("keep") or ()
    ]
    return manifest.model_copy(update={"request": manifest.request | {"keep": keep}})


def _how(facts: CaseFacts) -> Iterator[Section]:
    key = Facts((("Fingerprint of the key", facts.fingerprint),))
    return section(
        "How to check this release",
        Paragraph("Keep the package as it came, and run"),
        Preformatted(COMMAND),
        Bullets(facts.check),
        key,
    )


def _inside(inside: Inside) -> Iterator[Section]:
    """Tell what stays in the house."""
    yield from section("Who viewed the footage", Grid("", ("When", "By", "Clip", "Why"), inside.viewings))
    yield from section("Who looked where it is riskiest", Grid("", ("By", "Places", "Minutes"), inside.looked))
    yield from section("What was drawn", Grid("", ("Clip", "What", "By", "When", "Why"), inside.drawn))
    yield from section("What happened", Grid("", ("When", "What", "By", "More"), inside.events))
    yield from section("What the masters carry", Grid("", ("Clip", "Name", "Value"), inside.native))
