"""A person's own key: made by them, kept among their own settings, and opened by a passphrase that they alone know.

Argon2id makes a guess at the passphrase dear, ChaCha20-Poly1305 seals the private half, and all else in the file is
bound to it. What others are to know of it is a claim: account and public half, signed by the key itself.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from redact.advice import Task
from redact.errors import InputUnusable, NotPermitted, RedactError, Refusal, UsageProblem
from redact.files import canonical_json, read_small, reason_of, write_whole
from redact.package.public_key import VerifyingKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from redact.package.envelope import Signer

__all__ = [
    "FILE",
    "LEAST",
    "VARIABLE",
    "Claim",
    "OwnKey",
    "Unlocked",
    "is_private",
    "own_folder",
    "read_claim",
    "spend",
]

FILE = "own-key.json"
LEAST = 8
"""Characters of a passphrase, at least."""

MEMORY_KIB, ITERATIONS, LANES = 64 * 1024, 3, 4
"""What a guess costs; RFC 9106, the second recommended choice."""

LARGEST = 1 << 16
"""Bytes of a file that may be a key or a claim."""
OTHERS = stat.S_IRWXG | stat.S_IRWXO
DOMAIN = b"redact-own-key/1\n"
VARIABLE = "REDACT_OWN_PASSPHRASE"
"""Variable of the environment that holds the passphrase of one's own key; NAME_FILE names a file that does."""
GONE = "If it is lost, make another, and have the DPO put it in the place of the old one: "


def own_folder() -> Path:
    """Give the folder of whoever runs this for their own key."""
    import platformdirs  # noqa: PLC0415  only where a key is needed

    return platformdirs.user_config_path("redact", appauthor=False)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Claim(_Strict):
    """That somebody has a key, signed by that key; the DPO is who believes it."""

    version: Literal["redact-own-key-claim/1"] = "redact-own-key-claim/1"
    account: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,80}$")]
    """User of the operating system."""
    public_key: str
    """PEM."""
    proof: str
    """Base64 of the key's signature of account and key."""

    @property
    def key(self) -> VerifyingKey:
        """The key that is claimed."""
        return VerifyingKey.of(self.public_key.encode())

    @property
    def proved(self) -> bool:
        """Whether whoever made the claim has the key."""
        try:
            key = self.key
            return key.verify(b64decode(self.proof, validate=True), _claimed(self.account, key.keyid))
        except ValueError:
            return False


class _Stretching(_Strict):
    name: Literal["argon2id"] = "argon2id"
    salt: str
    memory_kib: Annotated[int, Field(ge=8, le=1 << 21)]
    iterations: Annotated[int, Field(ge=1, le=64)]
    lanes: Annotated[int, Field(ge=1, le=64)]


