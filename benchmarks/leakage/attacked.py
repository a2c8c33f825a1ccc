"""What is attacked: copies as the program makes them from one scan, the control of each, and the plates in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from benchmarks.leakage.attackers import FUSED, frames_of_video, plate_picture, readings
from redact.decide.plan import Hiding, plan
from redact.detect.found import Looks
from redact.detect.scan import scan
from redact.paint.compositor import Painter
from redact.paint.masker import reach
from redact.paint.render import frames_of, render
from redact.paint.spec import CopySpec
from redact.records.clip import Frame
from redact.track.associate import track
from redact.verify.second_look import covered_share
from redact.video.audio import Sound
from redact.video.encode import write
from redact.video.formats import shape
from redact.video.planes import window
from redact.watermark.mark import Mark
from redact.watermark.strip import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.leakage.footage import Truth
    from redact.records.clip import Clip
    from redact.records.kinds import Cover, Kind, Style
    from redact.records.plan import MaskPlan
    from redact.records.tracks import Tracks

__all__ = ["COVERED", "PlateCount", "Plates", "Shot"]

MARK = Mark("ATTACK", "an attacker", 1, "2026-01-05", "ATTACK/1", "0" * 64)

COVERED = 0.9
"""Share of a face or plate under masks from which it is the masks that are attacked."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A master that was scanned, and where its copies go."""

    clip: Clip
    tracks: Tracks
    kinds: tuple[Kind, ...]

    @classmethod
    def of(cls, master: Path, kinds: tuple[Kind, ...]) -> Shot:
        """Scan MASTER for KINDS, as the program does."""
        from models.loading import load  # noqa: PLC0415  seconds, and not needed for --help

        seen = scan(master, load(kinds))
        return cls(
            seen.clip, track(seen.found, seen.clip, seen.whole, seen.cuts, seen.fine, closely=seen.closely), kinds
        )

    def plan(self, style: Style, cover: Cover) -> MaskPlan:
        """Hide everybody."""
        return plan(self.clip, self.tracks, (), Hiding(self.kinds, (0, len(self.clip)), style, cover))

    def copy(self, made: MaskPlan) -> Path:
        """Write the copy that a release would hold."""
        path = self.clip.path.with_suffix(f".{made.style}.{made.cover}.copy.mp4")
        looked = np.arange(len(self.clip), dtype=np.int32)
        render(CopySpec(self.clip, made, MARK, Looks(looked)), path)
        return path

    def control(self, made: MaskPlan) -> Path:
        """Write the copy of a master that has noise wherever MADE hides anything."""
        path = self.clip.path.with_suffix(f".{made.style}.{made.cover}.control.mp4")
        paint = Painter(self.clip, made, MARK, overlay=False)
        noisy = (_noisy(frame, made, self.clip) for frame in frames_of(self.clip, made))
        write(map(paint, noisy), path, self.clip, paint.layout, Sound(), span=made.frames)
        return path

    def pictures(self, copy: Path | None = None) -> Iterator[NDArray[np.uint8]]:
        """Decode COPY, or the master: uint8 (h, w, 3) BGR."""
        return frames_of_video(copy or self.clip.path, self.clip, lay_out(self.clip) if copy else None)


def _noisy(frame: Frame, made: MaskPlan, clip: Clip) -> Frame:
    """Put noise into every box of MADE on FRAME, in planes of its own."""
    form, chance = shape(clip.pix_fmt), np.random.default_rng(frame.index)
    planes = [np.array(plane) for plane in frame.planes]
    for box in reach(made.boxes(frame.index), clip).tolist():
        for number, plane in enumerate(planes):
            part = plane[window(form, number, box)]
            part[:] = chance.integers(16, 236, part.shape)
    return Frame(frame.index, frame.pts, planes, frame.source, damaged=frame.damaged)


class PlateCount(NamedTuple):
    """How many plates were asked about, read, and read but for one character or better."""

    asked: int
    whole: int
    nearly: int


@dataclass(frozen=True, slots=True, eq=False)
class Plates:
    """Plates of a clip, each on the frames on which all of it is in the picture."""

    text: dict[int, str]
    """By number."""
    boxes: dict[int, list[tuple[int, NDArray[np.float32]]]]
    """By number: frame, and xyxy px there; the largest first."""

    @classmethod
    def of(cls, truth: Truth, text: Sequence[str], clip: Clip) -> Plates:
        """Take the plates of TRUTH, whose TEXT stands in order of their numbers."""
        room = np.array([1, 1, clip.width - 1, clip.height - 1])
        whole = (truth.xyxy[:, :2] >= room[:2]).all(axis=1) & (truth.xyxy[:, 2:] <= room[2:]).all(axis=1)
        rows = np.flatnonzero(whole)
        rows = rows[np.argsort(truth.xyxy[rows, 1] - truth.xyxy[rows, 3], kind="stable")]
        boxes: dict[int, list[tuple[int, NDArray[np.float32]]]] = {}
        for row in rows:
            boxes.setdefault(int(truth.thing[row]), []).append((int(truth.frame[row]), truth.xyxy[row]))
        return cls({number: text[number] for number in boxes}, boxes)

    def under(self, made: MaskPlan, *, masks: bool) -> Plates:
        """Give the plates and frames on which they are under the masks of MADE, or on which they are not."""
        boxes = {
            number: [(f, box) for f, box in rows if (covered_share(box, made.boxes(f)) >= COVERED) is masks]
            for number, rows in self.boxes.items()
        }
        return Plates(self.text, {number: rows for number, rows in boxes.items() if rows})

    def read(self, frames: Iterable[NDArray[np.uint8]]) -> tuple[PlateCount, PlateCount]:
        """Read all plates in FRAMES, uint8 (h, w, 3) BGR: each on its largest frame, and on the mean of many."""
        here: dict[int, list[tuple[int, NDArray[np.float32]]]] = {}
        for number, rows in self.boxes.items():
            for index, box in rows[:FUSED]:
                here.setdefault(index, []).append((number, box))
        cut: dict[int, dict[int, NDArray[np.uint8]]] = {number: {} for number in self.boxes}
        for index, picture in enumerate(frames):
            for number, box in here.get(index, ()):
                cut[number][index] = plate_picture(picture, box)
        largest = {number: cut[number][rows[0][0]] for number, rows in self.boxes.items()}
        return self._counted(largest), self._counted({number: _mean([*some.values()]) for number, some in cut.items()})

    def _counted(self, plates: dict[int, NDArray[np.uint8]]) -> PlateCount:
        """Count which of PLATES, by number, can be read."""
        both = list(zip((self.text[number] for number in plates), readings([*plates.values()]), strict=True))
        return PlateCount(len(both), sum(r.whole(text) for text, r in both), sum(r.nearly(text) for text, r in both))


def _mean(plates: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Mean of pictures of one plate, each brought to the size of the first. uint8 (h, w)."""
    size = plates[0].shape[::-1]
    mean = np.mean([cv2.resize(plate, size) for plate in plates], axis=0)
    return np.asarray(mean.round(), np.uint8)
