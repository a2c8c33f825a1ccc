"""The office: what happens is recorded once, by whoever may; and records that a group shares are open to it alone."""

from __future__ import annotations

import grp
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from people import enrol, key_of, made_key

from redact.advice import Task
from redact.case.audit import audit
from redact.case.steps import open_request
from redact.errors import InputUnusable, NotPermitted, RedactError, UsageProblem
from redact.governance.founding import set_up
from redact.governance.home import FOUNDING, REGISTER, home_folder
from redact.governance.ledger.events import Event, EventKind
from redact.governance.ledger.ledger import LedgerBroken
from redact.governance.ledger.lines import Hand
from redact.governance.office import LEDGER, Office
from redact.governance.rules.authority import Action
from redact.governance.rules.intake import Intake
from redact.governance.rules.organisation import FILE
from redact.user import user_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from databases import Server

    from redact.governance.people.own import Claim

ROOT = Path(__file__).parents[2]
OTHER = 20001
"""A user of the operating system who has no name."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Records that were just set up."""
    set_up(tmp_path / "home", "Example Housing", "A. Example")
    return tmp_path / "home"


@pytest.fixture
def office(home: Path) -> Iterator[Office]:
    """Those records, opened by whoever set them up."""
    with Office.open(home) as opened:
        yield opened


def intake(reference: str) -> Intake:
    """Give the least that a request says."""
    return Intake.of({"reference": reference, "kind": "sar", "received": "2026-03-02"})


def edited(home: Path, before: str, after: str) -> None:
    """Change the organisation's file by hand."""
    text = (home / FILE).read_text()
    assert before in text
    (home / FILE).write_text(text.replace(before, after))


def kinds(office: Office) -> list[EventKind]:
    """List what happened."""
    return [event.kind for event in office.register.events()]


def test_records_are_their_owners_alone(home: Path) -> None:
    """Whatever the umask says; it is as it was afterwards."""
    before = os.umask(0o022)
    try:
        with Office.open(home) as office:
            open_request(office, intake("SAR-1"))
            office.signing_key()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert {path for path in (home, *home.rglob("*")) if path.stat().st_mode & 0o077} == set()


def test_records_are_set_up_once(home: Path) -> None:
    """Who may do what is not overwritten."""
    before = (home / FILE).read_bytes()
    with pytest.raises(UsageProblem, match="set up already"):
        set_up(home, "Another", "")
    assert (home / FILE).read_bytes() == before


def test_records_that_nobody_set_up_are_not_made_in_passing(tmp_path: Path) -> None:
    """The remedy is named."""
    with pytest.raises(InputUnusable, match="does not exist: nothing is set up here") as missing, Office.open(tmp_path):
        pass
    assert missing.value.advice.tasks == (Task.SET_UP,)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else it is the user's own place for data."""
    monkeypatch.setenv("REDACT_HOME", "~/records")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_folder() == tmp_path / "records"
    monkeypatch.delenv("REDACT_HOME")
    assert home_folder().name == "redact"


def test_a_change_of_the_organisation_is_recorded(home: Path) -> None:
    """Once, with what it says, and never with the address of the database."""
    with Office.open(home) as office:
        assert kinds(office) == [EventKind.ENROLLED, EventKind.CONFIGURED]
    edited(home, "footage_days = 30", "footage_days = 31")
    for _ in range(2):
        with Office.open(home) as office:
            event = office.register.events()[-1]
            assert kinds(office) == [EventKind.ENROLLED, *[EventKind.CONFIGURED] * 2]
            assert event.data["organisation"]["retention"]["footage_days"] == 31
            assert "database" not in event.data["organisation"]


def test_what_is_denied_is_recorded_once_however_far_it_falls(home: Path) -> None:
    """Also where it passes through several hands that record what is refused; another time is another denial."""
    with Office.open(home) as opened:
        office = replace(opened, user="stranger")

        def refused() -> None:
            with office.refusals(), office.refusals("SAR-9"):
                office.permit(Action.PURGE)

        for _ in range(2):
            with pytest.raises(NotPermitted):
                refused()
        denied = [event for event in office.register.events() if event.kind is EventKind.DENIED]
        assert [(event.by, event.reference) for event in denied] == [("stranger", "")] * 2
        assert "may not purge" in denied[0].data["what"]


