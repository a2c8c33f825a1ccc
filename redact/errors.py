"""What can go wrong, in sentences. One root; each child knows its exit code and what to do next."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from redact.advice import Sentence, Task

if TYPE_CHECKING:
    from redact.advice import Part

__all__ = [
    "ChangedMeanwhile",
    "InputUnusable",
    "ModelUnavailable",
    "NotPermitted",
    "RedactError",
    "Refusal",
    "SourceChanged",
    "UsageProblem",
    "VerificationFailed",
]


class Refusal(StrEnum):
    """Why something is not permitted, for programs and pages: the sentence may change, this does not."""

    UNKNOWN_USER = "unknown-user"
    ROLE_LACKING = "role-lacking"
    SAME_PERSON = "same-person"
    """Who decided or made the copy cannot be the second pair of eyes."""
    MAKERS_UNKNOWN = "makers-unknown"
    """It is not on record who decided or made the copy."""
    CAMERA_OF_OTHERS = "camera-of-others"
    """The register of cameras names others who approve the footage of that camera."""
    NOT_APPROVED = "not-approved"
    APPROVAL_VOID = "approval-void"
    REQUEST_ENDED = "request-ended"
    REQUEST_INVALID = "request-invalid"
    NO_FOOTAGE = "no-footage"
    MASTER_DUE = "master-due"
    """An agency receives the master, and a redacted copy was to be made."""
    MASTER_NOT_DUE = "master-not-due"
    """Masters do not leave for that kind of request."""
    NO_COPY = "no-copy"
    COPY_WITHHELD = "copy-withheld"
    COPY_STALE = "copy-stale"
    COPY_FOR_ANOTHER = "copy-for-another"
    """The copy names another number or recipient."""
    SAME_NAME = "same-name"
    MANIFEST_CHANGED = "manifest-changed"
    RELEASED_ALREADY = "released-already"
    RELEASE_CHANGED = "release-changed"
    """What stands in the place of a release is not that release."""
    PAST_RETENTION = "past-retention"
    PURGED = "purged"
    NOT_DUE = "not-due"
    """The time after which it may be purged has not come."""
    KEPT = "kept"
    """A hold or a request keeps it."""
    HELD = "held"
    """It came under a hold while it was to be purged."""
    REVIEW_DAY = "review-day"
    """A hold is to be reviewed on a day that is over."""
    OUTSIDE = "outside"
    """What was to be deleted is not where this program keeps files."""
    LINKED = "linked"
    """What was to be deleted would live on under another name."""
    LOOSE_FOLDER = "loose-folder"
    """Others than its owner can change the folder of the records."""
    NOT_CONFIRMED = "not-confirmed"
    """The organisation's file was changed, and no DPO has put the change on record."""
    FOREIGN_ACCOUNTS = "foreign-accounts"
    """The program runs where accounts are not those of the computer."""
    NO_OWN_KEY = "no-own-key"
    """Whoever is at work has no key of their own."""
    NOT_ENROLLED = "not-enrolled"
    """The key of whoever is at work is not on record as theirs."""
    KEY_OF_ANOTHER = "key-of-another"
    KEY_UNPROTECTED = "key-unprotected"
    KEY_EXPOSED = "key-exposed"
    """Others may read the key, or its folder."""
    KEY_EXPIRED = "key-expired"
    PASSPHRASE_MISSING = "passphrase-missing"  # noqa: S105  the code says that there is none
    PASSPHRASE_WRONG = "passphrase-wrong"  # noqa: S105  as above


class RedactError(Exception):
    """Anything that stops a job. `str()` gives what is wrong with which thing, then what to do."""

    exit_code: ClassVar[int] = 1
    remedy: ClassVar[Sentence] = Sentence()

    def __init__(self, what: str | Sentence, *advice: Part) -> None:
        """Say WHAT is wrong with which thing; ADVICE replaces the class's own remedy when it knows better.

        Each is one line whatever names stand in it, but for a sentence made `of_lines`.
        """
        self.problem = (what if isinstance(what, Sentence) else Sentence((what,))).tame
        super().__init__(self.problem if isinstance(what, Sentence) else str(self.problem))
        self.advice = Sentence(advice).tame if advice else self.remedy

    @property
    def what(self) -> str:
        """What is wrong, as no front end has spelt it yet; a sentence of plain words is just that."""
        return str(self.problem)

    def __str__(self) -> str:
        """The problem, then the remedy on its own line, both as a front end has not spelt them yet."""
        return f"{self.what}\n{self.advice}" if self.advice else self.what


class UsageProblem(RedactError):
    """The command or the request file asks for something that cannot be."""

    exit_code = 2


class ChangedMeanwhile(UsageProblem):
    """Somebody changed it since whoever asks looked at it."""

    code: ClassVar[str] = "changed-meanwhile"
    remedy = Sentence(("Look how it stands now, and say it again if it still holds.",))


class InputUnusable(RedactError):
    """The clip, or the place to write to, cannot be used."""

    exit_code = 3


class SourceChanged(RedactError):
    """The master is no longer the file that was scanned."""

    exit_code = 4
    remedy = Sentence(("Copy it again from where it is kept, check nothing writes to it, and start again.",))


class VerificationFailed(RedactError):
    """The copy did not pass its checks, so it was not released."""

    exit_code = 5
    remedy = Sentence(("Read the report beside the withheld copy; nothing was released.",))


class ModelUnavailable(RedactError):
    """A network's weights are missing, damaged, or are not the ones the catalogue names."""

    exit_code = 6
    remedy = Sentence(("Fetch them again: ", Task.PULL_MODELS))


class NotPermitted(RedactError):
    """Authorisation, approval or retention forbids it: the sentence says which rule, and the way forward."""

    exit_code = 7

    def __init__(self, what: str | Sentence, *advice: Part, code: Refusal | None = None) -> None:
        """Say WHAT is forbidden, as its CODE does for programs; ADVICE: the way forward."""
        super().__init__(what, *advice)
        self.code = code
