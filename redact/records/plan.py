"""Who is shown or hidden, every box to hide, and what was checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from redact.files import canonical_json, sha256_bytes
from redact.records.arrays import check_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.records.kinds import Cover, Style, Verdict

__all__ = ["Check", "Decision", "MaskPlan", "digest", "to_bytes"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what of a subject, and why. Append-only; the last word on a track wins."""

    subject: str
    tracks: tuple[int, ...]
    verdict: Verdict
    by: str
    at: str
    """ISO 8601, UTC."""
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class MaskPlan:
    """Every box to hide on every frame, as data, and why each is there."""

    master: str
    """SHA-256 of the clip it was made for."""
    style: Style
    cover: Cover
    frames: tuple[int, int]
    """Half-open range of frames of the clip that the copy shows."""
    start: NDArray[np.int64]
    """(F + 1,) boxes of frame i are start[i]:start[i + 1]; F counts every frame of the clip."""
    xyxy: NDArray[np.int32]
    """(m, 4) px of the coded picture, half-open, rounded outward to even px."""
    track: NDArray[np.int32]
    """(m,) the track each box hides; -1 where the whole frame is hidden for damage."""
    origin: NDArray[np.uint8]
    """(m,) Origin."""
    kind: NDArray[np.uint8]
    """(m,) Kind of the track."""

    def __post_init__(self) -> None:
        """Check shapes."""
        m = len(self.xyxy)
        check_array(self, "start", np.int64, (None,))
        check_array(self, "xyxy", np.int32, (m, 4))
        check_array(self, "track", np.int32, (m,))
        check_array(self, "origin", np.uint8, (m,))
        check_array(self, "kind", np.uint8, (m,))
        if self.start[0] != 0 or self.start[-1] != m or np.any(np.diff(self.start) < 0):
            message = f"MaskPlan.start must run from 0 to {m} without going back"
            raise ValueError(message)

    def rows(self, index: int) -> slice:
        """Where the boxes of frame INDEX stand."""
        return slice(int(self.start[index]), int(self.start[index + 1]))

    def boxes(self, index: int) -> NDArray[np.int32]:
        """(k, 4) boxes to hide on frame INDEX."""
        return self.xyxy[self.rows(index)]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was verified on the finished copy."""

    name: str
    """A CheckName or a SealName; of several files the name of the file and a colon before it, and read from a
    manifest whatever stands there."""
    passed: bool
    found: str
    """One sentence with the number measured."""


def to_bytes(plan: MaskPlan) -> bytes:
    """Spell PLAN in the one canonical way."""
    boxes = np.column_stack([plan.xyxy, plan.track, plan.origin, plan.kind]).tolist()
    facts = {
        "version": "redact-plan/1",
        "master": plan.master,
        "style": plan.style.value,
        "cover": plan.cover.value,
        "frames": list(plan.frames),
        "columns": ["x0", "y0", "x1", "y1", "track", "origin", "kind"],
        "start": plan.start.tolist(),
        "boxes": boxes,
    }
    return canonical_json(facts)


def digest(plan: MaskPlan) -> str:
    """SHA-256 of PLAN as it is spelt."""
    return sha256_bytes(to_bytes(plan))
