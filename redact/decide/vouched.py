"""What yields to somebody where an officer points at them: whoever points says that it is they who are seen there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.decide.points import is_known
from redact.records.boxes import intersection
from redact.records.kinds import Kind
from redact.request.times import frame_at
from redact.track.belonging import FAINT, FOLD
from redact.track.sightings import best_scores, by_frame

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.request.model import Keep
    from redact.track.listing import People

__all__ = ["VOUCHED_S", "nobodys", "outlines", "spoken_for", "vouched"]

VOUCHED_S = 1.0
"""How long before and after a point it speaks for the outline of whoever is there."""

LARGER = (1.4, 1.15)
"""Times the usual width and height of somebody from which a box of theirs may hold somebody else too."""


def vouched(people: People, spoken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(r,) rows of what is not known to be anybody, that end where those are of PEOPLE who are SPOKEN for (b,).

    What is weak and nobody explains yields to their outline, and to nothing beside it. What hides somebody else, seen
    or out of sight, never yields.
    """
    where = people.where
    rows = np.flatnonzero(nobodys(people) & np.isin(people.tracks.frame, where.frame[spoken]))
    rows = rows[np.argsort(people.tracks.frame[rows], kind="stable")]
    yields = np.zeros(len(people.owner), np.bool_)
    for some in by_frame(people.tracks.frame[rows]):
        here = where.at(int(people.tracks.frame[rows[some[0]]]))
        boxes = people.tracks.xyxy[rows[some]]
        yields[rows[some]] = intersection(boxes, where.xyxy[here][spoken[here]]).any(axis=1)
    return yields


def outlines(clip: Clip, people: People, pointed: Mapping[int, Sequence[Keep]]) -> NDArray[np.bool_]:
    """(b,) bodies of PEOPLE that points speak for: POINTED are the points at each subject, by position.

    A point at one of them says nothing of where another is, nor a point at a thing of whom it covers. A body that is
    larger than just before and after may hold somebody else too, and one that is expected and not seen is behind them.
    """
    near = spoken_for(clip, people, pointed) & ~people.where.missed
    near[near] = _usual(clip, people, pointed, np.flatnonzero(near))
    return near


def spoken_for(clip: Clip, people: People, pointed: Mapping[int, Sequence[Keep]]) -> NDArray[np.bool_]:
    """(b,) whether a body of PEOPLE is close in time to a point at the same subject: POINTED, by position."""
    where = people.where
    time, near = clip.times_s(where.frame), np.zeros(len(where.frame), np.bool_)
    for number, seeds in pointed.items():
        mine = np.flatnonzero(where.person == number)
        for at in clip.times_s(np.array([frame_at(clip, seed.at) for seed in seeds], np.intp)).tolist():
            near[mine] |= np.abs(time[mine] - at) <= VOUCHED_S
    return near


def _usual(clip: Clip, people: People, members: Collection[int], some: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(n,) which of SOME bodies of PEOPLE, of MEMBERS, are about as large as theirs are just before and after."""
    where = people.where
    mine = np.flatnonzero(np.isin(where.person, [*members]))
    boxes = clip.orientation.to_upright(where.xyxy[mine], clip.width, clip.height)
    time, size = clip.times_s(where.frame[mine]), boxes[:, 2:] - boxes[:, :2]
    now = clip.times_s(where.frame[some])
    low, high = np.searchsorted(time, now - VOUCHED_S), np.searchsorted(time, now + VOUCHED_S, "right")
    middle = np.array([np.median(size[a:b], axis=0) for a, b in zip(low, high, strict=True)]).reshape(-1, 2)
    return np.asarray((size[np.searchsorted(mine, some)] <= LARGER * middle).all(axis=1))


def nobodys(people: People) -> NDArray[np.bool_]:
    """(r,) whether a row is faint, and of nobody who is known.

    What was seen a little better may be somebody before whoever is pointed at: a child in their arms.
    """
    tracks = people.tracks
    faint = best_scores(tracks) < np.where(tracks.kind == Kind.PERSON, FAINT, FOLD)
    return np.asarray(~is_known(people)[people.owner] & faint[tracks.track])
