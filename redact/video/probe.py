"""What a file says it is: its header, and the first pictures where the header is silent."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any

import av
from av.filter import Graph
from av.stream import Disposition

from redact.errors import InputUnusable
from redact.records import AudioTrack, Clip, Color
from redact.video.formats import working_format

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from redact.records import Damage

__all__ = ["Facts", "Source", "StreamFacts", "opened", "probe", "stream_facts", "video_stream"]

NO_TIMES = 0x0080
"""FFmpeg's mark on a format that carries no times (AVFMT_NOTIMESTAMPS)."""

STILL = ("image2", "_pipe")
"""Endings of the names of formats that hold one still picture."""

INDIRECT = frozenset({"hls", "concat", "dash", "sdp", "rtsp", "imf", "tty", "lavfi", "ffmetadata", "vapoursynth"})
"""Formats that are lists of other files, or text shown as a picture: never a master."""

LOOKED_AT = 4
"""Pictures decoded to learn what the header does not say."""

FASTEST = 1000
"""Frames per second; a header that claims more is measuring ticks."""

STORED_AS_RGB = 0
"""H.273 matrix of a picture stored as RGB; a copy in YUV cannot keep it."""

BT601 = 6
"""H.273 matrix that RGB is turned into YUV with."""

CHECK_FILE = "Check that the file was copied completely, or ask for it again."


@dataclass(frozen=True, slots=True)
class Source:
    """A master before it was decoded: every field of Clip that needs no more than its header."""

    path: Path
    size_bytes: int
    width: int
    height: int
    rotation: int
    sample_aspect_ratio: Fraction
    pix_fmt: str
    """Format of the frames that `decode` gives, one of formats.FORMATS."""
    color: Color
    time_base: Fraction
    rate: Fraction
    interlaced: bool = False
    top_field_first: bool = True
    forced_rate: Fraction | None = None
    audio: tuple[AudioTrack, ...] = ()
    remarks: tuple[str, ...] = ()
    """Sentences on what of the master is not in the copy, or had to be guessed, without being damaged."""

    def clip(self, sha256: str, pts: NDArray[np.int64], damage: Damage, remarks: tuple[str, ...] = ()) -> Clip:
        """Join what decoding gave: the digest, PTS int64 (F,) in ticks, DAMAGE, and more REMARKS."""
        header = {f.name: getattr(self, f.name) for f in fields(self)} | {"remarks": (*self.remarks, *remarks)}
        return Clip(**header, sha256=sha256, pts=pts, damage=damage)

    @classmethod
    def of(cls, clip: Clip) -> Source:
        """Give back the header part of CLIP."""
        return cls(**{f.name: getattr(clip, f.name) for f in fields(cls)})


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


def probe(path: Path, fps: Fraction | None = None) -> Source:
    """Read the header of the video at PATH. FPS is needed, and used, only where the file carries no times.

    Raises InputUnusable where there is no video to work on.
    """
    with opened(path, fps) as container:
        stream = video_stream(container, path)
        forced = _forced_rate(container, path, fps)
        first, interlaced = _first_pictures(container, stream, path)
        return Source(
            path=path,
            size_bytes=path.stat().st_size,
            width=first.width,
            height=first.height,
            rotation=round(-first.rotation / 90) % 4 * 90,
            sample_aspect_ratio=stream.sample_aspect_ratio or Fraction(1),
            pix_fmt=working_format(first.format.name),
            color=_color(stream, first),
            time_base=1 / forced if forced else stream.time_base or Fraction(1, 90000),
            rate=forced or _rate(stream),
            interlaced=interlaced is not None,
            top_field_first=interlaced is None or not _bottom_first(interlaced),
            forced_rate=forced,
            audio=tuple(_audio(container)),
        )


@contextmanager
def opened(path: Path, fps: Fraction | None = None) -> Iterator[InputContainer]:
    """Open PATH, whatever its name ends in. FPS is the rate of a stream that carries no times.

    Raises InputUnusable where it cannot be read or is no video.
    """
    _check_readable(path)
    try:
        container = _open(path, {})
        if fps is not None and fps > 0 and _timeless(container):
            container.close()
            container = _open(path, {"framerate": str(fps)})
    except (av.FFmpegError, ValueError) as problem:
        raise _unusable(path) from problem
    with container:
        _check_kind(container, path)
        yield container


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """Give the video stream of CONTAINER; a cover picture is not one."""
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    found = [stream for stream in container.streams.video if not stream.disposition & covers]
    if not found:
        message = f"{path} has no video stream."
        raise InputUnusable(message, "Choose the file that holds the picture.")
    context: object = found[0].codec_context  # None where FFmpeg has no decoder for it
    if context is None:
        message = f"{path} holds video in a form that is not known here."
        raise InputUnusable(message, "Ask for it in a standard format, such as H.264 in MP4.")
    return found[0]


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


