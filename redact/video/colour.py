"""Every picture in the one format, range and matrix of its clip, and the colour tags that its copy carries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from redact.errors import InputUnusable
from redact.records.clip import Color
from redact.video.formats import FULL_RANGE, depth, is_grey, is_stored_as_rgb, planes, working_format

if TYPE_CHECKING:
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from redact.records.clip import Clip, Source

__all__ = ["FULL", "LIMITED", "Fit", "as_screen", "color_of", "tags_for_copy"]

LIMITED, FULL = 1, 2
"""FFmpeg's colour ranges: 16 to 235 (AVCOL_RANGE_MPEG), and 0 to 255 (AVCOL_RANGE_JPEG)."""

BT709, UNSAID, BT601 = 1, 2, 6
"""H.273 code points of matrices; 2 is said where nothing is."""

MATRIX = "colour matrix"
NO_MATRIX = frozenset({0, 3})
"""H.273 matrices that YUV cannot have: RGB, and one that is reserved."""

SWSCALE = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
"""What FFmpeg's scaler calls the matrices that it can turn into one another, by H.273."""

SAME = 5
"""Any one of these, where nothing is to be turned."""

ORDINARY_PRIMARIES = frozenset({0, 1, 2, 3, 4, 5, 6, 7})
"""H.273 primaries of ordinary television, or not said: a change among them is hardly seen."""
ORDINARY_TRANSFER = frozenset({0, 1, 2, 3, 4, 5, 6, 7, 13, 14, 15})
"""The same of transfer functions; beyond them is high dynamic range."""

WIDE, TALL = 1280, 576
"""px from which, and above which, players take an untagged picture for high definition."""

VIDEO_CODECS = frozenset({"h264", "hevc", "av1", "libdav1d", "libaom-av1", "vp9", "libvpx-vp9", "mpeg2video", "vvc"})
"""Codecs by whose standard a picture of no said range, grey as well, is of limited range."""

DEEP_BITS = 10
"""Bits of a sample of a copy that is not of 8."""


def color_of(stream: VideoStream, first: Any) -> Color:
    """Colour tags that pictures of STREAM have once they are fitted; FIRST, its first, says what it does not."""
    context = stream.codec_context
    tags = Color(
        range=context.color_range or first.color_range,
        primaries=context.color_primaries,
        trc=context.color_trc,
        space=context.colorspace,
    )
    name = first.format.name
    if is_stored_as_rgb(name):
        return replace(tags, range=LIMITED, space=BT601)
    if name.startswith(FULL_RANGE) or (is_grey(name) and not tags.range and context.name not in VIDEO_CODECS):
        tags = replace(tags, range=FULL)
    return replace(tags, space=UNSAID) if tags.space in NO_MATRIX else tags


def tags_for_copy(clip: Clip | Source) -> Color:
    """Colour tags of the copy of CLIP: the master's own, and the matrix that players guess where it has none.

    They guess by the size, and the copy is larger than its master.
    """
    return replace(clip.color, space=_matrix(clip.color.space, clip))


def _matrix(space: int, clip: Clip | Source) -> int:
    if space != UNSAID and space not in NO_MATRIX:
        return space
    return BT709 if clip.width >= WIDE or clip.height > TALL else BT601


