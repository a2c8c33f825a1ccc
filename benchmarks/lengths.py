"""What the whole job costs by the length of a clip: python -m benchmarks.lengths CLIP.

CLIP is repeated, and cut at the end, until it lasts one minute, two, four and so on; nothing is encoded anew for that,
and the times of the pictures are looked at. It should be shorter than the shortest of them: of a longer one each shows
another part, with more in it or less. Of each length the bare transcode and the whole job are run once, one after
the other: seconds by the clock, processor seconds of all cores together, and memory. Then the power of the length is
fitted by which the processor time of the job grows. Exit code 1 where that is more than MOST says. Of one length alone,
--doublings 0, nothing is fitted.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from benchmarks.figures import write
from benchmarks.growth import power
from benchmarks.job import floor_s
from benchmarks.product import EVERYTHING, redact
from redact.video.program import program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Row", "lasting", "monotonic", "times_of"]

MOST = 1.05
"""Power of the length by which the processor time of a job may grow."""

GAP_S = 1.0
"""Longest step from one picture to the next, and furthest that a clip may be from the length that was asked for."""

HEAD = "minutes  pictures   bare s    job s  by clock  all cores  largest GB  all GB  clip s in 1 s  load"


@dataclass(frozen=True, slots=True)
class Row:
    """What one length cost."""

    minutes: float
    """How long the clip is, by the times of its pictures."""
    pictures: int
    bare_s: float
    bare_processor_s: float
    job_s: float
    job_processor_s: float
    largest_bytes: int
    """Most memory that any one process of the job held."""
    tree_bytes: int
    """Most memory that all of them held together."""
    exit_code: int
    load: float
    """Processes that wanted a core in the last minute of the job, its own included."""

    def facts(self) -> dict[str, Any]:
        """Give all of it, rounded, and what follows from it."""
        derived = {
            "times_by_the_clock": self.job_s / self.bare_s,
            "times_of_all_cores": self.job_processor_s / self.bare_processor_s,
            "clip_seconds_per_second": 60 * self.minutes / self.job_s,
        }
        return {name: round(value, 3) for name, value in (asdict(self) | derived).items()}

    def line(self) -> str:
        """Tell it as a line of the table."""
        told = self.facts()
        return (
            f"{self.minutes:7.2f}  {self.pictures:8}  {self.bare_s:7.1f}  {self.job_s:7.1f}  "
            f"{told['times_by_the_clock']:8.2f}  {told['times_of_all_cores']:9.2f}  {self.largest_bytes / 1e9:10.2f}  "
            f"{self.tree_bytes / 1e9:6.2f}  {told['clip_seconds_per_second']:13.2f}  {self.load:4.1f}"
        )


def lasting(clip: Path, out: Path, seconds: float) -> NDArray[np.float64]:
    """Write CLIP, over and over until it lasts SECONDS, to OUT without encoding it anew; the times of its pictures, s.

    Stops the benchmark where these do not go on evenly, or not as long as asked.
    """
    command = [program(), "-v", "error", "-nostdin", "-y", "-stream_loop", "-1", "-i", f"file:{clip}"]
    subprocess.run([*command, "-t", str(seconds), "-c", "copy", f"file:{out}"], check=True)
    times = times_of(out)
    if not monotonic(times) or abs(times[-1] - times[0] - seconds) > GAP_S:
        message = (
            f"{clip.name} cannot be repeated to {seconds:g} s: its pictures then have other times than they should."
        )
        raise SystemExit(message)
    return times


def times_of(clip: Path) -> NDArray[np.float64]:
    """Read when each picture of CLIP is shown, in seconds and in that order, without decoding any."""
    command = [program(), "-v", "error", "-nostdin", "-i", f"file:{clip}", "-map", "0:v:0", "-c", "copy"]
    told = subprocess.run([*command, "-f", "framecrc", "-"], check=True, capture_output=True, text=True).stdout
    base = next(line.split()[-1] for line in told.splitlines() if line.startswith("#tb 0:"))
    ticks = [int(line.split(",")[2]) for line in told.splitlines() if not line.startswith("#")]
    return np.sort(ticks) * float(Fraction(base))


def monotonic(times: NDArray[np.float64]) -> bool:
    """Tell whether no two pictures are shown at once, and none is shown for longer than GAP_S says."""
    steps = np.diff(times)
    return bool(len(steps) and (steps > 0).all() and (steps <= GAP_S).all())


def _measured(clip: Path, seconds: float, hide: str, keep: Sequence[str]) -> Row:
    """Repeat CLIP to SECONDS and run the bare transcode and the program on it; nothing of it is kept."""
    with tempfile.TemporaryDirectory(prefix="redact-lengths-") as folder:
        work = Path(folder)
        times = lasting(clip, work / "long.mp4", seconds)
        bare_s, bare_processor_s = floor_s(work / "long.mp4", work / "bare.mp4")
        job = redact(work / "long.mp4", work / "job", hide, keep)
    return Row(
        minutes=float(times[-1] - times[0]) / 60,
        pictures=len(times),
        bare_s=bare_s,
        bare_processor_s=bare_processor_s,
        job_s=job.seconds,
        job_processor_s=job.processor_s,
        largest_bytes=job.largest_bytes,
        tree_bytes=job.tree_bytes,
        exit_code=job.exit_code,
        load=os.getloadavg()[0],
    )


@click.command()
@click.argument("clip", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--minutes", default=1.0, show_default=True, help="Length of the shortest clip.")
@click.option("--doublings", default=4, show_default=True, type=click.IntRange(min=0), help="How often it is doubled.")
@click.option("--hide", default=EVERYTHING, show_default=True, help="What the program is told to hide.")
@click.option("--keep", multiple=True, help="Who stays visible, as redact run is told it, such as 00:02.4@956,737.")
@click.option("--json", "into", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here as well.")
def main(*, clip: Path, minutes: float, doublings: int, hide: str, keep: tuple[str, ...], into: Path | None) -> None:
    """Run the program on CLIP, repeated to longer and longer clips; exit code 1 where its time grows too fast."""
    rows: list[Row] = []
    click.echo(HEAD)
    for turn in range(doublings + 1):
        rows.append(_measured(clip, 60 * minutes * 2**turn, hide, keep))
        click.echo(rows[-1].line())
    grown = power([row.minutes for row in rows], [row.job_processor_s for row in rows]) if len(rows) > 1 else None
    if grown is not None:
        click.echo(f"The job's processor time grows with the power {grown:.2f} of the length.")
    if into:
        asked = {"clip": clip.name, "hide": hide, "keep": list(keep)}
        found = {"rows": [row.facts() for row in rows]} | ({} if grown is None else {"power": round(grown, 3)})
        write(into, "lengths", asked | found)
    if grown is not None and grown > MOST:
        message = f"That is faster than the power {MOST}."
        raise SystemExit(message)


if __name__ == "__main__":
    main()
