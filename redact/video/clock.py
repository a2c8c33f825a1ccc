"""Times that run strictly forwards, whatever a recorder wrote."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redact.records import Clip
    from redact.video.probe import Source

__all__ = ["Clock"]

JUMP_S = Fraction(1)
"""Time that runs backwards by more than this is a clock that was set anew, not a late frame."""


@dataclass(slots=True)
class Clock:
    """Gives every frame a tick later than the one before."""

    step: int
    """Ticks between frames at the nominal rate."""
    jump: Fraction
    """Ticks backwards beyond which the recording's clock was set anew."""
    free_running: bool
    """Whether times are counted, because the stream carries none."""
    retimed: int = 0
    """Frames that did not keep the time they had."""
    set_back: int = 0
    """How often the recording's clock was set back."""
    _last: int | None = None
    _shift: int = 0

    @classmethod
    def of(cls, source: Source | Clip) -> Clock:
        """Make the clock for SOURCE."""
        step = max(1, round(1 / (source.rate * source.time_base)))
        jump = max(JUMP_S / source.time_base, Fraction(2 * step))
        return cls(step, jump, free_running=source.forced_rate is not None)

    def tick(self, pts: int | None) -> int:
        """Give the tick of the next frame, which says PTS."""
        if self.free_running:
            self._last = 0 if self._last is None else self._last + 1
        elif pts is None:
            self.retimed += 1
            self._last = 0 if self._last is None else self._last + self.step
        else:
            self._last = self._forward(pts)
        return self._last

    def _forward(self, pts: int) -> int:
        """Move PTS on if it is taken or past."""
        if self._last is None:
            return pts
        due = pts + self._shift
        if self._last - due > self.jump:
            self.set_back += 1
            self._shift += self._last + self.step - due
            due = self._last + self.step
        moved = max(due, self._last + 1)
        self.retimed += moved != pts
        return moved
