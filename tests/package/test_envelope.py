"""An envelope has one spelling, and says who signed what."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packages import KEY, STRANGER
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]  # not listed there

from redact.errors import InputUnusable, UsageProblem
from redact.files import canonical_json
from redact.package.envelope import LARGEST, NotAnEnvelope, seal, signed, unseal
from redact.package.manifest import load_manifest
from redact.package.public_key import load_public
from redact.package.record import PAYLOAD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE
from redact.request.toml import read as read_toml

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]

KIND = "text/plain"


def test_an_empty_envelope_holds_nothing_and_nobody_signed_it() -> None:
    """It can be read all the same."""
    envelope = unseal(seal(b"", KIND, []), KIND)
    assert envelope.payload == b""
    assert not signed(envelope, KEY.public)


@given(st.binary(max_size=200))
def test_what_is_sealed_is_read_back_and_known_to_be_signed(payload: bytes) -> None:
    """By each signer, and by no other."""
    envelope = unseal(seal(payload, KIND, [KEY]), KIND)
    assert envelope.payload == payload
    assert signed(envelope, KEY.public)
    assert not signed(envelope, STRANGER.public)
    both = unseal(seal(payload, KIND, [KEY, STRANGER]), KIND)
    assert signed(both, KEY.public)
    assert signed(both, STRANGER.public)


def test_the_library_of_the_update_framework_verifies_it() -> None:
    """It is a DSSE envelope for others, too."""
    envelope = Envelope.from_dict(json.loads(seal(b"footage", KIND, [KEY])))
    envelope.verify([SSlibKey.from_crypto(KEY.private.public_key(), KEY.keyid)], 1)


def test_the_bytes_signed_are_those_of_the_specification() -> None:
    """The example of the DSSE protocol, version 1."""
    envelope = unseal(seal(b"hello world", "http://example.com/HelloWorld", [KEY]), "http://example.com/HelloWorld")
    assert envelope.pae() == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@pytest.mark.parametrize("place", ["keyid", "sig", "payload", "payloadType"])
@pytest.mark.parametrize("value", [None, 5, "", "ü", [], {}, "0" * 64])
def test_a_field_of_another_kind_is_no_field(place: str, value: Any) -> None:
    """Nothing that stands there is believed, and nothing but one exception comes of it."""
    document = json.loads(seal(b"footage", KIND, [KEY]))
    (document["signatures"][0] if place in {"keyid", "sig"} else document)[place] = value
    try:
        assert not signed(unseal(canonical_json(document), KIND), KEY.public)
    except NotAnEnvelope as wrong:
        assert str(wrong)  # noqa: PT017  either will do, a signature that holds will not


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"null", b'"', b"\xff", b"[" * 100_000, b"1" * 10_000, b'{"payload": 1e999}', b"0" * 99],
    ids=range(10),
)
def test_what_is_no_envelope_is_told(data: bytes) -> None:
    """Any bytes at all."""
    with pytest.raises(NotAnEnvelope, match="form"):
        unseal(data, KIND)


def test_an_endless_file_is_not_read_as_one() -> None:
    """It is too large to be one, and not looked at further."""
    with pytest.raises(NotAnEnvelope, match="bytes, more than"):
        unseal(bytes(LARGEST + 1), KIND)


def test_what_nobody_could_read_is_not_signed() -> None:
    """Whoever releases is told, and not whoever receives it."""
    with pytest.raises(UsageProblem, match="nobody reads more than"):
        seal(bytes(LARGEST), KIND, [KEY])


def test_another_spelling_of_the_same_is_refused() -> None:
    """Whitespace, order, an escape, a key more or twice, and base64 whose unused bits are set."""
    good = seal(b"footage!", KIND, [KEY])
    document = json.loads(good)
    payload = base64.b64encode(b"footage!")
    twisted = payload.replace(b"E=", b"F=")
    assert base64.b64decode(twisted) == b"footage!"
    others = [
        json.dumps(document).encode(),
        good + b"\n",
        b" " + good,
        good.replace(b"text/plain", b"text\\u002fplain"),
        canonical_json({**document, "more": 1}),
        canonical_json({**document, "signatures": [{**document["signatures"][0], "more": 1}]}),
        good.replace(b'"payload":', b'"payload": "",\n "payload":'),
        good.replace(payload, twisted),
        good.replace(payload, payload[:4] + b"\\n" + payload[4:]),
        good.decode().encode("utf-16"),
    ]
    for other in others:
        assert other != good
        with pytest.raises(NotAnEnvelope):
            unseal(other, KIND)


def test_another_kind_of_payload_is_refused() -> None:
    """What was signed as one thing is not taken for another."""
    with pytest.raises(NotAnEnvelope, match="'text/plain', not 'text/html'"):
        unseal(seal(b"", KIND, [KEY]), "text/html")


def test_every_bit_counts() -> None:
    """Whichever is flipped, the envelope is none, or not signed."""
    good, pick = seal(b"footage", KIND, [KEY]), random.Random(7)  # noqa: S311  the same on every run
    for at in range(len(good)):
        bad = bytearray(good)
        bad[at] ^= 1 << pick.randrange(8)
        try:
            assert not signed(unseal(bytes(bad), KIND), KEY.public)
        except NotAnEnvelope:
            continue


MEASURE = """
import re, sys
from pathlib import Path
from redact.package.envelope import NotAnEnvelope
from redact.package.record import read_attestation

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

