"""A long copy in pieces: where it is cut, and how the pieces become one file again.

Every piece is an MP4 of its own, encoded by an encoder of its own, so that it begins with a key picture and depends on
nothing outside it. Joining copies packets and encodes nothing but the sound, once and whole.
"""

from __future__ import annotations

from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from redact.errors import VerificationFailed
from redact.records.orientation import UPRIGHT
from redact.video.clock import offset
from redact.video.demux import packets
from redact.video.encode import muxer
from redact.video.entering import Unproven, entered
from redact.video.opening import opened
from redact.video.sound import SoundTrack, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction
    from pathlib import Path

    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from redact.records.clip import Clip
    from redact.video.audio import Sound

__all__ = ["Piece", "cut", "join"]

FEWEST = 3
"""Pieces that a clip is worth cutting into; a shorter one is made in one go."""

SMALLEST = 40
"""Frames of a piece, at least: as many as the check of colours adds up before it judges."""

LATE_S = 60
"""Most seconds from where a file can be entered to where a piece begins; each is decoded from there."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One of the files that a copy is joined from."""

    frames: tuple[int, int]
    """Half-open range of frames of the clip."""
    path: Path


def cut(clip: Clip, span: tuple[int, int], length_s: Fraction) -> tuple[tuple[int, int], ...]:
    """Cut SPAN, frames of CLIP, into pieces of LENGTH_S seconds: half-open ranges, in order.

    It is one piece where that is too short, or where the file of CLIP cannot be entered in its middle such that it is
    known which frame is which: every piece would be decoded from the start of the file.
    """
    first, end = span
    seconds = float(clip.time_base) * (clip.pts[first:end] - clip.pts[first])
    count = int(seconds[-1] // float(length_s)) if end > first else 0
    if count < FEWEST:
        return (span,)
    starts = first + np.searchsorted(seconds, float(length_s) * np.arange(count))
    kept = [first]
    for start in starts[1:].tolist():
        if min(start - kept[-1], end - start) >= SMALLEST:
            kept.append(start)
    if len(kept) < FEWEST or not all(_can_be_entered(clip, start) for start in (kept[1], kept[-1])):
        return (span,)
    return tuple(zip(kept, [*kept[1:], end], strict=True))


def join(pieces: Sequence[Piece], path: Path, clip: Clip, sound: Sound, span: tuple[int, int]) -> tuple[str, ...]:
    """Put PIECES of SPAN, frames of CLIP, together in an MP4 at PATH, with what SOUND lets through.

    Gives sentences on what of the sound that was asked for is not in the copy. Raises OSError where PATH cannot be
    written or a piece is not there, VerificationFailed where the pieces do not fit each other.
    """
    shift = offset(clip, span)
    decoded = _decoding_times([int(packet.pts or 0) for packet in _packets(pieces, clip, shift)])
    with muxer(path, clip) as out, ExitStack() as held:
        stream = _stream(out, pieces[0].path, clip)
        tracks = [
            SoundTrack(out, clip, track, mute=sound.mute, span=span, shift=shift) for track in clip.audio if sound.keep
        ]
        for track in tracks:
            held.callback(track.close)
        for packet, dts in zip(_packets(pieces, clip, shift), decoded, strict=True):
            seconds = int(packet.pts or 0) * clip.time_base
            packet.stream, packet.dts = stream, int(dts)
            out.mux(packet)
            for track in tracks:
                track.advance(seconds)
        for track in tracks:
            track.finish()
    return tuple(told(clip, tracks)) if sound.keep else ()


def _can_be_entered(clip: Clip, index: int) -> bool:
    """Tell whether CLIP can be entered not long before frame INDEX such that it is known which frame is which."""
    with suppress(Unproven), closing(entered(clip, index)) as frames:
        first = next(frames)
        return bool((clip.pts[index] - clip.pts[first.index]) * clip.time_base <= LATE_S)
    return False


def _stream(out: OutputContainer, path: Path, clip: Clip) -> VideoStream:
    """Add the picture track to OUT as it is in the piece at PATH."""
    with opened(path) as container:
        stream = out.add_stream_from_template(container.streams.video[0])
    if clip.orientation != UPRIGHT:
        stream.set_display_matrix(clip.orientation.matrix)
    return stream


def _packets(pieces: Sequence[Piece], clip: Clip, shift: int) -> Iterator[Packet[Any]]:
    """Give the packets of PIECES, in order, each with its time in the copy, in ticks of CLIP less SHIFT."""
    head = None
    for piece in pieces:
        with opened(piece.path) as container:
            stream = container.streams.video[0]
            head = stream.codec_context.extradata if head is None else head
            if stream.codec_context.extradata != head:
                message = f"{piece.path} is not encoded as the pieces before it are, and cannot be joined to them."
                raise VerificationFailed(message)
            begins = int(clip.pts[piece.frames[0]]) - shift
            for packet in packets(container, [stream]):
                if packet.size:
                    unit = packet.time_base / clip.time_base
                    packet.pts, packet.duration = begins + int(packet.pts * unit), int(packet.duration * unit)
                    packet.time_base = clip.time_base
                    yield packet


def _decoding_times(shown: Sequence[int]) -> NDArray[np.int64]:
    """Give the tick at which each packet is due for decoding; they are SHOWN (n,) then, in the order of decoding.

    As an encoder does that reorders pictures: when as many pictures fewer have been shown as come early at most; the
    first ones earlier still (x264, x264_encoder_encode).
    """
    times = np.sort(np.array(shown, np.int64))
    late = int((np.arange(len(times)) - np.searchsorted(times, shown)).max(initial=0))
    early = times[:late] - (times[late] - times[0])
    return np.concatenate([early, times[: len(times) - late]])
