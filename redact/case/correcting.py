"""What a person draws where they know better: recorded as a decision is, counted until it is taken back.

Hidden wins. A correction hides more, or silences more; only the word that nothing is there takes boxes away, those of
one subject alone, and rests on the ground that says so. Regions are of the clip and hold for every scan of it; what is
said of a subject is said of one scan, as decisions are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redact.case.deciding import deciding, rulings
from redact.case.justified import justified
from redact.case.since import ALWAYS
from redact.decide.drawn import going_on, of_nobody
from redact.errors import ChangedMeanwhile, UsageProblem
from redact.files import canonical_json, sha256_bytes
from redact.governance.ledger.events import EventKind
from redact.governance.rules.authority import Action
from redact.governance.rules.grounds import Ground
from redact.records.drawn import Drawing, Drawn, Key
from redact.records.kinds import Standing, Verdict
from redact.request.model import Span, format_time, parse_time
from redact.request.times import frame_at, frames_in, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

    from redact.case.known import Known
    from redact.case.since import Since
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.records.boxes import Box
    from redact.records.clip import Clip

__all__ = [
    "MOST_KEYS",
    "Correction",
    "Wish",
    "correct",
    "corrections",
    "described",
    "digest_of",
    "drawn",
    "muted",
    "uncorrect",
]

MOST_KEYS = 2_000
"""Key frames of one region: it goes straight on in between, so fewer do."""

BY_SUBJECT = (Drawing.NOBODY, Drawing.EXTEND)
"""What is said of a subject."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be drawn."""

    what: Drawing
    first: int | None = None
    """First frame; None for the clip's first."""
    last: int | None = None
    """Last frame, which is one of them; None for the clip's last."""
    keys: tuple[tuple[int, Box], ...] = ()
    """Frames, and where the region is on each: px of the upright picture."""
    subject: str = ""
    """Id."""
    times: tuple[Fraction, Fraction] | None = None
    """Seconds as a player shows them: for the sound, and for the rest instead of frames."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Something that was drawn and not taken back."""

    id: str
    """That of its event."""
    drawn: Drawn
    reason: str
    by: str
    at: str
    """ISO 8601, UTC."""
    scan: str
    """Digest of the scan that was looked at."""


def correct(
    office: Office, reference: str, clip: ClipRow, wish: Wish, reason: str, *, since: Since = ALWAYS
) -> Correction:
    """Record that somebody draws what they WISH on CLIP for the request REFERENCE, and the REASON.

    SINCE is when they looked. Raises NotPermitted, UsageProblem where that cannot be drawn, or ChangedMeanwhile.
    """
    office.permit(Action.DECIDE, reference)
    words = justified(reason, "A correction")
    with deciding(office, reference, clip) as there:
        one = _drawn(there, wish)
        if since.done(office, reference, clip, EventKind.CORRECTED, _facts(one)):
            return next(_correction(event) for event in _events(office, reference, clip) if event.id == since.key)
        since.check(office, reference, clip, {wish.subject} if wish.subject else ())
        if one.what in BY_SUBJECT:
            _check_hidden(office, reference, clip, there, one)
        if any(_facts(other.drawn) == _facts(one) for other in corrections(office, reference, clip, there.sha256)):
            message = f"That is drawn already: {described(one)}."
            raise UsageProblem(message, "Take the other back first, if it is to be drawn anew.")
        facts = _facts(one) | {"reason": words, "scan": there.sha256}
        facts |= {"ground": Ground.NOBODY.value} if one.what is Drawing.NOBODY else {}
        (event,) = since.events(office, EventKind.CORRECTED, reference, clip, [facts])
        office.record(event)
    return _correction(event)


