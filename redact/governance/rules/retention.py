"""How long things are kept, and what keeps them longer. Nothing here deletes: it only says what may, and must, be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from redact.advice import Task
from redact.errors import NotPermitted, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from redact.advice import Part
    from redact.governance.rules.organisation import Retention

__all__ = [
    "Copy",
    "CopyKind",
    "Footage",
    "Hold",
    "Kept",
    "Limits",
    "check_hold",
    "check_purge",
    "check_usable",
    "copy_state",
    "state",
]

LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Limits:
    """Days of the calendar that things are kept."""

    footage_days: int = 30
    """From the recording of a master."""
    working_days: int = 30
    """From the end of the request that a working copy was made for."""
    release_days: int = 180
    """From the release of a copy."""

    def __post_init__(self) -> None:
        """Check that each is from a day to ten years."""
        for days in (self.footage_days, self.working_days, self.release_days):
            if not 1 <= days <= LONGEST_DAYS:
                message = f"Limits must be from 1 to {LONGEST_DAYS} days, not {days}"
                raise ValueError(message)

    @classmethod
    def of(cls, retention: Retention) -> Limits:
        """Take them from the organisation's file."""
        return cls(retention.footage_days, retention.working_days, retention.release_days)


@dataclass(frozen=True, slots=True)
class Hold:
    """An incident that footage is kept for, until somebody lifts it."""

    reason: str
    review: date
    """When somebody has to look whether it is still needed. The hold does not end by itself."""
    by: str = ""
    """User of the operating system who placed it."""

    def __post_init__(self) -> None:
        """Check that it says why."""
        if not self.reason.strip():
            message = "Hold.reason must say why"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """A master, as far as its keeping goes."""

    sha256: str
    name: str
    recorded: date | None
    """First day of the recording; None where it is not known."""
    imported: date
    holds: tuple[Hold, ...] = ()
    open_requests: tuple[str, ...] = ()
    """References of the requests it is attached to that have not ended."""
    purged: bool = False


