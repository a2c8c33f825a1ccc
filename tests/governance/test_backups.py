"""Copies of the records: an older register put back, and two copies that went apart."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from redact.case.anchor import anchor_of
from redact.case.audit import audit
from redact.case.releasing import sign_ledger
from redact.errors import RedactError
from redact.governance.founding import set_up
from redact.governance.home import LEDGER, REGISTER
from redact.governance.ledger.events import EventKind
from redact.governance.ledger.faults import Fault
from redact.governance.office import Office


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Records with one thing seen."""
    set_up(tmp_path / "home", "Example Housing", "A. Example")
    see(tmp_path / "home", "first")
    return tmp_path / "home"


def see(home: Path, what: str) -> None:
    """Record in HOME that WHAT was viewed."""
    with Office.open(home) as office:
        office.record(office.event(EventKind.VIEWED, data={"what": what}))


def seen(home: Path) -> list[str]:
    """What was viewed, by the register of HOME, which is checked as well."""
    with Office.open(home) as office:
        assert audit(office).wrong == []
        return sorted(event.data["what"] for event in office.register.events(kinds=(EventKind.VIEWED,)))


def put(whence: Path, where: Path, name: str) -> None:
    """Put the folder that the file NAME is in from one HOME into another."""
    shutil.rmtree((where / name).parent)
    shutil.copytree((whence / name).parent, (where / name).parent)


def test_an_older_register_that_is_put_back_follows_the_log_again(home: Path, tmp_path: Path) -> None:
    """Nothing is lost, and nothing has to be done for it."""
    older = Path(shutil.copytree(home, tmp_path / "older"))
    see(home, "second")
    put(older, home, REGISTER)
    assert seen(home) == ["first", "second"]


def test_an_older_log_beside_the_register_is_named(home: Path, tmp_path: Path) -> None:
    """Its end was cut off: the register remembers more."""
    older = Path(shutil.copytree(home, tmp_path / "older"))
    see(home, "second")
    put(older, home, LEDGER)
    with Office.open(home, settle=False) as office:
        assert audit(office).wrong
    with pytest.raises(RedactError):
        see(home, "third")


def test_of_two_copies_that_went_apart_neither_takes_a_half_of_the_other(home: Path, tmp_path: Path) -> None:
    """The log of one with the register of the other is a fault, and what was noted of one is not in the other."""
    other = Path(shutil.copytree(home, tmp_path / "other"))
    see(home, "here")
    see(other, "there")
    with Office.open(home) as office:
        noted = anchor_of(office, sign_ledger(office))
    assert (seen(home), seen(other)) == (["first", "here"], ["first", "there"])
    with Office.open(other) as office:
        assert Fault.ANCHOR_DIFFERS in {problem.code for problem in audit(office, noted).problems}
    put(other, home, REGISTER)
    with Office.open(home, settle=False) as office:
        assert audit(office).wrong
    with pytest.raises(RedactError):
        see(home, "third")
