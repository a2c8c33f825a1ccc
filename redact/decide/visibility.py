"""Which rows of the tracks may be shown with somebody who was named: theirs, and what would only cover them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.records.boxes import grow, intersection, overlap_share
from redact.records.kinds import Origin, Standing
from redact.track.belonging import WEAK, Why
from redact.track.present import ROUND

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from redact.track.listing import People

__all__ = ["shown"]

NEAR = 1.3
"""Growth of a box within which it may cover somebody: by its margins."""

INSTEAD = 0.8
"""Share of a weak box, carried on to where nobody saw it, that lies in whoever is seen there.

At 0.5 and 0.7, of a campus with ten people one frame showed more than half a head beside whoever was asked for, which
no network had found there and such a box covered by chance: measured once, by no command that is kept.
"""

EXPLAINED = (Why.WITHIN, Why.DOUBLE)
"""Reasons for which a box is nothing but somebody who is seen anyway."""


def shown(people: People, named: Collection[int]) -> NDArray[np.bool_]:
    """(r,) rows that may be shown where those NAMED, positions in the subjects of PEOPLE, stay visible.

    All of theirs; and, where it would cover them, what is nothing but somebody else who is seen on that frame, and
    hidden as such: their own box drawn otherwise, or what they were carried on to from elsewhere. Things that are named
    beside people are shown where they would cover those.
    """
    things = {number for number in named if people.subjects[number].standing is Standing.THING}
    rows = np.isin(people.owner, [*(set(named) - things or things)])
    rows |= _carried_over(people, named)
    spare = np.isin(people.owner, [*things])
    spare |= (people.why == Why.PAST) | (np.isin(people.why, EXPLAINED) & _seen(people))
    where = people.where
    mine = np.isin(where.person, [*(set(named) - things)])
    for row in np.flatnonzero(spare & ~rows).tolist():
        here = where.at(int(people.tracks.frame[row]))
        bodies = where.xyxy[here][mine[here]]
        rows[row] = bool(intersection(grow(people.tracks.xyxy[[row]], NEAR), bodies).any())
    return rows


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
