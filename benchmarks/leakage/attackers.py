"""What an attacker has: a decoder, a network that finds faces, one that knows people by them, and a reader of plates.

Faces are found by YuNet (Wu et al., YuNet: A Tiny Millisecond-level Face Detector, 2023), brought into one position by
its five landmarks, and told apart by MobileFaceNet (Chen et al., MobileFaceNets: Efficient CNNs for Accurate Real-Time
Face Verification on Mobile Devices, 2018): two pictures of one person give a cosine of 0.6 to 0.9 (0.85 on
neighbouring frames of the street), of two people below 0.5 (0.19 there). Plates are read by the program Tesseract.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from benchmarks.leakage.moving import FRAMES
from redact.records.boxes import iou
from redact.video.program import program

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from benchmarks.leakage.footage import Truth
    from redact.records.clip import Clip, Layout

__all__ = [
    "CROP",
    "FUSED",
    "LEAST_FACE",
    "Embedder",
    "Faces",
    "Finder",
    "Readings",
    "Score",
    "aligned",
    "can_read",
    "found_faces",
    "frames_of_video",
    "judged",
    "plate_picture",
    "readings",
]

CROP = 112
"""px along each side of an aligned face."""

POSITION = ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041))
"""Where the landmarks of an aligned face are, px: eyes, nose, corners of the mouth, as seen from left to right.

The template that such networks are trained with (Deng et al., ArcFace, 2019).
"""

SURE = 0.6
"""Score from which what YuNet finds is taken for a face."""

SAME = 0.3
"""Intersection over union from which faces on frames close by are one person's."""

GAP = 3
"""Frames for which a face may be lost and still be the same."""

BATCH = 64
"""Faces that the network is given at a time."""

PLATE = (96, 32)
"""px: height of a plate that is to be read, and the width of a border around it."""

WAYS = tuple((height, band) for height in (64, 96) for band in ((0.0, 1.0), (0.15, 0.9), (0.2, 0.8)))
"""How a plate is shown to the reader: px high, and which part from top to bottom, as many have small print there."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

ONE_LINE = "7"
"""Tesseract's mode for one line of text."""

LEAST_FACE = 32
"""px: nobody is known by a face that is less high."""

MATCH = 0.4
"""Intersection over union from which a face that was found is the one that is marked."""

LEAST_FRAMES = 6
"""Frames on which somebody's face must be found, so that some are left to ask about."""

GALLERY = 3
"""One frame in so many is the attacker's picture of a person; the others are asked about."""

SINGLES = 6
"""Frames of each person that are asked about one by one, at most."""

FUSED = 25
"""Frames of which the mean is taken, at most."""

SHUFFLES = 400
"""Times that names are dealt out anew, to see how often luck alone is right."""


