"""A box drawn on one frame of a clip, followed both ways: key frames that hold what was drawn."""

from __future__ import annotations

from collections import deque
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from corridor import FRAMES, SIDE, RedSquare, corridor, places

from redact.case.tracing import trace
from redact.decide.drawn import places as drawn_places
from redact.detect.scan import scan
from redact.errors import UsageProblem
from redact.records.drawn import Drawing, Drawn
from redact.track.follow import End
from redact.video.decode import decode

if TYPE_CHECKING:
    from collections.abc import Generator

    from redact.case.tracing import Traced
    from redact.detect.found import Scan
    from redact.records.clip import Frame


class Film:
    """Gives frames of a clip by index, from its start each time."""

    def __init__(self, found: Scan) -> None:
        """Read the clip of what was FOUND."""
        self._clip = found.clip

    def wind(self, index: int, keep: int = 1) -> tuple[Frame, ...]:
        """Give the last KEEP frames up to INDEX."""
        held: deque[Frame] = deque(maxlen=keep)
        with closing(cast("Generator[Frame]", decode(self._clip))) as frames:
            for frame in frames:
                held.append(frame)
                if frame.index == index:
                    break
        return tuple(held)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """Two seconds of a corridor, in which one walks and one stands."""
    return scan(corridor(tmp_path_factory.mktemp("hall") / "hall.mp4"), [RedSquare()])


def held(found: Scan, traced: Traced, which: int) -> list[float]:
    """Say for each frame which share of the one of two, WHICH, lies in the region as it is drawn there."""
    drawn = Drawn(Drawing.HIDE, (traced.first, traced.last + 1), traced.keys)
    shares = []
    for frame, (x0, y0, x1, y1) in enumerate(drawn_places(found.clip, drawn), traced.first):
        x, y = places(frame)[which]
        across, down = min(x1, x + SIDE) - max(x0, x), min(y1, y + SIDE) - max(y0, y)
        shares.append(max(across, 0) * max(down, 0) / SIDE**2)
    return shares


@pytest.mark.parametrize("which", [0, 1])
def test_who_is_drawn_in_the_middle_is_hidden_from_beginning_to_end(hall: Scan, which: int) -> None:
    """Who walks and who stands, with few key frames; on the frame that was drawn the box is the one that was drawn."""
    x, y = places(25)[which]
    box = (x, y, x + SIDE, y + SIDE)
    traced = trace(hall, Film(hall), 25, box)
    assert (traced.first, traced.last, traced.before, traced.after) == (0, FRAMES - 1, End.CLIP, End.CLIP)
    assert min(held(hall, traced, which)) > 0.98
    assert len(traced.keys) < 15
    assert dict(traced.keys)[25] == box


def test_nobody_is_followed_over_a_cut(hall: Scan) -> None:
    """The first frame of another scene is not gone back beyond, nor reached."""
    x, y = places(25)[1]
    cut = replace(hall, cuts=np.array([20, 30], np.int32))
    traced = trace(cut, Film(hall), 25, (x, y, x + SIDE, y + SIDE))
    assert (traced.first, traced.last, traced.before, traced.after) == (20, 29, End.CUT, End.CUT)


def test_a_plain_wall_is_no_claim(hall: Scan) -> None:
    """Wherever it ends, it holds the frame on which it was drawn, and says why it ended."""
    traced = trace(hall, Film(hall), 10, (150, 200, 190, 230))
    assert traced.first <= 10 <= traced.last
    assert dict(traced.keys)[10] == (150, 200, 190, 230)


@pytest.mark.parametrize(("frame", "box"), [(25, (400, 10, 500, 60)), (25, (10, 10, 12, 60)), (50, (10, 10, 60, 60))])
def test_what_is_no_box_is_not_followed(hall: Scan, frame: int, box: tuple[int, int, int, int]) -> None:
    """It is said in a sentence."""
    with pytest.raises(UsageProblem, match="nothing to follow"):
        trace(hall, Film(hall), frame, box)
