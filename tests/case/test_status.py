"""What comes next in a case: the first thing missing at every stage, with the command, and without reading footage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cases import REF, approved, intake, only, opened, police, released

from cli.remedies import spelt
from redact.case.asked import asked
from redact.case.copies import copy_made
from redact.case.footage import Said, attach
from redact.case.status import comes_next
from redact.case.steps import change_request, close_request, open_request, step
from redact.governance.ledger.events import EventKind

if TYPE_CHECKING:
    from pathlib import Path

    from redact.governance.office import Office

pytest_plugins = ("stages",)


def following(office: Office, reference: str = REF) -> str:
    """Give what comes next, in one line."""
    return " | ".join(map(spelt, comes_next(office, asked(office, reference))))


def test_what_comes_next_before_there_is_footage(office: Office) -> None:
    """What the request lacks, and then its footage; the commands name the request."""
    open_request(office, intake("REF-7", identity=""))
    said = following(office, "REF-7")
    assert "no search is recorded" in said
    assert "redact request attach REF-7 CLIP" in said
    said = following(office, opened(office))
    assert said.startswith("The footage of Camera 4 is not here yet. It is kept for 30 days, and written over from ")
    assert said.endswith(
        f"Attach it: redact request attach {REF} CLIP; "
        f"or record that a search found nothing: redact request record {REF} searched --nothing"
    )


def test_what_comes_next_once_a_search_found_nothing(office: Office) -> None:
    """There is nothing to export any more: footage all the same, or the end."""
    asked_for = opened(office)
    window = asked(office, asked_for).intake.window
    assert window
    said = {"camera": "Camera 4", "from": window.start.isoformat(), "to": window.end.isoformat(), "nothing": "yes"}
    step(office, REF, EventKind.SEARCHED, None, said | {"found": "nobody there"})
    assert following(office) == (
        f"No footage is attached to {REF}. Attach it: redact request attach {REF} CLIP; "
        f"or close the request: redact request close {REF}"
    )


def test_what_comes_next_names_the_scan(taken_in: Office) -> None:
    """Of each clip that was not searched."""
    assert following(taken_in) == f"cam4.mp4 was not scanned for {REF} yet. Scan it: redact scan {REF} --clip cam4.mp4"


def test_what_comes_next_names_the_copy(seen: Office) -> None:
    """Made anew where something changed."""
    assert f"Make it: redact render {REF} --clip cam4.mp4" in following(seen)


def test_what_comes_next_names_the_approval_and_the_release(made: Office, tmp_path: Path) -> None:
    """And in the end that it is to be closed; then nothing."""
    assert f"redact approve {REF}" in following(made)
    approved(made)
    assert following(made) == f"Release it: redact release {REF} -o DIR"
    change_request(made, intake(recipient="G. Example"))
    assert "names another copy number or recipient" in following(made)
    change_request(made, intake())
    released(made, tmp_path)
    assert following(made) == f"Copy released. Close the request: redact request close {REF}"
    close_request(made, REF, "answered", "", None)
    assert following(made) == ""


def test_a_copy_is_not_read_to_say_what_comes_next(made: Office) -> None:
    """Only whether it is there: the files of a case may be many gigabytes."""
    approved(made)
    copy = copy_made(made, REF, only(made))
    assert copy is not None
    copy.file("redacted.mp4").write_bytes(b"")
    assert following(made) == f"Release it: redact release {REF} -o DIR"
    copy.file("redacted.mp4").unlink()
    assert "There is no redacted copy" in following(made)


@pytest.mark.parametrize("reference", ["POL-7", "REF 7"])
def test_an_agency_gets_masters(office: Office, clip: Path, reference: str) -> None:
    """Without a scan or a copy; the command is spelt so that a shell takes it."""
    attach(office, police(office, reference), clip, Said())
    quoted = f"'{reference}'" if " " in reference else reference
    assert f"redact approve {quoted}" in following(office, reference)
    approved(office, reference, native=True)
    assert following(office, reference) == f"Release it: redact release {quoted} -o DIR --native"
