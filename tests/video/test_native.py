"""What files of real programs say of themselves, and what is made of files that lie."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from masters import make, picture, tone

from redact.errors import InputUnusable
from redact.video.native import (
    CUT,
    NativeMetadata,
    NativeStream,
    _shown,
    _spelt,
    native_metadata,
    recorded_at,
)

if TYPE_CHECKING:
    from pathlib import Path

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
ONE = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
BLANK = NativeMetadata("mov", "QuickTime", 1.0, 0, (), ())


def tagged(path: Path, **tags: str) -> Path:
    """A second of picture with TAGS."""
    options = [option for name, value in tags.items() for option in ("-metadata", f"{name}={value}")]
    return make(path, *picture(seconds=1), *X264, *options)


def created(text: str) -> NativeMetadata:
    """A file that says it was made at TEXT."""
    return replace(BLANK, tags=(("creation_time", text),))


def test_a_telephone_s_file_says_when_where_and_by_what(tmp_path: Path) -> None:
    """QuickTime's own tags are read as they stand, and its sound, pictures and timecode are listed."""
    quicktime = {
        "com.apple.quicktime.location.ISO6709": "+51.5007-000.1246+011/",
        "com.apple.quicktime.creationdate": "2026-03-02T14:00:00+0100",
        "com.apple.quicktime.make": "Example",
        "com.apple.quicktime.model": "Example 4",
        "creation_time": "2026-03-03T09:00:00Z",
    }
    options = [option for name, value in quicktime.items() for option in ("-metadata", f"{name}={value}")]
    path = tmp_path / "a.mov"
    make(
        path,
        *picture(seconds=1),
        *tone(seconds=1),
        *X264,
        "-movflags",
        "use_metadata_tags",
        *options,
        "-timecode",
        "10:00:00:00",
    )
    metadata = native_metadata(path)
    assert set(quicktime.items()) - set(metadata.tags) == set()
    assert metadata.location == "+51.5007-000.1246+011/"
    assert [(one.index, one.kind, one.codec) for one in metadata.streams] == [
        (0, "video", "h264"),
        (1, "audio", "aac"),
        (2, "data", ""),
    ]
    assert ("timecode", "10:00:00:00") in metadata.streams[0].tags
    assert ("handler_name", "SoundHandler") in metadata.streams[1].tags
    assert recorded_at(metadata) == ONE, "the day it was recorded, not the day it was sent"


def test_a_camera_s_place_is_found_under_its_short_name(tmp_path: Path) -> None:
    """Make, model and GPS in QuickTime's older tags."""
    path = tagged(tmp_path / "a.mov", location="+51.5007-000.1246/", make="Example", model="M1")
    metadata = native_metadata(path)
    assert {("make", "Example"), ("model", "M1")} <= set(metadata.tags)
    assert metadata.location == "+51.5007-000.1246/"
    assert "QuickTime" in metadata.format_name


