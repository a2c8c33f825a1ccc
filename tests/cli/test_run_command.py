"""redact run: what is refused, and how it is said, before any network is loaded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from masters import make, picture, tone

from cli.main import redact
from redact.jobs.work import loaded
from redact.video.program import program


def run(*arguments: object) -> Result:
    """Call `redact run` with ARGUMENTS."""
    return CliRunner().invoke(redact, ["run", *map(str, arguments)])


@pytest.fixture(autouse=True)
def no_networks(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here may need a network, nor find one that another test has loaded."""
    loaded.cache_clear()
    monkeypatch.setenv("REDACT_MODELS", str(tmp_path_factory.mktemp("empty")))


def test_a_missing_clip_is_3_and_leaves_nothing(tmp_path: Path) -> None:
    """Not even an empty folder for the results."""
    result = run(tmp_path / "cam4.mp4", "-o", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (3, "")
    assert f"Error: {tmp_path / 'cam4.mp4'} does not exist.\nCheck the name.\n" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "clip.mp4 is empty."),
        (b"Minutes of the meeting, not a video at all.\n" * 40, "is not a video"),
        (b"\0\0\0\x20ftypisom" + b"\0" * 4096, "is an MP4 whose index (moov) is missing or damaged"),
    ],
)
def test_a_file_that_is_no_video_is_3(tmp_path: Path, content: bytes, said: str) -> None:
    """And is named, with what to do."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(content)
    result = run(clip, "-o", tmp_path / "out")
    assert result.exit_code == 3
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == [clip]


def test_a_folder_is_no_clip(tmp_path: Path) -> None:
    """The batch command is for those."""
    result = run(tmp_path, "-o", tmp_path / "out")
    assert result.exit_code == 3
    assert "is a folder, not a file." in result.stderr


def test_a_place_that_cannot_be_written_is_said_before_hours_are_spent(tmp_path: Path) -> None:
    """A path below a file, and a file system that takes no files."""
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "out", tmp_path / "file", Path("/proc/out")):
        result = run(tmp_path / "cam4.mp4", "-o", place)
        assert result.exit_code == 3
        assert result.stderr.startswith(f"Error: {place} cannot be written (")
        assert "Choose another folder with -o.\n" in result.stderr


def test_a_missing_network_is_6(tmp_path: Path) -> None:
    """With the command that fetches it."""
    clip = tmp_path / "clip.mp4"
    make = [program(), "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:duration=1", str(clip)]
    subprocess.run(make, check=True)
    result = run(clip, "-o", tmp_path / "out")
    assert result.exit_code == 6
    assert result.stderr.endswith("Fetch it: redact models pull\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--hide", "people,dogs"), "'dogs' is not one of people, faces, plates."),
        (("--hide", ""), "'' is not one of people, faces, plates."),
        (("--cover", "legs"), "'legs' is not one of 'body', 'head', 'face'."),
        (("--style", "black"), "'black' is not one of 'blur', 'fill', 'pixelate'."),
        (("--audio", "loud"), "'loud' is not one of 'mute', 'keep'."),
        (("--kind", "press"), "'press' is not one of 'sar', 'third-party', 'police', 'statutory', "),
        (("--fps", "0"), "'0' is not a number of frames per second, such as 25, 12.5 or 30000/1001."),
        (("--fps", "1/0"), "'1/0' is not a number of frames per second"),
        (("--keep", "noon"), "--keep noon cannot be read.\nWrite time@x,y, such as 00:12.4@640,360"),
        (("--span", "1:30-0:10"), "--span 1:30-0:10 cannot be read.\nWrite from-to"),
        (
            ("--copy-number", "0"),
            "the command line: copy_number = 0 is not accepted. Accepted: a number from 1 to 9999.",
        ),
        (("--reference", "a\nb"), "the command line: reference = "),
        (("--accept", "F12", "--reason", "a poster"), "--accept F12 is not the id of a finding."),
        (("--accept", "F1a2b3c4d"), "--accept needs a --reason"),
        (("--reason", "a poster"), "--reason is given, but nothing is accepted."),
    ],
)
def test_a_wrong_value_is_2_and_what_is_accepted_is_said(tmp_path: Path, option: tuple[str, str], said: str) -> None:
    """Before anything is opened."""
    result = run(tmp_path / "cam4.mp4", "-o", tmp_path / "out", *option)
    assert result.exit_code == 2
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_request_file_is_2_with_line_and_accepted_values(tmp_path: Path) -> None:
    """Every mistake at once."""
    file = tmp_path / "sar.toml"
    file.write_text('reference = "SAR-1"\nkind = "sar"\nrecipient = "R"\nstyle = "black"\ncovr = "body"\n')
    result = run(tmp_path / "cam4.mp4", "-o", tmp_path / "out", "--request", file)
    assert result.exit_code == 2
    assert result.stderr == (
        f'Error: {file}, line 4: style = "black" is not accepted. Accepted: "blur", "fill" or "pixelate".\n'
        f"{file}, line 5: covr is not known. Did you mean cover?\n"
        "Correct the request file and run the command again.\n"
    )


def test_a_missing_request_file_is_3(tmp_path: Path) -> None:
    """It is named."""
    result = run(tmp_path / "cam4.mp4", "-o", tmp_path / "out", "--request", tmp_path / "sar.toml")
    assert result.exit_code == 3
    assert "sar.toml cannot be read (no such file or directory)." in result.stderr


@pytest.mark.parametrize("names", [("a/cam4.mp4", "b/cam4.mp4"), ("cam4.mp4", "CAM4.avi"), ("cam4.mp4", "cam4.mp4")])
def test_clips_that_would_write_the_same_files_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    """Before the first is begun."""
    result = run(*names, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert f"Error: {names[0]} and {names[1]} would write the same files, since both are called cam4." in result.stderr


def test_keep_needs_a_single_clip(tmp_path: Path) -> None:
    """A point of one clip is someone else's in another; the same for a request file."""
    file = tmp_path / "sar.toml"
    file.write_text('reference = "S"\nkind = "sar"\nrecipient = "R"\n[[keep]]\nat = "1"\npoint = [1, 2]\n')
    for option in (("--keep", "00:12.4@640,360"), ("--request", file)):
        result = run("a.mp4", "b.mp4", "-o", tmp_path / "out", *option)
        assert result.exit_code == 2
        assert "more than one clip is asked for" in result.stderr


