"""What may be wrong with a ledger, or with the register against it: a code for programs, a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Fault", "Problem"]


class Fault(StrEnum):
    """In which way something is not as it was written."""

    UNREADABLE = "unreadable"
    """A line is no entry."""
    MISSING = "missing"
    """Lines are gone before this one."""
    MISPLACED = "misplaced"
    """A line, or one before it, was moved, copied or put in."""
    CHANGED = "changed"
    """A line is not what the next was written after."""
    REPEATED = "repeated"
    """An event stands there twice."""
    TORN = "torn"
    """The last line has no end."""
    CUT_OFF = "cut-off"
    """There were lines after the last one."""
    NOT_REMEMBERED = "not-remembered"
    """A line is not the one that the register remembers."""
    CHECKPOINT_MALFORMED = "checkpoint-malformed"
    CHECKPOINT_OF_LATER = "checkpoint-of-later"
    """A checkpoint speaks for a line that is not before it."""
    CHECKPOINT_BROKEN = "checkpoint-broken"
    """A line that a checkpoint speaks for was another."""
    CHECKPOINT_KEY_UNKNOWN = "checkpoint-key-unknown"
    CHECKPOINT_UNSIGNED = "checkpoint-unsigned"
    """The signature of a checkpoint is not of its key."""
    COPY_UNREADABLE = "copy-unreadable"
    """A line of the file of checkpoints is damaged."""
    COPY_MISPLACED = "copy-misplaced"
    """A line of that file is no checkpoint, or not in its place."""
    COPY_DIFFERS = "copy-differs"
    """A line is not the checkpoint that this file has of it."""
    COPY_MISSING = "copy-missing"
    """A checkpoint is not in that file."""
    FOUNDED_OTHERWISE = "founded-otherwise"
    """The first key that the ledger names is not the one that the folder names, or there is none."""
    UNSIGNED = "unsigned"
    """A line that somebody has to sign is signed by nobody."""
    SIGNER_UNKNOWN = "signer-unknown"
    """A line is signed with a key that is on record as nobody's at that point, or as somebody else's."""
    SIGNER_REVOKED = "signer-revoked"
    SIGNATURE_WRONG = "signature-wrong"
    """The signature of a line is not of its key, or of another line."""
    SIGNER_MAY_NOT = "signer-may-not"
    """Whoever signed a line had not the role for it."""
    KEY_WRONG = "key-wrong"
    """A line puts a key on record that is none, or that nobody vouches for as is needed."""
    CONFIGURATION_DIFFERS = "configuration-differs"
    """The organisation's file is not the one that a DPO put on record last."""
    ANCHOR_DIFFERS = "anchor-differs"
    """The ledger does not have the line that was noted elsewhere."""
    REGISTER_DIFFERS = "register-differs"
    """The register does not say what the ledger says."""
    NOT_COMPARED = "not-compared"
    """The register could not be compared with the ledger."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it was written."""

    code: Fault
    line: int
    """The line it is about; 0 where it is about none."""
    sentence: str

    def plain(self) -> dict[str, Any]:
        """It as plain JSON."""
        return {"code": self.code, "line": self.line, "sentence": self.sentence}
