"""What the copy shows, frame by frame, against its master: two checks that see every pair of pictures once.

The copy's pictures come from another decoder than the master's, and each is held against two others: the master's
own, and the one that was to be written, masked anew. So a missing mask is found even where it would have looked much
like what it hides, and a mask that is there is not taken for a leak because its edges run like those it hides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.records.kinds import CheckName
from redact.records.plan import Check
from redact.verify.cells import edges, means, together
from redact.verify.leakage import block_correlation, kept
from redact.verify.tally import Most

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from redact.verify.evidence import Worst
    from redact.verify.pair import Pair

__all__ = ["SHOWN", "Masks", "MasksTally", "Scene", "SceneTally", "cells_shown", "distance"]

CELL = 8
"""px along each side of a cell that masks are judged by, or a little more where a box is no multiple of it."""

TELLING = 8.0
"""Mean difference of mask and master, levels of 255, from which a cell tells which of them the copy shows.

At 6, one of 28,062 honest boxes on eight real clips had a cell that the encoder left nearer to a wall of almost the
mask's colour (`python -m benchmarks.leakage.strength --clips DIR`). What differs by less is for `strength`, which sums
it up.
"""

NEARER = 0.5
"""A cell shows the master where the copy is less than this share as far from the master as from the mask.

At 1, where the nearer of the two decides, one cell of 2,050,000 would have been taken for a leak: measured once, in 24
runs of honest copies, by no command that is kept.
"""

SHOWN = 0.02
"""Share of the telling cells of a box beyond which it shows the master, so of fewer than 50 cells none may.

A bare face is a larger share of the box of a body.
"""

UNTOUCHED = 0.9
"""A box was never painted where more than this share of its px were to be as in the master, and are not all alike."""

SAMPLED = 10
"""Every so many frames the texture of the whole picture is compared."""

SCENE_BLOCKS = 100
"""Textured blocks below which chance decides how many are kept: then only tiles and the order of frames are judged."""

SCENE_KEPT = 0.7
"""Least share of the scene's textured blocks that correlate.

x264 at crf 20 keeps 97 to 100 of 100, 93 to 100 in a camera's noise, and 86 where that is most of the texture, over a
scene that stands still: measured once, by no command that is kept.
"""

TILE = 64
"""px along each side of the tiles in which pictures are compared with what they were to be."""

SCENE_LEVELS = 10.0
"""Most mean difference of a tile, levels of 255.

At crf 20 the worst is 2 to 6, and 7 in strong noise: measured once, by no command that is kept.
"""

ROWS = np.s_[4::8]
"""Rows of the picture by which whole frames are compared."""

SWAPPED = 0.5
"""A frame is out of place where it is less than this share as far from a neighbour's picture as from its own."""

APART = 0.5
"""Levels of 255 by which it must be nearer to the neighbour, too: where nothing moves, frames are alike."""


@dataclass(slots=True)
class MasksTally:
    """What `Masks` counted."""

    boxes: int = 0
    shown: int = 0
    """Boxes that show the master,"""
    bare: int = 0
    """that were never painted,"""
    plain: int = 0
    """and that are too plain to tell."""
    most: Most = Most()  # noqa: RUF009  it cannot be changed
    """Share of a box that shows the master."""
    bare_at: str = ""

    def result(self) -> Check:
        """Pass where no box shows the master."""
        sentence = f"{self.boxes:,} boxes compared with the master and with their masks; {self.shown:,} show the master"
        sentence += f" (worst: {self.most.level:.0%} of the box, {self.most.at})" if self.most.level else ""
        sentence += f"; {self.bare:,} were never painted{self.bare_at}" if self.bare else ""
        sentence += f"; {self.plain:,} too plain to tell" if self.plain else ""
        return Check(CheckName.MASKS, not self.shown and not self.bare, f"{sentence}.")


class Masks:
    """Every box of every frame shows its mask, not what the mask hides."""

    def __init__(self, worst: Worst) -> None:
        """Start with nothing seen, and keep the WORST."""
        self._worst, self.tally = worst, MasksTally()

    def see(self, pair: Pair) -> None:
        """Judge the boxes of PAIR."""
        scale, tally = 2.0 ** (8 - pair.depth), self.tally
        for box, differences in _summed(pair):
            shown, telling = differences.shown(box, scale)
            share = shown / max(telling, 1)
            bare = not telling and _untouched(pair, box)
            tally.boxes += 1
            tally.plain += not telling and not bare
            if share > tally.most.level:
                tally.most = Most(share, self._worst.where(pair.index, box))
            if share > SHOWN:
                tally.shown += 1
                self._worst.offer(share, pair, box, f"{share:.0%} of the box shows the master, not its mask")
            if bare:
                tally.bare += 1
                tally.bare_at = tally.bare_at or f" (the first: {self._worst.where(pair.index, box)})"
                self._worst.offer(1.0, pair, box, "the box was never painted")


