"""Pass 1: find everyone. Decoding runs ahead in a thread of its own while the networks look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from redact.agree import SAME, without_lone_faces, without_scenes, without_twins
from redact.boxes import iou
from redact.detect import FINE, Letterbox, View, detect, half, letterboxes, tiles, views
from redact.files import sha256_file
from redact.motion import Motion
from redact.pace import Look, Pace
from redact.pipe import prefetch
from redact.progress import silent
from redact.records import Detections, Kind
from redact.track import track
from redact.video.decode import DecodeLog, decode
from redact.video.probe import probe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from fractions import Fraction
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.progress import Progress
    from redact.records import Clip, Detector, Frame, Tracks
    from redact.video.probe import Source

__all__ = ["Scan", "look_again", "scan", "tracks_of"]

BATCH = 16
"""Most pictures that a network is given at a time."""

BATCH_BYTES = 12_000_000
"""Fewer where they are large, so that memory does not grow with the picture's size."""

AROUND_S = 3.0
"""How far before and after something that was missed the clip is looked at again."""

CLOSE_S = 0.1
"""Time between two looks there."""


class Pictures(NamedTuple):
    """What there is to see of one frame, laid out in every way that some network asks for."""

    whole: Mapping[Letterbox, Sequence[View]]
    """All of it, or the half that something moves in."""
    tiles: Mapping[Letterbox, Sequence[View]]
    """The same in tiles, for a closer look; empty where none is due."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """What the first pass found."""

    clip: Clip
    found: Detections
    """px of the coded picture."""
    looked: NDArray[np.int32]
    """(k,) frames that the networks looked at, increasing."""
    whole: NDArray[np.int32]
    """Those of them that were looked at whole; of the others only the half in which something moved."""
    fine: NDArray[np.int32]
    """Those of them at which closer looks were taken too: what is small may be found at no other."""
    cuts: NDArray[np.int32]
    """(c,) first frames after a hard cut."""
    closely: bool
    """Whether it looked closely, because it matters who is who."""
    moved: Tracks
    """What moved before a camera that stood still, whatever it is; px of the coded picture."""


def scan(
    path: Path,
    detectors: Sequence[Detector],
    *,
    fps: Fraction | None = None,
    closely: bool = False,
    progress: Progress = silent,
) -> Scan:
    """Find everyone in the video at PATH. FPS is needed only where the file carries no times.

    Where it matters who is who, because somebody is to stay visible, look CLOSELY: ten times a second while
    something moves, at all of the picture, and at the larger of each network's two scales.

    Raises InputUnusable where there is no video to work on.
    """
    source, log = probe(path, fps), DecodeLog()
    pace, motion = Pace(source.time_base, closely=closely), Motion(source.time_base)
    with prefetch((sha256_file(path) for _ in range(1)), depth=1) as digest:
        frames = _told(decode(source, log), log, progress)
        found = _found(pace.pick(motion.watch(frames)), source, detectors, look=0, closely=closely)
        clip = source.clip(next(digest), log.pts_array(), log.damage(), tuple(log.remarks))
    lists = (pace.looked, pace.whole, pace.fine, pace.cuts)
    looked, whole, fine, cuts = (np.unique(indices).astype(np.int32) for indices in lists)
    return Scan(clip, found, looked, whole, fine, cuts, closely, motion.moved(clip.width, clip.height))


def tracks_of(seen: Scan) -> Tracks:
    """Join what was SEEN into tracks; the same scan gives the same ones."""
    return track(seen.found, seen.clip, seen.whole, seen.cuts, seen.fine, closely=seen.closely)


def look_again(seen: Scan, missed: Detections, detectors: Sequence[Detector], *, progress: Progress = silent) -> Scan:
    """Look often, at the second look's scale, at the time around what was MISSED; add that and what is found.

    Whoever was missed on one frame was likely missed on others.
    """
    wanted = _close_frames(seen.clip, missed.frame)
    frames = _told(decode(seen.clip), DecodeLog(promised=len(seen.clip)), progress)
    looks = (Look(frame, None) for frame in frames if frame.index in wanted)
    more = _found(looks, seen.clip, detectors, look=1, closely=seen.closely)
    looked = np.union1d(seen.looked, np.array(sorted(wanted), np.int32))
    # the looks by which tracks end stay those of the first pass: another scale may miss whom that one found
    return replace(seen, found=_merged(seen.found, missed, more), looked=looked)


def _close_frames(clip: Clip, missed: NDArray[np.int32]) -> frozenset[int]:
    """Frames near those MISSED, at most one every CLOSE_S; those themselves are among them."""
    seconds = clip.pts.astype(np.float64) * float(clip.time_base)
    near = np.abs(seconds[:, None] - seconds[np.unique(missed)][None]).min(axis=1) <= AROUND_S
    _, first = np.unique(np.floor(seconds / CLOSE_S), return_index=True)
    return frozenset(np.flatnonzero(near)[np.isin(np.flatnonzero(near), first)].tolist()) | frozenset(missed.tolist())


def _merged(found: Detections, *more: Detections) -> Detections:
    """Add what MORE looks found to what was FOUND, without what is there already on the same frame."""
    parts = [found]
    for part in more:
        known = Detections.concat(parts)
        fresh = [
            not iou(
                part.xyxy[row : row + 1], known.xyxy[(known.frame == part.frame[row]) & (known.kind == part.kind[row])]
            ).max(initial=0)
            > SAME
            for row in range(len(part))
        ]
        parts.append(part[np.array(fresh, np.bool_)])
    return Detections.concat(parts)


def _found(
    looks: Iterable[Look], source: Source | Clip, detectors: Sequence[Detector], *, look: int, closely: bool
) -> Detections:
    """Let every one of DETECTORS take LOOKS at the scale it likes best for the first LOOK, 0, or the second, 1."""
    boxes = letterboxes(source, detectors, look, closely=closely)
    fine = letterboxes(source, detectors, FINE)
    found = []
    with prefetch(_batches(iter(looks), source, boxes.values(), fine.values()), depth=2) as batches:
        for batch in batches:
            for detector in detectors:
                box, closer = boxes[detector.name], fine.get(detector.name)
                found.append(detect([view for one in batch for view in one.whole[box]], box, source, detector))
                if closer:
                    shown = [view for one in batch for view in one.tiles.get(closer, ())]
                    found.append(detect(shown, closer, source, detector, small=True))
    sideways = source.rotation in (90, 270)
    size = (source.height, source.width) if sideways else (source.width, source.height)
    seen = without_twins(Detections.concat(found))
    seen = without_lone_faces(seen, size[1]) if any(Kind.PERSON in one.kinds for one in detectors) else seen
    return without_scenes(seen, size, sideways=sideways)


def _told(frames: Iterable[Frame], log: DecodeLog, progress: Progress) -> Iterator[Frame]:
    """Give FRAMES, and tell PROGRESS of each."""
    for frame in frames:
        yield frame
        progress("scan", frame.index + 1, log.promised or None)


def _batches(
    looks: Iterator[Look], source: Source | Clip, boxes: Iterable[Letterbox], fine: Iterable[Letterbox]
) -> Iterator[list[Pictures]]:
    """Turn LOOKS into pictures for the networks, laid out as BOXES, and as FINE at a closer look, some at a time."""
    layouts = frozenset(boxes), frozenset(fine)
    size = max((3 * box.padded[0] * box.padded[1] for some in layouts for box in some), default=1)
    count = min(BATCH, max(2, BATCH_BYTES // size))
    while batch := [_pictures(look, source, *layouts) for look in islice(looks, count)]:
        yield batch


def _pictures(look: Look, source: Source | Clip, boxes: Collection[Letterbox], fine: Collection[Letterbox]) -> Pictures:
    """Give what there is to see at LOOK, once for each of BOXES, and in tiles for each of FINE at a closer look."""
    left = None if source.rotation else look.left  # a half of the coded picture is no half of one that is turned
    closer = fine if look.fine else ()
    layouts = {*boxes, *closer}
    shown = {
        box: View(look.frame.index, rgb) for box, rgb in zip(layouts, views(look.frame, source, layouts), strict=True)
    }
    whole = {box: (shown[box] if left is None else half(shown[box], box, left),) for box in boxes}
    return Pictures(whole, {box: tiles(shown[box], box, left) for box in closer})
