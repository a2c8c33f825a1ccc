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
    for one, two in _pairs(clip, tracks, own):
        last, first = tracks.frame[sightings(tracks, one)[-1]], tracks.frame[sightings(tracks, two)[0]]
        for track, beyond in ((one, tracks.frame >= first), (two, tracks.frame <= last)):
            own_rows = tracks.rows(track)
            rows[own_rows] |= (carried & beyond)[own_rows]
    return rows


def _pairs(clip: Clip, tracks: Tracks, own: Collection[int]) -> Iterator[tuple[int, int]]:
    """Give each track with the one that it goes on as, the nearest first, each once at either end."""
    firm = best_scores(tracks) >= FIRM
    ends = {
        track: seen[[0, -1]]
        for track in range(len(tracks))
        if firm[track] and track not in own and len(seen := sightings(tracks, track))
    }
    begins = sorted(ends, key=lambda track: int(tracks.frame[ends[track][0]]))
    frames = np.array([tracks.frame[ends[track][0]] for track in begins], np.int32)
    found = []
    for one, (_, last) in ends.items():
        latest = np.searchsorted(clip.pts, clip.pts[tracks.frame[last]] + SOON_S / float(clip.time_base), "right")
        low, high = np.searchsorted(frames, tracks.frame[last], "right"), np.searchsorted(frames, latest)
        for two in begins[int(low) : int(high)]:
            away = _away(tracks, int(last), int(ends[two][0]))
            if tracks.kind[one] == tracks.kind[two] and away < NEAR:
                found.append((away, one, two))
    left, right = set(ends), set(ends)
    for _, one, two in sorted(found):
        if one in left and two in right:
            left.discard(one)
            right.discard(two)
            yield one, two


def _away(tracks: Tracks, last: int, first: int) -> float:
    """Distance between two rows in square roots of the area; endless where their sizes differ too much."""
    a, b = tracks.xyxy[last].astype(np.float64), tracks.xyxy[first].astype(np.float64)
    heights = sorted([a[3] - a[1], b[3] - b[1]])
    if heights[0] < ALIKE * heights[1]:
        return float("inf")
    size = np.sqrt(max((a[2] - a[0]) * (a[3] - a[1]), 1.0))
    return float(np.linalg.norm(centre(a) - centre(b)) / size)
