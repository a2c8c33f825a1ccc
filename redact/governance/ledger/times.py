"""Whether the clock went backwards: what is recorded later is never earlier, unless somebody set the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from redact.governance.ledger.events import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from redact.governance.ledger.events import Event
    from redact.governance.ledger.lines import Entry

__all__ = ["SLACK", "behind", "facts", "set_back", "watch"]

SLACK = timedelta(minutes=1)
"""How much earlier one may be: two that record at once wait for one another, and clocks are put right by seconds."""


def behind(at: str, before: str) -> timedelta:
    """Give by how much AT is earlier than BEFORE, both ISO 8601; nothing up to SLACK, or where one is no time."""
    try:
        times = [datetime.fromisoformat(text) for text in (before, at)]
    except ValueError:
        return timedelta()
    earlier, later = (time if time.tzinfo else time.replace(tzinfo=UTC) for time in times)
    return max(earlier - later, timedelta()) if earlier - later > SLACK else timedelta()


def facts(at: str, before: str) -> dict[str, Any]:
    """Give what is recorded of a clock that says AT after BEFORE was recorded; nothing where it is not behind."""
    by = behind(at, before)
    return {"last": before, "behind_s": int(by.total_seconds())} if by else {}


def watch(last: Sequence[Event], tell: Callable[[str], object]) -> None:
    """TELL where the clock is behind the event that was recorded LAST."""
    for event in last:
        if by := behind(now(), event.at):
            tell(
                f"The clock of this computer is {_said(by)} behind what was recorded last ({event.at[:16]} UTC): "
                "it was set back, or that of another was ahead. Put it right first: every time limit follows it."
            )


def set_back(entries: Iterable[Entry]) -> Iterator[str]:
    """Say of each of ENTRIES, lines in order, that is earlier than the one before it, by how much."""
    before = ""
    for entry in entries:
        if before and (by := behind(entry.event.at, before)):
            yield (
                f"Line {entry.seq} is of {entry.event.at[:19]}, {_said(by)} before line {entry.seq - 1}: the clock was "
                "set back, or that of another computer is ahead. What depends on the day is to be looked at."
            )
        before = entry.event.at


def _said(by: timedelta) -> str:
    """Say how long BY is, as people do."""
    minutes = round(by / timedelta(minutes=1))
    hours, days = round(minutes / 60), by.days
    if days > 1:
        return f"{days} days"
    return f"{hours} hours" if hours > 1 else f"{minutes} minutes"
