"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.errors import InputUnusable
from redact.files import (
    ABANDONED_S,
    canonical_json,
    clear_parts,
    file_stem,
    legible,
    reason_of,
    same_name,
    scratch_file,
    scratch_folder,
    sha256_bytes,
    sha256_file,
    wait_for,
    whole_file,
    write_whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
).filter(lambda value: "\ud800" not in repr(value))


def test_an_empty_file_is_written(tmp_path: Path) -> None:
    """No bytes are a file as well."""
    write_whole(tmp_path / "a", b"")
    assert (tmp_path / "a").read_bytes() == b""


def test_the_bytes_appear_under_the_name_and_nothing_else_stays(tmp_path: Path) -> None:
    """Folders are made on the way, the file is its owner's alone, and no scratch file is left."""
    path = tmp_path / "new" / "folder" / "a.json"
    write_whole(path, b"words")
    assert path.read_bytes() == b"words"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_file_is_private_while_it_is_written(tmp_path: Path) -> None:
    """Nobody else may read the half of it."""
    with whole_file(tmp_path / "a") as part:
        assert part.stat().st_mode & 0o777 == 0o600
        assert part.parent == tmp_path


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    """Until the new bytes are complete the old ones are there, and a reader of the old ones keeps them."""
    path = tmp_path / "a"
    write_whole(path, b"old")
    with path.open("rb") as reader, whole_file(path) as part:
        part.write_bytes(b"ne")
        assert path.read_bytes() == b"old"
        part.write_bytes(b"new")
    with path.open("rb") as reader:
        assert reader.read() == b"new"


@pytest.mark.parametrize("problem", [ValueError("no"), KeyboardInterrupt(), InputUnusable("no")])
def test_a_failure_leaves_what_was_there(problem: BaseException, tmp_path: Path) -> None:
    """Whatever goes wrong, no half file stays and the old one is untouched."""
    path = tmp_path / "a"
    write_whole(path, b"old")
    with pytest.raises(type(problem)), whole_file(path) as part:  # noqa: PT012  it fails half-way
        part.write_bytes(b"half")
        raise problem
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


KILLED = """
import os, sys
from pathlib import Path
from redact.files import whole_file
with whole_file(Path(sys.argv[1])) as part:
    part.write_bytes(b"half")
    print(part, flush=True)
    sys.stdin.read() if sys.argv[2] == "live" else os.kill(os.getpid(), 9)
"""


def writing(path: Path, how: str) -> subprocess.Popen[str]:
    """Start another process that writes PATH and then is killed, or waits until its input ends."""
    command = [sys.executable, "-c", KILLED, str(path), how]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_what_a_killed_process_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    """Whatever it was that was being written; what another process still writes stays, and comes to its end."""
    with writing(tmp_path / "live", "live") as live:
        assert live.stdout is not None
        kept = Path(live.stdout.readline().strip())
        with writing(tmp_path / "killed", "die") as dead:
            assert dead.stdout is not None
            left = Path(dead.stdout.readline().strip())
        assert dead.returncode == -9
        assert left.read_bytes() == b"half"
        write_whole(tmp_path / "next", b"words")
        assert (left.exists(), kept.exists()) == (False, True)
        live.communicate("")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["live", "next"]
    assert (tmp_path / "live").read_bytes() == b"half"


@pytest.mark.parametrize("name", [".a.7.part", ".a.mp4.0123456789abcdef.part", ".a\nb.123.part"])
def test_scratch_files_of_every_version_are_cleared(tmp_path: Path, name: str) -> None:
    """And were they readable by all, their mode is not that of what is written next."""
    (tmp_path / name).write_bytes(b"half")
    (tmp_path / name).chmod(0o444)
    assert clear_parts(tmp_path) == (tmp_path / name,)


def test_scratch_files_of_another_computer_stay_for_a_day(tmp_path: Path) -> None:
    """Its locks may not be seen here; whatever this computer left is cleared at once."""
    with scratch_file(tmp_path / "a.mp4") as part:
        own = tmp_path / part.name
    foreign = own.with_name(re.sub(r"[0-9a-f]{8}-", "01234567-", own.name))
    own.touch()
    foreign.touch()
    assert clear_parts(tmp_path) == (own,)
    old = time.time() - ABANDONED_S - 60
    os.utime(foreign, (old, old))
    assert clear_parts(tmp_path) == (foreign,)


