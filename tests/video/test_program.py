"""The second program is the one that came along, unless another is asked for by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from redact.errors import InputUnusable
from redact.files import sha256_file
from redact.video import program as known
from redact.video.program import VARIABLE, bundled, described, intact, program

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """A program that says it is ffmpeg 1.0."""
    path = tmp_path / "ffmpeg"
    path.write_text("#!/bin/sh\necho 'ffmpeg version 1.0 Copyright (c) nobody'\n")
    path.chmod(0o755)
    return path


def test_what_is_on_the_path_is_not_taken(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version first on the path changes nothing, and neither does the package's own variable."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(fake.parent))
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(fake))
    assert program() == bundled() != str(fake)


def test_another_is_taken_where_it_is_named(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named with its version and its digest."""
    monkeypatch.setenv(VARIABLE, str(fake))
    assert program() == str(fake)
    assert described() == f"ffmpeg 1.0 (sha256 {sha256_file(fake)})"
    assert intact()


@pytest.mark.parametrize("what", ["missing", "folder", "not to be run"])
def test_a_name_of_no_program_is_refused(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no falling back to another one."""
    path = tmp_path / "ffmpeg"
    if what == "folder":
        path.mkdir()
    elif what == "not to be run":
        path.write_text("text")
    monkeypatch.setenv(VARIABLE, str(path))
    with pytest.raises(InputUnusable, match="no program that you may run"):
        program()


def test_the_one_that_came_along_is_described_and_intact(monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest that its package records is its own."""
    monkeypatch.delenv(VARIABLE, raising=False)
    assert intact()
    assert "ffmpeg " in described()
    assert len(described().split("sha256 ")[1].rstrip(")")) == 64


def test_one_that_was_changed_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A digest that is not the recorded one is told of."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(known, "_recorded", lambda _: "0" * 64)
    assert not intact()


def test_a_package_without_a_program_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a machine for which there is none, another one has to be named."""
    monkeypatch.setattr(known, "resources", lambda _: tmp_path)
    bundled.cache_clear()
    try:
        with pytest.raises(InputUnusable, match="brought no ffmpeg program") as problem:
            bundled()
        assert VARIABLE in str(problem.value)
    finally:
        bundled.cache_clear()
