"""Records of before people had keys: brought up to date by one command, and told apart from what is signed."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config
from people import key_of
from sqlalchemy import create_engine, text

from redact.advice import Given, Task
from redact.case.audit import audit
from redact.errors import InputUnusable, NotPermitted, RedactError, UsageProblem
from redact.governance.founding import found, rebuild, set_up, upgrade
from redact.governance.home import FOUNDING, LEDGER, OLD_LEDGER, OLD_REGISTER, REGISTER
from redact.governance.ledger.events import Event, EventKind
from redact.governance.ledger.ledger import Ledger, LedgerBroken
from redact.governance.office import Office
from redact.governance.people.mine import own_key
from redact.governance.register.register import Register
from redact.governance.rules.intake import Intake
from redact.governance.rules.organisation import FILE, template
from redact.user import user_name

if TYPE_CHECKING:
    from pathlib import Path

    from redact.governance.ledger.lines import Entry

INTAKE = Intake.of({"reference": "SAR-1", "kind": "sar", "received": "2026-03-02"})
EVENT = text("INSERT INTO events VALUES (:seq, :id, :at, :by, :kind, :reference, :clip, :on, :data)")


def tables_of_before(place: str, entries: list[Entry], waits: list[Event]) -> None:
    """Make a register in the form of before at PLACE, which has seen ENTRIES, and in which WAITS wait."""
    engine = create_engine(place)
    config = Config()
    config.set_main_option("script_location", "redact/governance/register/migrations")
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for seq, event in enumerate([*(entry.event for entry in entries), *waits], 1):
            row: dict[str, Any] = event.plain() | {"data": "{}", "seq": seq}
            connection.execute(EVENT, row)
        for event in waits:
            connection.execute(text("INSERT INTO outbox (event) VALUES (:id)"), {"id": event.id})
        facts = {"head_seq": str(len(entries)), "head_sha256": entries[-1].sha256}
        for key, value in facts.items():
            connection.execute(text("INSERT INTO facts VALUES (:key, :value)"), {"key": key, "value": value})
    engine.dispose()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Records as the version before left them, with a request."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / FILE).write_text(template(user_name(), "Example Housing", "A. Example"))
    (home / FILE).chmod(0o600)
    data = {"intake": INTAKE.plain(), "received": "2026-03-02"}
    opened = Event(kind=EventKind.OPENED, by=user_name(), reference="SAR-1", on="2026-03-02", data=data)
    configured = Event(kind=EventKind.CONFIGURED, by=user_name(), data={"digest": "0" * 64, "organisation": {}})
    with Ledger(home / OLD_LEDGER).locked() as held:
        held.append(held.prepare([configured, opened]))
        entries = list(held.since(held.head.__class__.EMPTY))
    tables_of_before(f"sqlite:///{home / OLD_REGISTER}", entries, [])
    return home


def test_records_of_before_are_told_apart(old: Path) -> None:
    """Nothing is done with them, and the one command that brings them up to date is named."""
    with pytest.raises(NotPermitted, match="before everybody signed") as refused, Office.open(old):
        pass
    assert refused.value.advice.tasks == (Task.SET_UP,)
    assert Given.UPGRADE in refused.value.advice.parts[-1].gives  # type: ignore[union-attr]


def test_one_command_brings_them_up_to_date(old: Path) -> None:
    """Old lines stay as they are, and are told to be signed by nobody; what comes is signed."""
    before = (old / OLD_LEDGER).read_bytes()
    upgrade(old)
    assert (old / LEDGER).read_bytes().startswith(before)
    assert not (old / OLD_LEDGER).exists()
    assert not (old / OLD_REGISTER).exists()
    with Office.open(old) as office:
        assert office.register.request("SAR-1").state == "open"
        found_now = audit(office)
        assert (found_now.wrong, found_now.before) == ([], 2)
        assert "Lines 1 to 2 are of before people had keys: nobody signed them." in found_now.summary
        assert [bool(entry.keyid) for entry in office.ledger.entries()] == [False, False, True, True]
    with pytest.raises(UsageProblem, match="up to date"):
        upgrade(old)


def test_what_waited_is_taken_over_by_name_or_refused(old: Path) -> None:
    """An INSERT into the old register, which the program would have carried into the ledger, is named."""
    forged = Event(kind=EventKind.APPROVED, by="approver", reference="SAR-1", data={"digest": "0" * 64})
    with closing(sqlite3.connect(old / OLD_REGISTER)) as database, database:
        row = forged.plain() | {"data": "{}"}
        marks = ", ".join(f":{name}" for name in NAMES)
        database.execute(f"INSERT INTO events VALUES (9, {marks})", row)  # noqa: S608  ours
        database.execute("INSERT INTO outbox (event) VALUES (?)", (forged.id,))
    before = sorted(path.name for path in old.iterdir())
    with pytest.raises(UsageProblem, match=f"release-approved by approver, SAR-1, .*: {forged.id}"):
        upgrade(old)
    assert sorted(path.name for path in old.iterdir()) == before
    upgrade(old, [forged.id])
    with Office.open(old) as office:
        assert [entry.event.id for entry in office.ledger.entries()][2] == forged.id
        assert not [line for line in office.witnessed(EventKind.APPROVED, reference="SAR-1") if line.keyid]
        assert audit(office).before == 3


NAMES = ("id", "at", "by", "kind", "reference", "clip", "on", "data")


def test_a_ledger_of_before_that_was_changed_is_not_brought_up_to_date(old: Path) -> None:
    """Nothing is moved."""
    path = old / OLD_LEDGER
    path.write_bytes(path.read_bytes().replace(b"SAR-1", b"SAR-2", 1))
    before = sorted(one.name for one in old.iterdir() if one.name.startswith(("ledger.", "register.")))
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[1])
    with pytest.raises(LedgerBroken):
        upgrade(old)
    assert sorted(one.name for one in old.iterdir() if one.name.startswith(("ledger.", "register."))) == before


def test_who_was_quicker_with_a_first_key_is_named(old: Path) -> None:
    """A member of the group who founds an old ledger before its DPO does founds nothing."""
    shutil.copytree(old, old.parent / "theirs")
    (old.parent / "theirs" / "ledger").mkdir()
    (old.parent / "theirs" / OLD_LEDGER).rename(old.parent / "theirs" / LEDGER)
    found(old.parent / "theirs", key_of("operator"))
    (old / OLD_LEDGER).write_bytes((old.parent / "theirs" / LEDGER).read_bytes())
    with pytest.raises(LedgerBroken, match="a first key on record that HOME does not know"):
        upgrade(old)


def test_only_a_dpo_who_owns_them_does(old: Path) -> None:
    """Nobody else founds anything."""
    with pytest.raises(NotPermitted):
        upgrade(old, own=key_of("operator"))


def test_a_register_in_a_server_is_brought_up_to_date(old: Path, request: pytest.FixtureRequest) -> None:
    """Its rows are worked out from the ledger; what waits there is refused by name first."""
    server = request.getfixturevalue("postgresql")
    url = server.fresh()
    entries = list(Ledger(old / OLD_LEDGER).entries())
    waits = [Event(kind=EventKind.DENIED, by="operator", data={"what": "this"})]
    tables_of_before(url.replace("postgresql://", "postgresql+psycopg://"), entries, waits)
    for path in old.glob(f"{OLD_REGISTER}*"):
        path.unlink()
    text_now = (old / FILE).read_text().replace('database = ""', f'database = "{url}"')
    (old / FILE).write_text(text_now)
    with pytest.raises(InputUnusable, match=r"1 events that the ledger never had: action-denied by operator"):
        Register.open(url)
    with pytest.raises(UsageProblem, match="action-denied by operator"):
        upgrade(old)
    upgrade(old, [waits[0].id])
    with Office.open(old) as office:
        assert (audit(office).wrong, audit(office).before) == ([], 3)


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_a_register_that_was_spoilt_is_made_anew(tmp_path: Path, where: str, request: pytest.FixtureRequest) -> None:
    """From the ledger, by a DPO, whatever is in its place."""
    home = tmp_path / "home"
    set_up(home, "Example Housing", "A. Example")
    if where == "postgresql":
        url = request.getfixturevalue("postgresql").fresh()
        (home / FILE).write_text((home / FILE).read_text().replace('database = ""', f'database = "{url}"'))
    with Office.open(home) as office:
        engine = office.register._engine
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM facts"))
            connection.execute(text("DROP TABLE holds"))
            connection.execute(text("CREATE VIEW holds AS SELECT * FROM events"))
            connection.execute(text("DELETE FROM register_version"))
    with pytest.raises(RedactError, match="does not say which form"), Office.open(home):
        pass
    assert rebuild(home) == len((home / LEDGER).read_bytes().splitlines())
    with Office.open(home) as office:
        assert audit(office).wrong == []


def test_setting_up_that_was_killed_is_done_again(tmp_path: Path) -> None:
    """Before the organisation's file was written, nothing is set up, and the same command does it."""
    home = tmp_path / "home"
    set_up(home, "Example Housing", "A. Example")
    before = (home / FOUNDING).read_bytes()
    (home / FILE).unlink()
    shutil.rmtree((home / REGISTER).parent)
    set_up(home, "Example Housing", "A. Example")
    assert (home / FOUNDING).read_bytes() == before
    with Office.open(home) as office:
        assert audit(office).wrong == []
        assert office.own.claim() == own_key().claim()
