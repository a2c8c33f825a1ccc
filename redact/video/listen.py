"""Which sound tracks a copy has, and how loud they are where they should be silent."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.error import EOFError as EndOfStream

from redact.errors import VerificationFailed
from redact.video.demux import packets
from redact.video.line import PACKED
from redact.video.opening import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray

__all__ = ["listen", "sound_streams"]


def sound_streams(path: Path) -> tuple[int, ...]:
    """Indices of the sound streams of the file at PATH."""
    with opened(path) as container:
        return tuple(stream.index for stream in container.streams.audio)


def listen(path: Path, index: int, spans: Sequence[tuple[Fraction, Fraction]]) -> float:
    """Decode stream INDEX of the file at PATH, and find its largest sample within SPANS, in seconds of the file.

    1 is full scale. Where there are no spans all is decoded nevertheless. Raises VerificationFailed where some of it
    does not decode.
    """
    loudest = 0.0
    for time, rate, samples in _blocks(path, index):
        for first, last in spans:
            within = samples[:, max(0, round((first - time) * rate)) : max(0, round((last - time) * rate))]
            loudest = max(loudest, float(np.abs(within).max(initial=0)))
    return loudest


def _blocks(path: Path, index: int) -> Iterator[tuple[Fraction, int, NDArray[np.float32]]]:
    """Give the time, the samples per second and the samples, float32 (channels, n), of every block that decodes."""
    plain, form = av.AudioResampler(PACKED), None
    with opened(path) as container:
        for frame in _decoded(container, index):
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if now != form:
                plain, form = av.AudioResampler(PACKED), now
            for piece in plain.resample(frame):
                time = Fraction(piece.pts or 0) * (piece.time_base or 0)
                flat = np.asarray(piece.to_ndarray(), np.float32)
                yield time, piece.sample_rate, flat.reshape(-1, piece.layout.nb_channels).T


def _decoded(container: Any, index: int) -> Iterator[AudioFrame]:
    """Decode stream INDEX; what has no time is left out. Raises VerificationFailed where some of it does not decode."""
    trouble: list[str] = []
    for packet in packets(container, [container.streams[index]], trouble):
        try:
            frames = packet.decode()
        except EndOfStream:
            continue
        except (av.FFmpegError, ValueError) as problem:
            message = f"The sound of the copy does not decode (stream {index})."
            raise VerificationFailed(message) from problem
        yield from (frame for frame in frames if frame.pts is not None)
    if trouble:
        message = f"The sound of the copy cannot be read to its end (stream {index})."
        raise VerificationFailed(message)
