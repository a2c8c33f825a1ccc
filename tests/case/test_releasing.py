"""The release: what was approved leaves, whole and signed, or nothing does, and the record says which."""

from __future__ import annotations

import grp
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from cases import REF, approved, as_user, attached, denied, intake, lines, only, opened, police, released, rendered
from people import enrol, made_key

import redact.case.releasing as under_test
from redact.advice import Task
from redact.case.approving import approved as approval_of
from redact.case.asked import asked
from redact.case.audit import audit
from redact.case.copies import copy_made, copy_number
from redact.case.folder import locked
from redact.case.footage import Said, attach, master
from redact.case.releasing import recover, sign_ledger
from redact.case.status import comes_next
from redact.case.steps import change_request, open_request
from redact.errors import InputUnusable, NotPermitted, UsageProblem, VerificationFailed
from redact.files import sha256_file
from redact.governance.keys import KeyStore
from redact.governance.ledger.events import EventKind
from redact.governance.office import KEYS, Office
from redact.governance.rules.organisation import FILE
from redact.package.verify_package import verify_package
from redact.package.writer import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ("stages",)

ROOT = Path(__file__).parents[2]


def states(office: Office) -> list[str]:
    """How it stands with each release."""
    return [row.state for row in office.register.releases()]


@pytest.mark.parametrize("zipped", [False, True])
def test_what_was_approved_leaves_whole_and_signed(made: Office, tmp_path: Path, zipped: bool) -> None:
    """The package holds the very copy, the report and the letter; the record says so, and is signed up to it."""
    approved(made)
    copy = copy_made(made, REF, only(made))
    done = released(made, tmp_path / "out", zipped=zipped)
    assert copy is not None
    assert done.package.files[copy.file("redacted.mp4").name] == copy.fact("copy")
    assert set(done.package.files) == {"report.html", "report.pdf", "letter.txt", copy.file("redacted.mp4").name}
    (row,) = made.register.releases(REF)
    assert (row.state, row.copy_number, row.envelope_sha256) == ("released", 1, digest_of(done.package.path))
    assert [path.name for path in (tmp_path / "out").iterdir()] == [done.package.path.name]
    assert done.internal.is_file()
    assert (audit(made).wrong, audit(made).checkpoints) == ([], 1)
    assert all(check.passed for check in verify_package(done.package.path, made.keys.public()))


def test_nothing_internal_leaves(made: Office, tmp_path: Path) -> None:
    """No reason, no name that somebody gave a subject, no viewing: in no file of the package."""
    approved(made)
    done = released(made, tmp_path / "out")
    for path in done.package.path.iterdir():
        data = path.read_bytes()
        for word in (b"known to staff", b"to find the requester", b"INTERNAL"):
            assert word not in data, (path, word)
    inside = done.internal.read_text()
    assert "known to staff" in inside
    assert "INTERNAL" in inside


@pytest.mark.parametrize("user", ["reviewer", "approver", "stranger"])
def test_only_who_may_release_does(made: Office, user: str) -> None:
    """It is recorded once that somebody else tried."""
    approved(made)
    with pytest.raises(NotPermitted, match="may not release"):
        released(as_user(made, user))
    assert len(denied(made)) == 1


def test_what_was_not_approved_stays(made: Office, tmp_path: Path) -> None:
    """Without an approval, or with one of something else, nothing is written; each refusal is recorded once."""
    with pytest.raises(NotPermitted, match="Nobody has approved"):
        released(made, tmp_path / "out")
    approved(made)
    rendered(made)
    with pytest.raises(NotPermitted, match="is void"):
        released(made, tmp_path / "out")
    assert len(denied(made)) == 2
    assert not (tmp_path / "out").exists()
    assert states(made) == []


def test_a_request_that_is_not_valid_gets_nothing(made: Office, tmp_path: Path) -> None:
    """The sentence says what is missing and how to put it right."""
    change_request(made, intake(identity=""))
    approved(made)
    with pytest.raises(NotPermitted, match="is not a valid request yet") as refused:
        released(made, tmp_path / "out")
    assert refused.value.advice.tasks == (Task.CHANGE_REQUEST, Task.RECORD_STEP)
    assert len(denied(made)) == 1


def test_a_request_that_nobody_knows_leaves_no_trace(made: Office) -> None:
    """A slip of the pen makes no folder, which all that is kept would be listed with for ever."""
    with pytest.raises(UsageProblem, match="There is no request"):
        under_test.release(made, "SAR-2026-0l42", None, native=False, zipped=False)
    with pytest.raises(UsageProblem, match="There is no request"):
        under_test.release(made, "\udcff", None, native=False, zipped=False)
    assert [path.name for path in (made.home / "cases").iterdir()] == [REF]


