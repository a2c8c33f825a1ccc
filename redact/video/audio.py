"""What becomes of the sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = ["Sound"]


@dataclass(frozen=True, slots=True)
class Sound:
    """Whether the copy has sound, and where it is silent. By default it has none."""

    keep: bool = False
    """Every track of the master passes, else none."""
    mute: tuple[tuple[Fraction, Fraction], ...] = ()
    """Half-open spans in seconds of the master that become silence on every track."""

    def __post_init__(self) -> None:
        """Check that every span runs forwards."""
        for start, end in self.mute:
            if end <= start:
                message = f"Sound.mute spans must end after they start, but one runs from {start} s to {end} s"
                raise ValueError(message)
