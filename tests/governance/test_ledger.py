"""The ledger keeps what it was given, whatever crashes, and whatever is changed in it is found."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from redact.errors import InputUnusable, UsageProblem
from redact.governance.ledger import chain
from redact.governance.ledger.chain import check
from redact.governance.ledger.events import Event, EventKind
from redact.governance.ledger.ledger import Head, Ledger, LedgerBroken, checkpoint, checkpoint_payload, require_writable
from redact.governance.ledger.lines import Hand, read_line, spell_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from redact.governance.ledger.ledger import Entry, Keys, Verified

BY = "A. Example"


class Key:
    """An Ed25519 key that signs checkpoints."""

    def __init__(self, keyid: str) -> None:
        """Make a new one under the name KEYID."""
        self.keyid = keyid
        self.private = Ed25519PrivateKey.generate()

    def sign(self, payload: bytes) -> bytes:
        """Sign PAYLOAD."""
        return self.private.sign(payload)

    def verify(self, signature: bytes, payload: bytes) -> bool:
        """Tell whether SIGNATURE is its signature of PAYLOAD."""
        try:
            self.private.public_key().verify(signature, payload)
        except InvalidSignature:
            return False
        return True


def event(number: int = 1, kind: EventKind = EventKind.DECIDED, **data: object) -> Event:
    """Make event NUMBER; the same number gives the same event."""
    return Event(
        kind=kind,
        by=BY,
        reference="SAR-2026-0142",
        data={"subject": f"s{number:03d}", "reason": "Walks past the dôor\nand back"} | data,
        at=f"2026-03-02T10:00:00.{number:06d}+00:00",
        id=f"{number:032x}",
    )


def events(count: int, first: int = 1) -> list[Event]:
    """Make COUNT events from number FIRST on."""
    return [event(number) for number in range(first, first + count)]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger that is not there yet."""
    return Ledger(tmp_path / "ledger.jsonl")


def nested(depth: int) -> Any:
    """Make a list in a list, DEPTH times."""
    inside: Any = 0
    for _ in range(depth):
        inside = [inside]
    return inside


def dice(seed: int) -> Random:
    """Give chance that is the same each time."""
    return Random(seed)  # noqa: S311  nothing secret depends on it


def record(ledger: Ledger, given: Sequence[Event]) -> Head:
    """Append the GIVEN events under the lock."""
    with ledger.locked() as locked:
        return locked.append(locked.prepare(given))


def finish(ledger: Ledger, given: Sequence[Event]) -> Head:
    """Append those of the GIVEN events that a process which was killed has not, and copy the checkpoints it left."""
    with ledger.locked() as locked:
        there = locked.since(Head.EMPTY)
        locked.copy_checkpoints(there)
        known = {entry.event.id for entry in there}
        return locked.append(locked.prepare([one for one in given if one.id not in known]))


def ids(ledger: Ledger) -> list[str]:
    """Ids of all events in the order they stand, without those by which the ledger tells of a repair."""
    return [entry.event.id for entry in ledger.entries() if entry.event.kind is not EventKind.RECOVERED]


def sentences(verified: Verified) -> list[tuple[int, str]]:
    """Give the problems as pairs."""
    return [(problem.line, problem.sentence) for problem in verified.problems]


def rechained(lines: Sequence[bytes]) -> bytes:
    """Number LINES anew and bind each to the one before, as someone would who knows how."""
    head, out = Head.EMPTY, b""
    for line in lines:
        spelt = spell_line(head, read_line(line).event)
        head, out = Head(head.seq + 1, sha256(spelt).hexdigest()), out + spelt
    return out


# --- what is written ---------------------------------------------------------------------------------------------


def test_an_empty_ledger_is_intact(ledger: Ledger) -> None:
    """Where nothing happened nothing is wrong, and reading makes no file."""
    assert list(ledger.entries()) == []
    verified = ledger.verify(head=Head.EMPTY, keys={})
    assert verified.intact
    assert (verified.lines, verified.head, verified.unsettled) == (0, Head.EMPTY, ())
    assert list(ledger.path.parent.iterdir()) == []


