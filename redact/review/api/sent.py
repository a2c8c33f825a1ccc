"""What is sent to a call, in which nothing unknown may stand."""

from pydantic import BaseModel, ConfigDict

__all__ = ["Sent"]


class Sent(BaseModel):
    """What is sent, in which nothing unknown stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)
