"""The sound of the copy: in step with the picture, silent where asked, every track with its language."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from masters import copy_of, make, picture, read, run, sound_of, tone

from redact.video.audio import Sound
from redact.video.probe import probe, stream_facts

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

KEEP = Sound(keep=True)
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", 25)
CLICKS = "aevalsrc=exprs='0.8*sin(2*PI*1000*t)*lt(mod(t,0.5),0.02)':d=3:s=48000"
"""A short beep every half second."""


def beeps(samples: NDArray[np.float32], rate: int = 48_000) -> NDArray[np.float64]:
    """Seconds at which each beep starts."""
    loud = np.abs(samples) > 0.2
    starts = np.flatnonzero(loud & ~np.roll(loud, 1))
    first = [start for i, start in enumerate(starts) if not i or start - starts[i - 1] > rate // 10]
    return np.array(first) / rate


def shown_at(path: Path) -> float:
    """Seconds at which the program shows the first frame of PATH, on the clock that `sound_of` counts from."""
    said = run("-i", path, "-vf", "showinfo=checksum=0", "-frames:v", 1, "-f", "null", "-").stderr.decode()
    return float(said.split("pts_time:")[1].split()[0])


def level(samples: NDArray[np.float32], start: float, end: float) -> float:
    """Loudest sample between START and END seconds."""
    return float(np.abs(samples[int(start * 48_000) : int(end * 48_000)]).max(initial=0))


@pytest.mark.parametrize(
    ("ending", "arguments"),
    [
        ("mp4", ("-c:a", "aac")),
        ("mkv", ("-c:a", "libopus")),
        ("mkv", ("-c:a", "flac")),
        ("ts", ("-c:a", "mp2")),
        ("mpg", ("-c:a", "mp2", "-c:v", "mpeg2video")),
        ("avi", ("-c:a", "pcm_s16le", "-c:v", "mjpeg")),
        ("mov", ("-c:a", "pcm_s24le")),
        ("mkv", ("-c:a", "libmp3lame", "-ar", 44_100)),
        ("mov", ("-c:a", "pcm_mulaw", "-ar", 8000)),
        ("mkv", ("-c:a", "flac", "-ar", 37_800)),
        ("mp4", ("-c:a", "aac", "-output_ts_offset", 1.3)),
        ("ts", ("-c:a", "aac", "-output_ts_offset", 7000)),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else value,
)
def test_the_sound_stays_in_step_with_the_picture(ending: str, arguments: tuple[object, ...], tmp_path: Path) -> None:
    """Every beep of the copy is as far from the first frame as in the master, to 5 ms."""
    sources = (*picture(seconds=3), "-f", "lavfi", "-i", CLICKS)
    clip = read(make(tmp_path / f"a.{ending}", *sources, *X264, *arguments))
    copy_of(clip, tmp_path / "b.mp4", KEEP)
    before, after = (beeps(sound_of(path)) - shown_at(path) for path in (clip.path, tmp_path / "b.mp4"))
    assert len(before) >= 5
    assert len(after) == len(before)
    assert np.abs(after - before).max() < 0.005


def test_no_sound_passes_unless_it_is_asked_for(tmp_path: Path) -> None:
    """By default the copy has no sound track at all."""
    clip = read(make(tmp_path / "a.mp4", *picture(), *tone(), *X264))
    assert len(clip.audio) == 1
    copy_of(clip, tmp_path / "b.mp4")
    assert [stream.kind for stream in stream_facts(tmp_path / "b.mp4").streams] == ["video"]


def test_a_clip_without_sound_has_none_to_keep(tmp_path: Path) -> None:
    """Keeping the sound of a silent clip is no error."""
    clip = read(make(tmp_path / "a.mp4", *picture(), *X264))
    assert clip.audio == ()
    copy_of(clip, tmp_path / "b.mp4", KEEP)
    assert probe(tmp_path / "b.mp4").audio == ()


def test_every_track_is_kept_with_its_language(tmp_path: Path) -> None:
    """Two tracks stay two, in order, each with its own sound and language, and with no other words."""
    languages = (
        "-metadata:s:a:0",
        "language=eng",
        "-metadata:s:a:1",
        "language=cym",
        "-metadata:s:a:1",
        "title=Kitchen",
    )
    sources = (*picture(), *tone(440), *tone(1000), "-map", 0, "-map", 1, "-map", 2)
    clip = read(make(tmp_path / "a.mkv", *sources, *X264, *languages))
    copy_of(clip, tmp_path / "b.mp4", KEEP)
    assert [track.language for track in probe(tmp_path / "b.mp4").audio] == ["eng", "cym"]
    assert b"Kitchen" not in (tmp_path / "b.mp4").read_bytes()
    for track, hertz in enumerate((440, 1000)):
        heard = sound_of(tmp_path / "b.mp4", track)
        spectrum = np.abs(np.fft.rfft(heard[:48_000]))
        assert abs(int(spectrum.argmax()) - hertz) <= 2


def test_a_muted_span_is_silent_on_every_track_and_nothing_else_is(tmp_path: Path) -> None:
    """From start to end there is nothing to hear on any track; before and after there is."""
    sources = (*picture(seconds=3), *tone(440, 3), *tone(1000, 3), "-map", 0, "-map", 1, "-map", 2)
    clip = read(make(tmp_path / "a.mkv", *sources, *X264))
    sound = Sound(keep=True, mute=((Fraction(1, 2), Fraction(1)), (Fraction(2), Fraction(9, 4))))
    copy_of(clip, tmp_path / "b.mp4", sound)
    for track in range(2):
        heard = sound_of(tmp_path / "b.mp4", track)
        assert level(heard, 0.53, 0.97) < 1e-4
        assert level(heard, 2.03, 2.22) < 1e-4
        assert min(level(heard, 0.1, 0.47), level(heard, 1.03, 1.97), level(heard, 2.3, 2.9)) > 0.05


def test_a_muted_span_counts_from_the_masters_clock(tmp_path: Path) -> None:
    """In a copy of a part, and of a master that starts late, the span is where it was in the master."""
    sources = (*picture(seconds=3), *tone(440, 3))
    clip = read(make(tmp_path / "a.mp4", *sources, *X264, "-output_ts_offset", 2))
    sound = Sound(keep=True, mute=((Fraction(3), Fraction(7, 2)),))
    copy_of(clip, tmp_path / "b.mp4", sound, span=(20, 70))
    heard = sound_of(tmp_path / "b.mp4")
    start = clip.seconds(20)
    assert level(heard, 3.03 - start, 3.47 - start) < 1e-4
    assert min(level(heard, 0, 2.97 - start), level(heard, 3.53 - start, 1.9)) > 0.05


def test_the_sound_of_a_part_ends_with_the_part(tmp_path: Path) -> None:
    """Nothing said after the last frame of a span is in the copy."""
    clip = read(make(tmp_path / "a.mp4", *picture(seconds=3), *tone(440, 3), *X264))
    copy_of(clip, tmp_path / "b.mp4", KEEP, span=(25, 50))
    heard = sound_of(tmp_path / "b.mp4")
    assert abs(len(heard) / 48_000 - 1) < 0.05
    assert level(heard, 0.1, 0.9) > 0.05


def test_a_gap_in_the_sound_stays_a_gap(tmp_path: Path) -> None:
    """Sound that pauses and comes back comes back at its own time."""
    gap = ("-af", "aselect='not(between(t,1,2))'", "-c:a", "pcm_s16le")
    clip = read(make(tmp_path / "a.mkv", *picture(seconds=3), *tone(440, 3), *X264, *gap))
    copy_of(clip, tmp_path / "b.mp4", KEEP)
    heard = sound_of(tmp_path / "b.mp4")
    assert level(heard, 1.1, 1.9) < 0.01
    assert min(level(heard, 0.1, 0.9), level(heard, 2.1, 2.9)) > 0.05


@pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("stereo", 2), ("2.1", 2), ("5.1", 6), ("7.1", 8)])
def test_channels_are_kept_or_become_stereo(layout: str, channels: int, tmp_path: Path) -> None:
    """What AAC can carry is carried; any other number of channels becomes two."""
    sources = (*picture(), *tone(), *X264, "-af", f"aformat=channel_layouts={layout}", "-c:a", "flac")
    clip = read(make(tmp_path / "a.mkv", *sources))
    copy_of(clip, tmp_path / "b.mp4", KEEP)
    assert [track.channels for track in probe(tmp_path / "b.mp4").audio] == [channels]


def test_damaged_sound_leaves_a_gap_and_stays_in_step(tmp_path: Path) -> None:
    """Packets of sound that do not decode are silence; what follows them is where it was."""
    sources = (*picture(seconds=3), "-f", "lavfi", "-i", CLICKS)
    whole = make(tmp_path / "a.ts", *sources, *X264, "-c:a", "mp2")
    raw = bytearray(whole.read_bytes())
    for at in range(len(raw) // 2, len(raw) // 2 + 40 * 188, 188):
        raw[at + 8 : at + 180] = b"\x55" * 172
    broken = tmp_path / "b.ts"
    broken.write_bytes(raw)
    clip = read(broken)
    copy_of(clip, tmp_path / "b.mp4", KEEP)
    intact, after = (beeps(sound_of(path)) - shown_at(path) for path in (whole, tmp_path / "b.mp4"))
    assert len(after) >= 3
    assert all(np.abs(intact - at).min() < 0.005 for at in (after[0], after[-1]))