@pytest.mark.parametrize("reference", ["SAR-1", "SAR-9", "\udcff", "a\nb", ""])
def test_a_denial_names_the_request_if_there_is_one(home: Path, reference: str) -> None:
    """Whatever somebody typed."""
    with Office.open(home) as opened:
        open_request(opened, intake("SAR-1"))
        office = replace(opened, user="stranger")
        with pytest.raises(NotPermitted):
            office.permit(Action.VIEW, reference)
        assert office.register.events()[-1].reference == ("SAR-1" if reference == "SAR-1" else "")


def test_what_is_denied_stays_denied_where_it_cannot_be_recorded(home: Path) -> None:
    """The denial is what is told."""
    with Office.open(home) as opened:
        office = replace(opened, user="stranger")
        shutil.rmtree(home / "ledger")
        with pytest.raises(NotPermitted, match="may not purge"):
            office.permit(Action.PURGE)


def test_a_key_is_made_on_first_use_and_changed_by_rotation(home: Path) -> None:
    """Both are on record."""
    with Office.open(home) as office:
        first = office.signing_key()
        assert office.signing_key().keyid == first.keyid
        second = office.rotate_key()
        events = office.register.events(kinds=(EventKind.KEY_CREATED, EventKind.KEY_ROTATED))
        assert [event.data["keyid"] for event in events] == [first.keyid, second.keyid]
        assert events[1].data["replaces"] == first.keyid
        assert office.keys_of == ""


def waiting(office: Office) -> Event:
    """Put into the ledger what the register has not seen yet, as a process does that is killed right then."""
    event = office.event(EventKind.CHECKPOINT, data={"made": "up"})
    hand = Hand(office.founding.organisation, office.own.signer())
    with office.ledger.locked() as held:
        held.append(held.prepare([event], hand))
    return event


def test_looking_settles_nothing(home: Path) -> None:
    """What the register has not seen stays unseen; the next command that may write lets it follow, once."""
    with Office.open(home) as office:
        event, known = waiting(office), office.register.known()
    with Office.open(home, settle=False) as office:
        assert office.register.known() == known
    for _ in range(2):
        with Office.open(home) as office:
            assert [one.id for one in office.register.events()][known.rows :] == [event.id]


def test_a_password_of_the_database_is_never_shown(home: Path, postgresql: Server) -> None:
    """Neither in what goes wrong, nor in the record, nor where the office is printed."""
    url = postgresql.fresh()
    edited(home, 'database = ""', f'database = "{url.replace("redact@", "redact:s3cret@")}"')
    for file in (home / REGISTER).parent.iterdir():
        file.unlink()
    with Office.open(home) as office:
        open_request(office, intake("SAR-1"))
        assert "s3cret" not in repr(office)
        assert audit(office).wrong == []
    assert b"s3cret" not in (home / LEDGER).read_bytes()
    edited(home, "s3cret@/", "s3cret@nowhere.invalid:1/")
    with pytest.raises(RedactError) as wrong, Office.open(home):
        pass
    assert "s3cret" not in str(wrong.value)


# the clock


def test_a_clock_that_was_set_back_is_told_and_recorded(home: Path) -> None:
    """Once, before what is recorded then; from there on it goes forwards again, and nothing more is said."""
    now = datetime.now(UTC)
    with Office.open(home) as office:
        last = office.register.events()[-1]
        earlier = [office.event(EventKind.VIEWED, data={"what": "x"}, at=(now - ago).isoformat()) for ago in AGO]
        office.record(earlier[0])
        office.record(earlier[1])
        noted = [event for event in office.register.events() if event.kind is EventKind.CLOCK_SET_BACK]
        assert [event.data["last"] for event in noted] == [last.at]
        assert abs(noted[0].data["behind_s"] - AGO[0].total_seconds()) < 60
        found = audit(office)
        assert (found.wrong, len(found.notes)) == ([], 1)
        assert "days before line" in found.notes[-1]


