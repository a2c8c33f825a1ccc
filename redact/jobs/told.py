"""What came of a job, in sentences for whoever asked for it and as plain JSON."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from redact.advice import Sentence
from redact.errors import VerificationFailed

if TYPE_CHECKING:
    from pathlib import Path

    from redact.jobs.release import Release
    from redact.verify.findings import Finding

__all__ = ["WATCH", "release_facts", "said", "withheld"]

WATCH = "Watch the copy once from beginning to end before it leaves."


def said(master: Path, release: Release, seconds: float | None) -> list[str]:
    """Tell in lines of the RELEASE of MASTER that took SECONDS, if anybody counted them."""
    tracks = "1 track" if release.tracks == 1 else f"{release.tracks:,} tracks"
    frames = "1 frame" if release.frames == 1 else f"{release.frames:,} frames"
    return [
        f"{master.name} is redacted: {tracks} hidden on {frames}, all checks passed ({len(release.checks)}).",
        f"  Copy      {release.copy}",
        f"  Manifest  {release.manifest}",
        f"  Report    {release.report}",
        *([f"  Operator  {release.operators} (restricted: for you alone)"] if release.operators else []),
        *([f"  Time      {seconds:.0f} s"] if seconds is not None else []),
        *(f"Note: {warning}" for warning in release.warnings),
        *([f"Note: {release.earlier}"] if release.earlier else []),
        *_look_first(release),
        WATCH,
    ]


def _look_first(release: Release) -> list[str]:
    """Say at which seconds to look first, if any stand out."""
    if not release.look_first:
        return []
    begun = f" of the master (the copy begins at {_clock(release.begins)} of it)" if release.begins else ""
    return [f"Look first at: {', '.join(map(_clock, release.look_first))}{begun}."]


def _clock(seconds: Fraction | int) -> str:
    from redact.request.model import format_time  # noqa: PLC0415  loaded by now

    return format_time(Fraction(seconds))


def _failed(release: Release) -> list[str]:
    """Say what failed, one line for each check."""
    return [f"{check.name}: {check.found}" for check in release.checks if not check.passed]


def withheld(master: Path, release: Release) -> VerificationFailed:
    """Tell why nothing of MASTER was released."""
    failed = _failed(release)
    message = f"{master} was not released: {len(failed)} of {len(release.checks)} checks on the copy failed."
    shown = f" {release.operators} shows what was found and says what to do." if release.operators else ""
    remedy = f"Read {release.report}.{shown} The withheld copy may show third parties: do not pass it on."
    lines = [message, *(f"  {line}" for line in failed), *([release.earlier] if release.earlier else [])]
    return VerificationFailed(Sentence.of_lines(lines), remedy)


def release_facts(master: Path, release: Release, seconds: float | None) -> dict[str, Any]:
    """Put the RELEASE of MASTER as plain JSON."""
    return {
        "master": str(master),
        "released": not release.withheld,
        "copy": str(release.copy),
        "manifest": str(release.manifest) if release.manifest else None,
        "report": str(release.report),
        "operators_report": str(release.operators) if release.operators else None,
        "risks": str(release.risks) if release.risks else None,
        "earlier_release": release.earlier or None,
        "look_first": [_clock(second) for second in release.look_first],
        "copy_begins": _clock(release.begins),
        "findings": [_finding(finding) for finding in release.findings],
        "tracks": release.tracks,
        "frames": release.frames,
        "seconds": None if seconds is None else round(seconds, 1),
        "warnings": list(release.warnings),
        "checks": [{"name": check.name, "passed": check.passed, "found": check.found} for check in release.checks],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    """Put a FINDING of the second look as plain JSON, without its picture."""
    return {
        "id": finding.id,
        "kind": finding.kind.name.lower(),
        "time": _clock(finding.at),
        "place": list(finding.place),
        "score": finding.score,
        "standing": finding.standing.value,
    }
