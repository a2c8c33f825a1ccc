"""The register: what is recorded, what is refused, and that the ledger alone would give it again."""

from __future__ import annotations

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

from redact.errors import InputUnusable, NotPermitted, RedactError, UsageProblem
from redact.governance.ledger.events import CLOCK, Event, EventKind
from redact.governance.register import tables
from redact.governance.register.register import Register
from redact.governance.rules.exemptions import Exemption
from redact.governance.rules.intake import Intake

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def refused(register: Register, *happened: Event, kind: type[RedactError] = UsageProblem) -> str:
    """What is said of events that cannot be recorded; nothing of them is."""
    before = register.events(), register.pending()
    with pytest.raises(kind) as problem:
        register.record(happened)
    assert (register.events(), register.pending()) == before
    return problem.value.what


def test_an_empty_register_has_nothing(register: Register) -> None:
    """Every question has an answer before anything happened."""
    assert not register.requests()
    assert not register.clips()
    assert not register.holds()
    assert not register.releases()
    assert not register.events()
    assert not register.pending()
    assert not register.open_requests()
    assert register.head() is None
    assert not register.requests_of_year(2026)
    assert register.differences([]) == []
    register.record([])


def test_what_is_recorded_is_read_back_as_it_was(register: Register) -> None:
    """Every field of an event survives, whatever letters it has, and waits in the outbox in order."""
    happened = [
        opened(requester="Zoë Ωmega, 甲"),
        imported(),
        attached(),
        event(EventKind.VIEWED, clip=ONE, why="é'\"\\"),
    ]
    register.record(happened[:2])
    register.record(happened[2:])
    assert [one.plain() for one in register.events()] == [one.plain() for one in happened]
    assert [one.plain() for one in register.pending()] == [one.plain() for one in happened]
    assert register.events(clip=ONE, kinds=[EventKind.VIEWED])[0].data["why"] == "é'\"\\"
    assert [one.kind for one in register.events(reference="SAR-1")] == [EventKind.OPENED, EventKind.ATTACHED]
    assert register.differences(happened) == []


def test_a_settled_event_waits_no_longer(register: Register) -> None:
    """The outbox holds what the ledger lacks; what the ledger had it is held to."""
    happened = [opened(f"SAR-{number}") for number in range(4)]
    register.record(happened)
    register.settle([one.id for one in happened[:3]], 3, "d" * 64)
    assert register.pending() == happened[3:]
    assert register.head() == (3, "d" * 64)
    register.settle([happened[3].id], 4, "e" * 64)
    assert (register.pending(), register.head()) == ([], (4, "e" * 64))
    with pytest.raises(InputUnusable, match="had 4 entries"):
        register.settle([], 2, "f" * 64)
    assert register.head() == (4, "e" * 64)


def test_a_request_lives_and_ends(register: Register) -> None:
    """It is opened, changed and refused, and the row says so each time."""
    register.record([opened(requester="A. Example")])
    row = register.request("SAR-1")
    assert (row.state, row.received, row.requester, row.ended_on) == ("open", "2026-03-02", "A. Example", "")
    assert Intake.of(row.asked) == intake(requester="A. Example")
    new = intake(requester="A. Example", nation="scotland", received="2026-03-01").plain()
    register.record([event(EventKind.CHANGED, "SAR-1", intake=new, was=Intake.of(row.asked).digest)])
    row = register.request("SAR-1")
    assert (row.nation, row.received) == ("scotland", "2026-03-01")
    end = event(EventKind.REFUSED, "SAR-1", on="2026-03-20", exemption=Exemption.NO_DATA.value, reason="Overwritten.")
    register.record([end])
    row = register.request("SAR-1")
    assert (row.state, row.ended_on, row.outcome) == ("refused", "2026-03-20", "no-data-held")
    assert register.open_requests() == []
    assert "refused on 2026-03-20" in refused(register, event(EventKind.SEARCHED, "SAR-1"))


