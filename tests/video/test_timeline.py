"""Picture, sound and silences keep to one line of time, whatever a recorder's clock did."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from clips import clip_of, plan_of
from hypothesis import given
from hypothesis import strategies as st
from masters import copy_of, make, picture, read, run, tone
from tones import TONE_S, Take, joined, line_time, offsets, take

from redact.records.clip import Layout
from redact.verify.file_checks import sound_as_asked, times_in_file
from redact.verify.sound_check import FrameTimes, differences
from redact.video import line as writer
from redact.video.audio import Sound
from redact.video.clock import file_ticks
from redact.video.decode import decode
from redact.video.encode import write
from redact.video.geometry import compose
from redact.video.runs import runs
from redact.video.second_sound import BANDS, Cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from redact.records.clip import Clip
    from redact.records.plan import Check

    Pieces = Callable[..., Iterator[Any]]

KEEP = Sound(keep=True)
TONES = range(6)
FIRST, SECOND, WHOLE = Take(0, 3), Take(3, 6), Take(0, 6)
MPEG2 = ("-c:v", "mpeg2video", "-c:a", "mp2")


def restarted(folder: Path, ending: str = "ts", *more: object) -> Path:
    """Two recordings of one scene in one file, the second with a clock that starts anew."""
    parts = [take(folder / f"{n}.{ending}", some, *more) for n, some in enumerate((FIRST, SECOND))]
    return joined(folder / f"both.{ending}", *parts)


def clocks(folder: Path, first: float, second: float) -> Path:
    """Two recordings in one file, whose clocks say FIRST and SECOND seconds where they begin."""
    parts = [
        take(folder / f"{n}.ts", some, "-output_ts_offset", offset)
        for n, some, offset in ((0, FIRST, first), (1, SECOND, second))
    ]
    return joined(folder / "both.ts", *parts)


def often(folder: Path, seconds: int, ending: str, *more: object) -> Path:
    """One scene in parts of so many SECONDS, whose clocks all say the same."""
    parts = [take(folder / f"{first}.{ending}", Take(first, first + seconds), *more) for first in range(0, 6, seconds)]
    return joined(folder / f"all.{ending}", *parts)


def edited(folder: Path) -> Path:
    """An MP4 whose edit list leaves out the beginning."""
    whole = take(folder / "whole.mp4", WHOLE)
    return make(folder / "cut.mp4", "-ss", 1.32, "-i", whole, "-c", "copy")


slow = pytest.mark.slow
MASTERS = [
    pytest.param(restarted, 0, id="restart"),
    pytest.param(lambda folder: restarted(folder, "ts", "-c:a", "mp2"), 0, id="restart, mp2", marks=slow),
    pytest.param(lambda folder: restarted(folder, "mpg", *MPEG2), 0, id="joined mpg", marks=slow),
    pytest.param(lambda folder: restarted(folder, "mkv"), 0, id="joined mkv"),
    pytest.param(lambda folder: clocks(folder, 2000, 1000), 0, id="set back by 1000 s", marks=slow),
    pytest.param(lambda folder: often(folder, 2, "mpg", *MPEG2), 0, id="restarts of a coarse mix", marks=slow),
    pytest.param(lambda folder: often(folder, 1, "ts"), 0, id="restarts every second", marks=slow),
    pytest.param(lambda folder: clocks(folder, 0, 3603), 0, id="jump of an hour"),
    pytest.param(lambda folder: clocks(folder, 95_443 - 3.1, 0), 0, id="set back by a day", marks=slow),
    pytest.param(lambda folder: clocks(folder, 200, 143), 0, id="set back by a minute", marks=slow),
    pytest.param(
        lambda folder: take(folder / "a.ts", WHOLE, "-output_ts_offset", 7000), 0, id="late start, ts", marks=slow
    ),
    pytest.param(
        lambda folder: take(folder / "a.mp4", WHOLE, "-output_ts_offset", 1.3), 0, id="late start, mp4", marks=slow
    ),
    pytest.param(lambda folder: take(folder / "a.ts", WHOLE, "-output_ts_offset", 95_439), 0, id="33-bit wrap"),
    pytest.param(
        lambda folder: take(folder / "a.ts", WHOLE, "-output_ts_offset", 95_443), 0, id="wrap at once", marks=slow
    ),
    pytest.param(lambda folder: take(folder / "a.mp4", WHOLE, before=("-itsoffset", 0.7)), 0.7, id="late sound"),
    pytest.param(
        lambda folder: take(folder / "a.mp4", WHOLE, before=("-itsoffset", -0.7)), -0.7, id="early sound, mp4"
    ),
    pytest.param(
        lambda folder: take(folder / "a.mkv", WHOLE, before=("-itsoffset", -0.7)), -0.7, id="early sound", marks=slow
    ),
]
"""How a master is made, and by how much its sound is late."""


@pytest.mark.parametrize(("made", "late"), MASTERS)
def test_every_tone_is_where_it_was(made: Callable[[Path], Path], late: float, tmp_path: Path) -> None:
    """Each is heard with the picture with which it was recorded, to 12 ms, and the checks agree."""
    clip = read(made(tmp_path))
    copy_of(clip, tmp_path / "copy.mp4", KEEP)
    found = offsets(tmp_path / "copy.mp4", TONES)
    assert set(found) >= set(range(1, 5))
    assert set(found) == set(TONES) or late
    assert np.abs(np.array(list(found.values())) - late).max() < 0.012
    assert heard_as_asked(tmp_path / "copy.mp4", clip).passed
    assert not times_in_file(clip)


def test_an_edit_list_moves_picture_and_sound_alike(tmp_path: Path) -> None:
    """What it leaves out is not in the copy, and the rest is together as players show it."""
    master = edited(tmp_path)
    clip = read(master)
    copy_of(clip, tmp_path / "copy.mp4", KEEP)
    before, after = offsets(master, range(2, 6)), offsets(tmp_path / "copy.mp4", range(2, 6))
    assert set(before) == set(after) == set(range(2, 6))
    assert all(abs(before[number] - after[number]) < 0.025 for number in before)
    assert heard_as_asked(tmp_path / "copy.mp4", clip).passed


@pytest.mark.parametrize(
    ("made", "muted"),
    [
        (restarted, 3),
        pytest.param(restarted, 2, marks=slow),
        pytest.param(lambda folder: restarted(folder, "mkv"), 4, marks=slow),
        pytest.param(lambda folder: clocks(folder, 2000, 1000), 4, marks=slow),
        pytest.param(lambda folder: clocks(folder, 0, 3603), 3, marks=slow),
        pytest.param(lambda folder: take(folder / "a.ts", WHOLE, "-output_ts_offset", 95_439), 3, marks=slow),
        pytest.param(lambda folder: take(folder / "a.mp4", WHOLE, "-output_ts_offset", 1.3), 0, marks=slow),
    ],
)
def test_a_mute_silences_one_tone_and_no_other(made: Callable[[Path], Path], muted: int, tmp_path: Path) -> None:
    """From its first sample to its last, wherever the clock has broken off before."""
    clip = read(made(tmp_path))
    begins = line_time(clip, muted)
    sound = Sound(keep=True, mute=((begins, begins + Fraction(TONE_S)),))
    copy_of(clip, tmp_path / "copy.mp4", sound)
    assert set(offsets(tmp_path / "copy.mp4", TONES)) == set(TONES) - {muted}
    assert heard_as_asked(tmp_path / "copy.mp4", clip, sound).passed


def test_where_the_clock_broke_off_is_told(tmp_path: Path) -> None:
    """A clock set back, and a gap that was closed: as sentences, not as damage of the picture."""
    back, leap = (read(clocks(tmp_path, *offset)) for offset in ((2000, 1000), (0, 3603)))
    assert back.remarks == (
        "The clock of the recording is set back by 16 min 43 s at 0:03.0; the copy runs on from there without a break.",
    )
    assert leap.remarks == (
        "The clock of the recording jumps by 1 h 0 min at 0:03.0; the copy runs on from there without the gap.",
    )


@pytest.mark.parametrize("offset", [pytest.param(0, marks=slow), 3603])
def test_a_copy_has_no_time_that_players_stumble_over(offset: int, tmp_path: Path) -> None:
    """It lasts as long as it shows pictures, in both tracks."""
    clip = read(clocks(tmp_path, 2000 if not offset else 0, offset))
    copy_of(clip, tmp_path / "copy.mp4", KEEP)
    said = run("-i", tmp_path / "copy.mp4", "-f", "null", "-").stderr.decode()
    hours, minutes, seconds = said.split("Duration: ")[1].split(",")[0].split(":")
    assert 5.5 < int(hours) * 3600 + int(minutes) * 60 + float(seconds) < 8


def test_sound_that_leaps_by_a_day_ends_with_the_picture(tmp_path: Path) -> None:
    """It is no silence for a day, and what is left out is told."""
    leap = ("-af", "asetpts='if(gte(T,1.5),PTS+86400/TB,PTS)'", "-c:a", "pcm_s16le")
    clip = read(make(tmp_path / "a.mkv", *picture(seconds=3), *tone(440, 3), "-c:v", "mpeg4", *leap))
    told = written(clip, tmp_path / "copy.mp4")
    assert (tmp_path / "copy.mp4").stat().st_size < 2_000_000
    assert any("1.49 s of it has no picture at its time" in one for one in told)
    assert heard_as_asked(tmp_path / "copy.mp4", clip).passed


@slow
def test_sound_within_a_gap_that_is_closed_is_left_out_and_told(tmp_path: Path) -> None:
    """The picture leaps by ten minutes, the sound goes on: what is heard in between has no picture."""
    shown = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=5:d=20", "-vf", "setpts='if(gte(T,10),PTS+600/TB,PTS)'")
    coded = ("-c:v", "mpeg4", "-fps_mode", "passthrough", "-c:a", "libmp3lame", "-ar", 8000)
    clip = read(make(tmp_path / "a.mkv", *shown[:4], *tone(440, 620, 8000), *shown[4:], *coded))
    told = written(clip, tmp_path / "copy.mp4")
    assert len(clip.breaks) == 1
    assert any("600." in one and "has no picture at its time" in one for one in told)
    assert heard_as_asked(tmp_path / "copy.mp4", clip).passed


def test_sound_that_does_not_decode_is_silent_and_told(tmp_path: Path) -> None:
    """Packets without sense in an MP4, whose own clock says how long they are."""
    whole = make(tmp_path / "a.mp4", *picture(seconds=3), *tone(440, 3), "-c:v", "mpeg4", "-c:a", "aac", "-b:a", "64k")
    clip = read(whole)
    spoil(whole, 60, 40)
    told = written(clip, tmp_path / "copy.mp4")
    assert len(told) == 1
    assert "0.85 s of it could not be decoded, and is silent in the copy" in told[0]
    assert heard_as_asked(tmp_path / "copy.mp4", clip).passed


def test_a_track_of_which_nothing_decodes_is_silent_and_told(tmp_path: Path) -> None:
    """The other one is heard as ever; both are in the copy."""
    sources = (*picture(), *tone(440), *tone(1000), "-map", 0, "-map", 1, "-map", 2)
    whole = make(tmp_path / "a.mp4", *sources, "-c:v", "mpeg4", "-c:a", "aac")
    clip = read(whole)
    spoil(whole, 0, 999)
    told = written(clip, tmp_path / "copy.mp4")
    assert len(told) == 1
    assert told[0].startswith("Sound track 1: 2.0")
    assert heard_as_asked(tmp_path / "copy.mp4", clip).passed


def test_sound_that_nobody_can_describe_is_told(tmp_path: Path) -> None:
    """A stream of sound in a form that is not known is not in the copy, and not in silence."""
    whole = make(tmp_path / "a.mkv", *picture(), *tone(), "-c:v", "mpeg4", "-c:a", "libmp3lame")
    whole.write_bytes(whole.read_bytes().replace(b"A_MPEG/L3", b"A_XXXX/L3"))
    clip = read(whole)
    assert clip.audio == ()
    wanted = ("Sound track 1 of the recording is not in the copy: it is in a form that is not known here.",)
    assert written(clip, tmp_path / "copy.mp4") == wanted
    found = heard_as_asked(tmp_path / "copy.mp4", clip)
    assert (found.passed, found.found) == (True, "No sound track: the master has none that can be decoded.")


def test_sound_that_begins_in_mid_file_is_described_by_what_decodes(tmp_path: Path) -> None:
    """A header that was written before there was any sound says neither its rate nor its channels."""
    plain = take(tmp_path / "a.ts", FIRST, "-c:a", "mp2", "-an")
    clip = read(joined(tmp_path / "b.ts", plain, take(tmp_path / "c.ts", SECOND, "-c:a", "mp2")))
    if clip.audio:  # whether FFmpeg looks far enough to see the stream at all is its own affair
        assert [(track.rate, track.channels) for track in clip.audio] == [(48_000, 1)]


@pytest.mark.parametrize(
    "layout",
    [
        *(pytest.param(one, marks=slow) for one in ("mono", "3.0", "4.0", "5.0", "6.1", "hexadecagonal")),
        "7.1",
        "16 channels",
    ],
)
def test_any_number_of_channels_makes_a_copy(layout: str, tmp_path: Path) -> None:
    """What AAC cannot carry is heard in stereo, and the check decodes it without harm."""
    number = {"hexadecagonal": 16, "16 channels": 16, "mono": 1}.get(layout, 0) or sum(map(int, layout.split(".")))
    each = "|".join(f"0.2*sin(2*PI*{300 + 200 * k}*t)*lt(mod(t,0.7),0.4)" for k in range(number))
    named = f":c={layout}" if layout != "16 channels" else ""
    sources = (*picture(seconds=2), "-f", "lavfi", "-i", f"aevalsrc='{each}'{named}:d=2:s=48000")
    clip = read(make(tmp_path / "a.mkv", *sources, "-c:v", "mpeg4", "-c:a", "pcm_s16le"))
    copy_of(clip, tmp_path / "copy.mp4", KEEP)
    found = heard_as_asked(tmp_path / "copy.mp4", clip)
    assert found.passed, found.found


def test_a_rate_that_changes_on_the_way_keeps_every_tone(tmp_path: Path) -> None:
    """A recorder that starts anew with another rate and two channels: all is heard, at the rate of the beginning."""
    parts = [take(tmp_path / "0.ts", FIRST), take(tmp_path / "1.ts", SECOND, "-ar", 44_100, "-ac", 2)]
    clip = read(joined(tmp_path / "both.ts", *parts))
    copy_of(clip, tmp_path / "copy.mp4", KEEP)
    found = offsets(tmp_path / "copy.mp4", TONES)
    assert set(found) == set(TONES)
    assert max(map(abs, found.values())) < 0.005
    assert heard_as_asked(tmp_path / "copy.mp4", clip).passed


def planted(change: Callable[[Any, int], Any]) -> Callable[[Pieces], Pieces]:
    """A fault of the writer: CHANGE of each piece of sound, given the rate."""

    def instead(real: Pieces) -> Pieces:
        def pieces(clip: Clip, track: Any, form: Any, start: Fraction, since: Fraction | None) -> Iterator[Any]:
            changed = (change(piece, form.rate) for piece in real(clip, track, form, start, since))
            yield from (piece for piece in changed if piece is not None)

        return pieces

    return instead


def moved(seconds: float, first: float, last: float) -> Callable[[Any, int], Any]:
    """Sound between FIRST and LAST that is late by SECONDS."""

    def change(piece: Any, rate: int) -> Any:
        late = first * rate <= piece.due < last * rate
        return replace(piece, due=piece.due + round(seconds * rate)) if late else piece

    return change


FAULTS = {
    "40 ms late for a part": moved(0.04, 3, 6),
    "40 ms early for a part": moved(-0.04, 2, 5),
    "40 ms late": moved(0.04, -9, 99),
    "late by the whole set-back": moved(3, 4.5, 99),
    "lost after a restart": lambda piece, rate: piece if piece.due < 4.5 * rate else None,
    "lost for a second": lambda piece, rate: None if 2.5 * rate < piece.due < 3.5 * rate else piece,
    "stretched": lambda piece, _: replace(piece, due=round(piece.due * 1.01)),
    "softer": lambda piece, _: replace(piece, samples=piece.samples * 0.3),
}


@pytest.mark.parametrize("fault", [*list(FAULTS)[:2], *(pytest.param(one, marks=slow) for one in list(FAULTS)[2:])])
def test_a_writer_that_puts_sound_elsewhere_is_found_out(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check does not go by the writer's line of time."""
    clip = read(restarted(tmp_path))
    monkeypatch.setattr(writer, "_pieces", planted(FAULTS[fault])(writer._pieces))
    copy_of(clip, tmp_path / "copy.mp4", KEEP)
    found = heard_as_asked(tmp_path / "copy.mp4", clip)
    assert not found.passed
    assert "of track 1," in found.found


