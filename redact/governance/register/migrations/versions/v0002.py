"""The ledger comes first: no event waits for it any more, and every event has the number of its line there.

The rows are dropped, and worked out from the ledger again by whoever opens the register next. What the register
remembers of the ledger's end stays, so that an end that was cut off is noticed then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from redact.advice import Given, Step, Task
from redact.errors import InputUnusable

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"

EMPTIED = ("attachments", "holds", "releases", "clips", "requests")
NAMES = ("id", "at", "by", "kind", "reference", "clip", "on", "data")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WAITING = sa.text('SELECT e.kind, e."by", e.at, e.id FROM outbox o LEFT JOIN events e ON e.id = o.event ORDER BY o.seq')


def upgrade() -> None:
    """Drop every row but what is remembered of the ledger, and what waits; refuse where something does."""
    _refuse_waiting()
    for name in EMPTIED:
        op.execute(f"DELETE FROM {name}")  # noqa: S608  constants
    op.drop_table("outbox")
    op.drop_table("events")
    _create_events()


def _refuse_waiting() -> None:
    """Raise InputUnusable, with the name of each, where events wait for the ledger: nobody knows who put them there."""
    rows = op.get_bind().execute(WAITING).all()
    if rows:
        named = "; ".join(f"{kind} by {by} at {at} (id {number})" for kind, by, at, number in rows)
        message = f"The register has {len(rows)} events that the ledger never had: {named}."
        step = Step(Task.SET_UP, gives=(Given.UPGRADE, Given.TAKE))
        raise InputUnusable(message, "Take over those that you know to be true, by their ids: ", step)


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", NUMBER, nullable=False, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in NAMES),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sa.UniqueConstraint("id", name="uq_events_id"),
    )
    op.create_index("ix_events_reference", "events", ["reference", "seq"])
    op.create_index("ix_events_clip", "events", ["clip", "seq"])
