"""Where things stand in the watermark strip. Everything here is as seen upright: the strip lies below the picture."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from redact.video.geometry import height_step
from redact.watermark.qr import MODULES
from redact.watermark.text import TIME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.records.clip import Clip

__all__ = ["QUIET", "StripForm", "upright"]

SHARE = 0.08
"""Share of the picture's height that the strip takes, unless the code needs more."""

FINEST = 2
"""px of the smallest side of a module."""

QUIET = 3
"""Modules of white around the code."""

SIDE = MODULES + 2 * QUIET

NARROWEST, LOWEST = 8, 15
"""px of the smallest cell in which a letter can still be read at a quarter of the bitrate."""

SLIM = 0.54
"""Width of a cell as seen, in heights."""

COLUMNS = {3: 72, 4: 46, 5: 34, 6: 25, 7: 20, 8: 0}
"""Letters in a row that each number of rows calls for, beside the time; fewer rows have larger letters."""

STACKED = {20: 7, 0: 9}
"""Rows above the code, where there is no room beside it, by the letters that fit in each."""

LEAST = 14
"""Letters in a row for which a copy is made wider than a very narrow picture."""

LEAST_SAR, MOST_SAR = Fraction(1, 4), Fraction(4)
"""Pixel shapes that are allowed for."""


@dataclass(frozen=True, slots=True)
class StripForm:
    """Measures of one strip, px."""

    picture: tuple[int, int]
    """Width and height of the picture above it, even."""
    width: int
    height: int
    module: tuple[int, int]
    """Width and height of a module of the code."""
    code: tuple[int, int]
    """Left and top of the code's white ground in the strip."""
    text: tuple[int, int]
    """Left and top of the first letter."""
    rows: int
    columns: int
    cell: tuple[int, int]
    """Width and height of a letter's cell."""

    @classmethod
    def of(cls, clip: Clip) -> StripForm:
        """Measures of the strip of CLIP."""
        turned = clip.orientation.sideways
        step = 2 if turned else height_step(clip)
        width, height = clip.orientation.size(*(side + side % 2 for side in (clip.width, clip.height)))
        shape = min(max(clip.sample_aspect_ratio or Fraction(1), LEAST_SAR), MOST_SAR)
        shape = 1 / shape if turned else shape
        module = _module(height, shape)
        ground = SIDE * module[0], SIDE * module[1]
        gap = 2 * module[0]
        full = max(width, _up(2 * gap + max(ground[0], LEAST * NARROWEST), 2))
        beside = full - ground[0] - 3 * gap
        if beside < TIME * NARROWEST:
            return cls._stacked((width, height), full, module, gap, step)
        rows, cell = _cells((beside, ground[1] - 2 * module[1]), shape)
        tall = _up(max(ground[1], rows * cell[1] + 2 * module[1]), step)
        return cls(
            picture=(width, height),
            width=full,
            height=tall,
            module=module,
            code=(full - ground[0] - gap, (tall - ground[1]) // 2),
            text=(gap, (tall - rows * cell[1] + 1) // 2),
            rows=rows,
            columns=beside // cell[0],
            cell=cell,
        )

    @property
    def ground(self) -> tuple[slice, slice]:
        """Window of the code's white ground in the strip."""
        (left, top), (across, down) = self.code, self.module
        return slice(top, top + SIDE * down), slice(left, left + SIDE * across)

    @classmethod
    def _stacked(cls, picture: tuple[int, int], full: int, module: tuple[int, int], gap: int, step: int) -> StripForm:
        """Measures of a strip with the letters above the code."""
        columns = (full - 2 * gap) // NARROWEST
        rows = next(rows for least, rows in STACKED.items() if columns >= least)
        cell = NARROWEST, LOWEST
        top = rows * cell[1] + 2 * gap
        return cls(
            picture=picture,
            width=full,
            height=_up(top + SIDE * module[1], step),
            module=module,
            code=(full - SIDE * module[0] - gap, top),
            text=(gap, gap),
            rows=rows,
            columns=columns,
            cell=cell,
        )


def upright(plane: NDArray[Any], clip: Clip) -> NDArray[Any]:
    """View of PLANE turned as it is seen; writing to it writes to PLANE."""
    return clip.orientation.upright(plane)


def _module(height: int, shape: Fraction) -> tuple[int, int]:
    """Width and height of a module that looks square, below a picture HEIGHT px high; SHAPE is that of a px."""
    side = max(FINEST, int(SHARE * height / SIDE))
    down = max(side, round(FINEST * shape))
    return max(FINEST, round(down / shape)), down


def _cells(room: tuple[int, int], shape: Fraction) -> tuple[int, tuple[int, int]]:
    """How many rows of letters go into ROOM (width, height), and the size of a cell: the largest of which enough do.

    A row holds a time at least; what is too high for ROOM makes the strip higher.
    """
    for rows, columns in COLUMNS.items():
        tall = max(room[1] // rows, LOWEST)
        cell = max(NARROWEST, min(round(SLIM * tall / shape), room[0] // LEAST)), tall
        if room[0] // cell[0] >= max(columns, TIME):
            break
    return rows, cell


def _up(number: int, step: int) -> int:
    """Round NUMBER up to a multiple of STEP."""
    return -(-number // step) * step
