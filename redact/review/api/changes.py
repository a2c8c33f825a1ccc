"""What is sent with every change of a clip: what its sender looked at, and a name for it in case it is sent again."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from redact.case.since import Since

__all__ = ["PREFIX", "Change", "Named", "Reason"]

PREFIX = "/api/requests/{ref}/clips/{clip}"
"""Of all that is about a clip of a request."""

Named = Annotated[str, Path(max_length=40)]
"""Id of a subject, a question or a correction, in a path."""

Reason = Annotated[str, Field(max_length=1_000, description="Why, in plain words. It never leaves the house")]


class Change(BaseModel):
    """A change of what is decided on a clip."""

    model_config = ConfigDict(extra="forbid")

    seen: int | None = Field(
        default=None, ge=0, description="The revision that was looked at; what changed since is not overwritten"
    )
    key: str = Field(
        default="",
        pattern=r"^([0-9a-f]{32})?$",
        description="32 hex digits for each change: sent twice, made once",
    )

    @property
    def since(self) -> Since:
        """Give when whoever sends it looked."""
        return Since(self.seen, self.key)