class _Sealed(_Strict):
    version: Literal["redact-own-key/1"] = "redact-own-key/1"
    claim: Claim
    stretching: _Stretching
    nonce: str
    sealed: str

    @property
    def bound(self) -> bytes:
        """What is bound to the sealed half: everything else."""
        return canonical_json(self.model_dump(mode="json", exclude={"nonce", "sealed"}))


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A key that can sign, as long as the process lives."""

    claim: Claim
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def keyid(self) -> str:
        """Hex SHA-256 of the public half as SubjectPublicKeyInfo."""
        return self.claim.key.keyid

    def sign(self, payload: bytes) -> bytes:
        """Sign PAYLOAD."""
        return self.private.sign(payload)


class OwnKey:
    """The key in FOLDER of the account ACCOUNT."""

    def __init__(
        self,
        folder: Path,
        account: str,
        passphrase: Callable[[], bytes | None],
        agent: Callable[[str], Signer | None] | None = None,
    ) -> None:
        """Take FOLDER, which need not exist. AGENT is asked for the key of an id, then PASSPHRASE."""
        self.folder, self.account, self._passphrase, self._agent = folder, account, passphrase, agent
        self._signer: Signer | None = None

    @property
    def path(self) -> Path:
        """Where the key is."""
        return self.folder / FILE

    @property
    def exists(self) -> bool:
        """Whether there is a key."""
        return os.path.lexists(self.path)

    def make(self, passphrase: bytes | None) -> Claim:
        """Make a key that PASSPHRASE opens. Raises UsageProblem where there is one already, or it is too short.

        Raises NotPermitted where there is no passphrase: a key without one is whoever's can read the disk.
        """
        if passphrase is None:
            message = f"A key of your own is to be made, {self.path}, and takes a passphrase of your own that opens it."
            advice = f"Give the command at a terminal, where you choose one, or set {VARIABLE}."
            raise NotPermitted(message, advice, code=Refusal.PASSPHRASE_MISSING)
        if self.exists:
            message = f"{self.account} has a key already, {self.path}."
            raise UsageProblem(message, "Move it away first, if it is lost or somebody else may know its passphrase.")
        words = _spelt(passphrase)
        if len(words.decode()) < LEAST:
            message = f"A passphrase has {LEAST} characters at least."
            raise UsageProblem(message, "Take some words that you will remember and that nobody guesses.")
        private = Ed25519PrivateKey.generate()
        sealed = _seal(private, self.account, words)
        _own(self.folder, make=True)
        write_whole(self.path, canonical_json(sealed.model_dump(mode="json")))
        self._signer = Unlocked(sealed.claim, private)
        return sealed.claim

    def claim(self) -> Claim:
        """Give what others are to know of the key. Raises NotPermitted where there is none."""
        return self._read().claim

    def signer(self) -> Signer:
        """Give what signs: the key held by the agent, or this one, once it is unlocked.

        Raises NotPermitted where there is no key, it is open to others, or the passphrase does not open it.
        """
        if self._signer is None:
            sealed = self._read()
            held = self._agent(sealed.claim.key.keyid) if self._agent else None
            self._signer = held or self._unlock(sealed)
        return self._signer

    def unlock(self) -> Unlocked:
        """Open the key with its passphrase, whatever an agent holds. Raises as `signer` does."""
        return self._unlock(self._read())

    def _unlock(self, sealed: _Sealed) -> Unlocked:
        passphrase = self._passphrase()
        if passphrase is None:
            message = f"Your key, {self.path}, is opened by your passphrase."
            raise NotPermitted(
                message,
                f"Give the command at a terminal, unlock the key for a while, or set {VARIABLE}: ",
                Task.UNLOCK,
                code=Refusal.PASSPHRASE_MISSING,
            )
        private = _open(sealed, _spelt(passphrase), self.path)
        return Unlocked(sealed.claim, private)

    def _read(self) -> _Sealed:
        """Read the file. Raises NotPermitted where there is none, or it is not this person's alone."""
        if not self.exists:
            message = f"{self.account} has no key yet, and what is recorded is signed."
            raise NotPermitted(message, "Make one: ", Task.MAKE_OWN_KEY, code=Refusal.NO_OWN_KEY)
        _own(self.folder)
        try:
            sealed = _Sealed.model_validate_json(_small(self.path))
        except (ValidationError, ValueError) as wrong:
            message = f"Your key, {self.path}, is damaged."
            raise InputUnusable(message, "Bring it back from a backup. ", GONE, Task.MAKE_OWN_KEY) from wrong
        if not sealed.claim.proved or sealed.claim.account != self.account:
            message = f"The key in {self.path} is of {sealed.claim.account}, not of {self.account}, or was changed."
            raise NotPermitted(
                message, "Everybody signs with a key of their own: ", Task.MAKE_OWN_KEY, code=Refusal.NO_OWN_KEY
            )
        return sealed


def spend(passphrase: bytes) -> None:
    """Take as long as a key takes that PASSPHRASE does not open, so that nobody learns by it that there is none."""
    costs: dict[str, Any] = {"memory_kib": MEMORY_KIB, "iterations": ITERATIONS, "lanes": LANES}
    _stretched(_Stretching(salt=b64encode(os.urandom(16)).decode(), **costs), _spelt(passphrase))


