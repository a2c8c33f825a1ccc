"""What a person draws on a clip, where they know better than the networks: regions through time, and what is nobody."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction

    from redact.records.boxes import Box

__all__ = ["DRAWS", "Drawing", "Drawn", "Key"]


class Drawing(StrEnum):
    """What is drawn. Records name it so: a name that was given stays."""

    HIDE = "hide"
    """A region is hidden."""
    HIDE_BUT = "hide-but"
    """All is hidden but a region, in which whatever is hidden anyway stays so."""
    NOBODY = "nobody"
    """The boxes of one subject hide nothing for a while: nothing is there."""
    EXTEND = "extend"
    """The mask of one subject goes on."""
    MUTE = "mute"
    """The sound is silent for a while."""


DRAWS = (Drawing.HIDE, Drawing.HIDE_BUT, Drawing.EXTEND)
"""What makes boxes; the others take them away, or are heard."""


class Key(NamedTuple):
    """Where a region is on one frame; between two of them it goes straight on."""

    frame: int
    """Index into Clip.pts."""
    place: Box
    """xyxy px of the upright picture, half-open."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One thing that was drawn."""

    what: Drawing
    frames: tuple[int, int]
    """Half-open range of frames of the clip."""
    keys: tuple[Key, ...] = ()
    """Where the region is, in order of frames; before the first and after the last it stays as it is there."""
    subject: str = ""
    """Whom it is about: of what is nobody, and whose mask goes on."""
    times: tuple[Fraction, Fraction] | None = None
    """From when to when the sound is silent, seconds as a player shows them."""

    def __post_init__(self) -> None:
        """Check that it draws something, in order."""
        first, end = self.frames
        numbers = [key.frame for key in self.keys]
        if first < 0 or end <= first or numbers != sorted(set(numbers)):
            message = f"Drawn needs frames and keys in order, not {self.frames} and {numbers}"
            raise ValueError(message)
        if bool(self.keys) is not (self.what in DRAWS):
            message = f"Drawn {self.what.value} {'needs keys' if self.what in DRAWS else 'has no keys'}"
            raise ValueError(message)