def test_a_finding_belongs_to_a_single_clip(tmp_path: Path) -> None:
    """What one clip shows nobody of may show somebody in another."""
    result = run("a.mp4", "b.mp4", "-o", tmp_path / "out", "--accept", "F1a2b3c4d", "--reason", "a poster")
    assert result.exit_code == 2
    assert "A finding that is accepted belongs to one clip" in result.stderr


def test_of_several_clips_each_has_its_turn(tmp_path: Path) -> None:
    """The exit code is that of the first that failed, and each failure is said."""
    (tmp_path / "b.mp4").touch()
    result = run(tmp_path / "a.mp4", tmp_path / "b.mp4", "-o", tmp_path / "out")
    assert result.exit_code == 3
    assert "a.mp4 does not exist." in result.stderr
    assert "b.mp4 is empty." in result.stderr


def test_json_is_one_document_and_nothing_else(tmp_path: Path) -> None:
    """Failures stand with their clips, and the first at the top as well."""
    result = run(tmp_path / "a.mp4", tmp_path / "b.mp4", "-o", tmp_path / "out", "--json")
    document = json.loads(result.stdout)
    assert document["error"] == document["clips"][0]["error"]
    assert document["error"]["message"] == f"{tmp_path / 'a.mp4'} does not exist."
    assert [clip["master"] for clip in document["clips"]] == [str(tmp_path / "a.mp4"), str(tmp_path / "b.mp4")]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two seconds of 64 x 48 px, with sound."""
    path = tmp_path / "cam.mp4"
    make(path, *picture("64x48"), *tone(), "-c:a", "aac")
    return path


def test_no_master_is_ever_overwritten(clip: Path, tmp_path: Path) -> None:
    """Two clips of which one is called as the copy of the other: refused before anything is done."""
    other = tmp_path / "cam.redacted.mp4"
    other.write_bytes(clip.read_bytes())
    before = {path: path.read_bytes() for path in (clip, other)}
    result = run(clip, other, "-o", tmp_path)
    assert result.exit_code == 2
    assert (
        f"Error: {other} would be replaced: this command reads it, and one of its results is called {other}."
        in result.stderr
    )
    assert "--name" in result.stderr
    assert {path: path.read_bytes() for path in sorted(tmp_path.iterdir())} == before


@pytest.mark.parametrize("how", ["symbolic", "hard", "folder", "request"])
def test_nor_by_a_link(clip: Path, tmp_path: Path, how: str) -> None:
    """A link to the master, a second name of it, a folder that leads to its own, the request file."""
    out, asked = tmp_path / "out", tmp_path / "cam.risks.json"
    asked.write_text('reference = "S"\nkind = "sar"\nrecipient = "R"\n')
    named = clip.rename(tmp_path / "cam.redacted.mp4") if how == "folder" else clip
    match how:
        case "symbolic":
            out.mkdir()
            (out / "cam.redacted.mp4").symlink_to(clip)
        case "hard":
            out.mkdir()
            (out / "cam.report.html").hardlink_to(clip)
        case "folder":
            out.symlink_to(tmp_path)
    extra = {"folder": ("--name", "cam"), "request": ("--request", asked)}.get(how, ())
    before = named.read_bytes()
    result = run(named, "-o", tmp_path if how == "request" else out, *extra)
    assert result.exit_code == 2
    assert "would be replaced: this command reads it, and one of its results is called" in result.stderr
    assert named.read_bytes() == before


def test_what_somebody_else_made_is_not_replaced(clip: Path, tmp_path: Path) -> None:
    """Whatever it is called; and the other clips have their turn."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "cam.redacted.mp4").write_bytes(b"a master of another camera")
    result = run(clip, "-o", out)
    assert result.exit_code == 3
    assert f"{out / 'cam.redacted.mp4'} is not a file that redact made" in result.stderr
    assert [path.read_bytes() for path in out.iterdir()] == [b"a master of another camera"]
    assert run(clip, "-o", out, "--name", "hall").exit_code == 6


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--keep", "00:09@10,10"), "The time 00:09 is outside the clip, which ends at 00:02."),
        (("--span", "00:01-00:09"), "The time 00:09 is outside the clip"),
        (("--span", "00:05-00:09"), "The time 00:09 is outside the clip"),
        (("--keep", "00:01@64,10"), "The point 64, 10 is outside the picture, which is 64 x 48 px as seen."),
        (("--keep", "00:01@10,480"), "The point 10, 480 is outside the picture"),
    ],
)
def test_what_lies_outside_the_clip_is_refused_before_the_networks_are_loaded(
    clip: Path, tmp_path: Path, asked: tuple[str, ...], said: str
) -> None:
    """A slip of the pen costs seconds, not the time of a scan."""
    result = run(clip, "-o", tmp_path / "out", *asked)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "asked", [("--keep", "00:02@63,47"), ("--keep", "0@0,0"), ("--span", "00:00-00:02"), ("--span", "00:01.9-00:02")]
)
def test_what_lies_inside_is_not_refused(clip: Path, tmp_path: Path, asked: tuple[str, ...]) -> None:
    """The first and the last moment, and every corner: here it ends where the networks are needed."""
    assert run(clip, "-o", tmp_path / "out", *asked).exit_code == 6


