"""The watermark: below the picture as seen, on every frame, readable without knowing what it says."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from clips import MARK, clip_of, frame_of, scene
from hypothesis import given, settings
from hypothesis import strategies as st
from masters import run
from strategies import clips

from redact.records.orientation import EVERY, Orientation
from redact.video.audio import Sound
from redact.video.encode import write
from redact.video.formats import FORMATS, shape
from redact.video.geometry import compose, height_step, picture
from redact.video.second import second_decode
from redact.watermark.glyphs import plain
from redact.watermark.layout import StripForm, upright
from redact.watermark.qr import MODULES, modules, pack, read_modules, unpack
from redact.watermark.reader import legible, read
from redact.watermark.strip import Strip, lay_out
from redact.watermark.text import Clock, fit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from redact.records.clip import Clip, Frame, Layout
    from redact.watermark.mark import Mark

SIZES = [(1920, 1080), (1280, 720), (640, 360), (320, 240), (240, 320), (176, 144), (128, 96), (64, 48), (161, 121)]
every_way = pytest.mark.parametrize("way", EVERY, ids=str)


def painted(clip: Clip, index: int = 3, mark: Mark = MARK, *, overlay: bool = False) -> tuple[Strip, Frame, Layout]:
    """The strip of CLIP, and a composed frame of it with the strip."""
    layout = lay_out(clip)
    strip, frame = Strip(mark, clip, layout, overlay=overlay), compose(frame_of(clip, index), clip, layout)
    strip(frame)
    return strip, frame, layout


@every_way
@pytest.mark.parametrize("size", SIZES)
def test_every_size_and_orientation_reads_back(size: tuple[int, int], way: Orientation) -> None:
    """Release, digest, time and number of the frame are read from the strip, which is exactly as expected."""
    clip = clip_of(*size, orientation=way)
    strip, frame, layout = painted(clip, 37)
    reading = read(frame.planes, clip, layout)
    assert reading is not None
    assert reading.agrees(MARK)
    assert (reading.digest, reading.time, reading.frame) == (MARK.digest, "00:00:01.480", 37)
    assert legible(frame.planes, strip, 37) > 0.999


@pytest.mark.parametrize("pix_fmt", FORMATS)
def test_every_format_reads_back_and_is_without_colour(pix_fmt: str) -> None:
    """In 8 and 10 bits, with little, full or no colour."""
    clip = clip_of(320, 240, pix_fmt, orientation=Orientation(1))
    strip, frame, layout = painted(clip)
    reading = read(frame.planes, clip, layout)
    assert reading is not None
    assert reading.frame == 3
    assert legible(frame.planes, strip, 3) > 0.999
    form, neutral = StripForm.of(clip), 128 if frame.planes[0].dtype == np.uint8 else 512
    for plane in frame.planes[1:]:
        seen = upright(plane, clip)
        assert (seen[form.picture[1] * seen.shape[0] // (form.picture[1] + form.height) :] == neutral).all()


@given(clips(largest=400))
@settings(max_examples=25)
def test_no_picture_is_covered(clip: Clip) -> None:
    """Whatever the clip: sizes are even, fields can be coded, the picture is whole, and the rest reads back."""
    layout = lay_out(clip)
    assert (layout.width % 2, layout.height % height_step(clip), layout.x % 2, layout.y % 2) == (0, 0, 0, 0)
    frame = frame_of(clip, 1)
    before = [plane.copy() for plane in frame.planes]
    composed = compose(frame, clip, layout)
    Strip(MARK, clip, layout)(composed)
    for view, plane in zip(picture(composed, clip, layout), before, strict=True):
        assert np.array_equal(view[: plane.shape[0], : plane.shape[1]], plane)
    reading = read(composed.planes, clip, layout)
    assert reading is not None
    assert reading.agrees(MARK)
    assert reading.frame == 1


@every_way
@pytest.mark.parametrize("size", [(640, 360), (65, 49)])
def test_all_that_is_not_picture_is_painted(size: tuple[int, int], way: Orientation) -> None:
    """Two canvases that differed in memory give the same copy."""
    clip, copies = clip_of(*size, "yuv422p", orientation=way), []
    layout = lay_out(clip)
    strip = Strip(MARK, clip, layout)
    for level in (1, 200):
        composed = compose(frame_of(clip, 5), clip, layout)
        inside = [view.copy() for view in picture(composed, clip, layout)]
        for plane in composed.planes:
            plane[:] = level
        for view, kept in zip(picture(composed, clip, layout), inside, strict=True):
            view[:] = kept
        strip(composed)
        copies.append([plane.copy() for plane in composed.planes])
    assert all(np.array_equal(a, b) for a, b in zip(*copies, strict=True))


@pytest.mark.parametrize(
    ("way", "edge"),
    [
        *zip(EVERY[:4], ("below", "right", "above", "left"), strict=True),
        *zip(EVERY[4:], ("below", "left", "above", "right"), strict=True),
    ],
)
def test_the_strip_is_below_as_seen(way: Orientation, edge: str) -> None:
    """In the coded picture it lies at the side that a player turns downwards."""
    layout = lay_out(clip_of(640, 360, orientation=way))
    room = {
        "below": layout.height - layout.y - 360, "right": layout.width - layout.x - 640,
        "above": layout.y, "left": layout.x,
    }  # fmt: skip
    assert [side for side, px in room.items() if px] == [edge]


def test_the_strip_of_a_large_picture_is_modest() -> None:
    """Eight parts in a hundred of 1080p and of 4K; where the picture is small the code takes what it needs."""
    for size in ((1920, 1080), (3840, 2160)):
        assert (lay_out(clip_of(*size)).height - size[1]) / size[1] <= 0.08
    for size in SIZES:
        assert min(StripForm.of(clip_of(*size)).module) >= 2


@pytest.mark.parametrize("sar", [Fraction(16, 11), Fraction(12, 11), Fraction(4, 3), Fraction(1, 2), Fraction(2)])
@pytest.mark.parametrize("way", EVERY[:2], ids=str)
def test_nothing_is_squashed_when_pixels_are_not_square(sar: Fraction, way: Orientation) -> None:
    """As a player shows it the code is nearly square, and a letter about half as wide as high."""
    form = StripForm.of(clip_of(704, 576, sample_aspect_ratio=sar, orientation=way))
    shape_seen = float(1 / sar if way.sideways else sar)
    assert 0.85 < form.module[0] * shape_seen / form.module[1] < 1.2
    assert 0.4 < form.cell[0] * shape_seen / form.cell[1] < 0.75


def test_a_phone_reads_the_code() -> None:
    """A reader that has to find the code in the picture reads it too."""
    _, frame, _ = painted(clip_of(1280, 720))
    large = cv2.resize(frame.planes[0][-90:, -200:], None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(large)
    assert unpack(text) == (MARK.release_id, MARK.digest)


@pytest.mark.parametrize("size", [(1280, 720), (320, 240), (128, 96)])
def test_another_frame_or_another_release_is_not_legible_as_this_one(size: tuple[int, int]) -> None:
    """One digit that differs, in number, time or reference, and the strip does not agree."""
    clip = clip_of(*size)
    strip, frame, layout = painted(clip, 23)
    assert all(legible(frame.planes, strip, index) < 0.6 for index in range(50) if index != 23)
    others = [
        replace(MARK, reference="SAR-2026-0143"), replace(MARK, recipient="Highways"),
        replace(MARK, copy_number=2), replace(MARK, released="2026-03-03"),
        replace(MARK, digest="8" + MARK.digest[1:]), replace(MARK, release_id="SAR-2026-0143/1-9f2c41d08e77"),
    ]  # fmt: skip
    assert all(legible(frame.planes, Strip(other, clip, layout), 23) < 0.8 for other in others)


def test_no_strip_or_a_damaged_one_is_not_legible() -> None:
    """A blank strip, a faded one and one with a row wiped out score low, and a blank one cannot be read."""
    clip = clip_of(640, 360)
    strip, frame, layout = painted(clip)
    top = clip.height
    kept = frame.planes[0].copy()
    frame.planes[0][top:] = 50
    assert read(frame.planes, clip, layout) is None
    assert legible(frame.planes, strip, 3) == 0
    frame.planes[0][top:] = 50 + kept[top:] // 20
    assert legible(frame.planes, strip, 3) < 0.3
    frame.planes[0][top:] = kept[top:]
    frame.planes[0][top : top + 24, :500] = 20
    assert legible(frame.planes, strip, 3) < 0.1
    assert legible([plane[:100] for plane in frame.planes], strip, 3) == 0


def test_a_copy_of_another_size_is_not_read() -> None:
    """What does not have the form of this clip's copy says nothing."""
    clip = clip_of(320, 240)
    _, frame, layout = painted(clip)
    assert read([plane[:-2] for plane in frame.planes], clip, layout) is None


