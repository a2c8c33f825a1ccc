"""Pictures to measure a network's activations on, made from the two photographs that Ultralytics ships."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.errors import ModelUnavailable
from redact.records.tracks import GREY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["COUNT", "SIDE", "photographs", "pictures"]

COUNT = 60
"""Pictures made."""

SIDE = 640
"""px of each."""

SEED = 7
SHRINK = (1.0, 1.0, 0.5, 0.25)
"""How much smaller than the picture a crop is shown."""


def photographs() -> tuple[NDArray[np.uint8], ...]:
    """Give a street with a bus and people, and two men close by: uint8 (h, w, 3) RGB."""
    spec = find_spec("ultralytics")
    if spec is None or spec.origin is None:
        message = "The package ultralytics is not installed, and networks cannot be converted without it."
        raise ModelUnavailable(message, "Install it: python -m pip install ultralytics")
    folder = Path(spec.origin).parent / "assets"
    read = (cv2.imread(str(folder / name), cv2.IMREAD_COLOR_RGB) for name in ("bus.jpg", "zidane.jpg"))
    return tuple(np.asarray(picture, np.uint8) for picture in read)


def pictures() -> Iterator[NDArray[np.uint8]]:
    """Make COUNT crops, mirrored, shrunk, darkened and with noise, always the same: uint8 (SIDE, SIDE, 3) RGB."""
    chance = np.random.default_rng(SEED)
    sources = photographs()
    for number in range(COUNT):
        yield _lit(_laid(_crop(sources[number % len(sources)], chance), chance), chance)


def _crop(photograph: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Cut a part out, mirror it half the time, and bring it to some size up to SIDE."""
    height, width = (np.array(photograph.shape[:2]) * chance.uniform(0.3, 1.0)).astype(int)
    y = chance.integers(0, photograph.shape[0] - height + 1)
    x = chance.integers(0, photograph.shape[1] - width + 1)
    part = photograph[y : y + height, x : x + width]
    if chance.random() < 0.5:  # noqa: PLR2004  half the time
        part = part[:, ::-1]
    fit = min(SIDE / height, SIDE / width) * chance.choice(SHRINK)
    size = max(1, int(width * fit)), max(1, int(height * fit))
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)


def _laid(part: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Lay PART into a square: once on grey, or over and over."""
    if chance.random() < 0.5:  # noqa: PLR2004  half the time
        again = (-(-SIDE // part.shape[0]), -(-SIDE // part.shape[1]), 1)
        return np.tile(part, again)[:SIDE, :SIDE]
    square = np.full((SIDE, SIDE, 3), GREY, np.uint8)
    square[: part.shape[0], : part.shape[1]] = part
    return square


def _lit(picture: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Change the light, add noise, and take the colour out now and then."""
    grain = chance.normal(0, chance.uniform(0, 12), picture.shape)
    levels = picture * chance.uniform(0.4, 1.3) + chance.uniform(-20, 30) + grain
    if chance.random() < 0.15:  # noqa: PLR2004  infrared cameras see no colour
        levels = np.broadcast_to(levels.mean(axis=2, keepdims=True), picture.shape)
    return np.clip(levels, 0, 255).astype(np.uint8)
