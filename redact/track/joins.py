"""Which tracklets are one person: the best explanation of the whole clip, and how sure each join in it is.

Every tracklet begins as the end of another, or as somebody new; which, for all at once, is a linear assignment (Huang,
Wu and Nevatia 2008). A join is as sure as the best explanation without it is worse: its margin, a natural logarithm of
odds. Below BAR nothing is joined; it is asked about.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

from redact.records.boxes import room
from redact.track.bodies import AT_EDGE, LEAVES, STEPS
from redact.track.sightings import SOMEBODY, STILL
from redact.track.tracklets import IMPOSSIBLE, end_of, motion_cost

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.track.appearance import Appearance
    from redact.track.sightings import Sightings
    from redact.track.tracklets import End

    Chain = NDArray[np.intp]

__all__ = ["BAR", "Join", "joins", "returns"]

BAR = 4.0
"""Margin from which a join is certain."""

LONGEST_S = 5.0
"""Time for which somebody may be out of sight and be joined by where they went."""

REACH = (0.8, 1.6)
"""How far somebody gets in that time, in heights: at once, and per second."""

NEW = 5.0
"""Cost of somebody who appears, and of somebody who goes."""

ASTRAY = 8.0
"""Cost of where and how fast somebody goes on from which they are nobody's, whatever they look like."""

TURNED = 3.0
"""Most that how somebody walked tells of which way they went out of sight; people turn round there."""

FLEETING, SURE = 3.5, 0.5
"""By how much what was seen a few times, and never with that score, need not be explained: it comes and goes."""

OFFSET = 2 * NEW
"""Added to every cost while the best explanation is looked for: what costs 0 would count as impossible there."""

UNLIKE, OTHERWISE = -2.0, 3.5
"""Odds of two looks below which they speak plainly for two people, and what it costs to join them all the same."""

LEAST = 3
"""Sightings of a tracklet that is joined: fewer have no speed and hardly a look."""

NEAREST = 12
"""Sightings at either end whose look counts half; that of the whole tracklet counts the other half."""

AGAIN = 3.0
"""Odds, natural logarithm, from which somebody who comes later looks like somebody who went."""

LONG = 10
"""Sightings of somebody of whom that is asked."""

CUT_OFF = 0.7
"""Share of their usual width, or height, below which somebody at the edge of the picture is partly out of it."""

MOST_TOGETHER = 120
"""Tracklets that hang together up to which a margin is taken over all of them; in crowds, over those around a join."""


class Join(NamedTuple):
    """Two tracklets that may be one person."""

    before: int
    after: int
    cost: float
    margin: float
    """By how much this is a better explanation than the best without it; negative where it is in no best one."""


def joins(clip: Clip, sightings: Sightings, appearance: Appearance, chains: Sequence[Chain]) -> tuple[Join, ...]:
    """Say which of CHAINS in CLIP may go on as which, in order; those in the best explanation have a margin >= 0.

    Nobody who left the picture is ever certain to be whoever comes in, nor what never moves to be whoever was there.
    """
    links = dict(_links(sightings, appearance, chains))
    pairs = {pair: link.cost for pair, link in links.items() if link.possible}
    made = [join for part in _together(pairs, len(chains)) for join in _explained(part)]
    return tuple(
        join._replace(margin=0.0) if join.margin > 0 and _unseen(clip, sightings, chains, join) else join
        for join in sorted(_doubted(made, links))
    )


def _unseen(clip: Clip, sightings: Sightings, chains: Sequence[Chain], join: Join) -> bool:
    """Tell whether JOIN is never certain: nobody was seen to come back, or to become what is perhaps a thing."""
    one, other = (_stays(sightings, chains[number]) for number in (join.before, join.after))
    return one != other or _was_out(clip, sightings, chains, join)


def _stays(sightings: Sightings, chain: Chain) -> bool:
    """Tell whether CHAIN may well be a poster: it lasts, never moves, and is never more than weak."""
    middle, reach = sightings.centre[chain], STILL * float(np.median(sightings.size[chain]))
    away = np.linalg.norm(middle - np.median(middle, axis=0), axis=1)
    return len(chain) >= LONG and bool(sightings.score[chain].max() < SOMEBODY and away.max() <= reach)


def _was_out(clip: Clip, sightings: Sightings, chains: Sequence[Chain], join: Join) -> bool:
    """Tell whether the one of JOIN goes out over an edge of the picture of CLIP, and the other comes in over one."""
    before, after = chains[join.before][::-1], chains[join.after]
    return all(_goes_out(clip, sightings.xyxy[rows], sightings.time[rows]) for rows in (before, after))


