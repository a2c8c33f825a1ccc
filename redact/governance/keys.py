"""The keys of the organisation, in a folder: what signs its releases and its ledger. Ed25519."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redact.advice import Task
from redact.errors import InputUnusable, NotPermitted, Refusal, UsageProblem
from redact.files import PATIENCE_S, reason_of, sync_folder, wait_for, write_whole
from redact.package.public_key import KeyRecord, VerifyingKey, fingerprint, follow, load_public, read_record
from redact.package.public_key import write_record as statement_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = [
    "VALID_DAYS",
    "VARIABLE",
    "KeyStore",
    "SigningKey",
    "VerifyingKey",
    "fingerprint",
    "follow",
    "load_public",
    "passphrase_from",
]

VALID_DAYS = 730
"""How long a key signs, where nobody says otherwise."""

VARIABLE, VARIABLE_FILE = "REDACT_PASSPHRASE", "REDACT_PASSPHRASE_FILE"

CURRENT, LOCK, PRIVATE, STATEMENT = "current", ".lock", "private.pem", "key.dsse.json"
UNFINISHED = ".new."

LARGEST_SECRET = 64 * 1024
"""Bytes read of a private key or a passphrase."""

OTHERS = stat.S_IRWXG | stat.S_IRWXO

RESTORE = "Restore the folder of keys from a backup."


def passphrase_from(environment: Mapping[str, str], variable: str = VARIABLE) -> bytes | None:
    """Give the passphrase that VARIABLE of ENVIRONMENT holds, or the file that it names; None where it holds none.

    The name of the file stands in VARIABLE_FILE. Raises UsageProblem where it is empty or given twice, NotPermitted
    where others can read the file.
    """
    from pathlib import Path  # noqa: PLC0415  only here

    passphrase, named = environment.get(variable), environment.get(f"{variable}_FILE")
    if passphrase is not None and named is not None:
        message = f"{variable} and {variable}_FILE are both set."
        raise UsageProblem(message, "Unset one of them.")
    if named is not None:
        passphrase = os.fsdecode(_secret(Path(named), "The file with the passphrase").removesuffix(b"\n"))
    if passphrase == "":
        message = f"The passphrase in {variable if named is None else named} is empty."
        raise UsageProblem(message, "Write the passphrase there, or unset the variable to do without one.")
    return None if passphrase is None else os.fsencode(passphrase)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that can sign."""

    record: KeyRecord
    private: Ed25519PrivateKey = field(repr=False)
    clock: Callable[[], datetime] = field(repr=False)

    @property
    def keyid(self) -> str:
        """Hex SHA-256 of the public key as SubjectPublicKeyInfo."""
        return self.record.keyid

    @property
    def public_pem(self) -> bytes:
        """The public key in PEM."""
        return self.record.public_key.encode()

    @property
    def public(self) -> VerifyingKey:
        """The half that knows its signatures."""
        return self.record.key

    def sign(self, payload: bytes) -> bytes:
        """Sign PAYLOAD. Raises NotPermitted where the key has expired."""
        _check_time(self.record, self.clock())
        return self.private.sign(payload)


@dataclass(frozen=True, slots=True)
class _Endorser:
    """A key that signs its successor, even where it has expired for all else."""

    keyid: str
    private: Ed25519PrivateKey

    def sign(self, payload: bytes) -> bytes:
        return self.private.sign(payload)


def _utc() -> datetime:
    return datetime.now(UTC)


