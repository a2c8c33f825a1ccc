"""What FFmpeg's decoders complain of while they conceal damage; it is told nowhere else than in their log."""

from __future__ import annotations

import logging
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import av.logging

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Complaints", "listening"]

HARMLESS = (
    "app fields",
    "deprecated pixel format",
    "exceeds max (",
    "extra bytes",
    "guessing",
    "mmco: unref short failure",
    "number of bframes",
    "reinit context",
    "sei type",
    "stream is cut",
    "unsupported or unknown sei",
)
"""Parts of lines, in lower case, that sound streams have as well."""

CORRUPT = re.compile(r"packet corrupt \(stream = (\d+), dts = (-?\d+|nopts)\)")
"""What a demuxer says of a packet with a piece missing. Its mark on the packet itself may end up on another one."""

CROWDED = "exceeds max_streams"
"""What is said of a file with more streams than were to be opened."""

CONCEALING = "concealing"
"""What error concealment says, though only as information."""


class Complaints(logging.Handler):
    """The lines of one decoder since the last look, and which packets had a piece missing."""

    def __init__(self) -> None:
        """Listen to demuxers alone, until `decoder` says to whom else."""
        super().__init__()
        self.corrupt: set[tuple[int, int]] = set()
        """Stream and dts of packets with a piece missing, once the demuxer has read them."""
        self.crowded = False
        """Whether there were more streams than were to be opened."""
        self._logger = ""
        self._thread: int | None = None
        self._count = 0

    def decoder(self, codec: str) -> None:
        """Listen to CODEC as well, whatever thread it speaks from, until `only_here` says otherwise."""
        self._logger = f"libav.{codec}"

    def only_here(self) -> None:
        """Forget what was said, and from now on hear the calling thread alone."""
        self._thread = threading.get_ident()
        self.taken()

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line that means a damaged picture, and note a damaged packet."""
        line = record.getMessage().lower()
        if (damaged := CORRUPT.search(line)) and damaged[2] != "nopts":
            self.corrupt.add((int(damaged[1]), int(damaged[2])))
        self.crowded |= CROWDED in line
        serious = record.levelno >= logging.ERROR or CONCEALING in line
        ours = record.name == self._logger and self._thread in (None, record.thread)
        if serious and ours and not any(part in line for part in HARMLESS):
            self._count += 1

    def taken(self) -> int:
        """Count the lines since the last call."""
        with self.lock or threading.RLock():
            count, self._count = self._count, 0
        return count


_guard = threading.Lock()
_open: list[Complaints] = []


@contextmanager
def listening() -> Iterator[Complaints]:
    """Hear what FFmpeg complains of inside the block; nothing of it reaches the terminal."""
    ears = Complaints()
    logger = logging.getLogger("libav")
    with _guard:
        _open.append(ears)
        logger.addHandler(ears)
        logger.propagate = False
        logger.setLevel(logging.DEBUG)
        av.logging.set_skip_repeated(False)
        av.logging.set_level(av.logging.INFO)
    try:
        yield ears
    finally:
        with _guard:
            logger.removeHandler(ears)
            _open.remove(ears)
            if not _open:
                av.logging.set_level(None)
