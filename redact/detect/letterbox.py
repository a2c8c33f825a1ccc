"""From decoded pictures to what the networks see, and from what they find back to px of the coded picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import ceil
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from redact.detect.colours import COLOURS, colours_of
from redact.detect.pose import Pose
from redact.records.boxes import clip as clip_boxes
from redact.records.kinds import Kind
from redact.records.tracks import GREY, STRIDE, Detections, FrameBatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from redact.records.clip import Clip, Frame, Source
    from redact.records.orientation import Orientation
    from redact.records.tracks import Detector

__all__ = [
    "SMALL",
    "Letterbox",
    "Scale",
    "View",
    "detect",
    "half",
    "letterboxes",
    "thumbnail",
    "tiles",
    "to_coded",
    "views",
]

LEAST_SIDE = 640
"""px to which a smaller picture is enlarged, up to twice, so that people in it are as large as networks know them."""

OF_OWN = 5 / 6
"""Most of its own size at which a larger picture is seen: what a network finds at full size it finds here too."""

MOST_ENLARGED = 2.0

FINER = 1.25
"""Times that a closer look must be larger to be worth taking."""

TILE = 0.55
"""Least share of the picture's width that a tile of a closer look has: two of them overlap by a tenth of it."""

SLIM = 0.5
"""Width of somebody as a share of their height; tiles overlap by so much, lest both cut through somebody small."""

SMALL = 0.25
"""Greatest height, as a share of the picture's, of what counts on a closer look: larger things it cuts into pieces."""

OTHER_SCALE = 0.75
"""Where both looks would see a small picture at much the same size, the second sees it this much smaller."""

ALIKE = 0.9
"""Ratio of two sizes from which they are much the same."""

AT_EDGE = 2.0
"""px from the edge of a half within which a box is cut off by it."""

FULL = 2
"""FFmpeg's colour range of samples that use every level (AVCOL_RANGE_JPEG)."""

ROUNDING = 1e-9
"""Share of a stride that is no more than how a number is kept."""

