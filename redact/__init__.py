"""Hides third parties in video before it is disclosed, and proves what it did."""

import ctypes
import os
from contextlib import suppress
from typing import Final

__version__ = "0.1.0"

# matrices are small here: several threads wait for each other, and the last bits would depend on the number of cores
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

M_ARENA_MAX: Final = -8
"""GNU's number for how many pools of memory there may be; what it takes of them MALLOC_ARENA_MAX says from outside."""

# every piece of a long copy starts threads anew, and pools of their own would keep what those leave behind: a job on
# 1080p came to 2 GB by its eleventh piece (docs/speed.md); other systems than GNU's have no such pools
if "MALLOC_ARENA_MAX" not in os.environ:
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
