"""What the networks find at looks: every pose of the picture, every network, united."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Self

from redact.detect.filters import only_in_somebody, without_lone_faces, without_scenes, without_twins
from redact.detect.letterbox import Letterbox, Scale, View, detect, half, letterboxes, tiles, views
from redact.pipe import prefetch
from redact.records.kinds import Kind
from redact.records.orientation import UPRIGHT
from redact.records.tracks import Detections

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from redact.detect.pose import Pose
    from redact.detect.sampling import Look
    from redact.records.clip import Clip, Source
    from redact.records.tracks import Detector

__all__ = ["find"]

BATCH = 16
"""Most pictures that a network is given at a time."""

BATCH_BYTES = 12_000_000
"""Fewer where they are large, so that memory does not grow with the picture's size."""


class Pictures(NamedTuple):
    """What there is to see of one frame, laid out in every way that some network asks for."""

    whole: Mapping[Letterbox, Sequence[View]]
    """All of it, or the half that something moves in."""
    tiles: Mapping[Letterbox, Sequence[View]]
    """The same in tiles, for a closer look; empty where none is due."""


class _Layout(NamedTuple):
    """How the pictures are laid out in one pose, for each network by name."""

    pose: Pose
    boxes: Mapping[str, Letterbox]
    fine: Mapping[str, Letterbox]

    @classmethod
    def of(
        cls, source: Source | Clip, detectors: Sequence[Detector], pose: Pose, scale: Scale, *, closely: bool
    ) -> Self:
        boxes = letterboxes(source, detectors, scale, closely=closely, pose=pose)
        return cls(pose, boxes, letterboxes(source, detectors, Scale.CLOSER, pose=pose))


def find(
    looks: Iterable[Look],
    source: Source | Clip,
    detectors: Sequence[Detector],
    poses: Sequence[Pose],
    *,
    scale: Scale,
    closely: bool,
) -> list[Detections]:
    """Let every one of DETECTORS take LOOKS in all of POSES, at SCALE.

    Gives what was found in each pose.
    """
    layouts = [_Layout.of(source, detectors, pose, scale, closely=closely) for pose in poses]
    boxes = frozenset(box for layout in layouts for box in layout.boxes.values())
    fine = frozenset(box for layout in layouts for box in layout.fine.values())
    by_pose: list[list[Detections]] = [[] for _ in layouts]
    with prefetch(_batches(iter(looks), source, boxes, fine), depth=2) as batches:
        for batch in batches:
            for layout, parts in zip(layouts, by_pose, strict=True):
                parts.extend(_seen(batch, source, detectors, layout, closely=closely))
    people = any(Kind.PERSON in detector.kinds for detector in detectors)
    return [
        _likely(Detections.concat(parts), source, layout.pose, people=people)
        for layout, parts in zip(layouts, by_pose, strict=True)
    ]


def _seen(
    batch: Sequence[Pictures],
    source: Source | Clip,
    detectors: Sequence[Detector],
    layout: _Layout,
    *,
    closely: bool,
) -> Iterator[Detections]:
    """Let DETECTORS look at BATCH in the pose of LAYOUT; CLOSELY, what people look like is noted as well."""
    for detector in detectors:
        box, closer = layout.boxes[detector.name], layout.fine.get(detector.name)
        shown = [view for pictures in batch for view in pictures.whole[box]]
        yield detect(shown, box, source, detector, colours=closely)
        if closer:
            shown = [view for pictures in batch for view in pictures.tiles.get(closer, ())]
            yield detect(shown, closer, source, detector, small=True, colours=closely)


def _likely(detections: Detections, source: Source | Clip, pose: Pose, *, people: bool) -> Detections:
    """Leave out of DETECTIONS what was found twice in POSE, or cannot be; PEOPLE were searched for as well."""
    size = pose.orientation.size(source.width, source.height)
    likely = without_twins(detections)
    likely = without_lone_faces(likely, size[1]) if people else likely
    likely = only_in_somebody(likely, likely) if pose.doubtful else likely
    return without_scenes(likely, size, sideways=pose.orientation.sideways)


def _batches(
    looks: Iterator[Look], source: Source | Clip, boxes: Collection[Letterbox], fine: Collection[Letterbox]
) -> Iterator[list[Pictures]]:
    """Turn LOOKS into pictures for the networks, laid out as BOXES, and as FINE at a closer look, some at a time."""
    size = max((3 * box.padded[0] * box.padded[1] for some in (boxes, fine) for box in some), default=1)
    count = min(BATCH, max(2, BATCH_BYTES // size))
    while batch := [_pictures(look, source, boxes, fine) for look in islice(looks, count)]:
        yield batch


def _pictures(look: Look, source: Source | Clip, boxes: Collection[Letterbox], fine: Collection[Letterbox]) -> Pictures:
    """Give what there is to see at LOOK, once for each of BOXES, and in tiles for each of FINE at a closer look."""
    closer = fine if look.fine else ()
    layouts = {*boxes, *closer}
    shown = {
        box: View(look.frame.index, rgb) for box, rgb in zip(layouts, views(look.frame, source, layouts), strict=True)
    }
    # a half of the coded picture is no half of one that is turned
    left = {box: look.left if box.orientation == UPRIGHT else None for box in layouts}
    whole = {box: (_half(shown[box], box, left[box]),) for box in boxes}
    return Pictures(whole, {box: tiles(shown[box], box, left[box]) for box in closer})


def _half(view: View, box: Letterbox, left: float | None) -> View:
    """Cut the half that begins at the share LEFT out of VIEW, or give all of it."""
    return view if left is None else half(view, box, left)
