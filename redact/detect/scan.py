"""Pass 1: find everyone. Decoding runs ahead in a thread of its own while the networks look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from redact.detect.across import across_poses, settled
from redact.detect.filters import SAME
from redact.detect.found import Scan
from redact.detect.letterbox import Scale
from redact.detect.looks import find
from redact.detect.motion import Motion
from redact.detect.pose import by_tags, joined
from redact.detect.sampling import Look, Sampler
from redact.detect.survey import Survey
from redact.files import sha256_file
from redact.pipe import prefetch
from redact.progress import silent
from redact.records.boxes import iou
from redact.records.tracks import Detections
from redact.video.decode import DecodeLog, decode
from redact.video.probe import probe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from fractions import Fraction
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.detect.pose import Pose
    from redact.progress import Progress
    from redact.records.clip import Clip, Frame
    from redact.records.tracks import Detector

__all__ = ["look_again", "scan"]

AROUND_S = 3.0
"""How far before and after something that was missed the clip is looked at again."""

CLOSE_S = 0.1
"""Time between two looks there."""


def scan(
    path: Path,
    detectors: Sequence[Detector],
    *,
    fps: Fraction | None = None,
    stream: int | None = None,
    closely: bool = False,
    progress: Progress = silent,
) -> Scan:
    """Find everyone in the video at PATH. FPS is needed only where the file carries no times.

    STREAM is the index of the video stream, needed only where several of the file carry on. Where it matters who is
    who, because somebody is to stay visible, look CLOSELY: ten times a second while something moves, at all of the
    picture, and at the larger of each network's two scales.

    Raises InputUnusable where there is no video to work on.
    """
    source, log = probe(path, fps, stream), DecodeLog()
    sampler, motion = Sampler(source.time_base, closely=closely), Motion(source.time_base)
    poses, survey = by_tags(source), Survey(source)
    with prefetch((sha256_file(path) for _ in range(1)), depth=1) as digest:
        frames = _told(decode(source, log), log, progress)
        looks = survey.watch(sampler.pick(motion.watch(frames)))
        poses, detections = settled(poses, find(looks, source, detectors, poses, scale=Scale.FIRST, closely=closely))
        clip = source.clip(next(digest), log.pts_array(), log.damage(), tuple(log.remarks), log.breaks_array())
    lists = (sampler.looked, sampler.whole, sampler.fine, sampler.cuts)
    looked, whole, fine, cuts = (np.unique(indices).astype(np.int32) for indices in lists)
    moved = motion.moved(clip.width, clip.height)
    first_pass = Scan(clip, detections, looked, whole, fine, cuts, closely, moved, poses)
    return _also_in(survey.other_poses(detectors, poses, detections), first_pass, detectors, progress)


def look_again(
    first_pass: Scan, missed: Detections, detectors: Sequence[Detector], *, progress: Progress = silent
) -> Scan:
    """Look often, at the second look's scale, around what was MISSED; add that and what is found to FIRST_PASS.

    Whoever was missed on one frame was likely missed on others.
    """
    wanted = _close_frames(first_pass.clip, missed.frame)
    frames = _told(decode(first_pass.clip), DecodeLog(promised=len(first_pass.clip)), progress)
    looks = (Look(frame, None) for frame in frames if frame.index in wanted)
    more = across_poses(
        find(looks, first_pass.clip, detectors, first_pass.poses, scale=Scale.SECOND, closely=first_pass.closely)
    )
    looked = np.union1d(first_pass.looked, np.array(sorted(wanted), np.int32))
    # the looks by which tracks end stay those of the first pass: another scale may miss whom that one found
    return replace(first_pass, found=_merged(first_pass.found, missed, more), looked=looked)


def _also_in(poses: Sequence[Pose], first_pass: Scan, detectors: Sequence[Detector], progress: Progress) -> Scan:
    """Look in more POSES at every frame that FIRST_PASS looked at, at all of it; the clip is read again for that."""
    if not poses:
        return first_pass
    looked, fine = frozenset(first_pass.looked.tolist()), frozenset(first_pass.fine.tolist())
    frames = _told(decode(first_pass.clip), DecodeLog(promised=len(first_pass.clip)), progress)
    looks = (Look(frame, None, frame.index in fine) for frame in frames if frame.index in looked)
    more = find(looks, first_pass.clip, detectors, poses, scale=Scale.FIRST, closely=first_pass.closely)
    clip = replace(first_pass.clip, remarks=(*first_pass.clip.remarks, _remark(poses)))
    return replace(
        first_pass, clip=clip, found=across_poses([first_pass.found, *more]), poses=joined(first_pass.poses, poses)
    )


def _remark(poses: Sequence[Pose]) -> str:
    """Say that more was found in POSES than as the file says."""
    ways = " and ".join(map(str, poses))
    return (
        f"More people were found with the picture {ways} than as the file says, so it was looked at in that way too. "
        "The copy is shown as its master is."
    )


def _close_frames(clip: Clip, missed: NDArray[np.int32]) -> frozenset[int]:
    """Frames near those MISSED, at most one every CLOSE_S; those themselves are among them."""
    seconds = clip.times_s()
    near = np.abs(seconds[:, None] - seconds[np.unique(missed)][None]).min(axis=1) <= AROUND_S
    _, first = np.unique(np.floor(seconds / CLOSE_S), return_index=True)
    return frozenset(np.flatnonzero(near)[np.isin(np.flatnonzero(near), first)].tolist()) | frozenset(missed.tolist())


def _merged(detections: Detections, *more: Detections) -> Detections:
    """Add what MORE looks found to DETECTIONS, without what is there already on the same frame."""
    parts = [detections]
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


def _told(frames: Iterable[Frame], log: DecodeLog, progress: Progress) -> Iterator[Frame]:
    """Give FRAMES, and tell PROGRESS of each."""
    for frame in frames:
        yield frame
        progress("scan", frame.index + 1, log.promised or None)
