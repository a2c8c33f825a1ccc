"""Files that only grow: opened through no link, locked, read from the end, and what a crash left in them kept aside."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from redact.errors import InputUnusable
from redact.files import PATIENCE_S, reason_of, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "concerning",
    "created",
    "end_of_lines",
    "held",
    "keep_aside",
    "lines_backwards",
    "lines_forwards",
    "opened",
    "read_at",
    "size_of",
    "still",
    "sync_folder",
    "write_all",
]

BLOCK = 1 << 13
"""Bytes first read from the end; twice as many each time that is not enough."""
BIG_BLOCK = 1 << 20
NEWLINE = b"\n"
SAFELY = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # the last: a pipe by that name is found out, not waited for


@contextmanager
def concerning(path: Path) -> Iterator[None]:
    """Say of what goes wrong with the disk that it is about PATH. Raises InputUnusable."""
    try:
        yield
    except OSError as problem:
        reason = reason_of(problem)
        if problem.errno == errno.ELOOP:
            reason = "it is a symbolic link, and records are not written through one"
        message = f"{path} cannot be used ({reason})."
        raise InputUnusable(message, "Check the folder, the rights and the room on the disk.") from problem


@contextmanager
def opened(path: Path, flags: int) -> Iterator[int | None]:
    """Open what is at PATH; None where nothing is. Raises InputUnusable."""
    with concerning(path):
        descriptor = _open(path, flags)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def created(path: Path, flags: int, mode: int) -> Iterator[int]:
    """Open what is at PATH; where nothing is, a new file with exactly MODE. Raises InputUnusable."""
    with concerning(path):
        descriptor = _create(path, flags, mode)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def held(path: Path, flags: int, mode: int) -> Iterator[int]:
    """Open PATH as `created` does, wait until no one else holds it, and hold it.

    Raises InputUnusable, also where somebody holds it for long.
    """
    while True:
        with created(path, flags, mode) as descriptor:
            if not wait_for(descriptor):
                message = f"Another process has been writing to {path} for {PATIENCE_S:.0f} seconds."
                raise InputUnusable(message, "Wait until it is done, and do it again.")
            try:
                if _is(descriptor, path):  # while we waited a backup may have been put in its place
                    yield descriptor
                    return
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)  # a child that was forked meanwhile has it open too


@contextmanager
def still(descriptor: int | None) -> Iterator[None]:
    """Wait until no one holds the file, and let no one begin."""
    if descriptor is None:
        yield
        return
    if not wait_for(descriptor, shared=True):
        raise OSError(errno.ETIMEDOUT, f"another process has held it for {PATIENCE_S:.0f} seconds")
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def size_of(descriptor: int | None) -> int:
    """Bytes of the file; 0 where there is none."""
    return 0 if descriptor is None else os.fstat(descriptor).st_size


def end_of_lines(descriptor: int | None) -> int:
    """Find where the last whole line ends: the byte after its newline, 0 where there is none."""
    end = size_of(descriptor)
    while descriptor is not None and end > 0:
        start = max(0, end - BLOCK)
        newline = read_at(descriptor, start, end).rfind(NEWLINE)
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def lines_forwards(descriptor: int | None, end: int) -> Iterator[bytes]:
    """Give the lines before END, where a line ends, each with its newline."""
    rest, place = b"", 0
    while descriptor is not None and place < end:
        block = read_at(descriptor, place, min(end, place + BIG_BLOCK))
        place += len(block)
        *lines, rest = (rest + block).split(NEWLINE)
        for line in lines:
            yield line + NEWLINE


def lines_backwards(descriptor: int, end: int) -> Iterator[bytes]:
    """Give the lines before END, where a line ends, the last one first. Little more is read than is asked for."""
    rest, block = b"", BLOCK
    while end:
        start = max(0, end - block)
        first, *lines, _ = (read_at(descriptor, start, end) + rest).split(NEWLINE)
        for line in reversed(lines):
            yield line + NEWLINE
        rest, end, block = first + NEWLINE, start, min(2 * block, BIG_BLOCK)
    if rest:
        yield rest


def read_at(descriptor: int, start: int, end: int) -> bytes:
    """Read bytes START to END. Raises OSError where the file is shorter."""
    parts, place = [], start
    while place < end:
        part = os.pread(descriptor, end - place, place)
        if not part:
            raise OSError(errno.EIO, "the file became shorter while it was read")
        parts.append(part)
        place += len(part)
    return b"".join(parts)


def write_all(descriptor: int, data: bytes, place: int | None = None) -> None:
    """Write DATA at PLACE, or where the file says; in one call unless the disk takes less at a time."""
    while data:
        done = os.write(descriptor, data) if place is None else os.pwrite(descriptor, data, place)
        data, place = data[done:], None if place is None else place + done


def sync_folder(path: Path) -> None:
    """Bring the name of PATH to the disk."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    except OSError as problem:
        if problem.errno != errno.EINVAL:  # a file system that has no such thing as syncing a folder
            raise
    finally:
        os.close(folder)


def keep_aside(path: Path, torn: bytes, mode: int) -> Path:
    """Keep TORN, which was found at the end of PATH, in a new file beside it that is on the disk when this returns."""
    kept = path.with_name(f"{path.stem}.torn-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL | SAFELY, mode)
    try:
        os.fchmod(descriptor, mode)
        write_all(descriptor, torn)
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            kept.unlink()
        raise
    finally:
        os.close(descriptor)
    sync_folder(kept)
    return kept


def _open(path: Path, flags: int) -> int | None:
    try:
        descriptor = os.open(path, flags | SAFELY)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a file")
    return descriptor


def _create(path: Path, flags: int, mode: int) -> int:
    while True:
        descriptor = _open(path, flags)
        if descriptor is not None:
            return descriptor
        with suppress(FileExistsError):  # another process was quicker
            descriptor = os.open(path, flags | SAFELY | os.O_CREAT | os.O_EXCL, mode)
            os.fchmod(descriptor, mode)
            return descriptor


def _is(descriptor: int, path: Path) -> bool:
    """Tell whether PATH is still the name of the open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False
