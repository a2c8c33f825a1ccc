"""What is worked out of a scan: once, whoever asks, and never of another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from cases import REF, only

from redact.case import aside
from redact.case import known as module
from redact.case.known import Recent, known
from redact.case.purging import items
from redact.errors import InputUnusable, UsageProblem

if TYPE_CHECKING:
    from pathlib import Path

    from redact.governance.office import Office

pytest_plugins = ("stages",)


def test_who_is_who_is_kept_beside_the_scan(seen: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open to nobody else, used by whoever comes next instead of working it out, and deleted with the footage."""
    first = known(seen, REF, only(seen))
    (path,) = (seen.home / "scans").rglob("*.people.npz")
    assert path.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(module, "_recent", Recent(4))
    monkeypatch.setattr(module, "people_of", lambda *_: pytest.fail("worked out again"))
    again = known(seen, REF, only(seen))
    assert again.people.subjects == first.people.subjects
    (footage,) = [item for item in items(seen) if item.what == "footage"]
    assert path.parent in footage.paths


def test_a_file_that_is_none_is_made_anew(seen: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no hindrance to anybody."""
    first = known(seen, REF, only(seen))
    (path,) = (seen.home / "scans").rglob("*.people.npz")
    path.write_bytes(b"nothing")
    monkeypatch.setattr(module, "_recent", Recent(4))
    assert known(seen, REF, only(seen)).people.subjects == first.people.subjects
    assert path.read_bytes() != b"nothing"


def test_of_many_another_process_works_it_out(seen: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says the same; this one neither works it out nor keeps what people look like, which told who is who."""
    first = known(seen, REF, only(seen))
    (path,) = (seen.home / "scans").rglob("*.people.npz")
    path.unlink()
    monkeypatch.setattr(module, "_recent", Recent(4))
    monkeypatch.setattr(aside, "MANY", 0)
    monkeypatch.setattr(aside, "_worked_out", lambda *_: pytest.fail("worked out here"))
    again = known(seen, REF, only(seen))
    assert (again.people.subjects, again.people.open) == (first.people.subjects, first.people.open)
    assert again.scan.found.colours is None
    assert path.is_file()


def test_where_that_process_comes_to_nothing_it_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In a sentence, and nothing is taken for who is who."""
    with pytest.raises(InputUnusable, match="ended early"):
        aside.people_of(tmp_path / "none", "a" * 64, tmp_path / "hall.mp4", "b" * 64, aside.MANY)
    assert "cannot be read" in capfd.readouterr().err


def test_of_a_request_for_which_it_was_not_scanned_nothing_is_given(seen: Office) -> None:
    """Though another request has it in memory."""
    known(seen, REF, only(seen))
    with pytest.raises(UsageProblem, match="was not scanned"):
        known(seen, "SAR-2026-0199", only(seen))


def test_what_several_ask_for_at_once_is_made_once() -> None:
    """Whoever comes second waits for the first; what fails is tried again."""
    made, recent = [], Recent[int](2)
    begun, go = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        go.wait(5)
        made.append(1)
        return len(made)

    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(recent.get("a", slow))) for _ in range(3)]
    for thread in threads:
        thread.start()
    begun.wait(5)
    go.set()
    for thread in threads:
        thread.join()
    assert answers == [1, 1, 1]
    with pytest.raises(ZeroDivisionError):
        recent.get("b", lambda: 1 // 0)
    assert recent.get("b", lambda: 7) == 7


def test_only_the_last_few_are_kept() -> None:
    """The one that was asked for the longest ago goes first."""
    recent = Recent[int](2)
    for key in (1, 2, 1, 3):
        recent.get(key, lambda key=key: key)  # type: ignore[misc]
    assert recent.get(1, lambda: 100) == 1
    assert recent.get(2, lambda: 200) == 200
