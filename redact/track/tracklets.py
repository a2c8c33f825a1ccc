"""Sightings in a row that are surely one person: tracklets.

From one look to the next whoever is seen is matched with whoever was seen before, all at once (linear assignment), by
where they were going, how large they were and what they look like. A match that another answer is nearly as good as is
not made: the tracklet ends there. And where somebody who was lost, or turns up later, could have taken a tracklet over,
it is cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from redact.track.sightings import by_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from redact.track.appearance import Appearance
    from redact.track.sightings import Sightings

    Chain = NDArray[np.intp]

__all__ = ["GAP_S", "IMPOSSIBLE", "Cut", "Pieces", "chains", "cut", "expected", "motion_cost"]

IMPOSSIBLE = 1e4
"""Cost of what cannot be."""

MARGIN = 3.0
"""Natural logarithm of the odds by which a match must be better than any other answer."""

DOUBT = 4.0
"""The same against somebody who was lost or turns up, below which a tracklet is cut."""

GAP_S = 0.65
"""Longest time for which someone is missed within a tracklet."""

LOST_S = 3.0
"""How long somebody who was lost may take over another's tracklet."""

REACH = (0.35, 1.2)
"""How far from where they are expected somebody may be found, in heights: at once, and per second."""

EXCHANGE = (0.35, 0.35)
"""The same for somebody who was lost."""

OFF, OFF_PER_S = 0.06, 0.25
"""Deviation of where somebody is found from where they are expected, in heights: at once, and per second."""

TURN, TURN_PER_S = 0.35, 0.8
"""Deviation of the change of somebody's velocity, in heights a second: at once, and per second."""

SIZES = (0.12, 0.2)
"""Deviation of the logarithm of the ratio of sizes: at once, and per second."""

UNLIKE = 6.0
"""Weight of what somebody looks like from one look to the next: of 1 - cosine."""

FIT = 5
"""Sightings at an end that a speed is taken from."""

LOOK = 8
"""Sightings whose look is compared from one to the next."""

NEAR_END = 8
"""Sightings at an end of a tracklet that its size and speed are taken from."""

JOINED_OFF = 0.08
"""As OFF, between two tracklets."""

LEAST_RIVAL = 3
"""Sightings of a tracklet below which it is nobody who takes over."""

SOON_S = 5.0
"""Within which a tracklet that ends and one that begins may well be the same person."""

LIKELY = 6.0
"""Cost below which they are, so that neither took the other over."""

PAIR = 12
"""Sightings that show alone, nearest to the end of a tracklet, whose look is compared with that of another."""

MERGED = 3
"""Links between two doubtful ones up to which all are one doubt."""


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


def chains(sightings: Sightings, looks: NDArray[np.float64] | None = None) -> list[Chain]:
    """Put SIGHTINGS into tracklets, each positions in order of time; every sighting is in one.

    LOOKS (n, c) are unit vectors of what they look like; without, only place and size tell.
    """
    live: list[list[int]] = []
    done: list[list[int]] = []
    for here in by_frame(sightings.frame):
        now, shot = sightings.time[here[0]], sightings.shot[here[0]]
        gone = [c for c in live if now - sightings.time[c[-1]] > GAP_S or sightings.shot[c[-1]] != shot]
        done += gone
        live = [chain for chain in live if chain not in gone] if gone else live
        ended, fresh = _step(sightings, looks, live, here)
        done += ended
        live = [chain for chain in live if not any(chain is one for one in ended)] + fresh
    return [np.array(chain, np.intp) for chain in sorted([*done, *live], key=lambda chain: chain[0])]


def _step(
    sightings: Sightings, looks: NDArray[np.float64] | None, live: list[list[int]], here: NDArray[np.intp]
) -> tuple[list[list[int]], list[list[int]]]:
    """Give LIVE chains their next sighting among those HERE: the chains that end in doubt, and those that begin."""
    if not live:
        return [], [[row] for row in here.tolist()]
    cost = _costs(sightings, looks, live, here)
    ended, taken = [], set[int]()
    for chain, column in zip(*linear_sum_assignment(cost), strict=True):
        own = cost[chain, column]
        if own < IMPOSSIBLE:
            rivals = np.concatenate([np.delete(cost[chain], column), np.delete(cost[:, column], chain)])
            other = float(rivals.min(initial=IMPOSSIBLE))
            if other - own < MARGIN:
                ended.append(live[chain])
            else:
                live[chain].append(int(here[column]))
                taken.add(int(column))
    return ended, [[int(row)] for column, row in enumerate(here.tolist()) if column not in taken]


