"""What somebody looks at who has to decide: everyone found in a clip, in pictures; each look is recorded first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redact.advice import Step, Task
from redact.case.asked import still_open
from redact.case.copies import copy_made
from redact.case.deciding import rulings
from redact.case.folder import copy_folder
from redact.case.footage import check_attached, open_footage, scanned
from redact.document.document import Bullets, Document, Figure, Strong, section
from redact.document.html import to_html
from redact.errors import UsageProblem
from redact.files import write_whole
from redact.governance.rules.authority import Action
from redact.package.names import COPY, OPERATORS, WITHHELD
from redact.records.kinds import Kind
from redact.report.subject_sheet import listed, pictured
from redact.request.model import format_time

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from redact.case.deciding import Ruling
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.report.subject_sheet import Listed

__all__ = ["PAGE", "subject_page", "viewed"]

PAGE = "subjects.html"

BANNER = (
    Strong("RESTRICTED: shows people unmasked."),
    " For whoever decides alone. Never send it; it goes when the case ends.",
)
ENDINGS = {"copy": COPY, "operators-report": OPERATORS}


def subject_page(office: Office, reference: str, clip: ClipRow, why: str) -> tuple[Path, list[dict[str, Any]]]:
    """Record that everyone in CLIP is looked at, and WHY; give a page with a picture of each, and the same as rows.

    Raises NotPermitted for whoever may not view, UsageProblem where the clip was not scanned.
    """
    office.permit(Action.VIEW, reference)
    with office.refusals(reference):
        check_attached(still_open(office, reference), clip)
        scan, scan_sha256 = scanned(office, reference, clip)
    open_footage(office, reference, clip, "subjects", why)
    decided = {ruling.subject: ruling for ruling in rulings(office, reference, clip, scan_sha256)}
    everyone = pictured(scan.clip, listed(scan))
    path = copy_folder(office, reference, clip.sha256) / PAGE
    write_whole(path, to_html(_page(reference, clip, everyone, decided)).encode())
    return office.keep(path), [_row(entry, decided.get(entry.subject.id)) for entry in everyone]


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


def _page(reference: str, clip: ClipRow, everyone: tuple[Listed, ...], decided: Mapping[str, Ruling]) -> Document:
    figures = tuple(_figure(entry, decided.get(entry.subject.id)) for entry in everyone)
    how = Bullets(
        (
            "Whoever is not decided on is hidden.",
            "Someone who leaves the picture and returns is listed again. Give both one name when you decide.",
            "Some of these are things that a network took for people. Leave them hidden, or decide that it is nobody.",
        )
    )
    sections = (*section("How to read this", how), *section("Everyone found", *figures))
    outcome = f"{len(everyone)} subjects were found in {clip.name}; {len(decided)} are decided on."
    return Document(f"Subjects of {reference}", outcome, good=False, sections=sections, banner=BANNER)


def _figure(entry: Listed, ruling: Ruling | None) -> Figure:
    row = _row(entry, ruling)
    point = (
        f"{entry.at}@{entry.point[0]},{entry.point[1]}"
        if entry.point
        else f"{entry.at}, never alone: give a point yourself"
    )
    lines = (
        (Strong(row["id"]), f" {row['kind']}, {row['from']} to {row['to']}"),
        f"Found at {row['looks']} looks, surest score {entry.score:.2f}",
        f"Shown at {point}",
        f"Decided: {row['verdict']}",
    )
    return Figure(lines, entry.picture, f"{row['kind']} {row['id']} at {entry.at}")


def _row(entry: Listed, ruling: Ruling | None) -> dict[str, Any]:
    return {
        "id": entry.subject.id,
        "kind": Kind(entry.subject.kind).name.lower(),
        "from": format_time(entry.first),
        "to": format_time(entry.last),
        "looks": entry.sightings,
        "at": entry.at,
        "point": list(entry.point) if entry.point else None,
        "verdict": f"{ruling.verdict} ({ruling.ground})" if ruling else "no: hidden",
    }