class Finder:
    """Finds faces with their landmarks: YuNet."""

    def __init__(self, weights: Path, size: tuple[int, int]) -> None:
        """Load WEIGHTS for pictures of SIZE (w, h) px."""
        self._net = cv2.FaceDetectorYN.create(str(weights), "", size, SURE)

    def __call__(self, picture: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Find the faces of PICTURE, uint8 (h, w, 3) BGR: boxes xyxy (n, 4) px, and landmarks (n, 5, 2) px."""
        found = self._net.detect(picture)[1]
        rows = np.zeros((0, 15), np.float32) if found is None else np.asarray(found, np.float32)
        return np.hstack([rows[:, :2], rows[:, :2] + rows[:, 2:4]]), rows[:, 4:14].reshape(-1, 5, 2)


class Embedder:
    """Turns faces into what tells people apart: MobileFaceNet."""

    def __init__(self, weights: Path) -> None:
        """Load WEIGHTS."""
        import openvino  # noqa: PLC0415  takes 0.2 s, and --help needs none

        model = openvino.Core().read_model(weights)
        model.reshape([-1, 3, CROP, CROP])
        self._net = openvino.Core().compile_model(model, "CPU")

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed aligned faces, uint8 (n, 112, 112, 3) BGR -> float32 (n, 128) of length 1; cosine is their product."""
        parts = [np.zeros((0, 128), np.float32)]
        for first in range(0, len(crops), BATCH):
            rgb = crops[first : first + BATCH, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32)
            parts.append(self._net([(rgb - 127.5) / 127.5])[0])
        found = np.concatenate(parts)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def frames_of_video(path: Path, clip: Clip, layout: Layout | None = None) -> Iterator[NDArray[np.uint8]]:
    """Decode PATH with the ffmpeg program: the picture of every frame, uint8 (h, w, 3) BGR, of the size of CLIP.

    LAYOUT says where the picture stands in a copy.
    """
    width, height = clip.width, clip.height
    cut = [] if layout is None else ["-vf", f"crop={width}:{height}:{layout.x}:{layout.y}:exact=1"]
    command = [
        program(), "-v", "error", "-noautorotate", "-i", str(path), "-fps_mode", "passthrough", "-an", *cut,
        "-pix_fmt", "bgr24", "-f", "rawvideo", "pipe:",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while len(data := process.stdout.read(width * height * 3)) == width * height * 3:  # type: ignore[union-attr]
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)
    assert process.returncode == 0, f"{path} could not be decoded"


def aligned(picture: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Cut a face out of PICTURE, turned and scaled so that LANDMARKS (5, 2) px come to POSITION. uint8 (112, 112, 3).

    The similarity that does it best in least squares (Umeyama 1991).
    """
    x, y = landmarks.astype(np.float64).T
    one, none = np.ones(5), np.zeros(5)
    system = np.vstack([np.stack([x, -y, one, none], axis=1), np.stack([y, x, none, one], axis=1)])
    scale, turn, right, down = np.linalg.lstsq(system, np.array(POSITION).T.ravel(), rcond=None)[0]
    matrix = np.array([[scale, -turn, right], [turn, scale, down]])
    return np.asarray(cv2.warpAffine(picture, matrix, (CROP, CROP), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _followed(frame: NDArray[np.int32], xyxy: NDArray[np.float32]) -> NDArray[np.int32]:
    """Number faces so that those of one person on frames close by share a number. (n,) in frame order, (n, 4) px."""
    who = np.full(len(frame), -1, np.int32)
    for index in np.unique(frame):
        here = np.flatnonzero(frame == index)
        near = np.flatnonzero((frame < index) & (frame >= index - GAP))
        last = np.array([row for row in near if not (who[near[near > row]] == who[row]).any()], np.intp)
        likeness = iou(xyxy[here], xyxy[last])
        while likeness.size and likeness.max() >= SAME:
            row, column = divmod(int(likeness.argmax()), len(last))
            who[here[row]] = who[last[column]]
            likeness[row], likeness[:, column] = 0, 0
        fresh = here[who[here] < 0]
        who[fresh] = np.arange(len(fresh)) + who.max(initial=-1) + 1
    return who


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Faces of the master of which it is known whose they are, one row for each frame that each is on."""

    frame: NDArray[np.int32]
    """(n,) increasing."""
    xyxy: NDArray[np.float32]
    """(n, 4) px."""
    landmarks: NDArray[np.float32]
    """(n, 5, 2) px."""
    who: NDArray[np.int32]
    """(n,) person, from 0."""
    scene: NDArray[np.int32]
    """(k,) of every person, the picture in which they are."""

    def crops(self, pictures: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Cut all faces out of PICTURES, one for each frame, and align them: uint8 (n, 112, 112, 3) BGR."""
        cut = np.zeros((len(self.frame), CROP, CROP, 3), np.uint8)
        for index, picture in enumerate(pictures):
            for row in np.flatnonzero(self.frame == index):
                cut[row] = aligned(picture, self.landmarks[row])
        return cut

    def gallery(self) -> NDArray[np.bool_]:
        """(n,) which are the attacker's pictures."""
        mine = np.zeros(len(self.who), np.bool_)
        for person in range(len(self.scene)):
            mine[np.flatnonzero(self.who == person)[::GALLERY]] = True
        return mine

    def asked(self, rows: NDArray[np.bool_]) -> tuple[list[NDArray[np.intp]], list[NDArray[np.intp]]]:
        """Say what is asked about of ROWS (n,): single faces, and those of which the mean is taken."""
        single: list[NDArray[np.intp]] = []
        fused: list[NDArray[np.intp]] = []
        for person in range(len(self.scene)):
            theirs = np.flatnonzero(rows & (self.who == person))
            few = np.unique(np.linspace(0, len(theirs) - 1, min(SINGLES, len(theirs))).round().astype(int))
            single += [theirs[[place]] for place in few] if len(theirs) else []
            fused += [part for part in np.split(theirs, range(FUSED, len(theirs), FUSED)) if len(part)]
        return single, fused


class Score(NamedTuple):
    """How often a person was named, and what that is worth."""

    asked: int
    right: int
    chance: float
    """Right answers expected of ones that have nothing to do with the truth."""
    luck: NDArray[np.int64]
    """(SHUFFLES,) right answers where names are dealt out anew among the people of each picture."""

    def plus(self, other: Score) -> Score:
        """Count both together."""
        sums = (self.asked + other.asked, self.right + other.right, self.chance + other.chance)
        return Score(*sums, self.luck + other.luck)


def found_faces(found: Iterable[tuple[NDArray[np.float32], NDArray[np.float32]]], marked: Truth | None = None) -> Faces:
    """Sort the faces FOUND, boxes and landmarks of every frame, by person.

    A person is one that is MARKED, on stills shown for FRAMES frames each; else faces are followed, in one picture.
    """
    frames, boxes, points, names = [], [], [], []
    for index, (xyxy, landmarks) in enumerate(found):
        who = np.zeros(len(xyxy), np.int32) if marked is None else _marked(xyxy, marked, index)
        some = (who >= 0) & (xyxy[:, 3] - xyxy[:, 1] >= LEAST_FACE)
        frames += [index] * int(some.sum())
        boxes.append(xyxy[some])
        points.append(landmarks[some])
        names.append(who[some])
    frame, xyxy, landmarks = np.array(frames, np.int32), np.concatenate(boxes), np.concatenate(points)
    who = _followed(frame, xyxy) if marked is None else np.concatenate(names).astype(np.int32)
    often = np.bincount(who)[who] >= LEAST_FRAMES
    people, person = np.unique(who[often], return_inverse=True)
    scene = np.zeros(len(people), np.int32)
    scene[person] = 0 if marked is None else frame[often] // FRAMES
    return Faces(frame[often], xyxy[often], landmarks[often], person.astype(np.int32), scene)


def _marked(xyxy: NDArray[np.float32], marked: Truth, index: int) -> NDArray[np.int32]:
    """(n,) which thing MARKED on frame INDEX each of XYXY (n, 4) is; -1 where it is none."""
    rows = marked.on(index)
    likeness = iou(xyxy, marked.xyxy[rows])
    if not likeness.size:
        return np.full(len(xyxy), -1, np.int32)
    return np.where(likeness.max(axis=1) >= MATCH, marked.thing[rows][likeness.argmax(axis=1)], -1).astype(np.int32)


def judged(
    found: NDArray[np.float32], truth: NDArray[np.int32], gallery: NDArray[np.float32], pool: NDArray[np.int32]
) -> Score:
    """Name the person of GALLERY (k, d) nearest to each of FOUND (p, d) in its POOL (k,); TRUTH (p,) is who it is.

    Who is alone in a pool is not asked about.
    """
    several = np.bincount(pool)[pool[truth]] > 1
    found, truth = found[several], truth[several]
    away = (gallery**2).sum(axis=1)[None] - 2 * found @ gallery.T
    away[pool[truth][:, None] != pool[None]] = np.inf
    answer = away.argmin(axis=1) if len(truth) else np.zeros(0, np.intp)
    answers, truths = (np.bincount(who, minlength=len(pool)) for who in (answer, truth))
    asked_in = np.bincount(pool[truth], minlength=pool.max() + 1)[pool]
    chance = float((answers * truths / np.maximum(asked_in, 1)).sum())
    return Score(len(truth), int((answer == truth).sum()), chance, _luck(answer, truth, pool))


def _luck(answer: NDArray[np.intp], truth: NDArray[np.int32], pool: NDArray[np.int32]) -> NDArray[np.int64]:
    """(SHUFFLES,) right answers where the people of each POOL change names; a person keeps theirs on all frames."""
    dice = np.random.default_rng(0)
    right = np.zeros(SHUFFLES, np.int64)
    place = np.argsort(pool, kind="stable")
    for turn in range(SHUFFLES):
        dealt = dice.permutation(len(pool))
        other = np.empty(len(pool), np.intp)
        other[place] = dealt[np.argsort(pool[dealt], kind="stable")]
        right[turn] = (answer == other[truth]).sum()
    return right


def can_read() -> bool:
    """Tell whether the program Tesseract is on this machine."""
    return shutil.which("tesseract") is not None


def plate_picture(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Cut the plate in BOX, xyxy px, out of PICTURE, uint8 (h, w, 3) BGR: grey, 96 px high, with a border. (h, w)."""
    high, border = PLATE
    scale = high / float(box[3] - box[1])
    size = round(float(box[2] - box[0]) * scale) + 2 * border, high + 2 * border
    matrix = np.array([[scale, 0, border - scale * box[0]], [0, scale, border - scale * box[1]]])
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(
        cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


class Readings(tuple[str, ...]):
    """What was read of one plate, shown in several ways; an attacker takes the best."""

    __slots__ = ()

    def whole(self, text: str) -> bool:
        """Tell whether TEXT is in what was read."""
        return any(text in read for read in self)

    def nearly(self, text: str) -> bool:
        """Tell whether all of TEXT but one character is: one may be another, too many or missing."""
        return any(_distance(text, read) <= 1 for read in self)


def readings(plates: Sequence[NDArray[np.uint8]]) -> list[Readings]:
    """Read PLATES as `plate_picture` gives them: capital letters and digits, without spaces."""
    if not plates:
        return []
    with tempfile.TemporaryDirectory() as work:
        paths = []
        for number, plate in enumerate(plates):
            for way, (high, band) in enumerate(WAYS):
                paths.append(Path(work) / f"{number}_{way}.png")
                cv2.imwrite(str(paths[-1]), _shown(plate, high, band))
        read = _tesseract(paths)
    return [Readings(read[start : start + len(WAYS)]) for start in range(0, len(read), len(WAYS))]


def _shown(plate: NDArray[np.uint8], high: int, band: tuple[float, float]) -> NDArray[np.uint8]:
    """Give BAND of PLATE, HIGH px high, with a border of a fifth."""
    plain, border = PLATE
    top, bottom = (border + round(share * plain) for share in band)
    part = plate[top:bottom, border // 2 : -border // 2]
    scale = high / (bottom - top)
    large = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    edge = high // 5
    return np.asarray(cv2.copyMakeBorder(large, edge, edge, edge, edge, cv2.BORDER_REPLICATE), np.uint8)


def _tesseract(paths: Sequence[Path]) -> list[str]:
    """Let Tesseract read the pictures at PATHS, one line of text in each.

    It breaks down over some pictures; of such a one nothing is read, and the others are read without it.
    """
    listed = paths[0].with_suffix(".txt")
    listed.write_text("\n".join(map(str, paths)))
    done = subprocess.run(
        ["tesseract", str(listed), "stdout", "--psm", ONE_LINE, "-c", f"tessedit_char_whitelist={LETTERS}"],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    if done.returncode and len(paths) == 1:
        return [""]
    if done.returncode:
        middle = len(paths) // 2
        return _tesseract(paths[:middle]) + _tesseract(paths[middle:])
    read = [re.sub(r"\s", "", page).upper() for page in done.stdout.split("\f")]
    assert len(read) == len(paths), f"Tesseract was shown {len(paths)} pictures and read {len(read)}"
    return read


def _distance(text: str, read: str) -> int:
    """Characters to change, add or leave out to turn TEXT into some part of READ (Sellers 1980)."""
    row = [0] * (len(read) + 1)
    for number, letter in enumerate(text, 1):
        above, row = row, [number]
        for place, other in enumerate(read):
            row.append(min(above[place] + (letter != other), above[place + 1] + 1, row[place] + 1))
    return min(row)
