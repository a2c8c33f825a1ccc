"""The register: what is recorded, what is refused, and that the ledger alone would give it again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from redact.advice import Task
from redact.errors import InputUnusable, NotPermitted, RedactError, UsageProblem
from redact.governance.ledger.events import CLOCK, Event, EventKind
from redact.governance.ledger.ledger import Ledger
from redact.governance.ledger.lines import Head, read_line, spell_line
from redact.governance.register import tables
from redact.governance.register.damage import NotCaughtUp, RegisterDamaged
from redact.governance.register.register import Register
from redact.governance.rules.exemptions import Exemption
from redact.governance.rules.intake import Intake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from redact.governance.ledger.lines import Entry

ONE, TWO = "a1b2c3" + "0" * 58, "a1b2c4" + "0" * 58
ROOT = Path(__file__).resolve().parents[2]


def event(kind: EventKind, reference: str = "", clip: str = "", on: str = "", **data: Any) -> Event:
    """Something that A. Example's account did."""
    return Event(kind=kind, by="example", reference=reference, clip=clip, on=on, data=data)


def intake(reference: str = "SAR-1", **changes: Any) -> Intake:
    """A subject access request."""
    return Intake.of({"reference": reference, "kind": "sar", "received": "2026-03-02", **changes})


def opened(reference: str = "SAR-1", **changes: Any) -> Event:
    """It came in."""
    asked = intake(reference, **changes).plain()
    return event(EventKind.OPENED, reference, on=asked["received"], intake=asked, received=asked["received"])


def imported(sha256: str = ONE, name: str = "cam4.mp4", **changes: Any) -> Event:
    """A master was taken in."""
    said: dict[str, Any] = {
        "name": name,
        "size_bytes": 5_000_000_000,
        "camera": "Lift lobby",
        "starts": "2026-02-28T21:00:00",
        "starts_from": "operator",
        "clock_offset_s": -12.5,
        "duration_s": 60,
        "metadata": {"encoder": "x"},
    }
    return event(EventKind.IMPORTED, clip=sha256, **said | changes)


def attached(reference: str = "SAR-1", sha256: str = ONE) -> Event:
    """A clip belongs to a request."""
    return event(EventKind.ATTACHED, reference, sha256)


def begun(release: str = "r1", number: int = 1, reference: str = "SAR-1") -> Event:
    """A copy is about to leave."""
    said: dict[str, Any] = {
        "native": False,
        "recipient": "A. Example",
        "recipient_code": "7F3A",
        "path": "/out",
        "envelope": "e" * 64,
    }
    return event(EventKind.RELEASE_BEGUN, reference, release=release, copy_number=number, **said)


def lines(happened: Iterable[Event], head: Head = Head.EMPTY) -> list[Entry]:
    """Give the lines that say what HAPPENED, after HEAD; nobody signs them."""
    entries: list[Entry] = []
    for one in happened:
        try:
            entries.append(read_line(spell_line(entries[-1].head if entries else head, one)))
        except (ValueError, TypeError, RecursionError) as wrong:
            message = f"The event cannot be recorded: {wrong}."
            raise UsageProblem(message) from wrong
    return entries


def record(register: Register, happened: Iterable[Event]) -> None:
    """Record what HAPPENED as the office does, with a ledger that takes everything."""
    known = register.known()
    register.record(lines(happened, (known.head if known.rows else None) or Head.EMPTY), lambda: None)


def disturbed(place: str, problem: InputUnusable, depth: int) -> InputUnusable:
    """What is said where PROBLEM comes up as a line is brought to the ledger, under DEPTH registers, one in another."""

    def write() -> None:
        raise problem

    with contextlib.ExitStack() as stack:
        for _ in range(depth):
            register = stack.enter_context(Register.of([])) if depth > 1 else stack.enter_context(Register.open(place))
            inner, entries = write, lines([opened()], Head.EMPTY)
            write = partial(register.record, entries, inner)
        with pytest.raises(InputUnusable) as said_then:
            write()
    return said_then.value


@pytest.mark.parametrize("depth", [1, 2])
def test_what_is_said_of_what_was_not_recorded_is_said_once_and_never_of_what_was(place: str, depth: int) -> None:
    """However many registers follow: one in memory asks first, and the one on the disk keeps it."""
    full = disturbed(place, InputUnusable("The ledger cannot be used.", "Make room on the disk."), depth)
    assert str(full.advice).count("This was not recorded") == 1
    behind = disturbed(place, NotCaughtUp("of the disk", InputUnusable("It is full.")), depth)
    assert isinstance(behind, NotCaughtUp)
    assert "not recorded" not in str(behind.advice)


def refused(register: Register, *happened: Event, kind: type[RedactError] = UsageProblem) -> str:
    """What is said of events that cannot be recorded; nothing of them is."""
    before = register.events(), register.known()
    with pytest.raises(kind) as problem:
        record(register, happened)
    assert (register.events(), register.known()) == before
    return problem.value.what


