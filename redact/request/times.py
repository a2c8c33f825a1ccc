"""Times as people say them: seconds as a player shows them, and which frame is on screen then."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np

from redact.errors import UsageProblem
from redact.request.model import format_time
from redact.video.clock import offset

if TYPE_CHECKING:
    from fractions import Fraction

    from redact.records.clip import Clip
    from redact.request.model import Span

__all__ = ["frame_at", "frames_in", "microseconds", "shown"]


def shown(clip: Clip, index: int) -> Fraction:
    """Seconds at which a player shows frame INDEX: the master's own, from 0 where its clock starts elsewhere."""
    return (int(clip.pts[index]) - offset(clip)) * clip.time_base


def microseconds(clip: Clip, zero: int = 0) -> list[int]:
    """Give the time of every frame of CLIP in whole microseconds, the nearest, where the tick ZERO is none.

    It is reckoned in whole numbers: of an hour there are 90,000, and somebody waits for them.
    """
    up, down = (2_000_000 * clip.time_base).as_integer_ratio()
    return [((tick - zero) * up + down) // (2 * down) for tick in clip.pts.tolist()]


def frame_at(clip: Clip, seconds: Fraction) -> int:
    """Give the frame on screen at SECONDS. Raises UsageProblem where the clip does not reach there."""
    ticks = seconds / clip.time_base + offset(clip)
    last = shown(clip, len(clip) - 1) + 1 / clip.rate
    if seconds > last or ticks < 0:
        reach = f"from {format_time(shown(clip, 0))} to {format_time(last)}"
        message = f"The time {format_time(seconds)} is outside the clip, which runs {reach}."
        raise UsageProblem(message, "Give a time within it.")
    return max(0, int(np.searchsorted(clip.pts, floor(ticks), "right")) - 1)


def frames_in(clip: Clip, span: Span | None) -> tuple[int, int]:
    """Half-open range of frames on screen during SPAN, or all. Raises UsageProblem where it is outside the clip."""
    if span is None:
        return 0, len(clip)
    first = frame_at(clip, span.start)
    frame_at(clip, span.end)
    ticks = span.end / clip.time_base + offset(clip)
    return first, max(first + 1, int(np.searchsorted(clip.pts, ceil(ticks), "left")))
