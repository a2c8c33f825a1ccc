"""Who is on a frame, and who may be there out of sight; each frame is worked out once, for all that is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.boxes import grow, intersection
from redact.track.bodies import LOST_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.orientation import Orientation
    from redact.track.bodies import Bodies

__all__ = ["FACE_UP", "ROUND", "Here", "Present", "part_of"]

ROUND = 1.1
"""Growth of a person's box within which what they explain lies."""

AROUND = 1.35
"""Growth of where somebody is expected, within which they may be."""

LOST_AROUND, LOST_PER_S = 1.3, 0.2
"""The same of where somebody was lost: at once, and per second."""

FACE_UP, FACE_DOWN = 0.12, 0.5
"""Where on a body a face is: from how far above it, for a helmet or a raised face, to how far down, in heights."""

MOST_FRAMES = 5000
"""Frames whose people are kept at hand, so that memory does not grow with the clip."""


class Here(NamedTuple):
    """The people on one frame."""

    person: NDArray[np.int32]
    xyxy: NDArray[np.float32]
    round: NDArray[np.float32]
    """(k, 4) the same, grown."""
    seen: NDArray[np.bool_]
    away: NDArray[np.float32]
    """(m, 4) where those may be who are out of sight between two sightings."""
    away_who: NDArray[np.int32]
    """(m,) their numbers."""
    lost: NDArray[np.float32]
    """(n, 4) where those may be who were lost before, or turn up after."""
    lost_who: NDArray[np.intp]
    """(n,) their numbers."""
    faces: NDArray[np.float32]
    """(k, 4) upright, where the face of each person would be."""

    def others(self, box: NDArray[np.float32], owner: int) -> bool:
        """Tell whether somebody other than OWNER, who is out of sight, may be in BOX (1, 4)."""
        away, lost = self.away[self.away_who != owner], self.lost[self.lost_who != owner]
        return bool((len(away) and intersection(box, away).any()) or (len(lost) and intersection(box, lost).any()))


class Present:
    """Says who is on each frame."""

    def __init__(self, clip: Clip, where: Bodies, way: Orientation) -> None:
        """Prepare for CLIP, in which people are WHERE; in the coded picture they are that WAY round."""
        self._where, self._way = where, way
        self._seconds, self._size = clip.times_s(), (clip.width, clip.height)
        self._round = grow(where.xyxy, ROUND)
        lost = sorted(where.lost, key=lambda end: end.time)
        self._lost_s = np.array([end.time for end in lost])
        self._lost_way = np.array([end.way for end in lost], np.intp)
        self._lost_who = np.array([end.person for end in lost], np.intp)
        self._lost_at = np.array([end.xyxy for end in lost], np.float32).reshape(-1, 4)
        self._lost_in = np.array([end.shot for end in lost], np.intp).reshape(-1, 2)
        self._frames: dict[int, Here] = {}

    def on(self, frame: int) -> Here:
        """Give who is on FRAME."""
        if frame not in self._frames:
            if len(self._frames) >= MOST_FRAMES:
                self._frames.clear()
            self._frames[frame] = self._found(frame)
        return self._frames[frame]

    def _found(self, frame: int) -> Here:
        where = self._where
        at = where.at(frame)
        person, xyxy, missed = where.person[at], where.xyxy[at], where.missed[at]
        bodies = grow(self._way.to_upright(xyxy, *self._size), ROUND)
        faces = part_of(bodies, -FACE_UP, FACE_DOWN)
        away = grow(xyxy[missed], AROUND)
        return Here(person, xyxy, self._round[at], where.seen[at], away, person[missed], *self._lost_near(frame), faces)

    def _lost_near(self, frame: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """Give where those may be on FRAME who were lost before, or turn up after, and who they are."""
        now = self._seconds[frame]
        low, high = np.searchsorted(self._lost_s, [now - LOST_S - 1, now + LOST_S + 1])
        ends = slice(int(low), int(high))
        wait = (now - self._lost_s[ends]) * self._lost_way[ends]
        first, last = self._lost_in[ends].T
        there = (wait > 0) & (wait <= LOST_S) & (first <= frame) & (frame < last)
        around = grow(self._lost_at[ends][there], (LOST_AROUND + LOST_PER_S * wait[there]).astype(np.float32))
        return around, self._lost_who[ends][there]


def part_of(boxes: NDArray[np.float32], top: float, bottom: float) -> NDArray[np.float32]:
    """Give what lies between TOP and BOTTOM of upright BOXES, in heights. float32 (n, 4) -> float32 (n, 4)."""
    height = boxes[:, 3] - boxes[:, 1]
    low, high = boxes[:, 1] + top * height, boxes[:, 1] + bottom * height
    return np.stack([boxes[:, 0], low, boxes[:, 2], high], axis=1).astype(np.float32)
