"""The sets, each as clips with truth. Where a set is absent its function is never called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from benchmarks.leakage.footage import HOLD, Footage, Truth, body, held, stills, table
from benchmarks.leakage.moving import moving

if TYPE_CHECKING:
    from benchmarks.leakage.footage import Row

__all__ = ["SETS", "Make"]

Make = Callable[[Path, Path], Iterator[Footage]]
"""Given the data folder and a folder to write to, the clips of a set."""

LEAST_FACE = 8
"""px: a face less high is smaller than a block, and no one is known by it."""

LEAST_PLATE = 8
"""px: a plate less high cannot be read."""

VISIBLE = 0.3
"""A pedestrian of whom less is to be seen is no truth."""

HEAD = 0.2
"""Share of a standing person's box, from the top, that holds the head."""

PEDESTRIAN = 1
PEOPLE = (1, 2, 7, 8, 12)
"""Classes of MOT17 that are people or look like them: none of them is scene."""

NOBODY = "pictures without people"

SURE = 0.6
"""Score from which what the second network calls a face is taken for one."""


def opera(data: Path, _: Path) -> Iterator[Footage]:
    """A street in London at 1080p: 41 faces marked by hand, and every face that another network finds on any frame."""
    master = data / "clips/facenet_royal_opera_house.mp4"
    marked = table(master.with_suffix(".faces.csv"))
    boxes = [(int(frame), xyxy) for frame, rows in marked.items() for xyxy in map(_xyxy, rows)]
    faces = Truth.of("face", boxes)
    judge = data / "judges/yunet_n_dynamic.onnx"
    pseudo = (Truth.of("face, by another network", _judged(master, judge)),) if judge.exists() else ()
    people = Truth.of("people", [(frame, body(xyxy)) for frame, xyxy in boxes])
    yield Footage(master, (faces, *pseudo), (("outside faces", faces), ("outside people", people)))


def mot17(data: Path, work: Path) -> Iterator[Footage]:
    """Crowded streets and a mall, fixed and hand-held cameras: pedestrians of whom at least 0.3 is to be seen."""
    for folder in sorted((data / "mot17").iterdir()):
        pictures = sorted((folder / "img1").glob("*.jpg"))
        height, width = np.asarray(cv2.imread(str(pictures[0]))).shape[:2]
        out = work / f"{folder.name}.mp4"
        stills(out, pictures, (width, height), hold=1)
        rows = np.loadtxt(folder / "gt/gt.txt", delimiter=",", ndmin=2)
        rows = rows[rows[:, 0] <= len(pictures)]
        rows[:, 4:6] += rows[:, 2:4]
        walking = rows[(rows[:, 7] == PEDESTRIAN) & (rows[:, 8] >= VISIBLE)]
        anyone = rows[np.isin(rows[:, 7], PEOPLE)]
        yield Footage(out, _person(_mot(walking)), (("outside people", Truth.of("people", _mot(anyone))),))


def pets(data: Path, _: Path) -> Iterator[Footage]:
    """A campus from a high fixed camera: ten who walk, past each other and a sign; others count neither way."""
    folder = data / "tracks/pets09_s2l1_first"
    walking, others = (
        [(int(row[0]), (row[1], row[2], row[1] + row[3], row[2] + row[4])) for row in rows]
        for rows in (
            np.loadtxt(folder / name, delimiter=",", skiprows=1, usecols=range(5), ndmin=2)
            for name in ("truth.csv", "ignore.csv")
        )
    )
    nobody = ("outside people", Truth.of("people", [*walking, *others]))
    yield Footage(folder / "pets09_s2l1_first.mp4", _person(walking), (nobody,))


def human(data: Path, work: Path) -> Iterator[Footage]:
    """A street seen from a window: one small pedestrian, behind a pole for a while; others are not marked."""
    folder = data / "otb_human3"
    marked = table(folder / "boxes.csv")
    out = work / "otb_human3.mp4"
    stills(out, [folder / name for name in marked], (480, 640), hold=1)
    truths = _person([(frame, _xyxy(rows[0])) for frame, rows in enumerate(marked.values())])
    yield Footage(out, truths, (("outside the one person marked", truths[1]),))


def girl(data: Path, work: Path) -> Iterator[Footage]:
    """One head at 128 x 96 px for 500 frames, turning away and covered."""
    folder = data / "faces/otb_girl"
    marked = table(folder / "boxes.csv")
    out = work / "otb_girl.mp4"
    stills(out, [folder / name for name in marked], (128, 96), hold=1)
    head = Truth.of("head", [(frame, _xyxy(rows[0])) for frame, rows in enumerate(marked.values())])
    yield Footage(out, (head,), (("outside the head", head),))


