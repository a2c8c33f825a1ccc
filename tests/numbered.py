"""Masters whose every picture says which it is, in blocks that can be read from it whichever way it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from masters import make, read

from redact.video.decode import decode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.records.clip import Clip

__all__ = ["MAKES", "Make", "number_in", "numbered", "picture_of"]

BITS = 10
SIDE = 16
"""px of one block."""
WIDTH, HEIGHT = SIDE * BITS, 8 * SIDE
LONG_BARS = slice(2 * SIDE, 4 * SIDE)
"""Rows of the two lines of blocks."""

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-crf", 18)
B_FRAMES = ("-bf", 3, "-b_strategy", 0, "-x264-params", "b-pyramid=normal:scenecut=0")


@dataclass(frozen=True)
class Make:
    """One kind of master."""

    name: str
    ending: str
    arguments: tuple[Any, ...]
    before: tuple[Any, ...] = ()
    """Arguments that stand before the pictures."""
    fps: Fraction | None = None
    sure: bool = True
    """Whether its times tell which frame is which, so that its middle is entered without an earlier pass."""


MAKES = (
    Make("25-fps", "mp4", (*H264, "-g", 25, "-bf", 0)),
    Make("b-frames", "mp4", (*H264, "-g", 30, *B_FRAMES)),
    Make(
        "variable-rate",
        "mp4",
        (
            *H264,
            "-g",
            20,
            "-bf",
            2,
            "-vf",
            "settb=1/1000,setpts='40*N+13*mod(N,3)+400*floor(N/17)'",
            "-fps_mode",
            "passthrough",
            "-enc_time_base",
            "1/1000",
        ),
    ),
    Make(
        "dropped-ticks",
        "mp4",
        (*H264, "-g", 24, "-bf", 2, "-vf", "settb=1/12800,setpts='512*(N+floor(N/10))'", "-fps_mode", "passthrough"),
    ),
    Make("delayed-start", "mp4", (*H264, "-g", 25, "-bf", 2), ("-itsoffset", "1.48")),
    Make("one-key", "mp4", (*H264, "-g", 9999, "-keyint_min", 9999, "-bf", 2, "-sc_threshold", 0)),
    Make("open-gop", "mp4", (*H264, "-g", 12, "-bf", 3, "-x264-params", "open-gop=1:scenecut=0:b-adapt=0")),
    Make(
        "hevc",
        "mkv",
        ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", 3, "-x265-params", "log-level=none"),
    ),
    Make(
        "hevc-open",
        "mp4",
        (
            "-c:v",
            "libx265",
            "-preset",
            "fast",
            "-pix_fmt",
            "yuv420p",
            "-g",
            15,
            "-x265-params",
            "open-gop=1:bframes=4:scenecut=0:log-level=none",
        ),
    ),
    Make("intra-refresh", "mp4", (*H264, "-g", 20, "-bf", 0, "-x264-params", "intra-refresh=1"), sure=False),
    Make("mjpeg-avi", "avi", ("-c:v", "mjpeg", "-q:v", 3, "-pix_fmt", "yuvj420p"), sure=False),
    Make("mpeg4-avi", "avi", ("-c:v", "mpeg4", "-q:v", 3, "-g", 12, "-bf", 2), sure=False),
    Make("raw-h264", "h264", (*H264, "-g", 25, "-bf", 2), fps=Fraction(25), sure=False),
    Make("transport", "ts", (*H264, "-g", 25, "-bf", 2)),
    Make("program", "mpg", ("-c:v", "mpeg2video", "-q:v", 3, "-g", 12, "-bf", 2), sure=False),
    Make(
        "vp8",
        "webm",
        ("-c:v", "libvpx", "-deadline", "realtime", "-g", 25, "-auto-alt-ref", 1, "-lag-in-frames", 16, "-b:v", "2M"),
    ),
    Make("vp9", "webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-g", 25, "-b:v", "2M")),
    Make("fields", "mp4", (*H264, "-g", 25, "-bf", 2, "-flags", "+ildct+ilme", "-x264-params", "tff=1")),
)


def numbered(path: Path, some: Make, frames: int = 96) -> Clip:
    """Make a master of SOME kind in the folder PATH, of so many FRAMES."""
    raw = path / "pictures.raw"
    raw.write_bytes(b"".join(picture_of(number).tobytes() for number in range(frames)))
    shown = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", 25, "-i", raw)
    made = make(path / f"{some.name}.{some.ending}", *some.before, *shown, *some.arguments)
    raw.unlink()
    return read(made, some.fps)


def picture_of(number: int) -> NDArray[np.uint8]:
    """A picture of its NUMBER: a line of blocks, bright for 1, the same inverted below, and something that moves."""
    bits = np.array([(number >> k) & 1 for k in range(BITS)], np.uint8)
    lines = np.kron(np.stack([bits, 1 - bits]) * 160 + 40, np.ones((SIDE, SIDE), np.uint8))
    picture = np.full((HEIGHT, WIDTH), 90, np.uint8)
    picture[LONG_BARS] = lines
    left = 3 * number % (WIDTH - SIDE)
    picture[5 * SIDE : 6 * SIDE, left : left + SIDE] = 220
    return picture


def number_in(encoded: bytes, turns: int = 0) -> int:
    """Read the number in a picture that was ENCODED, upright after so many quarter TURNS clockwise of the coded one."""
    grey = np.asarray(cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_GRAYSCALE))
    coded = np.rot90(grey, turns)
    return number_of(cv2.resize(coded, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))


def number_of(luma: NDArray[Any]) -> int:
    """Read the number in the LUMA of a coded picture. Fails where it cannot be read for sure."""
    levels = luma.astype(np.int64)
    upper = levels[LONG_BARS.start + SIDE // 2, SIDE // 2 :: SIDE][:BITS]
    lower = levels[LONG_BARS.start + SIDE + SIDE // 2, SIDE // 2 :: SIDE][:BITS]
    assert np.abs(upper - lower).min() > 60, "the blocks of a picture cannot be told apart"
    return int((upper > lower) @ (1 << np.arange(BITS)))


def numbers_of(clip: Clip) -> Sequence[int]:
    """Which pictures CLIP has, one by one, decoded from its start."""
    return [number_of(frame.planes[0]) for frame in decode(clip)]
