"""The program under test, as its users run it: a process of its own, from a cold start to a verified copy."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DATA", "EVERYTHING", "ROOT", "WITHHELD", "Spent", "copy_of", "redact", "spend"]

ROOT = Path(__file__).resolve().parents[1]

DATA = ROOT.parent / "shared" / "data"
"""Footage with truth, beside the project; never part of it."""

EVERYTHING = "people,faces,plates"
"""What a run hides unless told otherwise."""

WITHHELD = 5
"""Exit code of a run whose copy did not pass its checks."""

LOOK_S = 0.05
"""How often memory is looked at."""

UNKEPT = "PYTHONDONTWRITEBYTECODE"
"""Has Python compile every module anew at each start; where the program is installed nobody sets it."""

FULL = 0
"""Niceness of an autogroup that has its full share of the cores, as each new one has."""

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Spent:
    """What one run of a program cost."""

    exit_code: int
    seconds: float
    processor_s: float
    """Time for which cores worked for it, all of them together: on a busy machine it says more."""
    largest_bytes: int
    """Most memory that any one process of the tree held, as the kernel counted it."""
    tree_bytes: int
    """Most memory that all processes of the tree held together, as seen 20 times a second; shared pages count twice."""
    said: str
    """What it wrote to stderr."""


def spend(command: Sequence[str], cwd: Path = ROOT) -> Spent:
    """Run COMMAND in a session of its own and say what it cost."""
    start, tree = time.perf_counter(), 0
    with (
        tempfile.TemporaryFile("w+") as told,
        subprocess.Popen(
            command,
            cwd=cwd,
            env={name: value for name, value in os.environ.items() if name != UNKEPT},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=told,
        ) as process,
    ):
        _level(process.pid)
        while (waited := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            tree = max(tree, _session_bytes(process.pid))
            time.sleep(LOOK_S)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(waited[1])
        told.seek(0)
        used = waited[2]
        return Spent(
            process.returncode, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, tree, told.read()
        )


def _level(process: int) -> None:
    """Let PROCESS have no larger share of the cores than this benchmark has itself.

    Linux gives a new session a full share, however little that of whoever started it was told to take: what is compared
    with it, and runs in this session, would then wait for the cores while it does not.
    """
    share = _share(Path("/proc/self"))
    if share in (None, FULL):
        return
    with suppress(OSError):  # it has ended
        Path(f"/proc/{process}/autogroup").write_text(str(share))


def _share(process: Path) -> int | None:
    """Read the niceness of the autogroup of the process in the folder PROCESS; None where it is in no autogroup.

    Not every kernel has autogroups, and the file is empty for a process whose session the kernel gave none.
    """
    try:
        words = (process / "autogroup").read_text().split()
    except OSError:
        return None
    return int(words[-1]) if words else None


def redact(clip: Path, out: Path, hide: str = EVERYTHING, keep: Sequence[str] = ()) -> Spent:
    """Run `redact run` on CLIP into OUT, in a fresh process; those at the points KEEP stay visible.

    Stops the benchmark where it makes no copy.
    """
    points = [word for point in keep for word in ("--keep", point)]
    spent = spend([sys.executable, "-m", "cli", "run", str(clip), "-o", str(out), "--hide", hide, *points])
    if spent.exit_code not in (0, WITHHELD):
        message = f"redact run {clip.name} ended with exit code {spent.exit_code}:\n{spent.said}"
        raise SystemExit(message)
    copy_of(clip, out)
    return spent


def copy_of(clip: Path, out: Path) -> Path:
    """Find the copy that `redact` made of CLIP, released or withheld."""
    found = [out / f"{clip.stem}.redacted.mp4", out / f"{clip.stem}.withheld.mp4"]
    return next(path for path in found if path.exists())


def _session_bytes(session: int) -> int:
    """Add up the memory of all processes of SESSION."""
    return sum(_bytes(folder) for folder in Path("/proc").glob("[0-9]*") if _session(folder) == session)


def _session(folder: Path) -> int:
    """Session of the process in FOLDER, -1 where it has gone."""
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[3])
    except (OSError, IndexError):
        return -1


def _bytes(folder: Path) -> int:
    """Memory of the process in FOLDER, 0 where it has gone."""
    try:
        return int((folder / "statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0
