"""What went wrong, in a sentence: for the terminal, and for a process that reports to another."""

from __future__ import annotations

import errno
import os
import re
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from redact.advice import Given, Sentence
from redact.errors import InputUnusable, NotPermitted, RedactError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["OutOfMemory", "ProgramFault", "explained", "facts"]

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says when there is no room on a disk."""


NO_MEMORY = re.compile(
    "OutOfMemoryError|bad_alloc|bad allocation|insufficient memory|out of memory|cannot allocate|can't alloc"
    "|failed to allocate|failed to map segment|resource temporarily unavailable",
    re.IGNORECASE,
)
"""What OpenVINO, OpenCV, torch and the system's loader say in errors that have no kind of their own."""


class ProgramFault(RedactError):
    """A mistake of this program, not of whoever uses it."""

    remedy: ClassVar[Sentence] = Sentence(("Run it again with REDACT_DEBUG=1 set to see where it happened.",))


class OutOfMemory(RedactError):
    """The machine has too little memory for the job."""

    remedy: ClassVar[Sentence] = Sentence(
        ("Close other programs, or take a machine with more memory, and run it again.",)
    )


def explained(problem: Exception) -> RedactError:
    """Turn any PROBLEM into one with a sentence and a remedy; what nobody foresaw is written to a details file."""
    if any(map(_of_memory, _causes(problem))):
        return problem if isinstance(problem, OutOfMemory) else OutOfMemory("The machine ran out of memory.")
    if isinstance(problem, RedactError):
        return problem
    if isinstance(problem, OSError) and problem.errno == errno.ENAMETOOLONG:
        sentence = f"The name {problem.filename} is too long for a file." if problem.filename else "A name is too long."
        return InputUnusable(sentence, "Give it a shorter name, or put it into a folder nearer the top.")
    if isinstance(problem, OSError) and problem.errno in FULL:
        return InputUnusable(
            "The disk is full.", "Make room, or choose another folder with ", Given.FOLDER, ", and run it again."
        )
    return _fault(problem)


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """Give PROBLEM and what led to it, the last first, each once: two may lead to each other."""
    at: BaseException | None = problem
    known: set[int] = set()
    while at is not None and id(at) not in known:
        known.add(id(at))
        yield at
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)


def _of_memory(problem: BaseException) -> bool:
    """Tell whether PROBLEM is one of memory, in whatever way a library says so."""
    if isinstance(problem, (MemoryError, OutOfMemory)):
        return True
    if isinstance(problem, OSError):
        return problem.errno == errno.ENOMEM
    return not isinstance(problem, RedactError) and bool(NO_MEMORY.search(f"{type(problem).__name__}: {problem}"))


def facts(problem: RedactError, spell: Callable[[Sentence], str]) -> dict[str, Any]:
    """PROBLEM as plain JSON, in words as SPELL puts them; a refusal has a code besides."""
    code = {"code": problem.code} if isinstance(problem, NotPermitted) and problem.code else {}
    return {"message": spell(problem.problem), "remedy": spell(problem.advice), "exit_code": problem.exit_code, **code}


def _fault(problem: Exception) -> ProgramFault:
    cause = f"{type(problem).__name__}: {problem}".rstrip(": ")
    sentence = f"This is a fault in redact itself ({cause})."
    details = _write("".join(traceback.format_exception(problem)))
    if details is None:
        return ProgramFault(sentence)
    return ProgramFault(
        sentence, f"What happened is written in {details}; give that file to whoever looks after redact."
    )


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
