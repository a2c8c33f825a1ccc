"""Deletion that is checked, and a record of what was deleted.

What no deletion of a file can promise: a snapshot or a backup of the file system still holds it until that expires,
a solid state disk moves data about and may keep old blocks until it reuses them, and a copy that somebody took is
theirs. So a disk that holds footage is encrypted, and its backups have the same time limits. Overwriting before the
deletion is left out on purpose: on such disks, and on file systems that write elsewhere, it does not reach the bytes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redact.errors import InputUnusable, NotPermitted, Refusal
from redact.files import reason_of, sha256_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedReader
    from pathlib import Path

__all__ = ["Deleted", "Erased", "erase", "survey"]

Inode = tuple[int, int]
"""Device and number of a file, whatever its names."""

BUSY = "Something writes to it; stop that, and delete again."
UNSYNCABLE = frozenset({errno.EINVAL, errno.ENOTSUP})
"""What a file system says that does not sync folders; any other complaint is a real one."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """One file that is to be deleted, or was."""

    path: Path
    size_bytes: int
    sha256: str
    """Of its bytes; of the place it points to where it is a link."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was deleted."""

    files: tuple[Deleted, ...]
    absent: tuple[Path, ...] = ()
    """What was asked for and was not there: a deletion that was broken off had already been here."""

    @property
    def size_bytes(self) -> int:
        """Bytes of all of them; of a file with two names, both of which go, twice."""
        return sum(file.size_bytes for file in self.files)


def survey(paths: Iterable[Path], within: Path | None = None) -> Erased:
    """List what `erase` would delete, with digests, for the record that is written before it does.

    Raises NotPermitted as `erase` does.
    """
    wanted = list(paths)
    files, _ = _look(wanted, within)
    return Erased(tuple(files), _absent(wanted))


def erase(paths: Iterable[Path], within: Path | None = None) -> Erased:
    """Delete the files at PATHS, folders with all that is in them, and make sure that they are gone.

    It looks at everything before it deletes anything, follows no link, and can be repeated after it was broken off:
    what is gone already is told as absent. With WITHIN, nothing outside that folder is touched.

    Raises:
        NotPermitted: a file has another name, under which its bytes would live on; or a path leads out of WITHIN.
        InputUnusable: something cannot be deleted, or is still there.
    """
    wanted = list(paths)
    files, names = _look(wanted, within)
    absent = _absent(wanted)
    for file in files:
        _unlink(file.path, names)
    for path in wanted:
        _remove_folders(path)
    for folder in sorted({_standing(path.parent) for path in (*wanted, *(file.path for file in files))}):
        _sync(folder)
    left = [path for path in (*wanted, *(file.path for file in files)) if os.path.lexists(path)]
    if left:
        message = f"{left[0]} is still there after its deletion."
        raise InputUnusable(message, BUSY)
    return Erased(tuple(files), absent)


def _look(paths: Iterable[Path], within: Path | None) -> tuple[list[Deleted], Counter[Inode]]:
    """Describe every file at PATHS once, and count the names that each has among them."""
    for path in paths:
        _check_inside(path, within)
    files = list(dict.fromkeys(file for path in paths for file in _files(path)))
    names = Counter(_inode(path) for path in files)
    return [_describe(path, names) for path in files], names


def _absent(paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(path for path in paths if not os.path.lexists(path))


def _check_inside(path: Path, within: Path | None) -> None:
    """Raise NotPermitted where PATH is not in WITHIN, or gets there by way of a link."""
    if within is None:
        return
    inside = path.is_relative_to(within) and path != within
    if not inside or path.parent.resolve() / path.name != within.resolve() / path.relative_to(within):
        message = f"{path} is not in {within}, or is reached through a link, and so is not deleted."
        raise NotPermitted(message, "Look who made the link, and remove it by hand.", code=Refusal.OUTSIDE)


def _files(path: Path) -> Iterator[Path]:
    """Everything at PATH that is not a folder, in order. A link is itself, never what it points to."""
    if path.is_symlink() or not path.is_dir():
        if os.path.lexists(path):
            yield path
        return
    try:
        for entry in sorted(path.iterdir()):
            yield from _files(entry)
    except OSError as problem:
        raise _stuck(path, problem) from problem


def _inode(path: Path) -> Inode:
    try:
        facts = path.lstat()
    except OSError as problem:
        raise _stuck(path, problem) from problem
    return facts.st_dev, facts.st_ino


def _describe(path: Path, names: Counter[Inode]) -> Deleted:
    """Digest the file at PATH. Raises NotPermitted where it has more names than NAMES counts."""
    if path.is_symlink():
        return Deleted(path, 0, sha256_bytes(os.fsencode(path.readlink())))
    try:
        with _opened(path) as stream:
            facts = os.fstat(stream.fileno())
            if not stat.S_ISREG(facts.st_mode):
                message = f"{path} is not a file, but a device or a pipe."
                raise InputUnusable(message, "Look why it is there, and remove it by hand.")
            _check_names(path, facts, names[facts.st_dev, facts.st_ino])
            return Deleted(path, facts.st_size, hashlib.file_digest(stream, "sha256").hexdigest())
    except OSError as problem:
        raise _stuck(path, problem) from problem


def _opened(path: Path) -> BufferedReader:
    """Open PATH without following a link, and without waiting for anyone to write to it."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


def _check_names(path: Path, facts: os.stat_result, known: int) -> None:
    others = facts.st_nlink - known
    if others > 0:
        message = (
            f"{path} has {others} other name{'' if others == 1 else 's'} (hard links): its bytes would live on there."
        )
        advice = f"Find them with: find / -xdev -inum {facts.st_ino}; delete those, and delete again."
        raise NotPermitted(message, advice, code=Refusal.LINKED)


def _unlink(path: Path, names: Counter[Inode]) -> None:
    """Delete PATH, and look at what is left of the file itself: it has no name but those that NAMES still counts."""
    try:
        if path.is_symlink():
            path.unlink()
            return
        with _opened(path) as stream:
            path.unlink()
            facts = os.fstat(stream.fileno())
            names[facts.st_dev, facts.st_ino] -= 1
            _check_names(path, facts, names[facts.st_dev, facts.st_ino])
    except FileNotFoundError:  # someone else deletes as well; whether it is gone is looked at in the end
        return
    except OSError as problem:
        raise _stuck(path, problem) from problem


def _remove_folders(path: Path) -> None:
    """Remove the folder at PATH and those in it, deepest first, all of them empty by now."""
    if path.is_symlink() or not path.is_dir():
        return
    for inner in sorted(path.iterdir()):
        _remove_folders(inner)
    try:
        path.rmdir()
    except OSError as problem:
        raise _stuck(path, problem) from problem


def _standing(folder: Path) -> Path:
    """Give FOLDER, or the nearest one around it that is still there."""
    while not folder.is_dir():
        folder = folder.parent
    return folder


def _sync(folder: Path) -> None:
    """Put what happened in FOLDER on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as problem:
        if problem.errno not in UNSYNCABLE:
            raise _stuck(folder, problem) from problem
    finally:
        os.close(descriptor)


def _stuck(path: Path, problem: OSError) -> InputUnusable:
    reason = reason_of(problem)
    return InputUnusable(f"{path} cannot be deleted ({reason}).", "Check that you may write to its folder.")
