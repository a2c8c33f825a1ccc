"""Where every person is on every frame: where they were seen, and in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.boxes import centre, grow, intersection, room
from redact.records.boxes import clip as clip_boxes
from redact.track.sightings import GAP_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.tracks import Tracks

__all__ = ["AT_EDGE", "LEAVES", "LOST_S", "STEPS", "Bodies", "Cover", "Lost", "bodies", "covers", "lost"]

NEVER = np.zeros(0, np.int32)
"""No frame."""

FARTHEST = 0.3
"""How far, in heights, somebody out of sight may be from where they are expected, or were: children jump."""

NEAR_S = 1.0
"""Time to a sighting up to which somebody out of sight may still be about where they were."""

SLACK = 0.04
"""Growth of a box that is told from others."""

LOST_S = 5.0
"""How long somebody may stand behind somebody else, who were not seen to leave the picture."""

SURELY_S, SURELY = 0.4, 0.5
"""Time for which, and best score with which, somebody was seen who may be behind somebody else afterwards."""

AT_EDGE, LEAVES, STEPS = 4.0, 0.1, 5
"""px from the edge of the picture, heights a second outward, and sightings that tell, of whoever leaves it there."""

AROUND_S, SEVERAL, PARTLY = 1.0, 5, 0.75
"""Time around a sighting, sightings in it at least, and share of their height below which only a part was seen."""

BEHIND = 1.1
"""Growth of two boxes that touch where one may be behind the other."""


class Lost(NamedTuple):
    """Somebody who was seen no more, or not before, and did not leave the picture or enter it."""

    person: int
    time: float
    """Seconds at which they were seen last, or first."""
    way: int
    """1 where they are lost afterwards, -1 before."""
    xyxy: NDArray[np.float32]
    """(4,) where they were seen."""
    shot: tuple[int, int]
    """Frames, half-open, of the scene that they were seen in."""


@dataclass(frozen=True, slots=True, eq=False)
class Bodies:
    """Boxes of people, one a person and frame, by frame."""

    frame: NDArray[np.int32]
    """(b,) increasing."""
    person: NDArray[np.int32]
    """(b,) number of the person."""
    xyxy: NDArray[np.float32]
    """(b, 4) px of the coded picture."""
    seen: NDArray[np.bool_]
    """(b,) whether a network saw them there; else they are between two sightings."""
    missed: NDArray[np.bool_]
    """(b,) whether those are further apart than looks that miss somebody by chance."""
    lost: tuple[Lost, ...] = ()
    """Ends of people at which they may be behind others."""

    def at(self, frame: int) -> slice:
        """Where the bodies of FRAME stand."""
        bounds = np.array([frame, frame + 1], self.frame.dtype)  # of another type, all frames would be copied
        low, high = np.searchsorted(self.frame, bounds)
        return slice(int(low), int(high))


class Cover(NamedTuple):
    """Frames in a row on which a person is somewhere behind others."""

    person: int
    frame: NDArray[np.int32]
    xyxy: NDArray[np.float32]


def bodies(clip: Clip, tracks: Tracks, own: Sequence[NDArray[np.intp]], cuts: NDArray[np.int32] = NEVER) -> Bodies:
    """Say where people are whose sightings, rows of TRACKS in order of time, are OWN, one array a person.

    After one of CUTS another scene is shown.
    """
    parts = [_path(clip, tracks, number, rows) for number, rows in enumerate(own) if len(rows)]
    if not parts:
        none = np.zeros(0, np.bool_)
        return Bodies(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros((0, 4), np.float32), none, none)
    frame, person, xyxy, seen, missed = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((person, frame))
    ends = lost(clip, tracks, own, cuts)
    return Bodies(frame[order], person[order], xyxy[order], seen[order], missed[order], ends)


def _path(
    clip: Clip, tracks: Tracks, number: int, rows: NDArray[np.intp]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Give the bodies of the person of NUMBER, seen in ROWS of TRACKS: columns as in Bodies."""
    known = tracks.frame[rows]
    frames = np.arange(known[0], known[-1] + 1, dtype=np.int32)
    time, seen_at = clip.times_s(frames), clip.times_s(known)
    xyxy = _straight(time, seen_at, tracks.xyxy[rows])
    seen = np.isin(frames, known)
    link = np.clip(np.searchsorted(known, frames, "right") - 1, 0, max(len(known) - 2, 0))
    wait = np.diff(seen_at)[link] if len(known) > 1 else np.zeros(len(frames))
    owner = np.full(len(frames), number, np.int32)
    return frames, owner, xyxy, seen, ~seen & (wait > GAP_S)