data, before = Path(sys.argv[1]).read_bytes(), peak()
try:
    read_attestation(data)
except NotAnEnvelope:
    print((peak() - before) // 1024)
"""
"""Prints by how many MiB the most memory that it ever had has grown. The one of `getrusage` is the parent's as well."""

MOST_MIB = 240
"""MiB that reading anything may take; it was 1,900 for what has the form of none."""


def enclosed(payload: bytes) -> bytes:
    """An envelope of PAYLOAD that has the right form, and is signed by nobody."""
    return seal(payload, PAYLOAD_TYPE, [Forger()])


class Forger:
    """Signs without a key."""

    keyid = "0" * 64

    def sign(self, payload: bytes) -> bytes:
        """Give what is no signature of PAYLOAD."""
        return bytes(len(payload) and 64)


def filled(kind: str, size: int) -> bytes:
    """What costs its reader most, of KIND, in SIZE bytes."""
    inside, digest = size * 3 // 4 - 4000, {"sha256": "0" * 64}
    statement = {"_type": STATEMENT_TYPE, "predicateType": PREDICATE_TYPE, "predicate": {}, "subject": []}
    many = [{"digest": digest, "name": f"{number}"} for number in range(inside // 140)]
    made = {
        "lists": lambda: b"[" + b"[]," * (size // 3 - 2) + b"[]]",
        "objects": lambda: b'{"payload":[' + b"{}," * (size // 3 - 9) + b"{}]}",
        "signatures": lambda: canonical_json(
            json.loads(enclosed(b"")) | {"signatures": [{"keyid": f"{n:x}", "sig": "AAAA"} for n in range(size // 48)]}
        ),
        "lists inside": lambda: enclosed(b"[" + b"[]," * (inside // 3) + b"[]]"),
        "lists in a statement": lambda: enclosed(b'{"zz": [' + b"[]," * (inside // 3 - 30) + b"[]]}"),
        "unknown inside": lambda: enclosed(canonical_json(statement | {"zz": [[]] * (inside // 6)})),
        "files inside": lambda: enclosed(canonical_json(statement | {"subject": many})),
    }
    return made[kind]()


@pytest.mark.parametrize(
    "kind", ["lists", "objects", "signatures", "lists inside", "lists in a statement", "unknown inside", "files inside"]
)
def test_what_somebody_sends_does_not_fill_the_memory(tmp_path: Path, kind: str) -> None:
    """Whatever stands in it, as large as an envelope can be."""
    data = filled(kind, LARGEST)
    assert LARGEST * 3 // 4 < len(data) <= LARGEST
    (tmp_path / "envelope").write_bytes(data)
    command = [sys.executable, "-c", MEASURE, str(tmp_path / "envelope")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < MOST_MIB, done.stdout


@pytest.mark.parametrize("reader", [load_public, load_manifest, read_toml])
def test_no_file_is_read_that_is_too_large_to_be_one(tmp_path: Path, reader: Callable[[Path], object]) -> None:
    """Not even where it has no end: that is a sentence, at once."""
    (tmp_path / "zeros").write_bytes(b"")
    os.truncate(tmp_path / "zeros", 1 << 34)
    for path in (tmp_path / "zeros", Path("/dev/zero")):
        with pytest.raises(InputUnusable, match=r"has more than [0-9,]+ bytes"):
            reader(path)


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "9" * 10_000])
def test_a_file_that_takes_a_reader_too_deep_is_a_sentence(tmp_path: Path, text: str) -> None:
    """Brackets in brackets, and a number without end."""
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(UsageProblem, match=r"too deep|too long"):
        read_toml(tmp_path / "a.toml")
