"""What the commands say of themselves, and what they cost before they do anything."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

import redact as package
from cli.main import redact
from redact.governance.ledger.events import STEPS
from redact.governance.rules.exemptions import Exemption
from redact.governance.rules.grounds import Ground
from redact.governance.rules.working_days import Nation
from redact.records.kinds import Cover, Style
from redact.request.choices import Audio, Hide, RequestKind, Unexplained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[2]

HEAVY = {
    "alembic",
    "av",
    "cryptography",
    "cv2",
    "ffmpeg",
    "fpdf",
    "holidays",
    "numpy",
    "nncf",
    "onnx",
    "openvino",
    "pydantic",
    "rich",
    "scipy",
    "securesystemslib",
    "sqlalchemy",
    "torch",
    "ultralytics",
}


def commands(
    group: click.Group = redact, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it."""
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = dict(commands())


def test_without_a_command_the_help_is_shown() -> None:
    """Who does not know what to type learns it."""
    bare, asked = CliRunner().invoke(redact, []), CliRunner().invoke(redact, ["--help"])
    assert (bare.exit_code, bare.stdout) == (0, asked.stdout)


def test_the_version_is_the_package_s() -> None:
    """It is told in one line."""
    assert CliRunner().invoke(redact, ["--version"]).stdout == f"redact {package.__version__}\n"


def test_the_help_lists_every_exit_code() -> None:
    """Those of the errors, done, a fault, and stopped."""
    shown = CliRunner().invoke(redact, ["--help"]).stdout.split("Exit codes:")[1]
    assert [line.split()[0] for line in shown.strip().splitlines()] == [*"01234567", "130"]


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_has_help_with_an_example(words: tuple[str, ...]) -> None:
    """The example calls the command itself, or one of its own."""
    result = CliRunner().invoke(redact, [*words, "--help"])
    assert result.exit_code == 0
    examples = result.stdout.split("  Example:\n")[1].splitlines()
    assert examples
    assert all(line.startswith(f"    redact {' '.join(words)}") for line in examples)


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_that_does_something_has_json(words: tuple[str, ...]) -> None:
    """A group only holds commands."""
    command = ALL[words]
    options = {name for parameter in command.params for name in parameter.opts}
    assert isinstance(command, click.Group) or "--json" in options


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_example_can_be_parsed(words: tuple[str, ...]) -> None:
    """An example that is refused would be worse than none."""
    command = ALL[words]
    epilog = command.epilog or ""
    for line in epilog.splitlines()[2:]:
        called = shlex.split(line)[1 + len(words) :]
        if isinstance(command, click.Group):
            assert called[0] in command.commands
        else:
            command.make_context("redact", called)


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_the_summary_of_a_command_is_not_cut_short(words: tuple[str, ...]) -> None:
    """It stands whole in the list of commands."""
    assert not ALL[words].get_short_help_str(60).endswith("...")


@pytest.mark.parametrize(
    ("words", "name", "values"),
    [
        (("run",), "cover", Cover),
        (("run",), "style", Style),
        (("run",), "audio", Audio),
        (("run",), "motion", Unexplained),
        (("run",), "kind", RequestKind),
        (("request", "new"), "kind", RequestKind),
        (("request", "new"), "nation", Nation),
        (("request", "record"), "step", STEPS),
        (("request", "refuse"), "exemption", Exemption),
        (("decide",), "ground", Ground),
    ],
)
def test_the_options_accept_what_the_records_accept(words: tuple[str, ...], name: str, values: Iterable[str]) -> None:
    """And nothing else, in the same order."""
    (option,) = (one for one in ALL[words].params if one.name == name)
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == tuple(str(value) for value in values)


@pytest.mark.parametrize("hidden", Hide)
def test_everything_that_can_be_hidden_can_be_typed(hidden: Hide) -> None:
    """In capitals too; anything else is refused with what there is."""
    assert ALL[("run",)].make_context("run", ["--hide", hidden.upper(), "clip.mp4", "-o", "out"]).params["hide"] == (
        hidden.value,
    )
    with pytest.raises(click.BadParameter, match="'cats' is not one of people, faces, plates"):
        ALL[("run",)].make_context("run", ["--hide", f"{hidden},cats", "clip.mp4", "-o", "out"])


@pytest.mark.parametrize(
    "statement",
    [
        "import cli.main",
        "from cli.main import redact; redact(['run', '--help'])",
        "from cli.main import redact; redact(['request', 'new', '--help'])",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(statement: str) -> None:
    """`redact --help` answers at once."""
    code = f"""
import sys, json, atexit
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
{statement}
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not HEAVY.intersection(json.loads(done.stderr))