AGO = (timedelta(3), timedelta(3) - timedelta(seconds=5))
"""How long ago two events seem to have been that are recorded now."""


def test_a_clock_that_is_behind_is_told_to_whoever_opens_the_records(home: Path) -> None:
    """Whoever looks at time limits, too; a few seconds are none."""
    for ahead, said in ((timedelta(seconds=30), 0), (timedelta(days=40), 1)):
        told: list[str] = []
        with Office.open(home) as office:
            office.record(
                office.event(EventKind.VIEWED, data={"what": "x"}, at=(datetime.now(UTC) + ahead).isoformat())
            )
        with Office.open(home, settle=False, tell=told.append):
            assert len(told) == said
    assert "The clock of this computer is 39 days behind" in told[0] or "40 days behind" in told[0]


# a full disk


def refusal(act: Callable[[], object]) -> str:
    """What is said where ACT cannot be; nothing where it can."""
    try:
        act()
    except InputUnusable as problem:
        return str(problem)
    return ""


def test_what_is_said_where_the_disk_is_full_is_so(small_disk: Path) -> None:
    """Wherever it was full: it is on record, or it is not, as the sentence says; afterwards all is as it should be."""
    home, filler = small_disk / "home", small_disk / "filler"
    set_up(home, "Example Housing", "A. Example")
    said: set[bool] = set()
    for number, left in enumerate((*[0] * 12, *range(4_096, 80_000, 4_096))):  # the log is in a new block now and then
        with Office.open(home) as office:
            free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
            filler.write_bytes(bytes(max(0, free - left)))
            reference = f"SAR-{number}"
            problem = refusal(lambda: open_request(office, intake(reference)))  # noqa: B023  called at once
            recorded = not problem or "It is recorded in the ledger" in problem
            assert recorded != ("This was not recorded" in problem), problem
            said |= {recorded} if problem else set()
        filler.unlink()
        with Office.open(home) as office:
            there = [event.reference for event in office.register.events(kinds=(EventKind.OPENED,))]
            assert (reference in there) is recorded
            assert audit(office).wrong == []
    assert said == {True, False}


# records that a group shares


@pytest.fixture
def group() -> grp.struct_group:
    """A group of this computer that is not root's."""
    if os.geteuid() or not shutil.which("setpriv"):
        pytest.skip("only root can be another user")
    return next(one for one in grp.getgrall() if one.gr_gid)


@pytest.fixture
def shared(group: grp.struct_group) -> Iterator[Path]:
    """Records that were made by one user, and are then shared with a group, in which somebody else may approve.

    They are where other users can pass through; pytest closes its own folder.
    """
    with TemporaryDirectory(prefix="redact") as folder:
        Path(folder).chmod(0o755)
        set_up(Path(folder) / "home", "Example Housing", "A. Example")
        yield handed_over(Path(folder) / "home", group)


def others_claim(settings: Path) -> Claim:
    """Make SETTINGS of the other user, with a key of their own; gives what they hand to the DPO."""
    claim = made_key(settings / "redact", f"user {OTHER}").claim()
    for path in (settings, *settings.rglob("*")):
        os.chown(path, OTHER, OTHER)
    return claim


def handed_over(home: Path, group: grp.struct_group) -> Path:
    """Share the records in HOME with GROUP, once something is in them."""
    with Office.open(home) as office:
        open_request(office, intake("SAR-1"))
        office.signing_key()
        office.folder("cases", "SAR-1")
    edited(home, 'group = ""', f'group = "{group.gr_name}"')
    with (home / FILE).open("a") as stream:
        stream.write(f'[people."user {OTHER}"]\nname = "B. Example"\nroles = ["dpo"]\n')
    with Office.open(home) as office:
        enrol(office, others_claim(home.parent / "settings"))
    return home