@slow
def test_a_slow_stretch_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousandth is 60 ms after a minute."""
    clip = read(take(tmp_path / "a.mp4", Take(0, 60)))
    stretched = planted(lambda piece, _: replace(piece, due=round(piece.due * 1.001)))
    monkeypatch.setattr(writer, "_pieces", stretched(writer._pieces))
    copy_of(clip, tmp_path / "copy.mp4", KEEP)
    assert not heard_as_asked(tmp_path / "copy.mp4", clip).passed


def test_tracks_that_changed_places_are_found_out(tmp_path: Path) -> None:
    """Two steady tones as loud as each other, of which neither begins or ends."""
    sources = (*picture(), *tone(440), *tone(1000), "-map", 0, "-map", 1, "-map", 2)
    clip = read(make(tmp_path / "a.mkv", *sources, "-c:v", "mpeg4", "-c:a", "flac"))
    copy_of(replace(clip, audio=clip.audio[::-1]), tmp_path / "copy.mp4", KEEP)
    assert not heard_as_asked(tmp_path / "copy.mp4", clip).passed
    copy_of(clip, tmp_path / "copy.mp4", KEEP)
    assert heard_as_asked(tmp_path / "copy.mp4", clip).passed


@pytest.mark.parametrize("late", [Fraction(1, 10), pytest.param(Fraction(-1, 10), marks=slow)])
def test_a_mute_that_is_a_tenth_of_a_second_off_is_found_out(late: Fraction, tmp_path: Path) -> None:
    """Too late, or too early."""
    clip = read(restarted(tmp_path))
    begins = line_time(clip, 4)
    asked, made = (
        Sound(keep=True, mute=((begins + off, begins + Fraction(TONE_S) + off),)) for off in (Fraction(0), late)
    )
    copy_of(clip, tmp_path / "copy.mp4", made)
    assert not heard_as_asked(tmp_path / "copy.mp4", clip, asked).passed


def test_sound_that_was_taken_for_another_runs_is_found_out(tmp_path: Path) -> None:
    """Two runs say the same times: a copy made by a scan that saw only one has the first run's sound alone."""
    clip = read(restarted(tmp_path))
    copy_of(replace(clip, breaks=clip.breaks[:0]), tmp_path / "copy.mp4", KEEP)
    assert not heard_as_asked(tmp_path / "copy.mp4", clip).passed


