"""How much each person of a clip looks like somebody: by the colours of their clothes, and by nothing else.

It suggests and never decides. On another day, in other clothes, it says nothing; and no camera sees colours as another
does, so what is likely here is only more likely than the rest (docs/accuracy.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.records.kinds import Kind, Standing
from redact.track.appearance import Appearance
from redact.track.sightings import SIGHTED, sightings_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.detect.found import Scan
    from redact.track.listing import People

__all__ = ["LEAST", "MOST", "Likeness", "certainty", "likenesses"]

SHARPNESS = 10.0
"""By how much a likeness of 1 is likelier than one of 0, natural logarithm of the odds."""

NOBODY = 0.35
"""Likeness that stands for somebody who is not in the clip.

Both were fitted to pictures out of the same clip whose colours had been changed as another camera might
(`python -m benchmarks.leakage.likeness`).
"""


LEAST = 0.01
"""Share from which somebody is told of."""

MOST = 0.9
"""Highest share that is told: it was not measured that any is better worth than that."""


class Likeness(NamedTuple):
    """How likely somebody is one person of a clip."""

    number: int
    """Position in the subjects of People."""
    share: float
    """0 to MOST; what is left of 1 is for others and for nobody in the clip."""


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
    known = sightings.colours.any(axis=1)
    own = {number: np.flatnonzero((people.owner[sightings.row] == number) & known) for number in wanted}
    own = {number: sightings.shown(rows) for number, rows in own.items() if len(rows)}
    appearance = Appearance(sightings, [*own.values()])
    alike = np.array([appearance.mean(rows) @ appearance.of(looks / 255.0) for rows in own.values()])
    shares = certainty(alike)
    numbers = [*own]
    order = np.argsort(-alike, kind="stable").tolist()
    return tuple(Likeness(numbers[place], float(shares[place])) for place in order if looks.any())


def certainty(alike: NDArray[np.float64]) -> NDArray[np.float64]:
    """Say how likely each is who is meant, by how ALIKE (n,) they look, -1 to 1; what is left of 1 is for nobody."""
    odds = np.exp(SHARPNESS * np.append(alike, NOBODY))
    return np.asarray(np.minimum(odds[:-1] / odds.sum(), MOST))
