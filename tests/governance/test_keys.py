"""Keys: made once, kept closed, replaced in a way that others can follow. Real files, processes and openssl."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from redact.advice import Task
from redact.errors import InputUnusable, NotPermitted, RedactError, Refusal, UsageProblem
from redact.governance.keys import KeyStore, VerifyingKey, fingerprint, follow, load_public, passphrase_from

ROOT = Path(__file__).parents[2]
PRIVATE = Ed25519PrivateKey.generate()
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        """Begin at START."""
        self.now = START

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the keys go; it is not there yet."""
    return tmp_path / "home" / "keys"


def files(folder: Path) -> dict[str, bytes]:
    """All files in FOLDER."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_folder_without_keys_is_left_alone(folder: Path) -> None:
    """Asking makes nothing; what needs a key says that there is none."""
    store = KeyStore(folder)
    assert not store.exists
    assert store.verifiers() == {}
    for ask in (store.public, store.records, store.statement, store.rotate):
        with pytest.raises(UsageProblem, match="There is no key"):
            ask()


def test_the_first_use_makes_the_key_and_every_other_finds_it(folder: Path) -> None:
    """It signs, its public half knows it, and nobody else can read it."""
    first, again = KeyStore(folder).signing_key(), KeyStore(folder).signing_key()
    assert first.keyid == again.keyid
    public = KeyStore(folder).public()
    assert public.verify(again.sign(b"footage"), b"footage")
    assert not public.verify(again.sign(b"footage"), b"footage!")
    assert not public.verify(b"", b"footage")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in folder.rglob("*")} == {0}
    assert "PRIVATE" not in repr(first)


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_a_signature_is_of_one_payload(payload: bytes, other: bytes) -> None:
    """Whatever is signed, only that is signed."""
    assert VerifyingKey(PRIVATE.public_key()).verify(PRIVATE.sign(payload), other) == (payload == other)


def test_openssl_gives_the_same_keyid_and_accepts_the_signature(folder: Path, tmp_path: Path) -> None:
    """The keyid is the SHA-256 of the public key as SubjectPublicKeyInfo, in DER."""
    key = KeyStore(folder).signing_key()
    pem, payload, signature = (tmp_path / name for name in ("key.pem", "payload", "signature"))
    pem.write_bytes(key.public_pem)
    payload.write_bytes(b"footage")
    signature.write_bytes(key.sign(b"footage"))
    assert load_public(pem) == key.public
    lines = f"""openssl pkey -pubin -in {pem} -outform DER | sha256sum
    openssl pkeyutl -verify -pubin -inkey {pem} -rawin -in {payload} -sigfile {signature}"""
    said = subprocess.run(["/bin/sh", "-ec", lines], capture_output=True, text=True, check=True).stdout
    assert said.startswith(key.keyid)
    assert "Signature Verified Successfully" in said


def test_a_fingerprint_can_be_read_aloud() -> None:
    """Sixteen groups of four."""
    assert fingerprint("9f2c41d0" * 8) == " ".join(["9f2c", "41d0"] * 8)


def test_a_passphrase_protects_the_key(folder: Path) -> None:
    """Without it, or with another, nothing is signed; the file holds the key encrypted."""
    keyid = KeyStore(folder, b"seven words").signing_key().keyid
    sealed = (folder / keyid / "private.pem").read_bytes()
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in sealed
    with pytest.raises(ValueError, match="password"):  # the passphrase is stretched before it meets the file's own form
        serialization.load_pem_private_key(sealed, b"seven words")
    assert KeyStore(folder, lambda: b"seven words").signing_key().keyid == keyid
    with pytest.raises(NotPermitted, match=r"protected by a passphrase\.\nSet REDACT_PASSPHRASE"):
        KeyStore(folder).signing_key()
    with pytest.raises(NotPermitted, match="does not open the key"):
        KeyStore(folder, b"eight words").signing_key()
    with pytest.raises(NotPermitted, match="does not open the key"):
        KeyStore(folder, b"eight words").rotate()
    assert KeyStore(folder).verifiers().keys() == {keyid}


def test_a_passphrase_that_protects_nothing_is_told(folder: Path) -> None:
    """Whoever sets one believes the key is protected; rotation makes it so."""
    KeyStore(folder).signing_key()
    with pytest.raises(NotPermitted, match="is not protected by one"):
        KeyStore(folder, b"seven words").signing_key()
    new = KeyStore(folder, b"seven words").rotate()
    assert KeyStore(folder, b"seven words").signing_key().keyid == new.keyid
    with pytest.raises(NotPermitted, match="protected by a passphrase"):
        KeyStore(folder).signing_key()


def test_the_passphrase_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    """One newline at the end of the file is none of it; it may hold any bytes."""
    path = tmp_path / "passphrase"
    path.write_bytes(b"seven \xff words \n\n")
    path.chmod(0o600)
    assert passphrase_from({}) is None
    assert passphrase_from({"REDACT_PASSPHRASE": "seven words"}) == b"seven words"
    assert passphrase_from({"REDACT_PASSPHRASE_FILE": str(path)}) == b"seven \xff words \n"
    with pytest.raises(UsageProblem, match="both set"):
        passphrase_from({"REDACT_PASSPHRASE": "a", "REDACT_PASSPHRASE_FILE": str(path)})
    with pytest.raises(UsageProblem, match="is empty"):
        passphrase_from({"REDACT_PASSPHRASE": ""})
    path.chmod(0o640)
    with pytest.raises(NotPermitted, match=r"open to others than its owner \(mode 640\)"):
        passphrase_from({"REDACT_PASSPHRASE_FILE": str(path)})
    with pytest.raises(InputUnusable, match="cannot be read"):
        passphrase_from({"REDACT_PASSPHRASE_FILE": str(tmp_path / "none")})


def test_an_expired_key_signs_nothing_and_can_still_be_replaced(folder: Path) -> None:
    """One held in memory expires too; what it signed before stays signed."""
    clock = Clock()
    store = KeyStore(folder, clock=clock)
    key = store.signing_key(days=730)
    signature = key.sign(b"footage")
    clock.now = START + timedelta(days=730, seconds=-1)
    store.signing_key().sign(b"footage")
    clock.now += timedelta(seconds=1)
    for sign in (store.signing_key, lambda: key.sign(b"footage")):
        with pytest.raises(NotPermitted, match="expired on 01 March 2028") as refused:
            sign()
        assert (refused.value.code, refused.value.advice.tasks) == (Refusal.KEY_EXPIRED, (Task.ROTATE_KEY,))
    assert store.public().verify(signature, b"footage")
    new = store.rotate()
    assert new.sign(b"more")
    assert store.verifiers()[key.keyid](signature, b"footage")


def test_a_key_that_would_never_sign_is_not_made(folder: Path) -> None:
    """Nothing is left of the attempt."""
    with pytest.raises(UsageProblem, match="cannot sign for 0 days"):
        KeyStore(folder).signing_key(days=0)
    assert not KeyStore(folder).exists


def test_who_trusts_a_key_can_follow_it_to_the_next(folder: Path) -> None:
    """Each names its successor; all are known, and only the newest can sign."""
    store = KeyStore(folder)
    keys = [store.signing_key(), store.rotate(), store.rotate()]
    assert [record.keyid for record in store.records()] == [key.keyid for key in reversed(keys)]
    assert store.verifiers().keys() == {key.keyid for key in keys}
    trusted = keys[0].public
    for key in keys[1:]:
        trusted = follow(trusted, store.statement(key.keyid))
        assert trusted.keyid == key.keyid
    assert store.statement() == store.statement(keys[2].keyid)
    assert [name for name in files(folder) if name.endswith("private.pem")] == [f"{keys[2].keyid}/private.pem"]


def test_nobody_is_led_to_a_key_that_was_not_named(folder: Path, tmp_path: Path) -> None:
    """Not by a statement of a stranger, of the key itself, of another step, or one that was altered."""
    store = KeyStore(folder)
    first, second = store.signing_key(), store.rotate()
    stranger = KeyStore(tmp_path / "other")
    stranger.signing_key()
    stranger.rotate()
    good = store.statement()
    assert follow(first.public, good) == second.public
    bad = [stranger.statement(), store.statement(first.keyid), good[:-1], good.replace(b'"sig"', b'"sIg"'), b"", b"{}"]
    for statement in bad:
        with pytest.raises(InputUnusable, match="does not show that the key"):
            follow(first.public, statement)
    with pytest.raises(InputUnusable, match="does not show"):
        follow(second.public, good)


STEPS = """
import os, sys
from pathlib import Path
from redact.governance.keys import KeyStore
left = int(sys.argv[2])
def step(event, args):
    global left
    if event in {"os.rename", "os.mkdir", "os.remove", "open"} and str(args[0]).startswith(sys.argv[1]):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
