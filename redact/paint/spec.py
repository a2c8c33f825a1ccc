"""What a copy is to be: rendered from it, held against it, and written down in the manifest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from redact.records.kinds import Kind
from redact.records.tracks import Detections
from redact.video.audio import Sound
from redact.video.clock import offset

if TYPE_CHECKING:
    from fractions import Fraction

    from redact.detect.found import Looks
    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan
    from redact.watermark.mark import Mark

__all__ = ["CopySpec"]


@dataclass(frozen=True, slots=True, eq=False)
class CopySpec:
    """One copy, before it is made."""

    clip: Clip
    plan: MaskPlan
    mark: Mark
    looks: Looks
    """Those by which everybody was found."""
    sound: Sound = field(default_factory=Sound)
    overlay: bool = False
    """Whether the mark stands across the picture as well."""
    kinds: tuple[Kind, ...] = tuple(Kind)
    """What is looked for and hidden: the request's kinds, and faces where it hides people."""
    visible: Detections = field(default_factory=Detections.none)
    """Boxes of those whom it shows, px of the coded picture."""

    @property
    def offset(self) -> Fraction:
        """Seconds by which the copy's times are less than the master's."""
        return offset(self.clip, self.plan.frames) * self.clip.time_base
