"""When a sound track begins and ends, and how loud it is where it should be silent."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.error import EOFError as EndOfStream

from redact.errors import VerificationFailed
from redact.video.probe import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray

__all__ = ["Heard", "listen", "sound_streams"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What decoding one sound track gave."""

    start: Fraction
    """Seconds at which it begins, by the file's clock."""
    end: Fraction
    """Seconds at which it ends; not after `start` where nothing decoded."""
    loudest: float
    """Largest sample within the spans listened to, 1 is full scale; 0 where there were none."""


def sound_streams(path: Path) -> tuple[int, ...]:
    """Indices of the sound streams of the file at PATH."""
    with opened(path) as container:
        return tuple(stream.index for stream in container.streams.audio)


def listen(path: Path, index: int, spans: Sequence[tuple[Fraction, Fraction]] = ()) -> Heard:
    """Decode stream INDEX of the file at PATH, and find the loudest sample within SPANS, in seconds of the file."""
    start = end = Fraction(0)
    loudest = 0.0
    for number, (time, rate, samples) in enumerate(_blocks(path, index)):
        start = time if not number else min(start, time)
        end = max(end, time + Fraction(samples.shape[1], rate))
        for first, last in spans:
            within = samples[:, max(0, round((first - time) * rate)) : max(0, round((last - time) * rate))]
            loudest = max(loudest, float(np.abs(within).max(initial=0)))
    return Heard(start, end, loudest)


def _blocks(path: Path, index: int) -> Iterator[tuple[Fraction, int, NDArray[np.float32]]]:
    """Give the time, the samples per second and the samples, float32 (channels, n), of every block that decodes."""
    plain, form = av.AudioResampler("fltp"), None
    with opened(path) as container:
        for frame in _decoded(container, index):
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if now != form:
                plain, form = av.AudioResampler("fltp"), now
            for piece in plain.resample(frame):
                time = Fraction(piece.pts or 0) * (piece.time_base or 0)
                yield time, piece.sample_rate, np.asarray(piece.to_ndarray(), np.float32)


def _decoded(container: Any, index: int) -> Iterator[AudioFrame]:
    """Decode stream INDEX; what has no time is left out. Raises VerificationFailed where some of it does not decode."""
    for packet in container.demux(container.streams[index]):
        try:
            frames = packet.decode()
        except EndOfStream:
            continue
        except (av.FFmpegError, ValueError) as problem:
            message = f"The sound of the copy does not decode (stream {index})."
            raise VerificationFailed(message) from problem
        yield from (frame for frame in frames if frame.pts is not None)
