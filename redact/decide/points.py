"""From a point in the picture to whoever is there, and back."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.errors import UsageProblem
from redact.records.boxes import as_seen
from redact.records.kinds import Origin, Standing
from redact.request.model import Keep, format_time
from redact.request.times import frame_at, shown
from redact.track.belonging import FAINT, Why
from redact.track.sightings import SIGHTED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.track.listing import People

__all__ = ["At", "clear_point", "is_known", "moment", "named", "there_at"]

TOLD = 5
"""People told of to someone who pointed at no one."""

REACH_S = Fraction(35, 100)
"""How far from a sighting a point on what a track is carried on to still names it."""

HUNDREDTH = 100
"""Moments are told in hundredths of a second where that is exact enough."""

DOWN = (0.5, 0.3, 0.7, 0.15)
"""Where on a body to point: how far down, in heights, the best first."""


def named(clip: Clip, people: People, seed: Keep, known: Collection[int] = ()) -> int:
    """Find whom SEED points at: their position in the subjects of PEOPLE.

    Where one of those KNOWN, whom other points named, is there beside what is nobody who is known, it is they. Raises
    UsageProblem where it is outside the clip, points at no one or at two, or where nobody can tell who is who.
    """
    index = frame_at(clip, seed.at)
    rows = people.on(index)
    there = np.unique(people.owner[_there(clip, people, rows, seed.point)]).tolist()
    where = f"{seed.x}, {seed.y} at {format_time(seed.at)}"
    if not there:
        raise UsageProblem(
            _nobody(seed, as_seen(clip, people.tracks.xyxy[rows])), "Point at one of them, or at another time."
        )
    mine = [number for number in there if number in known]
    if len(mine) == 1 and not is_known(people)[[number for number in there if number not in known]].any():
        return int(mine[0])
    if len(there) > 1:
        problem = f"Two or more people overlap at {where}."
        raise UsageProblem(problem, "Choose a point, or a time, at which only the one who is to stay visible is there.")
    if people.subjects[there[0]].standing is Standing.UNCLEAR:
        remedy = "Point at the person a little earlier or later, where they stand apart from others."
        problem = f"At {where} it cannot be told who is who."
        raise UsageProblem(problem, remedy)
    return int(there[0])


class At(NamedTuple):
    """Who is at a point of a frame."""

    one: int | None
    """Position in the subjects of whom a point there names; None where it names nobody."""
    there: tuple[int, ...]
    """Positions of everyone with a box there, seen or carried on."""
    spelt: str
    """The time and the point, as they are read back."""
    why: str
    """Why it names nobody, in a sentence; empty where it does."""


def there_at(clip: Clip, people: People, frame: int, point: tuple[int, int]) -> At:
    """Say who is at POINT of FRAME, px of the upright picture. Raises UsageProblem where there is no such frame."""
    if not 0 <= frame < len(clip):
        message = f"There is no frame {frame}: the clip has {len(clip)}, from 0 to {len(clip) - 1}."
        raise UsageProblem(message, "Choose one of them.")
    time, (x, y), rows = moment(clip, frame), point, people.on(frame)
    boxes = as_seen(clip, people.tracks.xyxy[rows])
    holds = (boxes[:, 0] <= x) & (x < boxes[:, 2]) & (boxes[:, 1] <= y) & (y < boxes[:, 3])
    there = tuple(np.unique(people.owner[rows[holds]]).tolist())
    spelt = f"{time}@{x},{y}"
    try:
        return At(named(clip, people, Keep(at=shown(clip, frame), point=point)), there, spelt, "")
    except UsageProblem as problem:
        return At(None, there, spelt, problem.what)


def is_known(people: People) -> NDArray[np.bool_]:
    """(s,) whether a subject of PEOPLE is somebody: no thing, nothing unclear, and not only ever faint."""
    surest = np.zeros(len(people.subjects), np.float32)
    seen = people.why == Why.SEEN
    np.maximum.at(surest, people.owner[seen], people.tracks.score[seen])
    person = np.array([subject.standing is Standing.PERSON for subject in people.subjects], np.bool_)
    return np.asarray(person & (surest >= FAINT))


def clear_point(clip: Clip, people: People, rows: Iterable[int]) -> tuple[int, tuple[int, int]] | None:
    """Find among ROWS, of one subject, the first at which it can be pointed at, and where: px as seen upright."""
    tracks = people.tracks
    for row in rows:
        here = people.on(int(tracks.frame[row]))
        left, top, right, bottom = as_seen(clip, tracks.xyxy[[row]])[0].tolist()
        for share in DOWN:
            point = ((left + right) // 2, int(top + share * (bottom - top)))
            if np.unique(people.owner[_there(clip, people, here, point)]).tolist() == [people.owner[row]]:
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


def _there(clip: Clip, people: People, rows: NDArray[np.intp], point: tuple[int, int]) -> NDArray[np.intp]:
    """Those of ROWS, of one frame, at POINT: none carried on where something was seen, nor from who is elsewhere."""
    tracks = people.tracks
    boxes, (x, y) = as_seen(clip, tracks.xyxy[rows]), point
    at = rows[(boxes[:, 0] <= x) & (x < boxes[:, 2]) & (boxes[:, 1] <= y) & (y < boxes[:, 3])]
    at = at[people.why[at] != Why.PAST]
    carried = tracks.origin[at] == Origin.EXTENDED
    if not carried.all():
        return np.asarray(at[~carried])
    return np.asarray(at[np.array([_just_seen(clip, people, row) for row in at], np.bool_)])


def _just_seen(clip: Clip, people: People, row: int) -> bool:
    """Tell whether ROW, on which nobody was seen, is close in time to one on which its subject was."""
    rows = people.rows(int(people.owner[row]))
    frames = people.tracks.frame[rows[np.isin(people.tracks.origin[rows], SIGHTED)]]
    if not len(frames):
        return False
    away = np.abs(clip.pts[frames] - clip.pts[people.tracks.frame[row]]).min()
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