def test_requests_are_found(register: Register) -> None:
    """By state, kind, and any part of a reference or name in any case; the last received comes first."""
    days = [opened(f"SAR-{day:02}", received=f"2026-03-{day:02}", requester=f"Person {day}%") for day in range(1, 21)]
    register.record([*days, opened("POL-1", kind="police", received="2025-12-31", recipient="ÉCOLE Police")])
    register.record([event(EventKind.CLOSED, "SAR-07", on="2026-03-25", outcome="released", note="")])
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
    register.record([opened("SAR-2", received="2026-01-05"), opened(), asked[0], searched, asked[1]])
    found = register.open_requests()
    assert [(row.reference, len(happened)) for row, happened in found] == [("SAR-2", 1), ("SAR-1", 3)]
    assert found[1][1][1:] == tuple(asked)
    assert found[1][1][2].data["how"] == "passport"
    assert all(one.kind in CLOCK for _, happened in found for one in happened)


def test_a_request_with_many_events(register: Register) -> None:
    """Two hundred things happen to one request, and all of them are told in order."""
    happened = [opened(), *(event(EventKind.SEARCHED, "SAR-1", found=number) for number in range(200))]
    register.record(happened)
    assert [one.data["found"] for one in register.events("SAR-1", kinds=[EventKind.SEARCHED])] == list(range(200))
    assert register.differences(happened) == []


def test_clips_are_found_by_name_and_by_digest(register: Register) -> None:
    """A name counts within its request; a digest from six digits, as long as it is clear."""
    register.record([opened(), imported(), imported(TWO), attached(), opened("SAR-2"), attached("SAR-2", TWO)])
    assert register.clip("A1B2C3").sha256 == ONE
    assert register.clip("cam4.mp4", "SAR-2").sha256 == TWO
    assert [row.sha256 for row in register.clips("SAR-1")] == [ONE]
    assert len(register.clips()) == 2
    assert [row.reference for row in register.requests_of(TWO)] == ["SAR-2"]
    row = register.clip(ONE)
    assert (row.size_bytes, row.clock_offset_s, row.duration_s) == (5_000_000_000, -12.5, 60.0)
    assert row.container == {"encoder": "x"}
    register.record([attached("SAR-2")])
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
    register.record([opened(), imported(), event(EventKind.DESCRIBED, clip=ONE, camera="Stairs", clock_offset_s=None)])
    row = register.clip(ONE)
    assert (row.camera, row.clock_offset_s, row.starts) == ("Stairs", None, "2026-02-28T21:00:00")
    purge: dict[str, Any] = {"what": "footage", "paths": ["masters/x"], "sha256": [ONE]}
    register.record([event(EventKind.PURGE_BEGUN, **purge), event(EventKind.PURGED, **purge)])
    assert register.clip(ONE).purged_at
    assert "was deleted on" in refused(register, attached())
    register.record([imported(), attached()])
    assert register.clip(ONE).purged_at == ""
    assert register.differences(register.events()) == []


def test_holds_keep_footage(register: Register) -> None:
    """Under a hold a deletion may not begin; lifted, it may, and the hold is still told of."""
    hold = event(EventKind.HELD, clip=ONE, hold="h1", reason="Claim", review="2026-09-01")
    register.record([imported(), hold])
    assert [row.reason for row in register.holds(ONE)] == ["Claim"]
    purge = event(EventKind.PURGE_BEGUN, clip=ONE, what="footage", paths=[], sha256=[ONE])
    assert "under the hold h1 (Claim)" in refused(register, purge, kind=NotPermitted)
    register.record([event(EventKind.HOLD_LIFTED, clip=ONE, hold="h1", why="Settled"), purge])
    assert register.holds() == []
    assert [row.id for row in register.holds(active=False)] == ["h1"]


