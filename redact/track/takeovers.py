"""Where somebody else may have taken a tracklet over.

Somebody who was lost before, or turns up afterwards, may be who goes on; or somebody new, who stands where another just
was: in a door, at the edge of the picture, after a look that found nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.track.tracklets import LEAST_RIVAL, end_of, line_of, motion_cost

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from redact.track.appearance import Appearance
    from redact.track.sightings import Sightings
    from redact.track.tracklets import End, Line

    Chain = NDArray[np.intp]

__all__ = ["Cut", "Pieces", "cut", "unbroken"]

DOUBT = 4.0
"""Natural logarithm of the odds by which going on must be better than an exchange with somebody; else it is cut."""

LOST_S = 3.0
"""How long somebody who was lost may take over another's tracklet."""

EXCHANGE = (0.35, 0.35)
"""How far from where they are expected somebody who was lost may be, in heights: at once, and per second."""

SOON_S = 5.0
"""Time within which a tracklet that ends and one that begins may well be the same person."""

LIKELY = 6.0
"""Cost below which they are, so that neither took the other over."""

MERGED = 3
"""Links between two doubtful ones up to which all are one doubt."""

PAIR = 12
"""Sightings that show alone, nearest to the end of a tracklet, whose look is compared with that of another."""

SOMEBODY_NEW = 5.0
"""Cost of going on from which a tracklet is cut where its look changes, or where a look missed it."""

LONG = 6
"""Sightings before and after such a link; whoever comes in over the edge changes their look in fewer."""

MISSED, MISSED_S = 1.5, 0.15
"""Times the usual wait between two sightings, and seconds at least, from which a look in between missed somebody."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A time at which somebody else may have taken a tracklet over."""

    before: int
    """Number of the piece before it."""
    after: int
    """And after it."""
    between: Chain
    """Sightings of which it is not known whether they are of the one or the other."""


class Pieces(NamedTuple):
    """Tracklets after they were cut where they are in doubt."""

    chains: tuple[Chain, ...]
    cuts: tuple[Cut, ...]


def cut(sightings: Sightings, appearance: Appearance, tracklets: Sequence[Chain]) -> Pieces:
    """Cut TRACKLETS where somebody else may have taken them over: who was lost before, or turns up after."""
    judge = _Judge(sightings, appearance)
    rivals = [chain for chain in tracklets if len(chain) >= LEAST_RIVAL]
    begins, ends = (np.array([sightings.time[chain[end]] for chain in rivals]) for end in (0, -1))
    by_begin, by_end = np.argsort(begins, kind="stable"), np.argsort(ends, kind="stable")
    pieces: list[Chain] = []
    cuts: list[Cut] = []
    for chain in tracklets:
        first, last = sightings.time[chain[[0, -1]]]
        lost = by_end[slice(*np.searchsorted(ends, [first - LOST_S, last], sorter=by_end))]
        turn_up = by_begin[slice(*np.searchsorted(begins, [first, last + LOST_S], "right", sorter=by_begin))]
        links = [
            link
            for number in {*lost.tolist(), *turn_up.tolist()}
            if rivals[number] is not chain
            for link in judge.taken(chain, rivals[number])
        ]
        links += judge.changes(chain)
        start = 0
        for low, high in _runs(sorted(set(links))):
            pieces.append(chain[start:low])
            cuts.append(Cut(len(pieces) - 1, len(pieces), chain[low:high]))
            start = high
        pieces.append(chain[start:])
    return Pieces(tuple(pieces), tuple(cuts))


