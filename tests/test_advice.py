"""Sentences that each front end finishes: the engine names tasks, and nothing but the command line spells commands."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from cli.main import redact
from cli.remedies import COMMANDS, OPTIONS, said, spelt
from redact.advice import Give, Given, Sentence, Step, Task
from redact.errors import ModelUnavailable, NotPermitted, Refusal, UsageProblem
from redact.governance.ledger.faults import Fault
from redact.records.kinds import CheckName, SealName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import Enum

ROOT = Path(__file__).resolve().parents[1]

WRITTEN = {
    "redact/decide/wording.py": "what to add, for a warning that manifest and report keep",
    "redact/case/deciding.py": "the same for who decides in a case; the ledger has it",
    "redact/jobs/release.py": "what became of an earlier release: `batch.json` has it",
    "redact/package/verify_package.py": "a check's sentence that says what an unsigned folder is",
    "redact/report/case_report.py": "for whoever reads the report, and has but the command",
    "redact/report/copy_report.py": "for whoever reads the report",
    "redact/report/operator_report.py": "for whoever reads the report",
    "redact/review/words.py": "what records keep in the words of commands, to be put in those of the page",
    "redact/verify/acceptance.py": "a warning that manifest and report keep",
    "redact/verify/remedies.py": "for whoever reads the report of a withheld copy",
}
"""Where commands or options are spelt all the same, and why: it stands in documents and records."""

SPELT = re.compile(rf"\bredact (?:{'|'.join(sorted(redact.commands))})\b|(?<![\w-])--[a-z]{{2,}}|(?<!\S)-o\b")


def sentences(path: Path) -> Iterator[str]:
    """Give every text in the module at PATH, but for docstrings and what is run as another program's arguments."""
    tree = ast.parse(path.read_text())
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    listed = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.List) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "_pip")
        for each in ast.iter_child_nodes(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told | listed:
            yield node.value


def spelling() -> set[str]:
    """Name the modules of the engine and the networks in which a command or an option of it is spelt."""
    modules = [path for package in ("redact", "models") for path in (ROOT / package).rglob("*.py")]
    return {str(path.relative_to(ROOT)) for path in modules if any(map(SPELT.search, sentences(path)))}


def test_the_engine_spells_no_command() -> None:
    """What is not in the list of documents says which task is meant; and the list has no more than it must."""
    assert spelling() - {"redact/document/typeset.py"} == set(WRITTEN)  # that one names pip's own option


def test_every_task_is_a_command_that_there_is() -> None:
    """Each has words, no two the same, and they lead to a command."""
    assert set(COMMANDS) == set(Task)
    assert len(set(COMMANDS.values())) == len(Task)
    for words in COMMANDS.values():
        at: click.Command = redact
        for word in words.split():
            assert isinstance(at, click.Group)
            at = at.commands[word]


@pytest.mark.parametrize("codes", [Fault, Refusal, CheckName, SealName, Task, Given])
def test_no_two_of_a_kind_are_called_the_same(codes: type[Enum]) -> None:
    """An enum takes the second name of a value for the first, and says nothing."""
    assert len(codes.__members__) == len(codes) > 5


def options(command: click.Command) -> set[str]:
    """Every option of COMMAND and of what is below it."""
    own = {name for param in command.params if isinstance(param, click.Option) for name in param.opts}
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return own.union(*map(options, below))


def test_everything_given_is_an_option_that_there_is() -> None:
    """Or an argument, which has none; no option stands for two things."""
    assert set(OPTIONS) == set(Given)
    named = [option for option, _ in OPTIONS.values() if option]
    assert len(set(named)) == len(named)
    assert set(named) <= options(redact)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("words", "words"),
        (Task.LIST_REQUESTS, "redact request list"),
        (Given.FOLDER, "-o"),
        (Give(Given.STREAM, "3"), "--stream 3"),
        (Give(Given.CLIP, "cam 4.mp4"), "--clip 'cam 4.mp4'"),
        (Give(Given.REASON, "a poster"), '--reason "a poster"'),
        (Step(Task.APPROVE, ""), "redact approve REF"),
        (Step(Task.SHOW_REQUEST, "SAR 7"), "redact request show 'SAR 7'"),
        (Step(Task.ATTACH, "SAR-7", (Given.FILE,)), "redact request attach SAR-7 CLIP"),
        (Step(Task.RELEASE, "SAR-7", (Given.FOLDER, Given.NATIVE)), "redact release SAR-7 -o DIR --native"),
        (Step(Task.SHOW_SUBJECTS, "SAR-7", (Give(Given.WHY, "…"),)), 'redact subjects SAR-7 --why "…"'),
        (Step(Task.LIFT, gives=(Give(Given.HOLD, "h1a2b3c4d"),)), "redact retention lift h1a2b3c4d"),
    ],
)
def test_a_part_is_spelt_as_a_shell_takes_it(part: str | Task | Given | Step | Give, words: str) -> None:
    """References and names may have spaces; what is to be chosen stands in capitals."""
    assert spelt(Sentence((part,))) == words


def test_a_problem_is_said_with_what_to_do_below() -> None:
    """Both in the words of the command line; without advice there is no second line."""
    assert said(UsageProblem("There is none.", "See: ", Task.SHOW_LOG)) == "There is none.\nSee: redact log show"
    assert said(UsageProblem(Sentence((Given.KEEP, " 7 cannot be read.")))) == "--keep 7 cannot be read."
    assert said(ModelUnavailable("It is not there.")) == "It is not there.\nFetch them again: redact models pull"


def test_a_step_learns_its_request_once() -> None:
    """Where it is left open, and where there is one; a task without a request, and another's, stay as they are."""
    denied = NotPermitted("No.", "Ask: ", Step(Task.APPROVE, ""), ", ", Step(Task.PURGE), ", ", Step(Task.SCAN, "A"))
    assert spelt(denied.advice.about("B 1")) == "Ask: redact approve 'B 1', redact retention purge, redact scan A"
    assert spelt(denied.advice.about("")) == spelt(denied.advice)
    assert denied.advice.tasks == (Task.APPROVE, Task.PURGE, Task.SCAN)


def test_what_no_front_end_has_spelt_is_plain() -> None:
    """A traceback, or a test, sees that something is still to be named."""
    problem = UsageProblem("It is there.", "Choose another with ", Given.FOLDER, ", or ", Step(Task.SCAN, "A"))
    assert str(problem) == "It is there.\nChoose another with <folder>, or <scan> A"
    assert str(UsageProblem("It is there.")) == "It is there."
