"""What the copy's pictures are to be. Render encodes them; verify paints them again and compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.errors import SourceChanged
from redact.mask import Masker
from redact.video.encode import compose, picture
from redact.watermark import Strip, lay_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from redact.records import Clip, Frame, Layout, MaskPlan
    from redact.watermark import Mark

__all__ = ["Painter", "hide_whole", "is_hidden_whole", "luma_of"]

NEAR_GREY = 4.0
"""Mean difference from mid grey, levels of 255, up to which a picture is one that was hidden whole."""


class Painter:
    """Composes frames of the copy: the master's picture, masked, and the watermark. Frames in order."""

    def __init__(self, clip: Clip, plan: MaskPlan, mark: Mark, *, overlay: bool) -> None:
        """Prepare to paint PLAN and MARK. Raises SourceChanged where PLAN is not for CLIP."""
        if plan.master != clip.sha256:
            message = f"{clip.path} is not the file that was scanned ({plan.master[:12]} then, {clip.sha256[:12]} now)."
            raise SourceChanged(message)
        self.layout = lay_out(clip)
        self.strip = Strip(mark, clip, self.layout, overlay=overlay)
        self._clip = clip
        self._mask = Masker(clip, plan)

    def __call__(self, frame: Frame) -> Frame:
        """Give FRAME as the copy is to show it, in memory of its own. A damaged one is hidden whole, plan or not."""
        composed = compose(frame, self._clip, self.layout)
        planes = picture(composed, self._clip, self.layout)
        self._mask(planes, frame.index)
        if frame.damaged:
            hide_whole(planes)
        self.strip(composed)
        return composed


def luma_of(frame: Frame, clip: Clip, layout: Layout) -> NDArray[Any]:
    """View of the luma of the picture part of FRAME of the copy, (h, w) as the master's."""
    return picture(frame, clip, layout)[0][: clip.height, : clip.width]


def hide_whole(planes: Sequence[NDArray[Any]]) -> None:
    """Paint PLANES mid grey, whatever they show."""
    for plane in planes:
        plane[:] = _middle(plane)


def is_hidden_whole(luma: NDArray[Any]) -> bool:
    """Tell whether LUMA, as decoded from a copy, is what `hide_whole` paints."""
    middle = _middle(luma)
    return float(np.abs(luma[::8].astype(np.float32) - middle).mean()) * 128 / middle < NEAR_GREY


def _middle(plane: NDArray[Any]) -> int:
    """Mid grey of PLANE; 16-bit ones hold 10."""
    return 128 if plane.dtype == np.uint8 else 512
