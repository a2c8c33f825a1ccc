"""A TOML file as people write it: where each value stands, and what is wrong with it in one sentence."""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import TYPE_CHECKING, Any

from redact.errors import InputUnusable, UsageProblem
from redact.files import read_small, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["by_field", "line_of", "read", "sentences"]

LARGEST = 1024 * 1024
"""Bytes of a file that somebody wrote by hand."""

Loc = tuple[int | str, ...]
PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)")


def read(path: Path) -> tuple[bytes, str, dict[str, Any]]:
    """Bytes, text and content of the TOML file at PATH. Raises UsageProblem with line and column where it is none."""
    try:
        data = read_small(path, LARGEST)
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        return data, text, tomllib.loads(text)
    except OSError as problem:
        message = f"{path} cannot be read ({reason_of(problem, 'unknown')})."
        raise InputUnusable(message, "Check the name of the request file.") from problem
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        message = f"{path}, line {line}: it is not UTF-8 text."
        raise UsageProblem(message, "Save the request file as UTF-8.") from problem
    except tomllib.TOMLDecodeError as problem:
        raise UsageProblem(_syntax(path, text, str(problem)), "Correct the line; text stands in quotes.") from problem
    except (ValueError, RecursionError) as problem:
        message = f"{path} has a number that is too long, or lists too deep in one another."
        raise UsageProblem(message, "Take it out.") from problem


def _syntax(path: Path, text: str, problem: str) -> str:
    """Put the place first."""
    match = PLACE.fullmatch(problem)
    if not match:
        return f"{path}: {problem}."
    lines = text.split("\n")
    line, column = (match[2], match[3]) if match[2] else (len(lines), len(lines[-1]) + 1)
    return f"{path}, line {line}, column {column}: {match[1]}."


def line_of(text: str, loc: Loc) -> int | None:
    """Line of the TOML TEXT, from 1, on which the value at LOC is set, or the nearest thing around it.

    No TOML reader of the standard library tells where a value stood. The shortest piece of the file that parses and
    holds the value ends with the statement that set it, and that statement begins after the piece before.
    """
    for depth in range(len(loc), 0, -1):
        for first, document in _pieces(text):
            if _holds(document, loc[:depth]):
                return first
    return None


def _pieces(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every leading piece of TEXT that parses, with the line on which its last statement begins."""
    lines, first = text.split("\n"), 1
    for last in range(1, len(lines) + 1):
        try:
            document = tomllib.loads("\n".join(lines[:last]))
        except tomllib.TOMLDecodeError:
            continue
        yield first, document
        first = last + 1


def _holds(document: Any, loc: Loc) -> bool:
    try:
        for key in loc:
            document = document[key]
    except (KeyError, IndexError, TypeError):
        return False
    return True


def sentences(wrong: ValidationError, model: type[BaseModel], where: str, text: str | None = None) -> list[str]:
    """One sentence for each thing WRONG in the file WHERE: line, field, what is accepted; in the order of TEXT."""
    errors = wrong.errors(include_url=False)
    placed = sorted(((line_of(text, error["loc"]) or 0 if text else 0), number) for number, error in enumerate(errors))
    return [_sentence(errors[number], model, f"{where}, line {line}" if line else where) for line, number in placed]


def by_field(wrong: ValidationError, model: type[BaseModel]) -> dict[str, str]:
    """Say of each field of MODEL that is WRONG what it accepts, or what is wrong with it, for a form."""
    said: dict[str, str] = {}
    for error in wrong.errors(include_url=False):
        loc = error["loc"]
        whole = error["type"] == "value_error" and isinstance(error["input"], dict)
        told = error["msg"].removeprefix("Value error, ") if whole else _field(model, loc)[1] or "it is not known here"
        said.setdefault(_name(loc) or model.__name__.lower(), f"{told[:1].upper()}{told[1:]}.")
    return said


def _sentence(error: ErrorDetails, model: type[BaseModel], place: str) -> str:
    loc = error["loc"]
    owner, field = _field(model, loc)
    match error["type"]:
        case "extra_forbidden":
            return f"{place}: {_name(loc)} is not known. {_suggest(str(loc[-1]), owner)}"
        case "missing":
            return f"{place}: {_name(loc)} is missing. Accepted: {field}."
        case "value_error" if isinstance(error["input"], dict):
            return f"{place}: {error['msg'].removeprefix('Value error, ')}."
        case _:
            return f"{place}: {_name(loc)} = {_shown(error['input'])} is not accepted. Accepted: {field}."


def _field(model: type[BaseModel], loc: Loc) -> tuple[type[BaseModel], str]:
    """The model that holds the last named field of LOC, and what that field accepts."""
    owner, accepted = model, ""
    for key in loc:
        if isinstance(key, int):
            continue
        names = {
            str(info.validation_alias or name): info for name, info in owner.model_fields.items()
        } | owner.model_fields
        if key not in names:
            break
        accepted = names[key].description or ""
        inner = _model_in(names[key].annotation)
        if inner is None:
            break
        owner = inner
    return owner, accepted


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The checked record inside ANNOTATION, such as Span in `tuple[Span, ...]` or `Span | None`."""
    if hasattr(annotation, "model_fields"):
        model: type[BaseModel] = annotation
        return model
    inside = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in inside if model is not None), None)


def _suggest(key: str, owner: type[BaseModel]) -> str:
    known = [str(info.validation_alias or name) for name, info in owner.model_fields.items()]
    close = difflib.get_close_matches(key, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"Accepted: {', '.join(known)}."


def _name(loc: Loc) -> str:
    """Spell LOC as people count: keep[2].at is the second keep."""
    steps = (f"[{key + 1}]" if isinstance(key, int) else f".{key}" for key in loc)
    return "".join(steps).lstrip(".")


def _shown(value: object) -> str:
    """VALUE as it would stand in TOML, cut short; what no terminal can show is marked."""
    shown = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in shown)
    return shown if len(shown) <= 60 else shown[:57] + "..."  # noqa: PLR2004  what fits in a sentence
