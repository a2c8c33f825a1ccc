"""What the commands that keep records share: the office, days, and how rows are shown."""

from __future__ import annotations

import csv
import io
import re
import shlex
import textwrap
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.guard import when_stopped
from cli.output import say, show_json, table
from cli.passphrase import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from redact.governance.office import Office

__all__ = ["as_csv", "clip_option", "day", "office", "on_option", "reference_argument", "show_rows", "typed", "when"]

F = TypeVar("F", bound="Callable[..., Any]")

WIDTH = 100
"""Columns of a table, as far as its last column can be broken into lines."""

LEAST = 24
"""Columns of a last column that is broken into lines."""

STOPPED = "Stopped. What was recorded by then stays, and nothing is half recorded."

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
WHEN = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?")
BRITISH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
"""A day in the order in which people here say it. It is not read: an American means another day by it."""

FORMULA = ("=", "+", "-", "@", "\t")
"""What a spreadsheet takes for the beginning of a formula."""


@contextmanager
def office(*, settle: bool = True) -> Iterator[Office]:
    """Open the records for whoever runs this; without SETTLE nothing is written."""
    from redact.governance.office import Office  # noqa: PLC0415  loads the database's package
    from redact.governance.people.mine import own_key  # noqa: PLC0415  loads cryptography

    when_stopped(STOPPED)
    with Office.open(settle=settle, own=own_key(ask), tell=lambda sentence: say(sentence, err=True)) as opened:
        yield opened


def day(ctx: click.Context, param: click.Parameter, text: str | None) -> date | None:
    """Read a day, as 2026-03-02."""
    del ctx, param
    if text is None:
        return None
    try:
        return date.fromisoformat(text if DAY.fullmatch(text) else "")
    except ValueError as wrong:
        message = f"'{text}' is not a day. Write year, month and day, such as {_turned(text) or '2026-03-02'}."
        raise click.BadParameter(message) from wrong


def when(ctx: click.Context, param: click.Parameter, text: str | None) -> datetime | None:
    """Read a local time, as 2026-03-02T14:05:00."""
    del ctx, param
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text if WHEN.fullmatch(text) else "")
    except ValueError as wrong:
        shown = f"{_turned(text) or '2026-03-02'}T14:05:00"
        message = f"'{text}' is not a local time. Write the day, a T and the time, such as {shown}."
        raise click.BadParameter(message) from wrong


def _turned(text: str) -> str:
    """Give the British day that TEXT begins with in the order that is read; nothing where it begins with none."""
    match = BRITISH.match(text)
    try:
        return date(*(int(part) for part in reversed(match.groups()))).isoformat() if match else ""
    except ValueError:
        return ""


def reference_argument(command: F) -> F:
    """Give COMMAND the argument REF, a request."""
    return click.argument("reference", metavar="REF")(command)


def typed(reference: str) -> str:
    """Spell REFERENCE as it is typed in a command."""
    return shlex.quote(reference)


def clip_option(command: F) -> F:
    """Give COMMAND the option --clip, one of the request's clips."""
    return click.option(
        "--clip", metavar="NAME", help="One of the request's clips, by its file name or the start of its digest."
    )(command)


def on_option(command: F) -> F:
    """Give COMMAND the option --on, the day on which something happened."""
    return click.option("--on", metavar="DAY", callback=day, help="Day on which it happened. [today]")(command)


def show_rows(rows: Sequence[Mapping[str, Any]], heads: Mapping[str, str], none: str, *, as_json: bool) -> None:
    """Print ROWS as JSON, or as a table of the keys of HEADS under their words; NONE where there are no rows."""
    if as_json:
        show_json(list(rows))
    elif not rows:
        say(none)
    else:
        cells = [[_cell(row[key]) for key in heads] for row in rows]
        say(*table(_broken(cells, list(heads.values())), list(heads.values())))


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """ROWS as CSV with a head. What a spreadsheet would take for a formula is made text."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
        writer.writerows([[_inert(row[key]) for key in rows[0]] for row in rows])
    return held.getvalue().rstrip("\n")


def _broken(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> Iterator[list[str]]:
    """Give ROWS with the text of the last column on as many lines as it takes for the table to fit."""
    used = sum(2 + max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads) - 1))
    room = max(LEAST, WIDTH - used)
    for row in rows:
        fits = len(row[-1]) <= room and "\n" not in row[-1]
        first, *more = [row[-1]] if fits else textwrap.wrap(row[-1], room, break_long_words=False) or [""]
        yield [*row[:-1], first]
        for line in more:
            yield [*[""] * (len(row) - 1), line]


def _cell(value: Any) -> str:
    """VALUE as one cell."""
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _inert(value: Any) -> str:
    text = _cell(value).replace("\r", " ")
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text
