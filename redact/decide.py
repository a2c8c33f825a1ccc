"""Who stays visible: the seeds of a request, carried to tracks. Whatever no seed names is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.boxes import outward, turn
from redact.errors import UsageProblem
from redact.governance.request import format_time
from redact.records import Decision, Verdict
from redact.times import frame_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from redact.governance.request import Keep
    from redact.records import Clip, Subject, Tracks

__all__ = ["decide", "released"]

NAMED = 5
"""People named to someone who pointed at no one."""

BY = "the request"


def released(decisions: Iterable[Decision]) -> frozenset[int]:
    """Give the tracks that were let through; every other stays hidden. The last word on a track wins."""
    verdict = {track: decision.verdict for decision in decisions for track in decision.tracks}
    return frozenset(track for track, last in verdict.items() if last is Verdict.VISIBLE)


def decide(
    clip: Clip, tracks: Tracks, people: Sequence[Subject], keep: Iterable[Keep], at: str
) -> tuple[Decision, ...]:
    """Decide for every seed of KEEP whom of PEOPLE it names. AT is when this was decided, ISO 8601.

    Raises UsageProblem where a seed is outside the clip, names no one, or could name two.
    """
    return tuple(_decision(clip, tracks, people, seed, at) for seed in keep)


def _decision(clip: Clip, tracks: Tracks, people: Sequence[Subject], seed: Keep, at: str) -> Decision:
    """Decide for one SEED."""
    index = frame_at(clip, seed.at)
    rows = np.flatnonzero(tracks.frame == index)
    boxes = _upright(clip, tracks.xyxy[rows])
    x, y = seed.point
    hit = (boxes[:, 0] <= x) & (x < boxes[:, 2]) & (boxes[:, 1] <= y) & (y < boxes[:, 3])
    owner = {track: subject for subject in people for track in subject.tracks}
    named = {owner[int(tracks.track[row])].id: owner[int(tracks.track[row])] for row in rows[hit]}
    if not named:
        raise UsageProblem(_nobody(seed, boxes), "Point at one of them, or at another time.")
    if len(named) > 1:
        what = f"Two or more people overlap at {x}, {y} at {format_time(seed.at)}."
        raise UsageProblem(what, "Choose a point, or a time, at which only the one who is to stay visible is there.")
    (subject,) = named.values()
    reason = f"named by the point {x}, {y} at {format_time(seed.at)}"
    return Decision(subject.id, subject.tracks, Verdict.VISIBLE, BY, at, reason)


def _nobody(seed: Keep, boxes: NDArray[np.int32]) -> str:
    """Say who is near the point of SEED, given the upright BOXES of that frame."""
    x, y = seed.point
    what = f"Nobody was found at {x}, {y} at {format_time(seed.at)}"
    if not len(boxes):
        return f"{what}, nor anywhere else on that frame."
    low, high = boxes[:, :2], boxes[:, 2:] - 1
    away = np.linalg.norm(np.maximum(np.maximum(low - (x, y), (x, y) - high), 0), axis=1)
    near = boxes[np.argsort(away, kind="stable")[:NAMED]]
    told = "; ".join(f"{int((a + c) / 2)}, {int((b + d) / 2)}" for a, b, c, d in near.tolist())
    return f"{what}. Found there, nearest first, with their middles at: {told}."


def _upright(clip: Clip, xyxy: NDArray[np.float32]) -> NDArray[np.int32]:
    """Boxes as someone sees them who watches the clip."""
    sideways = clip.rotation in (90, 270)
    width, height = (clip.height, clip.width) if sideways else (clip.width, clip.height)
    back = (360 - clip.rotation) % 360
    return outward(turn(xyxy, back, width, height), width, height, (1, 1))
