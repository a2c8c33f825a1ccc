"""The kinds of things: what a box is around and why, how it is hidden, and what was decided."""

from __future__ import annotations

from enum import IntEnum, StrEnum

__all__ = ["CheckName", "Cover", "Kind", "Origin", "SealName", "Standing", "Style", "Verdict"]


class Kind(IntEnum):
    """What a box is around."""

    PERSON = 0
    FACE = 1
    PLATE = 2


class Origin(IntEnum):
    """Why a box is where it is."""

    SEEN = 0
    """A network found it on this very frame."""
    FILLED = 1
    """Between two sightings of the same track."""
    EXTENDED = 2
    """Before the first sighting of a track or after the last."""
    DRAWN = 3
    """A person drew it."""


class Style(StrEnum):
    """What is painted over a hidden region."""

    BLUR = "blur"
    FILL = "fill"
    PIXELATE = "pixelate"


class Cover(StrEnum):
    """How much of a person is hidden."""

    BODY = "body"
    HEAD = "head"
    FACE = "face"


class Standing(StrEnum):
    """What a subject is, as far as the program can tell."""

    PERSON = "person"
    """Somebody, or a vehicle, on certain sightings."""
    THING = "thing?"
    """What never moves and is never more than weak: a poster, a bag, a pole. Or somebody who sits still, far away."""
    UNCLEAR = "unclear"
    """What is left: moments at which it cannot be told who is who. Always hidden."""


class Verdict(StrEnum):
    """What was decided of a subject."""

    VISIBLE = "visible"
    HIDDEN = "hidden"


class CheckName(StrEnum):
    """What is checked of a finished copy. Manifests name checks so: a name that was given stays."""

    MASTER = "master"
    FORM = "form"
    PIECES = "pieces"
    DECODING = "decoding"
    TIMES = "times"
    MASKS = "masks"
    STRENGTH = "strength"
    SCENE = "scene"
    SECOND_READING = "second reading"
    AS_SHOWN = "as shown"
    COLOURS = "colours"
    SECOND_LOOK = "second look"
    WATERMARK = "watermark"
    SOUND = "sound"
    METADATA = "metadata"


class SealName(StrEnum):
    """What whoever received a release checks of it, besides decoding, times and watermark."""

    ENVELOPE = "envelope"
    ARCHIVE = "archive"
    SIGNATURE = "signature"
    FILES = "files"
    RECORD = "record"
    APPROVAL = "approval"
    MANIFEST = "manifest"
    COPY = "copy"
    RECORDED_CHECKS = "recorded checks"
