"""What an operator lets stand: findings of a second look that show nobody who is to be hidden, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from redact.advice import Give, Given, Sentence
from redact.errors import UsageProblem
from redact.package.manifest import AcceptedRecord
from redact.request.model import format_time
from redact.user import user_name
from redact.verify.findings import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from redact.verify.findings import Finding

__all__ = ["Acceptance", "accept", "recorded", "remarks"]

ID = re.compile(r"F[0-9a-f]{8}")

MOST = 300
"""Letters of a reason."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Findings that are accepted, by whom and why."""

    ids: tuple[str, ...]
    reason: str
    by: str

    def of(self, finding: Finding, names: Iterable[str]) -> Finding:
        """Give FINDING, accepted under the one of its NAMES that is accepted, or as it is where none is."""
        known = next((name for name in names if name in self.ids), None)
        return finding if known is None else replace(finding, id=known, standing=Standing.ACCEPTED)


def accept(ids: Sequence[str], reason: str | None, by: str = "") -> Acceptance | None:
    """Let BY, an account, or whoever runs this, accept the findings IDS for REASON; None where nothing is accepted.

    Raises UsageProblem where one is no id of a finding, or where only one of the two is given.
    """
    names = tuple(text.strip().replace("f", "F", 1) if text.strip()[:1] == "f" else text.strip() for text in ids)
    names = tuple(dict.fromkeys(name[:1] + name[1:].lower() for name in names))
    words = " ".join((reason or "").split())
    for name in names:
        if not ID.fullmatch(name):
            message = Sentence((Given.ACCEPT, f" {name} is not the id of a finding."))
            raise UsageProblem(message, "Take it from the operator's report; it looks like F1a2b3c4d.")
    if names and not words:
        why = ": who lets a finding stand says why, and it is recorded."
        message = Sentence((Given.ACCEPT, " needs a ", Given.REASON, why))
        raise UsageProblem(
            message, "Say it in your own words, such as ", Give(Given.REASON, "a poster on the wall"), "."
        )
    if words and not names:
        message = Sentence((Given.REASON, " is given, but nothing is accepted."))
        raise UsageProblem(message, "Name a finding with ", Given.ACCEPT, ", by its id in the operator's report.")
    if len(words) > MOST or not words.isprintable():
        message = Sentence((Given.REASON, f" is not accepted: it may have {MOST} letters, all of them printable."))
        raise UsageProblem(message, "Say it in a sentence.")
    return Acceptance(names, words, by or user_name()) if names else None


def recorded(findings: Sequence[Finding], acceptance: Acceptance | None) -> tuple[AcceptedRecord, ...]:
    """Put down for the manifest which of FINDINGS were accepted, with reason and name of ACCEPTANCE."""
    if acceptance is None:
        return ()
    used = [finding for finding in findings if finding.standing is Standing.ACCEPTED]
    return tuple(
        AcceptedRecord(
            id=finding.id,
            kind=finding.kind.name.lower(),
            time=format_time(finding.at),
            reason=acceptance.reason,
            by=acceptance.by,
        )
        for finding in used
    )


def remarks(findings: Sequence[Finding], acceptance: Acceptance | None) -> tuple[str, ...]:
    """Say which of FINDINGS were accepted by ACCEPTANCE, and which of its ids stand for none of them."""
    if acceptance is None:
        return ()
    used = [finding for finding in findings if finding.standing is Standing.ACCEPTED]
    unused = [name for name in acceptance.ids if name not in {finding.id for finding in used}]
    return (
        *(
            f"{acceptance.by} accepted finding {finding.id} of the second look ({finding.said}), which no mask "
            f"covered when it was found: {acceptance.reason}"
            for finding in used
        ),
        *(
            f"--accept {name} matches no finding of this run, so nothing was accepted by it. "
            "The operator's report lists the findings."
            for name in unused
        ),
    )
