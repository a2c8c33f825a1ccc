"""The sound of a master along its line of time: decoded, without gap or overlap, silenced where asked.

What is heard of a copy, and what is listened to or looked at of its master, comes from here.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any, NamedTuple

import av
import numpy as np
from av.error import EOFError as EndOfStream

from redact.video.demux import packets
from redact.video.opening import opened
from redact.video.runs import BEFORE, NOWHERE, belonging, runs

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray

    from redact.records.clip import AudioTrack, Clip
    from redact.video.runs import Run

__all__ = ["BLOCK", "PACKED", "Form", "Line", "Missing"]

SLACK_S = Fraction(12, 1000)
"""Gaps and overlaps up to this are the container's rounding and guessing, not silence; a lost packet is longer."""

PACKED = "flt"
"""Form in which samples are handed over: PyAV does not reach the planes of eight channels."""

UNSAID = " channels"
"""How the name of a layout ends that says how many channels there are, but not what each of them is."""

BLOCK = 48_000
"""Samples of silence made at a time."""

LED_IN_S = Fraction(2)
"""Seconds before a place that are decoded to hear it: a decoder that starts anew needs some."""


@dataclass(slots=True)
class Missing:
    """What of a track is not in the copy as it is in the master, in samples of the copy."""

    damaged: int = 0
    """Silent, because it does not decode."""
    gaps: int = 0
    """Silent, because the master has none in between."""
    outside: int = 0
    """Left out, because there is no picture at its time, or other sound."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some sound as it was decoded."""

    due: int
    """Sample of the copy at which it is heard."""
    samples: NDArray[np.float32]
    """(channels, n)"""
    begins: int
    """Sample of the copy from which on it may be heard,"""
    ends: int
    """and up to which."""
    broken: int
    """Samples just before it that did not decode."""


@dataclass(frozen=True, slots=True)
class Form:
    """In which form sound is wanted."""

    rate: int
    """Hz."""
    layout: str
    """Channels, as FFmpeg names them."""

    @property
    def channels(self) -> int:
        """Count them."""
        return int(av.AudioLayout(self.layout).nb_channels)