def test_times_that_are_not_the_files_are_found_out(tmp_path: Path) -> None:
    """Moved by a tick, a break that is not there, one that is at another frame, one that is not told."""
    clip = read(restarted(tmp_path))
    assert not times_in_file(clip)
    later = clip.pts + (np.arange(len(clip)) >= 40)
    assert "from frame 40 on, at times that a second program does not find" in times_in_file(replace(clip, pts=later))
    assert times_in_file(replace(clip, breaks=clip.breaks[:0]))
    (frame, shift), *_ = clip.breaks.tolist()
    assert times_in_file(replace(clip, breaks=np.array([[frame + 1, shift]], np.int64)))
    invented = np.array([[20, -3600], [frame, shift - 3600]], np.int64)
    assert times_in_file(replace(clip, breaks=invented))


@pytest.mark.parametrize("rate", [2, 10, 25])
@pytest.mark.parametrize("ending", ["mkv", "mp4", "ts", "avi", "mpg"])
def test_pictures_that_are_stored_out_of_order_have_the_files_times(ending: str, rate: int, tmp_path: Path) -> None:
    """However far from its place each is stored, and whether a container says in which order to decode or not."""
    if ending == "mpg":
        coded: tuple[object, ...] = ("-c:v", "mpeg2video", "-bf", 2, "-r", 25)
    else:
        coded = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", 3, "-b_strategy", 0)
    clip = read(make(tmp_path / f"a.{ending}", *picture("64x48", str(rate), 4), *coded))
    assert not times_in_file(clip)
    assert not len(clip.breaks)


