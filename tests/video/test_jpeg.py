"""A picture as JPEG: what it was, or a sentence; never nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from redact.errors import InputUnusable
from redact.video.jpeg import LARGEST, jpeg


@pytest.mark.parametrize("shape", [(1, 1), (8, 5), (8, 5, 3), (1, LARGEST, 3)])
def test_a_picture_is_read_back(shape: tuple[int, ...]) -> None:
    """It has its size and its grey, with colours and without."""
    read = cv2.imdecode(np.frombuffer(jpeg(np.full(shape, 90, np.uint8), 88), np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    assert read.shape == shape
    assert abs(int(read.max()) - 90) <= 1


@pytest.mark.parametrize("shape", [(0, 4, 3), (4, 0), (1, LARGEST + 36, 3)])
def test_what_is_none_is_never_taken_for_one(shape: tuple[int, ...]) -> None:
    """Of nothing, or of what is too large, no empty picture comes that somebody would take for all clear."""
    with pytest.raises(InputUnusable, match=f"{shape[1]} x {shape[0]} px cannot be shown"):
        jpeg(np.zeros(shape, np.uint8), 88)
