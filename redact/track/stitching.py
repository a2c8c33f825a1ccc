"""Tracks that go on as others: where one ends and the next begins at once, what it is carried on over is explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.records.boxes import centre
from redact.records.kinds import Origin
from redact.track.ambiguity import best_scores, sightings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.tracks import Tracks

__all__ = ["explained"]

SOON_S = 0.6
"""Longest time from the last sighting of a track to the first of the one that it goes on as."""

NEAR = 1.0
"""Distance of the two, in square roots of the area, below which they are one."""

ALIKE = 0.6
"""Least ratio of their heights."""

FIRM = 0.25
"""Least best score of a track that another goes on as: what may be nobody explains nobody."""


def explained(clip: Clip, tracks: Tracks, own: Collection[int]) -> NDArray[np.bool_]:
    """(r,) rows that a track is carried on over, while the one that it goes on as, or came from, is there itself.

    Whoever it is stands where that one is, and is hidden there. None of those OWN explains anything: they may be shown.
    """
    rows = np.zeros(len(tracks.frame), np.bool_)
    carried = tracks.origin == Origin.EXTENDED
    for earlier, later in _pairs(clip, tracks, own):
        last, first = tracks.frame[sightings(tracks, earlier)[-1]], tracks.frame[sightings(tracks, later)[0]]
        for track, beyond in ((earlier, tracks.frame >= first), (later, tracks.frame <= last)):
            own_rows = tracks.rows(track)
            rows[own_rows] |= (carried & beyond)[own_rows]
    return rows


def _pairs(clip: Clip, tracks: Tracks, own: Collection[int]) -> Iterator[tuple[int, int]]:
    """Give each track with the one that it goes on as, the nearest first, each once at either end."""
    firm = best_scores(tracks) >= FIRM
    ends = {
        track: sighted[[0, -1]]
        for track in range(len(tracks))
        if firm[track] and track not in own and len(sighted := sightings(tracks, track))
    }
    begins = sorted(ends, key=lambda track: int(tracks.frame[ends[track][0]]))
    frames = np.array([tracks.frame[ends[track][0]] for track in begins], np.int32)
    pairs = []
    for earlier, (_, last) in ends.items():
        latest = np.searchsorted(clip.pts, clip.pts[tracks.frame[last]] + SOON_S / float(clip.time_base), "right")
        low, high = np.searchsorted(frames, tracks.frame[last], "right"), np.searchsorted(frames, latest)
        for later in begins[int(low) : int(high)]:
            away = _away(tracks, int(last), int(ends[later][0]))
            if tracks.kind[earlier] == tracks.kind[later] and away < NEAR:
                pairs.append((away, earlier, later))
    left, right = set(ends), set(ends)
    for _, earlier, later in sorted(pairs):
        if earlier in left and later in right:
            left.discard(earlier)
            right.discard(later)
            yield earlier, later


def _away(tracks: Tracks, last: int, first: int) -> float:
    """Distance between two rows in square roots of the area; endless where their sizes differ too much."""
    a, b = tracks.xyxy[last].astype(np.float64), tracks.xyxy[first].astype(np.float64)
    heights = sorted([a[3] - a[1], b[3] - b[1]])
    if heights[0] < ALIKE * heights[1]:
        return float("inf")
    size = np.sqrt(max((a[2] - a[0]) * (a[3] - a[1]), 1.0))
    return float(np.linalg.norm(centre(a) - centre(b)) / size)
