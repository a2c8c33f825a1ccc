"""What is wrong with a register that does not say what the ledger says; the ledger is the truth, and mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redact.advice import Sentence, Task
from redact.errors import InputUnusable

if TYPE_CHECKING:
    from redact.errors import RedactError

__all__ = ["NotCaughtUp", "RegisterDamaged"]


class RegisterDamaged(InputUnusable):
    """The register is not what the ledger comes to."""

    remedy = Sentence(
        (
            "Nothing was recorded. See what is wrong: ",
            Task.VERIFY_LOG,
            ". Then have the register made anew from the ledger: ",
            Task.REBUILD,
        )
    )


class NotCaughtUp(InputUnusable):
    """Something is recorded in the ledger, and the register could not follow."""

    def __init__(self, name: str, problem: RedactError) -> None:
        """Say of the register NAME that PROBLEM kept it from following."""
        message = f"It is recorded in the ledger, but the register {name} could not follow: {problem.what}"
        super().__init__(message, "Put that right; the next command lets the register follow. Do not do it again.")
