"""Batches among processes that are killed, and what several of them gain: python -m benchmarks.fleet.

`kills`: many small clips, a scheduler and workers that join it, as `redact batch --cluster` has them. Workers are
killed (`kill -9`) at random moments, and start anew; the scheduler is killed now and then; one clip ends whatever
process works on it. What must hold at the end: every other clip has one release, which a recipient's check finds whole;
it was let appear once; the one clip is named, after three tries; nothing half-made is left. Then the batch is given
again, and makes nothing.

`gain`: the same clips with one process and with two, in turn.

Pictures go through the whole pipeline, and a cheap finder of red squares stands for the networks.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from redact.files import sha256_file
from redact.jobs.batch import batch, processes
from redact.jobs.leases import FOLDER
from redact.jobs.work import Work
from redact.package.verify_release import verify_release
from redact.records.kinds import Kind
from redact.records.tracks import Detections
from redact.request.choices import Hide
from redact.request.model import Request
from redact.video.program import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from redact.jobs.release import Release
    from redact.progress import Progress
    from redact.records.tracks import Detector, FrameBatch

__all__ = ["RedSquares", "load", "make_clips"]

ROOT = Path(__file__).resolve().parents[1]
POISON = "poison.mp4"
LOG = "appeared.log"
LEAST = 200
"""Of red, for a square that is found."""


class RedSquares:
    """Finds what is red."""

    name = "red-squares"
    digest = "e" * 64
    kinds: tuple[Kind, ...] = (Kind.PERSON,)
    sides = (320, 320)

    def __call__(self, batch: FrameBatch) -> Detections:
        """Give a box around all that is red in each picture."""
        rows = []
        for index, picture in zip(batch.index.tolist(), batch.rgb.astype(np.int16), strict=True):
            red = (picture[..., 0] > LEAST) & (picture[..., 1] + picture[..., 2] < LEAST)
            if red.any():
                down, across = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
                rows.append((index, across[0], down[0], across[-1] + 1, down[-1] + 1))
        table = np.array(rows, np.float32).reshape(-1, 5)
        score, kind = np.full(len(table), 0.9, np.float32), np.full(len(table), Kind.PERSON, np.uint8)
        return Detections(table[:, 0].astype(np.int32), table[:, 1:].copy(), score, kind)


def load(kinds: Iterable[Kind], *, keeping: bool = False) -> tuple[Detector, ...]:
    """Stand for the networks."""
    del kinds, keeping
    return (RedSquares(),)


def digests(kinds: Iterable[Kind], *, keeping: bool = False) -> dict[str, str]:
    """Say which they are."""
    del kinds, keeping
    return {RedSquares.name: RedSquares.digest}


@dataclass(frozen=True, slots=True)
class Noted(Work):
    """Work that notes whenever files of it are about to appear, and that dies of one clip."""

    def __call__(self, master: Path, folder: Path, progress: Progress, claim: Callable[[], object] = bool) -> Release:
        """Make the release of MASTER in FOLDER."""
        if master.name == POISON:
            os.kill(os.getpid(), signal.SIGKILL)

        def noted() -> None:
            claim()
            with (folder.parent / LOG).open("a") as log:
                log.write(f"{master.name}\n")

        return Work.__call__(self, master, folder, progress, noted)


WORK = Noted(load, Request(hide=(Hide.PEOPLE,), reference="SAR-2026-0142", recipient="The requester"))


def make_clips(folder: Path, count: int, seconds: float = 1.0, size: str = "160x120") -> None:
    """Write COUNT clips of a red square that moves over a test picture, each another, to FOLDER."""
    folder.mkdir()
    for number in range(count):
        move = f"overlay=x='mod({number * 7}+t*40,120)':y={20 + number % 60}"
        drawn = f"testsrc2=s={size}:r=12:d={seconds},hue=s=0[p];color=c=red:s=24x48:r=12:d={seconds}[r];[p][r]{move}"
        command = [program(), "-v", "error", "-y", "-filter_complex", drawn, "-c:v", "libx264", "-preset", "ultrafast"]
        subprocess.run([*command, "-g", "12", str(folder / f"clip{number:04}.mp4")], check=True)


CLIENT = """
import json, sys
from functools import partial
from pathlib import Path
from benchmarks.fleet import WORK
from redact.jobs.batch import batch
from redact.jobs.cluster import cluster
from redact.jobs.leases import Terms
from redact.jobs.security import meeting

