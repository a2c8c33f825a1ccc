"""What is written beside a copy for whoever made it alone: the operator's report, the risk list, what a page shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from redact.package.names import OPERATORS, RISKS, SHOWN, WITHHELD
from redact.report.operator_report import operator_report
from redact.report.risk import first_looks, rank
from redact.report.risk import to_bytes as risks_to_bytes
from redact.report.shown_file import ShownCopy
from redact.request.times import shown
from redact.video.clock import offset
from redact.video.jpeg import jpeg
from redact.video.stills import stills

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from redact.jobs.draft import Draft
    from redact.jobs.results import Results
    from redact.package.manifest import Manifest
    from redact.verify.findings import Finding
    from redact.verify.verify import Verification

__all__ = ["Outcome", "begins_at", "for_the_operator", "for_the_page"]

PICTURE = 480
"""px of the longer side of the picture of a second."""

QUALITY = 82
"""Of the JPEG, of 100."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A copy that was made and checked, before it has its name."""

    draft: Draft
    manifest: Manifest
    findings: tuple[Finding, ...]
    checked: Verification
    rounds: int


def for_the_operator(outcome: Outcome, results: Results, part: Path) -> tuple[dict[Path, bytes], dict[int, bytes]]:
    """Give operator's report and risk list of OUTCOME, the copy in PART, by the paths that RESULTS have for them.

    Gives as well the seconds to look first at, the one that matters most at the head, each with a picture of the copy;
    with none where the copy shows nothing of it.
    """
    draft, checked, findings = outcome.draft, outcome.checked, outcome.findings
    clip, bad = draft.scan.clip, not checked.passed
    risks = rank(
        clip,
        draft.tracks,
        draft.plan,
        draft.decisions,
        draft.scan.cuts,
        missed=[finding.frame for finding in findings],
        moved=draft.moved,
        poses=sum(not pose.doubtful for pose in draft.scan.poses),
    )
    first = _pictured(draft, part, first_looks(risks))
    seen = tuple(replace(risk, picture=first.get(risk.second, b"")) for risk in risks)
    page, whole = (results.file(WITHHELD[ending] if bad else ending) for ending in (OPERATORS, RISKS))
    text = operator_report(
        outcome.manifest,
        findings,
        seen,
        checked.evidence,
        withheld=bad,
        begins=begins_at(draft),
        whole=whole.name,
        moved=draft.where,
    )
    return {page: text.encode(), whole: risks_to_bytes(risks, clip.sha256)}, first


def for_the_page(
    outcome: Outcome, results: Results, warnings: Sequence[str], first: dict[int, bytes]
) -> dict[Path, bytes]:
    """Give what a page shows of OUTCOME, with its WARNINGS and the seconds to look FIRST at."""
    checked = outcome.checked
    told = ShownCopy(
        copy=outcome.manifest.output.sha256,
        checks=checked.checks,
        findings=outcome.findings,
        evidence=checked.evidence,
        warnings=warnings,
        look_first=tuple(first),
        pictures=first,
        begins=begins_at(outcome.draft),
        rounds=outcome.rounds,
    )
    return {results.file(SHOWN): told.to_bytes()}


def begins_at(draft: Draft) -> Fraction:
    """Give the time of the master at which the copy begins, where it is only a part of it."""
    clip, frames = draft.scan.clip, draft.plan.frames
    return shown(clip, frames[0]) if frames != (0, len(clip)) else Fraction(0)


def _pictured(draft: Draft, part: Path, seconds: Sequence[int]) -> dict[int, bytes]:
    """Give a picture of the copy in PART, a JPEG, for each of SECONDS: the frame in the middle of it."""
    clip, (first, end) = draft.scan.clip, draft.plan.frames
    of_frame = np.floor(clip.times_s() - float(offset(clip) * clip.time_base)).astype(np.int64)[first:end]
    middle = {}
    for second in seconds:
        frames = np.flatnonzero(of_frame == second)
        if len(frames):
            middle[second] = first + int(frames[len(frames) // 2])
    found = stills(part, clip, first, list(middle.values()), PICTURE) if middle else {}
    return {second: jpeg(found[middle[second]], QUALITY) if middle.get(second) in found else b"" for second in seconds}
