"""What is hidden besides, once a second look found somebody: who is shown stays who was decided on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from redact.records.boxes import grow, iou, overlap_share
from redact.records.kinds import Kind
from redact.track.associate import tracks_of
from redact.track.belonging import DOUBLE, WITHIN
from redact.track.present import ROUND
from redact.track.unexplained import joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.decide.decide import Decided
    from redact.detect.found import Scan
    from redact.records.tracks import Detections

__all__ = ["hiding_more"]


def hiding_more(made: Decided, first: Scan, again: Scan, missed: Detections) -> Decided:
    """Hide what was found AGAIN and not at FIRST, beside what was MADE of it; but for who is visible, seen once more.

    Whatever the second look MISSED is hidden wherever it is. The points of a request named people of the first pass.
    """
    fresh = again.found[~_among(again.found, first.found)]
    fresh = fresh[_among(fresh, missed) | ~_theirs(fresh, made.visible)]
    return made._replace(tracks=joined(made.tracks, tracks_of(replace(again, found=fresh))))


def _among(some: Detections, others: Detections) -> NDArray[np.bool_]:
    """(n,) which of SOME are among OTHERS: of one kind, on one frame, with the same box."""
    known = {*others.fingerprints()}
    return np.array([key in known for key in some.fingerprints()], np.bool_)


def _theirs(some: Detections, visible: Detections) -> NDArray[np.bool_]:
    """(n,) which of SOME are somebody VISIBLE with other edges, or a part of them."""
    people = visible[visible.kind == Kind.PERSON]
    first, end = people.spans(some.frame)
    theirs = np.zeros(len(some), np.bool_)
    for row in np.flatnonzero(end > first).tolist():
        box, bodies = some.xyxy[[row]], people.xyxy[first[row] : end[row]]
        inside = overlap_share(box, grow(bodies, ROUND)).max() >= WITHIN
        theirs[row] = inside or (some.kind[row] == Kind.PERSON and iou(box, bodies).max() >= DOUBLE)
    return theirs
