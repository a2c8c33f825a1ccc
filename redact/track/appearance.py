"""How much two looks speak for one person: learned on the clip itself, from those who are certain.

Within a sure chain of sightings it is one person, at different moments; two who are in the picture at once are two. The
first gives what of the colours changes on one and the same body, and is divided away (within-class covariance
normalisation, Hatch et al. 2006); both give how alike the same and others look in this clip.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from redact.track.sightings import Sightings

    Chain = NDArray[np.intp]
    Moment = tuple[Chain, int]
    """Sightings that show alone, and the number of their chain."""

__all__ = ["Appearance"]

PART = 12
"""Sightings, at most, that are one moment when it is learned what changes on a body."""

FEW = 4
"""Sightings that show alone below which a chain teaches nothing."""

SMOOTHED = 0.3
"""Share of the mean variance that is added to each direction, so that a few chains do not decide."""

MOMENT = 8
"""Sightings whose mean is compared when it is learned how alike people look."""

SAME, OTHER = (0.55, 0.2), (0.0, 0.25)
"""Mean and deviation of the likeness of the same, and of others, before a clip has taught anything."""

WORTH = 20
"""Pairs that those are worth."""

LEAST_SPREAD = 0.1

APART_S, LONG_S = 1.0, 10.0
"""Seconds between two moments of one person from which, and up to which, they teach how alike the same looks."""

MOST = 5.0
"""Most that looks speak for or against, natural logarithm of the odds."""

MOST_MOMENTS, AT_A_TIME = 1500, 300
"""Moments that are compared, so that the cost does not grow with the square of the length: where there are more, groups
of so many that follow each other, for one person's lie seconds apart, and so do those of others who were there at once.
"""


class Appearance:
    """What the sightings of a clip look like, and how alike is alike in it."""

    def __init__(self, sightings: Sightings, chains: Sequence[Chain]) -> None:
        """Learn from CHAINS, positions in SIGHTINGS that are surely one person each."""
        self._sightings = sightings
        known = sightings.colours.any(axis=1)
        self._same, self._other = SAME, OTHER
        self.looks: NDArray[np.float64] = np.zeros_like(sightings.colours)
        """(n, c) unit vectors; zeros where nothing is known."""
        self._middle = sightings.colours[known].mean(axis=0) if known.any() else np.zeros(sightings.colours.shape[1])
        self._learned = np.eye(sightings.colours.shape[1])
        if not known.any():
            return
        colours = sightings.colours - self._middle
        colours[~known] = 0
        self._learned = _whitening(colours, [*_moments(sightings, chains, PART, FEW)])
        self.looks = _unit(colours @ self._learned)
        self._same, self._other = self._spread(chains)

    def mean(self, rows: Chain) -> NDArray[np.float64]:
        """(c,) the look of those in ROWS together: of those that show alone, where two or more do."""
        alone = rows[self._sightings.alone[rows]]
        return _unit(self.looks[alone if len(alone) > 1 else rows].mean(axis=0))

    def of(self, colours: NDArray[np.float64]) -> NDArray[np.float64]:
        """(c,) the look of somebody from elsewhere whose COLOURS (c,) are known, 0 to 1; zeros where nothing is."""
        return _unit((colours - self._middle) @ self._learned) if colours.any() else np.zeros_like(self._middle)

    def odds(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
        """How much two looks speak for one person: natural logarithm of the odds, within MOST either way."""
        if not (first.any() and second.any()):
            return 0.0
        (same, spread), (other, wide) = self._same, self._other
        alike = float(first @ second)
        if same > other:
            alike = min(max(alike, other), same)
        near, far = (alike - same) / spread, (alike - other) / wide
        return min(max(math.log(wide / spread) - near * near / 2 + far * far / 2, -MOST), MOST)

    def paired_odds(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) the same of pairs of sums of looks (n, c) and (n, c)."""
        alike = np.einsum("ij,ij->i", _unit(first), _unit(second))
        known = (first != 0).any(axis=1) & (second != 0).any(axis=1)
        return np.asarray(np.where(known, self._odds(alike), 0.0))

    def every_odds(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, m) the same of looks (n, c) and (m, c); 0 where nothing is known of one."""
        known = (first != 0).any(axis=1)[:, None] & (second != 0).any(axis=1)[None]
        return np.asarray(np.where(known, self._odds(first @ second.T), 0.0))

    def _odds(self, alike: NDArray[np.float64]) -> NDArray[np.float64]:
        (same, spread), (other, wide) = self._same, self._other
        if same > other:
            alike = np.clip(alike, other, same)
        odds = np.log(wide / spread) - ((alike - same) / spread) ** 2 / 2 + ((alike - other) / wide) ** 2 / 2
        return np.asarray(np.clip(odds, -MOST, MOST))

    def _spread(self, chains: Sequence[Chain]) -> tuple[tuple[float, float], tuple[float, float]]:
        """Say how alike moments of one chain are, and moments of two that were there at once."""
        moments = [*_moments(self._sightings, chains, MOMENT, FEW)]
        compared = [self._compared(some, chains) for some in _some(moments, self._sightings.time) if len(some) > 1]
        if not compared:
            return SAME, OTHER
        same, other = (np.concatenate(values) for values in zip(*compared, strict=True))
        return _fitted(same, *SAME), _fitted(other, *OTHER)

    def _compared(
        self, moments: Sequence[Moment], chains: Sequence[Chain]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give how alike each two of MOMENTS are that are one of CHAINS, and how alike those of two chains are."""
        means = np.array([self.mean(rows) for rows, _ in moments])
        owner = np.array([number for _, number in moments])
        time = self._sightings.time
        spans = np.array([(time[rows[0]], time[rows[-1]]) for rows, _ in moments])
        whole = np.array([(time[chains[number][0]], time[chains[number][-1]]) for number in owner])
        first, second = np.triu_indices(len(moments), 1)
        alike = (means @ means.T)[first, second]
        wait = np.maximum(spans[second, 0] - spans[first, 1], spans[first, 0] - spans[second, 1])
        mine = owner[first] == owner[second]
        at_once = np.minimum(whole[first, 1], whole[second, 1]) > np.maximum(whole[first, 0], whole[second, 0])
        return alike[mine & (wait > APART_S) & (wait < LONG_S)], alike[~mine & at_once]