def test_an_empty_register_has_nothing(register: Register) -> None:
    """Every question has an answer before anything happened."""
    assert not register.requests()
    assert not register.clips()
    assert not register.holds()
    assert not register.releases()
    assert not register.events()
    assert not register.open_requests()
    assert register.known() == (0, None)
    assert not register.requests_of_year(2026)
    assert register.differences([]) == []
    record(register, [])


def test_what_is_recorded_is_read_back_as_it_was(register: Register) -> None:
    """Every field of an event survives, whatever letters it has, and stands under the number of its line."""
    happened = [
        opened(requester="Zoë Ωmega, 甲"),
        imported(),
        attached(),
        event(EventKind.VIEWED, clip=ONE, why="é'\"\\"),
    ]
    record(register, happened[:2])
    record(register, happened[2:])
    assert [one.plain() for one in register.events()] == [one.plain() for one in happened]
    assert [number for number, _ in register.numbered(EventKind)] == [1, 2, 3, 4]
    assert register.events(clip=ONE, kinds=[EventKind.VIEWED])[0].data["why"] == "é'\"\\"
    assert [one.kind for one in register.events(reference="SAR-1")] == [EventKind.OPENED, EventKind.ATTACHED]
    assert register.differences(lines(happened)) == []


def test_the_ledger_comes_first(register: Register) -> None:
    """What the ledger could not take is not kept; what follows something else than the last line known is refused."""
    first, second, third = lines(opened(f"SAR-{number}") for number in range(3))
    written: list[str] = []
    register.record([first], lambda: written.append("first"))

    def full() -> None:
        message = "The disk is full."
        raise InputUnusable(message)

    with pytest.raises(InputUnusable, match="disk is full"):
        register.record([second], full)
    assert register.known() == (1, first.head)
    with pytest.raises(InputUnusable, match="knows another line"):
        register.record([third], lambda: written.append("third"))
    assert written == ["first"]
    register.take_over([second, third])
    assert register.known() == (3, third.head)
    with pytest.raises(InputUnusable, match="knows another line"):
        register.take_over([third])


def test_what_cannot_be_recorded_never_reaches_the_ledger(register: Register) -> None:
    """The rules are asked, and every row is changed, before the ledger is written."""
    written: list[str] = []
    for wrong in ([attached()], [opened(), opened()], [opened(), imported(), begun(), begun("r2")]):
        with pytest.raises(UsageProblem):
            register.record(lines(wrong), lambda: written.append("a line"))
    assert written == []


def test_a_register_that_cannot_follow_says_that_it_is_recorded(tiny_disk: Path) -> None:
    """Nobody is to do it again; the next who comes lets the register follow."""
    filler, entries = tiny_disk / "filler", lines(batch("SAR-1", 90))

    def write_and_fill() -> None:
        with contextlib.suppress(OSError), filler.open("wb") as stream:
            while True:
                stream.write(b"x" * 1000)
                stream.flush()

    with Register.open(tiny_disk / "register.db") as register:
        with pytest.raises(NotCaughtUp, match="It is recorded in the ledger") as problem:
            register.record(entries, write_and_fill)
        assert "Do not do it again" in str(problem.value.advice)
        assert register.known().rows == 0
        filler.unlink()
        register.take_over(entries)
        assert [row.reference for row in register.requests()] == ["SAR-1"]


def test_a_request_lives_and_ends(register: Register) -> None:
    """It is opened, changed and refused, and the row says so each time."""
    record(register, [opened(requester="A. Example")])
    row = register.request("SAR-1")
    assert (row.state, row.received, row.requester, row.ended_on) == ("open", "2026-03-02", "A. Example", "")
    assert Intake.of(row.asked) == intake(requester="A. Example")
    new = intake(requester="A. Example", nation="scotland", received="2026-03-01").plain()
    record(register, [event(EventKind.CHANGED, "SAR-1", intake=new, was=Intake.of(row.asked).digest)])
    row = register.request("SAR-1")
    assert (row.nation, row.received) == ("scotland", "2026-03-01")
    end = event(EventKind.REFUSED, "SAR-1", on="2026-03-20", exemption=Exemption.NO_DATA.value, reason="Overwritten.")
    record(register, [end])
    row = register.request("SAR-1")
    assert (row.state, row.ended_on, row.outcome) == ("refused", "2026-03-20", "no-data-held")
    assert register.open_requests() == []
    assert "refused on 2026-03-20" in refused(register, event(EventKind.SEARCHED, "SAR-1"))


