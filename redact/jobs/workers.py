"""Processes that work side by side: a crash ends one job, never the others, and is blamed on the right one."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import wait
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from types import FrameType

    from redact.progress import Progress

__all__ = ["Crashed", "Team"]

J = TypeVar("J")
R = TypeVar("R")

TELL_S = 0.5
"""Shortest time between two reports of progress from one process."""

TIDY_S = 30.0
"""How long a process that is stopped may take to remove what it had begun."""


@dataclass(frozen=True, slots=True)
class Crashed:
    """What a job gave whose process ended before it."""

    exit_code: int | None
    """As the system tells it: negative is the number of a signal."""
    why: str = "as when memory runs out"

    @property
    def sentence(self) -> str:
        """Say it."""
        return f"The process that worked on it ended (exit code {self.exit_code}), {self.why}."


class Team(Generic[J, R]):
    """Processes that DO one job after another. Leaving its block stops them, and lets them tidy up."""

    tries = 1
    """How many may crash of one job: it was that one's doing, for nothing else is in its process."""

    def __init__(self, do: Callable[[J, Progress], R], count: int) -> None:
        """Let at most COUNT work side by side. DO, jobs and results travel, so they are plain and of a module."""
        self._do, self._count = do, count
        self._team: list[_Worker[J, R]] = []

    def __enter__(self) -> Self:
        """Begin; processes are started as there is something to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop whoever works."""
        for worker in self._team:
            worker.stop()
        for worker in self._team:
            worker.wait()
        self._team.clear()

    @property
    def free(self) -> int:
        """How many more jobs can be begun."""
        return self._count - self.busy

    @property
    def busy(self) -> int:
        """How many jobs are being done."""
        return sum(worker.busy for worker in self._team)

    @property
    def pids(self) -> list[int]:
        """Numbers of the processes that work."""
        return [worker.process.pid for worker in self._team if worker.busy and worker.process.pid]

    def begin(self, job: J) -> None:
        """Let whoever is free do JOB, or somebody new."""
        worker = next((worker for worker in self._team if not worker.busy and worker.process.is_alive()), None)
        if worker is None:
            worker = _Worker(self._do)
            self._team.append(worker)
        worker.begin(job)

    def heard(
        self, tell: Callable[[J, str, int, int | None], None], patience_s: float | None = None
    ) -> Iterator[tuple[J, R | Crashed]]:
        """Wait until somebody says something, for PATIENCE_S at most, and give the jobs that are done with results."""
        for pipe in wait([worker.pipe for worker in self._team if worker.busy], patience_s):
            worker = next(worker for worker in self._team if worker.pipe is pipe)
            yield from worker.heard(tell)
            if worker.gone:
                self._team.remove(worker)


class _Worker(Generic[J, R]):
    """A process that does one job after another."""

    def __init__(self, do: Callable[[J, Progress], R]) -> None:
        # spawn, not fork: the libraries that decode and infer have threads, which do not survive a fork
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, do), daemon=True)
        self.process.start()
        theirs.close()  # so that the pipe ends when the process does
        self.busy = self.gone = False
        self._job: J

    def begin(self, job: J) -> None:
        """Hand over JOB."""
        self._job, self.busy = job, True
        with suppress(OSError):  # it has just died; reading its pipe will tell
            self.pipe.send(job)

    def heard(self, tell: Callable[[J, str, int, int | None], None]) -> Iterator[tuple[J, R | Crashed]]:
        """Read one message; give the job and its result if that was it."""
        try:
            final, message = self.pipe.recv()
        except (EOFError, OSError):
            self.busy, self.gone = False, True
            self.process.join()
            yield self._job, Crashed(self.process.exitcode)
            return
        if final:
            self.busy = False
            yield self._job, message
        else:
            tell(self._job, *message)

    def stop(self) -> None:
        """Ask it to end: at once if it is idle, after tidying up if it is not."""
        if self.busy:
            self.process.terminate()
        self.pipe.close()

    def wait(self) -> None:
        """Wait until it has ended."""
        self.process.join(TIDY_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _serve(pipe: Connection[Any, Any], do: Callable[[J, Progress], R]) -> None:
    """Do what comes through PIPE until it ends, which it does with the process at its other end."""
    for name in ("SIGINT", "SIGHUP"):  # the terminal tells everybody; who started this process decides
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _interrupt)
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            job = pipe.recv()
            pipe.send((True, do(job, _teller(pipe))))


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    signal.signal(number, signal.SIG_IGN)  # once is enough; tidying up is not to be interrupted
    raise KeyboardInterrupt


def _teller(pipe: Connection[Any, Any]) -> Progress:
    """Make what a job tells its progress to, from whatever thread, now and then."""
    due = 0.0
    turn = threading.Lock()

    def tell(stage: str, done: int, total: int | None) -> None:
        nonlocal due
        if monotonic() < due:
            return
        with turn:
            due = monotonic() + TELL_S
            try:
                pipe.send((False, (stage, done, total)))
            except OSError:  # nobody is left who asked: that is no fault of the clip, and ends as a stop does
                raise KeyboardInterrupt from None

    return tell
