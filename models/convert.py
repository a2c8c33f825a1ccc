"""Have a weight file turned into OpenVINO's form by `models.converter`, in a process of its own.

Torch never lives in the process of a job, a checkpoint is opened once, and a crash there is a sentence here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from models import quiet
from redact.advice import Part, Task
from redact.errors import ModelUnavailable

__all__ = ["RECIPE", "convert", "tools"]

RECIPE = 2
"""Raised whenever the same weights would come out differently; what an older one made is made again."""

TOOLS = ("nncf", "onnx", "openvino", "torch", "ultralytics")

REMEDY: tuple[Part, ...] = (
    "Try again: ",
    Task.PULL_MODELS,
    ". If it fails again, give the network as .onnx in a catalogue of your own.",
)


def tools() -> dict[str, str]:
    """Give the versions of what converts."""
    return {name: version(name) for name in TOOLS}


def convert(
    weights: Path, folder: Path, *, name: str, head: str, precision: str, architecture: str | None = None
) -> tuple[Path, Path]:
    """Convert WEIGHTS into FOLDER: the .xml and the .bin. Raises ModelUnavailable where that fails.

    ARCHITECTURE names the Ultralytics network that weights which take one size alone are put into.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix="convert-") as work:
        settings = {"weights": str(weights), "out": str(folder), "name": name, "head": head, "precision": precision}
        settings |= {"architecture": architecture} if architecture else {}
        done = subprocess.run(
            [sys.executable, "-m", "models.converter", json.dumps(settings)],
            cwd=work,  # exporters write beside themselves
            env=os.environ | quiet.ultralytics_environment(Path(work)) | {"PYTHONPATH": _search_path()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        message = f"The network {name} could not be converted ({reason.rstrip('.')})."
        raise ModelUnavailable(message, *REMEDY)
    return folder / f"{name}.xml", folder / f"{name}.bin"


def _search_path() -> str:
    """Where the new process finds this package, ahead of what it would search itself."""
    own = str(Path(__file__).resolve().parents[1])
    return os.pathsep.join(filter(None, [own, os.environ.get("PYTHONPATH")]))
