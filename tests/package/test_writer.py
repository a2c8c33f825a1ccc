"""A package appears whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packages import KEY, REPORT, files_of, manifest_of, native, redacted

from redact.errors import InputUnusable, SourceChanged, UsageProblem, VerificationFailed
from redact.files import sha256_bytes, sha256_file
from redact.package.reader import opened, package_at
from redact.package.record import ENVELOPE, attest
from redact.package.verify_package import seal_of
from redact.package.writer import digest_of, make_package, prepared, sweep

if TYPE_CHECKING:
    from redact.package.record import ReleaseRecord

ROOT = Path(__file__).parents[2]
FORMS = pytest.mark.parametrize("zipped", [False, True], ids=["folder", "archive"])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A file that stands for a redacted copy."""
    path = tmp_path / "case" / "cam.redacted.mp4"
    path.parent.mkdir()
    path.write_bytes(os.urandom(5000))
    return path


@pytest.fixture
def record(copy: Path) -> ReleaseRecord:
    """What is said of it."""
    return redacted(manifest_of(copy))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where packages go; it is not there yet."""
    return tmp_path / "released" / "today"


def holds(path: Path) -> bool:
    """Tell whether signature and digests of the package at PATH hold."""
    with opened(path) as contents:
        return seal_of(contents, KEY.public).holds


@FORMS
def test_a_package_has_its_files_and_an_envelope(copy: Path, record: ReleaseRecord, out: Path, zipped: bool) -> None:
    """Nothing else is left, and what it holds is what was given."""
    made = make_package(files_of(copy), record, KEY, out / "release", zipped=zipped)
    assert [path.name for path in out.iterdir()] == ["release"]
    with opened(made.path) as contents:
        held = {name: b"".join(contents.pieces(name)) for name in contents.names}
    envelope = held.pop(ENVELOPE)
    assert held == {copy.name: copy.read_bytes(), **REPORT}
    assert made.files == {name: sha256_bytes(data) for name, data in held.items()}
    assert envelope == attest(made.files, record, KEY)
    assert made.digest == sha256_bytes(envelope) == digest_of(made.path)
    assert holds(made.path)


def test_an_archive_is_one_function_of_what_it_holds(copy: Path, record: ReleaseRecord, out: Path) -> None:
    """Made twice, on other days and in another order, it has the same bytes; every reader can open it."""
    first = make_package(files_of(copy), record, KEY, out / "a.zip", zipped=True)
    os.utime(copy, (0, 0))
    backwards = dict(reversed(files_of(copy).items()))
    again = make_package(backwards, record, KEY, out / "b.zip", zipped=True)
    assert first.path.read_bytes() == again.path.read_bytes()
    with zipfile.ZipFile(first.path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [*sorted(files_of(copy)), ENVELOPE]


@FORMS
def test_masters_are_handed_over_bit_for_bit(tmp_path: Path, out: Path, zipped: bool) -> None:
    """A native release needs no manifest; one whose master has changed is not made."""
    master = tmp_path / "cam.dav"
    master.write_bytes(b"master")
    record = native({"cam.dav": b"master"})
    assert holds(make_package({"cam.dav": master}, record, KEY, out / "a", zipped=zipped).path)
    master.write_bytes(b"mASTER")
    with pytest.raises(SourceChanged, match=r"cam\.dav has SHA-256"):
        make_package({"cam.dav": master}, record, KEY, out / "b", zipped=zipped)
    with pytest.raises(SourceChanged, match=r"cam\.dav is missing"):
        make_package({"other.dav": master}, record, KEY, out / "b", zipped=zipped)
    assert [path.name for path in out.iterdir()] == ["a"]


@FORMS
def test_another_copy_than_the_one_recorded_is_not_released(
    copy: Path, record: ReleaseRecord, out: Path, zipped: bool
) -> None:
    """Whatever became of it since it was approved."""
    copy.write_bytes(copy.read_bytes() + b"\0")
    with pytest.raises(VerificationFailed, match="nothing was released"):
        make_package(files_of(copy), record, KEY, out / "a", zipped=zipped)
    assert list(out.iterdir()) == []


@FORMS
def test_nothing_appears_before_it_is_published(copy: Path, record: ReleaseRecord, out: Path, zipped: bool) -> None:
    """Until then its digest is known, and it is hidden, for its owner alone; unpublished, nothing is left."""
    with prepared(files_of(copy), record, KEY, out / "a", zipped=zipped) as ready:
        (hidden,) = out.iterdir()
        assert hidden.name.startswith(".")
        assert hidden.stat().st_mode & 0o077 == 0
        assert digest_of(out / "a") is None
        assert sweep(out) == ()
    assert list(out.iterdir()) == []
    with prepared(files_of(copy), record, KEY, out / "a", zipped=zipped) as again:
        assert again.digest == ready.digest
        again.publish()
        assert digest_of(out / "a") == ready.digest
    assert [path.name for path in out.iterdir()] == ["a"]


@FORMS
def test_what_is_there_is_never_replaced(copy: Path, record: ReleaseRecord, out: Path, zipped: bool) -> None:
    """Neither a file nor a folder nor a link to nowhere, even if it came while the package was built."""
    out.mkdir(parents=True)
    (out / "file").write_bytes(b"mine")
    (out / "folder").mkdir()
    (out / "folder" / "mine").touch()
    (out / "link").symlink_to("nowhere")
    for name in ("file", "folder", "link"):
        with pytest.raises(InputUnusable, match="exists already"):
            make_package(files_of(copy), record, KEY, out / name, zipped=zipped)
    with prepared(files_of(copy), record, KEY, out / "late", zipped=zipped) as ready:
        (out / "late").write_bytes(b"mine")
        with pytest.raises(InputUnusable, match="exists already"):
            ready.publish()
        with pytest.raises(OSError, match=r"Not a directory|File exists"):  # had it come a moment later
            (os.link if zipped else os.rename)(ready.part, out / "late")
    assert (out / "late").read_bytes() == (out / "file").read_bytes() == b"mine"
    assert sorted(path.name for path in out.iterdir()) == ["file", "folder", "late", "link"]


@pytest.mark.parametrize("name", ["../a", "a/b", ".a", "", ENVELOPE, "REPORT.HTML"])
def test_an_unsafe_name_is_refused(copy: Path, record: ReleaseRecord, out: Path, name: str) -> None:
    """Nor may two names be one on a computer that ignores capitals."""
    with pytest.raises(UsageProblem, match="cannot be called"):
        make_package({**files_of(copy), name: b""}, record, KEY, out / "a", zipped=False)
    assert not out.exists()


@FORMS
def test_a_file_that_cannot_be_read_stops_it(copy: Path, record: ReleaseRecord, out: Path, zipped: bool) -> None:
    """One that is missing, a folder, and a pipe that would never end."""
    os.mkfifo(copy.with_name("pipe"))
    for source in (copy.with_name("none"), copy.parent, copy.with_name("pipe")):
        with pytest.raises(InputUnusable):
            make_package({**files_of(copy), "more": source}, record, KEY, out / "a", zipped=zipped)
    assert list(out.iterdir()) == []


@FORMS
def test_a_full_disk_is_told(copy: Path, record: ReleaseRecord, tiny_disk: Path, zipped: bool) -> None:
    """With the target's name, and nothing left."""
    files = {**files_of(copy), "more": os.urandom(400_000)}
    with pytest.raises(InputUnusable, match=r"cannot be written \(no space left on device\)"):
        make_package(files, record, KEY, tiny_disk / "a", zipped=zipped)
    assert list(tiny_disk.iterdir()) == []