if __name__ == "__main__":
    folder, out, address = sys.argv[1:]
    crew = partial(cluster, place=meeting(address), note=lambda line: print(line, file=sys.stderr, flush=True))
    made = batch(Path(folder), Path(out), WORK, recipe=WORK.recipe(), crew=crew, terms=Terms(2.0, 20.0))
    print(json.dumps(dict((one.master.name, [one.state, one.said]) for one in made)))
"""


@dataclass(slots=True)
class Fleet:
    """The processes."""

    work: Path
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *words: str, **settings: Any) -> subprocess.Popen[bytes]:
        """Start the program with WORDS."""
        log = (self.work / "said.log").open("ab")
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        with log:
            given: dict[str, Any] = {"stdout": log, "stderr": log, "cwd": self.work, "env": env} | settings
            process: subprocess.Popen[bytes] = subprocess.Popen([sys.executable, *words], **given)
            return process

    def open(self, workers: int) -> None:
        """Start the scheduler and WORKERS."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.scheduler = self.start("-m", "cli", "scheduler", self.address)
        while b"can meet" not in (self.work / "said.log").read_bytes():
            time.sleep(0.2)
        self.workers = [self.start("-m", "cli", "worker", self.address) for _ in range(workers)]

    def kill_worker(self, chance: random.Random) -> None:
        """Kill one, with no chance to tidy up, and start another."""
        place = chance.randrange(len(self.workers))
        self.workers[place].kill()
        self.workers[place].wait()
        self.workers[place] = self.start("-m", "cli", "worker", self.address)

    def kill_scheduler(self) -> None:
        """Kill it, and start it again a little later."""
        assert self.scheduler
        self.scheduler.kill()
        self.scheduler.wait()
        time.sleep(3)
        self.scheduler = self.start("-m", "cli", "scheduler", self.address)

    def close(self) -> None:
        """Stop everybody."""
        for process in [self.scheduler, *self.workers]:
            if process:
                process.kill()
                process.wait()


def _wrong(work: Path, found: dict[str, list[str]], clips: int) -> list[str]:
    """Say what is not as it must be in WORK, where FOUND is what the batch said of CLIPS and the poison."""
    out = work / "out"
    bad = {name: said for name, (state, said) in found.items() if name != POISON and "released" not in state}
    wrong = [f"{name}: {said}" for name, said in bad.items()]
    if found.get(POISON, ["", ""])[0] != "failed":
        wrong.append(f"the clip that always crashes: {found.get(POISON)}")
    copies = sorted(path.name for path in out.glob("*.redacted.mp4"))
    wrong += [] if len(copies) == clips else [f"{len(copies)} copies of {clips}"]
    wrong += [f"{one.name}: {one.found}" for one in verify_release(out) if not one.passed]
    appeared = Counter((work / LOG).read_text().split())
    wrong += [f"{name} appeared {count} times" for name, count in appeared.items() if count > 1]
    left = [path.name for path in out.iterdir() if path.name.startswith(".") and path.name != FOLDER]
    return wrong + ([f"left behind: {', '.join(left)}"] if left else [])


