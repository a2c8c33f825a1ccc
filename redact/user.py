"""Who runs this: the user of the operating system, since that is whom it has asked for a password."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from redact.errors import NotPermitted, Refusal

__all__ = ["called", "require_true_user", "user_name"]

MAP = Path("/proc/self/uid_map")
"""Where Linux says which users of the computer the users of this process are."""

ALL = ["0", "0", "4294967295"]
"""What stands there where every user is who they are."""


def user_name() -> str:
    """Name of the user of the operating system who runs this, or the number where there is no name."""
    return called(os.getuid())


def called(number: int) -> str:
    """Name the user NUMBER of the operating system; give the number where there is no name."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def require_true_user() -> None:
    """Raise NotPermitted where accounts here are not the computer's: in a user namespace anybody can be anybody."""
    try:
        mapped = MAP.read_text(encoding="ascii").split()
    except FileNotFoundError:  # no Linux, and so no user namespaces
        return
    except OSError:
        mapped = []
    if mapped != ALL:
        message = (
            f"This account, {user_name()}, is not what the computer's users are: the program runs in a user namespace."
        )
        raise NotPermitted(
            message, "Give the command outside it, from your own account.", code=Refusal.FOREIGN_ACCOUNTS
        )
