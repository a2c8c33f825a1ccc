"""One sound track of the copy: decoded, silenced where asked, encoded, in step with the picture."""

from __future__ import annotations

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
    from collections.abc import Iterable, Iterator, Sequence

    from av.audio.frame import AudioFrame
    from av.container import OutputContainer
    from numpy.typing import NDArray

    from redact.records.clip import AudioTrack, Clip
    from redact.video.runs import Run

__all__ = ["AAC_LAYOUTS", "PACKED", "SoundTrack", "told"]

AAC_RATES = (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
"""Hz that AAC can carry."""

AAC_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
"""What each number of channels is written as; any other becomes stereo."""

SLACK_S = Fraction(12, 1000)
"""Gaps and overlaps up to this are the container's rounding and guessing, not silence; a lost packet is longer."""

TOLD_S = Fraction(1, 4)
"""Less than this, silent or left out in a whole track, is not worth a sentence: the ends of what a recorder joins."""

AHEAD_S = Fraction(1, 2)
"""How far the sound is kept ahead of the picture."""

PACKED = "flt"
"""Form in which samples are handed over: PyAV does not reach the planes of eight channels."""

UNSAID = " channels"
"""How the name of a layout ends that says how many channels there are, but not what each of them is."""

BLOCK = 48_000
"""Samples of silence made at a time."""


@dataclass(slots=True)
class _Missing:
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


class SoundTrack:
    """Pulls one track of the master through to the copy; holds no more than a block of it."""

    def __init__(
        self,
        out: OutputContainer,
        clip: Clip,
        track: AudioTrack,
        *,
        mute: Iterable[tuple[Fraction, Fraction]],
        span: tuple[int, int] | None,
        shift: int,
    ) -> None:
        """Add TRACK of CLIP to OUT. Times of the copy are SHIFT ticks less than the line's; SPAN cuts the end."""
        self._out = out
        self._rate = track.rate if track.rate in AAC_RATES else 48_000
        self._layout = AAC_LAYOUTS.get(track.channels, "stereo")
        channels = av.AudioLayout(self._layout).nb_channels
        self._stream = out.add_stream("aac", rate=self._rate, layout=self._layout, bit_rate=64_000 * channels)
        self._stream.time_base = Fraction(1, self._rate)
        if track.language:
            self._stream.metadata["language"] = track.language
        start = shift * clip.time_base
        self._mute = [(floor((a - start) * self._rate), ceil((b - start) * self._rate)) for a, b in mute]
        self._whole = span is None or span == (0, len(clip))
        self._end = _end(clip, span, start, self._rate)
        self._done = Fraction(-1)
        self._missing = _Missing()
        self._blocks = self._muted(self._timeline(_pieces(clip, track, self._rate, self._layout, start)))

    def advance(self, until: Fraction) -> None:
        """Write the sound up to a little after UNTIL, in seconds of the copy."""
        while self._done < until + AHEAD_S:
            block = next(self._blocks, None)
            if block is None:
                return
            self._write(*block)

    def finish(self) -> None:
        """Write the rest."""
        for block in self._blocks:
            self._write(*block)
        if self._done < 0:  # nothing of it decodes, and a track has to hold something
            self._write(0, np.zeros((av.AudioLayout(self._layout).nb_channels, BLOCK // 10), np.float32))
        self._out.mux(self._stream.encode(None))

    def close(self) -> None:
        """Let go of the master."""
        self._blocks.close()

    def told(self, name: str) -> Iterator[str]:
        """Say what of the track, called NAME, is not in the copy as it is in the master, once it was written."""
        parts = (
            (self._missing.damaged, "could not be decoded, and is silent in the copy"),
            (self._missing.gaps, "is missing in the recording, and is silent in the copy"),
            (self._missing.outside, "has no picture at its time, or other sound, and is not in the copy"),
        )
        for samples, words in parts:
            if samples > TOLD_S * self._rate or (samples and words == parts[0][1]):
                yield f"{name}: {_seconds(Fraction(samples, self._rate))} of it {words}."

    def _write(self, first: int, samples: NDArray[np.float32]) -> None:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T).reshape(1, -1), PACKED, self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, first, Fraction(1, self._rate)
        self._out.mux(self._stream.encode(frame))
        self._done = Fraction(first + samples.shape[1], self._rate)

    def _timeline(self, pieces: Iterator[_Piece]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Give samples without gap or overlap from 0 or later, with the index of the first."""
        at: int | None = None
        slack = round(SLACK_S * self._rate)
        for piece in pieces:
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
        if self._whole or (due >= 0 and ends <= self._end):
            self._missing.outside += ends - due - (last - first)

    def _count(self, piece: _Piece, silent: int) -> None:
        """Count SILENT samples before PIECE: as damage so many as did not decode, as a gap the others."""
        damaged = min(silent, piece.broken)
        if self._whole or 0 <= piece.due < self._end:
            self._missing.damaged += damaged
            self._missing.gaps += silent - damaged

    def _silence(self, first: int, end: int, channels: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
        for at in range(first, end, BLOCK):
            yield at, np.zeros((channels, min(BLOCK, end - at)), np.float32)

    def _muted(self, blocks: Iterator[tuple[int, NDArray[np.float32]]]) -> Any:
        """Zero the samples in the spans that are to be silent."""
        for first, samples in blocks:
            for start, end in self._mute:
                samples[:, max(0, start - first) : max(0, end - first)] = 0
            yield first, samples


def told(clip: Clip, tracks: Sequence[SoundTrack]) -> Iterator[str]:
    """Say what of the sound of CLIP is not in the copy as it is in the file; TRACKS are those that were written."""
    written = {track.index: sound for track, sound in zip(clip.audio, tracks, strict=True)}
    with opened(clip.path, clip.forced_rate) as container:
        for number, stream in enumerate(container.streams.audio, 1):
            if stream.index in written:
                yield from written[stream.index].told(f"Sound track {number}")
            else:
                context: object = stream.codec_context  # None where FFmpeg has no decoder for it
                why = "nothing of it decodes" if context is not None else "it is in a form that is not known here"
                yield f"Sound track {number} of the recording is not in the copy: {why}."


def _seconds(length: Fraction) -> str:
    return f"{float(length):,.2f} s"


def _end(clip: Clip, span: tuple[int, int] | None, start: Fraction, rate: int) -> int:
    """Samples after which the copy ends, if frames follow the span."""
    if span is None or span[1] >= len(clip):
        return 2**62
    return round((int(clip.pts[span[1]]) * clip.time_base - start) * rate)


def _pieces(clip: Clip, track: AudioTrack, rate: int, layout: str, start: Fraction) -> Iterator[_Piece]:
    """Decode TRACK: where each piece belongs in a copy that begins at START of the line, at RATE."""
    channels = av.AudioLayout(layout).nb_channels
    for heard in _heard(clip, track, rate, layout):
        samples = _as_many(heard.samples, channels)
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


def _heard(clip: Clip, track: AudioTrack, rate: int, layout: str) -> Iterator[_Heard]:
    """Decode TRACK to float32 at RATE, in LAYOUT where it is known which channel is which."""
    all_runs = runs(clip)
    form: tuple[Any, ...] = ()
    resampler: av.AudioResampler | None = None
    run: Run | None = None
    time = broken = Fraction(0)
    with opened(clip.path, clip.forced_rate) as container:
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
