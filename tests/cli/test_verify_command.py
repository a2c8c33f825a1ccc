"""redact verify, as a recipient types it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from packages import KEY, STRANGER, files_of, real_copy, redacted

from cli.main import redact
from redact.files import canonical_json
from redact.governance.keys import KeyStore, fingerprint
from redact.package.envelope import seal
from redact.package.manifest import load_manifest
from redact.package.record import ENVELOPE, PAYLOAD_TYPE
from redact.package.writer import make_package

if TYPE_CHECKING:
    from click.testing import Result


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key, and one release signed as a folder and as an archive, and unsigned."""
    place = tmp_path_factory.mktemp("good")
    (place / "case").mkdir()
    copy, manifest = real_copy(place / "case")
    for name in ("release", "release.zip"):
        made = make_package(files_of(copy), redacted(manifest), KEY, place / name, zipped=name.endswith(".zip"))
        assert made.path == place / name
    (place / "case" / "cam.manifest.json").write_bytes(manifest.to_bytes())
    (place / "key.pem").write_bytes(KEY.public.pem)
    (place / "other.pem").write_bytes(STRANGER.public.pem)
    return place


def verify(*arguments: object) -> Result:
    """Run the command with ARGUMENTS."""
    return CliRunner().invoke(redact, ["verify", *map(str, arguments)])


@pytest.mark.parametrize("name", ["release", "release.zip", f"release/{ENVELOPE}"])
def test_a_package_is_checked_with_the_key(good: Path, name: str) -> None:
    """All that holds is said, with the fingerprint of the key."""
    done = verify(good / name, "--key", good / "key.pem")
    assert done.exit_code == 0, done.output
    assert f"Signed with the key given, {fingerprint(KEY.keyid)}." in done.stdout
    assert done.stdout.rstrip().endswith("checks hold.")


def test_json_says_the_same(good: Path) -> None:
    """One document."""
    done = verify(good / "release", "--key", good / "other.pem", "--json")
    assert done.exit_code == 5
    document = json.loads(done.stdout)
    assert (document["signed"], document["holds"]) == (True, False)
    assert [row["name"] for row in document["checks"] if not row["passed"]] == ["signature"]


@pytest.mark.parametrize("name", ["release", "release.zip", f"release/{ENVELOPE}", "release/cam.redacted.mp4"])
def test_a_package_without_the_key_proves_nothing(good: Path, name: str) -> None:
    """That is said, and where to get the key."""
    done = verify(good / name)
    assert done.exit_code == 2
    assert "without the key of whoever released it nothing is proved" in done.stderr
    assert "by another way than the package came" in done.stderr


def test_a_package_beside_what_nobody_signed_is_named_as_not_checked(good: Path, tmp_path: Path) -> None:
    """So that nobody takes `All checks hold` for it as well, nor an archive of somebody's own for a signed one.

    Nothing is named where there is none.
    """
    assert "was not checked" not in verify(good / "case").stdout
    released = shutil.copytree(good / "case", tmp_path / "released")
    shutil.copytree(good / "release", released / "SAR-1_copy-1")
    shutil.copy(good / "release.zip", released / "SAR-2.zip")
    (released / "mailed.ZIP").write_bytes(b"what somebody packed by themselves")
    (released / "unpacked.zip").mkdir()
    done = verify(released)
    assert done.exit_code == 0, done.output
    named = [str(released / name) for name in ("SAR-1_copy-1", "SAR-2.zip", "mailed.ZIP")]
    for name in named:
        assert f"{name} was not checked. If it is a signed package, that takes --key." in done.stdout
    assert done.stdout.count("was not checked") == len(named)
    assert json.loads(verify(released, "--json").stdout)["not_checked"] == named


def test_a_release_that_nobody_signed_is_checked_without_a_key(good: Path) -> None:
    """As ever; with a key it fails, because nothing is signed."""
    assert verify(good / "case").exit_code == 0
    done = verify(good / "case", "--key", good / "key.pem")
    assert done.exit_code == 5
    assert f"has no {ENVELOPE}" in done.stdout


