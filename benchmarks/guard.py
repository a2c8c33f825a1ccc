"""Fail where the program has become slower, and not where the machine is busy: python -m benchmarks.guard.

Seconds mean nothing on another machine, or on this one while it does something else. So every stage is timed beside a
bare transcode of the same clip, in turn, and what is compared with the stored baseline is the ratio of each pair: what
slows the machine down slows both. A stage fails where the median of its ratios is more than 1.35 times the baseline's
in both of two tries; a try in which something else ran is not repeated by the next.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from benchmarks.clip import FRAMES
from benchmarks.figures import machine
from benchmarks.stages import STAGES, get_ready

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.stages import Ready, Stage

__all__ = ["TOLERANCE", "slower"]

BASELINE = Path(__file__).with_name("baseline.json")

TOLERANCE = 1.35
"""Times the baseline's ratio that are still taken for noise: twice the spread seen between quiet and busy runs."""

REPEATS = 5
TRIES = 2


def slower(measured: Mapping[str, float], baseline: Mapping[str, float]) -> dict[str, float]:
    """Give the stages whose ratio is above tolerance, and how many times the baseline's it is."""
    times = {name: ratio / baseline[name] for name, ratio in measured.items()}
    return {name: factor for name, factor in times.items() if factor > TOLERANCE}


@click.command()
@click.option("--update", is_flag=True, help="Store what is measured as the new baseline.")
@click.option("--repeats", default=REPEATS, show_default=True, help="Runs of each stage.")
def main(update: bool, repeats: int) -> None:
    """Time every stage against a bare transcode and compare with the baseline; exit code 1 where one is slower."""
    with tempfile.TemporaryDirectory() as work:
        ready = get_ready(Path(work))
        if update:
            _store(_ratios(ready, STAGES, repeats))
            return
        baseline = json.loads(BASELINE.read_text())["times_bare_transcode"]
        suspects: Iterable[Stage] = STAGES
        for _ in range(TRIES):
            found = slower(_ratios(ready, suspects, repeats), baseline)
            suspects = [stage for stage in suspects if stage.name in found]
    if suspects:
        told = ", ".join(f"{stage.name} {found[stage.name]:.2f} times" for stage in suspects)
        message = f"Slower than the baseline, more than {TOLERANCE} times in {TRIES} tries: {told}."
        raise SystemExit(message)


def _ratios(ready: Ready, stages: Iterable[Stage], repeats: int) -> dict[str, float]:
    """Time each of STAGES and the bare transcode in turn; print and give the median of their ratios."""
    ratios = {stage.name: median(_pair(ready, stage) for _ in range(repeats)) for stage in stages}
    for name, ratio in ratios.items():
        click.echo(f"{name:8} {ratio:6.2f} times the bare transcode")
    return ratios


def _pair(ready: Ready, stage: Stage) -> float:
    """Time STAGE once and the bare transcode before and after it."""
    before = ready.floor_s()
    start = time.perf_counter()
    answer = stage.run(ready)
    spent = time.perf_counter() - start
    assert stage.check(ready, answer), f"{stage.name} gave a wrong answer"
    return 2 * spent / (before + ready.floor_s())


def _store(ratios: Mapping[str, float]) -> None:
    """Write the baseline, and which machine it is of."""
    rounded = {name: round(ratio, 3) for name, ratio in ratios.items()}
    stored = {"machine": machine(), "frames": FRAMES, "times_bare_transcode": rounded}
    BASELINE.write_text(json.dumps(stored, indent=2) + "\n")


if __name__ == "__main__":
    main()
