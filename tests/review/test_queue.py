"""Jobs: each in a process of its own, on the disk, stopped, interrupted and gone on with; one heavy one at a time."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cases import QUICK, REF, approved, only, opened
from desks import red_squares
from gates import Gate
from people import key_of

from redact.case.asked import asked
from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.governance.people.mine import own_key
from redact.governance.people.own import Unlocked
from redact.review.desk import Desk
from redact.review.words import Turned
from redact.review.work.job import Job, JobKind, State
from redact.review.work.queue import ALONE, Jobs
from redact.user import user_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Seats = Callable[[str], Desk]

pytest_plugins = ("stages",)

TESTS = Path(__file__).parents[1]
PATHS = (TESTS, TESTS / "review" / "armed")
WAIT_S = 60
FREE = b"\0\0\0\x08free"
"""A box of an MP4 with nothing in it: makes another file of the same pictures."""

OVER = (State.DONE, State.FAILED, State.STOPPED, State.INTERRUPTED)
PLACES = {
    JobKind.ATTACH: ("opened", "redact.case.footage:_copied before"),
    JobKind.SCAN: ("attached", "redact.case.footage:save_scan before"),
    JobKind.RENDER: ("decided", "redact.jobs.release:verify before"),
    JobKind.RELEASE: ("approved", "redact.package.writer:Ready.publish before"),
}
"""Where each kind is held in its middle, and in which case."""

SERVER = """
import sys, time
from pathlib import Path
from desks import red_squares
from gates import Gate
from redact.governance.people.mine import own_key
from redact.review.desk import Desk
from redact.review.work.job import Job
from redact.review.work.queue import Jobs
import json
jobs, job = Desk(Path(sys.argv[1]), red_squares).part(Jobs), Job.of(json.loads(sys.argv[2]))
if "path" in job.given:
    Path(job.given["path"]).parent.mkdir()
    Path(job.given["path"]).write_bytes(Path(sys.argv[3]).read_bytes())
jobs.submit(job, own_key())
time.sleep(600)
"""
"""A server that takes one job on."""


def some(*tried: JobKind) -> list[Any]:
    """Give every kind; those that are not TRIED each time are slow."""
    return [kind if kind in tried else pytest.param(kind, marks=pytest.mark.slow) for kind in PLACES]


@pytest.fixture(autouse=True)
def _workers_find_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """What loads the detector, and what holds a worker where it is to be killed, are of the tests."""
    known = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*map(str, PATHS), *known]))


@pytest.fixture
def seats(stages: dict[str, Path], tmp_path: Path) -> Iterator[Seats]:
    """Makes desks of records at a stage of their way, and clears them away."""
    desks: list[Desk] = []

    def make(stage: str) -> Desk:
        home = tmp_path / "home"
        if not home.exists():
            shutil.copytree(
                stages["rendered" if stage == "approved" else "attached" if stage == "opened" else stage], home
            )
            with Office.open(home) as office:
                approved(office) if stage == "approved" else None
        desks.append(Desk(home, red_squares))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def another(clip: Path, tmp_path: Path) -> Path:
    """Footage that is not on record yet."""
    path = tmp_path / "another.mp4"
    path.write_bytes(clip.read_bytes() + FREE)
    return path


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A gate that is open."""
    return Gate(tmp_path / "gate")


def job_of(desk: Desk, kind: JobKind, clip: Path | None = None, **given: object) -> Job:
    """Give a job of KIND about the one clip there is, or about CLIP, which was sent."""
    if kind is JobKind.ATTACH:
        path = desk.folder / "uploads" / "0123456789abcdef" / "door.mp4"
        if clip:
            path.parent.mkdir(parents=True)
            shutil.copy(clip, path)
        return Job(kind, "SAR-2", user_name(), given={"name": "door.mp4", "path": str(path), "camera": "Door"})
    facts: dict[str, object] = {"settings": dict(QUICK)} if kind is JobKind.RENDER else {}
    with Office.open(desk.home) as office:
        return Job(kind, REF, user_name(), only(office).sha256 if kind is not JobKind.RELEASE else "", facts | given)


def until(jobs: Jobs, name: str, *states: State) -> Job:
    """Wait until the job NAME is in one of STATES."""
    end = time.monotonic() + WAIT_S
    while (job := jobs.find(name)).state not in states:
        assert time.monotonic() < end, job
        time.sleep(0.02)
    return job


