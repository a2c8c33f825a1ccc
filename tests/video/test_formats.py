"""Pixel formats: what passes untouched, what becomes of the rest, and planes as arrays."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.video.formats import FORMATS, planes, shape, working_format


@pytest.mark.parametrize("pix_fmt", FORMATS)
def test_a_working_format_passes_untouched(pix_fmt: str) -> None:
    """What the copy can be written in is left as it is."""
    assert working_format(pix_fmt) == pix_fmt


@pytest.mark.parametrize(
    ("pix_fmt", "expected"),
    [
        ("nv12", "yuv420p"),
        ("nv16", "yuv422p"),
        ("yuva420p", "yuv420p"),
        ("yuyv422", "yuv422p"),
        ("uyvy422", "yuv422p"),
        ("yuv410p", "yuv420p"),
        ("yuv411p", "yuv422p"),
        ("yuvj411p", "yuvj422p"),
        ("yuv440p", "yuv444p"),
        ("yuvj440p", "yuvj444p"),
        ("yuv420p12le", "yuv420p10le"),
        ("yuv420p10be", "yuv420p10le"),
        ("yuv422p16le", "yuv422p10le"),
        ("p010le", "yuv420p10le"),
        ("rgb24", "yuv444p"),
        ("bgra", "yuv444p"),
        ("gbrp", "yuv444p"),
        ("gbrp10le", "yuv444p10le"),
        ("pal8", "yuv444p"),
        ("gray", "yuv420p"),
        ("gray12le", "yuv420p10le"),
        ("gray16be", "yuv420p10le"),
        ("ya8", "yuv420p"),
        ("ya16le", "yuv420p10le"),
        ("monow", "yuv420p"),
        ("yuva444p12le", "yuv444p10le"),
        ("yuva422p", "yuv422p"),
        ("bayer_rggb8", "yuv444p"),
        ("xyz12le", "yuv444p10le"),
        ("rgb48le", "yuv444p10le"),
    ],
)
def test_any_other_becomes_the_nearest(pix_fmt: str, expected: str) -> None:
    """Colour resolution, depth and range are kept as far as a working format has them."""
    assert working_format(pix_fmt) == expected


@pytest.mark.parametrize(
    ("pix_fmt", "expected"),
    [
        ("yuv420p", "yuvj420p"),
        ("nv12", "yuvj420p"),
        ("gray", "yuvj420p"),
        ("yuv420p10le", "yuv420p10le"),
        ("bgra", "yuv444p"),
    ],
)
def test_full_range_of_eight_bits_has_a_name_of_its_own(pix_fmt: str, expected: str) -> None:
    """So that no version of the second program takes it for limited; RGB becomes limited."""
    assert working_format(pix_fmt, full=True) == expected


@pytest.mark.parametrize("pix_fmt", FORMATS)
@given(width=st.integers(1, 70), height=st.integers(1, 70))
def test_the_lay_out_is_that_of_the_library(pix_fmt: str, width: int, height: int) -> None:
    """Rows, columns and bytes are those that FFmpeg allocates, for any size, odd ones too."""
    form = shape(pix_fmt)
    views = planes(av.VideoFrame(width, height, pix_fmt))
    assert [view.shape for view in views] == [form.size(plane, width, height) for plane in range(len(form.across))]
    assert {view.dtype for view in views} == {np.dtype(form.dtype)}
    assert form.bytes(width, height) == sum(view.nbytes for view in views)


@pytest.mark.parametrize("pix_fmt", FORMATS)
def test_planes_are_views(pix_fmt: str) -> None:
    """What is painted on a plane is in the picture."""
    picture = av.VideoFrame(50, 30, pix_fmt)
    for view in planes(picture):
        view[:] = 99
    assert all(np.all(view == 99) for view in planes(picture))