def test_a_gap_that_was_closed_without_need_is_found_out(tmp_path: Path) -> None:
    """A pause of ten seconds is the recording's own, and stays."""
    pause = ("-vf", "setpts='if(gte(T,1),PTS+10/TB,PTS)'", "-fps_mode", "passthrough")
    clip = read(make(tmp_path / "a.mkv", *picture(), "-c:v", "mpeg4", *pause))
    assert not len(clip.breaks)
    closed = clip.pts - 10_000 * (np.arange(len(clip)) >= 25)
    short = replace(clip, pts=closed, breaks=np.array([[25, -10_000]], np.int64))
    assert "as if the master's clock broke off there" in times_in_file(short)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(-(10**7), 10**7)), max_size=4))
def test_the_files_own_time_of_a_frame_is_found_again_in_its_run(steps: list[tuple[int, int]]) -> None:
    """Wherever the clock broke off: each frame lies in one run, and that run gives it its place on the line."""
    frames = np.cumsum([step for step, _ in steps]).tolist()
    breaks = np.array([(frame, shift) for frame, (_, shift) in zip(frames, steps, strict=True)], np.int64).reshape(
        -1, 2
    )
    clip = replace(clip_of(frames=50), breaks=breaks)
    found = runs(clip)
    for index, raw in enumerate(file_ticks(clip).tolist()):
        line = int(clip.pts[index]) * clip.time_base
        run = next(one for one in found if line < one.ends)
        assert run.place(raw * clip.time_base) == line
        assert run.fits(raw * clip.time_base)


