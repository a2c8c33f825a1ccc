"""Footage of a case: taken in and never altered, looked at only with a reason, searched for people once."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from redact.advice import Give, Given, Sentence, Step, Task
from redact.case.asked import about, clip_named, still_open
from redact.case.folder import LONG, clip_locked, locked, master_path, scans_folder
from redact.detect.scan import scan
from redact.detect.scan_file import load_scan, networks, save_scan, scan_name
from redact.errors import InputUnusable, NotPermitted, Refusal, SourceChanged, UsageProblem
from redact.files import sha256_file, whole_file
from redact.governance.kept import civil_day, footage, limits
from redact.governance.ledger.events import EventKind
from redact.governance.rules.authority import Action
from redact.governance.rules.completeness import LONGEST_S, gaps
from redact.governance.rules.organisation import Role
from redact.governance.rules.retention import Footage, check_usable, state
from redact.governance.rules.working_days import UK
from redact.progress import silent
from redact.video.decode import DecodeLog, decode
from redact.video.native import native_metadata, recorded_at
from redact.video.probe import probe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from redact.advice import Part
    from redact.case.asked import Asked
    from redact.detect.found import Scan
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.governance.rules.organisation import Person
    from redact.progress import Progress
    from redact.records.tracks import Detector

__all__ = [
    "Said",
    "attach",
    "check_attached",
    "described",
    "detach",
    "keep_as_it_is",
    "last_scan",
    "master",
    "master_name",
    "open_footage",
    "scan_clip",
    "scan_there",
    "scanned",
]

LEAST_WHY = 8
"""Letters of a justification, at least: it is to be a reason."""

LONGEST_NAME = 120
"""Bytes of a master's file name: what is made of it has longer names."""

LONGEST_CAMERA = 200
"""Letters of a camera's name."""


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
    stream: int | None = None
    """Index of the video stream to work on, where several carry on."""


def attach(office: Office, reference: str, path: Path, description: Said, *, progress: Progress = silent) -> ClipRow:
    """Attach the clip at PATH to the request REFERENCE; a copy of it, bit for bit, is taken in as the master.

    A master that is there already is not taken in again. Raises NotPermitted, also for footage past its retention
    unless the DPO attaches it or a hold keeps it; UsageProblem or InputUnusable.
    """
    person = office.permit(Action.ATTACH, reference)
    with office.refusals(reference):
        still_open(office, reference)
        facts, sha256 = described(description), sha256_file(path)
        with clip_locked(office, sha256):
            known = _known(office, sha256)
            late = _past_retention(office, known, path, description, person)
            _check_stream(office, known, description)
            events = _here(office, known, path, facts)
            if known is None or known.purged_at:
                events = [_taken_in(office, path, sha256, description, progress)]
            with locked(office, reference, tries=LONG):  # the case goes on while its footage is read
                request = still_open(office, reference)
                if sha256 not in {clip.sha256 for clip in request.clips}:
                    data = {"past_retention": late} if late else {}
                    events.append(office.event(EventKind.ATTACHED, reference=reference, clip=sha256, data=data))
                if events:
                    office.record(*events)
    return office.register.clip(sha256)


def detach(office: Office, reference: str, name: str, reason: str) -> ClipRow:
    """Take the clip that NAME means off the request REFERENCE, and record the REASON; its footage stays as it is."""
    office.permit(Action.ATTACH, reference)
    with office.refusals(reference):
        still_open(office, reference)
    with locked(office, reference):
        clip = clip_named(still_open(office, reference).clips, name)
        put = ("Say why it has nothing to do with the request, with ", Give(Given.REASON, "…"), ".")
        data = {"reason": _justified(reason, *put)}
        office.record(office.event(EventKind.DETACHED, reference=reference, clip=clip.sha256, data=data))
    return clip