QUARTER_TURNS = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Scale(IntEnum):
    """For which look pictures are laid out, and which of a network's `sides` is for it."""

    FIRST = 0
    SECOND = 1
    CLOSER = 2
    """At what is small, in tiles; only where a network has a side for it."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture of a clip is laid into a batch: shrunk to square pixels, turned upright, padded right and below."""

    coded: tuple[int, int]
    """(w, h) px that the coded picture is resized to before it is turned."""
    upright: tuple[int, int]
    """(w, h) px of the picture in the batch."""
    padded: tuple[int, int]
    """(w, h) px of the batch, multiples of STRIDE."""
    scale: tuple[float, float]
    """Upright source px per batch px, along x and y."""
    orientation: Orientation
    """Which way round the picture is put."""

    @classmethod
    def of(cls, source: Source | Clip, side: int, most: float = OF_OWN, pose: Pose | None = None) -> Letterbox:
        """Lay out the pictures of SOURCE, their longer side SIDE px, or less where they are smaller.

        Those that are not small are seen at no more than the share MOST of their own size. They are seen in POSE, by
        default as tagged.
        """
        pose = pose or Pose.tagged(source)
        aspect = float(pose.aspect)
        shown = (source.width * aspect, float(source.height))
        fit = min(side / max(shown), MOST_ENLARGED, max(most, LEAST_SIDE / max(shown)))
        coded = max(1, round(shown[0] * fit)), max(1, round(shown[1] * fit))
        way = pose.orientation
        upright = way.size(*coded)
        step = source.width / coded[0], source.height / coded[1]
        padded = tuple(-(-px // STRIDE) * STRIDE for px in upright)
        return cls(coded, upright, (padded[0], padded[1]), step[::-1] if way.sideways else step, way)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A picture, or a part of one, for a network."""

    index: int
    """Frame of the clip."""
    rgb: NDArray[np.uint8]
    """(h, w, 3) upright, padded."""
    left: int = 0
    """px of the batch left of it."""


def detect(
    pictures: Sequence[View],
    box: Letterbox,
    source: Source | Clip,
    detector: Detector,
    *,
    small: bool = False,
    colours: bool = False,
) -> Detections:
    """Let DETECTOR look at PICTURES laid out as BOX, for what is SMALL; what it finds is in px of the coded picture.

    Where it matters who is who, the COLOURS of people are noted too.
    """
    colours = colours and Kind.PERSON in detector.kinds
    return Detections.concat(
        _detect(some, box, source, detector, small=small, colours=colours) for some in _together(pictures)
    )


def _together(pictures: Iterable[View]) -> Iterable[Sequence[View]]:
    """Put together PICTURES of one width: many at a time keep every core at work."""
    groups: dict[int, list[View]] = {}
    for view in pictures:
        groups.setdefault(view.rgb.shape[1], []).append(view)
    return groups.values()


def _detect(
    pictures: Sequence[View],
    box: Letterbox,
    source: Source | Clip,
    detector: Detector,
    *,
    small: bool,
    colours: bool,
) -> Detections:
    """Let DETECTOR look at PICTURES of one width. What the edge of a part cuts through is left to another look."""
    frames = np.array([view.index for view in pictures], np.int32)
    parts = len(np.unique(frames)) < len(frames)
    numbers = np.arange(len(frames), dtype=np.int32) if parts else frames  # parts of one frame are told apart by place
    detections = detector(FrameBatch(numbers, np.stack([view.rgb for view in pictures]), box.scale))
    if small:
        detections = detections[detections.xyxy[:, 3] - detections.xyxy[:, 1] <= SMALL * box.upright[1]]
    lefts = {number: view.left for number, view in zip(numbers.tolist(), pictures, strict=True)}
    left, width = np.array([lefts[one] for one in detections.frame.tolist()], np.float32), pictures[0].rgb.shape[1]
    cut = (left > 0) & (detections.xyxy[:, 0] < AT_EDGE)
    cut |= (left + width < box.upright[0]) & (detections.xyxy[:, 2] > width - AT_EDGE)
    whole = detections[~cut]
    looks = _colours(dict(zip(numbers.tolist(), pictures, strict=True)), whole) if colours else None
    xyxy = whole.xyxy + left[~cut, None] * np.array([1, 0, 1, 0], np.float32)
    frame = frames[whole.frame] if parts else whole.frame
    return Detections.concat([Detections(frame, to_coded(xyxy, box, source), whole.score, whole.kind, looks)])


def _colours(pictures: Mapping[int, View], detections: Detections) -> NDArray[np.uint8]:
    """(d, COLOURS) what DETECTIONS, px of PICTURES by number, look like."""
    described = np.zeros((len(detections), COLOURS), np.uint8)
    for number in np.unique(detections.frame).tolist():
        here = (detections.frame == number) & (detections.kind == Kind.PERSON)
        described[here] = colours_of(pictures[number].rgb, detections.xyxy[here])
    return described


def to_coded(xyxy: NDArray[np.float32], box: Letterbox, source: Source | Clip) -> NDArray[np.float32]:
    """Carry boxes from px of the batch to px of the coded picture, cut to it. float32 (n, 4) -> float32 (n, 4)."""
    upright, size = xyxy * np.array(box.scale * 2, np.float32), (source.width, source.height)
    return clip_boxes(box.orientation.to_coded(upright, *size), *size)


def views(frame: Frame, source: Source | Clip, boxes: Iterable[Letterbox]) -> Iterator[NDArray[np.uint8]]:
    """Give FRAME as the networks see it, once for each of BOXES: uint8 (h, w, 3) RGB, upright, padded."""
    for box in boxes:
        rgb = _rgb([_resized(plane, box.coded) for plane in _eight_bit(frame.planes)], source)
        turned = _turned(rgb, box.orientation)
        right, below = box.padded[0] - box.upright[0], box.padded[1] - box.upright[1]
        padded = cv2.copyMakeBorder(turned, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(GREY,) * 3)
        yield np.asarray(padded, np.uint8)


def letterboxes(
    source: Source | Clip,
    detectors: Iterable[Detector],
    scale: Scale,
    *,
    closely: bool = False,
    pose: Pose | None = None,
) -> dict[str, Letterbox]:
    """Lay out pictures of SOURCE for each of DETECTORS by name, for looks at SCALE.

    Where it looks CLOSELY, the first is at the larger of two scales. Closer looks are only for networks that ask for
    them, and where the picture has more to show. They are seen in POSE, by default as tagged.
    """
    pose = pose or Pose.tagged(source)
    if scale is Scale.CLOSER:
        boxes = {
            detector.name: _fine(source, detector.sides, pose)
            for detector in detectors
            if len(detector.sides) > Scale.CLOSER
        }
        return {name: box for name, box in boxes.items() if box}
    return {detector.name: _for(source, detector.sides, scale, closely, pose) for detector in detectors}


def _for(source: Source | Clip, sides: tuple[int, ...], scale: Scale, closely: bool, pose: Pose) -> Letterbox:
    pair = [Letterbox.of(source, side, pose=pose) for side in sides[: Scale.CLOSER]]
    if closely:
        pair.sort(key=lambda box: max(box.coded), reverse=True)
    if scale is Scale.SECOND and ALIKE * max(pair[0].coded) < max(pair[1].coded) < max(pair[0].coded) / ALIKE:
        return Letterbox.of(source, round(OTHER_SCALE * max(pair[0].coded)), pose=pose)
    return pair[scale]


def _fine(source: Source | Clip, sides: tuple[int, ...], pose: Pose) -> Letterbox | None:
    """Lay out a closer look; None where it would show hardly more."""
    fine = Letterbox.of(source, sides[Scale.CLOSER], 1.0, pose)
    return fine if max(fine.coded) >= FINER * max(Letterbox.of(source, sides[Scale.FIRST], pose=pose).coded) else None


def half(view: View, box: Letterbox, left: float) -> View:
    """Cut the half that begins at the share LEFT out of VIEW, laid out as BOX."""
    return _part(view, box, left, 1 / 2)


def tiles(view: View, box: Letterbox, left: float | None) -> tuple[View, ...]:
    """Cut VIEW, laid out as BOX, for a closer look: at the half that begins at the share LEFT, or at all of it.

    Tiles are of one size, and overlap so that what is small lies whole in one of them.
    """
    share = min(1.0, max(TILE, (1 + SLIM * SMALL * box.upright[1] / box.upright[0]) / 2))
    lefts = (0.0, 1 - share) if left is None else (max(left - (share - 1 / 2) / 2, 0.0),)
    return tuple(_part(view, box, edge, share) for edge in lefts)


def _part(view: View, box: Letterbox, left: float, share: float) -> View:
    """Cut out of VIEW, laid out as BOX, the SHARE of its width that begins at the share LEFT."""
    width = min(ceil(box.upright[0] * share / STRIDE - ROUNDING) * STRIDE, box.padded[0])
    start = min(round(left * box.upright[0]), box.padded[0] - width)
    return View(view.index, view.rgb[:, start : start + width], start)


def thumbnail(frame: Frame, width: int) -> NDArray[np.float32]:
    """Shrink the luma of FRAME to about WIDTH px across, by a whole number: float32 (h, w), levels of 255.

    A strip narrower than that number at the right and lower edge is left out.
    """
    luma = frame.planes[0]
    step = max(1, round(luma.shape[1] / width))
    rows, columns = max(1, luma.shape[0] // step), luma.shape[1] // step
    levels = 0.25 if luma.dtype == np.uint16 else 1.0
    whole = luma[: rows * step, : columns * step]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA) * levels, np.float32)


def _eight_bit(planes: Sequence[NDArray[Any]]) -> Iterator[NDArray[np.uint8]]:
    """Give PLANES with 8 bits; 16-bit ones hold 10."""
    for plane in planes:
        yield plane if plane.dtype == np.uint8 else cv2.convertScaleAbs(plane, alpha=0.25)


def _resized(plane: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Bring PLANE to SIZE (w, h), averaging where it shrinks by much."""
    shrinks = plane.shape[1] >= 2 * size[0]
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR), np.uint8)


