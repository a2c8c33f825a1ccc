"""The times of a clip's frames in whole microseconds, as a page is told them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st

from redact.request.times import microseconds

BASES = [Fraction(1, 90_000), Fraction(1001, 30_000), Fraction(1, 10**9), Fraction(1, 25), Fraction(3, 7)]


@given(st.lists(st.integers(-(10**9), 10**12), unique=True, max_size=20), st.sampled_from(BASES), st.integers(-9, 9))
def test_each_is_the_nearest(ticks: list[int], base: Fraction, zero: int) -> None:
    """None is further than half a microsecond from where it is by the clock of the file, however long the clip."""
    clip = replace(clip_of(frames=1), pts=np.array(sorted(ticks), np.int64), time_base=base)
    found = microseconds(clip, zero)
    assert len(found) == len(ticks)
    for told, tick in zip(found, sorted(ticks), strict=True):
        assert abs(told - (tick - zero) * base * 1_000_000) <= Fraction(1, 2)
