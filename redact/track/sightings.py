"""Those found of one kind, as association sees them: when, where, how large, and what they look like."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from redact.records.boxes import area, centre, iou, overlap_share
from redact.records.kinds import Kind, Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.records.tracks import Tracks

__all__ = ["GAP_S", "SIGHTED", "SOMEBODY", "STILL", "Sightings", "best_scores", "by_frame", "grouped", "sightings_of"]

SIGHTED = (Origin.SEEN, Origin.DRAWN)
"""Origins of rows on which somebody, or a network, saw what is there."""

SOMEBODY = 0.4
"""Best score from which somebody is a person, and no thing."""

STILL = 0.3
"""Heights by which what never moves is found in different places."""

GAP_S = 0.65
"""Longest time for which someone is missed within a tracklet."""

FACE_SIZE, PLATE_SIZE = 3.9, 6.2
"""Height of a body that moves as a face, or a plate, of one square root of its area does."""

SHADOW, SHADOW_HELD, LESS_SURE = 0.45, 0.8, 0.75
"""A box is the shadow of a surer one: IoU, or share of it inside, from which; and most of its score, as a share."""

FEW_ALONE = 3
"""Sightings that show alone below which what the others look like counts too."""

BESIDE = 0.15
"""Share of a box that lies in another from which its colours may be the other's."""


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """Rows of Tracks on which something of one kind was seen, in order of time."""

    row: NDArray[np.intp]
    """(n,) rows of the Tracks they are taken from."""
    frame: NDArray[np.int32]
    """(n,)"""
    time: NDArray[np.float64]
    """(n,) seconds."""
    shot: NDArray[np.intp]
    """(n,) number of the shot, from cut to cut."""
    xyxy: NDArray[np.float64]
    """(n, 4) px of the coded picture."""
    centre: NDArray[np.float64]
    """(n, 2) px."""
    size: NDArray[np.float64]
    """(n,) px: the height of a body; for other kinds, of a body that would move as they do."""
    score: NDArray[np.float32]
    """(n,)"""
    colours: NDArray[np.float64]
    """(n, c) what each looks like, 0 to 1; zeros where nothing is known."""
    alone: NDArray[np.bool_]
    """(n,) whether hardly anything of it lies in the box of another."""

    def __len__(self) -> int:
        """Count sightings."""
        return len(self.row)

    def shown(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Give those of ROWS that show alone, or all where fewer than FEW_ALONE do."""
        alone = rows[self.alone[rows]]
        return alone if len(alone) >= FEW_ALONE else rows


def sightings_of(scan: Scan, tracks: Tracks, rows: NDArray[np.intp], kind: Kind) -> Sightings:
    """Take ROWS of TRACKS, all of one KIND, from what SCAN found; the shadows of surer ones among them are left out."""
    rows = rows[np.lexsort((rows, tracks.frame[rows]))]
    rows = rows[~_shadows(tracks, rows)]
    frame, boxes = tracks.frame[rows], tracks.xyxy[rows]
    return Sightings(
        row=rows,
        frame=frame,
        time=scan.clip.times_s(frame),
        shot=np.searchsorted(scan.cuts, frame, "right"),
        xyxy=boxes.astype(np.float64),
        centre=centre(boxes.astype(np.float64)),
        size=_sizes(boxes, kind),
        score=tracks.score[rows],
        colours=_colours(scan, tracks, rows),
        alone=_alone(frame, boxes),
    )


def by_frame(frame: NDArray[np.int32]) -> Iterator[NDArray[np.intp]]:
    """Give the positions of each frame's own in FRAME (n,), which is in order."""
    _, first = np.unique(frame, return_index=True)
    yield from np.split(np.arange(len(frame)), first[1:]) if len(frame) else ()


def grouped(number: NDArray[np.integer[Any]], count: int) -> list[NDArray[np.intp]]:
    """Give for each of COUNT numbers, from 0 on, its positions in NUMBER (n,), in order."""
    order = np.argsort(number, kind="stable")
    bounds = np.searchsorted(number[order], np.arange(count + 1))
    return [order[low:high] for low, high in itertools.pairwise(bounds.tolist())]


def _sizes(boxes: NDArray[np.float32], kind: Kind) -> NDArray[np.float64]:
    if kind is Kind.PERSON:
        return np.asarray(np.maximum(boxes[:, 3] - boxes[:, 1], 1), np.float64)
    unit = FACE_SIZE if kind is Kind.FACE else PLATE_SIZE
    return np.asarray(unit * np.sqrt(np.maximum(area(boxes), 1)), np.float64)


def _shadows(tracks: Tracks, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which of ROWS, by frame, lie in or on a surer one: looks at two scales give one body two boxes."""
    shadow = np.zeros(len(rows), np.bool_)
    for here in by_frame(tracks.frame[rows]):
        if len(here) > 1:
            boxes, score = tracks.xyxy[rows[here]], tracks.score[rows[here]]
            same = (iou(boxes, boxes) > SHADOW) | (overlap_share(boxes, boxes) > SHADOW_HELD)
            same &= score[:, None] < LESS_SURE * score[None]
            for place in np.argsort(-score, kind="stable").tolist():
                shadow[here[place]] = bool((same[place] & ~shadow[here]).any())
    return shadow


def _alone(frame: NDArray[np.int32], boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    alone = np.ones(len(frame), np.bool_)
    for here in by_frame(frame):
        shared = overlap_share(boxes[here], boxes[here])
        np.fill_diagonal(shared, 0)
        alone[here] = shared.max(axis=1, initial=0) < BESIDE
    return alone


def _colours(scan: Scan, tracks: Tracks, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """(n, c) what SCAN noted of those in ROWS, by frame: each is a finding of its, with the same box."""
    colours = scan.found.colours
    if colours is None:
        return np.zeros((len(rows), 1))
    numbers = {key: number for number, key in enumerate(scan.found.fingerprints())}
    at = [numbers.get(key, -1) for key in tracks.detections(rows).fingerprints()]
    known = np.array(at, np.intp)
    return np.asarray(np.where(known[:, None] >= 0, colours[known] / 255.0, 0.0))


def best_scores(tracks: Tracks) -> NDArray[np.float32]:
    """(t,) the best score of each track."""
    scores = np.append(tracks.score, np.float32(0))
    return np.asarray(np.maximum.reduceat(scores, tracks.start[:-1]) if len(tracks) else scores[:0], np.float32)
