"""Reasons: what is decided, corrected or taken back is recorded with one, in a line of plain words."""

from __future__ import annotations

from redact.advice import Give, Given
from redact.errors import UsageProblem

__all__ = ["LEAST_REASON", "justified"]

LEAST_REASON = 8
"""Letters of a reason, at least."""


def justified(reason: str, what: str = "A decision") -> str:
    """Give the REASON for WHAT in one line. Raises UsageProblem where it is too short to be one."""
    words = " ".join(reason.split())
    if len(words) < LEAST_REASON:
        message = f"{what} is recorded with its reason, and this is none."
        raise UsageProblem(
            message, "Say it in a sentence, such as ", Give(Given.REASON, "signed the form of 3 March"), "."
        )
    return words
