"""What a file says of itself, for the record of a bit-for-bit copy. Everything here was written by strangers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import TYPE_CHECKING

import av

from redact.errors import InputUnusable
from redact.video.complaints import listening
from redact.video.opening import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from av.container import InputContainer
    from av.stream import Stream

__all__ = ["NativeMetadata", "NativeStream", "native_metadata", "recorded_at"]

LONGEST = 1000
"""Characters of a value; what is longer is cut, and says so."""
LONGEST_NAME = 100
"""Characters of the name of a tag."""
MOST = 200
"""Tags of one place, and streams of one file, that are listed."""
CUT = "…"

ORIGINAL = "com.apple.quicktime.creationdate"
"""When a telephone recorded it. Its `creation_time` is when the file was last written out."""
CREATED = "creation_time"
PLACES = ("location.iso6709", "location")
"""Ends of the names of tags that say where it was recorded, as ISO 6709 writes it."""

UNSET = frozenset(
    {
        date(1601, 1, 1),
        date(1904, 1, 1),
        date(1970, 1, 1),
        date(1980, 1, 1),
        date(1980, 1, 6),
        date(2000, 1, 1),
        date(2001, 1, 1),
    }
)
"""Days on which clocks begin that nobody set: of Windows, QuickTime, Unix, DOS, GPS, recorders and Matroska."""

Tags = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NativeStream:
    """One stream of a file, as the file describes it."""

    index: int
    kind: str
    """video, audio, subtitle, data or attachment."""
    codec: str
    """Empty where no codec is known for it."""
    tags: Tags


@dataclass(frozen=True, slots=True)
class NativeMetadata:
    """What a file says of itself. Every text in it can be printed, and has at most 1,000 characters and a mark."""

    format: str
    """Short names, as FFmpeg calls the format."""
    format_name: str
    """The name that people call it by."""
    duration_s: float | None
    """As the header says; None where it says nothing."""
    chapters: int
    tags: Tags
    """Of the whole file, by name."""
    streams: tuple[NativeStream, ...]
    left_out: int = 0
    """Tags and streams beyond the first 200 of a place."""

    @property
    def location(self) -> str | None:
        """Where it was recorded, as ISO 6709 writes it; None where the file does not say."""
        places = (value for name, value in self._all() if name.lower().endswith(PLACES) and value[:1] in "+-")
        return next(places, None)

    def plain(self) -> dict[str, str]:
        """Everything as names and texts, such as "stream 0 handler_name"."""
        facts = {"format": self.format, "format name": self.format_name, "chapters": str(self.chapters)}
        if self.duration_s is not None:
            facts["duration"] = f"{self.duration_s:.3f} s"
        if self.left_out:
            facts["left out"] = f"{self.left_out} tags or streams"
        facts |= {f"file {name}": value for name, value in self.tags}
        for stream in self.streams:
            facts[f"stream {stream.index}"] = f"{stream.kind} {stream.codec}".strip()
            facts |= {f"stream {stream.index} {name}": value for name, value in stream.tags}
        return facts

    def _all(self) -> Iterator[tuple[str, str]]:
        """Every tag, those of the whole file first."""
        yield from self.tags
        for stream in self.streams:
            yield from stream.tags


def native_metadata(path: Path) -> NativeMetadata:
    """Read what the file at PATH says of itself. Raises InputUnusable, and nothing else, where it is no video."""
    try:
        with listening(), opened(path) as container:
            return _metadata(container)
    except (av.FFmpegError, ValueError, OverflowError) as problem:
        message = f"{path} cannot be read to the end of its header."
        raise InputUnusable(message, "Check that the file was copied completely, or ask for it again.") from problem


def recorded_at(metadata: NativeMetadata) -> datetime | None:
    """Give the instant, in UTC, at which the file says it was made; None where it does not say, or cannot have been.

    It is what a clock said that nobody checked. Some devices write the end of the recording, and some write the time
    on the wall and call it UTC, so it is shown to a person and not relied on.
    """
    tags = list(metadata._all())  # noqa: SLF001  of this module
    for wanted in (ORIGINAL, CREATED):
        for name, value in tags:
            if name.lower() == wanted and (instant := _instant(value)):
                return instant
    return None


def _instant(text: str) -> datetime | None:
    """Read TEXT. Without a zone it is no instant, and on the day a clock begins nobody had set it."""
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            return None
        instant = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None if UNSET & {moment.date(), instant.date()} else instant


def _metadata(container: InputContainer) -> NativeMetadata:
    streams = list(container.streams)
    more = max(0, len(streams) - MOST)
    places = [container.metadata, *(stream.metadata for stream in streams[:MOST])]
    left_out = more + sum(max(0, len(place) - MOST) for place in places)
    return NativeMetadata(
        format=_shown(container.format.name),
        format_name=_shown(container.format.long_name or ""),
        duration_s=container.duration / av.time_base if container.duration else None,
        chapters=len(container.chapters()),
        tags=_tags(container.metadata),
        streams=tuple(_stream(stream) for stream in streams[:MOST]),
        left_out=left_out,
    )


def _stream(stream: Stream) -> NativeStream:
    context: object = stream.codec_context  # None where FFmpeg has no decoder for it
    codec = "" if context is None else stream.codec_context.name
    return NativeStream(stream.index, _shown(stream.type), _shown(codec), _tags(stream.metadata))


def _tags(metadata: Mapping[str, str]) -> Tags:
    return tuple(sorted((_shown(name, LONGEST_NAME), _shown(value)) for name, value in islice(metadata.items(), MOST)))


def _shown(text: str, longest: int = LONGEST) -> str:
    """TEXT as it can be printed anywhere: what would steer a terminal or turn the line round is spelt out, then cut."""
    safe = "".join(char if char.isprintable() else _spelt(char) for char in text[: longest + 1])
    return safe if len(safe) <= longest else safe[:longest] + CUT


def _spelt(char: str) -> str:
    return char.encode("unicode_escape").decode()
