"""A copy that looks to a person as its master does not is found, though scan, copy and all other checks agree."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
import pytest
from copies import copy_with, every_frame, failed, found, plan_of, spec_of, verified
from masters import make, picture, read

import redact.paint.render
from redact.errors import VerificationFailed
from redact.files import sha256_file
from redact.paint.render import render
from redact.records.clip import Color, Frame
from redact.records.kinds import Style
from redact.verify.instants import Line, choose, runs, window
from redact.video.clock import file_ticks
from redact.video.decode import decode
from redact.video.second_reading import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.verify.verify import Verification

    Planes = tuple[NDArray[Any], ...]

BOX = (40, 40, 80, 100)
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", 16)
TAGS = ("-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m", "-color_range", "tv")
BOTH = {"second reading", "as shown"}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A second of colours that move."""
    return master(tmp_path_factory.mktemp("shown") / "master.mp4")


def master(path: Path, *arguments: object, size: str = "192x144") -> Clip:
    """Write a second of colours that move to PATH, and read it."""
    form = () if "-pix_fmt" in arguments else ("-pix_fmt", "yuv420p")
    return read(make(path, *picture(size, "24", 1), *X264, *TAGS, *form, *arguments))


@contextmanager
def decoding(clip: Clip, change: Callable[[list[Frame]], list[Frame]]) -> Iterator[None]:
    """Let rendering and checking decode of the file of CLIP what CHANGE makes of it, at the times they expect."""

    def lied(asked: Clip) -> Iterator[Frame]:
        kept = [Frame(f.index, f.pts, [p.copy() for p in f.planes], f.source, damaged=False) for f in decode(clip)]
        for index, frame in enumerate(change(kept)[: len(asked)]):
            yield Frame(index, int(asked.pts[index]), frame.planes, frame.source, damaged=False)

    with mock.patch.object(redact.paint.render, "decode", lied):
        yield


def made(clip: Clip, taken_for: Clip, change: Callable[[list[Frame]], list[Frame]] = list) -> Verification:
    """Make and check a copy of CLIP, which scan, copy and checks have TAKEN_FOR another and decode as CHANGE does."""
    plan = plan_of(taken_for, every_frame(taken_for, BOX))
    path = clip.path.with_name("copy.mp4")
    with decoding(clip, change):
        render(spec_of(taken_for, plan), path)
        return verified(path, taken_for, plan)


def planes(change: Callable[[Planes], Planes]) -> Callable[[list[Frame]], list[Frame]]:
    """Change the planes of every frame."""
    return lambda frames: [Frame(f.index, f.pts, change(f.planes), f.source, damaged=False) for f in frames]