def test_requests_are_found(register: Register) -> None:
    """By state, kind, and any part of a reference or name in any case; the last received comes first."""
    days = [opened(f"SAR-{day:02}", received=f"2026-03-{day:02}", requester=f"Person {day}%") for day in range(1, 21)]
    record(register, [*days, opened("POL-1", kind="police", received="2025-12-31", recipient="ÉCOLE Police")])
    record(register, [event(EventKind.CLOSED, "SAR-07", on="2026-03-25", outcome="released", note="")])
    assert [row.reference for row in register.requests(limit=2)] == ["SAR-20", "SAR-19"]
    assert [row.reference for row in register.requests(limit=2, offset=19)] == ["SAR-01", "POL-1"]
    assert [row.reference for row in register.requests(state="closed")] == ["SAR-07"]
    assert [row.reference for row in register.requests(kind="police")] == ["POL-1"]
    assert [row.reference for row in register.requests(text="école")] == ["POL-1"]
    assert len(register.requests(text="1%")) == 2
    assert register.requests(text="_ERSON") == []
    assert len(register.requests(limit=None)) == 21
    assert len(register.requests_of_year(2026)) == 20
    assert len(register.open_requests()) == 20


def test_open_requests_bring_what_the_clock_needs(register: Register) -> None:
    """Each comes with the events its time limit depends on, in order, and no others."""
    asked = [event(EventKind.IDENTITY_ASKED, "SAR-1"), event(EventKind.IDENTITY_SATISFIED, "SAR-1", how="passport")]
    searched = event(EventKind.SEARCHED, "SAR-1", camera="Lobby")
    record(register, [opened("SAR-2", received="2026-01-05"), opened(), asked[0], searched, asked[1]])
    found = register.open_requests()
    assert [(row.reference, len(happened)) for row, happened in found] == [("SAR-2", 1), ("SAR-1", 3)]
    assert found[1][1][1:] == tuple(asked)
    assert found[1][1][2].data["how"] == "passport"
    assert all(one.kind in CLOCK for _, happened in found for one in happened)


def test_a_request_with_many_events(register: Register) -> None:
    """Two hundred things happen to one request, and all of them are told in order."""
    happened = [opened(), *(event(EventKind.SEARCHED, "SAR-1", found=number) for number in range(200))]
    record(register, happened)
    assert [one.data["found"] for one in register.events("SAR-1", kinds=[EventKind.SEARCHED])] == list(range(200))
    assert register.differences(lines(happened)) == []


def test_clips_are_found_by_name_and_by_digest(register: Register) -> None:
    """A name counts within its request; a digest from six digits, as long as it is clear."""
    record(register, [opened(), imported(), imported(TWO), attached(), opened("SAR-2"), attached("SAR-2", TWO)])
    assert register.clip("A1B2C3").sha256 == ONE
    assert register.clip("cam4.mp4", "SAR-2").sha256 == TWO
    assert [row.sha256 for row in register.clips("SAR-1")] == [ONE]
    assert len(register.clips()) == 2
    assert [row.reference for row in register.requests_of(TWO)] == ["SAR-2"]
    row = register.clip(ONE)
    assert (row.size_bytes, row.clock_offset_s, row.duration_s) == (5_000_000_000, -12.5, 60.0)
    assert row.container == {"encoder": "x"}
    record(register, [attached("SAR-2")])
    for name, reference, said in (
        ("cam4.mp4", "SAR-2", "Several clips"),
        ("a1b2c", None, "no clip"),
        ("cam4.mp4", None, "no clip"),
        ("%_a1b2", None, "no clip"),
    ):
        with pytest.raises(UsageProblem, match=said):
            register.clip(name, reference)


def test_a_clip_is_described_purged_and_comes_again(register: Register) -> None:
    """Only what was described changes; what was deleted can be taken in again."""
    record(register, [opened(), imported(), event(EventKind.DESCRIBED, clip=ONE, camera="Stairs", clock_offset_s=None)])
    row = register.clip(ONE)
    assert (row.camera, row.clock_offset_s, row.starts) == ("Stairs", None, "2026-02-28T21:00:00")
    purge: dict[str, Any] = {"what": "footage", "paths": ["masters/x"], "sha256": [ONE]}
    record(register, [event(EventKind.PURGE_BEGUN, **purge), event(EventKind.PURGED, **purge)])
    assert register.clip(ONE).purged_at
    assert "was deleted on" in refused(register, attached())
    record(register, [imported(), attached()])
    assert register.clip(ONE).purged_at == ""
    assert register.differences(lines(register.events())) == []


def test_holds_keep_footage(register: Register) -> None:
    """Under a hold a deletion may not begin; lifted, it may, and the hold is still told of."""
    hold = event(EventKind.HELD, clip=ONE, hold="h1", reason="Claim", review="2026-09-01")
    record(register, [imported(), hold])
    assert [row.reason for row in register.holds(ONE)] == ["Claim"]
    purge = event(EventKind.PURGE_BEGUN, clip=ONE, what="footage", paths=[], sha256=[ONE])
    assert "under the hold h1 (Claim)" in refused(register, purge, kind=NotPermitted)
    record(register, [event(EventKind.HOLD_LIFTED, clip=ONE, hold="h1", why="Settled"), purge])
    assert register.holds() == []
    assert [row.id for row in register.holds(active=False)] == ["h1"]


