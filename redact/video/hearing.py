"""The sound of a master to be looked at and listened to: how loud it is, where somebody speaks, and short parts of it.

What is heard of a part is what the copy would have there: it comes along the same line, through the same silencing.
"""

from __future__ import annotations

import io
import wave
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from redact.records.arrays import check_array
from redact.video.clock import offset
from redact.video.line import Form, Line
from redact.video.runs import ends_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from fractions import Fraction

    from numpy.typing import NDArray

    from redact.records.clip import AudioTrack, Clip

__all__ = ["CHUNK", "HEARD_RATE", "RATE", "Heard", "SpeechFinder", "hear", "part"]

RATE = 200
"""Peaks a second: a sound shorter than that is drawn as long."""

FULL = 32767
"""Full scale."""

HEARD_RATE, LISTENED_RATE = 16_000, 48_000
"""Hz at which sound is looked at, and at which it is listened to."""

CHUNK = 512
"""Samples for each of which it is said how likely somebody speaks."""

BEGINS, ENDS = 0.2, 0.1
"""How likely somebody has to speak for a span of speech to begin, and how unlikely for it to end."""

AROUND_S, APART_S = 0.25, 1.1
"""Seconds that a span takes in on either side; and of silence between two that are taken for one."""


class SpeechFinder(Protocol):
    """Finds where somebody speaks; handed in, since the program's own part knows no networks."""

    name: str
    digest: str
    """SHA-256 of its weights."""

    def begin(self) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
        """Give what hears one channel, float32 at HEARD_RATE, as it comes.

        It says how likely somebody speaks, 0 to 1, in each CHUNK that is complete.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """The sound of a clip over time, all its tracks together, from second 0 as a player shows it on."""

    low: NDArray[np.int16]
    """(n,) the lowest sample in each RATE-th of a second, FULL is full scale,"""
    high: NDArray[np.int16]
    """(n,) and the highest."""
    speech: NDArray[np.int64]
    """(k, 2) ms from which and up to which somebody may be speaking."""
    finder: str = ""
    """Which network looked for speech, by name and digest; nothing where none did."""

    def __post_init__(self) -> None:
        """Check shapes."""
        check_array(self, "low", np.int16, (None,))
        check_array(self, "high", np.int16, (len(self.low),))
        check_array(self, "speech", np.int64, (None, 2))

    def between(self, start: Fraction, end: Fraction, buckets: int) -> NDArray[np.float32]:
        """Give the lowest and highest sample of each of BUCKETS equal parts of START to END: (buckets, 2), 1 is full.

        No peak is left out, however few BUCKETS there are.
        """
        edges = np.linspace(float(start) * RATE, float(end) * RATE, buckets + 1)
        first = np.floor(edges[:-1]).astype(np.int64)
        last = np.maximum(np.ceil(edges[1:]).astype(np.int64), first + 1)
        given, there = np.zeros((buckets, 2), np.float32), len(self.low)
        for place, (a, b) in enumerate(zip(first.clip(0, there), last.clip(0, there), strict=True)):
            if a < b:
                given[place] = self.low[a:b].min() / FULL, self.high[a:b].max() / FULL
        return given


def hear(clip: Clip, finder: SpeechFinder | None = None, told: Callable[[float], object] | None = None) -> Heard:
    """Decode all sound of CLIP once, and let FINDER hear it; TOLD hears how many seconds of a track are done."""
    length = int(np.ceil(float(ends_at(clip) - _zero(clip)) * RATE))
    levels = _Levels(length)
    speaking = np.zeros(-(-length * (HEARD_RATE // RATE) // CHUNK), np.float32)
    for track in clip.audio:
        ears = _Ears(finder, speaking) if finder else None
        with closing(Line(clip, track, _form(track, HEARD_RATE), _zero(clip)).blocks()) as blocks:
            for first, samples in blocks:
                levels.see(first, samples)
                if ears:
                    ears.hear(first, samples.mean(axis=0))
                if told:
                    told(first / HEARD_RATE)
    name = f"{finder.name} {finder.digest}" if finder else ""
    return Heard(levels.low, levels.high, _spans(speaking, length * 1000 // RATE), name)


def part(clip: Clip, start: Fraction, end: Fraction, mute: Iterable[tuple[Fraction, Fraction]] = ()) -> bytes:
    """Give what is heard of all tracks of CLIP from START to END, as WAV; seconds as a player shows them.

    The spans MUTE, in seconds of the line, are silent, as they are in a copy.
    """
    zero, muted = _zero(clip), tuple(mute)
    count = max(0, round((end - start) * LISTENED_RATE))
    mixed = np.zeros((2, count), np.float32)
    for track in clip.audio:
        line = Line(clip, track, _form(track, LISTENED_RATE), zero + start, mute=muted, since=zero + start)
        with closing(line.blocks()) as blocks:
            for first, samples in blocks:
                if first >= count:
                    break
                some = samples[:, : count - first]
                mixed[:, first : first + some.shape[1]] += some
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((2, 2, LISTENED_RATE, count, "NONE", ""))
        file.writeframes(np.rint(np.clip(mixed, -1, 1).T * FULL).astype("<i2").tobytes())
    return out.getvalue()


def _zero(clip: Clip) -> Fraction:
    """Seconds of the line that a player shows as 0."""
    return offset(clip) * clip.time_base


def _form(track: AudioTrack, rate: int) -> Form:
    """Give the form in which TRACK is heard at RATE: its one channel, or two, lest what is opposite in them be lost."""
    return Form(rate, "mono" if track.channels == 1 else "stereo")


class _Levels:
    """Takes down the lowest and highest samples of blocks of sound."""

    def __init__(self, length: int) -> None:
        self.low, self.high = np.zeros(length, np.int16), np.zeros(length, np.int16)

    def see(self, first: int, samples: NDArray[np.float32]) -> None:
        """Take down SAMPLES (channels, n), of which the first is number FIRST."""
        places = (first + np.arange(samples.shape[1])) // (HEARD_RATE // RATE)
        within = places < len(self.low)
        places, levels = places[within], np.rint(samples[:, within].clip(-1, 1) * FULL).astype(np.int16)
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        if len(starts):
            rows = places[starts]
            self.low[rows] = np.minimum(self.low[rows], np.minimum.reduceat(levels.min(axis=0), starts))
            self.high[rows] = np.maximum(self.high[rows], np.maximum.reduceat(levels.max(axis=0), starts))


class _Ears:
    """Lets a network hear a track, with silence where it has none, and writes down how likely somebody speaks."""

    def __init__(self, finder: SpeechFinder, speaking: NDArray[np.float32]) -> None:
        self._listen, self._speaking = finder.begin(), speaking
        self._at = self._chunk = 0

    def hear(self, first: int, samples: NDArray[np.float32]) -> None:
        """Hear SAMPLES, of which the first is number FIRST."""
        gap = first - self._at
        if gap > 0:
            self._note(np.zeros(gap, np.float32))
        self._note(samples)
        self._at = first + len(samples)

    def _note(self, samples: NDArray[np.float32]) -> None:
        likely = self._listen(samples)[: max(0, len(self._speaking) - self._chunk)]
        some = slice(self._chunk, self._chunk + len(likely))
        self._speaking[some] = np.maximum(self._speaking[some], likely)
        self._chunk += len(likely)


def _spans(speaking: NDArray[np.float32], length_ms: int) -> NDArray[np.int64]:
    """Give the spans, ms, in which somebody may be SPEAKING, of what is LENGTH_MS long: (k, 2)."""
    likely = np.flatnonzero(np.diff(np.concatenate([[False], speaking >= ENDS, [False]])))
    found: list[list[float]] = []
    for first, last in likely.reshape(-1, 2).tolist():
        if speaking[first:last].max() < BEGINS:
            continue
        begins, ends = first * CHUNK / HEARD_RATE - AROUND_S, last * CHUNK / HEARD_RATE + AROUND_S
        if found and begins <= found[-1][1] + APART_S - 2 * AROUND_S:
            found[-1][1] = ends
        else:
            found.append([begins, ends])
    spans = np.rint(np.array(found, np.float64).reshape(-1, 2) * 1000)
    return spans.astype(np.int64).clip(0, length_ms)