def _goes_out(clip: Clip, boxes: NDArray[np.float64], time: NDArray[np.float64]) -> bool:
    """Tell whether somebody, in BOXES (n, 4) at TIME (n,) from the end on, goes out over an edge there, or comes in.

    A box that is cut off there grows smaller, and only its inner side goes as fast as they do.
    """
    last = min(STEPS, len(boxes)) - 1
    step = (boxes[0] - boxes[last]) / max(float(abs(time[0] - time[last])), 1e-6)
    size = boxes[:, 2:] - boxes[:, :2]
    cut = np.tile(size[0] < CUT_OFF * np.median(size, axis=0), 2)
    middle, inner = np.tile(step[:2] + step[2:], 2) / 2, np.concatenate([step[2:], step[:2]])
    outward = np.where(cut, inner, middle) * (-1, -1, 1, 1) > LEAVES * size[0, 1]
    return bool(((room(boxes[0], clip.width, clip.height) < AT_EDGE) & outward).any())


class _Link(NamedTuple):
    """What speaks for and against that one tracklet is another again."""

    motion: float
    """Cost of where, how fast and how large somebody goes on."""
    looks: float
    """Cost of what they look like; below 0 it speaks for it."""

    @property
    def cost(self) -> float:
        return self.motion + self.looks

    @property
    def possible(self) -> bool:
        return self.motion < ASTRAY and self.cost < 2 * NEW


def _links(
    sightings: Sightings, appearance: Appearance, chains: Sequence[Chain]
) -> Iterator[tuple[tuple[int, int], _Link]]:
    """Give every pair of CHAINS of which the second is within reach of the first."""
    long = [number for number, chain in enumerate(chains) if len(chain) >= LEAST]
    long.sort(key=lambda number: float(sightings.time[chains[number][0]]))
    begins = np.array([sightings.time[chains[number][0]] for number in long])
    whole = {number: appearance.mean(chains[number]) for number in long}
    ends = {number: _ends(sightings, appearance, chains[number]) for number in long}
    goes = {number: end_of(sightings, chains[number]) for number in long}
    comes = {number: end_of(sightings, chains[number], back=True) for number in long}
    fleeting = {number: _fleeting(sightings, chains[number]) for number in long}
    for before in long:
        last = chains[before][-1]
        low, high = np.searchsorted(begins, [sightings.time[last], sightings.time[last] + LONGEST_S], "right")
        for after in long[int(low) : int(high)]:
            alike = sightings.shot[last] == sightings.shot[chains[after][0]]
            if alike and _within_reach(goes[before], comes[after]):
                motion = motion_cost(goes[before], comes[after])
                odds = appearance.odds(ends[before][1], ends[after][0])
                odds += appearance.odds(whole[before], whole[after])
                looks = -odds / 2 + (OTHERWISE if odds / 2 < UNLIKE else 0)
                yield (before, after), _Link(motion, looks + FLEETING * (fleeting[before] + fleeting[after]))


def _doubted(made: Sequence[Join], links: Mapping[tuple[int, int], _Link]) -> Iterator[Join]:
    """Give the joins MADE, none surer than it is that nobody took another's way out of sight.

    People turn round where nobody sees it: how they walked counts there for TURNED at most, and what they look like
    for all it is worth.
    """
    near = {pair: link for pair, link in links.items() if link.motion < ASTRAY}
    chosen = {join.before: join.after for join in made if join.margin >= 0}
    begins = {after: before for before, after in chosen.items()}
    ending, beginning = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for before, after in near:
        ending[after].append(before)
        beginning[before].append(after)
    for join in made:
        one, margin = (join.before, join.after), join.margin
        for other in ending[join.after] if margin >= 0 else ():
            if (theirs := chosen.get(other)) is None:
                margin = min(margin, _surer([one], [(other, join.after)], near))
            elif theirs != join.after and (join.before, theirs) in near:
                exchanged = [(other, join.after), (join.before, theirs)]
                margin = min(margin, _surer([one, (other, theirs)], exchanged, near))
        for other in beginning[join.before] if margin >= 0 else ():
            if other not in begins:
                margin = min(margin, _surer([one], [(join.before, other)], near))
        yield join._replace(margin=margin if join.margin < 0 else max(margin, 0.0))


def _surer(
    some: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]], links: Mapping[tuple[int, int], _Link]
) -> float:
    """By how much SOME pairs are likelier than OTHERS, where nobody saw how they went."""
    if not all(pair in links for pair in some):
        return IMPOSSIBLE
    motion, looks = (
        sum(getattr(links[pair], cost) for pair in others) - sum(getattr(links[pair], cost) for pair in some)
        for cost in ("motion", "looks")
    )
    return float(min(motion, TURNED) + looks)