def _runs(links: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Give the first and last of each run of LINKS, in order, that are close to each other."""
    run: list[int] = []
    for link in links:
        if run and link - run[-1] > MERGED:
            yield run[0], run[-1]
            run = []
        run.append(link)
    if run:
        yield run[0], run[-1]


class _Judge:
    """Says whether one tracklet may have taken over another."""

    def __init__(self, sightings: Sightings, appearance: Appearance) -> None:
        self._sightings, self._appearance = sightings, appearance
        self._ends: dict[tuple[int, int, bool], tuple[End, NDArray[np.float64]]] = {}
        self._lines: dict[tuple[int, int, bool], Line] = {}

    def taken(self, chain: Chain, other: Chain) -> Iterator[int]:
        """Give the links of CHAIN, by the position of their later sighting, at which OTHER may be who goes on."""
        time = self._sightings.time
        times, lost, turns_up = time[chain], time[other[-1]], time[other[0]]
        low, high = np.searchsorted(times[1:], [lost, lost + LOST_S], "right") + 1
        later = np.arange(low, high)
        later = later[self._near(other, chain[low:high], back=False)]
        low, high = np.searchsorted(times[:-1], [turns_up - LOST_S, turns_up])
        sooner = np.arange(low, high) + 1
        sooner = sooner[self._near(other, chain[low:high], back=True)]
        if (len(later) or len(sooner)) and not (self._follows(other, chain) or self._follows(chain, other)):
            yield from (link for link in later.tolist() if self._as_good(other, chain, link, forward=True))
            yield from (link for link in sooner.tolist() if self._as_good(other, chain, link, forward=False))

    def changes(self, chain: Chain) -> list[int]:
        """Give the links of CHAIN at which it may go on as somebody new: of each run of them the likeliest."""
        links = [link for link in self._suspect(chain) if LONG <= link <= len(chain) - LONG]
        cost = {link: self._cost(chain[:link], chain[link:]) for link in links}
        changed = [link for link in links if cost[link] > SOMEBODY_NEW]
        return [
            max((link for link in changed if low <= link <= high), key=lambda link: cost[link])
            for low, high in _runs(changed)
        ]

    def _suspect(self, chain: Chain) -> list[int]:
        """Give the links of CHAIN at which its look changes, or before which a look missed it."""
        if len(chain) < 2 * LONG:
            return []
        seen = self._sightings
        looks = self._appearance.looks[chain] * seen.alone[chain][:, None]
        total = np.concatenate([np.zeros((1, looks.shape[1])), np.cumsum(looks, axis=0)])
        at = np.arange(1, len(chain))
        before = total[at] - total[np.maximum(at - PAIR, 0)]
        after = total[np.minimum(at + PAIR, len(chain))] - total[at]
        unlike = self._appearance.paired_odds(before, after) < 0
        return [int(link) for link in at[_missed(seen.time[chain]) | unlike]]

    def _follows(self, first: Chain, second: Chain) -> bool:
        """Tell whether SECOND begins soon after FIRST has ended, and is likely to be the same person."""
        wait = self._sightings.time[second[0]] - self._sightings.time[first[-1]]
        alike = self._sightings.shot[first[-1]] == self._sightings.shot[second[0]]
        return bool(0 <= wait < SOON_S and alike and self._cost(first, second) < LIKELY)

    def _near(self, other: Chain, rows: Chain, *, back: bool) -> NDArray[np.bool_]:
        """(n,) whether each of ROWS is where OTHER is expected then; or was, going BACK."""
        seen = self._sightings
        if not len(rows):
            return np.zeros(0, np.bool_)
        end, times = other[0] if back else other[-1], seen.time[rows]
        away = np.linalg.norm(seen.centre[rows] - self._line(other, back=back).at(times), axis=1)
        reach = EXCHANGE[0] + EXCHANGE[1] * np.abs(times - seen.time[end])
        return np.asarray((seen.shot[rows] == seen.shot[end]) & (away / seen.size[rows] < reach))

    def _line(self, chain: Chain, *, back: bool) -> Line:
        """Give where CHAIN goes on; known by its first and last sighting, as in `_end`."""
        key = int(chain[0]), int(chain[-1]), back
        if key not in self._lines:
            self._lines[key] = line_of(self._sightings, chain, back=back)
        return self._lines[key]

    def _as_good(self, other: Chain, chain: Chain, link: int, *, forward: bool) -> bool:
        """Tell whether OTHER goes on as CHAIN from LINK on, or CHAIN as OTHER, nearly as well as CHAIN does itself."""
        before, after = chain[:link], chain[link:]
        exchanged = self._cost(other, after) if forward else self._cost(before, other)
        return exchanged - self._cost(before, after) < DOUBT

    def _cost(self, first: Chain, second: Chain) -> float:
        (end, looks), (begin, others) = self._end(first, back=False), self._end(second, back=True)
        return motion_cost(end, begin) - self._appearance.odds(looks, others)

    def _end(self, chain: Chain, *, back: bool) -> tuple[End, NDArray[np.float64]]:
        """Give the end of CHAIN or, going BACK, its beginning, and what they look like there.

        A sighting is in one tracklet alone, so that its first and last tell what part of one CHAIN is.
        """
        key = int(chain[0]), int(chain[-1]), back
        if key not in self._ends:
            shown = self._sightings.shown(chain)
            looks = self._appearance.mean(shown[:PAIR] if back else shown[-PAIR:])
            self._ends[key] = end_of(self._sightings, chain, back=back), looks
        return self._ends[key]


def unbroken(sightings: Sightings, tracklets: Sequence[Chain]) -> list[Chain]:
    """Cut TRACKLETS wherever a look missed them: what is left is surely one person, and fit to learn from."""
    return [part for chain in tracklets for part in np.split(chain, np.flatnonzero(_missed(sightings.time[chain])) + 1)]


def _missed(time: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(links,) whether a look between two sightings, at TIME (n,), missed whom they are of."""
    wait = np.diff(time)
    usual = np.median(wait) if len(wait) else 0.0
    return np.asarray((wait > MISSED * usual) & (wait > MISSED_S))
