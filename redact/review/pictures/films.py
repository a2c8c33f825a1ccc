"""Which file a picture is of: the master of a clip as it was scanned, or the last copy made of it."""

from __future__ import annotations

import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from redact.case.copies import copy_made
from redact.case.folder import scans_path
from redact.case.footage import last_scan, master, scanned
from redact.package.names import COPY, WITHHELD
from redact.records.clip import Damage
from redact.request.model import Request
from redact.request.times import frames_in
from redact.review.pictures.proxy import LANDMARKS
from redact.review.pictures.reels import Film
from redact.review.words import Turned
from redact.video.clock import offset
from redact.video.landmarks import Landmarks
from redact.video.probe import probe

if TYPE_CHECKING:
    from pathlib import Path

    from redact.case.copies import RecordedCopy
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.records.clip import Clip
    from redact.review.access.sessions import Session
    from redact.review.desk import Desk

__all__ = ["Films", "Shown"]

TRUSTED_S = 5.0
"""Seconds for which it is not asked again which scan or copy of a clip is the last."""

KEPT = 8
"""Clips whose tables of times are kept."""

MOST = 32
"""Files of which it is known which clip's they are: each keeps such a table, and check values of all its pictures."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A file whose frames are shown."""

    film: Film
    first: int = 0
    """Frame of the master that its first one is."""
    ends: int = 0
    """Frame of the master after its last one."""


class Films:
    """Finds the files, and keeps what it knows of those asked for lately."""

    def __init__(self, desk: Desk) -> None:
        """Find those of the records of DESK."""
        self._desk = desk
        self._lock = Lock()
        self._known: OrderedDict[tuple[str, str, str], tuple[float, Shown]] = OrderedDict()
        self._clips: OrderedDict[tuple[str, str], Clip] = OrderedDict()

    def master(self, session: Session, reference: str, row: ClipRow) -> Shown:
        """Give the master of ROW for whoever has SESSION. Raises UsageProblem where it was not scanned."""
        found = self._trusted(reference, row, "master")
        if found is None:
            with self._desk.office(session) as office:
                film = self._film(office, reference, row)
            found = self._keep(reference, row, "master", Shown(film, 0, len(film.clip)))
        return found

    def copy(self, session: Session, reference: str, row: ClipRow) -> Shown:
        """Give the last copy of ROW that was made for REFERENCE. Raises Turned (404) where there is none."""
        found = self._trusted(reference, row, "copy")
        if found is None:
            with self._desk.office(session) as office:
                made = copy_made(office, reference, row, read=False)
                if made is None:
                    raise Turned(404, "no-copy", f"No copy of {row.name} was made for {reference} yet.", "Make one.")
                clip = self._film(office, reference, row).clip
            found = self._keep(reference, row, "copy", _copied(made, clip))
        return found

    def gone(self) -> set[str]:
        """Give the masters, by SHA-256, of the films whose file is no longer there, and forget them."""
        with self._lock:
            lost = [name for name, (_, shown) in self._known.items() if not shown.film.clip.path.exists()]
            for name in lost:
                del self._known[name]
        return {sha256 for _, sha256, _ in lost}

    def _trusted(self, reference: str, row: ClipRow, of: str) -> Shown | None:
        at, shown = self._known.get((reference, row.sha256, of), (0.0, None))
        return shown if time.monotonic() - at < TRUSTED_S else None

    def _keep(self, reference: str, row: ClipRow, of: str, shown: Shown) -> Shown:
        """Keep what is SHOWN; the same file stays the same film, so that what was decoded of it is not lost."""
        name = (reference, row.sha256, of)
        with self._lock:
            _, before = self._known.get(name, (0.0, None))
            if before is not None and before.film.key == shown.film.key:
                shown = Shown(before.film, shown.first, shown.ends)
            self._known[name] = (time.monotonic(), shown)
            self._known.move_to_end(name)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return shown

    def _film(self, office: Office, reference: str, row: ClipRow) -> Film:
        """Give the master of ROW as it was scanned last, with its landmarks if it has any."""
        path, sha256 = master(office, row), str(last_scan(office, reference, row).get("scan", ""))
        with self._lock:
            clip = self._clips.get((row.sha256, sha256))
        if clip is None or clip.path != path:
            result, sha256 = scanned(office, reference, row, colours=False)
            clip = result.clip
            with self._lock:
                self._clips[row.sha256, sha256] = clip
                while len(self._clips) > KEPT:
                    self._clips.popitem(last=False)
        marks = scans_path(office.home, row.sha256) / LANDMARKS
        written = 0
        with suppress(OSError):
            written = marks.stat().st_mtime_ns
        key = f"{row.sha256}/{sha256}/{written}"
        return Film(key, clip, self._landmarks(key, marks, clip) if written else None)

    def _landmarks(self, key: str, path: Path, clip: Clip) -> Landmarks | None:
        """Read the landmarks of CLIP at PATH, unless they are those of the film of KEY that is known."""
        with self._lock:
            known = next((shown.film for _, shown in self._known.values() if shown.film.key == key), None)
        return known.landmarks if known else Landmarks.load(path, clip.sha256, len(clip))


def _copied(made: RecordedCopy, clip: Clip) -> Shown:
    """Say what the frames of the copy that was MADE of CLIP are; it has them at CLIP's own times."""
    path = made.file(COPY if made.passed else WITHHELD[COPY])
    wanted = Request().override({"span": made.event.data["settings"].get("span")})
    first, ends = frames_in(clip, wanted.span)
    source = probe(path)
    shift = offset(clip, (first, ends))
    ticks = [(tick - shift) * clip.time_base / source.time_base for tick in clip.pts[first:ends].tolist()]
    copy = source.clip(made.fact("copy"), np.array([round(tick) for tick in ticks], np.int64), Damage())
    return Shown(Film(f"{clip.sha256}/copy/{copy.sha256}", copy), first, ends)