def other(group: grp.struct_group, code: str, *given: object) -> subprocess.CompletedProcess[str]:
    """Run CODE as another user of the operating system, who is in GROUP and has no more rights than anyone."""
    command = ["setpriv", f"--reuid={OTHER}", f"--regid={OTHER}", f"--groups={group.gr_gid}", "--bounding-set=-all"]
    command += ["--inh-caps=-all", sys.executable, "-c", code, *map(str, given)]
    settings = {"XDG_CONFIG_HOME": str(Path(str(given[0])).parent / "settings")} if given else {}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | settings)


RECORD = """
import sys
from pathlib import Path
from redact.governance.rules.intake import Intake
from redact.governance.office import Office
from redact.case.audit import audit
from redact.case.folder import locked
from redact.case.steps import open_request
from redact.files import write_whole

with Office.open(Path(sys.argv[1])) as office:
    open_request(office, Intake.of({"reference": "SAR-2", "kind": "sar", "received": "2026-03-02"}))
    for reference in ("SAR-1", "SAR-2"):
        with locked(office, reference) as folder:
            write_whole(folder / "note.txt", b"note")
            office.keep(folder / "note.txt")
    print(audit(office).wrong)
    print(audit(office).summary)
"""

SIGN = """
import sys
from pathlib import Path
from redact.errors import NotPermitted
from redact.governance.office import Office

with Office.open(Path(sys.argv[1])) as office:
    for use in (office.signing_key, office.rotate_key):
        try:
            use()
        except NotPermitted as denied:
            print(denied)
"""


@pytest.fixture
def _readable() -> None:
    """Skip where another user cannot run this program at all."""
    stranger = grp.struct_group(("nobody's", "x", OTHER, []))
    found = other(stranger, "import redact.governance.office")
    if found.returncode:
        pytest.skip("another user cannot read this program's folder")


@pytest.mark.usefixtures("_readable")
def test_a_group_shares_the_records(shared: Path, group: grp.struct_group) -> None:
    """Somebody else in it records and works on a case; then its owner does again, with what they wrote."""
    done = other(group, RECORD, shared)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "[]"
    assert "signed by whoever it is by" in done.stdout
    with Office.open(shared) as office:
        open_request(office, intake("SAR-3"))
        assert [row.reference for row in office.register.requests()] == ["SAR-3", "SAR-2", "SAR-1"]
        assert audit(office).wrong == []
    for path in (shared, *shared.rglob("*")):
        mode, facts = stat.S_IMODE(path.stat().st_mode), path.stat()
        if path.is_relative_to(shared / "keys"):
            assert not mode & 0o077, path
        else:
            wanted = 0o2770 if path.is_dir() else 0o640 if path.name in {FILE, FOUNDING} else 0o660
            wanted = {shared: 0o2750, shared / "ledger": 0o3770}.get(path, wanted)
            assert (oct(mode), facts.st_gid) == (oct(wanted), group.gr_gid), path


@pytest.mark.usefixtures("_readable")
def test_a_group_does_not_share_the_key(shared: Path, group: grp.struct_group) -> None:
    """Whoever made it signs, and a sentence names them; what was tried is on record."""
    done = other(group, SIGN, shared)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("The key that signs is for A. Example (user root) alone") == 2
    assert done.stdout.count("Ask A. Example (user root) to release") == 2
    with Office.open(shared) as office:
        denied = office.register.events(kinds=(EventKind.DENIED,))
    assert [event.by for event in denied] == [f"user {OTHER}"] * 2


@pytest.mark.usefixtures("_readable")
def test_who_is_not_in_the_group_gets_nothing(shared: Path, group: grp.struct_group) -> None:
    """One sentence, and no trace of an error in the program."""
    stranger = type(group)((group.gr_name, "x", OTHER + 1, []))
    done = other(stranger, RECORD, shared)
    assert done.returncode == 1
    assert "is not open to user 20001" in done.stderr.splitlines()[-2] + done.stderr.splitlines()[-1]


def test_records_are_closed_again(shared: Path) -> None:
    """Where the organisation's file names no group any more, nobody but their owner reads them."""
    text = (shared / FILE).read_text().splitlines()
    (shared / FILE).write_text("\n".join('group = ""' if line.startswith("group") else line for line in text))
    with Office.open(shared):
        pass
    assert {path for path in (shared, *shared.rglob("*")) if path.stat().st_mode & 0o077} == set()