def test_an_expired_key_signs_nothing(made: Office, tmp_path: Path) -> None:
    """The remedy is named, and the refusal is recorded once, with its request."""
    approved(made)
    made.signing_key()
    later = KeyStore(made.keys.folder, clock=lambda: datetime.now(UTC) + timedelta(5000))
    with pytest.raises(NotPermitted, match="expired") as refused:
        released(replace(made, _keys=later), tmp_path / "out")
    assert refused.value.advice.tasks == (Task.ROTATE_KEY,)
    (event,) = made.register.events(kinds=(EventKind.DENIED,))
    assert event.reference == REF
    assert not (tmp_path / "out").exists()


def test_a_letter_that_lacks_something_names_it(made: Office, tmp_path: Path) -> None:
    """Nothing is released without a way to reach whoever released it."""
    approved(made)
    bare = made.organisation.model_copy(update={"letters": {}})
    with pytest.raises(UsageProblem, match="contact") as missing:
        released(replace(made, organisation=bare), tmp_path / "out")
    assert FILE in str(missing.value)
    odd = made.organisation.model_copy(update={"letters": {"contact": "x", "motto": "y"}})
    with pytest.raises(UsageProblem, match=r"letters\.motto is in no letter"):
        released(replace(made, organisation=odd), tmp_path / "out")
    assert states(made) == []


