"""What goes with a release on paper: the facts of the report and of the letter, gathered from the record."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from redact.advice import Step, Task
from redact.case.correcting import corrections, described
from redact.case.deciding import rulings
from redact.case.footage import scanned
from redact.case.looking import spent
from redact.case.steps import clock_of
from redact.errors import UsageProblem
from redact.governance.ledger.events import EventKind
from redact.governance.rules.completeness import Recording, Window, completeness
from redact.governance.rules.exemptions import Exemption
from redact.governance.rules.grounds import WORDS
from redact.governance.rules.organisation import FILE, Role
from redact.governance.rules.working_days import UK
from redact.package.public_key import fingerprint
from redact.records.kinds import Verdict
from redact.report.case_report import Approval as ApprovedBy
from redact.report.case_report import CaseFacts, Choice, Coverage, Exhibit, Inside, Searched
from redact.report.letter import REGULATOR, Letter, LetterFacts, complaint_to, letter
from redact.request.choices import RequestKind
from redact.request.model import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from redact.case.approving import Exhibit as Exhibited
    from redact.case.approving import Parcel
    from redact.case.asked import Asked
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.governance.rules.authority import Approval
    from redact.governance.rules.completeness import Completeness, Span
    from redact.governance.rules.completeness import Coverage as Covered

__all__ = ["case_facts", "clock_offsets", "covered", "person", "release_letter", "request_letter", "utc_now"]

LETTERS = {
    RequestKind.SAR: Letter.SAR_ANSWERED,
    RequestKind.THIRD_PARTY: Letter.THIRD_PARTY,
    RequestKind.POLICE: Letter.STATUTORY,
    RequestKind.STATUTORY: Letter.STATUTORY,
}
FOLDER = "letters"
"""Of HOME: the organisation's own templates."""

OURS = frozenset(
    {
        "kind",
        "day",
        "reference",
        "recipient",
        "organisation",
        "received",
        "due",
        "extended_to",
        "asked",
        "provided",
        "gaps",
        "clock",
        "enclosed",
        "fingerprint",
        "exemption",
        "reason",
        "basis",
        "purpose",
    }
)
"""Fields of a letter that the record fills in; the others are the organisation's to say."""


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
    request, coverage = parcel.request, covered(office, parcel.request, parcel.exhibits)
    intake, events = request.intake, office.register.events(reference=request.reference)
    return CaseFacts(
        reference=request.reference,
        kind=request.row.kind,
        requester=intake.requester,
        recipient=intake.recipient,
        recipient_code=parcel.code,
        copy_number=parcel.number,
        release_id=release_id,
        made=made_at,
        basis=_basis(request),
        purpose=intake.purpose or ("access to one's own data" if intake.kind is RequestKind.SAR else ""),
        exhibits=tuple(
            Exhibit(
                master=exhibit.clip.name,
                master_sha256=exhibit.clip.sha256,
                name=exhibit.name,
                sha256=exhibit.sha256,
                manifest=exhibit.manifest,
            )
            for exhibit in parcel.exhibits
        ),
        fingerprint=fingerprint(office.keys.public().keyid),
        approval=ApprovedBy(by=person(office, approval.by), at=_instant(approval.at), digest=approval.digest),
        asked=_asked(request),
        coverage=tuple(_coverage(camera) for camera in coverage.cameras),
        completeness=coverage.notes,
        searched=tuple(_searched(office, event) for event in events if event.kind is EventKind.SEARCHED),
        choices=tuple(_choices(office, parcel)),
        clock=clock_of(office, request).sentences,
        offsets=clock_offsets(request.clips),
        retention=_retention(office),
        inside=_inside(office, parcel, events),
    )


def release_letter(office: Office, parcel: Parcel, files: dict[str, str]) -> str:
    """Write the letter that goes with PARCEL; FILES: SHA-256 by name. Raises UsageProblem."""
    request, coverage = parcel.request, covered(office, parcel.request, parcel.exhibits)
    facts = replace(
        _letter(office, request, LETTERS[RequestKind(request.row.kind)]),
        provided=tuple(_provided(exhibit) for exhibit in parcel.exhibits),
        gaps=coverage.sentences,
        clock=clock_offsets(request.clips),
        enclosed=tuple(files.items()),
        fingerprint=fingerprint(office.keys.public().keyid),
    )
    return _written(office, facts)


