"""What tells a mask from what it hides, cell by cell."""

from __future__ import annotations

from typing import Any

import numpy as np
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st
from pairs import pair_of

from redact.verify.evidence import Worst
from redact.verify.frame_checks import Masks, Scene, cells_shown


@st.composite
def pictures(draw: st.DrawFn) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], list[int]]:
    """Two unlike pictures and a box on them."""
    seed = draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    master = rng.integers(0, 100, (64, 80)).astype(np.uint8)
    mask = rng.integers(130, 255, (64, 80)).astype(np.uint8)
    x, y = draw(st.integers(0, 72)), draw(st.integers(0, 56))
    return master, mask, [x, y, draw(st.integers(x + 1, 80)), draw(st.integers(y + 1, 64))]


@given(pictures(), st.integers(0, 12))
def test_a_cell_shows_what_is_nearer(case: tuple[Any, Any, list[int]], noise: int) -> None:
    """However large the box and whatever the coding noise: the mask is told from the master, all over the box."""
    master, mask, box = case
    rng = np.random.default_rng(noise)
    for shown, share in ((master, 1.0), (mask, 0.0)):
        seen = np.clip(shown.astype(int) + rng.integers(-noise, noise + 1, shown.shape), 0, 255).astype(np.uint8)
        some, telling = cells_shown(master, mask, seen, box)
        assert telling > 0
        assert some / telling == share


def scene(side: int) -> bool:
    """Whether a copy that has lost all fine texture of a noisy grey picture of SIDE px passes as unharmed."""
    noisy = np.random.default_rng(0).integers(112, 145, (side, side)).astype(np.uint8)
    flat = np.full_like(noisy, 128)
    watch = Scene(0, Worst("scene", clip_of()))
    watch.see(pair_of(noisy, noisy, flat))
    return watch.tally.result().passed


def test_the_scene_is_judged_by_texture_only_where_there_is_enough_of_it() -> None:
    """Of nine blocks chance decides how many are kept; of 144 that are all lost the copy is harmed."""
    assert scene(24)
    assert not scene(96)


@given(st.integers(0, 2**16), st.integers(1, 6), st.sampled_from([8, 10]))
def test_a_bare_box_is_told_among_any_others(seed: int, count: int, depth: int) -> None:
    """However many boxes a frame has, near or far apart: those that show the master are counted, and no other."""
    rng = np.random.default_rng(seed)
    kind, scale = (np.uint8, 1) if depth == 8 else (np.uint16, 4)
    master = (rng.integers(0, 100, (320, 480)) * scale).astype(kind)
    wanted = (rng.integers(150, 255, (320, 480)) * scale).astype(kind)
    places = rng.permutation(24)[:count]
    boxes = [[80 * (place % 6), 80 * (place // 6), 80 * (place % 6) + 40, 80 * (place // 6) + 50] for place in places]
    bare = rng.random(count) < 0.5
    copy = wanted.copy()
    for left, top, right, bottom in (box for box, shown in zip(boxes, bare, strict=True) if shown):
        copy[top:bottom, left:right] = master[top:bottom, left:right]
    watch = Masks(Worst("masks", clip_of()))
    watch.see(pair_of(master, wanted, copy, boxes))
    check = watch.tally.result()
    assert check.passed is not bool(bare.any())
    assert f"{count} boxes compared with the master and with their masks; {bare.sum()} show the master" in check.found
