"""Who runs this: the user of the operating system, since that is whom it has asked for a password."""

from __future__ import annotations

import os
import pwd

__all__ = ["called", "user_name"]


def user_name() -> str:
    """Name of the user of the operating system who runs this, or the number where there is no name."""
    return called(os.getuid())


def called(number: int) -> str:
    """Name the user NUMBER of the operating system; give the number where there is no name."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
