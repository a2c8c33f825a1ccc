"""Who has a job, who may take it over, and what becomes of somebody who comes back after that."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from redact.errors import RedactError
from redact.jobs.leases import FOLDER, Board, Entry, Lost, State, Terms, Verdict, job_id, take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redact.jobs.leases import Lease

ROOT = Path(__file__).resolve().parents[2]
NAME = job_id("cam4")
QUICK = Terms(beat_s=0.05, silent_s=0.6, tries=3)

HOLDER = """
import sys
from pathlib import Path
from redact.jobs import leases
if sys.argv[2] != "here":
    leases.here = lambda: sys.argv[2]
with leases.take(Path(sys.argv[1]), (leases.job_id("cam4"), "cam4"), 1, key="k", run="r",
                 terms=leases.Terms(0.05, 0.6)) as lease:
    print("held", flush=True)
    sys.stdin.readline()
    try:
        lease.claim()
        print("mine", flush=True)
    except leases.Lost as problem:
        print(problem, flush=True)
"""
"""Takes a job, and claims it once it is told to."""

GRABBER = """
import sys, time
from pathlib import Path
from redact.jobs.leases import Lost, take, job_id
out, won = Path(sys.argv[1]), []
while not (out / "go").exists():
    time.sleep(0.001)
for number in range(1, 61):
    with take(out, (job_id("cam4"), "cam4"), number, key="k", run="r") as lease:
        won += [number] if lease else []
print(*won)
"""
"""Grabs sixty numbers, as quickly as it can."""


@contextmanager
def holder(out: Path, host: str = "here") -> Iterator[subprocess.Popen[str]]:
    """A process that has taken the job in OUT, on the computer HOST."""
    command = [sys.executable, "-c", HOLDER, str(out), host]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def judged(board: Board) -> Verdict:
    """How the job stands when BOARD looks now."""
    board.look()
    return board.judge(NAME)[0]


def taken(out: Path, number: int) -> Lease:
    """Take the job in OUT with NUMBER, and leave it as a process does that is gone."""
    with take(out, (NAME, "cam4"), number, key="k", run="r") as lease:
        assert lease
        return lease


def test_nobody_has_a_job_in_an_empty_folder(tmp_path: Path) -> None:
    """Nor in one that is not there."""
    board = Board.of(tmp_path / "out")
    assert (board.judge(NAME), board.next(NAME), board.died(NAME)) == ((Verdict.FREE, None), 1, 0)


def test_one_of_two_gets_it(tmp_path: Path) -> None:
    """The other is told that somebody was quicker, and sees it held until it is ended, with what came of it."""
    board = Board.of(tmp_path)
    with take(tmp_path, (NAME, "cam4"), 1, key="k", run="r") as first:
        assert first
        with take(tmp_path, (NAME, "cam4"), 1, key="k", run="r") as second:
            assert second is None
        assert judged(board) is Verdict.HELD
        first.claim()
        assert judged(board) is Verdict.HELD
        first.finish({"state": "released"})
    assert judged(board) is Verdict.ENDED
    entry = board.entry(NAME)
    assert entry
    assert (entry.result, entry.key, entry.job) == ({"state": "released"}, "k", "cam4")
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [f"{NAME}-2"]
    assert judged(Board.of(tmp_path)) is Verdict.FREE, "what ended before a batch began is nothing new to it"


def test_no_number_is_won_twice(tmp_path: Path) -> None:
    """Six processes that want the same sixty: none has two winners, and the newest has one."""
    command = [sys.executable, "-c", GRABBER, str(tmp_path)]
    grabbers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(6)]
    (tmp_path / "go").touch()
    won = [int(number) for grabber in grabbers for number in grabber.communicate(timeout=60)[0].split()]
    assert max(Counter(won).values()) == 1
    assert 60 in won


def test_a_number_that_was_removed_is_not_won_again(tmp_path: Path) -> None:
    """Whoever looked long ago, and takes the job by what was free then, comes too late."""
    with take(tmp_path, (NAME, "cam4"), 1, key="k", run="r") as lease:
        assert lease
        lease.claim()
        lease.finish({})
    with take(tmp_path, (NAME, "cam4"), 1, key="k", run="r") as late:
        assert late is None
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [f"{NAME}-2"]


def test_who_cannot_list_the_folder_has_not_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A share that is away for a moment says nothing of who is the newest: whoever is in doubt publishes nothing."""
    with take(tmp_path, (NAME, "cam4"), 1, key="k", run="r") as lease:
        assert lease
        with monkeypatch.context() as away:
            away.setattr(os, "listdir", lambda _: (_ for _ in ()).throw(OSError(errno.ESTALE, "away")))
            with pytest.raises(Lost, match="taken over cam4"):
                lease.claim()
        lease.claim()


