"""A long copy is made in pieces: the same bytes whoever makes them, and nothing that is finished is made twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from corridor import RedSquare, corridor
from desks import red_squares
from masters import make, read, reference, run

from redact.detect.scan import scan
from redact.detect.survey import Survey
from redact.errors import InputUnusable, RedactError, SourceChanged, UsageProblem
from redact.files import sha256_file
from redact.jobs.kept import ENDING, KEPT_S
from redact.jobs.options import Options
from redact.jobs.pieces import Doing, side_by_side
from redact.jobs.release import make_release
from redact.package.manifest import load_manifest
from redact.package.verify_release import verify_release
from redact.paint.render import render
from redact.records.kinds import CheckName
from redact.request.choices import Audio
from redact.request.model import Request
from redact.video.pieces import cut
from redact.video.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from redact.progress import Progress
    from redact.records.tracks import Detections, Detector, FrameBatch

PIECES, PIECE = 4, 2
"""So many pieces, and seconds of each; the last is longer."""
IN_PIECES = Options(piece_s=Fraction(PIECE))
WITH_SOUND = Request(reference="SAR-2026-0142", audio=Audio.KEEP)


class Crashes(RedSquare):
    """Ends the process that it looks in, as when memory runs out."""

    def __call__(self, batch: FrameBatch) -> Detections:
        """Never give anything."""
        os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(batch)


def crashing() -> tuple[Detector, ...]:
    """Load what ends its process."""
    return (Crashes(),)


LOAD = partial(red_squares, ())


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine seconds with sound, a key picture every second, and pictures that come before those they are made of."""
    folder = tmp_path_factory.mktemp("long")
    once = corridor(folder / "once.mp4")
    many = ("-stream_loop", 4, "-i", once, "-c:a", "aac", "-c:v", "libx264", "-g", 25, "-bf", 3)
    return make(folder / "corridor.mp4", *many, "-t", 9)