sys.addaudithook(step)
store = KeyStore(Path(sys.argv[1]))
store.rotate() if store.exists else store.signing_key()
"""


def killed_after(folder: Path, steps: int) -> bool:
    """Let a process make or rotate the key in FOLDER, and kill it after so many STEPS; False if it was done by then."""
    done = subprocess.run([sys.executable, "-c", STEPS, str(folder), str(steps)], cwd=ROOT, check=False)
    assert done.returncode in {0, -9}
    return done.returncode == -9


@pytest.mark.slow
@pytest.mark.parametrize("exists", [False, True])
def test_a_process_killed_at_any_step_leaves_a_store_that_works(folder: Path, exists: bool) -> None:
    """Before any file is opened, made, renamed or removed: the old key signs or the new one, and rotation goes on."""
    steps, killed = 0, True
    while killed:
        shutil.rmtree(folder, ignore_errors=True)
        old = KeyStore(folder).signing_key() if exists else None
        killed = killed_after(folder, steps)
        store = KeyStore(folder)
        key = store.signing_key()
        assert store.public().verify(key.sign(b"footage"), b"footage")
        if old and key.keyid != old.keyid:
            assert follow(old.public, store.statement()) == key.public
        new = store.rotate()
        assert store.records()[1].keyid == key.keyid
        assert KeyStore(folder).signing_key().keyid == new.keyid
        assert not list(folder.glob(".new.*"))
        steps += 1
    assert steps > 10


def make(folder: Path) -> str:
    """Make or find the key in FOLDER."""
    return KeyStore(folder).signing_key().keyid


def test_many_at_once_make_one_key(folder: Path) -> None:
    """Whoever comes first makes it."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert len(set(pool.map(make, [folder] * 6, chunksize=1))) == 1


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o770])
def test_a_folder_open_to_others_is_refused(folder: Path, mode: int) -> None:
    """Whoever can put a file there can put a key there."""
    KeyStore(folder).signing_key()
    folder.chmod(mode)
    with pytest.raises(NotPermitted, match=r"is open to others.*\nClose it"):
        KeyStore(folder).signing_key()


