"""A street, made of the demo's photographs: somebody walks behind a wall, and two come out who are dressed alike."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.demo.clip import _photo, _road, find_photos
from redact.video.demo_clip import write_clip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

__all__ = ["RATE", "SIZE", "street"]

SIZE = (768, 432)
RATE = 8
WALL = (225, 110, 410, 415)
"""What hides whoever walks behind it: xyxy px."""

WALKER, BYSTANDER = (52, 398, 247, 902), (224, 404, 346, 861)
"""Two people of the photograph, as they stand on it: xyxy px."""

BEHIND_S = 1.5
"""When they are behind the wall, and for how long."""
DARKER = 0.85


def street(path: Path, seconds: float = 5.0) -> None:
    """Write a clip of so many SECONDS to PATH: who is who cannot be told behind the wall."""
    photo = _photo(find_photos()[0])
    tune = ((440, seconds / 2), (660, seconds / 2))
    write_clip(path, _pictures(photo, round(seconds * RATE)), SIZE, Fraction(RATE), tune)


def _pictures(photo: Picture, frames: int) -> Iterator[Picture]:
    road = np.asarray(cv2.resize(_road(photo), SIZE), np.uint8)
    for index in range(frames):
        picture, time = road.copy(), index / RATE
        if time < BEHIND_S:
            _put(picture, _cut(photo, WALKER, 215), round(60 + time * 110), 405)
        elif time >= 2 * BEHIND_S:
            dark, since = (_cut(photo, WALKER, 215) * DARKER).astype(np.uint8), time - 2 * BEHIND_S
            _put(picture, dark, round(420 + since * 90), 405)
            _put(picture, dark, round(150 - since * 60), 405)
        cv2.rectangle(picture, WALL[:2], WALL[2:], (92, 88, 84), -1)
        _put(picture, _cut(photo, BYSTANDER, 150), 680, 365)
        grain = np.random.default_rng(index).integers(-3, 4, picture.shape[:2], np.int16)
        yield np.asarray(np.clip(picture.astype(np.int16) + grain[..., None], 0, 255), np.uint8)


def _cut(photo: Picture, box: tuple[int, int, int, int], height: int) -> Picture:
    """Cut BOX out of PHOTO, so many px high."""
    part = photo[box[1] : box[3], box[0] : box[2]]
    width = round(part.shape[1] * height / part.shape[0])
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _put(picture: Picture, part: Picture, left: int, foot: int) -> None:
    """Put PART on PICTURE, its lower left corner at LEFT and FOOT."""
    right = min(picture.shape[1], left + part.shape[1])
    if left < right:
        picture[foot - part.shape[0] : foot, left:right] = part[:, : right - left]