@pytest.fixture(scope="module")
def copy(master: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The copy of it that one process made, piece by piece."""
    folder = tmp_path_factory.mktemp("one")
    made = make_release(master, folder, WITH_SOUND, [RedSquare()], IN_PIECES)
    assert not made.withheld
    return made.copy


def kept_in(folder: Path) -> list[Path]:
    """What is kept of unfinished jobs in FOLDER."""
    return sorted(path for place in folder.glob(f".*{ENDING}") for path in place.iterdir())


def test_a_copy_in_pieces_shows_every_frame_at_its_time_and_says_that_its_pieces_were_checked(
    master: Path, copy: Path
) -> None:
    """Number and times are the master's; the manifest has a check of the pieces; the recipient finds it in order."""
    manifest = load_manifest(copy.with_name("corridor.manifest.json"))
    assert manifest.passed
    said = {check.name: check.found for check in manifest.checks}
    assert said[CheckName.PIECES].startswith(f"{PIECES} pieces were checked one by one")
    assert all(check.passed for check in verify_release(copy))
    assert reference(copy, "yuv420p", _size(copy)).times == reference(master, "yuv420p", _size(master)).times
    assert not kept_in(copy.parent)


@pytest.mark.parametrize(("large", "between"), [(1, ["rest"]), (10**9, [])])
def test_networks_rest_before_anything_is_encoded(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int, between: list[str]
) -> None:
    """Once, of a copy in pieces, and before each piece where pictures are large; of a short one they do not."""
    monkeypatch.setattr("redact.jobs.pieces.LARGE_PX", large)
    happened: list[str] = []

    class Held(RedSquare):
        def rest(self) -> None:
            happened.append("rest")

    def rendered(*arguments: Any, **named: Any) -> Any:
        happened.append("render")
        return render(*arguments, **named)

    for module in ("pieces", "release"):
        monkeypatch.setattr(f"redact.jobs.{module}.render", rendered)
    make_release(master, tmp_path / "pieces", WITH_SOUND, [Held()], IN_PIECES)
    assert happened == ["rest", *[*between, "render"] * PIECES]
    happened.clear()
    make_release(master, tmp_path / "whole", WITH_SOUND, [Held()], Options(piece_s=Fraction(60)))
    assert happened == ["render"]


def test_the_pictures_are_those_of_a_copy_made_in_one_go_but_for_what_encoding_changes(
    master: Path, copy: Path, tmp_path: Path
) -> None:
    """No frame differs by more than three levels, on average; the sound is the same, byte by byte."""
    whole = make_release(master, tmp_path, WITH_SOUND, [RedSquare()], Options(piece_s=Fraction(60))).copy
    first, second = (reference(path, "yuv420p", _size(path)).planes for path in (copy, whole))
    for number, (one, other) in enumerate(zip(first, second, strict=True)):
        apart = np.abs(one[0].astype(int) - other[0].astype(int))
        assert apart.mean() < 3, number
    sounds = [tmp_path / f"{number}.aac" for number in range(2)]
    for path, out in zip((copy, whole), sounds, strict=True):
        run("-loglevel", "error", "-i", path, "-vn", "-c:a", "copy", out)
    assert sounds[0].read_bytes() == sounds[1].read_bytes()


@pytest.mark.parametrize("workers", [2, 3])
def test_the_copy_has_the_same_bytes_however_many_make_it(
    master: Path, copy: Path, tmp_path: Path, workers: int
) -> None:
    """The pieces are made side by side by processes of their own, in whatever order."""
    how = replace(IN_PIECES, helpers=side_by_side(Doing(LOAD), workers))
    made = make_release(master, tmp_path, WITH_SOUND, [RedSquare()], how)
    assert not made.withheld
    assert sha256_file(made.copy) == sha256_file(copy)
    assert not kept_in(tmp_path)


def test_what_is_finished_is_not_made_again(master: Path, copy: Path, tmp_path: Path) -> None:
    """Stopped in the third piece, the job goes on with it; the master is not scanned again; the copy is the same."""
    frames = len(read(master))

    def stop(stage: str, done: int, total: int | None) -> None:
        if stage == "pieces" and total == 2 * frames and done > total * 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_release(master, tmp_path, WITH_SOUND, [RedSquare()], IN_PIECES, progress=stop)
    pieces = [path for path in kept_in(tmp_path) if path.suffix == ".mp4"]
    assert len(pieces) == 2
    assert [path for path in tmp_path.iterdir() if not path.name.endswith(ENDING)] == []
    assert kept_in(tmp_path)[0].parent.stat().st_mode & 0o777 == 0o700
    before = {path: path.stat().st_mtime_ns for path in pieces}
    at_first, scanned = [], []

    def told(stage: str, done: int, total: int | None) -> None:
        if stage == "pieces":
            at_first.append((done, total))
            assert {path: path.stat().st_mtime_ns for path in pieces if path.exists()} == before
        scanned.append(stage == "scan")

    made = make_release(master, tmp_path, WITH_SOUND, [RedSquare()], IN_PIECES, progress=told)
    assert at_first[0][0] > 2 * 2 * PIECE * 24  # both stages of two pieces
    assert not any(scanned)
    assert sha256_file(made.copy) == sha256_file(copy)
    assert not kept_in(tmp_path)


def test_pieces_of_another_request_are_not_taken(master: Path, tmp_path: Path) -> None:
    """Somebody else is asked for meanwhile: what was kept goes, and nothing of it is in the copy."""
    with pytest.raises(KeyboardInterrupt):
        make_release(master, tmp_path, WITH_SOUND, [RedSquare()], IN_PIECES, progress=_stopping())
    kept = kept_in(tmp_path)
    other = Request(reference="SAR-2026-0143")
    stages: list[str] = []
    made = make_release(
        master, tmp_path, other, [RedSquare()], IN_PIECES, progress=lambda stage, *_: stages.append(stage)
    )
    assert not made.withheld
    assert [*dict.fromkeys(stages)][-3:] == ["scan", "pieces", "joined"]
    assert kept
    assert not kept_in(tmp_path)
    manifest = load_manifest(tmp_path / "corridor.manifest.json")
    assert (manifest.passed, manifest.request["reference"]) == (True, other.reference)


def test_a_piece_that_was_changed_meanwhile_is_made_again(master: Path, copy: Path, tmp_path: Path) -> None:
    """Of the pieces that are there, those that are as they were when they were checked are used."""
    with pytest.raises(KeyboardInterrupt):
        make_release(master, tmp_path, WITH_SOUND, [RedSquare()], IN_PIECES, progress=_stopping())
    first = next(path for path in kept_in(tmp_path) if path.suffix == ".mp4")
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 255
    first.write_bytes(data)
    made = make_release(master, tmp_path, WITH_SOUND, [RedSquare()], IN_PIECES)
    assert sha256_file(made.copy) == sha256_file(copy)


def test_a_record_of_a_piece_that_is_no_record_is_passed_over(master: Path, copy: Path, tmp_path: Path) -> None:
    """What stands in the folder is believed only where it can be read."""
    with pytest.raises(KeyboardInterrupt):
        make_release(master, tmp_path, WITH_SOUND, [RedSquare()], IN_PIECES, progress=_stopping())
    for path in kept_in(tmp_path):
        if path.suffix == ".json" and path.name != "begun.json":
            path.write_text('{"sha256": "0", "seen": {"version": "redact-seen/1", "times": []}}')
    made = make_release(master, tmp_path, WITH_SOUND, [RedSquare()], IN_PIECES)
    assert sha256_file(made.copy) == sha256_file(copy)


def test_what_was_left_of_another_master_is_removed(master: Path, tmp_path: Path) -> None:
    """A master that changes while it is worked on: nothing made of it is kept."""
    changing = tmp_path / "corridor.mp4"
    changing.write_bytes(master.read_bytes())
    stages: list[str] = []

    def meddle(stage: str, done: int, total: int | None) -> None:
        del done, total
        if stage == "pieces" and "pieces" not in stages:
            with changing.open("ab") as stream:
                stream.write(b"\0" * 9)
        stages.append(stage)

    with pytest.raises(SourceChanged):
        make_release(changing, tmp_path / "out", WITH_SOUND, [RedSquare()], IN_PIECES, progress=meddle)
    assert list((tmp_path / "out").iterdir()) == []


def test_what_nobody_went_on_with_goes_after_a_week(master: Path, tmp_path: Path) -> None:
    """Whatever runs in the same folder next clears it away, and leaves what is younger."""
    with pytest.raises(KeyboardInterrupt):
        make_release(master, tmp_path, WITH_SOUND, [RedSquare()], IN_PIECES, progress=_stopping())
    (place,) = tmp_path.glob(f".*{ENDING}")
    other = Options(name="other")
    make_release(master, tmp_path, Request(), [RedSquare()], other)
    assert place.exists()
    long_ago = time.time() - KEPT_S - 60
    os.utime(place, (long_ago, long_ago))
    make_release(master, tmp_path, Request(), [RedSquare()], other)
    assert not place.exists()


def test_whoever_the_second_look_finds_in_one_piece_is_hidden_in_the_next_copy(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pieces of the first copy are never put together; those of the second are made anew, and pass."""
    monkeypatch.setattr(Survey, "other_poses", lambda *_: ())  # it is blind by place, which turns with the picture
    first = scan(master, [RedSquare()]).looked

    class Blinking(RedSquare):
        """Sees the walker of the last seconds only on frames that the first pass does not look at."""

        def __call__(self, batch: FrameBatch) -> Detections:
            found = super().__call__(batch)
            walker = (found.xyxy[:, 1] < 100) & (found.frame >= 25 * 7)
            return found[~walker | ~np.isin(found.frame, first)]

    made = make_release(master, tmp_path, WITH_SOUND, [Blinking()], IN_PIECES)
    assert made.rounds > 1
    assert {finding.frame >= 25 * 7 for finding in made.findings} == {True}
    assert CheckName.PIECES in {check.name for check in made.checks}
    assert not kept_in(tmp_path)


def test_pieces_of_a_master_that_was_another_meanwhile_are_made_again(master: Path, copy: Path, tmp_path: Path) -> None:
    """Put back, its bytes are those that were scanned; of what its pieces were made nobody knows."""
    own = tmp_path / "corridor.mp4"
    own.write_bytes(master.read_bytes())
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        make_release(own, out, WITH_SOUND, [RedSquare()], IN_PIECES, progress=_stopping())
    data = own.read_bytes()
    own.write_bytes(b"another")
    own.write_bytes(data)
    begun: list[int] = []

    def told(stage: str, done: int, total: int | None) -> None:
        del total
        if stage == "pieces":
            begun.append(done)

    made = make_release(own, out, WITH_SOUND, [RedSquare()], IN_PIECES, progress=told)
    assert begun[0] == 1
    assert sha256_file(made.copy) == sha256_file(copy)


def test_two_runs_of_one_copy_at_once_are_not_let(master: Path, tmp_path: Path) -> None:
    """The second is told of the first, and takes nothing away from it; so is one of another request."""
    refused: list[str] = []

    def meddle(stage: str, done: int, total: int | None) -> None:
        if stage == "pieces" and total and done > total * 0.3 and not refused:
            for other in (WITH_SOUND, Request()):
                with pytest.raises(UsageProblem, match="in the making"):
                    make_release(master, tmp_path, other, [RedSquare()], IN_PIECES)
            refused.append(stage)

    made = make_release(master, tmp_path, WITH_SOUND, [RedSquare()], IN_PIECES, progress=meddle)
    assert refused
    assert not made.withheld
    assert not kept_in(tmp_path)


def test_a_process_that_dies_is_told_of_and_what_is_finished_stays(master: Path, tmp_path: Path) -> None:
    """The job ends with a sentence; nothing is released; the scan need not be made again."""
    how = replace(IN_PIECES, helpers=side_by_side(Doing(crashing), 2))
    with pytest.raises(RedactError, match="ended") as told:
        make_release(master, tmp_path, WITH_SOUND, [RedSquare()], how)
    assert "not made anew" in str(told.value)
    assert [path.name for path in kept_in(tmp_path) if path.name.endswith("scan.npz")]
    assert not list(tmp_path.glob("corridor.*"))


def test_killed_at_any_moment_the_next_run_makes_what_is_missing(master: Path, copy: Path, tmp_path: Path) -> None:
    """`kill -9` of all its processes, three times; nothing is half released, and the copy is the same in the end."""
    script = (
        "import sys; sys.path[:0] = [sys.argv[3]]\n"
        "from pathlib import Path; import test_pieces as it\n"
        "if __name__ == '__main__': it.whole_job(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    (tmp_path / "job.py").write_text(script)
    command = [sys.executable, str(tmp_path / "job.py"), str(master), str(tmp_path / "out"), str(Path(__file__).parent)]
    where = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parents[2])])
    counts = []
    for wait in (0, 1, 2):
        with subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": where}, start_new_session=True, stderr=subprocess.PIPE
        ) as job:
            _until(partial(_has, tmp_path / "out", wait, job))
            os.killpg(job.pid, signal.SIGKILL)
        counts.append(len(_finished(tmp_path / "out")))
        assert not list((tmp_path / "out").glob("corridor.*"))
    assert all(later >= earlier for earlier, later in pairwise(counts))
    made = make_release(master, tmp_path / "out", WITH_SOUND, [RedSquare()], IN_PIECES)
    assert not made.withheld
    assert sha256_file(made.copy) == sha256_file(copy)


def whole_job(master: Path, out: Path) -> None:
    """Make the copy in two processes; another one runs this, and is killed."""
    how = replace(IN_PIECES, helpers=side_by_side(Doing(LOAD), 2))
    make_release(master, out, WITH_SOUND, [RedSquare()], how)


def test_a_folder_in_which_nothing_was_begun_is_in_nobodys_way(master: Path, copy: Path, tmp_path: Path) -> None:
    """As where a process was killed just as it had made it."""
    place = tmp_path / f".corridor.{os.geteuid()}{ENDING}"
    place.mkdir(mode=0o700)
    (place / ".begun.json.00000000000000aa.part").write_bytes(b"{")
    made = make_release(master, tmp_path, WITH_SOUND, [RedSquare()], IN_PIECES)
    assert sha256_file(made.copy) == sha256_file(copy)
    assert not place.exists()


def test_what_cannot_be_entered_in_its_middle_is_made_in_one_go(master: Path, tmp_path: Path) -> None:
    """A raw stream says no times, so no frame in it is known to be the one that it is called."""
    raw = make(tmp_path / "corridor.h264", "-i", master, "-an", "-c:v", "copy", "-bsf:v", "h264_mp4toannexb")
    made = make_release(raw, tmp_path / "out", Request(), [RedSquare()], replace(IN_PIECES, fps=Fraction(25)))
    assert not made.withheld
    assert CheckName.PIECES not in {check.name for check in made.checks}


def test_a_part_of_a_clip_is_cut_where_its_own_seconds_are(master: Path) -> None:
    """Pieces are as long as is asked for, the last one longer; they are the part, one after the other."""
    clip = read(master)
    seconds = (clip.pts - clip.pts[0]) * float(clip.time_base)
    whole = cut(clip, (0, len(clip)), Fraction(PIECE))
    assert len(whole) == PIECES
    for number, (first, end) in enumerate(whole):
        assert seconds[first] >= PIECE * number > seconds[max(first - 1, 0)] - 1e-9 or not number
        assert end == (whole[number + 1][0] if number + 1 < PIECES else len(clip))
    some = cut(clip, (10, 190), Fraction(PIECE))
    assert (some[0][0], some[-1][1], len(some)) == (10, 190, 3)
    assert cut(clip, (0, 140), Fraction(PIECE)) == ((0, 140),)
    assert cut(clip, (7, 8), Fraction(PIECE)) == ((7, 8),)


def _size(path: Path) -> tuple[int, int]:
    """Width and height of the pictures at PATH, px."""
    source = probe(path)
    return source.width, source.height


def _stopping() -> Progress:
    """Make what stops a job in its third piece."""

    def stop(stage: str, done: int, total: int | None) -> None:
        if stage == "pieces" and total and done > total * 0.6:
            raise KeyboardInterrupt

    return stop


def _finished(folder: Path) -> list[Path]:
    """What is finished of the pieces kept in FOLDER."""
    return [path for path in kept_in(folder) if path.suffix == ".json" and path.name != "begun.json"]


def _has(folder: Path, count: int, job: subprocess.Popen[bytes]) -> bool:
    """Tell whether more than COUNT pieces are finished in FOLDER, or JOB has ended."""
    return len(_finished(folder)) > count or job.poll() is not None


def _until(met: Callable[[], bool]) -> None:
    """Wait until it is MET."""
    end = time.monotonic() + 120
    while not met():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


def test_what_somebody_else_put_in_the_place_of_the_folder_is_not_followed(master: Path, tmp_path: Path) -> None:
    """A link that leads elsewhere: nothing is written there, and nothing there is removed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "begun.json").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / f".corridor.{os.geteuid()}{ENDING}").symlink_to(elsewhere)
    with pytest.raises(InputUnusable, match="cannot be made"):
        make_release(master, out, WITH_SOUND, [RedSquare()], IN_PIECES)
    assert [path.read_text() for path in elsewhere.iterdir()] == ["mine"]
    assert [path.name for path in out.iterdir()] == [f".corridor.{os.geteuid()}{ENDING}"]
