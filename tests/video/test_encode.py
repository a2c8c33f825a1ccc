"""The redacted copy: the master's times, tags and picture, and nothing else of it."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import numpy as np
import pytest
from masters import copy_of, make, picture, read, reference, run, tone

from redact.errors import InputUnusable
from redact.records.clip import Layout, Source
from redact.video.audio import Sound
from redact.video.clock import offset
from redact.video.decode import decode
from redact.video.encode import write
from redact.video.geometry import compose, height_step
from redact.video.geometry import picture as part
from redact.video.probe import probe, stream_facts
from redact.video.second import second_decode
from redact.video.zeroed import M_PERTURB, zeroed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.records.clip import Clip, Frame


def odd(width: int, height: int) -> tuple[str, ...]:
    """Arguments for a test picture that may have an odd size."""
    return ("-f", "lavfi", "-i", f"testsrc=s={width}x{height}:r=25:d=1")


X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", 25)
VARIABLE = ("-vf", "select='if(lt(n,15),1,not(mod(n,7)))'", "-fps_mode", "vfr")

MASTERS: dict[str, tuple[str, tuple[object, ...]]] = {
    "constant rate": ("mp4", (*picture(), *X264)),
    "variable rate": ("mp4", (*picture(), *VARIABLE, *X264)),
    "delayed start": ("mp4", (*picture(), *X264, "-output_ts_offset", 1.36)),
    "B-frames": ("mp4", (*picture(), "-c:v", "libx264", "-bf", 3, "-g", 25, "-pix_fmt", "yuv420p")),
    "open GOP": ("mkv", (*picture(), "-c:v", "libx264", "-x264-params", "open-gop=1:keyint=12", "-bf", 3)),
    "29.97": ("mp4", (*picture(rate="30000/1001"), *X264)),
    "one frame": ("mp4", (*picture(seconds=0.04), *X264)),
    "six a second": ("avi", (*picture(rate="6", seconds=3), "-c:v", "mpeg4")),
    "MPEG-4 B-frames in AVI": ("avi", (*picture(), "-c:v", "mpeg4", "-bf", 2)),
    "MJPEG AVI": ("avi", (*picture(), "-c:v", "mjpeg", "-pix_fmt", "yuvj422p")),
    "variable MJPEG AVI": ("avi", (*picture(), *VARIABLE, "-c:v", "mjpeg")),
    "transport stream": ("ts", (*picture(), *X264, "-bf", 2)),
    "MPEG-PS interlaced": (
        "mpg",
        (
            *picture("720x576"),
            "-c:v",
            "mpeg2video",
            "-vf",
            "setfield=tff",
            "-flags",
            "+ildct+ilme",
            "-aspect",
            "16:9",
            "-bf",
            2,
        ),
    ),
    "HEVC": ("mp4", (*picture(), "-c:v", "libx265", "-x265-params", "log-level=error", "-tag:v", "hvc1")),
    "10-bit 4:2:2": ("mov", (*picture(), "-c:v", "libx264", "-pix_fmt", "yuv422p10le")),
    "4:4:4": ("mp4", (*picture(), "-c:v", "libx264", "-pix_fmt", "yuv444p")),
    "gray": ("mp4", (*picture(), "-c:v", "libx264", "-pix_fmt", "gray")),
    "RGB": ("mov", (*picture(), "-c:v", "png", "-pix_fmt", "rgb24")),
    "odd size": ("mkv", (*odd(161, 119), "-c:v", "ffv1", "-pix_fmt", "yuv420p")),
    "odd width 4:4:4": ("mkv", (*odd(161, 120), "-c:v", "ffv1", "-pix_fmt", "yuv444p")),
    "odd 4:2:2": ("mkv", (*odd(159, 121), "-c:v", "ffv1", "-pix_fmt", "yuv422p10le")),
    "fragmented": ("mp4", (*picture(), *X264, "-movflags", "frag_keyframe+empty_moov")),
    "VP9": ("webm", (*picture(), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", 8)),
    "VP8": ("webm", (*picture(), "-c:v", "libvpx", "-auto-alt-ref", 1, "-lag-in-frames", 16)),
    "Flash": ("flv", (*picture(), "-c:v", "flv")),
    "Windows Media": ("asf", (*picture(), "-c:v", "wmv2")),
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A clip of 50 frames, 160x120."""
    return read(make(tmp_path_factory.mktemp("plain") / "plain.mp4", *picture(), *X264))


def second_times(path: Path, clip: Clip, layout: Layout) -> list[Fraction]:
    """Seconds of every frame of the copy, from the second program."""
    return [time for time, _ in second_decode(path, clip, layout)]