class KeyStore:
    """A folder of keys: one that signs, and what is public of those before it.

    FOLDER/current names the key that signs. Each key has a folder, named by its keyid, that appears whole: the private
    key, and a statement that is signed by the key itself and by the key it replaces.
    """

    def __init__(
        self,
        folder: Path,
        passphrase: bytes | Callable[[], bytes | None] | None = None,
        *,
        clock: Callable[[], datetime] = _utc,
    ) -> None:
        """Use FOLDER, which need not exist yet. PASSPHRASE protects private keys; asked for when needed."""
        self.folder, self._given, self._clock = folder, passphrase, clock

    @property
    def exists(self) -> bool:
        """Whether there is a key yet."""
        return self._pointed() is not None

    def signing_key(self, days: int = VALID_DAYS) -> SigningKey:
        """Give the key that signs; on first use, make one that signs for DAYS.

        Raises NotPermitted where it has expired, its passphrase is wrong, or others can read it; InputUnusable where
        it is damaged.
        """
        keyid = self._pointed()
        if keyid is None or not (self.folder / CURRENT).exists():
            keyid = self._first(days)
        record = self._record(keyid)
        _check_time(record, self._clock())
        return SigningKey(record, self._private(keyid), self._clock)

    def rotate(self, days: int = VALID_DAYS) -> SigningKey:
        """Make a key that signs for DAYS from now on, which the one before it names as its successor.

        The passphrase must open the old key, unless that had none. Killed half-way, the old key signs, or the new one.
        """
        with self._locked():
            keyid = self._pointed()
            if keyid is None:
                message = f"There is no key in {self.folder} yet."
                raise UsageProblem(message, "One is made when the first release is signed.")
            self._forget_old(keyid)
            old = _Endorser(keyid, self._private(keyid, rotating=True))
            new = self._make(days, old)
            self._point(new)
            self._forget_old(new)
            return SigningKey(self._record(new), self._private(new), self._clock)

    def public(self) -> VerifyingKey:
        """Give the public half of the key that signs. Raises UsageProblem where there is none yet."""
        return self.records()[0].key

    def statement(self, keyid: str | None = None) -> bytes:
        """Give what the key before KEYID, by default the current one, signed of it, for those who trust only that.

        `follow` reads it. Raises UsageProblem where there is no such key.
        """
        known = [record.keyid for record in self.records()]
        if keyid is not None and keyid not in known:
            message = f"No key {keyid} ever signed here."
            raise UsageProblem(message, Task.SHOW_KEYS, " lists them.")
        return (self.folder / (keyid or known[0]) / STATEMENT).read_bytes()

    def records(self) -> tuple[KeyRecord, ...]:
        """Give what is known of every key that ever signed, the current one first.

        Raises UsageProblem where there is none yet, InputUnusable where a key is lost or not named by its predecessor.
        """
        keyid = self._pointed()
        if keyid is None:
            message = f"There is no key in {self.folder} yet."
            raise UsageProblem(message, "One is made when the first release is signed.")
        history = [self._record(keyid)]
        while (before := history[-1].replaces) is not None:
            history.append(self._record(before))
            self._record(history[-2].keyid, history[-1].key)
        return tuple(history)

    def verifiers(self) -> dict[str, Callable[[bytes, bytes], bool]]:
        """Give, by keyid, what tells whether a signature is of that key, for every key that ever signed."""
        return {record.keyid: record.key.verify for record in self.records()} if self.exists else {}

    def _first(self, days: int) -> str:
        """Make the first key, unless another process was quicker; gives its keyid."""
        with self._locked():
            keyid = self._pointed()
            if keyid is None:
                keyid = self._make(days, None)
            self._point(keyid)
        return keyid

    def _make(self, days: int, before: _Endorser | None) -> str:
        """Make a key in a folder of its own, signed by BEFORE. Nothing points to it yet."""
        if days < 1:
            message = f"A key cannot sign for {days} days."
            raise UsageProblem(message, "Give a number of days from 1, such as 730.")
        private, now = Ed25519PrivateKey.generate(), self._clock()
        record = KeyRecord(
            public_key=VerifyingKey(private.public_key()).pem.decode(),
            created=now.isoformat(timespec="seconds"),
            expires=(now + timedelta(days=days)).isoformat(timespec="seconds"),
            replaces=before.keyid if before else None,
        )
        signers = [_Endorser(record.keyid, private), *([before] if before else [])]
        part = self.folder / f"{UNFINISHED}{record.keyid}"
        part.mkdir(mode=0o700)
        write_whole(part / PRIVATE, self._sealed(private, record.keyid))
        write_whole(part / STATEMENT, statement_of(record, signers))
        sync_folder(part)
        part.rename(self.folder / record.keyid)
        sync_folder(self.folder)
        return record.keyid

    def _sealed(self, private: Ed25519PrivateKey, keyid: str) -> bytes:
        """Spell PRIVATE as PKCS #8 in PEM, encrypted where there is a passphrase."""
        passphrase = self._passphrase()
        encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase is not None:
            encryption = serialization.BestAvailableEncryption(_stretched(passphrase, keyid))
        return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)

    def _point(self, keyid: str) -> None:
        write_whole(self.folder / CURRENT, f"{keyid}\n".encode())
        sync_folder(self.folder)

    def _forget_old(self, keyid: str) -> None:
        """Destroy the private halves of all keys before KEYID, and what a process that was killed left unfinished."""
        for path in self.folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(path)
        before = self._record(keyid).replaces
        while before is not None:
            (self.folder / before / PRIVATE).unlink(missing_ok=True)
            sync_folder(self.folder / before)
            before = self._record(before).replaces

    def _pointed(self) -> str | None:
        """Name the key that signs, None where there is none.

        A key to which nothing points yet, and the only one, is the first, whose maker was killed.
        """
        if not self.folder.exists():
            return None
        _check_mode(self.folder, self.folder.stat().st_mode, "700")
        names = {path.parent.name for path in self.folder.glob(f"[!.]*/{STATEMENT}")}
        try:
            keyid = (self.folder / CURRENT).read_bytes().decode("ascii", "replace").strip()
        except FileNotFoundError:
            if len(names) > 1:
                message = f"{self.folder} holds {len(names)} keys, and nothing says which one signs."
                raise InputUnusable(message, RESTORE) from None
            return next(iter(names), None)
        if keyid not in names:
            message = f"{self.folder} does not hold the key that is to sign."
            raise InputUnusable(message, RESTORE)
        return keyid

    def _record(self, keyid: str, *others: VerifyingKey) -> KeyRecord:
        """Read what is known of key KEYID, signed by itself and OTHERS."""
        path = self.folder / keyid / STATEMENT
        try:
            record = read_record(path.read_bytes(), *others)
        except (OSError, ValueError) as problem:
            message = f"{path} is missing, damaged, or not signed as it must be."
            raise InputUnusable(message, RESTORE) from problem
        if record.keyid != keyid:
            message = f"{path} is about another key."
            raise InputUnusable(message, RESTORE)
        return record

    def _private(self, keyid: str, *, rotating: bool = False) -> Ed25519PrivateKey:
        """Read the private half of key KEYID. ROTATING: it may be unprotected, though a passphrase is set."""
        path = self.folder / keyid / PRIVATE
        data = _secret(path, "The key that signs")
        locked, passphrase = b"ENCRYPTED" in data, self._passphrase()
        if locked and passphrase is None:
            message = f"The key that signs, {path}, is protected by a passphrase."
            raise NotPermitted(
                message,
                f"Set {VARIABLE}, or name a file that holds it in {VARIABLE_FILE}.",
                code=Refusal.PASSPHRASE_MISSING,
            )
        if passphrase is not None and not locked and not rotating:
            message = f"A passphrase is set, but the key that signs, {path}, is not protected by one."
            raise NotPermitted(
                message, "Protect it: ", Task.ROTATE_KEY, ". Or unset the passphrase.", code=Refusal.KEY_UNPROTECTED
            )
        try:
            secret = _stretched(passphrase, keyid) if locked and passphrase is not None else None
            private = serialization.load_pem_private_key(data, secret)
        except (ValueError, TypeError, UnsupportedAlgorithm, InternalError) as wrong:
            raise (_locked_out(path) if locked else _damaged(path)) from wrong
        if not isinstance(private, Ed25519PrivateKey) or VerifyingKey(private.public_key()).keyid != keyid:
            raise _damaged(path)
        return private

    def _passphrase(self) -> bytes | None:
        return self._given() if callable(self._given) else self._given

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep every other process from making keys in the folder, which exists from here on."""
        lock = self._lock()
        try:
            if not wait_for(lock):
                message = f"Another process has been making a key in {self.folder} for {PATIENCE_S:.0f} seconds."
                raise InputUnusable(message, "Wait until it is done, and do it again.")
            yield
        finally:
            os.close(lock)

    def _lock(self) -> int:
        """Open the file that is locked, in the folder, which is made if there is none. Raises InputUnusable."""
        try:
            if not self.folder.exists():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.folder.chmod(0o700)
                sync_folder(self.folder.parent)
            _check_mode(self.folder, self.folder.stat().st_mode, "700")
            return os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            message = f"No key can be made in {self.folder} ({reason_of(problem)})."
            raise InputUnusable(message, "Check that you may write there, and that there is room.") from problem


def _stretched(passphrase: bytes, keyid: str) -> bytes:
    """Give what encrypts key KEYID: dear to guess, for by itself PKCS #8 makes a guess cost 2,048 rounds of a hash."""
    return hashlib.scrypt(passphrase, salt=bytes.fromhex(keyid), n=1 << 15, r=8, p=1, maxmem=1 << 26).hex().encode()


