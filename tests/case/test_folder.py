"""Where a case lies: no two references share a folder, none leads out of it, and one person works on it at a time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cases import REF, intake, opened
from hypothesis import given
from hypothesis import strategies as st

from redact.case.folder import case_folder, clip_locked, locked, plain_name, recover
from redact.case.steps import open_request
from redact.errors import InputUnusable, UsageProblem
from redact.governance.ledger.events import EventKind
from redact.package.record import safe

if TYPE_CHECKING:
    from redact.governance.office import Office

pytest_plugins = ("stages",)

ROOT = Path(__file__).parents[2]


@given(st.text(max_size=40))
def test_a_plain_name_is_safe_everywhere(text: str) -> None:
    """Whatever it is made of."""
    assert safe(plain_name(text))
    assert plain_name(text).isascii()


@pytest.mark.parametrize("reference", ["A/B", "A B", "A.B", "A", "A..", "Z" * 40])
def test_a_reference_has_a_folder_of_its_own(office: Office, reference: str) -> None:
    """Directly in that of the cases, whatever is in the reference."""
    folder = case_folder(office, opened(office, reference))
    assert folder.resolve().parent == (office.home / "cases").resolve()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len({path.name for path in (office.home / "cases").iterdir()}) == 1


@pytest.mark.usefixtures("impatient")
def test_a_case_is_held_by_one(office: Office) -> None:
    """Whoever comes second is told; the lock goes with the process that had it, however it ends."""
    opened(office)
    with locked(office, REF):
        with pytest.raises(UsageProblem, match="Someone is working on SAR-2026-0142"), locked(office, REF):
            pass
        with clip_locked(office, "ab" * 32):
            pass
    code = (
        "import os, sys; from pathlib import Path; from redact.governance.office import Office\n"
        "from redact.case.folder import locked\n"
        "with Office.open(Path(sys.argv[1])) as office, locked(office, sys.argv[2]): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(office.home), REF], check=False, cwd=ROOT)
    assert done.returncode == -9
    with locked(office, REF):
        pass


HOLD = """
import sys
from pathlib import Path
from redact.case.folder import clip_locked, locked
from redact.governance.office import Office

with Office.open(Path(sys.argv[1])) as office:
    held = locked(office, sys.argv[3]) if sys.argv[2] == "case" else clip_locked(office, sys.argv[3])
    with held:
        print("held", flush=True)
        sys.stdin.readline()
"""


@pytest.mark.parametrize("what", ["case", "clip"])
def test_who_comes_second_waits_until_the_first_is_done(office: Office, what: str) -> None:
    """And is told so where it takes more than a moment."""
    name, told = opened(office) if what == "case" else "ab" * 32, list[str]()
    command = [sys.executable, "-c", HOLD, str(office.home), what, name]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        done = other.stdin

        def tell(sentence: str) -> None:
            told.append(sentence)
            done.write("\n")
            done.flush()

        waiting = replace(office, tell=tell)
        with locked(waiting, name) if what == "case" else clip_locked(waiting, name):
            assert other.wait(10) == 0
    assert len(told) == 1
    assert "Someone is working on" in told[0]
    assert "waiting until they are done" in told[0]


@pytest.mark.parametrize(
    ("place", "disk", "state"),
    [
        ("folder", 0, "abandoned"),
        ("folder", 1, "released"),
        ("file", 0, "released"),
        ("nothing", 0, "released"),
        ("folder", None, "abandoned"),
    ],
)
def test_a_release_counts_as_made_unless_its_own_disk_lacks_it(
    office: Office, tmp_path: Path, place: str, disk: int | None, state: str
) -> None:
    """A stick that was pulled out leaves its folder behind, on another disk; what was begun long ago names none."""
    out = tmp_path / "stick"
    if place == "folder":
        out.mkdir()
    if place == "file":
        out.write_text("mine")
    data = {
        "release": "ab" * 16,
        "native": False,
        "recipient": "E. Example",
        "recipient_code": "12345678",
        "copy_number": 1,
        "path": str(out / "copy-1"),
        "envelope": "ab" * 32,
    }
    if disk is not None:
        data["device"] = tmp_path.stat().st_dev + disk
    office.record(office.event(EventKind.RELEASE_BEGUN, reference=opened(office), data=data))
    recover(office, REF)
    assert [row.state for row in office.register.releases()] == [state]


def test_a_lock_that_is_a_link_is_not_followed(office: Office, tmp_path: Path) -> None:
    """Nobody makes the program write elsewhere by it."""
    open_request(office, intake())
    (case_folder(office, REF) / ".lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputUnusable, match="cannot be opened"), locked(office, REF):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_request_that_nobody_knows_is_not_held(office: Office) -> None:
    """And has no folder afterwards."""
    for reference in ("SAR-X", "..", "\udcff"):
        with pytest.raises(UsageProblem, match="There is no request"), locked(office, reference):
            pass
    assert list((office.home / "cases").iterdir()) == []
