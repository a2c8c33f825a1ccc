"""Whether what somebody changes is still what they looked at, and whether a change that is sent again was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redact.errors import ChangedMeanwhile, UsageProblem
from redact.governance.ledger.events import ID, EventKind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from redact.governance.ledger.events import Event
    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow

__all__ = ["ALWAYS", "Since", "revision"]

NAMES = ("subject", "before", "after")
"""Keys under which an event says which subjects it is about."""

SHOWN = 3
"""Subjects that a sentence names."""


def revision(office: Office, reference: str, clip: ClipRow) -> int:
    """Count what was recorded of CLIP for the request REFERENCE: it only ever grows."""
    return len(_events(office, reference, clip))


@dataclass(frozen=True, slots=True)
class Since:
    """When somebody looked at what they change now, and the name of that change."""

    seen: int | None = None
    """The revision that they looked at; None where they change it whatever came before, as a command does."""
    key: str = ""
    """32 hex digits, made once for a change that may be sent twice: the id of its first event."""

    def done(self, office: Office, reference: str, clip: ClipRow, kind: EventKind, facts: Mapping[str, Any]) -> bool:
        """Tell whether just this change of CLIP for REFERENCE, one of KIND with these FACTS, is on record.

        Raises UsageProblem where KEY is none, or is that of another change, which would be lost.
        """
        if self.key and not ID.fullmatch(self.key):
            message = "The key of a change is 32 hex digits, made anew for each."
            raise UsageProblem(message, "Load the page again.")
        mine = [event for event in _events(office, reference, clip) if event.id == self.key and event.by == office.user]
        for event in mine:
            if event.kind is not kind or any(event.data.get(name) != value for name, value in facts.items()):
                message = "Another change was recorded under that key, so this one was not recorded."
                raise UsageProblem(message, "Load the page again, and do it once more.")
        return bool(mine)

    def check(self, office: Office, reference: str, clip: ClipRow, subjects: Collection[str]) -> None:
        """Raise ChangedMeanwhile where anything about SUBJECTS was recorded after what was seen."""
        if self.seen is None:
            return
        late = [event for event in _events(office, reference, clip)[self.seen :] if _about(event) & set(subjects)]
        if late:
            whom = sorted(set().union(*(_about(event) for event in late)) & set(subjects))
            who = ", ".join(whom[:SHOWN]) + (" and others" if len(whom) > SHOWN else "")
            by = office.organisation.called(late[-1].by)
            message = f"{by} changed what is decided on {who} in the meantime. Nothing was recorded now."
            raise ChangedMeanwhile(message)

    def events(
        self, office: Office, kind: EventKind, reference: str, clip: ClipRow, facts: Sequence[dict[str, Any]]
    ) -> list[Event]:
        """Make the events of the change, one of KIND for each of FACTS; the first has its key for a name."""
        names: list[dict[str, Any]] = [
            {"id": self.key} if self.key and not place else {} for place in range(len(facts))
        ]
        return [
            office.event(kind, reference=reference, clip=clip.sha256, data=data, **name)
            for data, name in zip(facts, names, strict=True)
        ]


ALWAYS = Since()
"""Whatever came before."""


def _events(office: Office, reference: str, clip: ClipRow) -> list[Event]:
    return office.register.events(reference=reference, clip=clip.sha256)


def _about(event: Event) -> set[str]:
    """Name the subjects on which EVENT decides."""
    kinds = (EventKind.DECIDED, EventKind.UNDECIDED, EventKind.ANSWERED, EventKind.CORRECTED)
    return {str(event.data[name]) for name in NAMES if event.data.get(name)} if event.kind in kinds else set()
