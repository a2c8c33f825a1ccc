"""Who does which clip of a batch next. What came of each is read from the folder of the results, whoever did it."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from redact.errors import InputUnusable, ModelUnavailable
from redact.files import sha256_file
from redact.jobs.errands import Errand, name_of
from redact.jobs.leases import Verdict, job_id, take
from redact.jobs.outcomes import Outcome, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from redact.jobs.batch_jobs import Job
    from redact.jobs.errands import Common
    from redact.jobs.leases import Board, Entry
    from redact.jobs.workers import Crashed

__all__ = ["Crew", "Foreman"]

POLL_S = 1.0
"""How often it is looked what became of clips that others have."""


class Crew(Protocol):
    """Whoever works: processes here, or on several computers."""

    tries: int
    """How many may crash of one clip before it is given up."""

    @property
    def free(self) -> int:
        """How many more jobs can be begun."""
        ...

    @property
    def busy(self) -> int:
        """How many jobs are being done."""
        ...

    def begin(self, job: Errand) -> None:
        """Let somebody do JOB."""
        ...

    def heard(
        self, tell: Callable[[Errand, str, int, int | None], None], patience_s: float | None = None
    ) -> Iterator[tuple[Errand, Outcome | Crashed | None]]:
        """Wait for news, for PATIENCE_S at most, and give what is done; None where it is to be looked up."""
        ...


class Foreman:
    """Hands out clips, and gives what became of them."""

    def __init__(
        self, common: Common, board: Board, crew: Crew, tell: Callable[[Path, str, int, int | None], None]
    ) -> None:
        """Let CREW work as COMMON says; BOARD is what stands in the folder, and TELL hears how far every clip is."""
        self._common, self._board, self._crew, self._tell = common, board, crew, tell
        self._waiting: deque[Job] = deque()
        self._elsewhere: list[Job] = []
        """Clips that somebody else has, or that wait for their next try."""
        self._due = 0.0
        self._more: Callable[[], Sequence[Job]] | None = None

    def outcomes(self, jobs: Sequence[Job], more: Callable[[], Sequence[Job]] | None = None) -> Iterator[Outcome]:
        """Work through JOBS, and through what MORE gives, asked again and again for ever, if that is given.

        A missing network would fail each in the same way, so then no more are begun.
        """
        self._waiting, self._more = deque(jobs), more
        while self._more or self._waiting or self._elsewhere or self._crew.busy:
            for outcome in self._next():
                yield outcome
                if outcome.code == ModelUnavailable.exit_code:
                    yield from (replace(outcome, master=job.master, seconds=0.0) for job in self._rest())

    def _next(self) -> Iterator[Outcome]:
        """Hand out what can be, and give what is known since then."""
        if monotonic() >= self._due:
            self._board.look()
            self._due = monotonic() + POLL_S
            others, self._elsewhere = self._elsewhere, []
            for job in others:
                yield from self._judged(job)
            for job in self._more() if self._more else ():
                self._board.renew(self._id(job))
                self._waiting.append(job)
        while self._crew.free > 0 and self._waiting:
            yield from self._judged(self._waiting.popleft())
        if self._crew.busy or self._elsewhere or self._waiting or self._more:
            patience_s = POLL_S if self._elsewhere or self._more else None
            for errand, result in self._crew.heard(self._told, patience_s):
                yield from self._ended(errand, result)

    def _told(self, errand: Errand, stage: str, done: int, total: int | None) -> None:
        """Say how far ERRAND is."""
        self._tell(errand.job.master, stage, done, total)

    def _judged(self, job: Job) -> Iterator[Outcome]:
        """See how JOB stands, and begin it where nobody has it."""
        name = self._id(job)
        verdict, entry = self._board.judge(name)
        outcome = self._known(job, entry) if verdict is Verdict.ENDED and entry else None
        if outcome:
            yield outcome
        elif verdict is Verdict.DEAD and self._board.died(name) >= self._common.terms.tries:
            yield self._given_up(job, f"{self._board.died(name)} processes that worked on it ended before it was done.")
        elif verdict is Verdict.HELD or self._crew.free < 1:
            self._elsewhere.append(job)
            if verdict is Verdict.HELD and entry and entry.progress:
                self._tell(job.master, *entry.progress)
        else:
            self._crew.begin(Errand(job, self._board.next(name)))

    def _known(self, job: Job, entry: Entry) -> Outcome | None:
        """Give what somebody made of JOB, as ENTRY says, if it is what is asked for here."""
        with suppress(LookupError, ValueError, TypeError, InputUnusable):
            outcome = Outcome.of(entry.result, self._common.out, job.master)
            if entry.run == self._common.run:
                return outcome
            if entry.key == self._common.recipe.key(sha256_file(job.master)):
                return replace(outcome, state=State.ALREADY) if outcome.state is State.RELEASED else outcome
        return None

    def _ended(self, errand: Errand, result: Outcome | Crashed | None) -> Iterator[Outcome]:
        """Take in what came of ERRAND."""
        if isinstance(result, Outcome):
            yield result
            return
        self._board.look()
        if result is None:
            self._elsewhere.append(errand.job)
            return
        name = self._id(errand.job)
        self._board.bury(name, self._common.run)
        if max(self._board.died(name), 1) < self._crew.tries:
            self._elsewhere.append(errand.job)
        else:
            yield self._given_up(errand.job, result.sentence)

    def _given_up(self, job: Job, sentence: str) -> Outcome:
        """Say, for others as well, that JOB is not tried again in this batch."""
        outcome, common = Outcome(job.master, State.FAILED, sentence, 1), self._common
        name = name_of(job, common.out)
        with suppress(OSError):
            number = self._board.next(self._id(job))
            with take(common.out, (self._id(job), name), number, key="", run=common.run, terms=common.terms) as lease:
                if lease:
                    lease.finish(outcome.plain(common.out))
        return outcome

    def _rest(self) -> list[Job]:
        left = [*self._waiting, *self._elsewhere]
        self._waiting.clear()
        self._elsewhere.clear()
        self._more = None
        return left

    def _id(self, job: Job) -> str:
        return job_id(name_of(job, self._common.out))