def _costs(
    sightings: Sightings, looks: NDArray[np.float64] | None, live: Sequence[Sequence[int]], here: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(chains, n) what it costs that each of LIVE goes on as each HERE."""
    now, last = np.asarray(sightings.time[here[0]]), np.array([chain[-1] for chain in live])
    wait = np.asarray(now - sightings.time[last])
    places = np.array([expected(sightings, np.array(chain[-FIT:]), now[None])[0] for chain in live])
    size = np.sqrt(sightings.size[last][:, None] * sightings.size[here][None])
    away = np.linalg.norm(sightings.centre[here][None] - places[:, None], axis=2) / size
    off = (OFF + OFF_PER_S * wait)[:, None]
    cost = away**2 / (2 * off**2) + 2 * np.log(off / OFF)
    change = np.log(sightings.size[here][None] / sightings.size[last][:, None])
    cost += (change / (SIZES[0] + SIZES[1] * wait)[:, None]) ** 2 / 4
    if looks is not None:
        means = np.array([looks[chain[-LOOK:]].mean(axis=0) for chain in live])
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
        known = (means != 0).any(axis=1, keepdims=True) & (looks[here] != 0).any(axis=1)[None]
        cost += UNLIKE * np.where(known, 1 - means @ looks[here].T, 0)
    reach = np.asarray(REACH[0] + REACH[1] * wait)[:, None]
    return np.where(away > reach, IMPOSSIBLE, np.minimum(cost, IMPOSSIBLE))


def expected(
    sightings: Sightings, rows: NDArray[np.intp], times: NDArray[np.float64], *, back: bool = False
) -> NDArray[np.float64]:
    """(m, 2) where whoever is in ROWS is expected at TIMES (m,), after the last or, going BACK, before the first.

    They go on in a straight line, at most for 1 s.
    """
    middle, mean, speed = _going(sightings, rows[:FIT] if back else rows[-FIT:])
    end = sightings.time[rows[0] if back else rows[-1]]
    ahead = np.clip(times - end, -1.0, 1.0) + end - mean
    return np.asarray(middle + speed * ahead[:, None])


def _going(sightings: Sightings, rows: NDArray[np.intp]) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """Fit a line to ROWS: (2,) the middle of them, px, the time it is for, and (2,) px a second."""
    places, time = sightings.centre[rows], sightings.time[rows]
    span = time - time.mean()
    speed = (span[:, None] * places).sum(axis=0) / max(float((span**2).sum()), 1e-9)
    return places.mean(axis=0), float(time.mean()), speed


def motion_cost(sightings: Sightings, first: Chain, second: Chain) -> float:
    """What it costs, by place and size, that tracklet FIRST goes on as SECOND; Student's t, since people turn round."""
    a, b = first[-NEAR_END:], second[:NEAR_END]
    wait = float(sightings.time[b[0]] - sightings.time[a[-1]])
    sizes = np.median(sightings.size[a]), np.median(sightings.size[b])
    size = np.sqrt(sizes[0] * sizes[1])
    there, here = (
        expected(sightings, a, sightings.time[b[:1]]),
        expected(sightings, b, sightings.time[a[-1:]], back=True),
    )
    ahead = np.linalg.norm(there - sightings.centre[b[0]]) / size
    back = np.linalg.norm(here - sightings.centre[a[-1]]) / size
    long = len(a) >= LEAST_RIVAL, len(b) >= LEAST_RIVAL
    away = (ahead + back) / 2 if all(long) else ahead if long[0] else back
    off = JOINED_OFF + OFF_PER_S * wait
    change = np.log(sizes[0] / sizes[1]) / (SIZES[0] + SIZES[1] / 2 * wait)
    cost = 2 * np.log1p(away**2 / (2 * off**2)) + 2 * np.log(off / JOINED_OFF) + min(change**2, 16) / 2
    if all(long):
        turn = np.linalg.norm(_going(sightings, a)[2] - _going(sightings, b)[2]) / size
        cost += 2 * np.log1p((turn / (TURN + TURN_PER_S * wait)) ** 2 / 2)
    return float(cost)


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

    def taken(self, chain: Chain, other: Chain) -> Iterator[int]:
        """Give the links of CHAIN, by the position of their later sighting, at which OTHER may be who goes on."""
        time = self._sightings.time
        lost, turns_up = time[other[-1]], time[other[0]]
        after, before = time[chain[1:]], time[chain[:-1]]
        later = np.flatnonzero((after > lost) & (after <= lost + LOST_S)) + 1
        later = later[self._near(other, chain[later], back=False)]
        sooner = np.flatnonzero((before < turns_up) & (before >= turns_up - LOST_S)) + 1
        sooner = sooner[self._near(other, chain[sooner - 1], back=True)]
        if (len(later) or len(sooner)) and not (self._follows(other, chain) or self._follows(chain, other)):
            yield from (link for link in later.tolist() if self._as_good(other, chain, link, forward=True))
            yield from (link for link in sooner.tolist() if self._as_good(other, chain, link, forward=False))

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
        end = other[0] if back else other[-1]
        ends = other[:NEAR_END] if back else other[-NEAR_END:]
        away = np.linalg.norm(seen.centre[rows] - expected(seen, ends, seen.time[rows], back=back), axis=1)
        reach = EXCHANGE[0] + EXCHANGE[1] * np.abs(seen.time[rows] - seen.time[end])
        return np.asarray((seen.shot[rows] == seen.shot[end]) & (away / seen.size[rows] < reach))

    def _as_good(self, other: Chain, chain: Chain, link: int, *, forward: bool) -> bool:
        """Tell whether OTHER goes on as CHAIN from LINK on, or CHAIN as OTHER, nearly as well as CHAIN does itself."""
        before, after = chain[:link], chain[link:]
        exchanged = self._cost(other, after) if forward else self._cost(before, other)
        return exchanged - self._cost(before, after) < DOUBT

    def _cost(self, first: Chain, second: Chain) -> float:
        looks = self._appearance.mean(_shown(self._sightings, first)[-PAIR:])
        others = self._appearance.mean(_shown(self._sightings, second)[:PAIR])
        return motion_cost(self._sightings, first, second) - self._appearance.odds(looks, others)


def _shown(sightings: Sightings, chain: Chain) -> Chain:
    """Give those of CHAIN that show alone, or all where hardly any do."""
    alone = chain[sightings.alone[chain]]
    return alone if len(alone) >= LEAST_RIVAL else chain
