"""Which of a file's video streams is the picture, and what of the file is not taken, told in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from av.stream import Disposition

from redact.advice import Give, Given
from redact.errors import InputUnusable
from redact.video.demux import packets
from redact.video.opening import CHECK_FILE, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction
    from pathlib import Path

    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

__all__ = ["choose", "still_alone", "video_stream"]

COVERS = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
"""Marks of streams that hold pictures beside the video."""

ASIDE = 10
"""How many times fewer pictures a smaller stream has that only shows what another one holds."""

LATE = frozenset({"mpegts", "mpeg", "flv", "live_flv"})
"""Formats in which a stream may begin anywhere."""

STILL_CODECS = frozenset({"mjpeg", "png", "bmp", "webp", "tiff", "jpeg2000", "jpegxl", "gif", "apng", "ppm"})
"""Codecs of still pictures: a stream of just one is a photograph."""


@dataclass(slots=True)
class _Counted:
    """What was read of one video stream."""

    index: int
    codec: str
    width: int
    height: int
    default: bool
    pictures: int = 0

    def __str__(self) -> str:
        """Say which it is."""
        count = f", {self.pictures:,} picture{'s' * (self.pictures != 1)}" if self.pictures else ""
        return f"{self.index} ({self.codec or 'unknown'}, {self.width}x{self.height}{count})"


def choose(
    container: InputContainer, path: Path, fps: Fraction | None, index: int | None = None
) -> tuple[int, tuple[str, ...]]:
    """Give the index of the video stream to work on, and sentences on what is left out.

    CONTAINER is the file at PATH, opened and not read yet; where all of it has to be read for the choice, it is opened
    once more. The stream is that of INDEX, where one is asked for; else the only one that carries on. Raises
    InputUnusable where there is none, or several.
    """
    late, known = container.format.name in LATE, _listed(container)
    if not late and len(_moving(container)) <= 1:
        return _choice(container, path, index, known)
    with opened(path, fps, thorough=late) as whole:
        return _choice(whole, path, index, known)


def video_stream(container: InputContainer, path: Path, index: int | None = None) -> VideoStream:
    """Give the video stream of INDEX of CONTAINER, by default the first that is no cover picture.

    Raises InputUnusable where there is none, or none in a form known here.
    """
    streams = [stream for stream in _moving(container) if index in (None, stream.index)]
    if not streams:
        message = f"{path} has no video stream."
        raise InputUnusable(message, "Choose the file that holds the picture.")
    _check_known(streams[0], path)
    return streams[0]


def _left_out(
    container: InputContainer, taken: int, counted: Sequence[_Counted], known: frozenset[int]
) -> Iterator[str]:
    """Say what of CONTAINER is not in the copy, if stream TAKEN is. KNOWN were listed at its start."""
    others = [candidate for candidate in counted if candidate.index != taken and candidate.pictures > 1]
    if others:
        named = "; ".join(map(str, others))
        yield f"Only video stream {taken} of the file is in the copy; not in it: {named}."
    beside = [
        stream for stream in container.streams if stream.type in ("subtitle", "data") and not _is_plumbing(stream)
    ]
    if beside:
        named = ", ".join(f"{stream.index} ({stream.type})" for stream in beside)
        yield f"The file holds subtitles or data as well, which are not in the copy: stream {named}."
    late = [str(stream.index) for stream in container.streams.audio if stream.index not in known]
    if late:
        yield f"Sound that begins in the middle of the file is not in the copy: stream {', '.join(late)}."


def still_alone(codec: str, pictures: int) -> bool:
    """Tell whether a whole stream of so many PICTURES in CODEC is a photograph."""
    return pictures == 1 and codec in STILL_CODECS


def _choice(
    container: InputContainer, path: Path, index: int | None, known: frozenset[int]
) -> tuple[int, tuple[str, ...]]:
    """Choose stream INDEX of CONTAINER, or the best; those KNOWN were listed at the start of the file."""
    counted = _candidates(container, path)
    if len(counted) > 1:
        _count(container, counted)
    taken = _best(counted, path) if index is None else _asked(counted, index, path)
    if taken.index not in known:
        message = f"{path} holds a video stream that begins too late to be worked on: {taken}."
        raise InputUnusable(message, "Cut the file where it begins, and work on that part.")
    return taken.index, tuple(_left_out(container, taken.index, counted, known))


def _listed(container: InputContainer) -> frozenset[int]:
    """Indices of the streams that CONTAINER lists; what sound is like may only be known where it begins."""
    return frozenset(stream.index for stream in container.streams)


def _moving(container: InputContainer) -> list[VideoStream]:
    return [stream for stream in container.streams.video if not stream.disposition & COVERS]


def _check_known(stream: VideoStream, path: Path) -> None:
    context: object = stream.codec_context  # None where FFmpeg has no decoder for it
    if context is None:
        message = f"{path} holds video in a form that is not known here."
        raise InputUnusable(message, "Ask for it in a standard format, such as H.264 in MP4.")


def _candidates(container: InputContainer, path: Path) -> list[_Counted]:
    """List the video streams of CONTAINER that are no covers. Raises InputUnusable where there are none."""
    streams = _moving(container)
    if not streams:
        video_stream(container, path)
    return [_counted(stream) for stream in streams]


def _counted(stream: VideoStream) -> _Counted:
    context: object = stream.codec_context
    known = context is not None
    return _Counted(
        index=stream.index,
        codec=stream.codec_context.name if known else "",
        width=stream.width if known else 0,
        height=stream.height if known else 0,
        default=bool(stream.disposition & Disposition.default),
    )


def _count(container: InputContainer, counted: Sequence[_Counted]) -> None:
    """Count the packets of every stream to the end of the file."""
    by_index = {candidate.index: candidate for candidate in counted}
    for packet in packets(container, [container.streams[index] for index in by_index]):
        by_index[packet.stream_index].pictures += packet.size > 1


def _asked(counted: Sequence[_Counted], index: int, path: Path) -> _Counted:
    """Give the stream of INDEX, which was asked for."""
    for candidate in counted:
        if candidate.index == index:
            return candidate
    message = f"{path} has no video stream {index}; it has {'; '.join(map(str, counted))}."
    raise InputUnusable(message, "Choose one of these with ", Given.STREAM, ".")


def _best(counted: Sequence[_Counted], path: Path) -> _Counted:
    """Give the one stream that carries on; a thumbnail or a preview beside it never wins, whatever its order."""
    if len(counted) == 1:
        return counted[0]
    moving = [candidate for candidate in counted if candidate.pictures > 1]
    if not moving:
        alone = [candidate for candidate in counted if candidate.pictures]
        if len(alone) == 1:
            return alone[0]
        message = f"{path} has {len(counted)} video streams, and none of them holds more than one picture."
        raise InputUnusable(message, CHECK_FILE)
    main = max(
        moving, key=lambda candidate: (candidate.pictures, candidate.width * candidate.height, candidate.default)
    )
    rivals = [candidate for candidate in moving if candidate is not main and not _aside(candidate, main)]
    if rivals:
        message = f"{path} has {len(moving)} video streams that carry on: {'; '.join(map(str, moving))}."
        raise InputUnusable(
            message,
            "Choose one with ",
            Give(Given.STREAM, str(main.index)),
            "; where a copy of each is wanted, give each a ",
            Given.NAME,
            " of its own.",
        )
    return main


def _aside(candidate: _Counted, main: _Counted) -> bool:
    """Tell whether CANDIDATE is a row of thumbnails beside MAIN."""
    return candidate.pictures * ASIDE <= main.pictures and candidate.width * candidate.height < main.width * main.height


def _is_plumbing(stream: Stream) -> bool:
    """Tell whether STREAM only counts frames, as in every file of an editor, or steers the menus of a disc."""
    return "timecode" in stream.metadata or (stream.type == "data" and stream.container.format.name == "mpeg")
