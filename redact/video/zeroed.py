"""Large memory that is zero before anybody writes to it, for as long as x264 works.

Its macroblock tree reads past the end of a row of macroblocks where that has no multiple of 8 of them, into memory that
nobody wrote, and codes more or less finely by what is there: the same pictures came to other bytes.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["M_PERTURB", "zeroed"]

M_PERTURB: Final = -6
"""GNU's number for what allocated memory is filled with; MALLOC_PERTURB_ says it from outside, and then stands."""

ZERO, ANYTHING = 255, 0
"""For zeros the manual asks for the complement; 0 leaves memory as it was."""

_users = 0
_lock = Lock()


@contextmanager
def zeroed() -> Iterator[None]:
    """Have memory that is allocated meanwhile filled with zeros, in every thread; other systems than GNU's do not.

    Blocks of about a kilobyte and less come from a thread's own store, as they were left; what x264 reads is larger.
    """
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(more: int) -> None:
    """Let there be so many MORE who want zeros."""
    global _users  # noqa: PLW0603  the setting is the process's, too
    with _lock:
        _users += more
        if "MALLOC_PERTURB_" not in os.environ:
            with suppress(AttributeError, OSError, TypeError):
                ctypes.CDLL(None).mallopt(M_PERTURB, ZERO if _users else ANYTHING)
