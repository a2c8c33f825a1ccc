"""Everyone in a clip, one card each: when they are there, what is decided on them, and who has to be decided on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from redact.case.deciding import by_subject
from redact.case.known import Recent
from redact.records.kinds import Origin, Standing, Verdict
from redact.report.subject_sheet import likeliest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.case.deciding import Ruling
    from redact.case.known import Known
    from redact.case.planning import Present
    from redact.report.subject_sheet import Listed
    from redact.track.listing import People

__all__ = ["FEW", "Card", "Run", "cards", "runs"]

FEW = 3
"""Looks at which somebody must have been found for it to be asked who they are: of fewer, most are things."""

GAP_S = 1.0
"""Seconds between two sightings up to which a run goes on as one that was seen."""

Run = tuple[int, int, Origin]
"""First frame, last frame, and why there is a box on them."""


@dataclass(frozen=True, slots=True)
class Card:
    """One subject, as somebody sees it who decides."""

    entry: Listed
    ruling: Ruling | None
    group: str
    """Id of the first of those who may be one person, as far as the program can tell; else their own."""
    needs: bool
    """Whether somebody has to decide: a person of whom it is not known yet whether they are the one who asks."""


def cards(stands: Present) -> tuple[Card, ...]:
    """Give a card for everyone in a clip as it STANDS, in the order in which they are numbered."""
    there = stands.known
    decided = by_subject(there.scan.clip, there.people, stands.rulings)
    groups = _groups(there.people)
    chosen = any(ruling.verdict is Verdict.VISIBLE for ruling in stands.rulings)
    return tuple(
        Card(
            entry,
            decided.get(entry.subject.id),
            groups.get(entry.subject.id, entry.subject.id),
            needs=not chosen and entry.subject.id not in decided and _lasting(entry),
        )
        for entry in there.listed
    )


_recent: Recent[dict[str, tuple[Run, ...]]] = Recent(4)


def runs(there: Known) -> dict[str, tuple[Run, ...]]:
    """Give for everyone THERE, by id, on which frames they have a box, and why, in order of time."""
    return _recent.get((there.sha256, there.scan.clip.path), lambda: _runs(there))


def _lasting(entry: Listed) -> bool:
    return entry.subject.standing is Standing.PERSON and entry.sightings >= FEW


def _groups(people: People) -> dict[str, str]:
    """Name for each who may be somebody else again the first of all who may be, the likeliest pairs alone."""
    first: dict[str, str] = {}

    def root(name: str) -> str:
        while first.get(name, name) != name:
            name = first[name]
        return name

    for link in likeliest(people):
        low, high = sorted((root(link.before), root(link.after)))
        first[high] = low
        first.setdefault(low, low)
    return {name: root(name) for name in first}


def _runs(there: Known) -> dict[str, tuple[Run, ...]]:
    """Work out on which frames those THERE have a box."""
    people, clip = there.people, there.scan.clip
    tracks = people.tracks
    key = people.owner.astype(np.int64) * (len(clip) + 1) + tracks.frame
    order = np.lexsort((tracks.origin, key))
    key = key[order]
    once = np.flatnonzero(np.diff(key, prepend=-1) != 0)  # of several boxes on a frame the surest
    owner, frame = np.divmod(key[once], len(clip) + 1)
    origin = _smoothed(owner, frame, tracks.origin[order][once], clip.times_s())
    begins = np.flatnonzero((np.diff(key[once], prepend=-2) != 1) | (np.diff(origin.astype(np.int8), prepend=-1) != 0))
    ends = np.append(begins[1:], len(once)) - 1
    found: dict[str, list[Run]] = {subject.id: [] for subject in people.subjects}
    names = [subject.id for subject in people.subjects]
    columns = (owner[begins], frame[begins], frame[ends], origin[begins])
    for whose, low, high, why in zip(*(column.tolist() for column in columns), strict=True):
        found[names[whose]].append((low, high, Origin(why)))
    return {name: tuple(some) for name, some in found.items()}


def _smoothed(
    owner: NDArray[np.int64], frame: NDArray[np.int64], origin: NDArray[np.uint8], seconds: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """(n,) why there is a box, where what is filled in for a moment between two sightings counts as seen."""
    even, filled = origin.copy(), (origin == Origin.FILLED).astype(np.int8)
    edges = np.diff(filled, prepend=0, append=0)
    for low, high in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
        between = low > 0 and high < len(owner) and owner[low - 1] == owner[high] == owner[low]
        if between and seconds[frame[high]] - seconds[frame[low - 1]] <= GAP_S:
            even[low:high] = Origin.SEEN
    return even