def psnr(a: NDArray[Any], b: NDArray[Any]) -> float:
    """How alike two planes are, dB."""
    peak = 255 if a.dtype == np.uint8 else 1023
    error = np.mean((a.astype(np.float64) - b) ** 2)
    return float(10 * np.log10(peak**2 / max(error, 1e-9)))


@pytest.mark.parametrize("name", MASTERS)
def test_every_frame_of_the_copy_has_its_time_and_its_picture(name: str, tmp_path: Path) -> None:
    """What is decoded, composed, encoded and decoded by another program is at the same ticks and looks the same."""
    ending, arguments = MASTERS[name]
    master = make(tmp_path / f"master.{ending}", *arguments)
    clip = read(master)
    assert (clip.damage.notes, clip.damage.lost, len(clip.damage.hidden)) == ((), 0, 0)
    layout = copy_of(clip, tmp_path / "copy.mp4")
    start = int(clip.pts[0]) if offset(clip) else 0
    expected = [(int(pts) - start) * clip.time_base for pts in clip.pts]
    found = list(second_decode(tmp_path / "copy.mp4", clip, layout))
    assert [time for time, _ in found] == expected
    rows, columns = clip.height, clip.width
    for frame, (_, planes) in zip(decode(clip), found, strict=True):
        assert psnr(planes[0][:rows, :columns], frame.planes[0]) > 30, frame.index


@pytest.mark.parametrize("name", MASTERS)
def test_the_program_decodes_the_master_to_the_same_frames(name: str, tmp_path: Path) -> None:
    """Times and every plane of an intact master are those that the ffmpeg program gives."""
    ending, arguments = MASTERS[name]
    clip = read(make(tmp_path / f"master.{ending}", *arguments))
    if name in ("RGB", "gray"):
        pytest.skip("it is turned into YUV, which two programs do differently; test_colour.py says how it is here")
    truth = reference(clip.path, clip.pix_fmt, (clip.width, clip.height))
    assert [int(pts) * clip.time_base for pts in clip.pts] == truth.times
    for frame, planes in zip(decode(clip), truth.planes, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(frame.planes, planes, strict=True)), frame.index


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_an_interlaced_master_stays_interlaced(order: str, tmp_path: Path) -> None:
    """Fields are coded as fields, in the order of the master, and the shape of the pixels is kept."""
    arguments = ("-vf", f"setfield={order},setsar=64/45", "-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-g", 12)
    clip = read(make(tmp_path / "a.mpg", *picture("720x576", seconds=1), *arguments))
    assert (clip.interlaced, clip.top_field_first) == (True, order == "tff")
    assert clip.sample_aspect_ratio == Fraction(64, 45)
    assert height_step(clip) == 4
    copy_of(clip, tmp_path / "b.mp4")
    again = probe(tmp_path / "b.mp4")
    assert (again.interlaced, again.top_field_first) == (True, order == "tff")
    assert again.sample_aspect_ratio == Fraction(64, 45)


def test_colour_tags_are_kept(tmp_path: Path) -> None:
    """The copy says of its colours what the master says."""
    tags = ("-vf", "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv")
    clip = read(make(tmp_path / "a.mp4", *picture(seconds=0.4), *X264, *tags))
    copy_of(clip, tmp_path / "b.mp4")
    assert probe(tmp_path / "b.mp4").color == clip.color
    assert (clip.color.primaries, clip.color.space) == (1, 1)


