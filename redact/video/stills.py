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

NEAR_S = 5
"""Time up to which it is quicker to read on: half of what lies between two pictures at which a copy can be entered."""


def stills(copy: Path, clip: Clip, first: int, wanted: Sequence[int], longest: int) -> dict[int, NDArray[np.uint8]]:
    """Give the frames WANTED, indices of CLIP, as COPY shows them, whose first frame stands for frame FIRST.

    Each is upright, BGR (h, w, 3), with LONGEST px at most on its longer side. One that cannot be told by its time is
    left out: no neighbour is given in its place.
    """
    found: dict[int, NDArray[np.uint8]] = {}
    with opened(copy) as container:
        reader = _Reader(container)
        for index in sorted(set(wanted)):
            picture = reader.at(int(clip.pts[index] - clip.pts[first]) * clip.time_base, clip.time_base)
            if picture is not None:
                found[index] = _small(picture, clip, longest)
    return found


class _Reader:
    """Reads pictures of a copy in order of time: on from the last one where the next is near, else by a seek."""

    def __init__(self, container: InputContainer) -> None:
        self._container, self._stream = container, container.streams.video[0]
        self._tick = _tick(self._stream)
        self._pictures = container.decode(self._stream)
        self._read = self._begins = int(next(self._pictures).pts or 0) * self._tick

    def at(self, after: Fraction, apart: Fraction) -> Any:
        """Give the picture so long AFTER the first, s, nearer to that than half of APART; None where there is none."""
        at = self._begins + after
        if not 0 < at - self._read <= NEAR_S:
            self._container.seek(int(at / self._tick), stream=self._stream, backward=True)
            self._pictures = self._container.decode(self._stream)
        for picture in self._pictures:
            self._read = int(picture.pts or 0) * self._tick
            if abs(self._read - at) * 2 <= max(apart, self._tick):
                return picture
            if self._read > at:
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