def test_a_release_is_begun_and_made_or_abandoned(register: Register) -> None:
    """A copy's number is taken while its release stands, and free again once it was abandoned."""
    record(register, [opened(), begun()])
    assert "Copy 1 of SAR-1 is begun already" in refused(register, begun("r2"))
    record(register, [event(EventKind.RELEASE_ABANDONED, "SAR-1", release="r1", why="disk full"), begun("r2")])
    record(register, [event(EventKind.RELEASED, "SAR-1", release="r2"), begun("r3", 2)])
    assert [(row.id, row.state) for row in register.releases("SAR-1")] == [
        ("r1", "abandoned"),
        ("r2", "released"),
        ("r3", "begun"),
    ]
    assert register.releases()[0].native is False
    record(register, [event(EventKind.CLOSED, "SAR-1", outcome="released", note="")])
    record(register, [event(EventKind.RELEASED, "SAR-1", release="r3")])
    record(register, [event(EventKind.PURGED, "SAR-1", what="release", release="r2", paths=[], sha256=[])])
    assert register.releases()[1].purged_at
    assert register.differences(lines(register.events())) == []


TWICE = opened("SAR-9")

DRAWN = event(EventKind.CORRECTED, "SAR-1", ONE, drawing="hide")
BACK = {"correction": DRAWN.id, "reason": "it was a mirror"}

