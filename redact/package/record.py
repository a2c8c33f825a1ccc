"""The statement that is signed with a release: which files it consists of, and the record of how it came about."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from redact.files import canonical_json, sha256_bytes
from redact.legible import one_line
from redact.package.envelope import NotAnEnvelope, seal, unseal
from redact.package.manifest import Manifest  # noqa: TC001  the record is checked with it

if TYPE_CHECKING:
    from collections.abc import Mapping

    from securesystemslib.dsse import Envelope

    from redact.package.envelope import Signer

__all__ = [
    "ENVELOPE",
    "PAYLOAD_TYPE",
    "PREDICATE_TYPE",
    "ApprovalProof",
    "ApprovalRecord",
    "FileRecord",
    "ReleaseRecord",
    "Statement",
    "attest",
    "read_attestation",
    "safe",
]

ENVELOPE = "release.dsse.json"
"""Name of the envelope's file in a package."""

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE: Literal["https://in-toto.io/Statement/v1"] = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Literal["urn:redact-video:release:1"] = "urn:redact-video:release:1"

TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"')
CROWDED = re.compile(rb"[\[{,][^\n\]}]")
"""Outside of texts, two things on one line, of which our spelling has none."""

LONGEST = 255
"""Bytes in a file name that any file system takes."""

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


def _one_line(name: str) -> str:
    """Give back NAME. Raises ValueError where it hides something, turns the direction of writing or ends a line."""
    if one_line(name) != name:
        message = "a name of one line, in characters that can be seen"
        raise ValueError(message)
    return name


# A name stays in its folder, is not hidden there, is no option of a command, and is what it looks like.
Name = Annotated[
    str,
    StringConstraints(pattern=r"^[^/\\\x00-\x20\x7f.-][^/\\\x00-\x1f\x7f]*$", max_length=LONGEST),
    AfterValidator(_one_line),
]
Sentence = Annotated[str, StringConstraints(min_length=1)]


class _Strict(BaseModel):
    """A part of the statement: nothing unknown, nothing converted, nothing changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class FileRecord(_Strict):
    """A file as it is, bit for bit."""

    name: Name
    sha256: Digest
    size_bytes: Count


class ApprovalProof(_Strict):
    """What shows who approved: lines of the organisation's ledger, as they stand there, newline included."""

    organisation: Sentence
    """Identity of the organisation's ledger, which every signature is of."""
    line: Sentence
    """The approval, signed by whoever gave it."""
    enrolments: tuple[Sentence, ...]
    """The lines that put keys on record: the first key, and from there one after the other to the approver's."""
    what: dict[str, Any]
    """What was approved; its digest is in the line."""
    makers: tuple[Digest, ...]
    """Ids of the keys that signed the decisions and the making."""


class ApprovalRecord(_Strict):
    """Who let the release go."""

    by: Sentence
    """User of the operating system."""
    at: Sentence
    """ISO 8601, UTC."""
    digest: Digest
    """Of what was approved."""
    proof: ApprovalProof | None = None
    """What its recipient checks; None in releases of before people had keys."""


