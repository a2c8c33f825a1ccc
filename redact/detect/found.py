"""What the first pass gives: what was found in a clip, where it was looked, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from redact.detect.pose import Pose
    from redact.records.clip import Clip
    from redact.records.tracks import Detections, Tracks

__all__ = ["Looks", "Scan"]


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Which frames the networks looked at, and how."""

    frames: NDArray[np.int32]
    """(k,) increasing."""
    closely: bool = False
    """Whether closely, because it matters who is who."""
    poses: tuple[Pose, ...] = ()
    """How the pictures were shown to them, as tagged first; none where only the clip's tags are known."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """What the first pass found."""

    clip: Clip
    found: Detections
    """px of the coded picture."""
    looked: NDArray[np.int32]
    """(k,) frames that the networks looked at, increasing."""
    whole: NDArray[np.int32]
    """Those of them that were looked at whole; of the others only the half in which something moved."""
    fine: NDArray[np.int32]
    """Those of them at which closer looks were taken too: what is small may be found at no other."""
    cuts: NDArray[np.int32]
    """(c,) first frames after a hard cut."""
    closely: bool
    """Whether it looked closely, because it matters who is who."""
    moved: Tracks
    """What moved before a camera that stood still, whatever it is; px of the coded picture."""
    poses: tuple[Pose, ...]
    """How the pictures were shown to the networks, as tagged first; a look is one in every pose."""

    @property
    def looks(self) -> Looks:
        """All looks together, whole or at a half."""
        return Looks(self.looked, self.closely, self.poses)
