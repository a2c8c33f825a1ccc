"""What is kept and for how long: held, listed and purged, and a purge that was broken off is finished."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cases import OTHER, REF, TODAY, age, approved, as_user, denied, only, opened, released, rendered

import redact.case.purging as under_test
from redact.case.audit import audit
from redact.case.folder import clip_locked, copy_folder
from redact.case.footage import Said, attach, detach, master
from redact.case.purging import held, hold, items, lift, purge
from redact.case.sheet import subject_page
from redact.case.steps import close_request
from redact.errors import NotPermitted, UsageProblem
from redact.files import sha256_bytes
from redact.governance.erase import erase as erase_files
from redact.governance.ledger.events import EventKind
from redact.jobs.kept import ENDING

if TYPE_CHECKING:
    from pathlib import Path

    from redact.case.purging import Item
    from redact.governance.office import Office

pytest_plugins = ("stages",)

LATER = TODAY + timedelta(400)


def due(office: Office, *what: str) -> list[Item]:
    """List what is to be purged."""
    return [item for item in items(office, LATER) if item.kept.purgeable and (not what or item.what in what)]


def purged(office: Office, *what: str) -> list[str]:
    """Purge it; say what."""
    return [item.what for item, _ in purge(office, due(office, *what), LATER)]


def test_nothing_is_due_while_a_request_is_open(made: Office) -> None:
    """Footage and copies are kept for it, however old."""
    age(made, 400)
    assert [item.what for item in items(made, LATER)] == ["footage", "working"]
    assert due(made) == []
    with pytest.raises(NotPermitted, match=f"the open request {REF} keeps it"):
        list(purge(made, items(made, LATER), LATER))
    assert len(denied(made)) == 1
    assert made.register.events(kinds=(EventKind.PURGE_BEGUN,)) == []


def test_listing_deletes_nothing(made: Office) -> None:
    """Neither the files nor a line of the record."""
    close_request(made, REF, "withdrawn", "", None)
    before, files = len(made.register.events()), sorted(made.home.rglob("*"))
    assert len(due(made)) == 2
    assert (len(made.register.events()), sorted(made.home.rglob("*"))) == (before, files)


def test_footage_goes_with_all_that_shows_it(made: Office) -> None:
    """Its scans, and in every case the pages and copies on which people are unmasked; the record has every digest."""
    page, _ = subject_page(made, REF, only(made), "to find the requester")
    clip, path = only(made), master(made, only(made))
    data, picture = path.read_bytes(), page.read_bytes()
    close_request(made, REF, "withdrawn", "", None)
    assert purged(made, "footage") == ["footage"]
    for gone in (path.parent, made.home / "scans" / clip.sha256, page):
        assert not gone.exists()
    assert not list(made.home.rglob("*.operator.html"))
    (begun,), (done,) = (made.register.events(kinds=(kind,)) for kind in (EventKind.PURGE_BEGUN, EventKind.PURGED))
    assert begun.data == done.data
    assert {sha256_bytes(data), sha256_bytes(picture)} <= set(done.data["files"])
    assert made.register.clip(clip.sha256).purged_at
    assert purged(made, "footage") == []
    assert audit(made).wrong == []


def test_what_is_left_of_a_copy_that_was_never_finished_goes_with_its_footage(made: Office) -> None:
    """Pieces of it, and pictures of whom the second look found in them, in the hidden folder beside the copies."""
    copies = copy_folder(made, REF, only(made).sha256)
    left = copies / f".{REF}-1.{os.geteuid()}{ENDING}"
    left.mkdir(mode=0o700)
    (left / "0.mp4").write_bytes(b"a piece")
    close_request(made, REF, "withdrawn", "", None)
    assert purged(made, "footage") == ["footage"]
    assert not left.exists()
    (done,) = made.register.events(kinds=(EventKind.PURGED,))
    assert sha256_bytes(b"a piece") in done.data["files"]


def test_a_hold_keeps_footage_until_it_is_lifted(taken_in: Office) -> None:
    """Only the DPO lifts it, and says why."""
    close_request(taken_in, REF, "withdrawn", "", None)
    name = hold(as_user(taken_in, "operator"), only(taken_in), "a fall on the stairs", TODAY + timedelta(9))
    assert held(taken_in) == [(name, "cam4.mp4", "a fall on the stairs", (TODAY + timedelta(9)).isoformat())]
    assert due(taken_in, "footage") == []
    with pytest.raises(NotPermitted, match="may not lift"):
        lift(as_user(taken_in, "operator"), name, "over")
    for wrong, why in ((name, " "), ("h0", "over")):
        with pytest.raises(UsageProblem):
            lift(taken_in, wrong, why)
    lift(taken_in, name, "the claim is settled")
    assert purged(taken_in, "footage") == ["footage"]
    with pytest.raises(NotPermitted, match="was purged"):
        hold(taken_in, only(taken_in), "too late", TODAY + timedelta(9))


def test_footage_past_its_time_is_held_by_the_dpo_alone(taken_in: Office) -> None:
    """An operator asks them."""
    age(taken_in, 40)
    close_request(taken_in, REF, "withdrawn", "", None)
    for user, day in (("operator", TODAY + timedelta(9)), (taken_in.user, TODAY)):
        with pytest.raises(NotPermitted):
            hold(as_user(taken_in, user), only(taken_in), "a fall", day)
    with pytest.raises(UsageProblem):
        hold(taken_in, only(taken_in), " ", TODAY + timedelta(9))
    hold(taken_in, only(taken_in), "a fall", TODAY + timedelta(9))
    assert len(denied(taken_in)) == 2


@pytest.mark.usefixtures("impatient")
def test_what_is_asked_for_at_that_moment_stays(taken_in: Office, clip: Path) -> None:
    """Between the list and the purge somebody attached it to a request, or placed a hold."""
    close_request(taken_in, REF, "withdrawn", "", None)
    wanted = due(taken_in, "footage")
    attach(taken_in, opened(taken_in, OTHER), clip, Said())
    with pytest.raises(NotPermitted, match=OTHER):
        list(purge(taken_in, wanted, LATER))
    assert master(taken_in, only(taken_in, OTHER)).is_file()
    assert len(denied(taken_in)) == 1
    detach(taken_in, OTHER, "cam4.mp4", "it shows another staircase")
    with clip_locked(taken_in, only(taken_in).sha256), pytest.raises(UsageProblem, match="Someone is working"):
        list(purge(taken_in, wanted, LATER))
    assert [item.what for item, _ in purge(taken_in, wanted, LATER)] == ["footage"]
    assert list(purge(taken_in, wanted, LATER)) == []


def test_working_copies_go_when_the_request_has_ended(made: Office) -> None:
    """Reports and releases of the case stay, and it is listed no more."""
    approved(made)
    done = released(made)
    close_request(made, REF, "answered", "", None)
    assert [item.what for item in items(made) if item.kept.purgeable] == []
    assert purged(made, "working") == ["working"]
    assert done.internal.is_file()
    assert done.package.path.exists()
    assert [item.what for item in items(made, LATER)] == ["footage", "release"]


@pytest.mark.parametrize("what", ["footage", "working", "release"])
def test_a_purge_that_was_broken_off_is_finished(
    made: Office, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before anything was deleted, or after all was and before that was recorded."""
    approved(made)
    released(made, tmp_path / "out")
    close_request(made, REF, "answered", "", None)
    real = erase_files

    def dies(*_given: object, **_more: object) -> None:
        raise KeyboardInterrupt

    def dies_afterwards(*given: object, **more: object) -> None:
        real(*given, **more)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    for erase in (dies, dies_afterwards):
        monkeypatch.setattr(under_test, "erase", erase)
        with pytest.raises(KeyboardInterrupt):
            purged(made, what)
    monkeypatch.setattr(under_test, "erase", real)
    assert purged(made, what) == [what]
    kinds = EventKind.PURGE_BEGUN, EventKind.PURGED
    assert [event.kind for event in made.register.events(kinds=kinds)] == [kinds[0], kinds[0], *kinds]
    assert purged(made, what) == []
    assert audit(made).wrong == []


