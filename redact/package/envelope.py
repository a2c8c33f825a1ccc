"""What was signed, and by whom, in one file: a DSSE envelope that has exactly one spelling."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Protocol

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import FormatError
from securesystemslib.signer import Signature  # type: ignore[attr-defined]  # not listed there

from redact.errors import UsageProblem
from redact.files import canonical_json

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LARGEST", "NotAnEnvelope", "Signer", "Verifier", "seal", "signed", "unseal"]

LARGEST = 8 * 1024 * 1024
"""Bytes above which a file is no envelope of ours; a hundred clips with all that is said of each take less."""

WORD = rb'"[^"\\\x00-\x1f]{0,200}"'
BASE64 = rb"[A-Za-z0-9+/]%s={0,2}"
SIGNED = rb"""\n  \{\n   "keyid": %s,\n   "sig": "%s"\n  \},?""" % (WORD, BASE64 % b"{0,200}")
FORM = re.compile(
    rb"""\{\n "payload": "%s",\n "payloadType": %s,\n "signatures": \[(?:\]|(?:%s){1,8}\n \])\n\}\n"""
    % (BASE64 % b"*", WORD, SIGNED)
)
"""How an envelope is spelt. What is spelt otherwise is not parsed: a list of empty lists takes 25 times its bytes."""


class Signer(Protocol):
    """Whatever signs."""

    @property
    def keyid(self) -> str:
        """Which key it is, as hex."""
        ...

    def sign(self, payload: bytes) -> bytes:
        """Sign PAYLOAD."""
        ...


class Verifier(Protocol):
    """Whatever knows a signature."""

    @property
    def keyid(self) -> str:
        """Which key it is, as hex."""
        ...

    def verify(self, signature: bytes, payload: bytes) -> bool:
        """Tell whether SIGNATURE is this key's, of PAYLOAD."""
        ...


class NotAnEnvelope(ValueError):
    """The bytes are no envelope, or not spelt as one is. Its text says why, as the end of a sentence."""


def seal(payload: bytes, payload_type: str, signers: Sequence[Signer]) -> bytes:
    """Put PAYLOAD into an envelope that each of SIGNERS signs; gives the envelope's bytes.

    Raises UsageProblem where it is too large for any reader.
    """
    envelope = Envelope(payload, payload_type, {})
    for signer in signers:
        signature = signer.sign(envelope.pae())
        envelope.signatures[signer.keyid] = Signature(signer.keyid, signature.hex())
    data = canonical_json(envelope.to_dict())
    if len(data) > LARGEST:
        message = f"What is to be signed has {len(data):,} bytes, and nobody reads more than {LARGEST:,}."
        raise UsageProblem(message, "Release fewer clips at a time.")
    return data


def unseal(data: bytes, payload_type: str) -> Envelope:
    """Read the envelope DATA, whose payload is to be of PAYLOAD_TYPE. Says nothing of who signed it.

    Raises NotAnEnvelope where it is none, or where a single byte of it is spelt otherwise than `seal` spells it.
    """
    if len(data) > LARGEST:
        message = f"it has {len(data):,} bytes, more than any envelope"
        raise NotAnEnvelope(message)
    if not FORM.fullmatch(data):
        message = "it has not the form of one, or is not spelt as it was when it was signed"
        raise NotAnEnvelope(message)
    try:
        envelope = Envelope.from_dict(json.loads(data))
        again = canonical_json(envelope.to_dict())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, FormatError) as wrong:
        message = "it has not the form of one"
        raise NotAnEnvelope(message) from wrong
    if again != data or any(signature.unrecognized_fields for signature in envelope.signatures.values()):
        message = "it is not spelt as it was when it was signed"
        raise NotAnEnvelope(message)
    if envelope.payload_type != payload_type:
        message = f"what it holds is {envelope.payload_type!r}, not {payload_type!r}"
        raise NotAnEnvelope(message)
    return envelope


def signed(envelope: Envelope, key: Verifier) -> bool:
    """Tell whether KEY signed what ENVELOPE holds."""
    signature = envelope.signatures.get(key.keyid)
    return signature is not None and key.verify(bytes.fromhex(signature.signature), envelope.pae())