def uncorrect(
    office: Office, reference: str, clip: ClipRow, name: str, reason: str, *, since: Since = ALWAYS
) -> Correction:
    """Take the correction called NAME of CLIP back for the request REFERENCE, and record the REASON.

    Raises NotPermitted, UsageProblem where there is none, ChangedMeanwhile where it was taken back already.
    """
    office.permit(Action.DECIDE, reference)
    words = justified(reason, "Taking back a correction")
    with deciding(office, reference, clip):
        known = {event.id: event for event in _events(office, reference, clip) if event.kind is EventKind.CORRECTED}
        if name not in known:
            message = f"There is no correction {name[:12]} of {clip.name}."
            raise UsageProblem(message, "Look which there are.")
        if not since.done(office, reference, clip, EventKind.UNCORRECTED, {"correction": name}):
            if name in _taken_back(office, reference, clip):
                message = "That correction was taken back already."
                raise ChangedMeanwhile(message)
            facts = {"correction": name, "reason": words}
            office.record(*since.events(office, EventKind.UNCORRECTED, reference, clip, [facts]))
    return _correction(known[name])


def corrections(office: Office, reference: str, clip: ClipRow, scan: str) -> tuple[Correction, ...]:
    """Give what was drawn on CLIP for the request REFERENCE and counts for SCAN, a digest, in the order of drawing."""
    back = _taken_back(office, reference, clip)
    made = [
        _correction(event)
        for event in _events(office, reference, clip)
        if event.kind is EventKind.CORRECTED and event.id not in back
    ]
    return tuple(one for one in made if one.drawn.what not in BY_SUBJECT or one.scan == scan)


def drawn(some: Iterable[Correction]) -> tuple[Drawn, ...]:
    """Give what SOME draw in the picture."""
    return tuple(one.drawn for one in some if one.drawn.what is not Drawing.MUTE)


def muted(some: Iterable[Correction], spans: Sequence[Span]) -> tuple[Span, ...]:
    """Give SPANS, at which the sound is silent anyway, and those at which SOME say that it is."""
    told = [one.drawn.times for one in some if one.drawn.times is not None]
    return (*spans, *(Span.model_validate({"from": start, "to": end}) for start, end in told))


def described(one: Drawn) -> str:
    """Say what ONE is, in a few words."""
    if one.times:
        return f"silence from {format_time(one.times[0])} to {format_time(one.times[1])}"
    what = {
        Drawing.HIDE: "a region hidden",
        Drawing.HIDE_BUT: "all hidden but a region",
        Drawing.NOBODY: f"{one.subject} is nobody",
        Drawing.EXTEND: f"the mask of {one.subject} goes on",
    }
    return f"{what[one.what]}, frames {one.frames[0]:,} to {one.frames[1] - 1:,}"


def digest_of(some: Sequence[Correction]) -> str:
    """Give the digest of what SOME draw; who drew it and why does not change a copy. Nothing where there is none."""
    return sha256_bytes(canonical_json([_facts(one.drawn) for one in some])) if some else ""


def _drawn(there: Known, wish: Wish) -> Drawn:
    """Give what is drawn where somebody wants WISH on the clip of those THERE. Raises UsageProblem where it cannot."""
    clip = there.scan.clip
    if wish.what is Drawing.MUTE:
        return _silence(clip, wish)
    frames = _frames(clip, wish)
    if wish.what in BY_SUBJECT:
        number = _subject(there, wish)
        keys = going_on(clip, there.people, number, frames) if wish.what is Drawing.EXTEND else ()
        made = Drawn(wish.what, frames, keys, there.people.subjects[number].id)
        if wish.what is Drawing.NOBODY and not len(of_nobody(there.people, [made])):
            message = f"{wish.subject} has no box in that time, so there is none to take away."
            raise UsageProblem(message, "Choose a time at which it has.")
        return made
    return Drawn(wish.what, frames, _keys(clip, wish))


def _silence(clip: Clip, wish: Wish) -> Drawn:
    """Give the silence that somebody WISHes in CLIP. Raises UsageProblem where it is none."""
    if wish.times is None or wish.times[1] <= wish.times[0]:
        message = "A silence has a time at which it begins and a later one at which it ends."
        raise UsageProblem(message, "Give both, as 00:10 and 00:12.5.")
    first = frame_at(clip, wish.times[0])
    last = frame_at(clip, min(wish.times[1], shown(clip, len(clip) - 1)))
    return Drawn(wish.what, (first, max(first, last) + 1), times=wish.times)


