"""Risk features: signs that tend to come before a leak, counted for every second of a clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.boxes import area, centre, intersection, room
from redact.records.kinds import Kind, Origin
from redact.video.clock import offset

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan
    from redact.records.tracks import Tracks

    Values = NDArray[np.float64]
    Rows = NDArray[np.intp]

__all__ = ["Sign", "Timeline", "signs"]

SEVERAL = 3.0
"""Tracks with a sign in one second that make it 1, the worst; where a second of the clip has more, that one is 1."""

CALM, CROWD = 3, 12
"""Tracks of one kind in one second up to which they are no crowd, and from which the crowd is 1, in the same way."""

FIRM = 0.4
"""Best score from which a track is one that was seen well."""

FAR_S = 0.3
"""Time from the nearest sighting beyond which a box is a guess."""

AT_EDGE = 0.02
"""Share of the picture's width or height within which a box is at its edge."""

NEAR_S = 0.5
"""Time from a cut, or from either end of the clip, within which a track begins and ends for that reason."""

TOUCHING = 0.05
"""Share of the smaller of two boxes from which they overlap."""

FAST = {Kind.PERSON: 2.5, Kind.FACE: 8.0, Kind.PLATE: 15.0}
"""Speed beyond which a step is fast, in square roots of the box's area a second; at twice that the sign is 1."""


class Sign(NamedTuple):
    """One sign, for every second."""

    name: str
    value: Values
    """(s,) 0 to 1."""
    many: NDArray[np.int64]
    """(s,) how many, for the sentence."""


def signs(
    line: Timeline, cuts: NDArray[np.int32], missed: Sequence[int], moved: Tracks, poses: int = 1
) -> tuple[Sign, ...]:
    """Count every sign in LINE. CUTS are first frames after a cut, MISSED the frames a second look found more on.

    MOVED is what moved and nobody was found in, POSES the number of poses that the pictures were looked at in.
    """
    of_frames = (*_of_frames(line, cuts, missed), _motion(line, moved), _poses(line, poses))
    return (*of_frames, *_of_tracks(line), _overlap(line), *_of_ends(line, cuts))


