"""How far a job is: lines where nobody watches, bars where somebody does."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from cli.progress import Bars, Lines, _duration, _share, showing


def test_many_steps_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A log does not fill up: one line now, the next in some seconds."""
    lines = Lines()
    for frame in range(10_000):
        lines("scan", frame, 10_000)
    lines("render", 1, 10_000)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "Finding people, faces and plates: 0%\n"


def test_a_stage_nobody_knows_is_said_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Such as that of a network that is being fetched, of which nobody knows the size."""
    Lines()("fetch face-centerface", 4096, None, "cam4.mp4")
    assert capsys.readouterr().err == "cam4.mp4: Fetch face-centerface: 4,096 so far\n"


def test_a_note_is_always_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever was said just before."""
    lines = Lines()
    lines("scan", 0, 100)
    lines.note("cam4.mp4: released.")
    lines.ended("cam4.mp4")
    assert capsys.readouterr().err.splitlines()[1:] == ["cam4.mp4: released."]


@pytest.mark.parametrize(
    ("done", "total", "passed_s", "said"),
    [
        (0, None, 0, ""),
        (7, None, 60, ": 7 so far"),
        (0, 0, 60, ""),
        (0, 100, 60, ": 0%"),
        (50, 100, 1, ": 50%"),
        (50, 100, 30, ": 50%, about 30 s left"),
        (10, 100, 600, ": 10%, about 1 h 30 min left"),
        (120, 100, 600, ": 100%, about 1 s left"),
    ],
)
def test_the_time_left_is_said_once_it_can_be_told(done: int, total: int | None, passed_s: float, said: str) -> None:
    """Nothing is promised in the first seconds."""
    assert _share(done, total, passed_s) == said


@pytest.mark.parametrize(("seconds", "said"), [(0, "1 s"), (59, "59 s"), (90, "2 min"), (5400, "1 h 30 min")])
def test_durations_are_said_as_people_do(seconds: float, said: str) -> None:
    """Seconds, minutes, or hours and minutes."""
    assert _duration(seconds) == said


def test_bars_are_drawn_for_each_job_and_taken_away(capsys: pytest.CaptureFixture[str]) -> None:
    """Every stage gets a bar of its own; names with brackets in them are no commands to the terminal."""
    screen = io.StringIO()
    with Progress(console=Console(file=screen, force_terminal=True, width=120), auto_refresh=False) as progress:
        bars = Bars(progress)
        bars("scan", 1, 10, "[red]a.mp4")
        bars("scan", 1, 10, "b.mp4")
        assert len(progress.tasks) == 2
        bars.note("[red]a.mp4: released.")
        bars.ended("[red]a.mp4")
        bars.ended("never begun")
        assert [task.description for task in progress.tasks] == ["b.mp4: Finding people, faces and plates"]
    assert "[red]a.mp4: released." in screen.getvalue()
    assert capsys.readouterr().out == ""


def test_without_a_terminal_there_are_lines() -> None:
    """Under cron, or in a file."""
    with showing() as shown:
        assert isinstance(shown, Lines)
