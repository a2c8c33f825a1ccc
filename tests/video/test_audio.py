"""What becomes of the sound."""

from __future__ import annotations

from fractions import Fraction

import pytest

from redact.video.audio import Sound


def test_by_default_there_is_none() -> None:
    """Nothing is kept that nobody asked for."""
    assert Sound() == Sound(keep=False, mute=())


def test_spans_run_forwards() -> None:
    """One span, or many."""
    Sound(keep=True, mute=((Fraction(0), Fraction(1, 10)), (Fraction(5), Fraction(6))))


@pytest.mark.parametrize("end", [Fraction(2), Fraction(1)])
def test_a_span_that_does_not_is_refused(end: Fraction) -> None:
    """An empty or inverted span would leave audible what someone meant to silence."""
    with pytest.raises(ValueError, match="must end after they start, but one runs from 2 s"):
        Sound(keep=True, mute=((Fraction(2), end),))
