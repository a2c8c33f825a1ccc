"""Masters with something to hide, their plans, and copies with one thing wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from masters import make, read

from redact.detect.found import Looks
from redact.paint.compositor import Painter
from redact.paint.render import frames_of
from redact.paint.spec import CopySpec
from redact.records.kinds import Cover, Kind, Style
from redact.records.plan import MaskPlan
from redact.records.tracks import Detections
from redact.verify.verify import Verification, verify
from redact.video.audio import Sound
from redact.video.encode import write
from redact.watermark.mark import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from redact.records.clip import Clip, Frame
    from redact.records.tracks import FrameBatch

    Change = Callable[[Iterator[Frame]], Iterator[Frame]]
    Boxes = Mapping[int, Sequence[Sequence[int]]]

__all__ = [
    "LOOKED",
    "MARK",
    "ScriptedDetector",
    "copy_with",
    "damaged",
    "every_frame",
    "failed",
    "found",
    "plan_of",
    "street",
    "verified",
]

MARK = Mark(
    reference="SAR-2026-0142",
    recipient="the requester",
    copy_number=1,
    released="2026-03-02",
    release_id="SAR-2026-0142/1-0123456789ab",
    digest="0123456789abcdef" * 4,
)


LOOKED = np.arange(0, 24, 5).astype(np.int32)
"""Frames that the scan is said to have looked at."""


class ScriptedDetector:
    """Finds what it was told to, on the frames it was told of."""

    name = "scripted"
    digest = "d" * 64
    kinds: tuple[Kind, ...] = (Kind.PERSON,)
    sides = (320, 480)

    def __init__(self, script: Mapping[int, Sequence[float]] | None = None, score: float = 0.9) -> None:
        """SCRIPT gives a box for each frame, px of the upright picture; SCORE is that of every finding."""
        self.script, self.score = script or {}, score
        self.looked: list[int] = []
        self.side = 0

    def __call__(self, batch: FrameBatch) -> Detections:
        """Find what the script says."""
        self.looked += batch.index.tolist()
        self.side = max(batch.rgb.shape[1:3])
        rows = [(index, self.script[index]) for index in batch.index.tolist() if index in self.script]
        boxes = np.array([box for _, box in rows], np.float32).reshape(-1, 4)
        return Detections(
            np.array([index for index, _ in rows], np.int32),
            (boxes / np.array(batch.scale * 2, np.float32)).astype(np.float32),
            np.full(len(rows), self.score, np.float32),
            np.full(len(rows), Kind.PERSON, np.uint8),
        )


def street(path: Path, *arguments: object, size: tuple[int, int] = (320, 240), frames: int = 24) -> Clip:
    """Make a master at PATH: cloth-like texture that moves by 3 px a frame, written with ffmpeg's ARGUMENTS."""
    width, height = size
    rng = np.random.default_rng(7)
    wide = width + 3 * frames
    layers = [cv2.resize(rng.normal(0, 1, (height // s + 1, wide // s + 1)), (wide, height)) * 12 for s in (3, 6, 12)]
    scene = np.clip(128 + sum(layers), 16, 235).astype(np.uint8)
    raw = path.with_suffix(".raw")
    raw.write_bytes(b"".join(scene[:, 3 * k : 3 * k + width].tobytes() for k in range(frames)))
    source = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{width}x{height}", "-r", 25, "-i", raw)
    coded = ("-c:v", "libx264", "-preset", "veryfast", "-crf", 16)
    chosen = () if "-pix_fmt" in arguments else ("-pix_fmt", "yuv420p")
    return read(make(path, *source, *arguments, *coded, *chosen))


def every_frame(clip: Clip, *boxes: Sequence[int]) -> dict[int, list[Sequence[int]]]:
    """BOXES on every frame of CLIP."""
    return {index: list(boxes) for index in range(len(clip))}


def plan_of(clip: Clip, boxes: Boxes, **changes: Any) -> MaskPlan:
    """A plan that hides BOXES, xyxy px by frame; the n-th box of a frame belongs to track n."""
    rows = [(frame, number, *box) for frame in sorted(boxes) for number, box in enumerate(boxes[frame])]
    table = np.array(rows, np.int32).reshape(-1, 6)
    facts: dict[str, Any] = {
        "master": clip.sha256,
        "style": Style.BLUR,
        "cover": Cover.BODY,
        "frames": (0, len(clip)),
        "start": np.searchsorted(table[:, 0], np.arange(len(clip) + 1)).astype(np.int64),
        "xyxy": table[:, 2:].copy(),
        "track": table[:, 1].copy(),
        "origin": np.zeros(len(rows), np.uint8),
        "kind": np.zeros(len(rows), np.uint8),
    }
    return MaskPlan(**facts | changes)


def copy_with(change: Change, path: Path, clip: Clip, plan: MaskPlan) -> Path:
    """Write the copy of CLIP that PLAN asks for to PATH, after CHANGE was made to its finished frames."""
    paint = Painter(clip, plan, MARK, overlay=False)
    frames = change(map(paint, frames_of(clip, plan)))
    write(frames, path, clip, paint.layout, Sound(), span=plan.frames)
    return path


def damaged(clip: Clip, *hidden: int) -> Clip:
    """CLIP as if frames HIDDEN had decoded damaged."""
    return replace(clip, damage=replace(clip.damage, hidden=np.array(hidden, np.int32)))


def spec_of(clip: Clip, plan: MaskPlan, sound: Sound | None = None, **changes: Any) -> CopySpec:
    """What a copy of CLIP by PLAN is to be, with SOUND; LOOKED frames were looked at, unless CHANGES say otherwise."""
    looks = Looks(LOOKED if (looked := changes.pop("looked", None)) is None else looked, changes.pop("closely", False))
    facts: dict[str, Any] = {"mark": MARK, "looks": looks, "sound": sound or Sound()} | changes
    return CopySpec(clip, plan, **facts)


def verified(copy: Path, clip: Clip, plan: MaskPlan, sound: Sound | None = None, **options: Any) -> Verification:
    """Check COPY with a detector that finds no one, unless OPTIONS say otherwise."""
    asked = {name: options.pop(name) for name in ("accept", "progress") if name in options}
    detectors = options.pop("detectors", [ScriptedDetector()])
    return verify(copy, spec_of(clip, plan, sound, **options), detectors, **asked)


def failed(result: Verification) -> set[str]:
    """Names of the checks that did not pass."""
    return {check.name for check in result.checks if not check.passed}


def found(result: Verification, name: str) -> str:
    """What check NAME says."""
    return next(check.found for check in result.checks if check.name == name)
