"""redact run: what is refused, and how it is said, before any network is loaded."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import redact
from cli.work import _detectors
from redact.video.second import program


def run(*arguments: object) -> Result:
    """Call `redact run` with ARGUMENTS."""
    return CliRunner().invoke(redact, ["run", *map(str, arguments)])


@pytest.fixture(autouse=True)
def no_networks(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here may need a network, nor find one that another test has loaded."""
    _detectors.cache_clear()
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
        (("--kind", "press"), "'press' is not one of 'sar', 'third-party', 'police', 'statutory'."),
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


def test_a_raw_stream_asks_for_its_rate(tmp_path: Path) -> None:
    """It carries no times."""
    clip = tmp_path / "cam4.h264"
    clip.write_bytes(b"\0\0\0\1\x67" + b"\x42" * 64)
    result = run(clip, "-o", tmp_path / "out")
    assert result.exit_code == 3
