"""Paints over what is hidden, in place, on the planes that go to the encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from redact.paint.frosted import Frosted
from redact.paint.mosaic import Mosaic
from redact.records.kinds import Style
from redact.video.formats import shape
from redact.video.planes import Tones, window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan

__all__ = ["Masker", "reach"]

FILL = 0.3
"""How light the one colour of `fill` is, from black to white."""


class Masker:
    """Paints the boxes of a plan. What `blur` and `fill` paint does not depend on what they hide."""

    def __init__(self, clip: Clip, plan: MaskPlan) -> None:
        """Prepare to paint PLAN on the frames of CLIP."""
        self._clip, self._plan = clip, plan
        self._paint = _painter(clip, plan.style)

    def __call__(self, planes: Sequence[NDArray[Any]], index: int) -> None:
        """Paint the boxes of frame INDEX of the clip onto PLANES, in place. Frames in order.

        PLANES are the picture part as `video.geometry.picture` gives it: Y, U, V, (rows, columns), of even px.
        """
        boxes, tracks = reach(self._plan.boxes(index), self._clip), self._plan.track[self._plan.rows(index)]
        some = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        if some.any():
            self._paint(planes, boxes[some], tracks[some], index)


class _Painter(Protocol):
    """One style."""

    def __call__(
        self, planes: Sequence[NDArray[Any]], boxes: NDArray[np.int32], tracks: NDArray[np.int32], index: int, /
    ) -> None:
        """Paint BOXES (k, 4), even px inside the picture, none empty, of TRACKS (k,), onto PLANES of frame INDEX."""
        ...


class _Fill:
    """One fixed colour."""

    def __init__(self, clip: Clip) -> None:
        tones = Tones.of(clip)
        self._form = shape(clip.pix_fmt)
        self._levels = (tones.luma(FILL), tones.mid, tones.mid)

    def __call__(
        self, planes: Sequence[NDArray[Any]], boxes: NDArray[np.int32], _tracks: NDArray[np.int32], _index: int, /
    ) -> None:
        """Fill BOXES."""
        for number, plane in enumerate(planes):
            for box in boxes.tolist():
                plane[window(self._form, number, box)] = self._levels[number]


def reach(boxes: NDArray[np.int32], clip: Clip) -> NDArray[np.int32]:
    """Round BOXES outward to even px of the even picture. int32 (n, 4) -> int32 (n, 4).

    A box that ends with an odd picture covers the doubled edge too, which is a copy of what the box hides.
    """
    size = np.array([clip.width, clip.height], np.int32)
    even = np.hstack([boxes[:, :2] & ~1, (boxes[:, 2:] + 1) & ~1])
    return np.clip(even, 0, np.tile(size + size % 2, 2)).astype(np.int32)


def _painter(clip: Clip, style: Style) -> _Painter:
    """Give the painter of STYLE."""
    match style:
        case Style.BLUR:
            return Frosted(clip)
        case Style.FILL:
            return _Fill(clip)
        case Style.PIXELATE:
            return Mosaic(clip)
