"""Which way round a picture is seen: as players have it, in every container, and in the copy as in the master."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from masters import copy_of, make, read, run

from redact.errors import InputUnusable
from redact.records.orientation import EVERY, UPRIGHT, Orientation
from redact.verify.file_checks import form
from redact.video.crop import REMARK, cropped
from redact.video.decode import decode
from redact.video.probe import probe
from redact.video.shown import pixel_aspect

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

WIDTH, HEIGHT = 160, 120

CORNERS = (
    *("-f", "lavfi", "-i", f"color=c=black:s={WIDTH}x{HEIGHT}:r=25:d=0.8"),
    *("-vf", "drawbox=x=0:y=0:w=60:h=40:c=white:t=fill,drawbox=x=110:y=0:w=50:h=50:c=gray:t=fill"),
    *("-c:v", "libx264", "-g", "10", "-pix_fmt", "yuv420p"),
)
"""A picture of which no two turns are alike."""

containers = pytest.mark.parametrize("container", ["mp4", "mov", "mkv", "ts"])
every_way = pytest.mark.parametrize("way", EVERY, ids=str)


def turned(folder: Path, way: Orientation, container: str) -> Path:
    """Make a master seen that WAY round, by the ffmpeg program: in the header, or by the stream itself in a TS."""
    flat = make(folder / "flat.mp4", *CORNERS)
    if container != "ts":
        degrees = 90 * way.turns if way.mirrored else -90 * way.turns  # anticlockwise, and a mirror comes after it
        mirror = ("-display_hflip",) if way.mirrored else ()
        return make(folder / f"a.{container}", "-display_rotation", degrees, *mirror, "-i", flat, "-c", "copy")
    said = f"h264_metadata=display_orientation=insert:rotate={-90 * way.turns % 360}"  # here the mirror comes first
    flip = ":flip=horizontal" if way.mirrored else ""
    return make(folder / "a.ts", "-i", flat, "-c", "copy", "-bsf:v", said + flip)


def as_players_show_it(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The first frame of PATH, turned by the ffmpeg program as it does by default: luma of SIZE (w, h)."""
    done = run("-loglevel", "error", "-i", path, "-frames:v", 1, "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1")
    return np.frombuffer(done.stdout, np.uint8).reshape(size[::-1])


