"""What the commands that keep records share: the office, days, and how rows are shown."""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.output import say, show_json, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from redact.governance.office import Office

__all__ = ["as_csv", "clip_option", "day", "office", "on_option", "reference_argument", "show_rows", "when"]

F = TypeVar("F", bound="Callable[..., Any]")


@contextmanager
def office(*, settle: bool = True) -> Iterator[Office]:
    """Open the records for whoever runs this; without SETTLE nothing is written."""
    from redact.governance.office import Office  # noqa: PLC0415  loads the database's package

    with Office.open(settle=settle) as opened:
        yield opened


def day(ctx: click.Context, param: click.Parameter, text: str | None) -> date | None:
    """Read a day, as 2026-03-02."""
    del ctx, param
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        message = f"'{text}' is not a day, such as 2026-03-02."
        raise click.BadParameter(message) from wrong


def when(ctx: click.Context, param: click.Parameter, text: str | None) -> datetime | None:
    """Read a local time, as 2026-03-02T14:05:00."""
    del ctx, param
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is not None or len(text) <= len("2026-03-02"):
        message = f"'{text}' is not a local time, such as 2026-03-02T14:05:00."
        raise click.BadParameter(message)
    return read


def reference_argument(command: F) -> F:
    """Give COMMAND the argument REF, a request."""
    return click.argument("reference", metavar="REF")(command)


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
        say(table([[_cell(row[key]) for key in heads] for row in rows], list(heads.values())))


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """ROWS as CSV (RFC 4180) with a head. What a spreadsheet would take for a formula is made text."""
    held = io.StringIO()
    writer = csv.writer(held)
    if rows:
        writer.writerow(rows[0])
        writer.writerows([[_inert(_cell(value)) for value in row.values()] for row in rows])
    return held.getvalue().rstrip("\r\n")


def _cell(value: Any) -> str:
    """VALUE as one cell."""
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _inert(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" and not text.lstrip("-").isdigit() else text
