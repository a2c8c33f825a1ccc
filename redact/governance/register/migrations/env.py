"""Runs the steps on the connection, and in the transaction, of whoever asks: all of them or none."""

from __future__ import annotations

from alembic import context

from redact.governance.register.tables import VERSION_TABLE, metadata

__all__ = ["run"]


def run() -> None:
    """Bring the register on the given connection up to date."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, version_table=VERSION_TABLE)
    context.run_migrations()


run()