def apart(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Mean difference in levels."""
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


@every_way
@containers
def test_all_eight_are_read_shown_and_written_alike(way: Orientation, container: str, tmp_path: Path) -> None:
    """The master is read as it was made, a player shows it so, and it shows the copy the same way."""
    master = turned(tmp_path, way, container)
    clip = read(master)
    assert (clip.orientation, clip.width, clip.height) == (way, WIDTH, HEIGHT)
    size, (first, *_) = way.size(WIDTH, HEIGHT), decode(clip)
    shown = as_players_show_it(master, size)
    stretched = np.clip((first.planes[0].astype(float) - 16) * 255 / 219, 0, 255)
    assert apart(way.upright(stretched), shown) < 3
    assert all(
        apart(other.upright(stretched), shown) > 10
        for other in EVERY
        if other != way and other.size(WIDTH, HEIGHT) == size
    )
    layout = copy_of(clip, tmp_path / "copy.mp4")
    assert apart(as_players_show_it(tmp_path / "copy.mp4", size), shown) < 3
    assert form(tmp_path / "copy.mp4", clip, layout).passed


@every_way
def test_a_copy_shown_another_way_round_is_told_from_a_good_one(way: Orientation, tmp_path: Path) -> None:
    """The form check compares orientations: each of the other seven fails it."""
    clip = read(turned(tmp_path, way, "mov"))
    layout = copy_of(clip, tmp_path / "copy.mp4")
    for other in EVERY:
        lying = tmp_path / "lying.mp4"
        rewritten(tmp_path / "copy.mp4", lying, other.matrix)
        check = form(lying, clip, layout)
        assert check.passed == (other == way)
        assert other == way or f"orientation is {other}, not {way}" in check.found


def rewritten(path: Path, out: Path, matrix: tuple[int, ...]) -> Path:
    """Copy the MP4 at PATH to OUT with another MATRIX in its header."""
    with av.open(str(path)) as source, av.open(str(out), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        stream.set_display_matrix(matrix)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    data = bytearray(out.read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    data[place : place + 36] = np.array(matrix, ">i4").tobytes()
    out.write_bytes(data)
    return out


def with_matrix(folder: Path, *parts: float) -> Path:
    """A master whose matrix begins with PARTS: a b, c d."""
    a, b, c, d = (round(part * 65536) for part in parts)
    return rewritten(make(folder / "flat.mp4", *CORNERS), folder / "a.mp4", (a, b, 0, c, d, 0, 0, 0, 1 << 30))


def test_an_empty_matrix_is_no_turn(tmp_path: Path) -> None:
    """All zero, as some recorders write it: players show the picture as it is coded."""
    assert probe(with_matrix(tmp_path, 0, 0, 0, 0)).orientation == UPRIGHT


@pytest.mark.parametrize("scale", [0.5, 2])
def test_scale_is_left_aside(scale: float, tmp_path: Path) -> None:
    """A matrix that also enlarges turns the picture, and players make nothing else of it."""
    source = probe(with_matrix(tmp_path, 0, scale, -scale, 0))
    assert source.orientation == Orientation(1)
    assert (source.width, source.height) == (WIDTH, HEIGHT)
    assert source.sample_aspect_ratio == 1


@pytest.mark.parametrize("parts", [(0.7071, 0.7071, -0.7071, 0.7071), (1, 0, 0.5, 1), (0.996, 0.087, -0.087, 0.996)])
def test_odd_angles_and_skew_are_refused(parts: tuple[float, ...], tmp_path: Path) -> None:
    """No copy could be shown so; the sentence says what to do."""
    with pytest.raises(InputUnusable, match="odd angle or askew") as problem:
        probe(with_matrix(tmp_path, *parts))
    assert "Export it again upright" in str(problem.value)


def joined(folder: Path, *ways: Orientation | None) -> Path:
    """A transport stream of parts, each seen in one of WAYS by its own word, or, where None, silent."""
    parts = []
    for number, way in enumerate(ways):
        part = folder / f"{number}.ts"
        if way is None:
            make(part, "-i", make(folder / "flat.mp4", *CORNERS), "-c", "copy", "-output_ts_offset", number)
        else:
            (folder / str(number)).mkdir()
            make(part, "-i", turned(folder / str(number), way, "ts"), "-c", "copy", "-output_ts_offset", number)
        parts.append(part.read_bytes())
    whole = folder / "whole.ts"
    whole.write_bytes(b"".join(parts))
    return whole


def test_pictures_that_say_nothing_are_shown_as_those_before(tmp_path: Path) -> None:
    """The stream tells with its key pictures only, or with its first alone: that is no change."""
    assert read(joined(tmp_path, Orientation(1), None)).orientation == Orientation(1)


@pytest.mark.parametrize("first", [None, UPRIGHT, Orientation(3)])
def test_a_turn_in_mid_clip_is_refused(first: Orientation | None, tmp_path: Path) -> None:
    """The copy could be shown one way only, so half of it would be wrong."""
    with pytest.raises(InputUnusable, match=r"changes on the way.*to turned by 90°") as problem:
        read(joined(tmp_path, first, Orientation(1)))
    assert "Cut it where the picture turns" in str(problem.value)


@pytest.mark.parametrize(
    ("tagged", "taken"),
    [
        (None, Fraction(1)), (Fraction(0), Fraction(1)), (Fraction(16, 11), Fraction(16, 11)),
        (Fraction(4), Fraction(4)), (Fraction(1, 4), Fraction(1, 4)),
    ],
)  # fmt: skip
def test_pixel_shapes_are_kept(tagged: Fraction | None, taken: Fraction) -> None:
    """Those that some camera makes, and square ones where nothing is said."""
    assert pixel_aspect(tagged) == (taken, ())


@pytest.mark.parametrize("tagged", ["8/1", "9/2", "1/5", "1/16"])
def test_absurd_pixel_shapes_are_square_and_told(tagged: str, tmp_path: Path) -> None:
    """Nobody would be found in a picture drawn out like that; the copy says so."""
    source = probe(make(tmp_path / "a.mp4", *CORNERS[:5], f"{CORNERS[5]},setsar={tagged}", *CORNERS[6:]))
    assert source.sample_aspect_ratio == 1
    assert "no camera makes; they are taken as square" in source.remarks[0]


def with_aperture(path: Path, out: Path) -> Path:
    """Copy the MP4 at PATH, whose index comes last, to OUT with a clean aperture of 100 x 80 px."""
    data, places, start, end = bytearray(path.read_bytes()), [], 0, path.stat().st_size
    for name, skip in (
        (b"moov", 8),
        (b"trak", 8),
        (b"mdia", 8),
        (b"minf", 8),
        (b"stbl", 8),
        (b"stsd", 16),
        (b"avc1", 8),
    ):
        while data[start + 4 : start + 8] != name:
            start += int.from_bytes(data[start : start + 4], "big")
        places.append(start)
        end, start = start + int.from_bytes(data[start : start + 4], "big"), start + skip
    data[end:end] = struct.pack(">I4s8i", 40, b"clap", 100, 1, 80, 1, 0, 1, 0, 1)
    for place in places:
        struct.pack_into(">I", data, place, int.from_bytes(data[place : place + 4], "big") + 40)
    out.write_bytes(data)
    return out


def test_a_crop_is_told_and_the_whole_picture_kept(tmp_path: Path) -> None:
    """Players show the clean aperture alone; the copy shows more than that, and says so."""
    flat = make(tmp_path / "flat.mp4", *CORNERS)
    assert probe(flat).remarks == ()
    source = probe(with_aperture(flat, tmp_path / "a.mp4"))
    assert (source.width, source.height) == (WIDTH, HEIGHT)
    assert source.remarks == (REMARK,)


@pytest.mark.parametrize(("px", "told"), [(0, False), (8, True)])
def test_a_crop_in_matroska_is_told(px: int, told: bool, tmp_path: Path) -> None:
    """More than no px, in a video track."""
    crop = element(0x54CC, bytes([px]))
    track = element(0x1654AE6B, element(0xAE, element(0xD7, b"\x01") + element(0xE0, element(0xB0, b"\xa0") + crop)))
    path = tmp_path / "a.mkv"
    path.write_bytes(element(0x1A45DFA3, b"\x42\x86\x81\x01") + element(0x18538067, track))
    assert cropped(path, "matroska,webm") == told


def element(name: int, inside: bytes) -> bytes:
    """An EBML element."""
    return (
        name.to_bytes((name.bit_length() + 7) // 8, "big")
        + bytes([0x40 | len(inside) >> 8, len(inside) & 255])
        + inside
    )


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 40, b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67\x01\xff", b"\x00\x00\x00\x01moov"]
)
@pytest.mark.parametrize("form", ["matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "avi"])
def test_what_is_broken_has_no_crop(data: bytes, form: str, tmp_path: Path) -> None:
    """And stops nobody."""
    path = tmp_path / "a"
    path.write_bytes(data)
    assert not cropped(path, form)


def test_pixels_that_change_their_shape_on_the_way_are_refused(tmp_path: Path) -> None:
    """What the networks see, and what players show, would be another shape from there on."""
    parts = []
    for number, aspect in enumerate(("16/15", "64/45")):
        source = ("-f", "lavfi", "-i", "testsrc2=s=192x144:r=25:d=1")
        parts.append(make(tmp_path / f"{number}.ts", *source, "-vf", f"setsar={aspect}", "-c:v", "mpeg2video"))
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    with pytest.raises(InputUnusable, match="changes on the way how wide its pixels are"):
        list(decode(probe(path)))
    assert len(list(decode(probe(parts[0])))) == 25
