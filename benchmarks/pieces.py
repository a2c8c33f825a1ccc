"""Kill a job whose copy is made in pieces, at random moments: python -m benchmarks.pieces CLIP --kills 100.

Each job is a process of its own that lets two others make the pieces, with the real networks; a kill is a `kill -9` of
all of them. Then the same job is begun again, in the same folder, until it ends by itself. What must hold:

- after a kill nothing stands under the name of a result, or a whole release does, as its recipient checks it;
- all pieces that were finished before are there, untouched, until there is a release;
- the copy that comes of it in the end has the bytes of the one that was never killed;
- nothing is left beside it where the job came to its end.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import click

from cli.networks import load
from redact.files import sha256_file
from redact.jobs.kept import ENDING
from redact.jobs.options import Options
from redact.jobs.work import Work
from redact.package.verify_release import verify_release
from redact.progress import silent
from redact.request.model import Request

__all__ = ["Struck", "strike"]

WORKERS = 2

EARLIEST_S, LATEST_S = 1.0, 12.0
"""When after its begin a job is killed, if it is not done by then."""


@dataclass
class Struck:
    """What came of the kills."""

    kills: int = 0
    ended: int = 0
    """Jobs of which there was a release in the end,"""
    remade: int = 0
    """finished pieces that were made again,"""
    finished: int = 0
    """and those that a run found finished."""
    wrong: list[str] = field(default_factory=list)


def strike(clip: Path, out: Path, piece_s: str, moment: float, struck: Struck) -> Path | None:
    """Run the job of CLIP in OUT, and kill it after MOMENT seconds; gives the copy if it was released by then."""
    before = _finished(out)
    command = [sys.executable, "-m", "benchmarks.pieces", str(clip), "--job", str(out), "--piece", piece_s]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL) as job:
        with suppress(subprocess.TimeoutExpired):
            job.wait(moment)
        done = job.poll() is not None
        with suppress(ProcessLookupError):
            os.killpg(job.pid, signal.SIGKILL)
    if done and job.returncode:
        struck.wrong.append(f"it ended with {job.returncode}")
    struck.kills += not done
    if copies := sorted(out.glob("*.redacted.mp4")):  # a kill may come after the release, before the process has ended
        if not all(check.passed for check in verify_release(out)):
            struck.wrong.append(f"killed after {moment:.1f} s it had left a release that is not whole")
        if done and list(out.glob(".*")):
            struck.wrong.append(f"it ended and left {[path.name for path in out.glob('.*')]}")
        return copies[0]
    after = _finished(out)
    struck.finished += len(before)
    struck.remade += sum(after.get(name) != stamp for name, stamp in before.items())
    if seen := [path.name for path in out.glob("[!.]*")]:
        struck.wrong.append(f"killed after {moment:.1f} s it had left {seen}")
    return None


def _finished(out: Path) -> dict[str, int]:
    """Give when each piece in OUT was written whose checks are there, too."""
    found = [path for place in out.glob(f".*{ENDING}") for path in place.glob("*-*.json")]
    return {path.stem: path.with_suffix(".mp4").stat().st_mtime_ns for path in found}


def _job(clip: Path, out: Path, piece_s: str) -> None:
    """Make the copy of CLIP in OUT."""
    how = Options(piece_s=Fraction(piece_s), workers=WORKERS)
    Work(load, Request(reference="PIECES"), how)(clip, out, silent)


@click.command()
@click.argument("clip", type=click.Path(exists=True, path_type=Path))
@click.option("--kills", default=100, show_default=True, help="How often.")
@click.option("--piece", default="5", show_default=True, help="Seconds of a piece.")
@click.option("--seed", type=int, help="Of the moments. [a fresh one]")
@click.option("--job", type=click.Path(path_type=Path), hidden=True, help="Make the copy there, and nothing else.")
def main(clip: Path, kills: int, piece: str, seed: int | None, job: Path | None) -> None:
    """Kill the job of CLIP again and again."""
    if job:
        _job(clip, job, piece)
        return
    seed = seed if seed is not None else random.SystemRandom().randrange(2**32)
    moments, struck, begun = random.Random(seed), Struck(), time.monotonic()  # noqa: S311  no secret
    with tempfile.TemporaryDirectory() as work:
        _job(clip, Path(work) / "whole", piece)
        wanted = sha256_file(next((Path(work) / "whole").glob("*.redacted.mp4")))
        while struck.kills < kills:
            out = Path(work) / f"job{struck.ended}"
            out.mkdir(exist_ok=True)
            copy = strike(clip, out, piece, moments.uniform(EARLIEST_S, LATEST_S), struck)
            if copy is not None:
                struck.ended += 1
                if sha256_file(copy) != wanted:
                    struck.wrong.append(f"job {struck.ended} gave other bytes")
    click.echo(
        f"Seed {seed}: {struck.kills} kills, {struck.ended} jobs were released, {struck.finished} pieces were "
        f"found finished and {struck.remade} of them made again; {len(struck.wrong)} faults, "
        f"{time.monotonic() - begun:.0f} s."
    )
    for one in struck.wrong:
        click.echo(one)
    raise SystemExit(bool(struck.wrong or struck.remade))


if __name__ == "__main__":
    main()
