"""Every video of a folder, one release each: what is done already is left alone, and one failure stops no other."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from redact.advice import Given
from redact.errors import InputUnusable, UsageProblem
from redact.files import clear_parts, reason_of, write_whole
from redact.jobs.batch_jobs import find_jobs
from redact.jobs.errands import Common, do
from redact.jobs.foreman import Foreman
from redact.jobs.inbox import Inbox
from redact.jobs.leases import FOLDER, TERMS, Board, Terms, Verdict, job_id, take
from redact.jobs.outcomes import SUMMARY, VERSION, Outcome, State, exit_code, summary
from redact.jobs.results import is_list
from redact.jobs.workers import Team

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from redact.errors import RedactError
    from redact.jobs.errands import Making
    from redact.jobs.foreman import Crew
    from redact.jobs.recipe import Recipe

__all__ = ["SUMMARY", "Outcome", "State", "batch", "exit_code", "processes"]

POLL_S = 0.5
"""How often it is looked whether a batch with another request is still alive."""


def processes(common: Common, count: int = 1) -> AbstractContextManager[Crew]:
    """Give COUNT processes of this computer that work as COMMON says."""
    return Team(partial(do, common), count)


def batch(
    folder: Path | Inbox,
    out: Path,
    work: Making,
    *,
    recipe: Recipe,
    crew: Callable[[Common], AbstractContextManager[Crew]] = processes,
    say: Callable[[RedactError], str] = str,
    tell: Callable[[Path, str, int, int | None], None] = lambda *_: None,
    terms: Terms = TERMS,
) -> Generator[Outcome, None, None]:
    """Make a release in OUT of every video of FOLDER and give what became of each file, as it becomes known.

    WORK makes one release, in one of the processes that CREW gives; so it must be picklable, and so must SAY, which
    puts what went wrong in words. A clip whose release in OUT is intact and was made by RECIPE is left alone, and one
    that another batch with the same recipe works on is waited for. `batch.json` in OUT tells what is known so far, at
    any time. Where FOLDER is an Inbox, that goes on for ever, with every clip that comes to rest in it. Raises
    InputUnusable and UsageProblem before the first clip; later failures are outcomes.
    """
    if isinstance(folder, Inbox):
        place, more = folder.folder, folder.jobs
        jobs, others = folder.begun()
    else:
        place, more = folder, None
        jobs, others = find_jobs(folder, out)
    common = Common(place, out, work, recipe, say, secrets.token_hex(12), terms)
    skipped = [Outcome(path, State.SKIPPED, why) for path, why in others]
    with _begun(common) as board:
        _check_summary(out / SUMMARY)
        for results in {out, *(job.folder for job in jobs)}:
            clear_parts(results)
        with crew(common) as team:
            known: dict[Path, Outcome] = {}
            for outcome in chain(skipped, Foreman(common, board, team, tell).outcomes(jobs, more)):
                known[outcome.master] = outcome
                waiting = max(len(jobs) + len(skipped) - len(known), 0)
                write_whole(out / SUMMARY, summary(out, recipe.request, list(known.values()), waiting))
                yield outcome


@contextmanager
def _begun(common: Common) -> Iterator[Board]:
    """Say in the folder of the results that this batch is at work, and give what stands there.

    Raises UsageProblem where one with another request is, InputUnusable where the folder cannot be written.
    """
    out, name = common.out, job_id(common.run, "run")
    with ExitStack() as held:
        try:
            out.mkdir(parents=True, exist_ok=True)
            lease = take(out, (name, "batch"), 1, key=common.recipe.digest, run=common.run, terms=common.terms)
            held.enter_context(lease)
        except OSError as problem:
            message = f"{out} cannot be written ({reason_of(problem)})."
            raise InputUnusable(message, "Choose another folder with ", Given.FOLDER, ".") from problem
        held.callback((out / FOLDER / f"{name}-1").unlink, missing_ok=True)
        board = Board.of(out, common.terms)
        _alone(board, common)
        yield board


def _alone(board: Board, common: Common) -> None:
    """See that no batch with another recipe writes to the same folder. Raises UsageProblem."""
    seen: dict[str, int] = {}
    others = set(board.names("run")) - {job_id(common.run, "run")}
    while others:
        for name in sorted(others):
            verdict, entry = board.judge(name)
            if verdict is not Verdict.HELD or (entry and entry.key == common.recipe.digest):
                others.discard(name)
            elif entry and (board.certain(entry) or seen.setdefault(name, entry.beat) != entry.beat):
                message = f"Another batch is writing to {common.out}, with another request or other networks."
                where = ("Wait until it has ended, or choose another folder with ", Given.FOLDER, ".")
                raise UsageProblem(message, *where)
        if others:
            time.sleep(min(POLL_S, common.terms.beat_s))
            board.look()
            others &= set(board.names("run"))


def _check_summary(path: Path) -> None:
    """Raise InputUnusable where something stands at PATH that no batch wrote."""
    if os.path.lexists(path) and (path.is_symlink() or not is_list(path, VERSION)):
        message = f"{path} is not a file that redact made, and is not replaced."
        raise InputUnusable(message, "Move it away, or choose another folder with ", Given.FOLDER, ".")