REFUSALS: dict[str, tuple[list[Event], str]] = {
    "twice": ([TWICE, TWICE], "is on the register already"),
    "same reference": ([opened("SAR-9"), opened("SAR-9")], "on the register already, since"),
    "unknown request": ([event(EventKind.SEARCHED, "SAR-9")], "There is no request SAR-9"),
    "no request": ([event(EventKind.SEARCHED)], "which request"),
    "no clip": ([event(EventKind.HELD, hold="h", reason="", review="")], "which clip"),
    "unknown clip": ([attached(sha256=TWO)], "There is no clip with SHA-256 a1b2c4"),
    "imported twice": ([imported()], "is on the register already"),
    "attached twice": ([attached(), attached()], "is attached to SAR-1 already"),
    "unknown hold": ([event(EventKind.HOLD_LIFTED, clip=ONE, hold="h")], "There is no hold h"),
    "unknown release": ([event(EventKind.RELEASED, "SAR-1", release="r")], "release r is not on the register"),
    "another's release": ([begun(), opened("B"), event(EventKind.RELEASED, "B", release="r1")], "of another request"),
    "stale change": ([event(EventKind.CHANGED, "SAR-1", intake=intake().plain(), was="0" * 64)], "by somebody else"),
    "taken back twice": (
        [DRAWN, *(event(EventKind.UNCORRECTED, "SAR-1", ONE, **BACK) for _ in range(2))],
        "That correction was taken back already",
    ),
    "taken back elsewhere": (
        [DRAWN, opened("B"), event(EventKind.UNCORRECTED, "B", ONE, **BACK)],
        "There is no such correction of that clip for B",
    ),
    "no decision to take back": (
        [event(EventKind.UNDECIDED, "SAR-1", ONE, decision=DRAWN.id)],
        "There is no such decision",
    ),
    "drawn on no clip": ([event(EventKind.CORRECTED, "SAR-1")], "which clip"),
    "key missing": ([event(EventKind.CLOSED, "SAR-1")], "says no outcome"),
    "true is no number": ([imported(TWO, size_bytes=True)], "says no size_bytes"),
    "half a letter": ([imported(TWO, name="cam\udcff.mp4")], "cannot be recorded"),
    "nul": ([imported(TWO, name="cam\0.mp4")], "not text or plain JSON"),
    "not a number": ([imported(TWO, duration_s=float("nan"))], "cannot be recorded"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_is_refused_whole(register: Register, case: str) -> None:
    """A sentence says why, and of the events handed in together none is recorded."""
    record(register, [opened(), imported()])
    happened, said = REFUSALS[case]
    assert said in refused(register, event(EventKind.VIEWED, clip=ONE, what="all"), *happened)
    assert register.differences(lines(register.events())) == []


def test_a_denial_is_recorded_whatever_it_was_about(register: Register) -> None:
    """Who tried something with a reference that does not exist has tried it all the same."""
    record(register, [event(EventKind.DENIED, "NO-SUCH", clip=TWO, what="release")])
    assert [one.kind for one in register.events("NO-SUCH")] == [EventKind.DENIED]


FORGERIES = {
    "UPDATE requests SET recipient = 'B. Example'": "requests: SAR-1 has another recipient: B. Example on the register",
    "UPDATE events SET data = '{}' WHERE kind = 'request-opened'": "has another data",
    "UPDATE events SET by = 'nobody' WHERE kind = 'clip-imported'": "has another by: nobody on the register, example",
    "DELETE FROM attachments": f"attachments: SAR-1 with {ONE} is in the ledger and not on",
    "DELETE FROM holds": "holds: h1 is in the ledger and not on the register.",
    "UPDATE holds SET lifted_at = '2026-01-01'": "has another lifted_at: 2026-01-01 on the register, nothing by",
    "UPDATE clips SET size_bytes = 6": "has another size_bytes: 6 on the register, 5000000000 by the ledger",
    "UPDATE releases SET native = NOT native": "releases: r1 has another native",
    "INSERT INTO requests SELECT 'X', kind, state, received, requester, recipient, nation, intake, opened_at, "
    "ended_on, outcome, words, about FROM requests": "requests: X is on the register and not in the ledger.",
    "DELETE FROM events WHERE kind = 'release-begun'": "is in the ledger and not on the register.",
    "UPDATE facts SET value = '4' WHERE key = 'head_seq'": "facts: head_seq has another value: 4 on the register, 5 by",
    "DELETE FROM facts WHERE key = 'head_sha256'": "facts: head_sha256 is in the ledger and not on the register.",
    "INSERT INTO facts VALUES ('approved', 'all')": "facts: approved is on the register and not in the ledger.",
    "CREATE VIEW approved AS SELECT * FROM events": "The view approved does not belong in the register.",
    "CREATE TABLE outbox (seq INTEGER)": "The table outbox does not belong in the register.",
    "ALTER TABLE holds ADD COLUMN why TEXT": "not made as the program makes it",
    "DROP INDEX ix_events_clip": "ix_events_clip",
    "UPDATE register_version SET version_num = '0001'": "register_version does not say 0003",
    "INSERT INTO register_version VALUES ('0001')": "register_version does not say 0003",
    "DELETE FROM register_version": "register_version does not say 0003",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_whatever_is_changed_behind_its_back_is_named(register: Register, forgery: str) -> None:
    """One statement in the database, in any table, shows when the ledger is worked out again."""
    hold = event(EventKind.HELD, clip=ONE, hold="h1", reason="Claim", review="2026-09-01")
    happened = [opened(), imported(), attached(), hold, begun()]
    record(register, happened)
    assert register.differences(lines(happened)) == []
    with register._engine.begin() as connection:
        connection.execute(text(forgery))
    found = register.differences(lines(happened))
    assert len(found) == 1
    assert FORGERIES[forgery] in found[0]


def test_an_event_under_another_number_is_named(register: Register) -> None:
    """The order in which things happened is the ledger's."""
    happened = [opened(), imported()]
    record(register, happened)
    with register._engine.begin() as connection:
        connection.execute(text("UPDATE events SET seq = 1000 WHERE seq = 1"))
    assert register.differences(lines(happened)) == [
        "events: 1000 is on the register and not in the ledger.",
        "events: 1 is in the ledger and not on the register.",
    ]


TRIGGERS = {
    "sqlite": ["CREATE TRIGGER approve AFTER INSERT ON events BEGIN UPDATE events SET by = 'approver'; END"],
    "postgresql": [
        "CREATE FUNCTION approve() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.by := ''approver''; RETURN NEW; END'",
        "CREATE TRIGGER approve BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION approve()",
        "CREATE RULE quiet AS ON DELETE TO holds DO INSTEAD NOTHING",
        "ALTER TABLE holds ALTER COLUMN reason SET DEFAULT 'none'",
        "ALTER TABLE holds ADD CHECK (reason <> 'claim')",
    ],
}


def test_a_trigger_is_named(register: Register) -> None:
    """Whatever else could make the database say something that nobody recorded, too."""
    record(register, [opened()])
    with register._engine.begin() as connection:
        for statement in TRIGGERS[register._engine.dialect.name]:
            connection.execute(text(statement))
    found = " ".join(register.differences(lines(register.events())))
    wanted = {"sqlite": ["trigger approve"], "postgresql": ["trigger", "function", "rule", "default", "check"]}
    assert [word for word in wanted[register._engine.dialect.name] if f"The {word}" not in found] == []


def test_a_view_in_the_place_of_a_table_is_named(register: Register) -> None:
    """It could give every line another author."""
    record(register, [opened()])
    with register._engine.begin() as connection:
        connection.execute(text("ALTER TABLE events RENAME TO kept"))
        columns = 'seq, id, at, \'approver\' AS "by", kind, reference, clip, "on", data'
        connection.execute(text(f"CREATE VIEW events AS SELECT {columns} FROM kept"))  # noqa: S608  constants
    assert "The view events does not belong in the register." in register.differences(lines([opened()]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM facts WHERE key = 'head_seq'", "does not say in a way that can be"),
        ("DELETE FROM facts WHERE key = 'head_sha256'", "does not say in a way that can be"),
        ("DELETE FROM facts", "and says that it knows no line of the ledger"),
        ("UPDATE facts SET value = 'many' WHERE key = 'head_seq'", "does not say in a way that can be"),
        ("UPDATE facts SET value = '-1' WHERE key = 'head_seq'", "does not say in a way that can be"),
        ("UPDATE facts SET value = '3' WHERE key = 'head_seq'", "knows the ledger's line 3"),
        ("UPDATE facts SET value = 'x' WHERE key = 'head_sha256'", "does not say in a way that can be"),
        ("DELETE FROM events WHERE seq = 1", "a row of it was never recorded, or one is gone"),
        ("UPDATE events SET seq = 9 WHERE seq = 1", "a row of it was never recorded, or one is gone"),
    ],
)
def test_a_register_that_does_not_know_how_far_it_is_says_so(register: Register, change: str, said: str) -> None:
    """With the remedy: a new one is made from the ledger."""
    record(register, [opened(), imported()])
    with register._engine.begin() as connection:
        connection.execute(text(change))
    with pytest.raises(RegisterDamaged, match=said) as problem:
        register.known()
    assert problem.value.advice.tasks == (Task.VERIFY_LOG, Task.REBUILD)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET kind = 'never-happened' WHERE seq = 1",
        "UPDATE events SET id = 'x' WHERE seq = 1",
        "UPDATE events SET data = '[' WHERE seq = 1",
        "UPDATE events SET data = '7' WHERE seq = 1",
    ],
)
def test_a_row_that_is_no_event_is_a_sentence(register: Register, change: str) -> None:
    """It is a register that was tampered with, and no fault of the program; comparing it names the row."""
    happened = [opened()]
    record(register, happened)
    with register._engine.begin() as connection:
        connection.execute(text(change))
    with pytest.raises(RegisterDamaged):
        dict(register.events()[0].data)
    assert register.differences(lines(happened))


@pytest.mark.parametrize("value", ["NULL", "X'ff'", "CAST(X'ff' AS TEXT)", "1.5", "''"])
@pytest.mark.parametrize("column", ["kind", "data", "by"])
def test_whatever_sqlite_lets_into_a_row_is_named(tmp_path: Path, column: str, value: str) -> None:
    """Values of another type, and text that is none."""
    happened = [opened()]
    with Register.open(tmp_path / "register.db") as register:
        record(register, happened)
        with register._engine.begin() as connection:
            connection.execute(text("PRAGMA ignore_check_constraints = ON"))
            with contextlib.suppress(SQLAlchemyError):  # what the database itself refuses is no change
                connection.execute(text(f'UPDATE events SET "{column}" = {value}'))  # noqa: S608  constants
        changed = value != "NULL"  # which the database refuses
        assert bool(register.differences(lines(happened))) is changed


def test_a_ledger_that_cannot_be_replayed_is_told(register: Register) -> None:
    """An event twice, or one of a request that never came in, is named, and the rest is compared all the same."""
    one = opened()
    record(register, [one])
    lost = begun(reference="SAR-7")
    found = register.differences(lines([one, one, lost]))
    assert f"The ledger's event {one.id} (request-opened) cannot be replayed" in found[0]
    assert "FOREIGN KEY" in found[1]
    assert found[2] == "events: 3 is in the ledger and not on the register."


def test_a_lost_register_is_made_again_from_the_ledger(register: Register, tmp_path: Path) -> None:
    """The new one is the same, and one in memory as well."""
    happened = [opened(), imported(), attached(), begun()]
    record(register, happened)
    with Register.open(tmp_path / "again.db") as again:
        again.take_over(lines(happened))
        assert again.differences(lines(register.events())) == []
        assert again.known() == register.known()
        assert again.requests() == register.requests()
    with Register.of(lines(happened)) as again:
        assert (again.known(), again.clips()) == (register.known(), register.clips())
    with pytest.raises(RegisterDamaged, match="cannot be replayed"):
        Register.of(lines([*happened, opened()]))


REFERENCES = st.sampled_from(["SAR-1", "SAR-2", ""])
CLIPS = st.sampled_from([ONE, TWO, ""])
IDS = st.sampled_from(["x1", "x2"])
DATA = st.fixed_dictionaries(
    {
        "hold": IDS,
        "release": IDS,
        "copy_number": st.integers(1, 2),
        "what": st.sampled_from(["footage", "working", "release"]),
        "sha256": st.lists(st.sampled_from([ONE, TWO]), max_size=2),
        "outcome": st.text(max_size=3),
        "clock_offset_s": st.none() | st.floats(-1e6, 1e6) | st.integers(-9, 9),
        "duration_s": st.none() | st.floats(0, 1e9),
    }
)
GIVEN = {
    **imported().data,
    **begun().data,
    "intake": intake().plain(),
    "received": "2026-03-02",
    "was": intake().digest,
    "exemption": "other",
    "reason": "é",
    "review": "2026-09-01",
}


def anything() -> st.SearchStrategy[Event]:
    """An event of any kind about anything, most of which cannot follow what went before."""
    return st.builds(
        lambda kind, reference, clip, data: event(kind, reference, clip, **GIVEN | data),
        st.sampled_from(EventKind),
        REFERENCES,
        CLIPS,
        DATA,
    )


@given(st.lists(anything(), max_size=40))
def test_the_register_is_what_the_ledger_replays(happened: list[Event]) -> None:
    """Whatever happens, and in whatever order, the ledger alone gives every row again."""
    with tempfile.TemporaryDirectory() as folder, Register.open(Path(folder) / "register.db") as register:
        record(register, [opened(), imported()])
        for one in happened:
            try:
                record(register, [one])
            except (UsageProblem, NotPermitted):
                continue
        assert register.differences(lines(register.events())) == []
        ledger = [Event.of(json.loads(json.dumps(one.plain()))) for one in register.events()]
        assert register.differences(lines(ledger)) == []


def test_the_steps_lead_to_the_tables(register: Register) -> None:
    """What the migrations make is what the program reads, on either database, and the last step is the last known."""
    with register._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": tables.VERSION_TABLE})
        assert compare_metadata(context, tables.metadata) == []
    config = Config()
    config.set_main_option("script_location", str(ROOT / "redact" / "governance" / "register" / "migrations"))
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == tables.SCHEMA
    assert {one.revision for one in script.walk_revisions()} == set(tables.KNOWN)


def test_opening_again_changes_nothing(place: str) -> None:
    """What was recorded is there, and migrating is over."""
    with Register.open(place) as register:
        record(register, [opened()])
    with Register.open(place) as register:
        assert register.request("SAR-1").state == "open"


def test_a_newer_register_is_left_alone(place: str) -> None:
    """An old program does not write into tables it does not know."""
    with Register.open(place) as register, register._engine.begin() as connection:
        connection.execute(text(f"UPDATE {tables.VERSION_TABLE} SET version_num = '9999'"))  # noqa: S608  a constant
    with pytest.raises(InputUnusable, match="made by a newer redact"):
        Register.open(place)


def test_a_register_on_sqlite_is_its_owners_and_is_synced(tmp_path: Path) -> None:
    """Nobody else reads it, from the first byte on, and a commit waits for the disk."""
    path = tmp_path / "register.db"
    with Register.open(path) as register:
        record(register, [opened()])
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        with register._engine.connect() as connection:
            asked = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("synchronous", "foreign_keys")]
            assert asked == [2, 1]
            assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    with Register.open(tmp_path / "shared.db", 0o660):
        mask = os.umask(0)
        os.umask(mask)
        assert stat.S_IMODE((tmp_path / "shared.db").stat().st_mode) == 0o660 & ~mask


