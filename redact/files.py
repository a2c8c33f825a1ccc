"""Files as results: whole or absent, named by digest."""

from __future__ import annotations

import errno
import fcntl
import glob
import hashlib
import json
import os
import platform
import re
import secrets
import shutil
import stat
import time
import unicodedata
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redact.advice import Given
from redact.errors import InputUnusable
from redact.legible import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "ABANDONED_S",
    "PATIENCE_S",
    "canonical_json",
    "clear_parts",
    "cleared",
    "file_stem",
    "hidden_name",
    "legible",
    "only_readable",
    "publish",
    "read_small",
    "reason_of",
    "same_name",
    "scratch_file",
    "scratch_folder",
    "sha256_bytes",
    "sha256_file",
    "share",
    "sync",
    "sync_folder",
    "wait_for",
    "whole_file",
    "write_whole",
]


PART = re.compile(r"\..+\.(?:[0-9]+|[0-9a-f]{16}|(?P<machine>[0-9a-f]{8})-[0-9a-f]{8})\.part", re.DOTALL)
"""What a scratch file is called: number of the process or a random one in former times; now computer, and that."""

MACHINE = Path("/etc/machine-id")
"""Where systems keep what tells a computer from others."""

TOKEN = 8
"""Bytes of that number."""

ABANDONED_S = 24 * 3600
"""How long nobody has written to a scratch file that nobody works on, where no lock can tell."""

PATIENCE_S = 30.0
"""How long others are waited for who hold a lock."""

UNWRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)
"""What the system says where a file can only be read."""

LONG_S, BETWEEN_S = 1.0, 0.005
"""After how long it is said that they are waited for, and how long until it is tried again."""

LONGEST_SCRATCH = 100
"""Bytes of a name above which what is hidden beside it has a short one of its own, so that it fits as well."""

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


def read_small(path: Path, largest: int) -> bytes:
    """Read the file at PATH, which has up to LARGEST bytes. Raises InputUnusable where it has more, and OSError."""
    with path.open("rb") as stream:
        data = stream.read(largest + 1)
    if len(data) > largest:
        message = f"{path} has more than {largest:,} bytes, which no such file has."
        raise InputUnusable(message, "Check that it is the file you mean.")
    return data


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


def hidden_name(name: str) -> str:
    """Give what something hidden beside NAME is called after: that, or where it is long something short of its own."""
    return name if len(os.fsencode(name)) <= LONGEST_SCRATCH else sha256_bytes(os.fsencode(name))


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

    It is locked as long as its process lives. What processes that were killed left in the folder goes first. Raises
    InputUnusable where the folder cannot be written or the disk is full.
    """
    part = path.with_name(f".{hidden_name(path.name)}.{_machine()}-{secrets.token_hex(TOKEN // 2)}.part")
    with ExitStack() as held:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            clear_parts(path.parent)
            held.callback(os.close, _made_and_held(part))
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


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Give a folder in PARENT whose name begins with PREFIX, for its owner alone, that is gone afterwards.

    As long as its process lives it is locked; those of processes that were killed go first. Raises OSError.
    """
    for left in parent.glob(f"{glob.escape(prefix)}{'[0-9a-f]' * 2 * TOKEN}"):
        with suppress(OSError):
            cleared(left)
    while True:
        folder = parent / f"{prefix}{secrets.token_hex(TOKEN)}"
        folder.mkdir(mode=0o700)
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with suppress(OSError):  # a file system without locks, as some network shares are
                fcntl.flock(number, fcntl.LOCK_EX)
            if folder.exists():
                yield folder
                return
        finally:
            os.close(number)
            shutil.rmtree(folder, ignore_errors=True)


def clear_parts(folder: Path) -> tuple[Path, ...]:
    """Remove the scratch files in FOLDER that nobody writes to any more, and that are of whoever runs this.

    Their processes were killed, for a lock goes with its process. Where a file system has no locks, or another computer
    made them, whose locks may not be seen here, those that nobody has written to for a day are removed. Gives what was
    removed.
    """
    removed = []
    with suppress(OSError):
        for part in sorted(folder.iterdir()):
            with suppress(OSError):
                known = PART.fullmatch(part.name)
                if known and stat.S_ISREG(part.lstat().st_mode):
                    foreign = known["machine"] not in {None, _machine()}
                    if not (foreign and _fresh(part.lstat().st_mtime)) and cleared(part):
                        removed.append(part)
    return tuple(removed)


def cleared(part: Path) -> bool:
    """Remove PART, a file or folder, if it is our own and nobody's work. Raises OSError where that cannot be done."""
    number = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        facts = os.fstat(number)
        if facts.st_uid != os.geteuid() or not _idle(number, facts.st_mtime):
            return False
        # while it is locked: whoever has just made it waits, and sees that it is gone
        shutil.rmtree(part) if stat.S_ISDIR(facts.st_mode) else part.unlink()
    finally:
        os.close(number)
    return True


def _idle(number: int, written: float) -> bool:
    """Lock the open file; where its file system has no locks, tell whether it was WRITTEN long ago."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return not _fresh(written)
    return True


def _fresh(written: float) -> bool:
    """Tell whether somebody may still work on what was WRITTEN then, where no lock can tell."""
    return time.time() - written <= ABANDONED_S


@cache
def _machine() -> str:
    """Tell this computer from others that write to the same folder, in eight digits."""
    known = platform.node()
    with suppress(OSError):
        known += MACHINE.read_text()
    return sha256_bytes(known.encode())[:TOKEN]


def _made_and_held(part: Path) -> int:
    """Make the file PART and hold its lock; gives its descriptor, which lets go of it when it is closed."""
    while True:
        number = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with suppress(OSError):  # a file system without locks, as some network shares are
            fcntl.flock(number, fcntl.LOCK_EX)
        if os.fstat(number).st_nlink:
            return number
        os.close(number)  # another process cleared it away before it was locked


def wait_for(
    descriptor: int, waiting: Callable[[], object] = int, *, shared: bool = False, patient: bool = True
) -> bool:
    """Hold the lock of an open file; where others hold it, wait some PATIENCE_S, and tell WAITING when that takes long.

    SHARED: beside others who only read. Whoever is not PATIENT does not wait. Gives whether it is held. Raises OSError
    where the file system has no locks.
    """
    how, begun, told = fcntl.LOCK_SH if shared else fcntl.LOCK_EX, time.monotonic(), False
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = time.monotonic() - begun
            if not patient or waited > PATIENCE_S:
                return False
            if waited > LONG_S and not told:
                waiting()
                told = True
            time.sleep(BETWEEN_S)
        else:
            return True


def publish(part: Path, path: Path) -> None:
    """Make the finished PART appear as PATH in one step, after its bytes are on the disk."""
    sync(part)
    part.replace(path)
    with suppress(OSError):  # some file systems do not sync folders; the rename has happened all the same
        sync_folder(path.parent)


def only_readable(path: Path) -> bool:
    """Tell whether there is a file at PATH that whoever runs this cannot write to; it is opened to find out."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as problem:
        return problem.errno in UNWRITABLE
    return False


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
