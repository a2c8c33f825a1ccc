"""The manifest: what it records, how it is spelt, and what reading one refuses."""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manifests import clip, manifest_of, plan

from redact.errors import InputUnusable
from redact.files import sha256_bytes
from redact.package.manifest import frame_times, load_manifest, times_digest
from redact.records.clip import Damage
from redact.records.plan import Check


def test_it_counts_what_was_hidden_and_why(tmp_path: Path) -> None:
    """Boxes are counted by kind and by origin, and a frame hidden whole is no person."""
    made = manifest_of(tmp_path).plan
    assert made.by_kind == {"face": 2, "whole frame": 1}
    assert made.by_origin == {"seen": 2, "extended": 1}
    assert (made.boxes, made.tracks) == (3, 2)


def test_it_names_every_file_by_digest(tmp_path: Path) -> None:
    """Master, copy and networks stand with their SHA-256."""
    made = manifest_of(tmp_path)
    assert made.output.sha256 == sha256_bytes(b"the copy")
    assert (made.source.sha256, made.models[0].sha256) == ("a" * 64, "d" * 64)


def test_damage_is_counted(tmp_path: Path) -> None:
    """What could not be decoded stands in the manifest."""
    damage = Damage(np.array([2], np.int32), lost=3, retimed=1, notes=("1 frame.",))
    found = manifest_of(tmp_path, clip=clip(damage=damage)).source.damage
    assert (found.hidden, found.lost, found.retimed, found.notes) == (1, 3, 1, ("1 frame.",))


def test_it_reads_back_as_it_was_written(tmp_path: Path) -> None:
    """Plain JSON in one spelling, in which nothing is lost."""
    made = manifest_of(tmp_path, warnings=["Café."])
    path = tmp_path / "m.json"
    path.write_bytes(made.to_bytes())
    assert load_manifest(path) == made
    assert load_manifest(path).to_bytes() == path.read_bytes()
    assert json.loads(path.read_bytes())["version"] == "redact-manifest/1"


def test_no_reviewer_is_said_so(tmp_path: Path) -> None:
    """Where nobody decided, the manifest says that the rule did."""
    assert "hidden by default" in manifest_of(tmp_path).decided_by
    assert manifest_of(tmp_path, decided_by="j.bloggs").decided_by == "j.bloggs"


def test_a_copy_without_checks_has_not_passed(tmp_path: Path) -> None:
    """No checks prove nothing; one failure fails the copy."""
    failed = [Check("a", passed=True, found="."), Check("b", passed=False, found=".")]
    assert manifest_of(tmp_path).passed
    assert not manifest_of(tmp_path, checks=[]).passed
    assert not manifest_of(tmp_path, checks=failed).passed


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"version": "redact-manifest/2"}, "version"),
        ({"extra": 1}, "extra"),
        ({"made_at": 5}, "made_at"),
        ({"output": {"name": "../escape.mp4", "sha256": "a" * 64, "size_bytes": 1}}, "output.name"),
        ({"output": {"name": "a.mp4", "sha256": "A" * 64, "size_bytes": 1}}, "output.sha256"),
        ({"output": {"name": "a.mp4", "sha256": "a" * 64, "size_bytes": "1"}}, "output.size_bytes"),
    ],
)
def test_a_wrong_manifest_is_refused(tmp_path: Path, change: dict[str, Any], word: str) -> None:
    """Nothing unknown, converted or outside the folder gets in."""
    path = tmp_path / "m.json"
    path.write_text(json.dumps(json.loads(manifest_of(tmp_path).to_bytes()) | change), encoding="utf-8")
    with pytest.raises(InputUnusable, match=word):
        load_manifest(path)


@pytest.mark.parametrize("name", ["n" * 256, "\N{LATIN SMALL LETTER E WITH ACUTE}" * 128])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    """As a sentence; one byte fewer is read."""
    path = tmp_path / "m.json"
    written = json.loads(manifest_of(tmp_path).to_bytes())
    path.write_text(json.dumps(written | {"output": written["output"] | {"name": name[:-1]}}))
    assert load_manifest(path).output.name == name[:-1]
    path.write_text(json.dumps(written | {"output": written["output"] | {"name": name}}))
    with pytest.raises(InputUnusable, match=r"\(output\.name: a name of more than 255 bytes\)"):
        load_manifest(path)


def test_text_that_is_not_utf_8_is_recorded_with_a_mark(tmp_path: Path) -> None:
    """The master's name, what a check found and what is to be thought about."""
    odd, mark = os.fsdecode(b"caf\xe9"), "caf\N{REPLACEMENT CHARACTER}"
    damage = Damage(np.zeros(0, np.int32), 0, 0, (odd,))
    master, check = clip(path=Path(f"{odd}.mp4"), damage=damage), Check("master", passed=True, found=odd)
    whole = manifest_of(tmp_path, clip=master, checks=[check], warnings=[odd])
    assert (whole.source.name, whole.warnings, whole.checks[0].found) == (f"{mark}.mp4", (mark,), mark)
    assert whole.source.damage.notes == (mark,)
    path = tmp_path / "m.json"
    path.write_bytes(whole.to_bytes())
    assert load_manifest(path) == whole


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_what_is_no_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is no JSON is a sentence, not a traceback."""
    path = tmp_path / "m.json"
    path.write_bytes(content)
    with pytest.raises(InputUnusable, match=r"is not a redact-manifest/1 manifest"):
        load_manifest(path)


def test_the_times_are_those_of_the_frames_shown(tmp_path: Path) -> None:
    """A span of the master is recorded with its first frame, its offset and the copy's own times."""
    made = manifest_of(tmp_path, plan=plan((1, 3))).times
    assert (made.count, made.first_frame, made.offset_s) == (2, 1, "51/25")
    assert made.sha256 == times_digest([Fraction(0), Fraction(1, 25)])
    assert frame_times(clip(), (1, 3), Fraction(2)) == [Fraction(1, 25), Fraction(2, 25)]


@given(st.lists(st.fractions(0, 1000), min_size=1, max_size=20), st.data())
def test_a_frame_moved_by_a_millisecond_is_another_digest(times: list[Fraction], data: st.DataObject) -> None:
    """No frame can move, go or come unnoticed."""
    at = data.draw(st.integers(0, len(times) - 1))
    moved = [*times[:at], times[at] + Fraction(1, 1000), *times[at + 1 :]]
    digests = {times_digest(times), times_digest(moved), times_digest(times[:-1]), times_digest([*times, times[-1]])}
    assert len(digests) == 4
