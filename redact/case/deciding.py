"""Who stays visible in a case's clip: decisions on subjects, each with its ground, and the points they come to.

A decision is about a subject of one scan. Another scan may number people otherwise, so decisions of an earlier one no
longer count, and whoever they let through is hidden again until somebody decides anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from redact.case.asked import still_open
from redact.case.folder import locked
from redact.case.footage import scanned
from redact.errors import UsageProblem
from redact.files import canonical_json, sha256_bytes
from redact.governance.authority import Action
from redact.governance.events import EventKind
from redact.governance.grounds import Ground, check_ground
from redact.governance.request import Keep, parse_keep, parse_time
from redact.records import Verdict
from redact.scan import tracks_of
from redact.seeds import named
from redact.subject_sheet import listed
from redact.subjects import subjects

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from redact.governance.events import Event
    from redact.governance.office import Office
    from redact.governance.register import ClipRow
    from redact.scan import Scan
    from redact.subject_sheet import Listed

__all__ = ["Choice", "Ruling", "decide", "digest_of", "rulings", "seeds"]

LEAST_REASON = 8
"""Letters of a reason, at least."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody decides, of whichever subjects."""

    verdict: Verdict
    ground: Ground
    reason: str
    name: str = ""
    """Of the person; subjects under one name are one person who left the picture and came back."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """The last word on one subject."""

    subject: str
    tracks: tuple[int, ...]
    verdict: Verdict
    ground: Ground
    reason: str
    name: str
    by: str
    at: str
    """ISO 8601, UTC."""
    seed: Keep | None
    """The point that names whoever is visible."""


def decide(office: Office, reference: str, clip: ClipRow, who: Sequence[str], choice: Choice) -> tuple[Ruling, ...]:
    """Record the CHOICE on WHO, subjects by id or points such as 00:12.4@640,360, of CLIP for the request REFERENCE.

    Raises NotPermitted, or UsageProblem where a subject is not there or nobody can be pointed at.
    """
    office.permit(Action.DECIDE, reference)
    still_open(office, reference)
    check_ground(choice.ground, choice.verdict)
    reason = " ".join(choice.reason.split())
    if len(reason) < LEAST_REASON:
        message = "A decision is recorded with its reason, and this is none."
        raise UsageProblem(message, 'Say it in a sentence, such as --reason "signed the form of 3 March".')
    with locked(office, reference):
        seen, scan = scanned(office, reference, clip)
        everyone = listed(seen)
        events = [_event(office, reference, clip, scan, choice, _found(seen, everyone, one, choice)) for one in who]
        office.record(*events)
    return tuple(_ruling(event) for event in events)


def rulings(office: Office, reference: str, clip: ClipRow, scan: str) -> tuple[Ruling, ...]:
    """Give the last word on every subject of SCAN, a digest, that was decided on, in the order of their ids."""
    events = office.register.events(reference=reference, kinds=(EventKind.DECIDED,), clip=clip.sha256)
    last = {event.data["subject"]: event for event in events if event.data["scan"] == scan}
    return tuple(_ruling(last[subject]) for subject in sorted(last))


def seeds(some: Iterable[Ruling]) -> tuple[Keep, ...]:
    """Give the points that name whoever SOME let through, without the names of people: the copy's manifest has them."""
    shown = [(ruling, ruling.seed) for ruling in some if ruling.seed and ruling.verdict is Verdict.VISIBLE]
    people = {seed.name: number for number, seed in enumerate({seed.name: seed for _, seed in shown}.values(), 1)}
    return tuple(seed.model_copy(update={"name": f"person {people[seed.name]}"}) for _, seed in shown)


def digest_of(some: Iterable[Ruling]) -> str:
    """Give the digest of what SOME say of who is visible; who said it and why does not change a copy."""
    said = [[one.subject, one.verdict, one.seed.model_dump(mode="json") if one.seed else None] for one in some]
    return sha256_bytes(canonical_json(said))


@dataclass(frozen=True, slots=True)
class _Found:
    """A subject that a decision is about."""

    subject: str
    tracks: tuple[int, ...]
    at: str
    point: tuple[int, int] | None


def _found(seen: Scan, everyone: Sequence[Listed], who: str, choice: Choice) -> _Found:
    """Find WHO among EVERYONE. Raises UsageProblem where nobody is meant, or no point names them."""
    if "@" in who:
        return _pointed_at(seen, who)
    known = {one.subject.id: one for one in everyone}
    one = known.get(who.strip().lower())
    if one is None:
        message = f"There is no subject {who} in this clip; there are {len(known)}."
        raise UsageProblem(message, "See who there is: redact subjects REF --why TEXT")
    if choice.verdict is Verdict.VISIBLE and one.point is None:
        message = f"{who} cannot be pointed at: wherever they are, somebody else is too."
        raise UsageProblem(message, "Give a time and a point at which they stand apart instead, as 00:12.4@640,360.")
    return _Found(one.subject.id, one.subject.tracks, one.at, one.point)


def _pointed_at(seen: Scan, text: str) -> _Found:
    """Find whoever is at the time and point of TEXT."""
    seed, tracks = parse_keep(text), tracks_of(seen)
    people = subjects(tracks)
    track, _ = named(seen.clip, tracks, people, seed)
    (subject,) = (one for one in people if track in one.tracks)
    return _Found(subject.id, subject.tracks, text.partition("@")[0], seed.point)


def _event(office: Office, reference: str, clip: ClipRow, scan: str, choice: Choice, found: _Found) -> Event:  # noqa: PLR0917  what is decided of what
    facts = {
        "subject": found.subject,
        "tracks": list(found.tracks),
        "verdict": choice.verdict.value,
        "ground": choice.ground.value,
        "reason": " ".join(choice.reason.split()),
        "scan": scan,
        "time": found.at,
        "point": list(found.point) if found.point else None,
        "name": choice.name,
    }
    return office.event(EventKind.DECIDED, reference=reference, clip=clip.sha256, data=facts)


def _ruling(event: Event) -> Ruling:
    data = event.data
    at, point = data["time"], data["point"]
    # whoever has no name of their own is nobody else: points without a name would all be one person
    name = data["name"] or data["subject"]
    return Ruling(
        subject=data["subject"],
        tracks=tuple(data["tracks"]),
        verdict=Verdict(data["verdict"]),
        ground=Ground(data["ground"]),
        reason=data["reason"],
        name=data["name"],
        by=event.by,
        at=event.at,
        seed=Keep(at=parse_time(at), point=tuple(point), name=name) if point else None,
    )