def _some(moments: Sequence[Moment], time: NDArray[np.float64]) -> Iterator[Sequence[Moment]]:
    """Give MOMENTS, all at once, or where there are many some groups of those that follow each other in TIME (n,)."""
    if len(moments) <= MOST_MOMENTS:
        yield moments
        return
    in_time = sorted(moments, key=lambda moment: float(time[moment[0][0]]))
    for begin in np.linspace(0, len(in_time) - AT_A_TIME, MOST_MOMENTS // AT_A_TIME).astype(int).tolist():
        yield in_time[begin : begin + AT_A_TIME]


def _moments(sightings: Sightings, chains: Sequence[Chain], part: int, least: int) -> Iterator[Moment]:
    """Cut CHAINS into moments of about PART sightings that show alone, each with the number of its chain."""
    for number, chain in enumerate(chains):
        alone = chain[sightings.alone[chain]]
        if len(alone) >= least:
            for rows in np.array_split(alone, max(1, len(alone) // part)):
                yield rows, number


def _whitening(colours: NDArray[np.float64], moments: Sequence[Moment]) -> NDArray[np.float64]:
    """(c, c) what COLOURS are multiplied by, so that what changes on one body counts as little in every direction."""
    size = colours.shape[1]
    changes = [colours[rows] - colours[rows].mean(axis=0) for rows, _ in moments]
    within = np.concatenate(changes) if changes else colours
    covariance = within.T @ within / max(len(within), 1)
    covariance += np.eye(size) * (np.trace(covariance) / size * SMOOTHED + 1e-6)
    return np.asarray(np.linalg.inv(np.linalg.cholesky(covariance)).T)


def _fitted(values: NDArray[np.float64], mean: float, deviation: float) -> tuple[float, float]:
    """Mean and deviation of VALUES, to which WORTH values of the MEAN and DEVIATION expected are added."""
    count = len(values) + WORTH
    middle = (float(values.sum()) + WORTH * mean) / count
    spread = (float(((values - middle) ** 2).sum()) + WORTH * deviation**2) / count
    return middle, max(float(np.sqrt(spread)), LEAST_SPREAD)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))
