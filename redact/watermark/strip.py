"""The watermark: a strip below the picture as seen upright, which says what the copy is, on every frame.

The picture stays whole. Letters stand in cells of one size and the code in modules, all at places that follow from the
clip alone, so that a copy can be read back without knowing what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from redact.records.clip import Layout
from redact.video.formats import shape
from redact.video.geometry import height_step
from redact.video.planes import Tones
from redact.watermark.glyphs import atlas, codes, plain
from redact.watermark.layout import QUIET, StripForm, upright
from redact.watermark.overlay import Overlay
from redact.watermark.qr import modules, pack
from redact.watermark.text import Clock, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip, Frame
    from redact.watermark.mark import Mark

__all__ = ["Strip", "lay_out"]

DIGEST_SHOWN = 12
"""Hex digits of the digest that stand in the strip as text."""

GROUND, INK, EDGE = 0.06, 0.92, 0.4
"""How light the strip is, its letters, and the line between it and the picture; from black to white."""

EDGE_PX = 2


def lay_out(clip: Clip) -> Layout:
    """Make room for the strip below the picture of CLIP as it is seen upright."""
    form = StripForm.of(clip)
    tall = form.picture[1] + form.height
    width, height = clip.orientation.size(form.width, tall)
    height += -height % height_step(clip)
    # the corner of the picture that is seen at the top left is at the top left of the copy as seen
    picture = np.array([[0, 0, *form.picture]], np.float32)
    left, top, *_ = clip.orientation.to_coded(picture, width, height)[0].astype(int).tolist()
    return Layout(width, height, left, top)


class Strip:
    """Paints the strip, and the overlay where it is asked for."""

    def __init__(self, mark: Mark, clip: Clip, layout: Layout, *, overlay: bool = False) -> None:
        """Draw all of MARK that is the same on every frame."""
        self.clip, self.form = clip, StripForm.of(clip)
        self.dark = modules(pack(mark.release_id, mark.digest))
        """(37, 37) the code, true where it is dark."""
        self._tones, self._dtype = Tones.of(clip), shape(clip.pix_fmt).dtype
        self._clock = Clock(self.form.columns)
        self._first = self.form.rows - self._clock.rows
        texts = (mark.reference, mark.recipient, str(mark.copy_number), mark.released, mark.digest[:DIGEST_SHOWN])
        self._fixed = fit(texts, self._first, self.form.columns)
        low, high = self._tones.luma(GROUND), self._tones.luma(INK)
        self._cells = np.rint(low + atlas(*self.form.cell) * (high - low)).astype(self._dtype)
        self._luma = self._drawn(upright(np.empty((layout.height, layout.width), np.bool_), clip).shape)
        self._overlay = Overlay(plain(mark.reference), clip, self.form.picture) if overlay else None

    def __call__(self, frame: Frame) -> None:
        """Paint all of composed FRAME that is not picture, with the master's time and number of the frame."""
        luma = upright(frame.planes[0], self.clip)
        width, height = self.form.picture
        luma[:height, width:] = self._tones.luma(GROUND)
        luma[height:] = self._luma
        self._write(luma[height:], self._clock.text(self.clip, frame.index), self._first)
        for plane in frame.planes[1:]:
            self._pale(plane, luma.shape)
        if self._overlay is not None:
            self._overlay(luma[:height, :width])

    def expected(self, index: int) -> list[str]:
        """Rows of letters that the strip of frame INDEX shows."""
        return [*self._fixed, *[""] * (self._first - len(self._fixed)), *self._clock.text(self.clip, index)]

    def _pale(self, plane: NDArray[Any], size: tuple[int, ...]) -> None:
        """Take all colour from what of a chroma PLANE is not picture; SIZE is that of luma, (rows, columns)."""
        turned = upright(plane, self.clip)
        rows = self.form.picture[1] * turned.shape[0] // size[0]
        columns = self.form.picture[0] * turned.shape[1] // size[1]
        turned[rows:] = self._tones.mid
        turned[:rows, columns:] = self._tones.mid

    def _drawn(self, size: tuple[int, ...]) -> NDArray[Any]:
        """Luma below the picture without time and number, in a copy of SIZE (rows, columns) as seen."""
        form, tones = self.form, self._tones
        luma = np.full((size[0] - form.picture[1], size[1]), tones.luma(GROUND), self._dtype)
        luma[:EDGE_PX, : form.picture[0]] = tones.luma(EDGE)
        ground = luma[form.ground]
        ground[:] = tones.white
        across, down = form.module
        dark = np.repeat(np.repeat(self.dark, down, axis=0), across, axis=1)
        ground[QUIET * down : -QUIET * down, QUIET * across : -QUIET * across][dark] = tones.black
        self._write(luma, self._fixed, 0)
        return luma

    def _write(self, luma: NDArray[Any], rows: Sequence[str], first: int) -> None:
        """Write ROWS into LUMA of the strip, from row FIRST on."""
        (left, top), (width, height) = self.form.text, self.form.cell
        for number, row in enumerate(rows, first):
            if row:
                y = top + number * height
                luma[y : y + height, left : left + len(row) * width] = np.hstack(self._cells[codes(row)])  # type: ignore[call-overload]
