"""One frame of a copy beside its master, for whoever looks at both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from redact.verify.pair import Pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["pair_of"]


def pair_of(
    master: NDArray[Any], wanted: NDArray[Any], copy: NDArray[Any], boxes: Sequence[Sequence[int]] = (), index: int = 0
) -> Pair:
    """Give frame INDEX of MASTER, as WANTED, and of the COPY, all grey: the n-th of BOXES is of track n."""
    return Pair(
        index=index,
        master=master,
        wanted=wanted,
        copy=copy,
        painted=wanted,
        planes=(copy,),
        boxes=np.array(boxes, np.int32).reshape(-1, 4),
        tracks=np.arange(len(boxes), dtype=np.int32),
    )
