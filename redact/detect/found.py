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

__all__ = ["Scan"]


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