def test_places_that_hold_no_register(tmp_path: Path) -> None:
    """A sentence for each, without a password in it."""
    (tmp_path / "not.db").write_bytes(b"not a database" * 100)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE events (x)")
    other.close()
    for place, kind, said in (
        (tmp_path / "not.db", InputUnusable, "file is not a database"),
        (tmp_path / "other.db", InputUnusable, "tables called events that are not a register's"),
        (tmp_path / "none" / "x.db", InputUnusable, "cannot be created"),
        (tmp_path, InputUnusable, "cannot be used"),
        ("sqlite://", UsageProblem, "a file of its own"),
        ("mysql://u:hush@host/x", UsageProblem, "cannot be kept in mysql"),
        ("postgresql://u:hush@:x/y", UsageProblem, "address cannot be read"),
        ("postgresql://u:hush@127.0.0.1:1/cases", InputUnusable, "cases at 127.0.0.1:1 cannot be used"),
    ):
        with pytest.raises(kind, match=said) as problem:
            Register.open(place)
        assert "hush" not in str(problem.value)


def test_without_its_driver_postgresql_is_asked_for_by_name(tmp_path: Path) -> None:
    """Who has not installed the extra is told which."""
    (tmp_path / "psycopg.py").write_text("raise ImportError('no libpq')")
    code = "from redact.governance.register.register import Register; Register.open('postgresql://h/x')"
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert 'pip install "redact-video[postgresql]"' in done.stderr


