"""Who runs this: the user of the operating system, since that is whom it has asked for a password."""

from __future__ import annotations

import os
import pwd

__all__ = ["user_name"]


def user_name() -> str:
    """Name of the user of the operating system who runs this, or the number where there is no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
