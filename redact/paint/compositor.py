"""What the copy's pictures are to be. Render encodes them; verify paints them again and compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.errors import SourceChanged
from redact.paint.masker import Masker, reach
from redact.records.clip import Frame
from redact.records.kinds import Style
from redact.video.formats import shape
from redact.video.geometry import compose, picture
from redact.video.planes import window
from redact.watermark.strip import Strip, lay_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from redact.records.clip import Clip, Layout
    from redact.records.plan import MaskPlan
    from redact.watermark.mark import Mark

__all__ = ["Independence", "Painter", "hide_whole", "is_hidden_whole", "luma_of"]

NEAR_GREY = 4.0
"""Mean difference from mid grey, levels of 255, up to which a picture is one that was hidden whole."""


REPAINTED = 50
"""Every so many frames that hide something one is painted again over noise."""


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


class Independence:
    """What `blur` and `fill` paint does not depend on what it hides: some frames are painted again, over noise.

    A mosaic is made of what it hides, and is not asked.
    """

    def __init__(self, clip: Clip, plan: MaskPlan, mark: Mark, *, overlay: bool) -> None:
        """Prepare to paint what a Painter of the same paints."""
        self._clip, self._plan = clip, plan
        self._again = None if plan.style is Style.PIXELATE else Painter(clip, plan, mark, overlay=overlay)
        self._hiding = self.asked = self.differing = 0

    def see(self, frame: Frame, painted: Frame) -> None:
        """Paint FRAME again, over noise, if it is its turn, and hold that against what was PAINTED before."""
        if self._again is None or frame.damaged or not len(self._plan.boxes(frame.index)):
            return
        if self._hiding % REPAINTED == 0:
            again = picture(self._again(_over_noise(frame, self._clip, self._plan)), self._clip, self._again.layout)
            before = picture(painted, self._clip, self._again.layout)
            self.asked += 1
            self.differing += not all(map(np.array_equal, again, before))
        self._hiding += 1


def _over_noise(frame: Frame, clip: Clip, plan: MaskPlan) -> Frame:
    """Put noise wherever PLAN hides anything of FRAME, in planes of its own."""
    form, chance = shape(clip.pix_fmt), np.random.default_rng(frame.index)
    planes = tuple(np.array(plane) for plane in frame.planes)
    for box in reach(plan.boxes(frame.index), clip).tolist():
        for number, plane in enumerate(planes):
            part = plane[window(form, number, box)]
            part[:] = chance.integers(0, 2 * _middle(plane), part.shape)
    return Frame(frame.index, frame.pts, planes, frame.source, damaged=False)


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
