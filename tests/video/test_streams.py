"""Which of several video streams is the picture, and what is said of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from masters import make, picture, read, tone

from redact.advice import Give, Given
from redact.errors import InputUnusable
from redact.files import sha256_file
from redact.video.decode import DecodeLog, decode
from redact.video.probe import probe

if TYPE_CHECKING:
    from pathlib import Path

    from redact.records.clip import Clip

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
SMALL = picture("96x64", seconds=1)
LARGE = picture("160x120", seconds=1)


def thumbnail(path: Path) -> Path:
    """A video of one JPEG."""
    return make(path, *picture("320x240", seconds=0.04), "-c:v", "mjpeg")


@pytest.mark.parametrize("ending", ["mp4", "mkv", "mov"])
@pytest.mark.parametrize("first", [True, False])
def test_a_thumbnail_never_wins(ending: str, tmp_path: Path, *, first: bool) -> None:
    """A stream of one picture is passed over, whether it stands first or last, is larger, or is the default."""
    thumb, video = thumbnail(tmp_path / "thumb.mkv"), make(tmp_path / "video.mkv", *LARGE, *X264)
    both = ("-i", thumb, "-i", video) if first else ("-i", video, "-i", thumb)
    path = tmp_path / f"a.{ending}"
    make(path, *both, "-map", 0, "-map", 1, "-c", "copy", "-disposition:v:0", "default" if first else "0")
    source = probe(path)
    assert (source.width, source.stream, source.remarks) == (160, int(first), ())
    assert len(list(decode(source))) == 25


def test_one_picture_alone_is_no_video(tmp_path: Path) -> None:
    """A file that holds a thumbnail and nothing else is refused, as the picture itself would be."""
    with pytest.raises(InputUnusable, match="one still picture"):
        probe(thumbnail(tmp_path / "thumb.mp4"))


@pytest.fixture
def dual(tmp_path: Path) -> Path:
    """Two cameras in one file."""
    return make(tmp_path / "dual.mkv", *SMALL, *LARGE, "-map", 0, "-map", 1, *X264)


def test_of_two_cameras_neither_is_taken_unasked(dual: Path) -> None:
    """Where two streams carry on, both are named with their numbers, and how to choose."""
    with pytest.raises(InputUnusable, match=r"0 \(h264, 96x64, 25 pictures\); 1 \(h264, 160x120, 25") as caught:
        probe(dual)
    assert Give(Given.STREAM, "1") in caught.value.advice.parts


@pytest.mark.parametrize(("stream", "width"), [(0, 96), (1, 160)])
def test_the_stream_that_is_asked_for_is_taken_in_every_pass(dual: Path, stream: int, width: int) -> None:
    """The choice is kept with the clip, so that the second pass sees what the first saw; the other is told of."""
    source, log = probe(dual, stream=stream), DecodeLog()
    assert (source.width, source.stream) == (width, stream)
    other = ("1 (h264, 160x120, 25 pictures)", "0 (h264, 96x64, 25 pictures)")[stream]
    assert source.remarks == (f"Only video stream {stream} of the file is in the copy; not in it: {other}.",)
    first = [frame.planes[0].shape for frame in decode(source, log)]
    clip: Clip = source.clip(sha256_file(dual), log.pts_array(), log.damage())
    assert clip.stream == stream
    assert [frame.planes[0].shape for frame in decode(clip)] == first == [(64 if stream == 0 else 120, width)] * 25


def test_a_stream_that_is_not_there_is_refused_with_those_that_are(dual: Path) -> None:
    """A wrong number is told, with the right ones."""
    with pytest.raises(InputUnusable, match=r"has no video stream 7; it has 0 \("):
        probe(dual, stream=7)


def test_a_row_of_thumbnails_beside_the_video_is_told_of_and_not_taken(tmp_path: Path) -> None:
    """A preview with far fewer and smaller pictures does not have to be chosen against."""
    preview = picture("32x24", rate="1", seconds=3)
    path = make(tmp_path / "a.mkv", *preview, *picture(seconds=3), "-map", 0, "-map", 1, *X264)
    source = probe(path)
    assert (source.width, source.stream) == (160, 1)
    assert "not in it: 0 (h264, 32x24, 3 pictures)" in source.remarks[0]


def test_subtitles_are_told_of(tmp_path: Path) -> None:
    """What may carry words or places and is not in the copy is said once."""
    text = tmp_path / "a.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:01,000\nhello\n")
    inputs = (*picture(seconds=1), *tone(seconds=1), "-i", text)
    path = make(tmp_path / "a.mkv", *inputs, "-map", 0, "-map", 1, "-map", 2, *X264)
    assert probe(path).remarks == (
        "The file holds subtitles or data as well, which are not in the copy: stream 2 (subtitle).",
    )


def test_a_plain_file_has_no_remarks(tmp_path: Path) -> None:
    """Nobody is told anything where nothing is left out."""
    assert probe(make(tmp_path / "a.mp4", *picture(seconds=1), *tone(seconds=1), *X264)).remarks == ()


def test_a_stream_that_begins_late_is_found(tmp_path: Path) -> None:
    """Where the picture of a broadcast goes on in another stream, that is told: nothing is lost in silence."""
    parts = []
    for pid, seconds in ((256, 12), (768, 1)):
        part = tmp_path / f"{pid}.ts"
        noise = ("-f", "lavfi", "-i", f"testsrc2=s=320x240:r=25:d={seconds},noise=alls=60:allf=t")
        make(
            part,
            *noise,
            "-c:v",
            "mpeg2video",
            "-b:v",
            "8M",
            "-mpegts_start_pid",
            pid,
            "-mpegts_pmt_start_pid",
            4096 + pid,
        )
        parts.append(part.read_bytes())
    assert len(parts[0]) > 6_000_000  # beyond what is looked at when a file is opened
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(parts))
    with pytest.raises(InputUnusable, match="2 video streams that carry on"):
        probe(path)
    assert len(list(decode(probe(path, stream=0)))) >= 299
    with pytest.raises(InputUnusable, match="begins too late"):
        probe(path, stream=1)


def test_reading_on_past_a_late_stream_gives_every_picture(tmp_path: Path) -> None:
    """Sound that begins in the middle ends nothing and crashes nothing."""
    silent = make(tmp_path / "a.ts", *picture(seconds=2), "-c:v", "mpeg2video")
    loud = make(tmp_path / "b.ts", *picture(seconds=2), *tone(seconds=2), "-c:v", "mpeg2video", "-c:a", "mp2")
    path = tmp_path / "both.ts"
    path.write_bytes(silent.read_bytes() * 40 + loud.read_bytes())
    clip = read(path)
    assert len(clip) >= 41 * 50 - 41


def test_sound_that_begins_late_is_found(tmp_path: Path) -> None:
    """Sound beyond what is looked at when a file is opened is found where it begins."""
    noise = (
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=320x240:r=25:d=12,noise=alls=60:allf=t",
        "-c:v",
        "mpeg2video",
        "-b:v",
        "8M",
    )
    silent = make(tmp_path / "a.ts", *noise)
    loud = make(tmp_path / "b.ts", *picture("320x240"), *tone(), "-c:v", "mpeg2video", "-c:a", "mp2")
    path = tmp_path / "both.ts"
    path.write_bytes(silent.read_bytes() + loud.read_bytes())
    source = probe(path)
    assert [(track.index, track.channels) for track in source.audio] == [(1, 1)]
    assert source.remarks == ()
    assert len(list(decode(source))) >= 349


@pytest.mark.parametrize(("end", "count"), [("mp4", 2), ("mov", 3), ("mkv", 4), ("avi", 3), ("ts", 3)])
def test_recordings_joined_byte_by_byte_are_read_or_told(end: str, count: int, tmp_path: Path) -> None:
    """What FFmpeg does not read of them is missing pictures; a single one, and what is read, is not."""
    one = make(tmp_path / f"one.{end}", *picture("160x120"), "-c:v", "libx264", "-t", 2)
    log = DecodeLog()
    single = len(list(decode(probe(one), log)))
    assert log.lost == 0
    joined = tmp_path / f"joined.{end}"
    joined.write_bytes(count * one.read_bytes())
    log = DecodeLog()
    read = len(list(decode(probe(joined), log)))
    assert read + log.lost == pytest.approx(count * single, rel=0.15)
    assert (log.lost > 0) is (read < count * single)