def master(office: Office, clip: ClipRow) -> Path:
    """Give the master of CLIP, for use today. Raises NotPermitted past its retention, InputUnusable if it is gone."""
    check_usable(footage(office, clip), limits(office), date.today())  # noqa: DTZ011  the day where the organisation is
    path = master_path(office, clip)
    if not path.is_file():
        message = f"The master {clip.name} ({clip.sha256[:12]}) is not where it was put ({path})."
        raise InputUnusable(message, "Attach it again from where it was recorded: ", Task.ATTACH)
    return path


def open_footage(office: Office, reference: str, clip: ClipRow, what: str, why: str) -> Path:
    """Record that somebody looks at WHAT of CLIP, unmasked, and WHY; give the master.

    Raises NotPermitted for whoever may not, UsageProblem where no reason is given.
    """
    office.permit(Action.VIEW, reference)
    reason = _justified(
        why, "Say it in a sentence, such as ", Give(Given.WHY, "to find the requester in the entrance hall"), "."
    )
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
    with office.refusals(reference):
        check_attached(still_open(office, reference), clip)
        with clip_locked(office, clip.sha256):
            path, fps, stream = master(office, clip), _fps(office, clip), _stream(office, clip)
            file = scans_folder(office, clip.sha256) / scan_name(detectors, fps, stream)
            if not _recorded(office, clip, file):
                result = scan(path, detectors, fps=fps, stream=stream, closely=True, progress=progress)
                _check_same(result.clip.sha256, clip)
                save_scan(result, detectors, file)
                office.keep(file)
            result, _ = load_scan(file, path, clip.sha256)
            facts = {"scan": sha256_file(file), "file": file.name, "closely": True, "models": networks(detectors)}
            with locked(office, reference, tries=LONG):  # the case goes on while its footage is searched
                check_attached(still_open(office, reference), clip)
                if facts["scan"] != last_scan(office, reference, clip).get("scan"):
                    event = office.event(EventKind.SCANNED, reference=reference, clip=clip.sha256, data=facts)
                    office.record(event)
    return result


def scanned(office: Office, reference: str, clip: ClipRow, *, colours: bool = True) -> tuple[Scan, str]:
    """Give what was found in CLIP for the request REFERENCE, and the digest of the scan; COLOURS as in `load_scan`.

    Raises UsageProblem where it was not scanned yet, or the scan is no longer what it was.
    """
    file, digest = scan_there(office, reference, clip)
    result, _ = load_scan(file, master(office, clip), clip.sha256, colours=colours)
    return result, digest


def scan_there(office: Office, reference: str, clip: ClipRow) -> tuple[Path, str]:
    """Find the file of what was found in CLIP for the request REFERENCE, and give its digest. Raises as `scanned`."""
    facts = last_scan(office, reference, clip)
    again = ("Scan it: ", Step(Task.SCAN, reference, about(clip)))
    if not facts:
        message = f"{clip.name} was not scanned for {reference} yet."
        raise UsageProblem(message, *again)
    file = scans_folder(office, clip.sha256) / facts["file"]
    if not file.is_file() or sha256_file(file) != facts["scan"]:
        message = f"The scan of {clip.name} is gone, or is not the one that was recorded."
        raise UsageProblem(message, *again)
    return file, facts["scan"]


def _recorded(office: Office, clip: ClipRow, file: Path) -> bool:
    """Tell whether FILE is a scan of CLIP that was recorded for some request: nothing else in its place is believed."""
    events = office.register.events(kinds=(EventKind.SCANNED,), clip=clip.sha256)
    known = {event.data["scan"] for event in events if event.data["file"] == file.name}
    return bool(known) and file.is_file() and sha256_file(file) in known


def check_attached(request: Asked, clip: ClipRow) -> None:
    """Raise UsageProblem where CLIP is not of REQUEST, any more."""
    if clip.sha256 not in {attached.sha256 for attached in request.clips}:
        message = f"{clip.name} is not attached to {request.reference}."
        raise UsageProblem(message, "See what is: ", Step(Task.SHOW_REQUEST, request.reference))


