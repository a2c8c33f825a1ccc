"""Deletion: what goes, what stays, and what is said of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.errors import InputUnusable, NotPermitted
from redact.files import sha256_bytes
from redact.governance.erase import Deleted, erase, survey

ROOT = Path(__file__).resolve().parents[2]


def put(path: Path, data: bytes = b"footage") -> Path:
    """A file of DATA at PATH."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def tree(folder: Path) -> set[str]:
    """Everything in FOLDER, by name."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_nothing_to_delete_is_nothing_deleted() -> None:
    """An empty list is no error, and touches nothing."""
    assert erase([]).files == ()
    assert erase([]).size_bytes == 0


def test_a_file_is_gone_and_on_record(tmp_path: Path) -> None:
    """Its name, size and digest outlive it; its neighbours stay."""
    path, other = put(tmp_path / "cam4.mp4"), put(tmp_path / "cam5.mp4")
    erased = erase([path])
    assert erased.files == (Deleted(path, 7, sha256_bytes(b"footage")),)
    assert (erased.size_bytes, erased.absent) == (7, ())
    assert tree(tmp_path) == {other.name}


def test_a_survey_deletes_nothing(tmp_path: Path) -> None:
    """What would be deleted is written down first, and is what is then deleted."""
    put(tmp_path / "case/a.mp4"), put(tmp_path / "case/deep/b.mp4", b"x" * 9)
    before = tree(tmp_path)
    found = survey([tmp_path / "case"])
    assert tree(tmp_path) == before
    assert found == erase([tmp_path / "case"])
    assert [one.size_bytes for one in found.files] == [7, 9]


def test_a_folder_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    """Hidden files, odd names, empty and deep folders too."""
    case = tmp_path / "case"
    names = (".hidden", "a b", "ü", "x/y/z/clip.mp4", "line\nbreak")
    for name in names:
        put(case / name)
    (case / "empty/inner").mkdir(parents=True)
    put(Path(os.fsdecode(os.fsencode(case) + b"/\xff\xfe")))
    assert len(erase([case]).files) == len(names) + 1
    assert tree(tmp_path) == set()


def test_a_link_is_deleted_and_what_it_points_to_is_not(tmp_path: Path) -> None:
    """Neither a file nor a folder is reached through a link."""
    kept, inside = put(tmp_path / "kept.mp4"), put(tmp_path / "store/inside.mp4")
    case = put(tmp_path / "case/a.mp4").parent
    (case / "file").symlink_to(kept)
    (case / "folder").symlink_to(inside.parent)
    (case / "nowhere").symlink_to(tmp_path / "nothing")
    (tmp_path / "door").symlink_to(inside.parent)
    erased = erase([case, tmp_path / "door"])
    assert tree(tmp_path) == {"kept.mp4", "store", "store/inside.mp4"}
    assert {one.path.name: one.size_bytes for one in erased.files} == {
        "a.mp4": 7,
        "file": 0,
        "folder": 0,
        "nowhere": 0,
        "door": 0,
    }


def test_a_file_with_another_name_stops_everything(tmp_path: Path) -> None:
    """Its bytes would live on, so nothing at all is deleted, and the way to find the other name is told."""
    first, second = put(tmp_path / "case/a.mp4"), put(tmp_path / "case/b.mp4")
    os.link(second, tmp_path / "elsewhere.mp4")
    before = tree(tmp_path)
    for deed in (survey, erase):
        with pytest.raises(NotPermitted, match="has 1 other name") as refused:
            deed([first, first.parent])
        assert f"-inum {second.stat().st_ino}" in str(refused.value.advice)
    assert tree(tmp_path) == before


def test_two_names_that_both_go_are_no_obstacle(tmp_path: Path) -> None:
    """What counts is the names that stay."""
    first = put(tmp_path / "case/a.mp4")
    os.link(first, first.with_name("b.mp4"))
    assert len(erase([first.parent]).files) == 2
    assert tree(tmp_path) == set()


def test_it_can_be_repeated(tmp_path: Path) -> None:
    """What is gone is told as absent, and what is left goes."""
    first, second = put(tmp_path / "a.mp4"), put(tmp_path / "b.mp4")
    first.unlink()
    erased = erase([first, second])
    assert ([one.path for one in erased.files], erased.absent) == ([second], (first,))
    assert erase([first, second]).absent == (first, second)
    assert erase([tmp_path / "no/such/folder/a.mp4"]).files == ()


def test_a_path_given_twice_is_deleted_once(tmp_path: Path) -> None:
    """A folder and a file in it, in either order."""
    for order in (1, -1):
        path = put(tmp_path / "case/a.mp4")
        assert len(erase([path, path.parent, path][::order]).files) == 1
        assert tree(tmp_path) == set()


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_file_is_left_for_a_person_to_look_at(tmp_path: Path, kind: str) -> None:
    """A pipe is not waited for, and nothing is deleted."""
    path, odd = put(tmp_path / "case/a.mp4"), tmp_path / "case/odd"
    if kind == "pipe":
        os.mkfifo(odd)
    elif os.geteuid():
        pytest.skip("only root can make a device")
    else:
        os.mknod(odd, 0o600 | 0o020000, os.makedev(1, 3))
    with pytest.raises(InputUnusable, match="a device or a pipe"):
        erase([path.parent])
    assert path.exists()


def test_nothing_outside_its_folder_is_touched(tmp_path: Path) -> None:
    """Not by name, not through .., not through a link on the way."""
    home, other = tmp_path / "home", put(tmp_path / "other/a.mp4")
    put(home / "masters/a.mp4")
    (home / "door").symlink_to(other.parent)
    before = tree(tmp_path)
    for path in (other, home / "../other/a.mp4", home / "door/a.mp4", home, home / "masters/../../other"):
        for deed in (survey, erase):
            with pytest.raises(NotPermitted, match="is not in"):
                deed([home / "masters", path], home)
    assert tree(tmp_path) == before
    assert len(erase([home / "masters", home / "door", home / "none"], home).files) == 2


def test_a_home_that_is_itself_reached_through_a_link_is_fine(tmp_path: Path) -> None:
    """Where the folder stands is the administrator's business."""
    put(tmp_path / "disk/masters/a.mp4")
    (tmp_path / "home").symlink_to(tmp_path / "disk")
    assert len(erase([tmp_path / "home/masters"], tmp_path / "home").files) == 1
    assert tree(tmp_path) == {"disk", "home"}


