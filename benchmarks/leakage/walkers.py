"""Clips in which people cross, made of cut-out pedestrians: who is where, and how much of them is to be seen, is known.

Nobody marks who is who through a crossing. So pedestrians of whom all is to be seen are cut out of MOT17, with soft
edges, and walked across a street without people, past each other, in front of each other and behind a pole: in scenes
that are always the same, and in as many more as are wanted, drawn at random.
"""

from __future__ import annotations

import csv
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from benchmarks.leakage.footage import RATE, encoder
from benchmarks.leakage.scenes import CANVAS, FRAMES, SCENES, Scene, Way, random_scene
from redact.records.boxes import area, clip, overlap_share

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "FRAMES",
    "SCENES",
    "VISIBLE",
    "Dress",
    "Scene",
    "Stage",
    "Way",
    "dressed",
    "dressed_at_random",
    "picture",
    "places",
    "random_scene",
    "stage",
]

VISIBLE = 0.95
LEAST = 150
"""px: who is smaller is not cut out; made larger, no network finds them."""

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

ALIKE = 0.3
"""Share of scenes at random in which somebody else looks exactly as the first does: uniforms."""

LIGHT, TINT = (0.75, 1.25), (0.85, 1.15)
"""By how much a cut-out is darker or lighter, and each of its colours weaker or stronger, in a scene at random."""

PLACES = {"car", "coco8", "coco13", "coco57", "coco59", "coco69", "coco71", "coco72"}
"""What is in pictures of streets, shores and rooms, and not in those of a plate or a cat."""


class Dress(NamedTuple):
    """Who plays a scene, and where."""

    cast: tuple[NDArray[np.uint8], ...]
    """Cut-outs, one a way."""
    street: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A clip that was made, and its truth."""

    name: str
    path: Path
    xyxy: NDArray[np.float32]
    """(people, FRAMES, 4) px, cut to the picture; the first is the one to stay visible."""
    seen: NDArray[np.float32]
    """(people, FRAMES) share of each that is to be seen."""


def dressed(data: Path, scene: Scene, number: int) -> Dress:
    """Find who plays SCENE, the NUMBER-th of those that are always the same."""
    people = _cutouts(data / "mot17")
    cast = tuple(people[(number * 3 + turn) % len(people)] for turn in range(len(scene.ways)))
    return Dress(cast, _streets(data / "general", {"car"})[0])


def dressed_at_random(data: Path, scene: Scene, chance: np.random.Generator) -> Dress:
    """Draw who plays SCENE, each in a light of their own and perhaps mirrored, at times two alike; and a street."""
    people, streets = _cutouts(data / "mot17"), _streets(data / "general", PLACES)
    drawn = [people[number] for number in chance.permutation(len(people))[: len(scene.ways)]]
    cast = [_lit(person, chance) for person in drawn]
    if chance.random() < ALIKE:
        cast[-1] = _turned(cast[0], chance)
    street = streets[int(chance.integers(len(streets)))]
    return Dress(tuple(cast), _turned(street, chance))


def _lit(person: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    light = chance.uniform(*LIGHT) * chance.uniform(*TINT, 3)
    return np.asarray(np.clip(_turned(person, chance) * light, 0, 255), np.uint8)


def _turned(picture: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    return picture[:, ::-1] if chance.random() < 0.5 else picture


def stage(work: Path, scene: Scene, dress: Dress, chance: np.random.Generator) -> Stage:
    """Make the clip of SCENE in WORK, played as DRESS says; CHANCE makes the noise."""
    boxes = places(scene, dress)
    path = work / f"{re.sub('[^a-z0-9]+', '_', scene.name)}.mp4"
    seen = np.zeros(boxes.shape[:2], np.float32)
    with subprocess.Popen(encoder(path, CANVAS), stdin=subprocess.PIPE) as process:
        for frame in range(FRAMES):
            clean, seen[:, frame] = picture(dress, boxes[:, frame], scene)
            noisy = clean + chance.normal(0, GRAIN, clean.shape)
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


def _streets(folder: Path, things: Collection[str]) -> list[NDArray[np.uint8]]:
    """Find the pictures of FOLDER with any of THINGS and without people, as large as the canvas."""
    labels: dict[str, set[str]] = {}
    with (folder / "boxes.csv").open(newline="") as stream:
        for image, *_, label, _ in list(csv.reader(stream))[1:]:
            labels.setdefault(image, set()).add(label)
    wanted = {*things}
    empty = [
        image for image, what in sorted(labels.items()) if what & wanted and not {"person", "person:ignore"} & what
    ]
    return [_on_canvas(np.asarray(cv2.imread(str(folder / image)), np.uint8)) for image in empty]


def _on_canvas(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = max(CANVAS[0] / picture.shape[1], CANVAS[1] / picture.shape[0])
    large = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large[-CANVAS[1] :, : CANVAS[0]], np.uint8)


def places(scene: Scene, dress: Dress) -> NDArray[np.float32]:
    """(people, FRAMES, 4) where the bodies of those in SCENE are, played as DRESS says; not cut to the picture."""
    return np.stack([_walk(way, person) for way, person in zip(scene.ways, dress.cast, strict=True)])


def _walk(way: Way, person: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(FRAMES, 4) where a person's body is, not cut to the picture. Who is taller is nearer and stands lower."""
    at = np.interp(np.arange(FRAMES) / RATE, way.times, way.places) * CANVAS[0]
    width = way.height * person.shape[1] / person.shape[0]
    bottom = CANVAS[1] * 0.62 + way.height * 0.75
    edges = (at - width / 2, np.full(FRAMES, bottom - way.height), at + width / 2, np.full(FRAMES, bottom))
    return np.stack(edges, axis=1).astype(np.float32)


def picture(dress: Dress, boxes: NDArray[np.float32], scene: Scene) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Paint one frame of SCENE, with bodies at BOXES: the picture, and the share of each that is to be seen in it."""
    painted = dress.street.astype(np.float32)
    whose = np.full(painted.shape[:2], -1, np.int32)
    for number in scene.order:
        _paste(painted, whose, dress.cast[number], boxes[number], number)
    if scene.pole is not None:
        left = round(scene.pole * CANVAS[0] - POLE / 2)
        painted[:, left : left + POLE] = (70, 74, 76)
        whose[:, left : left + POLE] = -2
    shown = np.array([(whose[_inside(box)] == number).sum() for number, box in enumerate(boxes)], np.float32)
    return painted, np.asarray(shown / np.maximum(area(boxes), 1), np.float32)


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
