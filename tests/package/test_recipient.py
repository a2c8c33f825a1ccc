"""What docs/recipient.md tells a recipient to type works, with the real tools, and finds what was tampered with."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packages import KEY, STRANGER, files_of, manifest_of, redacted

from redact.package.public_key import fingerprint
from redact.package.record import ENVELOPE, attest
from redact.package.writer import make_package

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = (Path(__file__).parents[2] / "docs" / "recipient.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
NAME = "SAR-2026-0142_copy-1"
TOOLS = ("bash", "jq", "openssl", "sha256sum", "unzip")

pytestmark = pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with an archive and the key."""
    copy = tmp_path / "case" / "cam.redacted.mp4"
    copy.parent.mkdir()
    copy.write_bytes(bytes(range(256)) * 40)
    here = tmp_path / "here"
    files = {**files_of(copy), "Tür 1 (Hof).txt": b"spaces and other scripts"}
    make_package(files, redacted(manifest_of(copy)), KEY, here / f"{NAME}.zip", zipped=True)
    (here / "key.pem").write_bytes(KEY.public.pem)
    return here


def run(place: Path, *blocks: str) -> subprocess.CompletedProcess[str]:
    """Type what stands in BLOCKS, line by line, until something fails."""
    lines = "set -e -o pipefail\n" + "".join(blocks)
    command = ["bash", "-c", lines]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def test_what_the_page_says_holds(place: Path) -> None:
    """The fingerprint, the signature, every digest and the list of files."""
    done = run(place, *BLOCKS)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0].startswith(KEY.keyid)
    assert said[1] == "Signature Verified Successfully"
    assert [line.rpartition(": ")[2] for line in said[2:]] == ["OK"] * 6
    assert len(fingerprint(KEY.keyid).replace(" ", "")) == 64


def flip(path: Path) -> None:
    """Flip a bit in the middle of the file at PATH."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def restamp(folder: Path) -> None:
    """Change a file, and sign that with a key of one's own under the name of the right one."""
    (folder / "letter.txt").write_bytes(b"another")
    data = attest({"letter.txt": "0" * 64}, redacted(manifest_of(folder / "cam.redacted.mp4")), STRANGER)
    (folder / ENVELOPE).write_bytes(data.replace(STRANGER.keyid.encode(), KEY.keyid.encode()))


TAMPERED: dict[str, Callable[[Path], object]] = {
    "a copy changed": lambda folder: flip(folder / "cam.redacted.mp4"),
    "a letter changed": lambda folder: flip(folder / "letter.txt"),
    "a file gone": lambda folder: (folder / "report.pdf").unlink(),
    "a file more": lambda folder: (folder / "more.txt").touch(),
    "a hidden file more": lambda folder: (folder / ".more").touch(),
    "a file renamed": lambda folder: (folder / "letter.txt").rename(folder / "letter2.txt"),
    "the seal gone": lambda folder: (folder / ENVELOPE).unlink(),
    "the seal of another key": restamp,
}


@pytest.mark.parametrize("how", TAMPERED)
def test_what_was_tampered_with_is_found(place: Path, how: str) -> None:
    """Some line fails."""
    assert run(place, BLOCKS[0]).returncode == 0
    TAMPERED[how](place / NAME)
    assert run(place, *BLOCKS[1:]).returncode != 0


def test_another_key_fails(place: Path) -> None:
    """Whoever has the wrong one is told."""
    (place / "key.pem").write_bytes(STRANGER.public.pem)
    done = run(place, *BLOCKS)
    assert done.returncode != 0
    assert "OK" not in done.stdout


def test_any_change_of_what_is_signed_is_found(place: Path) -> None:
    """Bits of the list, and of its signature, at random."""
    assert run(place, BLOCKS[0]).returncode == 0
    seal, pick = place / NAME / ENVELOPE, random.Random(7)  # noqa: S311  the same on every run
    good = seal.read_bytes()
    spans = [good.index(b'"payload": "') + 12, good.index(b'"sig": "') + 8]
    for number in range(10):
        bad = bytearray(good)
        at = spans[number % 2] + pick.randrange(80)
        bad[at] = ord("A") if bad[at] != ord("A") else ord("B")
        seal.write_bytes(bad)
        assert run(place, *BLOCKS[1:]).returncode != 0