class Timeline:
    """What the signs are taken from: the rows of tracks that the copy shows or hides, and the second of each."""

    def __init__(self, clip: Clip, tracks: Tracks, plan: MaskPlan, released: Collection[int]) -> None:
        """Look at TRACKS of CLIP, of which those RELEASED are shown, on the frames of PLAN."""
        self.clip, self.tracks, self.plan = clip, tracks, plan
        self.seconds, self.of_frame = np.unique(_seconds(clip), return_inverse=True)
        """(s,) the seconds in which a frame begins; (F,) which of them each frame is in."""
        self.time = clip.times_s()
        self.track = tracks.track
        self.known = np.isin(tracks.origin, (Origin.SEEN, Origin.DRAWN))
        shown = np.isin(np.arange(len(tracks)), np.array(sorted(released), np.int64))
        here = (tracks.frame >= plan.frames[0]) & (tracks.frame < plan.frames[1])
        self.hidden, self.visible = here & ~shown[self.track], here & shown[self.track]

    def shows(self, frames: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which of FRAMES the copy shows."""
        return np.asarray((frames >= self.plan.frames[0]) & (frames < self.plan.frames[1]))

    def frames(self, name: str, frames: NDArray[np.int64]) -> Sign:
        """Count FRAMES by the second; one is as bad as many."""
        count = self.by_second(self.of_frame[frames[self.shows(frames)]])
        return Sign(name, np.minimum(count, 1.0), count)

    def each(self, name: str, rows: Rows, weight: Values | None = None) -> Sign:
        """Count the tracks that have ROWS, each once a second, by the largest WEIGHT of its rows, 0 to 1, if given.

        The value of a second is a share of SEVERAL, or of the clip's worst second where that has more.
        """
        keys = self.of_frame[self.tracks.frame[rows]] * max(len(self.tracks), 1) + self.track[rows]
        pairs, inverse = np.unique(keys, return_inverse=True)
        heavy = np.zeros(len(pairs))
        np.maximum.at(heavy, inverse, 1.0 if weight is None else np.clip(weight, 0, 1))
        places = pairs // max(len(self.tracks), 1)
        amount = np.bincount(places, heavy, minlength=len(self.seconds))
        return Sign(name, amount / max(SEVERAL, amount.max(initial=0)), self.by_second(places))

    def by_second(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """(s,) how often each second is among PLACES."""
        return np.bincount(places, minlength=len(self.seconds)).astype(np.int64)


def _of_frames(line: Timeline, cuts: NDArray[np.int32], missed: Sequence[int]) -> Iterator[Sign]:
    """Give the signs of whole frames, whoever is on them: missed by the scan, damaged, the first after a cut."""
    yield line.frames("missed", np.array(missed, np.int64))
    yield line.frames("damaged", line.clip.damage.hidden.astype(np.int64))
    yield line.frames("cut", cuts.astype(np.int64))


def _motion(line: Timeline, moved: Tracks) -> Sign:
    """Count what MOVED and nobody was found in; one is as bad as many."""
    rows = line.shows(moved.frame.astype(np.int64))
    pairs = np.stack([line.of_frame[moved.frame[rows]], moved.track[rows]])
    count = line.by_second(np.unique(pairs, axis=1)[0])
    return Sign("motion", np.minimum(count, 1.0), count)


def _poses(line: Timeline, poses: int) -> Sign:
    """Mark every second where the clip was looked at in several POSES: which way up people are is in doubt."""
    frames = np.arange(len(line.clip), dtype=np.int64)
    shown = line.by_second(np.unique(line.of_frame[frames[line.shows(frames)]])) * (poses > 1)
    return Sign("poses", shown.astype(np.float64), shown * poses)


def _of_tracks(line: Timeline) -> Iterator[Sign]:
    """Give the signs of single tracks that are hidden."""
    tracks, rows = line.tracks, np.flatnonzero(line.hidden)
    best = np.zeros(len(tracks))
    np.maximum.at(best, line.track, tracks.score)
    sightings = np.bincount(line.track[line.known], minlength=len(tracks))
    yield line.each("once", rows[sightings[line.track[rows]] == 1])
    weak = rows[best[line.track[rows]] < FIRM]
    yield line.each("weak", weak, 1 - best[line.track[weak]] / FIRM)
    yield line.each("edge", rows[_at_edge(line, rows)])
    yield _gap(line, rows)
    yield _crowd(line, rows)
    yield _fast(line)


def _gap(line: Timeline, rows: Rows) -> Sign:
    """Share of the boxes of a second that are filled in far from any sighting."""
    filled = rows[line.tracks.origin[rows] == Origin.FILLED]
    far = filled[_waited(line, filled) > FAR_S]
    count = line.by_second(line.of_frame[line.tracks.frame[far]])
    every = line.by_second(line.of_frame[line.tracks.frame[rows]])
    return Sign("gap", count / np.maximum(every, 1), count)


def _waited(line: Timeline, rows: Rows) -> Values:
    """(n,) seconds from each of ROWS to the nearest sighting of its own track; infinite where it has none."""
    known = np.flatnonzero(line.known)
    if not len(known):
        return np.full(len(rows), np.inf)
    time, after = line.time[line.tracks.frame], np.searchsorted(known, rows)
    nearest = np.full(len(rows), np.inf)
    for beside in (known[np.maximum(after - 1, 0)], known[np.minimum(after, len(known) - 1)]):
        own = line.track[beside] == line.track[rows]
        nearest = np.where(own, np.minimum(nearest, np.abs(time[beside] - time[rows])), nearest)
    return nearest


def _crowd(line: Timeline, rows: Rows) -> Sign:
    """Count the hidden tracks of the most frequent kind alone: someone's face and body are not two people."""
    kinds = line.tracks.kind[line.track[rows]]
    count = np.max([line.each("crowd", rows[kinds == kind]).many for kind in Kind], axis=0)
    more = np.maximum(count - CALM, 0)
    return Sign("crowd", more / max(CROWD - CALM, more.max(initial=0)), count)


def _fast(line: Timeline) -> Sign:
    """Count hidden tracks that go fast from one sighting to the next."""
    known = np.flatnonzero(line.known & line.hidden)
    before, after = known[:-1], known[1:]
    own = line.track[before] == line.track[after]
    before, after = before[own], after[own]
    boxes = line.tracks.xyxy.astype(np.float64)
    step = np.linalg.norm(centre(boxes[after]) - centre(boxes[before]), axis=1)
    took = line.time[line.tracks.frame[after]] - line.time[line.tracks.frame[before]]
    size = np.sqrt(np.maximum(area(line.tracks.xyxy[after]), 1.0))
    limit = np.array([FAST[Kind(kind)] for kind in line.tracks.kind[line.track[after]].tolist()])
    speed = step / np.maximum(size * took * limit, 1e-9)
    return line.each("fast", after[speed > 1], speed[speed > 1] - 1)


def _overlap(line: Timeline) -> Sign:
    """Count hidden tracks that overlap those of someone shown: who is who may be wrong there."""
    touching = [np.zeros(0, np.intp)]
    hidden, shown = _by_frame(line, line.hidden), _by_frame(line, line.visible)
    for index in hidden.keys() & shown.keys():
        a, b = line.tracks.xyxy[hidden[index]], line.tracks.xyxy[shown[index]]
        least = np.maximum(np.minimum(area(a)[:, None], area(b)[None, :]), 1e-6)
        touching.append(hidden[index][(intersection(a, b) / least > TOUCHING).any(axis=1)])
    return line.each("overlap", np.concatenate(touching))


def _by_frame(line: Timeline, chosen: NDArray[np.bool_]) -> dict[int, Rows]:
    """Give the CHOSEN rows on every frame that has any."""
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort(line.tracks.frame[rows], kind="stable")]
    frames, first = np.unique(line.tracks.frame[rows], return_index=True)
    return dict(zip(frames.tolist(), np.split(rows, first[1:]), strict=True)) if len(rows) else {}


