"""What the last layers say, as boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.heads import centerface, yolo

if TYPE_CHECKING:
    from numpy.typing import NDArray


def heat(*peaks: tuple[int, int, int, float], pictures: int = 1) -> list[NDArray[np.float32]]:
    """CenterFace's maps of 8 x 8 cells with PEAKS (picture, row, column, score), faces of 2 x 3 cells."""
    score = np.zeros((pictures, 1, 8, 8), np.float32)
    for picture, row, column, value in peaks:
        score[picture, 0, row, column] = value
    size = np.log(np.broadcast_to(np.array([3, 2], np.float32)[None, :, None, None], (pictures, 2, 8, 8)))
    return [score, size, np.zeros((pictures, 2, 8, 8), np.float32), np.zeros((pictures, 10, 8, 8), np.float32)]


def test_yolo_says_nothing_of_no_pictures() -> None:
    """An empty batch has no rows."""
    assert len(yolo([np.zeros((0, 6, 21), np.float32)], 0.1).score) == 0


def test_yolo_boxes_are_corners_of_middle_and_size() -> None:
    """The best class counts, and a weak anchor does not."""
    out = np.zeros((2, 6, 3), np.float32)
    out[1, :, 2] = [50, 40, 20, 10, 0.3, 0.7]
    out[0, :, 0] = [50, 40, 20, 10, 0.05, 0.05]
    rows = yolo([out], 0.1)
    assert rows.picture.tolist() == [1]
    assert rows.xyxy.tolist() == [[40, 35, 60, 45]]
    assert rows.score == pytest.approx([0.7])


def test_yolo_counts_only_the_classes_asked_for() -> None:
    """A dog is not a person, however sure the network is."""
    out = np.zeros((1, 6, 1), np.float32)
    out[0, :, 0] = [50, 40, 20, 10, 0.3, 0.7]
    assert yolo([out], 0.1, (0,)).score == pytest.approx([0.3])
    assert len(yolo([out], 0.5, (0,)).score) == 0


def test_centerface_says_nothing_of_a_cold_map() -> None:
    """No peak, no face."""
    assert len(centerface(heat(), 0.1).score) == 0


def test_centerface_boxes_are_where_the_peak_is() -> None:
    """A cell is 4 px, the middle of the face is in the middle of its cell, sizes are height before width."""
    rows = centerface(heat((1, 3, 5, 0.8), pictures=2), 0.1)
    assert rows.picture.tolist() == [1]
    np.testing.assert_allclose(rows.xyxy, [[22 - 4, 14 - 6, 22 + 4, 14 + 6]], rtol=1e-5)
    assert rows.score == pytest.approx([0.8])


def test_centerface_offsets_are_down_before_right() -> None:
    """Offsets are in cells."""
    maps = heat((0, 3, 5, 0.8))
    maps[2][0, :, 3, 5] = [0.25, 0.5]
    np.testing.assert_allclose(centerface(maps, 0.1).xyxy, [[24 - 4, 15 - 6, 24 + 4, 15 + 6]], rtol=1e-5)


def test_centerface_takes_the_warmest_of_neighbours() -> None:
    """Cells beside a peak are the same face; a peak at the edge and two of the same warmth all count."""
    rows = centerface(heat((0, 3, 3, 0.8), (0, 3, 4, 0.7), (0, 0, 0, 0.2), (0, 6, 6, 0.5), (0, 6, 7, 0.5)), 0.1)
    assert sorted(rows.score.round(1).tolist()) == pytest.approx([0.2, 0.5, 0.5, 0.8])


def test_a_size_beyond_belief_stays_finite() -> None:
    """A network gone wrong gives a box as large as the picture, not infinity."""
    maps = heat((0, 3, 3, 0.8))
    maps[1] = np.full((1, 2, 8, 8), 1e4, np.float32)
    assert np.isfinite(centerface(maps, 0.1).xyxy).all()
