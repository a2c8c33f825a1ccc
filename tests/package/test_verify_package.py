"""A recipient's check of a signed package: of real copies, and of a thousand ways to spoil them."""

from __future__ import annotations

import io
import random
import shutil
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from archives import archive
from packages import KEY, STRANGER, files_of, native, real_copy, redacted

from redact.errors import InputUnusable
from redact.files import canonical_json, sha256_bytes
from redact.package.canonical_zip import read_members
from redact.package.envelope import seal
from redact.package.reader import opened
from redact.package.record import ENVELOPE, PAYLOAD_TYPE, attest, read_attestation
from redact.package.verify_package import seal_of, verify_package
from redact.package.writer import make_package

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from redact.package.record import ReleaseRecord
    from redact.records.plan import Check

EDITS = 1000
"""Random edits of each form of package."""

SIGNED = ["envelope", "signature", "files", "record", "approval"]
DECODED = ["times", "watermark", "recorded checks"]


@dataclass(frozen=True)
class Released:
    """One release in both its forms, and what can be taken for it."""

    folder: Path
    archive: Path
    stranger: bytes
    """The envelope of the same files by another key."""
    other: bytes
    """An envelope by the same key of other files."""
    record: ReleaseRecord


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Released:
    """A release of one real copy."""
    place = tmp_path_factory.mktemp("released")
    copy, manifest = real_copy(place)
    record = redacted(manifest)
    folder = make_package(files_of(copy), record, KEY, place / "release", zipped=False)
    archive = make_package(files_of(copy), record, KEY, place / "release.zip", zipped=True)
    other = attest({**folder.files, "letter.txt": "0" * 64}, record, KEY)
    return Released(folder.path, archive.path, attest(folder.files, record, STRANGER), other, record)


def failed(checks: tuple[Check, ...]) -> set[str]:
    """Names of the checks that did not pass."""
    return {check.name for check in checks if not check.passed}


def sealed(path: Path) -> bool:
    """Tell whether signature and digests of PATH hold."""
    with opened(path) as contents:
        return seal_of(contents, KEY.public).holds


@pytest.mark.parametrize("form", ["folder", "archive", "envelope"])
def test_a_release_in_which_all_is_right(released: Released, form: str) -> None:
    """Every form of it is checked the same, signature, digests and pictures; only an archive has more to it."""
    path = {"folder": released.folder, "archive": released.archive, "envelope": released.folder / ENVELOPE}[form]
    checks = verify_package(path, KEY.public)
    assert [check.name for check in checks] == ["archive"] * (form == "archive") + SIGNED + DECODED
    assert not failed(checks), checks


