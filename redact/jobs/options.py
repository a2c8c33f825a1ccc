"""How one job is to be done, besides what its request says of the copy."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from redact.jobs.tasks import Making
    from redact.verify.acceptance import Acceptance

__all__ = ["DEFAULTS", "Options"]

PIECE_S = Fraction(60)
"""Seconds of the pieces that a long copy is made of, where nobody asks for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a release is made of a clip."""

    fps: Fraction | None = None
    """Frames a second, where the file has no times."""
    stream: int | None = None
    """Index of the video stream, where several carry on."""
    accept_damage: bool = False
    """Whether a gap in the master is accepted."""
    accept: Acceptance | None = None
    """The findings of a second look that the operator lets stand."""
    name: str | None = None
    """What the results are called before their endings, by default after the clip."""
    supersede: bool = False
    """Whether an earlier release is to be marked as superseded."""
    photographs: Sequence[Path] = ()
    """Of whom may be meant to stay visible: they only suggest whom to point at, and nothing is made."""
    inputs: Sequence[Path] = ()
    """What is read besides the clip, and must never be replaced."""
    workers: int = 1
    """Pieces of a long copy that are made side by side."""
    helpers: Making | None = None
    """What makes them, where it is not whoever makes the copy."""
    piece_s: Fraction = PIECE_S
    """Seconds of a piece."""


DEFAULTS = Options()
