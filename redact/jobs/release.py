"""One clip, one request, one release: the copy, its manifest and its report, or a withheld copy and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

from redact.decide.rounds import hiding_more
from redact.decide.wording import REQUEST
from redact.detect.scan import look_again, scan
from redact.detect.scan_file import networks
from redact.errors import SourceChanged
from redact.files import canonical_json, file_stem, scratch_file, sha256_bytes
from redact.jobs.draft import drafted, kinds_to_find, naming
from redact.jobs.kept import Kept
from redact.jobs.options import DEFAULTS, Options
from redact.jobs.pieces import Workshop, one_by_one, rest
from redact.jobs.private import Outcome, begins_at, for_the_operator, for_the_page
from redact.jobs.results import Results
from redact.package.manifest import Account, Asked, describe, output_of, tie, tool_version
from redact.package.names import COPY, MANIFEST, OPERATORS, PLAN, REPORT, RISKS, SHOWN, SUPERSEDED, WITHHELD
from redact.paint.render import render
from redact.paint.spec import CopySpec
from redact.pipe import prefetch
from redact.progress import silent
from redact.records.kinds import CheckName
from redact.records.plan import digest, to_bytes
from redact.records.tracks import Detections
from redact.report.copy_report import report
from redact.request.choices import Audio
from redact.request.within import check_damage
from redact.track.unexplained import remark
from redact.verify.acceptance import recorded, remarks
from redact.verify.findings import gathered
from redact.verify.verify import verify
from redact.video.audio import Sound
from redact.video.clock import offset
from redact.video.pieces import cut
from redact.watermark.mark import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from redact.decide.wording import Wording
    from redact.detect.found import Scan
    from redact.jobs.draft import Draft, Named
    from redact.jobs.results import Recorded
    from redact.progress import Progress
    from redact.records.clip import Clip
    from redact.records.drawn import Drawn
    from redact.records.plan import Check, MaskPlan
    from redact.records.tracks import Detector
    from redact.request.model import Request
    from redact.verify.findings import Finding
    from redact.verify.verify import Verification

__all__ = ["Filing", "Release", "make_release", "sound_asked"]

ROUNDS = 3
"""Copies made at most: what the second look finds is hidden too, and the copy made anew."""


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
    earlier: str = ""
    """What became of a release that an earlier run left here, as a sentence; nothing where there was none."""


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
    drawn: tuple[Drawn, ...] = ()
    """What a person drew."""
    apart: frozenset[tuple[str, str]] = frozenset()
    """Pairs of subjects of whom somebody said that they are two people."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What does not change from round to round."""

    master: Path
    results: Results
    options: Options
    request: Request
    detectors: Sequence[Detector]
    made: datetime
    filing: Filing | None
    progress: Progress
    claim: Callable[[], object]
    workshop: Workshop

    @property
    def inputs(self) -> tuple[Path, ...]:
        """What this run reads, and must never replace."""
        return (self.master, *self.options.inputs)


def make_release(
    master: Path,
    folder: Path,
    request: Request,
    detectors: Sequence[Detector],
    options: Options = DEFAULTS,
    *,
    filing: Filing | None = None,
    progress: Progress = silent,
    claim: Callable[[], object] = bool,
) -> Release:
    """Make the redacted copy of MASTER that REQUEST asks for, check it, and put it in FOLDER, as OPTIONS say.

    A copy that fails a check is kept under another name, readable by its owner alone, and not released. Findings that
    the operator lets stand are recorded and fail nothing. FILING is what a case knows of the master already; then the
    plan is written as well. CLAIM is called once the copy is made, before any file appears: it may raise, where it is
    not wanted any more. An earlier release is replaced by a copy that passes, left as it is beside one that is
    withheld, and marked as superseded by either where the options say so. What is read, and whatever redact did not
    make, is never replaced.

    A long copy is made piece by piece, by helpers where OPTIONS name any. Whatever stops that, what is finished is kept
    in a hidden folder in FOLDER, and the same job goes on from there. Raises InputUnusable, SourceChanged or
    UsageProblem where there is nothing to make; then nothing else is left in FOLDER.
    """
    results = Results(
        folder, filing.name if filing else options.name or file_stem(master), (PLAN, SHOWN) if filing else ()
    )
    kept = Kept(results, _asked_for(request, filing, options))
    shop = Workshop(options.helpers or one_by_one(detectors), kept, networks(detectors), options.accept)
    begun = kept.begun or datetime.now(UTC)
    job = _Job(master, results, options, request, detectors, begun, filing, progress, claim, shop)
    results.check(job.inputs)
    findings: list[tuple[Finding, ...]] = []
    with scratch_file(results.file(COPY)) as part, kept.until_done():
        scanned = filing.seen if filing else _seen(job)
        check_damage(scanned.clip, options.accept_damage)
        first, named, missed = scanned, _named(job, scanned), list[Detections]()
        who = named
        for number in range(1, ROUNDS + 1):
            draft = drafted(job.request, scanned, who)
            spec = _spec(job, draft)
            checked = _copy(job, spec, part, last=number == ROUNDS)
            _check_master(draft.scan.clip, checked)
            findings.append(checked.told)
            if not len(checked.findings) or number == ROUNDS:
                break
            missed.append(checked.findings)
            scanned = look_again(scanned, checked.findings, detectors, progress=progress)
            if job.request.keep or named.by_subject:  # they speak of people of the first pass
                made = hiding_more(named.made, first, scanned, Detections.concat(missed))
                who = replace(named, made=made)
            else:
                who = _named(job, scanned)
        return _finish(job, draft, spec, checked, gathered(findings), part=part, rounds=number)


