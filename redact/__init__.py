"""Hides third parties in video before it is disclosed, and proves what it did."""

import os

__version__ = "0.1.0"

# matrices are small here: several threads wait for each other, and the last bits would depend on the number of cores
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
