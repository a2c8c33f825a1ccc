"""One clip, one request, one release: the copy, its manifest and its report, or a withheld copy and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from redact.acceptance import recorded, remarks
from redact.alarms import REQUEST
from redact.audio import Sound
from redact.decide import decide, released
from redact.errors import InputUnusable, SourceChanged
from redact.files import publish, scratch_file, share, write_whole
from redact.findings import gathered
from redact.governance.request import Audio, Hide, Unexplained
from redact.manifest import describe
from redact.offline import tie
from redact.operator_report import operator_report
from redact.plan import digest, plan, to_bytes
from redact.progress import silent
from redact.records import Detections, Kind, Origin, Tracks
from redact.render import render
from redact.report import report
from redact.risk import first_looks, rank
from redact.risk import to_bytes as risks_to_bytes
from redact.scan import look_again, scan, tracks_of
from redact.subjects import subjects
from redact.times import frames_in, shown
from redact.unexplained import joined, places, remark, unexplained
from redact.verify import verify
from redact.video.encode import offset
from redact.watermark import Mark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from redact.acceptance import Acceptance
    from redact.alarms import Wording
    from redact.findings import Finding
    from redact.governance.request import Request
    from redact.manifest import Manifest
    from redact.progress import Progress
    from redact.records import Check, Clip, Decision, Detector, MaskPlan
    from redact.scan import Scan
    from redact.unexplained import Place
    from redact.verify import Verification

__all__ = ["PLAN", "Filing", "Release", "kinds_to_find", "make_release"]

ROUNDS = 3
"""Copies made at most: what the second look finds is hidden too, and the copy made anew."""

WITHHELD = "withheld.mp4"
ENDINGS = ("redacted.mp4", WITHHELD, "manifest.json", "report.html")
"""What a release consists of, or a copy that was withheld."""

OPERATORS, RISKS = "operator.html", "risks.json"
"""What stands beside it for whoever made it alone, and is no part of it."""

PLAN = "plan.json"
"""The plan itself, which a case keeps: it is what is approved."""

MASTER = "master"
"""Name of the check that the master is unchanged."""


@dataclass(frozen=True, slots=True)
class Release:
    """What one job gave."""

    copy: Path
    """The redacted copy, or the withheld one."""
    manifest: Path | None
    """None where the copy was withheld."""
    report: Path
    checks: tuple[Check, ...]
    warnings: tuple[str, ...]
    tracks: int
    """Tracks hidden."""
    frames: int
    """Frames in the copy."""
    rounds: int
    """Copies made until the second look found nothing more."""
    withheld: bool
    operators: Path | None = None
    """The operator's report: restricted, no part of the release."""
    risks: Path | None = None
    """Every second of the clip, ranked by where to look first; restricted too."""
    look_first: tuple[int, ...] = ()
    """Seconds of the master to look first at, the one that matters most at the head."""
    begins: Fraction = Fraction(0)
    """Time of the master at which the copy begins, where it is only a part of it."""
    findings: tuple[Finding, ...] = ()
    """What the second look found outside the masks, in any round; each with what became of it."""


@dataclass(frozen=True, slots=True)
class Filing:
    """What a case adds to a job: one scan serves many requests, and every copy has a name of its own."""

    seen: Scan
    """What was found in the master."""
    name: str
    """Of the files, before their endings."""
    decided_by: str = ""
    """Who decided who stays visible."""
    wording: Wording = REQUEST
    """For whoever decides: when somebody is hidden, and what to do. It is for them alone, and in no manifest."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What does not change from round to round."""

    master: Path
    folder: Path
    name: str
    """Of the files, before their endings."""
    request: Request
    detectors: Sequence[Detector]
    made: datetime
    accept: Acceptance | None
    filing: Filing | None
    progress: Progress


@dataclass(frozen=True, slots=True)
class _Draft:
    """Who is hidden in one round, and why."""

    scan: Scan
    tracks: Tracks
    decisions: tuple[Decision, ...]
    told: tuple[str, ...]
    """When someone who was named is hidden, and whom to point at."""
    plan: MaskPlan
    mark: Mark
    moved: Tracks
    """What moved that nobody was found in."""
    where: tuple[Place, ...]
    """The same in words of time and place, as far as the copy shows it."""


def kinds_to_find(request: Request) -> tuple[Kind, ...]:
    """Give the kinds of detectors that REQUEST needs: who hides people hides their faces, found without a body too."""
    more = (Kind.FACE,) if Hide.PEOPLE in request.hide else ()
    return tuple(sorted({*request.kinds, *more}))


