"""Footage of a case: taken in and never altered, looked at only with a reason, searched for people once."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from redact.case.asked import clip_named, still_open
from redact.case.folder import locked, master_path, scans_folder
from redact.errors import InputUnusable, SourceChanged, UsageProblem
from redact.files import sha256_file, whole_file
from redact.governance.authority import Action
from redact.governance.completeness import gaps
from redact.governance.events import EventKind
from redact.governance.kept import footage, limits
from redact.governance.retention import check_usable
from redact.progress import silent
from redact.scan import scan
from redact.scan_file import load_scan, networks, save_scan, scan_name
from redact.video.decode import DecodeLog, decode
from redact.video.native import native_metadata, recorded_at
from redact.video.probe import probe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from redact.governance.events import Event
    from redact.governance.office import Office
    from redact.governance.register import ClipRow
    from redact.progress import Progress
    from redact.records import Detector
    from redact.scan import Scan

__all__ = ["Said", "attach", "detach", "master", "open_footage", "scan_clip", "scanned"]

UK = ZoneInfo("Europe/London")
"""Where the cameras are: what a clock on the wall beside one shows."""

LEAST_WHY = 8
"""Letters of a justification, at least: it is to be a reason."""


@dataclass(frozen=True, slots=True)
class Said:
    """What whoever attaches a clip says of it."""

    camera: str = ""
    starts: datetime | None = None
    """Local time at which it begins, as the clock on the wall would have shown it."""
    clock_offset_s: float | None = None
    """Seconds by which the clock burned into the picture is ahead of real time."""
    fps: Fraction | None = None
    """Frames per second of a raw stream."""


def attach(office: Office, reference: str, path: Path, said: Said, *, progress: Progress = silent) -> ClipRow:
    """Attach the clip at PATH to the request REFERENCE; a copy of it, bit for bit, is taken in as the master.

    A master that is there already is not taken in again. Raises NotPermitted, UsageProblem or InputUnusable.
    """
    office.permit(Action.ATTACH, reference)
    request = still_open(office, reference)
    with locked(office, reference):
        sha256 = sha256_file(path)
        known = _known(office, sha256)
        events = []
        if known is None or known.purged_at:
            events.append(_taken_in(office, path, sha256, said, progress))
        elif described := _described(said):
            events.append(office.event(EventKind.DESCRIBED, clip=sha256, data=described))
        if sha256 not in {clip.sha256 for clip in request.clips}:
            events.append(office.event(EventKind.ATTACHED, reference=reference, clip=sha256))
        if events:
            office.record(*events)
    return office.register.clip(sha256)


def detach(office: Office, reference: str, name: str, reason: str) -> ClipRow:
    """Take the clip that NAME means off the request REFERENCE, and record the REASON; its footage stays as it is."""
    office.permit(Action.ATTACH, reference)
    with office.refusals(reference), locked(office, reference):
        clip = clip_named(still_open(office, reference).clips, name)
        data = {"reason": _justified(reason, 'Say why it has nothing to do with the request, with --reason "…".')}
        office.record(office.event(EventKind.DETACHED, reference=reference, clip=clip.sha256, data=data))
    return clip


def master(office: Office, clip: ClipRow) -> Path:
    """Give the master of CLIP, for use today. Raises NotPermitted past its retention, InputUnusable if it is gone."""
    check_usable(footage(office, clip), limits(office), date.today())  # noqa: DTZ011  the day where the organisation is
    path = master_path(office, clip)
    if not path.is_file():
        message = f"The master {clip.name} ({clip.sha256[:12]}) is not where it was put ({path})."
        raise InputUnusable(message, "Attach it again from where it was recorded: redact request attach")
    return path


def open_footage(office: Office, reference: str, clip: ClipRow, what: str, why: str) -> Path:
    """Record that somebody looks at WHAT of CLIP, unmasked, and WHY; give the master.

    Raises NotPermitted for whoever may not, UsageProblem where no reason is given.
    """
    office.permit(Action.VIEW, reference)
    reason = _justified(why, 'Say it in a sentence, such as --why "to find the requester in the entrance hall".')
    with office.refusals(reference):
        path = master(office, clip)
    data = {"what": what, "why": reason}
    office.record(office.event(EventKind.VIEWED, reference=reference, clip=clip.sha256, data=data))
    return path


def scan_clip(
    office: Office, reference: str, clip: ClipRow, detectors: Sequence[Detector], *, progress: Progress = silent
) -> Scan:
    """Find everyone in CLIP with DETECTORS, closely, unless that was done already for any request.

    Raises SourceChanged where the master is no longer what was taken in.
    """
    office.permit(Action.SCAN, reference)
    still_open(office, reference)
    with locked(office, reference), office.refusals(reference):
        path, fps = master(office, clip), _fps(office, clip)
        file = scans_folder(office, clip.sha256) / scan_name(detectors, fps)
        if not file.is_file():
            seen = scan(path, detectors, fps=fps, closely=True, progress=progress)
            _check_same(seen.clip.sha256, clip)
            save_scan(seen, detectors, file)
            office.keep(file)
        seen, _ = load_scan(file, path, clip.sha256)
        facts = {"scan": sha256_file(file), "file": file.name, "closely": True, "models": networks(detectors)}
        if facts["scan"] != _last_scan(office, reference, clip).get("scan"):
            event = office.event(EventKind.SCANNED, reference=reference, clip=clip.sha256, data=facts)
            office.record(event)
    return seen


def scanned(office: Office, reference: str, clip: ClipRow) -> tuple[Scan, str]:
    """Give what was found in CLIP for the request REFERENCE, and the digest of the scan.

    Raises UsageProblem where it was not scanned yet, or the scan is no longer what it was.
    """
    facts = _last_scan(office, reference, clip)
    again = f'Scan it: redact scan "{reference}" --clip "{clip.name}"'
    if not facts:
        message = f"{clip.name} was not scanned for {reference} yet."
        raise UsageProblem(message, again)
    file = scans_folder(office, clip.sha256) / facts["file"]
    if not file.is_file() or sha256_file(file) != facts["scan"]:
        message = f"The scan of {clip.name} is gone, or is not the one that was recorded."
        raise UsageProblem(message, again)
    seen, _ = load_scan(file, master(office, clip), clip.sha256)
    return seen, facts["scan"]


def _justified(text: str, remedy: str) -> str:
    """Give TEXT in one line. Raises UsageProblem with REMEDY where it is too short to be a reason."""
    words = " ".join(text.split())
    if len(words) < LEAST_WHY:
        message = "Footage is viewed, and put aside, only with a justification, and this is none."
        raise UsageProblem(message, remedy)
    return words


def _known(office: Office, sha256: str) -> ClipRow | None:
    """Give the clip SHA256 if it was ever taken in."""
    try:
        return office.register.clip(sha256)
    except UsageProblem:
        return None


def _last_scan(office: Office, reference: str, clip: ClipRow) -> dict[str, Any]:
    """What the last scan of CLIP for the request REFERENCE was recorded as; nothing where there is none."""
    events = office.register.events(reference=reference, kinds=(EventKind.SCANNED,), clip=clip.sha256)
    return dict(events[-1].data) if events else {}


def _fps(office: Office, clip: ClipRow) -> Fraction | None:
    """Frames per second that were given when CLIP was taken in."""
    (*_, event) = office.register.events(kinds=(EventKind.IMPORTED,), clip=clip.sha256)
    fps = event.data.get("fps")
    return Fraction(fps) if fps else None


def _check_same(found: str, clip: ClipRow) -> None:
    if found != clip.sha256:
        message = f"The master {clip.name} is not what was taken in ({clip.sha256[:12]} then, {found[:12]} now)."
        raise SourceChanged(message)


def _described(said: Said) -> dict[str, Any]:
    """What is SAID of a clip, as an event holds it; what is not said is left out."""
    facts: dict[str, Any] = {}
    if said.camera:
        facts["camera"] = said.camera
    if said.starts:
        facts |= {"starts": said.starts.isoformat(timespec="milliseconds"), "starts_from": "operator"}
    if said.clock_offset_s is not None:
        facts["clock_offset_s"] = said.clock_offset_s
    return facts


def _taken_in(office: Office, path: Path, sha256: str, said: Said, progress: Progress) -> Event:
    """Copy the clip at PATH into HOME as a master, examine it, and give the event that says so."""
    examined = _examined(path, said.fps, progress)
    name = path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    target = office.folder("masters", sha256) / name
    with whole_file(target) as part:
        shutil.copyfile(path, part)
        if sha256_file(part) != sha256:
            message = f"{path} changed while it was taken in."
            raise SourceChanged(message)
    target.chmod(0o440 if office.organisation.group else 0o400)
    facts = {"name": name, "size_bytes": target.stat().st_size, "camera": "", "clock_offset_s": None}
    return office.event(EventKind.IMPORTED, clip=sha256, data=facts | examined | _described(said))


def _examined(path: Path, fps: Fraction | None, progress: Progress) -> dict[str, Any]:
    """Read the clip at PATH from beginning to end: how long it is, where time is missing, what its container says."""
    source, log = probe(path, fps), DecodeLog()
    for frame in decode(source, log):
        progress("examine", frame.index + 1, log.promised or None)
    pts, damage = log.pts_array(), log.damage()
    tags = native_metadata(path)
    started = recorded_at(tags)
    return {
        "starts": started.astimezone(UK).replace(tzinfo=None).isoformat(timespec="milliseconds") if started else "",
        "starts_from": "container" if started else "unknown",
        "duration_s": float((int(pts[-1]) - int(pts[0])) * source.time_base + 1 / source.rate),
        "frames": len(pts),
        "gaps": gaps(pts, source.time_base, source.rate),
        "lost": int(damage.lost),
        "notes": list(damage.notes),
        "fps": str(fps) if fps else None,
        "metadata": tags.plain(),
    }
