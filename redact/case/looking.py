"""Where to look, in which order, and who has looked for how long: the list of work, and the record of it.

A rank and no measurement: what is not on the list is not known to be safe. What somebody has looked at is on record
with their name and the seconds it took, for whoever approves and for the file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from redact.case.answering import asking
from redact.case.asked import still_open
from redact.case.footage import check_attached
from redact.case.planning import risks_now
from redact.case.since import ALWAYS
from redact.errors import UsageProblem
from redact.governance.ledger.events import EventKind
from redact.governance.rules.authority import Action
from redact.report.risk import first_looks
from redact.request.times import frame_at, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from redact.case.planning import Present
    from redact.case.since import Since
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow
    from redact.records.clip import Clip
    from redact.verify.findings import Finding

__all__ = ["BATCH", "LONGEST_S", "Item", "Look", "Spent", "look", "looks", "spent", "worklist"]

LEAST, EACH_MINUTE, MOST = 5, 7, 200
"""Seconds that are on the list at least, besides for each minute of the clip, and at most; those that score."""

LONGEST_S = 8 * 3600
"""Seconds that somebody can have looked at once."""

BATCH = 500
"""Places that are looked at in one go, at most."""

SHORT = 32
"""Letters of an item's name after its kind, at most."""


@dataclass(frozen=True, slots=True)
class Look:
    """That somebody looked."""

    by: str
    at: str
    """ISO 8601, UTC."""
    seconds: float
    """That it took, shared among what was looked at in one go."""


@dataclass(frozen=True, slots=True)
class Item:
    """One place to look at."""

    id: str
    """The same for as long as the place is on the list."""
    kind: str
    """risk, finding or question."""
    second: int
    """Of the master, as a player shows it."""
    frame: int
    score: float
    reasons: tuple[str, ...]
    looked: tuple[Look, ...] = ()


@dataclass(frozen=True, slots=True)
class Spent:
    """What one person has looked at."""

    by: str
    seconds: float
    items: int
    """Different places."""
    last: str
    """When they looked last, ISO 8601, UTC."""


def worklist(office: Office, stands: Present, findings: Iterable[Finding] = ()) -> tuple[Item, ...]:
    """Give where to look in a clip as it STANDS: what the second look found in a copy, questions, then risky seconds.

    Each kind in its own order: findings and questions by time, seconds with what matters most at the head.
    """
    clip, seen = stands.known.scan.clip, looks(office, stands.reference, stands.clip)
    items = [
        Item(f"finding-{one.id}", "finding", int(one.at), one.frame, one.score, (f"The second look found {one.said}.",))
        for one in findings
    ]
    for question in asking(office, stands):
        if question.matters and question.answered is None:
            frame = question.after.frame
            second = int(shown(clip, frame))
            items.append(Item(f"question-{question.id}", "question", second, frame, 0.0, (question.sentence,)))
    risks = {risk.second: risk for risk in risks_now(stands)}
    for second in first_looks([*risks.values()], _most(clip)):
        risk = risks[second]
        items.append(Item(f"risk-{second}", "risk", second, _frame(clip, second), risk.score, risk.reasons))
    return tuple(replace(item, looked=seen.get(item.id, ())) for item in items)


def look(  # noqa: PLR0917  who looked at what, and for how long
    office: Office,
    reference: str,
    clip: ClipRow,
    items: Sequence[str],
    seconds: float,
    opened: str = "",
    *,
    since: Since = ALWAYS,
) -> None:
    """Record that whoever is at work looked at ITEMS of the list of CLIP for the request REFERENCE, for SECONDS in all.

    Where the clip was OPENED to them, ISO 8601, no more counts than the time since then that is not on record already.
    Raises NotPermitted for whoever may not view, UsageProblem where that is no look.
    """
    office.permit(Action.VIEW, reference)
    names = [*dict.fromkeys(items)]
    if not 1 <= len(names) <= BATCH or not 0 <= seconds <= LONGEST_S or any(not _is_item(name) for name in names):
        message = f"A look is at 1 to {BATCH} places of the list, and takes up to {LONGEST_S // 3600} hours."
        raise UsageProblem(message, "Load the page again.")
    with office.refusals(reference):
        check_attached(still_open(office, reference), clip)
        if not since.done(office, reference, clip, EventKind.LOOKED, {"items": names}):
            most = _most_seconds(office, reference, clip, opened) if opened else seconds
            facts = {"items": names, "seconds": round(float(min(seconds, most)), 1)}
            office.record(*since.events(office, EventKind.LOOKED, reference, clip, [facts]))


def looks(office: Office, reference: str, clip: ClipRow) -> dict[str, tuple[Look, ...]]:
    """Give by item who looked at it in CLIP for the request REFERENCE, oldest first."""
    found: dict[str, tuple[Look, ...]] = {}
    for event in _events(office, reference, clip):
        names = event.data["items"]
        one = Look(event.by, event.at, event.data["seconds"] / max(len(names), 1))
        found |= {name: (*found.get(name, ()), one) for name in names}
    return found


def spent(office: Office, reference: str, clip: ClipRow | None = None) -> tuple[Spent, ...]:
    """Say for each person how long they looked for the request REFERENCE, at CLIP or at all of it."""
    seconds: dict[str, float] = {}
    places: dict[str, set[tuple[str, str]]] = {}
    last: dict[str, str] = {}
    for event in _events(office, reference, clip):
        seconds[event.by] = seconds.get(event.by, 0.0) + event.data["seconds"]
        places.setdefault(event.by, set()).update((event.clip, name) for name in event.data["items"])
        last[event.by] = event.at
    return tuple(Spent(by, round(seconds[by], 1), len(places[by]), last[by]) for by in sorted(seconds))


def _most_seconds(office: Office, reference: str, clip: ClipRow, opened: str) -> float:
    """Give the seconds since OPENED that are not on record yet as spent on CLIP by whoever is at work."""
    begun = datetime.fromisoformat(opened)
    mine = [event for event in _events(office, reference, clip) if event.by == office.user]
    known = sum(float(event.data["seconds"]) for event in mine if datetime.fromisoformat(event.at) >= begun)
    return max(0.0, (datetime.now(UTC) - begun).total_seconds() - known)


def _events(office: Office, reference: str, clip: ClipRow | None) -> list[Event]:
    kinds = (EventKind.LOOKED,)
    return office.register.events(reference=reference, kinds=kinds, clip=clip.sha256 if clip else None)


def _most(clip: Clip) -> int:
    """Say how many seconds of CLIP are on the list."""
    seconds = float(clip.times_s()[-1] - clip.times_s()[0]) if len(clip) else 0.0
    return min(MOST, LEAST + int(np.ceil(seconds / 60 * EACH_MINUTE)))


def _frame(clip: Clip, second: int) -> int:
    """Give the first frame of CLIP that begins in SECOND."""
    frame = frame_at(clip, Fraction(second))
    return frame if shown(clip, frame) >= second else min(frame + 1, len(clip) - 1)


def _is_item(name: str) -> bool:
    kind, _, rest = name.partition("-")
    return kind in {"risk", "finding", "question"} and rest.isascii() and rest.isalnum() and len(rest) <= SHORT