def test_a_private_key_open_to_others_is_refused(folder: Path) -> None:
    """Its mode says who may have read it."""
    keyid = KeyStore(folder).signing_key().keyid
    (folder / keyid / "private.pem").chmod(0o640)
    with pytest.raises(NotPermitted, match=r"open to others than its owner \(mode 640\)"):
        KeyStore(folder).signing_key()


@pytest.mark.parametrize(("passphrase", "step"), [(None, 5), (b"seven words", 131)])
def test_a_damaged_file_is_found(folder: Path, passphrase: bytes | None, step: int) -> None:
    """Whatever byte of whichever file is changed, a sentence or the same key: never another."""
    key = KeyStore(folder, passphrase).signing_key()
    good = files(folder)
    for name, data in good.items():
        for at in range(0, len(data), step):
            (folder / name).write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
            with suppress(RedactError):
                found = KeyStore(folder, passphrase).signing_key()
                assert key.public.verify(found.sign(b"footage"), b"footage")
                assert found.record == key.record
        (folder / name).write_bytes(data)


def test_an_expiry_that_was_put_off_is_found(folder: Path) -> None:
    """What is known of a key is signed by it."""
    keyid = KeyStore(folder).signing_key().keyid
    later = KeyStore(folder.with_name("later"))
    other = later.signing_key(days=10_000)
    shutil.copy(folder.with_name("later") / other.keyid / "key.dsse.json", folder / keyid / "key.dsse.json")
    with pytest.raises(InputUnusable, match="is about another key"):
        KeyStore(folder).signing_key()


def test_a_lost_pointer_or_key_is_never_replaced_quietly(folder: Path) -> None:
    """With two keys and nothing to say which signs, or a pointer to none, nothing new is made."""
    store = KeyStore(folder)
    first = store.signing_key()
    store.rotate()
    (folder / "current").unlink()
    with pytest.raises(InputUnusable, match=r"holds 2 keys.*\nRestore"):
        store.signing_key()
    (folder / "current").write_text("0" * 64)
    with pytest.raises(InputUnusable, match="does not hold the key that is to sign"):
        store.signing_key()
    (folder / "current").write_text(first.keyid)
    with pytest.raises(InputUnusable, match="cannot be read"):
        store.signing_key()


def test_a_public_key_with_any_bit_flipped_is_another_or_none(folder: Path, tmp_path: Path) -> None:
    """Whichever bit it is, there is a sentence or a key, the right one only if the spelling alone differs."""
    key, path = KeyStore(folder).signing_key().public, tmp_path / "key.pem"
    for bit in range(8 * len(key.pem)):
        data = bytearray(key.pem)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        with suppress(InputUnusable):
            found = load_public(path)
            assert found == key or found.keyid != key.keyid


def test_what_is_no_public_key_is_told(folder: Path, tmp_path: Path) -> None:
    """A private key, a key of another kind, any other file, and none."""
    key = KeyStore(folder).signing_key()
    curve = generate_private_key(SECP256R1()).public_key()
    pem, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    cases = {
        "private": ((folder / key.keyid / "private.pem").read_bytes(), "it is a private key"),
        "curve": (curve.public_bytes(pem, form), "another kind than Ed25519"),
        "text": (b"key", "no public key in PEM"),
        "cut": (key.public_pem[:60], "no public key in PEM"),
        "binary": (os.urandom(100), "no public key in PEM"),
        "empty": (b"", "no public key in PEM"),
    }
    for name, (data, said) in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputUnusable, match=rf"{said}.*\nAsk whoever released"):
            load_public(tmp_path / name)
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputUnusable, match="cannot be read"):
            load_public(path)
