"""Clips that are repeated go on evenly, and what is compared has the same share of the machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import growth, lengths
from benchmarks.lengths import lasting, monotonic, times_of
from benchmarks.product import ROOT, Spent, _share
from redact.video.program import program

AUTOGROUP = Path("/proc/self/autogroup")

SPEND = """
import sys, time
from pathlib import Path
from benchmarks.product import spend
Path("/proc/self/autogroup").write_text("7")
late = "import sys, time; from pathlib import Path; time.sleep(0.5); told = Path('/proc/self/autogroup').read_text()"
spend([sys.executable, "-c", late + "; Path(sys.argv[1]).write_text(told)", sys.argv[1]])
"""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Three seconds of a test picture, some pictures of which are stored before those shown earlier."""
    path = tmp_path / "clip.mp4"
    command = [program(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=3", "-c:v", "libx264"]
    subprocess.run([*command, "-bf", "2", "-g", "10", str(path)], check=True)
    return path


def spent(seconds: float) -> Spent:
    """What a run of so many SECONDS cost."""
    return Spent(0, seconds, seconds, 10**9, 10**9, "")


@pytest.mark.parametrize("seconds", [2.0, 3.0, 8.0, 60.0])
def test_a_clip_lasts_as_long_as_asked(clip: Path, tmp_path: Path, seconds: float) -> None:
    """Shorter than itself, just itself, and over and over: no picture twice at one time, and no hole."""
    times = lasting(clip, tmp_path / "long.mp4", seconds)
    assert len(times) == pytest.approx(10 * seconds, abs=2)
    assert np.diff(times) == pytest.approx(0.1, abs=0.21)
    assert (np.diff(times) > 0).all()
    assert times_of(tmp_path / "long.mp4").tolist() == times.tolist()


def test_times_that_stand_still_or_jump_are_told() -> None:
    """Two pictures at once, a hole, and a single picture are no clip that goes on."""
    assert monotonic(np.array([0.0, 0.1, 0.3]))
    assert not monotonic(np.array([0.0, 0.1, 0.1]))
    assert not monotonic(np.array([0.0, 0.1, 2.0]))
    assert not monotonic(np.array([0.0]))


@pytest.mark.parametrize(("by", "code"), [(1.0, 0), (1.2, 1)])
def test_a_job_that_grows_too_fast_ends_with_1(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: float, code: int
) -> None:
    """What doubles with the length passes, what more than doubles does not; the figures are written either way."""
    monkeypatch.setattr(lengths, "floor_s", lambda *_: (1.0, 2.0))
    monkeypatch.setattr(lengths, "redact", lambda path, *_: spent(times_of(path)[-1] ** by))
    into = tmp_path / "out.json"
    words = [str(clip), "--minutes", "0.1", "--doublings", "2", "--json", str(into)]
    done = CliRunner().invoke(lengths.main, words)
    assert done.exit_code == code, done.output
    facts = json.loads(into.read_text())
    assert facts["power"] == pytest.approx(by, abs=0.03)
    assert [row["minutes"] for row in facts["rows"]] == pytest.approx([0.1, 0.2, 0.4], abs=0.01)
    assert facts["clip"] == clip.name


def test_growth_writes_what_it_measured(tmp_path: Path) -> None:
    """Every stage has its seconds of every length, and its power."""
    into = tmp_path / "out.json"
    words = ["--minutes", "0.1", "--doublings", "1", "--repeats", "1", "--json", str(into)]
    CliRunner().invoke(growth.main, words)
    facts = json.loads(into.read_text())
    assert facts["minutes"] == [0.1, 0.2]
    assert {name: len(row) for name, row in facts["processor_s"].items()} == dict.fromkeys(growth.STAGES, 2)
    assert set(facts["powers"]) == {*growth.STAGES, "all together"}


def test_who_stays_visible_is_told_to_every_run(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to hide and whom to keep reach the program, whatever the length, and stand in the figures."""
    told = []

    def noted(path: Path, _out: Path, hide: str, keep: tuple[str, ...]) -> Spent:
        told.append((hide, keep))
        return spent(times_of(path)[-1])

    monkeypatch.setattr(lengths, "floor_s", lambda *_: (1.0, 2.0))
    monkeypatch.setattr(lengths, "redact", noted)
    into = tmp_path / "out.json"
    points = ("00:01@80,60", "00:02@40,30")
    words = [str(clip), "--minutes", "0.1", "--doublings", "1", "--json", str(into), "--hide", "faces"]
    CliRunner().invoke(lengths.main, [*words, *(word for point in points for word in ("--keep", point))])
    assert told == [("faces", points)] * 2
    assert json.loads(into.read_text())["keep"] == list(points)


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this kernel shares the cores by process alone")
def test_a_run_has_no_larger_share_of_the_cores_than_its_benchmark(tmp_path: Path) -> None:
    """A benchmark that was told to take less does not compare a run with all of it."""
    told = tmp_path / "told"
    subprocess.run([sys.executable, "-c", SPEND, str(told)], check=True, cwd=ROOT, start_new_session=True)
    assert told.read_text().split()[-1] == "7"


@pytest.mark.parametrize(("told", "share"), [("/autogroup-12 nice 7\n", 7), ("/autogroup-3 nice -5\n", -5), ("", None)])
def test_a_benchmark_in_no_autogroup_is_timed_as_it_is(tmp_path: Path, told: str, share: int | None) -> None:
    """The kernel's file names the share, and is empty where the kernel gave the session none."""
    (tmp_path / "autogroup").write_text(told)
    assert _share(tmp_path) == share


def test_a_kernel_without_autogroups_has_no_share_to_pass_on(tmp_path: Path) -> None:
    """There is no such file then."""
    assert _share(tmp_path) is None
