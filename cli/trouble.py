"""What went wrong, in a sentence: for the terminal, and for a process that reports to another."""

from __future__ import annotations

import errno
import os
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from redact.errors import InputUnusable, RedactError

__all__ = ["Fault", "OutOfMemory", "explained", "facts"]

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says when there is no room on a disk."""


class Fault(RedactError):
    """A mistake of this program, not of whoever uses it."""

    remedy: ClassVar[str] = "Run it again with REDACT_DEBUG=1 set to see where it happened."


class OutOfMemory(RedactError):
    """The machine has too little memory for the job."""

    remedy: ClassVar[str] = "Close other programs, or take a machine with more memory, and run it again."


def explained(problem: Exception) -> RedactError:
    """Turn any PROBLEM into one with a sentence and a remedy; what nobody foresaw is written to a details file."""
    if isinstance(problem, RedactError):
        return problem
    if isinstance(problem, MemoryError):
        return OutOfMemory("The machine ran out of memory.")
    if isinstance(problem, OSError) and problem.errno in FULL:
        return InputUnusable("The disk is full.", "Make room, or choose another folder with -o, and run it again.")
    return _fault(problem)


def facts(problem: RedactError) -> dict[str, Any]:
    """PROBLEM as plain JSON."""
    return {"message": problem.what, "remedy": problem.advice, "exit_code": problem.exit_code}


def _fault(problem: Exception) -> Fault:
    said = f"{type(problem).__name__}: {problem}".rstrip(": ")
    what = f"This is a fault in redact itself ({said})."
    details = _write("".join(traceback.format_exception(problem)))
    if details is None:
        return Fault(what)
    return Fault(what, f"What happened is written in {details}; give that file to whoever looks after redact.")


def _write(text: str) -> Path | None:
    """Put TEXT where programs keep their logs, else where they keep temporary files; None where neither can be."""
    import platformdirs  # noqa: PLC0415  only a fault needs it

    from redact.files import write_whole  # noqa: PLC0415  as above

    name = f"fault-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    for folder in (platformdirs.user_log_path("redact", appauthor=False), Path(tempfile.gettempdir())):
        try:
            write_whole(folder / name, text.encode("utf-8", "backslashreplace"))
        except (OSError, RedactError):
            continue
        return folder / name
    return None