@FORMS
def test_trouble_of_whoever_asked_stays_theirs(copy: Path, record: ReleaseRecord, out: Path, zipped: bool) -> None:
    """An error between building and publishing is not taken for one of writing the package."""

    def record_it() -> None:
        with prepared(files_of(copy), record, KEY, out / "a", zipped=zipped):
            raise OSError(5, "ledger")

    with pytest.raises(OSError, match="ledger"):
        record_it()
    assert list(out.iterdir()) == []


JOB = """
import os, sys
from pathlib import Path
sys.path.insert(0, "tests")
from packages import KEY, native
from redact.package.writer import prepared
target, zipped, left = Path(sys.argv[1]), sys.argv[2] == "archive", int(sys.argv[3])
def step(event, args):
    global left
    if event in {"os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "open"}:
        if str(target.parent) in str(args[0]):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), 9)
with prepared({"cam.dav": b"master", "letter.txt": b"letter"}, native({"cam.dav": b"master"}), KEY, target,
              zipped=zipped) as ready:
    sys.addaudithook(step) if left else None
    print(ready.digest, flush=True)
    ready.publish() if left else sys.stdin.read()
"""


def job(target: Path, form: str, left: int) -> subprocess.Popen[str]:
    """Let another process make a package; LEFT is the step of publishing before which it is killed, 0: it waits."""
    command = [sys.executable, "-c", JOB, str(target), form, str(left)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)


