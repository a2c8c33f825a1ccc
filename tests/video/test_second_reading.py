"""What the second program says and shows of a file, without the first reading."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from masters import make, picture, tone

import redact.video.second_reading as module
from redact.errors import VerificationFailed
from redact.video.second_reading import StreamRead, Window, frame_times, read, shown

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
ALL = Window(Fraction(-1), Fraction(1000))


def test_it_shares_nothing_with_the_first_reading() -> None:
    """No module that reads a file for the scan is imported, not even for types."""
    tree = ast.parse(Path(str(module.__file__)).read_text())
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    found |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not found & {
        "av",
        "redact.video.probe",
        "redact.video.decode",
        "redact.video.pictures",
        "redact.records.tracks",
    }


@pytest.fixture(scope="module")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with two sound tracks, a key picture every half a second, in BT.709."""
    tags = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
    maps = ("-map", "0:v", "-map", "1:a", "-map", "2:a")
    arguments = (*picture("160x120"), *tone(), *tone(880), *maps, *X264, "-bf", 2, "-g", 12, *tags)
    return make(tmp_path_factory.mktemp("reading") / "a.mp4", *arguments)


def test_it_lists_streams_packets_and_tags(mp4: Path) -> None:
    """Number and kinds, size, matrix, length, and the time of every picture in order."""
    reading = read(mp4)
    assert reading.kinds() == {"video": 1, "audio": 2}
    stream = reading.videos()[0]
    assert (stream.index, stream.size, stream.matrix, stream.turn) == (0, (160, 120), "bt709", "")
    packets = reading.packets[0]
    assert [int(pts) * packets.base for pts in packets.pts] == [Fraction(n, 25) for n in range(50)]
    assert np.flatnonzero(packets.keys).tolist() == [0, 12, 24, 36, 48]
    assert not reading.restamped


def test_packets_and_decoding_tell_the_same_times(mp4: Path) -> None:
    """What is counted cheaply is what decoding counts."""
    assert frame_times(mp4, 0) == [Fraction(n, 25) for n in range(50)]


def test_a_file_of_nothing_fails(tmp_path: Path) -> None:
    """What the program can make nothing of is told."""
    path = tmp_path / "a.mp4"
    path.write_text("no video")
    with pytest.raises(VerificationFailed, match="finds no picture"):
        read(path)


@pytest.mark.parametrize("seek", [None, 24 / 25])
def test_pictures_come_at_their_times_from_the_start_or_from_a_key_picture(mp4: Path, seek: float | None) -> None:
    """Whether the file is entered in the middle or not, a window shows the same."""
    window = Window(Fraction(99, 100), Fraction(107, 100))
    found = list(shown(mp4, read(mp4).videos()[0], [window], seek_s=seek))
    assert [one.seconds for one in found] == [Fraction(1), Fraction(26, 25)]
    assert all(one.rgb.shape == (120, 160, 3) and one.aspect == 1 for one in found)


@pytest.mark.parametrize("turn", [90, 180, 270])
@pytest.mark.parametrize("flip", [False, True])
def test_pictures_are_shown_as_players_show_them(mp4: Path, tmp_path: Path, turn: int, flip: bool) -> None:
    """Turned anticlockwise as the file says, and mirrored."""
    flips = ("-display_hflip",) if flip else ()
    other = make(tmp_path / "b.mp4", "-display_rotation", turn, *flips, "-i", mp4, "-c", "copy", "-an")
    upright = next(shown(mp4, read(mp4).videos()[0], [ALL])).rgb
    seen = next(shown(other, read(other).videos()[0], [ALL])).rgb
    turned = np.rot90(upright, turn // 90)
    wanted = turned[:, ::-1] if flip else turned
    assert seen.shape == wanted.shape
    assert np.abs(seen.astype(int) - wanted).mean() < 4


def test_only_the_picture_of_a_copy_is_shown(mp4: Path) -> None:
    """What lies at the right and below of the size that is asked for is left away."""
    stream = read(mp4).videos()[0]
    whole, part = (next(shown(mp4, stream, [ALL], size)).rgb for size in (None, (101, 51)))
    assert np.array_equal(part, whole[:51, :101])


def test_a_shape_that_is_not_square_is_told(tmp_path: Path) -> None:
    """The shape of a px comes with every picture."""
    path = make(tmp_path / "a.mkv", *picture(seconds=0.2), "-vf", "setsar=16/11", *X264)
    assert next(shown(path, read(path).videos()[0], [ALL])).aspect == Fraction(16, 11)


def stream(words: str) -> StreamRead:
    """A video stream that the program describes in WORDS."""
    return StreamRead(0, "Video", words)


@pytest.mark.parametrize(
    ("words", "matrix", "guess"),
    [
        ("h264 (High), yuv420p(tv, bt709, progressive), 640x360", "bt709", ""),
        ("h264 (High), yuv420p(tv, unknown/bt709/bt709), 640x360", "", "bt601"),
        ("h264 (High), yuv420p(tv, bt470bg/unknown/unknown), 1920x1080", "bt470bg", ""),
        ("h264 (High) (avc1 / 0x31637661), yuv420p, 1920x1080 [SAR 1:1 DAR 16:9]", "", "bt709"),
        ("mpeg2video (Main), yuv420p(tv, top first), 720x576", "", "bt601"),
        ("mpeg2video (Main), yuv420p(tv, top first), 720x662", "", "bt709"),
        ("apng, rgb24(pc, gbr/smpte170m/unknown), 384x216", "gbr", ""),
    ],
)
def test_an_untagged_picture_is_coloured_as_players_guess(words: str, matrix: str, guess: str) -> None:
    """By its size, where it names no matrix."""
    assert (stream(words).matrix, stream(words).matrix_for_players) == (matrix, guess)


@pytest.mark.parametrize(
    ("words", "full"),
    [
        ("h264 (High), yuv420p(tv, bt709), 64x48", False),
        ("h264 (High), yuvj420p(pc, progressive), 64x48", True),
        ("h264 (High), gray, 64x48", False),
        ("mjpeg (Baseline), gray(bt470bg/unknown/unknown), 64x48", True),
        ("rawvideo (Y800 / 0x30303859), gray, 64x48", True),
    ],
)
def test_the_range_of_grey_depends_on_its_codec(words: str, full: bool) -> None:
    """Where a stream says no range, its standard does."""
    assert stream(words).full_range is full
