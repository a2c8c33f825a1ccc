"""One sound track of the copy: decoded, silenced where asked, encoded, in step with the picture."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from redact.video.line import BLOCK, PACKED, Form, Line
from redact.video.opening import opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from av.container import OutputContainer
    from numpy.typing import NDArray

    from redact.records.clip import AudioTrack, Clip

__all__ = ["AAC_LAYOUTS", "SoundTrack", "told"]

AAC_RATES = (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
"""Hz that AAC can carry."""

AAC_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
"""What each number of channels is written as; any other becomes stereo."""

TOLD_S = Fraction(1, 4)
"""Less than this, silent or left out in a whole track, is not worth a sentence: the ends of what a recorder joins."""

AHEAD_S = Fraction(1, 2)
"""How far the sound is kept ahead of the picture."""


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
        self._form = Form(self._rate, AAC_LAYOUTS.get(track.channels, "stereo"))
        self._stream = out.add_stream(
            "aac", rate=self._rate, layout=self._form.layout, bit_rate=64_000 * self._form.channels
        )
        self._stream.time_base = Fraction(1, self._rate)
        if track.language:
            self._stream.metadata["language"] = track.language
        self._done = Fraction(-1)
        self._line = Line(clip, track, self._form, shift * clip.time_base, mute=mute, span=span)
        self._blocks = self._line.blocks()

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
            self._write(0, np.zeros((self._form.channels, BLOCK // 10), np.float32))
        self._out.mux(self._stream.encode(None))

    def close(self) -> None:
        """Let go of the master."""
        self._blocks.close()

    def told(self, name: str) -> Iterator[str]:
        """Say what of the track, called NAME, is not in the copy as it is in the master, once it was written."""
        parts = (
            (self._line.missing.damaged, "could not be decoded, and is silent in the copy"),
            (self._line.missing.gaps, "is missing in the recording, and is silent in the copy"),
            (self._line.missing.outside, "has no picture at its time, or other sound, and is not in the copy"),
        )
        for samples, words in parts:
            if samples > TOLD_S * self._rate or (samples and words == parts[0][1]):
                yield f"{name}: {_seconds(Fraction(samples, self._rate))} of it {words}."

    def _write(self, first: int, samples: NDArray[np.float32]) -> None:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T).reshape(1, -1), PACKED, self._form.layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, first, Fraction(1, self._rate)
        self._out.mux(self._stream.encode(frame))
        self._done = Fraction(first + samples.shape[1], self._rate)


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
