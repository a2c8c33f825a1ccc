"""A second look: the networks see the copy at another size, mostly on other frames, and should find no one."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from redact.detect.across import across_poses
from redact.detect.filters import only_in_somebody
from redact.detect.letterbox import Letterbox, Scale, View, detect, letterboxes, views
from redact.detect.pose import by_tags, joined
from redact.pipe import drain
from redact.records.boxes import iou, overlap_share, place_of
from redact.records.clip import Frame
from redact.records.kinds import CheckName, Cover, Kind
from redact.records.orientation import UPRIGHT
from redact.records.plan import Check
from redact.records.tracks import Detections
from redact.verify.findings import Standing, cut_out, find
from redact.video.geometry import picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from redact.detect.pose import Pose
    from redact.paint.spec import CopySpec
    from redact.records.clip import Clip, Layout
    from redact.records.orientation import Orientation
    from redact.records.plan import MaskPlan
    from redact.records.tracks import Detector
    from redact.verify.acceptance import Acceptance
    from redact.verify.findings import Finding
    from redact.verify.pair import Pair

__all__ = ["LookTally", "SecondLook", "covered_share", "frames_to_look_at", "outside"]

FIRM = 0.5
"""Least score of a finding. The first look hides far weaker ones; here a false one costs another copy."""

COVERED = 0.5
"""Share of a finding under masks from which it is taken for hidden; the rest of it may show."""

ALIKE = 0.4
"""Intersection over union with the box of someone who is to be visible, from which a finding is that person."""

KNOWN = 0.6
"""Share of a face inside the head of someone who is to be visible, from which it is that person's."""

HEAD = 0.3
"""Share of a body's height, from the top, that must be hidden where only heads or faces are."""

EVERY_S = 1.0
"""Most often one look in so many seconds."""

SHARE = 8
"""Most often one look for so many of the scan's."""

SELDOM_S = 8.0
"""However seldom the scan looked, a look at least once in so many seconds."""

LEAST = 3
"""Looks that even a clip of one scene is worth."""

BATCH = 4
"""Pictures that a network is given at a time."""

PICTURES = 200
"""Findings that a picture is kept of, at most; those after them are told of without one."""


@dataclass(slots=True)
class LookTally:
    """What `SecondLook` saw."""

    looks: int = 0
    """Frames of the copy,"""
    new: int = 0
    """and those of them that the scan had not seen."""
    found: Detections = field(default_factory=Detections.none)
    """What no mask covers and nobody accepted, px of the coded master picture."""
    told: tuple[Finding, ...] = ()
    """Every finding, those accepted among them; the first PICTURES with a picture."""

    def result(self) -> Check:
        """Pass where nothing was found, and something was looked at."""
        kinds = Counter(Kind(kind).name.lower() for kind in self.found.kind.tolist())
        counted = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "nothing"
        sentence = (
            f"On {self.looks:,} frames of the copy, {self.new:,} of them not seen by the scan, the networks found "
        )
        sentence += f"{counted} outside the masks that the request hides"
        frames = ", ".join(str(frame) for frame in np.unique(self.found.frame)[:5].tolist())
        sentence += f" (frame {frames})" if frames else ""
        accepted = {finding.id for finding in self.told if finding.standing is Standing.ACCEPTED}
        sentence += f", besides what the operator accepted ({', '.join(sorted(accepted))})." if accepted else "."
        return Check(CheckName.SECOND_LOOK, not len(self.found) and self.looks > 0, sentence)


