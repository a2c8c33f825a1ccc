"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision = None

COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    """Create every table."""
    _create_requests()
    _create_events()
    _create_clips()
    _create_holds()
    _create_releases()
    op.create_table("facts", _text("key"), _text("value"), sa.PrimaryKeyConstraint("key", name="pk_facts"))


def _create_requests() -> None:
    names = ("reference", "kind", "state", "received", "requester", "recipient", "nation", "intake")
    op.create_table(
        "requests",
        *(_text(name) for name in (*names, "opened_at", "ended_on", "outcome", "words")),
        sa.PrimaryKeyConstraint("reference", name="pk_requests"),
    )
    op.create_index("ix_requests_state_received", "requests", ["state", "received"])
    op.create_index("ix_requests_received", "requests", ["received"])


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", COUNTER, nullable=False),
        *(_text(name) for name in ("id", "at", "by", "kind", "reference", "clip", "on", "data")),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sa.UniqueConstraint("id", name="uq_events_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_reference", "events", ["reference", "seq"])
    op.create_index("ix_events_clip", "events", ["clip", "seq"])
    op.create_table(
        "outbox",
        sa.Column("seq", COUNTER, nullable=False),
        _text("event"),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
        sa.UniqueConstraint("event", name="uq_outbox_event"),
        sa.ForeignKeyConstraint(["event"], ["events.id"], name="fk_outbox_event"),
        sqlite_autoincrement=True,
    )


def _create_clips() -> None:
    op.create_table(
        "clips",
        _text("sha256"),
        _text("name"),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        *(_text(name) for name in ("camera", "starts", "starts_from")),
        sa.Column("clock_offset_s", sa.Float(53)),
        sa.Column("duration_s", sa.Float(53)),
        *(_text(name) for name in ("imported_at", "metadata", "purged_at")),
        sa.PrimaryKeyConstraint("sha256", name="pk_clips"),
    )
    op.create_table(
        "attachments",
        _text("reference"),
        _text("sha256"),
        sa.PrimaryKeyConstraint("reference", "sha256", name="pk_attachments"),
        sa.ForeignKeyConstraint(["reference"], ["requests.reference"], name="fk_attachments_reference"),
        sa.ForeignKeyConstraint(["sha256"], ["clips.sha256"], name="fk_attachments_sha256"),
    )
    op.create_index("ix_attachments_sha256", "attachments", ["sha256"])


def _create_holds() -> None:
    op.create_table(
        "holds",
        *(_text(name) for name in ("id", "sha256", "reason", "review", "by", "placed_at", "lifted_at")),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
        sa.ForeignKeyConstraint(["sha256"], ["clips.sha256"], name="fk_holds_sha256"),
    )
    op.create_index("ix_holds_sha256", "holds", ["sha256"])


def _create_releases() -> None:
    op.create_table(
        "releases",
        _text("id"),
        _text("reference"),
        sa.Column("native", sa.Boolean, nullable=False),
        _text("recipient"),
        _text("recipient_code"),
        sa.Column("copy_number", sa.Integer, nullable=False),
        *(_text(name) for name in ("path", "envelope_sha256", "state", "at", "by", "purged_at")),
        sa.PrimaryKeyConstraint("id", name="pk_releases"),
        sa.ForeignKeyConstraint(["reference"], ["requests.reference"], name="fk_releases_reference"),
    )
    standing = sa.text("state != 'abandoned'")
    op.create_index(
        "uq_releases_reference_copy_number",
        "releases",
        ["reference", "copy_number"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
