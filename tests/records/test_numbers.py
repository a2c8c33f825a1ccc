"""Arithmetic on every frame against the slow way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from redact.records.numbers import median

if TYPE_CHECKING:
    from numpy.typing import NDArray


def test_the_median_of_one_is_that_one() -> None:
    """However many sides the array has."""
    assert median(np.array([[7]], np.float32)) == 7


def test_the_median_of_two_is_the_larger() -> None:
    """It is always a value that was there, never one between two."""
    assert median(np.array([5, 1], np.float32)) == 5
    assert median(np.array([[1, 2], [3, 4]], np.float32)) == 3


@given(arrays(np.float32, array_shapes(max_dims=3, max_side=9), elements=st.floats(-1e6, 1e6, width=32)))
def test_the_median_stands_in_the_middle_once_sorted(values: NDArray[np.float32]) -> None:
    """And the values stay as they are."""
    before = values.copy()
    assert median(values) == np.sort(values, axis=None)[values.size // 2]
    assert np.array_equal(values, before)