def test_nothing_is_left_of_the_check(released: Released, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies are taken out of an archive for their pictures, in a folder that is gone afterwards."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert not failed(verify_package(released.archive, KEY.public))
    assert list(tmp_path.iterdir()) == []


def test_another_key_proves_nothing(released: Released) -> None:
    """It says whose signature it is, and no picture is looked at."""
    checks = verify_package(released.folder, STRANGER.public)
    assert failed(checks) == {"signature"}
    assert [check.name for check in checks] == SIGNED
    assert "is of another key" in next(check.found for check in checks if check.name == "signature")


def test_several_copies_are_each_checked_and_named(tmp_path: Path) -> None:
    """Two of one release."""
    copies = [real_copy(tmp_path, "cam"), real_copy(tmp_path, "yard", frames=(5, 15))]
    record = redacted(*(manifest for _, manifest in copies))
    made = make_package(files_of(*(copy for copy, _ in copies)), record, KEY, tmp_path / "out", zipped=True)
    checks = verify_package(made.path, KEY.public)
    assert not failed(checks), checks
    assert {f"{copy.name}: times" for copy, _ in copies} <= {check.name for check in checks}


def test_a_native_release_is_checked_by_its_digests(tmp_path: Path) -> None:
    """Its masters need not be videos that anything can decode."""
    made = make_package({"cam.dav": b"master"}, native({"cam.dav": b"master"}), KEY, tmp_path / "out", zipped=False)
    checks = verify_package(made.path, KEY.public)
    assert [check.name for check in checks] == SIGNED
    assert not failed(checks), checks
    assert checks[-2].found == "1 of 1 masters are, bit for bit, as recorded."


def test_a_record_of_other_footage_is_noticed(released: Released, tmp_path: Path) -> None:
    """Even where the owner of the key signed it."""
    shutil.copytree(released.folder, tmp_path / "out")
    files = {path.name: sha256_bytes(path.read_bytes()) for path in released.folder.iterdir()}
    del files[ENVELOPE]
    source = released.record.manifests[0]
    output = source.output.model_copy(update={"sha256": "0" * 64})
    record = redacted(source.model_copy(update={"output": output}))
    (tmp_path / "out" / ENVELOPE).write_bytes(attest(files, record, KEY))
    assert failed(verify_package(tmp_path / "out", KEY.public)) == {"record"}


def test_pictures_that_contradict_the_record_are_noticed(released: Released, tmp_path: Path) -> None:
    """A signed record of times that the copy does not have, or of a copy that failed its checks."""
    source = released.record.manifests[0]
    times = source.times.model_copy(update={"sha256": "0" * 64})
    record = redacted(source.model_copy(update={"times": times, "checks": ()}))
    made = make_package(files_of(released.folder / source.output.name), record, KEY, tmp_path / "out", zipped=True)
    assert failed(verify_package(made.path, KEY.public)) == {"times", "recorded checks"}


def test_what_nobody_signed_is_told(tmp_path: Path) -> None:
    """A folder without an envelope fails; a path to nothing is an error."""
    (check,) = verify_package(tmp_path, KEY.public)
    assert (check.name, check.passed) == ("envelope", False)
    assert f"has no {ENVELOPE}" in check.found
    with pytest.raises(InputUnusable, match="does not exist"):
        verify_package(tmp_path / "none", KEY.public)


def test_what_is_no_plain_file_is_refused(released: Released, tmp_path: Path) -> None:
    """A link, even to the right bytes, and a folder."""
    folder = Path(shutil.copytree(released.folder, tmp_path / "out"))
    (folder / "letter.txt").rename(tmp_path / "letter.txt")
    (folder / "letter.txt").symlink_to(tmp_path / "letter.txt")
    (check,) = [check for check in verify_package(folder, KEY.public) if not check.passed]
    assert check.found == "letter.txt is missing, letter.txt is no plain file."
    (folder / "letter.txt").unlink()
    (tmp_path / "letter.txt").rename(folder / "letter.txt")
    (folder / "more").mkdir()
    assert failed(verify_package(folder, KEY.public)) == {"files"}


def test_an_envelope_of_something_else_is_not_taken_for_one(released: Released, tmp_path: Path) -> None:
    """Signed with the right key, but as another kind of statement, or of another kind of record."""
    folder = Path(shutil.copytree(released.folder, tmp_path / "out"))
    payload = read_attestation((folder / ENVELOPE).read_bytes())[0].payload
    for data in (seal(payload, "text/plain", [KEY]), seal(canonical_json({}), PAYLOAD_TYPE, [KEY]), b""):
        (folder / ENVELOPE).write_bytes(data)
        assert failed(verify_package(folder, KEY.public)) == {"envelope"}


@contextmanager
def restored(folder: Path) -> Iterator[None]:
    """Bring FOLDER back to what it was."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    yield
    for path in folder.iterdir():
        if path.name not in before:
            path.unlink()
    for name, data in before.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)


def spoil(data: bytes, pick: random.Random) -> bytes:
    """Give DATA with one bit flipped, cut short, longer, or with two pieces of it changing places."""
    at = pick.randrange(len(data))
    size = pick.randrange(1, 20)
    one, two = sorted(pick.sample(range(len(data) + 1), 2))
    flipped = data[:at] + bytes([data[at] ^ 1 << pick.randrange(8)]) + data[at + 1 :]
    changed = pick.choices(
        [
            flipped,
            data[:at],
            data + pick.randbytes(size),
            pick.randbytes(size) + data,
            data[:at] + pick.randbytes(size) + data[at:],
            data[:one] + data[two:],
            data[two:] + data[one:two] + data[:one],
        ],
        [8, 1, 1, 1, 1, 1, 1],
    )[0]
    return changed if changed != data else flipped


def files(folder: Path) -> list[Path]:
    """List the files of FOLDER."""
    return sorted(folder.iterdir())


def delete(folder: Path, pick: random.Random, released: Released) -> None:
    """Take a file away."""
    del released
    pick.choice(files(folder)).unlink()


def add(folder: Path, pick: random.Random, released: Released) -> None:
    """Put another file there, hidden or not, empty or not, or one that is there under another name."""
    del released
    name = pick.choice(["more.txt", ".hidden", "report.html.bak", "REPORT.HTML", " ", "ü", ENVELOPE.upper()])
    (folder / name).write_bytes(pick.choice([b"", b"more", pick.choice(files(folder)).read_bytes()]))


def rename(folder: Path, pick: random.Random, released: Released) -> None:
    """Give a file another name."""
    del released
    path = pick.choice(files(folder))
    path.rename(folder / pick.choice([f"{path.name}.txt", path.name.upper(), f".{path.name}", path.name[1:]]))


def swap(folder: Path, pick: random.Random, released: Released) -> None:
    """Let two files change names."""
    del released
    one, two = pick.sample(files(folder), 2)
    one_data, two_data = one.read_bytes(), two.read_bytes()
    one.write_bytes(two_data)
    two.write_bytes(one_data)


def change(folder: Path, pick: random.Random, released: Released) -> None:
    """Change the bytes of a file."""
    del released
    path = pick.choice(files(folder))
    path.write_bytes(spoil(path.read_bytes(), pick))


def replace_envelope(folder: Path, pick: random.Random, released: Released) -> None:
    """Put another envelope there: of another key, or of other files."""
    (folder / ENVELOPE).write_bytes(pick.choice([released.stranger, released.other]))


EDIT = [delete, add, rename, swap, replace_envelope, *[change] * 10]


def test_a_thousand_edits_of_a_folder_are_found(released: Released, tmp_path: Path) -> None:
    """Not one of them passes, and the release itself still does."""
    folder, pick = Path(shutil.copytree(released.folder, tmp_path / "out")), random.Random(7)  # noqa: S311  repeatable
    tried: Counter[str] = Counter()
    for _ in range(EDITS):
        edit: Callable[[Path, random.Random, Released], None] = pick.choice(EDIT)
        with restored(folder):
            edit(folder, pick, released)
            assert failed(verify_package(folder, KEY.public)), edit.__name__
        tried[edit.__name__] += 1
    assert len(tried) == 6
    assert sealed(folder)


def test_a_thousand_edits_of_an_archive_are_found(released: Released, tmp_path: Path) -> None:
    """Of its headers and its table as well as of its content: whichever byte it is."""
    path, good, pick = tmp_path / "out.zip", released.archive.read_bytes(), random.Random(7)  # noqa: S311  repeatable
    outside = sorted(set(range(len(good))) - covered(good))
    for number in range(EDITS):
        if number % 2:
            at = pick.choice(outside)
            bad = good[:at] + bytes([good[at] ^ 1 << pick.randrange(8)]) + good[at + 1 :]
        else:
            bad = spoil(good, pick)
        path.write_bytes(bad)
        assert failed(verify_package(path, KEY.public)), number
    path.write_bytes(good)
    assert sealed(path)


def covered(archive: bytes) -> set[int]:
    """Bytes of ARCHIVE that are of a file, and not of a header."""
    members = read_members(io.BytesIO(archive), len(archive))
    return {at for one in members for at in range(one.begins, one.ends)}


def test_an_archive_of_other_files_is_found(released: Released, tmp_path: Path) -> None:
    """Well formed, with a file more, less, renamed or exchanged, or the envelope of another release."""
    pick = random.Random(7)  # noqa: S311  the same on every run
    for number, edit in enumerate([delete, add, rename, swap, replace_envelope] * 10):
        folder = Path(shutil.copytree(released.folder, tmp_path / f"{number}"))
        edit(folder, pick, released)
        path = tmp_path / f"{number}.zip"
        path.write_bytes(archive_of({one.name: one.read_bytes() for one in files(folder)}))
        assert failed(verify_package(path, KEY.public)), edit.__name__


def archive_of(held: dict[str, bytes]) -> bytes:
    """Spell the archive of what is HELD as a package is spelt."""
    from redact.package.reader import in_order  # noqa: PLC0415  only here

    return archive({name: held[name] for name in in_order(list(held))})
