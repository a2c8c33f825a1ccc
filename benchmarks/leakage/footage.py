"""Clips with truth: what must be hidden where, and clips made of stills."""

from __future__ import annotations

import csv
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.video.program import program

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["HOLD", "RATE", "Footage", "Row", "Truth", "body", "encoder", "held", "stills", "table"]

HOLD = 10
"""Frames for which a still is shown."""

RATE = 25
"""Frames per second of a clip made of stills."""

CRF = 8
"""Quality of a clip made of stills: all but lossless."""

Row = tuple[float, float, float, float, str]
"""A line of a truth table: left, top, width, height in px, label."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Boxes of one sort that must be hidden, one row for each frame that each is on."""

    what: str
    """Such as "face" or "head"."""
    frame: NDArray[np.int32]
    """(r,) frame of the clip."""
    xyxy: NDArray[np.float32]
    """(r, 4) px, half-open."""
    thing: NDArray[np.int32]
    """(r,) rows with one number are one thing, exposed if it is on any frame: a still is one picture shown for long."""

    @classmethod
    def of(cls, what: str, rows: Iterable[tuple[int, Iterable[float]]]) -> Truth:
        """Make every row, a frame and its xyxy, a thing of its own."""
        pairs = [(frame, tuple(xyxy)) for frame, xyxy in rows]
        frames = np.array([frame for frame, _ in pairs], np.int32)
        return cls(what, frames, np.array([xyxy for _, xyxy in pairs], np.float32).reshape(-1, 4), _numbers(frames))

    def on(self, frame: int) -> NDArray[np.intp]:
        """Give the rows of FRAME."""
        return np.flatnonzero(self.frame == frame)


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """A clip, and what is known of it."""

    master: Path
    truths: tuple[Truth, ...]
    scenes: tuple[tuple[str, Truth], ...]
    """What counts as scene: a name, and the boxes that do not."""


def table(path: Path) -> dict[str, list[Row]]:
    """Read a truth table by picture; labels that end in `:ignore` are left out."""
    rows: dict[str, list[Row]] = defaultdict(list)
    with path.open(newline="") as stream:
        for image, left, top, width, height, *rest in list(csv.reader(stream))[1:]:
            label = rest[0] if rest else ""
            if not label.endswith(":ignore"):
                rows[image].append((float(left), float(top), float(width), float(height), label))
    return dict(rows)


def stills(out: Path, pictures: Iterable[Path], canvas: tuple[int, int], hold: int = HOLD) -> list[float]:
    """Write PICTURES as the clip OUT, each for HOLD frames at the top left of a black CANVAS (w, h), shrunk to fit.

    Gives the factor by which each was shrunk.
    """
    scales = []
    with subprocess.Popen(encoder(out, canvas), stdin=subprocess.PIPE) as process:
        for path in pictures:
            picture, scale = _fit(np.asarray(cv2.imread(str(path)), np.uint8), canvas)
            scales.append(scale)
            for _ in range(hold):
                process.stdin.write(picture.tobytes())  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
    assert process.returncode == 0, f"{out} could not be written"
    return scales


def encoder(out: Path, canvas: tuple[int, int]) -> list[str]:
    """Write the command that makes the clip OUT of raw BGR pictures of CANVAS (w, h) px, all but lossless."""
    return [
        program(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{canvas[0]}x{canvas[1]}",
        "-r", str(RATE), "-i", "pipe:", "-c:v", "libx264", "-preset", "veryfast", "-crf", str(CRF),
        "-pix_fmt", "yuv420p", str(out),
    ]  # fmt: skip


def held(what: str, boxes: Iterable[tuple[float, Iterable[Row]]], hold: int = HOLD) -> Truth:
    """Truth of a clip of stills: for each its scale and boxes, every box one thing on HOLD frames."""
    numbers = count()
    rows = [
        (start * hold + step, [side * scale for side in (left, top, left + width, top + height)], number)
        for start, (scale, found) in enumerate(boxes)
        for (left, top, width, height, _), number in zip(found, numbers, strict=False)
        for step in range(hold)
    ]
    truth = Truth.of(what, ((frame, xyxy) for frame, xyxy, _ in rows))
    return Truth(what, truth.frame, truth.xyxy, np.array([number for *_, number in rows], np.int32))


def _fit(picture: NDArray[np.uint8], canvas: tuple[int, int]) -> tuple[NDArray[np.uint8], float]:
    """Place PICTURE at the top left of a black CANVAS, shrunk where it is larger."""
    height, width = picture.shape[:2]
    scale = min(1.0, canvas[0] / width, canvas[1] / height)
    if scale < 1:
        size = (int(width * scale), int(height * scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    whole = np.zeros((canvas[1], canvas[0], 3), np.uint8)
    whole[: picture.shape[0], : picture.shape[1]] = picture
    return whole, scale


def _numbers(frames: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.arange(len(frames), dtype=np.int32)


def body(face: Iterable[float]) -> Iterator[float]:
    """Outline of the person under a face box: three faces wide, from the head's top seven and a half down. xyxy."""
    left, top, right, bottom = face
    width, height = right - left, bottom - top
    yield from (left - width, top - height / 4, right + width, top + 7.25 * height)
