"""What a package holds, whether it is a folder or an archive, read piece by piece and never trusted."""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from redact.errors import InputUnusable
from redact.files import reason_of
from redact.package.canonical_zip import LOCAL, Member, NotCanonical, read_members
from redact.package.record import ENVELOPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["PIECE", "Contents", "digest", "digest_of", "in_order", "opened", "package_at", "packages_in"]

PIECE = 1024 * 1024
"""Bytes read at a time."""


class Contents(Protocol):
    """A package, as found."""

    @property
    def archive(self) -> bool:
        """Whether it is an archive."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all its files."""
        ...

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with its form, each as the end of a sentence."""
        ...

    def pieces(self, name: str) -> Iterator[bytes]:
        """Read file NAME. Raises NotCanonical at its end where the archive contradicts itself."""
        ...


def package_at(path: Path) -> Path | None:
    """Find the package that PATH means: the folder or archive there, or the folder of the file there, or None."""
    if path.is_dir():
        return path if os.path.lexists(path / ENVELOPE) else None
    if path.is_file() and _archive(path):
        return path
    return path.parent if path.name == ENVELOPE or os.path.lexists(path.parent / ENVELOPE) else None


def packages_in(folder: Path) -> tuple[Path, ...]:
    """List what may be a package in FOLDER, without opening any: folders with an envelope, and files called ZIP.

    Where FOLDER is a file, nothing lies in it.
    """
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    return tuple(path for path in inside if os.path.lexists(path / ENVELOPE) or (path.is_file() and _named_zip(path)))


@contextmanager
def opened(path: Path) -> Iterator[Contents]:
    """Open the package at PATH, a folder or an archive. Raises InputUnusable where it cannot be read."""
    try:
        if path.is_dir():
            yield _list(path)
        else:
            with path.open("rb") as stream:
                yield _table(stream)
    except OSError as problem:
        raise _unreadable(path, problem) from problem


def digest_of(path: Path) -> str | None:
    """Give the SHA-256 of the envelope of the package at PATH; None where there is no package, or a damaged one."""
    if not os.path.lexists(path):
        return None
    with opened(path) as contents:
        return digest(contents, ENVELOPE) if ENVELOPE in contents.names and not contents.faults else None


def digest(contents: Contents, name: str) -> str | None:
    """Give the SHA-256 of file NAME of CONTENTS; None where the archive contradicts itself."""
    sha256 = hashlib.sha256()
    try:
        for piece in contents.pieces(name):
            sha256.update(piece)
    except NotCanonical:
        return None
    return sha256.hexdigest()


def in_order(names: Sequence[str]) -> list[str]:
    """Sort NAMES as they stand in an archive: the envelope last, for it is about all others."""
    return sorted(names, key=lambda name: (name == ENVELOPE, name))


def _named_zip(path: Path) -> bool:
    """Tell whether PATH is called a ZIP, whatever is there."""
    return path.suffix.lower() == ".zip"


def _archive(path: Path) -> bool:
    """Tell whether the file at PATH is meant to be an archive."""
    if _named_zip(path):
        return True
    try:
        with path.open("rb") as stream:
            return stream.read(len(LOCAL)) == LOCAL
    except OSError as problem:
        raise _unreadable(path, problem) from problem


@dataclass(frozen=True, slots=True)
class _Folder:
    """A package that is a folder."""

    path: Path
    names: tuple[str, ...]
    faults: tuple[str, ...]
    archive: bool = False

    def pieces(self, name: str) -> Iterator[bytes]:
        number = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(number, "rb") as stream:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                message = f"{name} is no plain file"
                raise NotCanonical(message)
            while piece := stream.read(PIECE):
                yield piece


@dataclass(frozen=True, slots=True)
class _Archive:
    """A package that is an archive."""

    stream: BinaryIO
    members: dict[str, Member]
    faults: tuple[str, ...]
    archive: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.members)

    def pieces(self, name: str) -> Iterator[bytes]:
        member, crc = self.members[name], 0
        self.stream.seek(member.begins)
        left = member.size
        while left and (piece := self.stream.read(min(PIECE, left))):
            left, crc = left - len(piece), zlib.crc32(piece, crc)
            yield piece
        if left or crc != member.crc:
            message = f"{name} is not what the archive says it is"
            raise NotCanonical(message)


def _list(path: Path) -> _Folder:
    """List the folder at PATH."""
    with os.scandir(path) as listed:
        entries = {entry.name: entry.is_file(follow_symlinks=False) for entry in listed}
    faults = tuple(f"{name} is no plain file" for name, plain in sorted(entries.items()) if not plain)
    return _Folder(path, tuple(sorted(name for name, plain in entries.items() if plain)), faults)


def _table(stream: BinaryIO) -> _Archive:
    """List the archive in STREAM."""
    size = stream.seek(0, os.SEEK_END)
    try:
        members = read_members(stream, size)
    except NotCanonical as wrong:
        return _Archive(stream, {}, (str(wrong),))
    names = [member.name for member in members]
    faults = () if names == in_order(list(set(names))) else ("its files are not in their order, or one is there twice",)
    return _Archive(stream, {member.name: member for member in members}, faults)


def _unreadable(path: Path, problem: OSError) -> InputUnusable:
    message = f"{path} cannot be read ({reason_of(problem)})."
    return InputUnusable(message, "Check the name, and that you may read it.")
