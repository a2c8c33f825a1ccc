"""redact models and redact doctor, on a machine that has no networks yet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from cli.main import redact
from models.catalogue import catalogue

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No network is here, and no records."""
    monkeypatch.setenv("REDACT_MODELS", str(tmp_path / "store"))
    monkeypatch.setenv("REDACT_HOME", str(tmp_path / "home"))


def call(*words: str) -> Result:
    """Call `redact` with WORDS."""
    return CliRunner().invoke(redact, words)


def test_list_names_every_network_of_the_catalogue() -> None:
    """Those that are not here, too."""
    result = call("models", "list")
    assert result.exit_code == 0
    assert [line.split()[:3] for line in result.stdout.splitlines()] == [
        ["Network", "Finds", "Ready"],
        *([entry.name, entry.kind, "no"] for entry in catalogue()),
    ]


def test_list_as_json_says_where_each_comes_from() -> None:
    """And what is wrong with it."""
    networks = json.loads(call("models", "list", "--json").stdout)["networks"]
    assert [one["name"] for one in networks] == [entry.name for entry in catalogue()]
    assert all("has not been fetched yet" in one["problem"] for one in networks)


def test_check_of_an_empty_store_is_6() -> None:
    """With one line for each, and what to do."""
    result = call("models", "check")
    assert result.exit_code == 6
    assert result.stdout.count("problem  The network ") == len(catalogue())
    assert result.stdout.endswith("\nFetch them again: redact models pull\n")
    assert json.loads(call("models", "check", "--json").stdout)["ok"] is False


def test_doctor_says_what_is_missing_and_what_to_do() -> None:
    """Only the networks are, so the exit code is theirs."""
    result = call("doctor")
    assert result.exit_code == 6
    assert [line.split()[0] for line in result.stdout.splitlines() if line[:1].strip()] == [
        *["ok"] * 6,
        "problem",
        *["ok"] * 6,
        "1",
    ]
    assert "redact models pull" in result.stdout


def test_doctor_as_json_has_every_finding() -> None:
    """With the same exit code."""
    document = json.loads(call("doctor", "--json").stdout)
    assert (document["ok"], document["exit_code"]) == (False, 6)
    names = [finding["name"] for finding in document["findings"]]
    assert names == [
        "Python",
        "PyAV",
        "OpenCV",
        "OpenVINO",
        "ffmpeg",
        "Cache",
        "Networks",
        "Records",
        "Key",
        "Own key",
        "Disk",
        "Memory",
        "Cores",
    ]


def test_doctor_puts_the_machine_before_the_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that cannot be written has to be put right first."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("REDACT_MODELS", str(tmp_path / "file" / "store"))
    result = call("doctor")
    assert result.exit_code == 3
    assert "store cannot be written (not a directory)" in result.stdout
