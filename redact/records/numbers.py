"""Arithmetic that is asked for on every frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["median"]


def median(values: NDArray[np.float32]) -> float:
    """Middle one of VALUES, of which there is one at least; of two the larger. Several times faster than NumPy's."""
    half = values.size // 2
    return float(np.partition(values, half, axis=None)[half])
