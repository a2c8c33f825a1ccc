"""Starting is quick: what is heavy is loaded where it is needed."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    *("alembic", "av", "cryptography", "cv2", "fpdf", "holidays", "nncf", "onnx", "openvino", "pydantic", "sqlalchemy"),
    *("torch", "ultralytics"),
)

LIST = "import json, sys, {name}; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"


@pytest.mark.parametrize("name", ["redact", "redact.records.tracks", "redact.errors", "models", "cli.main"])
def test_nothing_heavy_is_loaded_by_importing(name: str) -> None:
    """Help and errors come at once, without video or networks."""
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"there is no {name} yet")
    command = [sys.executable, "-c", LIST.format(name=name)]
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert sorted(set(HEAVY) & set(json.loads(done.stdout))) == []