def make_release(
    master: Path,
    folder: Path,
    request: Request,
    detectors: Sequence[Detector],
    *,
    fps: Fraction | None = None,
    accept_damage: bool = False,
    accept: Acceptance | None = None,
    filing: Filing | None = None,
    progress: Progress = silent,
) -> Release:
    """Make the redacted copy of MASTER that REQUEST asks for, check it, and put it in FOLDER.

    A copy that fails a check is kept under another name, readable by its owner alone, and not released. Findings that
    the operator lets stand, ACCEPT, are recorded and fail nothing. FILING is what a case knows of the master already;
    then the plan is written as well. Raises InputUnusable, SourceChanged or UsageProblem where there is nothing to
    make; then nothing is left in FOLDER.
    """
    name = filing.name if filing else master.stem
    job = _Job(master, folder, name, request, detectors, datetime.now(UTC), accept, filing, progress)
    told: list[tuple[Finding, ...]] = []
    with scratch_file(folder / f"{name}.{ENDINGS[0]}") as part:
        seen = filing.seen if filing else _seen(job, fps)
        _check_damage(seen.clip, accept_damage)
        for number in range(1, ROUNDS + 1):
            draft = _draft(job, seen)
            checked = _copy(job, draft, part)
            _check_master(draft.scan.clip, checked)
            told.append(checked.told)
            if not len(checked.findings) or number == ROUNDS:
                break
            seen = look_again(seen, checked.findings, detectors, progress=progress)
        return _finish(job, draft, checked, gathered(told), part=part, rounds=number)


def _seen(job: _Job, fps: Fraction | None) -> Scan:
    """Find everyone in the master."""
    return scan(job.master, job.detectors, fps=fps, closely=bool(job.request.keep), progress=job.progress)


def _draft(job: _Job, seen: Scan) -> _Draft:
    """Decide who is hidden where, from what was SEEN."""
    tracks = tracks_of(seen)
    at = job.made.isoformat(timespec="seconds")
    frames = frames_in(seen.clip, job.request.span)
    moved, choice = _moved(job.request, seen, tracks), job.request.unexplained
    where = places(moved, seen.clip, frames)
    wording = job.filing.wording if job.filing else REQUEST
    tracks, decisions, told = decide(
        seen.clip, tracks, subjects(tracks), job.request.keep, at, looked=seen.whole, frames=frames, wording=wording
    )
    found = len(tracks)
    tracks = joined(tracks, moved) if choice is Unexplained.HIDE else tracks
    made = plan(
        seen.clip,
        tracks,
        released(decisions),
        kinds=kinds_to_find(job.request),
        frames=frames,
        style=job.request.style,
        cover=job.request.cover,
        unknown=range(found, len(tracks)),
    )
    mark = _mark(job, seen.clip, made)
    return _Draft(seen, tracks, decisions, told, made, mark, moved, where)


def _moved(request: Request, seen: Scan, tracks: Tracks) -> Tracks:
    """Give what moved in what was SEEN that none of TRACKS explains; nothing where REQUEST ignores that."""
    if request.unexplained is Unexplained.IGNORE:
        return Tracks.none()
    return unexplained(seen.moved, tracks, seen.clip, seen.cuts)


def _copy(job: _Job, draft: _Draft, part: Path) -> Verification:
    """Write the copy to PART and check it."""
    clip, request = draft.scan.clip, job.request
    sound = _sound(request, clip)
    render(clip, draft.plan, draft.mark, sound, part, overlay=request.overlay, progress=job.progress)
    return verify(
        part,
        clip,
        draft.plan,
        draft.mark,
        sound,
        job.detectors,
        looked=draft.scan.looked,
        closely=draft.scan.closely,
        visible=_visible(draft.tracks, draft.decisions),
        kinds=kinds_to_find(request),
        overlay=request.overlay,
        accept=job.accept,
        progress=job.progress,
    )


def _finish(
    job: _Job, draft: _Draft, checked: Verification, findings: tuple[Finding, ...], *, part: Path, rounds: int
) -> Release:
    """Give the copy its name if every check passed, else withhold it."""
    withheld = not checked.passed
    final = job.folder / f"{job.name}.{WITHHELD if withheld else ENDINGS[0]}"
    inside, told = (draft.told, ()) if job.filing else ((), draft.told)
    warnings = (*job.request.warnings(), *told, *_warnings(draft.scan.clip), *remarks(findings, job.accept))
    manifest = describe(
        request=job.request.plain(),
        request_file_sha256=job.request.file_sha256,
        clip=draft.scan.clip,
        plan=draft.plan,
        plan_sha256=digest(draft.plan),
        detectors=job.detectors,
        copy=part,
        copy_name=final.name,
        offset=offset(draft.scan.clip, draft.plan.frames) * draft.scan.clip.time_base,
        checks=checked.checks,
        warnings=warnings,
        accepted=recorded(findings, job.accept),
        decided_by=job.filing.decided_by if job.filing else "",
    )
    endings = ("report.html", "manifest.json", OPERATORS, RISKS)
    page, record, operators, risks = (job.folder / f"{job.name}.{ending}" for ending in endings)
    files = {page: report(manifest, withheld=withheld, pending=bool(job.filing), operators=operators.name).encode()}
    if not withheld:
        files[record] = manifest.to_bytes()
    private, first = _for_the_operator(draft, manifest, findings, operators, risks, withheld=withheld)
    private |= {job.folder / f"{job.name}.{PLAN}": to_bytes(draft.plan)} if job.filing else {}
    _publish(job, files, private, part, final)
    return Release(
        copy=final,
        manifest=None if withheld else record,
        report=page,
        checks=checked.checks,
        warnings=(*warnings, *inside, *remark(draft.where, job.request.unexplained)),  # some not for the recipient
        tracks=manifest.plan.tracks,
        frames=manifest.times.count,
        rounds=rounds,
        withheld=withheld,
        operators=operators,
        risks=risks,
        look_first=first,
        begins=_begins(draft),
        findings=findings,
    )


