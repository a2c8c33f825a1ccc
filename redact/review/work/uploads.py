"""Footage on its way in: written as it comes, for the owner alone, and deleted once it is taken in or is not."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from redact.errors import InputUnusable, UsageProblem
from redact.files import reason_of
from redact.governance.home import make_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["Upload", "Uploads"]

TOKEN = 8
RESERVE = 1 << 28
"""Bytes that are left free on the disk."""

TWICE = 2
"""Footage lies on the disk twice while it is taken in."""


class Upload:
    """One file that is being sent."""

    def __init__(self, path: Path, size: int | None, largest: int) -> None:
        """Write to PATH what has SIZE bytes, if that is known, and LARGEST at most. Raises InputUnusable."""
        self.path, self.size, self._largest, self.written = path, size, largest, 0
        self._check(size or 0)
        self._stream = path.open("xb")
        path.chmod(0o600)

    def write(self, data: bytes) -> None:
        """Write DATA after what was written. Raises InputUnusable where it becomes too much."""
        self.written += len(data)
        self._check(self.written, len(data))
        try:
            self._stream.write(data)
        except OSError as problem:
            raise _no_room(problem) from problem

    def finish(self) -> None:
        """Have it on the disk. Raises UsageProblem where less came than was to come, or nothing."""
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
        except OSError as problem:
            raise _no_room(problem) from problem
        if not self.written or (self.size is not None and self.written != self.size):
            message = f"Of {self.path.name} came {self.written:,} bytes{f' of {self.size:,}' if self.size else ''}."
            raise UsageProblem(message, "Add it once more, and leave the page open until it is there.")

    def close(self) -> None:
        """Write no more."""
        with suppress(OSError):
            self._stream.close()

    def _check(self, size: int, more: int = 0) -> None:
        """Raise InputUnusable where SIZE bytes are too many, or the disk has no room for MORE of them."""
        if size > self._largest:
            message = f"{self.path.name} is larger than what may be sent here ({self._largest:,} bytes)."
            raise InputUnusable(message, "Send a part of it, or have it taken in at the computer itself.")
        free = shutil.disk_usage(self.path.parent).free
        needed = (more or size * TWICE) + RESERVE
        if needed > free:
            message = (
                f"There is no room for {self.path.name} on the disk: {needed:,} bytes are needed, {free:,} are free."
            )
            raise InputUnusable(message, "Have room made on the disk of the records, and add it once more.")


class Uploads:
    """The folder in which footage arrives."""

    def __init__(self, folder: Path) -> None:
        """Take FOLDER, which is made if there is none. Raises InputUnusable."""
        make_folder(folder, 0o700)
        self.folder = folder

    @contextmanager
    def arriving(self, name: str, size: int | None, largest: int) -> Iterator[Upload]:
        """Give what to write a file called NAME to, and to finish. Where the block fails, nothing of it is left.

        Raises InputUnusable where there is no room for SIZE bytes, or they are more than LARGEST.
        """
        folder = self.folder / secrets.token_hex(TOKEN)
        folder.mkdir(mode=0o700)
        try:
            upload = Upload(folder / name, size, largest)
            try:
                yield upload
            finally:
                upload.close()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def forget(self, path: str) -> None:
        """Delete the file at PATH, which was taken in, or was not."""
        folder = Path(path).parent
        if folder.parent == self.folder:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self, wanted: Collection[str]) -> None:
        """Delete all that no job wants: it was on its way when the server ended."""
        kept = {Path(path).parent for path in wanted}
        for folder in self.folder.iterdir():
            if folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)


def _no_room(problem: OSError) -> InputUnusable:
    message = f"The footage could not be written down ({reason_of(problem)})."
    return InputUnusable(message, "Have room made on the disk of the records, and add it once more.")