def pictures(
    data: Path, work: Path, *, folder: str, what: str, canvas: tuple[int, int], label: str = "", least: int = 0
) -> Iterator[Footage]:
    """Make a clip of a folder of stills; what is hidden starts with LABEL and is at least LEAST px high."""
    marked = table(data / folder / "boxes.csv")
    out = work / f"{folder.replace('/', '_')}.mp4"
    scales = stills(out, [data / folder / name for name in marked], canvas)
    kept = [[row for row in rows if row[4].startswith(label)] for rows in marked.values()]
    large = [
        (scale, [row for row in rows if row[3] * scale >= least]) for scale, rows in zip(scales, kept, strict=True)
    ]
    all_of = held(what, zip(scales, kept, strict=True))
    yield Footage(out, (held(what, large),), ((f"outside every {what}", all_of),))


def general(data: Path, work: Path) -> Iterator[Footage]:
    """Everyday pictures: a clip of those with people, and one of those without, where what is hidden is too much."""
    folder = data / "general"
    marked = {name: [row for row in rows if row[4] == "person"] for name, rows in table(folder / "boxes.csv").items()}
    for clip, some in (("people", True), ("nobody", False)):
        names = [name for name, rows in marked.items() if bool(rows) is some]
        out = work / f"general_{clip}.mp4"
        scales = stills(out, [folder / name for name in names], (640, 640))
        truth = held("person", zip(scales, (marked[name] for name in names), strict=True))
        nobody = Truth.of("nobody", ((frame, (0.0, 0.0, 0.0, 0.0)) for frame in range(len(names) * HOLD)))
        yield Footage(out, (truth,) if some else (), (("outside every person", truth) if some else (NOBODY, nobody),))


def panned(data: Path, work: Path, *, folder: str, what: str, canvas: tuple[int, int], least: int) -> Iterator[Footage]:
    """Make a clip of a folder of stills over which the camera moves; truth on every frame."""
    marked = table(data / folder / "boxes.csv")
    out = work / f"{folder.replace('/', '_')}_moving.mp4"
    found = moving(out, [(data / folder / name, rows) for name, rows in marked.items()], canvas, what, least=least)
    yield Footage(out, found, ((f"outside every {what} marked", found[0]),))


def _xyxy(row: Row) -> tuple[float, float, float, float]:
    left, top, width, height, _ = row
    return left, top, left + width, top + height


def _mot(rows: np.ndarray) -> list[tuple[int, tuple[float, ...]]]:
    """Rows of MOT17 whose columns 2 to 5 are xyxy, as frames from 0 and boxes; px there count from 1."""
    return [(int(row[0]) - 1, tuple(row[2:6] - 1)) for row in rows]


def _person(rows: Sequence[tuple[int, tuple[float, ...]]]) -> tuple[Truth, Truth]:
    """Head and whole person."""
    heads = [(frame, (x0, y0, x1, y0 + HEAD * (y1 - y0))) for frame, (x0, y0, x1, y1) in rows]
    return Truth.of("head (top fifth)", heads), Truth.of("person", rows)


def _judged(master: Path, weights: Path) -> Iterator[tuple[int, tuple[float, ...]]]:
    """Every face of MASTER that the network WEIGHTS is sure of."""
    clip = cv2.VideoCapture(str(master))
    size = (int(clip.get(cv2.CAP_PROP_FRAME_WIDTH)), int(clip.get(cv2.CAP_PROP_FRAME_HEIGHT)))
    judge = cv2.FaceDetectorYN.create(str(weights), "", size, SURE)
    frame = 0
    while (read := clip.read())[0]:
        found = judge.detect(read[1])[1]
        for left, top, width, height in () if found is None else found[:, :4].tolist():
            if height >= LEAST_FACE:
                yield frame, (left, top, left + width, top + height)
        frame += 1


SETS: dict[str, tuple[str, Make]] = {
    "opera": ("clips/facenet_royal_opera_house.mp4", opera),
    "mot17": ("mot17", mot17),
    "pets": ("tracks/pets09_s2l1_first/truth.csv", pets),
    "otb_human3": ("otb_human3/boxes.csv", human),
    "otb_girl": ("faces/otb_girl/boxes.csv", girl),
    "wider": (
        "faces/wider/boxes.csv",
        partial(pictures, folder="faces/wider", what="face", canvas=(848, 416), least=LEAST_FACE),
    ),
    "plates_romania": (
        "plates/romania/boxes.csv",
        partial(pictures, folder="plates/romania", what="plate", canvas=(1280, 720)),
    ),
    "plates_openalpr": (
        "plates/openalpr/boxes.csv",
        partial(pictures, folder="plates/openalpr", what="plate", canvas=(1280, 720)),
    ),
    "wider_moving": (
        "faces/wider/boxes.csv",
        partial(panned, folder="faces/wider", what="face", canvas=(640, 416), least=LEAST_FACE),
    ),
    "plates_romania_moving": (
        "plates/romania/boxes.csv",
        partial(panned, folder="plates/romania", what="plate", canvas=(1280, 720), least=LEAST_PLATE),
    ),
    "plates_openalpr_moving": (
        "plates/openalpr/boxes.csv",
        partial(panned, folder="plates/openalpr", what="plate", canvas=(1280, 720), least=LEAST_PLATE),
    ),
    "general": ("general/boxes.csv", general),
}
"""By name: what must be there, and how its clips are made.

plates/kaggle is not among them: its boxes were scaled to 416 px twice and lie beside the plates.
"""
