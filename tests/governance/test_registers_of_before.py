"""A register of before is brought up to date and is what the ledger comes to; old lines keep their sense."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config
from cases import REF, intake, set_up
from sqlalchemy import create_engine, inspect, text

from redact.case.asked import asked
from redact.case.audit import audit
from redact.case.steps import change_request, clock_of, close_request, refuse, step
from redact.case.telling import due_rows, request_facts
from redact.governance.home import REGISTER
from redact.governance.ledger.events import EventKind
from redact.governance.ledger.ledger import Ledger
from redact.governance.office import LEDGER, Office
from redact.governance.register import tables
from redact.governance.register.register import Register
from redact.governance.rules.exemptions import Exemption

if TYPE_CHECKING:
    from pathlib import Path

BEFORE = "0002"
"""The version before a complaint named its request."""
NEW = {"about", "upload"}
"""What an intake did not say then."""


def old_intake(reference: str, **more: Any) -> dict[str, Any]:
    """Give an intake as it was written down then."""
    return {name: value for name, value in intake(reference, **more).plain().items() if name not in NEW}


def lines_of_before(office: Office) -> None:
    """Record what the version before recorded: two requests, with steps that had no amount, ground or outcome."""
    for reference, kind in ((REF, "sar"), ("TP-1", "third-party"), ("POL-7", "police")):
        asked_for = old_intake(reference, kind=kind)
        data = {"intake": asked_for, "received": asked_for["received"]}
        office.record(office.event(EventKind.OPENED, reference=reference, on=asked_for["received"], data=data))
    for reference in (REF, "TP-1"):
        office.record(office.event(EventKind.FEE_ASKED, reference=reference))
    office.record(office.event(EventKind.EXTENDED, reference="POL-7", data={"reason": "many clips"}))
    said = {"camera": "Camera 4", "from": "2026-03-02T14:00:00", "to": "2026-03-02T15:00:00", "found": "nothing"}
    office.record(office.event(EventKind.SEARCHED, reference=REF, data=said))


def tables_of_before(place: str, office: Office) -> None:
    """Make a register in the form of before at PLACE, with all that the one of OFFICE has."""
    engine, config = create_engine(place), Config()
    config.set_main_option("script_location", "redact/governance/register/migrations")
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
        assert "about" not in {column["name"] for column in inspect(connection).get_columns("requests")}
        with office.register._engine.connect() as kept:
            for table in (tables.events, tables.requests, tables.facts):
                names = [column.name for column in table.columns if column.name != "about"]
                quoted = ", ".join(f'"{name}"' for name in names)
                for row in kept.execute(text(f"SELECT {quoted} FROM {table.name}")):  # noqa: S608  names of ours
                    values = dict(zip(names, row, strict=True))
                    marks = ", ".join(f":{name}" for name in names)
                    connection.execute(text(f"INSERT INTO {table.name} ({quoted}) VALUES ({marks})"), values)  # noqa: S608  as above
    engine.dispose()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Records with a register in the form of before."""
    home = tmp_path / "home"
    set_up(home)
    with Office.open(home) as office:
        lines_of_before(office)
        old = tmp_path / "old.db"
        tables_of_before(f"sqlite:///{old}", office)
    for file in (home / REGISTER).parent.glob("register.db*"):
        file.unlink()
    shutil.move(old, home / REGISTER)
    (home / REGISTER).chmod(0o600)
    return home


def test_it_is_brought_up_to_date_and_is_what_the_ledger_says(home: Path) -> None:
    """Row by row, and the log is whole; the lines themselves stay as they are."""
    before = (home / LEDGER).read_bytes()
    with Office.open(home) as office:
        assert (home / LEDGER).read_bytes() == before
        assert office.register.differences(office.ledger.entries()) == []
        assert {row.about for row in office.register.requests()} == {""}
        assert audit(office).problems == ()


def test_old_lines_keep_their_sense(home: Path) -> None:
    """A fee without amount stops the clock as it did, and a search that did not say so was not in vain."""
    with Office.open(home) as office:
        clock = clock_of(office, asked(office, REF))
        assert (clock.started, clock.due) == (None, None)
        assert clock_of(office, asked(office, "TP-1")).due is None
        assert [row["export"] for row in due_rows(office) if row["reference"] == REF] == ["runs"]
        facts = request_facts(office, asked(office, REF), str)
        assert facts["fee"]["state"] == "asked"
        assert (facts["request"]["about"], facts["request"]["upload"]) == (None, "")


def test_an_old_request_goes_on(home: Path) -> None:
    """It is corrected, its fee paid, and it is ended."""
    with Office.open(home) as office:
        change_request(office, intake(REF, kind="sar", recipient="B. Example"))
        assert step(office, REF, EventKind.FEE_PAID, None, {}).due
        close_request(office, REF, "withdrawn", "", None)
        refuse(office, "TP-1", Exemption.OTHER, "no basis", None)
        assert office.register.differences(office.ledger.entries()) == []


def test_on_either_database(place: str, home: Path) -> None:
    """The step is the same on SQLite and on PostgreSQL, and the rows are made anew from the ledger."""
    with Office.open(home) as office:
        tables_of_before(place if "://" in place else f"sqlite:///{place}", office)
        with Register.open(place) as register:
            assert register.known().rows == 0
            register.take_over(list(Ledger(home / LEDGER).entries()))
            assert register.differences(Ledger(home / LEDGER).entries()) == []
            assert {row.reference for row in register.requests()} == {REF, "TP-1", "POL-7"}
            row = register.request(REF)
            assert (row.about, NEW & set(json.loads(row.intake))) == ("", set())
