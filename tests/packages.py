"""Releases to sign and to spoil: their footage, their record, and what becomes of them."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clips import clip_of, plan_of
from copies import MARK, ScriptedDetector, every_frame, spec_of, street
from copies import plan_of as mask_plan
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redact.files import canonical_json, sha256_bytes
from redact.governance.ledger.events import Event, EventKind
from redact.governance.ledger.lines import Hand, Head, spell_line
from redact.package.manifest import Account, Asked, describe, output_of, tie
from redact.package.public_key import VerifyingKey
from redact.package.record import ApprovalProof, ApprovalRecord, FileRecord, ReleaseRecord
from redact.paint.render import render
from redact.records.plan import Check, digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from redact.package.manifest import Manifest
    from redact.records.clip import Clip

__all__ = [
    "APPROVER",
    "KEY",
    "MAKER",
    "ORGANISATION",
    "REPORT",
    "STRANGER",
    "Key",
    "approved",
    "claimed",
    "copy_of",
    "files_of",
    "line_of",
    "manifest_of",
    "native",
    "real_copy",
    "redacted",
]

REQUEST = {"reference": "SAR-2026-0142", "copy_number": 1}
PASSED = Check("masks", passed=True, found="None shown.")

REPORT: Mapping[str, bytes] = {
    "report.html": b"<p>report</p>" * 40,
    "report.pdf": b"%PDF-1.7 " * 40,
    "letter.txt": b"Dear Sir or Madam\n" * 20,
    "letter.html": b"<p>Dear Sir or Madam</p>" * 20,
}
"""What goes with the footage."""

FACTS: Mapping[str, Any] = {
    "release_id": "SAR-2026-0142/1-0123456789ab",
    "reference": "SAR-2026-0142",
    "kind": "sar",
    "native": False,
    "recipient": "the requester",
    "recipient_code": "R-7Q2K",
    "copy_number": 1,
    "made_at": "2026-03-02T09:30:00+00:00",
    "exhibits": ("SAR-2026-0142/1",),
    "approved": None,
    "completeness": ("All 24 frames of the time asked for are there.",),
    "clock_offsets": ("The clock of camera 4 is 3 s fast.",),
}


class Key:
    """A key in memory."""

    def __init__(self, seed: int) -> None:
        """Make the one of SEED."""
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.public = VerifyingKey(self.private.public_key())
        self.keyid = self.public.keyid

    def sign(self, payload: bytes) -> bytes:
        """Sign PAYLOAD."""
        return self.private.sign(payload)


KEY, STRANGER = Key(1), Key(2)
APPROVER, MAKER = Key(3), Key(4)
ORGANISATION = "0" * 32


def line_of(kind: EventKind, by: str, key: Key, data: Mapping[str, Any], reference: str = "") -> str:
    """Spell a line of a ledger, signed by KEY."""
    at, place = "2026-03-02T09:00:00.000000+00:00", Head(7, "1" * 64)
    event = Event(kind=kind, by=by, at=at, data=data, reference=reference, id="2" * 32)
    return spell_line(place, event, Hand(ORGANISATION, key)).decode()


def claimed(account: str, key: Key) -> dict[str, str]:
    """Say that the key is ACCOUNT's."""
    proof = key.sign(b"redact-own-key/1\n" + f"{account}\n{key.keyid}\n".encode())
    said = {"account": account, "public_key": key.public.pem.decode(), "proof": b64encode(proof).decode()}
    return {"version": "redact-own-key-claim/1"} | said


def approved(record: ReleaseRecord, approver: Key = APPROVER, **changes: Any) -> ReleaseRecord:
    """Have APPROVER approve just RECORD, but for CHANGES of what is shown of it."""
    files = [{"name": file.name, "sha256": file.sha256} for file in record.footage]
    what: dict[str, Any] = {"reference": record.reference, "recipient": record.recipient, "native": record.native}
    what |= {"copy_number": record.copy_number, "exhibits": files}
    digest_now = sha256_bytes(canonical_json(what))
    first = line_of(EventKind.ENROLLED, "dpo", MAKER, {"claim": claimed("dpo", MAKER), "founds": ORGANISATION})
    second = line_of(EventKind.ENROLLED, "dpo", MAKER, {"claim": claimed("approver", approver)})
    line = line_of(EventKind.APPROVED, "approver", approver, {"digest": digest_now}, record.reference)
    shown: dict[str, Any] = {"organisation": ORGANISATION, "line": line, "enrolments": (first, second)}
    proof = ApprovalProof(**shown | {"what": what, "makers": (MAKER.keyid,)} | changes)
    said = {"by": "B. Example (user approver)", "at": json.loads(line)["at"], "digest": digest_now}
    return record.model_copy(update={"approved": ApprovalRecord(**said, proof=proof)})


def manifest_of(copy: Path) -> Manifest:
    """Say of any file COPY that it is a redacted copy."""
    clip = clip_of(frames=2)
    plan = plan_of(clip, [[(0, 0, 8, 8)]])
    output, account = output_of(copy, copy.name), Account([PASSED])
    return describe(spec_of(clip, plan), Asked(REQUEST), [ScriptedDetector()], output, account)


def real_copy(folder: Path, stem: str = "cam", **changes: Any) -> tuple[Path, Manifest]:
    """Make a redacted copy in FOLDER, of a master that is there too; gives it and its manifest."""
    return copy_of(street(folder / f"{stem}.mkv"), folder, stem, **changes)


def copy_of(
    clip: Clip, folder: Path, stem: str, *, checks: tuple[Check, ...] = (PASSED,), **changes: Any
) -> tuple[Path, Manifest]:
    """Make a redacted copy of CLIP in FOLDER, which passed CHECKS; gives it and its manifest."""
    plan = mask_plan(clip, every_frame(clip, (96, 64, 176, 176)), **changes)
    tied = tie(clip.sha256, digest(plan), REQUEST)
    copy = folder / f"{stem}.redacted.mp4"
    spec = spec_of(clip, plan, mark=replace(MARK, release_id=f"SAR-2026-0142/1-{tied[:12]}", digest=tied))
    render(spec, copy)
    output, account = output_of(copy, copy.name), Account(checks)
    return copy, describe(spec, Asked(REQUEST), [ScriptedDetector()], output, account)


def redacted(*manifests: Manifest, **changes: Any) -> ReleaseRecord:
    """Record the release of the copies that MANIFESTS are about."""
    record = ReleaseRecord(**{**FACTS, "manifests": manifests} | changes)
    return record if "approved" in changes else approved(record)


def native(masters: Mapping[str, bytes], /, **changes: Any) -> ReleaseRecord:
    """Record the release of MASTERS, bit for bit."""
    files = [FileRecord(name=name, sha256=sha256_bytes(data), size_bytes=len(data)) for name, data in masters.items()]
    record = ReleaseRecord(**{**FACTS, "native": True, "kind": "police", "masters": tuple(files)} | changes)
    return record if "approved" in changes else approved(record)


def files_of(*copies: Path) -> dict[str, Path | bytes]:
    """What a package of COPIES consists of."""
    return {**{copy.name: copy for copy in copies}, **REPORT}
