"""What the copy shows, frame by frame, against its master: three watches that see every pair of pictures once.

The copy's pictures come from another decoder than the master's, and each is held against two others: the master's
own, and the one that was to be written, masked anew. So a mask that is not there is seen even where it would look
much like what it hides, and one that is there is never taken for a leak because its edges happen to run alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from redact.exposure import block_correlation, exposed, kept
from redact.records import Check

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

__all__ = ["Masks", "Pair", "Scene", "Strength", "Watch", "cells_shown", "distance"]

CELL = 8
"""px along each side of a cell that masks are judged by, or a little more where a box is no multiple of it."""

TELLING = 6.0
"""Mean difference of mask and master, levels of 255, from which a cell tells which of them the copy shows.

Of 2,050,000 such cells under masks of all three styles, in 24 runs over six clips at crf 20, not one was taken for
the master; boxes left out on purpose, 4,171 in each style, showed it in 94 to 100 of 100 of their telling cells. All
boxes of `blur` had such cells, and all but 13 of `fill`; of `pixelate` 797 had none, where the scene itself is plain.
"""

NEARER = 0.5
"""A cell shows the master where the copy is less than this share as far from it as from the mask.

At 1, the nearer of the two, one cell of those 2,050,000 would have been taken for a leak.
"""

SHOWN = 0.02
"""Share of the telling cells of a box that may show the master: none of up to 50. A face is more of a body."""

UNTOUCHED = 0.9
"""A box was never painted where more than this share of its px, not all alike, are to the level those of the master."""

ENOUGH = 20
"""Textured blocks from which texture tells of a box: by chance 3 in 4 of ten to twenty correlate, and all of fewer."""

BARE = 0.75
"""Most of a box's textured blocks that chance makes correlate: 0.45 in the worst of 2,266 boxes of ENOUGH, and under
the finer grain that `blur` has now 0.25 in the worst of 22,501. Of a scene left bare it is 0.93 or more, and 0.86
where the texture is mostly noise.

They run alike where the scene goes on under the mask, whose colours come from beside it, or at an edge of another.
"""

WEAK = 0.5
"""The same in all boxes of a clip, which may be one box that stands still: at most 0.05 in nine runs with ten up."""

SAMPLED = 10
"""Every so many frames the texture of the whole picture is compared."""

SCENE_BLOCKS = 100
"""Textured blocks below which chance decides how many are kept; then the tiles' levels and the frames' places judge."""

SCENE_KEPT = 0.7
"""Least share of the scene's textured blocks that correlate. x264 at crf 20 keeps 97 to 100 of 100, 93 to 100 in
a camera's noise, and 86 where that is most of the texture, over a scene that stands still."""

TILE = 64
"""px along each side of the tiles in which pictures are compared with what they were to be."""

SCENE_LEVELS = 10.0
"""Most mean difference of a tile, levels of 255. At crf 20 the worst is 2 to 6, and 7 in strong noise."""

ROWS = np.s_[4::8]
"""Rows of the picture by which whole frames are compared."""

SWAPPED = 0.5
"""A frame is out of place where it is less than this share as far from a neighbour's picture as from its own."""

APART = 0.5
"""Levels of 255 by which it must be nearer, too: a scene in which nothing moves has no order."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One frame of the copy beside its master. Planes are luma of the picture part, (h, w) uint8 or uint16."""

    index: int
    """Of the master's frame."""
    master: NDArray[Any]
    wanted: NDArray[Any]
    """As it was to be written."""
    copy: NDArray[Any]
    """As it was decoded."""
    painted: NDArray[Any]
    """Luma of the whole copy, watermark and all, as it was to be written."""
    planes: tuple[NDArray[Any], ...]
    """All planes of the whole copy, as decoded."""
    boxes: NDArray[np.int32]
    """(k, 4) px hidden on this frame."""

    @property
    def depth(self) -> int:
        """Bits of a sample."""
        return 8 if self.master.dtype == np.uint8 else 10


