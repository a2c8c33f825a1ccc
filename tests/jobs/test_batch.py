"""A folder of clips: what is done, what is left alone, and what one failure does to the others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from multiprocessing import Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from copies import spec_of
from hypothesis import given
from hypothesis import strategies as st

from redact.errors import InputUnusable, ModelUnavailable, UsageProblem
from redact.files import file_stem, legible, scratch_file, sha256_file, write_whole
from redact.jobs.batch import SUMMARY, Outcome, State, batch, exit_code, processes
from redact.jobs.batch_jobs import VIDEO, find_jobs
from redact.jobs.recipe import Recipe
from redact.jobs.workers import _teller
from redact.package.manifest import Account, Asked, describe, output_of
from redact.records.clip import Clip, Color
from redact.records.kinds import Cover, Style
from redact.records.orientation import UPRIGHT
from redact.records.plan import Check, MaskPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from redact.progress import Progress

OTHER = """
import json, sys
from pathlib import Path
sys.path[:0] = {tests!r}
from test_batch import done

if __name__ == "__main__":
    found = done(Path({folder!r}), Path({out!r}))
    print(json.dumps(dict((name, one.code) for name, one in found.items())))
"""

KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = {tests!r}
from test_batch import ASKED, Recipe, batch, by_content, partial

def tell(master, *how_far):
    if master.name == "b.mp4":
        os.kill(os.getpid(), 9)

if __name__ == "__main__":
    list(batch(Path({folder!r}), Path({out!r}), partial(by_content, ASKED), recipe=Recipe(ASKED), tell=tell))
"""

ASKED = {"hide": ["people"], "reference": "SAR-2026-0142"}


@dataclass(frozen=True)
class Done:
    """As much of a release as a batch looks at."""

    copy: Path
    report: Path
    checks: tuple[Check, ...]
    tracks: int = 2
    withheld: bool = False
    earlier: str = ""
    warnings: tuple[str, ...] = ("It is dark.",)


def by_content(
    asked: Mapping[str, Any], master: Path, folder: Path, progress: Progress, claim: Callable[[], object]
) -> Done:
    """Make the release that the content of MASTER asks for; leave a line of every call in a log beside it."""
    with (master.parent.parent / "calls").open("a") as log:
        log.write(f"{legible(master.name)}\n")
    progress("scan", 1, 10)
    match master.read_bytes():
        case b"unusable":
            message = f"{master} is not a video."
            raise InputUnusable(message, "Choose another.")
        case b"no network":
            message = "The face network is missing."
            raise ModelUnavailable(message)
        case b"fault":
            message = "an index"
            raise KeyError(message)
        case b"crash":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"once" if len(calls(master.parent)) == 1:
            return telling(folder / "part", progress)
        case b"moment":
            time.sleep(0.5)
        case b"hungry":
            return hungry(progress)
        case b"slow":
            return slowly(folder / "part")
        case b"telling":
            return telling(folder / "part", progress)
    claim()
    return released(asked, master, folder)


def slowly(part: Path) -> Done:
    """Take a minute, and remove PART at the end, whatever happens."""
    part.parent.mkdir(exist_ok=True)
    part.touch()
    try:
        time.sleep(60)
    finally:
        part.unlink()
    raise TimeoutError


def hungry(progress: Progress) -> Done:
    """Take ever more memory, until somebody says that it is enough."""
    taken = []
    for second in range(600):
        taken.append(np.ones(1 << 24))
        progress("scan", second, 600)
        time.sleep(0.2)
    raise MemoryError


def telling(part: Path, progress: Progress) -> Done:
    """Tell how far it is until nobody listens, and remove PART then."""
    part.touch()
    try:
        for second in range(600):
            progress("scan", second, 600)
            time.sleep(0.1)
    finally:
        part.unlink()
    raise TimeoutError


