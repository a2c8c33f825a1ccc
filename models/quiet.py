"""Import what talks to its makers without letting it talk."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["openvino", "ultralytics", "ultralytics_environment"]


def openvino() -> Any:
    """Import OpenVINO; without its telemetry package, which would report every import, it has a stub of its own."""
    modules: dict[str, Any] = sys.modules
    modules.setdefault("openvino_telemetry", None)  # None makes its import fail
    import openvino as module  # noqa: PLC0415  it costs 0.2 s, so whoever needs no network does not pay

    return module


def ultralytics_environment(folder: Path) -> dict[str, str]:
    """Variables under which Ultralytics stays off the network, installs nothing and keeps its settings in FOLDER."""
    return {
        "YOLO_CONFIG_DIR": str(folder),
        "MPLCONFIGDIR": str(folder),
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "YOLO_VERBOSE": "false",
        "ULTRALYTICS_SAFE_LOAD": "true",  # a checkpoint may hold arrays and layers, no code of its own
    }


def ultralytics(folder: Path) -> Any:
    """Import Ultralytics, kept off the network, its settings in FOLDER."""
    os.environ.update(ultralytics_environment(folder))
    import ultralytics as module  # noqa: PLC0415  it loads torch, which takes seconds

    logging.getLogger("ultralytics").setLevel(logging.ERROR)
    return module
