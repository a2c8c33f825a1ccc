"""Sightings in a row that are surely one person: tracklets.

From one look to the next whoever is seen is matched with whoever was seen before, all at once (linear assignment), by
where they were going, how large they were and what they look like. A match that another answer is nearly as good as is
not made: the tracklet ends there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from redact.track.sightings import GAP_S, by_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from redact.track.sightings import Sightings

    Chain = NDArray[np.intp]

__all__ = ["IMPOSSIBLE", "LEAST_RIVAL", "End", "Line", "chains", "end_of", "line_of", "motion_cost"]

IMPOSSIBLE = 1e4
"""Cost of what cannot be."""

MARGIN = 3.0
"""Natural logarithm of the odds by which a match must be better than any other answer."""

REACH = (0.35, 1.2)
"""How far from where they are expected somebody may be found, in heights: at once, and per second."""

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
    places = _places(sightings, live, float(now))
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


def _places(sightings: Sightings, live: Sequence[Sequence[int]], now: float) -> NDArray[np.float64]:
    """(chains, 2) where each of LIVE is expected NOW: those with as many sightings to tell from are told at once."""
    places = np.zeros((len(live), 2))
    counts = np.array([min(len(chain), FIT) for chain in live])
    for count in np.unique(counts).tolist():
        these = np.flatnonzero(counts == count)
        rows = np.array([live[number][-count:] for number in these.tolist()], np.intp)
        middle, mean, speed = _all_going(sightings, rows)
        end = sightings.time[rows[:, -1]]
        ahead = np.clip(now - end, -1.0, 1.0) + end - mean
        places[these] = middle + speed * ahead[:, None]
    return places


class Line(NamedTuple):
    """Where somebody goes on from an end of a tracklet: in a straight line, at most for 1 s. px and seconds."""

    middle: NDArray[np.float64]
    """(2,) of FIT sightings at that end."""
    mean: float
    """The time it is for."""
    speed: NDArray[np.float64]
    """(2,) px a second."""
    end: float
    """When they were seen last or, going back, first."""

    def at(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """(m, 2) where they are expected at TIMES (m,)."""
        ahead = np.clip(times - self.end, -1.0, 1.0) + self.end - self.mean
        return np.asarray(self.middle + self.speed * ahead[:, None])


def line_of(sightings: Sightings, rows: NDArray[np.intp], *, back: bool = False) -> Line:
    """Give where whoever is in ROWS goes on after the last or, going BACK, came from before the first."""
    end = sightings.time[rows[0] if back else rows[-1]]
    return Line(*_going(sightings, rows[:FIT] if back else rows[-FIT:]), float(end))


def _going(sightings: Sightings, rows: NDArray[np.intp]) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """Fit a line to ROWS (n,): (2,) the middle of them, px, the time it is for, and (2,) px a second."""
    middle, mean, speed = _all_going(sightings, rows[None])
    return middle[0], float(mean[0]), speed[0]


def _all_going(
    sightings: Sightings, rows: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Fit a line to each of ROWS (k, n): (k, 2) the middle of them, (k,) the time it is for, and (k, 2) px a second."""
    places, time = sightings.centre[rows], sightings.time[rows]
    mean = np.add.reduce(time, axis=1) / rows.shape[1]
    span = time - mean[:, None]
    speed = np.add.reduce(span[..., None] * places, axis=1)
    speed /= np.maximum(np.add.reduce(span**2, axis=1), 1e-9)[:, None]
    return np.add.reduce(places, axis=1) / rows.shape[1], mean, speed


class End(NamedTuple):
    """Where somebody is at one end of a tracklet, and how they go there. px and seconds."""

    time: float
    x: float
    y: float
    size: float
    """The usual one of NEAR_END sightings."""
    speed: tuple[float, float]
    """Along those, px a second."""
    line: tuple[float, float, float, float, float]
    """Along FIT sightings: where they were, x and y, and when; and px a second."""
    long: bool
    """Whether there are sightings enough to tell where they go."""

    def expected(self, time: float) -> tuple[float, float]:
        """Where they are at TIME: they go on in a straight line, at most for 1 s."""
        x, y, mean, right, down = self.line
        ahead = max(-1.0, min(1.0, time - self.time)) + self.time - mean
        return x + right * ahead, y + down * ahead


def end_of(sightings: Sightings, chain: Chain, *, back: bool = False) -> End:
    """Give the end of CHAIN or, going BACK, its beginning."""
    near = chain[:NEAR_END] if back else chain[-NEAR_END:]
    last = near[0 if back else -1]
    middle, mean, speed = _going(sightings, near[:FIT] if back else near[-FIT:])
    whole = speed if len(near) <= FIT else _going(sightings, near)[2]
    return End(
        time=float(sightings.time[last]),
        x=float(sightings.centre[last, 0]),
        y=float(sightings.centre[last, 1]),
        size=float(np.median(sightings.size[near])),
        speed=(float(whole[0]), float(whole[1])),
        line=(float(middle[0]), float(middle[1]), mean, float(speed[0]), float(speed[1])),
        long=len(near) >= LEAST_RIVAL,
    )


def motion_cost(first: End, second: End) -> float:
    """What it costs, by place and size, that a tracklet goes on as another, from its end FIRST to the other's, SECOND.

    By Student's t, since people turn round.
    """
    wait, size = second.time - first.time, math.sqrt(first.size * second.size)
    ahead = math.dist(first.expected(second.time), (second.x, second.y)) / size
    back = math.dist(second.expected(first.time), (first.x, first.y)) / size
    both = first.long and second.long
    away = (ahead + back) / 2 if both else ahead if first.long else back
    off = JOINED_OFF + OFF_PER_S * wait
    change = math.log(first.size / second.size) / (SIZES[0] + SIZES[1] / 2 * wait)
    cost = 2 * math.log1p(away**2 / (2 * off**2)) + 2 * math.log(off / JOINED_OFF) + min(change**2, 16) / 2
    if both:
        turn = math.dist(first.speed, second.speed) / size
        cost += 2 * math.log1p((turn / (TURN + TURN_PER_S * wait)) ** 2 / 2)
    return cost
