"""A recipient's check of a signed package: that the key's owner signed it, and that nothing was changed since."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from redact.errors import InputUnusable
from redact.files import reason_of, scratch_folder
from redact.package.approval import approval_check
from redact.package.canonical_zip import NotCanonical
from redact.package.envelope import LARGEST, NotAnEnvelope, signed
from redact.package.public_key import fingerprint
from redact.package.reader import digest, opened, package_at
from redact.package.record import ENVELOPE, read_attestation
from redact.package.verify_release import copy_checks
from redact.records.kinds import SealName
from redact.records.plan import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from securesystemslib.dsse import Envelope

    from redact.package.manifest import Manifest
    from redact.package.public_key import VerifyingKey
    from redact.package.reader import Contents
    from redact.package.record import Statement

__all__ = ["Seal", "seal_of", "verify_package"]

NAMED = 3
"""Files named at most where several are wrong."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What signature and digests say of a package, before any picture of it is decoded."""

    checks: tuple[Check, ...]
    statement: Statement | None
    """What is stated of the package; None where that cannot be read."""

    @property
    def holds(self) -> bool:
        """Whether every check passed."""
        return self.statement is not None and all(check.passed for check in self.checks)


def verify_package(path: Path, key: VerifyingKey) -> tuple[Check, ...]:
    """Check the package at PATH, a folder, an archive or the envelope in a folder, as signed with KEY.

    Pictures are decoded only where signature and digests hold. Raises InputUnusable where it cannot be read.
    """
    if not os.path.lexists(path):
        message = f"{path} does not exist."
        raise InputUnusable(message, "Check the name.")
    package = package_at(path)
    if package is None:
        sentence = (
            f"{path} has no {ENVELOPE}: nobody signed it, as no one signs what redact run makes, or it was removed."
        )
        return (Check(SealName.ENVELOPE, passed=False, found=sentence),)
    with opened(package) as contents:
        seal = seal_of(contents, key)
        return (*seal.checks, *(_footage(contents, seal.statement) if seal.holds and seal.statement else ()))


def seal_of(contents: Contents, key: VerifyingKey) -> Seal:
    """Check the signature of KEY on CONTENTS, and every byte of them by its digest; decodes nothing."""
    form = [_archive(contents)] if contents.archive else []
    try:
        data = _small(contents, ENVELOPE)
        envelope, statement = read_attestation(data)
    except NotAnEnvelope as wrong:
        sentence = f"{ENVELOPE} is no signed release record: {wrong}."
        return Seal((*form, Check(SealName.ENVELOPE, passed=False, found=sentence)), None)
    record = statement.predicate
    sentence = f"Release {record.release_id}, copy {record.copy_number} for {record.recipient or 'no one named'}, "
    check = Check(SealName.ENVELOPE, passed=True, found=f"{sentence}made {record.made_at}.")
    checks = (_signature(envelope, key), _files(contents, statement), _record(statement), approval_check(record))
    return Seal((*form, check, *checks), statement)


def _archive(contents: Contents) -> Check:
    """Tell whether the archive is spelt as one of ours, to the last byte of its headers."""
    faults = contents.faults
    sentence = f"{faults[0]}." if faults else f"{len(contents.names)} files, and not a byte besides."
    return Check(SealName.ARCHIVE, not faults, f"{sentence[:1].upper()}{sentence[1:]}")


def _small(contents: Contents, name: str) -> bytes:
    """Read file NAME whole. Raises NotAnEnvelope where it is not there or too large."""
    if name not in contents.names:
        message = "it is missing"
        raise NotAnEnvelope(message)
    data = bytearray()
    try:
        for piece in contents.pieces(name):
            data += piece
            if len(data) > LARGEST:
                break
    except ValueError as wrong:
        raise NotAnEnvelope(str(wrong)) from wrong
    return bytes(data)


def _signature(envelope: Envelope, key: VerifyingKey) -> Check:
    """Tell whether KEY signed ENVELOPE."""
    if signed(envelope, key):
        return Check(SealName.SIGNATURE, passed=True, found=f"Signed with the key given, {fingerprint(key.keyid)}.")
    others = [fingerprint(keyid) for keyid in envelope.signatures]
    same = key.keyid in envelope.signatures
    fault = "is wrong" if same else f"is of another key, {', '.join(others)}, and not of {fingerprint(key.keyid)}"
    return Check(SealName.SIGNATURE, passed=False, found=f"The signature {fault}.")


def _files(contents: Contents, statement: Statement) -> Check:
    """Compare the files that are there with those that were signed, byte for byte by their digests."""
    signed_for, there = statement.files, set(contents.names) - {ENVELOPE}
    wrong = [f"{name} is missing" for name in sorted(set(signed_for) - there)]
    wrong += [f"{name} was added" for name in sorted(there - set(signed_for))]
    wrong += [] if contents.archive else contents.faults
    for name in sorted(there & set(signed_for)):
        if digest(contents, name) != signed_for[name]:
            wrong.append(f"{name} was changed")
    more = f", and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
    sentence = f"{', '.join(wrong[:NAMED])}{more}." if wrong else f"{len(signed_for)} files, each as it was signed."
    return Check(SealName.FILES, not wrong, sentence)


def _record(statement: Statement) -> Check:
    """Tell whether the footage that the record speaks of is that of the package."""
    footage, unlike = statement.predicate.footage, statement.unlike
    kind = "masters are, bit for bit," if statement.predicate.native else "redacted copies are"
    sentence = f"{len(footage) - len(unlike)} of {len(footage)} {kind} as recorded."
    return Check(SealName.RECORD, not unlike, sentence)


def _footage(contents: Contents, statement: Statement) -> Iterator[Check]:
    """Check the pictures of each redacted copy of a package whose digests hold."""
    manifests = statement.predicate.manifests
    for manifest in manifests:
        with _as_file(contents, manifest) as copy:
            for check in copy_checks(copy, manifest):
                yield replace(check, name=f"{manifest.output.name}: {check.name}") if len(manifests) > 1 else check


@contextmanager
def _as_file(contents: Contents, manifest: Manifest) -> Iterator[Path]:
    """Give the copy that MANIFEST is about as a file of its own, which nobody else can change meanwhile."""
    with scratch_folder(Path(tempfile.gettempdir()), "redact-verify-") as folder:
        copy = folder / "copy.mp4"
        try:
            _extract(contents, manifest, copy)
        except OSError as problem:
            message = f"{copy} cannot be written ({reason_of(problem)})."
            raise InputUnusable(message, "Set TMPDIR to a folder with room for a copy of the footage.") from problem
        yield copy


def _extract(contents: Contents, manifest: Manifest, copy: Path) -> None:
    """Write the copy that MANIFEST is about to COPY, never more bytes than recorded."""
    sha256, left = hashlib.sha256(), manifest.output.size_bytes
    try:
        with copy.open("xb") as stream:
            for piece in contents.pieces(manifest.output.name):
                left -= len(piece)
                if left < 0:
                    break
                sha256.update(piece)
                stream.write(piece)
    except NotCanonical:
        left = -1
    if left or sha256.hexdigest() != manifest.output.sha256:
        message = f"{manifest.output.name} has changed while it was checked."
        raise InputUnusable(message, "Check that nothing writes to the package, and start again.")
