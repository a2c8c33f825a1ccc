"""The second opinion agrees with the first, and says so where it cannot."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pytest
from masters import make, picture, read

from redact.errors import VerificationFailed
from redact.records.clip import Layout
from redact.video.decode import decode
from redact.video.program import program
from redact.video.second import second_decode, transcode

if TYPE_CHECKING:
    from pathlib import Path

    from redact.records.clip import Clip

LAYOUT = Layout(160, 120, 0, 0)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Ten seconds, 250 frames."""
    arguments = (*picture(seconds=10), "-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", 2)
    return read(make(tmp_path_factory.mktemp("second") / "a.mp4", *arguments))


def test_it_sees_what_the_first_decoder_sees(clip: Clip) -> None:
    """Every plane and every time are the same in both."""
    for frame, (at, planes) in zip(decode(clip), second_decode(clip.path, clip, LAYOUT), strict=True):
        assert at == frame.pts * clip.time_base
        assert all(np.array_equal(a, b) for a, b in zip(frame.planes, planes, strict=True))


def test_a_long_copy_does_not_block_it(tmp_path: Path) -> None:
    """More frames than it reads times ahead, and a reader slower than it."""
    arguments = (*picture("32x32", "100", 25), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    clip = read(make(tmp_path / "a.mp4", *arguments))
    count = 0
    for count, _ in enumerate(second_decode(clip.path, clip, Layout(32, 32, 0, 0)), 1):
        if count == 1:
            time.sleep(0.3)
    assert count == len(clip) == 2500


@pytest.mark.parametrize("taken", [0, 1, 40])
def test_leaving_early_does_not_hang(clip: Clip, taken: int) -> None:
    """A reader that stops, even while the program waits to be read, leaves neither process nor thread."""
    found = second_decode(clip.path, clip, LAYOUT)
    assert len(list(islice(found, taken))) == taken
    time.sleep(0.5 if taken == 1 else 0)
    start = time.monotonic()
    found.close()  # type: ignore[attr-defined]
    assert time.monotonic() - start < 1


def test_a_failure_of_the_reader_does_not_hang(clip: Clip) -> None:
    """What the reader raises comes through."""
    message = "the reader failed"
    with pytest.raises(ValueError, match=message):  # noqa: PT012  the loop is the point
        for _ in second_decode(clip.path, clip, LAYOUT):
            time.sleep(0.3)
            raise ValueError(message)


@pytest.mark.parametrize("what", ["missing", "text", "empty"])
def test_a_copy_that_does_not_decode_fails_the_check(what: str, clip: Clip, tmp_path: Path) -> None:
    """No frame at all is a failure, not an empty copy."""
    path = tmp_path / "b.mp4"
    if what != "missing":
        path.write_text("no video" * (what == "text"))
    with pytest.raises(VerificationFailed, match="0 frames"):
        list(second_decode(path, clip, LAYOUT))


def test_a_copy_of_another_size_fails_the_check(clip: Clip) -> None:
    """Pictures and times that do not match in number are noticed."""
    with pytest.raises(VerificationFailed):
        list(second_decode(clip.path, clip, Layout(168, 136, 0, 0)))


def test_colours_in_the_log_do_not_hide_the_times(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal setting that colours the program's words changes nothing."""
    monkeypatch.setenv("AV_LOG_FORCE_256COLOR", "1")
    monkeypatch.setenv("AV_LOG_FORCE_COLOR", "1")
    assert len(list(second_decode(clip.path, clip, LAYOUT))) == len(clip)


def test_the_yardstick_keeps_every_frame(clip: Clip, tmp_path: Path) -> None:
    """A bare transcode has the master's frames at the master's times."""
    transcode(clip.path, tmp_path / "b.mp4", "ultrafast", 30)
    again = read(tmp_path / "b.mp4")
    assert [again.seconds(n) for n in range(len(again))] == [float(Fraction(n, 25)) for n in range(len(clip))]
    assert program()
