"""The second pair of eyes: somebody else approves exactly what leaves, and any change makes that void."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cases import (
    QUICK,
    REF,
    SHOW,
    TODAY,
    age,
    approved,
    as_user,
    denied,
    intake,
    only,
    opened,
    police,
    rendered,
    with_roles,
)
from corridor import RedSquare

from redact.case.approving import approve, approvers, parcel
from redact.case.approving import approved as approval_of
from redact.case.asked import asked
from redact.case.copies import How, copy_made, render_copy
from redact.case.correcting import Wish, correct
from redact.case.deciding import decide
from redact.case.footage import Said, attach, detach, master, scan_clip
from redact.case.steps import change_request, close_request
from redact.errors import NotPermitted, Refusal, SourceChanged, UsageProblem
from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.governance.rules.organisation import FILE
from redact.records.drawn import Drawing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from redact.case.approving import Parcel

pytest_plugins = ("stages",)


def found(office: Office, reference: str = REF, *, native: bool = False) -> Parcel:
    """Give what would leave now, which was approved."""
    there = parcel(office, reference, native=native)
    approval_of(office, there)
    return there


def test_somebody_else_approves_what_leaves(made: Office) -> None:
    """What they approve has every clip, and for whom it is; whoever made it may not."""
    with pytest.raises(NotPermitted, match="Nobody has approved"):
        found(made)
    with pytest.raises(NotPermitted, match="four eyes"):
        approve(made, REF, native=False, watched=True)
    assert len(denied(made)) == 1
    with pytest.raises(UsageProblem, match="watched every copy"):
        approve(as_user(made, "approver"), REF, native=False, watched=False)
    approved(made)
    assert [one.clip.name for one in found(made).exhibits] == ["cam4.mp4"]
    (event,) = made.register.events(kinds=(EventKind.APPROVED,))
    assert (event.by, event.data["digest"]) == ("approver", found(made).digest)


def test_of_a_camera_only_those_approve_whom_the_register_names(made: Office) -> None:
    """Whoever else may approve is told whom to ask; an approval from before they were named is void."""
    approved(made)
    file = made.home / FILE
    file.write_text(f'{file.read_text()}\n[cameras."camera 4"]\napprovers = ["{made.user}"]\n')
    with Office.open(made.home) as office:
        there = parcel(office, REF, native=False)
        assert approvers(office, there) == ()
        with pytest.raises(NotPermitted, match="does not name approver") as refused:
            approval_of(office, there)
        assert refused.value.code is Refusal.CAMERA_OF_OTHERS
        with pytest.raises(NotPermitted, match="Ask A"):
            approved(office)


@pytest.mark.parametrize("camera", ["", "Kamera 4"])
def test_who_may_approve_is_not_got_round_by_leaving_the_camera_out(office: Office, clip: Path, camera: str) -> None:
    """Nobody approves what may be of a camera with approvers of its own, until it is said of which it is."""
    attach(office, police(office), clip, Said(camera))
    file = office.home / FILE
    there = '\n[cameras."Camera 4"]\napprovers = ["approver"]\n[cameras."Camera 5"]\n'
    file.write_text(file.read_text() + there)
    with Office.open(office.home) as again:
        assert approvers(again, parcel(again, "POL-7", native=True)) == ()
        with pytest.raises(NotPermitted, match="Say which camera it is of") as refused:
            approved(again, "POL-7", native=True)
        assert refused.value.code is Refusal.CAMERA_OF_OTHERS
        attach(again, "POL-7", clip, Said("Camera 5"))
        approved(again, "POL-7", native=True)


@pytest.mark.parametrize("user", ["operator", "reviewer", "stranger"])
def test_only_who_may_approve_does(made: Office, user: str) -> None:
    """It is recorded that somebody else tried, once."""
    with pytest.raises(NotPermitted):
        approve(as_user(made, user), REF, native=False, watched=True)
    assert len(denied(made)) == 1


def test_everyone_who_ever_decided_is_a_first_person(ruled: Office) -> None:
    """Also where somebody else had the last word, and made the copy."""
    decide(as_user(ruled, "reviewer"), REF, only(ruled), ["00:00.4@70,90"], SHOW)
    render_copy(as_user(ruled, "operator"), REF, only(ruled), How(QUICK), [RedSquare()])
    with pytest.raises(NotPermitted, match="four eyes"):
        approve(ruled, REF, native=False, watched=True)  # the DPO decided first
    approved(ruled)


def test_whoever_decides_after_their_approval_voids_it(made: Office) -> None:
    """Even where what they decide changes no copy: the second person would be the first."""
    with_roles(made, "approver", "approver", "reviewer")
    with Office.open(made.home) as office:
        approved(office)
        facts = {**office.register.events(kinds=(EventKind.DECIDED,))[0].data}
        approver = as_user(office, "approver")
        approver.record(approver.event(EventKind.DECIDED, reference=REF, clip=only(office).sha256, data=facts))
        with pytest.raises(NotPermitted, match="four eyes"):
            found(office)


def another(office: Office) -> None:
    """Attach a second clip."""
    path = master(office, only(office)).parent.parent.parent / "cam5.mp4"
    path.write_bytes(master(office, only(office)).read_bytes() + b"\0" * 16)
    attach(office, REF, path, Said())


CHANGES: dict[str, Callable[[Office], object]] = {
    "a decision": lambda office: decide(office, REF, only(office), ["00:00.4@270,170"], replace(SHOW, name="")),
    "something that is drawn": lambda office: correct(
        office, REF, only(office), Wish(Drawing.HIDE, 0, 9, ((0, (0, 0, 40, 40)),)), "a window into a flat"
    ),
    "another copy": lambda office: render_copy(office, REF, only(office), How({"style": "pixelate"}), [RedSquare()]),
    "the recipient": lambda office: change_request(office, intake(recipient="G. Example")),
    "what is said of its clock": lambda office: attach(
        office, REF, master(office, only(office)), Said(clock_offset_s=9)
    ),
    "a clip more": another,
    "a clip less": lambda office: detach(office, REF, "cam4.mp4", "it shows another staircase"),
    "the copy's bytes": lambda office: touched(office, "redacted.mp4"),
    "its manifest's": lambda office: touched(office, "manifest.json"),
    "its plan's": lambda office: touched(office, "plan.json"),
    "a copy that is gone": lambda office: copy(office, "redacted.mp4").unlink(),
}


def copy(office: Office, ending: str) -> Path:
    """Say where the file of the copy with ENDING is."""
    there = copy_made(office, REF, only(office), read=False)
    assert there is not None
    return there.file(ending)


def touched(office: Office, ending: str) -> None:
    """Change the file of the copy with ENDING."""
    copy(office, ending).write_bytes(copy(office, ending).read_bytes() + b"\n")


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_voids_the_approval(made: Office, change: str) -> None:
    """And the sentence says what to do."""
    approved(made)
    found(made)
    CHANGES[change](made)
    with pytest.raises((NotPermitted, UsageProblem)) as refused:
        found(made)
    assert refused.value.advice


def test_a_copy_of_another_number_is_none(made: Office) -> None:
    """Once a copy left, the next one has a number of its own, which is in its watermark."""
    approved(made)
    begun = {
        "release": "r1",
        "native": False,
        "recipient": "E. Example",
        "recipient_code": "AAAAAA",
        "copy_number": 1,
        "path": "/nowhere",
        "envelope": "0" * 64,
    }
    made.record(
        made.event(EventKind.RELEASE_BEGUN, reference=REF, data=begun),
        made.event(EventKind.RELEASED, reference=REF, data={"release": "r1"}),
    )
    with pytest.raises(NotPermitted, match="was released already"):
        found(made)
    rendered(made)
    with pytest.raises(NotPermitted, match="is void"):
        found(made)


def test_two_copies_of_one_name_do_not_both_leave(made: Office, tmp_path: Path) -> None:
    """One would take the place of the other in the release."""
    first = only(made)
    detach(made, REF, "cam4.mp4", "it shows another staircase")
    (tmp_path / "CAM4.mp4").write_bytes(master(made, first).read_bytes() + b"\0" * 16)
    attach(made, REF, tmp_path / "CAM4.mp4", Said())
    second = only(made)
    scan_clip(made, REF, second, [RedSquare()])
    render_copy(made, REF, second, How(QUICK), [RedSquare()])
    attach(made, REF, master(made, first), Said())
    with pytest.raises(NotPermitted, match="have one name"):
        parcel(made, REF, native=False)
    render_copy(made, REF, second, How(QUICK), [RedSquare()])
    assert len({one.name.casefold() for one in parcel(made, REF, native=False).exhibits}) == 2


def test_masters_leave_for_an_agency_alone(office: Office, clip: Path, tmp_path: Path) -> None:
    """Bit for bit, under their own names; whoever attached them may not approve."""
    police(office)
    with pytest.raises(NotPermitted, match="No footage is attached"):
        parcel(office, "POL-7", native=True)
    for name in ("cam4.mp4", "CAM4.MP4", "-x.mp4", "letter.txt"):
        (tmp_path / name).write_bytes(clip.read_bytes() + name.encode())
        attach(office, "POL-7", tmp_path / name, Said())
    names = {one.name.casefold() for one in parcel(office, "POL-7", native=True).exhibits}
    assert "x.mp4" in names
    assert (len(names), names & {"cam4.mp4", "letter.txt"}) == (4, set())
    with pytest.raises(NotPermitted, match="four eyes"):
        approve(office, "POL-7", native=True, watched=True)
    approved(office, "POL-7", native=True)
    found(office, "POL-7", native=True)
    with pytest.raises(NotPermitted, match="There is no redacted copy"):
        found(office, "POL-7", native=False)
    with pytest.raises(NotPermitted, match="is a sar request"):
        parcel(office, opened(office), native=True)


def test_a_master_that_was_changed_does_not_leave(office: Office, clip: Path) -> None:
    """Nor one that is past its time, or gone; what comes next is said without reading it."""
    attach(office, police(office), clip, Said())
    path = master(office, only(office, "POL-7"))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(SourceChanged):
        parcel(office, "POL-7", native=True)
    assert parcel(office, "POL-7", native=True, read=False).exhibits[0].sha256 == only(office, "POL-7").sha256


def test_a_request_that_ended_gives_nothing(made: Office) -> None:
    """It is refused, and recorded once."""
    age(made, 40)
    close_request(made, REF, "withdrawn", "", None)
    with pytest.raises(NotPermitted, match="was closed"):
        approved(made)
    assert len(denied(made)) == 1
    assert asked(made, REF).row.ended_on == TODAY.isoformat()


def test_an_approval_is_nothing_once_whoever_gave_it_may_not(made: Office) -> None:
    """Whoever lost the role in between lets nothing go."""
    approved(made)
    people = {user: person for user, person in made.organisation.people.items() if user != "approver"}
    without = replace(made, organisation=made.organisation.model_copy(update={"people": people}))
    with pytest.raises(NotPermitted, match=r"is not in organisation\.toml"):
        approval_of(without, parcel(without, REF, native=False))
