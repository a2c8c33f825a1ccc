"""Whole jobs with the real networks, on a second of the demo's clip: what is left behind, finished or stopped."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from cli.main import redact
from models.store import check
from redact.demo.clip import find_photos, make_demo
from redact.package.verify_release import verify_release
from redact.video.program import program

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

FINAL = ("redacted.mp4", "manifest.json", "report.html")
BESIDE = ("operator.html", "risks.json")


def call(*words: object) -> Result:
    """Call `redact` with WORDS."""
    return CliRunner().invoke(redact, list(map(str, words)))


def stopped(words: tuple[object, ...], stage: str, number: signal.Signals, out: Path) -> tuple[int, str]:
    """Call `redact` with WORDS on a terminal, and send it NUMBER at STAGE: its exit code, and what it showed."""
    start = "import signal; signal.signal(2, signal.default_int_handler); from cli.main import main; main()"
    command = [sys.executable, "-c", start, *map(str, words)]
    ours, theirs = pty.openpty()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "120", "TERM": "xterm"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        shown = ""
        for shown in seen(ours):
            if stage in shown or (stage == "made" and any(out.glob("cam4.*"))):
                process.send_signal(number)
                break
        for more in seen(ours):
            shown = more
        code = process.wait(60)
    os.close(ours)
    return code, shown


def seen(terminal: int) -> Iterator[str]:
    """What was shown on TERMINAL so far, a hundred times a second, until nobody writes to it any more."""
    shown = b""
    while True:
        if select.select([terminal], [], [], 0.01)[0]:
            try:
                shown += os.read(terminal, 4096)
            except OSError:  # the other end is closed
                return
        yield shown.decode(errors="replace")


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of the street, with three people."""
    if any(check().values()):
        pytest.skip("the networks are not here: redact models pull")
    folder = tmp_path_factory.mktemp("master")
    make_demo(folder / "demo.mp4", find_photos())
    cut = [program(), "-v", "error", "-i", str(folder / "demo.mp4"), "-t", "1", "-c", "copy", str(folder / "cam4.mp4")]
    subprocess.run(cut, check=True)
    return folder / "cam4.mp4"


@pytest.mark.slow
def test_a_clip_becomes_a_release_that_its_recipient_can_check(master: Path, tmp_path: Path) -> None:
    """From `redact run` to `redact verify`; a changed copy does not hold."""
    out = tmp_path / "out"
    result = call("run", master, "-o", out, "--reference", "SAR-2026-0142")
    assert result.exit_code == 0, result.stderr
    assert sorted(path.name for path in out.iterdir()) == sorted(f"cam4.{ending}" for ending in (*FINAL, *BESIDE))
    assert result.stdout.startswith("cam4.mp4 is redacted: ")
    for ending in (*FINAL, BESIDE[0]):
        assert str(out / f"cam4.{ending}") in result.stdout
    assert result.stdout.endswith("\nWatch the copy once from beginning to end before it leaves.\n")
    assert call("verify", out).exit_code == 0
    copy = out / "cam4.redacted.mp4"
    copy.write_bytes(copy.read_bytes()[:-1] + b"x")
    changed = call("verify", out, "--json")
    assert changed.exit_code == 5
    assert json.loads(changed.stdout)["holds"] is False


@pytest.mark.slow
def test_a_batch_is_finished_by_the_same_command(master: Path, tmp_path: Path) -> None:
    """What is released already is not made again; what failed is tried again."""
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "cam4.mp4").write_bytes(master.read_bytes())
    (folder / "cam5.mp4").write_bytes(b"")
    (folder / "notes.txt").write_text("words")
    first = call("batch", folder, "-o", out)
    assert first.exit_code == 3
    assert "1 released, 1 not released, 1 skipped" in first.stdout
    made = (out / "cam4.redacted.mp4").stat().st_mtime_ns
    (folder / "cam5.mp4").unlink()
    second = call("batch", folder, "-o", out, "--json")
    assert second.exit_code == 0
    states = {one["master"]: one["state"] for one in json.loads(second.stdout)["files"]}
    assert states == {"cam4.mp4": "already released", "notes.txt": "skipped"}
    assert (out / "cam4.redacted.mp4").stat().st_mtime_ns == made


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("stage", ["Opening", "Finding", "Painting", "Checking", "made"])
def test_a_job_that_is_stopped_leaves_nothing_unfinished(
    master: Path, tmp_path: Path, stage: str, number: signal.Signals
) -> None:
    """Whenever it is: either there is nothing, or the whole release and it holds."""
    out = tmp_path / "out"
    code, said = stopped(("run", master, "-o", out), stage, number, out)
    left = sorted(path.name for path in out.iterdir()) if out.exists() else []
    assert code in (0, 130)
    if code:
        assert "Stopped. Nothing unfinished was released." in said
    if left:
        assert left == sorted(f"cam4.{ending}" for ending in (*FINAL, *BESIDE))
        assert all(one.passed for one in verify_release(out))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_batch_that_is_stopped_can_be_finished(master: Path, tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, or no chance to tidy up: no name says released that is not, and the same command goes on."""
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "cam4.mp4").write_bytes(master.read_bytes())
    code, _ = stopped(("batch", folder, "-o", out), "Finding", number, out)
    assert code == (130 if number is signal.SIGINT else -signal.SIGKILL)
    assert not [path for path in out.iterdir() if path.name.endswith(FINAL)]
    again = call("batch", folder, "-o", out)
    assert again.exit_code == 0, again.output
    assert all(one.passed for one in verify_release(out))


@pytest.mark.slow
def test_the_demo_shows_the_whole_job(tmp_path: Path) -> None:
    """The clip, its release, and where to look."""
    if any(check().values()):
        pytest.skip("the networks are not here: redact models pull")
    result = call("demo", "-o", tmp_path / "demo")
    assert result.exit_code == 0, result.stderr
    assert f"redact verify {tmp_path / 'demo'}\n" in result.stdout
    assert all(one.passed for one in verify_release(tmp_path / "demo"))
