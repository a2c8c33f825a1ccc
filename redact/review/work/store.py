"""Jobs on the disk: each a whole file, so that a server that starts again knows of all of them."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from redact.files import canonical_json, clear_parts, read_small, write_whole
from redact.governance.home import make_folder
from redact.review.work.job import Job

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["KEPT", "Store"]

KEPT = 200
"""Jobs that are over and still shown; older ones are forgotten: what they did is on record."""

LARGEST = 1 << 20
"""Bytes of the file of a job."""

NAME = re.compile(r"[0-9a-f]{16}\.json")


class Store:
    """The folder of the jobs, open to whoever runs the server alone."""

    def __init__(self, folder: Path) -> None:
        """Take FOLDER, which is made if there is none. Raises InputUnusable."""
        make_folder(folder, 0o700)
        self.folder = folder

    def load(self) -> list[Job]:
        """Give every job, oldest first; what is damaged is passed over, and goes with the rests of killed writers."""
        clear_parts(self.folder)
        found = []
        for path in self.folder.iterdir():
            with suppress(OSError, ValueError, KeyError, TypeError):
                if NAME.fullmatch(path.name):
                    found.append(Job.of(json.loads(read_small(path, LARGEST))))
        return sorted(found, key=lambda job: (job.at, job.id))

    def keep(self, job: Job) -> None:
        """Write JOB down, whole or not at all. Raises InputUnusable where the disk is full."""
        write_whole(self._path(job), canonical_json(job.plain()))

    def forget(self, job: Job) -> None:
        """Delete what is kept of JOB."""
        self._path(job).unlink(missing_ok=True)

    def _path(self, job: Job) -> Path:
        return self.folder / f"{job.id}.json"