def lost(
    clip: Clip, tracks: Tracks, own: Sequence[NDArray[np.intp]], cuts: NDArray[np.int32] = NEVER
) -> tuple[Lost, ...]:
    """Give the ends of people, seen in OWN rows of TRACKS, at which they were surely still in the picture.

    After one of CUTS another scene is shown.
    """
    ends = []
    bounds = [0, *cuts.tolist(), len(clip)]
    for number, rows in enumerate(own):
        times = clip.times_s(tracks.frame[rows])
        if len(rows) and times[-1] - times[0] >= SURELY_S and tracks.score[rows].max() >= SURELY:
            for place, way in ((0, -1), (-1, 1)):
                box = tracks.xyxy[rows[place]]
                near = slice(None, STEPS) if way < 0 else slice(None, -STEPS - 1, -1)
                if not _leaves(clip, tracks.xyxy[rows[near]], times[near]):
                    scene = int(np.searchsorted(cuts, tracks.frame[rows[place]], "right"))
                    ends.append(Lost(number, float(times[place]), way, box, (bounds[scene], bounds[scene + 1])))
    return tuple(ends)


def _leaves(clip: Clip, boxes: NDArray[np.float32], time: NDArray[np.float64]) -> bool:
    """Tell whether somebody, in BOXES (n, 4) at TIME (n,) from the end on, left there over the edge, or came in."""
    beyond = room(boxes[0], clip.width, clip.height) < AT_EDGE
    step = (centre(boxes[0]) - centre(boxes[-1])) / max(float(abs(time[0] - time[-1])), 1e-6)
    outward = np.concatenate([-step, step]) > LEAVES * (boxes[0, 3] - boxes[0, 1])
    return bool((beyond & outward).any())


def covers(
    clip: Clip,
    tracks: Tracks,
    own: Sequence[NDArray[np.intp]],
    where: Bodies,
    again: Mapping[tuple[int, int], int],
) -> Iterator[Cover]:
    """Give what hides people where they are behind others.

    That is between two sightings, for long or where no track is filled; where only a part of them was seen; and at ends
    where they were lost, until the frame on which, by person and way, they are perhaps seen AGAIN. Out of sight, they
    may have moved any way from where they were. WHERE all people are tells who may stand before whoever is lost.
    """
    track = tracks.track
    for number, rows in enumerate(own):
        known = tracks.frame[rows]
        time = clip.times_s(known)
        for link in np.flatnonzero(np.diff(time) > GAP_S).tolist():
            # whoever goes behind somebody, or comes out, was seen in part on those two frames as well
            frames = np.arange(known[link], known[link + 1] + 1, dtype=np.int32)
            ends = slice(link, link + 2)
            yield Cover(number, frames, _between(clip, tracks.xyxy[rows[ends]], time[ends], frames))
        for link in np.flatnonzero(
            (np.diff(time) <= GAP_S) & (np.diff(known) > 1) & (np.diff(track[rows]) != 0)
        ).tolist():
            # one track ends there and another begins, so that neither is filled in between
            frames = np.arange(known[link] + 1, known[link + 1], dtype=np.int32)
            ends = slice(link, link + 2)
            boxes = _straight(clip.times_s(frames), time[ends], tracks.xyxy[rows[ends]])
            yield Cover(number, frames, clip_boxes(grow(boxes, 1 + SLACK), clip.width, clip.height))
        if len(partly := _partly(time, tracks.xyxy[rows])):
            yield Cover(number, known[partly], _whole(clip, time, tracks.xyxy[rows], partly))
    seconds = clip.times_s()
    for end in where.lost:
        yield from _behind(clip, end, int(np.searchsorted(seconds, end.time)), where, again.get((end.person, end.way)))