def test_a_release_is_begun_and_made_or_abandoned(register: Register) -> None:
    """A copy's number is taken while its release stands, and free again once it was abandoned."""
    register.record([opened(), begun()])
    assert "Copy 1 of SAR-1 is begun already" in refused(register, begun("r2"))
    register.record([event(EventKind.RELEASE_ABANDONED, "SAR-1", release="r1", why="disk full"), begun("r2")])
    register.record([event(EventKind.RELEASED, "SAR-1", release="r2"), begun("r3", 2)])
    assert [(row.id, row.state) for row in register.releases("SAR-1")] == [
        ("r1", "abandoned"),
        ("r2", "released"),
        ("r3", "begun"),
    ]
    assert register.releases()[0].native is False
    register.record([event(EventKind.CLOSED, "SAR-1", outcome="released", note="")])
    register.record([event(EventKind.RELEASED, "SAR-1", release="r3")])
    register.record([event(EventKind.PURGED, "SAR-1", what="release", release="r2", paths=[], sha256=[])])
    assert register.releases()[1].purged_at
    assert register.differences(register.events()) == []


TWICE = opened("SAR-9")

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
    "key missing": ([event(EventKind.CLOSED, "SAR-1")], "says no outcome"),
    "true is no number": ([imported(TWO, size_bytes=True)], "says no size_bytes"),
    "half a letter": ([imported(TWO, name="cam\udcff.mp4")], "cannot be recorded"),
    "nul": ([imported(TWO, name="cam\0.mp4")], "not text or plain JSON"),
    "not a number": ([imported(TWO, duration_s=float("nan"))], "cannot be recorded"),
    "number as key": ([event(EventKind.SCANNED, clip=ONE, models={1: "x"})], "not text or plain JSON"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_is_refused_whole(register: Register, case: str) -> None:
    """A sentence says why, and of the events handed in together none is recorded."""
    register.record([opened(), imported()])
    happened, said = REFUSALS[case]
    assert said in refused(register, event(EventKind.VIEWED, clip=ONE, what="all"), *happened)
    assert register.differences(register.events()) == []


def test_a_denial_is_recorded_whatever_it_was_about(register: Register) -> None:
    """Who tried something with a reference that does not exist has tried it all the same."""
    register.record([event(EventKind.DENIED, "NO-SUCH", clip=TWO, what="release")])
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
    "ended_on, outcome, words FROM requests": "requests: X is on the register and not in the ledger.",
    "DELETE FROM events WHERE kind = 'release-begun'": "is in the ledger and not on the register.",
    "UPDATE events SET seq = 1000 WHERE seq = (SELECT min(seq) FROM events)": "stands where the ledger has",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_whatever_is_changed_behind_its_back_is_named(register: Register, forgery: str) -> None:
    """One statement in the database, in any table, shows when the ledger is worked out again."""
    hold = event(EventKind.HELD, clip=ONE, hold="h1", reason="Claim", review="2026-09-01")
    happened = [opened(), imported(), attached(), hold, begun()]
    register.record(happened)
    register.settle([one.id for one in happened], 5, "d" * 64)
    assert register.differences(happened) == []
    with register._engine.begin() as connection:
        connection.execute(text(forgery))
    found = register.differences(happened)
    assert len(found) == 1
    assert FORGERIES[forgery] in found[0]


def test_a_ledger_that_cannot_be_replayed_is_told(register: Register) -> None:
    """An event twice, or one of a request that never came in, is named, and the rest is compared all the same."""
    one = opened()
    register.record([one])
    lost = begun(reference="SAR-7")
    found = register.differences([one, one, lost])
    assert f"The ledger's event {one.id} (request-opened) cannot be replayed" in found[0]
    assert "FOREIGN KEY" in found[1]
    assert found[2:] == [f"events: {lost.id} is in the ledger and not on the register."]


def test_a_lost_register_is_made_again_from_the_ledger(register: Register, tmp_path: Path) -> None:
    """The new one is the same, waits for nothing, and refuses to be filled twice."""
    happened = [opened(), imported(), attached(), begun()]
    register.record(happened)
    with Register.open(tmp_path / "again.db") as again:
        again.restore(happened, 4, "d" * 64)
        assert again.differences(register.events()) == []
        assert (again.pending(), again.head()) == ([], (4, "d" * 64))
        assert again.requests() == register.requests()
        with pytest.raises(UsageProblem, match="is not empty"):
            again.restore(happened, 4, "d" * 64)


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
        register.record([opened(), imported()])
        for one in happened:
            try:
                register.record([one])
            except (UsageProblem, NotPermitted):
                continue
        assert register.differences(register.events()) == []
        ledger = [Event.of(json.loads(json.dumps(one.plain()))) for one in register.pending()]
        assert register.differences(ledger) == []


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
        register.record([opened()])
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
        register.record([opened()])
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
            register.record([opened(f"SAR-{len(kept):03}", note="x" * 200)])
        except InputUnusable as problem:
            if "This was not recorded" in str(problem.advice):
                return kept
            raise
        kept.insert(0, f"SAR-{len(kept):03}")
    return pytest.fail("the disk never filled")


def test_a_full_disk_loses_nothing_that_was_recorded(tiny_disk: Path) -> None:
    """What does not fit is refused with a sentence, and everything before it is still there."""
    with Register.open(tiny_disk / "register.db") as register:
        kept = fill(register)
        assert [row.reference for row in register.requests(limit=None)] == kept
        assert register.differences(register.events()) == []


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
from test_register import batch
from redact.governance.register.register import Register
register = Register.open({place!r})
print("ready", flush=True)
end, number = time.monotonic() + {seconds}, 0
while time.monotonic() < end:
    register.record(batch(f"{name}-{{number}}", {size}))
    number += 1
print(number, flush=True)
"""


def batch(reference: str, size: int) -> list[Event]:
    """A request and what happens to it at once, SIZE events in all."""
    return [opened(reference), *(event(EventKind.SEARCHED, reference, found=n) for n in range(size - 1))]


def writer(place: str, name: str, seconds: float, size: int) -> subprocess.Popen[str]:
    """Start a process that opens requests one after the other."""
    code = WRITER.format(tests=str(Path(__file__).parent), place=place, name=name, seconds=seconds, size=size)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)


def said(process: subprocess.Popen[str]) -> Iterator[str]:
    """What the process prints, line by line."""
    assert process.stdout is not None
    for line in process.stdout:
        yield line.strip()
    process.stdout.close()


def record_together(place: str, processes: int, seconds: float) -> None:
    """Let several processes open one new register and record, and count what is there."""
    running = [writer(place, f"P{number}", seconds, 3) for number in range(processes)]
    counted = [list(said(process)) for process in running]
    assert [process.wait() for process in running] == [0] * processes
    total = sum(int(lines[-1]) for lines in counted)
    assert all(int(lines[-1]) > 0 for lines in counted)
    with Register.open(place) as register:
        assert len(register.requests(limit=None)) == total
        waiting = register.pending()
        assert len(waiting) == 3 * total
        assert waiting == register.events()
        assert register.differences(waiting) == []


def test_eight_processes_record_at_once(place: str) -> None:
    """They make the register together, nobody is turned away, and nothing is lost or twice."""
    record_together(place, 8, 2)


@pytest.mark.slow
def test_eight_processes_record_for_a_minute(place: str) -> None:
    """As above, for longer."""
    record_together(place, 8, 60)


@pytest.mark.parametrize("after_s", [0.02, 0.11, 0.23])
def test_a_process_that_is_killed_leaves_all_or_nothing(place: str, after_s: float) -> None:
    """Whenever it dies, each request is there with all its events and its place in the outbox, or not at all."""
    process = writer(place, "K", 60, 40)
    assert next(said(process)) == "ready"
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    with Register.open(place) as register:
        rows = register.requests(limit=None)
        assert [len(register.events(row.reference)) for row in rows] == [40] * len(rows)
        assert register.pending() == register.events()
        assert register.differences(register.pending()) == []
        register.record(batch("AFTER", 2))


def test_a_reader_is_not_kept_waiting_by_a_writer(register: Register) -> None:
    """While one process is in the middle of recording, others see what was there before."""
    register.record([opened()])
    asked: list[int] = []
    with register._writing() as connection:
        connection.execute(text("DELETE FROM outbox"))
        reader = threading.Thread(target=lambda: asked.append(len(register.pending())))
        reader.start()
        reader.join(5)
    assert asked == [1]
    assert register.pending() == []
