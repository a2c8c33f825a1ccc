"""Evidence of a failed check: the worst few, each with time, place and a picture, upright."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st
from pairs import pair_of

from redact.records.orientation import Orientation
from redact.verify.evidence import APART, GAP, KEPT, PICTURE, Worst

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.verify.pair import Pair

BOX = (40, 60, 80, 80)


def pair(index: int, dtype: type = np.uint8, size: tuple[int, int] = (240, 320)) -> Pair:
    """Frame INDEX: a dark master, a grey mask, a light copy."""
    scale = 1 if dtype is np.uint8 else 4
    planes: list[NDArray[Any]] = [np.full(size, level * scale).astype(dtype) for level in (40, 120, 200)]
    master, wanted, copy = planes
    return pair_of(master, wanted, copy, [BOX], index)


def picture(data: bytes) -> Any:
    """The pixels of a JPEG."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)


def test_nothing_seen_is_no_evidence() -> None:
    """A check that passed shows nothing."""
    assert Worst("masks", clip_of()).told() == ()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_master_mask_and_copy_stand_side_by_side(dtype: type, turns: int) -> None:
    """In that order, upright, with time and place as a player shows them."""
    worst = Worst("masks", clip_of(orientation=Orientation(turns)))
    worst.offer(0.5, pair(10, dtype), BOX, "half of it shows")
    (one,) = worst.told()
    assert (one.check, one.frame, one.at, one.said) == ("masks", 10, Fraction(10, 25), "half of it shows")
    places = {0: BOX, 1: (160, 40, 180, 80), 2: (240, 160, 280, 180), 3: (60, 240, 80, 280)}
    assert one.place == places[turns]
    shown = picture(one.picture)
    height, width = shown.shape
    each = (width - 2 * GAP) // 3
    assert max(height, each) == PICTURE
    assert (height < each) is (turns % 2 == 0)
    middles = [int(shown[height // 2, n * (each + GAP) + each // 2]) for n in range(3)]
    assert middles == pytest.approx([40, 120, 200], abs=4)


def test_of_many_the_worst_few_are_kept_in_order_of_time() -> None:
    """One from any second or so, and of those the worst, in order of time."""
    worst = Worst("strength", clip_of(frames=20 * APART))
    for index in range(20 * APART):
        worst.offer(index % APART + index // APART / 100, pair(index), BOX, "it shows")
    kept = [one.frame for one in worst.told()]
    assert kept == [APART * n + APART - 1 for n in range(20 - KEPT, 20)]


@given(st.tuples(*[st.integers(-30, 60)] * 4), st.sampled_from([(1, 1), (1, 40), (30, 40)]))
def test_any_box_gives_a_picture(box: tuple[int, ...], size: tuple[int, int]) -> None:
    """Over the edge, empty or turned inside out, and of a picture of one px."""
    worst = Worst("masks", clip_of(width=size[1], height=size[0], frames=1))
    worst.offer(1.0, pair(0, size=size), box, "it shows")
    assert picture(worst.told()[0].picture) is not None
