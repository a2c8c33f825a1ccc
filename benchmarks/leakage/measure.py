"""Compare a master and its copy frame by frame, and count: sums of whole numbers, never means of means."""

from __future__ import annotations

import subprocess
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.records.boxes import grow
from redact.verify.leakage import BLOCK, EXPOSED_SHARE, block_correlation, exposed, kept
from redact.video.probe import probe
from redact.video.program import program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.leakage.footage import Footage, Truth

__all__ = ["BANDS", "Band", "Tally", "measure"]

GROWN = 1.25
"""What is scene begins a little outside a truth box."""

CHANGED = 6.0
"""Mean difference, levels of 255, from which a block is taken for hidden. Chosen, not measured."""

BANDS = {"face": (8, 16, 32, 64), "head": (8, 16, 32, 64), "person": (0, 80, 200), "plate": (0, 16, 32)}
"""Least heights in px of each band of boxes, by the first word of what they hold."""

Band = tuple[str, int]
"""What the boxes hold, and the least height of the band."""


@dataclass
class Tally:
    """Counts of one set."""

    things: Counter[Band] = field(default_factory=Counter)
    exposed: Counter[Band] = field(default_factory=Counter)
    plain: Counter[Band] = field(default_factory=Counter)
    """Things without a textured block on any frame: there was nothing to see, and they count as hidden."""
    kept: Counter[str] = field(default_factory=Counter)
    """Blocks of each sort of scene that still show it."""
    scene: Counter[str] = field(default_factory=Counter)
    """Blocks of each sort of scene that have texture."""
    hidden: Counter[str] = field(default_factory=Counter)
    """Blocks of each sort of scene, with texture or not, that are not as they were."""
    area: Counter[str] = field(default_factory=Counter)
    """All its blocks."""

    def add(self, truth: Truth, shares: NDArray[np.float32], blocks: NDArray[np.int64]) -> None:
        """Count the things of TRUTH, given share and blocks (r,) of its rows."""
        for thing in np.unique(truth.thing):
            rows = truth.thing == thing
            band = _band(truth.what, float((truth.xyxy[rows][0] @ [0, -1, 0, 1]).item()))
            self.things[band] += 1
            self.exposed[band] += bool((shares[rows] > EXPOSED_SHARE).any())
            self.plain[band] += not blocks[rows].any()


def measure(footage: Footage, copy: Path, tally: Tally) -> None:
    """Count in TALLY what COPY still shows of FOOTAGE."""
    width, height = _size(footage.master)
    found = {id(truth): (np.zeros(len(truth.frame), np.float32), np.zeros(len(truth.frame), np.int64))
             for truth in footage.truths}  # fmt: skip
    wanted = {int(frame) for truth in footage.truths for frame in truth.frame}
    labelled = {int(frame) for _, truth in footage.scenes for frame in truth.frame}
    for index, (master, seen) in enumerate(zip(_luma(footage.master), _luma(copy), strict=True)):
        if index in wanted | labelled:
            picture = np.ascontiguousarray(seen[:height, :width])
            blocks, changed = block_correlation(master, picture), _changed(master, picture)
            for truth in footage.truths:
                rows = truth.on(index)
                share, number = found[id(truth)]
                share[rows], number[rows] = exposed(*blocks, truth.xyxy[rows])
            if index in labelled:
                for name, truth in footage.scenes:
                    if not len(rows := truth.on(index)):
                        continue
                    excluded = grow(truth.xyxy[rows], GROWN)
                    shown, textured = kept(*blocks, excluded)
                    tally.kept[name] += shown
                    tally.scene[name] += textured
                    same, every = kept(np.ones_like(changed), np.where(changed, 0, 1).astype(np.float32), excluded)
                    tally.hidden[name] += every - same
                    tally.area[name] += every
    for truth in footage.truths:
        tally.add(truth, *found[id(truth)])


def _changed(master: NDArray[np.uint8], copy: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which whole blocks of two pictures (h, w) differ: bool (h // 8, w // 8)."""
    rows, columns = master.shape[0] // BLOCK, master.shape[1] // BLOCK
    step = cv2.absdiff(master, copy)[: rows * BLOCK, : columns * BLOCK].astype(np.float32)
    return np.asarray(cv2.resize(step, (columns, rows), interpolation=cv2.INTER_AREA) >= CHANGED)


def _band(what: str, height: float) -> Band:
    """Find the band of a box of HEIGHT px."""
    steps = BANDS[what.replace(",", " ").split()[0]]
    return what, max((least for least in steps if least <= height), default=steps[0])


def _size(path: Path) -> tuple[int, int]:
    source = probe(path)
    return source.width, source.height


def _luma(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Decode PATH with the ffmpeg program: the luma of every frame, uint8 (h, w)."""
    width, height = _size(path)
    command = [
        program(), "-v", "error", "-noautorotate", "-i", str(path), "-fps_mode", "passthrough", "-an",
        "-vf", "extractplanes=y", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while len(data := process.stdout.read(width * height)) == width * height:  # type: ignore[union-attr]
            yield np.frombuffer(data, np.uint8).reshape(height, width)
    assert process.returncode == 0, f"{path} could not be decoded"
