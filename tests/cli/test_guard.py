"""Whatever stops a command becomes a sentence, an exit code and, where asked for, one JSON document."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner, Result

from cli.guard import Guarded, when_stopped
from cli.output import json_option
from redact.errors import (
    InputUnusable,
    ModelUnavailable,
    NotPermitted,
    RedactError,
    SourceChanged,
    UsageProblem,
    VerificationFailed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CHILDREN = (InputUnusable, ModelUnavailable, NotPermitted, SourceChanged, UsageProblem, VerificationFailed)

ROOT = Path(__file__).parents[2]


def stopped_by(problem: BaseException | None, *args: str) -> Result:
    """Run a command that raises PROBLEM."""

    def fail() -> None:
        if problem is not None:
            raise problem

    return guarded(fail, *args)


def guarded(body: Callable[[], object], *args: str) -> Result:
    """Run a command that does what BODY does."""

    @click.group(cls=Guarded)
    def group() -> None:
        """Hold one command."""

    @group.command()
    @json_option
    @click.option("--number", type=int)
    def act(as_json: bool, number: int | None) -> object:
        """Do it."""
        del as_json, number
        return body()

    return CliRunner().invoke(group, ["act", *args])


def test_a_command_that_is_done_ends_with_0() -> None:
    """Nothing is said that the command did not say."""
    result = stopped_by(None)
    assert (result.exit_code, result.output) == (0, "")


def test_a_command_may_give_its_exit_code() -> None:
    """What it returns is what the shell gets."""
    assert guarded(lambda: 5).exit_code == 5


@pytest.mark.parametrize("child", CHILDREN)
def test_a_known_problem_is_said_with_its_remedy_and_code(child: type[RedactError]) -> None:
    """Nothing on standard output; what is wrong, and what to do, on standard error."""
    result = stopped_by(child("cam4.mp4 is not good.", "Get another."))
    assert result.exit_code == child.exit_code
    assert result.stdout == ""
    assert result.stderr == "Error: cam4.mp4 is not good.\nGet another.\n"


@pytest.mark.parametrize("child", CHILDREN)
def test_a_known_problem_is_one_json_document_where_asked_for(child: type[RedactError]) -> None:
    """The same three facts, for programs."""
    result = stopped_by(child("It is not good.", "Get another."), "--json")
    error = {"message": "It is not good.", "remedy": "Get another.", "exit_code": child.exit_code}
    assert json.loads(result.stdout) == {"error": error}


def test_a_misused_option_is_2_and_json_too() -> None:
    """Click's own complaints follow the same rule."""
    result = stopped_by(None, "--number", "many", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["exit_code"] == 2
    assert "'many' is not a valid integer" in result.stderr


def test_an_interrupt_says_that_nothing_was_released() -> None:
    """Ctrl-C is 130, as in every shell."""
    result = stopped_by(KeyboardInterrupt())
    assert (result.exit_code, result.stderr) == (130, "\nStopped. Nothing unfinished was released.\n")


def test_a_command_that_knows_better_says_so_when_interrupted() -> None:
    """A batch that has released ten clips does not say that nothing was released."""

    def act() -> None:
        when_stopped("Stopped. Ten clips are done.")
        raise KeyboardInterrupt

    assert guarded(act).stderr == "\nStopped. Ten clips are done.\n"


def test_too_little_memory_is_a_sentence() -> None:
    """Not a traceback."""
    result = stopped_by(MemoryError())
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: The machine ran out of memory.\n")


def led_to(*problems: Exception) -> Exception:
    """The last of PROBLEMS, each raised from the one before it."""
    for before, after in pairwise(problems):
        after.__cause__ = before
    return problems[-1]


@pytest.mark.parametrize(
    "problem",
    [
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM), "cam4.mp4"),
        RuntimeError("Exception from src/inference/src/cpp/core.cpp:104:\nstd::bad_alloc"),
        RuntimeError("Failed to allocate 113049600 bytes of memory"),
        ValueError("OpenCV(4.12.0) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 8 bytes"),
        type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory. Tried to allocate 2 GiB."),
        ImportError("libvpx.so.11: failed to map segment from shared object"),
        led_to(MemoryError(), InputUnusable("cam4.mp4 cannot be written (cannot allocate memory).")),
        led_to(RuntimeError("std::bad_alloc"), ModelUnavailable("OpenVINO cannot run the network 0123.")),
    ],
)
def test_memory_that_runs_out_is_a_sentence_whoever_notices_it(problem: Exception) -> None:
    """The system, OpenVINO, OpenCV, torch, the loader of libraries, and whatever was made of what they said."""
    result = stopped_by(problem)
    assert result.exit_code == 1
    assert "The machine ran out of memory.\nClose other programs" in result.stderr