def test_a_matroska_file_is_read(tmp_path: Path) -> None:
    """Its tags, chapters, attachments and date."""
    chapters = tmp_path / "chapters.txt"
    chapters.write_text(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=In\n", encoding="utf-8")
    arguments = ("-i", chapters, "-map", 0, "-map_chapters", 1, "-metadata", "creation_time=2026-03-02T13:00:00Z")
    attached = ("-attach", chapters, "-metadata:s:t", "mimetype=text/plain", "-metadata", "title=Camera 4, Überwachung")
    metadata = native_metadata(make(tmp_path / "a.mkv", *picture(seconds=1), *arguments, *X264, *attached))
    assert metadata.format == "matroska,webm"
    assert metadata.chapters == 1
    assert metadata.duration_s == pytest.approx(1)
    assert recorded_at(metadata) == ONE
    assert ("title", "Camera 4, Überwachung") in metadata.tags
    assert ("filename", "chapters.txt") in metadata.streams[1].tags
    assert metadata.streams[1].kind == "attachment"
    plain = metadata.plain()
    assert (plain["stream 0"], plain["stream 1"], plain["duration"]) == ("video h264", "attachment", "1.000 s")
    assert plain["file title"] == "Camera 4, Überwachung"
    assert all(isinstance(value, str) for value in plain.values())


def test_a_raw_stream_says_nothing(tmp_path: Path) -> None:
    """No time, no tag, no length; and it needs no rate to say so."""
    metadata = native_metadata(make(tmp_path / "a.264", *picture(seconds=1), *X264))
    assert (metadata.format, metadata.tags, metadata.duration_s, metadata.chapters) == ("h264", (), None, 0)
    assert [(stream.kind, stream.codec, stream.tags) for stream in metadata.streams] == [("video", "h264", ())]
    assert (recorded_at(metadata), metadata.location) == (None, None)


def test_a_long_value_is_cut_and_says_so(tmp_path: Path) -> None:
    """A thousand characters are enough to know what it is."""
    path = tagged(tmp_path / "a.mkv", title="x" * 3000, comment="y" * 1000)
    tags = dict(native_metadata(path).tags)
    assert tags["title"] == "x" * 1000 + CUT
    assert tags["COMMENT"] == "y" * 1000


def test_a_value_cannot_steer_a_terminal(tmp_path: Path) -> None:
    """Escapes, line breaks and marks that turn the line round are spelt out."""
    path = tagged(tmp_path / "a.mkv", title="red \x1b[31m\nError: \u202egnp.4")
    assert dict(native_metadata(path).tags)["title"] == "red \\x1b[31m\\nError: \\u202egnp.4"


def test_bytes_that_are_no_text_are_shown_as_such(tmp_path: Path) -> None:
    """A tag in an old character set is not lost and stops nothing."""
    path = tagged(tmp_path / "a.mkv", title="Kamera QQQQ")
    path.write_bytes(path.read_bytes().replace(b"QQQQ", b"\xff\xfe\x80\xe4"))
    assert dict(native_metadata(path).tags)["title"] == "Kamera \ufffd\ufffd\ufffd\ufffd"


def test_more_tags_than_anyone_reads_are_counted(tmp_path: Path) -> None:
    """The record stays a record."""
    metadata = native_metadata(tagged(tmp_path / "a.mkv", **{f"tag{number:04d}": "x" for number in range(300)}))
    assert len(metadata.tags) == 200
    assert metadata.left_out >= 100
    assert metadata.plain()["left out"] == f"{metadata.left_out} tags or streams"


@pytest.mark.parametrize("zero", ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01T00:12:44Z"])
def test_a_clock_that_nobody_set_is_no_date(tmp_path: Path, zero: str) -> None:
    """A real file with the date of an epoch has none."""
    metadata = native_metadata(tagged(tmp_path / "a.mkv", creation_time=zero))
    assert recorded_at(metadata) is None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02T13:00:00.000000Z", ONE),
        ("2026-03-02T14:00:00+01:00", ONE),
        (" 2026-03-02 13:00:00Z ", ONE),
        ("2026-03-02T13:00:00", None),
        ("2026-03-02", None),
        ("Mon Mar  2 13:00:00 2026", None),
        ("", None),
        ("2026-02-30T13:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("1904-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("1970-01-01T00:30:00+01:00", None),
        ("2000-01-01T00:03:00Z", None),
    ],
)
def test_only_an_instant_is_a_time(text: str, instant: datetime | None) -> None:
    """A time without a zone could be several, and the start of a clock is none."""
    assert recorded_at(created(text)) == instant


def test_a_stream_s_date_counts_where_the_file_has_none() -> None:
    """The file's own comes first."""
    stream = NativeStream(0, "video", "h264", (("creation_time", "2026-03-02T13:00:00Z"),))
    assert recorded_at(replace(BLANK, streams=(stream,))) == ONE
    assert recorded_at(replace(created("1970-01-01T00:00:00Z"), streams=(stream,))) == ONE
    later = replace(created("2026-03-02T13:00:01Z"), streams=(stream,))
    assert recorded_at(later) == datetime(2026, 3, 2, 13, 0, 1, tzinfo=UTC)


@given(st.text())
def test_any_text_can_be_printed(text: str) -> None:
    """On one line, within its length, and unchanged where it was harmless."""
    shown = _shown(text)
    assert shown.isprintable()
    assert len(shown) <= 1001
    assert shown == text or not text.isprintable() or len(text) > 1000


@given(st.characters())
def test_what_is_spelt_out_can_be_printed(char: str) -> None:
    """Half of a pair too."""
    assert _spelt(char).isprintable() or char.isprintable()


@given(st.text())
def test_any_date_is_an_instant_or_none(text: str) -> None:
    """Nothing that a file says stops the program."""
    found = recorded_at(created(text))
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize("name", ["missing", "empty", "text", "folder"])
def test_what_is_no_video_is_refused(tmp_path: Path, name: str) -> None:
    """In a sentence that names it."""
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
    elif name != "missing":
        path.write_bytes(b"Dear Sir or Madam,\n" * (50 * (name == "text")))
    with pytest.raises(InputUnusable, match=str(path)):
        native_metadata(path)


@pytest.mark.parametrize("ending", ["mov", "mkv", "avi", "ts", "264"])
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, ending: str) -> None:
    """Wherever its bytes were changed or cut off, and nothing else is raised or printed."""
    whole = tagged(tmp_path / f"whole.{ending}", title="Camera 4").read_bytes()
    path, chance = tmp_path / f"a.{ending}", random.Random(4)  # noqa: S311  damage that can be repeated
    for _ in range(40):
        damaged = bytearray(whole[: chance.choice([len(whole), chance.randrange(1, len(whole))])])
        for _ in range(chance.randrange(60)):
            where = chance.choice([chance.randrange(len(damaged)), -1 - chance.randrange(min(len(damaged), 2000))])
            damaged[where] = chance.randrange(256)
        path.write_bytes(damaged)
        with contextlib.suppress(InputUnusable):
            native_metadata(path)
