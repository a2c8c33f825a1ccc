"""Cases at each stage of their way, made once and copied for each test, with a real register, ledger and clip.

A plugin of the tests of cases: a folder cannot have a conftest of its own where mypy reads all of them at once.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from cases import attached, decided, rendered, scanned, set_up
from corridor import corridor

from redact.governance.office import Office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["clip", "impatient", "made", "office", "ruled", "seen", "stages", "taken_in"]

STAGES: dict[str, Callable[[Office, Path], object]] = {
    "attached": attached,
    "scanned": scanned,
    "decided": decided,
    "rendered": rendered,
}


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a corridor, in which one walks and one stands."""
    return corridor(tmp_path_factory.mktemp("footage") / "cam4.mp4")


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> dict[str, Path]:
    """The folder of the records as it is after each stage of one case."""
    folder = tmp_path_factory.mktemp("stages")
    home = folder / "home"
    set_up(home)
    kept = {}
    with Office.open(home) as office:
        for name, stage in STAGES.items():
            stage(office, clip)
            kept[name] = shutil.copytree(home, folder / name)
    return kept


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long who meets somebody else's lock."""
    monkeypatch.setattr("redact.files.PATIENCE_S", 0.05)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Records in which nothing happened yet, in the hands of the DPO."""
    set_up(tmp_path / "home")
    with Office.open(tmp_path / "home") as opened:
        yield opened


def _at(stage: Path, folder: Path) -> Iterator[Office]:
    shutil.copytree(stage, folder / "home")
    with Office.open(folder / "home") as opened:
        yield opened


@pytest.fixture
def taken_in(stages: dict[str, Path], tmp_path: Path) -> Iterator[Office]:
    """A case whose clip is attached."""
    yield from _at(stages["attached"], tmp_path)


@pytest.fixture
def seen(stages: dict[str, Path], tmp_path: Path) -> Iterator[Office]:
    """A case whose clip is scanned."""
    yield from _at(stages["scanned"], tmp_path)


@pytest.fixture
def ruled(stages: dict[str, Path], tmp_path: Path) -> Iterator[Office]:
    """A case in which the one who walks is to be visible."""
    yield from _at(stages["decided"], tmp_path)


@pytest.fixture
def made(stages: dict[str, Path], tmp_path: Path) -> Iterator[Office]:
    """A case whose copy is made, and waits for its approval."""
    yield from _at(stages["rendered"], tmp_path)
