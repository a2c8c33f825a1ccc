"""redact setup: a place for records, and what to do where there is none."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from clerk import ROOT, Clerk

if TYPE_CHECKING:
    from pathlib import Path


def test_records_are_set_up_with_whoever_does_it_as_dpo(tmp_path: Path) -> None:
    """They are open to nobody else, and the command says what comes next."""
    said = Clerk(tmp_path / "home").does("setup", "Example Housing", "--person", "A. Example")
    file = tmp_path / "home" / "organisation.toml"
    assert f"The records of Example Housing are kept in {file.parent}." in said
    assert f"Open {file}" in said
    assert "a second person" in said
    assert 'name = "A. Example"\nroles = ["dpo"]' in file.read_text()
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_json_says_where(tmp_path: Path) -> None:
    """One document."""
    home = tmp_path / "home"
    document = Clerk(home).reads("setup", "Example Housing")
    assert set(document) == {"home", "organisation", "own_key"}
    assert (document["home"], document["organisation"]) == (str(home), str(home / "organisation.toml"))


def test_what_is_set_up_is_not_set_up_again(tmp_path: Path) -> None:
    """Nothing changes; the way to change it is said."""
    clerk = Clerk.at_new_desk(tmp_path / "home")
    before = (tmp_path / "home" / "organisation.toml").read_bytes()
    said = clerk.is_refused(2, "setup", "Another Housing")
    assert "is set up already.\nChange " in said
    assert (tmp_path / "home" / "organisation.toml").read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        ("request", "list"),
        ("request", "new", "SAR-1", "--kind", "sar"),
        ("scan", "SAR-1"),
        ("retention", "list"),
        ("log", "verify"),
        ("key", "show"),
    ],
    ids=" ".join,
)
def test_without_records_a_command_says_how_to_set_them_up(tmp_path: Path, words: tuple[str, ...]) -> None:
    """And makes none."""
    said = Clerk(tmp_path / "home").is_refused(3, *words)
    assert "nothing is set up here.\nSet it up: redact setup" in said
    assert not (tmp_path / "home").exists()


def test_doctor_says_where_the_records_are(tmp_path: Path) -> None:
    """Before and after they are set up; neither is a problem, and looking makes none."""
    clerk = Clerk(tmp_path / "home")
    found = {one["name"]: one for one in _findings(clerk)}
    assert f"{tmp_path / 'home'}: nothing is set up there yet" in found["Records"]["found"]
    assert "none yet" in found["Key"]["found"]
    assert not (tmp_path / "home").exists()
    Clerk.at_new_desk(tmp_path / "home").does("key", "show")
    found = {one["name"]: one for one in _findings(clerk)}
    assert found["Records"]["found"].startswith(f"{tmp_path / 'home'}, of Example Housing")
    assert "own-key.json" in found["Own key"]["found"]
    assert found["Key"]["found"].startswith("signs until ")
    assert not found["Records"]["remedy"]
    assert not found["Key"]["remedy"]


def test_doctor_says_that_the_key_expires_soon_or_has(tmp_path: Path) -> None:
    """Sixty days before; and what to do."""
    clerk = Clerk.at_new_desk(tmp_path / "home")
    clerk.says((clerk.home / "organisation.toml").read_text().replace("valid_days = 730", "valid_days = 59"))
    clerk.does("key", "show")
    (found,) = (one for one in _findings(clerk) if one["name"] == "Key")
    assert found["found"].startswith("signs until ")
    assert found["remedy"].endswith("redact key rotate")
    assert "which is 58 days. Make the next one: redact key rotate" in clerk.does("key", "show")


def test_doctor_says_that_the_organisation_s_file_is_wrong(tmp_path: Path) -> None:
    """With the line, and it is a problem like any other of the machine."""
    clerk = Clerk.at_new_desk(tmp_path / "home")
    clerk.says("name = ")
    (found,) = (one for one in _findings(clerk) if one["name"] == "Records")
    assert "organisation.toml" in found["found"]
    assert found["remedy"]
    assert clerk.types("doctor").exit_code == 3


def test_doctor_says_that_others_can_open_the_keys(tmp_path: Path) -> None:
    """With the exit code that its help names, although a release would be refused with another."""
    clerk = Clerk.at_new_desk(tmp_path / "home")
    clerk.does("key", "show")
    (clerk.home / "keys").chmod(0o755)
    done = clerk.types("doctor")
    assert done.exit_code == 3
    assert "keys is open to others than its owner" in done.stdout


def test_doctor_says_that_others_can_change_the_records(tmp_path: Path) -> None:
    """With the command that closes them, which does."""
    clerk = Clerk.at_new_desk(tmp_path / "home")
    clerk.home.chmod(0o770)
    (found,) = (one for one in _findings(clerk) if one["name"] == "Records")
    assert "is open to others" in found["found"]
    command = found["remedy"].partition("closes it: ")[2]
    subprocess.run(command, shell=True, check=True)  # noqa: S602  what people are told to give
    (found,) = (one for one in _findings(clerk) if one["name"] == "Records")
    assert not found["remedy"]


@pytest.mark.parametrize(("closed", "problem"), [("", True), ("keys", False)])
def test_doctor_says_what_is_closed_to_whoever_asks(tmp_path: Path, closed: str, problem: bool) -> None:
    """Records have to be open to whoever works with them; the keys to whoever signs alone."""
    clerk = Clerk.at_new_desk(tmp_path / "home")
    clerk.does("key", "show")
    (clerk.home / closed).chmod(0)
    tool = shutil.which("setpriv")
    if os.geteuid() or not tool:
        pytest.skip("only root can lay down the right to open everything")
    command = [tool, "--inh-caps=-all", "--bounding-set=-all", sys.executable, "-m", "cli", "doctor", "--json"]
    environment = os.environ | {"REDACT_HOME": str(clerk.home)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    (clerk.home / closed).chmod(0o700)
    found = {one["name"]: one for one in json.loads(done.stdout)["findings"]}["Key" if closed else "Records"]
    assert (bool(found["remedy"]), "you" in found["found"]) == (problem, True)


def _findings(clerk: Clerk) -> list[dict[str, str]]:
    findings: list[dict[str, str]] = json.loads(clerk.types("doctor", "--json").stdout)["findings"]
    return findings
