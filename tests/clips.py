"""Clips, plans and pictures made of numbers: no file, no decoder."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from redact.records.clip import Clip, Color, Frame
from redact.records.kinds import Cover, Style
from redact.records.orientation import UPRIGHT, Orientation
from redact.records.plan import MaskPlan
from redact.video.formats import shape
from redact.watermark.mark import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["MARK", "clip_of", "even_planes", "frame_of", "plan_of", "scene"]

MARK = Mark(
    reference="SAR-2026-0142",
    recipient="the requester's solicitor",
    copy_number=1,
    released="2026-03-02",
    release_id="SAR-2026-0142/1-9f2c41d08e77",
    digest="9f2c41d08e77" + "ab01" * 13,
)


def clip_of(
    width: int = 320,
    height: int = 240,
    pix_fmt: str = "yuv420p",
    frames: int = 50,
    *,
    orientation: Orientation = UPRIGHT,
    sample_aspect_ratio: Fraction = Fraction(1),
    color: Color | None = None,
    interlaced: bool = False,
    time_base: Fraction = Fraction(1, 25),
    first: int = 0,
) -> Clip:
    """A clip of so many frames, one a tick from FIRST on."""
    return Clip(
        path=Path("hall.mp4"),
        sha256="a" * 64,
        size_bytes=1,
        width=width,
        height=height,
        orientation=orientation,
        sample_aspect_ratio=sample_aspect_ratio,
        pix_fmt=pix_fmt,
        color=color or Color(),
        time_base=time_base,
        pts=np.arange(first, first + frames, dtype=np.int64),
        rate=Fraction(25),
        interlaced=interlaced,
    )


def plan_of(
    clip: Clip,
    boxes: Sequence[Sequence[Sequence[int]]],
    style: Style = Style.BLUR,
    tracks: Sequence[Sequence[int]] | None = None,
) -> MaskPlan:
    """A plan with BOXES on each of the first frames; TRACKS are theirs, by default 0, 1, 2 and so on."""
    counts = [len(boxes[i]) if i < len(boxes) else 0 for i in range(len(clip))]
    total = sum(counts)
    numbers = tracks or [range(len(here)) for here in boxes]
    return MaskPlan(
        master=clip.sha256,
        style=style,
        cover=Cover.BODY,
        frames=(0, len(clip)),
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        xyxy=np.array([box for here in boxes for box in here], np.int32).reshape(total, 4),
        track=np.array([number for here in numbers for number in here], np.int32),
        origin=np.zeros(total, np.uint8),
        kind=np.zeros(total, np.uint8),
    )


def even_planes(clip: Clip, seed: int = 0) -> list[NDArray[Any]]:
    """Noise in every sample of the picture part of a copy of CLIP, its odd edges made even."""
    form, random = shape(clip.pix_fmt), np.random.default_rng(seed)
    top = 255 if form.dtype is np.uint8 else 1023
    size = clip.width + clip.width % 2, clip.height + clip.height % 2
    return [random.integers(0, top + 1, form.size(i, *size)).astype(form.dtype) for i in range(len(form.across))]


def frame_of(clip: Clip, index: int, planes: Sequence[NDArray[Any]] | None = None) -> Frame:
    """Frame INDEX of CLIP as decoded: PLANES, by default of a scene."""
    return Frame(index, int(clip.pts[index]), scene(clip, index) if planes is None else planes, None, damaged=False)


def scene(clip: Clip, index: int = 0) -> list[NDArray[Any]]:
    """Planes of a textured picture that moves by two px a frame, with little colour and the noise of a camera."""
    form, random = shape(clip.pix_fmt), np.random.default_rng(7)
    level = np.full((clip.height, clip.width), 120, np.float32)
    for step, contrast in ((48, 25), (12, 15), (4, 5)):
        coarse = random.standard_normal((clip.height // step + 2, (clip.width + 200) // step + 2)).astype(np.float32)
        large = cv2.resize(coarse, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        level += contrast * large[: clip.height, 2 * index % 200 :][:, : clip.width]
    luma = np.clip(level + 2 * np.random.default_rng(index).standard_normal(level.shape), 20, 230)
    parts = [luma, 128 + (level - 120) / 8, 128 - (level - 120) / 8][: len(form.across)]
    scale = 1 if form.dtype is np.uint8 else 4
    return [
        (cv2.resize(part, form.size(i, clip.width, clip.height)[::-1], interpolation=cv2.INTER_AREA) * scale).astype(
            form.dtype
        )
        for i, part in enumerate(parts)
    ]
