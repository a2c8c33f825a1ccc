"""A job: long work that somebody asked for on the page, as it is kept on the disk and shown."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from redact.progress import STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ENDED", "FORM", "HEAVY", "STOPPING", "Job", "JobKind", "State", "now"]

FORM = "redact-job/1"
STOPPING = "stopping"
"""Stage of a job that was told to stop, and is tidying up."""

WAIT_DAYS = 7
"""Days for which footage that was sent, and not taken in, waits for somebody to go on with it."""

TOKEN = 8
"""Bytes of a job's name."""


class JobKind(StrEnum):
    """What is done."""

    ATTACH = "attach"
    SCAN = "scan"
    RENDER = "render"
    RELEASE = "release"
    PROXY = "proxy"


class State(StrEnum):
    """How far it has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    """Its process, or the server, ended before it: it can go on."""


HEAVY = frozenset({JobKind.SCAN, JobKind.RENDER, JobKind.PROXY})
"""What keeps a computer busy; the rest reads a file once or twice."""

ENDED = frozenset({State.DONE, State.FAILED, State.STOPPED})

WORDS = {
    JobKind.ATTACH: "Taking the footage in",
    JobKind.SCAN: "Looking for everybody in the footage",
    JobKind.RENDER: "Making the copy",
    JobKind.RELEASE: "Putting the package together",
    JobKind.PROXY: "Making the footage ready to be played",
}
"""Each kind as it is said to whoever waits."""


def now() -> str:
    """Give this moment in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is done in a process of its own."""

    kind: JobKind
    reference: str
    by: str
    """Account of whoever asked for it; what it records is signed by their key."""
    clip: str = ""
    """SHA-256 of the master; empty where the job is about none, or takes it in."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """What it needs to know besides, as plain JSON: never a secret."""
    id: str = field(default_factory=lambda: secrets.token_hex(TOKEN))
    at: str = field(default_factory=now)
    """When it was asked for."""
    state: State = State.WAITING
    tries: int = 0
    """How often it was begun."""
    stage: str = ""
    done: int = 0
    total: int | None = None
    round: int = 1
    """Which copy it is that is being made: what the second look finds is hidden too, and the copy made anew."""
    share: float = 0.0
    """How much of all of it is done, about; it never runs backwards."""
    left_s: float | None = None
    """Seconds until the end, about; None while nobody can tell."""
    ended: str = ""
    result: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it, unless somebody asks for that."""
        return self.state in ENDED

    @property
    def forgotten(self) -> bool:
        """Whether footage was sent for it, and nobody has let it go on for WAIT_DAYS."""
        waits = self.kind is JobKind.ATTACH and self.state is State.INTERRUPTED
        return waits and datetime.now(UTC) - datetime.fromisoformat(self.ended) > timedelta(WAIT_DAYS)

    @property
    def stages(self) -> str:
        """Say in words what it is at."""
        if self.state is not State.RUNNING:
            return WORDS[self.kind]
        words = "Stopping" if self.stage == STOPPING else STAGES.get(self.stage, WORDS[self.kind])
        if self.total and self.done >= self.total and self.stage in STAGES:
            words = f"{words}: finishing"
        return f"{words} (again, as more has to be hidden)" if self.round > 1 else words

    def same(self, other: Job) -> bool:
        """Tell whether OTHER asks for the same."""
        return (self.kind, self.reference, self.clip) == (other.kind, other.reference, other.clip)

    def begun(self) -> Job:
        """Give it as it is once its process has started."""
        return replace(self, state=State.RUNNING, tries=self.tries + 1, stage="", error=None)

    def ending(self, state: State, *, result: Any = None, error: Any = None) -> Job:
        """Give it as it is once it has come to STATE."""
        end = replace(self, state=state, ended=now(), result=result, error=error, left_s=None)
        return replace(end, share=1.0, clip=str((result or {}).get("clip", self.clip))) if state is State.DONE else end

    def anew(self, by: str) -> Job:
        """Give it as it is where BY lets it go on, or begin again."""
        cleared = replace(self, state=State.WAITING, by=by, stage="", done=0, total=None, round=1)
        return replace(cleared, share=0.0, left_s=None, ended="", result=None, error=None)

    def shown(self) -> dict[str, Any]:
        """Give what the page is told of it."""
        told = {name: getattr(self, name) for name in _SHOWN}
        name = str(self.given.get("name", ""))
        return told | {"words": self.stages, "name": name, "may_go_on": self.state in GOES_ON and not self._gone}

    @property
    def _gone(self) -> bool:
        """Whether what it needs is not there any more: footage that was sent is deleted with a job that ended."""
        return self.kind is JobKind.ATTACH and self.over

    def plain(self) -> dict[str, Any]:
        """Give it as it is kept."""
        return {"version": FORM} | {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Job:
        """Read it as it was kept. Raises KeyError, TypeError or ValueError where it is no job."""
        if plain["version"] != FORM:
            message = "another form of job"
            raise ValueError(message)
        facts = {each.name: plain[each.name] for each in fields(cls)}
        return cls(**{**facts, "kind": JobKind(facts["kind"]), "state": State(facts["state"])})


GOES_ON = frozenset({State.INTERRUPTED, State.FAILED, State.STOPPED})
_SHOWN = (
    *("id", "kind", "reference", "clip", "by", "at", "state", "stage", "done", "total", "round", "share", "left_s"),
    *("ended", "result", "error"),
)
