"""Files as results: whole or absent, named by digest."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from redact.advice import Given
from redact.errors import InputUnusable
from redact.legible import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "canonical_json",
    "file_stem",
    "legible",
    "publish",
    "reason_of",
    "same_name",
    "scratch_file",
    "sha256_bytes",
    "sha256_file",
    "share",
    "sync",
    "sync_folder",
    "whole_file",
    "write_whole",
]


LONGEST_SCRATCH = 100
"""Bytes of a name above which the scratch file beside it has a short one of its own, so that it fits as well."""

NOT_UTF8 = re.compile("[\ud800-\udfff]")
"""How Python writes a byte of a file's name that is not UTF-8."""


def sha256_file(path: Path) -> str:
    """Hex SHA-256 of the bytes at PATH, read in pieces."""
    try:
        if path.exists() and not path.is_file():
            message = f"{path} is not a file that can be read to an end."
            raise InputUnusable(message, "Choose a file, not a folder or a device.")
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as problem:
        message = f"{path} cannot be read ({reason_of(problem)})."
        raise InputUnusable(message, "Check the name and that you may read it.") from problem


def sha256_bytes(data: bytes) -> str:
    """Hex SHA-256 of DATA."""
    return hashlib.sha256(data).hexdigest()


def canonical_json(value: Any) -> bytes:
    """VALUE as JSON in one fixed spelling: sorted keys, UTF-8, one newline at the end."""
    return legible(json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def legible(text: str) -> str:
    """Give TEXT, such as the name of a file that is not UTF-8, with a visible mark for each byte that is not."""
    return NOT_UTF8.sub("\N{REPLACEMENT CHARACTER}", text)


def file_stem(path: Path) -> str:
    """Give what the results of PATH are called after: its name without the ending, in letters that can be typed."""
    return plain(path.stem, "_")


def same_name(path: Path) -> str:
    """Give what two clips have in common whose results some file system would take for the same files."""
    return unicodedata.normalize("NFC", file_stem(path)).casefold()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a name beside PATH to write to; on success the bytes are synced and appear as PATH, else they are gone.

    Raises InputUnusable where the folder cannot be written or the disk is full.
    """
    with scratch_file(path) as part:
        yield part
        publish(part, path)


@contextmanager
def scratch_file(path: Path) -> Iterator[Path]:
    """Give a name beside PATH to write to, readable by its owner alone; what still has that name is gone afterwards.

    Raises InputUnusable where the folder cannot be written or the disk is full.
    """
    name = path.name if len(os.fsencode(path.name)) <= LONGEST_SCRATCH else sha256_bytes(os.fsencode(path.name))
    part = path.with_name(f".{name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)  # what a job that was killed left behind has an owner and a mode of its own
        part.touch(mode=0o600, exist_ok=False)
        yield part
    except OSError as problem:
        if not _concerns(problem, part, path):
            raise
        message = f"{path} cannot be written ({reason_of(problem)})."
        raise InputUnusable(
            message, "Choose another folder with ", Given.FOLDER, ", or make room on the disk."
        ) from problem
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def publish(part: Path, path: Path) -> None:
    """Make the finished PART appear as PATH in one step, after its bytes are on the disk."""
    sync(part)
    part.replace(path)
    with suppress(OSError):  # some file systems do not sync folders; the rename has happened all the same
        sync_folder(path.parent)


def sync(path: Path) -> None:
    """Have the bytes of the file PATH on the disk."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def share(path: Path) -> None:
    """Let those read PATH whom the folder's other new files are readable for: what the user's umask says."""
    mask = os.umask(0o077)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


def sync_folder(folder: Path) -> None:
    """Have the names in FOLDER on the disk. Raises OSError where its file system cannot do that."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def write_whole(path: Path, data: bytes) -> None:
    """Write DATA to PATH, whole or not at all."""
    with whole_file(path) as part:
        part.write_bytes(data)


def _concerns(problem: OSError, *paths: Path) -> bool:
    """Tell whether PROBLEM is with one of PATHS or their folders; one that names no file may be."""
    named = problem.filename
    return not isinstance(named, str) or named in {str(place) for path in paths for place in (path, *path.parents)}


def reason_of(problem: OSError, unnamed: str = "") -> str:
    """Say why the system refused, as a message has it in brackets; where PROBLEM does not tell, UNNAMED or its kind."""
    return (problem.strerror or unnamed or type(problem).__name__).lower()
