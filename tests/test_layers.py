"""Who may import whom. A module stands in a layer and imports from its own layer or a lower one, never in a circle."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LAYERS: tuple[str, ...] = (
    "errors kinds shapes user orientation",
    "records",
    "boxes numbers files pipe progress cells exposure glyphs qr workers batch_jobs document",
    "audio governance.request governance.request_file governance.events document_html document_type",
    """governance.working_days governance.clock_facts governance.clock governance.grounds governance.intake
    governance.authority governance.organisation governance.retention governance.erase governance.completeness
    governance.ledger_files governance.ledger_check governance.ledger governance.letter document_pdf
    envelope governance.public_key governance.keys""",
    """governance.tables governance.migrations governance.projection governance.register_rules
    governance.register_database governance.register_replay governance.register""",
    "governance.office governance.kept",
    "video",
    """pose detect cuts agree across looks survey extend regions motion unexplained
    pace track subjects times identity successors keeping seeds alarms decide plan manifest
    remedies report compare evidence signs risk findings acceptance operator_report
    planes frost mosaic mask overlay strip_text strip_form strip_read watermark hearing""",
    "governance.case_report attest zip_form contents package",
    "within results",
    """paint checks strength read_back second_look chroma instants told_twice as_shown scan render verify sealed
    offline""",
    "release scan_file subject_sheet",
    "case",
    "batch demo demo_car",
)
"""Modules of redact, lowest first. A package stands for all in it; a new module has to be given its place here."""

MODELS_MAY_IMPORT = frozenset(
    {"redact.boxes", "redact.demo_car", "redact.errors", "redact.files", "redact.progress", "redact.records"}
)
"""What the networks know of the engine; of the demo, the drawing of a number plate."""

PLACE = {name: place for place, names in enumerate(LAYERS) for name in names.split()}


def modules() -> dict[str, Path]:
    """Every module of the three packages, by its full name."""
    found = {}
    for package in ("redact", "models", "cli"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
PACKAGES = {name for name, path in MODULES.items() if path.name == "__init__.py"}


def imported(name: str, *, types: bool) -> set[str]:
    """What module NAME imports, in functions too; with TYPES also what only a type checker reads."""
    tree = ast.parse(MODULES[name].read_text())
    skipped = set() if types else {id(inner) for block in guarded(tree) for inner in ast.walk(block)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports relatively"
            whole = f"{node.module}"
            parts = {f"{whole}.{alias.name}" for alias in node.names}
            found |= {part for part in parts if part in MODULES} or {whole}
    return found


def guarded(tree: ast.Module) -> list[ast.If]:
    """The blocks that only a type checker reads."""
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    return [block for block in blocks if isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"]


def place(name: str) -> int | None:
    """Where module NAME of redact stands; None where nobody said."""
    parts = name.removeprefix("redact.").split(".")
    heads = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((PLACE[head] for head in heads if head in PLACE), None)


def within(name: str, *packages: str) -> bool:
    """Tell whether module NAME is one of PACKAGES or in it."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


ENGINE = sorted(name for name in MODULES if within(name, "redact") and name not in PACKAGES)


@pytest.mark.parametrize("name", ENGINE)
def test_every_module_has_its_place_and_keeps_it(name: str) -> None:
    """A module of redact is in a layer, and imports only from there or from below, for types as well."""
    own = place(name)
    assert own is not None, f"{name} is in no layer: give it its place in LAYERS"
    for other in imported(name, types=True):
        if within(other, "redact") and other not in PACKAGES:
            there = place(other)
            assert there is not None, f"{other} is in no layer"
            assert there <= own, f"{name} imports {other}, which is above it"


def test_nothing_is_imported_in_a_circle() -> None:
    """When it runs, no module needs itself."""
    graph = {name: {other for other in imported(name, types=False) if other in MODULES} for name in MODULES}
    list(TopologicalSorter({name: others - {name} for name, others in graph.items()}).static_order())


@pytest.mark.parametrize("name", sorted(MODULES))
def test_only_redact_video_imports_av(name: str) -> None:
    """Video in and out has one place."""
    knows = any(within(other, "av") for other in imported(name, types=True))
    assert not knows or within(name, "redact.video")


@pytest.mark.parametrize("name", sorted(name for name in MODULES if within(name, "redact")))
def test_the_engine_knows_neither_models_nor_commands(name: str) -> None:
    """The networks are handed in, and nothing of redact asks for a terminal."""
    assert not [other for other in imported(name, types=True) if within(other, "models", "cli", "click", "rich")]


@pytest.mark.parametrize("name", sorted(name for name in MODULES if within(name, "models")))
def test_the_models_know_little_of_the_engine(name: str) -> None:
    """A network turns batches into findings; it knows nothing of video, requests or commands."""
    others = imported(name, types=True)
    assert not [other for other in others if within(other, "cli", "click", "rich")]
    assert {other for other in others if within(other, "redact")} <= MODELS_MAY_IMPORT


def test_the_rules_catch_what_they_are_for() -> None:
    """A module in no layer has no place; a package speaks for what is in it."""
    assert place("redact.nowhere") is None
    assert place("redact.video.decode") == place("redact.video.encode") == PLACE["video"]
    assert place("redact.governance.nowhere") is None
