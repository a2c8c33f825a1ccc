"""Whether a clip can be worked on as asked: what a request names lies in it, and nothing of it is lost unaccepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redact.advice import Given
from redact.errors import InputUnusable, UsageProblem
from redact.request.choices import Audio
from redact.request.model import format_time
from redact.video.reach import ends_before

if TYPE_CHECKING:
    from fractions import Fraction

    from redact.advice import Part
    from redact.records.clip import Clip, Source
    from redact.request.model import Keep, Request

__all__ = ["check_asked", "check_damage"]


def check_asked(request: Request, source: Source) -> None:
    """Raise UsageProblem where REQUEST names a time or a point that cannot be in SOURCE.

    What the file does not tell for certain is left to the scan, which knows every frame.
    """
    for keep in request.keep:
        _check_point(keep, source)
    span = (request.span.start, request.span.end) if request.span else ()
    _check_time(max((*(keep.at for keep in request.keep), *span), default=None), source)
    if request.audio is Audio.KEEP:  # a silence may well end later
        _check_time(max((mute.start for mute in request.mute), default=None), source, sound=True)


def _check_time(time: Fraction | None, source: Source, *, sound: bool = False) -> None:
    """Raise UsageProblem where SOURCE surely ends before TIME."""
    end = None if time is None else ends_before(source, time, sound=sound)
    if time is not None and end is not None:
        message = f"The time {format_time(time)} is outside the clip, which ends at {format_time(end)}."
        raise UsageProblem(message, "Give a time within it.")


def _check_point(keep: Keep, source: Source) -> None:
    """Raise UsageProblem where KEEP points beside the picture, in px as stored and in px as players stretch them."""
    width, height = source.size_as_seen
    stretch = max(source.sample_aspect_ratio, 1 / source.sample_aspect_ratio) if source.sample_aspect_ratio else 1
    if keep.x >= width * stretch or keep.y >= height * stretch:
        message = f"The point {keep.x}, {keep.y} is outside the picture, which is {width} x {height} px as seen."
        raise UsageProblem(message, "Give a point in it, in px from the top left.")


def check_damage(clip: Clip, accepted: bool) -> None:
    """Raise InputUnusable where pictures are lost and nobody ACCEPTED that."""
    if clip.damage.lost and not accepted:
        lost = clip.damage.lost
        notes = " ".join(clip.damage.notes)
        message = f"{clip.path} has {lost} place{'s' * (lost != 1)} where no picture could be decoded. {notes}"
        remedy: tuple[Part, ...] = (
            "Ask for the file again; or accept the gap with ",
            Given.ACCEPT_DAMAGE,
            ", and the report will say so.",
        )
        raise InputUnusable(message.strip(), *remedy)
