"""Whether people are found better in another pose: cameras that hang upside down or lie on their side, and no tag."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.detect.across import FIRM, across_poses, gain
from redact.detect.letterbox import Letterbox, Scale, View, detect, letterboxes, views
from redact.detect.pose import Pose
from redact.records.clip import Frame
from redact.records.kinds import Kind
from redact.records.orientation import Orientation
from redact.records.tracks import Detections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from redact.detect.sampling import Look
    from redact.records.clip import Clip, Source
    from redact.records.tracks import Detector

__all__ = ["Survey", "candidates"]

KEPT_SIDE = 640
"""px that the longer side of what is kept of a picture has at least, where it has so many."""

LEAST, MOST = 3, 12
"""Pictures that are looked at, fewest and most."""

LOOKS = 6
"""Looks of the scan for each picture here."""

GAIN, SHARE = 1.0, 0.03
"""How much more must be found, in scores, and beside that as a share of what is found anyway.

On 27 clips, upright, a wrong turn gained 0.7 at most; turned without a tag the right one gained 2.7 to 43: measured
once (docs/adr/0016-no-tag-decides-alone.md).
"""

LOSS = 0.5
"""Share of what pixels of another shape gain that they may lose: people are found in squeezed pictures, too."""

SLIM, SEVERAL = (1.7, 4.0), 3
"""Height over width between which the median of so many people or more is that of people who are not squeezed."""


class Survey:
    """Keeps some of the pictures that the scan looks at, spread over the clip, and looks at them in other poses."""

    def __init__(self, source: Source) -> None:
        """Prepare for pictures of SOURCE."""
        self._source = source
        self._kept: list[Frame] = []
        self._step = 1
        self._looks = self._whole = 0

    def watch(self, looks: Iterable[Look]) -> Iterator[Look]:
        """Give LOOKS, and keep a small picture of some that are at all of it; the more, the fewer of each hundred."""
        for look in looks:
            self._looks += 1
            if look.left is None:
                if self._whole % self._step == 0:
                    self._kept.append(_small(look.frame))
                self._whole += 1
            if len(self._kept) > 2 * MOST:
                self._kept, self._step = self._kept[::2], 2 * self._step
            yield look

    def other_poses(
        self, detectors: Sequence[Detector], known: Sequence[Pose], detections: Detections
    ) -> tuple[Pose, ...]:
        """Let DETECTORS look in every turn, and give poses in which they find more than in those KNOWN.

        DETECTIONS are of those KNOWN. Where they do not have the shape of people, other shapes of pixels are tried as
        well; where they are of nobody, and nobody is in other turns, faces are looked for. A number plate tells
        nothing: it looks much the same upside down.
        """
        pictures = self._chosen()
        here = detections[np.isin(detections.frame, [picture.index for picture in pictures])]
        tried = [pose for pose in candidates(Pose.tagged(self._source), here, self._source) if pose not in known]
        people, faces = (
            [detector for detector in detectors if kind in detector.kinds] for kind in (Kind.PERSON, Kind.FACE)
        )
        poses = self._better(pictures, people, tried, here)
        if poses or (people and bool((here.score >= FIRM).any())):
            return poses
        return self._better(pictures, faces, tried, here)

    def _better(
        self, pictures: Sequence[Frame], detectors: Sequence[Detector], tried: Sequence[Pose], detections: Detections
    ) -> tuple[Pose, ...]:
        """Let DETECTORS look at PICTURES in the poses TRIED, and give those that add to DETECTIONS, best first."""
        if not detectors:
            return ()
        tagged, chosen = Pose.tagged(self._source), list[Pose]()
        by_pose = {pose: _found_in(pictures, self._source, detectors, pose) for pose in tried}
        if any(pose.aspect != tagged.aspect for pose in tried):  # what they lose is told at the same size
            small = _found_in(pictures, self._source, detectors, tagged)
            by_pose = {
                pose: more for pose, more in by_pose.items() if pose.aspect == tagged.aspect or _worth(more, small)
            }
        while fresh := _best(by_pose, detections):
            chosen.append(fresh)
            detections = across_poses([detections, by_pose.pop(fresh)])
        return tuple(chosen)

    def _chosen(self) -> list[Frame]:
        """Give the pictures to look at, evenly spread."""
        count = min(max(LEAST, self._looks // LOOKS), MOST, len(self._kept))
        return [self._kept[place] for place in np.linspace(0, len(self._kept) - 1, count).round().astype(int).tolist()]


def candidates(tagged: Pose, detections: Detections, source: Source | Clip) -> tuple[Pose, ...]:
    """Give the poses to try beside TAGGED: the other turns; unless DETECTIONS are slim, other shapes of pixels too."""
    way = tagged.orientation
    turned = [Pose(Orientation((way.turns + turns) % 4, way.mirrored), tagged.aspect) for turns in (1, 2, 3)]
    if _slim(detections, tagged, source):
        return tuple(turned)
    return (*turned, *(Pose(way, tagged.aspect * factor) for factor in (Fraction(2), Fraction(1, 2))))


def _slim(detections: Detections, tagged: Pose, source: Source | Clip) -> bool:
    """Tell whether people in DETECTIONS from SOURCE, shown as TAGGED, have the shape of people."""
    firm = detections.xyxy[(detections.kind == Kind.PERSON) & (detections.score >= FIRM)]
    upright = tagged.orientation.to_upright(firm, source.width, source.height)
    across, down = (float(tagged.aspect), 1.0) if not tagged.orientation.sideways else (1.0, float(tagged.aspect))
    shape = (upright[:, 3] - upright[:, 1]) * down / np.maximum((upright[:, 2] - upright[:, 0]) * across, 1e-6)
    return len(shape) >= SEVERAL and SLIM[0] <= float(np.median(shape)) <= SLIM[1]


def _best(by_pose: Mapping[Pose, Detections], detections: Detections) -> Pose | None:
    """Of what was found BY_POSE give the pose that adds most to DETECTIONS, if it is clearly more."""
    gains = {pose: gain(more, detections) for pose, more in by_pose.items()}
    best = max(gains, key=lambda pose: gains[pose], default=None)
    needed = GAIN + SHARE * int((detections.score >= FIRM).sum())
    return best if best and gains[best] >= needed else None


def _worth(more: Detections, small: Detections) -> bool:
    """Tell whether pixels of another shape, with which MORE was found, lose little of what is found SMALL as tagged."""
    return gain(small, more) <= LOSS * gain(more, small)


def _found_in(pictures: Sequence[Frame], source: Source, detectors: Sequence[Detector], pose: Pose) -> Detections:
    """Let DETECTORS look at PICTURES in POSE, in the room of a first look: px of the coded picture."""
    parts = []
    for detector in detectors:
        (room,) = letterboxes(source, [detector], Scale.FIRST).values()
        box = _fitted(source, pose, room.padded)
        shown = [View(picture.index, rgb) for picture in pictures for rgb in views(picture, source, [box])]
        parts.append(detect(shown, box, source, detector))
    return Detections.concat(parts)


def _fitted(source: Source, pose: Pose, room: tuple[int, int]) -> Letterbox:
    """Lay out pictures of SOURCE in POSE so that they fit in ROOM (w, h): the networks are ready for that size."""
    side = max(room)
    while True:
        box = Letterbox.of(source, side, 1.0, pose)
        if box.upright[0] <= room[0] and box.upright[1] <= room[1]:
            return replace(box, padded=room)
        side = min(side - 1, int(max(box.coded) * min(room[0] / box.upright[0], room[1] / box.upright[1])))


def _small(frame: Frame) -> Frame:
    """Copy FRAME shrunk by a whole number, which is quick."""
    factor = max(1, max(frame.planes[0].shape) // KEPT_SIDE)
    sizes = [tuple(-(-side // factor) for side in plane.shape[::-1]) for plane in frame.planes]
    planes = [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p, size in zip(frame.planes, sizes, strict=True)]
    return Frame(frame.index, frame.pts, planes, None, damaged=frame.damaged)
