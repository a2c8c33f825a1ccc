"""One clip of a batch, as whoever works on it sees it: taken, done, and what came of it left where all can read it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from redact.errors import InputUnusable, RedactError, VerificationFailed
from redact.files import file_stem, reason_of, same_name, sha256_file
from redact.jobs.batch_jobs import Job, clips_of
from redact.jobs.leases import TERMS, Lost, Terms, job_id, take
from redact.jobs.outcomes import Outcome, State
from redact.jobs.results import Results
from redact.package.manifest import load_manifest
from redact.package.names import MANIFEST, REPORT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from redact.jobs.leases import Lease
    from redact.jobs.outcomes import JobResult
    from redact.jobs.recipe import Recipe
    from redact.progress import Progress

__all__ = ["Common", "Errand", "Making", "do", "name_of"]


class Making(Protocol):
    """What makes a release."""

    def __call__(self, master: Path, folder: Path, progress: Progress, claim: Callable[[], object]) -> JobResult:
        """Make that of MASTER in FOLDER; CLAIM is called before any file appears, and may raise."""
        ...


@dataclass(frozen=True, slots=True)
class Common:
    """What is the same for every clip of a batch. It travels to other processes, and other computers."""

    folder: Path
    out: Path
    work: Making
    recipe: Recipe
    say: Callable[[RedactError], str]
    """Puts what went wrong in words."""
    run: str
    """Tells this batch from every other."""
    terms: Terms = TERMS


@dataclass(frozen=True, slots=True)
class Errand:
    """A clip to work on, and with which number it is taken."""

    job: Job
    number: int


def name_of(job: Job, out: Path) -> str:
    """Give what JOB is called by everybody who writes to OUT, wherever that lies on their computers."""
    return (job.folder.relative_to(out) / same_name(job.master)).as_posix()


def do(common: Common, errand: Errand, tell: Progress) -> Outcome | None:
    """Do ERRAND as COMMON says; whatever happens is an outcome. None where somebody else has it, or took it over."""
    begun, job = time.monotonic(), errand.job
    name = name_of(job, common.out)
    try:
        digest = sha256_file(job.master)
        key, run, terms = common.recipe.key(digest), common.run, common.terms
        with take(common.out, (job_id(name), name), errand.number, key=key, run=run, terms=terms) as lease:
            if lease is None:
                return None
            outcome = _tried(common, job, digest, tell=tell, lease=lease)
            outcome = outcome and replace(outcome, seconds=round(time.monotonic() - begun, 1))
            if outcome:
                lease.finish(outcome.plain(common.out))
            return outcome
    except RedactError as problem:
        return _failed(common, job, problem)
    except OSError as problem:
        message = f"{common.out} cannot be written ({reason_of(problem)})."
        return _failed(common, job, InputUnusable(message))


def _tried(common: Common, job: Job, digest: str, *, tell: Progress, lease: Lease) -> Outcome | None:
    """Make the release of JOB, whose master has DIGEST, if there is none; None where somebody took LEASE over."""

    def told(stage: str, done: int, total: int | None) -> None:
        lease.progress(stage, done, total)
        tell(stage, done, total)

    try:
        _results(job).check_inputs(clips_of(common.folder))
        already = _already(job, common, digest)
        return already or _outcome(job, common.work(job.master, job.folder, told, lease.claim))
    except Lost:
        return None
    except RedactError as problem:
        return _failed(common, job, problem)
    except Exception as problem:  # noqa: BLE001  the next clip must have its turn, whatever happened to this one
        return Outcome(job.master, State.FAILED, f"A fault ({type(problem).__name__}: {problem}).", 1)


def _failed(common: Common, job: Job, problem: RedactError) -> Outcome:
    return Outcome(job.master, State.FAILED, common.say(problem).replace("\n", " "), problem.exit_code)


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


def _already(job: Job, common: Common, digest: str) -> Outcome | None:
    """Give the release of JOB where it is there, intact, of the master with DIGEST, made as is asked for now."""
    results = _results(job)
    report = results.file(REPORT)
    try:
        manifest = load_manifest(results.file(MANIFEST))
        copy = job.folder / manifest.output.name
        fits = manifest.passed and common.recipe.made(manifest) and report.is_file()
        if not (fits and sha256_file(copy) == manifest.output.sha256):
            return None
    except InputUnusable:  # there is none, or not all of it
        return None
    if digest != manifest.source.sha256:
        return None
    return Outcome(job.master, State.ALREADY, copy=copy, report=report, tracks=manifest.plan.tracks)