def _open(path: Path, options: dict[str, str]) -> InputContainer:
    # "file:" keeps a colon in a name from being read as a protocol, and the list keeps a playlist from fetching
    return av.open(
        f"file:{path}", "r", container_options={"protocol_whitelist": "file", **options}, metadata_errors="replace"
    )


def _check_readable(path: Path) -> None:
    """Raise InputUnusable unless PATH is a file with something in it that may be read."""
    try:
        if not path.is_file():
            other = "is not a file with an end, but a device or a pipe" if path.exists() else "does not exist"
            message = f"{path} {'is a folder, not a file' if path.is_dir() else other}."
            raise InputUnusable(message, "Check the name.")
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except OSError as problem:
        message = f"{path} cannot be read ({(problem.strerror or type(problem).__name__).lower()})."
        raise InputUnusable(message, "Check that you may read it.") from problem
    if empty:
        message = f"{path} is empty."
        raise InputUnusable(message, CHECK_FILE)


def _unusable(path: Path) -> InputUnusable:
    """Say why FFmpeg would not open PATH, from its first bytes."""
    with path.open("rb") as stream:
        head = stream.read(12)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        message = (
            f"{path} is an MP4 whose index (moov) is missing or damaged, as when a recording or a copy breaks off."
        )
        return InputUnusable(message, CHECK_FILE)
    message = f"{path} is not a video, or not one in a form known here."
    return InputUnusable(message, "Choose a video file; a recorder's own format has to be exported first.")


def _check_kind(container: InputContainer, path: Path) -> None:
    """Raise InputUnusable for stills, playlists and text, which FFmpeg would open as well."""
    name = container.format.name
    if name.endswith(STILL):
        message = f"{path} is a still picture, not a video."
        raise InputUnusable(message, "Choose a video file.")
    if INDIRECT.intersection(name.split(",")):
        message = f"{path} is not a video (it reads as {name})."
        raise InputUnusable(message, "Choose a video file.")


def _timeless(container: InputContainer) -> bool:
    return bool(container.format.flags & NO_TIMES)


def _forced_rate(container: InputContainer, path: Path, fps: Fraction | None) -> Fraction | None:
    """Give the operator's rate for a stream without times, None for any other."""
    if not _timeless(container):
        return None
    if fps is None or fps <= 0:
        message = f"{path} carries no times; say how many frames a second with --fps 25."
        raise InputUnusable(message, "The recorder's manual or its on-screen clock tells the rate.")
    return Fraction(fps)


def _first_pictures(container: InputContainer, stream: VideoStream, path: Path) -> tuple[Any, Any | None]:
    """Decode the first pictures: the first of them, and the first that is interlaced, if any is."""
    pictures = list(islice(_decodable(container, stream), LOOKED_AT))
    if not pictures:
        message = f"{path} holds no picture that can be decoded."
        raise InputUnusable(message, CHECK_FILE)
    if not (pictures[0].width and pictures[0].height):
        message = f"{path} has a picture of no size ({pictures[0].width}x{pictures[0].height})."
        raise InputUnusable(message, CHECK_FILE)
    return pictures[0], next((picture for picture in pictures if picture.interlaced_frame), None)


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
    try:
        for packet in container.demux(stream):
            try:
                yield from packet.decode()
            except (av.FFmpegError, ValueError):
                continue
    except av.FFmpegError:
        return


def _color(stream: VideoStream, first: Any) -> Color:
    """Colour tags of STREAM, and of its FIRST picture where the stream has none."""
    context = stream.codec_context
    space = context.colorspace
    return Color(
        range=context.color_range or first.color_range,
        primaries=context.color_primaries,
        trc=context.color_trc,
        space=BT601 if (first.format.is_rgb or first.format.has_palette) and space == STORED_AS_RGB else space,
    )


def _rate(stream: VideoStream) -> Fraction:
    """Nominal rate of STREAM; 25 where nothing sensible is said."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and 0 < rate <= FASTEST:
            return rate
    return Fraction(25)


def _audio(container: InputContainer) -> Iterator[AudioTrack]:
    """List the sound tracks that can be decoded."""
    for stream in container.streams.audio:
        context = stream.codec_context
        if context is not None and context.sample_rate and context.channels:
            language = stream.metadata.get("language", "")
            yield AudioTrack(stream.index, context.name, context.sample_rate, context.channels, language)


def _codec(stream: Any) -> str:
    return stream.codec_context.name if stream.codec_context is not None else ""


def _pairs(metadata: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(metadata.items()))
