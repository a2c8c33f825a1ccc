"""Where everything of a case lies, and one person at a time who changes it.

Whoever takes a case over first finishes its record: of a release that was begun by a process that was killed, it is
seen from the digest of its envelope whether it was made.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from redact.case.asked import asked
from redact.errors import InputUnusable, UsageProblem
from redact.files import PATIENCE_S, reason_of, wait_for
from redact.governance.ledger.events import EventKind
from redact.package.reader import digest_of
from redact.package.writer import sweep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow, ReleaseRow

__all__ = [
    "LONG",
    "SHORT",
    "case_folder",
    "clip_locked",
    "copy_folder",
    "copy_locked",
    "exhibit_name",
    "locked",
    "master_path",
    "plain_name",
    "recover",
    "scans_folder",
    "scans_path",
]

SHORT = 16
"""Hex digits of a digest that name a folder."""

SCANS = "scans"

LONG = 20
"""How often others are waited for by whoever has worked for long already, and would have to do it again."""

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


def scans_path(home: Path, sha256: str) -> Path:
    """Say where in HOME lies what was found in the master SHA256; one scan serves many requests."""
    return home / SCANS / sha256


def scans_folder(office: Office, sha256: str) -> Path:
    """Make that folder, where there is none, and give it."""
    return office.folder(SCANS, sha256)


def plain_name(text: str) -> str:
    """TEXT as a part of a file name that every system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "clip"


def exhibit_name(reference: str, copy_number: int, clip: ClipRow, others: Iterable[ClipRow]) -> str:
    """Name the copy of CLIP as an exhibit of its own, told apart from those of OTHERS; without endings."""
    stem, head = _stem(clip), f"{plain_name(reference)}_{copy_number}_"
    alike = [other for other in others if other.sha256 != clip.sha256 and _stem(other).casefold() == stem.casefold()]
    tail = f"-{clip.sha256[:8]}" if alike or len(head + stem) > LONGEST else ""
    return f"{head}{stem[: LONGEST - len(head + tail)]}{tail}"


def _stem(clip: ClipRow) -> str:
    return plain_name(clip.name.rsplit(".", 1)[0])


@contextmanager
def locked(office: Office, reference: str, *, tries: int = 1) -> Iterator[Path]:
    """Hold the case of REFERENCE for whoever is at work, and give its folder. The lock goes with the process.

    Whoever holds it is waited for, for half a minute, TRIES times. Raises UsageProblem where there is no such request,
    or where they are not done by then. Footage that is needed as well is held first, and a copy's place too.
    """
    asked(office, reference)
    folder = case_folder(office, reference)
    with _held(office, folder / ".lock", reference, tries=tries):
        recover(office, reference)
        yield folder


@contextmanager
def copy_locked(office: Office, reference: str, clip: ClipRow) -> Iterator[Path]:
    """Hold the place of the copy of CLIP for REFERENCE while one is made, and give it; the case goes on meanwhile.

    Raises UsageProblem where one is being made by somebody else.
    """
    folder = copy_folder(office, reference, clip.sha256)
    with _held(office, folder / ".lock", f"the copy of {clip.name} for {reference}"):
        yield folder


@contextmanager
def clip_locked(office: Office, sha256: str, *, patient: bool = True) -> Iterator[None]:
    """Hold the footage SHA256, which several cases may share, while it is taken in, scanned, held or purged.

    Waits as `locked` does, if PATIENT. Raises UsageProblem where someone else holds it for longer.
    """
    with _held(office, office.home / "masters" / f".{sha256}.lock", f"the footage {sha256[:12]}", patient=patient):
        yield


def recover(office: Office, reference: str) -> None:
    """Say of every release of REFERENCE that was begun by a process that was killed whether it was made or not.

    Only for whoever holds the case. What cannot be ruled out counts as made: a place that is not there to be looked
    at, such as a stick that was pulled out, may hold it, and so may one where another disk is now.
    """
    for row in office.register.releases(reference=reference):
        if row.state == "begun":
            made, why = _made(row, _device(office, row))
            with suppress(OSError):  # a hidden rest may be a second name of the archive, which no purge gets past
                sweep(Path(row.path).parent)
            kind = EventKind.RELEASED if made else EventKind.RELEASE_ABANDONED
            data = {"release": row.id, "why": why, "recovered": True}
            office.record(office.event(kind, reference=reference, data=data))


def _device(office: Office, row: ReleaseRow) -> int | None:
    """Give the disk to which the release of ROW was begun; None where that was not recorded."""
    begun = office.register.events(row.reference, (EventKind.RELEASE_BEGUN,))
    return next((event.data.get("device") for event in begun if event.data["release"] == row.id), None)


def _made(row: ReleaseRow, device: int | None) -> tuple[bool, str]:
    """Tell whether the release of ROW, begun on DEVICE, was made, and how that is known."""
    stopped, path = "the program was stopped before it could record this", Path(row.path)
    try:
        if path.parent.is_dir():
            there = digest_of(path) == row.envelope_sha256
            if there or device in (None, path.parent.stat().st_dev):
                return there, f"{stopped}; it {'is' if there else 'is not'} at {path}"
    except (InputUnusable, OSError):
        pass
    return True, f"{stopped}; {path.parent} cannot be looked at, or is another disk now, so it counts as made"


@contextmanager
def _held(office: Office, path: Path, what: str, *, patient: bool = True, tries: int = 1) -> Iterator[None]:
    """Hold the lock at PATH. Raises UsageProblem where someone else holds WHAT for long."""
    busy = f"Someone is working on {what} at this moment"

    def tell() -> None:
        office.tell(f"{busy}: waiting until they are done …")

    with _open(path) as stream:
        if not any(wait_for(stream, tell, patient=patient) for _ in range(tries)):
            message = f"{busy}, and was not done in {PATIENCE_S:.0f} seconds."
            raise UsageProblem(message, "Wait until that has ended, and do it again.")
        yield


@contextmanager
def _open(path: Path) -> Iterator[int]:
    try:
        stream = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o660)
    except OSError as problem:
        message = f"{path} cannot be opened ({reason_of(problem, 'unknown')})."
        raise InputUnusable(message, "Ask whoever set the records up to let you write there.") from problem
    try:
        yield stream
    finally:
        os.close(stream)
