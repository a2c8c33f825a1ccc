"""redact demo: what it does with a file that is called as its clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from cli import demo
from cli.main import redact
from redact.errors import ModelUnavailable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The job ends where the networks would be fetched."""

    def missing() -> None:
        message = "They are not here."
        raise ModelUnavailable(message)

    monkeypatch.setattr(demo, "_fetch_networks", missing)


def test_a_clip_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    """Whatever it is called, and whatever it leads to."""
    kept = tmp_path / "kept.mp4"
    kept.write_bytes(b"a master")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "demo.mp4").write_bytes(b"a master")
    (tmp_path / "b" / "demo.mp4").symlink_to(kept)
    for folder in ("a", "b"):
        done = CliRunner().invoke(redact, ["demo", "-o", str(tmp_path / folder)])
        assert done.exit_code == 3
        assert f"{tmp_path / folder / 'demo.mp4'} is not the clip that the demo makes" in done.stderr
        assert (tmp_path / folder / "demo.mp4").read_bytes() == b"a master"
        assert [path.name for path in (tmp_path / folder).iterdir()] == ["demo.mp4"]


def test_its_own_clip_is_made_again(tmp_path: Path) -> None:
    """As often as the demo is run."""
    for _ in range(2):
        done = CliRunner().invoke(redact, ["demo", "-o", str(tmp_path)])
        assert done.exit_code == 6, done.output
        assert [path.name for path in tmp_path.iterdir()] == ["demo.mp4"]
