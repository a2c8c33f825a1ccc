"""What counts as exposed: a picture, its copy, and how much of the one can be made out in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from redact.verify.leakage import (
    BLOCK,
    EXPOSED_R,
    EXPOSED_SHARE,
    TEXTURE,
    block_correlation,
    exposed,
    kept,
    likeness,
    shown_through,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

HEIGHT, WIDTH = 120, 168
WHOLE = np.array([[0, 0, WIDTH, HEIGHT]])


def textured(seed: int = 0, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    """A picture with detail of several sizes, like cloth or a face."""
    rng = np.random.default_rng(seed)
    layers = [cv2.resize(rng.normal(0, s, (height // s, width // s)), (width, height)) * 6 for s in (2, 4, 8)]
    return np.asarray(np.clip(128 + sum(layers), 0, 255), np.uint8)


def share(master: NDArray[Any], copy: NDArray[Any], boxes: NDArray[Any] = WHOLE, depth: int = 8) -> float:
    """Share of the first box's textured blocks that the copy still shows."""
    return float(exposed(*block_correlation(master, copy, depth), boxes)[0][0])


def slow_correlation(master: NDArray[Any], copy: NDArray[Any], row: int, column: int) -> tuple[float, float]:
    """The definition, one block at a time: variance of the gradient, and r."""
    cut = np.s_[row * BLOCK : (row + 1) * BLOCK, column * BLOCK : (column + 1) * BLOCK]
    pairs = [
        (cv2.Sobel(master, cv2.CV_64F, *along)[cut] / 8, cv2.Sobel(copy, cv2.CV_64F, *along)[cut] / 8)
        for along in ((1, 0), (0, 1))
    ]
    a, b = (np.stack([part - part.mean() for part in parts]).ravel() for parts in zip(*pairs, strict=True))
    norm = np.sqrt((a @ a) * (b @ b))
    return float(a @ a) / BLOCK**2, float(a @ b / norm) if norm else 0.0


def test_a_picture_without_a_whole_block_has_nothing_to_expose() -> None:
    """Seven rows hold no block; a box there has a share of 0 of 0 blocks."""
    found = block_correlation(textured()[:7], textured()[:7])
    assert [part.shape for part in found] == [(0, 21), (0, 21)]
    assert [part.tolist() for part in exposed(*found, WHOLE)] == [[0], [0]]


def test_no_boxes_are_no_answers() -> None:
    """Of no boxes there is nothing to say, and nothing is excluded from the scene."""
    found = block_correlation(textured(), textured())
    assert [part.shape for part in exposed(*found, np.zeros((0, 4)))] == [(0,), (0,)]
    assert kept(*found, np.zeros((0, 4))) == (int(found[0].sum()), int(found[0].sum()))


def test_an_identical_picture_is_exposed() -> None:
    """Of a copy that is the master every textured block shows."""
    master = textured()
    blocks, r = block_correlation(master, master)
    assert blocks.mean() > 0.9
    assert r[blocks].min() > 0.999
    assert exposed(blocks, r, WHOLE)[0] == 1


@pytest.mark.parametrize("seed", range(3))
def test_the_fast_way_gives_what_the_definition_gives(seed: int) -> None:
    """Every block has the variance and correlation of the definition, worked out one at a time in double precision."""
    master, copy = textured(seed), cv2.GaussianBlur(textured(seed), (0, 0), 2)
    blocks, r = block_correlation(master, copy)
    expected = np.array([slow_correlation(master, copy, row, column) for row, column in np.ndindex(*blocks.shape)])
    assert np.array_equal(blocks.ravel(), expected[:, 0] >= TEXTURE)
    assert np.allclose(r.ravel(), expected[:, 1], atol=1e-3)


def test_a_flat_fill_exposes_nothing() -> None:
    """One colour correlates with nothing."""
    assert share(textured(), np.full((HEIGHT, WIDTH), 90, np.uint8)) == 0


def test_a_smooth_ramp_exposes_nothing() -> None:
    """Colours that run from edge to edge, like frosted glass, do not show what was there."""
    ramp = np.linspace(20, 220, WIDTH)[None, :] * np.linspace(0.6, 1, HEIGHT)[:, None]
    assert share(textured(), ramp.astype(np.uint8)) < 0.05


