"""Dask, an extra that not everybody has, without its logs, its dashboards and its reports."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from redact.errors import UsageProblem

__all__ = ["dask"]

SETTINGS = {
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.comm.timeouts.connect": "15s",
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    "distributed.worker.use-file-locking": False,
}
"""No page is served besides, though Dask opens a port for them, and nothing is measured that nobody looks at."""


@cache
def dask() -> Any:
    """Give Dask's part for several computers. Raises UsageProblem where it is not installed."""
    try:
        import dask.config  # noqa: PLC0415  an extra, and half a second
        import distributed  # noqa: PLC0415  as above
    except ImportError as problem:
        message = "A batch on several computers needs Dask, which is not installed here."
        raise UsageProblem(message, "Install it: pip install 'redact-video[cluster]'") from problem
    dask.config.set(SETTINGS)
    for name in ("distributed", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return distributed
