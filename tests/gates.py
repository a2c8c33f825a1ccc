"""A gate in a worker: it is held where a test wants to stop or kill it, or the server behind it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

__all__ = ["Gate"]

WAIT_S = 60


class Gate:
    """Holds a worker where a test wants it."""

    def __init__(self, folder: Path) -> None:
        """Take FOLDER."""
        self.folder = folder
        folder.mkdir()

    def shut(self, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
        """Hold whoever comes to WHERE from now on."""
        monkeypatch.setenv("REDACT_TEST_ARM", where)
        monkeypatch.setenv("REDACT_TEST_FOLDER", str(self.folder))
        (self.folder / "gate").touch()

    def reached(self) -> int:
        """Wait until somebody is held, and give the number of the process."""
        path, end = self.folder / "reached", time.monotonic() + WAIT_S
        while not (path.exists() and path.read_text()):
            assert time.monotonic() < end
            time.sleep(0.02)
        return int(path.read_text())

    def open(self) -> None:
        """Let everybody pass."""
        (self.folder / "gate").unlink()
