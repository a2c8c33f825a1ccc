"""What Dask carries to a worker, and what the worker does with it: one errand at a time, in a process of its own."""

from __future__ import annotations

import pickle
import platform
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redact.errors import InputUnusable, RedactError
from redact.jobs.alike import different, versions
from redact.jobs.errands import Common, Errand, do
from redact.jobs.leases import FOLDER, Board, Verdict, job_id
from redact.jobs.outcomes import Outcome
from redact.jobs.work import Work
from redact.jobs.workers import Crashed, Team

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Unfit", "carry", "examine", "here"]

LOOK_S = 1.0
"""How often a worker looks whether its job is still wanted, and how much memory it takes."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a computer cannot work for a batch."""

    where: str
    why: str

    @property
    def sentence(self) -> str:
        """Say it."""
        return f"{self.where} cannot take part: {self.why}."


class Here:
    """This computer as a worker."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self.memory = 0
        """Bytes that a job may take; 0 where nobody said."""
        self.unfit: Callable[[Unfit], None] = lambda _: None
        """Called where this computer cannot work for a batch."""
        self._turn = threading.Lock()
        self._run = ""
        self._team: Team[Errand, Outcome | None] | None = None

    def do(self, common: Common, errand: Errand) -> Outcome | Crashed | None:
        """Do ERRAND after whatever is being done: a worker that lost its scheduler comes back before it is finished."""
        with self._turn:
            if self._team is None or self._run != common.run:
                self.close()
                self._team, self._run = Team(partial(do, common), 1), common.run
            self._team.begin(errand)
            board, asking = Board.of(common.out, common.terms), job_id(common.run, "run")
            while True:
                for _, result in self._team.heard(lambda *_: None, LOOK_S):
                    return result
                board.look()
                if board.gone(asking) or board.judge(asking)[0] is Verdict.DEAD:
                    self.close()
                    return None
                if self.memory and (crashed := self._too_large()):
                    return crashed

    def _too_large(self) -> Crashed | None:
        """End the process that works if it takes more memory than it may."""
        import psutil  # noqa: PLC0415  comes with Dask

        for pid in self._team.pids if self._team else ():
            with suppress(psutil.Error):
                process = psutil.Process(pid)
                if process.memory_info().rss > self.memory:
                    process.kill()
                    process.wait()
                    self.close()
                    return Crashed(-9, f"because it took more than {self.memory / 2**30:.1f} GiB of memory")
        return None

    def close(self) -> None:
        """Stop the process that works."""
        if self._team is not None:
            self._team.__exit__()
            self._team = None


here = Here()
"""This process, where it is a worker."""


def examine(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Tell whether this computer could work for the batch that ASKED: plain data, whatever the versions."""
    out, run = Path(asked["out"]), str(asked["run"])
    return {"where": platform.node(), "versions": versions(), "sees": _sees(out, run)}


def carry(mine: Mapping[str, str], out: str, run: str, packed: bytes) -> Outcome | Crashed | Unfit | None:
    """Do an errand that is PACKED, if this computer is like the one that asks, which has MINE, and sees its folder."""
    unlike = different(mine, versions())
    why = unlike or _sees(Path(out), run)
    if not why:
        common, errand = pickle.loads(packed)  # noqa: S301  of the one who asks, who may run anything here anyway
        why = _networks(common)
    if why:
        return _told(Unfit(platform.node(), why))
    result = here.do(common, errand)
    if isinstance(result, Outcome) and result.code == InputUnusable.exit_code and (why := _sees(Path(out), run)):
        return _told(Unfit(platform.node(), why))  # the folder is gone, and not the clip at fault
    return result


def _told(unfit: Unfit) -> Unfit:
    here.unfit(unfit)
    return unfit


def _sees(out: Path, run: str) -> str:
    """Say why the folder OUT of the batch RUN is not the one that it writes to; nothing where it is."""
    entry = Board.of(out).entry(job_id(run, "run"))
    if entry is None or entry.run != run:
        return f"it has another folder at {out}, or none: it must be the same one, by the same name, on every computer"
    try:
        with tempfile.TemporaryFile(dir=out / FOLDER):
            return ""
    except OSError:
        return f"it cannot write to {out}"


def _networks(common: Common) -> str:
    """Say in what copies would be made otherwise here; nothing where they would not."""
    if not isinstance(common.work, Work):
        return ""
    try:
        same = common.work.recipe() == common.recipe
    except RedactError as problem:
        return problem.what.rstrip(".")
    return "" if same else "it has other networks"