CHILD = """
import os, sys
from pathlib import Path
from redact.governance import erase as module
count, stop = 0, int(sys.argv[2])
for name in ("unlink", "rmdir"):
    def counted(self, *args, _real=getattr(Path, name), **more):
        global count
        if count == stop:
            os.kill(os.getpid(), 9)
        count += 1
        return _real(self, *args, **more)
    setattr(Path, name, counted)
module.erase([Path(sys.argv[1])])
"""
"""Deletes a folder and is killed before its deed of a number."""


@pytest.mark.parametrize("stop", [0, 1, 2, 3, 4])
def test_a_deletion_that_was_killed_is_finished_by_the_next(tmp_path: Path, stop: int) -> None:
    """Power may fail between any two steps."""
    case = put(tmp_path / "case/a.mp4").parent
    put(case / "deep/b.mp4"), put(case / "deep/c.mp4")
    done = subprocess.run([sys.executable, "-c", CHILD, str(case), str(stop)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert case.exists()
    assert len(erase([case]).files) == max(0, 3 - stop)
    assert tree(tmp_path) == set()


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    """The system's own reason, and what to do."""
    path = put(tmp_path / "case/a.mp4")
    path.parent.chmod(0o500)
    try:
        if os.access(path.parent, os.W_OK):
            pytest.skip("root may write everywhere")
        with pytest.raises(InputUnusable, match="cannot be deleted \\(permission denied\\)"):
            erase([path])
    finally:
        path.parent.chmod(0o700)


def test_a_folder_that_will_not_go_is_told(tiny_disk: Path) -> None:
    """A disk that is mounted there keeps its folder; what was in it is gone."""
    put(tiny_disk / "a.mp4")
    with pytest.raises(InputUnusable, match="cannot be deleted \\(device or resource busy\\)"):
        erase([tiny_disk])
    assert tree(tiny_disk) == set()


NAMES = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join)


@given(st.dictionaries(NAMES, st.binary(max_size=9), max_size=8), st.sets(NAMES, max_size=3))
def test_what_was_asked_is_gone_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], asked: set[str]
) -> None:
    """Whatever the tree and whatever is asked: each file under what was asked goes, each other file stays as it was."""
    home = tmp_path_factory.mktemp("any")
    for name, data in files.items():
        if not any((home / name).is_relative_to(home / other) and name != other for other in files):
            put(home / name, data)
    paths = [home / name for name in sorted(asked)]
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    going = {path for path in before if any(path.is_relative_to(one) for one in paths)}
    erased = erase(paths, home)
    assert {one.path: one.sha256 for one in erased.files} == {path: sha256_bytes(before[path]) for path in going}
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == {
        path: data for path, data in before.items() if path not in going
    }
    assert not any(path.exists() for path in paths)
