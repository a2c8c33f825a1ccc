"""What every test is held to, and where the shared footage is."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from databases import place, postgresql, register  # noqa: F401  fixtures for every folder
from desks import browser, desk, second  # noqa: F401  fixtures for the page's tests
from hypothesis import HealthCheck, settings
from people import _own_settings  # noqa: F401  a fixture for all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("ci", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


class _Errors(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep RECORD."""
        self.lines.append(f"{record.name}: {record.getMessage()}")


def _threads() -> set[threading.Thread]:
    """List the threads that the program started; those of libraries, which Python only met, do not count."""
    return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}


@pytest.fixture(autouse=True)
def _quiet_and_tidy() -> Iterator[None]:
    """No test logs an error or leaves a thread behind."""
    before, errors, root = _threads(), _Errors(), logging.getLogger()
    root.addHandler(errors)
    yield
    root.removeHandler(errors)
    assert not errors.lines, f"logged as errors: {errors.lines}"
    end = time.monotonic() + 2
    while (left := _threads() - before) and time.monotonic() < end:
        time.sleep(0.01)
    assert not left, f"threads left behind: {left}"


@pytest.fixture(scope="session")
def data() -> Path:
    """Where the shared footage is; a test that needs it is skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the shared footage is not at {folder}")
    return folder


def _disk(folder: Path, size: str) -> Iterator[Path]:
    """Make a file system of SIZE at FOLDER; skip where none can be made."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    tool = shutil.which("mount")
    if tool is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S607  the one beside mount


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB; skipped where none can be made."""
    yield from _disk(tmp_path / "tiny", "256k")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB, on which records have room; skipped where none can be made."""
    yield from _disk(tmp_path / "small", "1m")


@pytest.fixture
def only_readable(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """Mounts a folder once more where nobody can write to it, as a backup is; skipped where that cannot be done."""
    shown, tool = tmp_path / "mounted", shutil.which("mount")
    shown.mkdir()

    def mount(folder: Path) -> Path:
        for options in (["--bind", str(folder), str(shown)], ["-o", "remount,bind,ro", str(shown)]):
            if tool is None or subprocess.run([tool, *options], capture_output=True, check=False).returncode:
                pytest.skip("a folder can only be mounted by root")
        return shown

    yield mount
    while subprocess.run(["umount", str(shown)], capture_output=True, check=False).returncode == 0:  # noqa: S607  as above
        pass
