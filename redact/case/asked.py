"""The request that a case answers: open, with its footage, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from redact.advice import Give, Given, Task
from redact.errors import NotPermitted, Refusal, UsageProblem
from redact.governance.rules.intake import Intake
from redact.request.choices import RequestKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redact.governance.office import Office
    from redact.governance.register.register import ClipRow, RequestRow

__all__ = ["Asked", "about", "asked", "clip_named", "still_open"]

PREFIX = 6
"""Digits of a digest that are enough to name a clip."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it stands on the register."""

    row: RequestRow
    intake: Intake
    clips: tuple[ClipRow, ...]
    """In the order in which they were attached."""

    @property
    def kind(self) -> RequestKind:
        """Who asks."""
        return RequestKind(self.row.kind)

    @property
    def reference(self) -> str:
        """How it is called."""
        return self.row.reference


def asked(office: Office, reference: str) -> Asked:
    """Find the request REFERENCE on the register. Raises UsageProblem where there is none."""
    if not reference.isprintable():  # which no reference on the register is, and no database could be asked for
        message = f"There is no request {reference!a} on the register."
        raise UsageProblem(message, "See which there are: ", Task.LIST_REQUESTS)
    row = office.register.request(reference)
    return Asked(row, Intake.model_validate_json(row.intake), tuple(office.register.clips(reference)))


def still_open(office: Office, reference: str) -> Asked:
    """Give the request REFERENCE, which is open. Raises NotPermitted where it was closed or refused."""
    request = asked(office, reference)
    if request.row.state != "open":
        message = f"{reference} was {request.row.state} on {request.row.ended_on}: nothing more is done for it."
        raise NotPermitted(
            message, "Record a new request if more is asked for: ", Task.OPEN_REQUEST, code=Refusal.REQUEST_ENDED
        )
    return request


def clip_named(clips: Sequence[ClipRow], name: str | None) -> ClipRow:
    """Find the one of CLIPS that NAME means: a file name or the head of a digest; the only one where it is None.

    Raises UsageProblem where none or several are meant.
    """
    shown = ", ".join(f"{clip.name} ({clip.sha256[:8]})" for clip in clips) or "none"
    digest = (name or "").lower()
    by_digest = [clip for clip in clips if len(digest) >= PREFIX and clip.sha256.startswith(digest)]
    meant = list(clips) if name is None else [clip for clip in clips if clip.name == name] or by_digest
    if len(meant) != 1:
        sentence = "Which clip is meant?" if name is None else f"{name} is not the name or digest of one clip here."
        message = f"{sentence} Attached: {shown}."
        raise UsageProblem(message, "Name it with ", Given.CLIP, ", by its file name or its digest.")
    return meant[0]


def about(clip: ClipRow) -> tuple[Give, ...]:
    """Say, for a step, that CLIP is meant."""
    return (Give(Given.CLIP, clip.name),)
