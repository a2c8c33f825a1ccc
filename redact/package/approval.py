"""A recipient's check of an approval: that a person's own key signed just these files, and that it made none of them.

What is checked came out of the organisation's ledger: the line of the approval, and the lines that put keys on record,
from the first key to the approver's. The recipient believes the organisation whose keys these are; this shows that
within it one person alone, whatever they could write to, did not let the footage out.
"""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from redact.files import canonical_json, sha256_bytes
from redact.package.public_key import VerifyingKey, fingerprint
from redact.records.kinds import SealName
from redact.records.plan import Check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redact.package.record import ApprovalProof, ReleaseRecord

__all__ = ["approval_check"]

APPROVED, ENROLLED = "release-approved", "person-key-enrolled"
SIGNATURE = ("keyid", "signature")
CLAIM = b"redact-own-key/1\n"
LINE = b"redact-event/1\n"


def approval_check(record: ReleaseRecord) -> Check:
    """Tell whether somebody who made none of it signed the approval that RECORD speaks of, and of just this release."""
    approved = record.approved
    if approved is None or approved.proof is None:
        sentence = "Nobody's key signed an approval of it."
        return Check(SealName.APPROVAL, passed=False, found=sentence)
    try:
        keyid = _checked(approved.proof, record)
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        said = wrong.args[0] if isinstance(wrong, _Fault) else "what should show it cannot be read"
        return Check(SealName.APPROVAL, passed=False, found=f"The approval does not hold: {said}.")
    others = len(approved.proof.makers)
    sentence = (
        f"{approved.by} approved just this, and signed with the key {fingerprint(keyid[:16])} …, which is none of the "
        f"{others} with which it was decided on and made."
    )
    return Check(SealName.APPROVAL, passed=True, found=sentence)


class _Fault(ValueError):
    """What does not hold, as the end of a sentence."""


def _checked(proof: ApprovalProof, record: ReleaseRecord) -> str:
    """Give the id of the key that signed what PROOF shows of RECORD. Raises ValueError, KeyError or TypeError."""
    keys = _keys(proof)
    line = _line(proof.line)
    account, key = keys[line["keyid"]]
    if not _signed(line, key, proof.organisation):
        message = "its signature is not of its key"
        raise _Fault(message)
    approved = record.approved
    said = (line["kind"], line["reference"], line["data"]["digest"], line["by"], line["at"])
    if approved is None or said != (APPROVED, record.reference, approved.digest, account, approved.at):
        message = "it is another one than the record speaks of"
        raise _Fault(message)
    _check_what(proof.what, record, approved.digest)
    if not proof.makers or line["keyid"] in proof.makers:
        message = "whoever approved it decided on it or made it"
        raise _Fault(message)
    return str(line["keyid"])


def _keys(proof: ApprovalProof) -> dict[str, tuple[str, VerifyingKey]]:
    """Give account and key by the key's id, as the lines of PROOF put them on record, one vouching for the next."""
    keys: dict[str, tuple[str, VerifyingKey]] = {}
    for text in proof.enrolments:
        line = _line(text)
        claim = line["data"]["claim"]
        key = VerifyingKey.of(claim["public_key"].encode())
        claimed = CLAIM + f"{claim['account']}\n{key.keyid}\n".encode()
        own = line["keyid"] == key.keyid
        first = not keys and line["data"].get("founds") == proof.organisation
        by = key if own and (first or "endorsed" in line["data"]) else keys[line["keyid"]][1]
        good = _signed(line, by, proof.organisation) and key.verify(b64decode(claim["proof"], validate=True), claimed)
        if line["kind"] != ENROLLED or not good:
            message = "a key was not put on record as it must be"
            raise _Fault(message)
        keys[key.keyid] = (str(claim["account"]), key)
    return keys


def _check_what(what: Mapping[str, Any], record: ReleaseRecord, digest: str) -> None:
    """Raise ValueError where WHAT was approved has another DIGEST, or is not what RECORD is of."""
    if sha256_bytes(canonical_json(what)) != digest:
        message = "what was approved is not what is said to be"
        raise _Fault(message)
    files = {(one["name"], one["sha256"]) for one in what["exhibits"]}
    of = (what["reference"], what["recipient"], what["copy_number"], what["native"], files)
    here = {(file.name, file.sha256) for file in record.footage}
    if of != (record.reference, record.recipient, record.copy_number, record.native, here):
        message = "other footage was approved, or for another recipient"
        raise _Fault(message)


def _line(text: str) -> dict[str, Any]:
    """Read a line of a ledger. Raises ValueError where it is spelt otherwise than a ledger spells it."""
    plain = json.loads(text)
    if not isinstance(plain, dict) or _spelt(plain) != text.encode():
        message = "a line is spelt otherwise than it was signed"
        raise _Fault(message)
    return plain


def _signed(line: Mapping[str, Any], key: VerifyingKey, organisation: str) -> bool:
    """Tell whether KEY signed LINE of the ledger of ORGANISATION."""
    unsigned = {name: value for name, value in line.items() if name not in SIGNATURE}
    payload = LINE + f"{organisation}\n{line['keyid']}\n".encode() + _spelt(unsigned)
    return line["keyid"] == key.keyid and key.verify(b64decode(line["signature"], validate=True), payload)


def _spelt(plain: Mapping[str, Any]) -> bytes:
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f"{text}\n".encode()
