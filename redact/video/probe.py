"""What a file says it is: its header, and the first pictures where the header is silent."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import floor
from typing import TYPE_CHECKING, Any

import av
from av.filter import Graph

from redact.advice import Give, Given, Sentence
from redact.errors import InputUnusable
from redact.records.clip import AudioTrack, Source
from redact.video.colour import FULL, color_of
from redact.video.crop import REMARK, cropped
from redact.video.demux import packets
from redact.video.formats import has_alpha, working_format
from redact.video.opening import CHECK_FILE, check_size, opened, timeless
from redact.video.shown import orientation, pixel_aspect
from redact.video.streams import choose, still_alone, video_stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from av.container import InputContainer
    from av.video.stream import VideoStream


__all__ = ["Facts", "StreamFacts", "probe", "stream_facts"]

CLOCK_RUNS_FREE = 0x0200
"""FFmpeg's mark on a format whose clock may start anywhere and break off (AVFMT_TS_DISCONT)."""

LOOKED_AT = 4
"""Pictures decoded to learn what the header does not say."""

TRANSPARENT_PALETTES = frozenset({"apng", "gif", "png"})
"""Codecs whose palettes may hold a colour that is none."""

FASTEST = 1000
"""Frames per second; a header that claims more is measuring ticks."""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """One stream of a file."""

    kind: str
    """video, audio, subtitle, data or attachment."""
    codec: str
    metadata: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file carries besides its pictures."""

    format: str
    streams: tuple[StreamFacts, ...]
    metadata: tuple[tuple[str, str], ...]
    chapters: int
    duration_s: float


def probe(path: Path, fps: Fraction | None = None, stream: int | None = None) -> Source:
    """Read the header of the video at PATH. FPS is needed, and used, only where the file carries no times.

    STREAM is the index of the video stream to work on; it is needed only where several carry on.
    Raises InputUnusable where there is no video to work on.
    """
    with opened(path, fps) as container:
        index, remarks = choose(container, path, fps, stream)
        video = video_stream(container, path, index)
        forced = _forced_rate(container, path, fps)
        pictures, interlaced = _first_pictures(container, video, path)
        first = pictures[0]
        color = color_of(video, first)
        aspect, doubts = pixel_aspect(video.sample_aspect_ratio)
        return Source(
            path=path,
            size_bytes=path.stat().st_size,
            width=first.width,
            height=first.height,
            orientation=orientation(pictures, path),
            sample_aspect_ratio=aspect,
            pix_fmt=working_format(first.format.name, full=color.range == FULL),
            color=color,
            time_base=1 / forced if forced else video.time_base or Fraction(1, 90000),
            rate=forced or _rate(video),
            interlaced=interlaced is not None,
            top_field_first=interlaced is None or not _bottom_first(interlaced),
            forced_rate=forced,
            audio=tuple(_audio(container, path)),
            stream=index,
            remarks=(
                *remarks,
                *doubts,
                *_opaque(video, first),
                *((REMARK,) if cropped(path, container.format.name) else ()),
            ),
            origin=0 if forced else _origin(container, video),
        )


def stream_facts(path: Path) -> Facts:
    """List what the file at PATH carries: streams, metadata, chapters, length."""
    with opened(path) as container:
        return Facts(
            format=container.format.name,
            streams=tuple(StreamFacts(s.type, _codec(s), _pairs(s.metadata)) for s in container.streams),
            metadata=_pairs(container.metadata),
            chapters=len(container.chapters()),
            duration_s=(container.duration or 0) / av.time_base,
        )


def _forced_rate(container: InputContainer, path: Path, fps: Fraction | None) -> Fraction | None:
    """Give the operator's rate for a stream without times, None for any other."""
    if not timeless(container):
        return None
    if fps is None or fps <= 0:
        rate = Give(Given.FPS, "25")
        message = Sentence((f"{path} carries no times; say how many frames a second with ", rate, "."))
        raise InputUnusable(message, "The recorder's manual or its on-screen clock tells the rate.")
    return Fraction(fps)