@pytest.mark.parametrize("seed", range(3))
def test_another_picture_or_noise_exposes_nothing(seed: int) -> None:
    """What has nothing to do with the master stays far under the quarter."""
    noise = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH), np.uint8)
    assert share(textured(), noise) < 0.02
    assert share(textured(), textured(seed + 1)) < 0.15


def test_a_light_blur_leaves_the_picture_exposed_and_a_heavy_one_does_not() -> None:
    """A blur of 1 px hides nothing; one of 12 px destroys the detail of a block."""
    master = textured()
    assert share(master, cv2.GaussianBlur(master, (0, 0), 1)) > 0.9
    assert share(master, cv2.GaussianBlur(master, (0, 0), 12)) <= EXPOSED_SHARE


def test_a_shift_of_a_few_px_hides_from_the_measure() -> None:
    """The measure compares like with like: a picture moved by 4 px no longer correlates, so keep register."""
    master = textured()
    assert share(master, np.roll(master, 4, axis=1)) < EXPOSED_SHARE


@pytest.mark.parametrize(("gain", "offset"), [(0.5, 10), (0.8, -20), (0.2, 100)])
def test_brightness_and_contrast_do_not_hide(gain: float, offset: float) -> None:
    """A darker or paler copy shows as much as the master."""
    master = textured()
    assert share(master, np.clip(master * gain + offset, 0, 255).astype(np.uint8)) > 0.95


def test_a_box_is_judged_by_its_own_blocks() -> None:
    """Where the left half was filled, a box there is hidden, one on the right exposed, one across half."""
    master = textured()
    copy = master.copy()
    copy[:, :88] = 128
    boxes = np.array([[0, 0, 80, 120], [96, 0, 168, 120], [48, 0, 128, 120]], np.float32)
    shares, count = exposed(*block_correlation(master, copy), boxes)
    assert shares[0] == 0
    assert shares[1] == 1
    assert 0.4 < shares[2] < 0.6
    assert count.tolist() == [
        int(block_correlation(master, copy)[0][:, a:b].sum()) for a, b in ((0, 10), (12, 21), (6, 16))
    ]


@pytest.mark.parametrize(
    ("box", "blocks"),
    [
        ((8, 8, 16, 16), 1),
        ((7, 7, 17, 17), 1),
        ((9, 9, 31, 31), 1),
        ((9, 9, 23, 23), 4),  # no whole block: the four it covers by more than half
        ((10, 10, 13, 13), 1),  # half of none: the one at its middle
        ((0, 9, 24, 15), 3),  # too flat for a whole block, wide enough for three
        ((-50, -50, 8, 8), 1),
        ((160, 112, 900, 900), 1),
        ((0, 0, 0, 0), 0),
        ((20, 20, 10, 10), 0),
        ((500, 500, 600, 600), 0),
    ],
)
def test_which_blocks_a_box_is_judged_by(box: tuple[int, ...], blocks: int) -> None:
    """Those wholly inside; for a small box those it covers by half, or the one at its middle."""
    everywhere = np.ones((15, 21), np.bool_)
    shares, count = exposed(everywhere, np.ones((15, 21), np.float32), np.array([box], np.float32))
    assert count.tolist() == [blocks]
    assert shares.tolist() == [float(blocks > 0)]


def test_a_box_without_texture_has_a_share_of_nothing() -> None:
    """A bare wall cannot be exposed."""
    shares, count = exposed(np.zeros((15, 21), np.bool_), np.ones((15, 21), np.float32), WHOLE)
    assert shares.tolist() == [0]
    assert count.tolist() == [0]


def test_the_scene_is_what_no_excluded_box_touches() -> None:
    """A block that a box touches by a pixel is no longer scene, and overlapping boxes take it away once."""
    everywhere, r = np.ones((15, 21), np.bool_), np.ones((15, 21), np.float32)
    r[14] = 0
    boxes = np.array([[7, 7, 9, 9], [0, 0, 16, 16], [-10, 300, 900, 400], [50, 50, 40, 40]], np.float32)
    assert kept(everywhere, r, boxes) == (14 * 21 - 4, 15 * 21 - 4)


