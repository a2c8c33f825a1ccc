"""Clips in which people cross, made of cut-out pedestrians: who is where, and how much of them is to be seen, is known.

Nobody marks who is who through a crossing. So pedestrians of whom all is to be seen are cut out of MOT17, with soft
edges, and walked across a street without people, past each other, in front of each other and behind a pole.
"""

from __future__ import annotations

import csv
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from benchmarks.leakage.footage import RATE, encoder
from redact.records.boxes import area, clip, overlap_share

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["FRAMES", "SCENES", "VISIBLE", "Stage", "stage"]

CANVAS = (1280, 720)
FRAMES = 125

VISIBLE = 0.95
LEAST = 150
"""px: who is smaller is not cut out."""

PEDESTRIAN = 1
PEOPLE = (1, 2, 7, 8, 12)
"""Classes of MOT17 that are people or look like them."""

BESIDE = 0.05
"""Share of a pedestrian's box that may hold somebody else."""

ROOM = 0.06
"""What is cut out around a box, in its widths and heights."""

SOFT = 0.12
"""Share of half a cut-out's size over which its edge fades."""

GRAIN = 2.0
"""Levels of noise on every frame: a camera has some."""

POLE = 46
"""px."""


class Way(NamedTuple):
    """How one person moves. Seconds, with the middle of the body in widths of the picture."""

    height: float
    """px."""
    times: tuple[float, ...]
    places: tuple[float, ...]


class Scene(NamedTuple):
    """Who walks how, from the back to the front; the first named is the one to stay visible."""

    name: str
    ways: tuple[Way, ...]
    order: tuple[int, ...]
    """Numbers of the ways, from the farthest to the nearest."""
    pole: float | None = None
    """Middle of a pole before everybody, in widths of the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A clip that was made, and its truth."""

    name: str
    path: Path
    xyxy: NDArray[np.float32]
    """(people, FRAMES, 4) px, cut to the picture; the first is the one to stay visible."""
    seen: NDArray[np.float32]
    """(people, FRAMES) share of each that is to be seen."""


def _across(height: float, start: float, end: float, first: float = 0.0, last: float = 5.0) -> Way:
    return Way(height, (first, last), (start, end))


SCENES = (
    Scene("pass behind", (_across(300, 0.08, 0.92), _across(300, 0.92, 0.08)), (0, 1)),
    Scene("pass in front", (_across(330, 0.9, 0.1), _across(270, 0.05, 0.95)), (1, 0)),
    Scene(
        "stop while someone passes", (Way(300, (0, 2, 3.5, 5), (0.15, 0.5, 0.5, 0.8)), _across(310, 0.95, 0.1)), (0, 1)
    ),
    Scene(
        "two pass one after the other",
        (_across(300, 0.05, 0.85), _across(320, 0.6, 0.02, 0, 4), _across(290, 1.05, 0.2, 0.5, 5)),
        (0, 2, 1),
    ),
    Scene("be overtaken", (_across(300, 0.3, 0.75), _across(310, 0.05, 0.97)), (0, 1)),
    Scene("walk behind a pole", (_across(300, 0.1, 0.9),), (0,), 0.5),
    Scene("cross at a pole", (_across(300, 0.1, 0.9), _across(300, 0.9, 0.1)), (0, 1), 0.5),
    Scene(
        "meet and turn back",
        (Way(300, (0, 2, 3, 5), (0.1, 0.46, 0.46, 0.1)), Way(300, (0, 2, 3, 5), (0.9, 0.55, 0.55, 0.9))),
        (0, 1),
    ),
    Scene(
        "meet, stop and pass",
        (Way(300, (0, 2, 3, 5), (0.1, 0.46, 0.46, 0.9)), Way(310, (0, 2, 3, 5), (0.9, 0.54, 0.54, 0.1))),
        (0, 1),
    ),
    Scene("walk side by side", (_across(300, 0.08, 0.8), _across(295, 0.2, 0.92)), (0, 1)),
)


def stage(data: Path, work: Path, scene: Scene, number: int) -> Stage:
    """Make the clip of SCENE, the NUMBER-th, in WORK."""
    people = _cutouts(data / "mot17")
    cast = [people[(number * 3 + turn) % len(people)] for turn in range(len(scene.ways))]
    street, chance = _street(data / "general"), np.random.default_rng(number)
    boxes = np.stack([_walk(way, person) for way, person in zip(scene.ways, cast, strict=True)])
    path = work / f"{scene.name.replace(' ', '_').replace(',', '')}.mp4"
    seen = np.zeros(boxes.shape[:2], np.float32)
    with subprocess.Popen(encoder(path, CANVAS), stdin=subprocess.PIPE) as process:
        for frame in range(FRAMES):
            picture, seen[:, frame] = _picture(street, cast, boxes[:, frame], scene)
            noisy = picture + chance.normal(0, GRAIN, picture.shape)
            process.stdin.write(np.clip(noisy, 0, 255).astype(np.uint8).tobytes())  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
    assert process.returncode == 0, f"{path} could not be written"
    return Stage(scene.name, path, clip(boxes.reshape(-1, 4), *CANVAS).reshape(boxes.shape), seen)