def test_what_a_killed_process_left_is_swept(out: Path) -> None:
    """As long as it lives nothing of it is touched; what merely looks like it stays."""
    out.mkdir(parents=True)
    (out / ".file.redact-package").touch()
    (out / ".link.redact-package").symlink_to(out.parent)
    with job(out / "a", "folder", 0) as running:
        assert running.stdout
        running.stdout.readline()
        assert sweep(out) == ()
        running.kill()
    (swept,) = sweep(out)
    assert not swept.exists()
    assert sorted(path.name for path in out.iterdir()) == [".file.redact-package", ".link.redact-package"]
    assert sweep(out / "nowhere") == ()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["folder", "archive"])
def test_killed_at_any_step_it_is_there_whole_or_not_at_all(tmp_path: Path, form: str) -> None:
    """And whoever comes next can tell which, and clears up."""
    seen, code, step = set(), -9, 1
    while code == -9:
        target = tmp_path / f"{step}" / "release"
        with job(target, form, step) as running:
            said, _ = running.communicate()
        code = running.returncode
        there = digest_of(target)
        assert there in {None, said.strip()}
        assert there is None or holds(target)
        sweep(target.parent)
        assert [path.name for path in target.parent.iterdir()] == (["release"] if there else [])
        seen.add(there is not None)
        step += 1
    assert seen == {False, True}


def test_two_at_once_make_one(copy: Path, record: ReleaseRecord, out: Path) -> None:
    """The second finds the name taken, and the first stays as it was."""
    failed: list[str] = []

    def make(zipped: bool) -> None:
        try:
            make_package(files_of(copy), record, KEY, out / "a", zipped=zipped)
        except InputUnusable as problem:
            failed.append(problem.what)

    threads = [threading.Thread(target=make, args=(number % 2 == 0,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failed) == 3
    assert holds(out / "a")
    assert [path.name for path in out.iterdir()] == ["a"]


def test_a_digest_is_only_of_a_package(copy: Path, record: ReleaseRecord, out: Path) -> None:
    """Nothing, any file, an empty folder, and an archive that was damaged have none."""
    out.mkdir(parents=True)
    made = make_package(files_of(copy), record, KEY, out / "a.zip", zipped=True)
    assert digest_of(out / "none") is digest_of(out) is digest_of(copy) is None
    made.path.write_bytes(made.path.read_bytes()[:-1])
    assert digest_of(made.path) is None


def test_a_package_is_found_by_any_part_of_it(copy: Path, record: ReleaseRecord, out: Path) -> None:
    """The folder, its envelope, any other file of it, and an archive by its name or its first bytes."""
    folder = make_package(files_of(copy), record, KEY, out / "a", zipped=False).path
    archive = make_package(files_of(copy), record, KEY, out / "b", zipped=True).path
    for path in (folder, folder / ENVELOPE, folder / copy.name, folder / "gone"):
        assert package_at(path) == folder
    assert package_at(archive) == archive
    (out / "c.zip").write_bytes(b"")
    assert package_at(out / "c.zip") == out / "c.zip"
    assert package_at(out) is package_at(copy) is package_at(out / "none") is None


def test_the_umask_says_who_may_read_it(copy: Path, record: ReleaseRecord, out: Path) -> None:
    """As of any other file that a user makes."""
    before = os.umask(0o027)
    try:
        folder = make_package(files_of(copy), record, KEY, out / "a", zipped=False).path
        archive = make_package(files_of(copy), record, KEY, out / "b", zipped=True).path
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o750
    assert {path.stat().st_mode & 0o777 for path in (archive, *folder.iterdir())} == {0o640}


@pytest.mark.slow
def test_a_large_package_takes_no_memory_to_speak_of(tmp_path: Path, out: Path) -> None:
    """A gigabyte goes through in pieces, in making it and in checking it."""
    code = """
import resource, sys
from pathlib import Path
sys.path.insert(0, "tests")
from packages import KEY, native
from redact.package.record import FileRecord
from redact.package.reader import opened
from redact.package.writer import make_package
from redact.package.verify_package import seal_of
master, target = Path(sys.argv[1]), Path(sys.argv[2])
record = native({}, masters=(FileRecord(name="a.dav", sha256=sys.argv[3], size_bytes=master.stat().st_size),))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
make_package({"a.dav": master}, record, KEY, target, zipped=True)
with opened(target) as contents:
    assert seal_of(contents, KEY.public).holds
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    master = tmp_path / "a.dav"
    with master.open("wb") as stream:
        stream.truncate(1 << 30)
    began = time.monotonic()
    command = [sys.executable, "-c", code, str(master), str(out / "a.zip"), sha256_file(master)]
    grown = int(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    assert grown < 64 * 1024, f"{grown} KiB"
    assert time.monotonic() - began < 120