@given(arrays(np.float32, (6, 4), elements=st.floats(-40, 220, width=32)), st.integers(0, 2**32 - 1))
def test_any_box_is_counted_as_one_would_by_hand(boxes: NDArray[np.float32], seed: int) -> None:
    """Whatever the boxes, a count by slices agrees, no share leaves 0 to 1 and the scene has no touched block."""
    rng = np.random.default_rng(seed)
    blocks, r = rng.random((15, 21)) < 0.5, rng.uniform(-1, 1, (15, 21)).astype(np.float32)
    shares, count = exposed(blocks, r, boxes)
    assert ((shares >= 0) & (shares <= 1) & (count >= 0)).all()
    scene = blocks.copy()
    for box, share_found, count_found in zip(boxes, shares, count, strict=True):
        low, high = np.clip(box.reshape(2, 2), 0, [WIDTH, HEIGHT]) / BLOCK
        (x0, y0), (x1, y1) = np.ceil(low).astype(int), np.floor(high).astype(int)
        if x1 > x0 and y1 > y0:
            cut = np.s_[y0:y1, x0:x1]
            assert count_found == blocks[cut].sum()
            assert share_found * count_found == pytest.approx((blocks[cut] & (r[cut] > EXPOSED_R)).sum(), abs=1e-3)
        if (high > low).all():
            (x0, y0), (x1, y1) = np.floor(low).astype(int), np.ceil(high).astype(int)
            scene[y0:y1, x0:x1] = False
    assert kept(blocks, r, boxes) == ((scene & (r > EXPOSED_R)).sum(), scene.sum())


@given(arrays(np.int32, (3, 4), elements=st.integers(-20, 200)))
def test_looking_only_at_boxes_changes_no_answer(boxes: NDArray[np.int32]) -> None:
    """The blocks of the boxes compare as they do when the whole picture is compared."""
    master, copy = textured(), cv2.GaussianBlur(textured(), (0, 0), 1.5)
    near, full = block_correlation(master, copy, boxes=boxes), block_correlation(master, copy)
    (share_near, count_near), (share_full, count_full) = exposed(*near, boxes), exposed(*full, boxes)
    assert share_near.tolist() == share_full.tolist()
    assert count_near.tolist() == count_full.tolist()
    assert not (near[0] & ~full[0]).any()


@pytest.mark.parametrize("size", [(120, 168), (121, 175), (127, 169)])
def test_a_picture_of_odd_size_is_judged_up_to_its_last_whole_block(size: tuple[int, int]) -> None:
    """The strip beyond is not judged, yet its pixels count for the gradient beside it."""
    master = textured(0, *size)
    blocks, r = block_correlation(master, cv2.GaussianBlur(master, (0, 0), 1))
    assert blocks.shape == (15, 21)
    expected = slow_correlation(master, cv2.GaussianBlur(master, (0, 0), 1), 14, 20)
    assert r[14, 20] == pytest.approx(expected[1], abs=1e-3)


def test_ten_bits_are_judged_as_eight() -> None:
    """The same picture with two more bits has the same texture and the same correlation."""
    master, copy = textured(), cv2.GaussianBlur(textured(), (0, 0), 1)
    eight = block_correlation(master, copy)
    ten = block_correlation(master.astype(np.uint16) * 4, copy.astype(np.uint16) * 4, 10)
    assert np.array_equal(eight[0], ten[0])
    assert np.allclose(eight[1], ten[1], atol=1e-5)


def test_planes_of_two_sizes_are_refused() -> None:
    """A copy of another size cannot be compared."""
    with pytest.raises(ValueError, match=r"one shape, but are \(120, 168\) and \(112, 168\)"):
        block_correlation(textured(), textured()[:112])


def halved(plane: NDArray[Any]) -> NDArray[np.float64]:
    """Mean of every two by two px, rounded."""
    rows, columns = plane.shape[0] // 2, plane.shape[1] // 2
    means = plane[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2).mean(axis=(1, 3))
    return np.asarray(np.floor(means + 0.5), np.float64)


