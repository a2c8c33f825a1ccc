"""Rows of the register read as events, and how far it has followed the ledger; what is none is said, never guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from redact.governance.ledger.events import Event, EventKind
from redact.governance.ledger.lines import Head
from redact.governance.register.damage import RegisterDamaged
from redact.governance.register.tables import HEAD_SEQ, HEAD_SHA256, events, facts

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

__all__ = ["EVENT", "Known", "as_event", "events_of", "head_of"]

SHOWN = 32
"""Letters of something strange that are shown."""
NUMBER, DIGEST = re.compile(r"[1-9][0-9]{0,17}"), re.compile(r"[0-9a-f]{64}")
KIND = {kind.value: kind for kind in EventKind}
EVENT = (
    events.c.kind,
    events.c.by,
    events.c.reference,
    events.c.clip,
    events.c.on,
    events.c.data,
    events.c.at,
    events.c.id,
)


class Known(NamedTuple):
    """How far a register has followed the ledger."""

    rows: int
    """Events on the register."""
    head: Head | None
    """The last line that it saw; None where it is new."""


class _Unread(Mapping[str, Any]):
    """An event's data, read when somebody asks: a question about many requests needs few of them."""

    __slots__ = ("_read", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._read: dict[str, Any] | None = None

    def _data(self) -> dict[str, Any]:
        if self._read is None:
            try:
                self._read = dict(json.loads(self._text))
            except (ValueError, TypeError, RecursionError) as wrong:
                message = "The register has an event whose data cannot be read."
                raise RegisterDamaged(message) from wrong
        return self._read

    def __getitem__(self, key: str) -> Any:
        return self._data()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data())

    def __len__(self) -> int:
        return len(self._data())

    def __repr__(self) -> str:
        return repr(self._data())


def events_of(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Event]:
    """Give the events that QUERY, for the columns of EVENT, finds. Raises RegisterDamaged where a row is none."""
    return [as_event(*row) for row in connection.execute(query).all()]


def as_event(kind: str, by: str, reference: str, clip: str, on: str, data: str, at: str, number: str) -> Event:  # noqa: PLR0917  a row
    """Make the event of a row. Raises RegisterDamaged where it is none."""
    try:
        said = {"by": by, "reference": reference, "clip": clip, "on": on, "at": at}
        return Event(kind=KIND[kind], data=_Unread(data), id=number, **said)
    except (KeyError, TypeError, ValueError) as wrong:
        message = f"The register has a row among its events that is none ({str(number)[:SHOWN]})."
        raise RegisterDamaged(message) from wrong


def head_of(connection: Connection, name: str) -> Head | None:
    """Read which line the register NAME knows as the last; None where it knows none."""
    values = {row.key: row.value for row in connection.execute(select(facts.c.key, facts.c.value))}
    number, digest = values.get(HEAD_SEQ), values.get(HEAD_SHA256)
    if number is None and digest is None:
        return None
    if not NUMBER.fullmatch(str(number)) or not DIGEST.fullmatch(str(digest)):
        message = f"The register {name} does not say in a way that can be which line of the ledger it saw last."
        raise RegisterDamaged(message)
    return Head(int(str(number)), str(digest))