def _check_time(record: KeyRecord, now: datetime) -> None:
    """Raise NotPermitted where the key of RECORD has expired."""
    if now >= record.end:
        message = (
            f"The key {fingerprint(record.keyid)[:19]} … expired on {record.end:%d %B %Y}, and signs nothing more."
        )
        raise NotPermitted(message, "Rotate it: ", Task.ROTATE_KEY, code=Refusal.KEY_EXPIRED)


def _secret(path: Path, what: str) -> bytes:
    """Read the file at PATH, which is WHAT, and which nobody else may read."""
    try:
        with path.open("rb") as stream:
            _check_mode(path, os.fstat(stream.fileno()).st_mode, "600")
            return stream.read(LARGEST_SECRET)
    except OSError as problem:
        message = f"{what}, {path}, cannot be read ({reason_of(problem)})."
        raise InputUnusable(message, "Check that it is there and that you may read it.") from problem


def _check_mode(path: Path, mode: int, wanted: str) -> None:
    if mode & OTHERS:
        message = f"{path} is open to others than its owner (mode {stat.S_IMODE(mode):o})."
        raise NotPermitted(
            message,
            f"Close it, and rotate the key if anyone may have read it: chmod {wanted} {path}",
            code=Refusal.KEY_EXPOSED,
        )


def _locked_out(path: Path) -> NotPermitted:
    message = f"The passphrase does not open the key that signs, {path}."
    return NotPermitted(
        message,
        f"Check {VARIABLE} or {VARIABLE_FILE}; if it is right, the key is damaged: {RESTORE}",
        code=Refusal.PASSPHRASE_WRONG,
    )


def _damaged(path: Path) -> InputUnusable:
    return InputUnusable(f"The key that signs, {path}, is damaged.", RESTORE)