class SecondLook:
    """Sees the frames of the copy and lets the networks look at some of them, beside whoever else sees them."""

    def __init__(
        self,
        detectors: Sequence[Detector],
        spec: CopySpec,
        layout: Layout,
        *,
        accept: Acceptance | None = None,
    ) -> None:
        """Prepare to look at the copy that was made by SPEC, with its picture as in LAYOUT.

        It looks in the poses of the scan, and in those that follow from the clip's tags, whatever the scan did. What
        the operator lets stand, ACCEPT, is told of but is no finding against the copy.
        """
        clip, plan, looks = spec.clip, spec.plan, spec.looks
        self._detectors, self._clip, self._plan, self._layout = detectors, clip, plan, layout
        self._visible, self._kinds = spec.visible, np.array(sorted(spec.kinds), np.uint8)
        # as tagged first: what is found in another pose is shown upright in the report all the same
        self._boxes = {
            pose: letterboxes(clip, detectors, Scale.SECOND, closely=looks.closely, pose=pose)
            for pose in joined(looks.poses, by_tags(clip))
        }
        self._due = frozenset(frames_to_look_at(clip, plan, looks.frames)) if detectors else frozenset()
        self._hand_over: Callable[[Mapping[Letterbox, View]], None] = lambda pictures: self._look([pictures])
        self._found: list[Detections] = []
        self._told: list[Finding] = []
        self._accept = accept
        self._looks = self._new = 0
        self._seen_before = frozenset(looks.frames.tolist())

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Look in a thread of its own at what the block sees; when it is left all has been looked at.

        At most two sets of BATCH pictures are held: those that wait, and those that are looked at.
        """
        at_once = self._hand_over
        with drain(self._look_at_all, BATCH) as self._hand_over:
            yield
        self._hand_over = at_once

    def see(self, pair: Pair) -> None:
        """Look at the copy's picture of PAIR if it is one of those to be looked at."""
        if pair.index not in self._due:
            return
        whole = Frame(pair.index, 0, pair.planes, None, damaged=False)
        part = Frame(pair.index, 0, picture(whole, self._clip, self._layout), None, damaged=False)
        boxes = frozenset(box for some in self._boxes.values() for box in some.values())
        pictures = (View(pair.index, rgb) for rgb in views(part, self._clip, boxes))
        self._looks += 1
        self._new += pair.index not in self._seen_before
        self._hand_over(dict(zip(boxes, pictures, strict=True)))

    @property
    def tally(self) -> LookTally:
        """What was seen."""
        return LookTally(self._looks, self._new, Detections.concat(self._found), tuple(self._told))

    def _look_at_all(self, pictures: Iterator[Mapping[Letterbox, View]]) -> None:
        """Look at PICTURES, some at a time."""
        while batch := list(islice(pictures, BATCH)):
            self._look(batch)

    def _look(self, pictures: Sequence[Mapping[Letterbox, View]]) -> None:
        """Let every network look at PICTURES."""
        by_pose = {pose: self._seen(pictures, pose) for pose in self._boxes}
        for number, detector in enumerate(self._detectors):
            bare = across_poses([self._bare(by_network[number], pose) for pose, by_network in by_pose.items()])
            box = next(iter(self._boxes.values()))[detector.name]
            shown = {some[box].index: some[box].rgb for some in pictures}
            self._found.append(self._named(bare, shown, box))

    def _seen(self, pictures: Sequence[Mapping[Letterbox, View]], pose: Pose) -> list[Detections]:
        """Let every network look at PICTURES in POSE: what each of them finds."""
        boxes = [(detector, self._boxes[pose][detector.name]) for detector in self._detectors]
        by_network = [detect([some[box] for some in pictures], box, self._clip, detector) for detector, box in boxes]
        others = Detections.concat(by_network)
        return [only_in_somebody(detections, others) for detections in by_network] if pose.doubtful else by_network

    def _bare(self, detections: Detections, pose: Pose) -> Detections:
        """Give those of DETECTIONS, made in POSE, that are neither hidden nor to be visible."""
        firm = detections[(detections.score >= FIRM) & np.isin(detections.kind, self._kinds)]
        return outside(firm, self._plan, self._visible, pose.orientation)

    def _named(self, bare: Detections, shown: Mapping[int, NDArray[np.uint8]], box: Letterbox) -> Detections:
        """Name what was found BARE and cut it out of what was SHOWN, laid out as BOX; give what nobody accepted."""
        rows = []
        for row, frame in enumerate(bare.frame.tolist()):
            known = len(self._told) < PICTURES
            picture = cut_out(shown[frame], box, place_of(self._clip, bare.xyxy[row])) if known else b""
            finding, names = find(bare, row, self._clip, picture)
            finding = self._accept.of(finding, names) if self._accept else finding
            self._told.append(finding)
            rows.append(finding.standing is Standing.OPEN)
        return bare[np.array(rows, np.bool_)]