class Watch(Protocol):
    """Something that sees every frame of the copy and has one thing to say in the end."""

    def see(self, pair: Pair) -> None:
        """Look at one frame."""
        ...

    def result(self) -> Check:
        """Sum up."""
        ...


class Masks:
    """Every box of every frame shows its mask, not what the mask hides."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._boxes = self._shown = self._bare = self._plain = 0
        self._worst, self._worst_at = 0.0, -1

    def see(self, pair: Pair) -> None:
        """Judge the boxes of PAIR."""
        scale = 2.0 ** (8 - pair.depth)
        for box in pair.boxes.tolist():
            shown, telling = cells_shown(pair.master, pair.wanted, pair.copy, box, scale)
            share = shown / max(telling, 1)
            bare = not telling and _untouched(pair, box)
            self._boxes += 1
            self._shown += share > SHOWN
            self._bare += bare
            self._plain += not telling and not bare
            if share > self._worst:
                self._worst, self._worst_at = share, pair.index

    def result(self) -> Check:
        """Pass where no box shows the master."""
        found = f"{self._boxes:,} boxes compared with the master and with their masks; {self._shown:,} show the master"
        found += f" (worst: {self._worst:.0%} of the box, frame {self._worst_at})" if self._worst else ""
        found += f"; {self._bare:,} were never painted" if self._bare else ""
        found += f"; {self._plain:,} too plain to tell" if self._plain else ""
        return Check("masks", not self._shown and not self._bare, f"{found}.")


class Strength:
    """What is under the masks cannot be made out, however the mask came to be. Judged by texture alone."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._shown = self._blocks = self._boxes = 0
        self._worst = 0.0

    def add(self, share: NDArray[np.float32], total: NDArray[np.int64]) -> None:
        """Count the boxes of one frame: SHARE (k,) of TOTAL (k,) textured blocks that correlate with the master."""
        share, total = share[total >= ENOUGH], total[total >= ENOUGH]
        self._boxes += len(total)
        self._shown += round(float((share * total).sum()))
        self._blocks += int(total.sum())
        self._worst = max(self._worst, float(share.max(initial=0)))

    def result(self) -> Check:
        """Pass where no more blocks correlate than chance explains, in all and in every box."""
        share = self._shown / max(self._blocks, 1)
        found = (
            f"{share:.1%} of {self._blocks:,} textured blocks under {self._boxes:,} masks resemble the master, "
            f"{self._worst:.0%} in the worst; chance explains {WEAK:.0%} in all and {BARE:.0%} in one."
        )
        return Check("strength", share <= WEAK and self._worst <= BARE, found)


class Scene:
    """All that is not hidden is as it was, and every frame is in its place."""

    def __init__(self, last: int, strength: Strength) -> None:
        """LAST is the index of the last frame; STRENGTH is told what the same comparison says of the boxes."""
        self._last, self._strength = last, strength
        self._frames = self._kept = self._blocks = self._swapped = 0
        self._levels, self._levels_at = 0.0, -1
        self._before: tuple[NDArray[Any], NDArray[Any], float] | None = None

    def see(self, pair: Pair) -> None:
        """Compare the picture of PAIR with what it was to be."""
        self._rows(pair)
        if self._frames % SAMPLED == 0 or pair.index == self._last:
            self._texture(pair)
        self._frames += 1

    def result(self) -> Check:
        """Pass where the scene is kept and no frame is out of place."""
        share = self._kept / self._blocks if self._blocks else 1.0
        few = ", too few to judge by" if self._blocks < SCENE_BLOCKS else ""
        found = (
            f"{share:.1%} of {self._blocks:,} textured blocks outside the masks are kept{few}; the tile of {TILE} px "
            f"least like what it was to be differs by {self._levels:.1f} of 255 levels (frame {self._levels_at}); "
            f"{self._swapped:,} of {self._frames:,} frames are out of place."
        )
        alike = share >= SCENE_KEPT or self._blocks < SCENE_BLOCKS
        passed = alike and self._levels <= SCENE_LEVELS and not self._swapped and self._frames > 0
        return Check("scene", passed, found)

    def _rows(self, pair: Pair) -> None:
        """Compare every eighth row with what it was to be, and with the frame before."""
        wanted, copy = pair.wanted[ROWS], pair.copy[ROWS]
        scale = 2.0 ** (8 - pair.depth)
        own, worst = distance(copy, wanted) * scale, _worst_tile(copy, wanted) * scale
        if worst > self._levels or self._levels_at < 0:
            self._levels, self._levels_at = worst, pair.index
        if self._before is not None:
            wanted_before, copy_before, own_before = self._before
            late = _nearer(distance(copy, wanted_before) * scale, own)
            early = _nearer(distance(copy_before, wanted) * scale, own_before)
            self._swapped += late or early
        self._before = wanted, copy, own

    def _texture(self, pair: Pair) -> None:
        """Correlate the whole picture, block by block."""
        textured, correlation = block_correlation(pair.master, pair.copy, pair.depth)
        shown, total = kept(textured, correlation, pair.boxes)
        self._kept += shown
        self._blocks += total
        self._strength.add(*exposed(textured, correlation, pair.boxes))


