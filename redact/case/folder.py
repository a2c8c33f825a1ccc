"""Where everything of a case lies, and one person at a time who changes it."""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from redact.errors import InputUnusable, UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from redact.governance.office import Office
    from redact.governance.register import ClipRow

__all__ = ["case_folder", "copy_folder", "exhibit_name", "locked", "master_path", "plain_name", "scans_folder"]

SHORT = 16
"""Hex digits of a digest that name a folder."""

LONGEST = 80
"""Letters of an exhibit's name, before its endings."""


def case_folder(office: Office, reference: str) -> Path:
    """Give the folder of the request REFERENCE, made if there is none; two references never share one."""
    return office.folder("cases", quote(reference, safe=""))


def copy_folder(office: Office, reference: str, sha256: str) -> Path:
    """Give the folder for copies of the master SHA256 in the case of REFERENCE."""
    return office.folder("cases", case_folder(office, reference).name, sha256[:SHORT])


def master_path(office: Office, clip: ClipRow) -> Path:
    """Say where the master of CLIP lies."""
    return office.home / "masters" / clip.sha256 / clip.name


def scans_folder(office: Office, sha256: str) -> Path:
    """Give the folder for what was found in the master SHA256; one scan serves many requests."""
    return office.folder("scans", sha256)


def plain_name(text: str) -> str:
    """TEXT as a part of a file name that every system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "clip"


def exhibit_name(reference: str, copy_number: int, clip: ClipRow, others: Iterable[ClipRow]) -> str:
    """Name the copy of CLIP as an exhibit of its own, told apart from those of OTHERS; without endings."""
    stem, head = _stem(clip), f"{plain_name(reference)}_{copy_number}_"
    alike = [one for one in others if one.sha256 != clip.sha256 and _stem(one).casefold() == stem.casefold()]
    tail = f"-{clip.sha256[:8]}" if alike or len(head + stem) > LONGEST else ""
    return f"{head}{stem[: LONGEST - len(head + tail)]}{tail}"


def _stem(clip: ClipRow) -> str:
    return plain_name(clip.name.rsplit(".", 1)[0])


@contextmanager
def locked(office: Office, reference: str) -> Iterator[Path]:
    """Hold the case of REFERENCE for whoever is at work, and give its folder. The lock goes with the process.

    Raises UsageProblem where someone else holds it.
    """
    folder = case_folder(office, reference)
    with _open(folder / ".lock") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"Someone is working on {reference} at this moment."
            raise UsageProblem(message, "Wait until that has ended, and give the command again.") from None
        yield folder


@contextmanager
def _open(path: Path) -> Iterator[int]:
    try:
        stream = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o660)
    except OSError as problem:
        message = f"{path} cannot be opened ({(problem.strerror or 'unknown').lower()})."
        raise InputUnusable(message, "Ask whoever set the records up to let you write there.") from problem
    try:
        yield stream
    finally:
        os.close(stream)