@pytest.mark.parametrize("what", ["another file", "another release", "a file more"])
def test_a_release_is_purged_only_if_it_is_still_that(made: Office, tmp_path: Path, what: str) -> None:
    """Something else in its place is somebody's, and stays."""
    approved(made)
    path = released(made, tmp_path / "out").package.path
    if what == "another file":
        shutil.rmtree(path)
        path.write_text("mine")
    if what == "another release":
        rendered(made)
        approved(made)
        other = released(made, tmp_path / "out").package.path
        shutil.rmtree(path)
        shutil.copytree(other, path)
    if what == "a file more":
        (path / "mine.txt").write_text("mine")
    (item, *_) = due(made, "release")
    with pytest.raises(NotPermitted, match="is not the release that was put there"):
        list(purge(made, [item], LATER))
    assert path.exists()
    assert made.register.events(kinds=(EventKind.PURGE_BEGUN,)) == []
    assert len(denied(made)) == 1


def test_footage_that_a_kill_left_is_found_and_purged(taken_in: Office, clip: Path) -> None:
    """It is on no register: neither what was just copied, nor what a purge had not yet deleted."""
    orphan = taken_in.folder("masters", "ab" * 32)
    shutil.copyfile(clip, orphan / "cam9.mp4")
    with clip_locked(taken_in, "ab" * 32):
        assert due(taken_in) == []  # somebody is just taking it in
    (item,) = due(taken_in)
    assert (item.what, item.clip, item.kept.purgeable) == ("footage", "ab" * 32, True)
    assert purged(taken_in) == ["footage"]
    assert not orphan.exists()
    assert audit(taken_in).wrong == []