def _fleeting(sightings: Sightings, chain: Chain) -> bool:
    """Tell whether CHAIN is so short and so weak that it may well be nobody."""
    return len(chain) < LONG and bool(sightings.score[chain].max() < SURE)


def _ends(
    sightings: Sightings, appearance: Appearance, chain: Chain
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the look of CHAIN at its beginning and at its end."""
    shown = sightings.shown(chain)
    return appearance.mean(shown[:NEAREST]), appearance.mean(shown[-NEAREST:])


def _within_reach(first: End, second: End) -> bool:
    """Tell whether somebody may get from FIRST to SECOND in that time."""
    away = math.dist((first.x, first.y), (second.x, second.y)) / math.sqrt(first.size * second.size)
    return away <= REACH[0] + REACH[1] * (second.time - first.time)


def _together(pairs: dict[tuple[int, int], float], count: int) -> Iterator[dict[tuple[int, int], float]]:
    """Give PAIRS of COUNT tracklets in groups that have nothing to do with each other."""
    if not pairs:
        return
    left, right = np.array([*pairs]).T
    links = coo_array((np.ones(len(left)), (left, right)), shape=(count, count))
    _, group = connected_components(links, directed=False)
    parts: defaultdict[int, dict[tuple[int, int], float]] = defaultdict(dict)
    for number, (pair, cost) in zip(group[left].tolist(), pairs.items(), strict=True):
        parts[number][pair] = cost
    yield from parts.values()


def _explained(pairs: dict[tuple[int, int], float]) -> Iterator[Join]:
    """Give the joins of PAIRS, with their margins."""
    best, chosen = _solved(pairs)
    at_end: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for pair in pairs:
        for end in pair:
            at_end[end].append(pair)
    many = len(at_end) > MOST_TOGETHER
    for pair, cost in pairs.items():
        if pair not in chosen:
            yield Join(*pair, cost, -1.0)
            continue
        near = {other: pairs[other] for other in _around(at_end, pair)} if many else pairs
        with_it = _solved(near)[0] if many else best
        yield Join(*pair, cost, _solved(near | {pair: IMPOSSIBLE})[0] - with_it)


def _around(at_end: Mapping[int, Sequence[tuple[int, int]]], pair: tuple[int, int]) -> list[tuple[int, int]]:
    """Give, of the pairs AT_END of each tracklet, those that share an end with PAIR, or with one that does."""
    ends = {end for own in pair for other in at_end[own] for end in other}
    return sorted({other for end in ends for other in at_end[end]})


def _solved(pairs: dict[tuple[int, int], float]) -> tuple[float, frozenset[tuple[int, int]]]:
    """Give the least cost of explaining every end and beginning in PAIRS, and the pairs that are joined for it."""
    if not pairs:
        return 0.0, frozenset()
    numbers, cost = np.array([*pairs]), np.array([*pairs.values()])
    ends, end = np.unique(numbers[:, 0], return_inverse=True)
    begins, begin = np.unique(numbers[:, 1], return_inverse=True)
    size = len(ends) + len(begins)
    # a row for each end, then one for somebody new at each beginning; a column for each beginning, then for who goes
    row = np.concatenate([end, np.arange(size), len(ends) + begin])
    goes, new = len(begins) + np.arange(len(ends)), np.arange(len(begins))
    column = np.concatenate([begin, goes, new, len(begins) + end])
    costs = np.concatenate([cost, np.full(size, NEW), np.zeros(len(pairs))])
    table = coo_array((costs + OFFSET, (row, column)), (size, size))
    _, chosen = min_weight_full_bipartite_matching(table.tocsr())
    joined = chosen[end] == begin
    least = float(cost[joined].sum()) + NEW * (size - 2 * int(joined.sum()))
    return least, frozenset((before, after) for before, after in numbers[joined].tolist())


def returns(sightings: Sightings, appearance: Appearance, people: Sequence[Chain]) -> Iterator[Join]:
    """Say which of PEOPLE, each with all their sightings in order, may have gone and come back as which.

    Where they went says nothing then, only what they look like: the most alike of those who went before, and who looks
    like nobody who came later as much. None of it is certain, so no margin is positive.
    """
    long = [number for number, rows in enumerate(people) if len(rows) >= LONG]
    if not long:
        return
    looks = np.array([appearance.mean(people[number]) for number in long])
    begins, ends = (np.array([sightings.time[people[number][end]] for number in long]) for end in (0, -1))
    odds = np.where(ends[:, None] < begins[None], appearance.every_odds(looks, looks), -np.inf)
    best = (odds >= odds.max(axis=1, keepdims=True)) & (odds >= odds.max(axis=0, keepdims=True))
    for before, after in np.argwhere(best & (odds >= AGAIN)).tolist():
        yield Join(long[before], long[after], NEW - float(odds[before, after]), -1.0)
