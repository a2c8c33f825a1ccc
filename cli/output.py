"""What every command prints with: one thing on standard output, everything else on standard error."""

from __future__ import annotations

import json
import os
import select
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import click

from redact.files import legible
from redact.legible import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["example", "hush", "json_option", "printable", "reader_gone", "say", "show_csv", "show_json", "table"]

CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), 127) if chr(code) not in "\n\t"}
"""What stands for the control characters of ASCII."""

F = TypeVar("F", bound="Callable[..., Any]")


def example(*lines: str) -> str:
    """Make the end of a command's help from the LINES that show how it is used."""
    return "\n".join(["\b", "Example:", *(f"  {line}" for line in lines)])


def json_option(command: F) -> F:
    """Give COMMAND the option --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of sentences.")(
        command
    )


def say(*lines: str, err: bool = False) -> None:
    """Print LINES, each on a line of its own and on no other, whatever names stand in it; none is an empty line.

    ERR: to standard error. Once its reader has gone away, print into the void.
    """
    _echo("\n".join(map(one_line, lines)), err=err)


def hush(*, err: bool = False) -> None:
    """Send what is still to come nowhere, so that a reader who has gone away changes no job and no exit code."""
    void = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(void, (sys.stderr if err else sys.stdout).fileno())
    os.close(void)


def reader_gone() -> bool:
    """Tell whether standard output is a pipe that nobody reads any more."""
    look = select.poll()
    try:
        look.register(sys.stdout, 0)
    except (OSError, ValueError):  # it is no file at all
        return False
    return any(state & select.POLLERR for _, state in look.poll(0))


def show_json(document: Any) -> None:
    """Print DOCUMENT as the one JSON document of the command. Paths become text, which other programs can read."""
    whole = json.loads(legible(json.dumps(document, ensure_ascii=False, default=str)))
    _echo(json.dumps(whole, indent=2))


def printable(text: str) -> str:
    """TEXT with what no terminal can show, such as a file name that is not UTF-8, replaced; no control characters."""
    if text.isascii():  # which a long document mostly is
        return text.translate(CONTROLS)
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def table(rows: Iterable[Sequence[str]], head: Sequence[str]) -> list[str]:
    """Give the lines of ROWS under HEAD, in columns as wide as they need be; no cell makes another row."""
    lines = [list(head), *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def show_csv(text: str) -> None:
    """Print TEXT, which is CSV: a cell of it in quotes may have several lines."""
    _echo(text)


def _echo(text: str, *, err: bool = False) -> None:
    try:
        click.echo(printable(text), err=err)
    except BrokenPipeError:
        hush(err=err)