def ended(number: int) -> None:
    """Wait until the process NUMBER has ended."""
    end = time.monotonic() + WAIT_S
    while Path(f"/proc/{number}").exists() and "zombie" not in Path(f"/proc/{number}/status").read_text():
        assert time.monotonic() < end
        time.sleep(0.02)


def kinds(desk: Desk) -> list[str]:
    """List what is on record, oldest first."""
    with Office.open(desk.home) as office:
        return [event.kind.value for event in office.register.events()]


def left_over(home: Path) -> list[Path]:
    """List the files of which only a half may be there."""
    return [path for path in home.rglob("*") if path.name.endswith(".part") or path.name.startswith(".redact")]


def test_a_scan_is_done_in_another_process(seats: Seats) -> None:
    """It is on record as whoever asked for it did it; how far it is never runs backwards."""
    desk = seats("attached")
    jobs = desk.part(Jobs)
    job, shares = jobs.submit(job_of(desk, JobKind.SCAN), own_key()), [0.0]
    while (now := jobs.find(job.id)).state not in OVER:
        shares.append(now.share)
        time.sleep(0.01)
    assert (now.state, now.share, now.error) == (State.DONE, 1.0, None)
    assert shares == sorted(shares)
    assert now.result
    assert now.result["people"] == 2
    with Office.open(desk.home) as office:
        (event,) = office.register.events(kinds=(EventKind.SCANNED,))
        assert event.by == user_name()