@given(arrays(np.int32, (4, 4), elements=st.integers(-20, 200)), st.integers(0, 9))
def test_what_shows_through_is_summed_up_as_one_would_by_hand(boxes: NDArray[np.int32], seed: int) -> None:
    """Whatever the boxes: each is its tiles together, and both sums are those of the definition."""
    master, mask, copy = textured(seed), textured(seed + 20), textured(seed + 40)
    sums, owner = shown_through(master, mask, copy, boxes)
    small, under, seen = map(halved, (master, mask, copy))
    for row, box in enumerate(boxes.tolist()):
        x0, x1 = (min(max(x // 2, 0), WIDTH // 2) for x in box[::2])
        y0, y1 = (min(max(y // 2, 0), HEIGHT // 2) for y in box[1::2])
        cut = np.s_[y0 : max(y0, y1), x0 : max(x0, x1)]
        hidden, added = (small - under)[cut], np.clip((seen - under)[cut], -20, 20)
        assert sums[row] == pytest.approx([(added * hidden).sum(), (hidden * hidden).sum(), hidden.size], abs=1e-3)
        assert sums[4:][owner[4:] == row].sum(axis=0) == pytest.approx(sums[row], abs=1e-3)


@pytest.mark.parametrize("through", [0.0, 0.1])
def test_the_share_that_shows_through_is_the_share_let_through(through: float) -> None:
    """Nothing under a mask as it was to be, and what a thin one lets through."""
    master, mask = textured().astype(np.float32), textured(1).astype(np.float32)
    copy = np.rint(mask + through * (master - mask))
    eight = [plane.astype(np.uint8) for plane in (master, mask, copy)]
    sums, _ = shown_through(eight[0], eight[1], eight[2], WHOLE.astype(np.int32))
    assert sums[0, 0] / sums[0, 1] == pytest.approx(through, abs=0.005)


def test_an_edge_of_the_mask_that_moved_is_little_beside_what_shows_all_over() -> None:
    """A line of a few px that is far off counts for next to nothing beside a seventh of the master all over."""
    master, mask = np.full((120, 168), 200, np.uint8), np.full((120, 168), 60, np.uint8)
    line, thin = mask.copy(), mask + np.uint8(20)
    line[:, 80:82] = 200
    found = [shown_through(master, mask, copy, WHOLE.astype(np.int32))[0][0, 0] for copy in (line, thin)]
    assert found[0] < found[1] / 50


def test_ten_bits_show_through_as_eight() -> None:
    """The sums are in levels of 255, whatever the depth."""
    box = WHOLE.astype(np.int32)
    eight = shown_through(textured(0), textured(1), textured(2), box)[0]
    master, mask, copy = (textured(seed).astype(np.uint16) * 4 for seed in range(3))
    assert shown_through(master, mask, copy, box, 10)[0] == pytest.approx(eight, rel=0.02)


def test_likeness_is_that_of_the_gradients() -> None:
    """A darker picture is alike, another one and one colour are not; where there is nothing there is no likeness."""
    master = textured()
    assert likeness(master, master // 2) > 0.95
    assert abs(likeness(master, textured(1))) < 0.2
    assert likeness(master, np.full_like(master, 90)) == 0
    assert likeness(master[:1], master[:1]) == 0


def test_a_picture_saved_as_jpeg_stays_exposed() -> None:
    """Compression alone hides nothing."""
    packed = cv2.imencode(".jpg", textured(), [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    assert share(textured(), np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)) > 0.95


def test_a_clip_encoded_at_crf_23_stays_exposed(tmp_path: Path) -> None:
    """x264 at its usual quality shows all that the master showed, frame after frame."""
    moving = [np.roll(textured(), 3 * step, axis=1) for step in range(12)]
    with av.open(str(tmp_path / "copy.mp4"), "w") as container:
        stream = container.add_stream("libx264", 25, {"crf": "23", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for luma in moving:
            flat = np.concatenate([luma.ravel(), np.full(HEIGHT * WIDTH // 2, 128, np.uint8)])
            picture = av.VideoFrame.from_ndarray(flat.reshape(HEIGHT * 3 // 2, WIDTH), format="yuv420p")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    with av.open(str(tmp_path / "copy.mp4")) as container:
        decoded = [picture.to_ndarray()[:HEIGHT] for picture in container.decode(video=0)]
    assert len(decoded) == len(moving)
    assert min(share(a, b) for a, b in zip(moving, decoded, strict=True)) > 0.95
