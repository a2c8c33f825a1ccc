"""One frame of the copy beside what it was made of and what it was to be; and whoever looks at every one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.verify.tally import Tally

__all__ = ["Pair", "Watch"]


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One frame of the copy beside its master. Planes are luma of the picture part, (h, w) uint8 or uint16."""

    index: int
    """Of the master's frame."""
    master: NDArray[Any]
    wanted: NDArray[Any]
    """As it was to be written."""
    copy: NDArray[Any]
    """As it was decoded."""
    painted: NDArray[Any]
    """Luma of the whole copy, watermark and all, as it was to be written."""
    planes: tuple[NDArray[Any], ...]
    """All planes of the whole copy, as decoded."""
    boxes: NDArray[np.int32]
    """(k, 4) px hidden on this frame."""
    tracks: NDArray[np.int32]
    """(k,) whose they are; -1 where nobody's."""
    whole: tuple[NDArray[Any], ...] = ()
    """All planes of the whole copy, as they were to be written."""

    @property
    def depth(self) -> int:
        """Bits of a sample."""
        return 8 if self.master.dtype == np.uint8 else 10


class Watch(Protocol):
    """Something that sees every frame of the copy and has one thing to say in the end."""

    def see(self, pair: Pair) -> None:
        """Look at one frame."""
        ...

    @property
    def tally(self) -> Tally:
        """What was counted."""
        ...
