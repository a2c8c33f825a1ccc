"""A computer that takes part in batches of others: as their scheduler, or as one that works."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redact.errors import InputUnusable
from redact.files import reason_of
from redact.jobs.carrying import here
from redact.jobs.dask_quietly import dask

if TYPE_CHECKING:
    from collections.abc import Callable

    from redact.jobs.carrying import Unfit
    from redact.jobs.security import Meeting

__all__ = ["join", "schedule", "usual_memory"]

CONNECT_S = 30
"""How long one attempt to join may take."""

AGAIN_S = 2.0
"""How long until a scheduler that is away is looked for again."""

ANSWER_S = 0.5
"""How long an answer may take to go out."""

SHARE = 0.8
"""Of a computer's memory, for a job."""

UNFIT_S = 30.0
"""How long a computer stays away that could not work for a batch."""


def schedule(place: Meeting, note: Callable[[str], None]) -> None:
    """Bring clients and workers together at PLACE until this process is stopped; NOTE is told when it is ready.

    Raises InputUnusable where somebody else is there already.
    """

    async def serve() -> None:
        host = place.host.strip("[]")
        made: Any = dask().Scheduler(
            host=host, port=place.port, protocol=place.address.partition(":")[0], dashboard=False, **place.connecting
        )
        async with made as scheduler:
            note(f"Computers can meet at {place.address}.")
            await scheduler.finished()

    try:
        asyncio.run(serve())
    except (OSError, RuntimeError) as problem:
        cause = problem if isinstance(problem, OSError) else problem.__cause__
        if not isinstance(cause, OSError):
            raise
        message = f"Nobody can be met at {place.address} ({reason_of(cause)})."
        raise InputUnusable(message, "Name another port, or another address of this computer.") from problem


def usual_memory() -> int:
    """Give the bytes of memory that a job may take where nobody says otherwise."""
    dask()
    from distributed.system import MEMORY_LIMIT  # noqa: PLC0415  an extra

    return int(MEMORY_LIMIT * SHARE)


def join(place: Meeting, note: Callable[[str], None], memory: int = 0) -> None:
    """Work for whoever asks at PLACE until this process is stopped; a job may take MEMORY bytes, if not 0.

    NOTE is told when this computer comes, and why it stays away.
    """
    here.memory = memory
    try:
        asyncio.run(_work(place, note))
    finally:
        here.close()


async def _work(place: Meeting, note: Callable[[str], None]) -> None:
    """Join again and again: a scheduler may be started anew, and a network may be away."""
    distributed, away = dask(), False
    while True:
        stay = _Stay(asyncio.get_running_loop())
        with suppress(OSError, asyncio.TimeoutError, RuntimeError):
            async with _worker(distributed, place) as stay.worker:
                here.unfit = stay.unfit
                note(f"At work for whoever asks at {place.address}.")
                away = False
                await stay.worker.finished()
        if stay.why:
            note(stay.why.sentence)
        elif not away:
            note(f"Nobody is met at {place.address}; it is tried again and again.")
            away = True
        await asyncio.sleep(UNFIT_S if stay.why else AGAIN_S)


class _Stay:
    """One time at work for a scheduler, which ends where this computer turns out not to be fit."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin it, in LOOP."""
        self._loop = loop
        self.worker: Any = None
        self.why: Unfit | None = None

    def unfit(self, why: Unfit) -> None:
        """Leave, and say WHY; called by the thread that works, whose answer goes out first."""
        self.why = why
        self._loop.call_soon_threadsafe(self._loop.call_later, ANSWER_S, self._leave)

    def _leave(self) -> None:
        self._closing = asyncio.ensure_future(self.worker.close())


def _worker(distributed: Any, place: Meeting) -> Any:
    """Make a worker that does one thing at a time, and is reached as its scheduler is."""
    here_alone = {} if place.ca else {"host": "127.0.0.1"}
    return distributed.Worker(
        place.address,
        nthreads=1,
        memory_limit=0,
        dashboard=False,
        death_timeout=CONNECT_S,
        **here_alone,
        **place.connecting,
    )
