"""Whoever works with the records in a test: the commands as they are typed, in a HOME that is set up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from people import enrol, key_of, settings_of

from cli.main import redact
from redact.governance.office import Office

if TYPE_CHECKING:
    from click.testing import Result

__all__ = ["ROOT", "STRANGER", "Clerk"]

ROOT = Path(__file__).resolve().parents[2]

STRANGER = 20001
"""A user of the operating system without a name."""

MAY = "+dac_override,+dac_read_search,+fowner"
"""What another user needs to reach the folder of a test that belongs to root."""

OTHER = f'\n[people."user {STRANGER}"]\nname = "B. Example"\nroles = ["approver"]\n'


class Clerk:
    """Somebody at a desk, whose records are in HOME."""

    def __init__(self, home: Path) -> None:
        """Sit down."""
        self.home = home

    @classmethod
    def at_new_desk(cls, home: Path) -> Clerk:
        """Set up HOME, with a second person who approves, and a way to be reached."""
        clerk = cls(home)
        clerk.does("setup", "Example Housing", "--person", "A. Example")
        text = (home / "organisation.toml").read_text()
        clerk.says(text.replace("[letters]", '[letters]\ncontact = "dpo@example.org"') + OTHER)
        with Office.open(home) as office:
            enrol(office, key_of(f"user {STRANGER}").claim())
        return clerk

    def moved_to(self, home: Path) -> Clerk:
        """Sit down before a copy of the records."""
        return Clerk(Path(shutil.copytree(self.home, home)))

    def says(self, organisation: str) -> None:
        """Write the organisation's file anew."""
        (self.home / "organisation.toml").write_text(organisation)

    def is_only(self, role: str) -> None:
        """Have one ROLE from now on."""
        text = (self.home / "organisation.toml").read_text()
        text = text.replace('roles = ["approver"]', 'roles = ["approver", "dpo"]')
        self.says(text.replace('roles = ["dpo"]', f'roles = ["{role}"]'))
        self.does("request", "list")  # which puts that on record, while they are a DPO

    def types(self, *words: object) -> Result:
        """Run a command, whatever comes of it."""
        mask = os.umask(0o077)
        try:
            return CliRunner().invoke(redact, [str(word) for word in words], env={"REDACT_HOME": str(self.home)})
        finally:
            os.umask(mask)

    def does(self, *words: object) -> str:
        """Run a command that works; gives what it prints."""
        done = self.types(*words)
        assert done.exit_code == 0, done.output
        return done.stdout

    def reads(self, *words: object) -> Any:
        """Run a command that works with --json; gives the one document that it prints."""
        return json.loads(self.does(*words, "--json"))

    def is_refused(self, code: int, *words: object) -> str:
        """Run a command that ends with CODE, as a sentence and in the document too; gives what it says."""
        done, again = self.types(*words), self.types(*words, "--json")
        assert (done.exit_code, again.exit_code) == (code, code), done.output + again.output
        error = json.loads(again.stdout)["error"]
        assert error["exit_code"] == code
        assert done.stderr.endswith(f"Error: {error['message']}\n{error['remedy']}".rstrip() + "\n"), done.stderr
        return done.stderr

    def asks_another(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Have another user of the operating system run a command."""
        tool = shutil.which("setpriv")
        if os.geteuid() or not tool:
            pytest.skip("only root can act as another user")
        become = (tool, "--reuid", str(STRANGER), "--clear-groups", "--inh-caps", MAY, "--ambient-caps", MAY)
        command = (*become, sys.executable, "-m", "cli", *map(str, words))
        settings = settings_of(f"user {STRANGER}", STRANGER, self.home.parent / f"settings-{self.home.name}")
        environment = os.environ | {"REDACT_HOME": str(self.home), "XDG_CONFIG_HOME": str(settings)}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
