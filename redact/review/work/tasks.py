"""What each kind of job does: the same functions of a case that the commands call, with the job's own facts."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redact.case.asked import asked, clip_named
from redact.case.copies import How, copy_made, render_copy
from redact.case.folder import locked
from redact.case.footage import Said, attach, scan_clip
from redact.case.known import known
from redact.case.releasing import release
from redact.jobs.work import for_cases, speech_finder
from redact.records.kinds import Standing
from redact.review.pictures.proxy import proxied
from redact.review.work.job import JobKind
from redact.verify.acceptance import accept

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.jobs.work import Loader
    from redact.progress import Progress
    from redact.review.work.job import Job

__all__ = ["carry_out", "done_already"]


def carry_out(office: Office, job: Job, load: Loader, progress: Progress) -> dict[str, Any]:
    """Do JOB for whoever is at work in OFFICE, with the networks that LOAD gives; gives what came of it."""
    return DO[job.kind](office, job, load, progress)


def done_already(office: Office, job: Job) -> dict[str, Any] | None:
    """Give what came of JOB where all of it went on record before its process ended; None where it did not."""
    if job.kind is JobKind.RENDER:
        return _copy(office, job)
    return _left(office, job) if job.kind is JobKind.RELEASE else None


def _attach(office: Office, job: Job, load: Loader, progress: Progress) -> dict[str, Any]:
    del load
    given = job.given
    starts = datetime.fromisoformat(given["starts"]) if given.get("starts") else None
    fps = Fraction(given["fps"]) if given.get("fps") else None
    said = Said(given.get("camera") or "", starts, given.get("clock_offset_s"), fps, given.get("stream"))
    clip = attach(office, job.reference, Path(given["path"]), said, progress=progress)
    return {"clip": clip.sha256, "name": clip.name}


def _proxy(office: Office, job: Job, load: Loader, progress: Progress) -> dict[str, Any]:
    clip = _clip(office, job)
    proxied(office, job.reference, clip, speech_finder(load), progress=progress)
    return {"clip": clip.sha256}


def _scan(office: Office, job: Job, load: Loader, progress: Progress) -> dict[str, Any]:
    clip = _clip(office, job)
    found = scan_clip(office, job.reference, clip, for_cases(load), progress=progress)
    progress("people", 0, None)
    standing = [subject.standing for subject in known(office, job.reference, clip).people.subjects]  # kept for the page
    counts = {"subjects": len(standing), "people": standing.count(Standing.PERSON)}
    return {"clip": clip.sha256, "frames": len(found.clip), **counts}


def _render(office: Office, job: Job, load: Loader, progress: Progress) -> dict[str, Any]:
    clip, given = _clip(office, job), job.given
    named: Mapping[str, Any] = given.get("accept") or {}
    accepted = accept(named["ids"], named["reason"], office.user) if named else None
    how = How(given["settings"], bool(given.get("accept_damage")), accepted, bool(given.get("anyway")))
    made = render_copy(office, job.reference, clip, how, for_cases(load), progress=progress)
    failed = [check.name for check in made.checks if not check.passed]
    return {"clip": clip.sha256, "passed": not made.withheld, "failed": failed, "rounds": made.rounds}


def _release(office: Office, job: Job, load: Loader, progress: Progress) -> dict[str, Any]:
    del load
    progress("release", 0, None)
    done = release(office, job.reference, None, native=bool(job.given.get("native")), zipped=True)
    return {"name": done.package.path.name, "sha256": done.package.digest, "warnings": list(done.warnings)}


def _copy(office: Office, job: Job) -> dict[str, Any] | None:
    """Give what came of making a copy, where it was recorded since JOB was asked for."""
    copy = copy_made(office, job.reference, _clip(office, job))
    if copy is None or not _since(copy.event.at, job) or copy.event.by != job.by:
        return None
    return {"clip": job.clip, "passed": copy.passed, "failed": [], "rounds": None}


def _left(office: Office, job: Job) -> dict[str, Any] | None:
    """Give what came of a release, where it was made since JOB was asked for; what was begun is cleared up first."""
    with locked(office, job.reference):
        rows = office.register.releases(reference=job.reference)
    last = next((row for row in reversed(rows) if row.state == "released" and _since(row.at, job)), None)
    if last is None:
        return None
    return {"name": Path(last.path).name, "sha256": last.envelope_sha256, "warnings": []}


def _since(at: str, job: Job) -> bool:
    """Tell whether AT is later than JOB was asked for."""
    return datetime.fromisoformat(at) >= datetime.fromisoformat(job.at)


def _clip(office: Office, job: Job) -> ClipRow:
    """Give the clip that JOB is about. Raises UsageProblem where it is not attached any more."""
    return clip_named(asked(office, job.reference).clips, job.clip)


DO: dict[JobKind, Callable[[Office, Job, Loader, Progress], dict[str, Any]]] = {
    JobKind.ATTACH: _attach,
    JobKind.SCAN: _scan,
    JobKind.RENDER: _render,
    JobKind.RELEASE: _release,
    JobKind.PROXY: _proxy,
}
