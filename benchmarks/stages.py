"""The stages of a job, one by one, each with a check of its answer. What is timed here the guard watches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.clip import FRAMES, SIZE, make_clip
from benchmarks.job import floor_s
from benchmarks.product import copy_of, redact
from redact.audio import Sound
from redact.exposure import block_correlation, exposed
from redact.files import sha256_file
from redact.records import Layout
from redact.video.decode import DecodeLog, decode
from redact.video.encode import compose, write
from redact.video.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from redact.records import Clip, Frame

__all__ = ["STAGES", "Ready", "Stage", "get_ready"]


@dataclass(frozen=True, slots=True)
class Ready:
    """What the stages work on."""

    folder: Path
    clip: Clip
    frames: tuple[Frame, ...]
    """Every frame, composed."""

    def floor_s(self) -> float:
        """Seconds of a bare transcode of the clip."""
        return floor_s(self.clip.path, self.folder / "bare.mp4")


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
    source, log = probe(path), DecodeLog()
    layout = Layout(*SIZE, 0, 0)
    pictures = list(decode(source, log))
    clip = source.clip(sha256_file(path), log.pts_array(), log.damage())
    return Ready(folder, clip, tuple(compose(frame, clip, layout) for frame in pictures))


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


STAGES = (
    Stage("decode", _decode, lambda _, frames: bool(frames == FRAMES)),
    Stage("compare", _compare, lambda _, share: bool(share == 1)),
    Stage("encode", _encode, _whole),
    Stage("job", _job, _whole),
)