def test_footage_on_no_register_is_kept_for_its_time(taken_in: Office, clip: Path) -> None:
    """From the day it was put there, whatever its own date: a register that was lost may have had it on hold."""
    orphan = taken_in.folder("masters", "ab" * 32)
    shutil.copyfile(clip, orphan / "cam9.mp4")
    for path in (orphan / "cam9.mp4", orphan):
        os.utime(path, (0, 0))
    for day in (TODAY, TODAY + timedelta(29)):
        (item,) = (item for item in items(taken_in, day) if item.clip == "ab" * 32)
        assert not item.kept.purgeable
        assert "is on no register" in item.kept.reason
        with pytest.raises(NotPermitted, match="may not be purged"):
            list(purge(taken_in, [item], day))
    assert (orphan / "cam9.mp4").is_file()
    assert [item.kept.purgeable for item in items(taken_in, TODAY + timedelta(32)) if not item.known] == [True]


def test_what_is_no_case_is_left_alone(taken_in: Office) -> None:
    """A stray file or folder among the cases stops nothing."""
    (taken_in.home / "cases" / ".DS_Store").write_text("")
    (taken_in.home / "cases" / "lost+found").mkdir()
    assert [item.what for item in items(taken_in)] == ["footage"]


def test_a_link_in_a_case_is_not_followed(made: Office, tmp_path: Path) -> None:
    """What it leads to is not the case's to delete."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    (made.home / "cases" / REF / "link").symlink_to(tmp_path / "mine")
    close_request(made, REF, "withdrawn", "", None)
    assert purged(made, "working") == ["working"]
    assert (tmp_path / "mine" / "file").read_text() == "mine"


def test_only_the_dpo_purges(made: Office) -> None:
    """Whatever is due."""
    close_request(made, REF, "withdrawn", "", None)
    wanted = due(made)
    with pytest.raises(NotPermitted, match="may not purge"):
        list(purge(as_user(made, "operator"), wanted, LATER))
    assert len(denied(made)) == 1
