"""Colours: every form of picture that a decoder gives, and players that see in the copy what they saw in the master."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from av.video.format import names  # type: ignore[attr-defined]  # its stub lacks it
from clips import clip_of
from masters import copy_of, make, picture, read, run

from redact.errors import InputUnusable
from redact.records.clip import Color
from redact.verify.file_checks import form
from redact.video.colour import Fit, tags_for_copy
from redact.video.decode import decode
from redact.video.formats import is_grey, is_stored_as_rgb, planes, shape, working_format
from redact.video.probe import probe
from redact.video.second import second_decode

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LIMITED, FULL = 1, 2
SIZE = (64, 48)
COARSE = ("rgb4", "bgr4", "rgb8", "bgr8", "444", "555", "mono")
"""Forms of so few levels that a smooth picture is not smooth in them."""


def ramp() -> NDArray[np.uint8]:
    """(48, 64, 3) red across, green down, a little blue."""
    down, across = np.mgrid[0:48, 0:64]
    return np.stack([across * 255 // 63, down * 255 // 47, np.full_like(across, 90)], -1).astype(np.uint8)


def expected(rgb: NDArray[np.uint8], *, full: bool, bits: int) -> list[NDArray[np.float64]]:
    """Y, U and V of RGB by the formulae of BT.601."""
    red, green, blue = (rgb[..., i].astype(np.float64) / 255 for i in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    blueness, redness = (blue - luma) / 1.772, (red - luma) / 1.402
    scale, top = 1 << (bits - 8), (1 << bits) - 1
    if full:
        return [luma * top, blueness * top + 128 * scale, redness * top + 128 * scale]
    return [(16 + 219 * luma) * scale, (128 + 224 * blueness) * scale, (128 + 224 * redness) * scale]


def stored(pix_fmt: str, *, full: bool) -> Any:
    """The ramp as a decoder would give it in PIX_FMT; None where the library cannot write that."""
    ranged = FULL if full else LIMITED
    try:
        source = av.VideoFrame.from_ndarray(ramp(), "rgb24")
        matrix = None if is_stored_as_rgb(pix_fmt) else 5
        return source.reformat(format=pix_fmt, dst_colorspace=matrix, src_color_range=FULL, dst_color_range=ranged)
    except (av.FFmpegError, ValueError):
        return None


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("pix_fmt", sorted(name for name in names if not any(part in name for part in COARSE)))
def test_any_form_of_picture_keeps_its_colours(pix_fmt: str, *, full: bool) -> None:
    """Whatever form a decoder gives, planes come out by the formulae, in the range that the copy says."""
    rgb = is_stored_as_rgb(pix_fmt)
    full = pix_fmt.startswith("yuvj") or (full and not rgb) or is_grey(pix_fmt)
    given = stored(pix_fmt, full=full or rgb)
    if given is None:
        pytest.skip("the library cannot write it")
    form = working_format(pix_fmt, full=full)
    clip = clip_of(*SIZE, form, color=Color(range=FULL if full else LIMITED, space=6))
    bits = 10 if form.endswith("10le") else 8
    layout = shape(form)
    for index, (plane, truth) in enumerate(
        zip(planes(Fit(clip)(given)), expected(ramp(), full=full, bits=bits), strict=True)
    ):
        across, down = layout.across[index], layout.down[index]
        whole = truth.reshape(48 // down, down, 64 // across, across).mean((1, 3))
        if index and is_grey(pix_fmt):
            whole[:] = 1 << (bits - 1)
        assert plane.shape == whole.shape
        assert np.abs(plane - whole).mean() < 2 * (1 << (bits - 8)), index


def shown(path: Path, *before: object, crop: str = "") -> NDArray[np.uint8]:
    """The pictures of PATH as a player shows them: (n, 48, 64, 3)."""
    area = f"{crop}," if crop else ""
    matrix = "scale=in_color_matrix=auto:in_range=auto:out_range=full:flags=accurate_rnd+full_chroma_int"
    done = run(
        *before,
        "-loglevel",
        "error",
        "-i",
        path,
        "-vf",
        f"{area}{matrix},scale=64:48:flags=area,format=rgb24",
        "-f",
        "rawvideo",
        "pipe:1",
    )
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, 48, 64, 3)


TAGS_601 = ("-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m")
MASTERS: dict[str, tuple[str, tuple[object, ...]]] = {
    "full range VP9": ("webm", ("-vf", "scale=out_range=full", "-c:v", "libvpx-vp9", "-color_range", "pc", *TAGS_601)),
    "RGB H.264": ("mkv", ("-c:v", "libx264rgb", "-crf", 10)),
    "animated PNG": ("apng", ("-plays", 0)),
    "grey MJPEG": ("avi", ("-vf", "format=gray", "-c:v", "mjpeg", "-q:v", 2)),
    "raw grey": ("avi", ("-vf", "format=gray", "-c:v", "rawvideo", "-pix_fmt", "gray")),
    "grey of 16 bits": ("mkv", ("-vf", "format=gray16le", "-c:v", "ffv1")),
    "grey H.264": ("mp4", ("-pix_fmt", "gray", "-c:v", "libx264")),
    "ProRes 4444": ("mov", ("-c:v", "prores_ks", "-profile:v", 4, "-pix_fmt", "yuva444p10le")),
    "4:4:4 of 12 bits": ("mkv", ("-vf", "format=yuv444p12le", "-c:v", "ffv1")),
    "4:1:1": ("avi", ("-vf", "format=yuv411p", "-c:v", "ffv1")),
    "NV12": ("avi", ("-vf", "format=nv12", "-c:v", "rawvideo")),
    "full range H.264": ("mp4", ("-vf", "scale=out_range=full", "-pix_fmt", "yuvj420p", "-c:v", "libx264", *TAGS_601)),
    "full range HEVC of 10 bits": (
        "mp4",
        ("-vf", "scale=out_range=full,format=yuv420p10le", "-color_range", "pc", "-c:v", "libx265",
         "-x265-params", "log-level=error:range=full:colormatrix=smpte170m"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MASTERS)
def test_a_player_shows_the_copy_in_the_colours_of_the_master(name: str, tmp_path: Path) -> None:
    """The copy looks as its master does, its tags are right, and the second program reads what was written."""
    ending, arguments = MASTERS[name]
    clip = read(make(tmp_path / f"a.{ending}", *picture(rate="5", seconds=1), *arguments))
    copy = tmp_path / "copy.mp4"
    layout = copy_of(clip, copy)
    assert form(copy, clip, layout).passed, form(copy, clip, layout).found
    before, after = shown(clip.path).astype(int), shown(copy).astype(int)
    assert len(before) == len(after) == 5
    assert np.abs(before - after).mean() < 3
    for frame, (_, seen) in zip(decode(clip), second_decode(copy, clip, layout), strict=True):
        assert all(
            np.abs(a.astype(int) - b).mean() < 2 * (1 + 3 * (a.dtype == np.uint16))
            for a, b in zip(frame.planes, seen, strict=True)
        )


def joined(tmp_path: Path, *parts: tuple[object, ...]) -> Path:
    """One transport stream of PARTS, each encoded in its own way."""
    path = tmp_path / "joined.ts"
    made = []
    for number, arguments in enumerate(parts):
        offset = ("-output_ts_offset", 10 * number)
        made.append(
            make(tmp_path / f"{number}.ts", *picture(rate="5", seconds=2), *arguments, "-bf", 0, *offset).read_bytes()
        )
    path.write_bytes(b"".join(made))
    return path


def test_a_range_that_changes_in_mid_stream_is_brought_to_that_of_the_start(tmp_path: Path) -> None:
    """Where a recording goes from full to limited range, the same scene has the same levels throughout."""
    limited = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", 5, "-color_range", "tv", *TAGS_601)
    full = ("-vf", "scale=out_range=full", "-c:v", "libx264", "-pix_fmt", "yuvj420p", "-crf", 5, *TAGS_601)
    for parts in ((limited, full), (full, limited)):
        levels = [frame.planes[0].mean() for frame in decode(probe(joined(tmp_path, *parts)))]
        assert len(levels) >= 19
        assert abs(np.mean(levels[2:8]) - np.mean(levels[-8:-2])) < 2


def test_a_matrix_that_changes_in_mid_stream_is_turned(tmp_path: Path) -> None:
    """Where a recording goes from BT.709 to BT.601, red stays as red."""
    scale = "scale=out_color_matrix={}:out_range=tv"
    hd = ("-vf", scale.format("bt709"), "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", 5, "-colorspace", "bt709")
    sd = ("-vf", scale.format("bt601"), "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", 5, "-colorspace", "smpte170m")
    chroma = [[plane.astype(float) for plane in frame.planes] for frame in decode(probe(joined(tmp_path, hd, sd)))]
    first, last = chroma[3], chroma[-7]
    assert all(np.abs(a - b).mean() < 3 for a, b in zip(first, last, strict=True))


def test_high_dynamic_range_in_mid_stream_is_refused(tmp_path: Path) -> None:
    """What cannot be turned stops the job with both values."""
    sdr = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-x264-params", "transfer=bt709")
    hdr = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-x264-params", "transfer=smpte2084")
    with pytest.raises(InputUnusable, match="changes its transfer function on the way, from 1 to 16"):
        list(decode(probe(joined(tmp_path, sdr, hdr))))


@pytest.mark.parametrize(
    ("size", "space"), [((704, 576), 6), ((720, 480), 6), ((1280, 540), 1), ((960, 720), 1), ((1920, 1080), 1)]
)
def test_the_matrix_that_players_guess_by_size_is_written_down(size: tuple[int, int], space: int) -> None:
    """An untagged master is tagged as players take it, since they would take its copy, which is taller, otherwise."""
    clip = clip_of(*size, color=Color())
    assert tags_for_copy(clip).space == space
    assert tags_for_copy(clip_of(*size, color=Color(space=9))).space == 9


def test_an_untagged_copy_of_pal_keeps_its_matrix(tmp_path: Path) -> None:
    """A copy taller than 576 lines says itself what its master left to be guessed."""
    clip = read(
        make(tmp_path / "a.mp4", *picture("704x576", rate="5", seconds=1), "-c:v", "libx264", "-pix_fmt", "yuv420p")
    )
    assert clip.color.space == 2
    copy_of(clip, tmp_path / "copy.mp4")
    assert probe(tmp_path / "copy.mp4").color.space == 6


TRANSPARENT = {
    "mov": ("-c:v", "prores_ks", "-profile:v", 4, "-pix_fmt", "yuva444p10le"),
    "webm": ("-c:v", "libvpx", "-auto-alt-ref", 0, "-pix_fmt", "yuva420p"),
}


@pytest.mark.parametrize("ending", TRANSPARENT)
def test_transparency_is_told(ending: str, tmp_path: Path) -> None:
    """Nobody is surprised that what was transparent is shown."""
    path = make(tmp_path / f"a.{ending}", *picture(seconds=1), *TRANSPARENT[ending])
    assert any("Transparency" in remark for remark in probe(path).remarks)