def test_a_recipient_needs_no_times_to_read() -> None:
    """The strip's form follows from the header alone: who has only the copy reads the same."""
    clip = clip_of(640, 360, time_base=Fraction(1), first=500_000)
    _, frame, layout = painted(clip, 7)
    bare = replace(clip, pts=np.zeros(0, np.int64))
    assert lay_out(bare) == layout
    reading = read(frame.planes, bare, layout)
    assert reading is not None
    assert (reading.time, reading.frame) == ("138:53:27.000", 7)


@pytest.mark.parametrize(
    ("first", "time"), [(-30, "-00:00:01.200"), (90_000_000, "1000:00:00.000"), (0, "00:00:00.000")]
)
def test_times_before_zero_and_after_many_hours_are_written(first: int, time: str) -> None:
    """Clips may start before 0 or on a clock of their own."""
    clip = clip_of(640, 360, first=first)
    _, frame, layout = painted(clip, 0)
    reading = read(frame.planes, clip, layout)
    assert reading is not None
    assert (reading.time, reading.frame) == (time, 0)


@given(st.integers(-(10**9), 10**12), st.integers(12, 130), st.integers(0, 10**7))
def test_the_clock_never_outgrows_its_room(ticks: int, columns: int, index: int) -> None:
    """However long, time and number keep to their rows, and the number is always whole."""
    clock = Clock(columns)
    clip = clip_of(time_base=Fraction(1, 1000), first=ticks - index, frames=1)
    clip = replace(clip, pts=np.array([ticks], np.int64))
    rows = clock.text(clip, 0)
    assert len(rows) == clock.rows
    assert all(len(row) <= columns for row in rows)
    assert (clock.read(rows) or ("", -1))[1] == 0


