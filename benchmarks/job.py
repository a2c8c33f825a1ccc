"""Time the whole job against a bare transcode of the same clip: python -m benchmarks.job CLIP."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from benchmarks.product import EVERYTHING, redact
from redact.video.second import transcode

if TYPE_CHECKING:
    from benchmarks.product import Spent

__all__ = ["CRF", "PRESET", "floor_s"]

PRESET = "veryfast"
CRF = 23
"""The yardstick: what anyone pays who only encodes the picture anew."""


def floor_s(clip: Path, out: Path) -> tuple[float, float]:
    """Seconds that a bare transcode of CLIP to OUT takes, without sound, and for which cores work for it."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    transcode(clip, out, PRESET, CRF)
    took, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@click.command()
@click.argument("clip", type=click.Path(exists=True, path_type=Path))
@click.option("--hide", default=EVERYTHING, show_default=True, help="What the program is told to hide.")
@click.option("--keep", multiple=True, help="Who stays visible, as redact run is told it, such as 00:02.4@956,737.")
@click.option("--repeats", default=3, show_default=True, help="Runs of each, one after the other in turn.")
def main(clip: Path, hide: str, keep: tuple[str, ...], repeats: int) -> None:
    """Run the program and the bare transcode of CLIP in turn and compare the medians."""
    bare: list[tuple[float, float]] = []
    jobs: list[Spent] = []
    with tempfile.TemporaryDirectory() as work:
        for turn in range(repeats):
            bare.append(floor_s(clip, Path(work) / f"bare{turn}.mp4"))
            jobs.append(redact(clip, Path(work) / f"job{turn}", hide, keep))
            told, worked = f"bare {bare[-1][0]:6.2f} s   job {jobs[-1].seconds:6.2f} s", jobs[-1].processor_s
            click.echo(f"{told}   of cores {bare[-1][1]:6.2f} s   {worked:6.2f} s   exit code {jobs[-1].exit_code}")
    job_s, bare_s = median(job.seconds for job in jobs), median(took for took, _ in bare)
    work_s, bare_work_s = median(job.processor_s for job in jobs), median(worked for _, worked in bare)
    largest, tree = max(job.largest_bytes for job in jobs), max(job.tree_bytes for job in jobs)
    named = "".join(f" --keep {point}" for point in keep)
    click.echo(f"{clip.name}, --hide {hide}{named}: {job_s:.1f} s, {job_s / bare_s:.1f} times the bare {bare_s:.1f} s")
    click.echo(f"of all cores: {work_s:.1f} s, {work_s / bare_work_s:.1f} times the bare {bare_work_s:.1f} s")
    click.echo(f"memory: largest process {largest / 1e9:.2f} GB, all together {tree / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
