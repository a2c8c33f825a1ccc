"""What looks at the same pictures in several poses make of each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from redact.detect.filters import HELD, SAME, only_in_somebody, surest
from redact.records.boxes import iou, overlap_share
from redact.records.kinds import Kind
from redact.records.tracks import Detections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from redact.detect.pose import Pose

__all__ = ["FIRM", "across_poses", "gain", "settled"]

FIRM = 0.5
"""Score from which something is found well."""

TOUCHING, WITHIN = 0.3, 0.6
"""Intersection over union, and share of one in the other, from which two poses show the same person."""

WORSE, ADDED = 1.0, 0.1
"""How much better, in scores, people are found as tagged than in a pose that is doubtful, and the most that it adds, as
a share of that."""


def settled(poses: Sequence[Pose], parts: Sequence[Detections]) -> tuple[tuple[Pose, ...], Detections]:
    """Say which of POSES, as tagged first, are doubtful by PARTS, what was found in each, and unite them.

    The pictures themselves say there that the tag is right. Bodies that were found in a doubtful pose count as before.
    """
    tagged = parts[0][parts[0].kind == Kind.PERSON]
    judged = tuple(replace(pose, doubtful=_worse(part, tagged)) for pose, part in zip(poses, parts, strict=True))
    kept = [only_in_somebody(part, part) if pose.doubtful else part for pose, part in zip(judged, parts, strict=True)]
    return judged, across_poses(kept)


def _worse(detections: Detections, tagged: Detections) -> bool:
    """Tell whether people in DETECTIONS, of another pose, are clearly fewer, or less sure, than those as TAGGED."""
    people = detections[detections.kind == Kind.PERSON]
    better = gain(tagged, people)
    return better >= WORSE and gain(people, tagged) <= ADDED * better


def across_poses(parts: Sequence[Detections]) -> Detections:
    """Unite PARTS, each found in another pose of the same pictures: of what several found the surest box stays.

    A network that sees somebody lying boxes them badly, so what overlaps a surer box by much, or lies in it, goes.
    """
    if len(parts) == 1:
        return parts[0]
    detections = Detections.concat(parts)
    frame = np.concatenate([part.frame for part in parts])
    pose = np.repeat(np.arange(len(parts)), [len(part) for part in parts])[np.argsort(frame, kind="stable")]

    def alike(rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        boxes = detections.xyxy[rows]
        same = (iou(boxes, boxes) > SAME) | (overlap_share(boxes, boxes).T >= HELD)
        return np.asarray(same & (pose[rows][:, None] != pose[rows]), np.bool_)

    return surest(detections, alike)


def gain(more: Detections, known: Detections) -> float:
    """Sum up by how much what is found well in MORE scores higher than the same in what is KNOWN."""
    firm = np.flatnonzero(more.score >= FIRM)
    return sum(float(more.score[row]) - _score(more, row, known) for row in firm.tolist())


def _score(more: Detections, row: int, known: Detections) -> float:
    """Score in KNOWN of what ROW of MORE is, at most its own."""
    box = more.xyxy[[row]]
    there = known[(known.frame == more.frame[row]) & (known.kind == more.kind[row])]
    same = iou(box, there.xyxy)[0] >= TOUCHING
    same |= np.maximum(overlap_share(box, there.xyxy)[0], overlap_share(there.xyxy, box)[:, 0]) >= WITHIN
    return min(float(there.score[same].max(initial=0)), float(more.score[row]))
