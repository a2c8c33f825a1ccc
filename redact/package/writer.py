"""A release as it is handed over: its files and one signed envelope, in a folder or an archive that appears whole."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import zlib
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from errno import EEXIST, ENOTEMPTY, ENOTSUP, EOPNOTSUPP, EPERM
from typing import TYPE_CHECKING, NamedTuple

from redact.advice import Given
from redact.errors import InputUnusable, SourceChanged, UsageProblem, VerificationFailed
from redact.files import reason_of, sha256_bytes, share, sync_folder
from redact.package.canonical_zip import Member, end, header
from redact.package.reader import PIECE, digest_of, in_order
from redact.package.record import ENVELOPE, attest, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from redact.package.envelope import Signer
    from redact.package.record import ReleaseRecord

__all__ = ["Package", "Ready", "digest_of", "make_package", "prepared", "sweep"]

UNFINISHED = ".redact-package"
"""Ending of the hidden folder in which a package is built."""

LEFT_ALONE = (FileNotFoundError, BlockingIOError, NotADirectoryError, PermissionError)
"""What shows that a folder being swept has gone, is still built in, is none, or belongs to another user."""

NO_LINKS = frozenset({EPERM, ENOTSUP, EOPNOTSUPP})
"""How a file system says that it has no links."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package that was made."""

    path: Path
    digest: str
    """SHA-256 of its envelope, which is about all other bytes of it."""
    files: Mapping[str, str]
    """SHA-256 of each file but the envelope, by name."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A package that is built and signed, and not there yet under its name."""

    part: Path
    made: Package

    @property
    def digest(self) -> str:
        """SHA-256 of its envelope: what `digest_of` gives once it is published."""
        return self.made.digest

    def publish(self) -> Package:
        """Let it appear under its name, in one step. Raises InputUnusable where something is there already."""
        target = self.made.path
        _refuse(target)
        try:
            if self.part.is_dir():
                self.part.rename(target)  # which a file, or a folder with anything in it, withstands
            else:
                _link(self.part, target)
            sync_folder(target.parent)
        except OSError as problem:
            if problem.errno in {EEXIST, ENOTEMPTY}:
                raise _taken(target) from problem
            raise _unwritable(target, problem) from problem
        return self.made


class _Copied(NamedTuple):
    """What was copied of one file."""

    sha256: str
    size: int
    crc: int


def make_package(
    files: Mapping[str, Path | bytes], record: ReleaseRecord, key: Signer, target: Path, *, zipped: bool
) -> Package:
    """Make the package of FILES at TARGET, signed with KEY; see `prepared`."""
    with prepared(files, record, key, target, zipped=zipped) as ready:
        return ready.publish()


@contextmanager
def prepared(
    files: Mapping[str, Path | bytes], record: ReleaseRecord, key: Signer, target: Path, *, zipped: bool
) -> Iterator[Ready]:
    """Build the package of FILES, by name, and what RECORD says of them, signed with KEY; it may then be published.

    Unless it is published, nothing is left of it. Raises InputUnusable where TARGET exists or cannot be written,
    UsageProblem where a name is unsafe, VerificationFailed or SourceChanged where a file is not the one recorded.
    """
    _check_names(files)
    _refuse(target)
    with ExitStack() as stack:
        try:
            _make_folder(target.parent)
            sweep(target.parent)
            build = stack.enter_context(_hidden(target.parent))
            ready = _build(files, record, key, build / "package", target, zipped=zipped)
        except OSError as problem:
            raise _unwritable(target, problem) from problem
        yield ready


def sweep(folder: Path) -> tuple[Path, ...]:
    """Remove what processes that were killed while they built packages left in FOLDER; gives what it removed."""
    removed = []
    for path in sorted(folder.glob(f".*{UNFINISHED}")):
        with suppress(*LEFT_ALONE):
            number = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path)
                removed.append(path)
            finally:
                os.close(number)
    return tuple(removed)


