"""Faults of what is painted: a mask that is left out, aside or thin, a picture in another's place, another's strip."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from redact.paint.compositor import Painter
from redact.video.formats import shape
from redact.video.geometry import picture
from redact.video.planes import window

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip, Frame
    from redact.records.plan import MaskPlan
    from redact.watermark.mark import Mark

    Spoil = Callable[[Sequence[NDArray[Any]], Sequence[NDArray[Any]]], None]
    """Changes the part of every plane that is one box, given the same without masks."""

__all__ = ["SPOILED", "Spoiled", "painted_by", "swapped"]

WHEN = (1, 3, 0)
"""On how many frames in a row something is wrong; 0: on all."""


class Spoiled:
    """One box that is not painted as planned, from some frame on."""

    def __init__(self, kind: str, rng: random.Random, count: int) -> None:
        """Choose what of a clip of COUNT frames is spoiled by KIND."""
        self._how = SPOILED[kind](rng)
        length = rng.choice(WHEN) or count
        self._first = rng.randrange(count - length + 1)
        self._frames = range(self._first, self._first + length)
        self._chance = rng.random()

    def __call__(self, painted: Frame, bare: Frame, boxes: NDArray[np.int32], parts: Callable[[Frame], Any]) -> None:
        """Spoil one of BOXES of PAINTED, given the frame BARE of masks; PARTS gives the picture in either."""
        if painted.index not in self._frames or not len(boxes):
            return
        box = boxes[int(self._chance * len(boxes))].tolist()
        form = shape(bare.source.format.name)
        both = zip(parts(painted), parts(bare), strict=True)
        cut = [(plane[window(form, n, box)], other[window(form, n, box)]) for n, (plane, other) in enumerate(both)]
        self._how([own for own, _ in cut], [other for _, other in cut])


def painted_by(clip: Clip, plan: MaskPlan, mark: Mark, spoiled: Spoiled | None) -> Callable[[Frame], Frame]:
    """Give what paints the frames of CLIP by PLAN and MARK, but for what is SPOILED."""
    paint = Painter(clip, plan, mark, overlay=False)
    if spoiled is None:
        return paint
    none = replace(
        plan,
        start=np.zeros_like(plan.start),
        **{name: getattr(plan, name)[:0] for name in ("xyxy", "track", "origin", "kind")},
    )
    without = Painter(clip, none, mark, overlay=False)

    def both(frame: Frame) -> Frame:
        painted = paint(frame)
        spoiled(painted, without(frame), plan.boxes(frame.index), lambda one: picture(one, clip, paint.layout))
        return painted

    return both


def swapped(at: int) -> Callable[[Iterator[Frame]], Iterator[Frame]]:
    """Let frames AT and the one after it show each other's picture, at their own times."""

    def changed(frames: Iterator[Frame]) -> Iterator[Frame]:
        held: Frame | None = None
        for frame in frames:
            if frame.index == at:
                held = frame
                continue
            if held is not None:
                for plane, other in zip(frame.planes, held.planes, strict=True):
                    plane[:], other[:] = other.copy(), plane.copy()
                yield held
                held = None
            yield frame
        if held is not None:
            yield held

    return changed


def _left_out(_: random.Random) -> Spoil:
    """The mask is missing."""

    def spoil(own: Sequence[NDArray[Any]], bare: Sequence[NDArray[Any]]) -> None:
        for plane, other in zip(own, bare, strict=True):
            plane[:] = other

    return spoil


def _aside(rng: random.Random) -> Spoil:
    """The mask is a third to two thirds of its width aside."""
    share, left = rng.uniform(1 / 3, 2 / 3), rng.random() < 0.5

    def spoil(own: Sequence[NDArray[Any]], bare: Sequence[NDArray[Any]]) -> None:
        for plane, other in zip(own, bare, strict=True):
            wide = max(1, round(share * plane.shape[1]))
            shown = np.s_[:, :wide] if left else np.s_[:, -wide:]
            plane[shown] = other[shown]

    return spoil


def _thin(rng: random.Random) -> Spoil:
    """A quarter to a half of what is hidden shows through."""
    share = rng.uniform(0.25, 0.5)

    def spoil(own: Sequence[NDArray[Any]], bare: Sequence[NDArray[Any]]) -> None:
        for plane, other in zip(own, bare, strict=True):
            plane[:] = np.rint((1 - share) * plane + share * other.astype(np.float32)).astype(plane.dtype)

    return spoil


SPOILED: dict[str, Callable[[random.Random], Spoil]] = {
    "masks: left out": _left_out,
    "masks: aside": _aside,
    "masks: thin": _thin,
}