@given(st.text(max_size=80), st.text(max_size=40), st.integers(1, 9999), st.integers(2, 8), st.integers(14, 130))
def test_whatever_is_said_fits(recipient: str, reference: str, copy: int, rows: int, columns: int) -> None:
    """Any words, of any length and script, stay within the rows and are printable ASCII."""
    lines = fit((reference, recipient, str(copy), "2026-03-02", "9f2c41d08e77"), rows, columns)
    assert len(lines) <= rows
    assert all(len(line) <= columns and line.isascii() and line.isprintable() for line in lines)


def test_the_recipient_is_cut_before_the_reference() -> None:
    """What tells copies apart stays: reference, number, date and digest."""
    lines = fit(("SAR-2026-0142", "A very long name " * 5, "12", "2026-03-02", "9f2c41d08e77"), 6, 14)
    said = "\n".join(lines)
    assert all(part in said for part in ("SAR-2026-0142", "A very long", "..", "no.12", "2026-03-02", "9f2c41d08e77"))


@pytest.mark.parametrize(("text", "written"), [
    ("Zoë Müller", "Zoe Muller"), ("a\n\tb\x00", "a b?"), ("Łódź", "?odz"), ("東京", "??"), ("", ""), ("½", "1?2"),
])  # fmt: skip
def test_other_scripts_are_written_as_near_as_ascii_comes(text: str, written: str) -> None:
    """Accents are dropped; what has no like is a question mark."""
    assert plain(text) == written