def fill(register: Register) -> list[str]:
    """Open requests until there is no more room, and give those that were recorded, the last first."""
    kept: list[str] = []
    while len(kept) < 1000:
        try:
            record(register, [opened(f"SAR-{len(kept):03}", note="x" * 200)])
        except InputUnusable as problem:
            if "This was not recorded" in str(problem.advice) or isinstance(problem, NotCaughtUp):
                return kept
            raise
        kept.insert(0, f"SAR-{len(kept):03}")
    return pytest.fail("the disk never filled")


def test_a_full_disk_loses_nothing_that_was_recorded(tiny_disk: Path) -> None:
    """What does not fit is refused with a sentence, and everything before it is still there."""
    with Register.open(tiny_disk / "register.db") as register:
        kept = fill(register)
        assert [row.reference for row in register.requests(limit=None)] == kept
        assert register.differences(lines(register.events())) == []


def test_importing_the_register_loads_no_migrations() -> None:
    """Alembic and the PostgreSQL driver come only where they are needed."""
    code = (
        "import sys, redact.governance.register.register; print({'alembic', 'psycopg', 'av', 'cv2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"


WRITER = """
import sys, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_register import batch, record_both
from redact.governance.ledger.ledger import Ledger
from redact.governance.register.register import Register
register, ledger = Register.open({place!r}), Ledger(Path({ledger!r}))
print("ready", flush=True)
end, number = time.monotonic() + {seconds}, 0
while time.monotonic() < end:
    record_both(register, ledger, batch(f"{name}-{{number}}", {size}))
    number += 1
print(number, flush=True)
"""


def batch(reference: str, size: int) -> list[Event]:
    """A request and what happens to it at once, SIZE events in all."""
    return [opened(reference), *(event(EventKind.SEARCHED, reference, found=n) for n in range(size - 1))]


def record_both(register: Register, ledger: Ledger, happened: Sequence[Event]) -> None:
    """Record what HAPPENED in LEDGER and REGISTER, as the office does."""
    with ledger.locked() as held:
        known = register.known()
        register.take_over(held.since((known.head if known.rows else None) or Head.EMPTY))
        entries = held.prepare(happened)
        register.record(entries, lambda: held.append(entries))


def writer(place: str, ledger: Path, name: str, seconds: float, size: int) -> subprocess.Popen[str]:
    """Start a process that opens requests one after the other."""
    words = {"tests": str(Path(__file__).parent), "place": place, "ledger": str(ledger), "name": name}
    code = WRITER.format(**words, seconds=seconds, size=size)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)


