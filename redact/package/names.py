"""What the files of a release are called, and those of a copy that was withheld or is superseded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "COPY",
    "MANIFEST",
    "OPERATORS",
    "PLAN",
    "REPORT",
    "RISKS",
    "SHOWN",
    "SUPERSEDED",
    "SUPERSEDED_MARK",
    "SUPERSEDED_NAME",
    "WITHHELD",
    "not_released",
]

COPY, MANIFEST, REPORT = "redacted.mp4", "manifest.json", "report.html"
"""What a release consists of."""

OPERATORS, RISKS = "operator.html", "risks.json"
"""What stands beside it for whoever made it alone, and is no part of it."""

PLAN = "plan.json"
"""The plan itself, which a case keeps: it is what is approved."""

SHOWN = "shown.json"
"""What a page shows of it, which a case keeps for whoever made it alone, whether it passed or not."""

WITHHELD = {COPY: "withheld.mp4"} | {ending: f"withheld.{ending}" for ending in (REPORT, OPERATORS, RISKS)}
"""What a copy that was withheld has in their place, so that a release made earlier keeps its own."""

SUPERSEDED = {COPY: "mp4", MANIFEST: "json", REPORT: "html", OPERATORS: OPERATORS, RISKS: RISKS}
"""What they end in once the release is marked as superseded."""

SUPERSEDED_MARK = "superseded"

SUPERSEDED_NAME = re.compile(r"\.superseded(-\d+)?\.(mp4|json|html)$")


def not_released(path: Path) -> str:
    """Say what the file or folder at PATH holds instead of a release; nothing where that is not known."""
    names = [entry.name for entry in path.iterdir()] if path.is_dir() else [path.name]
    if any(SUPERSEDED_NAME.search(name) for name in names):
        return "A release that was there is marked as superseded, and stands no longer."
    if any(f".{WITHHELD[COPY]}" in name for name in names):
        return "The copy there was withheld: it may show third parties, and is no release."
    return ""