def frames_to_look_at(clip: Clip, plan: MaskPlan, looked: NDArray[np.int32]) -> list[int]:
    """Choose frames of PLAN midway between those LOOKED at, at most one a second, first where the masks change."""
    first, end = plan.frames
    here = looked[(looked >= first) & (looked < end)]
    edges = np.unique(np.concatenate([[first, end - 1], here]))
    left, right = edges[:-1], edges[1:]
    wide = right - left > 1
    middles = (left[wide] + right[wide]) // 2
    if not len(middles):  # every frame was looked at, so it can only be the scale that is new
        middles = left = right = edges
        wide = np.ones(len(edges), np.bool_)
    changes = [_tracks(plan, a) != _tracks(plan, b) for a, b in zip(left[wide], right[wide], strict=True)]
    seconds = (clip.pts[middles] - clip.pts[first]) * float(clip.time_base)
    apart = min(max(EVERY_S, float(seconds[-1]) / max(LEAST, len(here) // SHARE)), SELDOM_S)
    turn = np.floor(seconds / apart).astype(np.int64)
    order = np.lexsort((middles, ~np.array(changes, np.bool_), turn))
    _, chosen = np.unique(turn[order], return_index=True)
    return sorted(int(index) for index in middles[order][chosen])


def outside(detections: Detections, plan: MaskPlan, visible: Detections, way: Orientation = UPRIGHT) -> Detections:
    """Those of DETECTIONS, seen this WAY round, that are neither under the masks of PLAN nor one of those VISIBLE."""
    bare = [
        not _hidden(detections.xyxy[row], int(detections.kind[row]), plan, frame, way)
        and not _known(detections.xyxy[row], int(detections.kind[row]), visible[visible.frame == frame], way)
        for row, frame in enumerate(detections.frame.tolist())
    ]
    return detections[np.array(bare, np.bool_)]


def _hidden(box: NDArray[np.float32], kind: int, plan: MaskPlan, frame: int, way: Orientation) -> bool:
    """Tell whether BOX is hidden on FRAME as far as the plan's cover asks for."""
    boxes = plan.boxes(frame)
    if kind == Kind.PERSON and plan.cover is not Cover.BODY:
        box = _top(box, way)
        if plan.cover is Cover.FACE:  # a mask over a face is less than half of the head's box
            return bool(np.any(overlap_share(boxes.astype(np.float32), box[None]) >= COVERED))
    if kind == Kind.PERSON and covered_share(_top(box, way), boxes) < COVERED:  # a mask over the legs hides no one
        return False
    return covered_share(box, boxes) >= COVERED


def _top(box: NDArray[np.float32], way: Orientation) -> NDArray[np.float32]:
    """Head of a body's BOX, seen this WAY round."""
    head: NDArray[np.float32] = way.top(box[None], HEAD)[0]
    return head


def _known(box: NDArray[np.float32], kind: int, visible: Detections, way: Orientation) -> bool:
    """Tell whether BOX of KIND is one of those VISIBLE on its frame, or the face of one."""
    same = visible.xyxy[visible.kind == kind]
    if bool(np.any(iou(box[None], same) >= ALIKE)):
        return True
    heads = [_top(body, way) for body in visible.xyxy[visible.kind == Kind.PERSON]]
    return kind == Kind.FACE and bool(heads) and bool(np.any(overlap_share(box[None], np.stack(heads)) >= KNOWN))


def covered_share(box: NDArray[np.float32], boxes: NDArray[np.int32]) -> float:
    """Share of BOX that lies under BOXES (n, 4), taken together; 0 of an empty one."""
    x0, y0 = np.floor(box[:2]).astype(int).tolist()
    x1, y1 = np.ceil(box[2:]).astype(int).tolist()
    canvas = np.zeros((max(y1 - y0, 0), max(x1 - x0, 0)), np.bool_)
    for left, top, right, bottom in boxes.tolist():
        canvas[max(top - y0, 0) : max(bottom - y0, 0), max(left - x0, 0) : max(right - x0, 0)] = True
    return float(canvas.mean()) if canvas.size else 0.0


def _tracks(plan: MaskPlan, index: int) -> frozenset[int]:
    """Tracks hidden on frame INDEX."""
    return frozenset(plan.track[plan.rows(index)].tolist())