def as_screen(picture: Any, clip: Clip, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Give PICTURE, in CLIP's colours and as it is coded, in SIZE (w, h), as a screen shows it: uint8 (h, w, 3) BGR."""
    full = clip.color.range == FULL or clip.pix_fmt.startswith(FULL_RANGE)
    shown = picture.reformat(
        *size,
        format="bgr24",
        src_colorspace=SWSCALE.get(_matrix(clip.color.space, clip), SAME),
        src_color_range=FULL if full else LIMITED,
        dst_color_range=FULL,
        interpolation="AREA" if size[0] < picture.width else "BICUBIC",
    )
    return np.asarray(shown.to_ndarray(), np.uint8)


class Fit:
    """Brings every picture of a clip into the clip's format, range and matrix; most are there already."""

    def __init__(self, source: Source | Clip) -> None:
        """Fit pictures to SOURCE."""
        self._source, self._path = source, source.path
        self._full = source.color.range == FULL or source.pix_fmt.startswith(FULL_RANGE)
        self._plain = source.pix_fmt.replace(FULL_RANGE, "yuv")
        self._space = _matrix(source.color.space, source)

    def __call__(self, picture: Any) -> Any:
        """Give PICTURE, fitted. Raises InputUnusable where it has another size, or colours that cannot be turned."""
        source, name = self._source, picture.format.name
        if (picture.width, picture.height) != (source.width, source.height):
            message = (
                f"{self._path} changes its picture from {source.width}x{source.height} to "
                f"{picture.width}x{picture.height} on the way."
            )
            raise InputUnusable(message, "Cut it where the size changes and work on the parts.")
        self._check_light(picture)
        try:
            if is_stored_as_rgb(name):
                return self._from_rgb(picture)
            return self._from_yuv(_coloured(picture) if is_grey(name) else picture, picture)
        except (av.FFmpegError, ValueError) as problem:
            message = f"{self._path} has pictures stored as {name}, which cannot be worked on."
            raise InputUnusable(message, "Convert it to H.264 or ask for it in another form.") from problem

    def _from_rgb(self, picture: Any) -> Any:
        """Turn RGB into YUV of the clip's range and matrix."""
        deep = depth(picture.format.name) > 8  # noqa: PLR2004  bits of a byte
        if picture.format.is_bayer or picture.format.name.startswith("xyz"):
            picture = picture.reformat(
                format="rgb48le" if deep else "rgb24", src_color_range=FULL, dst_color_range=FULL
            )
        wanted = LIMITED if not self._full else FULL
        space = SWSCALE.get(self._space, SAME)
        return picture.reformat(format=self._plain, dst_colorspace=space, src_color_range=FULL, dst_color_range=wanted)

    def _from_yuv(self, picture: Any, before: Any) -> Any:
        """Turn YUV of another lay-out, range or matrix into the clip's. What it is tagged as stands in BEFORE."""
        full = self._is_full(before)
        space = self._space if before.colorspace in (UNSAID, *NO_MATRIX) else int(before.colorspace)
        ours, theirs = SWSCALE.get(self._space), SWSCALE.get(space)
        same = is_grey(before.format.name) or space == self._space or (ours is not None and ours == theirs)
        if not same and None in (ours, theirs):
            raise self._changed(MATRIX, self._space, space)
        if picture.format.name.replace(FULL_RANGE, "yuv") == self._plain and same and full == self._full:
            return picture
        return picture.reformat(
            format=self._plain,
            src_colorspace=SAME if same else theirs,
            dst_colorspace=SAME if same else ours,
            src_color_range=FULL if full else LIMITED,
            dst_color_range=FULL if self._full else LIMITED,
        )

    def _is_full(self, picture: Any) -> bool:
        """Tell whether PICTURE is of full range; one that does not say is as its clip is."""
        if picture.format.name.startswith(FULL_RANGE):
            return True
        color_range = int(picture.color_range)
        return color_range == FULL if color_range in (LIMITED, FULL) else self._full

    def _check_light(self, picture: Any) -> None:
        """Raise InputUnusable where the light of PICTURE is coded in another way than the clip's."""
        color = self._source.color
        for tag, ours, theirs, alike in (
            ("colour primaries", color.primaries, int(picture.color_primaries), ORDINARY_PRIMARIES),
            ("transfer function", color.trc, int(picture.color_trc), ORDINARY_TRANSFER),
        ):
            if ours != theirs and not alike.issuperset((ours, theirs)):
                raise self._changed(tag, ours, theirs)

    def _changed(self, tag: str, before: int, now: int) -> InputUnusable:
        message = f"{self._path} changes its {tag} on the way, from {before} to {now} as H.273 numbers them."
        return InputUnusable(message, "Cut it where the colours change and work on the parts.")


def _coloured(picture: Any) -> Any:
    """Give grey PICTURE colour planes without colour, at the depth of a copy; its levels stay as they are."""
    deep = depth(picture.format.name) > 8  # noqa: PLR2004  bits of a byte
    form = "gray16le" if deep else "gray"
    plain = picture
    if picture.format.name != form:
        plain = picture.reformat(format=form, src_color_range=FULL, dst_color_range=FULL)
    canvas = av.VideoFrame(picture.width, picture.height, working_format(picture.format.name))
    luma, *chroma = planes(canvas)
    luma[:] = planes(plain)[0] >> np.uint16(16 - DEEP_BITS) if deep else planes(plain)[0]
    for plane in chroma:
        plane[:] = 1 << (DEEP_BITS - 1 if deep else 7)
    return canvas
