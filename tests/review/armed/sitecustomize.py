"""Holds a process at one of its functions, where a test wants to stop or kill it: read by Python as it starts.

The environment names the function, and a folder: `reached` appears in it when the function is come to, and as long as
`gate` is there, it is not gone on.
"""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

ARM, FOLDER = "REDACT_TEST_ARM", "REDACT_TEST_FOLDER"


def _arm(where: str, moment: str, folder: Path) -> None:
    module, _, names = where.partition(":")
    *owners, name = names.split(".")
    owner = import_module(module)
    for one in owners:
        owner = getattr(owner, one)
    real = getattr(owner, name)

    def wait() -> None:
        (folder / "reached").write_text(str(os.getpid()))
        while (folder / "gate").exists():
            time.sleep(0.01)

    def armed(*given: Any, **more: Any) -> Any:
        if moment == "before":
            wait()
        done = real(*given, **more)
        if moment == "after":
            wait()
        return done

    setattr(owner, name, armed)


if os.environ.get(ARM) and "redact.review.work.worker" in sys.orig_argv:
    _arm(*os.environ[ARM].split(" "), Path(os.environ[FOLDER]))  # type: ignore[call-arg, arg-type]