def heard_as_asked(copy: Path, clip: Clip, sound: Sound = KEEP) -> Check:
    """What the check says of COPY."""
    return sound_as_asked(copy, clip, plan_of(clip, []), sound)


def written(clip: Clip, path: Path) -> tuple[str, ...]:
    """Write a copy with sound, and give what the writer tells."""
    layout = Layout(clip.width, clip.height, 0, 0)
    return write((compose(frame, clip, layout) for frame in decode(clip)), path, clip, layout, KEEP)


def spoil(path: Path, first: int, count: int) -> None:
    """Overwrite COUNT packets of the sound of the MP4 at PATH, from the FIRST on, with what cannot be decoded."""
    with av.open(str(path)) as container:
        found = [(p.pos, p.size) for p in container.demux(container.streams.audio[0]) if p.pos is not None and p.size]
    data = bytearray(path.read_bytes())
    for pos, size in found[first : first + count]:
        data[pos : pos + size] = b"\xff" * size
    path.write_bytes(data)


def test_a_copy_of_which_nothing_is_heard_is_not_like_a_master_of_which_nothing_is() -> None:
    """Where the second program fails on both alike, that is no sound that agrees."""
    nothing = Cells(np.zeros(0), np.zeros((0, len(BANDS) - 1), np.float32))
    frames = FrameTimes(np.zeros(1), np.zeros(1), np.zeros(1, np.int64))
    assert differences(nothing, np.zeros(0, np.int64), nothing, frames, [], mixed=False)
