"""The masks: what `blur` and `fill` paint does not depend on what is behind, and no style lets anything through."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from clips import clip_of, even_planes, frame_of, plan_of, scene
from hypothesis import given
from hypothesis import strategies as st
from strategies import boxes, clips

from redact.paint import frosted
from redact.paint.masker import Masker, reach
from redact.records.clip import Color, Layout
from redact.records.kinds import Style
from redact.video.formats import FORMATS, shape
from redact.video.geometry import compose, picture
from redact.video.planes import Tones, window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.records.clip import Clip

Planes = list["NDArray[Any]"]
INDEPENDENT = (Style.BLUR, Style.FILL)


def masked(clip: Clip, found: list[list[int]], planes: Planes, style: Style) -> Planes:
    """PLANES with the boxes FOUND painted."""
    painted = [plane.copy() for plane in planes]
    Masker(clip, plan_of(clip, [found], style))(painted, 0)
    return painted


def hidden(clip: Clip, found: list[list[int]], planes: Planes) -> list[NDArray[np.bool_]]:
    """Which samples lie in any of the boxes FOUND."""
    form, where = shape(clip.pix_fmt), [np.zeros(plane.shape, np.bool_) for plane in planes]
    for box in reach(np.array(found, np.int32).reshape(-1, 4), clip).tolist():
        for number, inside in enumerate(where):
            if box[2] > box[0] and box[3] > box[1]:
                inside[window(form, number, box)] = True
    return where


def same(one: Planes, other: Planes) -> bool:
    """Whether every sample is the same."""
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("style", list(Style))
def test_a_frame_without_boxes_is_left_alone(style: Style) -> None:
    """Nobody to hide, nothing painted."""
    clip = clip_of()
    planes = even_planes(clip)
    assert same(masked(clip, [], planes, style), planes)
    assert same(masked(clip, [[10, 10, 10, 90]], planes, style), planes)


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("pix_fmt", FORMATS)
def test_one_box_is_painted_and_nothing_beside_it(style: Style, pix_fmt: str) -> None:
    """Hardly a sample of the box is what it was, and every sample outside is, chroma rounded outward."""
    clip = clip_of(161, 121, pix_fmt)
    planes, box = even_planes(clip), [[20, 30, 90, 100]]
    painted = masked(clip, box, planes, style)
    for before, after, inside in zip(planes, painted, hidden(clip, box, planes), strict=True):
        assert np.array_equal(before[~inside], after[~inside])
        assert np.mean(before[inside] == after[inside]) < 0.05
        assert after[inside].std() < before[inside].std() / 2


@given(st.data())
def test_blur_and_fill_do_not_depend_on_what_they_hide(data: st.DataObject) -> None:
    """Change any sample inside the hidden regions, and not one byte of the painted picture changes."""
    clip = data.draw(clips())
    found = data.draw(boxes(clip))
    planes, others = even_planes(clip, 1), even_planes(clip, 2)
    changed = [
        np.where(inside, other, plane)
        for plane, other, inside in zip(planes, others, hidden(clip, found, planes), strict=True)
    ]
    for style in INDEPENDENT:
        assert same(masked(clip, found, planes, style), masked(clip, found, changed, style))


@given(st.data())
def test_one_changed_sample_changes_nothing(data: st.DataObject) -> None:
    """Not even a single one at the very rim, as dark or as light as can be, on an otherwise plain picture."""
    clip = data.draw(clips())
    found = data.draw(boxes(clip))
    planes = [np.full_like(plane, 90) for plane in even_planes(clip)]
    number = data.draw(st.integers(0, len(planes) - 1))
    inside = np.argwhere(hidden(clip, found, planes)[number])
    if not len(inside):
        return
    row, column = inside[data.draw(st.integers(0, len(inside) - 1))]
    changed = [plane.copy() for plane in planes]
    changed[number][row, column] = data.draw(st.sampled_from([0, Tones.of(clip).top]))
    for style in INDEPENDENT:
        assert same(masked(clip, found, planes, style), masked(clip, found, changed, style))


@pytest.mark.parametrize("style", INDEPENDENT)
def test_large_pictures_do_not_leak_either(style: Style) -> None:
    """At 1080p, with its larger cells, with ten people who overlap and stand at the edges."""
    clip = clip_of(1920, 1080, frames=1)
    found = [[x, 100 + x // 4, x + 260, 560 + x // 4] for x in range(0, 1661, 184)]
    planes, others = even_planes(clip, 1), even_planes(clip, 2)
    where = hidden(clip, found, planes)
    changed = [np.where(inside, other, plane) for plane, other, inside in zip(planes, others, where, strict=True)]
    assert same(masked(clip, found, planes, style), masked(clip, found, changed, style))


@given(st.data())
def test_no_style_paints_a_level_that_is_not_there(data: st.DataObject) -> None:
    """Whatever is around, samples stay within their bits, and every sample outside the boxes stays as it is."""
    clip = data.draw(clips())
    found = data.draw(boxes(clip))
    planes = even_planes(clip)
    for style in Style:
        painted = masked(clip, found, planes, style)
        for before, after, inside in zip(planes, painted, hidden(clip, found, planes), strict=True):
            assert after.max() <= Tones.of(clip).top
            assert np.array_equal(before[~inside], after[~inside])


def test_the_doubled_edge_of_an_odd_picture_is_covered() -> None:
    """A box that ends with the picture covers the copy of its edge that makes the picture even."""
    clip = clip_of(161, 121)
    layout = Layout(162, 122, 0, 0)
    composed = compose(frame_of(clip, 0), clip, layout)
    planes = picture(composed, clip, layout)
    assert planes[0].shape == (122, 162)
    Masker(clip, plan_of(clip, [[[80, 60, 161, 121]]], Style.FILL))(planes, 0)
    for plane in planes:
        assert len(np.unique(plane[-1, -20:])) == 1
        assert np.array_equal(plane[-1, -20:], plane[-2, -20:])


@pytest.mark.parametrize(("pix_fmt", "colour_range", "level"), [
    ("yuv420p", 1, 82), ("yuv420p", 2, 76), ("yuvj420p", 0, 76), ("gray", 2, 76),
    ("yuv420p10le", 1, 327), ("yuv422p10le", 2, 307), ("gray10le", 1, 327),
])  # fmt: skip
def test_fill_is_one_grey_in_every_format(pix_fmt: str, colour_range: int, level: int) -> None:
    """The same dark grey, as the clip's own depth and range spell it, without colour."""
    clip = clip_of(64, 48, pix_fmt, color=Color(range=colour_range))
    painted = masked(clip, [[0, 0, 64, 48]], even_planes(clip), Style.FILL)
    neutral = 128 if shape(pix_fmt).dtype is np.uint8 else 512
    assert [np.unique(plane).tolist() for plane in painted] == [[level], [neutral], [neutral]][: len(painted)]


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p10le", "gray"])
def test_a_frame_hidden_whole_is_neutral_grey(pix_fmt: str) -> None:
    """With nothing left to take colours from there is none."""
    clip = clip_of(320, 240, pix_fmt)
    luma, *chroma = masked(clip, [[0, 0, 320, 240]], even_planes(clip), Style.BLUR)
    tones = Tones.of(clip)
    assert abs(float(luma[8:-8, 8:-8].mean()) - tones.luma(0.5)) < 2 * tones.scale
    assert all((plane == tones.mid).all() for plane in chroma)