def test_a_line_is_json_with_the_hash_of_the_line_before(ledger: Ledger) -> None:
    """Another program can check the chain with sha256 and a JSON reader."""
    head = record(ledger, events(3))
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    before = "0" * 64
    for number, line in enumerate(lines, 1):
        plain = json.loads(line)
        assert line == (json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()
        assert (plain.pop("seq"), plain.pop("prev")) == (number, before)
        assert plain == event(number).plain()
        before = sha256(line).hexdigest()
    assert head == Head(3, before)


def test_what_is_appended_is_read_back(ledger: Ledger) -> None:
    """Events come back in order, over several locks, and each knows its line."""
    heads = [record(ledger, events(2)), record(ledger, []), record(ledger, events(1, 3))]
    entries = list(ledger.entries())
    assert [entry.event for entry in entries] == events(3)
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert heads == [entries[1].head, entries[1].head, entries[2].head]
    assert b"".join(entry.line for entry in entries) == ledger.path.read_bytes()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=8,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@st.composite
def any_events(draw: st.DrawFn) -> list[Event]:
    """Draw events of which each says anything at all."""
    return [
        Event(
            kind=draw(st.sampled_from(EventKind)),
            by=draw(TEXT),
            reference=draw(TEXT),
            data=draw(st.dictionaries(TEXT, JSON)),
            id=f"{number:032x}",
        )
        for number in range(draw(st.integers(1, 4)))
    ]


@given(any_events())
def test_anything_can_be_said(given: list[Event]) -> None:
    """Whatever an event says, with newlines and in any script, it comes back as it was."""
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.jsonl")
        record(ledger, given)
        assert [entry.event for entry in ledger.entries()] == given
        assert ledger.path.read_bytes().count(b"\n") == len(given)


@given(any_events(), st.data())
def test_a_changed_byte_is_found(given: list[Event], data: st.DataObject) -> None:
    """Whichever byte is changed to whatever, the ledger is no longer intact."""
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.jsonl")
        head = record(ledger, given)
        changed = bytearray(ledger.path.read_bytes())
        changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
        ledger.path.write_bytes(changed)
        assert not ledger.verify(head=head).intact


@pytest.mark.parametrize(
    "data",
    [
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": "half a character \ud83d"},
        {"a": {1, 2}},
        {"a": {10: "ten", 9: "nine"}},
        {"a": {"1": 0, 1: 0}},
        {"a": 10**5000},
        {"a": [{"b": b"bytes"}]},
        {"a": nested(50_000)},
    ],
    ids=["nan", "infinity", "half", "set", "numbers as names", "a name twice", "huge", "bytes", "deep"],
)
def test_what_cannot_be_read_again_is_not_written(ledger: Ledger, data: dict[str, Any]) -> None:
    """The register can ask before it commits, and of a batch with such an event nothing is recorded."""
    bad = event(2, **data)
    with pytest.raises(UsageProblem, match="decision-made cannot be recorded"):
        require_writable(bad)
    with pytest.raises(UsageProblem):
        record(ledger, [event(1), bad])
    assert ledger.path.read_bytes() == b""
    require_writable(event(1))


# --- the files ---------------------------------------------------------------------------------------------------


def test_files_are_the_owners_alone(ledger: Ledger) -> None:
    """Whatever the umask, all files of the ledger have the mode that was asked for."""
    old = os.umask(0o000)
    try:
        record_checkpoint(ledger, Key("k"))
        ledger.path.write_bytes(ledger.path.read_bytes() + b"torn")
        record(ledger, [event(9)])
    finally:
        os.umask(old)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in ledger.path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert len(modes) == 3
    old = os.umask(0o077)
    try:
        record(Ledger(ledger.path.with_name("other.jsonl"), 0o640), [event(1)])
    finally:
        os.umask(old)
    assert stat.S_IMODE(ledger.path.with_name("other.jsonl").stat().st_mode) == 0o640


def test_no_link_is_followed(ledger: Ledger) -> None:
    """A symbolic link in the place of the ledger, or of the copies, is refused, and what it leads to stays as it is."""
    victim = ledger.path.with_name("victim")
    victim.write_bytes(b"")
    ledger.path.symlink_to(victim)
    for action in (lambda: record(ledger, events(1)), ledger.verify, lambda: list(ledger.entries())):
        with pytest.raises(InputUnusable, match="symbolic link"):
            action()
    ledger.path.unlink()
    ledger.copies.symlink_to(victim)
    with pytest.raises(InputUnusable, match=r"ledger\.checkpoints\.jsonl cannot be used .*symbolic link"):
        record_checkpoint(ledger, Key("k"))
    assert victim.read_bytes() == b""


def test_a_pipe_is_not_waited_for(ledger: Ledger) -> None:
    """Something else by the ledger's name is refused at once."""
    os.mkfifo(ledger.path)
    for action in (lambda: record(ledger, events(1)), ledger.verify):
        with pytest.raises(InputUnusable, match="not a file"):
            action()


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    """The ledger makes no folders."""
    with pytest.raises(InputUnusable, match="no such file"):
        record(Ledger(tmp_path / "absent" / "ledger.jsonl"), events(1))


def test_a_full_disk_leaves_a_whole_ledger(tiny_disk: Path) -> None:
    """What does not fit is not recorded at all, and once there is room it is."""
    ledger = Ledger(tiny_disk / "ledger.jsonl")
    head = record(ledger, events(5))
    filler = tiny_disk / "filler"
    with pytest.raises(OSError, match="No space"):
        filler.write_bytes(bytes(1 << 20))
    big = [event(number, much="x" * 3000) for number in range(6, 12)]
    with pytest.raises(InputUnusable, match="no space left"):
        record(ledger, big)
    assert (ledger.verify(head=head).problems, ledger.verify().lines) == ((), 5)
    filler.unlink()
    assert record(ledger, big).seq == 11
    assert ledger.verify().intact


# --- one at a time -----------------------------------------------------------------------------------------------


def test_a_thread_that_holds_it_can_read_but_not_lock_again(ledger: Ledger) -> None:
    """Reading under one's own lock does not wait for itself; locking twice is a mistake, said at once."""
    with ledger.locked() as locked:
        locked.append(locked.prepare(events(2)))
        assert ledger.verify(head=locked.head).intact
        assert len(list(ledger.entries())) == 2
        with pytest.raises(RuntimeError, match="locked by this thread"), ledger.locked():
            pass
    assert record(ledger, events(1, 3)).seq == 3


def test_threads_wait_for_one_another(ledger: Ledger) -> None:
    """Also through the same object."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: record(ledger, [event(number)]), range(1, 41)))
    assert sorted(ids(ledger)) == [one.id for one in events(40)]
    assert ledger.verify().intact


def test_a_write_without_the_lock_is_noticed(ledger: Ledger) -> None:
    """Whoever appends finds out that another did without asking."""
    with ledger.locked() as locked:
        locked.append(locked.prepare(events(2)))
        with ledger.path.open("ab") as stream:
            stream.write(b"{}\n")
        with pytest.raises(LedgerBroken, match="while it was locked"):
            locked.append(locked.prepare(events(1, 3)))


def test_a_ledger_put_in_its_place_while_waiting_is_the_one_that_is_used(ledger: Ledger, tmp_path: Path) -> None:
    """Who waited for a file that was then replaced writes to the new one."""
    record(ledger, events(1))
    with ThreadPoolExecutor(1) as pool:
        with ledger.locked():
            waiting = pool.submit(record, ledger, [event(3)])
            time.sleep(0.1)
            other = Ledger(tmp_path / "other.jsonl")
            record(other, events(2))
            other.path.replace(ledger.path)
        waiting.result(10)
    assert ids(ledger) == [one.id for one in events(3)]


WRITER = """
import sys, time
from pathlib import Path
from redact.governance.ledger.events import Event, EventKind
from redact.governance.ledger.ledger import Ledger
ledger, end = Ledger(Path(sys.argv[1])), time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    given = [Event(kind=EventKind.VIEWED, by="A. Example") for _ in range(2)]
    with ledger.locked() as locked:
        locked.append(locked.prepare(given))
    with open(sys.argv[3], "a") as done:
        print(*[one.id for one in given], file=done)
"""


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.slow)])
def test_processes_take_turns(ledger: Ledger, seconds: int) -> None:
    """Eight processes write as fast as they can: every event is there once, and the chain is whole at any time."""
    command = [sys.executable, "-c", WRITER, str(ledger.path), str(seconds)]
    done = [ledger.path.with_name(f"done{number}") for number in range(8)]
    writers = [subprocess.Popen([*command, str(path)]) for path in done]
    checks = 0
    while any(writer.poll() is None for writer in writers):
        assert ledger.verify().problems == ()
        checks += 1
        time.sleep(0.2)
    written = [line for path in done for line in path.read_text().split()]
    assert [writer.returncode for writer in writers] == [0] * 8
    assert checks
    assert len(written) > 50
    assert Counter(ids(ledger)) == Counter(written)


def test_only_the_end_is_read(ledger: Ledger) -> None:
    """However long the ledger is, appending reads a few kilobytes of it."""
    record(ledger, events(10_000))
    before = Path("/proc/self/io").read_text()
    record(ledger, events(2, 20_000))
    after = Path("/proc/self/io").read_text()
    read = [int(text.split("rchar: ")[1].split()[0]) for text in (before, after)]
    assert read[1] - read[0] < 100_000 < ledger.path.stat().st_size / 20


# --- crashes -----------------------------------------------------------------------------------------------------

CRASH = """
import sys, time
from pathlib import Path
from redact.governance.ledger.ledger import Ledger
sys.path.insert(0, sys.argv[2])
from test_ledger import events
with Ledger(Path(sys.argv[1])).locked() as locked:
    locked.append(locked.prepare(events(3)))
    print("written", flush=True)
    time.sleep(60)
"""


def test_what_was_written_before_a_kill_is_not_written_again(ledger: Ledger) -> None:
    """A process killed after its lines were on the disk, and before it could say so: they are there."""
    command = [sys.executable, "-c", CRASH, str(ledger.path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        writer.send_signal(signal.SIGKILL)
    assert writer.returncode == -signal.SIGKILL
    assert finish(ledger, events(5)).seq == 5
    assert finish(ledger, events(5)).seq == 5
    assert ids(ledger) == [one.id for one in events(5)]
    assert ledger.verify().intact


KILLED = """
import json, os, shutil, signal, sys
from pathlib import Path
from redact.governance.ledger.events import Event
from redact.governance.ledger.ledger import Ledger

def arm(last, how):
    calls = 0
    def wrap(name):
        real = getattr(os, name)
        def call(*given, **named):
            nonlocal calls
            calls += 1
            if calls < last:
                return real(*given, **named)
            if how == "half" and name in ("write", "pwrite"):
                real(given[0], given[1][:len(given[1]) // 2], *given[2:])
            if how == "after":
                real(*given, **named)
            os.kill(os.getpid(), signal.SIGKILL)
        setattr(os, name, call)
    for name in ("open", "write", "pwrite", "fsync", "ftruncate"):
        wrap(name)

start, pending = Path(sys.argv[1]), [Event.of(plain) for plain in json.loads(sys.argv[2])]
for how in ("before", "half", "after"):
    status, last = 1, 0
    while status:
        last += 1
        folder = Path(f"{start}.{how}.{last:03d}")
        shutil.copytree(start, folder)
        child = os.fork()
        if not child:
            arm(last, how)
            with Ledger(folder / "ledger.jsonl").locked() as locked:
                locked.append(locked.prepare(pending))
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        assert status in (0, signal.SIGKILL), status
"""


def killed_everywhere(start: Path, pending: Sequence[Event]) -> list[Path]:
    """Append PENDING to copies of the folder START, killed at each call of the operating system; give the folders."""
    command = [sys.executable, "-c", KILLED, str(start), json.dumps([one.plain() for one in pending])]
    subprocess.run(command, check=True, timeout=120)
    return sorted(start.parent.glob(f"{start.name}.*"))


@pytest.mark.parametrize(
    ("torn", "torn_copies"),
    [(b"", b""), (b"{", b""), (b"x" * 5000, b'{"at')],
    ids=["whole", "torn", "both torn"],
)
def test_a_kill_at_any_point_loses_and_doubles_nothing(tmp_path: Path, torn: bytes, torn_copies: bytes) -> None:
    """Wherever the process was killed, while writing or while repairing, the next one makes it whole."""
    start, key = tmp_path / "home", Key("k")
    start.mkdir()
    ledger = Ledger(start / "ledger.jsonl")
    settled = record_checkpoint(ledger, key, 2)
    for path, data in ((ledger.path, torn), (ledger.copies, torn_copies)):
        path.write_bytes(path.read_bytes() + data)
    with Ledger(tmp_path / "ledger.jsonl").locked() as elsewhere:
        pending = [event(7), checkpoint(elsewhere, key, BY), event(8)]
    folders = killed_everywhere(start, pending)
    assert len(folders) > 12
    for folder in folders:
        ledger = Ledger(folder / "ledger.jsonl")
        finish(ledger, pending)
        verified = ledger.verify(head=settled, keys={key.keyid: key.verify})
        assert verified.problems == ()
        assert ids(ledger)[-3:] == [one.id for one in pending]
        assert len(ids(ledger)) == 6
        assert len(ledger.copies.read_bytes().splitlines()) == 2
        assert {torn, torn_copies} - {b""} <= {path.read_bytes() for path in folder.glob("*torn-*")}
        told = [entry.event.data for entry in ledger.entries() if entry.event.kind is EventKind.RECOVERED]
        assert bool(told) >= bool(torn or torn_copies)
        assert all(sha256((folder / data["kept"]).read_bytes()).hexdigest() == data["sha256"] for data in told)


def test_a_kill_while_the_first_line_is_written_is_repaired(tmp_path: Path) -> None:
    """Also where there was no ledger yet."""
    (tmp_path / "home").mkdir()
    for folder in killed_everywhere(tmp_path / "home", events(3)):
        ledger = Ledger(folder / "ledger.jsonl")
        finish(ledger, events(3))
        assert ids(ledger) == [one.id for one in events(3)]
        assert ledger.verify().intact


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is asked of the disk, with the name of the file; all of it is done."""
    made: list[tuple[str, str]] = []

    def noted(name: str) -> None:
        real = getattr(os, name)

        def call(descriptor: int, *rest: Any) -> Any:
            made.append((name, Path(f"/proc/self/fd/{descriptor}").readlink().name))
            return real(descriptor, *rest)

        monkeypatch.setattr(os, name, call)

    for name in ("write", "pwrite", "ftruncate", "fsync"):
        noted(name)
    return made


def test_everything_written_is_synced(ledger: Ledger, calls: list[tuple[str, str]]) -> None:
    """Nothing is acknowledged before the disk has it, nor is a first line written before its file's name is there."""
    folder = ledger.path.parent.name
    record_checkpoint(ledger, Key("k"))
    assert calls == [
        ("fsync", folder),
        ("fsync", "ledger.jsonl"),  # before a checkpoint is signed
        ("write", "ledger.jsonl"),
        ("fsync", "ledger.jsonl"),
        ("fsync", folder),
        ("write", "ledger.checkpoints.jsonl"),
        ("fsync", "ledger.checkpoints.jsonl"),
    ]
    calls.clear()
    with ledger.locked() as locked:
        locked.sync()
        locked.copy_checkpoints(locked.since(Head.EMPTY))
    assert calls == [("fsync", "ledger.jsonl"), ("fsync", "ledger.checkpoints.jsonl")]  # who wrote it may have died


def test_every_step_of_a_repair_is_synced(ledger: Ledger, calls: list[tuple[str, str]]) -> None:
    """What is cut off is on the disk elsewhere first, and the newline of the new line goes last."""
    record(ledger, events(1))
    with ledger.path.open("ab") as stream:
        stream.write(b"torn")
    calls.clear()
    with ledger.locked():
        pass
    kept = next(ledger.path.parent.glob("*torn-*")).name
    assert calls == [
        ("write", kept),
        ("fsync", kept),
        ("fsync", ledger.path.parent.name),
        ("pwrite", "ledger.jsonl"),
        ("fsync", "ledger.jsonl"),
        ("pwrite", "ledger.jsonl"),
        ("ftruncate", "ledger.jsonl"),
        ("fsync", "ledger.jsonl"),
    ]


def test_a_failed_sync_leaves_nothing_that_counts_as_written(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed fsync the kernel may take the pages for clean: they are dropped, and written anew next time."""
    record(ledger, events(1))
    before = ledger.path.read_bytes()

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(InputUnusable, match="input/output error"):
            record(ledger, events(2, 2))
    assert ledger.path.read_bytes() == before
    assert record(ledger, events(2, 2)).seq == 3


def test_a_line_cut_short_anywhere_is_repaired(tmp_path: Path) -> None:
    """At whatever byte the power went, what was there is kept aside, told, and what waits is recorded once."""
    ledger = Ledger(tmp_path / "ledger.jsonl")
    first = record(ledger, events(2))
    start = ledger.path.stat().st_size
    record(ledger, events(3, 3))
    whole = ledger.path.read_bytes()
    for end in dice(4).sample(range(start, len(whole)), 60):
        ledger.path.write_bytes(whole[:end])
        torn = whole[whole[:end].rfind(b"\n") + 1 : end]
        with ledger.locked() as locked:
            tail = locked.since(first)
            told = [one.event.data for one in tail if one.event.kind is EventKind.RECOVERED]
        finish(ledger, events(5))
        assert sorted(ids(ledger)) == sorted(one.id for one in events(5))
        assert ledger.verify().intact
        kept = sorted(tmp_path.glob("ledger.torn-*"))
        assert [path.read_bytes() for path in kept] == ([torn] if torn else [])
        assert told == [
            {"file": "ledger.jsonl", "bytes": len(torn), "sha256": sha256(torn).hexdigest(), "kept": path.name}
            for path in kept
        ]
        for path in kept:
            path.unlink()


@given(st.binary(max_size=2000).filter(lambda torn: b"\n" not in torn))
def test_whatever_a_power_cut_leaves_is_repaired(torn: bytes) -> None:
    """Bytes without a newline are no line: while a repair is written no newline is, so any mixture is repaired too."""
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.jsonl")
        head = record(ledger, events(1))
        ledger.path.write_bytes(ledger.path.read_bytes() + torn)
        assert ledger.verify(head=head).intact is not bool(torn)
        record(ledger, events(1, 2))
        assert ids(ledger) == [one.id for one in events(2)]
        assert ledger.verify(head=head).intact


def test_a_torn_line_is_told_by_who_only_reads(ledger: Ledger) -> None:
    """Reading changes nothing: what is whole is given, then it is said that the end is missing."""
    head = record(ledger, events(2))
    with ledger.path.open("ab") as stream:
        stream.write(b'{"at":')
    seen: list[Entry] = []
    with pytest.raises(LedgerBroken, match="line 3 has no end"):
        seen.extend(ledger.entries())
    assert sentences(ledger.verify(head=head)) == [
        (3, "Line 3 has no end: 6 bytes stand there that a crash or a cut left.")
    ]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda lines: [*lines, b"{}\n"], "the last line is not an entry of a ledger: its fields are not"),
        (lambda lines: [*lines, b"\n"], "the last line is not an entry of a ledger: it is not JSON"),
        (lambda lines: [*lines[:-2], lines[-1]], "line 3 is not what line 4 was written after"),
        (lambda lines: [*lines[:-2], b"[\n", lines[-1]], "line 3 is not an entry of a ledger: it is not JSON"),
        (lambda lines: [lines[1]], "line 1 says that another line came before it"),
    ],
)
def test_a_whole_line_that_is_wrong_is_never_cut_off(
    ledger: Ledger, change: Callable[[list[bytes]], list[bytes]], what: str
) -> None:
    """It stops everything, names the line, and stays."""
    record(ledger, events(4))
    changed = b"".join(change(ledger.path.read_bytes().splitlines(keepends=True)))
    ledger.path.write_bytes(changed)
    with pytest.raises(LedgerBroken, match=what) as problem:
        record(ledger, events(1, 5))
    assert problem.value.exit_code == 5
    assert ledger.path.read_bytes() == changed


def test_what_stands_after_the_remembered_line_is_given(ledger: Ledger) -> None:
    """The register finds out what a crash left, and whether its line is there still."""
    with ledger.locked() as locked:
        assert locked.since(Head.EMPTY) == ()
        middle = locked.append(locked.prepare(events(3)))
        last = locked.append(locked.prepare(events(2, 4)))
        assert [entry.seq for entry in locked.since(middle)] == [4, 5]
        assert locked.since(last) == ()
        assert [entry.event for entry in locked.since(Head.EMPTY)] == events(5)
        for gone in (Head(3, "a" * 64), Head(5, "a" * 64), Head(6, "a" * 64), Head(0, "a" * 64)):
            with pytest.raises(LedgerBroken, match=f"line {gone.seq} is not the one that the register remembers"):
                locked.since(gone)


# --- who signed ---


def test_a_signature_binds_a_line_to_its_place_and_its_ledger(ledger: Ledger) -> None:
    """What was signed is the line without its signature, the key's id and whose ledger it is."""
    key = Key("a" * 64)
    with ledger.locked() as locked:
        locked.append(locked.prepare(events(2), Hand("b" * 32, key)))
    for entry in ledger.entries():
        assert (entry.keyid, ledger.verify().problems) == (key.keyid, ())
        raw = entry.raw_signature
        assert raw is not None
        assert key.verify(raw, entry.payload("b" * 32))
        assert not key.verify(raw, entry.payload("c" * 32))
        moved = replace(entry, prev="0" * 63 + "1")
        assert not key.verify(raw, moved.payload("b" * 32))
        assert not key.verify(raw, replace(entry, event=replace(entry.event, by="B. Example")).payload("b" * 32))


@pytest.mark.parametrize("spelt", ["", "AAAA=", "AA AA", "QUJD\n", "AAB=", "é"])
def test_a_signature_has_one_spelling(spelt: str) -> None:
    """Whatever else base64 might be read from is none."""
    line = spell_line(Head.EMPTY, event(1), Hand("b" * 32, Key("a" * 64)))
    assert replace(read_line(line), signature=spelt).raw_signature is None


# --- what is found -----------------------------------------------------------------------------------------------


def record_checkpoint(ledger: Ledger, key: Key, count: int = 0) -> Head:
    """Record COUNT events and then a checkpoint signed with KEY."""
    with ledger.locked() as locked:
        locked.append(locked.prepare(events(count, 1000 + locked.head.seq)))
        return locked.append(locked.prepare([checkpoint(locked, key, BY)]))


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, Head, Keys]:
    """A ledger of 204 lines, of which each seventeenth is a checkpoint, and three after the last."""
    ledger, old, new = Ledger(tmp_path_factory.mktemp("signed") / "ledger.jsonl"), Key("old"), Key("new")
    for number in range(12):
        record_checkpoint(ledger, old if number < 6 else new, 16)
    return ledger, record(ledger, events(3, 5000)), {"old": old.verify, "new": new.verify}


def test_a_ledger_with_good_signatures_says_so(signed: tuple[Ledger, Head, Keys]) -> None:
    """Who signed, up to which line, and what is not settled yet."""
    ledger, head, keys = signed
    verified = ledger.verify(head=head, keys=keys)
    assert verified.problems == ()
    assert (verified.lines, verified.checkpoints, verified.head) == (207, 12, head)
    assert (verified.signed_by, verified.signed_to, verified.unsettled) == (("new", "old"), 203, ())
    earlier = list(ledger.entries())[204].head
    assert ledger.verify(head=earlier).unsettled == (event(5001).id, event(5002).id)
    assert ledger.verify(head=earlier).intact
    unlooked = ledger.verify()
    assert (unlooked.intact, unlooked.checkpoints, unlooked.signed_by, unlooked.signed_to) == (True, 12, (), 0)


def test_a_checkpoint_signs_number_and_hash() -> None:
    """Another program can check the signature from these bytes."""
    assert checkpoint_payload(Head(17, "ab" * 32)) == b"redact-ledger-checkpoint/1\n17\n" + b"ab" * 32 + b"\n"


Edit = tuple[bytes, int]


def flipped(chance: Random, lines: list[bytes]) -> Edit:
    """Flip a bit."""
    data = bytearray(b"".join(lines))
    place = chance.randrange(len(data))
    data[place] ^= 1 << chance.randrange(8)
    return bytes(data), b"".join(lines)[:place].count(b"\n") + 1


def deleted(chance: Random, lines: list[bytes]) -> Edit:
    """Take out a line."""
    place = chance.randrange(len(lines))
    return b"".join(lines[:place] + lines[place + 1 :]), place + 1


def swapped(chance: Random, lines: list[bytes]) -> Edit:
    """Exchange two lines."""
    one, other = sorted(chance.sample(range(len(lines)), 2))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines), one + 1


def doubled(chance: Random, lines: list[bytes]) -> Edit:
    """Put a line in again, right after itself or elsewhere."""
    place = chance.randrange(len(lines))
    there = place if chance.random() < 0.5 else chance.randrange(len(lines))
    return b"".join([*lines[: there + 1], lines[place], *lines[there + 1 :]]), there + 2


def inserted(chance: Random, lines: list[bytes]) -> Edit:
    """Put a new line in that is bound to the one before it, and to nothing after."""
    place = chance.randrange(1, len(lines) + 1)
    new = spell_line(read_line(lines[place - 1]).head, event(chance.randrange(10**6, 10**9)))
    return b"".join([*lines[:place], new, *lines[place:]]), place + 1


def truncated(chance: Random, lines: list[bytes]) -> Edit:
    """Cut it off at any byte, or between two lines."""
    data = b"".join(lines)
    end = chance.randrange(len(data)) if chance.random() < 0.5 else len(b"".join(lines[: chance.randrange(len(lines))]))
    return data[:end], data[:end].count(b"\n") + 1


def reworded(chance: Random, lines: list[bytes]) -> Edit:
    """Change what a line says, spelt as the program spells it."""
    place = chance.randrange(len(lines))
    lines[place] = other_words(chance, lines[place])
    return b"".join(lines), place + 1


def rehashed(chance: Random, lines: list[bytes]) -> Edit:
    """Change what a line says and bind all the following to it anew."""
    place = chance.randrange(len(lines))
    lines[place] = other_words(chance, lines[place])
    return rechained(lines), place + 1


def other_words(chance: Random, line: bytes) -> bytes:
    """Change one field of LINE."""
    plain = json.loads(line)
    name = chance.choice(["by", "reference", "clip", "on", "at", "kind", "id", "data"])
    plain[name] = {
        "kind": EventKind.PURGED.value,
        "id": f"{chance.randrange(10**9, 10**12):032x}",
        "data": {"other": chance.random()},
    }.get(name, f"another {name}")
    return (json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


EDITS = (flipped, deleted, swapped, doubled, inserted, truncated, reworded, rehashed)


@pytest.fixture
def _lines_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember what a line says, since almost all lines are the same each time."""
    monkeypatch.setattr(chain, "read_line", lru_cache(5000)(read_line))


@pytest.mark.usefixtures("_lines_read_once")
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_found(edit: Callable[[Random, list[bytes]], Edit], signed: tuple[Ledger, Head, Keys]) -> None:
    """Of 125 edits of each sort, a thousand in all, every one is found, and the place is named."""
    original, head, keys = signed
    lines = original.path.read_bytes().splitlines(keepends=True)
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.jsonl")
        ledger.copies.write_bytes(original.copies.read_bytes())
        for seed in range(125):
            changed, line = edit(dice(seed), list(lines))
            assert changed != b"".join(lines)
            ledger.path.write_bytes(changed)
            verified = ledger.verify(head=head, keys=keys)
            assert verified.problems, f"seed {seed}"
            if edit is not rehashed:
                assert line - 1 <= verified.problems[0].line <= line + 1, f"seed {seed}: {line}, {verified.problems}"


@pytest.mark.usefixtures("_lines_read_once")
def test_a_ledger_made_anew_is_found_by_its_signatures(signed: tuple[Ledger, Head, Keys]) -> None:
    """Who changes a line, binds the rest anew and makes the copies fit, has still not the key."""
    original, _, keys = signed
    lines = original.path.read_bytes().splitlines(keepends=True)
    for seed in range(50):
        chance, changed = dice(seed), lines[:204]
        place = chance.randrange(203)
        changed[place] = other_words(chance, changed[place])
        forged = refitted(changed)
        copies = b"".join(one for one in forged if read_line(one).event.kind is EventKind.CHECKPOINT)
        verified = check(forged, copies, keys=keys)
        found = [problem for problem in verified.problems if problem.code.startswith("checkpoint-")]
        assert found
        assert found[0].line > place
        assert check(forged, copies).intact  # who does not look at signatures sees nothing


def refitted(lines: Sequence[bytes]) -> list[bytes]:
    """Bind LINES anew, and let each checkpoint name the hash that the line it speaks for has now."""
    out: list[bytes] = []
    for line in lines:
        plain = json.loads(line)
        data = plain["data"]
        if plain["kind"] == EventKind.CHECKPOINT and "signature" in data:
            data["sha256"] = sha256(out[data["seq"] - 1]).hexdigest()
        plain["prev"] = sha256(out[-1]).hexdigest() if out else "0" * 64
        out.append((json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
    return out


def test_a_line_without_a_checkpoint_after_it_is_kept_by_the_register(signed: tuple[Ledger, Head, Keys]) -> None:
    """What no one has signed yet, only the remembered line can vouch for."""
    original, head, keys = signed
    lines = original.path.read_bytes().splitlines(keepends=True)
    changed = rechained([*lines[:205], other_words(dice(0), lines[205]), lines[206]])
    copies = original.copies.read_bytes()
    assert check(changed.splitlines(keepends=True), copies, keys=keys).intact
    assert sentences(check(changed.splitlines(keepends=True), copies, keys=keys, head=head)) == [
        (207, "Line 207 is not the one that the register remembers: it was changed afterwards.")
    ]


def test_an_end_cut_off_is_found_without_the_register(signed: tuple[Ledger, Head, Keys], tmp_path: Path) -> None:
    """The copies know of a checkpoint that the ledger no longer has, also where it was written on since."""
    original, _, keys = signed
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.copies.write_bytes(original.copies.read_bytes())
    ledger.path.write_bytes(b"".join(original.path.read_bytes().splitlines(keepends=True)[:200]))
    cut = (
        "ledger.checkpoints.jsonl has the checkpoint of line 204, and the ledger ends at line 200: its end was cut off."
    )
    assert sentences(ledger.verify(keys=keys)) == [(201, cut)]
    record(ledger, events(20, 9000))
    grown = (
        "Line 204 is not the checkpoint that ledger.checkpoints.jsonl has of it: "
        "the ledger was changed before or at that line."
    )
    assert sentences(ledger.verify(keys=keys)) == [(204, grown)]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda data: data[:-1], r"Line 12 of ledger.checkpoints.jsonl is damaged: it is spelt another way"),
        (lambda data: data + b"\n", r"Line 13 of ledger.checkpoints.jsonl is damaged: it is not JSON"),
        (
            lambda data: data.replace(b"new", b"old", 1),
            r"is not the checkpoint that ledger.checkpoints.jsonl has of it",
        ),
        (lambda data: data[data.index(b"\n") + 1 :], r"Line 17 is a checkpoint, and .*jsonl does not have it"),
        (
            lambda data: data + data[: data.index(b"\n") + 1],
            r"Line 13 of .*jsonl is no checkpoint, or not in its place",
        ),
        (lambda _: b"", r"Line 17 is a checkpoint, and .*jsonl does not have it"),
        (lambda _: None, r"Line 17 is a checkpoint, and .*jsonl is missing"),
    ],
    ids=["torn", "empty line", "changed", "deleted", "doubled", "emptied", "missing"],
)
def test_damaged_copies_are_a_problem_of_their_own(
    signed: tuple[Ledger, Head, Keys], change: Callable[[bytes], bytes | None], what: str
) -> None:
    """The ledger may be whole: it is said that the copies are not."""
    ledger, head, keys = signed
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    copies = change(ledger.copies.read_bytes())
    verified = check(lines, copies, head=head, keys=keys, copies_name=ledger.copies.name)
    assert verified.problems
    assert any(re.search(what, sentence) for _, sentence in sentences(verified)), sentences(verified)


def test_a_checkpoint_not_copied_yet_is_not_missed(ledger: Ledger) -> None:
    """A crash may come between the ledger and the copies: until it is settled that is nobody's doing, then it is."""
    head, key = record(ledger, events(2)), Key("k")
    last = record_checkpoint(ledger, key)
    ledger.copies.unlink()
    assert ledger.verify(head=head).intact
    assert not ledger.verify(head=last).intact
    assert not ledger.verify().intact


def test_a_checkpoint_speaks_for_a_line_that_others_have_followed(ledger: Ledger) -> None:
    """It is recorded later than it is made, and holds all the same."""
    key = Key("k")
    record(ledger, events(2))
    with ledger.locked() as locked:
        made = checkpoint(locked, key, BY)
    record(ledger, [*events(2, 3), made, event(5)])
    verified = ledger.verify(keys={"k": key.verify})
    assert (verified.problems, verified.signed_to, verified.lines) == ((), 2, 6)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"seq": 2}, "speaks for line 2, which is not before it"),
        ({"seq": -1}, "was made when line -1 was another"),
        ({"seq": True}, "is not made as a checkpoint is"),
        ({"sha256": "0" * 64}, "was made when line 1 was another"),
        ({"keyid": "other"}, "is signed with the key other, which is not one of the keys given"),
        ({"signature": "AAAA"}, "has a signature that is not of its key"),
        ({"signature": "not base64 é"}, "has a signature that is not of its key"),
        ({"more": 1}, "is not made as a checkpoint is"),
    ],
)
def test_a_wrong_checkpoint_is_named(ledger: Ledger, change: dict[str, object], what: str) -> None:
    """It is said what is wrong with it, and it counts for nothing."""
    key = Key("k")
    record(ledger, events(1))
    with ledger.locked() as locked:
        made = checkpoint(locked, key, BY)
    wrong = Event(kind=EventKind.CHECKPOINT, by=BY, data={**made.data, **change})
    record(ledger, [wrong])
    verified = ledger.verify(keys={"k": key.verify})
    assert (verified.signed_by, verified.signed_to, verified.checkpoints) == ((), 0, 1)
    [(line, sentence)] = sentences(verified)
    assert (line, what in sentence) == (2, True)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b'{"a":NaN}\n', "it has a number or a nesting that is not allowed"),
        (b'{"a":1e999}\n', "it has a number or a nesting that is not allowed"),
        (b'{"a":1,"a":1}\n', "it is spelt another way"),
        (b'{"a": 1}\n', "it is spelt another way"),
        (b'{"a":"\\ud800"}\n', "it has half a character"),
        (b'{"a":"\xff"}\n', "it is not UTF-8"),
        (b'{"a":1}', "it is spelt another way"),
        (b"[" * 100_000 + b"\n", "it has a number or a nesting that is not allowed"),
        (b"1" * 5000 + b"\n", "it has a number or a nesting that is not allowed"),
        (b"\xef\xbb\xbf{}\n", "it is not JSON"),
        (b"[]\n", "its fields are not those of an entry"),
        (spell_line(Head.EMPTY, event(1)).replace(b'"seq":1', b'"seq":true'), "one of its fields is of another type"),
        (spell_line(Head.EMPTY, event(1)).replace(b"decision-made", b"decision"), "it is no event"),
        (spell_line(Head.EMPTY, event(1)).replace(b'"id":"0', b'"id":"G'), "it is no event"),
    ],
)
def test_a_line_is_only_what_the_program_writes(line: bytes, what: str) -> None:
    """Anything else is refused with the reason."""
    with pytest.raises(ValueError, match=what):
        read_line(line)


