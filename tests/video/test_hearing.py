"""Sound to be looked at and listened to: no peak is lost, times are a player's, and what is heard is the copy's."""

from __future__ import annotations

import io
import wave
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from masters import copy_of, make, picture, read, sound_of
from tones import TONE_S, Take, take, tone_at

from redact.review.pictures.sound import is_heard, load, to_bytes
from redact.video.audio import Sound
from redact.video.clock import offset
from redact.video.hearing import CHUNK, HEARD_RATE, Heard, hear, part

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray


class Loud:
    """Takes whatever is loud for speech, as sure as it is loud."""

    name, digest = "loud", "e" * 64

    def begin(self) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
        """Hear one channel."""
        rest = np.zeros(0, np.float32)

        def heard(samples: NDArray[np.float32]) -> NDArray[np.float32]:
            nonlocal rest
            held = np.concatenate([rest, samples])
            count = len(held) // CHUNK
            rest = held[count * CHUNK :]
            return np.asarray(np.abs(held[: count * CHUNK]).reshape(count, CHUNK).max(axis=1, initial=0), np.float32)

        return heard


def heard_from(wav: bytes) -> NDArray[np.float64]:
    """Samples of WAV: (n,), of its two channels together."""
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getnchannels()) == (48_000, 2)
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return np.asarray(data.mean(axis=1) / 32767, np.float64)


LATE: tuple[tuple[str, tuple[Any, ...]], ...] = (("a.mp4", ()), ("late.ts", ("-output_ts_offset", "7.3")))


@pytest.mark.parametrize(("name", "arguments"), LATE)
def test_each_tone_is_seen_where_it_is_heard(name: str, arguments: tuple[Any, ...], tmp_path: Path) -> None:
    """Its peaks stand at its time as a player shows it, and so does what may be speech; between them is nothing."""
    clip = read(take(tmp_path / name, Take(0, 6), *arguments))
    heard = hear(clip, Loud())
    begins = float(int(clip.pts[0] - offset(clip)) * clip.time_base)
    levels = heard.between(Fraction(0), Fraction(6), 600)
    for tone in range(6):
        at = round((tone_at(tone) + begins) * 100)
        assert levels[at + 4 : at + 16, 1].min() > 0.3
        assert np.abs(levels[at - 20 : at - 4]).max() < 0.02
    (span,) = heard.speech / 1000  # breaths between words do not cut it
    assert np.abs(span - begins - [tone_at(0) - 0.25, tone_at(5) + TONE_S + 0.25]).max() < 0.06


def test_what_is_opposite_in_two_channels_is_not_lost(tmp_path: Path) -> None:
    """Left and right that cancel each other out are drawn as loud as they are."""
    opposite = ("-f", "lavfi", "-i", "aevalsrc=0.5*sin(2764*t)|-0.5*sin(2764*t):s=48000:d=2")
    clip = read(make(tmp_path / "a.mkv", *picture(), *opposite, "-c:v", "mpeg4", "-c:a", "flac"))
    assert hear(clip).between(Fraction(1, 2), Fraction(3, 2), 50)[:, 1].min() > 0.4


@given(
    st.lists(st.integers(-32767, 32767), min_size=1, max_size=400),
    st.integers(1, 90),
    st.fractions(0, 2),
    st.fractions(Fraction(1, 1000), 3),
)
def test_no_peak_is_left_out(levels: list[int], buckets: int, start: Fraction, length: Fraction) -> None:
    """However few parts a span is cut into, the loudest sample in it is in one of them."""
    high = np.array(levels, np.int16)
    heard = Heard(np.minimum(high, 0), high, np.zeros((0, 2), np.int64))
    given_ = heard.between(start, start + length, buckets)
    inside = high[floor(start * 200) : ceil((start + length) * 200)]
    assert given_.shape == (buckets, 2)
    if len(inside) and inside.max() > 0:
        assert given_[:, 1].max() >= inside.max() / 32767 - 1e-4


def test_two_who_speak_far_apart_are_two_spans(tmp_path: Path) -> None:
    """A second and a half without a word ends a span, and each takes in a little on either side."""
    words = "if(between(t,1,1.5)+between(t,3,3.4)+between(t,6,6.2),0.5*sin(2764*t),0)"
    sound = ("-f", "lavfi", "-i", f"aevalsrc='{words}':s=48000:d=8")
    clip = read(make(tmp_path / "a.mkv", *picture(seconds=8), *sound, "-c:v", "mpeg4", "-c:a", "flac"))
    expected = np.array([[750, 1750], [2750, 3650], [5750, 6450]])
    assert np.abs(hear(clip, Loud()).speech - expected).max() < 60


def test_a_clip_without_sound_is_silent(tmp_path: Path) -> None:
    """It has peaks of nothing, as long as it is, and no speech."""
    heard = hear(read(make(tmp_path / "a.mp4", *picture())), Loud())
    assert (len(heard.low), int(np.abs(heard.high).max()), len(heard.speech)) == (400, 0, 0)


@pytest.mark.parametrize("start", [Fraction(0), Fraction(21, 10), Fraction(9), Fraction(58, 5)])
def test_what_is_listened_to_is_what_the_copy_has(start: Fraction, tmp_path: Path) -> None:
    """A part, before and after muting, has the samples of a copy made so at that time."""
    clip = read(take(tmp_path / "a.mp4", Take(0, 14)))
    zero = offset(clip) * clip.time_base
    mute = ((zero + 9, zero + Fraction(97, 10)), (zero + Fraction(121, 10), zero + 13))
    for spans in ((), mute):
        copy_of(clip, tmp_path / "copy.mp4", Sound(keep=True, mute=spans))
        whole = sound_of(tmp_path / "copy.mp4")
        heard = heard_from(part(clip, start, start + 2, spans))
        there = whole[round(start * 48_000) :][: len(heard)]
        assert len(heard) == 96_000
        assert np.sqrt(np.square(heard - there).mean()) < 0.01  # the copy's was encoded once more
    silent = heard_from(part(clip, Fraction(9), Fraction(97, 10), mute))
    assert np.abs(silent).max() == 0


def test_what_was_heard_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Of another master, or damaged, it is nothing; a network that has not heard it yet is to hear it."""
    heard = Heard(
        np.array([-5, 0], np.int16), np.array([7, 9], np.int16), np.array([[1, 20]], np.int64), "loud " + "e" * 64
    )
    file, sha256 = tmp_path / "sound.npz", "ab" * 32
    file.write_bytes(to_bytes(heard, sha256))
    again = load(file, sha256)
    assert again is not None
    assert (again.low.tolist(), again.speech.tolist(), again.finder) == ([-5, 0], [[1, 20]], heard.finder)
    other = Loud()
    other.digest = "f" * 64
    assert [is_heard(file, sha256, finder) for finder in (None, Loud(), other)] == [True, True, False]
    assert load(file, "cd" * 32) is None
    file.write_bytes(file.read_bytes()[:60])
    assert load(file, sha256) is None
    assert HEARD_RATE == 16_000
