"""A scan kept as a file: the same copy comes of it, and nothing else is taken for one."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from corridor import RedSquare, corridor

from redact.detect.scan import scan
from redact.detect.scan_file import load_scan, save_scan, scan_name
from redact.errors import InputUnusable, SourceChanged
from redact.files import canonical_json, sha256_bytes, sha256_file
from redact.jobs.release import Filing, make_release
from redact.package.manifest import load_manifest
from redact.request.model import Keep, Request
from redact.track.people import people

if TYPE_CHECKING:
    from pathlib import Path

    from redact.detect.found import Scan

LISTS = ("looked", "whole", "fine", "cuts")


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a corridor."""
    return corridor(tmp_path_factory.mktemp("master") / "corridor.mp4")


@pytest.fixture(scope="module")
def seen(master: Path) -> Scan:
    """What a close scan finds there."""
    return scan(master, [RedSquare()], closely=True)


def test_what_is_read_is_what_was_written(master: Path, seen: Scan, tmp_path: Path) -> None:
    """Every array to the bit, every fact of the clip, and which networks looked."""
    digest = save_scan(seen, [RedSquare()], tmp_path / "one.scan.npz")
    assert digest == sha256_file(tmp_path / "one.scan.npz")
    read, looked = load_scan(tmp_path / "one.scan.npz", master, seen.clip.sha256)
    assert looked == {"red-square": "c" * 64}
    assert all(np.array_equal(getattr(read, name), getattr(seen, name)) for name in LISTS)
    for record, names in (
        ("found", ("frame", "xyxy", "score", "kind", "colours")),
        ("moved", ("frame", "xyxy", "start")),
    ):
        for name in names:
            ours, theirs = getattr(getattr(read, record), name), getattr(getattr(seen, record), name)
            assert (ours.dtype, ours.tobytes()) == (theirs.dtype, theirs.tobytes())
    plain = [name for name in seen.clip.__slots__ if name not in ("pts", "breaks", "damage")]
    assert [getattr(read.clip, name) for name in plain] == [getattr(seen.clip, name) for name in plain]
    assert np.array_equal(read.clip.pts, seen.clip.pts)
    assert np.array_equal(read.clip.breaks, seen.clip.breaks)
    assert read.closely


def older(path: Path, **facts: object) -> None:
    """Make the scan at PATH one without colours whose FACTS are others."""
    with np.load(path) as held:
        arrays = {name: held[name] for name in held.files if name != "found.colours"}
    changed = json.loads(arrays["facts"].tobytes()) | facts
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays | {"facts": np.frombuffer(json.dumps(changed).encode(), np.uint8)})


def test_what_people_look_like_is_kept_where_it_was_noted(master: Path, seen: Scan, tmp_path: Path) -> None:
    """A scan that did not look closely has no colours, and none are made up."""
    assert seen.found.colours is not None
    assert seen.found.colours.any(axis=1).all()
    plain = replace(seen, found=replace(seen.found, colours=None), closely=False)
    save_scan(plain, [RedSquare()], tmp_path / "plain")
    assert load_scan(tmp_path / "plain", master, seen.clip.sha256)[0].found.colours is None


def test_a_scan_of_the_first_version_is_still_read(master: Path, seen: Scan, tmp_path: Path) -> None:
    """Nothing is known of what people look like there; all else is as it was."""
    save_scan(seen, [RedSquare()], tmp_path / "scan")
    older(tmp_path / "scan", version="redact-scan/1")
    read, looked = load_scan(tmp_path / "scan", master, seen.clip.sha256)
    assert looked == {"red-square": "c" * 64}
    assert read.found.colours is None
    for name in ("frame", "xyxy", "score", "kind"):
        assert getattr(read.found, name).tobytes() == getattr(seen.found, name).tobytes()
    assert len(people(read).subjects) == len(people(seen).subjects) == 2