def _partly(time: NDArray[np.float64], boxes: NDArray[np.float32]) -> NDArray[np.intp]:
    """Give the sightings, at TIME (n,), whose BOXES are much lower than those around them: the rest is covered."""
    height = boxes[:, 3] - boxes[:, 1]
    low, high = np.searchsorted(time, time - AROUND_S), np.searchsorted(time, time + AROUND_S, "right")
    usual = np.array([np.median(height[a:b]) for a, b in zip(low, high, strict=True)])
    return np.flatnonzero((height < PARTLY * usual) & (high - low >= SEVERAL))


def _whole(
    clip: Clip, time: NDArray[np.float64], boxes: NDArray[np.float32], partly: NDArray[np.intp]
) -> NDArray[np.float32]:
    """(n, 4) where all of somebody is whose BOXES at TIME hold them only PARTLY: as the others say."""
    rest = np.setdiff1d(np.arange(len(time)), partly)
    whole = _straight(time[partly], time[rest], boxes[rest])
    return clip_boxes(grow(whole, 1 + SLACK), clip.width, clip.height)


def _between(
    clip: Clip, ends: NDArray[np.float32], times: NDArray[np.float64], frames: NDArray[np.int32]
) -> NDArray[np.float32]:
    """(n, 4) boxes that hold somebody on FRAMES between two sightings, ENDS (2, 4), at TIMES (2,)."""
    now = clip.times_s(frames)
    away = np.abs(now[:, None] - times[None])
    boxes = _about(_straight(now, times, ends))
    for end in (0, 1):
        near = away[:, end] <= NEAR_S
        about = _about(ends[[end]])
        boxes[near] = np.hstack([np.minimum(boxes[near, :2], about[:, :2]), np.maximum(boxes[near, 2:], about[:, 2:])])
    return clip_boxes(boxes, clip.width, clip.height)


def _straight(now: NDArray[np.float64], time: NDArray[np.float64], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 4) where somebody is NOW (n,) who goes straight from each of BOXES (k, 4), at TIME (k,), to the next."""
    return np.stack([np.interp(now, time, edge) for edge in boxes.T.astype(np.float64)], axis=1).astype(np.float32)


def _behind(clip: Clip, end: Lost, frame: int, where: Bodies, until: int | None) -> Iterator[Cover]:
    """Hide whoever was lost at END, from FRAME on, as long as somebody stands there before them, not past UNTIL."""
    frames: list[int] = []
    while end.shot[0] <= frame < end.shot[1] and frame != until and abs(clip.seconds(frame) - end.time) <= LOST_S:
        here = where.at(frame)
        before = ~where.missed[here] & (where.person[here] != end.person)
        others = where.xyxy[here][before]
        if not intersection(grow(end.xyxy[None], BEHIND), grow(others, BEHIND)).any():
            break
        frames.append(frame)
        frame += end.way
    if frames:
        box = clip_boxes(_about(end.xyxy[None]), clip.width, clip.height)
        yield Cover(end.person, np.array(sorted(frames), np.int32), np.tile(box, (len(frames), 1)))


def _about(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 4) BOXES (n, 4) grown by FARTHEST on every side."""
    step = FARTHEST * (boxes[:, 3] - boxes[:, 1])[:, None]
    return np.asarray(boxes + step * np.array([-1, -1, 1, 1], np.float32), np.float32)
