"""One sound track of the copy: decoded, silenced where asked, encoded, in step with the picture."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from redact.video.probe import opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from av.audio.frame import AudioFrame
    from av.container import OutputContainer
    from numpy.typing import NDArray

    from redact.records import AudioTrack, Clip

__all__ = ["SoundTrack"]

AAC_RATES = (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
"""Hz that AAC can carry."""

AAC_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
"""What each number of channels is written as; any other becomes stereo."""

SLACK_S = Fraction(2, 1000)
"""Gaps and overlaps up to this are the rounding of the container, not silence."""

AHEAD_S = Fraction(1, 2)
"""How far the sound is kept ahead of the picture."""

PACKED = "flt"
"""Form in which samples are handed over: PyAV does not reach the planes of eight channels."""

BLOCK = 48_000
"""Samples of silence made at a time."""


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
        """Add TRACK of CLIP to OUT. Times of the copy are SHIFT ticks less than the master's; SPAN cuts the end."""
        self._out = out
        self._rate = track.rate if track.rate in AAC_RATES else 48_000
        self._layout = AAC_LAYOUTS.get(track.channels, "stereo")
        self._stream = out.add_stream("aac", rate=self._rate, layout=self._layout, bit_rate=64_000 * track.channels)
        self._stream.time_base = Fraction(1, self._rate)
        if track.language:
            self._stream.metadata["language"] = track.language
        start = shift * clip.time_base
        self._mute = [(floor((a - start) * self._rate), ceil((b - start) * self._rate)) for a, b in mute]
        self._end = _end(clip, span, start, self._rate)
        self._done = Fraction(-1)
        self._blocks = self._muted(self._timeline(_samples(clip, track, self._rate, self._layout), start))

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
        self._out.mux(self._stream.encode(None))

    def close(self) -> None:
        """Let go of the master."""
        self._blocks.close()

    def _write(self, first: int, samples: NDArray[np.float32]) -> None:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T).reshape(1, -1), PACKED, self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, first, Fraction(1, self._rate)
        self._out.mux(self._stream.encode(frame))
        self._done = Fraction(first + samples.shape[1], self._rate)

    def _timeline(
        self, decoded: Iterator[tuple[Fraction, NDArray[np.float32]]], start: Fraction
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Give samples without gap or overlap from 0 or later, with the index of the first."""
        at: int | None = None
        slack = round(SLACK_S * self._rate)
        for time, samples in decoded:
            due = round((time - start) * self._rate)
            if at is None:
                at = max(due, 0)
            elif abs(due - at) <= slack:
                due = at
            yield from self._silence(at, min(due, self._end), len(samples))
            at = max(at, min(due, self._end))
            kept = samples[:, max(0, at - due) : max(0, self._end - due)]
            if kept.shape[1]:
                yield at, np.ascontiguousarray(kept)
                at += kept.shape[1]
            if at >= self._end:
                return

    def _silence(self, first: int, end: int, channels: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
        for at in range(first, end, BLOCK):
            yield at, np.zeros((channels, min(BLOCK, end - at)), np.float32)

    def _muted(self, blocks: Iterator[tuple[int, NDArray[np.float32]]]) -> Any:
        """Zero the samples in the spans that are to be silent."""
        for first, samples in blocks:
            for start, end in self._mute:
                samples[:, max(0, start - first) : max(0, end - first)] = 0
            yield first, samples


def _end(clip: Clip, span: tuple[int, int] | None, start: Fraction, rate: int) -> int:
    """Samples after which the copy ends, if frames follow the span."""
    if span is None or span[1] >= len(clip):
        return 2**62
    return round((int(clip.pts[span[1]]) * clip.time_base - start) * rate)


def _samples(clip: Clip, track: AudioTrack, rate: int, layout: str) -> Iterator[tuple[Fraction, NDArray[np.float32]]]:
    """Decode TRACK: time in seconds of the master, and float32 (channels, samples)."""
    resampler: av.AudioResampler | None = None
    form: tuple[Any, ...] = ()
    with opened(clip.path, clip.forced_rate) as container:
        for frame in _decoded(container, track.index):
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if resampler is None or now != form:
                yield from _rest(resampler)
                resampler, form = av.AudioResampler(PACKED, layout, rate), now
            for piece in resampler.resample(frame):
                yield _time(piece), _channels(piece)
        yield from _rest(resampler)


def _rest(resampler: av.AudioResampler | None) -> Iterator[tuple[Fraction, NDArray[np.float32]]]:
    """Give what RESAMPLER, if there is one, still holds."""
    for piece in resampler.resample(None) if resampler is not None else ():
        yield _time(piece), _channels(piece)


def _channels(piece: AudioFrame) -> NDArray[np.float32]:
    """Give the samples of PIECE as float32 (channels, samples)."""
    flat = np.asarray(piece.to_ndarray(), np.float32)
    return np.ascontiguousarray(flat.reshape(-1, piece.layout.nb_channels).T)


def _decoded(container: Any, index: int) -> Iterator[AudioFrame]:
    """Give what decodes of stream INDEX; damaged packets leave a gap."""
    for packet in container.demux(container.streams[index]):
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            continue
        yield from (frame for frame in frames if frame.pts is not None)


def _time(piece: AudioFrame) -> Fraction:
    """Seconds of the master at which PIECE starts."""
    if piece.pts is None or piece.time_base is None:
        message = "the resampler gave sound without a time"
        raise ValueError(message)
    return piece.pts * piece.time_base
