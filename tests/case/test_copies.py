"""Redacted copies of a case: what they are made of is recorded, and one that was changed is none."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cases import OTHER, QUICK, REF, SHOW, TODAY, age, as_user, denied, only, opened, police, rendered
from corridor import RedSquare

from redact.advice import Given, Step, Task
from redact.case.asked import asked
from redact.case.copies import How, copy_made, copy_number, is_stale, marked_for, recipient_code, render_copy
from redact.case.deciding import decide
from redact.case.folder import exhibit_name
from redact.case.footage import Said, attach, detach, scan_clip
from redact.case.steps import close_request
from redact.errors import NotPermitted, UsageProblem
from redact.governance.ledger.events import EventKind
from redact.jobs.release import make_release
from redact.package.manifest import load_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from redact.governance.office import Office

pytest_plugins = ("stages",)


def test_a_copy_is_recorded_with_what_it_is_made_of(made: Office) -> None:
    """Digests of plan, copy and manifest, who made it, and for whom."""
    copy = copy_made(made, REF, only(made))
    assert copy is not None
    assert copy.passed
    assert load_manifest(copy.file("manifest.json")).output.sha256 == copy.fact("copy")
    assert copy.event.data["settings"]["recipient"] == marked_for("E. Example")
    assert (copy.event.by, copy.event.data["number"]) == (made.user, 1)
    assert {path.stat().st_mode & 0o077 for path in copy.folder.iterdir()} == {0}


@pytest.mark.parametrize("ending", ["redacted.mp4", "manifest.json", "plan.json"])
def test_a_copy_whose_files_were_changed_is_none(made: Office, ending: str) -> None:
    """Whichever of them it is; to say what comes next it is enough that they are there."""
    copy = copy_made(made, REF, only(made))
    assert copy is not None
    copy.file(ending).write_bytes(copy.file(ending).read_bytes() + b" ")
    assert copy_made(made, REF, only(made)) is None
    assert copy_made(made, REF, only(made), read=False) is not None
    copy.file(ending).unlink()
    assert copy_made(made, REF, only(made), read=False) is None


def test_settings_cannot_change_whom_a_copy_is_for(ruled: Office) -> None:
    """Reference, kind, recipient and copy number are the record's."""
    wanted = {"reference": "X", "recipient": "X", "copy_number": 9, "kind": "police", **QUICK}
    render_copy(ruled, REF, only(ruled), How(wanted), [RedSquare()])
    (event,) = ruled.register.events(kinds=(EventKind.RENDERED,))
    said = event.data["settings"]
    assert (said["reference"], said["kind"], said["copy_number"]) == (REF, "sar", 1)
    assert said["recipient"] == marked_for("E. Example")


def test_an_agency_receives_the_master_unless_it_asks_otherwise(office: Office, clip: Path) -> None:
    """It is refused with the way forward, recorded, and made where somebody says that they know."""
    attach(office, police(office), clip, Said())
    scan_clip(office, "POL-7", only(office, "POL-7"), [RedSquare()])
    with pytest.raises(NotPermitted, match="bit for bit") as refused:
        render_copy(office, "POL-7", only(office, "POL-7"), How(QUICK), [RedSquare()])
    assert Step(Task.RELEASE, "POL-7", (Given.NATIVE,)) in refused.value.advice.parts
    assert len(denied(office)) == 1
    assert not render_copy(office, "POL-7", only(office, "POL-7"), How(QUICK, police=True), [RedSquare()]).withheld


def test_what_only_whoever_decides_needs_does_not_leave(seen: Office) -> None:
    """When somebody is hidden for a while is told to whoever makes the copy; the recipient's manifest is silent."""
    blind = RedSquare(lambda index: 14 <= index < 40)
    blind.name = "half-blind"
    scan_clip(seen, REF, only(seen), [blind])
    decide(seen, REF, only(seen), ["00:00.4@70,90"], SHOW)
    made = render_copy(seen, REF, only(seen), How({"motion": "ignore", **QUICK}), [blind])
    told = " ".join(made.warnings)
    assert 'The person named "requester" is hidden' in told
    for path in made.copy.parent.glob("*.json"):
        assert b"is hidden" not in path.read_bytes(), path
    assert b"is hidden from" not in made.report.read_bytes()
    assert "[[keep]]" not in told