def test_a_missing_line_is_said_in_a_sentence(ledger: Ledger) -> None:
    """Which numbers are missing, moved or changed, and where."""
    head = record(ledger, events(6))
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    said = {
        (0, 3, 4, 5): [
            (2, "Line 2 is number 4, and numbers 2 to 3 are missing before it."),
            (5, "The register remembers line 6 of the ledger, and it ends at line 4: its end was cut off."),
        ],
        (0, 1, 2, 2, 3, 4, 5): [
            (4, "Line 4 is number 3 where 4 should be: it or one before it was moved, copied or put in."),
            (4, "Line 4 records an event that an earlier line has recorded (id 00000000000000000000000000000003)."),
            (6, "Line 6 is not the one that the register remembers: it was changed afterwards."),
        ],
        (): [(1, "The register remembers line 6 of the ledger, and it is empty: its end was cut off.")],
    }
    for order, expected in said.items():
        ledger.path.write_bytes(b"".join(lines[place] for place in order))
        assert sentences(ledger.verify(head=head)) == expected
    ledger.path.write_bytes(b"".join([*lines[:2], other_words(dice(1), lines[2]), *lines[3:]]))
    assert sentences(ledger.verify(head=head)) == [
        (3, "Line 3 is not what line 4 was written after: one of the two was changed afterwards.")
    ]
    with pytest.raises(LedgerBroken, match="Line 3 is not what line 4 was written after"):
        list(ledger.entries())
