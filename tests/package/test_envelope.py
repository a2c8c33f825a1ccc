"""An envelope has one spelling, and says who signed what."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packages import KEY, STRANGER
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]  # not listed there

from redact.files import canonical_json
from redact.package.envelope import LARGEST, NotAnEnvelope, seal, signed, unseal

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
