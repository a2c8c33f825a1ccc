"""Check the finished copy against its master, its plan and its watermark, before it gets its name.

Two decoders run side by side, one over the master and one, another program, over the copy; each pair of frames is
seen once by everything that has to look at it. What is only a property of the files is checked beside that.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from redact.errors import VerificationFailed
from redact.paint.compositor import Independence, Painter, hide_whole, is_hidden_whole, luma_of
from redact.paint.render import frames_of
from redact.pipe import prefetch
from redact.progress import silent
from redact.records.clip import Frame
from redact.records.kinds import CheckName
from redact.records.plan import Check
from redact.records.tracks import Detections
from redact.verify.as_shown import as_shown
from redact.verify.chroma import Chroma
from redact.verify.evidence import Worst
from redact.verify.file_checks import Times, form, master_unchanged, metadata, sound_as_asked, times_in_file
from redact.verify.frame_checks import Masks, Scene
from redact.verify.pair import Pair
from redact.verify.second_look import SecondLook
from redact.verify.second_reading import second_reading, tell
from redact.verify.seen import Seen
from redact.verify.strength import Strength
from redact.verify.strip_check import StripCheck
from redact.video.geometry import picture
from redact.video.second import second_decode
from redact.watermark.strip import lay_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from fractions import Fraction
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from redact.paint.spec import CopySpec
    from redact.progress import Progress
    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan
    from redact.records.tracks import Detector
    from redact.verify.acceptance import Acceptance
    from redact.verify.evidence import Evidence
    from redact.verify.findings import Finding
    from redact.verify.pair import Watch
    from redact.video.audio import Sound

    Expected = tuple[Frame, Frame]
    Decoded = tuple[Fraction, tuple[NDArray[Any], ...]]

__all__ = ["Verification", "conclude", "look_through", "stamp", "verify"]

AHEAD = (3, 8)
"""Pictures that each decoder may be ahead, at least and at most; all that is held in memory."""

AHEAD_PX = 4_000_000
"""px of them together: small pictures are cheap to hold, and the networks work in bursts."""


EARLIER_S = 10
"""Where a copy begins in the middle of its master, that is entered here so many seconds earlier than for the copy: a
picture that depends on where decoding began would be another one."""

WITH_EVIDENCE = (CheckName.MASKS, CheckName.STRENGTH, CheckName.SCENE, CheckName.WATERMARK)
"""Checks that keep the worst that they have seen, as pictures."""

FILE_CHECKS = 5
"""Checks of `_files`: all are made while the pictures are compared."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What is compared with what."""

    copy: Path
    clip: Clip
    plan: MaskPlan
    paint: Painter
    independence: Independence


@dataclass(frozen=True, slots=True, eq=False)
class Verification:
    """What was measured on a copy."""

    checks: tuple[Check, ...]
    findings: Detections
    """What the second look saw outside the masks and nobody accepted, px of the coded master picture."""
    told: tuple[Finding, ...] = ()
    """The same by name and with pictures, and what was accepted."""
    unheard: tuple[str, ...] = ()
    """Sentences on what of the sound that was asked for is not in the copy, from whoever wrote it."""
    evidence: tuple[Evidence, ...] = ()
    """Where the checks of the pictures failed, the worst of each."""

    @property
    def passed(self) -> bool:
        """Whether every check passed, and there was one."""
        return bool(self.checks) and all(check.passed for check in self.checks)


def verify(
    copy: Path,
    spec: CopySpec,
    detectors: Sequence[Detector],
    *,
    accept: Acceptance | None = None,
    progress: Progress = silent,
) -> Verification:
    """Check everything that is claimed of the COPY that was made by SPEC.

    ACCEPT are the findings that the operator lets stand. Raises SourceChanged where the master no longer gives the
    frames that were scanned.
    """
    return conclude(copy, spec, lambda: look_through(copy, spec, detectors, accept=accept, progress=progress))


def conclude(copy: Path, spec: CopySpec, seen: Callable[[], Seen], *more: Check) -> Verification:
    """Check the file of the COPY made by SPEC, while its pictures are SEEN; what MORE was checked stands before that.

    Raises SourceChanged as `verify` does.
    """
    clip, plan = spec.clip, spec.plan
    shape = form(copy, clip, lay_out(clip))
    if not shape.passed:  # nothing in it would be where it is looked for
        return Verification((master_unchanged(clip), shape), Detections.none())
    before = stamp(clip.path)
    with (
        prefetch(_files(copy, clip, plan, spec.sound), depth=FILE_CHECKS) as files,
        prefetch((times_in_file(clip) for _ in range(1)), depth=1) as listed,
    ):
        looked = seen()
        strange = next(listed)
        master, heard, tags, *by_another = files
    if stamp(clip.path) != before:
        master = master_unchanged(clip)
    broken = [Check(CheckName.DECODING, passed=False, found=looked.broken)] if looked.broken else []
    watched = (looked.times.result(strange), *(tally.result() for tally in looked.tallies))
    checks = (master, shape, *more, *by_another, *broken, *watched, heard, tags)
    return Verification(checks, looked.look.found, looked.look.told, evidence=looked.evidence)