class ReleaseRecord(_Strict):
    """The facts of a release. A native one holds masters bit for bit, any other redacted copies."""

    release_id: Sentence
    reference: Sentence
    kind: Sentence
    """Of the request."""
    native: bool
    recipient: str
    recipient_code: str
    copy_number: Annotated[int, Field(ge=1)]
    made_at: Sentence
    """ISO 8601, UTC."""
    exhibits: tuple[Sentence, ...]
    """Names of the exhibits."""
    approved: ApprovalRecord | None
    """None where nobody has to approve."""
    masters: tuple[FileRecord, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    completeness: tuple[Sentence, ...] = ()
    """What of the time asked for is there, and what is not."""
    clock_offsets: tuple[Sentence, ...] = ()
    """How the clocks in the pictures differ from the right time."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> ReleaseRecord:
        if bool(self.masters) != self.native or bool(self.manifests) == self.native:
            message = "a native release has masters and no manifests, any other has manifests and no masters"
            raise ValueError(message)
        if len({file.name for file in self.footage}) != len(self.footage):
            message = "two pieces of footage have one name"
            raise ValueError(message)
        return self

    @property
    def footage(self) -> tuple[FileRecord, ...]:
        """What of the package is footage, whichever kind of release it is."""
        copies = (manifest.output for manifest in self.manifests)
        return self.masters or tuple(
            FileRecord(name=copy.name, sha256=copy.sha256, size_bytes=copy.size_bytes) for copy in copies
        )


class _Digests(_Strict):
    sha256: Digest


class _Subject(_Strict):
    name: Name
    digest: _Digests


class Statement(_Strict):
    """An in-toto statement, version 1: files, and what is said of them."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: tuple[_Subject, ...]
    predicate_type: Literal["urn:redact-video:release:1"] = Field(alias="predicateType")
    predicate: ReleaseRecord

    @model_validator(mode="after")
    def _names_differ(self) -> Statement:
        names = [file.name.casefold() for file in self.subject]
        if len(set(names)) != len(names):
            message = "two files have one name"
            raise ValueError(message)
        if ENVELOPE in names:
            message = "the envelope cannot be about itself"
            raise ValueError(message)
        return self

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of each file of the package, by name; all but the envelope."""
        return {file.name: file.digest.sha256 for file in self.subject}

    @property
    def unlike(self) -> tuple[str, ...]:
        """Names of the footage that the record speaks of otherwise than the statement; empty where all is well."""
        return tuple(file.name for file in self.predicate.footage if self.files.get(file.name) != file.sha256)


def safe(name: str) -> bool:
    """Tell whether a file of a package may be called NAME."""
    try:
        _Subject(name=name, digest=_Digests(sha256=sha256_bytes(b"")))
        return len(name.encode()) <= LONGEST and name.casefold() != ENVELOPE
    except ValueError:  # the name breaks the rule, or has no spelling in UTF-8
        return False


def attest(files: Mapping[str, str], record: ReleaseRecord, key: Signer) -> bytes:
    """State that a release consists of FILES, SHA-256 by name, and that RECORD is true of it, signed with KEY.

    Gives the bytes of the envelope. Raises ValueError where a name is unsafe or given twice.
    """
    subjects = tuple(_Subject(name=name, digest=_Digests(sha256=files[name])) for name in sorted(files))
    statement = Statement.model_validate(
        {"_type": STATEMENT_TYPE, "subject": subjects, "predicateType": PREDICATE_TYPE, "predicate": record}
    )
    return seal(canonical_json(statement.model_dump(mode="json", by_alias=True)), PAYLOAD_TYPE, [key])


def read_attestation(data: bytes) -> tuple[Envelope, Statement]:
    """Read the envelope DATA and the statement in it. Says nothing of who signed it; see `envelope.signed`.

    Raises NotAnEnvelope, whose text says why, where a single byte is spelt otherwise than `attest` spells it.
    """
    envelope = unseal(data, PAYLOAD_TYPE)
    if len(envelope.signatures) != 1:
        message = f"it has {len(envelope.signatures)} signatures, not one"
        raise NotAnEnvelope(message)
    try:
        _check_lines(envelope.payload)
        statement = Statement.model_validate_json(envelope.payload)  # first: what is no statement takes little memory
        _check_spelling(envelope.payload)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        message = "what it states has not the one right spelling"
        if first["type"] != "json_invalid":
            message = f"what it states is no release record ({'.'.join(map(str, first['loc']))}: {first['msg']})"
        raise NotAnEnvelope(message) from wrong
    except (ValueError, RecursionError) as wrong:
        message = "what it states has not the one right spelling"
        raise NotAnEnvelope(message) from wrong
    return envelope, statement


def _check_lines(payload: bytes) -> None:
    """Raise ValueError where PAYLOAD, JSON or not, has more than one thing on a line.

    It is asked before anything is parsed: a list of empty lists without any line takes a hundred times its bytes.
    """
    if CROWDED.search(TEXT.sub(b"", payload)):
        message = "spelt otherwise"
        raise ValueError(message)


def _check_spelling(payload: bytes) -> None:
    """Raise ValueError where PAYLOAD is JSON in another spelling than ours, such as one with a key given twice."""
    value: Any = json.loads(payload)
    if canonical_json(value) != payload:
        message = "spelt otherwise"
        raise ValueError(message)
