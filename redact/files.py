"""Files as results: whole or absent, named by digest."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from redact.errors import InputUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["canonical_json", "sha256_bytes", "sha256_file", "whole_file", "write_whole"]

CHUNK = 1 << 20
"""bytes read at a time."""


def sha256_file(path: Path) -> str:
    """Hex SHA-256 of the bytes at PATH, read in pieces."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as problem:
        message = f"{path} cannot be read ({_reason(problem)})."
        raise InputUnusable(message, "Check the name and that you may read it.") from problem


def sha256_bytes(data: bytes) -> str:
    """Hex SHA-256 of DATA."""
    return hashlib.sha256(data).hexdigest()


def canonical_json(value: Any) -> bytes:
    """VALUE as JSON in one fixed spelling: sorted keys, UTF-8, one newline at the end."""
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a name beside PATH to write to; on success the bytes are synced and appear as PATH, else they are gone.

    Raises InputUnusable where the folder cannot be written or the disk is full.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch(mode=0o600)
        yield part
        publish(part, path)
    except OSError as problem:
        message = f"{path} cannot be written ({_reason(problem)})."
        raise InputUnusable(message, "Choose another folder with -o, or make room on the disk.") from problem
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def publish(part: Path, path: Path) -> None:
    """Make the finished PART appear as PATH in one step, after its bytes are on the disk."""
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(path)
    with suppress(OSError):  # some file systems do not sync folders; the rename has happened all the same
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_whole(path: Path, data: bytes) -> None:
    """Write DATA to PATH, whole or not at all."""
    with whole_file(path) as part:
        part.write_bytes(data)


def _reason(problem: OSError) -> str:
    return (problem.strerror or type(problem).__name__).lower()
