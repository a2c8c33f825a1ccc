"""Where it is certain that a track is still the same one, and where it may have become someone else.

A track is a chain of sightings. Each link of the chain is certain or doubtful; certain ones in a row are a stretch, and
only a stretch that somebody has named is ever shown. Everything here is geometry: what someone looks like is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from redact.records.boxes import area, centre, intersection, room
from redact.records.kinds import Kind, Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.tracks import Tracks

    Points = NDArray[np.float64]

__all__ = ["RIVAL", "Stretch", "best_scores", "near", "sightings", "stale", "stretches"]

SIGHTED = (Origin.SEEN, Origin.DRAWN)
"""Origins of rows on which somebody, or a network, saw what is there."""

RIVAL = 0.4
"""Best score from which another track is someone who may be taken for this one."""

RECENT_S = 0.3
"""How long before its first sighting and after its last another track may be mixed up with this one."""

TOUCH = 0.25
"""Share of the smaller of two boxes that lies in the other from which they may be mixed up, if they are close."""

SWALLOWED = 0.6
"""The same, however far their middles are apart: one stands before the other."""

CLOSE = 0.6
"""Distance of the middles of two boxes, in mean widths and heights, below which they are close."""

GAP_S = 0.6
"""Longest time for which a thing may be missed and still be taken for the same."""

STIRRED = 0.3
"""Units by which a thing has moved that did not stand still."""

WALK = (0.25, 2.0)
"""How far, in units, somebody gets unseen: at once, and per second."""

UNIT = {Kind.PERSON: 1.0, Kind.FACE: 2.5, Kind.PLATE: 4.0}
"""Square roots of its area that a thing of each kind moves as easily as a person does one: about 1 m."""

JUMP = (0.25, 1.0)
"""How far, in units, a sighting may be from where the last or the next ones expect it: at once, and per second."""

TURN = 0.6
"""Units per second: faster than this nobody turns round between two looks."""

SWAP = 0.3
"""Units by which the way of two tracks must be smoother than if they changed places."""

SHRINK = (0.7, 0.45)
"""Least ratio of heights, and of areas, of one thing at two sightings, unless the edge of the picture cuts it."""

AT_EDGE = 2.0
"""px from the edge of the picture within which a box touches it."""

CROSSED = "someone else came too close to tell them apart"
MISSED = "out of sight for too long to be sure that it is the same person"
JUMPED = "place or size changed too suddenly to be sure that it is the same person"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sightings in a row that are certainly of one thing."""

    track: int
    first: int
    """Frame of the first sighting."""
    last: int
    """Frame of the last sighting."""
    count: int
    """Sightings."""
    before: str
    """Why it is doubtful that what the track was before is the same; empty where the track begins."""
    after: str
    """The same for what the track is afterwards."""


def stretches(
    clip: Clip, tracks: Tracks, track: int, whole: NDArray[np.int32], other: NDArray[np.bool_]
) -> tuple[Stretch, ...]:
    """Cut TRACK where it is in doubt.

    WHOLE are the frames that the networks saw whole, OTHER (r,) the rows of TRACKS that may be someone else.
    """
    at = sightings(tracks, track)
    why = _links(clip, tracks, at, whole, other)
    ends = [0, *(number + 1 for number, reason in enumerate(why) if reason), len(at)]
    frames = tracks.frame[at]
    return tuple(
        Stretch(
            track,
            int(frames[low]),
            int(frames[high - 1]),
            high - low,
            why[low - 1] if low else "",
            why[high - 1] if high < len(at) else "",
        )
        for low, high in pairwise(ends)
    )


def sightings(tracks: Tracks, track: int) -> NDArray[np.intp]:
    """Rows of TRACK on which it was seen, in order."""
    rows = tracks.rows(track)
    sighted: NDArray[np.intp] = rows.start + np.flatnonzero(np.isin(tracks.origin[rows], SIGHTED))
    return sighted


def best_scores(tracks: Tracks) -> NDArray[np.float32]:
    """(t,) the best score of each track."""
    scores = np.append(tracks.score, np.float32(0))
    return np.asarray(np.maximum.reduceat(scores, tracks.start[:-1]) if len(tracks) else scores[:0], np.float32)


def stale(clip: Clip, tracks: Tracks) -> NDArray[np.bool_]:
    """(r,) rows that are carried on for long from the sighting they come from: who was there has likely gone."""
    rows = np.zeros(len(tracks.frame), np.bool_)
    reach = RECENT_S / float(clip.time_base)
    for track in range(len(tracks)):
        own, sighted = tracks.rows(track), sightings(tracks, track)
        if len(sighted):
            first, last = clip.pts[tracks.frame[sighted[[0, -1]]]]
            pts = clip.pts[tracks.frame[own]]
            rows[own] = (pts < first - reach) | (pts > last + reach)
    return rows