def look_through(
    copy: Path,
    spec: CopySpec,
    detectors: Sequence[Detector],
    *,
    accept: Acceptance | None = None,
    progress: Progress = silent,
) -> Seen:
    """See every picture of the COPY that was made by SPEC, whose form is right, beside what it was to be.

    Raises SourceChanged as `verify` does.
    """
    clip, plan, mark, overlay = spec.clip, spec.plan, spec.mark, spec.overlay
    paint = Painter(clip, plan, mark, overlay=overlay)
    independence = Independence(clip, plan, mark, overlay=overlay)
    worst = {name: Worst(name, clip) for name in WITH_EVIDENCE}
    times, masks, strength = (
        Times(clip, plan),
        Masks(worst[CheckName.MASKS]),
        Strength(worst[CheckName.STRENGTH], independence),
    )
    last = plan.frames[1] - 1
    scene, colours = Scene(last, worst[CheckName.SCENE]), Chroma(last)
    strip = StripCheck(mark, clip, plan, paint.strip, paint.layout, worst[CheckName.WATERMARK])
    look = SecondLook(detectors, spec, paint.layout, accept=accept)
    with look.beside():
        job = _Job(copy, clip, plan, paint, independence)
        broken = _watch(job, times, (masks, strength, scene, colours, look, strip), progress)
    evidence = tuple(place for each in worst.values() for place in each.told())
    return Seen(
        times=times.tally,
        masks=masks.tally,
        strength=strength.tally,
        scene=scene.tally,
        colours=colours.tally,
        look=look.tally,
        strip=strip.tally,
        broken=broken,
        evidence=evidence,
    )


def _watch(job: _Job, times: Times, watches: Sequence[Watch], progress: Progress) -> str:
    """Let TIMES and WATCHES see every frame. Gives a sentence where the copy does not decode, else nothing."""
    first, end = job.plan.frames
    try:
        with _both(job) as pairs:
            for number, (expected, decoded) in enumerate(pairs, 1):
                if decoded is not None:
                    times.see(decoded[0])
                if expected is not None and decoded is not None:
                    pair = _pair(expected, decoded[1], job)
                    for watch in watches:
                        watch.see(pair)
                progress("verify", min(number, end - first), end - first)
    except VerificationFailed as problem:
        return problem.what
    return ""


@contextmanager
def _both(job: _Job) -> Iterator[Iterable[tuple[Expected | None, Decoded | None]]]:
    """Give frame by frame what the copy was to be and what it is; None where one of them has ended."""
    ahead = min(AHEAD[1], max(AHEAD[0], AHEAD_PX // (job.clip.width * job.clip.height)))
    with (
        prefetch(frames_of(job.clip, job.plan, earlier_s=EARLIER_S), ahead) as frames,
        prefetch(_expected(frames, job), ahead) as expected,
        prefetch(second_decode(job.copy, job.clip, job.paint.layout), ahead) as decoded,
    ):
        yield zip_longest(expected, decoded)


def _expected(frames: Iterable[Frame], job: _Job) -> Iterator[Expected]:
    """Give FRAMES, each with what the copy was to be. Damaged is here what the scan found damaged."""
    known = frozenset(job.clip.damage.hidden.tolist())
    for frame in frames:
        frame.damaged = frame.index in known
        painted = job.paint(frame)
        job.independence.see(frame, painted)
        yield frame, painted


def _pair(expected: Expected, planes: tuple[NDArray[Any], ...], job: _Job) -> Pair:
    """Put one frame of the copy beside its master."""
    (frame, painted), clip = expected, job.clip
    wanted = luma_of(painted, clip, job.paint.layout)
    copied = luma_of(Frame(frame.index, frame.pts, planes, None, damaged=False), clip, job.paint.layout)
    boxes, tracks = job.plan.boxes(frame.index), job.plan.track[job.plan.rows(frame.index)]
    # where damage begins and ends is not told alike by every decoding: a frame may have been hidden to be safe
    hidden = frame.damaged or (len(clip.damage.hidden) > 0 and is_hidden_whole(copied))
    if hidden:
        boxes, tracks = np.array([[0, 0, clip.width, clip.height]], np.int32), np.full(1, -1, np.int32)
        hide_whole(picture(painted, clip, job.paint.layout))
    return Pair(
        index=frame.index,
        master=frame.planes[0],
        wanted=wanted,
        copy=copied,
        painted=painted.planes[0],
        planes=planes,
        boxes=boxes,
        tracks=tracks,
        whole=painted.planes,
    )


def _files(copy: Path, clip: Clip, plan: MaskPlan, sound: Sound) -> Iterator[Check]:
    """Check what needs no pictures: the master's bytes, the copy's sound and tags."""
    yield master_unchanged(clip)
    yield sound_as_asked(copy, clip, plan, sound)
    yield metadata(copy)
    yield from _seen_by_another(copy, clip, plan)


def _seen_by_another(copy: Path, clip: Clip, plan: MaskPlan) -> Iterator[Check]:
    """Hold COPY and master against what a program says and shows of both that shares nothing with the scan."""
    try:
        readings = tell(copy, clip)
        yield second_reading(readings, clip, plan)
        yield as_shown(copy, clip, plan, readings)
    except VerificationFailed as problem:
        yield Check(CheckName.SECOND_READING, passed=False, found=problem.what)


def stamp(path: Path) -> tuple[int, ...]:
    """What changes when the file at PATH is written to or put in another's place; empty where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return ()
    return facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino
