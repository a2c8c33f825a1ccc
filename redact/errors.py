"""What can go wrong, in sentences. One root; each child knows its exit code and what to do next."""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "InputUnusable",
    "ModelUnavailable",
    "NotPermitted",
    "RedactError",
    "SourceChanged",
    "UsageProblem",
    "VerificationFailed",
]


class RedactError(Exception):
    """Anything that stops a job. `str()` gives what is wrong with which thing, then what to do."""

    exit_code: ClassVar[int] = 1
    remedy: ClassVar[str] = ""

    def __init__(self, what: str, remedy: str | None = None) -> None:
        """Say WHAT is wrong with which thing; REMEDY replaces the class's own when it knows better."""
        super().__init__(what)
        self.what = what
        self.advice = self.remedy if remedy is None else remedy

    def __str__(self) -> str:
        """The problem, then the remedy on its own line."""
        return f"{self.what}\n{self.advice}" if self.advice else self.what


class UsageProblem(RedactError):
    """The command or the request file asks for something that cannot be."""

    exit_code = 2


class InputUnusable(RedactError):
    """The clip, or the place to write to, cannot be used."""

    exit_code = 3


class SourceChanged(RedactError):
    """The master is no longer the file that was scanned."""

    exit_code = 4
    remedy = "Copy it again from where it is kept, check nothing writes to it, and start again."


class VerificationFailed(RedactError):
    """The copy did not pass its checks, so it was not released."""

    exit_code = 5
    remedy = "Read the report beside the withheld copy; nothing was released."


class ModelUnavailable(RedactError):
    """A network's weights are missing, damaged, or are not the ones the catalogue names."""

    exit_code = 6
    remedy = "Fetch them again: redact models pull"


class NotPermitted(RedactError):
    """Authorisation, approval or retention forbids it: the sentence says which rule, and the way forward."""

    exit_code = 7