def near(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell for each pair of boxes (n, 4), (n, 4) whether the two might be mixed up."""
    shared = intersection(a[:, None], b[:, None])[:, 0, 0]
    share = shared / np.maximum(np.minimum(area(a), area(b)), 1e-6)
    size = (a[:, 2:] - a[:, :2] + b[:, 2:] - b[:, :2]) / 2
    close = (np.abs(_centre(a) - _centre(b)) < CLOSE * size).all(axis=1)
    return np.asarray(((share >= TOUCH) & close) | (share >= SWALLOWED))


def _links(
    clip: Clip, tracks: Tracks, at: NDArray[np.intp], whole: NDArray[np.int32], other: NDArray[np.bool_]
) -> list[str]:
    """Say of each link between the sightings in rows AT why it is doubtful; nothing where it is not."""
    if len(at) < 2:  # noqa: PLR2004  a link has two ends
        return []
    frames, boxes = tracks.frame[at], tracks.xyxy[at]
    track = int(np.searchsorted(tracks.start, at[0], "right")) - 1
    seconds = clip.times_s(frames)
    unit = _unit(boxes, Kind(tracks.kind[track]))
    rivals = _rivals(tracks, track, other & ~stale(clip, tracks))
    crossed = _crossed(tracks, track, frames, rivals) | _swapped(clip, tracks, at, rivals, unit)
    crossed |= _taken(clip, tracks, at, rivals, unit, _looked(whole, frames))
    missed = (np.diff(seconds) > GAP_S) & (_looked(whole, frames) | _moved(_centre(boxes), unit))
    jumped = _jumped(_centre(boxes), seconds, unit) | _resized(boxes, clip)
    reasons = ((crossed, CROSSED), (missed, MISSED), (jumped, JUMPED))
    return [next((why for doubtful, why in reasons if doubtful[link]), "") for link in range(len(at) - 1)]


def _looked(whole: NDArray[np.int32], frames: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(links,) whether any frame between two of FRAMES was looked at whole, so that the track was missed there."""
    return np.asarray(np.searchsorted(whole, frames[1:]) > np.searchsorted(whole, frames[:-1], "right"))


def _moved(middle: Points, unit: Points) -> NDArray[np.bool_]:
    """(links,) whether the track moved, so that something stirred and was looked at, if not the whole picture."""
    return np.asarray(_length(np.diff(middle, axis=0)) > STIRRED * unit[1:])


def _rivals(tracks: Tracks, track: int, other: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Rows of OTHER, on frames that TRACK is on, of tracks of its kind that were seen well enough to be someone."""
    number, own = tracks.track, tracks.frame[tracks.rows(track)]
    here = other & (number != track) & (tracks.kind[number] == tracks.kind[track])
    if not here.any() or not len(own):
        return np.zeros(0, np.intp)
    here &= (best_scores(tracks)[number] >= RIVAL) & (tracks.frame >= own[0]) & (tracks.frame <= own[-1])
    return np.flatnonzero(here)


def _crossed(tracks: Tracks, track: int, frames: NDArray[np.int32], rivals: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(links,) whether one of RIVALS came too close between, or at, the sightings on FRAMES of TRACK."""
    rows = tracks.rows(track)
    mine = rows.start + np.minimum(
        np.searchsorted(tracks.frame[rows], tracks.frame[rivals]), rows.stop - rows.start - 1
    )
    both = tracks.frame[mine] == tracks.frame[rivals]
    close = near(tracks.xyxy[mine], tracks.xyxy[rivals]) & both
    there = np.unique(tracks.frame[rivals][close])
    return np.asarray(np.searchsorted(there, frames[1:], "right") > np.searchsorted(there, frames[:-1]))


def _swapped(
    clip: Clip, tracks: Tracks, at: NDArray[np.intp], rivals: NDArray[np.intp], unit: Points
) -> NDArray[np.bool_]:
    """(links,) whether the sightings in rows AT and one of RIVALS go on as smoothly having changed places."""
    frames, mine = tracks.frame[at], _centre(tracks.xyxy[at])
    seconds = clip.times_s()
    doubtful = np.zeros(len(at) - 1, np.bool_)
    expected = mine[:-1] + _speeds(mine, seconds[frames])[0][:-1] * np.diff(seconds[frames])[:, None]
    for theirs in _by_track(tracks, rivals):
        when, middle = tracks.frame[theirs], _centre(tracks.xyxy[theirs])
        both = np.flatnonzero(np.isin(frames[:-1], when) & np.isin(frames[1:], when))
        start, end = np.searchsorted(when, frames[both]), np.searchsorted(when, frames[both + 1])
        earlier = np.searchsorted(when, frames[np.maximum(both - 1, 0)])
        waited = seconds[when[start]] - seconds[when[np.minimum(earlier, start)]]
        step = (middle[start] - middle[np.minimum(earlier, start)]) / np.maximum(waited, 1e-6)[:, None]
        theirs_next = middle[start] + step * (seconds[when[end]] - seconds[when[start]])[:, None]
        ahead, here, there = expected[both], mine[both + 1], middle[end]
        stay = _length(ahead - here) + _length(theirs_next - there)
        swap = _length(ahead - there) + _length(theirs_next - here)
        doubtful[both] |= swap < stay + SWAP * unit[both + 1]
    return doubtful


def _taken(  # noqa: PLR0917  who is where, and when nobody saw them
    clip: Clip,
    tracks: Tracks,
    at: NDArray[np.intp],
    rivals: NDArray[np.intp],
    unit: Points,
    unseen: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """(links,) whether, where a look between the sightings in rows AT found nothing, one of RIVALS went on instead.

    UNSEEN (links,) are those links. One who was seen shortly before could be who is found next; one who is seen
    shortly afterwards could be who was found last.
    """
    doubtful = np.zeros(len(at) - 1, np.bool_)
    seconds = clip.times_s(tracks.frame)
    sighted = rivals[np.isin(tracks.origin[rivals], SIGHTED)]
    for link in np.flatnonzero(unseen).tolist():
        start, end = at[link : link + 2].tolist()
        before = sighted[(seconds[sighted] >= seconds[start] - RECENT_S) & (seconds[sighted] < seconds[end])]
        after = sighted[(seconds[sighted] > seconds[start]) & (seconds[sighted] <= seconds[end] + RECENT_S)]
        last = [rows[-1] for rows in _by_track(tracks, before)]
        first = [rows[0] for rows in _by_track(tracks, after)]
        for row, others in ((end, last), (start, first)):
            wait = np.abs(seconds[others] - seconds[row])
            away = _length(_centre(tracks.xyxy[others]) - _centre(tracks.xyxy[[row]]))
            reach = unit[link + (row == end)] * (WALK[0] + WALK[1] * wait)
            doubtful[link] |= bool((away <= reach).any())
    return doubtful


def _by_track(tracks: Tracks, rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Give ROWS, which are in order, track by track."""
    _, first = np.unique(tracks.track[rows], return_index=True)
    yield from np.split(rows, first[1:]) if len(rows) else ()


def _jumped(middle: Points, seconds: Points, unit: Points) -> NDArray[np.bool_]:
    """(links,) whether what comes next is not where it was expected, or goes back the way it came at once."""
    before, after = _speeds(middle, seconds)
    wait = np.diff(seconds)[:, None]
    step = np.diff(middle, axis=0)
    ahead = _length(step - before[:-1] * wait)
    back = _length(step - after[1:] * wait)
    count = np.arange(len(middle) - 1)
    alone = len(middle) == 2  # noqa: PLR2004  nothing is expected of two
    off = np.maximum(np.where((count > 0) | alone, ahead, 0), np.where((count < len(count) - 1) | alone, back, 0))
    size = np.minimum(unit[:-1], unit[1:])
    fast = (_length(before[:-1]) > TURN * size) & (_length(after[1:]) > TURN * size)
    turned = fast & ((before[:-1] * after[1:]).sum(axis=1) < 0)
    return np.asarray((off > size * (JUMP[0] + JUMP[1] * wait[:, 0])) | turned)


def _resized(boxes: NDArray[np.float32], clip: Clip) -> NDArray[np.bool_]:
    """(links,) whether the size changes at once, and not because the edge of the picture cuts it."""
    height, size = boxes[:, 3] - boxes[:, 1], area(boxes)
    cut = np.asarray((room(boxes, clip.width, clip.height) < AT_EDGE).any(axis=1))
    changed = (_ratio(height) < SHRINK[0]) | (_ratio(size) < SHRINK[1])
    return np.asarray(changed & ~cut[:-1] & ~cut[1:])


def _ratio(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give for each link the smaller of two VALUES as a share of the larger."""
    return np.asarray(
        np.minimum(values[:-1], values[1:]) / np.maximum(np.maximum(values[:-1], values[1:]), 1e-6), np.float32
    )


def _speeds(middle: Points, seconds: Points) -> tuple[Points, Points]:
    """Px a second at each sighting: taken from the two before it, and from the two after it; 0 where there are none."""
    index = np.arange(len(middle))
    low, high = np.maximum(index - 2, 0), np.minimum(index + 2, len(middle) - 1)
    before = (middle - middle[low]) / np.maximum(seconds - seconds[low], 1e-6)[:, None]
    after = (middle[high] - middle) / np.maximum(seconds[high] - seconds, 1e-6)[:, None]
    return before, after


def _unit(boxes: NDArray[np.float32], kind: Kind) -> Points:
    return np.asarray(UNIT[kind] * np.sqrt(np.maximum(area(boxes), 1)), np.float64)


def _length(vectors: Points) -> Points:
    return np.asarray(np.linalg.norm(vectors, axis=-1))


def _centre(boxes: NDArray[np.float32]) -> Points:
    """(n, 4) -> (n, 2)."""
    return centre(boxes.astype(np.float64))
