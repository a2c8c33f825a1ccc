"""The copy: which frames it has, when they are shown, and what is on them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from copies import MARK, damaged, every_frame, plan_of, spec_of, street
from masters import sound_of, tone

from redact.errors import SourceChanged
from redact.paint.compositor import Painter, is_hidden_whole, luma_of
from redact.paint.render import frames_of, render
from redact.records.clip import Frame
from redact.records.kinds import Style
from redact.video.audio import Sound
from redact.video.clock import offset
from redact.video.second import second_decode

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.records.plan import MaskPlan

BOX = (96, 64, 176, 176)


def decoded(path: Path, clip: Clip, plan: MaskPlan) -> tuple[list[Fraction], list[NDArray[Any]]]:
    """Times of the copy at PATH, and the luma of its picture part."""
    layout = Painter(clip, plan, MARK, overlay=False).layout
    times, lumas = [], []
    for time, planes in second_decode(path, clip, layout):
        times.append(time)
        lumas.append(luma_of(Frame(0, 0, planes, None, damaged=False), clip, layout))
    return times, lumas


def difference(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Mean absolute difference in levels."""
    return float(np.abs(a.astype(np.float32) - b.astype(np.float32)).mean())


def test_a_plan_without_boxes_leaves_the_picture_as_it_is(tmp_path: Path) -> None:
    """Nothing to hide: every frame is there at its own time, close to the master's, and progress reaches the end."""
    clip = street(tmp_path / "master.mp4")
    plan, told = plan_of(clip, {}), []
    render(spec_of(clip, plan), tmp_path / "copy.mp4", progress=lambda *step: told.append(step))
    times, lumas = decoded(tmp_path / "copy.mp4", clip, plan)
    assert times == [int(tick) * clip.time_base for tick in clip.pts]
    masters = [frame.planes[0].copy() for frame in frames_of(clip, plan)]
    assert max(map(difference, masters, lumas)) < 4
    assert told == [("render", done, 24) for done in range(1, 25)]


@pytest.mark.parametrize("style", Style)
def test_what_is_in_a_box_is_gone_and_what_is_outside_stays(tmp_path: Path, style: Style) -> None:
    """The box is painted over on every frame, in every style."""
    clip = street(tmp_path / "master.mp4")
    plan = plan_of(clip, every_frame(clip, BOX), style=style)
    render(spec_of(clip, plan), tmp_path / "copy.mp4")
    _, lumas = decoded(tmp_path / "copy.mp4", clip, plan)
    inside = np.s_[BOX[1] : BOX[3], BOX[0] : BOX[2]]
    for frame, luma in zip(frames_of(clip, plan), lumas, strict=True):
        assert difference(frame.planes[0][inside], luma[inside]) > 6
        assert difference(frame.planes[0][: BOX[1] - 8], luma[: BOX[1] - 8]) < 4


def test_a_span_gives_its_own_frames_from_0_on(tmp_path: Path) -> None:
    """Frames 5 to 14 of a clip with sound make a copy of ten frames that starts at 0 and is as long as they are."""
    clip = street(tmp_path / "master.mp4", *tone(seconds=0.96))
    plan = plan_of(clip, every_frame(clip, BOX), frames=(5, 15))
    render(spec_of(clip, plan, Sound(keep=True)), tmp_path / "copy.mp4")
    times, lumas = decoded(tmp_path / "copy.mp4", clip, plan)
    shift = offset(clip, plan.frames)
    assert times == [(int(tick) - shift) * clip.time_base for tick in clip.pts[5:15]]
    first = next(frames_of(clip, plan))
    assert first.index == 5
    assert times[0] == Fraction(0)
    assert difference(first.planes[0][: BOX[1] - 8], lumas[0][: BOX[1] - 8]) < 4
    assert len(sound_of(tmp_path / "copy.mp4")) == pytest.approx(0.4 * 48_000, abs=2048)


def test_a_damaged_frame_is_hidden_whole_even_where_the_plan_forgot_it(tmp_path: Path) -> None:
    """Of a frame that decoded damaged nothing is shown."""
    clip = damaged(street(tmp_path / "master.mp4"), 7)
    plan = plan_of(clip, {})
    render(spec_of(clip, plan), tmp_path / "copy.mp4")
    _, lumas = decoded(tmp_path / "copy.mp4", clip, plan)
    assert [index for index, luma in enumerate(lumas) if is_hidden_whole(luma)] == [7]


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p", "yuv420p10le", "gray"])
def test_an_odd_picture_has_no_edge_that_shows_what_is_hidden(tmp_path: Path, pix_fmt: str) -> None:
    """A box that ends with a picture of odd size covers the doubled column and row too, in every format."""
    clip = replace(street(tmp_path / "master.mkv", "-pix_fmt", "yuv444p", size=(161, 121)), pix_fmt=pix_fmt)
    plan = plan_of(clip, every_frame(clip, (80, 60, 161, 121)), style=Style.FILL)
    painted = Painter(clip, plan, MARK, overlay=False)(next(frames_of(clip, plan)))
    hidden = luma_of(painted, replace(clip, width=162, height=122), Painter(clip, plan, MARK, overlay=False).layout)
    assert len(np.unique(hidden[60:, 80:])) == 1


def test_a_plan_for_another_master_is_refused(tmp_path: Path) -> None:
    """A plan made for other bytes hides other people; nothing is written."""
    clip = street(tmp_path / "master.mp4")
    with pytest.raises(SourceChanged, match="is not the file that was scanned"):
        render(spec_of(clip, plan_of(clip, {}, master="0" * 64)), tmp_path / "copy.mp4")
    assert not (tmp_path / "copy.mp4").exists()


def test_a_master_that_lost_frames_since_the_scan_stops_the_job(tmp_path: Path) -> None:
    """Fewer frames than were scanned is a changed master, not a shorter copy."""
    clip = street(tmp_path / "master.mp4")
    longer = replace(clip, pts=np.append(clip.pts, clip.pts[-1] + 512))
    with pytest.raises(SourceChanged):
        render(spec_of(longer, plan_of(longer, {})), tmp_path / "copy.mp4")
