"""What the organisation's file says of its cameras, and of who watches over how it uses them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from redact.governance.rules.fields import DAYS_HELP, Checked, Days, Line, User, seen

__all__ = ["CAMERAS_HELP", "Camera", "CameraName", "Regulator"]

CAMERAS_HELP = (
    "a table [cameras.NAME] for each camera, with site, owner, retention_days, clock and approvers, a list of accounts"
)
LINE_HELP = "up to 200 characters on one line"

CameraName = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{1,200}$"), AfterValidator(seen)
]


class Camera(Checked):
    """A camera, as far as requests for its footage go."""

    site: Line = Field(default="", description=LINE_HELP)
    """Where it is."""
    owner: Line = Field(default="", description=LINE_HELP)
    """Who answers for it."""
    retention_days: Days | None = Field(default=None, description=DAYS_HELP)
    """How long its recorder keeps what it recorded; None where that is as for all."""
    clock: Line = Field(default="", description=LINE_HELP)
    """How its clock is kept, or how far off it was found."""
    approvers: tuple[User, ...] = Field(default=(), description="a list of accounts")
    """Who may approve its footage; whoever may approve at all, where nobody is named."""


class Regulator(Checked):
    """Whom people can complain to; empty where it is the one that comes with the program."""

    name: Line = Field(default="", description=LINE_HELP)
    address: Line = Field(default="", description=LINE_HELP)
    foi_name: Line = Field(default="", description=LINE_HELP)
    """Of freedom of information, where that is somebody else."""
    foi_address: Line = Field(default="", description=LINE_HELP)