@pytest.mark.parametrize("recipient", ["", "Zoë Müller, 東京", "x" * 80, "two\nlines"])
def test_any_recipient_can_be_painted(recipient: str) -> None:
    """No name stops a release."""
    strip, frame, _ = painted(clip_of(176, 144), mark=replace(MARK, recipient=recipient))
    assert legible(frame.planes, strip, 3) > 0.99


release_ids = st.text("ABCXYZabcxyz0189 ./_-", min_size=1, max_size=64)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(release_ids, digests)
def test_the_code_gives_back_what_was_put_in(release_id: str, digest: str) -> None:
    """Every release id, and the digest: in full, or where the id is long its start, 24 digits at least."""
    text = pack(release_id, digest)
    dark = modules(text)
    assert dark.shape == (MODULES, MODULES)
    told = unpack(read_modules(dark))
    assert told is not None
    assert told[0] == release_id
    assert digest.startswith(told[1])
    assert len(told[1]) >= 24
    if len(release_id) <= 40:
        assert len(told[1]) >= 48


def test_usual_releases_carry_the_whole_digest() -> None:
    """With a reference of up to forty characters in capitals and digits none of the digest is lost."""
    release_id = f"{'SAR-2026-0142 ' * 3:.40}/9999-9f2c41d08e77"
    assert unpack(pack(release_id, MARK.digest)) == (release_id, MARK.digest)


@pytest.mark.parametrize("text", ["", "SAR-2026-0142", "A:1234"])
def test_other_codes_are_not_taken_for_ours(text: str) -> None:
    """A code that says something else says nothing here."""
    assert unpack(text) is None


@pytest.mark.parametrize("changes", [
    {"release_id": ""}, {"release_id": "a:b"}, {"release_id": "x" * 65}, {"release_id": "é"},
    {"digest": "9f2c"}, {"digest": "Z" * 64},
])  # fmt: skip
def test_a_mark_that_no_code_can_carry_is_refused(changes: dict[str, Any]) -> None:
    """At once, not when the first frame is painted."""
    with pytest.raises(ValueError, match="Mark needs"):
        replace(MARK, **changes)


