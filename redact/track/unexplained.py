"""Movement in which nobody was found: what no track explains, where and when, and what is said of it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.detect.motion import LEAST_SEEN
from redact.records.boxes import grow, place_of
from redact.records.kinds import Origin
from redact.records.tracks import Detections, Tracks
from redact.request.choices import Unexplained
from redact.request.model import format_time
from redact.request.times import shown
from redact.track.interpolate import rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip

__all__ = ["Place", "joined", "places", "remark", "unexplained"]

EXPLAINED = 0.5
"""Share of a region that lies in boxes of tracks from which they explain it."""

GROWN = 1.25
"""Factor by which a track's box is grown for that: what moves is wider than who is found, by its shadow for one."""

POINTS = 12
"""Points along each side of a region at which it is asked whether a box covers it."""

NAMED = 3
"""Times that are named in a sentence, at most."""


class Place(NamedTuple):
    """Something that moved, and that nobody was found in."""

    first: Fraction
    """Seconds, as a player shows them for the master, at which it was first seen."""
    last: Fraction
    """And last seen."""
    box: tuple[int, int, int, int]
    """xyxy px of the upright picture, half way between the two."""


def unexplained(moved: Tracks, tracks: Tracks, clip: Clip, cuts: NDArray[np.int32]) -> Tracks:
    """Give what MOVED in CLIP where no box of TRACKS, of whatever kind, covers half of it on the same frame.

    Gaps are filled and ends carried on as with any track, but never over a frame in CUTS. What is left unexplained on
    fewer samples than make movement is part of something that was found.
    """
    loose = _covered(moved, tracks) < EXPLAINED
    every = np.arange(len(clip), dtype=np.int32)
    parts, kinds = [], []
    for number in range(len(moved)):
        every_row = moved.rows(number).start + np.flatnonzero(loose[moved.rows(number)])
        shots = np.searchsorted(cuts, moved.frame[every_row], "right")
        for rows in np.split(every_row, np.flatnonzero(np.diff(shots)) + 1):
            if len(rows) >= LEAST_SEEN:
                kind = np.full(len(rows), moved.kind[number], np.uint8)
                sightings = Detections(moved.frame[rows], moved.xyxy[rows], moved.score[rows], kind)
                parts.append(rows_of(sightings, clip, every, cuts))
                kinds.append(moved.kind[number])
    if not parts:
        return Tracks.none()
    start = np.cumsum([0, *(len(part.frame) for part in parts)]).astype(np.int64)
    frame, xyxy, score, origin = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Tracks(frame, xyxy, score, origin, start, np.array(kinds, np.uint8))


def joined(tracks: Tracks, more: Tracks) -> Tracks:
    """Put MORE tracks behind TRACKS, whose numbers stay as they are."""
    frame, xyxy, score, origin, kind = (
        np.concatenate([getattr(tracks, name), getattr(more, name)])
        for name in ("frame", "xyxy", "score", "origin", "kind")
    )
    start = np.concatenate([tracks.start, tracks.start[-1] + more.start[1:]])
    return Tracks(frame, xyxy, score, origin, start, kind)


def places(moved: Tracks, clip: Clip, frames: tuple[int, int]) -> tuple[Place, ...]:
    """Say when and where each track of what MOVED was seen on FRAMES, a half-open range; in order of time."""
    spots = []
    for number in range(len(moved)):
        rows = np.arange(len(moved.frame))[moved.rows(number)]
        rows = rows[(moved.frame[rows] >= frames[0]) & (moved.frame[rows] < frames[1])]
        sighted = rows[moved.origin[rows] == Origin.SEEN]
        if len(sighted):
            first, last = (shown(clip, int(moved.frame[row])) for row in sighted[[0, -1]])
            spots.append(Place(first, last, place_of(clip, moved.xyxy[sighted[len(sighted) // 2]])))
    return tuple(sorted(spots))


def remark(where: Sequence[Place], choice: Unexplained) -> tuple[str, ...]:
    """Say in one sentence that something moved WHERE nobody was found, and what the CHOICE was; none if nothing did."""
    if not where or choice is Unexplained.IGNORE:
        return ()
    times = tuple(dict.fromkeys(format_time(Fraction(place.first // 1)) for place in where))
    when = ", ".join(times[:NAMED]) + (f" and {len(times) - NAMED:,} more" if len(times) > NAMED else "")
    sentence = f"Something moved that nobody was found in: {len(where):,} place{'s' * (len(where) != 1)}, from {when}."
    hidden = "It is hidden, as the request says." if choice is Unexplained.HIDE else "It is not hidden: look there."
    return (f"{sentence} {hidden}",)


def _covered(moved: Tracks, tracks: Tracks) -> NDArray[np.float64]:
    """(r,) the share of each row of what MOVED that boxes of TRACKS on its frame cover, together."""
    order = np.argsort(tracks.frame, kind="stable")
    first, end = (np.searchsorted(tracks.frame[order], moved.frame, side) for side in ("left", "right"))
    steps = (np.arange(POINTS, dtype=np.float32) + 0.5) / POINTS
    share = np.zeros(len(moved.frame))
    for row in np.flatnonzero(end > first).tolist():
        boxes = grow(tracks.xyxy[order[first[row] : end[row]]], GROWN)
        low, high = moved.xyxy[row, :2], moved.xyxy[row, 2:]
        inside = [
            (line >= boxes[:, axis, None]) & (line < boxes[:, axis + 2, None])
            for axis, line in enumerate((low + (high - low) * steps[:, None]).T)
        ]
        share[row] = (inside[0][:, :, None] & inside[1][:, None, :]).any(axis=0).mean()
    return share
