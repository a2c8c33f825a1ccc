"""Pictures of a copy at given frames: just those, whatever the times, and none in place of one that is not there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from masters import copy_of
from numbered import HEIGHT, MAKES, WIDTH, number_of, numbered

from redact.records.orientation import EVERY
from redact.video.stills import stills

if TYPE_CHECKING:
    from pathlib import Path

    from numbered import Make
    from numpy.typing import NDArray

    from redact.records.clip import Clip

FRAMES = 40


def read(picture: NDArray[np.uint8]) -> int:
    """Read the number that is burned into PICTURE."""
    return number_of(picture[..., 1])


@pytest.mark.parametrize("some", MAKES[:6], ids=lambda some: some.name)
@pytest.mark.parametrize("span", [None, (7, 31)], ids=["whole", "part"])
def test_each_is_the_frame_that_was_asked_for(some: Make, span: tuple[int, int] | None, tmp_path: Path) -> None:
    """The number burned into it says so: also where frames are apart unevenly, and of a copy of a part."""
    clip = numbered(tmp_path, some, FRAMES)
    copy, (first, end) = tmp_path / "copy.mp4", span or (0, len(clip))
    copy_of(clip, copy, span=span)
    wanted = [end - 1, first, (first + end) // 2, first + 1]
    found = stills(copy, clip, first, wanted, 10_000)
    assert {index: read(picture) for index, picture in found.items()} == {index: index for index in wanted}


def test_no_neighbour_is_given_for_a_frame_that_is_not_there(clip: Clip, tmp_path: Path) -> None:
    """After the end of the copy there is none, and between two there is none either."""
    copy = tmp_path / "copy.mp4"
    copy_of(clip, copy, span=(0, 20))
    assert list(stills(copy, clip, 0, [5, 30], 10_000)) == [5]
    shifted = replace(clip, pts=clip.pts + np.where(np.arange(FRAMES) == 5, 200, 0))
    assert list(stills(copy, shifted, 0, [4, 5], 10_000)) == [4]


@pytest.mark.parametrize("way", EVERY, ids=str)
def test_they_are_upright_and_small(way: object, clip: Clip, tmp_path: Path) -> None:
    """As the master is seen, and no longer than asked for."""
    copy = tmp_path / "copy.mp4"
    copy_of(clip, copy)
    turned = replace(clip, orientation=way)  # type: ignore[arg-type]
    (picture,) = stills(copy, turned, 0, [3], 80).values()
    across, down = turned.orientation.size(WIDTH, HEIGHT)
    assert picture.shape == (round(down * 80 / max(across, down)), round(across * 80 / max(across, down)), 3)


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    """A master in which each frame says which it is."""
    return numbered(tmp_path, MAKES[0], FRAMES)
