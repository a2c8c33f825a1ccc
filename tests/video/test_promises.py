"""Recordings that break off are told as damage, and whole ones never are."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from masters import make, picture, read, tone

if TYPE_CHECKING:
    from pathlib import Path

VP8 = ("-c:v", "libvpx", "-c:a", "libopus")
CODECS: dict[str, tuple[str, ...]] = {"mkv": (), "webm": VP8, "flv": (), "wmv": (), "mp4": ("-movflags", "+faststart")}

WHOLE: dict[str, tuple[object, ...]] = {
    "silent": picture(seconds=3),
    "sound that is longer": (*picture(seconds=2), *tone(seconds=5)),
    "sound that is shorter": (*picture(seconds=4), *tone(seconds=1)),
    "sound that begins late": (*picture(seconds=3), "-itsoffset", 2, *tone(seconds=3)),
    "picture that begins late": ("-itsoffset", 2, *picture(seconds=3), *tone(seconds=5)),
    "a clock of its own": (*picture(seconds=3), *tone(seconds=3), "-output_ts_offset", 100),
    "one picture in three seconds": picture(rate="1/3", seconds=15),
    "a variable rate": (*picture(seconds=4), "-vf", "select='lt(n,20)+not(mod(n,24))'", "-fps_mode", "vfr"),
}


@pytest.mark.parametrize("ending", CODECS)
@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_recording_is_not_called_short(name: str, ending: str, tmp_path: Path) -> None:
    """Whatever streams a file has and however they begin and end, nothing is missing where nothing is."""
    clip = read(make(tmp_path / f"a.{ending}", *WHOLE[name], *CODECS[ending]))
    assert (clip.damage.lost, clip.damage.notes) == (0, ())


@pytest.mark.parametrize("ending", CODECS)
@pytest.mark.parametrize("share", [0.3, 0.6])
@pytest.mark.parametrize("sound", [True, False])
def test_a_recording_that_breaks_off_is_told(ending: str, share: float, tmp_path: Path, *, sound: bool) -> None:
    """Of a file cut off at any place the header's promise is held against what is there."""
    inputs = (*picture(seconds=5), *tone(seconds=5)) if sound else picture(seconds=5)
    whole = make(tmp_path / f"a.{ending}", *inputs, *CODECS[ending]).read_bytes()
    cut = tmp_path / f"cut.{ending}"
    cut.write_bytes(whole[: int(len(whole) * share)])
    clip = read(cut)
    assert 125 - len(clip) - 15 <= clip.damage.lost <= 125 - len(clip) + 15
    assert "The header promises" in clip.damage.notes[-1]


@pytest.mark.parametrize("count", [0, 10, 150])
def test_a_wrong_count_in_the_header_of_a_whole_avi_is_no_loss(count: int, tmp_path: Path) -> None:
    """A file as long as it says itself is whole, however many pictures its header counts."""
    path = make(tmp_path / "a.avi", *picture(seconds=3), "-c:v", "mjpeg")
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, raw.find(b"strh") + 8 + 32, count)
    path.write_bytes(raw)
    clip = read(path)
    assert (len(clip), clip.damage.lost, clip.damage.notes) == (75, 0, ())


def test_an_avi_whose_index_lists_some_pictures_gives_all(tmp_path: Path) -> None:
    """A short index hides no pictures."""
    path = make(tmp_path / "a.avi", *picture(seconds=3), "-c:v", "mjpeg")
    raw = path.read_bytes()
    index = raw.find(b"idx1")
    path.write_bytes(raw[: index + 4] + struct.pack("<I", 160) + raw[index + 8 : index + 168])
    clip = read(path)
    assert (len(clip), clip.damage.lost) == (75, 0)


def test_an_avi_that_breaks_off_is_told(tmp_path: Path) -> None:
    """What the header counts and the file does not hold is lost."""
    path = make(tmp_path / "a.avi", *picture(seconds=3), "-c:v", "mjpeg")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    clip = read(path)
    assert len(clip) + clip.damage.lost == 75


@pytest.mark.parametrize("muxer", ["mpeg", "vob", "svcd", "vcd"])
@pytest.mark.parametrize("flags", ["+ildct+ilme", "-ildct"])
@pytest.mark.parametrize("rate", ["30k", "2M"])
def test_a_whole_program_stream_is_not_called_damaged(muxer: str, flags: str, rate: str, tmp_path: Path) -> None:
    """Pictures that share a packet, and so have no time of their own, are as the standard has them."""
    still = ("-f", "lavfi", "-i", "color=gray:s=352x288:r=25:d=6", *tone(seconds=6))
    codec = ("-c:v", "mpeg2video", "-b:v", rate, "-g", 12, "-bf", 2, "-flags", flags, "-c:a", "mp2", "-f", muxer)
    clip = read(make(tmp_path / "a.mpg", *still, *codec))
    assert (len(clip), clip.damage.lost, clip.damage.retimed, clip.damage.notes) == (150, 0, 0, ())
    assert {int(b - a) for a, b in zip(clip.pts[:-1], clip.pts[1:], strict=True)} == {3600}
