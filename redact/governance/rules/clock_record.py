"""Where a request stands on a day, and how that is told: the same for every kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from redact.governance.rules.clock_facts import SAID
from redact.governance.rules.working_days import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from redact.governance.rules.clock_facts import Facts, Outcome, Wait, Waiting
    from redact.governance.rules.working_days import Nation
    from redact.request.choices import RequestKind

__all__ = ["Asked", "Clock", "asked", "days", "wanted_by"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a clock is asked for: a request, and the day on which somebody looks."""

    kind: RequestKind
    nation: Nation
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Where a request stands on a day."""

    kind: RequestKind
    nation: Nation
    today: date
    received: date
    started: date | None
    """None while identity or a fee is waited for."""
    waiting_for: Waiting | None = None
    """What stops the clock now."""
    paused_days: int = 0
    """Days that do not count, up to today while a clarification is waited for."""
    due: date | None
    """The last day in time. None while the clock waits, and where neither the law nor whoever asks sets one."""
    target: date | None = None
    """The internal one, so many days from the start. An extension does not move it."""
    extended: bool = False
    extension_notice_by: date | None = None
    """The last day on which the person can be told of an extension. None while the clock waits."""
    extension_late: bool = False
    """One was recorded after that day, so it does not count."""
    ended: date | None
    outcome: Outcome | None
    waits: tuple[Wait, ...]
    """All that was asked of the person, by the day asked."""
    told: date | None
    """When the person was told of an extension."""
    acknowledge_by: date | None = None
    """The last day to acknowledge a complaint; None of any other request."""
    acknowledged: date | None = None
    """When it was, or its outcome was told, which stands for that."""
    steps: tuple[str, ...] = ()
    """How the day came about, but for when the request came and how it stands today."""

    @property
    def days_left(self) -> int | None:
        """Days from today until it is due, below 0 when overdue; None where it is not due or has ended."""
        return None if self.due is None or self.ended else (self.due - self.today).days

    @property
    def overdue(self) -> bool:
        """Whether it should have been answered by now and was not."""
        return self.due is not None and self.ended is None and self.today > self.due

    @property
    def late(self) -> bool:
        """Whether it ended after it was due, or a complaint was acknowledged too late."""
        if self.acknowledge_by and self.acknowledged and self.acknowledged > self.acknowledge_by:
            return True
        return self.due is not None and self.ended is not None and self.ended > self.due

    @property
    def in_time(self) -> bool:
        """Whether it ended, or was acknowledged, when there was a limit, and within it."""
        limit = self.acknowledge_by or self.due
        return bool(limit and (self.ended or self.acknowledged) and not self.late)

    @property
    def sentences(self) -> tuple[str, ...]:
        """How the day came about, one step a sentence."""
        return (*self.history, *_outcome(self))

    @property
    def history(self) -> tuple[str, ...]:
        """The same without how it stands today, which is another sentence every day."""
        return (f"The request was received on {say(self.received)}.", *self.steps)


def asked(wait: Wait) -> str:
    """Tell what was asked of the person and what came of it."""
    noun, done = SAID[wait.waiting]
    word = "waived" if wait.waived else done
    answer = f"was {word} on {say(wait.answered)}" if wait.answered else f"has not been {done}"
    return f"{noun} was asked for on {say(wait.asked)} and {answer}"


def wanted_by(facts: Facts) -> str:
    """Tell by which day the answer is wanted, where no law says one."""
    return (
        f"The answer is wanted by {say(facts.wanted_by)}."
        if facts.wanted_by
        else "No day was given by which it is wanted."
    )


def days(count: int) -> str:
    """COUNT days, in words."""
    return f"{count} day{'' if count == 1 else 's'}"


def _outcome(clock: Clock) -> Iterator[str]:
    """Tell how it stands, or how it ended."""
    left = clock.days_left
    if clock.ended:
        when = "" if not (clock.due or clock.acknowledge_by) else ", late" if clock.late else ", in time"
        yield f"The request was {clock.outcome} on {say(clock.ended)}{when}."
    elif left is not None:
        by = f"overdue by {days(-left)}" if left < 0 else f"due in {days(left)}" if left else "due today"
        yield f"On {say(clock.today)} it is {by}."