def _past_retention(office: Office, known: ClipRow | None, path: Path, description: Said, person: Person) -> str:
    """Say that footage at PATH, KNOWN or not, is past its retention; nothing where it is not.

    Raises NotPermitted where it is and PERSON is not the DPO: attaching it would keep it for longer.
    """
    today = date.today()  # noqa: DTZ011  the day where the organisation is
    recorded = civil_day(description.starts.isoformat()) if description.starts else None
    incoming = Footage(sha256="", name=master_name(path), recorded=recorded, imported=today)
    if known:
        before = footage(office, known)
        incoming = replace(before, purged=False, recorded=before.recorded or recorded)
    kept = state(incoming, limits(office), today)
    if not kept.purgeable:
        return ""
    if Role.DPO not in person.roles:
        message = f"{kept.name} may not be attached. {kept.reason}"
        advice = "The DPO can attach it, or place a hold first where an incident needs it: "
        raise NotPermitted(message, advice, Task.HOLD, code=Refusal.PAST_RETENTION)
    return kept.reason


def _here(office: Office, known: ClipRow | None, path: Path, described: dict[str, Any]) -> list[Event]:
    """Give the event that says what is DESCRIBED anew of the KNOWN clip at PATH.

    A master that was lost or damaged is put back; the event has the digest of the damaged one.
    """
    if known is None or known.purged_at:
        return []
    was = _digest(master_path(office, known))
    if was != known.sha256:
        _copied(office, path, known.sha256, known.name)
        described = described | {"put_back": True} | ({"was": was} if was else {})
    return [office.event(EventKind.DESCRIBED, clip=known.sha256, data=described)] if described else []


def _digest(path: Path) -> str:
    """Give the digest of the file at PATH; nothing where there is none, or one that cannot be read."""
    try:
        return sha256_file(path)
    except InputUnusable:
        return ""


def _justified(text: str, *advice: Part) -> str:
    """Give TEXT in one line. Raises UsageProblem with ADVICE where it is too short to be a reason."""
    words = " ".join(text.split())
    if len(words) < LEAST_WHY:
        message = "Footage is viewed, and put aside, only with a justification, and this is none."
        raise UsageProblem(message, *advice)
    return words


def _known(office: Office, sha256: str) -> ClipRow | None:
    """Give the clip SHA256 if it was ever taken in."""
    try:
        return office.register.clip(sha256)
    except UsageProblem:
        return None


def last_scan(office: Office, reference: str, clip: ClipRow) -> dict[str, Any]:
    """What the last scan of CLIP for the request REFERENCE was recorded as; nothing where there is none."""
    events = office.register.events(reference=reference, kinds=(EventKind.SCANNED,), clip=clip.sha256)
    return dict(events[-1].data) if events else {}


def _fps(office: Office, clip: ClipRow) -> Fraction | None:
    """Frames per second that were given when CLIP was taken in."""
    (*_, event) = office.register.events(kinds=(EventKind.IMPORTED,), clip=clip.sha256)
    fps = event.data.get("fps")
    return Fraction(fps) if fps else None


def _stream(office: Office, clip: ClipRow) -> int | None:
    """Index of the video stream that was asked for when CLIP was taken in."""
    (*_, event) = office.register.events(kinds=(EventKind.IMPORTED,), clip=clip.sha256)
    stream: int | None = event.data.get("stream")
    return stream


def _check_stream(office: Office, known: ClipRow | None, description: Said) -> None:
    """Raise UsageProblem where another video stream of a master that was taken in before is asked for."""
    if known is None or known.purged_at or description.stream in (None, _stream(office, known)):
        return
    stream = Give(Given.STREAM, str(description.stream))
    message = Sentence((f"{known.name} was taken in before, without ", stream, "; a master is worked on in one way."))
    raise UsageProblem(message, "Write that stream out to a file of its own, and attach that.")