def _for_the_operator(
    draft: _Draft, manifest: Manifest, findings: tuple[Finding, ...], *paths: Path, withheld: bool
) -> tuple[dict[Path, bytes], tuple[int, ...]]:
    """Give the operator's report and the risk list, to be written to PATHS, and the seconds to look first at."""
    clip = draft.scan.clip
    missed = [finding.frame for finding in findings]
    risks = rank(clip, draft.tracks, draft.plan, draft.decisions, draft.scan.cuts, missed=missed, moved=draft.moved)
    page, whole = paths
    told = operator_report(
        manifest, findings, risks, withheld=withheld, begins=_begins(draft), whole=whole.name, moved=draft.where
    )
    return {page: told.encode(), whole: risks_to_bytes(risks, clip.sha256)}, first_looks(risks)


def _begins(draft: _Draft) -> Fraction:
    """Time of the master at which the copy begins, where it is only a part of it."""
    clip, frames = draft.scan.clip, draft.plan.frames
    return shown(clip, frames[0]) if frames != (0, len(clip)) else Fraction(0)


def _publish(job: _Job, files: Mapping[Path, bytes], private: Mapping[Path, bytes], part: Path, final: Path) -> None:
    """Let FILES and the copy in PART appear; what an earlier run left under these names goes.

    What is PRIVATE stays readable by its owner alone. The copy comes last. Stopped in between nothing is left: a
    report without its copy would say what is not so.
    """
    earlier = [job.folder / f"{job.name}.{ending}" for ending in (*ENDINGS, OPERATORS, RISKS, *_of_a_case(job))]
    withheld = final.name.endswith(WITHHELD)
    try:
        for path in earlier:
            path.unlink(missing_ok=True)
        for path, data in {**private, **files}.items():
            write_whole(path, data)
        for path in (*files, *(() if withheld else (part,))):
            share(path)
        publish(part, final)
    except BaseException:
        for path in earlier:
            path.unlink(missing_ok=True)
        raise


def _of_a_case(job: _Job) -> tuple[str, ...]:
    """Endings of what only a case keeps."""
    return (PLAN,) if job.filing else ()


def _check_damage(clip: Clip, accepted: bool) -> None:
    """Raise InputUnusable where pictures are lost and nobody ACCEPTED that."""
    if clip.damage.lost and not accepted:
        lost = clip.damage.lost
        message = f"{clip.path} has {lost} place{'s' * (lost != 1)} where no picture could be decoded. " + " ".join(
            clip.damage.notes
        )
        remedy = "Ask for the file again; or accept the gap with --accept-damage, and the report will say so."
        raise InputUnusable(message.strip(), remedy)


def _check_master(clip: Clip, checked: Verification) -> None:
    """Raise SourceChanged where the master is no longer what was scanned: then no copy of it means anything."""
    for check in checked.checks:
        if check.name == MASTER and not check.passed:
            message = f"{clip.path} changed while it was worked on. {check.found}"
            raise SourceChanged(message)


def _warnings(clip: Clip) -> tuple[str, ...]:
    """Say what of the master is not in the copy as it was recorded, or was guessed."""
    damage = (f"The master is damaged: {' '.join(clip.damage.notes)}",) if clip.damage.notes else ()
    return (*damage, *clip.remarks)


def _sound(request: Request, clip: Clip) -> Sound:
    """What becomes of the sound; the request's times are those a player shows."""
    begins = offset(clip) * clip.time_base
    return Sound(request.audio is Audio.KEEP, tuple((span.start + begins, span.end + begins) for span in request.mute))


def _mark(job: _Job, clip: Clip, made: MaskPlan) -> Mark:
    """What the copy says of itself; the digest ties it to master, plan and request."""
    request = job.request
    tied = tie(clip.sha256, digest(made), request.plain())
    return Mark(
        reference=request.reference,
        recipient=request.recipient,
        copy_number=request.copy_number,
        released=job.made.date().isoformat(),
        release_id=f"{request.reference}/{request.copy_number}-{tied[:12]}",
        digest=tied,
    )


def _visible(tracks: Tracks, decisions: tuple[Decision, ...]) -> Detections:
    """Boxes of those who stay visible, on every frame; what is only carried on excuses nobody who is found there."""
    let = np.isin(tracks.track, np.array(sorted(released(decisions)), np.int32))
    rows = let & (tracks.origin != Origin.EXTENDED)
    order = np.argsort(tracks.frame[rows], kind="stable")
    kind = tracks.kind[tracks.track[rows]]
    return Detections(tracks.frame[rows][order], tracks.xyxy[rows][order], tracks.score[rows][order], kind[order])