def test_the_overlay_is_faint_and_everywhere() -> None:
    """It changes the picture a little in every part, masks and all alike, and only its luma; the strip stays."""
    clip = clip_of(1280, 720)
    _, bare, layout = painted(clip)
    strip, frame, _ = painted(clip, overlay=True)
    change = picture(frame, clip, layout)[0].astype(int) - picture(bare, clip, layout)[0]
    assert 4 < np.abs(change).max() < 12
    parts = [part for rows in np.array_split(change, 4) for part in np.array_split(rows, 4, axis=1)]
    assert all(0.01 < np.mean(part != 0) < 0.5 for part in parts)
    assert all(np.array_equal(a, b) for a, b in zip(frame.planes[1:], bare.planes[1:], strict=True))
    assert np.array_equal(frame.planes[0][720:], bare.planes[0][720:])
    assert legible(frame.planes, strip, 3) > 0.999


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le", "gray10le"])
@every_way
def test_the_overlay_does_not_depend_on_the_picture(pix_fmt: str, way: Orientation) -> None:
    """It adds the same to every picture, and white stays within its bits."""
    clip = clip_of(322, 240, pix_fmt, orientation=way)
    layout, top = lay_out(clip), 255 if shape(pix_fmt).dtype is np.uint8 else 1023
    strip = Strip(MARK, clip, layout, overlay=True)
    changes = []
    for level in (top // 2, top // 3, top):
        planes = [np.full_like(plane, level) for plane in scene(clip)]
        composed = compose(frame_of(clip, 0, planes), clip, layout)
        strip(composed)
        changes.append(picture(composed, clip, layout)[0].astype(int) - level)
    assert np.array_equal(changes[0], changes[1])
    assert np.array_equal(changes[2], np.minimum(changes[0], 0))


def test_nothing_is_written_twice_into_a_frame_of_another_number() -> None:
    """The strip keeps nothing from the frame before."""
    clip = clip_of(640, 360)
    layout = lay_out(clip)
    strip = Strip(MARK, clip, layout)
    for index in (48, 7):
        frame = compose(frame_of(clip, index), clip, layout)
        strip(frame)
        assert legible(frame.planes, strip, index) > 0.999


def copy_at_a_quarter(clip: Clip, folder: Path) -> tuple[Strip, Layout, Path, Path]:
    """Write a copy of a moving scene as render does, and encode it again at a quarter of its bitrate."""
    layout = lay_out(clip)
    strip, first, second = Strip(MARK, clip, layout), folder / "copy.mp4", folder / "shared.mp4"

    def frames() -> Iterator[Frame]:
        for index in range(len(clip)):
            composed = compose(frame_of(clip, index), clip, layout)
            strip(composed)
            yield composed

    write(frames(), first, clip, layout, Sound())
    rate = int(first.stat().st_size * 8 / float(len(clip) / clip.rate) / 4)
    common = ("-noautorotate", "-i", first, "-c:v", "libx264", "-preset", "veryfast", "-b:v", rate, "-an")
    for number, out in ((1, os.devnull), (2, second)):
        run(*common, "-pass", number, "-passlogfile", folder / "log", "-f", "mp4", out)
    assert second.stat().st_size < first.stat().st_size * 0.35
    return strip, layout, first, second


QUARTER = [
    (640, 360, "yuv420p", EVERY[0]), (640, 360, "yuv422p10le", EVERY[1]), (320, 240, "yuv420p", EVERY[2]),
    (320, 240, "gray", EVERY[3]), (352, 288, "yuv444p", EVERY[0]), (640, 360, "yuv420p", EVERY[5]),
]  # fmt: skip


@pytest.mark.parametrize(("width", "height", "pix_fmt", "way"), QUARTER)
def test_the_strip_survives_a_quarter_of_the_bitrate(
    tmp_path: Path, width: int, height: int, pix_fmt: str, way: Orientation
) -> None:
    """Encoded as a copy and then again at a quarter of its size, its code is read and it is legible.

    Where little is left a digit of the time lags behind: at some 50 kbit a second on some frames, else on few.
    """
    clip = clip_of(width, height, pix_fmt, frames=50, orientation=way)
    strip, layout, first, second = copy_at_a_quarter(clip, tmp_path)
    for path, least, behind in ((first, 0.98, 0), (second, 0.8, 2 if width >= 640 else 25)):
        shown = [planes for _, planes in second_decode(path, clip, layout)]
        assert len(shown) == 50
        scores = [legible(planes, strip, index) for index, planes in enumerate(shown)]
        assert np.median(scores) > least
        assert sum(score <= least for score in scores) <= behind
        assert min(scores) > 0.1
        for index in range(0, 50, 7):
            reading = read(shown[index], clip, layout)
            assert reading is not None
            assert reading.agrees(MARK)
            assert reading.frame == index or (path == second and width < 640)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (240, 320), (176, 144), (128, 96)])
def test_large_and_very_small_copies_survive_too(tmp_path: Path, width: int, height: int) -> None:
    """On every frame the code; of the letters, where there are some 40 kbit a second left, all but a digit or two."""
    clip = clip_of(width, height, frames=50)
    strip, layout, first, second = copy_at_a_quarter(clip, tmp_path)
    for path, least in ((first, 0.98), (second, 0.8 if width > 240 else 0.1)):
        for index, (_, planes) in enumerate(second_decode(path, clip, layout)):
            assert legible(planes, strip, index) > least
            if index % 10 == 0:
                reading = read(planes, clip, layout)
                assert reading is not None
                assert reading.agrees(MARK)
