"""Processes that work side by side: a crash ends one job, never the others, and is blamed on the right one."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import wait
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from multiprocessing.connection import Connection
    from types import FrameType

    from redact.progress import Progress

__all__ = ["Crashed", "spread"]

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


def spread(
    jobs: Iterable[J],
    do: Callable[[J, Progress], R],
    count: int,
    tell: Callable[[J, str, int, int | None], None],
) -> Generator[tuple[J, R | Crashed], None, None]:
    """Let at most COUNT processes DO the JOBS, taken one by one as a process is free; give results as they come.

    DO, the jobs and their results travel between processes, so they are plain records and functions of a module.
    Leaving the loop early, or an exception in it, stops the processes and lets them tidy up.
    """
    team: list[_Worker[J, R]] = []
    waiting = iter(jobs)
    try:
        while _hand_out(waiting, team, do, count):
            for pipe in wait([worker.pipe for worker in team if worker.busy]):
                worker = next(worker for worker in team if worker.pipe is pipe)
                yield from worker.heard(tell)
                if worker.gone:
                    team.remove(worker)
    finally:
        for worker in team:
            worker.stop()
        for worker in team:
            worker.wait()


def _hand_out(waiting: Iterator[J], team: list[_Worker[J, R]], do: Callable[[J, Progress], R], count: int) -> bool:
    """Give jobs to whoever is free, as long as there are any; tell whether anybody is busy."""
    while sum(worker.busy for worker in team) < count:
        try:
            job = next(waiting)
        except StopIteration:
            break
        worker = next((worker for worker in team if not worker.busy and worker.process.is_alive()), None)
        if worker is None:
            worker = _Worker(do)
            team.append(worker)
        worker.begin(job)
    return any(worker.busy for worker in team)


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
            pipe.send((False, (stage, done, total)))

    return tell
