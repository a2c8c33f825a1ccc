"""Colours that are not those that were to be painted are found, where luma alone would tell nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import clip_of, even_planes, scene

from redact.verify.chroma import SAMPLED, Chroma
from redact.verify.pair import Pair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from redact.records.plan import Check

    Planes = Sequence[NDArray[Any]]

FORMS = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"]
FRAMES = 20


def coloured(form: str, index: int) -> list[NDArray[Any]]:
    """A scene with much colour, which moves."""
    luma, *chroma = scene(clip_of(pix_fmt=form), index)
    middle = 128 if luma.dtype == np.uint8 else 512
    return [
        luma,
        *((np.clip((p.astype(int) - middle) * 4, -middle + 1, middle - 1) + middle).astype(p.dtype) for p in chroma),
    ]


def pair(index: int, wanted: Planes, copy: Planes) -> Pair:
    """A frame whose planes are COPY and were to be WANTED."""
    luma = wanted[0]
    hidden = np.zeros((0, 4), np.int32), np.zeros(0, np.int32)
    return Pair(index, luma, luma, copy[0], luma, tuple(copy), *hidden, tuple(wanted))


def judged(form: str, change: Callable[[int, Planes], Planes]) -> Check:
    """What is said of frames whose colours were CHANGED."""
    watch = Chroma(FRAMES - 1)
    for index in range(FRAMES):
        wanted = coloured(form, index)
        copy = change(index, wanted)
        watch.see(pair(index, wanted, copy))
    return watch.tally.result()


def noisy(_: int, planes: Planes) -> Planes:
    """As an encoder leaves them: every sample a little off."""
    random = np.random.default_rng(3)
    return [(p.astype(int) + random.integers(-3, 4, p.shape)).clip(1).astype(p.dtype) for p in planes]


@pytest.mark.parametrize("form", FORMS)
def test_colours_that_were_kept_pass(form: str) -> None:
    """Noise is no change of colour."""
    check = judged(form, noisy)
    assert check.passed, check
    assert "or more of the colour" in check.found


def swapped(_: int, planes: Planes) -> Planes:
    """U for V."""
    return [planes[0], planes[2], planes[1]]


def lost(_: int, planes: Planes) -> Planes:
    """No colour."""
    return [planes[0], *(np.full_like(p, 128 if p.dtype == np.uint8 else 512) for p in planes[1:])]


def moved(_: int, planes: Planes) -> Planes:
    """Sixteen px aside."""
    return [planes[0], *(np.roll(p, 16 * p.shape[1] // planes[0].shape[1], 1) for p in planes[1:])]


def shallow(_: int, planes: Planes) -> Planes:
    """A quarter of the levels."""
    return [planes[0], *(p >> 2 for p in planes[1:])]


def lost_from(index: int, planes: Planes) -> Planes:
    """No colour from the middle of the clip on."""
    return lost(index, planes) if index >= FRAMES // 2 else planes


@pytest.mark.parametrize("change", [swapped, lost, moved, shallow, lost_from])
@pytest.mark.parametrize("form", FORMS)
def test_colours_that_were_not_fail(form: str, change: Callable[[int, Planes], Planes]) -> None:
    """Swapped, lost, moved aside or taken for another depth, throughout or from somewhere on."""
    check = judged(form, change)
    assert not check.passed, check


def test_weak_colours_count_too() -> None:
    """A scene with hardly any colour that lost it all is found by its share."""
    watch = Chroma(FRAMES - 1)
    for index in range(FRAMES):
        wanted = scene(clip_of(), index)
        watch.see(pair(index, wanted, lost(index, wanted)))
    check = watch.tally.result()
    assert not check.passed
    assert check.found.startswith("0.0%")


def test_grey_has_none() -> None:
    """A grey clip passes, and says that it is grey; no frame at all does not pass."""
    clip = clip_of(pix_fmt="gray")
    luma = even_planes(clip)[0]
    watch = Chroma(0)
    assert not watch.tally.result().passed
    watch.see(pair(0, [luma], [luma]))
    assert watch.tally.result().passed
    assert "grey" in watch.tally.result().found


def test_the_last_frame_is_always_looked_at() -> None:
    """Though only every so many are."""

    def last(index: int, planes: Planes) -> Planes:
        return lost(index, planes) if index == FRAMES - 1 else planes

    assert (FRAMES - 1) % SAMPLED
    assert not judged("yuv420p", last).passed
