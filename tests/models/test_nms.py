"""Of boxes around the same thing the strongest stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models import nms
from models.nms import suppress
from redact.records.boxes import iou

if TYPE_CHECKING:
    from numpy.typing import NDArray


def slow(
    picture: NDArray[np.int32], xyxy: NDArray[np.float32], score: NDArray[np.float32], overlap: float
) -> list[int]:
    """Greedy suppression as it is told in words, one box after the other."""
    kept: list[int] = []
    for row in sorted(range(len(score)), key=lambda i: (picture[i], -score[i], i)):
        rivals = [other for other in kept if picture[other] == picture[row]]
        if not any(iou(xyxy[row][None], xyxy[other][None])[0, 0] > overlap for other in rivals):
            kept.append(row)
    return kept


@st.composite
def crowds(draw: st.DrawFn) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Boxes on a coarse grid, so that they clash and tie often, in up to three pictures."""
    n = draw(st.integers(0, 40))
    corner = draw(arrays(np.int32, (n, 2), elements=st.integers(0, 6)))
    size = draw(arrays(np.int32, (n, 2), elements=st.integers(0, 5)))
    score = draw(arrays(np.int32, n, elements=st.integers(1, 9)))
    picture = draw(arrays(np.int32, n, elements=st.integers(0, 2)))
    return picture, np.hstack([corner, corner + size]).astype(np.float32), (score / 10).astype(np.float32)


def test_no_boxes_leave_none() -> None:
    """Nothing found stays nothing."""
    kept = suppress(np.zeros(0, np.int32), np.zeros((0, 4), np.float32), np.zeros(0, np.float32), 0.5)
    assert kept.shape == (0,)


def test_one_box_stays() -> None:
    """A box with no rival stays, even an empty one."""
    assert suppress(np.zeros(1, np.int32), np.zeros((1, 4), np.float32), np.ones(1, np.float32), 0.5).tolist() == [0]


def test_boxes_of_other_pictures_are_no_rivals() -> None:
    """The same box in two pictures is two things."""
    xyxy = np.array([[0, 0, 10, 10]] * 3, np.float32)
    kept = suppress(np.array([1, 0, 1], np.int32), xyxy, np.array([0.5, 0.4, 0.6], np.float32), 0.5)
    assert kept.tolist() == [1, 2]


@given(crowds(), st.sampled_from([0.0, 0.3, 0.5, 0.9]), st.sampled_from([1, 3, 512]))
def test_it_keeps_what_the_slow_way_keeps(
    crowd: tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]], overlap: float, block: int
) -> None:
    """However boxes clash and tie, and however many are compared at a time, the greedy answer comes out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nms, "BLOCK", block)
        assert suppress(*crowd, overlap).tolist() == slow(*crowd, overlap)