@pytest.mark.parametrize(
    ("codec", "pix_fmt"), [("png", "rgb24"), ("png", "rgba"), ("ffv1", "gbrp"), ("qtrle", "rgb24"), ("png", "pal8")]
)
def test_colours_of_rgb_come_out_as_they_went_in(codec: str, pix_fmt: str, tmp_path: Path) -> None:
    """A player that turns the copy back into RGB shows the master's colours."""
    bars = ("-f", "lavfi", "-i", "smptehdbars=s=160x120:r=25:d=0.2")
    clip = read(make(tmp_path / "a.mov", *bars, "-c:v", codec, "-pix_fmt", pix_fmt))
    copy_of(clip, tmp_path / "b.mp4")
    both = [
        np.frombuffer(run("-i", path, "-frames:v", 1, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1").stdout, np.uint8)
        for path in (clip.path, tmp_path / "b.mp4")
    ]
    assert np.abs(both[0].astype(int) - both[1]).mean() < 3


def test_nothing_else_of_the_master_is_in_the_copy(tmp_path: Path) -> None:
    """Metadata, chapters, subtitles and sound that was not asked for stay behind."""
    notes = tmp_path / "notes.txt"
    notes.write_text(
        ";FFMETADATA1\ntitle=Flat 4\nlocation=+51.5-0.1/\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle=door\n"
    )
    words = tmp_path / "words.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:01,000\nI live at 4\n")
    inputs = (*picture(), *tone(), "-i", words, "-i", notes)
    maps = ("-map", 0, "-map", 1, "-map", 2, "-map_metadata", 3, "-map_chapters", 3, *X264, "-c:s", "srt")
    clip = read(make(tmp_path / "a.mkv", *inputs, *maps))
    before = stream_facts(clip.path)
    assert before.chapters == 1
    assert {stream.kind for stream in before.streams} == {"video", "audio", "subtitle"}
    copy_of(clip, tmp_path / "b.mp4")
    after = stream_facts(tmp_path / "b.mp4")
    assert [stream.kind for stream in after.streams] == ["video"]
    assert after.chapters == 0
    raw = (tmp_path / "b.mp4").read_bytes()
    assert not [word for word in (b"Flat 4", b"+51.5", b"door", b"I live") if word in raw]


def test_a_span_starts_at_nothing(plain: Clip, tmp_path: Path) -> None:
    """A copy of frames 10 to 19 has ten frames, the first at 0, as far apart as before."""
    layout = copy_of(plain, tmp_path / "b.mp4", span=(10, 20))
    times = second_times(tmp_path / "b.mp4", plain, layout)
    assert times == [Fraction(n, 25) for n in range(10)]
    assert offset(plain, (10, 20)) == int(plain.pts[10])
    assert offset(plain, (0, 50)) == offset(plain) == 0


def test_a_clip_that_starts_before_nothing_starts_at_nothing(plain: Clip, tmp_path: Path) -> None:
    """MP4 players drop what is before 0, so the copy is moved as a whole."""
    early = Source.of(plain).clip(plain.sha256, plain.pts - 5000, plain.damage)
    layout = Layout(160, 120, 0, 0)
    assert offset(early) == -5000

    def frames() -> Iterator[Frame]:
        for frame in composed(plain, layout):
            frame.pts -= 5000
            yield frame

    write(frames(), tmp_path / "b.mp4", early, layout, Sound())
    assert second_times(tmp_path / "b.mp4", early, layout) == [Fraction(n, 25) for n in range(50)]


def test_a_clip_on_a_clock_of_its_own_starts_at_nothing(tmp_path: Path) -> None:
    """A transport stream that counts from hours ago is moved to 0."""
    clip = read(make(tmp_path / "a.ts", *picture(), *X264, "-output_ts_offset", 7200))
    assert clip.seconds(0) > 7000
    layout = copy_of(clip, tmp_path / "b.mp4")
    assert second_times(tmp_path / "b.mp4", clip, layout) == [Fraction(n, 25) for n in range(50)]


def test_compose_copies_and_doubles_an_odd_edge(tmp_path: Path) -> None:
    """The composed picture may be painted without touching the decoder's, and its extra column and row are copies."""
    clip = read(make(tmp_path / "a.mkv", *odd(161, 119), "-c:v", "ffv1", "-pix_fmt", "yuv420p"))
    layout = Layout(170, 140, 4, 8)
    frame = next(iter(decode(clip)))
    before = [plane.copy() for plane in frame.planes]
    whole = compose(frame, clip, layout)
    luma = whole.planes[0]
    assert luma.shape == (140, 170)
    assert np.array_equal(luma[8 : 8 + 119, 4 : 4 + 161], before[0])
    assert np.array_equal(luma[8 : 8 + 119, 4 + 161], before[0][:, -1])
    assert np.array_equal(luma[8 + 119, 4 : 4 + 161], before[0][-1])
    luma[:] = 0
    assert all(np.array_equal(a, b) for a, b in zip(frame.planes, before, strict=True))
    assert repr(whole).startswith("Frame(0, pts=0, [(140, 170), (70, 85), (70, 85)]")


def test_the_picture_part_is_a_view(plain: Clip) -> None:
    """Painting on the picture part paints the copy."""
    layout = Layout(160, 140, 0, 0)
    whole = compose(next(iter(decode(plain))), plain, layout)
    views = part(whole, plain, layout)
    assert views[0].shape[0] >= plain.height
    views[0][:] = 7
    assert np.all(whole.planes[0][:120, :160] == 7)


def composed(clip: Clip, layout: Layout) -> Iterator[Frame]:
    """Every frame of CLIP in LAYOUT, its strip black."""
    for frame in decode(clip):
        whole = compose(frame, clip, layout)
        whole.planes[0][clip.height :] = 16
        yield whole


def test_a_strip_below_the_picture_does_not_move_it(plain: Clip, tmp_path: Path) -> None:
    """In a copy with a strip the picture is where the layout says."""
    layout = Layout(160, 152, 0, 0)
    write(composed(plain, layout), tmp_path / "b.mp4", plain, layout, Sound(), crf=8)
    for frame, (_, planes) in zip(decode(plain), second_decode(tmp_path / "b.mp4", plain, layout), strict=True):
        assert psnr(planes[0][:120], frame.planes[0]) > 30
        assert planes[0][124:].mean() < 20


@pytest.mark.parametrize("place", ["missing/b.mp4", "."])
def test_a_place_that_cannot_be_written_is_an_os_error(plain: Clip, tmp_path: Path, place: str) -> None:
    """A missing folder, or a folder of that name, is told as the system tells it."""
    with pytest.raises(OSError, match=r".") as caught:
        copy_of(plain, tmp_path / place)
    assert caught.value.errno in {errno.ENOENT, errno.EISDIR}


def test_a_full_disk_is_an_os_error(tiny_disk: Path, tmp_path: Path) -> None:
    """Where there is no room left, the error says so."""
    noise = "nullsrc=s=640x480:r=25:d=2,geq=random(1)*255:128:128"
    clip = read(make(tmp_path / "a.mkv", "-f", "lavfi", "-i", noise, "-c:v", "ffv1", "-pix_fmt", "yuv420p"))
    with pytest.raises(OSError, match=r".") as caught:
        copy_of(clip, tiny_disk / "b.mp4")
    assert caught.value.errno == errno.ENOSPC


def test_a_failure_on_the_way_is_raised_as_it_is(plain: Clip, tmp_path: Path) -> None:
    """What goes wrong with the frames is not taken for a fault of the file."""

    def failing() -> Iterator[Frame]:
        yield from composed(plain, Layout(160, 120, 0, 0))
        message = "the network failed"
        raise InputUnusable(message)

    with pytest.raises(InputUnusable, match="the network failed"):
        write(failing(), tmp_path / "b.mp4", plain, Layout(160, 120, 0, 0), Sound())


STARVED = """
import resource
import sys
from pathlib import Path
from masters import copy_of, read
clip = read(Path(sys.argv[1]))
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000, -1))
try:
    copy_of(clip, Path(sys.argv[2]))
except MemoryError as problem:
    print(problem)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the limit is set by what Linux tells of a process")
def test_an_encoder_without_memory_says_so(tmp_path: Path) -> None:
    """What FFmpeg calls an error of another library is told apart: memory is all that x264 keeps silent about."""
    master = make(tmp_path / "large.mp4", *picture("3840x2160", seconds=0.2), "-c:v", "libx264", "-preset", "ultrafast")
    command = [sys.executable, "-c", STARVED, str(master), str(tmp_path / "copy.mp4")]
    folders = os.pathsep.join(map(str, (Path(__file__).parents[2], Path(__file__).parents[1])))
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": folders}, capture_output=True, text=True, check=False
    )
    assert "could not have the memory that the picture of" in done.stdout, done.stderr


GNU = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only GNU's library fills memory")


@GNU
@pytest.mark.parametrize("size", ["720x288", "352x288", "320x240"])
def test_the_bytes_do_not_depend_on_what_was_in_memory(
    size: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With rows of 45, 22 and 20 macroblocks, beyond which x264's macroblock tree reads what 7 and 201 fill."""
    monkeypatch.delenv("MALLOC_PERTURB_", raising=False)
    moving = f"testsrc2=s={size}:r=25,noise=alls=24:allf=t"
    clip = read(make(tmp_path / "master.mp4", "-f", "lavfi", "-i", moving, "-t", 2, *X264))
    made = []
    for fill in (7, 201):
        ctypes.CDLL(None).mallopt(M_PERTURB, fill)
        try:
            copy_of(clip, tmp_path / f"{fill}.mp4")
        finally:
            ctypes.CDLL(None).mallopt(M_PERTURB, 0)
        made.append((tmp_path / f"{fill}.mp4").read_bytes())
    assert made[0] == made[1]


@GNU
def test_memory_is_zeroed_until_the_last_who_wants_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once: the first who is done leaves it to the other, and the last leaves it as it was."""
    monkeypatch.delenv("MALLOC_PERTURB_", raising=False)
    assert any(fresh())
    with zeroed():
        with zeroed():
            assert not any(fresh())
        assert not any(fresh())
        with pytest.raises(ZeroDivisionError), zeroed():
            assert 1 / 0
        assert not any(fresh())
    assert any(fresh())


def test_where_memory_cannot_be_filled_the_work_is_done_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """On another system there is no such library, or it has no such function."""
    for problem in (TypeError, OSError, AttributeError):
        monkeypatch.setattr(ctypes, "CDLL", Mock(side_effect=problem))
        with zeroed():
            pass


def fresh() -> bytes:
    """Give what is in memory that was held and let go of."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = (
        ctypes.c_void_p,
        [ctypes.c_size_t],
        [ctypes.c_void_p],
    )
    place = libc.malloc(4096)
    ctypes.memset(place, 7, 4096)
    libc.free(place)
    place = libc.malloc(4096)
    found = ctypes.string_at(place, 4096)
    libc.free(place)
    return found
