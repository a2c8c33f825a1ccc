"""Errors are sentences with a remedy and an exit code."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from cli.remedies import said
from redact import errors
from redact.advice import Give, Given, Sentence, Step, Task
from redact.errors import (
    InputUnusable,
    ModelUnavailable,
    NotPermitted,
    RedactError,
    Refusal,
    SourceChanged,
    UsageProblem,
)
from redact.jobs.trouble import facts

CODES = {
    "ChangedMeanwhile": 2,
    "InputUnusable": 3,
    "ModelUnavailable": 6,
    "NotPermitted": 7,
    "RedactError": 1,
    "SourceChanged": 4,
    "UsageProblem": 2,
    "VerificationFailed": 5,
}


def test_every_error_has_its_own_code() -> None:
    """The codes are those that the help promises, and no class is left out."""
    kinds = inspect.getmembers(errors, lambda kind: inspect.isclass(kind) and issubclass(kind, RedactError))
    found = {name: kind.exit_code for name, kind in kinds}
    assert found == CODES
    assert sorted(errors.__all__) == sorted({*CODES, "Refusal"})


def test_without_a_remedy_it_is_the_problem_alone() -> None:
    """No empty line follows."""
    assert str(InputUnusable("a.mp4 is empty.")) == "a.mp4 is empty."


@pytest.mark.parametrize("kind", [SourceChanged, ModelUnavailable])
def test_a_class_knows_its_remedy(kind: type[RedactError]) -> None:
    """The problem, then what to do, on a line of its own."""
    assert str(kind("It is so.")) == f"It is so.\n{kind.remedy}"
    assert kind("It is so.").what == "It is so."


def test_the_one_who_raises_may_know_better() -> None:
    """A remedy that is given replaces the class's own, also by none."""
    assert str(SourceChanged("It is so.", "Wait.")) == "It is so.\nWait."
    assert str(SourceChanged("It is so.", "")) == "It is so."


FORGED = "a.mp4\nAll 9 checks hold.\n\u202e"


def test_a_name_forges_no_line_of_an_error() -> None:
    """Neither in what is wrong nor in what to do; what is meant to have several lines has just those."""
    problem = InputUnusable(f"{FORGED} is empty.", f"Move {FORGED}: ", Step(Task.SHOW_REQUEST, FORGED))
    assert len(said(problem).splitlines()) == len(str(problem).splitlines()) == 2
    several = Sentence.of_lines(("Two are wrong:", FORGED, "b"))
    assert len(UsageProblem(several, Give(Given.CLIP, FORGED)).what.splitlines()) == 3
    assert "\u202e" not in said(problem) + said(UsageProblem(several, Give(Given.CLIP, FORGED)))
    assert len(said(UsageProblem(Sentence((Given.KEEP, FORGED)), FORGED)).splitlines()) == 2


def _refusals() -> list[ast.Call]:
    """Every place in the engine that says that something is not permitted."""
    package = Path(errors.__file__).parent
    calls = (node for path in package.rglob("*.py") for node in ast.walk(ast.parse(path.read_text())))
    return [node for node in calls if isinstance(node, ast.Call) and ast.unparse(node.func) == "NotPermitted"]


def test_every_refusal_has_a_code_and_every_code_a_refusal() -> None:
    """Whoever reads JSON, or writes a page, need not match sentences."""
    codes = [ast.unparse(word.value) for call in _refusals() for word in call.keywords if word.arg == "code"]
    assert len(codes) == len(_refusals())
    assert set(codes) == {f"Refusal.{code.name}" for code in Refusal}


def test_a_refusal_tells_its_code_beside_the_sentence() -> None:
    """In JSON, where there is one; no other error has any."""
    refused = NotPermitted("It is over.", "Ask.", code=Refusal.PURGED)
    assert facts(refused, str) == {"message": "It is over.", "remedy": "Ask.", "exit_code": 7, "code": "purged"}
    assert "code" not in facts(SourceChanged("It is so."), str)
