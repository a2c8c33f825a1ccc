"""Registers of the form before: what waited there for the ledger, which came second then."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from redact.governance.ledger.events import Event, EventKind
from redact.governance.register.database import connected, plainly

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

__all__ = ["forget_waiting", "waiting"]

OUTBOX = "outbox"
WAITING = text(
    'SELECT e.kind, e."by", e.reference, e.clip, e."on", e.data, e.at, e.id '
    "FROM outbox o JOIN events e ON e.id = o.event ORDER BY o.seq"
)


def waiting(place: str | Path) -> list[Event]:
    """Give the events in the old register at PLACE that the ledger never had; none where it is no old one."""
    with _old(place) as connection:
        if connection is None:
            return []
        rows = connection.execute(WAITING).all()
    names = ("by", "reference", "clip", "on")
    return [
        Event(kind=EventKind(kind), data=json.loads(data), at=at, id=number, **dict(zip(names, rest, strict=True)))
        for kind, *rest, data, at, number in rows
    ]


def forget_waiting(place: str | Path) -> None:
    """Let nothing wait any more in the old register at PLACE: the ledger has it now."""
    with _old(place) as connection:
        if connection is not None:
            connection.execute(text(f"DELETE FROM {OUTBOX}"))  # noqa: S608  a constant
            connection.commit()


@contextmanager
def _old(place: str | Path) -> Iterator[Connection | None]:
    """Give a connection to the register at PLACE; None where it has nothing that waits."""
    with connected(place) as (engine, name), plainly(name), engine.connect() as connection:
        yield connection if OUTBOX in inspect(connection).get_table_names() else None
