"""The statement that is signed with a release."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packages import KEY, STRANGER, manifest_of, native, redacted
from pydantic import ValidationError

from redact.files import canonical_json
from redact.package.envelope import NotAnEnvelope, seal, signed
from redact.package.record import ENVELOPE, PAYLOAD_TYPE, ReleaseRecord, attest, read_attestation, safe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MASTER = {"cam.dav": b"master"}


def payload_of(data: bytes) -> dict[str, Any]:
    """What is stated in envelope DATA."""
    stated: dict[str, Any] = json.loads(read_attestation(data)[0].payload)
    return stated


def test_it_is_an_in_toto_statement(tmp_path: Path) -> None:
    """Version 1, with every file as a subject and the record as the predicate; it reads back as it was."""
    (tmp_path / "cam.redacted.mp4").write_bytes(b"copy")
    record = redacted(manifest_of(tmp_path / "cam.redacted.mp4"))
    files = {"report.html": "1" * 64, "cam.redacted.mp4": "0" * 64}
    data = attest(files, record, KEY)
    stated = payload_of(data)
    assert stated["_type"] == "https://in-toto.io/Statement/v1"
    assert stated["predicateType"] == "urn:redact-video:release:1"
    assert stated["subject"][0] == {"name": "cam.redacted.mp4", "digest": {"sha256": "0" * 64}}
    envelope, statement = read_attestation(data)
    assert signed(envelope, KEY.public)
    assert not signed(envelope, STRANGER.public)
    assert statement.files == files
    assert statement.predicate == record
    assert statement.unlike == ("cam.redacted.mp4",)


def test_the_same_facts_have_the_same_bytes() -> None:
    """In whatever order the files are given."""
    files = {"b": "0" * 64, "a": "1" * 64}
    assert attest(files, native(MASTER), KEY) == attest(dict(sorted(files.items())), native(MASTER), KEY)


@pytest.mark.parametrize(
    "changes",
    [
        {"native": False},
        {"masters": ()},
        {"copy_number": 0},
        {"copy_number": "1"},
        {"native": 1},
        {"reference": ""},
        {"more": 1},
        {"approved": {"by": "a", "at": "b", "digest": "c"}},
        {"exhibits": ("",)},
    ],
    ids=str,
)
def test_a_record_that_says_nothing_sensible_is_refused(changes: dict[str, Any]) -> None:
    """Nothing is converted, nothing unknown stands there, and footage is of one sort."""
    with pytest.raises(ValidationError):
        native(MASTER, **changes)


def test_two_copies_of_one_name_are_refused(tmp_path: Path) -> None:
    """Only one of them could be in the package."""
    (tmp_path / "cam.redacted.mp4").write_bytes(b"copy")
    manifest = manifest_of(tmp_path / "cam.redacted.mp4")
    with pytest.raises(ValidationError, match="one name"):
        redacted(manifest, manifest)


Spoil = "Callable[[dict[str, Any]], object]"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda stated: stated.pop("_type"),
        lambda stated: stated.update(more=1),
        lambda stated: stated.update(predicateType="urn:redact-video:release:2"),
        lambda stated: stated["subject"].append(stated["subject"][0]),
        lambda stated: stated["subject"][0].update(name="../cam.dav"),
        lambda stated: stated["subject"][0].update(name=ENVELOPE),
        lambda stated: stated["subject"][0]["digest"].update(sha256="A" * 64),
        lambda stated: stated["subject"][0]["digest"].update(sha512="0"),
        lambda stated: stated["predicate"].update(native=False),
        lambda stated: stated["predicate"].pop("recipient"),
    ],
    ids=range(10),
)
def test_another_statement_is_refused_whoever_signed_it(spoil: Callable[[dict[str, Any]], object]) -> None:
    """A signature says who states something, not that it makes sense."""
    stated = payload_of(attest({"cam.dav": "0" * 64}, native(MASTER), KEY))
    spoil(stated)
    with pytest.raises(NotAnEnvelope, match="no release record"):
        read_attestation(seal(canonical_json(stated), PAYLOAD_TYPE, [KEY]))


def test_a_statement_has_one_spelling_and_one_signature() -> None:
    """A key given twice would mean one thing to one reader and another to the next; so would a second signer."""
    payload = read_attestation(attest({"cam.dav": "0" * 64}, native(MASTER), KEY))[0].payload
    twice = payload.replace(b'"subject":', b'"subject": [],\n "subject":')
    for other in (twice, payload[:-1], payload + b"\n", b"[" * 10_000, b""):
        with pytest.raises(NotAnEnvelope, match="one right spelling"):
            read_attestation(seal(other, PAYLOAD_TYPE, [KEY]))
    for signers in ([], [KEY, STRANGER]):
        with pytest.raises(NotAnEnvelope, match="signatures, not one"):
            read_attestation(seal(payload, PAYLOAD_TYPE, signers))


@pytest.mark.parametrize("name", ["cam4.redacted.mp4", "Tür 1, Hof (2).dav", "監視.mp4", "a", "x" * 255])
def test_a_plain_name_is_safe(name: str) -> None:
    """Spaces and any script are allowed."""
    assert safe(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".hidden",
        "a/b",
        "/a",
        "a\\b",
        "a\nb",
        "a\0",
        "-rf",
        " a",
        "x" * 256,
        "ü" * 128,
        "\udcff",
        ENVELOPE,
        ENVELOPE.upper(),
    ],
)
def test_a_name_that_leads_elsewhere_is_not(name: str) -> None:
    """Nor one that hides, that a command takes for an option, that is two lines, or that is the envelope's."""
    assert not safe(name)


@given(st.text(max_size=20))
def test_a_safe_name_stays_in_its_folder(name: str) -> None:
    """Whatever is called so lies right in the folder."""
    if safe(name):
        assert "/" not in name
        assert name not in {"", ".", ".."}
        assert name == name.splitlines()[0] or not name.isascii()


def test_the_record_holds_whole_manifests(tmp_path: Path) -> None:
    """What was measured on a copy is signed with it."""
    (tmp_path / "cam.redacted.mp4").write_bytes(b"copy")
    manifest = manifest_of(tmp_path / "cam.redacted.mp4")
    record = redacted(manifest)
    assert ReleaseRecord.model_validate_json(record.model_dump_json()).manifests == (manifest,)
    assert record.footage[0].size_bytes == 4
