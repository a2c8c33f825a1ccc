"""An anchor: the ledger's last line, noted outside this house, so that nobody can write all of it anew unseen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redact.errors import UsageProblem
from redact.governance.ledger.lines import Head

if TYPE_CHECKING:
    from redact.governance.ledger.events import Event
    from redact.governance.office import Office

__all__ = ["Anchor", "anchor_of", "read_anchor"]

ANCHOR = re.compile(
    r"redact-anchor/1 organisation=([0-9a-f]{32}) line=([1-9][0-9]{0,17}) sha256=([0-9a-f]{64}) "
    r"at=(\S{10,40}) key=([0-9a-f]{64}) founded-on=([0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last line of a ledger at some time."""

    organisation: str
    head: Head
    at: str
    """ISO 8601, UTC."""
    keyid: str
    """Of the organisation's key."""
    founded_on: str
    """Id of the first key."""

    def __str__(self) -> str:
        """On one line, to be printed or sent."""
        return (
            f"redact-anchor/1 organisation={self.organisation} line={self.head.seq} sha256={self.head.sha256} "
            f"at={self.at} key={self.keyid} founded-on={self.founded_on}"
        )


def anchor_of(office: Office, checkpoint: Event) -> Anchor:
    """Give the line that CHECKPOINT, an event, signs for, as an anchor."""
    data, founding = checkpoint.data, office.founding
    head = Head(int(data["seq"]), str(data["sha256"]))
    return Anchor(founding.organisation, head, checkpoint.at, str(data["keyid"]), founding.keyid)


def read_anchor(text: str) -> Anchor:
    """Find the anchor in TEXT, such as a letter or a mail. Raises UsageProblem where there is none, or several."""
    found = {match.groups() for match in ANCHOR.finditer(" ".join(text.split()))}
    if len(found) != 1:
        message = f"There {'is no line' if not found else 'are several lines'} that a checkpoint has printed."
        raise UsageProblem(message, "Give the whole line that begins with redact-anchor/1, or a file with it.")
    organisation, seq, sha256, at, keyid, founded_on = found.pop()
    return Anchor(organisation, Head(int(seq), sha256), at, keyid, founded_on)