@dataclass(slots=True)
class SceneTally:
    """What `Scene` counted."""

    frames: int = 0
    kept: int = 0
    """Textured blocks outside the masks that are kept,"""
    blocks: int = 0
    """and all of them."""
    swapped: int = 0
    """Frames out of place."""
    levels: Most = Most(-1.0)  # noqa: RUF009  it cannot be changed
    """Of the tile least like what it was to be, of 255."""
    swapped_at: str = ""

    def result(self) -> Check:
        """Pass where the scene is kept and no frame is out of place."""
        share = self.kept / self.blocks if self.blocks else 1.0
        few = ", too few to judge by" if self.blocks < SCENE_BLOCKS else ""
        sentence = (
            f"{share:.1%} of {self.blocks:,} textured blocks outside the masks are kept{few}; the tile of {TILE} px "
            f"least like what it was to be differs by {max(self.levels.level, 0):.1f} of 255 levels{self.levels.at}; "
            f"{self.swapped:,} of {self.frames:,} frames are out of place{self.swapped_at}."
        )
        alike = share >= SCENE_KEPT or self.blocks < SCENE_BLOCKS
        passed = alike and self.levels.level <= SCENE_LEVELS and not self.swapped and self.frames > 0
        return Check(CheckName.SCENE, passed, sentence)


class Scene:
    """All that is not hidden is as it was, and every frame is in its place."""

    def __init__(self, last: int, worst: Worst) -> None:
        """LAST is the index of the last frame; the WORST is kept."""
        self._last, self._worst, self.tally = last, worst, SceneTally()
        self._before: tuple[NDArray[Any], NDArray[Any], float] | None = None

    def see(self, pair: Pair) -> None:
        """Compare the picture of PAIR with what it was to be."""
        self._rows(pair)
        if self.tally.frames % SAMPLED == 0 or pair.index == self._last:
            self._texture(pair)
        self.tally.frames += 1

    def _rows(self, pair: Pair) -> None:
        """Compare every eighth row with what it was to be, and with the frame before."""
        wanted, copy = pair.wanted[ROWS], pair.copy[ROWS]
        scale = 2.0 ** (8 - pair.depth)
        own, (levels, tile) = distance(copy, wanted) * scale, _worst_tile(copy, wanted)
        self._tile(pair, levels * scale, tile)
        if self._before is not None:
            wanted_before, copy_before, own_before = self._before
            late = _nearer(distance(copy, wanted_before) * scale, own)
            early = _nearer(distance(copy_before, wanted) * scale, own_before)
            if late or early:
                self.tally.swapped += 1
                self.tally.swapped_at = self.tally.swapped_at or f" (the first {self._worst.when(pair.index)})"
                whole = [0, 0, *pair.master.shape[::-1]]
                self._worst.offer(256.0, pair, whole, "the frame, or the one before it, is in another's place")
        self._before = wanted, copy, own

    def _tile(self, pair: Pair, levels: float, tile: list[int]) -> None:
        """Note that TILE of PAIR is the one least like what it was to be, by so many LEVELS of 255."""
        if levels > self.tally.levels.level:
            self.tally.levels = Most(levels, f" ({self._worst.where(pair.index, tile)})")
        if levels > SCENE_LEVELS:
            self._worst.offer(levels, pair, tile, f"the picture is {levels:.0f} levels from what it was to be")

    def _texture(self, pair: Pair) -> None:
        """Correlate the whole picture, block by block."""
        textured, correlation = block_correlation(pair.master, pair.copy, pair.depth)
        shown, total = kept(textured, correlation, pair.boxes)
        self.tally.kept += shown
        self.tally.blocks += total


def cells_shown(
    master: NDArray[Any], wanted: NDArray[Any], copy: NDArray[Any], box: list[int], scale: float = 1.0
) -> tuple[int, int]:
    """Count the cells of BOX, which holds px, where COPY shows MASTER, not the mask WANTED, and those that tell.

    SCALE turns the planes' levels into 255.
    """
    return _Differences(master, wanted, copy, box).shown(box, scale)


