"""The demo's clip: a street, a car and two men, made on the spot from photographs that an installed package ships."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.demo.car import CAR_MM, PLATE_BOX_MM, PLATE_TEXT, put
from redact.errors import InputUnusable
from redact.records.boxes import area, clip
from redact.records.kinds import Kind
from redact.records.tracks import Detections
from redact.video.demo_clip import write_clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    Picture: TypeAlias = NDArray[np.uint8]
    Window: TypeAlias = tuple[int, int, int]
    Marked: TypeAlias = Sequence[tuple[Kind, Sequence[float]]]
    View: TypeAlias = tuple[Picture, Marked]

__all__ = ["PLATE_TEXT", "Truth", "find_photos", "make_demo"]

SIZE = (1280, 720)
RATE = Fraction(25)
SCENES = (75, 60, 65)
"""Frames of each scene: the street, the car, the touchline."""

PHOTOS = ("bus.jpg", "zidane.jpg")
"""Street and touchline, as the package names them."""

STREET = (
    (Kind.PERSON, (52, 398, 247, 902)),
    (Kind.PERSON, (224, 404, 346, 861)),
    (Kind.PERSON, (668, 390, 810, 882)),
    (Kind.FACE, (108, 404, 160, 476)),
    (Kind.FACE, (263, 410, 309, 478)),
)
TOUCHLINE = (
    (Kind.PERSON, (122, 202, 1153, 720)),
    (Kind.PERSON, (750, 42, 1137, 720)),
    (Kind.FACE, (520, 250, 664, 455)),
    (Kind.FACE, (905, 95, 1062, 285)),
)
"""People and faces of the photographs, px of each, marked by hand."""

STREET_WINDOWS: tuple[Window, Window] = ((0, 340, 810), (70, 385, 720))
TOUCHLINE_WINDOWS: tuple[Window, Window] = ((0, 0, 1280), (96, 0, 1160))
"""Left, top and width of the 16:9 part shown of each photograph, first and last; px."""

FRONT = (slice(0, 236), slice(60, 810))
GROUND = (slice(906, 1080), slice(0, 810))
HORIZON = 402
"""px from the top to where the house front of the second scene meets the pavement."""

DRIVE = ((0.36, 130, 716), (0.22, 700, 560))
"""px to the mm, and the px at which the car's lower left corner stands; first and last frame of its scene."""

NOISE = 3
"""Grey levels either way."""

LEAST_SHARE = 0.1

TUNE = tuple((hertz, 0.5) for hertz in (523, 587, 659, 698, 784, 698, 659, 587) * 2)
"""Eight seconds up and down the scale of C."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is where in the demo clip, so that a test can measure what stays exposed."""

    frames: int
    boxes: Detections
    """px of the clip, half-open, cut to the picture; score is the share of the box that is inside it."""


def find_photos() -> tuple[Path, ...]:
    """Where the installed ultralytics package keeps its photographs. Raises InputUnusable where it has none."""
    spec = find_spec("ultralytics")
    folders = spec.submodule_search_locations if spec else None
    photos = tuple(Path(folder) / "assets" / name for folder in folders or () for name in PHOTOS)
    if not photos or not all(photo.is_file() for photo in photos):
        message = "The photographs that the demo is made of are missing (ultralytics/assets)."
        raise InputUnusable(message, "Install the package again: pip install ultralytics")
    return photos


def make_demo(path: Path, photos: Sequence[Path]) -> Truth:
    """Write the 8 s demo clip to PATH from PHOTOS, street then touchline: three scenes, a number plate and sound."""
    street, touchline = (_photo(photo) for photo in photos)
    scenes = (
        _pan(street, STREET, STREET_WINDOWS, SCENES[0]),
        _drive(_road(street), SCENES[1]),
        _pan(touchline, TOUCHLINE, TOUCHLINE_WINDOWS, SCENES[2]),
    )
    boxes: list[Detections] = []

    def pictures() -> Iterator[Picture]:
        for index, (picture, marked) in enumerate(chain(*scenes)):
            boxes.append(_inside(marked, index))
            yield _grain(picture, index)

    write_clip(path, pictures(), SIZE, RATE, TUNE)
    return Truth(sum(SCENES), Detections.concat(boxes))


def _photo(path: Path) -> Picture:
    """Read the photograph at PATH as uint8 (h, w, 3) RGB."""
    photo = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if photo is None:
        message = f"{path} is not a picture."
        raise InputUnusable(message, "Install the package it came with again.")
    return np.asarray(photo, np.uint8)


def _ease(frames: int) -> Iterator[float]:
    """Go from 0 to 1 in FRAMES steps, slowly at both ends."""
    for step in range(frames):
        t = step / (frames - 1)
        yield t * t * (3 - 2 * t)


def _pan(photo: Picture, marked: Marked, windows: tuple[Window, Window], frames: int) -> Iterator[View]:
    """Move a 16:9 window over PHOTO from the first of WINDOWS to the second, and the MARKED boxes with it."""
    start, end = (np.array(window) for window in windows)
    for share in _ease(frames):
        x, y, width = start + (end - start) * share
        scale = SIZE[0] / width
        turn = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
        picture = cv2.warpAffine(photo, turn, SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        boxes = tuple((kind, tuple((np.array(box) - (x, y, x, y)) * scale)) for kind, box in marked)
        yield np.asarray(picture, np.uint8), boxes


def _road(street: Picture) -> Picture:
    """Make a street without people: the house front of STREET above its own pavement, uint8 (720, 1280, 3)."""
    front = cv2.resize(street[FRONT], (SIZE[0], HORIZON), interpolation=cv2.INTER_CUBIC)
    ground = cv2.resize(street[GROUND], (SIZE[0], SIZE[1] - HORIZON), interpolation=cv2.INTER_CUBIC)
    road = np.concatenate([front, ground])
    road[HORIZON - 6 : HORIZON + 10] = road[HORIZON - 6 : HORIZON + 10] // 3 + 90  # the kerb
    return np.asarray(road, np.uint8)


def _drive(road: Picture, frames: int) -> Iterator[View]:
    """Let the car drive off along ROAD, growing smaller on its way."""
    start, end = (np.array(place) for place in DRIVE)
    for share in _ease(frames):
        scale, x, y = start + (end - start) * share
        left, top = x, y - CAR_MM[1] * scale
        box = np.array(PLATE_BOX_MM) * scale + (left, top, left, top)
        yield put(road, scale, x, y), ((Kind.PLATE, tuple(box)),)


def _grain(picture: Picture, index: int) -> Picture:
    """Add the noise of a camera, the same on every run."""
    noise = np.random.default_rng(index).integers(-NOISE, NOISE + 1, picture.shape[:2], np.int16)
    return np.asarray(np.clip(picture.astype(np.int16) + noise[..., None], 0, 255), np.uint8)


def _inside(marked: Marked, index: int) -> Detections:
    """Cut the MARKED boxes of frame INDEX to the picture; one of which less than a tenth is inside is gone."""
    xyxy = np.array([box for _, box in marked], np.float32).reshape(-1, 4)
    kind = np.array([kind for kind, _ in marked], np.uint8)
    cut = clip(xyxy, *SIZE)
    share = area(cut) / area(xyxy)
    seen = share > LEAST_SHARE
    return Detections(np.full(int(seen.sum()), index, np.int32), cut[seen], share[seen], kind[seen])
