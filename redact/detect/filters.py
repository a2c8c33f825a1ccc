"""What several looks at one frame, and several networks, make of each other.

Looks at two scales find much twice; the surer box stands for both.

A face has a body. One that scores little and sits in nobody is mostly the pattern of a coat, a flower or a wheel.

Scene-sized boxes are recognised for what they are by geometry, score, and what the face network says.

The person network fires now and then on a whole street. Such a box scores little and holds no face of its own size.
Hiding it would hide the scene and protect no one; leaving out someone close to the lens would show them. So a box goes
only if it spans nearly half the picture, scores too little for its size, and holds no face as large as one would be on
such a body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.records.boxes import area, iou, overlap_share
from redact.records.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from redact.records.tracks import Detections

__all__ = ["HELD", "SAME", "only_in_somebody", "surest", "without_lone_faces", "without_scenes", "without_twins"]

SAME = 0.5
"""Intersection over union from which two looks at one frame found the same thing."""

HELD = 0.8
"""Share of the less sure box that lies in the surer one for that to stand for both: what sticks out would be bare."""

LARGE, SURE = (0.2, 0.6), (0.1, 0.45)
"""Areas, in squares of the picture's height, between which what a box must score rises from the first to the second.

On real streets scene-sized boxes score 0.10 to 0.26, people of that size before a lens mostly 0.5 and more: measured
once, by no command that is kept.
"""

SPAN = 0.45
"""Share of the picture's width that a scene spans; someone close to the lens, seen from behind, is mostly narrower."""

FACE_SURE = 0.4
"""Score of a face that vouches for a body."""

FACE_SIZE = 0.14
"""Least height of that face, as a share of the body's: of a standing person a seventh, of one cut off more."""

INSIDE = 0.8
"""Share of the face that lies in the body."""

LONE, LONE_LARGE, LARGE_FACE = 0.12, 0.3, 0.1
"""What a face in nobody must score; and one that is large, from which share of the picture's height on.

At 0.15, of 1,316 marked faces 16 px and higher, two of less than 32 px were found by nothing but boxes that go, and
none larger: measured once (docs/adr/0014-networks-for-people.md).
"""


def without_twins(detections: Detections) -> Detections:
    """Of DETECTIONS of one kind on one frame that are the same thing keep the surest, if it holds most of the other."""

    def alike(rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        boxes = detections.xyxy[rows]
        return (iou(boxes, boxes) > SAME) & (overlap_share(boxes, boxes).T >= HELD)

    return surest(detections, alike)


def surest(detections: Detections, alike: Callable[[NDArray[np.intp]], NDArray[np.bool_]]) -> Detections:
    """Of DETECTIONS that are ALIKE, of one kind on one frame, keep the surest: greedy non-maximum suppression.

    ALIKE tells of some rows (n,) for which others of them each can stand, (n, n).
    """
    stays = np.ones(len(detections), np.bool_)
    for rows in _of_one_kind(detections):
        same, order = alike(rows), np.argsort(-detections.score[rows], kind="stable")
        for number, place in enumerate(order):
            if stays[rows[place]]:
                less_sure = order[number + 1 :]
                stays[rows[less_sure[same[place, less_sure]]]] = False
    return detections[stays]


def _of_one_kind(detections: Detections) -> Iterator[NDArray[np.intp]]:
    """Give the rows of DETECTIONS of each kind on each frame, where there are several."""
    order = np.lexsort((detections.kind, detections.frame))
    change = (np.diff(detections.frame[order]) != 0) | (np.diff(detections.kind[order].astype(np.int64)) != 0)
    yield from (rows for rows in np.split(order, np.flatnonzero(change) + 1) if len(rows) > 1)


def without_scenes(detections: Detections, picture: tuple[int, int], *, sideways: bool = False) -> Detections:
    """Leave out of DETECTIONS bodies that span PICTURE, score too little for it, and hold no face of their size.

    PICTURE is (w, h), upright px. SIDEWAYS: boxes are px of a coded picture that is turned by a quarter.
    """
    width, height = picture
    needed = np.interp(area(detections.xyxy) / height**2, LARGE, SURE)
    sides = detections.xyxy[:, 2:] - detections.xyxy[:, :2]
    spans = (sides[:, 1 if sideways else 0] >= SPAN * width) & (area(detections.xyxy) > LARGE[0] * height**2)
    scenes = (detections.kind == Kind.PERSON) & (detections.score < needed) & spans
    for row in np.flatnonzero(scenes).tolist():
        scenes[row] = not _has_face(detections, row)
    return detections[~scenes]


def without_lone_faces(detections: Detections, height: int) -> Detections:
    """Leave out of DETECTIONS faces that score little and sit in nobody who was found on their frame.

    HEIGHT is that of the upright picture. Only for frames that were searched for people.
    """
    sides = (detections.xyxy[:, 2:] - detections.xyxy[:, :2]).max(axis=1, initial=0)
    weak = detections.score < np.where(sides >= LARGE_FACE * height, LONE_LARGE, LONE)
    return detections[~_lone(detections, (detections.kind == Kind.FACE) & weak, detections)]


def only_in_somebody(detections: Detections, others: Detections) -> Detections:
    """Leave out of DETECTIONS every face, however sure, that sits in nobody of OTHERS on its frame."""
    return detections[~_lone(detections, detections.kind == Kind.FACE, others)]


def _lone(detections: Detections, faces: NDArray[np.bool_], others: Detections) -> NDArray[np.bool_]:
    """Tell which of DETECTIONS that are among FACES (n,) sit in nobody of OTHERS on their frame."""
    lone = faces.copy()
    for row in np.flatnonzero(faces).tolist():
        bodies = (others.frame == detections.frame[row]) & (others.kind == Kind.PERSON)
        lone[row] = overlap_share(detections.xyxy[[row]], others.xyxy[bodies]).max(initial=0) < INSIDE
    return lone


def _has_face(detections: Detections, body: int) -> bool:
    """Tell whether one of DETECTIONS, a face of fitting size, sits in the box in row BODY."""
    box = detections.xyxy[body]
    faces = (
        (detections.frame == detections.frame[body]) & (detections.kind == Kind.FACE) & (detections.score >= FACE_SURE)
    )
    xyxy: NDArray[np.float32] = detections.xyxy[faces]
    large = np.maximum(*(xyxy[:, 2:] - xyxy[:, :2]).T) >= FACE_SIZE * (box[3] - box[1])
    return bool((large & (overlap_share(xyxy, box[None])[:, 0] >= INSIDE)).any())