FORMS: dict[str, tuple[str, tuple[object, ...]]] = {
    "plain": ("a.mp4", ()),
    "not square": ("a.mkv", ("-vf", "setsar=16/11")),
    "10 bit": ("a.mp4", ("-pix_fmt", "yuv420p10le")),
    "4:2:2": ("a.mov", ("-pix_fmt", "yuv422p")),
    "odd": ("a.mkv", ("-pix_fmt", "yuv444p", "-vf", "crop=191:143:0:0")),
    "full range": ("a.mkv", ("-vf", "scale=out_range=pc", "-color_range", "pc")),
    "broadcast": ("a.ts", ("-bf", 2)),
    "late": ("a.mp4", ("-output_ts_offset", 3)),
    "variable rate": ("a.mkv", ("-vf", "setpts=N/25/TB+0.013*mod(N\\,3)/TB", "-fps_mode", "vfr")),
    "untagged": ("a.avi", ("-c:v", "mpeg4", "-q:v", 3, "-tag:v", "xvid")),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("style", [Style.BLUR, Style.PIXELATE])
def test_a_good_copy_passes(name: str, style: Style, tmp_path: Path) -> None:
    """Whatever the master is, and whichever the masks."""
    file, arguments = FORMS[name]
    clip = master(tmp_path / file, *arguments)
    plan = plan_of(clip, every_frame(clip, BOX), style=style)
    render(spec_of(clip, plan, overlay=True), tmp_path / "copy.mp4")
    result = verified(tmp_path / "copy.mp4", clip, plan, overlay=True)
    assert not failed(result) & {*BOTH, "colours"}, result.checks
    assert "counted by their packets" in found(result, "second reading")


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_good_copy_of_a_turned_clip_passes(turn: int, clip: Clip, tmp_path: Path) -> None:
    """The mask is left out where it lies as the picture is seen."""
    turned = read(make(tmp_path / "a.mp4", "-display_rotation", turn, "-i", clip.path, "-c", "copy"))
    plan = plan_of(turned, every_frame(turned, BOX, (150, 100, 192, 144)))
    render(spec_of(turned, plan), tmp_path / "copy.mp4")
    assert not failed(verified(tmp_path / "copy.mp4", turned, plan)) & BOTH


def test_a_good_copy_of_a_part_passes(clip: Clip, tmp_path: Path) -> None:
    """Frames are compared with those that they are made of."""
    plan = plan_of(clip, every_frame(clip, BOX), frames=(7, 19))
    render(spec_of(clip, plan), tmp_path / "copy.mp4")
    assert not failed(verified(tmp_path / "copy.mp4", clip, plan))


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turns", range(4))
def test_each_of_seven_other_ways_round_is_found_and_named(mirrored: bool, turns: int, clip: Clip) -> None:
    """A picture that was decoded another way round, for scan, copy and checks alike, fails `as shown` alone."""
    if not (mirrored or turns):
        return

    def turned(parts: Planes) -> Planes:
        return tuple(np.ascontiguousarray(np.rot90(p[:, ::-1] if mirrored else p, -turns)) for p in parts)

    lying = replace(clip, width=clip.height, height=clip.width) if turns % 2 else clip
    result = made(clip, lying, planes(turned))
    assert failed(result) == {"as shown"}
    if turns % 2:
        assert "the master is 192 x 144 px, the picture of the copy 144 x 144 px" in found(result, "as shown")
    else:
        way = f"mirrored{' and turned by 180°' * (turns == 2)}" if mirrored else "turned by 180°"
        assert f"the copy is {way};" in found(result, "as shown")


def test_both_readings_of_a_turn_are_told(clip: Clip, tmp_path: Path) -> None:
    """A turn that was overlooked is named as the second program reads it in the master, and in the copy."""
    turned = read(make(tmp_path / "a.mp4", "-display_rotation", 180, "-i", clip.path, "-c", "copy"))
    result = made(turned, replace(clip, path=turned.path, sha256=turned.sha256, size_bytes=turned.size_bytes))
    assert "as shown" in failed(result)
    assert "a turn of 180° in the master, of 0° in the copy" in found(result, "as shown")


def test_another_shape_of_px_is_found(clip: Clip) -> None:
    """A picture that players stretch is not one that they do not."""
    result = made(clip, replace(clip, sample_aspect_ratio=Fraction(4, 3)))
    assert failed(result) == {"as shown"}
    assert "of which each is 4/3 as wide as high" in found(result, "as shown")


def test_another_camera_is_found(clip: Clip, tmp_path: Path) -> None:
    """The pictures of another stream, at the times of this one."""
    other = read(
        make(
            tmp_path / "b.mp4", "-f", "lavfi", "-i", "mandelbrot=s=192x144:r=24", "-t", 1, *X264, "-pix_fmt", "yuv420p"
        )
    )
    assert failed(made(clip, clip, lambda _: [*decode_all(other)])) == {"as shown"}


def decode_all(clip: Clip) -> list[Frame]:
    """Decode CLIP and keep it."""
    return [Frame(f.index, f.pts, [p.copy() for p in f.planes], f.source, damaged=False) for f in decode(clip)]


def test_a_thumbnail_taken_for_the_video_is_found(clip: Clip) -> None:
    """One picture, where the master has more."""
    result = made(clip, replace(clip, pts=clip.pts[:1].copy()))
    assert "second reading" in failed(result)
    assert "the scan found 1 pictures in it, the second program 24" in found(result, "second reading")


def test_a_stream_that_does_not_carry_on_is_found(clip: Clip, tmp_path: Path) -> None:
    """A short stream before a long one."""
    short = read(make(tmp_path / "short.mkv", "-t", 0.2, "-i", clip.path, "-c", "copy"))
    both = ("-map", "0:v", "-map", "1:v", "-c", "copy")
    path = make(tmp_path / "a.mkv", "-i", short.path, "-i", clip.path, *both)
    result = made(short, replace(short, path=path, sha256=sha256_file(path), size_bytes=path.stat().st_size))
    assert "second reading" in failed(result)
    assert "but stream 1 has 24" in found(result, "second reading")


@pytest.mark.parametrize("color", [Color(range=2, space=6), Color(range=1, space=1)])
def test_a_wrong_colour_tag_is_found_twice(color: Color, clip: Clip) -> None:
    """By its name, and by what is seen."""
    result = made(clip, replace(clip, color=color))
    assert failed(result) == BOTH
    assert " to players, that of the copy " in found(result, "second reading")


def stretched(parts: Planes) -> Planes:
    """Limited levels, made full ones."""
    return (np.clip((parts[0].astype(float) - 16) * 255 / 219, 0, 255).astype(np.uint8), *parts[1:])


SAMPLES: dict[str, Callable[[Planes], Planes]] = {
    "levels": stretched,
    "U for V": lambda parts: (parts[0], parts[2], parts[1]),
    "no colour": lambda parts: (parts[0], *(np.full_like(p, 128) for p in parts[1:])),
    "colours aside": lambda parts: (parts[0], *(np.roll(p, 4, 1) for p in parts[1:])),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_that_are_others_are_found(name: str, clip: Clip) -> None:
    """What was decoded wrongly, for scan, copy and checks alike, is seen as such."""
    assert failed(made(clip, clip, planes(SAMPLES[name]))) == {"as shown"}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_that_were_written_wrongly_are_found(name: str, clip: Clip, tmp_path: Path) -> None:
    """In the copy alone, `colours` sees it as well where it is one."""

    def change(frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            for plane, other in zip(frame.planes, SAMPLES[name](tuple(p.copy() for p in frame.planes)), strict=True):
                plane[:] = other
            yield frame

    plan = plan_of(clip, every_frame(clip, BOX))
    result = verified(copy_with(change, tmp_path / "copy.mp4", clip, plan), clip, plan)
    assert failed(result) >= {"as shown"} | ({"colours"} if name != "levels" else set())


def test_times_that_are_others_are_found(clip: Clip) -> None:
    """Late from a frame on, stretched, or counted in other ticks: the second program has other ones."""
    step = int(clip.pts[1] - clip.pts[0])
    late = clip.pts + step * (np.arange(len(clip)) >= 9)
    slow = np.rint(clip.pts * 1.01).astype(np.int64)
    others = (
        replace(clip, pts=late),
        replace(clip, pts=slow),
        replace(clip, time_base=clip.time_base * Fraction(1000, 1001)),
        replace(clip, pts=clip.pts + 5 * step),
    )
    for other in others:
        result = made(clip, other)
        assert "second reading" in failed(result), other.pts
    assert "the copy begins at" in found(result, "second reading")


def test_a_frame_that_is_missing_or_comes_twice_is_found(clip: Clip) -> None:
    """Though all that the scan knows of are there."""
    fewer = replace(clip, pts=np.delete(clip.pts, 11))
    assert "second reading" in failed(made(clip, fewer, lambda all_of: [f for f in all_of if f.index != 11]))
    more = replace(clip, pts=np.insert(clip.pts, 12, clip.pts[11] + 1))
    assert "second reading" in failed(made(clip, more, lambda all_of: [*all_of[:12], *all_of[11:]]))


@pytest.mark.parametrize("start", [1, 11, 21])
def test_pictures_that_come_one_frame_early_are_found(start: int, clip: Clip) -> None:
    """From some frame on each is the next one's, at all the right times."""
    result = made(clip, clip, lambda all_of: [*all_of[:start], *all_of[start + 1 :], all_of[-1]])
    assert failed(result) == {"as shown"}
    assert " out of place" in found(result, "as shown")


def test_where_all_is_hidden_the_turn_is_compared_in_words(clip: Clip, tmp_path: Path) -> None:
    """A picture that is all mask tells nothing, and the check says so; a turn that differs still fails it."""
    plan = plan_of(clip, every_frame(clip, (0, 0, 192, 144)))
    render(spec_of(clip, plan), tmp_path / "copy.mp4")
    result = verified(tmp_path / "copy.mp4", clip, plan)
    assert "as shown" not in failed(result)
    assert "too little of them lies outside the masks" in found(result, "as shown")
    turned = make(tmp_path / "turned.mp4", "-display_rotation", 180, "-i", clip.path, "-c", "copy")
    with decoding(clip, list):
        wrong = verified(tmp_path / "copy.mp4", replace(clip, path=turned), plan)
    assert "as shown" in failed(wrong)
    assert "a turn of 180° in the master, of 0° in the copy" in found(wrong, "as shown")


def test_a_clock_that_ran_backwards_is_counted_by_decoding(tmp_path: Path, clip: Clip) -> None:
    """Two recordings in one file, each from 0 on: number and steps of time are those of the second program."""
    parts = [make(tmp_path / f"{n}.ts", "-i", clip.path, "-c", "copy", "-muxdelay", 0) for n in range(2)]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    twice = read(joined)
    plan = plan_of(twice, every_frame(twice, BOX))
    render(spec_of(twice, plan), tmp_path / "copy.mp4")
    result = verified(tmp_path / "copy.mp4", twice, plan)
    assert not failed(result) & BOTH, result.checks
    assert "48 pictures in stream 0, counted by decoding them all" in found(result, "second reading")


def test_a_master_that_the_second_program_cannot_read_fails(clip: Clip, tmp_path: Path) -> None:
    """Nothing is released that was read but once."""
    plan, copy = plan_of(clip, every_frame(clip, BOX)), tmp_path / "copy.mp4"
    render(spec_of(clip, plan), copy)
    with mock.patch("redact.verify.second_reading.read", side_effect=VerificationFailed("It finds no picture.")):
        result = verified(copy, clip, plan)
    assert "finds no picture" in found(result, "second reading")
    assert not result.passed


LONG = Line(np.arange(1000) / 25, np.arange(0, 1000, 50))


def test_places_lie_all_over_a_clip_as_far_as_they_may_cost() -> None:
    """With enough to spend the first, the last and others evenly between; with little those near the start."""
    everywhere = choose([(LONG, 0)], 0, 1000, 1e9)
    assert (everywhere[0], everywhere[-1]) == (0, 998)
    assert len(everywhere) == 12
    assert np.diff(everywhere).max() <= 126
    one = Line(LONG.times, np.zeros(1, np.intp))
    assert max(choose([(one, 0)], 0, 1000, 130)) <= 128
    assert choose([(one, 0)], 7, 8, 1e9) == [7]


def test_runs_begin_anew_where_that_saves_decoding() -> None:
    """Places between the same two key pictures are read in one go."""
    assert list(runs(LONG, [0, 10, 40, 499, 998])) == [[0, 10, 40], [499], [998]]
    assert list(runs(Line(LONG.times, np.zeros(1, np.intp)), [0, 499])) == [[0, 499]]


@pytest.mark.parametrize("place", [0, 500, 999])
def test_a_window_holds_two_pictures_and_no_other(place: int) -> None:
    """At the end of a clip there may be one alone."""
    one = window(LONG, place)
    inside = [n for n, at in enumerate(LONG.times) if one.start <= at < one.end]
    assert inside == [n for n in (place, place + 1) if n < 1000]


def test_the_time_of_a_file_is_that_before_its_breaks(clip: Clip) -> None:
    """Without any, the clip's own."""
    assert np.array_equal(file_ticks(clip), clip.pts)


def test_a_few_pictures_do_not_speak_for_the_rest(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second program stops after the first picture of the master, the others were not compared."""

    def stopping(path: Path, *arguments: Any, **more: Any) -> Iterator[Any]:
        seen = shown(path, *arguments, **more)
        yield from islice(seen, 1) if path == clip.path else seen

    monkeypatch.setattr("redact.verify.as_shown.shown", stopping)
    result = made(clip, clip)
    assert failed(result) == {"as shown"}
    assert "does not show the rest in both" in found(result, "as shown")