def read_claim(path: Path) -> Claim:
    """Read the claim in the file at PATH. Raises InputUnusable where it is none, or not signed by its key."""
    try:
        claim = Claim.model_validate_json(_small(path))
    except (ValidationError, ValueError, RedactError) as wrong:
        message = f"{path} is no public half of somebody's own key."
        raise InputUnusable(
            message, "Ask them for the file that they got with their key: ", Task.MAKE_OWN_KEY
        ) from wrong
    if not claim.proved:
        message = f"{path} is not signed by the key that it names, or was changed."
        raise InputUnusable(message, "Ask for it again.")
    return claim


def _claimed(account: str, keyid: str) -> bytes:
    return DOMAIN + f"{account}\n{keyid}\n".encode()


def _spelt(passphrase: bytes) -> bytes:
    """PASSPHRASE in one spelling, whichever way a keyboard writes its letters."""
    return unicodedata.normalize("NFC", passphrase.decode("utf-8", "surrogateescape")).encode(
        "utf-8", "surrogateescape"
    )


def _seal(private: Ed25519PrivateKey, account: str, passphrase: bytes) -> _Sealed:
    public = VerifyingKey(private.public_key())
    proof = b64encode(private.sign(_claimed(account, public.keyid))).decode()
    claim = Claim(account=account, public_key=public.pem.decode(), proof=proof)
    salt, nonce = os.urandom(16), os.urandom(12)
    costs: dict[str, Any] = {"memory_kib": MEMORY_KIB, "iterations": ITERATIONS, "lanes": LANES}
    stretching = _Stretching(salt=b64encode(salt).decode(), **costs)
    unsealed = _Sealed(claim=claim, stretching=stretching, nonce=b64encode(nonce).decode(), sealed="")
    secret = ChaCha20Poly1305(_stretched(stretching, passphrase)).encrypt(
        nonce, private.private_bytes_raw(), unsealed.bound
    )
    return unsealed.model_copy(update={"sealed": b64encode(secret).decode()})


def _open(sealed: _Sealed, passphrase: bytes, path: Path) -> Ed25519PrivateKey:
    """Open SEALED. Raises NotPermitted where PASSPHRASE does not."""
    try:
        cipher = ChaCha20Poly1305(_stretched(sealed.stretching, passphrase))
        raw = cipher.decrypt(b64decode(sealed.nonce), b64decode(sealed.sealed), sealed.bound)
        return Ed25519PrivateKey.from_private_bytes(raw)
    except (InvalidTag, ValueError) as wrong:
        message = f"The passphrase does not open your key, {path}."
        raise NotPermitted(message, "Try again. ", GONE, Task.MAKE_OWN_KEY, code=Refusal.PASSPHRASE_WRONG) from wrong


def _stretched(how: _Stretching, passphrase: bytes) -> bytes:
    return Argon2id(
        salt=b64decode(how.salt), length=32, iterations=how.iterations, lanes=how.lanes, memory_cost=how.memory_kib
    ).derive(passphrase)


def is_private(facts: os.stat_result) -> bool:
    """Tell whether FACTS are of a folder of whoever runs this, and of nobody else's."""
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid() and not facts.st_mode & OTHERS


def _own(folder: Path, *, make: bool = False) -> None:
    """Make FOLDER if asked to. Raises NotPermitted where it is not a folder of whoever runs this and nobody else's."""
    try:
        if make:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(PermissionError):
                folder.chmod(0o700)
        facts = folder.lstat()
    except OSError as problem:
        message = f"{folder} cannot be used ({reason_of(problem)})."
        raise InputUnusable(message, "Check who may write there.") from problem
    if not is_private(facts):
        mode = f"{stat.S_IMODE(facts.st_mode):o}"
        message = f"{folder}, where your key is kept, is open to others, or is not yours (mode {mode})."
        raise NotPermitted(message, f"Close it: chmod 700 {folder}", code=Refusal.KEY_EXPOSED)


def _small(path: Path) -> bytes:
    """Read the small file at PATH. Raises InputUnusable where it cannot be read, or is large."""
    try:
        return read_small(path, LARGEST)
    except OSError as problem:
        message = f"{path} cannot be read ({reason_of(problem)})."
        raise InputUnusable(message, "Check the name and that you may read it.") from problem
