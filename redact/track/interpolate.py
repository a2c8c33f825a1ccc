"""Every frame of a track from its sightings: gaps filled, ends carried on both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.boxes import area, centre, grow, room
from redact.records.boxes import clip as clip_boxes
from redact.records.kinds import Origin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.tracks import Detections

__all__ = ["Doubt", "Rows", "rows_of"]

FADE_S = 0.35
"""How long a track that was seen once or doubtfully goes on past its ends."""

FIRM_FADE_S = 0.8
"""How long one goes on that was seen well: it is more likely to have been missed than to have gone."""

FIRM = (3, 0.4)
"""Sightings, and best score, of a track that was seen well."""

LOOKS = (2, 4)
"""Looks by which one seen doubtfully, and one seen well, has ended where frames are looked at closely."""

LEAVE_S = 1.5
"""Longest time for which a thing on its way out of the picture is followed out of it."""

SLACK = 0.04
"""Growth of a filled box that is close to its sightings."""

SLACK_PER_S = 0.3
"""Growth for every second to the nearest sighting: so much less is known."""

MOST_SLACK = 0.35

LEAVES = 0.3
"""Share of its side by which a thing on its way out goes outward in a second; one that stands at the edge does not."""

INSIDE = 0.05
"""Share of a box that must be in the picture for it to count as there."""

AT_EDGE = 2.0
"""px from the edge of the picture within which a box touches it."""

STEPS = 3
"""Sightings at an end of a track that its velocity is taken from."""


class Doubt(NamedTuple):
    """Frames on which it is in doubt who a track was before it begins, and is after it ends; -1 where it is not.

    It is one of those who were seen there, and is hidden as they are.
    """

    begins: int = -1
    ends: int = -1


class Rows(NamedTuple):
    """Rows of one track, by frame; as in Tracks."""

    frame: NDArray[np.int32]
    xyxy: NDArray[np.float32]
    score: NDArray[np.float32]
    origin: NDArray[np.uint8]


def rows_of(
    sightings: Detections,
    clip: Clip,
    looks: NDArray[np.int32],
    cuts: NDArray[np.int32],
    doubt: Doubt | None = None,
) -> Rows:
    """Give every row of the track that has these SIGHTINGS, in order of time, one a frame.

    With DOUBT, where frames were looked at closely, an end goes no further than is known by the looks.
    """
    first, last = _reach(sightings, clip, looks, cuts, doubt)
    frames = np.arange(first, last, dtype=np.int32)
    times = clip.times_s(frames)
    known = clip.times_s(sightings.frame)
    xyxy = np.stack([np.interp(times, known, edge) for edge in sightings.xyxy.T.astype(np.float64)], axis=1)
    for end, order in ((times > known[-1], slice(None, None, -1)), (times < known[0], slice(None))):
        xyxy[end] += _drift(known[order], sightings.xyxy[order], times[end])
    nearest = _nearest(times, known)
    away = np.abs(times - known[nearest])
    origin = np.where((frames > sightings.frame[0]) & (frames < sightings.frame[-1]), Origin.FILLED, Origin.EXTENDED)
    is_seen = np.isin(frames, sightings.frame)
    origin = np.where(is_seen, Origin.SEEN, origin).astype(np.uint8)
    slack = np.where(is_seen, 0, np.minimum(SLACK + SLACK_PER_S * away, MOST_SLACK))
    grown = grow(xyxy.astype(np.float32), (1 + slack).astype(np.float32))
    grown[is_seen] = sightings.xyxy
    return _inside(Rows(frames, grown, sightings.score[nearest], origin), clip)


def _nearest(times: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.intp]:
    """Index of the sighting nearest to each of TIMES."""
    after = np.clip(np.searchsorted(known, times), 0, len(known) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(np.abs(times - known[before]) < np.abs(known[after] - times), before, after)


def _reach(
    sightings: Detections, clip: Clip, looks: NDArray[np.int32], cuts: NDArray[np.int32], doubt: Doubt | None
) -> tuple[int, int]:
    """Half-open range of frames that a track with these SIGHTINGS is carried over."""
    first, last = int(sightings.frame[0]), int(sightings.frame[-1])
    shot = int(np.searchsorted(cuts, last, "right"))
    low = int(cuts[shot - 1]) if shot else 0
    high = int(cuts[shot]) if shot < len(cuts) else len(clip)
    firm = len(sightings) >= FIRM[0] and float(sightings.score.max()) >= FIRM[1]
    fade = FIRM_FADE_S if firm else FADE_S
    seconds = clip.times_s()
    before, after = _leaves(sightings, clip, end=False), _leaves(sightings, clip, end=True)
    start = int(np.searchsorted(seconds, seconds[first] - (LEAVE_S if before else fade)))
    stop = int(np.searchsorted(seconds, seconds[last] + (LEAVE_S if after else fade), "right"))
    if doubt is not None:  # by some looks on it is known that it has gone, or that it is somebody who is seen there
        far = _between(looks, first, last, LOOKS[firm], len(clip))
        start = doubt.begins + 1 if doubt.begins >= 0 else start if before else max(start, far[0])
        stop = doubt.ends if doubt.ends >= 0 else stop if after else min(stop, far[1])
    near = _between(looks, first, last, 1, len(clip))  # on the frames up to the next looks nobody looked
    return max(min(start, near[0]), low), min(max(stop, near[1]), high)


def _between(looks: NDArray[np.int32], first: int, last: int, number: int, end: int) -> tuple[int, int]:
    """Half-open range of frames between the looks that are the NUMBER-th before FIRST and after LAST, of END in all."""
    before = int(np.searchsorted(looks, first)) - number
    after = int(np.searchsorted(looks, last, "right")) + number - 1
    return int(looks[before]) + 1 if before >= 0 else 0, int(looks[after]) if after < len(looks) else end


def _leaves(sightings: Detections, clip: Clip, *, end: bool) -> bool:
    """Tell whether, at the first or last of SIGHTINGS, the thing is on its way out of the picture."""
    order = slice(None, None, -1) if end else slice(None)
    known = clip.times_s(sightings.frame[order])
    box = sightings.xyxy[order][0]
    edges = room(box, clip.width, clip.height) <= AT_EDGE
    velocity = _velocity(known, sightings.xyxy[order]) * (1 if end else -1)
    least = LEAVES * np.array([box[2] - box[0], box[3] - box[1]])
    outward = np.concatenate([velocity < -least, velocity > least])
    return bool((edges & outward).any())


def _velocity(known: NDArray[np.float64], xyxy: NDArray[np.float32]) -> NDArray[np.float64]:
    """Px a second of the centre at the first of the sightings KNOWN, which may run either way in time."""
    near = xyxy[:STEPS].astype(np.float64)
    middle = centre(near)
    if len(middle) == 1:
        return np.zeros(2)
    return np.asarray((middle[0] - middle[-1]) / (known[0] - known[: len(middle)][-1]))


def _drift(known: NDArray[np.float64], xyxy: NDArray[np.float32], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far a box has moved on at TIMES from the first of its sightings KNOWN: (n, 4) px to add."""
    shift = (times - known[0])[:, None] * _velocity(known, xyxy)[None]
    return np.hstack([shift, shift])


def _inside(rows: Rows, clip: Clip) -> Rows:
    """Leave away extended rows that have left the picture, and cut the others to it."""
    cut = clip_boxes(rows.xyxy, clip.width, clip.height)
    there = (area(cut) > INSIDE * area(rows.xyxy)) | (rows.origin != Origin.EXTENDED)
    return Rows(rows.frame[there], cut[there], rows.score[there], rows.origin[there])
