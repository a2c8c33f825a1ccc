"""Which rows of the tracks may be shown with somebody who was named: theirs, and what would only cover them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.records.boxes import grow, intersection, overlap_share
from redact.records.kinds import Kind, Origin, Standing
from redact.records.tracks import Detections
from redact.track.belonging import WEAK, Why
from redact.track.present import ROUND

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

    from redact.track.listing import People

__all__ = ["LARGER", "bodies_at", "ending", "shown", "things_of"]

NEAR = 1.3
"""Growth of a box within which it may cover somebody: by its margins."""

INSTEAD = 0.8
"""Share of a weak box, carried on to where nobody saw it, that lies in whoever is seen there.

At 0.5 and 0.7, of a campus with ten people one frame showed more than half a head beside whoever was asked for, which
no network had found there and such a box covered by chance: measured once, by no command that is kept.
"""

OVER = 0.5
"""Share that lies in whoever is seen there of a thing, or of what somebody else was carried on to, to be shown.

What lies beside them hid somebody, at times, whom no network found: with three of six slightly different networks up
to six frames of a campus with ten people showed a head so, with this none. Measured by no command that is kept.
"""

LITTLE = 1e-3
"""Share that stands for what only covers somebody by what is added around it."""

LARGER = (1.4, 1.15)
"""Times the usual width and height from which a box may hold somebody else too."""

EXPLAINED = (Why.WITHIN, Why.DOUBLE)
"""Reasons for which a box is nothing but somebody who is seen anyway."""


def shown(people: People, named: Collection[int]) -> NDArray[np.bool_]:
    """(r,) rows that may be shown where those NAMED, positions in the subjects of PEOPLE, stay visible.

    All of theirs; and, where it would cover them, what is nothing but somebody else who is seen on that frame, and
    hidden as such: their own box drawn otherwise, or what they were carried on to from elsewhere. Things that are named
    beside people are shown where they would cover those, but not where a box is larger than the thing's others are.
    What lies mostly beside them is not shown: nobody knows whom else it hides.
    """
    things = things_of(people, named)
    rows = np.isin(people.owner, [*(set(named) - things or things)])
    rows |= _carried_over(people, named)
    rows |= _shared(people, named, np.isin(people.why, EXPLAINED) & _seen(people) & ~rows) > 0
    rows |= _shared(people, named, ((people.why == Why.PAST) | _usual(people, things)) & ~rows) >= OVER
    return rows


def ending(people: People, named: Collection[int]) -> tuple[NDArray[np.bool_], Detections]:
    """(r,) rows that end where those NAMED, positions in the subjects of PEOPLE, are seen, unless shown; and where.

    What somebody else was carried on to, who is seen elsewhere, and things that are named beside people.
    """
    things = np.isin(people.owner, [*things_of(people, named)])
    rows = np.asarray(_shared(people, named, (people.why == Why.PAST) | things) > 0)
    where = people.where
    mine = np.isin(where.person, [*named]) & where.seen & np.isin(where.frame, people.tracks.frame[rows])
    return rows, bodies_at(where.frame[mine], where.xyxy[mine])


def bodies_at(frame: NDArray[np.int32], xyxy: NDArray[np.float32]) -> Detections:
    """Give bodies on FRAME (n,), in the boxes XYXY (n, 4), by frame, as what was found for certain."""
    kinds = np.full(len(frame), Kind.PERSON, np.uint8)
    return Detections.concat([Detections(frame, xyxy, np.ones(len(frame), np.float32), kinds)])


def things_of(people: People, named: Iterable[int]) -> set[int]:
    """Of those NAMED, positions in the subjects of PEOPLE, give the things."""
    return {number for number in named if people.subjects[number].standing is Standing.THING}


def _shared(people: People, named: Collection[int], some: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(r,) how much of SOME rows (r,) lies in people who are NAMED; a little, at least, where it would cover them."""
    where, share = people.where, np.zeros(len(some), np.float32)
    mine = np.isin(where.person, [*(set(named) - things_of(people, named))])
    for row in np.flatnonzero(some).tolist():
        here = where.at(int(people.tracks.frame[row]))
        bodies, box = where.xyxy[here][mine[here]], people.tracks.xyxy[[row]]
        if intersection(grow(box, NEAR), bodies).any():
            share[row] = max(LITTLE, overlap_share(box, grow(bodies, ROUND)).max(initial=0))
    return share


def _usual(people: People, things: Collection[int]) -> NDArray[np.bool_]:
    """(r,) rows of THINGS, positions in the subjects of PEOPLE, that are about as large as the thing mostly is."""
    tracks, usual = people.tracks, np.zeros(len(people.owner), np.bool_)
    size = tracks.xyxy[:, 2:] - tracks.xyxy[:, :2]
    for number in things:
        mine = people.owner == number
        seen = mine & (tracks.origin == Origin.SEEN)
        usual |= mine & (size <= LARGER * np.median(size[seen if seen.any() else mine], axis=0)).all(axis=1)
    return usual


def _carried_over(people: People, named: Collection[int]) -> NDArray[np.bool_]:
    """(r,) weak rows carried on, from where nobody explains them, to somebody NAMED who is seen there instead."""
    tracks, where = people.tracks, people.where
    carried = (tracks.origin == Origin.EXTENDED) & (people.why == Why.UNKNOWN) & (tracks.score < WEAK)
    mine = np.isin(where.person, [*named]) & where.seen
    for row in np.flatnonzero(carried).tolist():
        here = where.at(int(tracks.frame[row]))
        bodies = grow(where.xyxy[here][mine[here]], ROUND)
        carried[row] = overlap_share(tracks.xyxy[[row]], bodies).max(initial=0) >= INSTEAD
    return np.asarray(carried)


def _seen(people: People) -> NDArray[np.bool_]:
    """(r,) whether whoever a row belongs to was seen on its frame."""
    where, width = people.where, len(people.subjects)
    seen = where.frame.astype(np.int64)[where.seen] * width + where.person[where.seen]
    return np.asarray(np.isin(people.tracks.frame.astype(np.int64) * width + people.owner, seen))