def cells_shown(
    master: NDArray[Any], wanted: NDArray[Any], copy: NDArray[Any], box: list[int], scale: float = 1.0
) -> tuple[int, int]:
    """Count the cells of BOX, which holds px, where COPY shows MASTER, not the mask WANTED, and those that tell.

    SCALE turns the planes' levels into 255.
    """
    cut = np.s_[box[1] : box[3], box[0] : box[2]]
    hidden, mask, seen = master[cut], wanted[cut], copy[cut]
    corners, sizes = _grid(*hidden.shape)
    telling = _apart(hidden, mask, corners) * scale >= TELLING * sizes
    if not telling.any():
        return 0, 0
    shown = _apart(seen, hidden, corners) < NEARER * _apart(seen, mask, corners)
    return int(np.count_nonzero(shown & telling)), int(np.count_nonzero(telling))


def _untouched(pair: Pair, box: list[int]) -> bool:
    """Tell whether the painter left BOX as it was, though there is something to be seen in it."""
    cut = np.s_[box[1] : box[3], box[0] : box[2]]
    hidden, mask = pair.master[cut], pair.wanted[cut]
    return bool(hidden.std() > 1 and np.mean(hidden == mask) > UNTOUCHED)


def _apart(a: NDArray[Any], b: NDArray[Any], corners: NDArray[np.intp]) -> NDArray[Any]:
    """Sum of absolute differences of two planes over each cell; where CORNERS are is what `_grid` gives."""
    table = cv2.integral(cv2.absdiff(a, b)).ravel().take(corners)
    rows = table[1:] - table[:-1]
    sums: NDArray[Any] = rows[:, 1:] - rows[:, :-1]
    return sums


def _grid(rows: int, columns: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Corners of the cells of a plane, as places in its flat integral, and px in each cell; they hold every px."""
    down, across = _edges(rows), _edges(columns)
    return down[:, None] * (columns + 1) + across, np.diff(down)[:, None] * np.diff(across)


@lru_cache(maxsize=1024)
def _edges(size: int) -> NDArray[np.intp]:
    """Where the cells along SIZE px begin, and where the last ends."""
    cells = max(1, size // CELL)
    return np.arange(cells + 1) * size // cells


def distance(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Mean absolute difference of two planes, in their own levels."""
    return float(cv2.norm(a, b, cv2.NORM_L1)) / max(a.size, 1)


def _worst_tile(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Mean absolute difference, in their own levels, of the tile in which two planes, cut to ROWS, differ most."""
    rows, columns = a.shape
    if not a.size:
        return 0.0
    size = (max(1, columns // TILE), max(1, rows * 8 // TILE))
    return float(cv2.resize(cv2.absdiff(a, b), size, interpolation=cv2.INTER_AREA).max())


def _nearer(neighbour: float, own: float) -> bool:
    """Tell whether a picture that differs by OWN levels from its own is clearly the NEIGHBOUR's."""
    return neighbour < SWAPPED * own and own - neighbour > APART