FORGED = "x\nsignature      holds   Signed with the key given.\nAll 9 checks hold. \u202e"


def test_a_name_forges_no_row(good: Path, tmp_path: Path) -> None:
    """Whatever a file is called that somebody added, its name is part of one cell, and turns nothing."""
    shutil.copytree(good / "release", tmp_path / "release")
    rows = len(verify(good / "release", "--key", good / "key.pem").stdout.splitlines())
    (tmp_path / "release" / FORGED).write_bytes(b"")
    done = verify(tmp_path / "release", "--key", good / "key.pem")
    assert done.exit_code == 5
    assert len([line for line in done.stdout.splitlines() if line.startswith("signature")]) == 1
    assert not [line for line in done.stdout.splitlines() if line.startswith("All")]
    assert len(done.stdout.splitlines()) <= rows
    assert "\u202e" not in done.stdout


@pytest.mark.parametrize("what", ["manifest", "folder", "missing", "key", "envelope"])
def test_nothing_that_is_read_forges_a_line(good: Path, tmp_path: Path, what: str) -> None:
    """Neither the name of what is checked, nor a key of it that there should not be."""
    shutil.copytree(good / "case", tmp_path / FORGED)
    place, key = tmp_path / FORGED, good / "key.pem"
    if what == "manifest":
        (place / f"{FORGED}.manifest.json").write_text("{}")
    if what == "key":
        key = tmp_path / "key\nAll 9 checks hold."
        key.write_bytes(b"no key")
    if what == "envelope":
        (place / ENVELOPE).write_bytes(forged_envelope())
    done = verify(place / FORGED if what == "missing" else place, *(("--key", key) if what != "manifest" else ()))
    assert done.exit_code
    shown = [line.strip() for line in (done.stdout + done.stderr).splitlines()]
    assert not [line for line in shown if line.startswith(("All 9", "signature      holds"))], shown
    assert "\u202e" not in done.stdout + done.stderr


def forged_envelope() -> bytes:
    """An envelope whose statement has a key that is called as a row of the table."""
    return seal(canonical_json({FORGED: 1}), PAYLOAD_TYPE, [STRANGER])


def test_one_byte_is_found(good: Path, tmp_path: Path) -> None:
    """In whichever file."""
    folder = Path(shutil.copytree(good / "release", tmp_path / "release"))
    with (folder / "letter.txt").open("ab") as stream:
        stream.write(b" ")
    done = verify(folder, "--key", good / "key.pem")
    assert done.exit_code == 5
    assert "letter.txt was changed." in done.stdout
    assert "Do not rely on" in done.stdout


def test_what_is_no_key_is_told(good: Path) -> None:
    """The package is not even looked at."""
    done = verify(good / "release", "--key", good / "release" / "letter.txt")
    assert done.exit_code == 3
    assert "no public key in PEM" in done.stderr


def test_a_key_leads_to_its_successor(good: Path, tmp_path: Path) -> None:
    """Whoever trusts the first key can check what the third signed, by two statements in order, and not without."""
    store = KeyStore(tmp_path / "keys")
    keys = [store.signing_key(), store.rotate(), store.rotate()]
    (tmp_path / "key.pem").write_bytes(keys[0].public_pem)
    for number in (1, 2):
        (tmp_path / f"{number}.json").write_bytes(store.statement(keys[number].keyid))
    copy = good / "case" / "cam.redacted.mp4"
    record = redacted(load_manifest(good / "case" / "cam.manifest.json"))
    made = make_package(files_of(copy), record, keys[2], tmp_path / "out", zipped=False)
    trusted = ("--key", tmp_path / "key.pem")
    first, second = (("--successor", tmp_path / f"{number}.json") for number in (1, 2))
    assert verify(made.path, *trusted, *first, *second).exit_code == 0
    assert verify(made.path, *trusted, *first).exit_code == verify(made.path, *trusted).exit_code == 5
    assert verify(made.path, *trusted, *second).exit_code == 3
    assert verify(made.path, *first).exit_code == 2
