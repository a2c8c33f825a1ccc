"""Records and releases that somebody changed: one small edit at a time, each of which is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.edits import EACH, REGISTER, audit_of, edits, make_case, refused

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.edits import Case

SORTS = {"ledger", "checkpoints", "envelope", "other files", "ZIP", "ZIP structure", "copy"}
TABLES = {f"register: {name}" for name in ("requests", "events", "clips", "attachments", "holds", "releases", "facts")}
HOME = {"register: schema", "organisation.toml", "founding.json"}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A request from its beginning to its release, and others beside it."""
    return make_case(tmp_path_factory.mktemp("case"))


def missed(case: Case, seed: int, share: int) -> tuple[list[str], set[str]]:
    """Make one in SHARE of the edits: those that nobody noticed, and what was changed at all."""
    outcomes = list(edits(case, seed, each=EACH // share, register=REGISTER // share * 2))
    return [f"{one.sort}, {one.kind}: {one.what}" for one in outcomes if not one.found], {one.sort for one in outcomes}


def test_every_edit_is_found(case: Case) -> None:
    """Of ledger, checkpoints, envelope, files, archive, copy and every table of the register."""
    unnoticed, sorts = missed(case, 2, 10)
    assert unnoticed == []
    assert sorts >= SORTS | TABLES | HOME


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4])
def test_every_one_of_a_thousand_edits_is_found(case: Case, seed: int) -> None:
    """As above, ten times as many, and others each time."""
    unnoticed, _ = missed(case, seed, 1)
    assert unnoticed == []


def test_nothing_else_is_taken_for_an_edit(case: Case, tmp_path: Path) -> None:
    """Neither reading the records, nor copying a release elsewhere, makes anything of it look changed."""
    moved = tmp_path / "moved.zip"
    moved.write_bytes(case.archive.read_bytes())
    assert not refused(moved, case.key)
    assert audit_of(case) == audit_of(case) == []
