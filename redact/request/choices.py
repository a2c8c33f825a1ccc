"""What a request chooses from, word by word. Nothing else is imported here: the options of the commands read it."""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction

__all__ = [
    "FOUND",
    "KINDS_HELP",
    "NATIVE",
    "OUTCOMES",
    "PHOTOGRAPHS",
    "Audio",
    "Hide",
    "RequestKind",
    "Unexplained",
    "parse_rate",
]


class RequestKind(StrEnum):
    """Who is asking. It decides nothing by itself; of the police's the report says what they normally receive."""

    SAR = "sar"
    THIRD_PARTY = "third-party"
    POLICE = "police"
    STATUTORY = "statutory"
    """An agency that the law entitles to ask, other than the police."""
    FOI = "foi"
    """Freedom of information: what is given to one is given to the world."""
    TENANT = "tenant-access"
    """A tenant of social housing, under the access scheme that begins on 1 April 2027."""
    COMPLAINT = "complaint"
    """That somebody's data were not used as they should be (Data Protection Act 2018, section 164A)."""


KINDS_HELP = " or ".join((", ".join(f'"{kind}"' for kind in [*RequestKind][:-1]), f'"{[*RequestKind][-1]}"'))
"""What a file accepts as a kind."""

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

FOUND = ("upheld", "partly-upheld", "not-upheld")
"""What can come of a complaint."""

OUTCOMES = ("answered", "withdrawn", "nothing-held", "opened-in-error", *FOUND)
"""How a request can end that is not refused."""


FASTEST = 1000
"""Frames per second above which a rate is a slip of the pen."""

RATE = re.compile(r"[0-9]+(\.[0-9]+)?|[0-9]+/[0-9]+")
"""How a rate is written: 1e99999999 would be worked out digit by digit."""


def parse_rate(text: str) -> Fraction:
    """Read frames per second exactly: 25, 12.5 or 30000/1001. Raises ValueError."""
    try:
        rate = Fraction(text) if RATE.fullmatch(text) else Fraction(0)
    except ZeroDivisionError:
        rate = Fraction(0)
    if not 0 < rate <= FASTEST:
        message = f"{text} is no number of frames per second"
        raise ValueError(message)
    return rate
