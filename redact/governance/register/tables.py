"""The register's tables, and their rows as the rest of the program sees them.

`events.seq` is the number of the event's line in the ledger.

`requests.words` is what a search looks through, folded here, since each database folds letters another way.

Text is never NULL: what is not known is empty. Times end in `_at` or are called `at` and are ISO 8601 in UTC; days end
in `_on` or are called `on`, `received` or `review` and are ISO dates. One column alone is local time: `clips.starts`,
what a clock on the wall beside the camera would have shown, without an offset.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "COMPARED",
    "HEAD_SEQ",
    "HEAD_SHA256",
    "KNOWN",
    "SCHEMA",
    "VERSION_TABLE",
    "ClipRow",
    "HoldRow",
    "ReleaseRow",
    "RequestRow",
    "attachments",
    "clips",
    "events",
    "facts",
    "holds",
    "metadata",
    "plain_json",
    "releases",
    "requests",
]

KNOWN = ("0001", "0002", "0003")
"""Versions of these tables that this program can bring up to date, oldest first; `migrations` holds a step for each."""
SCHEMA = KNOWN[-1]
VERSION_TABLE = "register_version"
HEAD_SEQ, HEAD_SHA256 = "head_seq", "head_sha256"
"""Keys of the facts: number and digest of the ledger's line that the register saw last."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)
Number = BigInteger().with_variant(Integer, "sqlite")  # only an INTEGER is what SQLite finds a row by


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=False, **options)


requests = Table(
    "requests",
    metadata,
    _text("reference", primary_key=True),
    _text("kind"),
    _text("state"),
    _text("received"),
    _text("requester"),
    _text("recipient"),
    _text("nation"),
    _text("intake"),
    _text("opened_at"),
    _text("ended_on"),
    _text("outcome"),
    _text("words"),
    _text("about"),
    Index("ix_requests_about", "about"),
    Index("ix_requests_state_received", "state", "received"),
    Index("ix_requests_received", "received"),
)
events = Table(
    "events",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    _text("id", unique=True),
    _text("at"),
    _text("by"),
    _text("kind"),
    _text("reference"),
    _text("clip"),
    _text("on"),
    _text("data"),
    Index("ix_events_reference", "reference", "seq"),
    Index("ix_events_clip", "clip", "seq"),
)
clips = Table(
    "clips",
    metadata,
    _text("sha256", primary_key=True),
    _text("name"),
    Column("size_bytes", BigInteger, nullable=False),
    _text("camera"),
    _text("starts"),
    _text("starts_from"),
    Column("clock_offset_s", Float(53)),
    Column("duration_s", Float(53)),
    _text("imported_at"),
    _text("metadata"),
    _text("purged_at"),
)
attachments = Table(
    "attachments",
    metadata,
    Column("reference", Text, ForeignKey(requests.c.reference), primary_key=True),
    Column("sha256", Text, ForeignKey(clips.c.sha256), primary_key=True),
    Index("ix_attachments_sha256", "sha256"),
)
holds = Table(
    "holds",
    metadata,
    _text("id", primary_key=True),
    Column("sha256", Text, ForeignKey(clips.c.sha256), nullable=False),
    _text("reason"),
    _text("review"),
    _text("by"),
    _text("placed_at"),
    _text("lifted_at"),
    Index("ix_holds_sha256", "sha256"),
)
releases = Table(
    "releases",
    metadata,
    _text("id", primary_key=True),
    Column("reference", Text, ForeignKey(requests.c.reference), nullable=False),
    Column("native", Boolean, nullable=False),
    _text("recipient"),
    _text("recipient_code"),
    Column("copy_number", Integer, nullable=False),
    _text("path"),
    _text("envelope_sha256"),
    _text("state"),
    _text("at"),
    _text("by"),
    _text("purged_at"),
)
STANDING = releases.c.state != "abandoned"
Index(
    "uq_releases_reference_copy_number",
    releases.c.reference,
    releases.c.copy_number,
    unique=True,
    sqlite_where=STANDING,
    postgresql_where=STANDING,
)
facts = Table("facts", metadata, _text("key", primary_key=True), _text("value"))

COMPARED = (events, requests, clips, attachments, holds, releases, facts)
"""What the ledger decides to the last letter: all there is."""


def plain_json(value: Mapping[str, Any]) -> str:
    """VALUE as JSON in one fixed spelling, on one line."""
    return json.dumps(dict(value), sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


class RequestRow(NamedTuple):
    """A request as it stands."""

    reference: str
    kind: str
    """A RequestKind."""
    state: str
    """open, closed or refused."""
    received: str
    """ISO date."""
    requester: str
    recipient: str
    nation: str
    """Empty where the organisation's own holds."""
    intake: str
    """JSON; `asked` reads it."""
    opened_at: str
    ended_on: str
    """ISO date on which it was closed or refused; empty while it is open."""
    outcome: str
    """How it was closed, or the Exemption under which it was refused."""
    about: str
    """Of a complaint: the request that it is about; else empty."""

    @property
    def asked(self) -> dict[str, Any]:
        """The intake as plain JSON."""
        return dict(json.loads(self.intake))


class ClipRow(NamedTuple):
    """A master on the register."""

    sha256: str
    name: str
    size_bytes: int
    camera: str
    starts: str
    """Local time where the camera is, ISO 8601 without an offset; empty where nobody knows."""
    starts_from: str
    """Who says so: operator, container or unknown."""
    clock_offset_s: float | None
    """Seconds that the recorder's clock was ahead; None where nobody compared it."""
    duration_s: float | None
    imported_at: str
    metadata: str
    """JSON: what the container said of itself. It never leaves the house; `container` reads it."""
    purged_at: str
    """Empty while the footage is kept."""

    @property
    def container(self) -> dict[str, Any]:
        """What the container said of itself, as plain JSON."""
        return dict(json.loads(self.metadata))


class HoldRow(NamedTuple):
    """Why footage must not be deleted."""

    id: str
    sha256: str
    reason: str
    review: str
    """ISO date on which somebody asks whether it is still needed."""
    by: str
    placed_at: str
    lifted_at: str
    """Empty while it holds."""


class ReleaseRow(NamedTuple):
    """A copy that left, or is about to."""

    id: str
    reference: str
    native: bool
    """Bit for bit, not redacted."""
    recipient: str
    recipient_code: str
    copy_number: int
    path: str
    envelope_sha256: str
    state: str
    """begun, released or abandoned."""
    at: str
    """When it came to that state."""
    by: str
    purged_at: str