def _check_same(sha256: str, clip: ClipRow) -> None:
    if sha256 != clip.sha256:
        message = f"The master {clip.name} is not what was taken in ({clip.sha256[:12]} then, {sha256[:12]} now)."
        raise SourceChanged(message, "Attach it again from where it was recorded: ", Task.ATTACH)


def described(description: Said) -> dict[str, Any]:
    """Give the DESCRIPTION of a clip as an event holds it; what is not said is left out. Raises UsageProblem."""
    facts: dict[str, Any] = {}
    if not description.camera.isprintable() or len(description.camera) > LONGEST_CAMERA:
        message = f"A camera has a name of up to {LONGEST_CAMERA} printable characters."
        raise UsageProblem(message, "Name it as people there do, with ", Given.CAMERA, ".")
    if not abs(description.clock_offset_s or 0) <= LONGEST_S:  # nor is what is no number
        message = (
            f"A clock in a picture is not {description.clock_offset_s} s ahead: it is some seconds, up to ten years."
        )
        raise UsageProblem(message, "Give it with ", Given.CLOCK_OFFSET, ", such as 72 or -3.5.")
    if description.camera.strip():
        facts["camera"] = description.camera.strip()
    if description.starts:
        facts |= {"starts": description.starts.isoformat(timespec="milliseconds"), "starts_from": "operator"}
    if description.clock_offset_s is not None:
        facts["clock_offset_s"] = description.clock_offset_s
    return facts


def _taken_in(office: Office, path: Path, sha256: str, description: Said, progress: Progress) -> Event:
    """Examine the clip at PATH, copy it into HOME as a master, and give the event that says so."""
    name = master_name(path)
    examined = _examined(path, description, progress)
    size = _copied(office, path, sha256, name)
    facts = {"name": name, "size_bytes": size, "camera": "", "clock_offset_s": None}
    return office.event(EventKind.IMPORTED, clip=sha256, data=facts | examined | described(description))


def _copied(office: Office, path: Path, sha256: str, name: str) -> int:
    """Copy the clip at PATH as the master SHA256 under NAME, never to be written again; gives its bytes.

    Raises SourceChanged where something else was read than before.
    """
    target = office.folder("masters", sha256) / name
    keep_as_it_is(office, path, target, sha256)
    return target.stat().st_size


def keep_as_it_is(office: Office, path: Path, target: Path, sha256: str) -> None:
    """Copy the file at PATH to TARGET bit for bit, never to be written again. Raises SourceChanged if not SHA256."""
    with whole_file(target) as part:
        shutil.copyfile(path, part)
        if sha256_file(part) != sha256:
            message = f"{path} changed while it was taken in."
            raise SourceChanged(message)
        part.chmod(0o440 if office.organisation.group else 0o400)


def master_name(path: Path) -> str:
    """Give the name of the file at PATH as a master has it: one line that can be read, and not too long.

    What does not print, such as an end of line or what turns the direction of writing, becomes a mark.
    """
    text = path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    stem, dot, ending = shown.rpartition(".")
    if not stem or len(ending.encode()) > LONGEST_NAME // 4:
        stem, dot, ending = shown, "", ""
    room = LONGEST_NAME - len((dot + ending).encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + ending


def _examined(path: Path, description: Said, progress: Progress) -> dict[str, Any]:
    """Read the clip at PATH from beginning to end: how long it is, where time is missing, what its container says."""
    source, log = probe(path, description.fps, description.stream), DecodeLog()
    for frame in decode(source, log):
        progress("examine", frame.index + 1, log.promised or None)
    pts, damage = log.pts_array(), log.damage()
    if not len(pts):
        message = f"{path} has no picture in it that can be decoded."
        raise InputUnusable(message, "Ask for the file again, and check that it plays.")
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
        "fps": str(description.fps) if description.fps else None,
        **({} if description.stream is None else {"stream": description.stream}),
        "metadata": tags.plain(),
    }
