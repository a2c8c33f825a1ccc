"""What went wrong with frames elsewhere, by public report, each tried here on a master made like the one reported."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from masters import make, read
from numbered import MAKES, number_in, number_of, numbered

from redact.request.times import frame_at, shown
from redact.review.pictures.frames import Frames
from redact.review.pictures.reel import Reel
from redact.review.pictures.reels import Film
from redact.video.hearing import RATE, Heard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from redact.records.clip import Clip

KINDS = {some.name: some for some in MAKES}


def shows(clip: Clip, wanted: Sequence[int]) -> list[int]:
    """Numbers of the frames that are shown for those WANTED, in that order, by one decoder."""
    with closing(Reel(clip)) as reel:
        return [number_of(reel.wind(index)[-1].planes[0]) for index in wanted]


def late(path: Path) -> Clip:
    """A master whose first picture is shown after 1.5 s."""
    return numbered(path, KINDS["delayed-start"])


def trimmed(path: Path) -> Clip:
    """A master whose header tells players to leave out the pictures up to one between two key pictures."""
    return read(make(path / "trimmed.mp4", "-ss", 1.5, "-i", numbered(path, KINDS["b-frames"]).path, "-c", "copy"))


def of(kind: str, frames: int = 96) -> Callable[[Path], Clip]:
    """A master of KIND."""
    return lambda path: numbered(path, KINDS[kind], frames)


REPORTS: dict[str, tuple[Callable[[Path], Clip], Sequence[int]]] = {
    "opencv 4890: with B-frames the picture is a later one": (of("b-frames"), (90, 10, 61, 60, 59)),
    "opencv 9053: going back does not lead to the frame set": (of("b-frames"), range(95, -1, -1)),
    "decord 365: many B-frames, the file opened anew for each": (of("open-gop"), (3, 50, 11, 12, 13)),
    "decord 78: where a key picture is asked for, another one comes": (of("25-fps"), (0, 25, 50, 75, 25)),
    "decord 91: of VP8 always one of the first is shown": (of("vp8"), (80, 95, 40)),
    "torchcodec 1339: back from near the end an old picture comes": (of("hevc", 161), (159, 35, 160, 34)),
    "vllm 42586: the key picture is taken for the one asked for": (of("one-key", 200), range(0, 200, 25)),
    "video_reader-rs 78: a window moved on by one jumps back at a key picture": (of("b-frames"), range(27, 34)),
    "fiftyone 8373: after dropped ticks time by rate is another frame": (of("dropped-ticks"), (20, 50, 86)),
    "PyAV 349: in an AVI nothing is shown after going to the middle": (of("mjpeg-avi"), (60, 61, 5)),
    "jmisb 468: where time does not begin at 0 places are past the end": (late, (0, 1, 95, 40)),
    "label-studio 4714: a late start loses the first two": (late, (0, 1, 2)),
    "label-studio 7591: a rate that changes": (of("variable-rate"), (16, 17, 18, 51, 95)),
}


@pytest.mark.parametrize("report", REPORTS)
def test_the_frame_is_the_one_that_was_asked_for(report: str, tmp_path: Path) -> None:
    """By the number in the picture; of a master with dropped pictures, the one in that place."""
    made, wanted = REPORTS[report]
    clip = made(tmp_path)
    every = shows(clip, range(len(clip)))
    assert sorted(set(every)) == every
    assert shows(clip, wanted) == [every[index] for index in wanted]


def test_pictures_that_the_header_leaves_out_are_not_counted(tmp_path: Path) -> None:
    """Fiftyone 8410: frame 0 is the first that a player shows, whichever is first in the file."""
    clip = trimmed(tmp_path)
    first = shows(clip, [0])[0]
    assert first > 30
    assert shows(clip, [len(clip) - 1, 7, 0]) == [first + len(clip) - 1, first + 7, first]


@pytest.mark.parametrize("kind", ["variable-rate", "dropped-ticks", "delayed-start", "25-fps"])
def test_a_time_leads_to_the_frame_on_screen_then(kind: str, tmp_path: Path) -> None:
    """Kitsu 892, ayon-frontend 1223, DIVE 610: the time of a frame, and any up to the next one's, is that frame."""
    clip = numbered(tmp_path, KINDS[kind], 60)
    for index in range(len(clip) - 1):
        begins, ends = shown(clip, index), shown(clip, index + 1)
        assert [frame_at(clip, begins + (ends - begins) * part / 10) for part in (0, 5, 9)] == [index] * 3


def test_a_turned_picture_is_not_squeezed(tmp_path: Path) -> None:
    """Opencv 15499, openmpf 1503: a phone's picture is upright, as high as its coded one is wide."""
    flat = numbered(tmp_path, KINDS["25-fps"], 8)
    clip = read(make(tmp_path / "turned.mp4", "-display_rotation", 90, "-i", flat.path, "-c", "copy"))
    assert clip.size_as_seen == (flat.height, flat.width)
    with closing(Frames()) as frames:
        assert number_in(frames.picture(Film("a", clip), 5).data, clip.orientation.turns) == 5


def test_an_hour_of_sound_is_a_screen_of_peaks() -> None:
    """Wavesurfer 1001, 2916, 3647: a browser is given as many peaks as it is wide, whatever the length."""
    loud = np.random.default_rng(1).integers(0, 32_000, 3600 * RATE).astype(np.int16)
    heard = Heard(-loud, loud, np.zeros((0, 2), np.int64))
    peaks = heard.between(Fraction(0), Fraction(3600), 1_900)
    assert peaks.shape == (1_900, 2)
    assert peaks[:, 1].min() > 0.9
