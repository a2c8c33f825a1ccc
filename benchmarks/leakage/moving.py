"""Clips with truth on every frame, made of annotated stills: the camera pans and zooms over them, a pole passes.

Nobody marks faces on every frame of a recording. Over a still whose faces are marked a camera can be moved by
arithmetic, and so every frame has its truth: where each thing comes into the picture, goes behind a pole and leaves.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import cv2
import numpy as np

from benchmarks.leakage.footage import Truth, encoder
from redact.records.boxes import area, clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.leakage.footage import Row

__all__ = ["FRAMES", "moving", "named"]

FRAMES = 30
"""Frames for which the camera is over one still."""

ZOOM = (1.0, 1.35)
"""How much larger than the whole still the picture begins and ends, at most."""

POLE = 0.035
"""Width of the pole, as a share of the picture's."""

SEEN = 0.5
"""A thing counts while at least this share of it is in the picture and not behind the pole."""

BLUR = 5
"""px along which the fastest camera smears the picture."""


@dataclass(frozen=True, slots=True)
class _Path:
    """A camera over one still: for each frame left, top and scale, and where the pole stands."""

    left: NDArray[np.float64]
    top: NDArray[np.float64]
    scale: NDArray[np.float64]
    pole: NDArray[np.float64]


def moving(
    out: Path, stills: Iterable[tuple[Path, Sequence[Row]]], canvas: tuple[int, int], what: str, *, least: float = 0
) -> tuple[Truth, Truth]:
    """Write a clip of STILLS, each with its marks, as OUT of CANVAS (w, h) px.

    Gives the truth of every thing at least LEAST px high on every frame, each frame a thing of its own, and that of
    the first and the last frame on which each is to be seen.
    """
    rows = _shot(out, stills, canvas, least)
    return Truth.of(what, ((frame, box) for frame, box, _ in rows)), _ends(rows, what)


def named(
    out: Path, stills: Iterable[tuple[Path, Sequence[Row]]], canvas: tuple[int, int], what: str, *, least: float = 0
) -> Truth:
    """Write the clip that `moving` writes; each thing is one through all its frames, numbered as the marks come."""
    rows = _shot(out, stills, canvas, least)
    truth = Truth.of(what, ((frame, box) for frame, box, _ in rows))
    return Truth(what, truth.frame, truth.xyxy, np.array([name for *_, name in rows], np.int32))


def _shot(
    out: Path, stills: Iterable[tuple[Path, Sequence[Row]]], canvas: tuple[int, int], least: float
) -> list[tuple[int, NDArray[np.float32], int]]:
    """Write the clip OUT; give frame, box and number of every mark at least LEAST px high that is to be seen."""
    rows: list[tuple[int, NDArray[np.float32], int]] = []
    numbers = count()
    with subprocess.Popen(encoder(out, canvas), stdin=subprocess.PIPE) as process:
        for still, (path, marks) in enumerate(stills):
            picture = np.asarray(cv2.imread(str(path)), np.uint8)
            boxes = np.array([(x, y, x + w, y + h) for x, y, w, h, _ in marks], np.float32).reshape(-1, 4)
            names = [next(numbers) for _ in marks]
            camera = _camera(picture, canvas, np.random.default_rng(still))
            for step in range(FRAMES):
                process.stdin.write(_view(picture, canvas, camera, step).tobytes())  # type: ignore[union-attr]
                rows += [
                    (still * FRAMES + step, box, name)
                    for box, name in _visible(boxes, names, canvas, camera, step)
                    if box[3] - box[1] >= least
                ]
        process.stdin.close()  # type: ignore[union-attr]
    assert process.returncode == 0, f"{out} could not be written"
    return rows


def _camera(picture: NDArray[np.uint8], canvas: tuple[int, int], chance: np.random.Generator) -> _Path:
    """Choose a path that begins and ends somewhere over PICTURE, and a pole that passes the other way."""
    height, width = picture.shape[:2]
    whole = max(canvas[0] / width, canvas[1] / height)
    share = np.linspace(0, 1, FRAMES)
    zoom = whole * np.interp(share, [0, 1], chance.uniform(*ZOOM, 2))
    room_x, room_y = width - canvas[0] / zoom, height - canvas[1] / zoom
    across, down = (
        np.interp(share, [0, 1], chance.permutation([chance.uniform(0, 0.3), chance.uniform(0.7, 1)])) for _ in "xy"
    )
    pole = np.interp(share, [0, 1], chance.permutation([-0.1, 1.1])) * canvas[0]
    return _Path(room_x * across, room_y * down, zoom, pole)


def _view(picture: NDArray[np.uint8], canvas: tuple[int, int], camera: _Path, step: int) -> NDArray[np.uint8]:
    """Show what the camera sees at STEP: shrunk or enlarged, smeared by its movement, behind the pole."""
    scale = camera.scale[step]
    turn = np.array([[scale, 0, -camera.left[step] * scale], [0, scale, -camera.top[step] * scale]])
    view = cv2.warpAffine(picture, turn, canvas, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    moved = abs(np.gradient(camera.left)[step]) * scale
    if (length := min(BLUR, round(moved))) > 1:
        view = cv2.blur(view, (length, 1))
    left, right = _pole(canvas, camera, step)
    view[:, max(left, 0) : max(right, 0)] = 70
    return np.asarray(view, np.uint8)


def _pole(canvas: tuple[int, int], camera: _Path, step: int) -> tuple[int, int]:
    """Left and right edge of the pole at STEP, px."""
    half = canvas[0] * POLE / 2
    return round(camera.pole[step] - half), round(camera.pole[step] + half)


def _visible(
    boxes: NDArray[np.float32], names: Sequence[int], canvas: tuple[int, int], camera: _Path, step: int
) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Give where each of BOXES is at STEP, cut to the picture, if enough of it is to be seen."""
    corner = np.tile([camera.left[step], camera.top[step]], 2)
    placed = ((boxes - corner) * camera.scale[step]).astype(np.float32)
    inside = clip(placed, *canvas)
    left, right = _pole(canvas, camera, step)
    behind = np.clip(np.minimum(inside[:, 2], right) - np.maximum(inside[:, 0], left), 0, None)
    shown = area(inside) - behind * (inside[:, 3] - inside[:, 1])
    for box, share, name in zip(inside, shown / np.maximum(area(placed), 1), names, strict=True):
        if share >= SEEN:
            yield box, name


def _ends(rows: Sequence[tuple[int, NDArray[np.float32], int]], what: str) -> Truth:
    """Give the first and last row of every thing."""
    by_name: dict[int, list[tuple[int, NDArray[np.float32]]]] = {}
    for frame, box, name in rows:
        by_name.setdefault(name, []).append((frame, box))
    return Truth.of(f"{what}, first and last frame", (seen[i] for seen in by_name.values() for i in (0, -1)))
