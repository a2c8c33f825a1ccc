"""Somebody on a photograph: one person from head to foot, or a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from clothes import BLUE, RED, WALL, Clothes, dressed

from redact.detect.colours import COLOURS
from redact.detect.photograph import looks_on
from redact.errors import InputUnusable
from redact.records.kinds import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Box = tuple[int, int, int, int]

WHOLE, BESIDE, BEHIND, HALF = (100, 40, 160, 200), (220, 60, 280, 210), (220, 60, 240, 110), (100, 150, 160, 200)


def photograph(folder: Path, *boxes: Box, enlarged: int = 1) -> Path:
    """Write a photograph into FOLDER, ENLARGED, on which people in red and blue are in BOXES."""
    rgb = np.full((240, 320, 3), WALL, np.uint8)
    for box in boxes:
        dressed(rgb, box, RED, BLUE)
    path = folder / "photo.png"
    large: NDArray[np.uint8] = np.asarray(cv2.resize(rgb, None, fx=enlarged, fy=enlarged), np.uint8)
    cv2.imwrite(str(path), large[..., ::-1])
    return path


def test_one_person_is_described_by_their_clothes(tmp_path: Path) -> None:
    """A red coat and blue trousers, the same at any size of the photograph, and other than the other way round."""
    small = looks_on(photograph(tmp_path, WHOLE), [Clothes()]).astype(float)
    assert small.shape == (COLOURS,)
    detector = Clothes()
    large = looks_on(photograph(tmp_path, WHOLE, enlarged=5), [detector]).astype(float)
    assert detector.side <= max(detector.sides)
    assert np.abs(small - large).mean() < 3
    upside_down = np.roll(small.reshape(6, -1), 3, axis=0).ravel()
    assert np.abs(small - upside_down).mean() > 20


def test_somebody_small_in_the_background_does_not_matter(tmp_path: Path) -> None:
    """Whoever is less than half as high is not who is meant."""
    alone = looks_on(photograph(tmp_path, WHOLE), [Clothes()])
    np.testing.assert_array_equal(looks_on(photograph(tmp_path, WHOLE, BEHIND), [Clothes()]), alone)


def test_two_networks_may_find_the_same_person(tmp_path: Path) -> None:
    """That makes no second one; networks that find something else are not asked."""
    detectors = [Clothes(), Clothes(), Clothes(Kind.FACE)]
    assert looks_on(photograph(tmp_path, WHOLE), detectors).any()
    assert detectors[2].side == 0


@pytest.mark.parametrize(
    ("boxes", "score", "said"),
    [
        ((), 0.9, "Nobody was found on the photograph"),
        ((WHOLE,), 0.2, "Nobody was found on the photograph"),
        ((WHOLE, BESIDE), 0.9, "shows more than one person"),
        ((HALF,), 0.9, "shows only a part of somebody"),
    ],
)
def test_any_other_photograph_is_refused(tmp_path: Path, boxes: tuple[Box, ...], score: float, said: str) -> None:
    """With what to take instead."""
    with pytest.raises(InputUnusable, match=said) as problem:
        looks_on(photograph(tmp_path, *boxes), [Clothes(score=score)])
    assert "from head to foot" in str(problem.value)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_photograph_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    """Whatever its name says."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(InputUnusable, match="is no photograph that can be read"):
        looks_on(path, [Clothes()])


def test_a_photograph_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(InputUnusable, match=r"photo\.jpg cannot be read \("):
        looks_on(tmp_path / "photo.jpg", [Clothes()])
