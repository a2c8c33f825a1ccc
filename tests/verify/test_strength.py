"""What shows through a mask is found; what a mask merely resembles is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from clips import clip_of
from pairs import pair_of

from redact.verify.evidence import Worst
from redact.verify.strength import Strength, share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.records.plan import Check
    from redact.verify.pair import Pair

    Luma = NDArray[Any]

CLIP = clip_of(frames=50)
BOX = (96, 64, 176, 176)


def texture(seed: int, mean: float = 128, size: tuple[int, int] = (240, 320)) -> NDArray[np.float32]:
    """A picture with detail of several sizes."""
    rng = np.random.default_rng(seed)
    layers = [cv2.resize(rng.normal(0, 8, (size[0] // s, size[1] // s)), size[::-1]) for s in (4, 8, 16)]
    return np.asarray(mean + sum(layers), np.float32)


def pair(index: int, planes: tuple[Any, Any, Any], boxes: Any = (BOX,), dtype: type = np.uint8) -> Pair:
    """Frame INDEX, with PLANES of the master, what was to be written and the copy, in levels of 255."""
    most, scale = (255, 1) if dtype is np.uint8 else (1023, 4)
    master, wanted, copy = (np.clip(np.rint(plane * scale), 0, most).astype(dtype) for plane in planes)
    return pair_of(master, wanted, copy, boxes, index)


def judged(*pairs: Pair, worst: Worst | None = None) -> Check:
    """What the check says of PAIRS."""
    watch = Strength(worst or Worst("strength", CLIP))
    for one in pairs:
        watch.see(one)
    return watch.tally.result()


def coded(seed: int) -> NDArray[np.float32]:
    """The error of an encoder, about: two levels, softened."""
    noise = np.random.default_rng(seed).normal(0, 4, (240, 320)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 1), np.float32)


def test_nothing_hidden_passes() -> None:
    """No frame, and a frame without a box."""
    assert judged().passed
    assert judged(pair(0, (texture(0), texture(1), texture(1)), boxes=())).passed


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("let_through", [0.15, 0.3, 0.6])
def test_a_thin_mask_is_found_on_one_frame(let_through: float, dtype: type) -> None:
    """However little it lets through, from 15 in 100 on: which box, when and where is said, and a picture is kept."""
    master, mask = texture(0), texture(1, 150)
    worst = Worst("strength", CLIP)
    thin = mask + let_through * (master - mask)
    good = pair(11, (master, mask, mask + coded(1)), dtype=dtype)
    found = judged(good, pair(12, (master, mask, thin + coded(2)), dtype=dtype), worst=worst)
    assert not found.passed
    assert "1 let it show through" in found.found
    assert "at 00:00.48, frame 12, from 96, 64 to 176, 176 px" in found.found
    assert [(one.frame, one.place) for one in worst.told()] == [(12, BOX)]
    assert worst.told()[0].picture.startswith(b"\xff\xd8")
    assert judged(good).passed


def test_a_mask_that_looks_like_what_it_hides_passes() -> None:
    """Frosted glass goes on as the car does: it resembles the master, and nothing shows through it."""
    master = texture(0)
    mask = 0.6 * master + 0.4 * texture(1)
    assert judged(*(pair(index, (master, mask, mask + coded(index))) for index in range(20))).passed


def test_what_is_too_alike_to_tell_is_counted_and_passes() -> None:
    """Where the mask is the very colour of a wall, nothing can be seen through it, whatever the encoder does."""
    wall = np.full((240, 320), 128, np.float32)
    found = judged(*(pair(index, (wall + coded(90 + index), wall, wall + coded(index))) for index in range(20)))
    assert found.passed
    assert "20 are too much like what they hide to tell" in found.found


def test_a_small_box_does_not_fail_by_chance() -> None:
    """Of a few px the error of the encoder decides nothing."""
    small = [(8 * x, 8 * y, 8 * x + 6, 8 * y + 6) for x in range(20) for y in range(20)]
    assert judged(pair(0, (texture(0), texture(1, 140), texture(1, 140) + coded(0)), boxes=small)).passed


def test_a_face_that_shows_through_a_tall_mask_is_found() -> None:
    """One part of twelve of a body is thin: it is looked for by tiles, not by the mean of the box."""
    master, mask = texture(0), texture(1, 160)
    copy = mask + coded(0)
    copy[40:72, 100:132] += 0.4 * (master - mask)[40:72, 100:132]
    assert not judged(pair(0, (master, mask, copy), boxes=[(100, 40, 196, 232)])).passed


def test_what_shows_weakly_on_every_frame_is_found_over_time() -> None:
    """Where on no frame there is enough to be sure, the frames of one track are added up."""
    rng = np.random.default_rng(5)
    small = (96, 64, 104, 80)
    frames = []
    for index in range(40):
        master, mask = texture(index), texture(100 + index, 160)
        frames.append(
            pair(index, (master, mask, mask + 0.12 * (master - mask) + rng.normal(0, 1, mask.shape)), boxes=[small])
        )
    assert all(judged(one).passed for one in frames)
    found = judged(*frames)
    assert not found.passed
    assert "over the frames of one track" in found.found


def test_a_painter_that_only_darkens_is_found() -> None:
    """The copy is just as it was to be painted, and that is the master."""
    dark = texture(0) / 2
    found = judged(pair(0, (texture(0), dark, dark)))
    assert not found.passed
    assert "1 are the picture itself, darker or paler" in found.found


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (3, 3, 4, 4), (318, 238, 321, 241), (400, 400, 420, 420)])
def test_a_box_with_nothing_in_it_says_nothing(box: tuple[int, ...]) -> None:
    """Empty, one px, over the edge or outside: no fault, no crash."""
    assert judged(pair(0, (texture(0), texture(1), texture(1)), boxes=[box])).passed


def test_the_share_is_on_the_careful_side() -> None:
    """With much to be seen it is the share that shows; with little it is less."""
    assert share(np.array([[3e6, 1e7, 1e3]]))[0] == pytest.approx(0.3, rel=0.01)
    assert share(np.array([[3e3, 1e4, 1e3]]))[0] < 0.06
