"""Single pictures of a copy that was just written, each proven by its time to be the frame that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.video.colour import as_screen
from redact.video.opening import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction
    from pathlib import Path
    from typing import Any

    from av.container import InputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from redact.records.clip import Clip

__all__ = ["stills"]


def stills(copy: Path, clip: Clip, first: int, wanted: Sequence[int], longest: int) -> dict[int, NDArray[np.uint8]]:
    """Give the frames WANTED, indices of CLIP, as COPY shows them, whose first frame stands for frame FIRST.

    Each is upright, BGR (h, w, 3), with LONGEST px at most on its longer side. One that cannot be told by its time is
    left out: no neighbour is given in its place.
    """
    found: dict[int, NDArray[np.uint8]] = {}
    with opened(copy) as container:
        stream = container.streams.video[0]
        begins = _first_time(container, stream)
        for index in sorted(set(wanted)):
            at = begins + int(clip.pts[index] - clip.pts[first]) * clip.time_base
            picture = _at(container, stream, at, clip.time_base)
            if picture is not None:
                found[index] = _small(picture, clip, longest)
    return found


def _first_time(container: InputContainer, stream: VideoStream) -> Fraction:
    """Give the time of the first picture of STREAM in CONTAINER, s."""
    return int(next(container.decode(stream)).pts or 0) * _tick(stream)


def _at(container: InputContainer, stream: VideoStream, at: Fraction, apart: Fraction) -> Any:
    """Give the picture of STREAM at the time AT, nearer to it than half of APART; None where there is none."""
    tick = _tick(stream)
    container.seek(int(at / tick), stream=stream, backward=True)
    for picture in container.decode(stream):
        off = int(picture.pts or 0) * tick - at
        if abs(off) * 2 <= max(apart, tick):
            return picture
        if off > 0:
            break
    return None


def _small(picture: Any, clip: Clip, longest: int) -> NDArray[np.uint8]:
    share = min(1.0, longest / max(picture.width, picture.height))
    size = max(2, round(picture.width * share)), max(2, round(picture.height * share))
    return np.ascontiguousarray(clip.orientation.upright(as_screen(picture, clip, size)))


def _tick(stream: VideoStream) -> Fraction:
    """How long a tick of STREAM is, s."""
    tick = stream.time_base
    if tick is None:
        message = "a copy of ours has a time base"
        raise ValueError(message)
    return tick
