"""Which pictures of two files to look at, so that they lie all over a clip and decoding to them costs little."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from redact.video.second_reading import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["PICTURES", "Line", "choose", "runs", "window"]

PLACES = 12
"""Places of a clip that are looked at, at most."""

PICTURES = 2
"""Pictures at each place, one after the other."""

SAVED = 30
"""Frames that entering a file anew has to save, for the start of another process is not free."""

EARLIER, LATER = 0.4, 0.6
"""Shares of the way to its neighbours where a window begins and ends; where a tick is as long as a picture, the end is
rounded to the next."""

ALONE_S = 0.01
"""Seconds around a picture that has no neighbour."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The pictures of a file in time."""

    times: NDArray[np.float64]
    """(n,) seconds."""
    keys: NDArray[np.intp]
    """(k,) which of them the file can be entered at; where none is known, its first."""

    def entered(self, place: int) -> int:
        """Give the last picture up to PLACE at which the file can be entered."""
        before = self.keys[: np.searchsorted(self.keys, place, side="right")]
        return int(before[-1]) if len(before) else 0


def choose(lines: Sequence[tuple[Line, int]], first: int, end: int, allowed: float) -> list[int]:
    """Choose places from FIRST up to END, spread over them, such that no file has more than ALLOWED pictures decoded.

    Each of LINES comes with the number that its first picture has among those that are counted.
    """
    last = end - PICTURES
    chosen = [first]
    for part in _spread(PLACES - 1):
        more = sorted({*chosen, first + round(part * (last - first))})
        if last > first and all(_cost(line, [place - shift for place in more]) <= allowed for line, shift in lines):
            chosen = more
    return chosen


def runs(line: Line, places: Sequence[int]) -> Iterator[list[int]]:
    """Group PLACES of LINE into runs, each read in one go: a new one where entering the file anew saves enough."""
    run: list[int] = []
    for place in places:
        if run and line.entered(place) > run[-1] + SAVED:
            yield run
            run = []
        run.append(place)
    yield run


def window(line: Line, place: int) -> Window:
    """Stretch of time that holds the pictures of LINE at PLACE, and no others."""
    times, last = line.times, len(line.times) - 1
    end = min(place + PICTURES - 1, last)
    alone = (times[end] - times[end - 1] if end else ALONE_S) * LATER
    before = (times[place] - times[max(place - 1, 0)]) * EARLIER or alone
    after = (times[min(end + 1, last)] - times[end]) * LATER or alone
    return Window(Fraction(float(times[place] - before)), Fraction(float(times[end] + after)))


def _cost(line: Line, places: Sequence[int]) -> int:
    """Count the pictures of LINE to decode to see PLACES."""
    return sum(run[-1] + PICTURES - line.entered(run[0]) for run in runs(line, places))


def _spread(count: int) -> Iterator[Fraction]:
    """Give COUNT parts of a whole, each far from those before: the end, the middle, the quarters and so on."""
    yield Fraction(1)
    halves = (Fraction(odd, 2**depth) for depth in range(1, count) for odd in range(1, 2**depth, 2))
    yield from islice(halves, count - 1)
