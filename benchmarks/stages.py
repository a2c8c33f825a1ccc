"""The stages of a job, one by one, each with a check of its answer. What is timed here the guard watches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.clip import FRAMES, SIZE, make_clip
from benchmarks.job import floor_s
from benchmarks.product import copy_of, redact
from models.loading import load
from redact.decide.plan import Hiding, plan
from redact.detect.scan import scan
from redact.paint.masker import Masker
from redact.records.clip import Layout
from redact.records.kinds import Kind
from redact.records.plan import to_bytes
from redact.track.associate import track
from redact.verify.leakage import block_correlation, exposed
from redact.video.audio import Sound
from redact.video.decode import decode
from redact.video.encode import write
from redact.video.geometry import compose
from redact.video.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from redact.detect.found import Scan
    from redact.records.clip import Clip, Frame
    from redact.records.plan import MaskPlan
    from redact.records.tracks import Detector

__all__ = ["STAGES", "Ready", "Stage", "get_ready"]


@dataclass(frozen=True, slots=True)
class Ready:
    """What the stages work on."""

    folder: Path
    clip: Clip
    frames: tuple[Frame, ...]
    """Every frame, composed."""
    detectors: tuple[Detector, ...]
    seen: Scan
    plan: MaskPlan

    def floor_s(self) -> float:
        """Seconds of a bare transcode of the clip."""
        return floor_s(self.clip.path, self.folder / "bare.mp4")[0]


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing to time."""

    name: str
    run: Callable[[Ready], Any]
    check: Callable[[Ready, Any], bool]
    """Whether what `run` gave is right."""


def get_ready(folder: Path) -> Ready:
    """Make the clip in FOLDER and everything that the stages need, each from the one before."""
    path = make_clip(folder / "bench.mp4")
    detectors = load(tuple(Kind))
    seen = scan(path, detectors)
    layout = Layout(*SIZE, 0, 0)
    frames = tuple(compose(frame, seen.clip, layout) for frame in list(decode(seen.clip)))
    return Ready(folder, seen.clip, frames, detectors, seen, _plan(seen))


def _plan(seen: Scan) -> MaskPlan:
    tracks = track(seen.found, seen.clip, seen.whole, seen.cuts, seen.fine, closely=seen.closely)
    return plan(seen.clip, tracks, (), Hiding(tuple(Kind), (0, len(seen.clip))))


def _scan(ready: Ready) -> Scan:
    """Find everyone: decode, and look with every network."""
    return scan(ready.clip.path, ready.detectors)


def _track(ready: Ready) -> MaskPlan:
    """Join what was found into tracks, and plan every box."""
    return _plan(ready.seen)


def _mask(ready: Ready) -> int:
    """Paint frosted glass over every frame of the plan, and count the frames on which the picture changed."""
    masker, changed = Masker(ready.clip, ready.plan), 0
    for frame in ready.frames:
        planes = [plane.copy() for plane in frame.planes]
        masker(planes, frame.index)
        changed += not np.array_equal(planes[0], frame.planes[0])
    return changed


def _decode(ready: Ready) -> int:
    return sum(1 for _ in decode(ready.clip))


def _encode(ready: Ready) -> Path:
    out = ready.folder / "encoded.mp4"
    write(iter(ready.frames), out, ready.clip, Layout(*SIZE, 0, 0), Sound())
    return out


def _compare(ready: Ready) -> float:
    """Judge boxes on 40 % of every frame against itself; all of it is exposed."""
    boxes = np.array([[0, 0, SIZE[0], SIZE[1] * 0.4]])
    lumas = (frame.planes[0] for frame in ready.frames)
    return min(float(exposed(*block_correlation(luma, luma, boxes=boxes), boxes)[0][0]) for luma in lumas)


def _job(ready: Ready) -> Path:
    """Run the whole program, from a cold start to a verified copy."""
    out = ready.folder / "job"
    assert redact(ready.clip.path, out).exit_code == 0, "the copy of the bench clip did not pass its checks"
    return copy_of(ready.clip.path, out)


def _whole(_: Ready, copy: Path) -> bool:
    """Whether COPY has every frame."""
    return sum(1 for _ in decode(probe(copy))) == FRAMES


def _found(ready: Ready, seen: Scan) -> bool:
    """Whether SEEN holds what was found before, people among it."""
    same = np.array_equal(seen.found.xyxy, ready.seen.found.xyxy)
    return same and bool((seen.found.kind == Kind.PERSON).any())


def _planned(ready: Ready, made: MaskPlan) -> bool:
    """Whether the plan is, byte for byte, the one made before, and hides someone on every frame."""
    return to_bytes(made) == to_bytes(ready.plan) and bool((np.diff(made.start) > 0).all())


STAGES = (
    Stage("decode", _decode, lambda _, frames: bool(frames == FRAMES)),
    Stage("scan", _scan, _found),
    Stage("track", _track, _planned),
    Stage("mask", _mask, lambda _, changed: bool(changed == FRAMES)),
    Stage("compare", _compare, lambda _, share: bool(share == 1)),
    Stage("encode", _encode, _whole),
    Stage("job", _job, _whole),
)