class CopyKind(StrEnum):
    """What is made from masters."""

    WORKING = "working copy"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Something made from a master, as far as its keeping goes."""

    name: str
    reference: str
    kind: CopyKind
    since: date | None
    """When its request ended, or it was released; None where that is still to come."""
    holds: tuple[Hold, ...] = ()
    purged: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """Whether something is kept, and why."""

    name: str
    until: date | None
    """The last day that its age alone keeps it; None where its time has not begun to run."""
    reason: str
    """One sentence."""
    purgeable: bool
    """Nothing keeps it any more."""
    overdue_days: int = 0
    """Days that it should have been gone."""
    review_overdue: tuple[Hold, ...] = ()
    """Holds that somebody should have looked at. They hold all the same."""
    blocked: tuple[str, ...] = ()
    """What keeps it besides its age, such as "the hold (a fall on 2 March 2026)"."""


def state(footage: Footage, limits: Limits, today: date) -> Kept:
    """Say whether FOOTAGE is kept TODAY. It is kept through the last day of its time, and purged from the next on.

    The time runs from the recording, or from the import where that is not known, or is said to be earlier than the
    recording: a recorder whose clock is ahead does not keep footage longer.
    """
    known = footage.recorded is not None and footage.recorded <= footage.imported
    start = footage.recorded if known and footage.recorded else footage.imported
    began = f"{'recorded' if known else 'imported'} on {_day(start)}{_doubt(footage, known=known)}"
    blocked = (
        *_holds(footage.holds),
        *(f"the open request {reference}" for reference in sorted(footage.open_requests)),
    )
    return _kept(footage, _Term(start, limits.footage_days, began), today, blocked)


def copy_state(copy: Copy, limits: Limits, today: date) -> Kept:
    """Say whether COPY is kept TODAY."""
    working = copy.kind is CopyKind.WORKING
    if copy.since is None:
        pending = f"the open request {copy.reference}" if working else "a release that has not been completed"
        return _kept(copy, None, today, (*_holds(copy.holds), pending))
    began = f"{f'request {copy.reference} ended' if working else 'released'} on {_day(copy.since)}"
    days = limits.working_days if working else limits.release_days
    return _kept(copy, _Term(copy.since, days, began), today, _holds(copy.holds))


def check_purge(kept: Kept) -> None:
    """Let through what nothing keeps any more. Raises NotPermitted naming each hold, request or time that does."""
    if kept.purgeable:
        return
    if not kept.blocked:
        message = f"{kept.name} may not be purged. {kept.reason}"
        later: tuple[Part, ...] = ("Purge it after that day: ", Task.PURGE)
        raise NotPermitted(
            message, *(later if kept.until else ("There is nothing left to purge.",)), code=Refusal.NOT_DUE
        )
    message = f"{kept.name} may not be purged: {_listed(kept.blocked)} {_verb(kept.blocked)} it."
    advice: tuple[Part, ...] = (
        "The DPO lifts a hold that is no longer needed: ",
        Task.LIFT,
        "; a request is ended: ",
        Task.CLOSE_REQUEST,
    )
    raise NotPermitted(message, *advice, code=Refusal.KEPT)


def check_usable(footage: Footage, limits: Limits, today: date) -> None:
    """Let FOOTAGE through that may be viewed, scanned or released TODAY.

    Raises NotPermitted where it is past its time, and no hold or request keeps it.
    """
    kept = state(footage, limits, today)
    if footage.purged:
        message = f"{footage.name} was purged, and can no longer be used."
        raise NotPermitted(message, "The record of what it was is kept: ", Task.SHOW_LOG, code=Refusal.PURGED)
    if kept.purgeable:
        message = f"{footage.name} may not be used. {kept.reason}"
        advice: tuple[Part, ...] = (
            "Purge it: ",
            Task.PURGE,
            "; or, if an incident needs it, the DPO places a hold: ",
            Task.HOLD,
        )
        raise NotPermitted(message, *advice, code=Refusal.PAST_RETENTION)


def check_hold(footage: Footage, limits: Limits, hold: Hold, today: date, *, dpo: bool) -> None:
    """Let HOLD be placed on FOOTAGE TODAY; past its time only the DPO may. Raises NotPermitted otherwise."""
    if footage.purged:
        message = f"{footage.name} was purged, and can no longer be held."
        raise NotPermitted(message, "The record of what it was is kept: ", Task.SHOW_LOG, code=Refusal.PURGED)
    if hold.review <= today:
        message = f"A hold is reviewed on a day to come, not on {_day(hold.review)}."
        raise NotPermitted(
            message, "Give the day on which somebody looks whether it is still needed.", code=Refusal.REVIEW_DAY
        )
    if not dpo and state(footage, limits, today).purgeable:
        message = f"{footage.name} is past its time, and only the DPO may hold it now."
        raise NotPermitted(
            message,
            "Ask the DPO: ",
            Task.HOLD,
            "; or purge it: ",
            Task.PURGE,
            code=Refusal.PAST_RETENTION,
        )


@dataclass(frozen=True, slots=True)
class _Term:
    """From when, and how long, age alone keeps something."""

    start: date
    days: int
    began: str

    @property
    def until(self) -> date:
        return self.start + timedelta(days=self.days)


def _kept(item: Footage | Copy, term: _Term | None, today: date, blocked: tuple[str, ...]) -> Kept:
    """Put together what is known of ITEM. Without a TERM its time has not begun to run."""
    until = term.until if term else None
    if item.purged:
        return Kept(item.name, None, "It was purged.", purgeable=False)
    late = max(0, (today - until).days) if until and not blocked else 0
    due = tuple(hold for hold in item.holds if hold.review < today)
    return Kept(item.name, until, _reason(term, late, blocked, due), late > 0, late, due, blocked)


def _reason(term: _Term | None, late: int, blocked: tuple[str, ...], due: tuple[Hold, ...]) -> str:
    if blocked:
        tail = f", though a review was due on {_day(min(hold.review for hold in due))}" if due else ""
        return f"Kept: {_listed(blocked)} {_verb(blocked)} it{tail}."
    if term is None:
        return "Kept."
    rule = f"{term.began}, kept for {_days(term.days)}"
    if late:
        return f"Past retention by {_days(late)}: {rule}, until {_day(term.until)}."
    return f"Kept until {_day(term.until)}: {rule}."


def _doubt(footage: Footage, *, known: bool) -> str:
    """Say why the day of the recording does not count, where it does not."""
    if known:
        return ""
    if footage.recorded is None:
        return " (when it was recorded is not known)"
    return f" (the recorder's date, {_day(footage.recorded)}, is later than that)"


def _holds(holds: Iterable[Hold]) -> tuple[str, ...]:
    return tuple(f"the hold ({hold.reason.strip().rstrip('.')}; review on {_day(hold.review)})" for hold in holds)


def _listed(items: tuple[str, ...]) -> str:
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items)


def _verb(items: tuple[str, ...]) -> str:
    return "keep" if len(items) > 1 else "keeps"


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _day(day: date) -> str:
    """DAY as it is written in letters."""
    return f"{day.day} {day:%B %Y}"
