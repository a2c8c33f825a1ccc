"""How far a job is in all, and how long it will take if it goes on like this, from what its stages tell."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from redact.review.work.job import JobKind

if TYPE_CHECKING:
    from redact.review.work.job import Job

__all__ = ["LEAST_S", "WEIGHTS", "Pace"]

WEIGHTS: dict[JobKind, dict[str, float]] = {
    JobKind.ATTACH: {"examine": 1.0},
    JobKind.SCAN: {"scan": 1.0, "people": 0.15},
    JobKind.RENDER: {"render": 1.0, "verify": 0.95},
    JobKind.PROXY: {"proxy": 1.0, "sound": 0.1},
}
"""How long each stage takes beside the others of its job; what is not here is short."""

PIECES = {"pieces": 1.0}
"""The same for a long copy, which is painted and checked piece by piece."""

ROUNDS = (0.0, 0.6, 0.85, 1.0)
"""How much is done when the first, the second and the third copy are: most often the first one is the last."""

LEAST_S = 3.0
"""Seconds of a stage after which it can be told how long it will take."""

MOST = 0.99
"""All of it is done when it is done."""


class Pace:
    """Follows one job."""

    def __init__(self) -> None:
        """Begin with its first stage."""
        self._stage, self._weighed, self._begun, self._first = "", "", 0.0, 0

    def at(self, job: Job, stage: str, done: int, total: int | None) -> Job:
        """Give JOB as it is with DONE of TOTAL steps of STAGE behind it."""
        weights = _weights(job.kind, stage)
        number = job.round
        if stage != self._stage:
            if stage in weights:
                number += self._weighed in weights and _place(weights, stage) < _place(weights, self._weighed)
                self._weighed = stage
            self._stage, self._begun, self._first = stage, monotonic(), done
        part = min(done / total, 1.0) if total else 0.0
        share = _share(job.kind, stage, part, number)
        left = self._left(weights, stage, done, total) if total and done < total else None  # its end is not counted
        told = replace(job, stage=stage, done=done, total=total, round=number)
        return replace(told, share=max(job.share, share), left_s=left)

    def _left(self, weights: dict[str, float], stage: str, done: int, total: int) -> float | None:
        """Say how many seconds STAGE, and those after it, will take."""
        passed, steps = monotonic() - self._begun, done - self._first
        if passed < LEAST_S or steps <= 0 or stage not in weights:
            return None
        each = passed / steps
        after = sum(list(weights.values())[_place(weights, stage) + 1 :]) / weights[stage]
        return round(each * (max(total - done, 0) + total * after), 1)


def _weights(kind: JobKind, stage: str) -> dict[str, float]:
    """Give the stages of a job of KIND that is at STAGE."""
    return PIECES if stage in PIECES else WEIGHTS.get(kind, {})


def _place(weights: dict[str, float], stage: str) -> int:
    return list(weights).index(stage)


def _share(kind: JobKind, stage: str, part: float, number: int) -> float:
    """Say how much of a job of KIND is done with PART of STAGE, while copy NUMBER is being made."""
    weights = _weights(kind, stage)
    if stage not in weights:
        return 0.0
    before = sum(list(weights.values())[: _place(weights, stage)])
    within = (before + part * weights[stage]) / sum(weights.values())
    if kind is not JobKind.RENDER:
        return min(within, MOST)
    last = len(ROUNDS) - 1
    low, high = ROUNDS[min(number, last) - 1], ROUNDS[min(number, last)]
    return min(low + within * (high - low), MOST)
