"""A file opened as a video and as nothing else: its kind is looked at before FFmpeg reads more than its first bytes."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import av

from redact.errors import InputUnusable
from redact.files import reason_of
from redact.video.allowed import FORMATS_ALLOWED
from redact.video.complaints import listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction
    from pathlib import Path

    from av.container import InputContainer

__all__ = ["CHECK_FILE", "MOST_PX", "MOST_STREAMS", "check_size", "opened", "timeless"]

MOST_PX = 8192 * 8192
"""px of a picture; one that is larger would take minutes for each, and more memory than there may be."""

MOST_STREAMS = 64
"""Streams of a file; one with more is no recording of a camera, and takes long to be looked through."""

NO_TIMES = 0x0080
"""FFmpeg's mark on a format that carries no times (AVFMT_NOTIMESTAMPS)."""

HEAD = 4096
"""Bytes from which the kind of a file that FFmpeg would not open is told."""

CHECK_FILE = "Check that the file was copied completely, or ask for it again."
CHOOSE = "Choose a video file."

LISTS = re.compile(
    rb"\s*(#EXTM3U|ffconcat|v=0\r?\n|\[playlist\]|\[reference\]|(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<MPD)", re.DOTALL
)
"""How files begin that are lists of other files: HLS, FFmpeg's own, SDP, PLS, ASX and DASH."""

STILL = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|BM.{4}\0{4}|II\*\0|MM\0\*|GIF8|RIFF.{4}WEBP|8BPS|P[1-7]\s|.{4}ftyp(avif|hei|mif1)",
    re.DOTALL,
)
"""How files begin that hold one picture."""

JPEG_AFTER_JPEG = b"\xff\xd9\xff\xd8\xff"
"""Where a JPEG ends and the next one begins."""

FEW = 4
"""Pictures that a photograph may come with: a thumbnail, one with other light. More in a row are a video."""

LOOKED_THROUGH = 64 << 20
"""Bytes in which JPEGs in a row are looked for."""


@contextmanager
def opened(path: Path, fps: Fraction | None = None, *, thorough: bool = False) -> Iterator[InputContainer]:
    """Open PATH, whatever its name ends in. FPS is the rate of a stream that carries no times.

    THOROUGH reads the whole of a file in which streams may begin anywhere, so that all of them are listed.
    Raises InputUnusable where it cannot be read or is no video.
    """
    _check_readable(path)
    container = _open(path, THOROUGH if thorough else {})
    if fps is not None and fps > 0 and timeless(container):
        name = container.format.name
        container.close()
        container = _open(path, {"framerate": str(fps)}, name)
    with container:
        if len(container.streams) > MOST_STREAMS:
            raise _crowded(path)
        for stream in container.streams.video:
            context: object = stream.codec_context  # None where FFmpeg has no decoder for it
            if context is not None:
                check_size(path, stream.width, stream.height)
        yield container


def timeless(container: InputContainer) -> bool:
    """Tell whether what CONTAINER holds carries no times."""
    return bool(container.format.flags & NO_TIMES)


def check_size(path: Path, width: int, height: int) -> None:
    """Raise InputUnusable where a picture of WIDTH x HEIGHT px is too large to be worked on."""
    if width * height > MOST_PX:
        message = f"{path} has a picture of {width}x{height} px; at most {MOST_PX:,} px are worked on (8192x8192)."
        raise InputUnusable(message, "Make it smaller first, or ask for it in the size that the camera recorded.")


OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": FORMATS_ALLOWED,
    "max_streams": str(MOST_STREAMS),
    "scan_all_pmts": "1",
}
"""Of every opening: a list that names other files is refused before it is read, and fetches nothing if it is not."""

THOROUGH = {"fflags": "nobuffer", "probesize": str(2**40), "analyzeduration": str(2**40)}
"""Read to the end, and keep nothing of it."""


def _open(path: Path, options: dict[str, str], name: str | None = None) -> InputContainer:
    """Open PATH with OPTIONS, as the format of NAME where that is known. Raises InputUnusable."""
    with listening() as complaints:
        try:
            container = _try(path, options, name)
        except (av.FFmpegError, ValueError, MemoryError, OverflowError) as problem:
            if complaints.crowded:
                raise _crowded(path) from problem
            format_name = name or _sequence(path)
            if format_name and not name:
                return _open(path, options, format_name)
            raise _unusable(path) from problem
    if complaints.crowded:  # some formats leave out what is too much, and the pictures with it
        container.close()
        raise _crowded(path)
    return container


def _try(path: Path, options: dict[str, str], name: str | None) -> InputContainer:
    # "file:" keeps a colon in a name from being read as a protocol
    return av.open(f"file:{path}", "r", format=name, container_options=OPTIONS | options, metadata_errors="replace")


def _crowded(path: Path) -> InputUnusable:
    message = f"{path} holds more than {MOST_STREAMS} streams, which no recording does."
    return InputUnusable(message, "Write out the one that holds the picture, and use that file.")


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
        message = f"{path} cannot be read ({reason_of(problem)})."
        raise InputUnusable(message, "Check that you may read it.") from problem
    if empty:
        message = f"{path} is empty."
        raise InputUnusable(message, CHECK_FILE)


def _sequence(path: Path) -> str | None:
    """Name the format of a row of pictures that FFmpeg takes for one, by its name or its first bytes."""
    head = _head(path)
    if head.startswith(b"GIF8"):
        return "gif"
    if head.startswith(b"\x89PNG") and b"acTL" in head:
        return "apng"
    if head.startswith(b"\xff\xd8\xff"):
        with path.open("rb") as stream:
            return "mjpeg" if stream.read(LOOKED_THROUGH).count(JPEG_AFTER_JPEG) >= FEW else None
    return None


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(HEAD)


def _unusable(path: Path) -> InputUnusable:
    """Say why FFmpeg would not open PATH, from its first bytes."""
    head = _head(path)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP" and b"ANIM" in head:
        message = f"{path} is an animated WebP, which cannot be read here."
        return InputUnusable(message, "Convert it to a video first.")
    if STILL.match(head):
        return InputUnusable(f"{path} is a still picture, not a video.", CHOOSE)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        message = (
            f"{path} is an MP4 whose index (moov) is missing or damaged, as when a recording or a copy breaks off."
        )
        return InputUnusable(message, CHECK_FILE)
    if LISTS.match(head):
        message = f"{path} is not a video but a list of other files or addresses; nothing it names was opened."
        return InputUnusable(message, "Choose the video file itself; parts of a recording have to be joined first.")
    message = f"{path} is not a video, or not one in a form known here."
    return InputUnusable(message, "Choose a video file; a recorder's own format has to be exported first.")
