"""What is finished of a long job, beside its results: whoever is stopped in the middle goes on from there.

The folder is hidden and its owner's alone. It is gone when the job has ended, and whatever was left by one that nobody
took up again goes with the next job in the same place.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from redact.advice import Given
from redact.detect.scan_file import load_scan, save_scan, scan_name
from redact.errors import InputUnusable, SourceChanged, UsageProblem
from redact.files import (
    canonical_json,
    clear_parts,
    cleared,
    hidden_name,
    reason_of,
    sha256_file,
    wait_for,
    write_whole,
)
from redact.jobs.tasks import Made
from redact.verify.seen import from_plain, to_plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from redact.detect.found import Scan
    from redact.jobs.options import Options
    from redact.jobs.results import Results
    from redact.records.tracks import Detector
    from redact.video.pieces import Piece

__all__ = ["ENDING", "Kept", "keep", "kept"]

ENDING = ".pieces"
"""Of the folder's name."""

BEGUN = "begun.json"
VERSION = "redact-pieces/1"

KEPT_S = 7 * 24 * 3600
"""How long what is finished is kept of a job that nobody goes on with."""


def keep(made: Made) -> None:
    """Keep what was seen of the piece MADE, beside its file; what is wrong with one is never kept."""
    if made.seen.sound:
        facts = {"sha256": made.sha256, "master": made.master, "seen": to_plain(made.seen)}
        write_whole(_record(made.piece.path), canonical_json(facts))


def kept(piece: Piece) -> Made | None:
    """Give PIECE with what was seen of it, if it was finished; its file may be gone by now."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        facts = json.loads(_record(piece.path).read_bytes())
        master = tuple(int(number) for number in facts["master"])
        return Made(piece, str(facts["sha256"]), master, from_plain(facts["seen"]))
    return None


def _record(path: Path) -> Path:
    """Say where it stands what was seen of the piece at PATH."""
    return path.with_suffix(".json")


class Kept:
    """What is finished of one job. One process at a time works with it."""

    def __init__(self, results: Results, job: str) -> None:
        """Look for what there is beside RESULTS of a JOB, a digest of what is asked; nothing is made yet."""
        self.folder, self._job = results.folder / f".{hidden_name(results.name)}.{os.geteuid()}{ENDING}", job
        self._held: int | None = None
        self._clear_abandoned()
        self.begun = self._begun()
        """When that job began, if some of it is finished."""

    @contextmanager
    def until_done(self) -> Iterator[None]:
        """Hold it, and remove it when the block is done, or finds that the master is not what it was; else it stays.

        Raises UsageProblem where another process holds it.
        """
        try:
            if _ours(self.folder):
                self._hold()
            if self.begun is None:
                self._let_go()
            try:
                yield
            except SourceChanged:
                self._clear()
                raise
            self._clear()
        finally:
            self._let_go()

    def begin(self, at: datetime) -> None:
        """Make the folder for a job that began AT, where there is none of it; what is there of another job goes.

        Raises UsageProblem where that is being made, InputUnusable where the folder cannot be made.
        """
        if self.begun is not None:
            return
        if _ours(self.folder):
            self._hold()
            shutil.rmtree(self.folder, ignore_errors=True)
            self._let_go()
        elif not self.folder.is_symlink():
            with suppress(OSError):  # a process was killed as it began
                clear_parts(self.folder)
                self.folder.rmdir()
        try:
            self.folder.mkdir(parents=True, mode=0o700)
        except OSError as problem:
            message = f"{self.folder} cannot be made ({reason_of(problem)})."
            away = "Move what is there away, or choose another folder with "
            raise InputUnusable(message, away, Given.FOLDER, ".") from problem
        self._hold()
        facts = {"version": VERSION, "job": self._job, "begun": at.isoformat()}
        write_whole(self.folder / BEGUN, canonical_json(facts))
        self.begun = at

    def _hold(self) -> None:
        """Lock the folder, so that no other process works with it. Raises UsageProblem where one does."""
        with suppress(OSError):  # a file system without locks, as some network shares are
            self._held = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            if not wait_for(self._held, patient=False):
                self._let_go()
                message = f"{self.folder.parent} has a copy of that name in the making, by another run."
                raise UsageProblem(
                    message, "Wait until it is done, or give this one another name with ", Given.NAME, "."
                )

    def _let_go(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def scan(self, master: Path, detectors: Sequence[Detector], how: Options, *, closely: bool) -> Scan | None:
        """Give what DETECTORS found in MASTER, read as HOW says, if that was finished."""
        path = self._scan_path(detectors, how)
        if self.begun is None or not path.exists():
            return None
        with suppress(InputUnusable, SourceChanged):
            scan, _ = load_scan(path, master, sha256_file(master))
            return scan if scan.closely == closely else None
        return None

    def keep_scan(self, scan: Scan, detectors: Sequence[Detector], how: Options) -> None:
        """Keep SCAN, made with DETECTORS as HOW says."""
        save_scan(scan, detectors, self._scan_path(detectors, how))

    def path(self, key: str) -> Path:
        """Say where the piece called KEY is, if it is finished."""
        return self.folder / f"{key}.mp4"

    def _clear(self) -> None:
        """Remove it, if it is this job's."""
        if self.begun is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.begun = None

    def _scan_path(self, detectors: Sequence[Detector], how: Options) -> Path:
        return self.folder / scan_name(detectors, how.fps, how.stream)

    def _begun(self) -> datetime | None:
        """Tell when the job began whose folder this is; None where there is none, or it is of another one."""
        with suppress(OSError, ValueError, LookupError, TypeError):
            facts = json.loads((self.folder / BEGUN).read_bytes())
            if _ours(self.folder) and facts["job"] == self._job:
                return datetime.fromisoformat(facts["begun"]).astimezone(UTC)
        return None

    def _clear_abandoned(self) -> None:
        """Remove the folders of jobs here that nobody went on with for KEPT_S, and nobody works with."""
        with suppress(OSError):
            for folder in self.folder.parent.glob(f".*.{os.geteuid()}{ENDING}"):
                if time.time() - folder.lstat().st_mtime > KEPT_S and _ours(folder):
                    cleared(folder)


def _ours(folder: Path) -> bool:
    """Tell whether FOLDER is one of these, and of whoever runs this."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        facts = folder.lstat()
        mine = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid()
        return mine and json.loads((folder / BEGUN).read_bytes())["version"] == VERSION
    return False
