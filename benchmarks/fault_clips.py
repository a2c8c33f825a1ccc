"""Small masters with a picture in which turn, colours and movement show, made on the spot for `benchmarks.faults`."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.video.program import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["FORMS", "FRAMES", "RATE", "SIZE", "Form", "make_master"]

SIZE = (320, 240)
FRAMES, RATE = 30, 25


@dataclass(frozen=True, slots=True)
class Form:
    """How a master is written."""

    name: str
    ending: str = "mp4"
    pix_fmt: str = "yuv420p"
    matrix: str = "smpte170m"
    """As the file is tagged; empty where it is not, and then it is BT.601."""
    full: bool = False
    turn: int = 0
    """Degrees anticlockwise that players turn it by."""
    shape: str = "1"
    tracks: int = 0
    """Sound tracks, each of other tones."""
    pans: bool = True
    """Whether the camera moves, too."""
    gop: int = 250


FORMS = (
    Form("plain", tracks=2),
    Form("HD colours", matrix="bt709", tracks=1),
    Form("untagged", "mkv", matrix="", gop=12),
    Form("full range", "mkv", full=True),
    Form("10 bit", pix_fmt="yuv420p10le", matrix="bt709"),
    Form("4:2:2", "mov", pix_fmt="yuv422p"),
    Form("4:4:4", "mkv", pix_fmt="yuv444p", matrix="bt709"),
    Form("turned by 90", turn=90, tracks=1),
    Form("turned by 180", turn=180),
    Form("turned by 270", "mov", turn=270, matrix="bt709"),
    Form("broadcast", "ts", shape="16/11", tracks=1, gop=12),
    Form("still camera", pans=False, tracks=2),
    Form("still camera, full range", "mkv", pans=False, full=True, matrix="bt709"),
)


def make_master(path: Path, form: Form, seed: int) -> Path:
    """Write a master of FORM at PATH, whose picture SEED decides."""
    rng = np.random.default_rng(seed)
    matrix = form.matrix or "smpte170m"
    levels = (
        f"scale=out_color_matrix={'bt709' if matrix == 'bt709' else 'bt601'}:out_range={'pc' if form.full else 'tv'}"
    )
    tags = ("-colorspace", matrix, "-color_primaries", matrix, "-color_trc", matrix) if form.matrix else ()
    width, height = SIZE
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(RATE), "-i", "pipe:0")
    sound = [part for n in range(form.tracks) for part in ("-f", "lavfi", "-i", _tones(rng, n))]
    maps = ["-map", "0:v", *(part for n in range(form.tracks) for part in ("-map", f"{n + 1}:a"))]
    picture = ("-vf", f"{levels},format={form.pix_fmt},setsar={form.shape}", "-c:v", "libx264", "-preset", "veryfast")
    more = ("-crf", "18", "-g", str(form.gop), "-color_range", "pc" if form.full else "tv", *tags, "-c:a", "aac")
    written = path.with_name(f"{path.stem}.flat.{form.ending}") if form.turn else path
    _run((*raw, *sound, *maps, *picture, *more, str(written)), _pictures(rng, pans=form.pans))
    if form.turn:
        _run(("-display_rotation", str(form.turn), "-i", str(written), "-map", "0", "-c", "copy", str(path)))
    return path


def _run(arguments: tuple[str, ...], data: bytes | None = None) -> None:
    command = [bundled(), "-v", "error", "-y", *(() if data else ("-nostdin",)), *arguments]
    subprocess.run(command, input=data, check=True, capture_output=True)


def _tones(rng: np.random.Generator, number: int) -> str:
    """Write a sound that never repeats: a tone that rises, and beats."""
    low, beat = 300 + 700 * number + int(rng.integers(0, 200)), int(rng.integers(3, 7))
    return f"aevalsrc=0.3*sin(2*PI*({low}*t+200*t*t))*(0.6+0.4*sin(2*PI*{beat}*t)):s=48000:d={FRAMES / RATE}"


def _pictures(rng: np.random.Generator, *, pans: bool) -> bytes:
    """Give the frames of a coloured scene, RGB, over which the camera PANS, with two who walk through it."""
    (width, height), step = SIZE, 3 if pans else 0
    scene = _scene(rng, width + step * FRAMES, height)
    walkers = [(_walker(rng), int(rng.integers(0, width - 60)), int(rng.integers(20, 100)), way) for way in (3, -2)]
    frames = []
    for number in range(FRAMES):
        picture = scene[:, step * number : step * number + width].copy()
        for body, x, y, way in walkers:
            left = (x + way * number) % (width - body.shape[1])
            picture[y : y + body.shape[0], left : left + body.shape[1]] = body
        frames.append(picture.tobytes())
    return b"".join(frames)


def _scene(rng: np.random.Generator, width: int, height: int) -> NDArray[np.uint8]:
    """Large patches of colour, finer ones of light: no side of it is like another."""
    level = np.full((height, width, 3), 118.0)
    for step, contrast, channels in ((50, 38, 3), (14, 16, 1), (4, 7, 1)):
        coarse = rng.standard_normal((height // step + 2, width // step + 2, channels))
        large = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).reshape(height, width, channels)
        level += contrast * large
    level += np.linspace(-25, 25, height)[:, None, None]
    return np.asarray(np.clip(level, 0, 255), np.uint8)


def _walker(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Somebody in a coat, 36 x 90 px."""
    body = np.empty((90, 36, 3), np.uint8)
    body[:] = rng.integers(20, 235, 3)
    body[:22] = rng.integers(120, 220, 3)
    body[60:] = rng.integers(10, 90, 3)
    return np.clip(body + rng.normal(0, 9, body.shape), 0, 255).astype(np.uint8)
