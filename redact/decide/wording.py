"""How whoever asked for a copy is spoken to, and of whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.boxes import grow, intersection
from redact.track.sightings import SIGHTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.track.listing import People

__all__ = ["REQUEST", "Case", "Doubt", "Pointer", "Wording", "sighted"]

TRIED = 40
"""Sightings, nearest to where somebody is lost, of which the clearest are pointed at."""

APART = 1.5
"""Growth of a box in which nobody else is where somebody stands apart."""


class Wording(NamedTuple):
    """How whoever asked for a copy is spoken to: a request file takes points otherwise than a case does."""

    who: Callable[[str | None], str]
    """Give the beginning of a sentence about the person of a name, or of none."""
    add: Callable[[str, tuple[int, int], str | None], str]
    """Say what to do so that a point, at a time, names the person of a name too."""


class Pointer(NamedTuple):
    """Whom to point at, and where, if it is the same person, or nobody else."""

    frame: int
    """Index into Clip.pts."""
    point: tuple[int, int]
    """Px of the upright picture."""
    subject: int
    """Position in the subjects."""


class Doubt(NamedTuple):
    """A time at which somebody who was named is hidden, in whole or in part, and what would change that."""

    sentence: str
    """For whoever decides: when, why, and what to add if it is they."""
    name: str | None
    """Of the person."""
    frames: tuple[int, int]
    """Half-open range of frames."""
    pointers: tuple[Pointer, ...] = ()
    """The likeliest in order of time; none where nobody can be suggested."""
    covered: bool = False
    """Whether they are only covered, by nobody who is known: then a pointer shows nobody else."""


class Case(NamedTuple):
    """What is the same for all that is told of one person."""

    clip: Clip
    people: People
    members: frozenset[int]
    """Positions of the person in the subjects."""
    name: str | None
    wording: Wording

    @property
    def who(self) -> str:
        """The beginning of a sentence about them."""
        return self.wording.who(self.name)


def _who(name: str | None) -> str:
    return f'The person named "{name}"' if name else "The person to stay visible"


def _add_keep(at: str, point: tuple[int, int], name: str | None) -> str:
    x, y = point
    if name:
        return f'add a [[keep]] with at = "{at}", point = [{x}, {y}] and the same name'
    return f"add --keep {at}@{x},{y}"


REQUEST = Wording(_who, _add_keep)
"""For whoever wrote a request file, or gave its options."""


def sighted(people: People, number: int, *, back: bool = False) -> NDArray[np.intp]:
    """(n,) the first rows on which the subject at NUMBER was seen, or the last, going BACK: the clearest first.

    They are clear where nobody is near, and a network is sure.
    """
    tracks, where = people.tracks, people.where
    rows = people.rows(number)
    rows = rows[np.isin(tracks.origin[rows], SIGHTED) & (people.kinds(rows) == people.subjects[number].kind)]
    rows = rows[np.argsort(tracks.frame[rows], kind="stable")][:: -1 if back else 1][:TRIED]
    near = np.zeros(len(rows), np.bool_)
    for place, row in enumerate(rows.tolist()):
        here = where.at(int(tracks.frame[row]))
        others = where.xyxy[here][where.person[here] != number]
        near[place] = intersection(grow(tracks.xyxy[[row]], APART), others).any()
    return np.asarray(rows[np.lexsort((-np.round(tracks.score[rows], 1), near))])
