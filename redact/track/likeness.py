"""How much each person of a clip looks like somebody: by the colours of their clothes, and by nothing else.

It suggests and never decides. On another day, in other clothes, it says nothing; and no camera sees colours as another
does, so what is likely here is only more likely than the rest (docs/accuracy.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.kinds import Kind, Standing
from redact.track.sightings import SIGHTED, sightings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.track.listing import People
    from redact.track.sightings import Sightings

__all__ = ["Likeness", "likenesses"]

SHARPNESS = 8.0
"""By how much a likeness of 1 is likelier than one of 0, natural logarithm of the odds."""

NOBODY = 0.4
"""Likeness that stands for somebody who is not in the clip."""


class Likeness(NamedTuple):
    """How likely somebody is one person of a clip."""

    number: int
    """Position in the subjects of People."""
    share: float
    """0 to 1; those of all and that of nobody of them make 1."""


def likenesses(scan: Scan, people: People, looks: NDArray[np.uint8]) -> tuple[Likeness, ...]:
    """Say how likely each of PEOPLE, of what SCAN found, is whoever LOOKS (COLOURS,) are of; the likeliest first.

    Things, faces without a body, and what is unclear are left out, and people of whose colours nothing is known.
    """
    wanted = [
        number
        for number, subject in enumerate(people.subjects)
        if subject.kind == Kind.PERSON and subject.standing is Standing.PERSON
    ]
    tracks = people.tracks
    person = tracks.kind[tracks.track] == Kind.PERSON
    rows = np.flatnonzero(np.isin(people.owner, wanted) & np.isin(tracks.origin, SIGHTED) & person)
    sightings = sightings_of(scan, tracks, rows, Kind.PERSON)
    means = [*_means(sightings, people.owner[sightings.row], wanted)]
    if not means or not looks.any():
        return ()
    middle = sightings.colours[sightings.colours.any(axis=1)].mean(axis=0)
    own = _unit(looks / 255.0 - middle)
    alike = np.array([float(_unit(mean - middle) @ own) for _, mean in means])
    odds = np.exp(SHARPNESS * np.append(alike, NOBODY))
    shares = odds / odds.sum()
    order = np.argsort(-alike, kind="stable").tolist()
    return tuple(Likeness(means[place][0], float(shares[place])) for place in order)


def _means(
    sightings: Sightings, owner: NDArray[np.int32], wanted: list[int]
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Give for each of those WANTED what they look like all in all, where they show alone if they often enough do."""
    known = sightings.colours.any(axis=1)
    for number in wanted:
        rows = sightings.shown(np.flatnonzero((owner == number) & known))
        if len(rows):
            yield number, sightings.colours[rows].mean(axis=0)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """(c,) of length 1; zeros stay."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float64)