@contextmanager
def _hidden(folder: Path) -> Iterator[Path]:
    """Give a hidden folder in FOLDER to build in, for its owner alone; it is locked as long as its process lives."""
    while True:
        build = folder / f".{secrets.token_hex(8)}{UNFINISHED}"
        build.mkdir(mode=0o700)
        number = os.open(build, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            if not build.exists():  # another process swept it before it was locked
                continue
            yield build
            return
        finally:
            os.close(number)
            shutil.rmtree(build, ignore_errors=True)


def _build(
    files: Mapping[str, Path | bytes], record: ReleaseRecord, key: Signer, part: Path, target: Path, *, zipped: bool
) -> Ready:
    """Build the package at PART, on the disk to the last byte."""
    with _writer(part, zipped=zipped) as add:
        copied = {name: add(name, files[name]) for name in in_order(list(files))}
        _check_footage(record, copied)
        digests = {name: file.sha256 for name, file in copied.items()}
        envelope = attest(digests, record, key)
        add(ENVELOPE, envelope)
    sync_folder(part.parent)
    return Ready(part, Package(target, sha256_bytes(envelope), digests))


class _FolderWriter:
    """Writes files into a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, name: str, source: Path | bytes) -> _Copied:
        path = self.path / name
        with path.open("xb") as stream:
            copied = _copy(source, stream)
            share(path)
            _flush(stream)
        return copied


class _ArchiveWriter:
    """Writes files into an archive."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.members: list[Member] = []

    def __call__(self, name: str, source: Path | bytes) -> _Copied:
        member = Member(name, _size(source), 0, self.stream.tell())
        self.stream.write(header(member))
        copied = _copy(source, self.stream)
        if copied.size != member.size:
            message = f"{source!s} has changed while it was packed."
            raise InputUnusable(message, "Check that nothing writes to it, and release again.")
        member = Member(name, copied.size, copied.crc, member.at)
        self.stream.seek(member.at)
        self.stream.write(header(member))
        self.stream.seek(member.ends)
        self.members.append(member)
        return copied


@contextmanager
def _writer(part: Path, *, zipped: bool) -> Iterator[_FolderWriter | _ArchiveWriter]:
    """Give what adds a file to the package at PART; at the end all of it is on the disk."""
    if zipped:
        with part.open("xb") as stream:
            share(part)
            archive = _ArchiveWriter(stream)
            yield archive
            stream.write(end(archive.members))
            _flush(stream)
    else:
        part.mkdir(mode=0o777)  # less what the user's umask takes away; what it is in is the owner's alone
        yield _FolderWriter(part)
        sync_folder(part)


def _copy(source: Path | bytes, stream: BinaryIO) -> _Copied:
    """Copy SOURCE to STREAM."""
    digest, size, crc = hashlib.sha256(), 0, 0
    for piece in _pieces(source):
        digest.update(piece)
        size, crc = size + len(piece), zlib.crc32(piece, crc)
        stream.write(piece)
    return _Copied(digest.hexdigest(), size, crc)


def _pieces(source: Path | bytes) -> Iterator[bytes]:
    """Read SOURCE. Raises InputUnusable where it cannot be read."""
    if isinstance(source, bytes):
        yield source
        return
    if source.exists() and not source.is_file():
        message = f"{source} is not a file that can be read to an end."
        raise InputUnusable(message, "Choose a file, not a folder or a device.")
    try:
        with source.open("rb") as stream:
            while piece := stream.read(PIECE):
                yield piece
    except OSError as problem:
        raise _unreadable(source, problem) from problem


def _size(source: Path | bytes) -> int:
    """Give the size of SOURCE in bytes."""
    try:
        return len(source) if isinstance(source, bytes) else source.stat().st_size
    except OSError as problem:
        raise _unreadable(source, problem) from problem


def _check_names(files: Mapping[str, Path | bytes]) -> None:
    """Raise UsageProblem where a name of FILES is unsafe, or means the same file as another on some computer."""
    seen: set[str] = set()
    for name in files:
        if not safe(name) or name.casefold() in seen:
            message = f"A file of a release cannot be called {name!r}."
            raise UsageProblem(message, "Give it a name of its own, without slashes and without a dot in front.")
        seen.add(name.casefold())


def _check_footage(record: ReleaseRecord, copied: Mapping[str, _Copied]) -> None:
    """Raise VerificationFailed or SourceChanged where RECORD is about other footage than was COPIED."""
    for file in record.footage:
        there = copied.get(file.name)
        if there is None or (there.sha256, there.size) != (file.sha256, file.size_bytes):
            state = "is missing" if there is None else f"has SHA-256 {there.sha256[:12]}… now"
            message = f"{file.name} {state}; recorded is SHA-256 {file.sha256[:12]}…."
            if record.native:
                raise SourceChanged(message)
            raise VerificationFailed(message, "Make the copy again and have it approved; nothing was released.")


def _refuse(target: Path) -> None:
    """Raise InputUnusable where there is anything at TARGET."""
    if os.path.lexists(target):
        raise _taken(target)


def _link(part: Path, target: Path) -> None:
    """Give the file PART the name TARGET, unless something has it."""
    try:
        os.link(part, target)
    except OSError as problem:
        if problem.errno not in NO_LINKS:
            raise
        part.rename(target)  # such as on a USB stick: nothing was there a moment ago


def _make_folder(folder: Path) -> None:
    """Make FOLDER and those above it, on the disk as well."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in missing:
        sync_folder(place.parent)


def _flush(stream: BinaryIO) -> None:
    """Have what was written to STREAM on the disk."""
    stream.flush()
    os.fsync(stream.fileno())


def _taken(target: Path) -> InputUnusable:
    return InputUnusable(
        f"{target} exists already.", "Choose another place with ", Given.FOLDER, "; a release is never replaced."
    )


def _unreadable(source: Path | bytes, problem: OSError) -> InputUnusable:
    message = f"{source!s} cannot be read ({reason_of(problem)})."
    return InputUnusable(message, "Check that it is there and that you may read it.")


def _unwritable(target: Path, problem: OSError) -> InputUnusable:
    message = f"{target} cannot be written ({reason_of(problem)})."
    return InputUnusable(message, "Choose another folder with ", Given.FOLDER, ", or make room on the disk.")
