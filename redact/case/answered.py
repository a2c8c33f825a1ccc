"""What was answered where the program asks whether two are one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redact.governance.ledger.events import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow

__all__ = ["COVERED", "SAME", "answers", "apart", "linked", "one_with", "yeses"]

SAME, COVERED = "same", "covered"
"""Whether two are one person; and whether what is seen at a place is nobody but them."""


def answers(office: Office, reference: str, clip: ClipRow, scan: str) -> dict[str, dict[str, Any]]:
    """Give what was answered last to each question about SCAN, a digest, of CLIP for REFERENCE, by its id."""
    events = office.register.events(reference=reference, kinds=(EventKind.ANSWERED,), clip=clip.sha256)
    return {event.data["question"]: dict(event.data) for event in events if event.data["scan"] == scan}


def apart(office: Office, reference: str, clip: ClipRow, scan: str) -> frozenset[tuple[str, str]]:
    """Give the pairs of subjects of SCAN, the earlier first, who are not one person: nobody asks that again."""
    said = answers(office, reference, clip, scan).values()
    return frozenset((one["before"], one["after"]) for one in said if one["kind"] == SAME and not one["same"])


def linked(  # noqa: PLR0917  whose answers, and to which questions
    office: Office, reference: str, clip: ClipRow, scan: str, subjects: Iterable[str], but: str = ""
) -> dict[str, str]:
    """Give SUBJECTS of SCAN, and after them all of whom it was answered that they are one of these people, and of whom.

    The answer to the question BUT does not count.
    """
    said = answers(office, reference, clip, scan)
    return one_with(yeses({name: one for name, one in said.items() if name != but}), subjects)


def yeses(said: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Give the pairs of subjects of whom it was SAID, as `answers` gives it, that they are one person."""
    return tuple((one["before"], one["after"]) for one in said.values() if one["kind"] == SAME and one["same"])


def one_with(pairs: Sequence[tuple[str, str]], subjects: Iterable[str]) -> dict[str, str]:
    """Give SUBJECTS, and after them all whom PAIRS make one person with any of them, and with whom."""
    known = {subject: subject for subject in subjects}
    fresh = True
    while fresh:
        fresh = False
        for one, other in pairs:
            if (one in known) is not (other in known):
                whom = known.get(one) or known[other]
                known |= {one: whom, other: whom}
                fresh = True
    return known
