"""What goes with a release on paper: the facts of the report and of the letter, gathered from the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from redact.case.correcting import corrections, described
from redact.case.deciding import rulings
from redact.case.footage import scan_there
from redact.case.looking import spent
from redact.case.steps import clock_of
from redact.governance.ledger.events import EventKind
from redact.governance.rules.completeness import Recording, Window, completeness
from redact.governance.rules.grounds import WORDS
from redact.governance.rules.working_days import UK
from redact.package.public_key import fingerprint
from redact.records.kinds import Verdict
from redact.report.case_report import Approval as ApprovedBy
from redact.report.case_report import CaseFacts, Choice, Coverage, Exhibit, Inside, Searched
from redact.request.choices import RequestKind
from redact.request.model import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from redact.case.asked import Asked
    from redact.case.parcel import Exhibit as Exhibited
    from redact.case.parcel import Parcel
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.governance.rules.authority import Approval
    from redact.governance.rules.completeness import Completeness, Span
    from redact.governance.rules.completeness import Coverage as Covered

__all__ = [
    "asked_for",
    "basis_of",
    "case_facts",
    "clock_offsets",
    "covered",
    "draft_facts",
    "person",
    "provided",
    "utc_now",
]

BASES = {
    RequestKind.SAR: "UK GDPR, Article 15",
    RequestKind.FOI: "Freedom of Information Act 2000; in Scotland the Freedom of Information (Scotland) Act 2002",
}
PURPOSES = {
    RequestKind.SAR: "access to one's own data",
    RequestKind.FOI: "freedom of information: none has to be said",
    RequestKind.TENANT: "access under the scheme for tenants of social housing",
}

LATER = "stands here once it is released"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a draft is said to be made: whenever it is looked at, it is the same."""


def covered(office: Office, request: Asked, exhibits: Iterable[Exhibited] = ()) -> Completeness:
    """Hold the footage of REQUEST against the time and the cameras it asks for, as far as EXHIBITS show it."""
    parts = {exhibit.clip.sha256: _part(exhibit) for exhibit in exhibits}
    window = request.intake.window
    cameras = request.intake.cameras or tuple(dict.fromkeys(clip.camera for clip in request.clips))
    windows = [Window(camera, window.start, window.end) for camera in cameras] if window else []
    return completeness(windows, [_recording(office, clip, parts.get(clip.sha256)) for clip in request.clips])


def clock_offsets(clips: Iterable[ClipRow]) -> tuple[str, ...]:
    """Say of each of CLIPS how far the clock in its picture is off, as far as anybody compared it."""
    return tuple(_offset(clip) for clip in clips)


def person(office: Office, user: str) -> str:
    """Name whoever USER is; accounts of the organisation's computers are nobody else's business."""
    person = office.organisation.user(user)
    return person.name if person else "somebody who has left"


def case_facts(office: Office, parcel: Parcel, approval: Approval, release_id: str, made_at: datetime) -> CaseFacts:
    """Gather what the report tells of PARCEL, which leaves."""
    return replace(
        draft_facts(office, parcel),
        release_id=release_id,
        made=made_at,
        fingerprint=fingerprint(office.keys.public().keyid),
        approval=ApprovedBy(by=person(office, approval.by), at=_instant(approval.at), digest=approval.digest),
        inside=_inside(office, parcel, office.register.events(reference=parcel.request.reference)),
    )


def draft_facts(office: Office, parcel: Parcel) -> CaseFacts:
    """Gather what the report will tell of PARCEL, as far as that is known before anything is approved."""
    request, coverage = parcel.request, covered(office, parcel.request, parcel.exhibits)
    intake, events = request.intake, office.register.events(reference=request.reference)
    return CaseFacts(
        reference=request.reference,
        kind=request.row.kind,
        requester=intake.requester,
        recipient=intake.recipient,
        recipient_code=parcel.code,
        copy_number=parcel.number,
        release_id=LATER,
        made=NEVER,
        basis=basis_of(request),
        purpose=intake.purpose or PURPOSES.get(intake.kind, ""),
        exhibits=tuple(
            Exhibit(
                master=exhibit.clip.name,
                master_sha256=exhibit.clip.sha256,
                name=exhibit.name,
                sha256=exhibit.sha256,
                companion=exhibit.companion,
                manifest=exhibit.manifest,
            )
            for exhibit in parcel.exhibits
        ),
        fingerprint=LATER,
        asked=asked_for(request),
        coverage=tuple(_coverage(camera) for camera in coverage.cameras),
        completeness=coverage.notes,
        searched=tuple(_searched(office, event) for event in events if event.kind is EventKind.SEARCHED),
        choices=tuple(_choices(office, parcel)),
        clock=clock_of(office, request).history,
        offsets=clock_offsets(request.clips),
        retention=_retention(office),
    )


def _part(exhibit: Exhibited) -> tuple[float, float]:
    """From when to when, in seconds of the master, EXHIBIT shows it."""
    whole = (0.0, exhibit.clip.duration_s or 0.0)
    span = exhibit.manifest.request.get("span") if exhibit.manifest else None
    return (float(parse_time(span["from"])), min(float(parse_time(span["to"])), whole[1])) if span else whole