def test_who_is_asked_to_stop_lets_go(tmp_path: Path) -> None:
    """Whoever looks next may have the job at once, and it counts as no death."""
    board = Board.of(tmp_path)
    with pytest.raises(KeyboardInterrupt), take(tmp_path, (NAME, "cam4"), 1, key="k", run="r"):
        raise KeyboardInterrupt
    assert (judged(board), board.next(NAME), board.died(NAME)) == (Verdict.FREE, 2, 0)


def test_who_is_killed_here_is_dead_at_once(tmp_path: Path) -> None:
    """On one computer a lock tells, without any waiting."""
    board = Board.of(tmp_path, Terms())
    with holder(tmp_path) as process:
        assert judged(board) is Verdict.HELD
        process.kill()
        process.wait()
    assert (judged(board), board.died(NAME)) == (Verdict.DEAD, 1)


def test_who_beats_elsewhere_lives_and_who_is_silent_does_not(tmp_path: Path) -> None:
    """The file of another computer is watched; one that is frozen and wakes too late gets nothing published."""
    board = Board.of(tmp_path, QUICK)
    with holder(tmp_path, "another computer") as process:
        begun = time.monotonic()
        while time.monotonic() - begun < 3 * QUICK.silent_s:
            assert judged(board) is Verdict.HELD
            time.sleep(0.1)
        os.kill(process.pid, signal.SIGSTOP)
        while judged(board) is Verdict.HELD:
            assert time.monotonic() - begun < 30
            time.sleep(0.05)
        assert board.judge(NAME)[0] is Verdict.DEAD
        with take(tmp_path, (NAME, "cam4"), board.next(NAME), key="k", run="r", terms=QUICK) as lease:
            assert lease
            os.kill(process.pid, signal.SIGCONT)
            said, _ = process.communicate("now\n")
            assert said == "Somebody else has taken over cam4.\n"
            assert judged(board) is Verdict.HELD
            lease.claim()


def test_who_claims_first_cannot_be_taken_over_by_number(tmp_path: Path) -> None:
    """A claim and a takeover make the same file, so one of them comes too late."""
    board = Board.of(tmp_path)
    with take(tmp_path, (NAME, "cam4"), 1, key="k", run="r") as first:
        board.look()
        number = board.next(NAME)
        assert first
        first.claim()
        with take(tmp_path, (NAME, "cam4"), number, key="k", run="r") as second:
            assert second is None
    with take(tmp_path, (NAME, "cam4"), 3, key="k", run="r") as third:
        assert third
        taken(tmp_path, 4)
        with pytest.raises(Lost, match="taken over cam4"):
            third.claim()


@pytest.mark.parametrize("data", [b"", b"{", b"[]\n", b'{"version": "redact-lease/2"}\n', b"\xff" * 99])
def test_a_file_that_cannot_be_read_counts_as_held_until_it_rests(tmp_path: Path, data: bytes) -> None:
    """It may be half written; after a while nobody writes it."""
    board = Board.of(tmp_path, QUICK)
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / f"{NAME}-1").write_bytes(data)
    assert Entry.of(data) is None
    assert judged(board) is Verdict.HELD
    time.sleep(QUICK.silent_s + 0.1)
    assert judged(board) is Verdict.DEAD


def test_deaths_are_counted_once_each(tmp_path: Path) -> None:
    """Whoever dies while it publishes has two files, and died once."""
    board = Board.of(tmp_path)
    for number in (1, 3):
        with take(tmp_path, (NAME, "cam4"), number, key="k", run="r") as lease:
            assert lease
            lease.claim()
    assert (judged(board), board.died(NAME)) == (Verdict.DEAD, 2)
    board.bury(NAME, "another run")
    assert judged(Board.of(tmp_path)) is Verdict.DEAD


def test_who_is_known_to_be_dead_need_not_be_watched(tmp_path: Path) -> None:
    """A computer that says that its process crashed is believed, for that process alone."""
    board = Board.of(tmp_path)
    with holder(tmp_path, "another computer") as process:
        board.look()
        board.bury(NAME, "another run")
        assert judged(board) is Verdict.HELD
        board.bury(NAME, "r")
        assert judged(board) is Verdict.DEAD
        process.kill()
    taken(tmp_path, 2)
    assert board.next(NAME) == 2


def test_progress_is_told_with_the_beat(tmp_path: Path) -> None:
    """Whoever looks, on whatever computer, sees how far it is."""
    board = Board.of(tmp_path)
    with take(tmp_path, (NAME, "cam4"), 1, key="k", run="r", terms=QUICK) as lease:
        assert lease
        lease.progress("scan", 3, 10)
        lease.beat()
        board.look()
        entry = board.entry(NAME)
        assert entry
        assert (entry.progress, entry.state) == (("scan", 3, 10), State.HELD)


def test_lost_is_a_sentence() -> None:
    """Whoever sees it by a mistake of ours can read it."""
    assert issubclass(Lost, RedactError)
