"""A clip written from pictures in memory and a tune."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from masters import read, sound_of

from redact.advice import Given
from redact.errors import InputUnusable
from redact.video.decode import decode
from redact.video.demo_clip import write_clip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SIZE, RATE = (64, 48), Fraction(25)


def greys(count: int) -> Iterator[NDArray[np.uint8]]:
    """Pictures of one grey each."""
    for index in range(count):
        yield np.full((SIZE[1], SIZE[0], 3), 20 + 4 * index, np.uint8)


def test_pictures_and_tune_are_in_the_file(tmp_path: Path) -> None:
    """Every picture is a frame, at the rate, in its own grey, and each note is heard in its turn."""
    write_clip(tmp_path / "a.mp4", greys(50), SIZE, RATE, ((440, 1.0), (1000, 1.0)))
    clip = read(tmp_path / "a.mp4")
    assert [clip.seconds(n) for n in range(len(clip))] == [n / 25 for n in range(50)]
    means = np.array([frame.planes[0].mean() for frame in decode(clip)])
    assert np.all(np.diff(means) > 2)
    assert (clip.color.primaries, clip.color.space) == (1, 1)
    heard = sound_of(clip.path)
    for start, hertz in ((0, 440), (48_000, 1000)):
        assert abs(int(np.abs(np.fft.rfft(heard[start : start + 24_000])).argmax()) * 2 - hertz) <= 4


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Where the folder is a file nothing is written, and the error says what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputUnusable, match=r"a\.mp4 cannot be written") as caught:
        write_clip(tmp_path / "file" / "a.mp4", greys(2), SIZE, RATE, ((440, 1.0),))
    assert Given.FOLDER in caught.value.advice.parts


def test_a_full_disk_leaves_nothing(tiny_disk: Path) -> None:
    """A clip that does not fit is not there at all."""
    rng = np.random.default_rng(0)
    noise = (rng.integers(0, 255, (480, 640, 3), np.uint8) for _ in range(100))
    with pytest.raises(InputUnusable, match="cannot be written"):
        write_clip(tiny_disk / "a.mp4", noise, (640, 480), RATE, ((440, 4.0),))
    assert list(tiny_disk.iterdir()) == []


def test_a_failure_of_the_pictures_leaves_nothing(tmp_path: Path) -> None:
    """What goes wrong with the pictures is raised as it is, and no half clip stays."""

    def failing() -> Iterator[NDArray[np.uint8]]:
        yield from greys(3)
        message = "no more pictures"
        raise ValueError(message)

    with pytest.raises(ValueError, match="no more pictures"):
        write_clip(tmp_path / "a.mp4", failing(), SIZE, RATE, ((440, 1.0),))
    assert list(tmp_path.iterdir()) == []
