"""Who may import whom. Folders are layers, arrows go down, and nothing turns in a circle, for types as well."""

from __future__ import annotations

import ast
import shutil
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[1]

LAYERS = (
    "advice errors files legible pipe progress user records",
    "document video",
    "request detect watermark",
    "track paint package",
    "decide verify governance",
    "report",
    "jobs",
    "case demo",
    "review",
)
"""What stands in redact/, lowest first. Each may import what stands in lower lines; those of one line know nothing of
each other."""

INSIDE = (
    "legible < advice errors files",
    "advice < errors",
    "advice < files",
    "errors < files",
    "errors < user",
    "errors < records",
    "files < user",
    "files < records",
    "paint < package",
    "progress < pipe",
    "ledger < rules",
    "ledger < register",
    "ledger rules keys < people",
    "rules people < home",
    "ledger register people < following",
    "ledger rules register keys people home following < office",
    "rules register office < kept",
    "ledger rules people office < enrolment",
    "ledger rules register people home office < founding",
)
"""Arrows inside a line, or inside governance: what stands on the left may be imported by what stands on the right."""

MODELS_MAY_IMPORT = frozenset(
    {
        "redact.demo.car",
        "redact.advice",
        "redact.errors",
        "redact.files",
        "redact.legible",
        "redact.progress",
        "redact.records.boxes",
        "redact.records.kinds",
        "redact.records.tracks",
    }
)
"""What the networks know of the engine; of the demo, the drawing of a number plate."""

MOST = 8
"""Modules directly in redact/: more is a corridor."""

PLACE = {name: place for place, names in enumerate(LAYERS) for name in names.split()}
ALLOWED = {
    (above, below)
    for line in INSIDE
    for below in line.split(" < ")[0].split()
    for above in line.split(" < ")[1].split()
}


def modules(root: Path) -> dict[str, Path]:
    """Every module of the three packages under ROOT, by its full name."""
    found = {}
    for package in ("redact", "models", "cli"):
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, known: Mapping[str, Path]) -> set[str]:
    """What the module at PATH imports, in functions and for types alone too; of KNOWN modules the module itself."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively"
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {part for part in parts if part in known} or {f"{node.module}"}
    return found


def within(name: str, *packages: str) -> bool:
    """Tell whether module NAME is one of PACKAGES or in it."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def faults(root: Path) -> list[str]:
    """Say what is wrong with who imports whom under ROOT."""
    known = modules(root)
    arrows = {name: imported(path, known) for name, path in known.items()}
    return [*_circles(known, arrows), *(fault for name in arrows for fault in _faults(name, arrows[name], known))]


def _circles(known: Mapping[str, Path], arrows: Mapping[str, set[str]]) -> Iterator[str]:
    """Say where modules need each other; importing from a package is no circle with what is in it."""
    packages = {name for name, path in known.items() if path.name == "__init__.py"}
    graph = {name: {other for other in arrows[name] if other in known} - packages - {name} for name in known}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        yield f"a circle: {' -> '.join(reversed(circle.args[1]))}"


def _faults(name: str, others: set[str], known: Mapping[str, Path]) -> Iterator[str]:
    """Say which of OTHERS, of KNOWN modules and of other packages, module NAME must not import."""
    head = name.partition(".")[0]
    strange = [other for other in others if not _may_know(name, head, other)]
    yield from (f"{name} must know nothing of {other}" for other in sorted(strange))
    if head == "redact" and name != "redact":
        if name.split(".")[1] not in PLACE:
            yield f"{name} is in no layer: give its folder a place in LAYERS"
            return
        for other in sorted(other for other in others if within(other, "redact") and other in known):
            yield from _upward(name.split("."), other.split("."))


def _may_know(name: str, head: str, other: str) -> bool:
    """Tell whether module NAME, of the package HEAD, may import OTHER, whatever its layer."""
    if within(other, "av") and not within(name, "redact.video"):
        return False
    if head == "redact":
        return not within(other, "models", "cli", "click", "rich")
    if head == "models":
        return not within(other, "cli", "click", "rich") and (not within(other, "redact") or other in MODELS_MAY_IMPORT)
    return True


def _upward(own: list[str], other: list[str]) -> Iterator[str]:
    """Say whether the arrow from module OWN to OTHER goes up, or across where none was written down."""
    if len(other) == 1:  # the package itself holds nothing but its version
        return
    inside = own[1] == other[1]
    at = 2 if inside and own[1] == "governance" and min(len(own), len(other)) > 2 else 1
    if own[at] == other[at] or (inside and at == 1):
        return
    if at == 1 and PLACE.get(other[1], len(LAYERS)) < PLACE[own[1]]:
        return
    if (own[at], other[at]) not in ALLOWED:
        yield f"{'.'.join(own)} must not import {'.'.join(other)}: it is above it or beside it"


def test_arrows_go_down_and_nothing_turns_in_a_circle() -> None:
    """Everything in redact is in a layer and imports from below alone; only video knows PyAV, nothing the commands."""
    assert faults(ROOT) == []


def test_every_folder_with_modules_is_a_package() -> None:
    """A folder without `__init__.py`, or ignored as something else, would be left out where it is installed."""
    folders = {path.parent for package in ("redact", "models", "cli") for path in (ROOT / package).rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_redact_is_no_corridor() -> None:
    """Few modules stand directly in redact/; everything else is in the folder of its part of the pipeline."""
    assert len([path for path in (ROOT / "redact").glob("*.py") if path.name != "__init__.py"]) <= MOST


@pytest.mark.parametrize(
    ("path", "line", "said"),
    [
        ("redact/records/boxes.py", "from redact.video.probe import probe", "redact.records.boxes must not import"),
        ("redact/document/html.py", "import redact.video.clock", "redact.document.html must not import"),
        ("redact/detect/scan.py", "from redact.governance.office import Office", "redact.detect.scan must not import"),
        ("redact/verify/verify.py", "    from redact.governance import keys", "redact.verify.verify must not import"),
        ("redact/progress.py", "from redact.pipe import prefetch", "redact.progress must not import redact.pipe"),
        (
            "redact/governance/ledger/chain.py",
            "from redact.governance.rules.clock import *",
            "redact.governance.ledger.chain must not import",
        ),
        ("redact/video/formats.py", "from redact.video.decode import decode", "a circle: "),
        ("redact/verify/pair.py", "    from redact.verify.chroma import Chroma", "a circle: "),
        ("redact/jobs/work.py", "    from models.loading import load", "redact.jobs.work must know nothing of models"),
        ("redact/case/asked.py", "import click", "redact.case.asked must know nothing of click"),
        ("redact/paint/render.py", "import av.video", "redact.paint.render must know nothing of av.video"),
        ("models/heads.py", "from redact.video.probe import probe", "models.heads must know nothing of redact.video"),
        ("redact/cleaner.py", "import os", "redact.cleaner is in no layer"),
    ],
)
def test_a_wrong_arrow_is_found(path: str, line: str, said: str, tmp_path: Path) -> None:
    """Upwards, across, in a circle at run time or for types alone, out of the engine, or from no layer at all."""
    for package in ("redact", "models", "cli"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    changed = tmp_path / path
    text = changed.read_text() if changed.exists() else ""
    guard = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n" if line.startswith(" ") else ""
    changed.write_text(f"{text}\n{guard}{line}\n")
    assert any(fault.startswith(said) for fault in faults(tmp_path)), faults(tmp_path)