def test_what_is_packed_is_what_was_approved(made: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that somebody puts in place after the approval was compared does not leave."""
    approved(made)
    copy = copy_made(made, REF, only(made))
    assert copy is not None

    def and_then(*given: object) -> object:
        approval = approval_of(*given)  # type: ignore[arg-type]
        path = copy.file("redacted.mp4")
        path.write_bytes(master(made, only(made)).read_bytes())
        return approval

    monkeypatch.setattr(under_test, "approved", and_then)
    with pytest.raises(VerificationFailed, match="recorded is SHA-256"):
        released(made, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    assert states(made) == []


def test_a_release_takes_the_place_of_nothing(made: Office, tmp_path: Path) -> None:
    """Where something has its name, nothing is released and nothing recorded, and the number stays free."""
    approved(made)
    taken = tmp_path / "out" / f"{REF}_copy-1"
    taken.mkdir(parents=True)
    with pytest.raises(InputUnusable, match="exists already"):
        released(made, tmp_path / "out")
    assert (states(made), copy_number(made, REF)) == ([], 1)
    taken.rmdir()
    released(made, tmp_path / "out")


def test_a_full_disk_leaves_nothing_half_released(made: Office, tiny_disk: Path) -> None:
    """The number of the copy is free again, and it can be released elsewhere."""
    approved(made)
    (tiny_disk / "filler").write_bytes(b"\0" * 250_000)
    with pytest.raises(InputUnusable, match="no space left"):
        released(made, tiny_disk / "out")
    assert [path.name for path in tiny_disk.rglob("*") if path.is_file()] == ["filler"]
    assert "released" not in states(made)
    assert copy_number(made, REF) == 1
    assert released(made).parcel.number == 1


class Stopped(BaseException):
    """Stands for a kill."""


def stopped_after(office: Office, out: Path, kind: EventKind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Release, and stop as the event of KIND is to be recorded, so that nothing tidies up afterwards."""
    real = type(office).record

    def record(self: Office, *events: object) -> None:
        if any(event.kind is kind for event in events):  # type: ignore[attr-defined]
            raise Stopped
        real(self, *events)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(type(office), "record", record)
        with pytest.raises(Stopped):
            released(office, out)


def test_a_release_that_was_made_and_not_recorded_is_found_out(
    made: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next command on the case records it; the next copy has the next number."""
    approved(made)
    stopped_after(made, tmp_path / "out", EventKind.RELEASED, monkeypatch)
    assert states(made) == ["begun"]
    with locked(made, REF):
        assert states(made) == ["released"]
    assert copy_number(made, REF) == 2
    [following] = comes_next(made, asked(made, REF))
    assert following.tasks == (Task.CLOSE_REQUEST,)


def test_a_release_that_was_not_made_is_given_up(made: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number comes free, and what was approved can still leave."""
    approved(made)
    stopped_after(made, tmp_path / "out", EventKind.RELEASED, monkeypatch)
    shutil.rmtree(tmp_path / "out" / f"{REF}_copy-1")
    recover(made, REF)
    recover(made, REF)
    assert (states(made), copy_number(made, REF)) == (["abandoned"], 1)
    assert released(made, tmp_path / "out").parcel.number == 1


def test_a_release_that_cannot_be_looked_for_counts_as_made(
    made: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be on a stick that was pulled out: a release is rather recorded than forgotten."""
    approved(made)
    stopped_after(made, tmp_path / "stick", EventKind.RELEASED, monkeypatch)
    (tmp_path / "stick").rename(tmp_path / "elsewhere")
    recover(made, REF)
    assert states(made) == ["released"]
    assert "counts as made" in made.register.events(kinds=(EventKind.RELEASED,))[-1].data["why"]


def test_a_release_that_fails_to_appear_is_given_up_at_once(
    made: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody put something in its place at the last moment."""
    approved(made)
    real = type(made).record

    def record(self: Office, *events: object) -> None:
        real(self, *events)  # type: ignore[arg-type]
        if any(event.kind is EventKind.RELEASE_BEGUN for event in events):  # type: ignore[attr-defined]
            (tmp_path / "out" / f"{REF}_copy-1").write_text("mine")

    monkeypatch.setattr(type(made), "record", record)
    with pytest.raises(InputUnusable, match="exists already"):
        released(made, tmp_path / "out")
    assert (states(made), copy_number(made, REF)) == (["abandoned"], 1)
    assert (tmp_path / "out" / f"{REF}_copy-1").read_text() == "mine"


APPROVE = """
import sys
from pathlib import Path
from redact.case.approving import approve
from redact.case.releasing import release
from redact.errors import NotPermitted
from redact.governance.office import Office

with Office.open(Path(sys.argv[1])) as office:
    approve(office, sys.argv[2], native=False, watched=True)
    try:
        release(office, sys.argv[2], None, native=False, zipped=False)
    except NotPermitted as denied:
        print(denied)
"""


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder that other users can pass through; pytest closes its own."""
    with TemporaryDirectory(prefix="redact") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can be another user")
def test_a_group_works_on_one_case(made: Office, passable: Path) -> None:
    """Somebody else who has no rights but the group's approves; whoever has the key releases, and nobody else."""
    group = next(one for one in grp.getgrall() if one.gr_gid)
    home = Path(shutil.copytree(made.home, passable / "home"))
    text = (home / FILE).read_text().replace('group = ""', f'group = "{group.gr_name}"')
    (home / FILE).write_text(text + '[people."user 20001"]\nname = "H. Example"\nroles = ["dpo"]\n')
    command = ["setpriv", "--reuid=20001", "--regid=20001", f"--groups={group.gr_gid}", "--bounding-set=-all"]
    command += ["--inh-caps=-all", sys.executable, "-c", APPROVE, str(home), REF]
    settings = passable / "settings"
    claim = made_key(settings / "redact", "user 20001").claim()
    for path in (settings, *settings.rglob("*")):
        os.chown(path, 20001, 20001)
    environment = os.environ | {"XDG_CONFIG_HOME": str(settings)}
    with Office.open(home) as office:
        enrol(office, claim)
        office.signing_key()
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
        if "ModuleNotFoundError" in done.stderr:
            pytest.skip("another user cannot read this program's folder")
        assert (done.returncode, done.stderr) == (0, "")
        assert "The key that signs is for A. Example (user root) alone" in done.stdout
        assert released(office).parcel.number == 1
        assert audit(office).wrong == []
    shared = [path for path in home.rglob("*") if not path.is_relative_to(home / KEYS)]
    closed = {path for path in shared if not path.stat().st_mode & 0o040 or path.stat().st_gid != group.gr_gid}
    assert closed == set()


def test_masters_leave_bit_for_bit(office: Office, clip: Path, tmp_path: Path) -> None:
    """For the police, whatever the clip is called; no report takes the place of a master."""
    odd = tmp_path / "report.html"
    shutil.copyfile(clip, odd)
    attach(office, police(office), odd, Said())
    approved(office, "POL-7", native=True)
    done = under_test.release(office, "POL-7", tmp_path / "out", native=True, zipped=False)
    name = f"{sha256_file(clip)[:8]}_report.html"
    assert (done.package.path / name).read_bytes() == clip.read_bytes()
    assert (done.package.path / "report.html").read_bytes() != clip.read_bytes()
    assert all(check.passed for check in verify_package(done.package.path, office.keys.public()))


def test_a_third_party_and_an_agency_have_letters_of_their_own(office: Office, clip: Path, tmp_path: Path) -> None:
    """Of the kind that was asked."""
    facts = {
        "kind": "statutory",
        "requester": "G. Example, Example Agency",
        "recipient": "Example Agency",
        "lawful_basis": "Example Act, section 1",
        "purpose": "an inquiry",
    }
    open_request(office, intake("STAT-1", **facts))
    attach(office, "STAT-1", clip, Said())
    approved(office, "STAT-1", native=True)
    done = under_test.release(office, "STAT-1", tmp_path, native=True, zipped=False)
    text = (done.package.path / "letter.txt").read_text()
    assert "STAT-1" in text
    assert "Example Agency" in text


def test_the_log_is_signed_on_request(office: Office, clip: Path) -> None:
    """The checkpoint is the last line, and signs for all before it."""
    attached(office, clip)
    sign_ledger(office)
    found = audit(office)
    assert (found.wrong, found.checkpoints, found.signed) == ([], 1, len(lines(office)) - 1)
    assert "checkpoints sign up to line" in found.summary
    assert opened(office, "SAR-9") == "SAR-9"
