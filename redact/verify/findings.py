"""What a second look found outside the masks: named so that it can be spoken of in the next run, and cut out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import product
from math import ceil, floor, log2
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.files import sha256_bytes
from redact.records.boxes import place_of
from redact.records.kinds import Kind
from redact.request.model import format_time
from redact.request.times import shown
from redact.video.jpeg import jpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from redact.detect.letterbox import Letterbox
    from redact.records.boxes import Box
    from redact.records.clip import Clip
    from redact.records.tracks import Detections


__all__ = ["Finding", "Standing", "cut", "cut_out", "find", "gathered", "names"]

STEP_S = Fraction(1, 2)
"""Times are rounded to this."""

STEP = 0.5
"""Places are rounded to this share of a thing's size, and its size to a power of two."""

LEAST = 8.0
"""px: whatever is smaller counts as this large."""

AROUND = 0.75
"""How much of the copy is shown on each side of a finding, in longer sides of it."""

CLOSE = 0.08
"""The same for a picture by which somebody is known: nothing else is to be seen in it."""

PICTURE = 280
"""px of the longer side of its picture."""

LINE = (255, 220, 0)
"""Colour of the line around it, RGB."""

QUALITY = 80
"""Of the JPEG, of 100."""


class Standing(StrEnum):
    """What became of a finding."""

    OPEN = "open"
    """No mask covers it in the last copy, and nobody accepted it."""
    ACCEPTED = "accepted"
    """The operator said that it shows nobody who is to be hidden."""
    EARLIER = "earlier"
    """Found on an earlier copy of the same run, and not again on the last one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a second look found outside the masks."""

    id: str
    """Such as "F1a2b3c4d"; the same in the next run."""
    kind: Kind
    frame: int
    """Of the master."""
    at: Fraction
    """Seconds, as a player shows them for the master."""
    place: Box
    """xyxy px of the upright picture."""
    score: float
    standing: Standing = Standing.OPEN
    picture: bytes = b""
    """JPEG cut from the copy. It may show a third party."""

    @property
    def said(self) -> str:
        """Kind and time, for a sentence."""
        return f"{self.kind.name.lower()} at {format_time(self.at)}"


def find(detections: Detections, row: int, clip: Clip, picture: bytes = b"") -> tuple[Finding, tuple[str, ...]]:
    """Give ROW of DETECTIONS as a finding with its PICTURE, and every name that it may have had before."""
    frame, kind = int(detections.frame[row]), Kind(int(detections.kind[row]))
    at, place = shown(clip, frame), place_of(clip, detections.xyxy[row])
    known = names(clip.sha256, kind, at, place)
    return Finding(known[0], kind, frame, at, place, round(float(detections.score[row]), 3), picture=picture), known


def names(master: str, kind: Kind, at: Fraction, place: Box) -> tuple[str, ...]:
    """Name what was found in MASTER, a SHA-256: its own name first, then those it may have had in another run.

    A name stands for a kind, half a second, a size within a factor of two and a place to half that size. What lies by
    a boundary may fall on its other side the next time, so whatever moved by less than half a step is known again.
    """
    size = log2(max(place[2] - place[0], place[3] - place[1], LEAST))
    where = (float(at / STEP_S), (place[0] + place[2]) / 2, (place[1] + place[3]) / 2)
    about = f"finding|{master}|{kind.name}"
    every = [_name(about, round(size), where, (round, round, round))]
    for scale in sorted({floor(size), ceil(size)}):
        every += [_name(about, scale, where, ways) for ways in product((floor, ceil), repeat=3)]
    return tuple(dict.fromkeys(every))


def gathered(rounds: Sequence[Sequence[Finding]]) -> tuple[Finding, ...]:
    """Put what was found in ROUNDS together in order of time, each name as it was last found.

    What is open, but not of the last round, was not found again.
    """
    last = {finding.id: number for number, findings in enumerate(rounds) for finding in findings}
    kept = [
        replace(finding, standing=Standing.EARLIER)
        if number < len(rounds) - 1 and finding.standing is Standing.OPEN
        else finding
        for number, findings in enumerate(rounds)
        for finding in findings
        if last[finding.id] == number
    ]
    return tuple(sorted(kept, key=lambda finding: (finding.frame, finding.id, finding.place)))


def cut_out(rgb: NDArray[np.uint8], box: Letterbox, place: Box) -> bytes:
    """Cut PLACE, px of the upright picture, out of RGB (h, w, 3), laid out as BOX: a JPEG, with a line around it."""
    wide, high = box.upright
    return cut(rgb[:high, :wide], np.array(place) / np.array(box.scale * 2))


def cut(rgb: NDArray[np.uint8], inner: NDArray[np.float64], aspect: float = 1.0, *, closely: bool = False) -> bytes:
    """Cut INNER (4,) and some of what is around it out of RGB (h, w, 3): a JPEG, with a line around INNER.

    ASPECT is the width of one px over its height; in the JPEG they are square. CLOSELY: with little around it, and no
    line.
    """
    around = max(inner[2] - inner[0], inner[3] - inner[1], LEAST) * (CLOSE if closely else AROUND)
    low = np.maximum(np.floor(inner[:2] - around), 0).astype(int)
    high = np.minimum(np.ceil(inner[2:] + around), rgb.shape[1::-1]).astype(int)
    part = rgb[low[1] : max(high[1], low[1] + 1), low[0] : max(high[0], low[0] + 1)]
    down = PICTURE / max(part.shape[0], part.shape[1] * aspect)
    zoom = np.array([down * aspect, down])
    size = max(1, round(part.shape[1] * zoom[0])), max(1, round(part.shape[0] * zoom[1]))
    large = cv2.resize(part, size, interpolation=cv2.INTER_AREA if down < 1 else cv2.INTER_CUBIC)
    if not closely:
        corners = np.round((inner - np.tile(low, 2)) * np.tile(zoom, 2)).astype(int).tolist()
        cv2.rectangle(large, corners[:2], corners[2:], LINE, 2)
    return jpeg(np.ascontiguousarray(large[..., ::-1]), QUALITY)


def _name(about: str, scale: int, where: tuple[float, float, float], ways: Sequence[Callable[[float], int]]) -> str:
    """Name the cell that WHERE, steps of time and px along x and y, is in for things of 2 ** SCALE px; WAYS round."""
    step = STEP * 2.0**scale
    cell = (way(part / each) for way, part, each in zip(ways, where, (1, step, step), strict=True))
    return f"F{sha256_bytes('|'.join(map(str, (about, scale, *cell))).encode())[:8]}"
