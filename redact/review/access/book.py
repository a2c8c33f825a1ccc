"""The book of those who were turned away, mostly before anybody had signed in: no part of the record, and kept short.

It holds no secret: links, queries and bodies are left out.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from redact.governance.ledger.events import now

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NAME", "Book"]

NAME = "turned-away.log"
LARGEST = 1 << 20
"""Bytes after which the book is put aside, and the one before it forgotten."""

LONGEST = 200
"""Characters of a path that are kept."""
SECRET = ("/enter/", "/join/")
"""What a path begins with of which the rest is a secret."""


class Book:
    """Who was turned away, a line of JSON each."""

    def __init__(self, folder: Path) -> None:
        """Keep it in FOLDER, which is only its owner's."""
        self.path = folder / NAME
        self.count = 0
        self._lock = threading.Lock()

    def note(self, peer: str, method: str, path: str, status: int, code: str, *, who: str = "") -> None:
        """Write down that PEER was turned away, or WHO had signed in; a disk that is full changes nothing of that."""
        line = {"at": now(), "peer": peer, "who": who, "method": method[:16], "path": told(path)}
        line |= {"status": str(status), "code": code}
        with self._lock, suppress(OSError):
            self.count += 1
            if self.path.exists() and self.path.stat().st_size > LARGEST:
                self.path.replace(self.path.with_suffix(".old"))
            number = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(number, "a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=True) + "\n")


def told(path: str) -> str:
    """Give PATH as it may be written down."""
    for start in SECRET:
        if path.startswith(start):
            return f"{start}…"
    return path[:LONGEST]