def released(asked: Mapping[str, Any], master: Path, folder: Path) -> Done:
    """Write a copy, a true manifest of it, and a report."""
    withheld = master.read_bytes() == b"withhold"
    copy = folder / f"{file_stem(master)}.{'withheld' if withheld else 'redacted'}.mp4"
    report = folder / f"{file_stem(master)}.report.html"
    checks = (Check("frames", not withheld, "3 of 3."), Check("times", passed=True, found="All equal."))
    write_whole(copy, b"copy of " + master.read_bytes())
    write_whole(report, b"<p>")
    if not withheld:
        output, account = output_of(copy, copy.name), Account(checks)
        manifest = describe(spec_of(clip(master), plan()), Asked(asked), (), output, account)
        write_whole(folder / f"{file_stem(master)}.manifest.json", manifest.to_bytes())
    earlier = "An earlier release stands here." if withheld else ""
    return Done(copy, report, checks, withheld=withheld, earlier=earlier)


def clip(master: Path) -> Clip:
    """A clip of three frames in the file MASTER."""
    return Clip(
        path=master,
        sha256=sha256_file(master),
        size_bytes=master.stat().st_size,
        width=64,
        height=48,
        orientation=UPRIGHT,
        sample_aspect_ratio=Fraction(1),
        pix_fmt="yuv420p",
        color=Color(),
        time_base=Fraction(1, 25),
        pts=np.arange(3, dtype=np.int64),
        rate=Fraction(25),
    )


def plan() -> MaskPlan:
    """A plan that hides nothing in three frames."""
    return MaskPlan(
        master="a" * 64,
        style=Style.BLUR,
        cover=Cover.BODY,
        frames=(0, 3),
        start=np.zeros(4, np.int64),
        xyxy=np.zeros((0, 4), np.int32),
        track=np.zeros(0, np.int32),
        origin=np.zeros(0, np.uint8),
        kind=np.zeros(0, np.uint8),
    )


def folder_of(path: Path, **files: str) -> Path:
    """Make the folder PATH with FILES; an underscore in a name stands for the dot."""
    path.mkdir()
    for name, content in files.items():
        (path / name.replace("_", ".")).write_text(content)
    return path


def done(folder: Path, out: Path, **settings: Any) -> dict[str, Outcome]:
    """Do the batch to its end; outcomes by name."""
    asked = settings.pop("asked", ASKED)
    crew = partial(processes, count=settings.pop("workers", 1))
    made = batch(folder, out, partial(by_content, asked), recipe=Recipe(asked), crew=crew, **settings)
    return {outcome.master.name: outcome for outcome in made}


def calls(folder: Path) -> list[str]:
    """Clips that work was called for, in order."""
    log = folder.parent / "calls"
    return log.read_text().split() if log.exists() else []


@pytest.mark.parametrize("name", ["/etc/passwd", "../a.mp4", "a/../../b.mp4"])
def test_what_the_folder_says_of_files_beyond_it_is_not_believed(tmp_path: Path, name: str) -> None:
    """Whoever can write there names no copy that is elsewhere, and ends no batch by it."""
    plain = Outcome(tmp_path / "a.mp4", State.RELEASED, "", copy=tmp_path / "out" / "a.mp4").plain(tmp_path / "out")
    assert Outcome.of(plain, tmp_path / "out", tmp_path / "a.mp4").copy == tmp_path / "out" / "a.mp4"
    with pytest.raises(ValueError, match="not in the folder of the results"):
        Outcome.of(plain | {"copy": name}, tmp_path / "out", tmp_path / "a.mp4")


