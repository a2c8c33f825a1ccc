"""What FFmpeg's decoders complain of while they conceal damage; it is told nowhere else than in their log."""

from __future__ import annotations

import logging
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

CONCEALING = "concealing"
"""What error concealment says, though only as information."""


class Complaints(logging.Handler):
    """The lines of one decoder since the last look."""

    def __init__(self, codec: str) -> None:
        """Listen to CODEC, whatever thread it speaks from."""
        super().__init__()
        self._logger = f"libav.{codec}"
        self._count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line that means a damaged picture."""
        line = record.getMessage().lower()
        serious = record.levelno >= logging.ERROR or CONCEALING in line
        if serious and record.name == self._logger and not any(part in line for part in HARMLESS):
            self._count += 1

    def taken(self) -> int:
        """Count the lines since the last call."""
        with self.lock or threading.RLock():
            count, self._count = self._count, 0
        return count


_guard = threading.Lock()
_open: list[Complaints] = []


@contextmanager
def listening(codec: str) -> Iterator[Complaints]:
    """Hear what CODEC complains of inside the block; nothing of it reaches the terminal."""
    ears = Complaints(codec)
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