class Line:
    """One track of a master along its line of time; holds no more than a block of it."""

    def __init__(
        self,
        clip: Clip,
        track: AudioTrack,
        form: Form,
        start: Fraction,
        *,
        mute: Iterable[tuple[Fraction, Fraction]] = (),
        span: tuple[int, int] | None = None,
        since: Fraction | None = None,
    ) -> None:
        """Read TRACK of CLIP in FORM; its sample 0 is heard at START, in seconds of the line.

        The spans MUTE become silence, in seconds of the line too. SPAN are the frames with which it ends, by default
        all. Where nothing before SINCE is wanted, it is not decoded if that can be; times are then those that the
        file itself has there, which its decoder may round by some samples.
        """
        self.missing = Missing()
        self._clip, self._track, self._form, self._start, self._since = clip, track, form, start, since
        self._mute = [(floor((a - start) * form.rate), ceil((b - start) * form.rate)) for a, b in mute]
        self._all = span is None or span == (0, len(clip))
        self._end = _end(clip, span, start, form.rate)

    def blocks(self) -> Generator[tuple[int, NDArray[np.float32]], None, None]:
        """Give samples, float32 (channels, n), without gap or overlap from 0 or later, with the index of the first."""
        for first, samples in self._timeline():
            for start, end in self._mute:
                samples[:, max(0, start - first) : max(0, end - first)] = 0
            yield first, samples

    def _timeline(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Give all of it as it is."""
        at: int | None = None
        slack = round(SLACK_S * self._form.rate)
        for piece in _pieces(self._clip, self._track, self._form, self._start, self._since):
            due = at if at is not None and abs(piece.due - at) <= slack else piece.due
            low, high = max(piece.begins, 0), min(piece.ends, self._end)
            first = max(due, low) if at is None else max(due, low, at)
            last = max(first, min(due + piece.samples.shape[1], high))
            self._miss(piece, due, first, last)
            silent = piece.broken if at is None else first - at
            if last > first or piece.broken:
                self._count(piece, silent if last > first else piece.broken)
            if last > first:
                yield from self._silence(first if at is None else at, first, len(piece.samples))
                yield first, np.ascontiguousarray(piece.samples[:, first - due : last - due])
                at = last

    def _miss(self, piece: _Piece, due: int, first: int, last: int) -> None:
        """Count what of PIECE, heard from sample DUE on, is left out where only FIRST to LAST is kept."""
        ends = due + piece.samples.shape[1]
        if self._all or (due >= 0 and ends <= self._end):
            self.missing.outside += ends - due - (last - first)

    def _count(self, piece: _Piece, silent: int) -> None:
        """Count SILENT samples before PIECE: as damage so many as did not decode, as a gap the others."""
        damaged = min(silent, piece.broken)
        if self._all or 0 <= piece.due < self._end:
            self.missing.damaged += damaged
            self.missing.gaps += silent - damaged

    def _silence(self, first: int, end: int, channels: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
        for at in range(first, end, BLOCK):
            yield at, np.zeros((channels, min(BLOCK, end - at)), np.float32)


def _end(clip: Clip, span: tuple[int, int] | None, start: Fraction, rate: int) -> int:
    """Samples after which the copy ends, if frames follow the span."""
    if span is None or span[1] >= len(clip):
        return 2**62
    return round((int(clip.pts[span[1]]) * clip.time_base - start) * rate)


def _pieces(clip: Clip, track: AudioTrack, form: Form, start: Fraction, since: Fraction | None) -> Iterator[_Piece]:
    """Decode TRACK, from SINCE on: where each piece belongs in what begins at START of the line, in FORM."""
    rate = form.rate
    for heard in _heard(clip, track, form, since):
        samples = _as_many(heard.samples, form.channels)
        if heard.run is None:
            yield _Piece(0, samples, 0, 0, broken=0)
            continue
        due, ends = (round((seconds - start) * rate) for seconds in (heard.run.place(heard.time), heard.run.ends))
        begins = 0 if heard.run.begins == BEFORE else round((heard.run.begins - start) * rate)
        yield _Piece(due, samples, begins, ends, round(heard.broken * rate))


class _Heard(NamedTuple):
    """Some sound by the file's clock."""

    run: Run | None
    """The run that it belongs to, if to any."""
    time: Fraction
    """Seconds of the file's clock."""
    samples: NDArray[np.float32]
    """(channels, n)"""
    broken: Fraction
    """Seconds just before it that did not decode."""


def _heard(clip: Clip, track: AudioTrack, wanted: Form, since: Fraction | None) -> Iterator[_Heard]:
    """Decode TRACK to float32 in the form WANTED, in its layout where it is known which channel is which."""
    all_runs, rate, layout = runs(clip), wanted.rate, wanted.layout
    form: tuple[Any, ...] = ()
    resampler: av.AudioResampler | None = None
    run: Run | None = None
    time = broken = Fraction(0)
    with opened(clip.path, clip.forced_rate) as container:
        if since is not None and len(all_runs) == 1:
            _enter(container, track.index, since - all_runs[0].shift)
        for decoded, number in _decoded(container, track.index, belonging(clip, track.index, all_runs)):
            now = None if number == NOWHERE else all_runs[number]
            if not isinstance(decoded, av.AudioFrame):
                broken += decoded
                continue
            if resampler is None or (*_form(decoded), now) != form:
                for piece in resampler.resample(None) if resampler is not None else ():
                    yield _Heard(run, _time(piece), _channels(piece), Fraction(0))
                resampler, form, run = _resampler(decoded, rate, layout), (*_form(decoded), now), now
            for piece in resampler.resample(decoded):
                time = _time(piece) + Fraction(piece.samples, rate)
                yield _Heard(run, _time(piece), _channels(piece), broken)
                broken = Fraction(0)
        for piece in resampler.resample(None) if resampler is not None else ():
            time = _time(piece) + Fraction(piece.samples, rate)
            yield _Heard(run, _time(piece), _channels(piece), Fraction(0))
    if broken:
        yield _Heard(run or all_runs[0], time + broken, np.zeros((1, 0), np.float32), broken)


def _enter(container: Any, index: int, seconds: Fraction) -> None:
    """Go to a little before SECONDS of the file's clock, where CONTAINER lets that be; else it is read as it stands."""
    stream = container.streams[index]
    target = floor((seconds - LED_IN_S) / stream.time_base)
    if target > (stream.start_time or 0):
        with suppress(av.FFmpegError, ValueError, OverflowError):
            container.seek(target, stream=stream)


def _form(frame: AudioFrame) -> tuple[Any, ...]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _resampler(frame: AudioFrame, rate: int, layout: str) -> av.AudioResampler:
    """Make what turns sound like FRAME into PACKED at RATE; into LAYOUT only where its channels have names."""
    return av.AudioResampler(PACKED, None if frame.layout.name.endswith(UNSAID) else layout, rate)


def _channels(piece: AudioFrame) -> NDArray[np.float32]:
    """Give the samples of PIECE as float32 (channels, samples)."""
    flat = np.asarray(piece.to_ndarray(), np.float32)
    return np.ascontiguousarray(flat.reshape(-1, piece.layout.nb_channels).T)


def _as_many(samples: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """Give SAMPLES in so many CHANNELS; where nobody says which is which, all are heard on each, as loud together."""
    if len(samples) == channels:
        return samples
    mixed = np.clip(samples.sum(axis=0, keepdims=True) / np.sqrt(len(samples)), -1, 1)
    return np.repeat(mixed, channels, axis=0).astype(np.float32)


def _decoded(container: Any, index: int, chosen: list[int]) -> Iterator[tuple[AudioFrame | Fraction, int]]:
    """Give what decodes of stream INDEX, and for what does not how many seconds; and the run, as CHOSEN by packet."""
    due: Fraction | None = None
    for place, packet in enumerate(packets(container, [container.streams[index]])):
        run = chosen[min(place, len(chosen) - 1)] if chosen else 0
        try:
            frames = packet.decode()
        except EndOfStream:
            continue
        except (av.FFmpegError, ValueError):
            yield (packet.duration or 0) * packet.time_base, run
            continue
        for frame in frames:
            if frame.pts is None and due is not None and frame.time_base:
                frame.pts = round(due / frame.time_base)
            if frame.pts is not None and frame.time_base:
                due = frame.pts * frame.time_base + Fraction(frame.samples, frame.sample_rate)
                yield frame, run


def _time(piece: AudioFrame) -> Fraction:
    """Seconds by the file's clock at which PIECE starts."""
    if piece.pts is None or piece.time_base is None:
        message = "the resampler gave sound without a time"
        raise ValueError(message)
    return piece.pts * piece.time_base