def said(process: subprocess.Popen[str]) -> Iterator[str]:
    """What the process prints, line by line."""
    assert process.stdout is not None
    for line in process.stdout:
        yield line.strip()
    process.stdout.close()


def record_together(place: str, ledger: Path, processes: int, seconds: float) -> None:
    """Let several processes open one new register and record, and count what is there."""
    running = [writer(place, ledger, f"P{number}", seconds, 3) for number in range(processes)]
    counted = [list(said(process)) for process in running]
    assert [process.wait() for process in running] == [0] * processes
    total = sum(int(lines[-1]) for lines in counted)
    assert all(int(lines[-1]) > 0 for lines in counted)
    with Register.open(place) as register:
        assert len(register.requests(limit=None)) == total
        assert register.known().rows == 3 * total
        assert register.differences(Ledger(ledger).entries()) == []


def test_eight_processes_record_at_once(place: str, tmp_path: Path) -> None:
    """They make the register together, nobody is turned away, and nothing is lost or twice."""
    record_together(place, tmp_path / "ledger.jsonl", 8, 2)


@pytest.mark.slow
def test_eight_processes_record_for_a_minute(place: str, tmp_path: Path) -> None:
    """As above, for longer."""
    record_together(place, tmp_path / "ledger.jsonl", 8, 60)


@pytest.mark.parametrize("after_s", [0.02, 0.11, 0.23])
def test_a_process_that_is_killed_leaves_all_or_nothing(place: str, tmp_path: Path, after_s: float) -> None:
    """Whenever it dies, what the ledger has is whole, and the register is as far or one step behind."""
    process, ledger = writer(place, tmp_path / "ledger.jsonl", "K", 60, 40), Ledger(tmp_path / "ledger.jsonl")
    assert next(said(process)) == "ready"
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    with Register.open(place) as register:
        rows = register.requests(limit=None)
        assert [len(register.events(row.reference)) for row in rows] == [40] * len(rows)
        with ledger.locked() as held:
            assert held.head.seq - register.known().rows in {*range(41)}
        record_both(register, ledger, batch("AFTER", 2))
        assert register.differences(ledger.entries()) == []


def test_a_reader_is_not_kept_waiting_by_a_writer(register: Register) -> None:
    """While one process is in the middle of recording, others see what was there before."""
    record(register, [opened()])
    asked: list[int] = []

    def read() -> None:
        reader = threading.Thread(target=lambda: asked.append(len(register.events())))
        reader.start()
        reader.join(5)

    register.record(lines([opened("SAR-2")], register.known().head or Head.EMPTY), read)
    assert asked == [1]
    assert len(register.events()) == 2
