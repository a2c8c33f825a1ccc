"""Every stage on the same 1080p clip, in frames a second and in times a bare transcode.

pytest benchmarks --benchmark-enable
"""

from __future__ import annotations

from statistics import median
from typing import Any

import pytest

from benchmarks.clip import FRAMES
from benchmarks.stages import STAGES, Ready, Stage, get_ready

ROUNDS = 3


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """The clip and all that the stages need."""
    return get_ready(tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="session")
def bare_s(ready: Ready) -> float:
    """Seconds of the bare transcode of the same clip in the same run."""
    return median(ready.floor_s() for _ in range(ROUNDS))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def bench_stage(benchmark: Any, ready: Ready, bare_s: float, stage: Stage) -> None:
    """A stage gives the right answer, this fast."""
    answer = benchmark.pedantic(stage.run, args=(ready,), rounds=ROUNDS, warmup_rounds=1)
    if benchmark.stats:
        seconds = benchmark.stats.stats.median
        benchmark.extra_info |= {"frames_per_s": FRAMES / seconds, "times_bare_transcode": seconds / bare_s}
    assert stage.check(ready, answer)