def _seen(job: _Job) -> Scan:
    """Find everyone in the master, unless that is kept; of a long one it is."""
    keep, how, kept = bool(job.request.keep), job.options, job.workshop.kept
    if known := kept.scan(job.master, job.detectors, how, closely=keep):
        return known
    # what tells people apart takes half a second to load, for one core; meanwhile there is work for the other
    later = ["redact.track.people"] if keep else []
    with prefetch((import_module(name) for name in later), depth=1):
        found = scan(job.master, job.detectors, fps=how.fps, stream=how.stream, closely=keep, progress=job.progress)
    if len(_spans(job, found.clip, (0, len(found.clip)))) > 1:
        kept.begin(job.made)
        kept.keep_scan(found, job.detectors, how)
    return found


def _spans(job: _Job, clip: Clip, span: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Say of which pieces a copy of SPAN, frames of CLIP, is made."""
    return cut(clip, span, job.options.piece_s)


def _asked_for(request: Request, filing: Filing | None, how: Options) -> str:
    """Tell what is asked for, and of which program, from anything else; in a case, for which copy."""
    program = [tool_version(), version("av")]
    facts = {"request": request.plain(), "copy": filing.name if filing else "", "program": program}
    return sha256_bytes(canonical_json(facts | {"stream": how.stream, "fps": str(how.fps)}))


def _named(job: _Job, scanned: Scan) -> Named:
    """Say whom of those SCANNED the request names, and what was drawn."""
    at, filing = job.made.isoformat(timespec="seconds"), job.filing
    if filing is None:
        return naming(job.request, scanned, at)
    return naming(job.request, scanned, at, filing.drawn, wording=filing.wording, apart=filing.apart)


def _spec(job: _Job, draft: Draft) -> CopySpec:
    """Say what the copy of DRAFT is to be."""
    clip = draft.scan.clip
    return CopySpec(
        clip,
        draft.plan,
        _mark(job, clip, draft.plan),
        draft.scan.looks,
        sound=sound_asked(job.request, clip),
        overlay=job.request.overlay,
        kinds=kinds_to_find(job.request),
        visible=draft.visible,
    )


def _copy(job: _Job, spec: CopySpec, part: Path, *, last: bool) -> Verification:
    """Write the copy by SPEC to PART and check it; a long one in pieces. LAST: no other will be made."""
    spans = _spans(job, spec.clip, spec.plan.frames)
    if len(spans) > 1:
        rest(job.detectors)  # they are not what looks where others make the pieces
        job.workshop.kept.begin(job.made)
        return job.workshop.copy(spec, spans, part, last=last, progress=job.progress)
    unheard = render(spec, part, progress=job.progress)
    checked = verify(part, spec, job.detectors, accept=job.options.accept, progress=job.progress)
    return replace(checked, unheard=unheard)


def _finish(
    job: _Job,
    draft: Draft,
    spec: CopySpec,
    checked: Verification,
    findings: tuple[Finding, ...],
    *,
    part: Path,
    rounds: int,
) -> Release:
    """Give the copy its name if every check passed, else withhold it."""
    withheld = not checked.passed
    results, ends = job.results, WITHHELD if withheld else {}
    final, page, operators, risks = (results.file(ends.get(end, end)) for end in (COPY, REPORT, OPERATORS, RISKS))
    stands = results.standing()
    earlier = _earlier(job, stands, withheld=withheld)
    inside, public = (draft.told, ()) if job.filing else ((), draft.told)
    warnings = (
        *job.request.warnings(),
        *public,
        *_warnings(draft.scan.clip, checked),
        *remarks(findings, job.options.accept),
    )
    decided_by = job.filing.decided_by if job.filing else ""
    asked = Asked(job.request.plain(), job.request.file_sha256, decided_by)
    noted = (*warnings, *([earlier] if withheld and earlier else []))
    account = Account(checked.checks, noted, recorded(findings, job.options.accept))
    manifest = describe(spec, asked, job.detectors, output_of(part, final.name), account)
    told_in = report(manifest, withheld=withheld, pending=bool(job.filing), operators=operators.name)
    files = {page: told_in.encode()} | ({} if withheld else {results.file(MANIFEST): manifest.to_bytes()})
    outcome = Outcome(draft, manifest, findings, checked, rounds)
    private, first = for_the_operator(outcome, results, part)
    warnings = (*warnings, *remark(draft.where, job.request.unexplained))  # not for the recipient
    if job.filing:
        private |= for_the_page(outcome, results, warnings, first)
        private |= {results.file(PLAN): to_bytes(draft.plan)}
    shown = (*files, *(() if withheld else (final,)))
    superseding = job.options.supersede and stands is not None
    goes = (*WITHHELD.values(), *(() if withheld and not job.filing else SUPERSEDED))

    def begins() -> None:
        """See, now that all is on the disk, that this job may still let its files appear; hours have passed."""
        job.claim()
        results.check(job.inputs)

    results.appear({**private, **files}, part, final, begins, shared=shown, goes=goes, superseding=superseding)
    return Release(
        copy=final,
        manifest=None if withheld else results.file(MANIFEST),
        report=page,
        checks=checked.checks,
        warnings=(*warnings, *inside),
        tracks=manifest.plan.tracks,
        frames=manifest.times.count,
        rounds=rounds,
        withheld=withheld,
        operators=operators,
        risks=risks,
        look_first=tuple(first),
        begins=begins_at(draft),
        findings=findings,
        earlier=earlier,
    )


def _earlier(job: _Job, stands: Recorded | None, *, withheld: bool) -> str:
    """Say what becomes of the release that STANDS under these names; a case keeps none but the last."""
    if stands is None or job.filing:
        return ""
    sentence = f"An earlier release stands here, {job.results.file(COPY).name}, made {stands.made_at}"
    if job.options.supersede:
        return f"{sentence}. It is marked as superseded, as asked, and is now called {job.results.marked()[COPY].name}."
    if withheld:
        return f"{sentence}. It was left as it is. Is it not to be used any more? Run it again with --supersede."
    return f"An earlier release, made {stands.made_at}, was replaced by this one."


def _check_master(clip: Clip, checked: Verification) -> None:
    """Raise SourceChanged where the master is no longer what was scanned: then no copy of it means anything."""
    for check in checked.checks:
        if check.name == CheckName.MASTER and not check.passed:
            message = f"{clip.path} changed while it was worked on. {check.found}"
            raise SourceChanged(message)


def _warnings(clip: Clip, checked: Verification) -> tuple[str, ...]:
    """Say what of the master is not in the copy as it was recorded, or was guessed."""
    damage = (f"The master is damaged: {' '.join(clip.damage.notes)}",) if clip.damage.notes else ()
    return (*damage, *clip.remarks, *checked.unheard)


def sound_asked(request: Request, clip: Clip) -> Sound:
    """What becomes of the sound; the request's times are those a player shows."""
    begins = offset(clip) * clip.time_base
    return Sound(request.audio is Audio.KEEP, tuple((span.start + begins, span.end + begins) for span in request.mute))


def _mark(job: _Job, clip: Clip, mask_plan: MaskPlan) -> Mark:
    """What the copy says of itself; the digest ties it to master, plan and request."""
    request = job.request
    tied = tie(clip.sha256, digest(mask_plan), request.plain())
    return Mark(
        reference=request.reference,
        recipient=request.recipient,
        copy_number=request.copy_number,
        released=job.made.date().isoformat(),
        release_id=f"{request.reference}/{request.copy_number}-{tied[:12]}",
        digest=tied,
    )