class _Differences:
    """How far a mask is from what it hides, and a copy from the mask: summed up once for all boxes in a window."""

    def __init__(self, master: NDArray[Any], wanted: NDArray[Any], copy: NDArray[Any], window: Sequence[int]) -> None:
        """Sum up within WINDOW, xyxy px."""
        self._left, self._top, right, bottom = window
        cut = np.s_[self._top : bottom, self._left : right]
        self._master, self._copy, mask = master[cut], copy[cut], wanted[cut]
        self._wide = right - self._left + 1
        both = cv2.merge([cv2.absdiff(self._master, mask), cv2.absdiff(self._copy, mask)])
        self._table: NDArray[Any] = cv2.integral(both).reshape(-1, 2)

    def shown(self, box: list[int], scale: float) -> tuple[int, int]:
        """Count the cells of BOX that show the master, and those that tell; SCALE turns levels into 255."""
        x, y = box[0] - self._left, box[1] - self._top
        columns, rows = box[2] - box[0], box[3] - box[1]
        (down, high), (across, wide) = _cells(rows), _cells(columns)
        corners = ((down + y) * self._wide)[:, None] + (across + x)
        apart, off = np.moveaxis(_over_cells(self._table.take(corners, axis=0)), 2, 0)
        telling = apart >= high[:, None] * (wide * (TELLING / scale))
        count = int(np.count_nonzero(telling))
        if not count or not (telling & (off * (1 + NEARER) > apart)).any():
            return 0, count  # no cell is near enough to the master, wherever that is
        cut = np.s_[y : y + rows, x : x + columns]
        table = cv2.integral(cv2.absdiff(self._copy[cut], self._master[cut]))
        bare = _over_cells(table[down[:, None], across]) < NEARER * off
        return int(np.count_nonzero(bare & telling)), count


def _summed(pair: Pair) -> Iterator[tuple[list[int], _Differences]]:
    """Give every box of PAIR with what is summed up there: for many at once, or for each by itself if that is less."""
    boxes = np.clip(pair.boxes, 0, np.tile(pair.master.shape[::-1], 2))
    window = together(boxes)
    whole = _Differences(pair.master, pair.wanted, pair.copy, window) if window else None
    for box in boxes.tolist():
        yield box, whole or _Differences(pair.master, pair.wanted, pair.copy, box)


def _untouched(pair: Pair, box: list[int]) -> bool:
    """Tell whether the painter left BOX as it was, though there is something to be seen in it."""
    cut = np.s_[box[1] : box[3], box[0] : box[2]]
    hidden, mask = pair.master[cut], pair.wanted[cut]
    return bool(hidden.std() > 1 and np.mean(hidden == mask) > UNTOUCHED)


def _over_cells(table: NDArray[Any]) -> NDArray[Any]:
    """Sums over cells, given an integral TABLE (rows + 1, columns + 1, ...) at their corners."""
    rows = table[1:] - table[:-1]
    sums: NDArray[Any] = rows[:, 1:] - rows[:, :-1]
    return sums


@lru_cache(maxsize=1024)
def _cells(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the cells along SIZE px begin, and where the last ends; and px along each."""
    places = edges(size, max(1, size // CELL))
    return places, np.diff(places)


def distance(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Mean absolute difference of two planes, in their own levels."""
    return float(cv2.norm(a, b, cv2.NORM_L1)) / max(a.size, 1)


def _worst_tile(a: NDArray[Any], b: NDArray[Any]) -> tuple[float, list[int]]:
    """Mean absolute difference, in their own levels, of the tile in which two planes, cut to ROWS, differ most.

    The tile is xyxy px of the planes before they were cut.
    """
    rows, columns = a.shape
    if not a.size:
        return 0.0, [0, 0, 1, 1]
    wide, high = max(1, columns // TILE), max(1, rows * 8 // TILE)
    tiles = means(cv2.absdiff(a, b), high, wide)
    y, x = divmod(int(tiles.argmax()), wide)
    (left, right), (top, bottom) = edges(columns, wide)[x : x + 2].tolist(), edges(rows, high)[y : y + 2].tolist()
    box = [left, 8 * top, right, 8 * bottom]
    return float(tiles.max()), box


def _nearer(neighbour: float, own: float) -> bool:
    """Tell whether a picture that differs by OWN levels from its own is clearly the NEIGHBOUR's."""
    return neighbour < SWAPPED * own and own - neighbour > APART
