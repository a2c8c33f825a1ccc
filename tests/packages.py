"""Releases to sign and to spoil: their footage, their record, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clips import clip_of, plan_of
from copies import MARK, ScriptedDetector, every_frame, spec_of, street
from copies import plan_of as mask_plan
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redact.files import sha256_bytes
from redact.package.manifest import Account, Asked, describe, output_of, tie
from redact.package.public_key import VerifyingKey
from redact.package.record import ApprovalRecord, FileRecord, ReleaseRecord
from redact.paint.render import render
from redact.records.plan import Check, digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from redact.package.manifest import Manifest
    from redact.records.clip import Clip

__all__ = ["KEY", "REPORT", "STRANGER", "Key", "copy_of", "files_of", "manifest_of", "native", "real_copy", "redacted"]

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
    "approved": ApprovalRecord(by="approver", at="2026-03-02T09:00:00+00:00", digest="5" * 64),
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
    return ReleaseRecord(**{**FACTS, "manifests": manifests} | changes)


def native(masters: Mapping[str, bytes], /, **changes: Any) -> ReleaseRecord:
    """Record the release of MASTERS, bit for bit."""
    files = [FileRecord(name=name, sha256=sha256_bytes(data), size_bytes=len(data)) for name, data in masters.items()]
    return ReleaseRecord(**{**FACTS, "native": True, "kind": "police", "masters": tuple(files)} | changes)


def files_of(*copies: Path) -> dict[str, Path | bytes]:
    """What a package of COPIES consists of."""
    return {**{copy.name: copy for copy in copies}, **REPORT}
