"""A key that anybody could sign for is refused wherever a key is read; every key that is made is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from packages import KEY

from redact.errors import InputUnusable
from redact.package.curve import _added, _x_of, why_not_a_key
from redact.package.public_key import KeyRecord, VerifyingKey, follow, load_public, load_successor, write_record

if TYPE_CHECKING:
    from pathlib import Path

ORDER_8 = (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)
SMALL = (
    "01" + "00" * 31,
    "ec" + "ff" * 30 + "7f",
    "00" * 32,
    "00" * 31 + "80",
    *ORDER_8,
    *(text[:-2] + f"{int(text[-2:], 16) | 0x80:02x}" for text in ORDER_8),
)
"""All eight points of small order."""

MISSPELT = ("ed" + "ff" * 30 + "7f", "ee" + "ff" * 30 + "7f", "ff" * 31 + "7f", "ed" + "ff" * 31, "ff" * 32)
"""Points, those of small order among them, whose y is as large as the field or larger."""

NOWHERE = ("01" + "00" * 30 + "80", "ec" + "ff" * 31, "02" + "00" * 31)
"""Zero with the sign of minus, twice; and a y that no point has."""


def pem(raw: bytes) -> bytes:
    """Spell RAW as anybody can."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return Ed25519PublicKey.from_public_bytes(raw).public_bytes(serialization.Encoding.PEM, form)


@pytest.mark.parametrize(
    ("texts", "said"), [(SMALL, "of small order"), (MISSPELT, "not spelt as"), (NOWHERE, "no point of the curve")]
)
def test_what_anybody_could_sign_for_is_no_key(texts: tuple[str, ...], said: str) -> None:
    """Each is told from every other trouble."""
    assert [why for why in map(why_not_a_key, map(bytes.fromhex, texts)) if said not in why] == []


def test_the_libraries_take_such_a_key_for_one() -> None:
    """One signature, made with no private key, is good for whatever is said: that is why it is refused here."""
    neutral = bytes.fromhex(SMALL[0])
    for message in (b"released", b"not released"):
        Ed25519PublicKey.from_public_bytes(neutral).verify(neutral + bytes(32), message)


@pytest.mark.parametrize("text", [*SMALL, *MISSPELT, *NOWHERE])
def test_no_such_key_is_read_from_anywhere(tmp_path: Path, text: str) -> None:
    """From a file, from the statement of a key, as a successor, or handed over in memory."""
    weak = pem(bytes.fromhex(text))
    path = tmp_path / "key.pem"
    path.write_bytes(weak)
    with pytest.raises(InputUnusable, match="cannot be used as a key: it is "):
        load_public(path)
    with pytest.raises(ValueError, match="it is "):
        VerifyingKey(Ed25519PublicKey.from_public_bytes(bytes.fromhex(text)))
    made, ends = "2026-01-01T00:00:00+00:00", "2028-01-01T00:00:00+00:00"
    statement = write_record(KeyRecord(public_key=weak.decode(), created=made, expires=ends, replaces=KEY.keyid), [KEY])
    with pytest.raises(InputUnusable):
        follow(KEY.public, statement)
    path.write_bytes(statement)
    with pytest.raises(InputUnusable):
        load_successor(KEY.public, path)


@settings(max_examples=20)
@given(st.binary(min_size=32, max_size=32), st.sampled_from(SMALL[1:]))
def test_every_key_that_is_made_is_one_and_none_of_its_twins(seed: bytes, small: str) -> None:
    """A point of small order added to it gives another point, to which some of its signatures are good as well."""
    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert why_not_a_key(raw) == ""
    x, y, z, _ = _added(point(raw), point(bytes.fromhex(small)))
    inverse = pow(z, -1, 2**255 - 19)
    x, y = x * inverse % (2**255 - 19), y * inverse % (2**255 - 19)
    twin = (y | (x % 2) << 255).to_bytes(32, "little")
    assert why_not_a_key(twin) == "it is not of the group that keys are of"


def point(raw: bytes) -> tuple[int, int, int, int]:
    """Read the point that RAW spells."""
    number = int.from_bytes(raw, "little")
    y = number % 2**255
    x = _x_of(y, odd=number >= 2**255)
    assert x is not None
    return x, y, 1, x * y % (2**255 - 19)


def test_the_published_keys_are_keys() -> None:
    """Those of RFC 8032, 7.1."""
    known = (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    )
    assert [why_not_a_key(bytes.fromhex(text)) for text in known] == ["", "", ""]