@pytest.mark.parametrize("kind", list(PLACES))
def test_what_is_killed_goes_on(
    kind: JobKind, seats: Seats, gate: Gate, another: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is killed in its middle: said so, nothing lost on record, and one call goes on to the end."""
    stage, where = PLACES[kind]
    desk = seats(stage)
    with Office.open(desk.home) as office:
        opened(office, "SAR-2")
    before, jobs = kinds(desk), desk.part(Jobs)
    gate.shut(monkeypatch, where)
    job = jobs.submit(job_of(desk, kind, another), own_key())
    os.kill(gate.reached(), signal.SIGKILL)
    broken = until(jobs, job.id, *OVER)
    assert broken.state is State.INTERRUPTED
    assert broken.shown()["may_go_on"]
    assert kinds(desk)[: len(before)] == before
    gate.open()
    jobs.again(job.id, own_key())
    done = until(jobs, job.id, *OVER)
    assert (done.state, done.error, done.tries) == (State.DONE, None, 2)
    assert left_over(desk.home) == []
    assert list((desk.folder / "uploads").iterdir()) == []


@pytest.mark.parametrize("kind", some(JobKind.ATTACH, JobKind.RELEASE))
def test_a_server_that_is_killed_takes_its_worker_with_it(
    kind: JobKind, seats: Seats, gate: Gate, another: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing works on behind anybody's back; signing in again has it go on, but a release only if told to."""
    stage, where = PLACES[kind]
    desk = seats(stage)
    with Office.open(desk.home) as office:
        opened(office, "SAR-2")
    job = job_of(desk, kind)
    gate.shut(monkeypatch, where)
    command = [sys.executable, "-c", SERVER, str(desk.home), json.dumps(job.plain()), str(another)]
    with subprocess.Popen(command, start_new_session=True) as server:
        try:
            worker = gate.reached()
        finally:
            server.kill()
    ended(worker)
    gate.open()
    jobs = seats(stage).part(Jobs)
    assert (jobs.find(job.id).state, jobs.find(job.id).error) == (State.INTERRUPTED, ALONE)
    jobs.signed_in(own_key())
    if kind is JobKind.RELEASE:
        assert jobs.find(job.id).state is State.INTERRUPTED
        jobs.again(job.id, own_key())
    assert until(jobs, job.id, *OVER).state is State.DONE
    assert left_over(desk.home) == []
    with Office.open(desk.home) as office:
        states = [row.state for row in office.register.releases(reference=REF)]
    assert states.count("released") == (kind is JobKind.RELEASE)


def test_a_release_that_was_made_is_not_made_twice(seats: Seats, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed right after the package appeared: going on finds it there, and says so."""
    desk = seats("approved")
    jobs = desk.part(Jobs)
    gate.shut(monkeypatch, "redact.package.writer:Ready.publish after")
    job = jobs.submit(job_of(desk, JobKind.RELEASE), own_key())
    os.kill(gate.reached(), signal.SIGKILL)
    until(jobs, job.id, State.INTERRUPTED)
    gate.open()
    jobs.again(job.id, own_key())
    done = until(jobs, job.id, *OVER)
    assert (done.state, done.error) == (State.DONE, None)
    with Office.open(desk.home) as office:
        (row,) = office.register.releases(reference=REF)
    assert (row.state, Path(row.path).name) == ("released", (done.result or {})["name"])


@pytest.mark.parametrize("kind", some(JobKind.ATTACH, JobKind.RENDER))
def test_stop_stops(kind: JobKind, seats: Seats, gate: Gate, another: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process ends, and nothing half made is left; nor is footage that nobody took in."""
    stage, where = PLACES[kind]
    desk = seats(stage)
    with Office.open(desk.home) as office:
        opened(office, "SAR-2")
    jobs = desk.part(Jobs)
    gate.shut(monkeypatch, where)
    job = jobs.submit(job_of(desk, kind, another), own_key())
    worker = gate.reached()
    assert jobs.stop(job.id).stages == "Stopping"
    assert until(jobs, job.id, *OVER).state is State.STOPPED
    ended(worker)
    assert left_over(desk.home) == []
    assert list((desk.folder / "uploads").iterdir()) == []
    assert jobs.find(job.id).shown()["may_go_on"] is (kind is not JobKind.ATTACH)


def test_whoever_closes_the_server_can_go_on_later(seats: Seats, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its workers tidy up before it has ended; what was waiting and what ran are interrupted, on the disk too."""
    desk = seats("decided")
    jobs = desk.part(Jobs)
    gate.shut(monkeypatch, PLACES[JobKind.RENDER][1])
    running = jobs.submit(job_of(desk, JobKind.RENDER), own_key())
    waiting = jobs.submit(job_of(desk, JobKind.SCAN), own_key())
    worker = gate.reached()
    assert jobs.find(waiting.id).state is State.WAITING
    desk.close()
    ended(worker)
    assert left_over(desk.home) == []
    found = seats("decided").part(Jobs)
    assert [found.find(job.id).state for job in (running, waiting)] == [State.INTERRUPTED] * 2
    with pytest.raises(Turned, match="closed"):
        jobs.submit(job_of(desk, JobKind.SCAN), own_key())


def test_the_page_itself_loads_no_networks() -> None:
    """Its server knows the name of what loads them; only workers do that."""
    heavy = {"openvino", "torch", "models", "ultralytics"}
    known = f"import sys, redact.review.app; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", known], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_same_twice_is_done_once(seats: Seats, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second click, or a second tab, gets the job that runs; another copy of the same clip has to wait its turn."""
    desk = seats("decided")
    jobs = desk.part(Jobs)
    gate.shut(monkeypatch, PLACES[JobKind.RENDER][1])
    job = jobs.submit(job_of(desk, JobKind.RENDER), own_key())
    gate.reached()
    assert jobs.submit(job_of(desk, JobKind.RENDER), own_key()).id == job.id
    with pytest.raises(Turned, match="in another way"):
        jobs.submit(job_of(desk, JobKind.RENDER, settings={"style": "blur"}), own_key())
    with pytest.raises(Turned, match="being done"):
        jobs.again(job.id, own_key())
    gate.open()
    assert until(jobs, job.id, *OVER).state is State.DONE
    assert kinds(desk).count("copy-made") == 1


def test_a_job_that_waits_is_stopped_at_once(seats: Seats, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was begun, so nothing is tidied up; who runs on is not disturbed."""
    desk = seats("decided")
    jobs = desk.part(Jobs)
    gate.shut(monkeypatch, PLACES[JobKind.RENDER][1])
    running = jobs.submit(job_of(desk, JobKind.RENDER), own_key())
    gate.reached()
    waiting = jobs.submit(job_of(desk, JobKind.SCAN), own_key())
    assert jobs.stop(waiting.id).state is State.STOPPED
    gate.open()
    assert until(jobs, running.id, *OVER).state is State.DONE
    assert jobs.find(waiting.id).state is State.STOPPED


def test_a_failure_is_a_sentence_and_nobody_waits_behind_it(seats: Seats) -> None:
    """A job that cannot be done says why, in words of the page, and the next one begins."""
    desk = seats("attached")
    jobs = desk.part(Jobs)
    job = jobs.submit(job_of(desk, JobKind.RENDER), own_key())
    failed = until(jobs, job.id, *OVER)
    assert failed.state is State.FAILED
    assert failed.error
    assert "was not scanned" in failed.error["message"]
    assert "redact " not in failed.error["remedy"]
    scan = jobs.submit(job_of(desk, JobKind.SCAN), own_key())
    assert until(jobs, scan.id, *OVER).state is State.DONE


def test_the_key_is_nowhere_but_in_memory(seats: Seats, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on the worker's command line, not in its environment, in no file; nor is any passphrase."""
    desk, own = seats("attached"), own_key()
    signer = own.signer()
    assert isinstance(signer, Unlocked)
    private = b64encode(signer.private.private_bytes_raw())
    gate.shut(monkeypatch, PLACES[JobKind.SCAN][1])
    jobs = desk.part(Jobs)
    job = jobs.submit(job_of(desk, JobKind.SCAN), own)
    place = Path(f"/proc/{gate.reached()}")
    told = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
    assert private not in told
    assert b"PASSPHRASE" not in told
    assert "Max core file size        0" in (place / "limits").read_text()
    assert not [path for path in desk.home.rglob("*") if path.is_file() and private in path.read_bytes()]
    gate.open()
    until(jobs, job.id, State.DONE)


def test_jobs_sign_as_whoever_asked(seats: Seats) -> None:
    """Somebody else than the person who runs the server: by their account and their key, or not at all."""
    desk = seats("attached")
    jobs, job = desk.part(Jobs), job_of(desk, JobKind.SCAN)
    jobs.submit(replace(job, by="operator"), key_of("operator"))
    assert until(jobs, job.id, *OVER).state is State.DONE
    with Office.open(desk.home) as office:
        (line,) = [one for one in office.ledger.entries() if one.event.kind is EventKind.SCANNED]
        assert (line.event.by, line.keyid) == ("operator", key_of("operator").claim().key.keyid)
    other = jobs.submit(replace(job, by="reviewer", id="f" * 16, given={"again": 1}), key_of("reviewer"))
    refused = until(jobs, other.id, *OVER)
    assert (refused.state, (refused.error or {})["code"]) == (State.FAILED, "role-lacking")


def test_what_was_sent_becomes_a_master(seats: Seats, another: Path) -> None:
    """It is taken in under its own name, then scanned where that was asked for; what was sent is gone."""
    desk = seats("attached")
    with Office.open(desk.home) as office:
        opened(office, "SAR-2")
    jobs = desk.part(Jobs)
    job = job_of(desk, JobKind.ATTACH, another)
    jobs.submit(replace(job, given={**job.given, "then": "scan"}), own_key())
    assert until(jobs, job.id, *OVER).state is State.DONE
    with Office.open(desk.home) as office:
        (attached,) = asked(office, "SAR-2").clips
    (scan,) = [one for one in jobs.of("SAR-2") if one.kind is JobKind.SCAN]
    assert scan.clip == attached.sha256
    assert until(jobs, scan.id, *OVER).state is State.DONE
    assert list((desk.folder / "uploads").iterdir()) == []


def test_footage_that_nobody_goes_on_with_is_deleted_after_a_week(seats: Seats, another: Path) -> None:
    """It is on no record, and so under nobody's retention; a day later it still waits."""
    desk = seats("attached")
    for days, state in ((1, State.INTERRUPTED), (8, State.FAILED)):
        at = (datetime.now(UTC) - timedelta(days)).isoformat()
        job = replace(job_of(desk, JobKind.ATTACH, another).ending(State.INTERRUPTED, error=ALONE), ended=at)
        folder = desk.folder / "jobs"
        folder.mkdir(exist_ok=True)
        (folder / f"{job.id}.json").write_text(json.dumps(job.plain()))
        assert seats("attached").part(Jobs).find(job.id).state is state
        assert Path(job.given["path"]).exists() is (state is State.INTERRUPTED)
        shutil.rmtree(desk.folder / "uploads")
        shutil.rmtree(folder)


def test_what_is_damaged_on_the_disk_is_passed_over(seats: Seats) -> None:
    """Half a file, another form, and what no job has."""
    folder = seats("attached").folder / "jobs"
    folder.mkdir()
    whole = Job(JobKind.SCAN, REF, "operator").ending(State.DONE, result={})
    for number, text in enumerate(
        ("", "{", "[]", '{"version": "redact-job/9"}', json.dumps(whole.plain() | {"state": "odd"}))
    ):
        (folder / f"{number:016x}.json").write_text(text)
    (folder / f"{whole.id}.json").write_text(json.dumps(whole.plain()))
    jobs = seats("attached").part(Jobs)
    assert [job.id for job in jobs.all()] == [whole.id]
    with pytest.raises(Turned, match="no such job"):
        jobs.find("0" * 16)
