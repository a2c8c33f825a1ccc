"""Write the redacted copy: every frame of the plan, masked and marked, at the master's own time."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING, cast

import numpy as np

from redact.paint.compositor import Painter
from redact.pipe import prefetch
from redact.progress import silent
from redact.video.decode import decode
from redact.video.encode import write
from redact.video.entering import Unproven, entered

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    from redact.paint.spec import CopySpec
    from redact.progress import Progress
    from redact.records.clip import Clip, Frame
    from redact.records.plan import MaskPlan

__all__ = ["frames_of", "render"]

AHEAD = 4
"""Pictures that decoding and painting may be ahead, each; all that is held in memory."""


def render(spec: CopySpec, path: Path, *, progress: Progress = silent) -> tuple[str, ...]:
    """Encode the frames of the copy that SPEC asks for to PATH. Decoding, painting and encoding overlap.

    Gives sentences on what of the sound that was asked for is not in the copy. Raises SourceChanged where the clip is
    not what was scanned, OSError where PATH cannot be written.
    """
    clip, plan = spec.clip, spec.plan
    paint = Painter(clip, plan, spec.mark, overlay=spec.overlay)
    with prefetch(frames_of(clip, plan), AHEAD) as frames, prefetch(map(paint, frames), AHEAD) as painted:
        return write(_told(painted, plan, progress), path, clip, paint.layout, spec.sound, span=plan.frames)


def frames_of(clip: Clip, plan: MaskPlan, *, earlier_s: int = 0) -> Iterator[Frame]:
    """Decode the frames that PLAN is to show, in order.

    Where they begin in the middle, the file is entered there, or EARLIER_S seconds before, if it can be shown which
    frame is which; else it is decoded from its start. Raises SourceChanged where there are fewer.
    """
    due, end = plan.frames
    if due:
        with suppress(Unproven), closing(entered(clip, _before(clip, due, earlier_s))) as frames:
            for frame in frames:
                if frame.index >= due:
                    due += 1
                    yield frame
                if due == end:
                    return
    with closing(cast("Generator[Frame]", decode(clip))) as frames:
        for frame in frames:
            if frame.index >= due:
                yield frame
            if frame.index + 1 == end and end < len(clip):
                return


def _before(clip: Clip, index: int, seconds: int) -> int:
    """Give the frame that is shown so many SECONDS before frame INDEX, or the first."""
    tick = int(clip.pts[index]) - round(seconds / clip.time_base)
    return int(np.searchsorted(clip.pts[:index], tick))


def _told(frames: Iterable[Frame], plan: MaskPlan, progress: Progress) -> Iterator[Frame]:
    """Give FRAMES, and tell PROGRESS of each."""
    first, end = plan.frames
    for frame in frames:
        yield frame
        progress("render", frame.index + 1 - first, end - first)
