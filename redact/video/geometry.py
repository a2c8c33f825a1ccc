"""Where the master's picture stands in the copy's, and new pictures that may be painted on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av

from redact.records.clip import Frame
from redact.video.formats import planes, shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.records.clip import Clip, Layout

__all__ = ["compose", "height_step", "picture"]


def compose(frame: Frame, clip: Clip, layout: Layout) -> Frame:
    """Copy FRAME into a new picture of LAYOUT's size, which may be painted on.

    The planes of the result are the whole copy's. An odd edge is doubled to make it even. What lies outside the
    picture is undefined until something is painted there.
    """
    canvas = av.VideoFrame(layout.width, layout.height, clip.pix_fmt)
    whole = planes(canvas)
    for source, target in zip(frame.planes, _window(whole, clip, layout), strict=True):
        rows, columns = source.shape
        target[:rows, :columns] = source
        target[:rows, columns:] = source[:, -1:]
        target[rows:] = target[rows - 1]
    return Frame(frame.index, frame.pts, whole, canvas, damaged=frame.damaged)


def picture(frame: Frame, clip: Clip, layout: Layout) -> tuple[NDArray[Any], ...]:
    """Views of the planes of the picture part of a composed FRAME; an odd width or height is rounded up to even."""
    return tuple(_window(frame.planes, clip, layout))


def height_step(clip: Clip) -> int:
    """Px that the height of a copy of CLIP must be a multiple of, so that its fields can be coded as such."""
    return 2 * shape(clip.pix_fmt).down[-1] if clip.interlaced else 2


def _window(whole: tuple[NDArray[Any], ...], clip: Clip, layout: Layout) -> Iterator[NDArray[Any]]:
    """Views of the part of each plane that holds the picture, its odd edges made even."""
    form = shape(clip.pix_fmt)
    even = clip.width + clip.width % 2, clip.height + clip.height % 2
    for plane, view in enumerate(whole):
        rows, columns = form.size(plane, *even)
        top, left = layout.y // form.down[plane], layout.x // form.across[plane]
        yield view[top : top + rows, left : left + columns]
