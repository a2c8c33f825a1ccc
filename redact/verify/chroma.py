"""The colours of the copy against those that were to be painted; the watches of `frame_checks` see luma alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from redact.records.kinds import CheckName
from redact.records.plan import Check
from redact.verify.cells import means
from redact.verify.tally import Least, Most

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from redact.verify.pair import Pair

__all__ = ["Chroma", "ChromaTally"]

TILE = 8
"""Samples of U or V along each side of a tile; noise evens out in it."""

SAMPLED = 5
"""Every so many frames are looked at, and the last."""

TOGETHER = 8
"""Frames looked at whose tiles are added up, in which noise evens out further."""

COLOURED = 0.5
"""Mean distance of the tiles from grey, levels of 255, of a picture that has colours to tell by."""

KEPT = 0.5
"""Least share of the distance from grey that is as it was to be.

In honest copies of some 45 clips it was 84 % or more, with strong noise over a scene of hardly any colour as well; of
colours that are lost or swapped nothing is. Measured once (docs/adr/0018-checks-that-share-nothing.md); `python -m
benchmarks.faults` counts honest copies that fail, and such faults that are missed.
"""

LEVELS = 10.0
"""Most that the mean of a tile may differ on a frame, levels of 255. Of the same copies 5.6 at most, most 3."""


@dataclass(slots=True)
class ChromaTally:
    """What `Chroma` counted."""

    seen: int = 0
    """Frames,"""
    frames: int = 0
    """those whose colours were looked at,"""
    judged: int = 0
    """and how often as many as are TOGETHER had colours to tell by."""
    least: Least = Least()  # noqa: RUF009  it cannot be changed
    """Share of the distance from grey that is as it was to be."""
    levels: Most = Most(-1.0)  # noqa: RUF009  as above
    """By which a tile differs."""

    def result(self) -> Check:
        """Pass where the colours are kept."""
        if not self.frames:
            return Check(CheckName.COLOURS, self.seen > 0, f"{self.seen:,} frames, all of them grey.")
        share = (
            f"{self.least.level:.1%} or more of the colour is as it was to be" if self.judged else "Nearly all is grey"
        )
        sentence = (
            f"{share} on {self.frames:,} frames looked at; the tile of {TILE} x {TILE} samples that differs most does "
            f"so by {self.levels.level:.1f} of 255 levels ({self.levels.at})."
        )
        return Check(CheckName.COLOURS, self.least.level >= KEPT and self.levels.level <= LEVELS, sentence)


class Chroma:
    """U and V of every frame are those that were to be painted."""

    def __init__(self, last: int) -> None:
        """LAST is the index of the last frame."""
        self._last, self._counted = last, ChromaTally()
        self._sums: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []

    @property
    def tally(self) -> ChromaTally:
        """What was counted; what was not judged yet is judged now."""
        counted = self._counted
        if counted.frames and (not counted.judged or counted.frames % TOGETHER >= TOGETHER // 2):  # few are noise
            self._judge()
        return counted

    def see(self, pair: Pair) -> None:
        """Compare the colours of PAIR with what they were to be."""
        due = self._counted.seen % SAMPLED == 0 or pair.index == self._last
        self._counted.seen += 1
        if due and len(pair.planes) > 1:
            self._compare(pair)
            if self._counted.frames % TOGETHER == 0:
                self._judge()

    def _compare(self, pair: Pair) -> None:
        """Add the tiles of PAIR to those before."""
        scale, middle = 2.0 ** (8 - pair.depth), 2 ** (pair.depth - 1)
        planes = zip(pair.whole[1:], pair.planes[1:], strict=True)
        tiles = [tuple(_tiles(plane, middle, scale) for plane in both) for both in planes]
        levels = max(float(np.abs(copy - wanted).max(initial=0.0)) for wanted, copy in tiles)
        if levels > self._counted.levels.level:
            self._counted.levels = Most(levels, f"frame {pair.index}")
        before = self._sums or [(np.zeros_like(wanted), np.zeros_like(copy)) for wanted, copy in tiles]
        self._sums = [(a + wanted, b + copy) for (a, b), (wanted, copy) in zip(before, tiles, strict=True)]
        self._counted.frames += 1

    def _judge(self) -> None:
        """Hold the sums of the copy's tiles against those that were to be, and begin anew."""
        count = (self._counted.frames - 1) % TOGETHER + 1
        colour = float(np.mean([np.abs(wanted).mean() for wanted, _ in self._sums])) if self._sums else 0.0
        if colour >= COLOURED * count:
            apart = float(np.mean([np.abs(copy - wanted).mean() for wanted, copy in self._sums]))
            self._counted.least = Least(min(self._counted.least.level, 1 - apart / colour))
            self._counted.judged += 1
        self._sums = []


def _tiles(plane: NDArray[Any], middle: int, scale: float) -> NDArray[np.float32]:
    """Mean distance from grey, levels of 255, of each tile of PLANE of U or V."""
    rows, columns = plane.shape
    return np.asarray((means(plane, max(1, rows // TILE), max(1, columns // TILE)) - middle) * scale, np.float32)
