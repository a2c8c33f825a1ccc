"""A folder into which clips are put at any time: what rests is worked on, what is still being written is left."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from redact.errors import InputUnusable
from redact.jobs.batch_jobs import clips_of, find_jobs

if TYPE_CHECKING:
    from pathlib import Path

    from redact.jobs.batch_jobs import Job

__all__ = ["REST_S", "Inbox"]

REST_S = 30.0
"""How long a file is as it is, before it counts as whole: a copy over a network may pause for some seconds."""


class Inbox:
    """The clips of a folder, each given once it rests, and again when it is another file."""

    def __init__(self, folder: Path, out: Path, rest_s: float = REST_S) -> None:
        """Watch FOLDER for clips whose releases go to OUT, each for REST_S."""
        self.folder, self._out, self._rest_s = folder, out, rest_s
        self._seen: dict[Path, tuple[tuple[int, ...], float]] = {}
        self._given: dict[Path, tuple[int, ...]] = {}

    def begun(self) -> tuple[tuple[Job, ...], tuple[tuple[Path, str], ...]]:
        """Give what is there to do and to leave out at the beginning, which is nothing. Raises as a batch does."""
        clips_of(self.folder)
        self.jobs()
        return (), ()

    def jobs(self) -> list[Job]:
        """List what rests now and was not given before."""
        with suppress(InputUnusable):  # there is no clip yet, or the share is away
            jobs, _ = find_jobs(self.folder, self._out)
            return [job for job in jobs if self._rests(job.master)]
        return []

    def _rests(self, master: Path) -> bool:
        """Tell whether MASTER has been as it is for long enough, and was not given like that."""
        try:
            facts = master.stat()
        except OSError:
            return False
        now = facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
        known, since = self._seen.get(master, (None, 0.0))
        if known != now:
            self._seen[master] = now, monotonic()
            return False
        if monotonic() - since < self._rest_s or self._given.get(master) == now:
            return False
        self._given[master] = now
        return True
