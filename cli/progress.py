"""How far a job is: a bar with the time left on a terminal, a line now and then anywhere else. On standard error."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from cli.output import printable, say
from redact.legible import one_line
from redact.progress import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    Shown: TypeAlias = "Bars | Lines"

__all__ = ["Bars", "Lines", "showing"]

DRAW_S = 0.1
"""Shortest time between two pictures of the bars."""

LINE_S = 5.0
"""Shortest time between two lines; a job that takes long says less and less often."""

LONGEST_LINE_S = 60.0

MINUTE_S = 60


@contextmanager
def showing() -> Iterator[Shown]:
    """Show progress inside the block, in the manner that suits where standard error goes to."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    with _rich() as progress:
        yield Bars(progress)


class Lines:
    """Says how far it is in a line of its own, at most every few seconds."""

    def __init__(self) -> None:
        """Begin with the next call."""
        self._due = 0.0
        self._start = monotonic()
        self._begun: dict[str, tuple[str, float, int]] = {}

    def __call__(self, stage: str, done: int, total: int | None, name: str = "") -> None:
        """Job NAME has DONE of TOTAL steps of STAGE behind it."""
        now = monotonic()
        if name not in self._begun or self._begun[name][0] != stage:
            self._begun[name] = (stage, now, done)
        if now >= self._due:
            self._due = now + min(max(LINE_S, (now - self._start) / 10), LONGEST_LINE_S)
            _, begun, first = self._begun[name]
            say(_title(stage, name) + _share(done, total, now - begun, first), err=True)

    def note(self, *lines: str) -> None:
        """Say LINES, whatever was said last."""
        say(*lines, err=True)

    def ended(self, name: str) -> None:
        """Forget job NAME."""
        self._begun.pop(name, None)


class Bars:
    """Draws one bar for each job, with the time left."""

    def __init__(self, progress: RichProgress) -> None:
        """Draw with PROGRESS, which is running."""
        self._progress = progress
        self._due: dict[str, float] = {}
        self._tasks: dict[str, tuple[str, TaskID]] = {}

    def __call__(self, stage: str, done: int, total: int | None, name: str = "") -> None:
        """Job NAME has DONE of TOTAL steps of STAGE behind it."""
        now = monotonic()
        if now < self._due.get(name, 0.0):
            return
        self._due[name] = now + DRAW_S
        self._progress.update(self._task(stage, name), completed=done, total=total)
        self._progress.refresh()

    def note(self, *lines: str) -> None:
        """Say LINES above the bars."""
        for line in lines:
            self._progress.console.print(printable(one_line(line)), markup=False, highlight=False, soft_wrap=True)

    def ended(self, name: str) -> None:
        """Take the bar of job NAME away."""
        _, task = self._tasks.pop(name, ("", None))
        if task is not None:
            self._progress.remove_task(task)

    def _task(self, stage: str, name: str) -> TaskID:
        """Give the bar of job NAME; a new STAGE gets a new bar, since it has a pace of its own."""
        if self._tasks.get(name, ("",))[0] != stage:
            self.ended(name)
            self._tasks[name] = stage, self._progress.add_task(_title(stage, name), total=None)
        return self._tasks[name][1]


def _rich() -> RichProgress:
    """Make the bars; they vanish when they end, and are drawn when told to, without a thread."""
    from rich.console import Console  # noqa: PLC0415  a tenth of a second that most commands need not wait
    from rich.progress import (  # noqa: PLC0415  as above
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
    )


def _title(stage: str, name: str) -> str:
    words = STAGES.get(stage, stage[:1].upper() + stage[1:])
    return printable(one_line(f"{name}: {words}" if name else words))


def _share(done: int, total: int | None, passed_s: float, first: int = 0) -> str:
    """Say how far it is, and how long it takes if it goes on like this; FIRST steps were done when it began."""
    if not total:
        return f": {done:,} so far" if done else ""
    share = min(done / total, 1.0)
    if done <= first or passed_s < LINE_S:
        return f": {share:.0%}"
    return f": {share:.0%}, about {_duration(passed_s * max(total - done, 0) / (done - first))} left"


def _duration(seconds: float) -> str:
    """Say SECONDS as people do."""
    if seconds < MINUTE_S:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / MINUTE_S)
    hours, rest = divmod(minutes, MINUTE_S)
    return f"{hours} h {rest} min" if hours else f"{minutes} min"