def test_an_empty_folder_is_said_to_hold_no_video(tmp_path: Path) -> None:
    """There is nothing to do, and nothing is written."""
    with pytest.raises(InputUnusable, match="holds no video"):
        done(folder_of(tmp_path / "in"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["absent", "file"])
def test_a_folder_that_is_none_is_named(tmp_path: Path, name: str) -> None:
    """A missing folder, or a file, cannot be worked through."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputUnusable, match=f"{name} cannot be read as a folder"):
        done(tmp_path / name, tmp_path / "out")


def test_results_among_the_masters_are_refused(tmp_path: Path) -> None:
    """Copies beside masters would be taken for masters the next time."""
    folder = folder_of(tmp_path / "in", a_mp4="fine")
    with pytest.raises(UsageProblem, match="among the masters"):
        done(folder, tmp_path / "in" / ".." / "in")


def test_one_clip_is_released_and_the_summary_says_so(tmp_path: Path) -> None:
    """The outcome, the files and batch.json agree."""
    folder = folder_of(tmp_path / "in", cam4_mp4="fine")
    outcome = done(folder, tmp_path / "out")["cam4.mp4"]
    assert (outcome.state, outcome.code, outcome.tracks) == (State.RELEASED, 0, 2)
    summary = json.loads((tmp_path / "out" / SUMMARY).read_bytes())
    assert (summary["version"], summary["waiting"], summary["request"]) == ("redact-batch/1", 0, ASKED)
    assert summary["files"] == [
        {
            "master": "cam4.mp4",
            "state": "released",
            "said": "",
            "exit_code": 0,
            "copy": "cam4.redacted.mp4",
            "report": "cam4.report.html",
            "notes": ["It is dark."],
            "tracks": 2,
            "seconds": outcome.seconds,
        }
    ]


def test_one_failure_stops_no_other(tmp_path: Path) -> None:
    """Whatever becomes of one clip, a crash of its process included, the next has its turn."""
    folder = folder_of(
        tmp_path / "in", a_mp4="unusable", b_mp4="crash", c_mp4="fault", d_mp4="withhold", e_mp4="fine", f_txt="words"
    )
    found = done(folder, tmp_path / "out")
    states = {name: (outcome.state, outcome.code) for name, outcome in found.items()}
    assert states == {
        "a.mp4": (State.FAILED, 3),
        "b.mp4": (State.FAILED, 1),
        "c.mp4": (State.FAILED, 1),
        "d.mp4": (State.WITHHELD, 5),
        "e.mp4": (State.RELEASED, 0),
        "f.txt": (State.SKIPPED, 0),
    }
    assert found["a.mp4"].said.endswith("a.mp4 is not a video. Choose another.")
    assert "exit code -9" in found["b.mp4"].said
    assert found["c.mp4"].said == "A fault (KeyError: 'an index')."
    assert found["d.mp4"].said == "1 of 2 checks failed: frames. An earlier release stands here."
    assert exit_code(found.values()) == 3


def test_a_crash_is_blamed_on_the_clip_that_crashed(tmp_path: Path) -> None:
    """With two processes side by side, the other one's clip is released, and each is worked on once."""
    names = {f"c{number:02}_mp4": "crash" if number % 3 == 0 else "fine" for number in range(7)}
    folder = folder_of(tmp_path / "in", **names)
    found = done(folder, tmp_path / "out", workers=2)
    assert [name for name, outcome in sorted(found.items()) if outcome.code] == ["c00.mp4", "c03.mp4", "c06.mp4"]
    assert sorted(calls(folder)) == sorted(found)


def test_a_missing_network_ends_the_batch(tmp_path: Path) -> None:
    """Every other clip would fail in the same way, so none is begun."""
    folder = folder_of(tmp_path / "in", a_mp4="no network", b_mp4="fine", c_mp4="fine")
    found = done(folder, tmp_path / "out")
    assert {outcome.code for outcome in found.values()} == {6}
    assert calls(folder) == ["a.mp4"]


def test_what_is_released_already_is_left_alone(tmp_path: Path) -> None:
    """The second run of a batch works on what failed, and on nothing else."""
    folder = folder_of(tmp_path / "in", a_mp4="fine", b_mp4="unusable")
    done(folder, tmp_path / "out")
    (folder / "b.mp4").write_text("fine")
    found = done(folder, tmp_path / "out")
    assert calls(folder) == ["a.mp4", "b.mp4", "b.mp4"]
    assert (found["a.mp4"].state, found["b.mp4"].state) == (State.ALREADY, State.RELEASED)
    assert found["a.mp4"].copy == tmp_path / "out" / "a.redacted.mp4"


@pytest.mark.parametrize("change", ["master", "copy", "no copy", "manifest", "report", "request"])
def test_a_release_that_does_not_fit_is_made_anew(tmp_path: Path, change: str) -> None:
    """Another master, another request, or a release that is not whole: the clip is done again."""
    folder, out = folder_of(tmp_path / "in", a_mp4="fine"), tmp_path / "out"
    done(folder, out)
    match change:
        case "master":
            (folder / "a.mp4").write_text("another")
        case "copy":
            (out / "a.redacted.mp4").write_text("changed")
        case "no copy":
            (out / "a.redacted.mp4").unlink()
        case "manifest":
            (out / "a.manifest.json").write_text("{}")
        case "report":
            (out / "a.report.html").unlink()
    asked = ASKED | {"hide": ["faces"]} if change == "request" else ASKED
    assert done(folder, out, asked=asked)["a.mp4"].state is State.RELEASED
    assert calls(folder) == ["a.mp4", "a.mp4"]


def test_clips_that_share_a_stem_get_a_folder_each(tmp_path: Path) -> None:
    """cam4.avi and CAM4.mp4 would write the same files; neither overwrites the other."""
    folder = folder_of(tmp_path / "in", cam4_avi="one", CAM4_mp4="two", cam5_mp4="three")
    found = done(folder, tmp_path / "out")
    copies = {
        name: outcome.copy.relative_to(tmp_path / "out").as_posix() for name, outcome in found.items() if outcome.copy
    }
    assert copies == {
        "cam4.avi": "cam4.avi/cam4.redacted.mp4",
        "CAM4.mp4": "CAM4.mp4/CAM4.redacted.mp4",
        "cam5.mp4": "cam5.redacted.mp4",
    }


def test_what_is_no_clip_is_listed_with_the_reason(tmp_path: Path) -> None:
    """Nothing of the folder goes unmentioned, except the folder of the results."""
    folder = folder_of(tmp_path / "in", a_MP4="", b_redacted_mp4="", notes_txt="", noending="")
    (folder / "more").mkdir()
    jobs, others = find_jobs(folder, folder / "out")
    assert [job.master.name for job in jobs] == ["a.MP4"]
    assert {path.name: why for path, why in others} == {
        "b.redacted.mp4": "A copy that redact made, not a master.",
        "more": "A folder; name it in a batch of its own.",
        "noending": "Not a video, by its name.",
        "notes.txt": "Not a video, by its name.",
    }


def test_a_dangling_link_is_a_clip_that_fails_not_one_that_is_forgotten(tmp_path: Path) -> None:
    """A name that says video is worked on, so that what is wrong with it is said."""
    folder = folder_of(tmp_path / "in")
    (folder / "gone.mp4").symlink_to(tmp_path / "nowhere")
    assert [job.master.name for job in find_jobs(folder, tmp_path / "out")[0]] == ["gone.mp4"]


@given(st.sets(st.from_regex(r"[a-c]{1,2}\.[A-Za-z0-9]{1,3}", fullmatch=True), max_size=12))
def test_no_two_jobs_write_the_same_files(tmp_path_factory: pytest.TempPathFactory, names: set[str]) -> None:
    """Whatever the names, every clip is a job and no two share both a folder and a stem."""
    folder = tmp_path_factory.mktemp("in")
    for name in (*names, "always.mp4"):
        (folder / name).touch()
    jobs, others = find_jobs(folder, folder / "out")
    assert len(jobs) + len(others) == len(list(folder.iterdir()))
    assert {job.master.name for job in jobs} == {p.name for p in folder.iterdir() if p.suffix.lower() in VIDEO}
    assert len({(str(job.folder).casefold(), job.master.stem.casefold()) for job in jobs}) == len(jobs)


def test_two_batches_with_different_requests_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second is told to wait; once the first is closed it may begin."""
    folder, out = folder_of(tmp_path / "in", a_mp4="fine", b_txt="words"), tmp_path / "out"
    with closing(batch(folder, out, partial(by_content, ASKED), recipe=Recipe(ASKED))) as first:
        next(first)
        with pytest.raises(UsageProblem, match=r"Another batch is writing to .*, with another request"):
            done(folder, out, asked=ASKED | {"hide": ["faces"]})
    assert done(folder, out, asked=ASKED | {"hide": ["faces"]})["a.mp4"].state is State.RELEASED


def test_two_batches_with_one_request_share_the_work(tmp_path: Path) -> None:
    """Each clip is made once, both end, and both know what became of every clip, failures too."""
    names = {f"c{number}_mp4": "unusable" if number == 3 else "moment" for number in range(6)}
    folder, out = folder_of(tmp_path / "in", **names), tmp_path / "out"
    script = tmp_path / "other.py"
    tests = [str(parent) for parent in Path(__file__).parents[:2]]
    script.write_text(OTHER.format(tests=tests, folder=str(folder), out=str(out)))
    other = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    while not (folder.parent / "calls").exists():  # else what it fails at would be tried once more, later
        time.sleep(0.01)
    found = done(folder, out)
    said, _ = other.communicate(timeout=120)
    assert sorted(calls(folder)) == sorted(found)
    assert {name: one.code for name, one in found.items()} == json.loads(said)
    assert json.loads((out / SUMMARY).read_bytes())["waiting"] == 0
    left = sorted(path.name for path in (out / ".redact-batch").iterdir())
    assert len({name[:28] for name in left}) == len(left) == 6, left


def test_what_a_killed_batch_held_is_taken_over(tmp_path: Path) -> None:
    """Another one goes on, with the clips that were being worked on as well, and nothing waits for the dead."""
    folder, out = folder_of(tmp_path / "in", a_mp4="once", b_mp4="fine"), tmp_path / "out"
    script = tmp_path / "other.py"
    tests = [str(parent) for parent in Path(__file__).parents[:2]]
    script.write_text(OTHER.format(tests=tests, folder=str(folder), out=str(out)))
    other = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    while not (folder.parent / "calls").exists():
        time.sleep(0.05)
    other.kill()
    other.communicate()
    begun = time.monotonic()
    found = done(folder, out)
    assert {name: one.state for name, one in found.items()} == {"a.mp4": State.RELEASED, "b.mp4": State.RELEASED}
    assert time.monotonic() - begun < 60


def test_a_batch_writes_over_nothing_that_is_not_its_own(tmp_path: Path) -> None:
    """A summary that no batch wrote stays."""
    folder, out = folder_of(tmp_path / "in", a_mp4="fine"), folder_of(tmp_path / "out", batch_json="{}")
    with pytest.raises(InputUnusable, match=r"batch\.json is not a file that redact made"):
        done(folder, out)
    assert (out / SUMMARY).read_text() == "{}"
    (out / SUMMARY).unlink()
    assert [done(folder, out)["a.mp4"].state for _ in range(2)] == [State.RELEASED, State.ALREADY]


def test_no_master_is_written_over_whatever_leads_to_it(tmp_path: Path) -> None:
    """A link among the results to another clip of the folder: that clip fails, the other is released and unchanged."""
    folder, out = folder_of(tmp_path / "in", a_mp4="fine", b_mp4="fine"), folder_of(tmp_path / "out")
    (out / "a.redacted.mp4").hardlink_to(folder / "b.mp4")
    found = done(folder, out)
    assert (found["a.mp4"].state, found["a.mp4"].code) == (State.FAILED, 2)
    assert "b.mp4 would be replaced" in found["a.mp4"].said
    assert found["b.mp4"].state is State.RELEASED
    assert [path.read_text() for path in sorted(folder.iterdir())] == ["fine", "fine"]


def test_names_that_are_not_utf_8_pass_through(tmp_path: Path) -> None:
    """Each clip has its own results, and the summary can be read by any program."""
    folder, out = folder_of(tmp_path / "in"), tmp_path / "out"
    for name, content in ((b"caf\xe9.mp4", "fine"), (b"caf\xe8.mp4", "unusable"), (b"\xff.mp4", "fine")):
        (folder / os.fsdecode(name)).write_text(content)
    for state in (State.RELEASED, State.ALREADY):
        found = done(folder, out)
        assert sorted(one.state for one in found.values()) == sorted([state, state, State.FAILED])
    files = json.loads((out / SUMMARY).read_bytes().decode("utf-8"))["files"]
    mark = "\N{REPLACEMENT CHARACTER}"
    assert sorted(one["master"] for one in files) == [f"caf{mark}.mp4", f"caf{mark}.mp4", f"{mark}.mp4"]
    assert sorted(one["copy"] or "" for one in files) == ["", "_.redacted.mp4", f"caf{mark}.mp4/caf_.redacted.mp4"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A path below a file is no folder."""
    (tmp_path / "file").touch()
    with pytest.raises(InputUnusable, match=r"file/out cannot be written \(not a directory\)"):
        done(folder_of(tmp_path / "in", a_mp4="fine"), tmp_path / "file" / "out")


def test_parts_of_killed_runs_are_swept_and_others_are_not(tmp_path: Path) -> None:
    """What nobody writes to any more is removed; what is being written stays."""
    folder, out = folder_of(tmp_path / "in", a_mp4="fine"), folder_of(tmp_path / "out")
    old = out / ".a.redacted.mp4.7.part"
    old.touch()
    with scratch_file(out / "b.redacted.mp4") as new:
        done(folder, out)
        assert (old.exists(), new.exists()) == (False, True)


def test_progress_names_the_clip(tmp_path: Path) -> None:
    """What a process tells arrives with the clip it is about."""
    told: list[tuple[str, str, int, int | None]] = []

    def tell(master: Path, stage: str, how_far: int, total: int | None) -> None:
        told.append((master.name, stage, how_far, total))

    done(folder_of(tmp_path / "in", a_mp4="fine"), tmp_path / "out", tell=tell)
    assert told == [("a.mp4", "scan", 1, 10)]


def test_leaving_early_stops_the_work_and_tidies_up(tmp_path: Path) -> None:
    """Closing the batch interrupts the clip in hand, whose part is removed, and begins no other."""
    folder = folder_of(tmp_path / "in", a_txt="words", b_mp4="slow", c_mp4="fine")
    out = tmp_path / "out"

    def tell(*_: Any) -> None:
        while not (out / "part").exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        done(folder, out, tell=tell)
    assert time.monotonic() - begun < 30
    assert not (out / "part").exists()
    assert calls(folder) == ["b.mp4"]
    assert json.loads((out / SUMMARY).read_bytes())["waiting"] == 2


def test_a_killed_batch_takes_its_processes_with_it(tmp_path: Path) -> None:
    """Once nobody is left to listen, the clip in hand is dropped and tidied up, and a new batch may begin."""
    folder, out = folder_of(tmp_path / "in", a_mp4="fine", b_mp4="telling"), tmp_path / "out"
    script = tmp_path / "killed.py"
    script.write_text(
        KILLED.format(tests=[str(parent) for parent in Path(__file__).parents[:2]], folder=str(folder), out=str(out))
    )
    assert subprocess.run([sys.executable, str(script)], check=False, timeout=60).returncode == -signal.SIGKILL
    part, patience = out / "part", time.monotonic() + 30
    while part.exists() and time.monotonic() < patience:
        time.sleep(0.1)
    assert not part.exists()
    (folder / "b.mp4").write_text("fine")
    assert [outcome.state for _, outcome in sorted(done(folder, out).items())] == [State.ALREADY, State.RELEASED]


def test_a_job_that_nobody_asked_for_any_more_is_stopped_and_not_to_blame() -> None:
    """Whoever tells nobody how far it is, is interrupted: a broken pipe would be taken for a fault of the folder."""
    mine, theirs = Pipe()
    theirs.close()
    with pytest.raises(KeyboardInterrupt):
        _teller(mine)("scan", 1, 10)
    mine.close()


def test_the_exit_code_is_that_of_the_first_failure_by_name() -> None:
    """Whatever order the outcomes came in; nothing at all, or nothing but skipped files, is 0."""
    assert exit_code([]) == 0
    assert exit_code([Outcome(Path("notes.txt"), State.SKIPPED)]) == 0
    late, early = Outcome(Path("B.mp4"), State.FAILED, code=3), Outcome(Path("a.mp4"), State.WITHHELD, code=5)
    assert exit_code([late, early]) == 5
