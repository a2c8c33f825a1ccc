"""Which frames the networks look at: often while something moves, seldom while nothing does, always at the ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.detect.letterbox import thumbnail
from redact.detect.shots import is_cut, tile_changes
from redact.records.numbers import median

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction

    from numpy.typing import NDArray

    from redact.records.clip import Frame

__all__ = ["Look", "Sampler"]

CLOSELY_S = 0.1
"""Time between two looks while something moves, where it matters who is who."""

CLOSELY_STILL_S = 0.3
"""The same while nothing moves."""

FINE_S = 0.38
"""Least time between two closer looks at what is small: it moves less."""

STILL_S = 1.5
"""Longest time between two looks, while nothing moves."""

MOVING_S = 0.6
"""Time between two looks while something moves before a camera that stands still."""

FAST_S = 0.25
"""The same while something moves fast, as cars do."""

FAST = 700.0
"""Levels a second by which a tile changes where something moves fast: cars change it by more, most walkers by less."""

WHOLE_S = 2.4
"""Time since a look at the whole picture from which the next look is at all of it again, not at half."""

PANNING_S = 0.2
"""Time between two looks while the whole picture moves: then nothing can be told from where a thing was before."""

PANNED = 2.0
"""Levels by which the median tile changes where the camera moves; before one that stands still it hardly changes."""

SLACK_S = 0.025
"""How much sooner will do: at 12 frames/s the seventh frame, after 0.583 s, is near enough to MOVING_S."""

MOVED = 8.0
"""Levels of 255 by which the mean of a tile changes when something crosses it; noise averages out far below."""

STIRRED = 3.0
"""Levels by which a tile changes that something may be moving in; only there a look is due within the second."""

HALF = 0.46
"""Share of the width that all that stirs must fit in for half the picture to be looked at; the rest is margin."""

HELD_S = 0.3
"""Time for which a picture stays on screen that it is worth a look of its own, if anything stirred in it."""

TICK_S = 0.01
"""Least time between two frames that a speed is taken over."""

WIDTH = 160
"""px of the thumbnail that motion is measured on."""


class Look(NamedTuple):
    """A frame to look at, and how much of it."""

    frame: Frame
    left: float | None
    """Where the half begins that is looked at, as a share of the coded width; None for the whole picture."""
    fine: bool = False
    """Whether to look more closely, too."""


class Sampler:
    """Picks frames by their times and by how the picture changes. Nothing of it depends on what is found."""

    def __init__(self, time_base: Fraction, *, closely: bool = False) -> None:
        """Measure time in ticks of TIME_BASE. Look CLOSELY, and at all of the picture, where it matters who is who."""
        self._time_base, self._closely = time_base, closely
        self.looked: list[int] = []
        """Indices of the frames picked so far."""
        self.whole: list[int] = []
        """Those of them that are looked at whole."""
        self.fine: list[int] = []
        """Those of them that are looked at whole, and more closely too."""
        self._since_s = self._whole_s = self._fine_s = 0.0
        self.cuts: list[int] = []
        """Indices of the first frames after a hard cut."""

    def pick(self, frames: Iterable[Frame]) -> Iterator[Look]:
        """Give the looks to take at FRAMES; the first and the last, and both sides of a cut, are always among them."""
        last_look: NDArray[np.float32] | None = None
        before: NDArray[np.float32] | None = None
        held: Frame | None = None
        stirred, earlier = False, 0.0
        for frame in frames:
            now, at = thumbnail(frame, WIDTH), float(frame.pts * self._time_base)
            if held is not None and stirred and at - earlier >= HELD_S:
                yield self._look(held, None, fine=False)
                last_look, self._since_s, held = before, earlier, None
            step = None if before is None else tile_changes(now, before)
            cut = step is not None and before is not None and is_cut(before, now, step)
            if cut:
                self.cuts.append(frame.index)
                if held is not None:
                    yield self._look(held, None, fine=True)
            change = None if last_look is None or cut else tile_changes(now, last_look)
            due = change is None or step is None or self._due(at, change, float(step.max()) / max(at - earlier, TICK_S))
            if due:
                whole = change is None or self._closely or self._old(at) or float(change.max()) <= MOVED
                look = self._look(frame, None if whole or change is None else _half(change), fine=change is None)
                yield look
                last_look, self._since_s = now, at
                due = look.fine and look.left is None  # else it is looked at again if it is the last one
            before, earlier, held = now, at, None if due else frame
            stirred = change is not None and float(change.max()) > STIRRED
        if held is not None:
            yield self._look(held, None, fine=True)

    def _look(self, frame: Frame, left: float | None, *, fine: bool) -> Look:
        """Note a look at FRAME: at all of it, or at the half that begins at LEFT; a FINE one, or where one is due."""
        at = float(frame.pts * self._time_base)
        fine = fine or at - self._fine_s >= FINE_S or (left is None and self._old(at))
        self.looked.append(frame.index)
        if left is None:
            self.whole.append(frame.index)
        if fine:
            self._fine_s = at
        if fine and left is None:
            self.fine.append(frame.index)
            self._whole_s = at
        return Look(frame, left, fine)

    def _old(self, at: float) -> bool:
        """Tell whether at second AT the last closer look at the whole picture was long ago."""
        return at - self._whole_s >= WHOLE_S

    def _due(self, at: float, change: NDArray[np.float32], speed: float) -> bool:
        """Tell whether to look at second AT.

        Given are the CHANGE of every tile since the last look, and the SPEED at which one changes now, levels a second.
        """
        if at - self._since_s >= (CLOSELY_STILL_S if self._closely else STILL_S):
            return True
        wait_s = PANNING_S if median(change) > PANNED else FAST_S if speed > FAST else MOVING_S
        wait_s = CLOSELY_S if self._closely else wait_s
        return at - self._since_s >= wait_s - SLACK_S and float(change.max()) > MOVED


def _half(change: NDArray[np.float32]) -> float | None:
    """Find the half of the picture that holds all tiles that CHANGE stirs: its left edge as a share, None if none does.

    What stands still was seen by the last whole look and will be by the next.
    """
    columns = np.flatnonzero((change > STIRRED).any(axis=0))
    low, high = columns[0] / change.shape[1], (columns[-1] + 1) / change.shape[1]
    if high - low > HALF:
        return None
    return float(np.clip((low + high) / 2 - 1 / 4, 0, 1 / 2))
