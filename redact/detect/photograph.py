"""What somebody looks like on a photograph: read, looked at and forgotten; nothing of it is kept anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.detect.colours import colours_of
from redact.errors import InputUnusable
from redact.files import reason_of
from redact.records.boxes import area, iou
from redact.records.kinds import Kind
from redact.records.tracks import GREY, STRIDE, FrameBatch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.records.tracks import Detections, Detector

__all__ = ["looks_on"]

LARGEST_BYTES = 64 << 20
"""A file that is larger is no photograph of somebody."""

SURE = 0.4
"""Score from which somebody is on the photograph."""

BESIDES = 0.5
"""Height of another person, as a share of the highest's, from which it is not clear who is meant."""

SAME = 0.5
"""IoU of two boxes around one person."""

SLIM = 1.5
"""Height over width below which a body is not seen from head to foot."""

WHOLE = "Take one that shows the person alone, from head to foot."


def looks_on(photograph: Path, detectors: Sequence[Detector]) -> NDArray[np.uint8]:
    """Describe the one person on PHOTOGRAPH, found by those of DETECTORS that find people: uint8 (COLOURS,).

    Raises InputUnusable where it cannot be read, or does not show one person from head to foot.
    """
    rgb = _read(photograph)
    found = [_found(rgb, one) for one in detectors if Kind.PERSON in one.kinds]
    xyxy = np.concatenate([np.zeros((0, 4), np.float32), *found])
    height = xyxy[:, 3] - xyxy[:, 1]
    meant = xyxy[[int(height.argmax())]] if len(xyxy) else np.zeros((1, 4), np.float32)
    others = (height >= BESIDES * height.max(initial=0)) & (iou(xyxy, meant)[:, 0] < SAME)
    problem = ""
    if not len(xyxy):
        problem = f"Nobody was found on the photograph {photograph}."
    elif others.any():
        problem = f"The photograph {photograph} shows more than one person."
    elif height.max() < SLIM * (meant[0, 2] - meant[0, 0]):
        problem = f"The photograph {photograph} shows only a part of somebody."
    if problem:
        raise InputUnusable(problem, WHOLE)
    return np.asarray(colours_of(rgb, meant)[0], np.uint8)


def _read(photograph: Path) -> NDArray[np.uint8]:
    """Read PHOTOGRAPH, turned as its camera says: uint8 (h, w, 3) RGB."""
    try:
        size = photograph.stat().st_size
        data = np.frombuffer(photograph.read_bytes() if size <= LARGEST_BYTES else b"", np.uint8)
    except OSError as problem:
        message = f"The photograph {photograph} cannot be read ({reason_of(problem)})."
        raise InputUnusable(message, "Give the name of another file.") from problem
    try:
        rgb = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if len(data) else None
    except cv2.error:
        rgb = None
    if rgb is None:
        message = f"{photograph} is no photograph that can be read, or larger than {LARGEST_BYTES >> 20} MiB."
        raise InputUnusable(message, "Give it as JPEG or PNG.")
    return np.asarray(rgb, np.uint8)


def _found(rgb: NDArray[np.uint8], detector: Detector) -> NDArray[np.float32]:
    """Give the people whom DETECTOR is sure of: float32 (n, 4) px of RGB (h, w, 3)."""
    fit = max(detector.sides[:2]) / max(rgb.shape[:2])
    shrunk = cv2.resize(rgb, None, fx=fit, fy=fit, interpolation=cv2.INTER_AREA) if fit < 1 else rgb
    below, right = (-side % STRIDE for side in shrunk.shape[:2])
    padded = cv2.copyMakeBorder(shrunk, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(GREY,) * 3)
    batch = FrameBatch(np.zeros(1, np.int32), np.asarray(padded, np.uint8)[None], (1.0, 1.0))
    found: Detections = detector(batch)
    sure = found[(found.kind == Kind.PERSON) & (found.score >= SURE)]
    sure = sure[area(sure.xyxy) > 0]
    return np.asarray(sure.xyxy / np.float32(min(fit, 1.0)), np.float32)
