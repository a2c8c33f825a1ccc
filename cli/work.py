"""Making one release, and saying what came of it: shared by run, batch and demo."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from cli.trouble import explained
from redact.errors import InputUnusable, VerificationFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from redact.acceptance import Acceptance
    from redact.findings import Finding
    from redact.governance.request import Request
    from redact.progress import Progress
    from redact.records import Detector, Kind
    from redact.release import Release
    from redact.results import Results

__all__ = ["WATCH", "Work", "detectors_for_cases", "release_facts", "said", "withheld", "writable"]

WATCH = "Watch the copy once from beginning to end before it leaves."


@dataclass(frozen=True, slots=True)
class Work:
    """How a release is made of any clip. It travels to other processes, each of which loads the networks once."""

    request: Request
    fps: Fraction | None
    accept_damage: bool
    accept: Acceptance | None = None
    stream: int | None = None
    """Index of the video stream, where several carry on."""
    name: str | None = None
    """What the results are called before their endings, by default after the clip."""
    supersede: bool = False
    inputs: tuple[Path, ...] = ()
    """What the command reads besides the clip, and must never replace."""

    def __call__(self, master: Path, folder: Path, progress: Progress) -> Release:
        """Make the release of MASTER in FOLDER. Raises RedactError, whatever goes wrong."""
        try:
            self.check(master, folder)
            _look(master, self, progress)
            from redact.release import kinds_to_find, make_release  # noqa: PLC0415  loads OpenCV

            return make_release(
                master,
                folder,
                self.request,
                _detectors(kinds_to_find(self.request), keeping=bool(self.request.keep)),
                fps=self.fps,
                stream=self.stream,
                accept_damage=self.accept_damage,
                accept=self.accept,
                name=self.name,
                supersede=self.supersede,
                inputs=self.inputs,
                progress=progress,
            )
        except Exception as problem:
            raise explained(problem) from problem

    def check(self, master: Path, folder: Path) -> None:
        """See that the release of MASTER in FOLDER would replace nothing that is not ours. Raises RedactError."""
        self._results(master, folder).check((master, *self.inputs))

    def check_inputs(self, master: Path, folder: Path) -> None:
        """See that no file which the command reads would be replaced by that. Raises UsageProblem."""
        self._results(master, folder).check_inputs((master, *self.inputs))

    def _results(self, master: Path, folder: Path) -> Results:
        from redact.files import file_stem  # noqa: PLC0415  not needed for help
        from redact.results import Results  # noqa: PLC0415  loads pydantic

        return Results(folder, self.name or file_stem(master))


def _look(master: Path, work: Work, progress: Progress) -> None:
    """See that MASTER is a video, and that what WORK names lies in it, before the networks are loaded for it.

    Raises InputUnusable, UsageProblem.
    """
    from redact.video.probe import probe  # noqa: PLC0415  loads PyAV
    from redact.within import check_asked  # noqa: PLC0415  as above

    progress("probe", 0, None)
    check_asked(work.request, probe(master, work.fps, work.stream))


@cache
def _detectors(kinds: tuple[Kind, ...], *, keeping: bool) -> tuple[Detector, ...]:
    from models.loading import load  # noqa: PLC0415  loads OpenVINO

    detectors: tuple[Detector, ...] = load(kinds, keeping=keeping)
    return detectors


def detectors_for_cases() -> tuple[Detector, ...]:
    """Load the networks for a scan that is kept: it serves any request, and mostly somebody is to stay visible."""
    from redact.records import Kind  # noqa: PLC0415  loads numpy

    return _detectors(tuple(sorted(Kind)), keeping=True)


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """See that FOLDER can be written to before hours are spent; an empty folder made for nothing is removed again.

    Raises InputUnusable.
    """
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        message = f"{folder} cannot be written ({(problem.strerror or type(problem).__name__).lower()})."
        raise InputUnusable(message, "Choose another folder with -o.") from problem
    try:
        yield
    finally:
        if made:
            with suppress(OSError):  # there is something in it
                folder.rmdir()


def said(master: Path, release: Release, seconds: float | None) -> str:
    """Tell of the RELEASE of MASTER that took SECONDS, if anybody counted them."""
    tracks = "1 track" if release.tracks == 1 else f"{release.tracks:,} tracks"
    frames = "1 frame" if release.frames == 1 else f"{release.frames:,} frames"
    lines = [
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
    return "\n".join(lines)


def _look_first(release: Release) -> list[str]:
    """Say at which seconds to look first, if any stand out."""
    if not release.look_first:
        return []
    begun = f" of the master (the copy begins at {_clock(release.begins)} of it)" if release.begins else ""
    return [f"Look first at: {', '.join(map(_clock, release.look_first))}{begun}."]


def _clock(seconds: Fraction | int) -> str:
    from redact.governance.request import format_time  # noqa: PLC0415  loaded by now

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
    told = [message, *(f"  {line}" for line in failed), *([release.earlier] if release.earlier else [])]
    return VerificationFailed("\n".join(told), remedy)


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
        "findings": [_finding(one) for one in release.findings],
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
