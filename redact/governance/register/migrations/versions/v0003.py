"""A complaint names the request that it is about.

The rows are dropped, and worked out from the ledger again by whoever opens the register next. What the register
remembers of the ledger's end stays, so that an end that was cut off is noticed then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0003"
down_revision = "0002"

EMPTIED = ("attachments", "holds", "releases", "clips", "events", "requests")
MADE_ANEW = ("attachments", "releases", "requests")
NAMES = ("reference", "kind", "state", "received", "requester", "recipient", "nation", "intake")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    """Drop every row but what is remembered of the ledger, and make the requests anew, with what hangs on them."""
    for name in EMPTIED:
        op.execute(f"DELETE FROM {name}")  # noqa: S608  constants
    for name in MADE_ANEW:
        op.drop_table(name)
    _create_requests()
    _create_attachments()
    _create_releases()


def _create_requests() -> None:
    op.create_table(
        "requests",
        *(_text(name) for name in (*NAMES, "opened_at", "ended_on", "outcome", "words", "about")),
        sa.PrimaryKeyConstraint("reference", name="pk_requests"),
    )
    op.create_index("ix_requests_state_received", "requests", ["state", "received"])
    op.create_index("ix_requests_received", "requests", ["received"])
    op.create_index("ix_requests_about", "requests", ["about"])


def _create_attachments() -> None:
    op.create_table(
        "attachments",
        _text("reference"),
        _text("sha256"),
        sa.PrimaryKeyConstraint("reference", "sha256", name="pk_attachments"),
        sa.ForeignKeyConstraint(["reference"], ["requests.reference"], name="fk_attachments_reference"),
        sa.ForeignKeyConstraint(["sha256"], ["clips.sha256"], name="fk_attachments_sha256"),
    )
    op.create_index("ix_attachments_sha256", "attachments", ["sha256"])


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
