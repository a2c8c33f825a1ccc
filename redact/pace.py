"""Which frames the networks look at: often while something moves, seldom while nothing does, always at the ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.detect import thumbnail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction

    from numpy.typing import NDArray

    from redact.records import Frame

__all__ = ["Pace"]

STILL_S = 1.0
"""Longest time between two looks, while nothing moves."""

MOVING_S = 0.25
"""Time between two looks while something moves."""

MOVED = 6.0
"""Levels of 255 by which the mean of a tile changes when something crosses it; noise averages out far below."""

CUT = (0.4, 5.0)
"""At a hard cut two thumbnails correlate less than this, and the median tile changes by more levels than this.

On real footage cuts correlate at 0.0 to 0.2, and the fastest movement without one at 0.55 and above.
"""

WIDTH = 160
"""px of the thumbnail that motion is measured on."""

TILE = 8
"""px of a tile of it."""


class Pace:
    """Picks frames by their times and by how the picture changes. Nothing of it depends on what is found."""

    def __init__(self, time_base: Fraction) -> None:
        """Measure time in ticks of TIME_BASE."""
        self._time_base = time_base
        self.looked: list[int] = []
        """Indices of the frames picked so far."""
        self.cuts: list[int] = []
        """Indices of the first frames after a hard cut."""

    def pick(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Give those of FRAMES to look at; the first and the last, and both sides of a cut, are always among them."""
        seen: NDArray[np.float32] | None = None
        before: NDArray[np.float32] | None = None
        held: Frame | None = None
        since = 0.0
        for frame in frames:
            now, at = thumbnail(frame, WIDTH), float(frame.pts * self._time_base)
            cut = before is not None and _is_cut(before, now)
            if cut:
                self.cuts.append(frame.index)
                if held is not None:
                    yield self._look(held)
            due = seen is None or cut or self._due(at - since, _tiles(now, seen))
            if due:
                yield self._look(frame)
                seen, since = now, at
            before, held = now, None if due else frame
        if held is not None:
            yield self._look(held)

    def _look(self, frame: Frame) -> Frame:
        self.looked.append(frame.index)
        return frame

    def _due(self, waited_s: float, change: NDArray[np.float32]) -> bool:
        """Tell whether to look after WAITED_S, given the CHANGE of every tile since the last look."""
        # half a frame of slack: at 12.5 frames/s the second frame after 0.16 s is nearer than the third after 0.24
        return waited_s >= STILL_S or (waited_s >= MOVING_S - 0.02 and float(change.max()) > MOVED)


def _is_cut(before: NDArray[np.float32], now: NDArray[np.float32]) -> bool:
    """Tell whether two thumbnails that follow each other show two scenes. A flash changes levels, not structure."""
    a, b = before - before.mean(), now - now.mean()
    alike = float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1))
    return alike < CUT[0] and float(np.median(_tiles(now, before))) > CUT[1]


def _tiles(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean absolute difference of two thumbnails in every tile, whole tiles only."""
    rows, columns = max(1, a.shape[0] // TILE), max(1, a.shape[1] // TILE)
    part = np.abs(a - b)[: rows * TILE, : columns * TILE]
    height, width = part.shape[0] // rows, part.shape[1] // columns
    tiles: NDArray[np.float32] = part[: rows * height, : columns * width].reshape(rows, height, columns, width)
    mean: NDArray[np.float32] = tiles.mean(axis=(1, 3))
    return mean
