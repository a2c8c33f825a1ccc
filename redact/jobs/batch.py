"""Every video of a folder, one release each: what is done already is left alone, and one failure stops no other."""

from __future__ import annotations

import fcntl
import os
import time
from collections import deque
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from redact.advice import Given
from redact.errors import InputUnusable, ModelUnavailable, RedactError, UsageProblem, VerificationFailed
from redact.files import canonical_json, clear_parts, file_stem, legible, reason_of, sha256_file, write_whole
from redact.jobs.batch_jobs import Job, find_jobs, order
from redact.jobs.results import Results, is_list
from redact.jobs.workers import Crashed, spread
from redact.package.manifest import load_manifest
from redact.package.names import MANIFEST, REPORT

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from redact.progress import Progress
    from redact.records.plan import Check

__all__ = ["SUMMARY", "JobResult", "Outcome", "State", "batch", "exit_code"]

SUMMARY = "batch.json"
LOCK = ".batch.lock"
VERSION = "redact-batch/1"


class JobResult(Protocol):
    """What a batch needs to know of a release."""

    @property
    def copy(self) -> Path:
        """The redacted copy, or the withheld one."""
        ...

    @property
    def report(self) -> Path:
        """Its report."""
        ...

    @property
    def checks(self) -> Sequence[Check]:
        """What was verified."""
        ...

    @property
    def tracks(self) -> int:
        """Tracks hidden."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """What to think about before it leaves."""
        ...

    @property
    def withheld(self) -> bool:
        """Whether a check failed."""
        ...

    @property
    def earlier(self) -> str:
        """What became of a release that an earlier run left, as a sentence; nothing where there was none."""
        ...


class State(StrEnum):
    """What became of one file of the folder."""

    RELEASED = "released"
    ALREADY = "already released"
    WITHHELD = "withheld"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file of the folder."""

    master: Path
    state: State
    said: str = ""
    """Why, where it was not released; a sentence."""
    code: int = 0
    """Exit code that this alone would have."""
    copy: Path | None = None
    report: Path | None = None
    tracks: int = 0
    """Tracks hidden."""
    seconds: float = 0.0
    """Time it took."""
    notes: tuple[str, ...] = ()
    """What to think about before it leaves; sentences."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is the same for every file of the folder."""

    request: Mapping[str, Any]
    """As plain JSON."""
    stream: int | None
    """Index of the video stream, where one was chosen."""
    masters: tuple[Path, ...]
    """None of which may be a result."""
    say: Callable[[RedactError], str]
    """Puts what went wrong in words."""


def batch(
    folder: Path,
    out: Path,
    work: Callable[[Path, Path, Progress], JobResult],
    *,
    asked: Mapping[str, Any],
    stream: int | None = None,
    workers: int = 1,
    say: Callable[[RedactError], str] = str,
    tell: Callable[[Path, str, int, int | None], None] = lambda *_: None,
) -> Generator[Outcome, None, None]:
    """Make a release in OUT of every video of FOLDER and give what became of each file, as it becomes known.

    WORK makes one release, called with a master, the folder for it and a Progress, in one of as many processes as
    WORKERS says; so it must be picklable, and so must SAY, which puts what went wrong in words. ASKED is the request as
    plain JSON: a clip whose release in OUT is intact and answers the same request, of video STREAM if one was chosen,
    is left alone. `batch.json` in OUT tells what is known so far, at any time. Raises InputUnusable and UsageProblem
    before the first clip; later failures are outcomes.
    """
    jobs, others = find_jobs(folder, out)
    every = _Asked(asked, stream, tuple(job.master for job in jobs), say)
    skipped = [Outcome(path, State.SKIPPED, why) for path, why in others]
    with _locked(out):
        _check_summary(out / SUMMARY)
        for place in {out, *(job.folder for job in jobs)}:
            clear_parts(place)
        known: list[Outcome] = []
        for outcome in chain(skipped, _made(jobs, partial(_one, work, every), workers, tell)):
            known.append(outcome)
            write_whole(out / SUMMARY, _summary(out, asked, known, waiting=len(jobs) + len(skipped) - len(known)))
            yield outcome


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """Give the code of the first failure in the order of names; 0 where all is released."""
    return next(
        (outcome.code for outcome in sorted(outcomes, key=lambda outcome: order(outcome.master)) if outcome.code), 0
    )


def _made(
    jobs: Sequence[Job],
    do: Callable[[Job, Progress], Outcome],
    workers: int,
    tell: Callable[[Path, str, int, int | None], None],
) -> Iterator[Outcome]:
    """Work through JOBS. A missing network would fail each in the same way, so then no more are begun."""
    waiting = deque(jobs)
    results = spread(_until_empty(waiting), do, workers, lambda job, *how_far: tell(job.master, *how_far))
    with closing(results):
        for job, result in results:
            outcome = _crashed(job, result) if isinstance(result, Crashed) else result
            yield outcome
            if outcome.code == ModelUnavailable.exit_code:
                yield from (replace(outcome, master=left.master, seconds=0.0) for left in _emptied(waiting))


