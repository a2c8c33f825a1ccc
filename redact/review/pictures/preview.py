"""A frame as it will leave: painted by what paints the copy, by the plan as it is now, without a copy being made."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from redact.paint.compositor import hide_whole
from redact.paint.masker import Masker
from redact.records.clip import Frame, Layout
from redact.records.kinds import Style
from redact.video.geometry import compose, picture

if TYPE_CHECKING:
    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan
    from redact.review.pictures.frames import Frames
    from redact.review.pictures.reels import Film
    from redact.review.pictures.store import Picture

__all__ = ["preview"]

HELD_S = 1
"""Seconds for which a mosaic keeps what it was sampled from: so much is painted before the frame that is shown."""


def preview(frames: Frames, film: Film, plan: MaskPlan, index: int, *, version: str, width: int | None) -> Picture:
    """Give frame INDEX of FILM by PLAN, whose VERSION tells it from any other: without the strip, which lies below.

    A damaged frame is hidden whole. A mosaic is sampled anew each second; the copy may begin its seconds elsewhere.
    """
    paint = _Glass(film.clip, plan)
    return frames.painted(film, version, _needed(film.clip, plan, index), paint, width)


class _Glass:
    """Paints what is hidden, and nothing else."""

    def __init__(self, clip: Clip, plan: MaskPlan) -> None:
        self._clip = clip
        self._layout = Layout(clip.width + clip.width % 2, clip.height + clip.height % 2, 0, 0)
        self._mask = Masker(clip, plan)

    def __call__(self, frame: Frame) -> Frame:
        composed = compose(frame, self._clip, self._layout)
        planes = picture(composed, self._clip, self._layout)
        self._mask(planes, frame.index)
        if frame.damaged:
            hide_whole(planes)
        return composed


def _needed(clip: Clip, plan: MaskPlan, index: int) -> range:
    """Give the frames that have to be painted so that INDEX is: of a mosaic those before it, whose cells it keeps."""
    if plan.style is not Style.PIXELATE:
        return range(index, index + 1)
    since = int(clip.pts[index]) - HELD_S / clip.time_base
    return range(int(np.searchsorted(clip.pts, ceil(since))), index + 1)
