"""What a check that fails has seen: which box, when, and a picture of it. For whoever made the copy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.records.boxes import place_of
from redact.request.model import format_time
from redact.request.times import shown
from redact.video.jpeg import jpeg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction
    from typing import Any

    from numpy.typing import NDArray

    from redact.records.boxes import Box
    from redact.records.clip import Clip
    from redact.records.orientation import Orientation
    from redact.verify.pair import Pair

__all__ = ["KEPT", "Evidence", "Worst"]

KEPT = 6
"""Places that are kept of one check, at most: the worst."""

APART = 25
"""Frames: of those that lie as near to each other only the worst is kept."""

AROUND = 0.3
"""How much is shown on each side of a box, in longer sides of it; at least LEAST px."""

LEAST = 12

PICTURE = 240
"""px of the longer side of each of the three pictures."""

GAP = 8
"""px of white between them."""

QUALITY = 85
"""Of the JPEG, of 100."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One place at which a check failed."""

    check: str
    frame: int
    """Of the master."""
    at: Fraction
    """Seconds, as a player shows them for the master."""
    place: Box
    """xyxy px of the upright picture."""
    said: str
    """What is wrong there, in a few words."""
    picture: bytes = b""
    """JPEG: the master, what was to be written, and the copy, side by side. It may show a third party."""


class Worst:
    """Keeps the worst that one check has seen of a clip; of what lies close together in time only the worst."""

    def __init__(self, check: str, clip: Clip) -> None:
        """Start with nothing seen by CHECK."""
        self._check, self._clip = check, clip
        self._kept: dict[int, tuple[float, Evidence]] = {}

    def offer(self, score: float, pair: Pair, box: Sequence[int], sentence: str) -> None:
        """Keep that BOX, px of the coded picture, fails on PAIR as SENTENCE says, if its SCORE is among the highest."""
        slot = pair.index // APART
        known = self._kept.get(slot)
        if score <= (known[0] if known else self._least()):
            return
        place = place_of(self._clip, np.array(box, np.float32))
        picture = _side_by_side(pair, box, self._clip.orientation)
        at = shown(self._clip, pair.index)
        self._kept[slot] = score, Evidence(self._check, pair.index, at, place, sentence, picture)
        if len(self._kept) > KEPT:
            del self._kept[min(self._kept, key=lambda number: self._kept[number][0])]

    def told(self) -> tuple[Evidence, ...]:
        """Give what was kept, in order of time."""
        return tuple(evidence for _, (_, evidence) in sorted(self._kept.items()))

    def when(self, index: int) -> str:
        """Say when frame INDEX is shown."""
        return f"at {format_time(shown(self._clip, index))}, frame {index}"

    def where(self, index: int, box: Sequence[int]) -> str:
        """Say when frame INDEX is shown, and where BOX is on it, px of the coded picture."""
        left, top, right, bottom = place_of(self._clip, np.array(box, np.float32))
        return f"{self.when(index)}, from {left}, {top} to {right}, {bottom} px"

    def _least(self) -> float:
        """Score that a new one has to be above."""
        return min(score for score, _ in self._kept.values()) if len(self._kept) >= KEPT else float("-inf")


def _side_by_side(pair: Pair, box: Sequence[int], way: Orientation) -> bytes:
    """Cut BOX and a little around it out of the three pictures of PAIR, upright: a JPEG."""
    cut = _around(box, pair.master.shape)
    parts = [_enlarged(plane[cut], pair.depth, way) for plane in (pair.master, pair.wanted, pair.copy)]
    gap = np.full((parts[0].shape[0], GAP), 255, np.uint8)
    row = np.hstack([parts[0], gap, parts[1], gap, parts[2]])
    return jpeg(row, QUALITY)


def _around(box: Sequence[int], size: Sequence[int]) -> tuple[slice, slice]:
    """Rows and columns of a picture of SIZE that hold BOX and a little around it; at least one of each."""
    left, top, right, bottom = box
    more = max(round(max(right - left, bottom - top) * AROUND), LEAST)
    rows, columns = size
    y, x = min(max(top - more, 0), rows - 1), min(max(left - more, 0), columns - 1)
    return slice(y, max(min(bottom + more, rows), y + 1)), slice(x, max(min(right + more, columns), x + 1))


def _enlarged(part: NDArray[Any], depth: int, way: Orientation) -> NDArray[np.uint8]:
    """Bring PART to the size of a picture in the report, 8 bit and upright."""
    eight = (part >> (depth - 8)).astype(np.uint8)
    upright = np.ascontiguousarray(way.upright(eight))
    zoom = PICTURE / max(upright.shape)
    size = max(1, round(upright.shape[1] * zoom)), max(1, round(upright.shape[0] * zoom))
    large = cv2.resize(upright, size, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC)
    return np.asarray(large, np.uint8)
