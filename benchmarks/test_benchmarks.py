"""The measures measure: what is known to be exposed, hidden or slower is found to be."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from benchmarks.faults import attempt, masters
from benchmarks.growth import STAGES, crowd, power, timed
from benchmarks.guard import TOLERANCE, slower
from benchmarks.leakage.footage import HOLD, Footage, Truth, body, held, stills, table
from benchmarks.leakage.measure import Tally, measure
from benchmarks.leakage.report import tables
from benchmarks.mutants import Asked, bases, mutant, run, tried
from redact.video.program import program

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (320, 240)
ROW = (40.0, 40.0, 80.0, 64.0, "face")


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Two pictures full of texture, one of them too large for the clip's canvas."""
    paths = [tmp_path / "small.png", tmp_path / "large.png"]
    for seed, path in enumerate(paths):
        noise = np.random.default_rng(seed).normal(128, 40, (60 * (seed + 1), 80 * (seed + 1)))
        cv2.imwrite(str(path), cv2.resize(np.clip(noise, 0, 255).astype(np.uint8), None, fx=4, fy=4))
    return paths


def filtered(master: Path, boxes: str) -> Path:
    """Make a copy of MASTER with a strip below it and BOXES filled."""
    out = master.with_name("copy.mp4")
    chain = f"{boxes},pad=iw:ih+32"
    command = [program(), "-v", "error", "-y", "-i", str(master), "-vf", chain, "-crf", "18", str(out)]
    subprocess.run(command, check=True)
    return out


def test_a_filled_box_is_hidden_and_the_one_beside_it_exposed(pictures: list[Path], tmp_path: Path) -> None:
    """Of two boxes on each of two stills the one that was filled counts as hidden, and the scene as kept."""
    master = tmp_path / "master.mp4"
    scales = stills(master, pictures, SIZE)
    assert scales == [1, 0.5]
    rows = [[ROW, (200.0, 120.0, 60.0, 40.0, "face")], [(80.0, 80.0, 160.0, 128.0, "face")]]
    truth = held("face", zip(scales, rows, strict=True))
    assert len(truth.frame) == 3 * HOLD
    tally = Tally()
    copy = filtered(master, "drawbox=40:40:80:64:gray:fill")
    measure(Footage(master, (truth,), (("outside faces", truth),)), copy, tally)
    assert dict(tally.things) == {("face", 64): 2, ("face", 32): 1}
    assert dict(tally.exposed) == {("face", 64): 0, ("face", 32): 1}
    assert tally.kept["outside faces"] == tally.scene["outside faces"] > 0
    assert "| face | all | 3 | 1 | 33.3% | 0 |" in tables(tally)


def test_a_box_shown_on_one_frame_of_ten_is_exposed(pictures: list[Path], tmp_path: Path) -> None:
    """A still whose box is bare for a single frame is exposed."""
    master = tmp_path / "master.mp4"
    truth = held("face", zip(stills(master, pictures[:1], SIZE), [[ROW]], strict=True))
    for enable, exposed in (("1", 0), ("not(eq(n,4))", 1)):
        tally = Tally()
        measure(
            Footage(master, (truth,), ()), filtered(master, f"drawbox=40:40:80:64:gray:fill:enable='{enable}'"), tally
        )
        assert tally.exposed["face", 64] == exposed


def test_ignored_boxes_are_no_truth(tmp_path: Path) -> None:
    """A label that ends in :ignore counts neither way."""
    path = tmp_path / "boxes.csv"
    path.write_text("image,left,top,width,height,label,track_id\na.jpg,1,2,3,4,face,\na.jpg,5,6,7,8,face:ignore,\n")
    assert table(path) == {"a.jpg": [(1, 2, 3, 4, "face")]}


def test_a_body_holds_its_face() -> None:
    """The outline of a person reaches past the face on every side."""
    left, top, right, bottom = body((100, 100, 120, 130))
    assert (left < 100, right > 120) == (True, True)
    assert (top < 100, bottom > 130) == (True, True)


def test_rows_of_truth_are_found_by_frame() -> None:
    """Every row is on its own frame."""
    truth = Truth.of("plate", [(3, (0, 0, 8, 8)), (5, (8, 8, 16, 16)), (3, (1, 1, 9, 9))])
    assert truth.on(3).tolist() == [0, 2]
    assert truth.on(4).tolist() == []


def test_the_guard_names_what_is_slower_beyond_tolerance() -> None:
    """Just within tolerance passes, beyond it is named with its factor."""
    baseline = {"decode": 0.2, "job": 5.0}
    assert slower({"decode": 0.2 * TOLERANCE * 0.99, "job": 1.0}, baseline) == {}
    assert slower({"decode": 0.2, "job": 10.0}, baseline) == {"job": 2.0}


def test_the_same_seed_changes_the_same_files_alike(tmp_path: Path) -> None:
    """What was found once can be made again."""
    sources = bases(tmp_path)
    assert len(sources) >= 12
    again = tmp_path / "again"
    again.mkdir()
    for number in range(40):
        first = mutant(number, 5, sources, tmp_path)
        assert first.read_bytes() == mutant(number, 5, sources, again).read_bytes()
    assert mutant(0, 6, sources, again).read_bytes() != mutant(0, 5, sources, tmp_path).read_bytes()


def test_what_is_no_sentence_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is refused in a sentence is right; anything that is raised beside that is counted as a traceback."""
    path = tmp_path / "text.mp4"
    path.write_text("Dear Sir")
    assert tried(path, whole=False) == ("refused", "")
    monkeypatch.setattr("redact.video.probe.probe", lambda *_: 1 // 0)
    monkeypatch.setattr("redact.video.native.native_metadata", lambda _: None)
    what, detail = tried(path, whole=False)
    assert what == "traceback"
    assert "ZeroDivisionError" in detail


@pytest.mark.slow
def test_some_changed_files_do_no_harm(tmp_path: Path) -> None:
    """Twenty of them, in processes of their own."""
    tally = run(Asked(20, 11, 2, tmp_path / "kept", job_every=0))
    assert sum(tally.counts.values()) == 20
    assert not tally.faults


def test_a_planted_fault_is_found_and_an_honest_copy_passes(tmp_path: Path) -> None:
    """Each copy comes from its number alone."""
    pool = masters(tmp_path, 1)
    wrong = attempt("orientation: pictures", pool, tmp_path, 1, 0)
    assert "as shown" in wrong.found_by
    assert attempt("orientation: pictures", pool, tmp_path, 1, 0).words == wrong.words
    assert attempt("", pool, tmp_path, 1, 1).found_by == ()


def test_a_mask_that_is_left_out_is_planted_and_found(tmp_path: Path) -> None:
    """What is painted can be wrong, too: the box shows the master."""
    assert "masks" in attempt("masks: left out", masters(tmp_path, 1), tmp_path, 1, 0).found_by


def test_growth_is_the_power_of_the_length() -> None:
    """What doubles with the length grows with its first power, what becomes four times as much with its second."""
    lengths = [1.0, 2.0, 4.0]
    assert power(lengths, [0.3, 0.6, 1.2]) == pytest.approx(1)
    assert power(lengths, [0.1, 0.4, 1.6]) == pytest.approx(2)


def test_every_stage_of_the_bookkeeping_is_timed() -> None:
    """A made-up crowd of a few seconds goes through all of them, and somebody in it can be named."""
    made = crowd(0.2, 2.0)
    assert set(timed(made, 1)) == set(STAGES)
    assert made.of["decide"].decisions
    assert made.of["findings"]
