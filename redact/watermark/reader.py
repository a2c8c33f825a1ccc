"""Reads the watermark strip of a decoded copy: the code by its modules, the letters each against all others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from redact.video.planes import Tones
from redact.watermark.glyphs import FIRST, atlas, codes
from redact.watermark.layout import QUIET, StripForm, upright
from redact.watermark.qr import MODULES, read_modules, unpack
from redact.watermark.text import Clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip, Layout
    from redact.watermark.mark import Mark
    from redact.watermark.strip import Strip

__all__ = ["Reading", "legible", "read"]

BLANK = 0.25
"""A cell whose standard deviation is less than this share of a letter's holds none."""

BETTER = 0.05
"""A letter is misread where another correlates with the cell by this much more than the right one."""

FIRM = 0.5
"""Contrast, of that painted, from which on a letter counts in full."""

WRONG = 10
"""A code of which one module in so many is wrong counts for nothing."""

CLOCK = "0123456789:.-#frame"
"""Letters that time and number are written with."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the strip of one decoded frame says."""

    release_id: str
    digest: str
    """In full, or as much of its start as had room in the code: 24 hex digits at least."""
    time: str
    """Of the master, HH:MM:SS.mmm as it stands there; empty where it cannot be read."""
    frame: int
    """Index in the master; -1 where it cannot be read."""

    def agrees(self, mark: Mark) -> bool:
        """Whether the code is that of MARK."""
        return self.release_id == mark.release_id and mark.digest.startswith(self.digest)


def read(planes: Sequence[NDArray[Any]], clip: Clip, layout: Layout) -> Reading | None:
    """Read the strip of a decoded frame, PLANES of the whole copy; None where its code cannot be read."""
    if planes[0].shape != (layout.height, layout.width):
        return None
    form = StripForm.of(clip)
    strip = upright(planes[0], clip)[form.picture[1] :].astype(np.float32)
    code = unpack(read_modules(_dark(_means(strip, form))))
    if code is None:
        return None
    clock = Clock(form.columns)
    rows = _cells(strip, form)[form.rows - clock.rows :]
    stamp = clock.read([_letters(row, form) for row in rows])
    return Reading(*code, *(stamp or ("", -1)))


def legible(planes: Sequence[NDArray[Any]], strip: Strip, index: int) -> float:
    """How well the strip of decoded PLANES shows what STRIP paints on frame INDEX: 1 as painted, 0 not at all.

    It is the worst of the code's and of every row of letters. A letter is held against all others; one that looks more
    like another, or stands where there should be none, halves its row.
    """
    form = strip.form
    luma = upright(planes[0], strip.clip)
    if luma.shape[0] < form.picture[1] + form.height or luma.shape[1] < form.width:
        return 0.0
    decoded = luma[form.picture[1] :].astype(np.float32)
    cells, tones = _cells(decoded, form), Tones.of(strip.clip)
    contrast = tones.luma(1) - tones.luma(0)
    wanted = [codes(row.ljust(form.columns)) for row in strip.expected(index)]
    rows = [_row(cell, want, form, contrast) for cell, want in zip(cells, wanted, strict=True)]
    with np.errstate(invalid="ignore"):  # of a flat strip there is no correlation
        return float(max(0.0, min(_code(_means(decoded, form), strip.dark), *rows)))


def _cells(strip: NDArray[np.float32], form: StripForm) -> NDArray[np.float32]:
    """(rows, columns, px of a cell) each cell of STRIP, less its mean."""
    (left, top), (width, height) = form.text, form.cell
    area = strip[top : top + form.rows * height, left : left + form.columns * width]
    parts = area.reshape(form.rows, height, form.columns, width).swapaxes(1, 2)
    cells = parts.reshape(form.rows, form.columns, height * width)
    level: NDArray[np.float32] = cells - cells.mean(axis=2, keepdims=True)
    return level


@lru_cache(maxsize=8)
def _letterheads(width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(95, px) every letter less its mean, of length 1, and (95,) its length before that; 0 for the blank."""
    flat = atlas(width, height).reshape(-1, width * height)
    level = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(level, axis=1)
    return level / np.maximum(length, 1e-6)[:, None], length


def _row(cells: NDArray[np.float32], want: NDArray[np.intp], form: StripForm, contrast: float) -> float:
    """How well CELLS (columns, px) show the letters WANT (columns,)."""
    unit, length = _letterheads(*form.cell)
    lengths = np.linalg.norm(cells, axis=1)
    matched = cells @ unit.T / np.maximum(lengths, 1e-6)[:, None]
    right = matched[np.arange(len(want)), want]
    empty = lengths < BLANK * contrast * length[1:].mean()
    blank = want == 0
    wrong = np.where(blank, ~empty, empty | (matched.max(axis=1) > right + BETTER))
    firm = lengths / np.maximum(length[want] * contrast * FIRM, 1e-6)
    shown = (right * np.minimum(firm, 1))[~blank]
    return float((shown.mean() if len(shown) else 1.0) * 0.5 ** wrong.sum())


def _code(means: NDArray[np.float32], dark: NDArray[np.bool_]) -> float:
    """How well the modules of a code, MEANS (37, 37), show DARK."""
    if not means.std():
        return 0.0
    wrong = np.mean(_dark(means) != dark)
    return float(np.corrcoef(means.ravel(), ~dark.ravel())[0, 1] * max(0.0, 1 - WRONG * wrong))


def _letters(cells: NDArray[np.float32], form: StripForm) -> str:
    """Read CELLS (columns, px) of time or number."""
    unit, _ = _letterheads(*form.cell)
    lengths = np.linalg.norm(cells, axis=1)
    known = codes(CLOCK)
    best = known[(cells @ unit[known].T).argmax(axis=1)]
    empty = lengths < BLANK * lengths.max()
    return "".join(" " if none else chr(FIRST + int(code)) for none, code in zip(empty, best, strict=True)).rstrip()


def _means(strip: NDArray[np.float32], form: StripForm) -> NDArray[np.float32]:
    """(37, 37) mean of every module of the code."""
    across, down = form.module
    left, top = form.code[0] + QUIET * across, form.code[1] + QUIET * down
    area = strip[top : top + MODULES * down, left : left + MODULES * across]
    return np.asarray(cv2.resize(area, (MODULES, MODULES), interpolation=cv2.INTER_AREA), np.float32)


def _dark(means: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which modules are dark: those below the middle of the corner marks' dark and light."""
    dark, light = means[:7, 0].mean(), means[:7, 7].mean()
    below: NDArray[np.bool_] = means < (dark + light) / 2
    return below
