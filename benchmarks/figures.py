"""What was measured, as files of which plots are drawn: each names its benchmark, its day and its machine."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FIGURES", "load", "machine", "write"]

FIGURES = Path(__file__).resolve().parents[1] / "docs" / "figures"
"""Where those are that the documentation shows."""


def write(path: Path, benchmark: str, facts: Mapping[str, Any]) -> None:
    """Write what BENCHMARK measured to PATH, after the day and the machine."""
    today = datetime.now(tz=UTC).date().isoformat()
    told = {"benchmark": benchmark, "measured": today, "machine": machine(), **facts}
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def load(path: Path) -> dict[str, Any]:
    """Read what a benchmark measured from PATH."""
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return facts


def machine() -> dict[str, str | int | None]:
    """Name the processor as the kernel does, its cores, and the version of Python."""
    return {"processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
