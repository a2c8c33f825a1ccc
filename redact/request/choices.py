"""What a request chooses from, word by word. Nothing else is imported here: the options of the commands read it."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["NATIVE", "OUTCOMES", "PHOTOGRAPHS", "Audio", "Hide", "RequestKind", "Unexplained"]


class RequestKind(StrEnum):
    """Who is asking. It decides nothing by itself; of the police's the report says what they normally receive."""

    SAR = "sar"
    THIRD_PARTY = "third-party"
    POLICE = "police"
    STATUTORY = "statutory"
    """An agency that the law entitles to ask, other than the police."""


NATIVE = frozenset({RequestKind.POLICE, RequestKind.STATUTORY})
"""Those who normally receive the master bit for bit."""


class Hide(StrEnum):
    """What is hidden unless it is kept."""

    PEOPLE = "people"
    FACES = "faces"
    PLATES = "plates"


class Audio(StrEnum):
    """What becomes of the sound."""

    MUTE = "mute"
    KEEP = "keep"


class Unexplained(StrEnum):
    """What becomes of something that moves and that nobody was found in."""

    REVIEW = "review"
    """Whoever makes the copy is told where it is."""
    HIDE = "hide"
    IGNORE = "ignore"


PHOTOGRAPHS = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
"""What the name of a photograph ends in; it suggests who may be meant, in the place of a point that says who is."""

OUTCOMES = ("answered", "withdrawn", "nothing-held", "opened-in-error")
"""How a request can end that is not refused."""