def _of_ends(line: Timeline, cuts: NDArray[np.int32]) -> Iterator[Sign]:
    """Tell where a track begins or ends though nobody can come or go there."""
    known = np.flatnonzero(line.known)
    new = np.diff(line.track[known], prepend=-1) != 0
    first, last = known[new], known[np.append(new[1:], True)] if len(known) else known
    several = first != last
    ends = np.concatenate([first[several], last[several]])
    reasons, at = np.sort(np.concatenate([line.time[[0, -1]], line.time[cuts]])), line.time[line.tracks.frame[ends]]
    after = np.clip(np.searchsorted(reasons, at), 1, len(reasons) - 1)
    away = np.minimum(np.abs(at - reasons[after - 1]), np.abs(reasons[after] - at))
    middle = ends[(away > NEAR_S) & ~_at_edge(line, ends)]
    yield line.each("ends", middle[line.hidden[middle]])
    yield line.each("kept ends", middle[line.visible[middle]])


def _at_edge(line: Timeline, rows: Rows) -> NDArray[np.bool_]:
    """Tell which of ROWS are at the edge of the picture."""
    boxes, width, height = line.tracks.xyxy[rows], line.clip.width, line.clip.height
    near = np.array([width, height, width, height]) * AT_EDGE
    return np.asarray((room(boxes, width, height) <= near).any(axis=1))


def _seconds(clip: Clip) -> NDArray[np.int64]:
    """(F,) the whole second at which a player shows each frame, see `redact.request.times.shown`."""
    base = clip.time_base
    return np.asarray((clip.pts - offset(clip)) * base.numerator // base.denominator, np.int64)
