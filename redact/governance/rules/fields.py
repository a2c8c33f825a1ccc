"""What the fields of the organisation's file are made of, and names as people compare them."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt, StringConstraints

from redact.legible import visible

__all__ = [
    "DAYS_HELP",
    "Checked",
    "Database",
    "Days",
    "Group",
    "Line",
    "Name",
    "User",
    "Word",
    "Words",
    "folded",
    "seen",
]

LONGEST_DAYS = 3650


def seen(text: str) -> str:
    """Give back TEXT. Raises ValueError where a character of it hides something or turns the direction of writing."""
    if visible(text) != text:
        message = "characters that cannot be seen"
        raise ValueError(message)
    return text


def folded(text: str) -> str:
    """TEXT as people compare it: case, spaces, forms of letters and what cannot be seen do not count."""
    shown = (one for one in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(one) != "Cf")
    return " ".join("".join(shown).split())


Days = Annotated[StrictInt, Field(ge=1, le=LONGEST_DAYS)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{1,80}$"), AfterValidator(seen)
]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{0,200}$"), AfterValidator(seen)
]
User = Annotated[
    str,
    StringConstraints(pattern=r"^[^\x00-\x20\x7f/:]([^\x00-\x1f\x7f/:]{0,78}[^\x00-\x20\x7f/:])?$"),
    AfterValidator(seen),
]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]{0,4000}$"), AfterValidator(seen)]
Database = Annotated[str, StringConstraints(pattern=r"^$|^(sqlite|postgresql)(\+[a-z0-9_]+)?://[^\x00-\x20\x7f]*$")]
Group = Annotated[str, StringConstraints(pattern=r"^$|^[^\x00-\x20\x7f/:,]{1,32}$")]
DAYS_HELP = f"a number of days from 1 to {LONGEST_DAYS}"


class Checked(BaseModel):
    """A record in which nothing unknown stands and nothing can be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
