"""What a file says it is, and why it may not be used."""

from __future__ import annotations

import os
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from masters import make, picture, tone

from redact.advice import Give, Given
from redact.errors import InputUnusable
from redact.records.orientation import UPRIGHT
from redact.video.probe import probe, stream_facts

if TYPE_CHECKING:
    from collections.abc import Callable

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@pytest.fixture(scope="module")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of picture with sound."""
    return make(tmp_path_factory.mktemp("mp4") / "a.mp4", *picture(seconds=1), *tone(seconds=1), *X264)


def still(path: Path) -> Path:
    """A picture file."""
    cv2.imwrite(str(path), np.full((32, 32, 3), 90, np.uint8))
    return path


def written(path: Path, data: bytes) -> Path:
    """A file of DATA."""
    path.write_bytes(data)
    return path


def pipe(path: Path) -> Path:
    """A pipe that nobody writes to."""
    os.mkfifo(path)
    return path


def folder(path: Path) -> Path:
    """An empty folder."""
    path.mkdir()
    return path


def playlist(path: Path) -> Path:
    """A list of a file that is a video."""
    part = make(path.with_name("part.ts"), *picture(seconds=1), *X264)
    head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n"
    return written(path, f"{head}{part.name}\n#EXT-X-ENDLIST\n".encode())


def list_of_files(path: Path) -> Path:
    """FFmpeg's own list of files."""
    part = make(path.with_name("part.mp4"), *picture(seconds=1), *X264)
    return written(path, f"ffconcat version 1.0\nfile '{part.name}'\n".encode())


UNUSABLE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a missing file": (lambda path: path, "does not exist"),
    "a folder": (folder, "is a folder, not a file"),
    "a pipe": (pipe, "is not a file with an end, but a device or a pipe"),
    "a device": (lambda _: Path("/dev/null"), "is not a file with an end, but a device or a pipe"),
    "an empty file": (lambda path: written(path, b""), "is empty"),
    "a text": (lambda path: written(path, b"Dear Sir or Madam,\n" * 50), "is not a video"),
    "a page": (lambda path: written(path, b"<!doctype html><html><body>Sign in</body></html>" * 9), "is not a video"),
    "noughts": (lambda path: written(path, bytes(100_000)), "is not a video"),
    "a JPEG": (lambda path: still(path.with_suffix(".jpg")), "is a still picture, not a video"),
    "a PNG": (lambda path: still(path.with_suffix(".png")), "is a still picture, not a video"),
    "a playlist": (playlist, "is not a video"),
    "a list of files": (list_of_files, "is not a video"),
    "sound": (lambda path: make(path.with_suffix(".wav"), *tone(seconds=1)), "has no video stream"),
    "a raw stream": (lambda path: make(path.with_suffix(".264"), *picture(seconds=1), *X264), "carries no times"),
    "an MP4 that breaks off": (
        lambda path: written(path, make(path.with_suffix(".mp4"), *picture(), *X264).read_bytes()[:9000]),
        "is an MP4 whose index",
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_is_no_video_is_refused_with_one_sentence_and_a_remedy(name: str, tmp_path: Path) -> None:
    """A file that cannot be a master is named, said what is wrong with, and refused at once."""
    maker, sentence = UNUSABLE[name]
    path = maker(tmp_path / "master")
    start = time.monotonic()
    with pytest.raises(InputUnusable, match=sentence) as caught:
        probe(path)
    assert time.monotonic() - start < 5
    assert str(path) in caught.value.what
    assert caught.value.what.rstrip().endswith(".")
    assert caught.value.what.count("\n") == 0
    assert caught.value.advice


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, mp4: Path) -> None:
    """Permission is told as the system tells it."""
    path = written(tmp_path / "a.mp4", mp4.read_bytes())
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root may read everything")
    with pytest.raises(InputUnusable, match="cannot be read"):
        probe(path)


def test_sound_with_a_cover_is_no_video(tmp_path: Path) -> None:
    """The cover picture of a piece of music is not taken for a video."""
    cover = still(tmp_path / "cover.png")
    arguments = ("-map", 0, "-map", 1, "-c:v", "copy", "-disposition:v", "attached_pic")
    path = make(tmp_path / "a.mp3", *tone(seconds=1), "-i", cover, *arguments)
    with pytest.raises(InputUnusable, match="has no video stream"):
        probe(path)


def test_the_header_is_read(mp4: Path) -> None:
    """Size, rate, time base, format and sound come from the file."""
    source = probe(mp4)
    assert (source.width, source.height, source.orientation, source.pix_fmt) == (160, 120, UPRIGHT, "yuv420p")
    assert (source.rate, source.time_base) == (Fraction(25), Fraction(1, 12_800))
    assert source.sample_aspect_ratio == 1
    assert (source.interlaced, source.forced_rate) == (False, None)
    assert [(track.codec, track.rate, track.channels) for track in source.audio] == [("aac", 48_000, 1)]
    assert source.size_bytes == mp4.stat().st_size


def test_a_rate_is_ignored_where_the_file_has_times(mp4: Path) -> None:
    """The operator's rate never overrules the clock of a recording."""
    assert probe(mp4, Fraction(5)) == probe(mp4)


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30_000, 1001), Fraction(6), Fraction(1, 2)])
def test_the_rate_given_is_the_clock_of_a_raw_stream(fps: Fraction, tmp_path: Path) -> None:
    """One tick of a raw stream is one frame at the operator's rate."""
    source = probe(make(tmp_path / "a.264", *picture(seconds=1), *X264), fps)
    assert (source.rate, source.time_base, source.forced_rate) == (fps, 1 / fps, fps)


@pytest.mark.parametrize("fps", [Fraction(0), Fraction(-5)])
def test_a_rate_that_is_none_is_refused(fps: Fraction, tmp_path: Path) -> None:
    """A raw stream needs a rate above 0."""
    path = make(tmp_path / "a.264", *picture(seconds=1), *X264)
    with pytest.raises(InputUnusable, match="carries no times") as caught:
        probe(path, fps)
    assert Give(Given.FPS, "25") in caught.value.problem.parts


@pytest.mark.parametrize("name", ["-i.mp4", "a:b.mp4", "50 %d.mp4", "http:x.mp4", "Überwachung 中.mp4", "noending"])
def test_any_name_is_a_name(name: str, mp4: Path, tmp_path: Path) -> None:
    """A name is never read as an option, a protocol or a pattern."""
    path = written(tmp_path / name, mp4.read_bytes())
    assert probe(path).width == 160


def test_a_relative_name_is_found(mp4: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name in the current folder needs no folder before it."""
    monkeypatch.chdir(mp4.parent)
    assert probe(Path(mp4.name)).width == 160


def test_what_a_file_carries_is_listed(mp4: Path) -> None:
    """Streams, metadata, chapters and length."""
    facts = stream_facts(mp4)
    assert [(stream.kind, stream.codec) for stream in facts.streams] == [("video", "h264"), ("audio", "aac")]
    assert facts.chapters == 0
    assert abs(facts.duration_s - 1) < 0.1
    assert "mov" in facts.format