@pytest.mark.parametrize(("start", "end", "code"), [("00:01", "00:30", 6), ("00:09", "00:30", 2)])
def test_a_silence_has_to_begin_inside(clip: Path, tmp_path: Path, start: str, end: str, code: int) -> None:
    """It may end later than the clip."""
    file = tmp_path / "sar.toml"
    file.write_text(
        f'reference = "S"\nkind = "sar"\nrecipient = "R"\naudio = "keep"\n[[mute]]\nfrom = "{start}"\nto = "{end}"\n'
    )
    assert run(clip, "-o", tmp_path / "out", "--request", file).exit_code == code


def test_a_name_that_is_too_long_has_a_remedy_that_helps(clip: Path, tmp_path: Path) -> None:
    """The clip can be called so, its results cannot; with a name of their own they can."""
    long = clip.rename(tmp_path / f"{'n' * 251}.mp4")
    result = run(long, "-o", tmp_path / "out")
    assert result.exit_code == 3
    assert "is too long for the name of a file in" in result.stderr
    assert "Give the results a shorter name with --name" in result.stderr
    assert run(long, "-o", tmp_path / "out", "--name", "cam").exit_code == 6
    deep = tmp_path / "/".join(["d" * 250] * 20)
    result = run(clip, "-o", deep)
    assert result.exit_code == 3
    assert "too long" in result.stderr
    assert "This is a fault" not in result.stderr


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\nb", " "])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    """It is the beginning of a file's name, and no way out of the folder."""
    result = run("a.mp4", "-o", tmp_path / "out", "--name", name)
    assert result.exit_code == 2
    assert "is not the name of a file" in result.stderr