def test_a_scan_of_a_later_version_is_3(master: Path, seen: Scan, tmp_path: Path) -> None:
    """Nobody knows what it says."""
    save_scan(seen, [RedSquare()], tmp_path / "scan")
    older(tmp_path / "scan", version="redact-scan/3")
    with pytest.raises(InputUnusable, match="is not a redact-scan/2 file"):
        load_scan(tmp_path / "scan", master, seen.clip.sha256)


def test_the_same_scan_gives_the_same_file(seen: Scan, tmp_path: Path) -> None:
    """Decisions refer to its digest."""
    assert save_scan(seen, [RedSquare()], tmp_path / "a") == save_scan(seen, [RedSquare()], tmp_path / "b")


def test_a_copy_made_of_a_kept_scan_is_the_same_copy(master: Path, seen: Scan, tmp_path: Path) -> None:
    """One scan serves many requests: with somebody kept, and under a name of its own, with its plan beside it."""
    request = Request(reference="SAR-2026-0142", keep=(Keep(at=Fraction(1), point=(270, 175)),))
    save_scan(seen, [RedSquare()], tmp_path / "scan")
    read, _ = load_scan(tmp_path / "scan", master, seen.clip.sha256)
    filing = Filing(read, "SAR-2026-0142_1_corridor", "A. Example")
    made = make_release(master, tmp_path / "case", request, [RedSquare()], filing=filing)
    plain = make_release(master, tmp_path / "plain", request, [RedSquare()])
    assert made.manifest
    assert plain.manifest
    ours, theirs = load_manifest(made.manifest), load_manifest(plain.manifest)
    assert ours.plan == theirs.plan
    assert ours.decided_by == "A. Example"
    assert made.copy.name == "SAR-2026-0142_1_corridor.redacted.mp4"
    kept = tmp_path / "case" / "SAR-2026-0142_1_corridor.plan.json"
    assert sha256_file(kept) == ours.plan.sha256
    assert kept.stat().st_mode & 0o777 == 0o600
    assert not list((tmp_path / "plain").glob("*.plan.json"))


def test_a_scan_of_another_master_is_4(master: Path, seen: Scan, tmp_path: Path) -> None:
    """Nobody's boxes are painted over somebody else's clip."""
    save_scan(seen, [RedSquare()], tmp_path / "scan")
    with pytest.raises(SourceChanged, match="was made of another file"):
        load_scan(tmp_path / "scan", master, "0" * 64)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not an archive", b"half"])
def test_what_is_no_scan_is_3(master: Path, seen: Scan, tmp_path: Path, damage: bytes) -> None:
    """An empty file, another file, half a file: a sentence, and what to do."""
    path = tmp_path / "scan"
    save_scan(seen, [RedSquare()], path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage == b"half" else damage)
    with pytest.raises(InputUnusable, match=r"is not a redact-scan/2 file, or it is damaged\.\nScan the clip again"):
        load_scan(path, master, seen.clip.sha256)


def test_a_missing_scan_is_3(master: Path, tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(InputUnusable, match="cannot be read"):
        load_scan(tmp_path / "none", master, "0" * 64)


def test_other_networks_or_another_rate_make_another_file() -> None:
    """And the same ones the same."""
    other = RedSquare()
    other.digest = "d" * 64
    names = {scan_name([RedSquare()], None), scan_name([other], None), scan_name([RedSquare()], Fraction(25))}
    assert len(names) == 3
    assert scan_name([RedSquare()], None) in names


def test_the_name_is_the_same_as_ever() -> None:
    """A scan that is there already, of the first version, is found again."""
    facts = {"version": "redact-scan/1", "networks": {"red-square": "c" * 64}, "fps": None}
    assert scan_name([RedSquare()], None) == f"{sha256_bytes(canonical_json(facts))[:16]}.scan.npz"


def test_another_video_stream_makes_another_file() -> None:
    """What was found in one picture is never taken for what is in another; unasked, the name is as before."""
    names = {scan_name([RedSquare()], None, stream) for stream in (None, 0, 1)}
    assert len(names) == 3
    assert scan_name([RedSquare()], None, None) == scan_name([RedSquare()], None)
