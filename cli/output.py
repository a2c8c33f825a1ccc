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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["example", "hush", "json_option", "printable", "reader_gone", "say", "show_json", "table"]

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


def say(text: str = "", *, err: bool = False) -> None:
    """Print TEXT and a newline; ERR: to standard error. Once its reader has gone away, print into the void."""
    try:
        click.echo(printable(text), err=err)
    except BrokenPipeError:
        hush(err=err)


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
    say(json.dumps(whole, indent=2))


def printable(text: str) -> str:
    """TEXT with what no terminal can show, such as a file name that is not UTF-8, replaced; no control characters."""
    if text.isascii():  # which a long document mostly is
        return text.translate(CONTROLS)
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def table(rows: Iterable[Sequence[str]], head: Sequence[str]) -> str:
    """ROWS under HEAD, in columns as wide as they need be."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
