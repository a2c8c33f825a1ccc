"""How far a clip reaches, told without decoding: never less far than the scan finds that it does."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from masters import make, picture, read, tone

from redact.request.times import shown
from redact.video.probe import probe
from redact.video.reach import ends_before

if TYPE_CHECKING:
    from pathlib import Path

H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")
LONG = Fraction(3600)

FILES: dict[str, tuple[object, ...]] = {
    "plain.mp4": (*picture(), *H264),
    "plain.mkv": (*picture(), *H264),
    "plain.ts": (*picture(), *H264),
    "plain.avi": (*picture(), *H264),
    "plain.mpg": (*picture(), "-c:v", "mpeg2video"),
    "packed.avi": (*picture(), "-c:v", "mpeg4", "-bf", "2"),
    "jpeg.avi": (*picture(), "-c:v", "mjpeg"),
    "plain.flv": (*picture(), *H264),
    "plain.webm": (*picture(seconds=1), "-c:v", "libvpx", "-deadline", "realtime"),
    "late.mkv": ("-itsoffset", "3", *picture(), *H264),
    "own_clock.ts": (*picture(), *H264, "-output_ts_offset", "500"),
    "slow.mp4": (*picture(rate="1", seconds=5), *H264),
    "varying.mkv": (*picture(seconds=4), "-vf", "select='not(mod(n\\,7))+lt(n\\,20)'", "-fps_mode", "vfr", *H264),
    "sounding.mp4": (*picture(), *tone(seconds=4), *H264, "-c:a", "aac"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of them, and one that an edit list cuts."""
    folder = tmp_path_factory.mktemp("clips")
    for name, arguments in FILES.items():
        make(folder / name, *arguments)
    make(folder / "cut.mp4", "-ss", "0.5", "-i", folder / "plain.mp4", "-c", "copy")
    make(folder / "raw.h264", *picture(), *H264, "-bsf:v", "h264_mp4toannexb", "-f", "h264")
    return folder


@pytest.mark.parametrize("name", [*FILES, "cut.mp4", "raw.h264"])
def test_no_time_that_the_scan_would_find_is_refused(folder: Path, name: str) -> None:
    """The last moment that is inside is never said to be outside, and what is far outside is."""
    fps = Fraction(25) if name.endswith(".h264") else None
    source, clip = probe(folder / name, fps), read(folder / name, fps)
    last = shown(clip, len(clip) - 1) + 1 / clip.rate
    for time in (Fraction(0), last / 2, last):
        assert ends_before(source, time) is None
    end = ends_before(source, LONG)
    assert end is not None
    assert last <= end <= last + 1


@pytest.mark.parametrize("name", ["plain.mp4", "plain.mkv", "plain.ts", "late.mkv", "own_clock.ts", "raw.h264"])
def test_where_every_packet_says_its_time_the_end_is_exact(folder: Path, name: str) -> None:
    """A hundredth of a second later is outside."""
    fps = Fraction(25) if name.endswith(".h264") else None
    source, clip = probe(folder / name, fps), read(folder / name, fps)
    last = shown(clip, len(clip) - 1) + 1 / clip.rate
    assert ends_before(source, last + Fraction(1, 100)) == last


def test_a_silence_may_lie_where_only_sound_is(folder: Path) -> None:
    """Sound that goes on after the picture counts where it is asked for."""
    source = probe(folder / "sounding.mp4")
    assert ends_before(source, Fraction(3)) == 2
    assert ends_before(source, Fraction(3), sound=True) is None
    end = ends_before(source, LONG, sound=True)
    assert end is not None
    assert 4 <= end < Fraction("4.1")


def test_a_clock_that_was_set_back_is_left_to_the_scan(folder: Path, tmp_path: Path) -> None:
    """Two recordings in one file: nobody refuses what the second of them may reach."""
    path = tmp_path / "joined.ts"
    path.write_bytes((folder / "own_clock.ts").read_bytes() + (folder / "plain.ts").read_bytes())
    assert ends_before(probe(path), LONG) is None


def test_a_file_that_breaks_off_is_left_to_the_scan_or_told_as_far_as_it_goes(folder: Path, tmp_path: Path) -> None:
    """Half of a file reaches no further than the whole, and never less far than it decodes."""
    for name in ("plain.ts", "plain.mkv"):
        data = (folder / name).read_bytes()
        path = tmp_path / name
        path.write_bytes(data[: len(data) // 2])
        clip, end = read(path), ends_before(probe(path), LONG)
        assert end is None or shown(clip, len(clip) - 1) + 1 / clip.rate <= end <= 4