def test_one_name_is_for_one_clip(tmp_path: Path) -> None:
    """Of several the results would replace each other."""
    result = run("a.mp4", "b.mp4", "-o", tmp_path / "out", "--name", "hall")
    assert result.exit_code == 2
    assert "The results of 2 clips cannot all be called hall." in result.stderr


def test_a_name_that_is_not_utf_8_is_told_with_a_mark(clip: Path, tmp_path: Path) -> None:
    """On the terminal and in the document, which is UTF-8 for every reader."""
    odd = tmp_path / os.fsdecode(b"caf\xe9.mp4")
    shutil.copy(clip, odd)
    for words in ((), ("--json",), ("--keep", "9@1,1", "--json")):
        result = CliRunner().invoke(redact, ["run", str(odd), "-o", str(tmp_path / "out"), *words])
        assert result.exit_code in {2, 6}, result.stderr
        if words:
            (told,) = json.loads(result.stdout.encode().decode("utf-8"))["clips"]
            assert told["master"].encode().decode("utf-8").endswith("caf\N{REPLACEMENT CHARACTER}.mp4")


def test_a_raw_stream_asks_for_its_rate(tmp_path: Path) -> None:
    """It carries no times."""
    clip = tmp_path / "cam4.h264"
    clip.write_bytes(b"\0\0\0\1\x67" + b"\x42" * 64)
    result = run(clip, "-o", tmp_path / "out")
    assert result.exit_code == 3


def test_of_two_cameras_one_has_to_be_chosen(tmp_path: Path) -> None:
    """Unasked the job stops and says how to choose; the choice reaches the job, which then only lacks its networks."""
    clip = tmp_path / "clip.mkv"
    inputs = [argument for size in ("64x48", "96x64") for argument in ("-f", "lavfi", "-i", f"testsrc=s={size}:d=1")]
    subprocess.run([program(), "-v", "error", *inputs, "-map", "0", "-map", "1", str(clip)], check=True)
    result = run(clip, "-o", tmp_path / "out")
    assert result.exit_code == 3
    assert "has 2 video streams that carry on" in result.stderr
    assert "--stream" in result.stderr
    assert run(clip, "-o", tmp_path / "out", "--stream", 1).exit_code == 6
    wrong = run(clip, "-o", tmp_path / "out", "--stream", 5)
    assert (wrong.exit_code, "has no video stream 5" in wrong.stderr) == (3, True)
