"""Errors are sentences with a remedy and an exit code."""

from __future__ import annotations

import inspect

import pytest

from redact import errors
from redact.errors import InputUnusable, ModelUnavailable, RedactError, SourceChanged

CODES = {
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
    assert sorted(errors.__all__) == sorted(CODES)


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
