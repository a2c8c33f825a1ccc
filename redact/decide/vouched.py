"""What yields to somebody where an officer points at them: whoever points says that it is they who are seen there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.decide.points import is_known
from redact.records.boxes import intersection
from redact.request.times import frame_at
from redact.track.belonging import WEAK
from redact.track.sightings import best_scores

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.request.model import Keep
    from redact.track.listing import People

__all__ = ["VOUCHED_S", "nobodys", "spoken_for", "vouched"]

VOUCHED_S = 1.0
"""How long before and after a point it speaks for the outline of whoever is there."""

LARGER = (1.4, 1.15)
"""Times the usual width and height of somebody from which a box of theirs may hold somebody else too."""


def vouched(clip: Clip, people: People, members: Collection[int], seeds: Iterable[Keep]) -> NDArray[np.bool_]:
    """(r,) rows of what is not known to be anybody, that end where somebody is whom SEEDS point at.

    MEMBERS are who they are, positions in the subjects of PEOPLE. What is weak and nobody explains yields to their
    outline, and to nothing beside it. What hides somebody else, seen or out of sight, never yields.
    """
    rows = np.flatnonzero(nobodys(people) & spoken_for(clip, people, seeds))
    where = people.where
    mine = _usual(clip, people, members)
    yields = np.zeros(len(people.owner), np.bool_)
    for row in rows[~np.isin(people.owner[rows], [*members])].tolist():
        here = where.at(int(people.tracks.frame[row]))
        yields[row] = intersection(people.tracks.xyxy[[row]], where.xyxy[here][mine[here]]).any()
    return yields


def _usual(clip: Clip, people: People, members: Collection[int]) -> NDArray[np.bool_]:
    """(b,) which of the bodies of PEOPLE are one of MEMBERS, about as large as just before and after.

    A larger box may hold somebody else too.
    """
    where = people.where
    mine = np.flatnonzero(np.isin(where.person, [*members]))
    time, size = clip.times_s(where.frame[mine]), where.xyxy[mine, 2:] - where.xyxy[mine, :2]
    low, high = np.searchsorted(time, time - VOUCHED_S), np.searchsorted(time, time + VOUCHED_S, "right")
    middle = np.array([np.median(size[a:b], axis=0) for a, b in zip(low, high, strict=True)]).reshape(-1, 2)
    usual = np.zeros(len(where.person), np.bool_)
    usual[mine] = (size <= LARGER * middle).all(axis=1)
    return usual


def spoken_for(clip: Clip, people: People, seeds: Iterable[Keep]) -> NDArray[np.bool_]:
    """(r,) whether a row is close in time to one of SEEDS."""
    pointed = clip.times_s(np.array([frame_at(clip, seed.at) for seed in seeds], np.intp))
    if not len(pointed):
        return np.zeros(len(people.owner), np.bool_)
    away = np.abs(clip.times_s()[:, None] - pointed[None]).min(axis=1)
    return np.asarray((away <= VOUCHED_S)[people.tracks.frame])


def nobodys(people: People) -> NDArray[np.bool_]:
    """(r,) whether a row is weak, and of nobody who is known."""
    weak = best_scores(people.tracks)[people.tracks.track] < WEAK
    return np.asarray(~is_known(people)[people.owner] & weak)
