"""What is worked out of a scan and asked for again and again: read once, and kept while somebody is at work on it."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from redact.case.aside import people_of
from redact.case.folder import SHORT, scans_folder
from redact.case.footage import last_scan, master, scan_there
from redact.detect.scan_file import load_scan
from redact.errors import InputUnusable
from redact.files import write_whole
from redact.report.subject_sheet import described
from redact.track.people_file import from_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from redact.detect.found import Scan
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.records.tracks import Tracks
    from redact.report.subject_sheet import Listed
    from redact.track.listing import People

__all__ = ["Known", "Recent", "known"]

T = TypeVar("T")

ENDING = "people.npz"
KEPT = 3
"""Scans that are kept at once."""


@dataclass(slots=True)
class _Place(Generic[T]):
    """One thing that is kept, and who makes it."""

    lock: Lock = field(default_factory=Lock)
    made: list[T] = field(default_factory=list)


class Recent(Generic[T]):
    """The last few of something that takes a while: made once, also where several ask at the same time."""

    def __init__(self, most: int) -> None:
        """Keep MOST of them."""
        self._most, self._lock = most, Lock()
        self._places: OrderedDict[Hashable, _Place[T]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what KEY stands for, which MAKE makes where it is not kept."""
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            while len(self._places) > self._most:
                self._places.popitem(last=False)
        with place.lock:
            if not place.made:
                place.made.append(make())
            return place.made[0]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A scan, and who is in it."""

    scan: Scan
    """Without what people look like: that told who is who, and is most of it."""
    sha256: str
    """Of the scan's file."""
    people: People
    found: Tracks
    """As they were found, before anybody was told apart."""
    number: dict[str, int]
    """Position in the subjects of each, by id."""
    _described: dict[int, Listed] = field(default_factory=dict)

    @classmethod
    def of(cls, scan: Scan, sha256: str, everyone: People, found: Tracks) -> Known:
        """Put together SCAN, the digest SHA256 of its file, EVERYONE in it, and its tracks as FOUND."""
        number = {subject.id: place for place, subject in enumerate(everyone.subjects)}
        return cls(scan, sha256, everyone, found, number)

    def described(self, number: int) -> Listed:
        """Tell of the subject at NUMBER, without a picture."""
        if number not in self._described:
            self._described[number] = described(self.scan.clip, self.people, number)
        return self._described[number]

    @property
    def listed(self) -> tuple[Listed, ...]:
        """Tell of everyone: people, then things, then what is unclear."""
        return tuple(self.described(number) for number in range(len(self.people.subjects)))


_recent: Recent[Known] = Recent(KEPT)


def known(office: Office, reference: str, clip: ClipRow) -> Known:
    """Give what was found in CLIP for the request REFERENCE, and who is in it.

    What is kept is what the scan's file was when its digest was compared, so no change of it since matters. Raises as
    `redact.case.footage.scanned`, and NotPermitted where the footage is past its time.
    """
    facts = last_scan(office, reference, clip)
    if not facts:
        scan_there(office, reference, clip)  # says what to do
    path = master(office, clip)

    def worked_out() -> Known:
        file, sha256 = scan_there(office, reference, clip)
        scan, _ = load_scan(file, path, clip.sha256, colours=False)
        return Known.of(scan, sha256, *_people(office, clip, scan, file, sha256))

    return _recent.get((facts.get("scan"), path), worked_out)


def _people(office: Office, clip: ClipRow, scan: Scan, file: Path, sha256: str) -> tuple[People, Tracks]:
    """Give who is in SCAN of CLIP, read from FILE, whose digest is SHA256, and its tracks as found.

    As they were kept beside it; else they are worked out, and then kept.
    """
    path = scans_folder(office, clip.sha256) / f"{sha256[:SHORT]}.{ENDING}"
    with suppress(OSError):
        kept = from_bytes(path.read_bytes(), scan, sha256)
        if kept is not None:
            return kept
    data = people_of(file, sha256, scan.clip.path, clip.sha256, len(scan.found))
    made = from_bytes(data, scan, sha256)
    if made is None:
        message = (
            f"Who is who in {clip.name} was worked out by another version of redact, which was installed meanwhile."
        )
        raise InputUnusable(message, "Stop what runs of the version before, and start it again.")
    if not office.reading:
        write_whole(path, data)
        office.keep(path)
    return made