def _run(fleet: Fleet, kills: int, restarts: int, chance: random.Random, clips: int) -> dict[str, list[str]]:
    """Give the batch, and kill meanwhile, evenly over the clips; what became of each."""
    work = fleet.work
    words = ("-c", CLIENT, str(work / "in"), str(work / "out"), fleet.address)
    asked = fleet.start(*words, stdout=subprocess.PIPE)
    blows = ["worker"] * kills + ["scheduler"] * restarts
    chance.shuffle(blows)
    due = sorted(chance.uniform(0.02, 0.95) * clips for _ in blows)
    for blow, at in zip(blows, due, strict=True):
        while asked.poll() is None and len(list((work / "out").glob("*.redacted.mp4"))) < at:
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 2))
        print(f"  {time.strftime('%H:%M:%S')} after {at:.0f} copies: {blow} killed", flush=True)
        fleet.kill_worker(chance) if blow == "worker" else fleet.kill_scheduler()
    said, _ = asked.communicate()
    assert asked.returncode == 0, (work / "said.log").read_text()[-3000:]
    return dict(json.loads(said))


@click.group()
def main() -> None:
    """Kill processes of batches, or time them."""


@main.command()
@click.option("--clips", default=200, show_default=True)
@click.option("--workers", default=3, show_default=True)
@click.option("--kills", default=20, show_default=True, help="Of workers.")
@click.option("--restarts", default=2, show_default=True, help="Of the scheduler.")
@click.option("--seed", default=1, show_default=True)
def kills(*, clips: int, workers: int, kills: int, restarts: int, seed: int) -> None:
    """Kill workers and schedulers at random moments; exit code 1 for any problem."""
    chance = random.Random(seed)  # noqa: S311  the same moments again
    with tempfile.TemporaryDirectory(prefix="redact-fleet-") as folder:
        fleet = Fleet(Path(folder))
        make_clips(fleet.work / "in", clips)
        (fleet.work / "in" / POISON).write_bytes((fleet.work / "in" / "clip0000.mp4").read_bytes() + b"x")
        fleet.open(workers)
        try:
            begun = time.perf_counter()
            found = _run(fleet, kills, restarts, chance, clips)
            took = time.perf_counter() - begun
            wrong = _wrong(fleet.work, found, clips)
            (fleet.work / "in" / POISON).unlink()
            again = _run(fleet, 0, 0, chance, clips)
        finally:
            fleet.close()
        wrong += [] if {state for state, _ in again.values()} == {"already released"} else ["given again: made anew"]
        wrong += _wrong(fleet.work, again | {POISON: ["failed", ""]}, clips)
    print(f"{clips} clips, {workers} workers, {kills} kills of workers, {restarts} of the scheduler: {took:.0f} s")
    print(*(f"PROBLEM {one}" for one in wrong), f"{len(wrong)} problems", sep="\n")
    raise SystemExit(bool(wrong))


@main.command()
@click.option("--clips", default=24, show_default=True)
@click.option("--seconds", default=4.0, show_default=True, help="Length of each.")
@click.option("--size", default="320x240", show_default=True)
@click.option("--repeats", default=3, show_default=True, help="Of each, in turn.")
def gain(*, clips: int, seconds: float, size: str, repeats: int) -> None:
    """Time the same clips with one process and with two, and see that the copies are the same."""
    took: dict[int, list[float]] = {1: [], 2: []}
    digests: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="redact-fleet-") as folder:
        work = Path(folder)
        make_clips(work / "in", clips, seconds, size)
        for turn in range(repeats):
            for count, times in took.items():
                out = work / f"out-{turn}-{count}"
                begun = time.perf_counter()
                crew = partial(processes, count=count)
                made = list(batch(work / "in", out, WORK, recipe=WORK.recipe(), crew=crew))
                times.append(time.perf_counter() - begun)
                assert not (bad := [one.said for one in made if one.code]), bad
                digests.add(json.dumps([sha256_file(path) for path in sorted(out.glob("*.redacted.mp4"))]))
                with suppress(OSError):
                    print(f"  {count}: {times[-1]:6.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    one, two = (median(took[count]) for count in took)
    print(f"{clips} clips of {seconds:g} s: one {one:.1f} s, two {two:.1f} s, {one / two:.2f} x; ", end="")
    print("the same bytes each time" if len(digests) == 1 else f"{len(digests)} different sets of copies")


if __name__ == "__main__":
    main()
