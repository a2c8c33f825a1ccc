"""From a point in the picture to the track that is there, and back."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from redact.errors import UsageProblem
from redact.records.boxes import as_seen, overlap_share
from redact.records.kinds import Kind, Origin
from redact.request.model import format_time
from redact.request.times import frame_at, shown
from redact.track.ambiguity import sightings
from redact.track.subjects import INSIDE, upper

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.tracks import Subject, Tracks
    from redact.request.model import Keep

__all__ = ["clear_point", "moment", "named"]

TOLD = 5
"""People told of to someone who pointed at no one."""

REACH_S = Fraction(35, 100)
"""How far from a sighting a point on what a track is carried on to still names it."""

HUNDREDTH = 100
"""Moments are told in hundredths of a second where that is exact enough."""

DOWN = (0.5, 0.3, 0.7, 0.15)
"""Where on a body to point: how far down, in heights, the best first."""


def named(clip: Clip, tracks: Tracks, people: Sequence[Subject], seed: Keep) -> tuple[int, int]:
    """Find the track that SEED points at, and on which frame; a body rather than its face.

    Raises UsageProblem where it is outside the clip, or points at no one or at two.
    """
    index = frame_at(clip, seed.at)
    rows = np.flatnonzero(tracks.frame == index)
    hit = _there(clip, tracks, rows, seed.point)
    owner = {track: subject for subject in people for track in subject.tracks}
    hits = {int(track) for track in tracks.track[hit]}
    subjects = {owner[track].id: owner[track] for track in hits}
    if not hits:
        raise UsageProblem(_nobody(seed, as_seen(clip, tracks.xyxy[rows])), "Point at one of them, or at another time.")
    if len(subjects) > 1:
        problem = f"Two or more people overlap at {seed.x}, {seed.y} at {format_time(seed.at)}."
        raise UsageProblem(problem, "Choose a point, or a time, at which only the one who is to stay visible is there.")
    (subject,) = subjects.values()
    here = [int(track) for track in tracks.track[rows] if int(track) in subject.tracks]
    return min(here, key=lambda track: (tracks.kind[track] == Kind.FACE, track not in hits, track)), index


def clear_point(clip: Clip, tracks: Tracks, rows: Iterable[int]) -> tuple[int, tuple[int, int]] | None:
    """Find among ROWS of one track the first at which it can be pointed at, and where: px as seen upright."""
    for row in rows:
        here = np.flatnonzero(tracks.frame == tracks.frame[row])
        left, top, right, bottom = as_seen(clip, tracks.xyxy[[row]])[0].tolist()
        for share in DOWN:
            point = ((left + right) // 2, int(top + share * (bottom - top)))
            if _there(clip, tracks, here, point).tolist() == [row]:
                return row, point
    return None


def moment(clip: Clip, index: int) -> str:
    """Write the time of frame INDEX so that it is read back as that frame."""
    exact = shown(clip, index)
    for parts in (10, HUNDREDTH, 1_000_000):
        time = Fraction(-(-exact.numerator * parts // exact.denominator), parts)
        if time <= shown(clip, len(clip) - 1) + 1 / clip.rate and frame_at(clip, time) == index:
            break
    return format_time(time)


def _there(clip: Clip, tracks: Tracks, rows: NDArray[np.intp], point: tuple[int, int]) -> NDArray[np.intp]:
    """Those of ROWS, of one frame, at POINT: none carried on where something was seen, and no face in a body."""
    boxes, (x, y) = as_seen(clip, tracks.xyxy[rows]), point
    at = rows[(boxes[:, 0] <= x) & (x < boxes[:, 2]) & (boxes[:, 1] <= y) & (y < boxes[:, 3])]
    carried = tracks.origin[at] == Origin.EXTENDED
    at = at[~carried] if not carried.all() else at[np.array([_just_seen(clip, tracks, row) for row in at], np.bool_)]
    kind = tracks.kind[tracks.track[at]]
    bodies, faces = at[kind == Kind.PERSON], at[kind == Kind.FACE]
    share = overlap_share(tracks.xyxy[faces], upper(tracks.xyxy[bodies], clip.orientation)).max(axis=1, initial=0)
    return np.setdiff1d(at, faces[share >= INSIDE])


def _just_seen(clip: Clip, tracks: Tracks, row: int) -> bool:
    """Tell whether ROW, on which its track was not seen, is close in time to one on which it was."""
    frames = tracks.frame[sightings(tracks, int(np.searchsorted(tracks.start, row, "right")) - 1)]
    away = np.abs(clip.pts[frames] - clip.pts[tracks.frame[row]]).min()
    return bool(int(away) * clip.time_base <= REACH_S)


def _nobody(seed: Keep, boxes: NDArray[np.int32]) -> str:
    """Say who is near the point of SEED, given the upright BOXES of that frame."""
    x, y = seed.point
    problem = f"Nobody was found at {x}, {y} at {format_time(seed.at)}"
    if not len(boxes):
        return f"{problem}, nor anywhere else on that frame."
    low, high = boxes[:, :2], boxes[:, 2:] - 1
    away = np.linalg.norm(np.maximum(np.maximum(low - (x, y), (x, y) - high), 0), axis=1)
    near = boxes[np.argsort(away, kind="stable")[:TOLD]]
    middles = "; ".join(f"{int((a + c) / 2)}, {int((b + d) / 2)}" for a, b, c, d in near.tolist())
    return f"{problem}. Found there, nearest first, with their middles at: {middles}."
