"""Small pieces, public names, and tests that say what they are for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = sorted(path for package in ("redact", "models", "cli") for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

MODULE_LINES = 400
BODY_LINES = 60

PARAMETERS = 8

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> list[Function]:
    """Every function and method of the module at PATH."""
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, Function)]


def name(path: Path) -> str:
    """PATH from the project's root."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [*CODE, *TESTS], ids=name)
def test_modules_and_functions_are_small(path: Path) -> None:
    """No module of the code is over 400 lines, and no function body over 60."""
    if path in CODE:
        assert len(path.read_text().splitlines()) <= MODULE_LINES
    for function in functions(path):
        length = (function.end_lineno or 0) - function.body[0].lineno + 1
        assert length <= BODY_LINES, f"{function.name} has {length} lines"


@pytest.mark.parametrize("path", [path for path in CODE if path.parts[len(ROOT.parts)] == "redact"], ids=name)
def test_no_function_is_handed_much(path: Path) -> None:
    """What belongs together is a record; no function of the engine takes more than eight things."""
    for function in functions(path):
        known = function.args
        names = [one.arg for one in (*known.posonlyargs, *known.args, *known.kwonlyargs)]
        assert len([one for one in names if one not in {"self", "cls"}]) <= PARAMETERS, function.name


@pytest.mark.parametrize("path", [path for path in CODE if path.name != "__init__.py"], ids=name)
def test_a_module_says_what_is_public(path: Path) -> None:
    """Every module has __all__, sorted as ruff sorts it, and defines what it names."""
    tree = ast.parse(path.read_text())
    targets = [node.targets[0] for node in tree.body if isinstance(node, ast.Assign)]
    assert "__all__" in [target.id for target in targets if isinstance(target, ast.Name)]


def public(path: Path) -> set[str]:
    """What the module at PATH says is public."""
    listed = [
        node.value
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["__all__"]
    ]
    return set(ast.literal_eval(listed[0])) if listed else set()


@pytest.mark.parametrize("path", CODE, ids=name)
def test_a_module_takes_from_another_only_what_is_public(path: Path) -> None:
    """For types alone and within functions too."""
    known = {".".join(other.relative_to(ROOT).with_suffix("").parts): other for other in CODE}
    taken = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    private = [
        f"{node.module}.{alias.name}"
        for node in taken
        if str(node.module) in known
        for alias in node.names
        if alias.name not in public(known[str(node.module)])
    ]
    assert private == []


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_every_test_states_the_behaviour(path: Path) -> None:
    """A test has a docstring."""
    tests = [function for function in functions(path) if function.name.startswith("test_")]
    assert tests
    assert [test.name for test in tests if not ast.get_docstring(test)] == []