def _cutouts(folder: Path) -> list[NDArray[np.uint8]]:
    """Cut out every pedestrian of FOLDER once, at their largest, of the frames on which nobody else is beside them."""
    found: dict[tuple[str, int], NDArray[np.uint8]] = {}
    for clip_folder in sorted(folder.iterdir()):
        rows = np.loadtxt(clip_folder / "gt/gt.txt", delimiter=",", ndmin=2)
        rows = rows[np.isin(rows[:, 7], PEOPLE)]
        good = rows[(rows[:, 7] == PEDESTRIAN) & (rows[:, 8] >= VISIBLE) & (rows[:, 5] >= LEAST)]
        for row in good[np.argsort(good[:, 5], kind="stable")]:
            path = clip_folder / f"img1/{int(row[0]):06d}.jpg"
            beside = rows[(rows[:, 0] == row[0]) & (rows[:, 1] != row[1]), 2:6]
            if path.exists() and _alone(row[2:6], beside):
                cut = _cut(np.asarray(cv2.imread(str(path)), np.uint8), row[2:6])
                found |= {(clip_folder.name, int(row[1])): cut} if cut is not None else {}
    assert len(found) > 2, f"{folder} has too few pedestrians who stand alone"
    return list(found.values())


def _alone(box: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    """Tell whether next to nothing of OTHERS (n, 4) is in BOX; left, top, width, height."""
    mine, theirs = (np.hstack([some[:, :2], some[:, :2] + some[:, 2:]]) for some in (box[None], others))
    share = overlap_share(mine.astype(np.float32), theirs.astype(np.float32))
    return bool(share.max(initial=0) <= BESIDE)


def _cut(picture: NDArray[np.uint8], box: NDArray[np.float64]) -> NDArray[np.uint8] | None:
    """Cut BOX (left, top, width, height) out of PICTURE with room; None where the picture ends before that."""
    left, top, width, height = box
    x0, y0 = round(left - ROOM * width), round(top - ROOM * height)
    x1, y1 = round(left + (1 + ROOM) * width), round(top + (1 + ROOM) * height)
    if min(x0, y0) < 0 or x1 > picture.shape[1] or y1 > picture.shape[0]:
        return None
    return picture[y0:y1, x0:x1]


def _street(folder: Path) -> NDArray[np.uint8]:
    """Find a street without people among the pictures of FOLDER, wide enough for the canvas."""
    labels: dict[str, set[str]] = {}
    with (folder / "boxes.csv").open(newline="") as stream:
        for image, *_, label, _ in list(csv.reader(stream))[1:]:
            labels.setdefault(image, set()).add(label)
    empty = [
        image for image, what in sorted(labels.items()) if "car" in what and not {"person", "person:ignore"} & what
    ]
    picture = np.asarray(cv2.imread(str(folder / empty[0])), np.uint8)
    scale = max(CANVAS[0] / picture.shape[1], CANVAS[1] / picture.shape[0])
    large = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large[-CANVAS[1] :, : CANVAS[0]], np.uint8)


def _walk(way: Way, person: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(FRAMES, 4) where a person's body is, not cut to the picture. Who is taller is nearer and stands lower."""
    at = np.interp(np.arange(FRAMES) / RATE, way.times, way.places) * CANVAS[0]
    width = way.height * person.shape[1] / person.shape[0]
    bottom = CANVAS[1] * 0.62 + way.height * 0.75
    edges = (at - width / 2, np.full(FRAMES, bottom - way.height), at + width / 2, np.full(FRAMES, bottom))
    return np.stack(edges, axis=1).astype(np.float32)


def _picture(
    street: NDArray[np.uint8], cast: Sequence[NDArray[np.uint8]], boxes: NDArray[np.float32], scene: Scene
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Paint one frame: the picture, and the share of each person that is to be seen in it."""
    picture = street.astype(np.float32)
    whose = np.full(street.shape[:2], -1, np.int32)
    for number in scene.order:
        _paste(picture, whose, cast[number], boxes[number], number)
    if scene.pole is not None:
        left = round(scene.pole * CANVAS[0] - POLE / 2)
        picture[:, left : left + POLE] = (70, 74, 76)
        whose[:, left : left + POLE] = -2
    shown = np.array([(whose[_inside(box)] == number).sum() for number, box in enumerate(boxes)], np.float32)
    return picture, np.asarray(shown / np.maximum(area(boxes), 1), np.float32)


def _paste(
    picture: NDArray[np.float32],
    whose: NDArray[np.int32],
    person: NDArray[np.uint8],
    box: NDArray[np.float32],
    number: int,
) -> None:
    """Paint PERSON into PICTURE so that the body is at BOX, and note in WHOSE what is theirs."""
    width, height = (box[2:] - box[:2]) * (1 + 2 * ROOM)
    size = (max(1, round(float(width))), max(1, round(float(height))))
    small = cv2.resize(person, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    x, y = (round(float(box[axis] - ROOM * (box[axis + 2] - box[axis]))) for axis in (0, 1))
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + size[0], CANVAS[0]), min(y + size[1], CANVAS[1])
    if right <= left or bottom <= top:
        return
    part = (slice(top - y, bottom - y), slice(left - x, right - x))
    soft = _soft(size)[part][..., None]
    picture[top:bottom, left:right] = soft * small[part] + (1 - soft) * picture[top:bottom, left:right]
    whose[_inside(box)] = number


def _soft(size: tuple[int, int]) -> NDArray[np.float32]:
    """(h, w) how much a cut-out covers: all in the middle, fading towards rounded corners and edges."""
    across, down = (np.abs((np.arange(side) + 0.5) / side * 2 - 1) for side in size)
    away = (across[None] ** 3 + down[:, None] ** 3) ** (1 / 3)
    return np.asarray(np.clip((1 - away) / SOFT, 0, 1), np.float32)


def _inside(box: NDArray[np.float32]) -> tuple[slice, slice]:
    """The pixels of BOX, as far as it is in the picture."""
    x0, y0, x1, y1 = np.rint(clip(box[None], *CANVAS)[0]).astype(int).tolist()
    return slice(y0, y1), slice(x0, x1)