@pytest.mark.parametrize("name", ["a.7.part", ".7.part", ".a.part", ".a.7.part.mp4", ".a.7x.part", ".a.abc.part"])
def test_what_others_may_have_called_so_stays(tmp_path: Path, name: str) -> None:
    """Nor is a folder removed, a link followed or a pipe waited for."""
    (tmp_path / name).touch()
    (tmp_path / ".b.7.part").mkdir()
    (tmp_path / ".c.7.part").symlink_to(tmp_path / name)
    os.mkfifo(tmp_path / ".d.7.part")
    assert clear_parts(tmp_path) == ()
    assert (tmp_path / name).exists()
    assert clear_parts(tmp_path / "nowhere") == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_somebody_else_left_stays(tmp_path: Path) -> None:
    """They know what it is."""
    (tmp_path / ".a.7.part").touch()
    os.chown(tmp_path / ".a.7.part", 12345, -1)
    assert clear_parts(tmp_path) == ()


FOLDER = """
import os, sys
from pathlib import Path
from redact.files import scratch_folder
with scratch_folder(Path(sys.argv[1]), "redact-x-") as folder:
    (folder / "copy.mp4").write_bytes(b"footage")
    print(folder, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_a_folder_that_a_killed_process_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    """With all that is in it; one that is in use, and what others have called alike, stays."""
    command = [sys.executable, "-c", FOLDER, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    left = Path(done.stdout.strip())
    assert (left / "copy.mp4").is_file()
    (tmp_path / "redact-x-mine").mkdir()
    with scratch_folder(tmp_path, "redact-x-") as one, scratch_folder(tmp_path, "redact-x-") as other:
        assert one.stat().st_mode & 0o777 == 0o700
        assert (left.exists(), one.exists(), other.exists()) == (False, True, True)
    assert [path.name for path in tmp_path.iterdir()] == ["redact-x-mine"]


def test_a_lock_is_waited_for_and_not_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers are no hindrance to one another; who waits long is told once, and at last that it was in vain."""
    monkeypatch.setattr("redact.files.PATIENCE_S", 0.2)
    monkeypatch.setattr("redact.files.LONG_S", 0.05)
    (tmp_path / "a").touch()
    told: list[str] = []
    with (tmp_path / "a").open() as one, (tmp_path / "a").open() as other:
        assert wait_for(one.fileno(), shared=True)
        assert wait_for(other.fileno(), shared=True)
        assert not wait_for(other.fileno(), lambda: told.append("waiting"))
        one.close()
        assert wait_for(other.fileno(), lambda: told.append("waiting"))
    assert told == ["waiting"]


def test_two_write_the_same_file_at_once(tmp_path: Path) -> None:
    """Neither takes what the other writes for something that was left; the last one stays."""
    with whole_file(tmp_path / "a") as first:
        with whole_file(tmp_path / "a") as second:
            second.write_bytes(b"second")
        first.write_bytes(b"first")
    assert (tmp_path / "a").read_bytes() == b"first"


