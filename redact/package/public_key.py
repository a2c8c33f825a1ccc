"""The half of a key that others may have: it knows the signatures of the other half, and the key that came after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field

from redact.errors import InputUnusable
from redact.files import canonical_json, read_small, reason_of, sha256_bytes
from redact.package.curve import why_not_a_key
from redact.package.envelope import seal, signed, unseal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from redact.package.envelope import Signer

__all__ = [
    "KeyRecord",
    "VerifyingKey",
    "fingerprint",
    "follow",
    "load_public",
    "load_successor",
    "read_record",
    "write_record",
]

RECORD_TYPE = "application/vnd.redact-video.key+json"

ASK = "Ask whoever released the footage for their public key, a file that begins with -----BEGIN PUBLIC KEY-----."

LARGEST = 64 * 1024
"""Bytes of a key in PEM, or of a statement of one; they have a few hundred, or a few thousand."""

GROUP = 4


def fingerprint(keyid: str) -> str:
    """Write KEYID in groups of four, to be compared over the telephone or with a letter."""
    return " ".join(keyid[start : start + GROUP] for start in range(0, len(keyid), GROUP))


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """An Ed25519 public key. Raises ValueError, as `of` does, for one that anybody could sign for."""

    public: Ed25519PublicKey

    def __post_init__(self) -> None:
        """Refuse what is no key, however it came here."""
        if why := why_not_a_key(self.public.public_bytes_raw()):
            raise ValueError(why)

    @property
    def keyid(self) -> str:
        """Hex SHA-256 of the key as SubjectPublicKeyInfo (DER): what `openssl pkey -pubin -outform DER` gives."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return sha256_bytes(self.public.public_bytes(serialization.Encoding.DER, form))

    @property
    def pem(self) -> bytes:
        """The key as SubjectPublicKeyInfo, in PEM."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.public.public_bytes(serialization.Encoding.PEM, form)

    def verify(self, signature: bytes, payload: bytes) -> bool:
        """Tell whether SIGNATURE is this key's, of PAYLOAD."""
        try:
            self.public.verify(signature, payload)
        except InvalidSignature:
            return False
        return True

    @classmethod
    def of(cls, pem: bytes) -> VerifyingKey:
        """Read PEM. Raises ValueError whose text says, as the end of a sentence, why it is no such key."""
        if b"PRIVATE KEY" in pem:
            message = "it is a private key, which nobody but its owner may have"
            raise ValueError(message)
        try:
            public = serialization.load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm, InternalError) as wrong:
            message = "it is no public key in PEM"
            raise ValueError(message) from wrong
        if not isinstance(public, Ed25519PublicKey):
            message = "it is a key of another kind than Ed25519"
            raise ValueError(message)  # noqa: TRY004  to the caller it is one and the same trouble
        return cls(public)


def load_public(path: Path) -> VerifyingKey:
    """Read the public key in the PEM file at PATH. Raises InputUnusable where it is none."""
    try:
        return VerifyingKey.of(_read(path))
    except ValueError as wrong:
        message = f"{path} cannot be used as a key: {wrong}."
        raise InputUnusable(message, ASK) from wrong


def load_successor(old: VerifyingKey, path: Path) -> VerifyingKey:
    """Give the key that OLD names as its successor in the statement in the file at PATH; see `follow`."""
    return follow(old, _read(path))


class KeyRecord(BaseModel):
    """What is known of a key. The key signs it itself, and so does the key that it replaces."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: Literal["redact-key/1"] = "redact-key/1"
    public_key: str
    """PEM."""
    created: str
    """ISO 8601, UTC."""
    expires: str
    """ISO 8601, UTC; from then on it signs nothing more. What it signed before stays signed."""
    replaces: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """The keyid of the key before it."""

    @property
    def key(self) -> VerifyingKey:
        """The key it is about."""
        return VerifyingKey.of(self.public_key.encode())

    @property
    def keyid(self) -> str:
        """The keyid of the key it is about."""
        return self.key.keyid

    @property
    def end(self) -> datetime:
        """When it stops signing."""
        return datetime.fromisoformat(self.expires)


def write_record(record: KeyRecord, signers: Sequence[Signer]) -> bytes:
    """Write RECORD as a statement of SIGNERS: the key itself, and the one that it replaces."""
    return seal(canonical_json(record.model_dump(mode="json")), RECORD_TYPE, signers)


def read_record(statement: bytes, *others: VerifyingKey) -> KeyRecord:
    """Read a key's STATEMENT, signed by the key itself and by all OTHERS. Raises ValueError where it is not."""
    envelope = unseal(statement, RECORD_TYPE)
    record = KeyRecord.model_validate_json(envelope.payload)
    if not all(signed(envelope, key) for key in (record.key, *others)):
        message = "a signature is missing or wrong"
        raise ValueError(message)
    if datetime.fromisoformat(record.created).tzinfo is None or record.end.tzinfo is None:
        message = "its times are of no time zone"
        raise ValueError(message)
    return record


def follow(old: VerifyingKey, statement: bytes) -> VerifyingKey:
    """Give the key that OLD names as its successor in STATEMENT. Raises InputUnusable where it names none there."""
    try:
        record = read_record(statement, old)
    except ValueError:
        record = None
    if record is None or record.replaces != old.keyid:
        message = f"This does not show that the key {fingerprint(old.keyid)} was replaced."
        raise InputUnusable(message, "Ask whoever released the footage, and compare the new fingerprint.")
    return record.key


def _read(path: Path) -> bytes:
    try:
        return read_small(path, LARGEST)
    except OSError as problem:
        message = f"{path} cannot be read ({reason_of(problem)})."
        raise InputUnusable(message, "Check the name of the key's file.") from problem
