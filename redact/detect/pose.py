"""How pictures are shown to the networks: which way round, and with pixels of which shape.

A tag in a file's header says how a picture is shown, and may be wrong. No such tag decides alone what the networks see.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from redact.records.orientation import UPRIGHT, Orientation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redact.records.clip import Clip, Source

__all__ = ["CODED", "Pose", "by_tags", "joined", "ways"]

LEAST_USUAL, MOST_USUAL = Fraction(3, 4), Fraction(3, 2)
"""Width over height of a pixel within which people are found whether it is minded or not; all of television is."""


@dataclass(frozen=True, slots=True)
class Pose:
    """One way to show the coded pictures of a clip to the networks."""

    orientation: Orientation
    """Which way round."""
    aspect: Fraction
    """Width over height of a coded pixel."""
    doubtful: bool = field(default=False, compare=False)
    """Whether people were seen so much worse in it than as tagged that a face in nobody is taken for none."""

    def __str__(self) -> str:
        """For people: the turn, and the shape of a pixel where it is not square."""
        aspect = self.aspect
        return f"{self.orientation}" + (f", pixels {aspect.numerator}:{aspect.denominator}" if aspect != 1 else "")

    @classmethod
    def tagged(cls, source: Source | Clip) -> Pose:
        """As the file says that SOURCE is shown."""
        return cls(source.orientation, source.sample_aspect_ratio or Fraction(1))


CODED = Pose(UPRIGHT, Fraction(1))
"""As the picture is coded, whatever the file says."""


def by_tags(source: Source | Clip) -> tuple[Pose, ...]:
    """Give the poses to look at SOURCE in, by its tags alone: as tagged first, and as coded where the tag is unusual.

    A mirror alone needs no look of its own: the networks find people in one as well.
    """
    tagged = Pose.tagged(source)
    usual = LEAST_USUAL <= tagged.aspect <= MOST_USUAL and not tagged.orientation.turns
    return (tagged,) if usual else joined((tagged,), (CODED,))


def joined(some: Iterable[Pose], more: Iterable[Pose]) -> tuple[Pose, ...]:
    """Give SOME poses and MORE, each once, in their order."""
    return tuple(dict.fromkeys((*some, *more)))


def ways(poses: Iterable[Pose]) -> tuple[Orientation, ...]:
    """Give the ways round that POSES show a picture, each once."""
    return tuple(dict.fromkeys(pose.orientation for pose in poses))