def _first_pictures(container: InputContainer, stream: VideoStream, path: Path) -> tuple[list[Any], Any | None]:
    """Decode the first pictures, and tell which is the first that is interlaced, if any is."""
    pictures = list(islice(_decodable(container, stream), LOOKED_AT))
    if not pictures:
        message = f"{path} holds no picture that can be decoded."
        raise InputUnusable(message, CHECK_FILE)
    if not (pictures[0].width and pictures[0].height):
        message = f"{path} has a picture of no size ({pictures[0].width}x{pictures[0].height})."
        raise InputUnusable(message, CHECK_FILE)
    check_size(path, pictures[0].width, pictures[0].height)
    if still_alone(stream.codec_context.name, len(pictures)):
        message = f"{path} holds one still picture and no other."
        raise InputUnusable(message, "Choose the file that holds the video.")
    return pictures, next((picture for picture in pictures if picture.interlaced_frame), None)


def _bottom_first(picture: Any) -> bool:
    """Tell whether the bottom field of PICTURE is shown first. The header may say otherwise, and be wrong."""
    graph = Graph()
    source = graph.add_buffer(
        width=picture.width, height=picture.height, format=picture.format, time_base=Fraction(1, 25)
    )
    wanted = graph.add("select", "eq(interlace_type,BOTTOMFIRST)")
    graph.link_nodes(source, wanted, graph.add("buffersink")).configure()
    graph.vpush(picture)
    try:
        graph.vpull()
    except av.FFmpegError:
        return False
    return True


def _decodable(container: InputContainer, stream: VideoStream) -> Iterator[Any]:
    """Give the pictures that decode, stepping over what does not."""
    stream.thread_type = "NONE"
    for packet in packets(container, [stream]):
        try:
            yield from packet.decode()
        except (av.FFmpegError, ValueError):
            continue


def _opaque(stream: VideoStream, first: Any) -> Iterator[str]:
    """Say that transparency, which STREAM or its FIRST picture has room for, is not in the copy."""
    name = first.format.name
    palette = name == "pal8" and stream.codec_context.name in TRANSPARENT_PALETTES
    if has_alpha(name) or palette or stream.metadata.get("alpha_mode") == "1":
        yield "Transparency of the picture is not in the copy: all of it is shown as if it were opaque."


def _rate(stream: VideoStream) -> Fraction:
    """Nominal rate of STREAM; 25 where nothing sensible is said."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and 0 < rate <= FASTEST:
            return rate
    return Fraction(25)


def _origin(container: InputContainer, stream: VideoStream) -> int:
    """Tick of STREAM that players show as 0: where the first stream begins, if the clock is a broadcaster's."""
    if not container.format.flags & CLOCK_RUNS_FREE or container.start_time is None or not stream.time_base:
        return 0
    return floor(Fraction(container.start_time, av.time_base) / stream.time_base)


def _audio(container: InputContainer, path: Path) -> Iterator[AudioTrack]:
    """List the sound tracks that can be decoded."""
    known = [stream for stream in container.streams.audio if _context(stream) is not None]
    late = [stream.index for stream in known if not all(_said(stream.codec_context))]
    learned = _learned(path, late) if late else {}
    for stream in known:
        rate, channels = learned.get(stream.index, _said(stream.codec_context))
        if rate and channels:
            language = stream.metadata.get("language", "")
            yield AudioTrack(stream.index, stream.codec_context.name, rate, channels, language)


def _context(stream: Any) -> Any:
    """Give the decoder of STREAM; None where FFmpeg has none for it."""
    return stream.codec_context


def _said(context: Any) -> tuple[int, int]:
    """Hz and channels, as far as CONTEXT knows both."""
    return (context.sample_rate, context.channels) if context.sample_rate and context.channels else (0, 0)


def _learned(path: Path, late: list[int]) -> dict[int, tuple[int, int]]:
    """Find Hz and channels of the sound streams LATE of the file at PATH from the first sound that decodes."""
    forms: dict[int, tuple[int, int]] = {}
    with opened(path) as container:
        for packet in packets(container, [container.streams[index] for index in late]):
            for frame in _frames(packet):
                forms.setdefault(packet.stream_index, (frame.sample_rate, frame.layout.nb_channels))
            if len(forms) == len(late):
                break
    return forms


def _frames(packet: Any) -> list[Any]:
    """Decode PACKET; nothing where it does not decode."""
    try:
        return list(packet.decode())
    except (av.FFmpegError, ValueError):
        return []


def _codec(stream: Any) -> str:
    return stream.codec_context.name if stream.codec_context is not None else ""


def _pairs(metadata: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(metadata.items()))