def _turned(rgb: NDArray[np.uint8], way: Orientation) -> NDArray[np.uint8]:
    """Put RGB the WAY round that it is seen."""
    straight = cv2.flip(rgb, 1) if way.mirrored else rgb
    return np.asarray(cv2.rotate(straight, QUARTER_TURNS[way.turns]) if way.turns else straight, np.uint8)


def _rgb(planes: Sequence[NDArray[np.uint8]], source: Source | Clip) -> NDArray[np.uint8]:
    """Turn Y, U, V of one size into uint8 (h, w, 3) RGB, by BT.601; a network does not mind which matrix it was."""
    if len(planes) == 1:
        luma = _stretched(planes[0], source, 16, 219)
        return np.asarray(cv2.merge([luma, luma, luma]), np.uint8)
    y = _stretched(planes[0], source, 16, 219)
    u, v = (_stretched(plane, source, 16, 224) for plane in planes[1:])
    return np.asarray(cv2.cvtColor(cv2.merge([y, v, u]), cv2.COLOR_YCrCb2RGB), np.uint8)


def _stretched(plane: NDArray[np.uint8], source: Source | Clip, low: int, span: int) -> NDArray[np.uint8]:
    """Bring a PLANE of limited range to 0 to 255."""
    if source.color.range == FULL or source.pix_fmt.startswith("yuvj"):
        return plane
    return np.asarray(cv2.LUT(plane, _table(low, span)), np.uint8)


def _table(low: int, span: int) -> NDArray[np.uint8]:
    levels = (np.arange(256) - low) * 255 / span
    return np.clip(np.round(levels), 0, 255).astype(np.uint8)