def _recording(office: Office, clip: ClipRow, part: tuple[float, float] | None) -> Recording:
    """Give CLIP, or PART of it, as far as it covers time; only a start that somebody gave counts."""
    (*_, event) = office.register.events(kinds=(EventKind.IMPORTED,), clip=clip.sha256)
    starts = clip.starts if clip.starts_from == "operator" else ""
    first, last = part or (0.0, clip.duration_s or 0.0)
    gaps = ((max(start, first) - first, min(end, last) - first) for start, end in event.data["gaps"])
    return Recording(
        name=clip.name,
        camera=clip.camera,
        starts=datetime.fromisoformat(starts) + timedelta(seconds=first) if starts else None,
        duration_s=max(last - first, 0.0),
        gaps=tuple((start, end) for start, end in gaps if start < end),
        lost_frames=event.data["lost"],
        clock_offset_s=clip.clock_offset_s,
    )


def _offset(clip: ClipRow) -> str:
    offset = clip.clock_offset_s
    if offset is None:
        return f"{clip.name}: nobody compared the clock in the picture with the right time."
    if not offset:
        return f"{clip.name}: the clock in the picture was compared with the right time, and is right."
    way = "ahead of" if offset > 0 else "behind"
    return f"{clip.name}: the clock in the picture is {abs(offset):g} s {way} the right time."


def _coverage(coverage: Covered) -> Coverage:
    return Coverage(
        camera=coverage.camera, covered=coverage.sentence, gaps=tuple(_gap(span) for span in coverage.missing)
    )


def _gap(span: Span) -> str:
    start, end = (moment.astimezone(UK) for moment in (span.start, span.end))
    return f"{start.day} {start:%B %Y, %H:%M:%S} to {end:%H:%M:%S}"


def provided(exhibit: Exhibited) -> str:
    """Say what EXHIBIT shows."""
    if exhibit.companion:
        return f"{exhibit.name}: it came with {exhibit.clip.name}, and is as it came."
    clip, (first, last) = exhibit.clip, _part(exhibit)
    where = f"{clip.camera}, " if clip.camera else ""
    begins = datetime.fromisoformat(clip.starts) + timedelta(seconds=first) if clip.starts_from == "operator" else None
    start = f" from {_minute(begins.isoformat(timespec='seconds'))} by the clock in the picture" if begins else ""
    return f"{exhibit.name}: {where}{last - first:.0f} seconds{start}."


def asked_for(request: Asked) -> str:
    """Say what REQUEST asks for."""
    window, cameras = request.intake.window, ", ".join(request.intake.cameras)
    time = f" from {_minute(window.start.isoformat())} to {_minute(window.end.isoformat())}" if window else ""
    return f"footage{time} ({cameras})" if cameras else f"footage{time}"


def _minute(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return f"{moment.day} {moment:%B %Y, %H:%M:%S}".removesuffix(":00")


def _instant(text: str) -> str:
    """Write a time of the record as people read it, to the second."""
    moment = datetime.fromisoformat(text)
    return f"{moment.day} {moment:%B %Y, %H:%M:%S} UTC"


def basis_of(request: Asked) -> str:
    """Say on which law REQUEST rests."""
    return request.intake.lawful_basis or BASES.get(request.kind, "")


def _searched(office: Office, event: Event) -> Searched:
    data = event.data
    window = f"{_minute(data['from'])} to {_minute(data['to'])}"
    by, at = person(office, event.by), _instant(event.at)
    return Searched(where=data["camera"], window=window, by=by, at=at, found=data["found"])


def _choices(office: Office, parcel: Parcel) -> Iterable[Choice]:
    for exhibit in parcel.exhibits if not parcel.native else ():
        _, scan_sha256 = scan_there(office, parcel.request.reference, exhibit.clip)
        for ruling in rulings(office, parcel.request.reference, exhibit.clip, scan_sha256):
            yield Choice(
                subject=f"{exhibit.clip.name}, {ruling.subject}",
                visible=ruling.verdict is Verdict.VISIBLE,
                ground=WORDS[ruling.ground],
                reason=ruling.reason,
                by=person(office, ruling.by),
                at=_instant(ruling.at),
            )


def _retention(office: Office) -> tuple[str, ...]:
    kept = office.organisation.retention
    return (
        f"Footage is kept for {kept.footage_days} days, unless a hold or an open request keeps it for longer.",
        f"Working copies are deleted {kept.working_days} days after the request has ended.",
        f"What was released is kept here for {kept.release_days} days, so that questions about it can be answered.",
    )


def _inside(office: Office, parcel: Parcel, events: Sequence[Event]) -> Inside:
    """Gather what never leaves: who viewed what, what was drawn, every event, and what the containers said."""
    request = parcel.request
    names = {clip.sha256: clip.name for clip in request.clips}
    viewed = EventKind.VIEWED
    return Inside(
        viewings=tuple(
            (event.at, event.by, names.get(event.clip, event.clip[:12]), event.data["why"])
            for event in events
            if event.kind is viewed
        ),
        looked=tuple(
            (person(office, one.by), f"{one.items:,}", f"{one.seconds / 60:.1f}")
            for one in spent(office, request.reference)
        ),
        drawn=tuple(_drawn(office, parcel)),
        events=tuple((event.at, event.kind.value, event.by, names.get(event.clip, "")) for event in events),
        native=tuple((clip.name, key, str(value)) for clip in request.clips for key, value in clip.container.items()),
    )


def _drawn(office: Office, parcel: Parcel) -> Iterable[tuple[str, str, str, str, str]]:
    """Tell of what was drawn on the clips of PARCEL, and counts in its copies."""
    for exhibit in parcel.exhibits if not parcel.native else ():
        _, scan_sha256 = scan_there(office, parcel.request.reference, exhibit.clip)
        for one in corrections(office, parcel.request.reference, exhibit.clip, scan_sha256):
            who, when = person(office, one.by), _instant(one.at)
            yield exhibit.clip.name, described(one.drawn), who, when, one.reason


def utc_now() -> datetime:
    """Give the time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