def test_blur_takes_its_colours_from_just_outside() -> None:
    """Left of a pane it is dark and right of it light, and so is the pane, softly; its colour is paler."""
    clip = clip_of(640, 360)
    planes = even_planes(clip)
    for plane, (low, high) in zip(planes, ((60, 180), (100, 100), (160, 160)), strict=True):
        plane[:, : plane.shape[1] // 2], plane[:, plane.shape[1] // 2 :] = low, high
    luma, u, v = masked(clip, [[200, 80, 440, 280]], planes, Style.BLUR)
    left, right = luma[120:240, 210:250].mean(), luma[120:240, 390:430].mean()
    assert left < luma[120:240, 310:330].mean() < right
    assert right - left > 40
    assert 100 < u[60:120, 120:200].mean() < 115
    assert 140 < v[60:120, 120:200].mean() < 160


def test_a_pane_has_a_rim_and_grain() -> None:
    """On a plain picture everyone sees that something is masked: a dark and a bright line, and grain, but no noise."""
    clip = clip_of(640, 360)
    planes = [np.full_like(plane, 120) for plane in even_planes(clip)]
    luma = masked(clip, [[200, 80, 440, 280]], planes, Style.BLUR)[0]
    assert luma[180, 200] < 100
    assert luma[180, 201] > 160
    assert 1 < luma[120:240, 240:400].std() < 6


def test_where_panes_overlap_there_is_no_rim() -> None:
    """The rim goes around all of them together."""
    clip = clip_of(640, 360)
    planes = [np.full_like(plane, 120) for plane in even_planes(clip)]
    luma = masked(clip, [[200, 80, 340, 280], [300, 80, 440, 280]], planes, Style.BLUR)[0]
    assert luma[100:260, 295:345].max() < 160
    assert luma[100:260, 295:345].min() > 110


@given(st.data())
def test_panes_cut_from_one_sheet_are_those_made_one_by_one(data: st.DataObject) -> None:
    """Cutting many boxes from one sheet of glass is quicker, and changes no sample of them."""
    clip = data.draw(clips())
    planes = even_planes(clip)
    found = data.draw(boxes(clip))
    painted = []
    for each in (0, clip.width * clip.height * 4):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(frosted, "SHEET_PX", each)
            painted.append(masked(clip, found, planes, Style.BLUR))
    assert same(*painted)


def test_a_moving_pane_does_not_flicker() -> None:
    """From frame to frame the inside of a pane drifts; it does not jump to and fro."""
    clip = clip_of(1280, 720, frames=24)
    still = scene(clip)
    found = [[[300 + 2 * i, 160, 440 + 2 * i, 560]] for i in range(24)]
    mask, shown = Masker(clip, plan_of(clip, found)), []
    for index in range(24):
        planes = [plane.copy() for plane in still]
        mask(planes, index)
        shown.append(planes[0][176:544, 356:430].astype(np.int32))
    jumps = [np.abs(a - 2 * b + c).mean() / 2 for a, b, c in zip(shown, shown[1:], shown[2:], strict=False)]
    assert max(jumps) < 2


def test_the_same_frame_is_painted_the_same_again() -> None:
    """A second look at the same frame repaints it byte for byte, by another masker too."""
    clip = clip_of(320, 240)
    planes, found = even_planes(clip), [[40, 40, 120, 200], [100, 60, 180, 220]]
    for style in Style:
        assert same(masked(clip, found, planes, style), masked(clip, found, planes, style))


def cells(plane: NDArray[Any], box: list[int]) -> tuple[int, int]:
    """How many cells of one level go across and down BOX."""
    part = plane[box[1] : box[3], box[0] : box[2]].astype(np.int32)
    return 1 + int(np.diff(part, axis=1).any(axis=0).sum()), 1 + int(np.diff(part, axis=0).any(axis=1).sum())


@pytest.mark.parametrize("box", [
    [10, 10, 58, 66], [10, 10, 110, 210], [0, 0, 320, 240], [100, 100, 108, 108], [0, 10, 32, 110], [20, 20, 220, 80],
])  # fmt: skip
def test_a_mosaic_has_at_most_two_cells_across_a_head(box: list[int]) -> None:
    """However large the box, a head in it is no wider than its shorter side; and no cell is smaller than a block."""
    clip = clip_of(320, 240)
    across, down = cells(masked(clip, [box], even_planes(clip), Style.PIXELATE)[0], box)
    width, height = box[2] - box[0], box[3] - box[1]
    assert min(across, down) <= 2
    assert max(across, down) <= 4
    assert width // across >= 8
    assert height // down >= 8


def test_a_mosaic_is_held_with_its_track_for_a_second() -> None:
    """The cells move and grow with the box but keep what they sampled, until a second has passed."""
    clip = clip_of(320, 240, frames=30)
    found = [[[20 + 2 * i, 30, 84 + 2 * i + i // 4 * 2, 158]] for i in range(30)]
    mask, levels = Masker(clip, plan_of(clip, found, Style.PIXELATE)), []
    for index in range(30):
        planes = even_planes(clip, seed=index)
        mask(planes, index)
        x0, y0, x1, y1 = found[index][0]
        levels.append(np.unique(planes[0][y0:y1, x0:x1]).tolist())
    assert all(level == levels[0] for level in levels[:25])
    assert levels[25] != levels[0]
    assert all(level == levels[25] for level in levels[25:])


BODY, FACE = [40, 20, 140, 220], [70, 30, 110, 80]


@pytest.mark.parametrize("order", [1, -1])
def test_a_mosaic_inside_a_coarser_one_is_not_to_be_seen(order: int) -> None:
    """A face that was found in a body lies under the body's cells, whichever of them the plan names first."""
    clip = clip_of(320, 240)
    planes = even_planes(clip)
    assert same(
        masked(clip, [BODY, FACE][::order], planes, Style.PIXELATE), masked(clip, [BODY], planes, Style.PIXELATE)
    )


@pytest.mark.parametrize("order", [1, -1])
def test_where_mosaics_overlap_none_has_finer_cells(order: int) -> None:
    """Who looks out from behind somebody larger is shown in cells of that size too; alone they have their own."""
    clip = clip_of(320, 240)
    planes, out = even_planes(clip), [110, 30, 190, 110]
    luma = masked(clip, [BODY, out][::order], planes, Style.PIXELATE)[0]
    assert cells(luma, BODY) == cells(masked(clip, [BODY], planes, Style.PIXELATE)[0], BODY) == (2, 4)
    assert cells(luma, [140, 30, 190, 110]) == (1, 1)
    assert cells(masked(clip, [out], planes, Style.PIXELATE)[0], out) == (2, 2)


def test_where_mosaics_come_to_overlap_the_coarser_covers_the_finer() -> None:
    """Cells that are held keep their number; where two meet, the larger are seen, on every frame."""
    clip = clip_of(320, 240, frames=20)
    found = [[[200 - 8 * i, 30, 240 - 8 * i, 80], BODY] for i in range(20)]
    mask, alone = (
        Masker(clip, plan_of(clip, found, Style.PIXELATE)),
        masked(clip, [BODY], even_planes(clip), Style.PIXELATE),
    )
    for index in range(20):
        planes = even_planes(clip, seed=index)
        mask(planes, index)
        assert np.array_equal(planes[0][20:220, 40:140], alone[0][20:220, 40:140])


@given(st.data())
def test_what_a_mosaic_hides_changes_nothing_until_a_second_has_passed(data: st.DataObject) -> None:
    """Another frame of the same people within that second tells an attacker nothing new, wherever their boxes go."""
    clip = data.draw(clips())
    found = [box for box in data.draw(boxes(clip)) if box[2] > box[0] and box[3] > box[1]]
    painted = []
    for seed in (2, 3):
        mask = Masker(clip, plan_of(clip, [found, found[::-1]], Style.PIXELATE, [range(len(found))] * 2))
        mask(even_planes(clip, 1), 0)
        planes, second = even_planes(clip, 1), even_planes(clip, seed)
        where = hidden(clip, found, planes)
        changed = [np.where(inside, new, old) for old, new, inside in zip(planes, second, where, strict=True)]
        mask(changed, 1)
        painted.append(changed)
    assert same(*painted)


def test_mosaics_are_sampled_before_painting_and_what_no_track_claims_is_grey() -> None:
    """Each track's cells come from the picture, not from another's cells; a frame hidden whole shows none of them."""
    clip = clip_of(320, 240)
    planes = even_planes(clip)
    alone = masked(clip, [[60, 40, 140, 160]], planes, Style.PIXELATE)
    painted = masked(clip, [[20, 20, 100, 140], [60, 40, 140, 160]], planes, Style.PIXELATE)
    assert np.array_equal(painted[0][40:160, 60:140], alone[0][40:160, 60:140])
    whole = plan_of(clip, [[[0, 0, 320, 240], [60, 40, 140, 160]]], Style.PIXELATE, [[-1, 0]])
    Masker(clip, whole)(painted, 0)
    assert [np.unique(plane).size for plane in painted] == [1, 1, 1]


def test_a_second_is_measured_in_the_clips_own_ticks() -> None:
    """A clip that counts milliseconds holds its cells just as long."""
    clip = clip_of(160, 120, frames=1002, time_base=Fraction(1, 1000))
    mask = Masker(clip, plan_of(clip, [[[20, 20, 60, 100]]] * 1002, Style.PIXELATE))
    shown = []
    for index in (0, 999, 1000):
        planes = even_planes(clip, seed=index)
        mask(planes, index)
        shown.append(planes[0][20:100, 20:60].copy())
    assert np.array_equal(shown[0], shown[1])
    assert not np.array_equal(shown[0], shown[2])
