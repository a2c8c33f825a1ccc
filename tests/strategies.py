"""Anything at all, within what can be: clips of every format and size, and boxes in them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from clips import clip_of
from hypothesis import strategies as st

from redact.records.clip import Color
from redact.records.orientation import EVERY
from redact.video.formats import FORMATS

if TYPE_CHECKING:
    from redact.records.clip import Clip

__all__ = ["boxes", "clips"]


@st.composite
def clips(draw: st.DrawFn, largest: int = 150, frames: int = 3) -> Clip:
    """Clips of any format, range, orientation, pixel shape and size, odd ones too, up to LARGEST px."""
    return clip_of(
        draw(st.integers(1, largest)),
        draw(st.integers(1, largest)),
        draw(st.sampled_from(FORMATS)),
        frames,
        orientation=draw(st.sampled_from(EVERY)),
        sample_aspect_ratio=draw(st.sampled_from([Fraction(1), Fraction(16, 11), Fraction(8, 9), Fraction(4, 3)])),
        color=Color(range=draw(st.integers(0, 2))),
        interlaced=draw(st.booleans()),
    )


@st.composite
def boxes(draw: st.DrawFn, clip: Clip, most: int = 5) -> list[list[int]]:
    """Up to MOST boxes in the picture of CLIP: any corners, empty ones too."""
    x, y = st.integers(0, clip.width), st.integers(0, clip.height)
    corners = draw(st.lists(st.tuples(x, y, x, y), max_size=most))
    return [[min(a, c), min(b, d), max(a, c), max(b, d)] for a, b, c, d in corners]