def request_letter(office: Office, request: Asked) -> str:
    """Write the letter that refuses REQUEST, or else tells of its extension, as it was recorded.

    Raises UsageProblem where neither was recorded, or where the letter lacks something.
    """
    kinds = (EventKind.REFUSED, EventKind.EXTENDED)
    happened = {event.kind: event.data for event in office.register.events(reference=request.reference, kinds=kinds)}
    if RequestKind(request.row.kind) is not RequestKind.SAR:
        message = f"{request.reference} is a {request.row.kind} request; letters like that are there for sar alone."
        raise UsageProblem(message, "Write it by hand; what happened is on record.")
    if not happened:
        message = f"{request.reference} was neither refused nor extended, so there is no letter that says so."
        raise UsageProblem(message, "The letter of a release is in its package.")
    if (data := happened.get(EventKind.REFUSED)) is None:
        _check_extended(office, request)
        facts = replace(_letter(office, request, Letter.SAR_EXTENDED), reason=happened[EventKind.EXTENDED]["reason"])
        return _written(office, facts)
    exemption = Exemption(data["exemption"])
    ground = f"{exemption.meaning.removesuffix('.')} ({exemption.source})"
    facts = replace(_letter(office, request, Letter.SAR_REFUSED), exemption=ground, reason=data["reason"])
    return _written(office, facts)


def _check_extended(office: Office, request: Asked) -> None:
    """Raise UsageProblem where there is no new day to tell of."""
    clock = clock_of(office, request)
    if not clock.extended or clock.due is None:
        why = "something is waited for" if clock.extended else "it came too late, and gives no more time"
        message = f"There is no letter about the extension of {request.reference} now: {why}."
        raise UsageProblem(message, "See when it is due: ", Step(Task.SHOW_REQUEST, request.reference))


def _written(office: Office, facts: LetterFacts) -> str:
    """Write the letter of FACTS. Raises UsageProblem, which says where the organisation's own texts are."""
    try:
        return letter(facts, office.home / FOLDER)
    except UsageProblem as problem:
        where = f" The organisation's texts stand under [letters] in {office.home / FILE}."
        raise UsageProblem(problem.problem, *problem.advice.parts, where) from problem


def _letter(office: Office, request: Asked, kind: Letter) -> LetterFacts:
    """Put together what any letter about REQUEST says. Raises UsageProblem for a text that none has."""
    texts: dict[str, Any] = dict(office.organisation.letters)
    known = {member.name for member in fields(LetterFacts)} - OURS
    for name in texts:
        if name not in known:
            message = f"organisation.toml: letters.{name} is in no letter."
            raise UsageProblem(message, f"Accepted: {', '.join(sorted(known))}.")
    officers = [person.name for person in office.organisation.people.values() if Role.DPO in person.roles]
    signatory = f"{officers[0]}, Data Protection Officer" if officers else ""
    clock, regulator = clock_of(office, request), office.organisation.regulator
    facts: dict[str, Any] = {
        "kind": kind,
        "day": date.today(),  # noqa: DTZ011  the day where the organisation is
        "reference": request.reference,
        "recipient": request.intake.recipient or request.intake.requester,
        "organisation": office.organisation.name,
        "signatory": signatory,
        "contact": "",
        "received": request.intake.received,
        "due": clock.extension_notice_by,
        "extended_to": clock.due if clock.extended else None,
        "asked": _asked(request),
        "basis": _basis(request),
        "purpose": request.intake.purpose,
        "complaint": complaint_to(regulator.name or REGULATOR[0], regulator.address or REGULATOR[1]),
    }
    return LetterFacts(**(facts | texts))


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


def _provided(exhibit: Exhibited) -> str:
    clip, (first, last) = exhibit.clip, _part(exhibit)
    where = f"{clip.camera}, " if clip.camera else ""
    begins = datetime.fromisoformat(clip.starts) + timedelta(seconds=first) if clip.starts_from == "operator" else None
    start = f" from {_minute(begins.isoformat(timespec='seconds'))} by the clock in the picture" if begins else ""
    return f"{exhibit.name}: {where}{last - first:.0f} seconds{start}."


def _asked(request: Asked) -> str:
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


def _basis(request: Asked) -> str:
    return request.intake.lawful_basis or ("UK GDPR, Article 15" if request.row.kind == RequestKind.SAR else "")


def _searched(office: Office, event: Event) -> Searched:
    data = event.data
    window = f"{_minute(data['from'])} to {_minute(data['to'])}"
    by, at = person(office, event.by), _instant(event.at)
    return Searched(where=data["camera"], window=window, by=by, at=at, found=data["found"])


def _choices(office: Office, parcel: Parcel) -> Iterable[Choice]:
    for exhibit in parcel.exhibits if not parcel.native else ():
        _, scan_sha256 = scanned(office, parcel.request.reference, exhibit.clip)
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
        _, scan_sha256 = scanned(office, parcel.request.reference, exhibit.clip)
        for one in corrections(office, parcel.request.reference, exhibit.clip, scan_sha256):
            who, when = person(office, one.by), _instant(one.at)
            yield exhibit.clip.name, described(one.drawn), who, when, one.reason


def utc_now() -> datetime:
    """Give the time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