@pytest.mark.parametrize("letter", ["a", "\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_the_longest_name_can_be_written(tmp_path: Path, letter: str) -> None:
    """The scratch file beside it has a shorter one."""
    path = tmp_path / (letter * (255 // len(letter.encode())))
    write_whole(path, b"words")
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_that_is_not_utf_8_is_read_and_typed(tmp_path: Path) -> None:
    """As text, as JSON and as the name of what is made of it; a name that is UTF-8 stays as it is."""
    path = tmp_path / os.fsdecode(b"caf\xe9 \xf0.mp4")
    assert legible(path.name) == "caf\N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER}.mp4"
    assert file_stem(path) == "caf_ _"
    assert json.loads(canonical_json([path.name])) == [legible(path.name)]
    assert (legible("Tür \N{VIDEO CAMERA}"), file_stem(Path("Tür.x.mp4"))) == ("Tür \N{VIDEO CAMERA}", "Tür.x")


def test_names_that_some_file_system_takes_for_one_are_the_same() -> None:
    """Letters of either size, an accent written as one sign or as two, and what becomes one letter when it is typed."""
    alike = ("Tür.mp4", "TÜR.avi", "Tu\N{COMBINING DIAERESIS}r.ts")
    assert len({same_name(Path(name)) for name in alike}) == 1
    assert same_name(Path(os.fsdecode(b"caf\xe9.mp4"))) == same_name(Path("caf_.mp4"))
    assert same_name(Path("a.mp4")) != same_name(Path("b.mp4"))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Where a folder is needed and a file stands, the error says which file and what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputUnusable, match=r"file/a cannot be written \(") as caught:
        write_whole(tmp_path / "file" / "a", b"words")
    assert caught.value.advice


def test_a_name_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    """A folder is not replaced by a file."""
    (tmp_path / "a").mkdir()
    with pytest.raises(InputUnusable, match="cannot be written"):
        write_whole(tmp_path / "a", b"words")
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_full_disk_leaves_nothing(tiny_disk: Path) -> None:
    """Where the bytes do not fit there is no file, and the error says why."""
    with pytest.raises(InputUnusable, match="no space left on device"):
        write_whole(tiny_disk / "a", bytes(1 << 20))
    assert list(tiny_disk.iterdir()) == []


def test_trouble_with_another_file_is_not_blamed_on_this_one(tmp_path: Path) -> None:
    """What the block could not read elsewhere is raised as it is."""
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "a"):
        (tmp_path / "elsewhere" / "weights").read_bytes()
    assert list(tmp_path.iterdir()) == []


@given(st.binary(max_size=4000))
def test_digests_are_sha256(data: bytes) -> None:
    """Bytes and files have the digest that every other program gives."""
    assert sha256_bytes(data) == hashlib.sha256(data).hexdigest()


def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path) -> None:
    """Also where it is larger than one piece."""
    data = bytes(range(256)) * 20_000
    (tmp_path / "a").write_bytes(data)
    assert sha256_file(tmp_path / "a") == sha256_bytes(data)


@pytest.mark.parametrize("make", [lambda _: None, Path.mkdir, os.mkfifo])
def test_what_has_no_digest_is_refused_at_once(make: Callable[[Path], None], tmp_path: Path) -> None:
    """A missing file, a folder and a pipe that nobody writes to are named."""
    path = tmp_path / "a"
    make(path)
    with pytest.raises(InputUnusable, match=str(path)):
        sha256_file(path)


def test_a_device_without_an_end_is_refused() -> None:
    """Nobody waits for the digest of /dev/zero."""
    with pytest.raises(InputUnusable, match="/dev/zero"):
        sha256_file(Path("/dev/zero"))


@given(VALUES)
def test_json_has_one_spelling(value: object) -> None:
    """What is read back is what was written, and it is written the same way again."""
    spelt = canonical_json(value)
    assert json.loads(spelt) == value
    assert canonical_json(json.loads(spelt)) == spelt
    assert spelt.endswith(b"\n")


def test_the_order_of_keys_does_not_matter() -> None:
    """Two equal records have one digest."""
    assert (
        canonical_json({"b": 1, "a": "é"})
        == canonical_json({"a": "é", "b": 1})
        == '{\n "a": "é",\n "b": 1\n}\n'.encode()
    )


@pytest.mark.parametrize(
    ("problem", "unnamed", "said"),
    [
        (OSError(errno.EACCES, "Permission denied", "a.mp4"), "", "permission denied"),
        (OSError(errno.EACCES, "Permission denied"), "unknown", "permission denied"),
        (OSError(), "unknown", "unknown"),
        (PermissionError(), "", "permissionerror"),
    ],
)
def test_why_the_system_refused_is_said_in_small_letters(problem: OSError, unnamed: str, said: str) -> None:
    """In its own words; where it has none, in those of whoever asks, or by what kind of trouble it is."""
    assert reason_of(problem, unnamed) == said