def test_a_copy_needs_a_role_an_open_request_and_footage_in_its_time(ruled: Office) -> None:
    """Each refusal is recorded once."""
    there = only(ruled)
    with pytest.raises(NotPermitted, match="may not make a copy"):
        render_copy(as_user(ruled, "reviewer"), REF, there, How(QUICK), [RedSquare()])
    detach(ruled, REF, there.name, "it shows another staircase")
    with pytest.raises(UsageProblem, match="is not attached"):
        render_copy(ruled, REF, there, How(QUICK), [RedSquare()])
    age(ruled, 40)
    close_request(ruled, REF, "withdrawn", "", None)
    with pytest.raises(NotPermitted, match="was closed"):
        render_copy(ruled, REF, there, How(QUICK), [RedSquare()])
    assert len(denied(ruled)) == 2


def test_a_recipient_has_one_code(made: Office) -> None:
    """However it is spelt; somebody else has another."""
    name = "Zoë  Example"
    assert recipient_code(name) == recipient_code(unicodedata.normalize("NFD", "ZOË example"))
    assert recipient_code(name) != recipient_code("E. Example")
    assert marked_for("x" * 200).startswith(recipient_code("x" * 200))
    assert len(marked_for("x" * 200)) == 80
    assert copy_number(made, REF) == 1


def test_exhibits_of_one_name_are_told_apart(taken_in: Office, clip: Path, tmp_path: Path) -> None:
    """Two clips of one name make two copies; a name that is long or odd makes a plain one."""
    data = clip.read_bytes() + b"\0" * 16
    (tmp_path / "cam4.mp4").write_bytes(data)
    attach(taken_in, REF, tmp_path / "cam4.mp4", Said())
    clips = asked(taken_in, REF).clips
    names = {exhibit_name(REF, 1, one, clips) for one in clips}
    assert len(names) == 2
    odd = clips[0]._replace(name="Straße vor\u2028 dem/Haus.mp4" * 9)
    assert len(exhibit_name(REF, 1, odd, ())) <= 80
    assert exhibit_name("A/B", 2, clips[0]._replace(name=".mp4"), ()) == "A-B_2_clip"


def test_a_render_of_another_case_is_not_touched(made: Office, clip: Path) -> None:
    """Two requests for one clip have a copy each."""
    attach(made, opened(made, OTHER), clip, Said())
    scan_clip(made, OTHER, only(made, OTHER), [RedSquare()])
    before = copy_made(made, REF, only(made))
    render_copy(made, OTHER, only(made, OTHER), How(QUICK), [RedSquare()])
    assert copy_made(made, REF, only(made)) == before
    rendered(made)


def test_whoever_no_decision_shows_is_hidden_whatever_else_is_asked(ruled: Office) -> None:
    """A copy of a case that hides number plates alone would show whom its record calls hidden."""
    made = render_copy(ruled, REF, only(ruled), How({"hide": ("plates",), **QUICK}), [RedSquare()])
    assert made.manifest
    assert load_manifest(made.manifest).request["hide"] == ["people", "faces", "plates"]
    assert made.tracks


@pytest.mark.usefixtures("impatient")
def test_the_case_goes_on_while_a_copy_is_made(ruled: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody is decided on in the meantime, at once; the copy is of what was decided before, and so out of date."""

    def meanwhile(*given: Any, **more: Any) -> Any:
        decide(ruled, REF, only(ruled), ["00:01@280,170"], replace(SHOW, name="other"))
        with pytest.raises(UsageProblem, match="working on the copy"):
            rendered(ruled)
        return make_release(*given, **more)

    with monkeypatch.context() as patch:
        patch.setattr("redact.case.copies.make_release", meanwhile)
        rendered(ruled)
    copy = copy_made(ruled, REF, only(ruled))
    assert copy is not None
    assert is_stale(ruled, REF, only(ruled), copy)


def test_a_copy_that_nobody_wants_any_more_leaves_nothing(ruled: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request was closed while it was made: no file appears, and nothing is on record but that."""

    def meanwhile(*given: Any, **more: Any) -> Any:
        close_request(ruled, REF, "withdrawn", "", TODAY)
        return make_release(*given, **more)

    monkeypatch.setattr("redact.case.copies.make_release", meanwhile)
    with pytest.raises(NotPermitted, match="nothing more is done"):
        rendered(ruled)
    assert not list(ruled.home.rglob("*.mp4.*")), [*ruled.home.rglob("*")]
    assert [*ruled.home.glob("cases/*/*/*.redacted.mp4")] == []
    assert ruled.register.events(kinds=(EventKind.RENDERED,)) == []