def _frames(clip: Clip, wish: Wish) -> tuple[int, int]:
    """Give the half-open range of frames of CLIP that somebody WISHes. Raises UsageProblem where it is outside it."""
    if wish.times is not None:
        return frames_in(clip, Span.model_validate({"from": wish.times[0], "to": wish.times[1]}))
    first, last = wish.first or 0, len(clip) - 1 if wish.last is None else wish.last
    if not 0 <= first <= last < len(clip):
        message = f"Frames {first} to {last} are not in the clip, which has {len(clip)}, from 0 to {len(clip) - 1}."
        raise UsageProblem(message, "Choose a beginning and an end within it.")
    return first, last + 1


def _keys(clip: Clip, wish: Wish) -> tuple[Key, ...]:
    """Give the key frames of CLIP that somebody WISHes, in order. Raises UsageProblem where they draw nothing."""
    width, height = clip.size_as_seen
    if not 1 <= len(wish.keys) <= MOST_KEYS or len({frame for frame, _ in wish.keys}) != len(wish.keys):
        message = f"A region has from 1 to {MOST_KEYS} key frames, each once; this has {len(wish.keys)}."
        raise UsageProblem(message, "Draw the box on a frame, and again where it has moved.")
    keys = []
    for frame, box in sorted(wish.keys):
        left, top, right, bottom = max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height)
        if not 0 <= frame < len(clip) or left >= right or top >= bottom:
            message = (
                f"The box {', '.join(map(str, box))} on frame {frame} is not in the picture of {width} x {height}."
            )
            raise UsageProblem(message, "Draw it within the picture, on a frame of the clip.")
        keys.append(Key(frame, (left, top, right, bottom)))
    return tuple(keys)


def _subject(there: Known, wish: Wish) -> int:
    """Find the subject of those THERE whom somebody WISHes something of. Raises UsageProblem where it is nobody."""
    number = there.number.get(wish.subject.strip().lower())
    if number is None:
        message = f"There is no subject {wish.subject or 'without a name'} in this clip; there are {len(there.number)}."
        raise UsageProblem(message, "Choose one of them.")
    if there.people.subjects[number].standing is Standing.UNCLEAR:
        message = f"{wish.subject} is all moments at which it cannot be told who is who, and stays hidden."
        raise UsageProblem(message, "Draw a region where more is to be hidden; less cannot be there.")
    return number


def _check_hidden(office: Office, reference: str, clip: ClipRow, there: Known, one: Drawn) -> None:
    """Raise UsageProblem where the subject of ONE is shown: there is no mask to take away, or to go on."""
    ruled = {ruling.subject: ruling.verdict for ruling in rulings(office, reference, clip, there.sha256)}
    if ruled.get(one.subject) is Verdict.VISIBLE:
        message = f"{one.subject} is to be visible, so nothing hides them."
        raise UsageProblem(message, "Take that decision back first, or draw a region where they are to be hidden.")


def _facts(one: Drawn) -> dict[str, Any]:
    """Give ONE as plain JSON: what is recorded of it, and what a copy is made of."""
    return {
        "drawing": one.what.value,
        "frames": list(one.frames),
        "keys": [[key.frame, list(key.place)] for key in one.keys],
        "subject": one.subject,
        "times": [format_time(time) for time in one.times] if one.times else None,
    }


def _correction(event: Event) -> Correction:
    """Read the correction that EVENT records."""
    data = event.data
    first, end = data["frames"]
    keys = tuple(Key(frame, (a, b, c, d)) for frame, (a, b, c, d) in data["keys"])
    times = (parse_time(data["times"][0]), parse_time(data["times"][1])) if data["times"] else None
    one = Drawn(Drawing(data["drawing"]), (first, end), keys, data["subject"], times)
    return Correction(event.id, one, data["reason"], event.by, event.at, data["scan"])


def _events(office: Office, reference: str, clip: ClipRow) -> list[Event]:
    kinds = (EventKind.CORRECTED, EventKind.UNCORRECTED)
    return office.register.events(reference=reference, kinds=kinds, clip=clip.sha256)


def _taken_back(office: Office, reference: str, clip: ClipRow) -> set[str]:
    """Name the corrections that were taken back."""
    events = _events(office, reference, clip)
    return {event.data["correction"] for event in events if event.kind is EventKind.UNCORRECTED}
