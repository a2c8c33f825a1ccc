"""A batch on several computers: Dask carries the errands; who has a job, and what came of it, stands in the folder."""

from __future__ import annotations

import pickle
from collections import Counter
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from redact.errors import InputUnusable, UsageProblem
from redact.jobs.alike import different, versions
from redact.jobs.carrying import Unfit, carry, examine
from redact.jobs.dask_quietly import dask
from redact.jobs.errands import name_of
from redact.jobs.leases import Board, job_id
from redact.jobs.outcomes import Outcome, State
from redact.jobs.workers import Crashed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from redact.jobs.errands import Common, Errand
    from redact.jobs.security import Meeting

__all__ = ["Cluster", "cluster"]

CONNECT_S = 15.0
"""How long one attempt to reach the scheduler takes."""

PATIENCE_S = 1800.0
"""How long a batch waits for a scheduler that is away, or for somebody to work."""

POLL_S, LOOK_S = 0.1, 2.0
"""How often it is looked whether an errand is back, and who is there and how far they are."""

AHEAD = 2
"""Errands that are sent out for each worker, so that none waits for its next one."""


class Cluster:
    """Workers on several computers, as a batch sees them."""

    tries = 3
    """How many may crash of one clip: of some crashes another job on that computer is the cause."""

    def __init__(
        self, common: Common, place: Meeting, note: Callable[[str], None], patience_s: float = PATIENCE_S
    ) -> None:
        """Work as COMMON says with those who meet at PLACE; NOTE is told what people should know."""
        self._common, self._place, self._note, self._patience_s = common, place, note, patience_s
        self._packed: dict[str, tuple[Errand, Any]] = {}
        self._board = Board.of(common.out, common.terms)
        self._client: Any = None
        self._workers = 0
        self._seen = self._looked = monotonic()
        self._sent = 0
        self._faults: Counter[str] = Counter()
        self._told: set[str] = set()

    @property
    def free(self) -> int:
        """How many more errands can be sent out."""
        return self._workers * AHEAD - self.busy

    @property
    def busy(self) -> int:
        """How many errands are out."""
        return len(self._packed)

    def begin(self, job: Errand) -> None:
        """Send JOB out."""
        self._sent += 1
        name = f"{self._common.run}-{self._sent}"
        try:
            packed = pickle.dumps((self._common, job))
            where = (str(self._common.out), self._common.run)
            future = self._client.submit(carry, versions(), *where, packed, key=name, pure=False)
        except Exception:  # noqa: BLE001  the scheduler is away, which Dask says in many ways; it is sent again
            future = None
        self._packed[name] = job, future

    def heard(
        self, tell: Callable[[Errand, str, int, int | None], None], patience_s: float | None = None
    ) -> Iterator[tuple[Errand, Outcome | Crashed | None]]:
        """Wait for an errand that is back, for PATIENCE_S at most; None where the folder knows what became of it."""
        end = monotonic() + (LOOK_S if patience_s is None else patience_s)
        while True:
            self._look(tell)
            back = [name for name, (_, future) in self._packed.items() if future is None or future.status != "pending"]
            for name in back:
                job, future = self._packed.pop(name)
                yield job, self._result(job, future)
            if back or monotonic() > end:
                return
            sleep(POLL_S)

    def _result(self, job: Errand, future: Any) -> Outcome | Crashed | None:
        """Read what came of JOB."""
        if future is None or future.status in {"cancelled", "lost"}:
            return None
        try:
            result = future.result(timeout=CONNECT_S)
        except Exception as problem:  # noqa: BLE001  whatever it was, the folder knows more
            return self._fault(job, problem)
        if isinstance(result, Unfit):
            self._say(result.sentence)
            return None
        return result if isinstance(result, Outcome | Crashed) else None

    def _fault(self, job: Errand, problem: Exception) -> Outcome | None:
        """Have JOB looked up, and sent again if nobody did it; not for ever, where it is not Dask's doing."""
        kind = type(problem).__name__
        if kind in {"KilledWorker", "CancelledError", "FutureCancelledError", "TimeoutError", "CommClosedError"}:
            return None
        master = job.job.master
        self._faults[master.name] += 1
        if self._faults[master.name] < self.tries:
            return None
        return Outcome(master, State.FAILED, f"A fault ({kind}: {problem}).", 1)

    def _look(self, tell: Callable[[Errand, str, int, int | None], None]) -> None:
        """See who is there and how far they are. Raises InputUnusable where nobody has been there for too long."""
        if monotonic() - self._looked < LOOK_S:
            return
        self._looked = monotonic()
        self._workers = self._present()
        if self._workers:
            self._seen = monotonic()
        elif monotonic() - self._seen > self._patience_s:
            message = f"Nobody has been at work at {self._place.address} for {self._patience_s / 60:.0f} minutes."
            raise InputUnusable(message, "Start the scheduler and the workers, and give the same command again.")
        self._board.look()
        for job, _ in self._packed.values():
            entry = self._board.entry(job_id(name_of(job.job, self._common.out)))
            if entry and entry.progress and entry.run == self._common.run:
                tell(job, *entry.progress)

    def _present(self) -> int:
        """Count the workers; a scheduler that was away is met again."""
        with suppress(Exception):  # it is away, which Dask says in many ways
            if self._client is None or self._client.status == "closed":
                self.connect()
            if self._client.status == "running":
                return len(self._client.nthreads())
        return 0

    def connect(self) -> None:
        """Meet the scheduler. Raises OSError and what else Dask raises."""
        distributed = dask()
        self._client = distributed.Client(
            self._place.address, timeout=CONNECT_S, set_as_default=False, **self._place.connecting
        )

    def check(self) -> None:
        """See that those who are there can work for this batch. Raises UsageProblem, InputUnusable."""
        try:
            self.connect()
        except Exception as problem:
            message = f"There is no scheduler at {self._place.address}, or it does not let this computer in."
            raise InputUnusable(message, "Start it there, with the same certificates, and try again.") from problem
        asked = {"out": str(self._common.out), "run": self._common.run}
        said = self._client.run(examine, asked, on_error="return")
        unfit = [self._unfit(where, answer) for where, answer in said.items()]
        if refused := [one.sentence for one in unfit if one]:
            raise UsageProblem(" ".join(refused), "Make these computers alike, or stop the workers on them.")
        self._workers = len(said)
        if not said:
            self._note(f"Nobody is at work at {self._place.address} yet; the batch waits for them.")

    def _unfit(self, where: str, answer: object) -> Unfit | None:
        """Say why who gave ANSWER, at the address WHERE, cannot work for this batch; None where they can."""
        if not isinstance(answer, dict):
            return Unfit(where, f"it runs another program ({type(answer).__name__})")
        why = different(versions(), answer["versions"]) or answer["sees"]
        return Unfit(f"{answer['where']} ({where})", why) if why else None

    def _say(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._note(sentence)

    def close(self) -> None:
        """Take back what is not begun, and leave."""
        with suppress(Exception):  # the scheduler may be away
            self._client.cancel([future for _, future in self._packed.values() if future], force=True)
        with suppress(Exception):
            self._client.close(timeout=CONNECT_S)


@contextmanager
def cluster(
    common: Common, place: Meeting, note: Callable[[str], None], patience_s: float = PATIENCE_S
) -> Iterator[Cluster]:
    """Give the workers that meet at PLACE, once those who are there are known to be fit to work as COMMON says.

    Raises UsageProblem where one is not, InputUnusable where there is no scheduler.
    """
    crew = Cluster(common, place, note, patience_s)
    try:
        crew.check()
        yield crew
    finally:
        crew.close()