def _until_empty(waiting: deque[Job]) -> Iterator[Job]:
    while waiting:
        yield waiting.popleft()


def _emptied(waiting: deque[Job]) -> list[Job]:
    left = list(waiting)
    waiting.clear()
    return left


def _one(work: Callable[[Path, Path, Progress], JobResult], common: _Asked, job: Job, tell: Progress) -> Outcome:
    """Do one JOB, as COMMON says, in a process of its own; whatever happens is an outcome."""
    begun = time.monotonic()
    try:
        _results(job).check_inputs(common.masters)
        outcome = _already(job, common) or _outcome(job, work(job.master, job.folder, tell))
    except RedactError as problem:
        outcome = Outcome(job.master, State.FAILED, common.say(problem).replace("\n", " "), problem.exit_code)
    except Exception as problem:  # noqa: BLE001  the next clip must have its turn, whatever happened to this one
        outcome = Outcome(job.master, State.FAILED, f"A fault ({type(problem).__name__}: {problem}).", 1)
    return replace(outcome, seconds=round(time.monotonic() - begun, 1))


def _outcome(job: Job, result: JobResult) -> Outcome:
    """Put the RESULT of JOB as an outcome."""
    outcome = partial(Outcome, job.master, copy=result.copy, report=result.report, tracks=result.tracks)
    if not result.withheld:
        return outcome(State.RELEASED, result.earlier, notes=tuple(result.warnings))
    failed = [check for check in result.checks if not check.passed]
    sentence = f"{len(failed)} of {len(result.checks)} checks failed: {'; '.join(check.name for check in failed)}."
    code = VerificationFailed.exit_code
    return outcome(State.WITHHELD, f"{sentence} {result.earlier}".strip(), code, notes=tuple(result.warnings))


def _results(job: Job) -> Results:
    return Results(job.folder, file_stem(job.master))


def _crashed(job: Job, how: Crashed) -> Outcome:
    sentence = f"The process that worked on it ended (exit code {how.exit_code}), as when memory runs out."
    return Outcome(job.master, State.FAILED, sentence, 1)


def _already(job: Job, common: _Asked) -> Outcome | None:
    """Give the release of JOB where it is there, intact, and of the same master and the same request."""
    results = _results(job)
    report = results.file(REPORT)
    try:
        manifest = load_manifest(results.file(MANIFEST))
        copy = job.folder / manifest.output.name
        fits = manifest.passed and manifest.request == common.request and report.is_file()
        if not (fits and sha256_file(copy) == manifest.output.sha256):
            return None
    except InputUnusable:  # there is none, or not all of it
        return None
    if common.stream not in {None, manifest.source.stream} or sha256_file(job.master) != manifest.source.sha256:
        return None
    return Outcome(job.master, State.ALREADY, copy=copy, report=report, tracks=manifest.plan.tracks)


def _summary(out: Path, request: Mapping[str, Any], known: Sequence[Outcome], waiting: int) -> bytes:
    """Spell what is known so far as `batch.json`: names of masters, and paths from OUT."""
    files = [
        {
            "master": outcome.master.name,
            "state": outcome.state,
            "said": outcome.said,
            "exit_code": outcome.code,
            "copy": _from(out, outcome.copy),
            "report": _from(out, outcome.report),
            "tracks": outcome.tracks,
            "notes": [legible(note) for note in outcome.notes],
            "seconds": outcome.seconds,
        }
        for outcome in sorted(known, key=lambda outcome: order(outcome.master))
    ]
    document = {"version": VERSION, "request": dict(request), "waiting": waiting, "files": files}
    return canonical_json(document)


def _from(out: Path, path: Path | None) -> str | None:
    return None if path is None else path.relative_to(out).as_posix()


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Hold OUT for this batch alone. Raises UsageProblem where another has it, InputUnusable where it is no folder."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        stream = (out / LOCK).open("a")  # which changes nothing of a file that is there already
    except OSError as problem:
        message = f"{out} cannot be written ({reason_of(problem)})."
        raise InputUnusable(message, "Choose another folder with ", Given.FOLDER, ".") from problem
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"Another batch is writing to {out}."
            raise UsageProblem(
                message, "Wait until it has ended, or choose another folder with ", Given.FOLDER, "."
            ) from None
        except OSError:
            pass  # a file system without locks, as some network shares are; one batch must still be possible
        yield


def _check_summary(path: Path) -> None:
    """Raise InputUnusable where something stands at PATH that no batch wrote."""
    if os.path.lexists(path) and (path.is_symlink() or not is_list(path, VERSION)):
        message = f"{path} is not a file that redact made, and is not replaced."
        raise InputUnusable(message, "Move it away, or choose another folder with ", Given.FOLDER, ".")
