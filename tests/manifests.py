"""A manifest of a copy, and what it is about."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from copies import spec_of

from redact.package.manifest import Account, Asked, Manifest, describe, output_of
from redact.records.clip import Clip, Color
from redact.records.kinds import Cover, Kind, Origin, Style
from redact.records.orientation import UPRIGHT
from redact.records.plan import Check, MaskPlan
from redact.records.tracks import Detections, FrameBatch
from redact.request.model import Request


class NamedDetector:
    """A detector of which only name and digest matter."""

    name = "face-net"
    digest = "d" * 64
    kinds: tuple[Kind, ...] = (Kind.FACE,)
    sides = (320, 480)

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find nothing."""
        del batch
        return Detections.none()


def clip(frames: int = 4, **changes: Any) -> Clip:
    """A master of FRAMES frames at 25 frames/s that begins two seconds late."""
    facts: dict[str, Any] = {
        "path": Path("cam <4>.mp4"),
        "sha256": "a" * 64,
        "size_bytes": 1234,
        "width": 640,
        "height": 360,
        "orientation": UPRIGHT,
        "sample_aspect_ratio": Fraction(1),
        "pix_fmt": "yuv420p",
        "color": Color(),
        "time_base": Fraction(1, 12800),
        "pts": np.arange(frames, dtype=np.int64) * 512 + 25600,
        "rate": Fraction(25),
    }
    return Clip(**facts | changes)


def plan(frames: tuple[int, int] = (0, 4)) -> MaskPlan:
    """A plan for four frames: two faces on the first, one whole frame on the third."""
    return MaskPlan(
        master="a" * 64,
        style=Style.BLUR,
        cover=Cover.BODY,
        frames=frames,
        start=np.array([0, 2, 2, 3, 3], np.int64),
        xyxy=np.array([[0, 0, 8, 8], [20, 0, 28, 8], [0, 0, 640, 360]], np.int32),
        track=np.array([0, 1, -1], np.int32),
        origin=np.array([Origin.SEEN, Origin.EXTENDED, Origin.SEEN], np.uint8),
        kind=np.array([Kind.FACE, Kind.FACE, Kind.PERSON], np.uint8),
    )


def manifest_of(folder: Path, **changes: Any) -> Manifest:
    """A manifest of a copy that stands in FOLDER."""
    copy = folder / "cam.redacted.mp4"
    copy.write_bytes(b"the copy")
    facts: dict[str, Any] = {
        "request": Request(reference="SAR-2026-0142").plain(),
        "clip": clip(),
        "plan": plan(),
        "checks": [Check("master", passed=True, found="4 of 4 frames.")],
    } | changes
    spec = spec_of(facts.pop("clip"), facts.pop("plan"))
    asked = Asked(facts.pop("request"), decided_by=facts.pop("decided_by", ""))
    return describe(spec, asked, [NamedDetector()], output_of(copy, copy.name), Account(**facts))
