"""What somebody looks at who has to decide: everyone found in a clip, in pictures; each look is recorded first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redact.advice import Step, Task
from redact.case.answered import apart
from redact.case.asked import still_open
from redact.case.copies import copy_made
from redact.case.deciding import by_subject, rulings
from redact.case.folder import copy_folder
from redact.case.footage import check_attached, open_footage, scanned
from redact.case.known import known
from redact.document.document import Bullets, Document, Figure, Strong, section
from redact.document.html import to_html
from redact.errors import UsageProblem
from redact.files import write_whole
from redact.governance.rules.authority import Action
from redact.package.names import COPY, OPERATORS, WITHHELD
from redact.records.kinds import Kind, Standing
from redact.report.subject_sheet import sheet
from redact.request.model import format_time
from redact.track.likeness import LEAST, likenesses
from redact.track.listing import told_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from redact.case.deciding import Ruling
    from redact.detect.found import Scan
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.report.subject_sheet import Listed, Question, Sheet
    from redact.track.listing import People

__all__ = ["CUTS", "PAGE", "subject_page", "viewed"]

PAGE = "subjects.html"
CUTS = "pictures"
"""Folder beside it, of pictures of people that were cut out one by one."""

PHOTOGRAPH = (
    "Where clothes are as on the photograph, it is only more likely that it is they. "
    "Taken on another day, it says nothing."
)

BANNER = (
    Strong("RESTRICTED: shows people unmasked."),
    " For whoever decides alone. Never send it; it goes when the case ends.",
)
ENDINGS = {"copy": COPY, "operators-report": OPERATORS}


def subject_page(
    office: Office, reference: str, clip: ClipRow, why: str, looks: NDArray[np.uint8] | None = None
) -> tuple[Path, list[dict[str, Any]]]:
    """Record that everyone in CLIP is looked at, and WHY; give a page with a picture of each, and the same as rows.

    LOOKS (COLOURS,) are of somebody on a photograph: then page and rows say how likely each is they.

    Raises NotPermitted for whoever may not view, UsageProblem where the clip was not scanned.
    """
    office.permit(Action.VIEW, reference)
    with office.refusals(reference):
        check_attached(still_open(office, reference), clip)
        there = known(office, reference, clip)
    open_footage(office, reference, clip, "subjects", why)
    two = apart(office, reference, clip, there.sha256)  # they are not asked about
    page = sheet(there.scan.clip, told_apart(there.people, two))
    decided = by_subject(there.scan.clip, page.everyone, rulings(office, reference, clip, there.sha256))
    likely = {} if looks is None else _likely(scanned(office, reference, clip)[0], page.everyone, looks)
    path = copy_folder(office, reference, clip.sha256) / PAGE
    write_whole(path, to_html(_page(reference, clip, page, decided, likely)).encode())
    rows = [_row(entry, decided.get(entry.subject.id)) for entry in page.listed]
    if looks is not None:
        rows = [row | {"likely": round(likely.get(row["id"], 0.0), 2)} for row in rows]
    return office.keep(path), rows


def viewed(office: Office, reference: str, clip: ClipRow, what: str, why: str) -> Path:
    """Record that WHAT of CLIP is looked at, and WHY; say where it is. Raises UsageProblem where there is none."""
    office.permit(Action.VIEW, reference)
    copy, path = copy_made(office, reference, clip), None
    if what == "subjects":
        path = copy_folder(office, reference, clip.sha256) / PAGE
    elif what in ENDINGS and copy is not None:
        path = copy.file(ENDINGS[what] if copy.passed else WITHHELD[ENDINGS[what]])
    if what != "master" and (path is None or not path.is_file()):
        message = f"There is no {what} of {clip.name} yet."
        raise UsageProblem(message, "See what comes next: ", Step(Task.SHOW_REQUEST, reference))
    master = open_footage(office, reference, clip, what, why)
    return path or master


def _likely(scan: Scan, everyone: People, looks: NDArray[np.uint8]) -> dict[str, float]:
    """Say how likely each person, by id, is whoever LOOKS are of."""
    return {everyone.subjects[one.number].id: one.share for one in likenesses(scan, everyone, looks)}


def _page(
    reference: str, clip: ClipRow, page: Sheet, decided: Mapping[str, Ruling], likely: Mapping[str, float]
) -> Document:
    how = Bullets(
        (
            "Whoever is not decided on is hidden.",
            "Someone who leaves the picture and returns is listed again. Give both one name when you decide.",
            "Where the program is not certain that two are one person, it asks below. If they are, give both one name.",
            "A thing may be a poster, a bag or a pole. Leave it hidden, or decide that it is nobody.",
            "What is unclear are moments at which nobody can tell who is who. They stay hidden.",
            *([PHOTOGRAPH] if likely else []),
        )
    )
    groups = {
        standing: tuple(
            _figure(entry, decided.get(entry.subject.id), likely.get(entry.subject.id, 0.0))
            for entry in page.listed
            if entry.subject.standing is standing
        )
        for standing in Standing
    }
    asked = tuple(figure for number, question in enumerate(page.questions, 1) for figure in _asked(number, question))
    sections = (
        *section("How to read this", how),
        *section("Everyone found", *groups[Standing.PERSON]),
        *section("Is this the same person?", *asked),
        *section("Things, perhaps", *groups[Standing.THING]),
        *section("Unclear", *groups[Standing.UNCLEAR]),
    )
    count = len(groups[Standing.PERSON])
    decisions = f"{len(decided)} subject{' is' if len(decided) == 1 else 's are'}"
    outcome = f"{count} people or vehicles were found in {clip.name}; {decisions} decided on."
    return Document(f"Subjects of {reference}", outcome, good=False, sections=sections, banner=BANNER)


def _asked(number: int, question: Question) -> Iterator[Figure]:
    """Show the two of whom it is asked whether they are one."""
    for moment, seen in ((question.before, "seen last"), (question.after, "seen first")):
        lines = ((Strong(f"Question {number}: {moment.subject}"),), f"{seen} at {moment.at}")
        yield Figure(lines, moment.picture, f"{moment.subject} at {moment.at}")


def _figure(entry: Listed, ruling: Ruling | None, likely: float) -> Figure:
    row = _row(entry, ruling)
    point = f"{entry.at}, never alone: give a point yourself"
    if entry.point:
        point = f"{entry.at}@{entry.point[0]},{entry.point[1]}"
    elif entry.subject.standing is Standing.UNCLEAR:
        point = entry.at
    lines = (
        (Strong(row["id"]), f" {row['kind']}, {row['from']} to {row['to']}"),
        f"Found at {row['looks']} looks, surest score {entry.score:.2f}",
        f"Shown at {point}",
        f"Decided: {row['verdict']}",
    )
    suggested = (f"Clothes as on the photograph: {likely:.0%} likely",) if likely >= LEAST else ()
    return Figure((*lines, *suggested), entry.picture, f"{row['kind']} {row['id']} at {entry.at}")


def _row(entry: Listed, ruling: Ruling | None) -> dict[str, Any]:
    return {
        "id": entry.subject.id,
        "kind": Kind(entry.subject.kind).name.lower(),
        "standing": entry.subject.standing.value,
        "from": format_time(entry.first),
        "to": format_time(entry.last),
        "looks": entry.sightings,
        "at": entry.at,
        "point": list(entry.point) if entry.point else None,
        "verdict": f"{ruling.verdict} ({ruling.ground})" if ruling else "no: hidden",
    }