def test_what_only_speaks_of_memory_is_itself() -> None:
    """A file whose name has the words in it, and problems that lead to each other in a circle."""
    assert "ran out" not in stopped_by(InputUnusable("out of memory.mp4 is empty.")).stderr
    first, second = InputUnusable("a.mp4 is empty."), ValueError("no")
    first.__cause__, second.__cause__ = second, first
    assert "a.mp4 is empty." in stopped_by(first).stderr


def test_a_name_that_is_too_long_is_a_sentence() -> None:
    """Wherever it comes up."""
    result = stopped_by(OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), "n" * 300))
    assert result.exit_code == 3
    assert f"The name {'n' * 300} is too long for a file.\nGive it a shorter name" in result.stderr


def test_a_full_disk_is_a_sentence() -> None:
    """Wherever it is noticed."""
    result = stopped_by(OSError(errno.ENOSPC, "No space left on device"))
    assert result.exit_code == 3
    assert result.stderr.startswith("Error: The disk is full.\n")


def test_a_fault_is_one_sentence_and_a_details_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The traceback is in the file, which its owner alone may read, and not on the screen."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    result = stopped_by(ZeroDivisionError("division by zero"))
    assert result.exit_code == 1
    assert "Error: This is a fault in redact itself (ZeroDivisionError: division by zero)." in result.stderr
    assert "Traceback" not in result.stderr
    (details,) = tmp_path.rglob("fault-*.txt")
    assert str(details) in result.stderr
    assert "Traceback" in details.read_text()
    assert details.stat().st_mode & 0o077 == 0


def test_a_fault_where_no_log_can_be_written_goes_to_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder below a file cannot be made."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stopped_by(ZeroDivisionError())
    assert len(list(tmp_path.glob("fault-*.txt"))) == 1


def test_debug_shows_the_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For whoever looks after the program."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("REDACT_DEBUG", "1")
    assert "Traceback" in stopped_by(ZeroDivisionError()).stderr


def test_an_odd_name_in_a_message_breaks_nothing() -> None:
    """A name that is not UTF-8, or that moves the cursor, is shown with its odd parts replaced."""
    result = stopped_by(InputUnusable("cam\udcff\x1b[2J.mp4 is not good."))
    assert result.stderr == "Error: cam\ufffd\ufffd[2J.mp4 is not good.\n"


HEEDS = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""
"""Whoever runs the tests may have told their children to ignore signals."""

SLEEPER = """
import sys, time
from pathlib import Path
import click
from cli.guard import Guarded, stop_by_signal

@click.group(cls=Guarded)
def group(): pass

@group.command()
def act():
    part = Path(sys.argv[2])
    try:
        part.touch()
        time.sleep(60)
    finally:
        time.sleep(0.5)
        part.unlink()

stop_by_signal()
group.main(args=["act"])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("presses", [1, 2])
def test_a_signal_ends_a_command_tidily(tmp_path: Path, number: signal.Signals, presses: int) -> None:
    """Ctrl-C, a request to end and a closed terminal do the same; a second press does not keep it from tidying up."""
    part = tmp_path / "part"
    command = [sys.executable, "-c", HEEDS + SLEEPER, "-"]
    with subprocess.Popen([*command, str(part)], cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        while not part.exists():
            assert process.poll() is None
        for _ in range(presses):
            process.send_signal(number)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.2)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, part.exists()) == (130, False)
    assert said.endswith("\nStopped. Nothing unfinished was released.\n")


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_a_reader_that_goes_away_is_no_fault(arguments: list[str]) -> None:
    """Nothing is said of it, as in `redact --help | head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_file_that_is_called_as_an_option_forges_no_line() -> None:
    """A shell gives its name where a pattern was typed."""
    result = guarded(lambda: None, "--x\nAll checks hold.\x1b[2J\u202e")
    assert result.exit_code == 2
    assert not [line for line in result.output.splitlines() if line.startswith("All checks")]
    assert not {"\x1b", "\u202e"} & set(result.output)