def test_a_group_that_is_not_there_is_named(home: Path) -> None:
    """Nothing is opened to another in its place."""
    edited(home, 'group = ""', 'group = "no-such-group"')
    with pytest.raises(UsageProblem, match="there is no group no-such-group"), Office.open(home):
        pass


def test_two_who_begin_at_once_both_come_in(tmp_path: Path) -> None:
    """Folders that the other one makes at that moment are no problem."""
    set_up(tmp_path / "home", "Example Housing", "A. Example")
    for name in ("masters", "scans", "cases"):
        (tmp_path / "home" / name).rmdir()
    code = "import sys; from pathlib import Path; from redact.governance.office import Office\n"
    code += "with Office.open(Path(sys.argv[1])) as office: print(office.user)"
    command = [sys.executable, "-c", code, str(tmp_path / "home")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
    assert [one.communicate()[0] for one in both] == [f"{user_name()}\n"] * 2


@pytest.mark.parametrize("signed", [False, True])
def test_a_line_that_nobody_signed_who_may_is_believed_by_nobody(office: Office, signed: bool) -> None:
    """Whoever can write to the ledger, even a line that follows from the last, approves nothing in another's name."""
    forged = Event(kind=EventKind.APPROVED, by="approver", reference="SAR-1", data={"digest": "0" * 64})
    hand = Hand(office.founding.organisation, key_of("operator").signer()) if signed else None
    with office.ledger.locked() as held:
        held.append(held.prepare([forged], hand))
    said = "on record as nobody's" if signed else "signed by nobody"
    with pytest.raises(LedgerBroken, match=said), Office.open(office.home):
        pass
    assert not office.register.events(kinds=(EventKind.APPROVED,))


def test_a_register_that_is_gone_is_made_again(office: Office) -> None:
    """From the ledger, which is the truth."""
    office.record(office.event(EventKind.DENIED, data={"what": "this was denied"}))
    before = [event.id for event in office.register.events()]
    office.register.close()
    for path in (office.home / REGISTER).parent.iterdir():
        path.unlink()
    with Office.open(office.home) as again:
        assert [event.id for event in again.register.events()] == before


def test_a_register_of_a_backup_follows_the_ledger(home: Path, tmp_path: Path) -> None:
    """An older one is what the ledger was then; nothing of what happened since is lost."""
    with Office.open(home) as office:
        open_request(office, intake("SAR-1"))
    shutil.copytree(home, tmp_path / "older")
    with Office.open(home) as office:
        open_request(office, intake("SAR-2"))
    shutil.rmtree((home / REGISTER).parent)
    shutil.copytree((tmp_path / "older" / REGISTER).parent, (home / REGISTER).parent)
    with Office.open(home) as office:
        assert [row.reference for row in office.register.requests()] == ["SAR-2", "SAR-1"]
        assert audit(office).wrong == []


def test_two_copies_that_went_on_apart_are_not_mixed(home: Path, tmp_path: Path) -> None:
    """The register of one beside the ledger of the other is refused, and named."""
    shutil.copytree(home, tmp_path / "other")
    for place, reference in ((home, "SAR-1"), (tmp_path / "other", "SAR-2")):
        with Office.open(place) as office:
            open_request(office, intake(reference))
    shutil.rmtree((home / REGISTER).parent)
    shutil.copytree((tmp_path / "other" / REGISTER).parent, (home / REGISTER).parent)
    with pytest.raises(LedgerBroken, match="not the one that the register remembers"), Office.open(home):
        pass
    with Office.open(home, settle=False) as office:
        assert audit(office).wrong


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_an_organisation_file_of_somebody_else_is_not_believed(office: Office) -> None:
    """In a folder that a group shares any member can put a file in the place of another."""
    os.chown(office.home / FILE, 20002, -1)
    with pytest.raises(NotPermitted, match="belongs to user 20002"), Office.open(office.home):
        pass
