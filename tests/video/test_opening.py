"""What is opened, and what is refused before more than its first bytes are read."""

from __future__ import annotations

import os
import time
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from masters import make, picture, tone

from redact.errors import InputUnusable
from redact.video import opening
from redact.video.decode import decode
from redact.video.native import native_metadata
from redact.video.opening import MOST_STREAMS, opened
from redact.video.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")

LISTS = {
    "HLS": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\npart.ts\n#EXT-X-ENDLIST\n",
    "HLS of a stream that goes on": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\npart.ts\n",
    "a list of FFmpeg's": "ffconcat version 1.0\nfile 'part.ts'\n",
    "SDP": "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\n",
    "DASH": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period/></MPD>\n',
    "PLS": "[playlist]\nFile1=part.ts\nNumberOfEntries=1\n",
}

OPENINGS: dict[str, Callable[[Path], object]] = {"probe": probe, "metadata": native_metadata}


@pytest.mark.parametrize("way", OPENINGS)
@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_other_files_is_refused_before_it_is_followed(name: str, way: str, tmp_path: Path) -> None:
    """Whatever names other files is refused at once, though what it names would never end: nothing of it is opened."""
    os.mkfifo(tmp_path / "part.ts")
    path = tmp_path / "master.mp4"
    path.write_text(LISTS[name])
    start = time.monotonic()
    with pytest.raises(InputUnusable, match="is not a video but a list of other files"):
        OPENINGS[way](path)
    assert time.monotonic() - start < 2


def test_text_is_not_drawn_as_a_picture(tmp_path: Path) -> None:
    """Text that some players show as a video is none, whatever its name."""
    path = tmp_path / "notes.ans"
    path.write_bytes(b"\x1b[31mDear Sir\x1b[0m\n" * 200)
    with pytest.raises(InputUnusable, match="is not a video"):
        probe(path)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_file_of_very_many_streams_is_refused_quickly(ending: str, tmp_path: Path) -> None:
    """More streams than any recording has are refused in a sentence, and never read in part."""
    tracks = (argument for _ in range(MOST_STREAMS + 6) for argument in ("-map", 1))
    path = make(
        tmp_path / f"a.{ending}", *picture(seconds=0.2), *tone(seconds=0.2), "-map", 0, *tracks, *X264, "-c:a", "aac"
    )
    start = time.monotonic()
    with pytest.raises(InputUnusable, match="more than 64 streams"):
        probe(path)
    assert time.monotonic() - start < 3


def test_a_picture_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would take minutes for each picture is refused with its size and the limit."""
    path = make(tmp_path / "a.avi", *picture(seconds=0.2), "-c:v", "mjpeg")
    monkeypatch.setattr(opening, "MOST_PX", 160 * 120 - 1)
    with pytest.raises(InputUnusable, match="picture of 160x120 px"):
        probe(path)
    monkeypatch.setattr(opening, "MOST_PX", 160 * 120)
    assert probe(path).width == 160


ANIMATIONS: dict[str, tuple[object, ...]] = {
    "a.gif": (),
    "gif.jpg": ("-f", "gif"),
    "a.apng": (),
    "apng.png": ("-f", "apng"),
}


@pytest.mark.parametrize("name", ANIMATIONS)
def test_an_animation_is_no_still_picture(name: str, tmp_path: Path) -> None:
    """Pictures that move are a video, whatever the name of the file."""
    path = make(tmp_path / name, *picture(rate="10", seconds=1), *ANIMATIONS[name])
    assert len(list(decode(probe(path)))) == 10


def test_a_row_of_jpegs_under_the_name_of_one_is_a_stream_without_times(tmp_path: Path) -> None:
    """What a camera streams as JPEG after JPEG can be worked on, once its rate is given."""
    path = make(tmp_path / "cam.jpg", *picture(seconds=1), "-c:v", "mjpeg", "-f", "mjpeg")
    with pytest.raises(InputUnusable, match="carries no times"):
        probe(path)
    assert len(list(decode(probe(path, Fraction(25))))) == 25


def test_a_sound_file_is_opened_to_say_that_it_is_one(tmp_path: Path) -> None:
    """Sound is known, so that the sentence can say what is missing."""
    with opened(make(tmp_path / "a.wav", *tone(seconds=1))) as container:
        assert [stream.type for stream in container.streams] == ["audio"]
