"""An archive that is one function of its files, and that others can open."""

from __future__ import annotations

import io
import random
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest
from archives import archive
from hypothesis import given
from hypothesis import strategies as st

from redact.package.canonical_zip import MOST, Member, NotCanonical, end, header, read_members

if TYPE_CHECKING:
    from pathlib import Path

GIB = 1 << 30

names = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=9)


def read(data: bytes) -> tuple[Member, ...]:
    """List the members of DATA."""
    return read_members(io.BytesIO(data), len(data))


@given(st.dictionaries(names, st.binary(max_size=40), min_size=1, max_size=5))
def test_any_reader_finds_the_files(files: dict[str, bytes]) -> None:
    """This one, and Python's."""
    data = archive(files)
    assert {one.name: data[one.begins : one.ends] for one in read(data)} == files
    with zipfile.ZipFile(io.BytesIO(data)) as other:
        assert other.testzip() is None
        assert {one.filename: other.read(one) for one in other.infolist()} == files


def test_unzip_finds_the_files(tmp_path: Path) -> None:
    """The program that recipients have."""
    (tmp_path / "a.zip").write_bytes(archive({"report.html": b"report", "Tür.mp4": b"copy"}))
    subprocess.run(["unzip", "-q", "a.zip"], cwd=tmp_path, check=True)  # noqa: S607  the recipient's own
    assert (tmp_path / "report.html").read_bytes() == b"report"
    assert (tmp_path / "Tür.mp4").read_bytes() == b"copy"


def test_files_beyond_four_gibibytes_are_found(tmp_path: Path) -> None:
    """Sizes and places of 64 bits, in a file with holes; one just below needs none."""
    sizes = {"a.mp4": 4 * GIB - 2, "b.mp4": 5 * GIB, "c.txt": 9000, "d.mp4": 4 * GIB - 1}
    path, members, at = tmp_path / "large.zip", [], 0
    with path.open("wb") as stream:
        for name, size in sizes.items():
            members.append(Member(name, size, 7, at))
            stream.seek(at)
            stream.write(header(members[-1]) + name.encode())
            at = members[-1].ends
        stream.seek(at)
        stream.write(end(members))
    with path.open("rb") as stream:
        assert list(read_members(stream, path.stat().st_size)) == members
    with zipfile.ZipFile(path) as other:
        assert {one.filename: one.file_size for one in other.infolist()} == sizes
        assert [one.header_offset for one in other.infolist()] == [member.at for member in members]
        for name in sizes:
            with other.open(name) as content:
                assert content.read(5) == name.encode()
    assert len(header(members[0])) == len(header(members[1])) - 20


def test_every_bit_of_headers_and_table_counts() -> None:
    """Flipped, it is found, or it is the checksum of the content that is found to be wrong."""
    files = {"report.html": b"report", "cam.mp4": b"copy"}
    good = archive(files)
    content = {at for one in read(good) for at in range(one.begins, one.ends)}
    for bit in range(8 * len(good)):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        if bit // 8 not in content:
            with pytest.raises(NotCanonical):
                read(bytes(bad))


def test_what_is_added_moved_or_cut_is_found() -> None:
    """In front, behind, between, as a comment, or a piece less."""
    good = archive({"report.html": b"report", "cam.mp4": b"copy"})
    commented = io.BytesIO(good)
    with zipfile.ZipFile(commented, "a") as other:
        other.comment = b"hello"
    middle = read(good)[1].at
    others = [b"\0" + good, good + b"\0", good[:middle] + b"\0" + good[middle:], commented.getvalue(), good * 2, b""]
    others += [good[:size] for size in range(len(good))]
    for other_bytes in others:
        with pytest.raises(NotCanonical):
            read(other_bytes)


def test_an_archive_of_countless_files_is_not_listed() -> None:
    """Its reader stops before memory does."""
    with pytest.raises(NotCanonical, match=f"more than {MOST:,}"):
        read(archive({f"{number}": b"" for number in range(MOST + 1)}))


def test_noise_is_no_archive() -> None:
    """Even where it begins as one."""
    pick = random.Random(7)  # noqa: S311  the same on every run
    for size in range(60):
        with pytest.raises(NotCanonical):
            read(b"PK\x03\x04"[: size % 5] + pick.randbytes(size))
