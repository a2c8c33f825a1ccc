"""The queue: a heavy job at a time and a light one beside it, each in a process of its own, all of them on the disk."""

from __future__ import annotations

import os
import selectors
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from redact.errors import RedactError
from redact.files import reason_of
from redact.review.words import Turned
from redact.review.work.job import HEAVY, STOPPING, Job, JobKind, State
from redact.review.work.pace import Pace
from redact.review.work.process import Handed, Worker
from redact.review.work.store import KEPT, Store
from redact.review.work.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redact.governance.people.own import OwnKey
    from redact.jobs.work import Loader
    from redact.review.desk import Desk

__all__ = ["Jobs"]

TICK_S = 1.0
"""How often it is looked whether somebody who was told to stop has not."""

ALONE = {
    "message": "This stopped because the program that ran it ended.",
    "remedy": "Let it go on.",
    "code": "interrupted",
}
FORGOTTEN = {
    "message": "This was interrupted, and nobody let it go on for a week. The footage that was sent is deleted.",
    "remedy": "Add the footage once more.",
    "code": "interrupted",
}
CRASHED = {
    "message": "The process that did this ended before it was done. Nothing half made was kept.",
    "remedy": "Let it go on. If it happens again, the computer may have too little memory for this footage.",
    "code": "interrupted",
}


class Jobs:
    """All jobs of one server."""

    def __init__(self, desk: Desk) -> None:
        """Take up what is kept in the folder of DESK: what was not done when its server ended is interrupted."""
        self.home, self.load = desk.home, _named(desk.load)
        self.uploads = Uploads(desk.folder / "uploads")
        self._store = Store(desk.folder / "jobs")
        self._turn = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._handed: dict[str, Handed] = {}
        self._workers: dict[str, Worker] = {}
        self._paces: dict[str, Pace] = {}
        self._changed: dict[str, int] = {}
        self.version = 0
        """Grows with every change."""
        self._closing = False
        self._thread: threading.Thread | None = None
        self._woken, self._wakes = os.pipe()
        os.set_blocking(self._wakes, False)
        for job in self._store.load():
            self._jobs[job.id] = job
            if not job.over and job.state is not State.INTERRUPTED:
                self._put(job.ending(State.INTERRUPTED, error=ALONE))
            elif job.forgotten:  # footage is under nobody's retention as long as it is not taken in
                self._put(job.ending(State.FAILED, error=FORGOTTEN))
        self.uploads.sweep({job.given["path"] for job in self._jobs.values() if "path" in job.given and not job.over})

    def all(self) -> list[Job]:
        """Give every job, oldest first."""
        with self._turn:
            return list(self._jobs.values())

    def news(self, seen: int) -> tuple[int, list[Job]]:
        """Give the version that there is now, and what has changed after version SEEN; before the first is -1."""
        with self._turn:
            return self.version, [job for job in self._jobs.values() if self._changed.get(job.id, 0) > seen]

    def find(self, name: str) -> Job:
        """Give the job NAME. Raises Turned (404) where there is none."""
        with self._turn:
            if name not in self._jobs:
                message = "There is no such job any more."
                raise Turned(404, "no-job", message, "What it did is on the page of its request.")
            return self._jobs[name]

    def of(self, reference: str, clip: str = "") -> list[Job]:
        """Give the jobs of the case REFERENCE; of CLIP alone where one is given."""
        return [job for job in self.all() if job.reference == reference and clip in {"", job.clip}]

    def submit(self, job: Job, own: OwnKey, passphrase: str | None = None) -> Job:
        """Take JOB on, to be done with the key OWN; where just that is being done already, give that one.

        Raises Turned (409) where something else is being made of the same clip.
        """
        with self._turn:
            self._check_open()
            for other in self._jobs.values():
                if other.same(job) and other.state in {State.WAITING, State.RUNNING} and job.kind is not JobKind.ATTACH:
                    if other.given == job.given:
                        return other
                    message = "This is being made already, in another way."
                    raise Turned(409, "busy", message, "Wait until it is done, or stop it.")
            self._handed[job.id] = Handed(own, passphrase)
            self._put(job)
            self._wake()
            return job

    def again(self, name: str, own: OwnKey, passphrase: str | None = None) -> Job:
        """Let the job NAME go on, or begin again, with the key OWN of whoever says so. Raises Turned."""
        with self._turn:
            self._check_open()
            job = self.find(name)
            if not job.shown()["may_go_on"]:
                message = "This cannot go on." if job.over else "This is being done already."
                raise Turned(409, "busy", message, "Add the footage once more." if job.kind is JobKind.ATTACH else "")
            self._handed[name] = Handed(own, passphrase)
            self._put(job.anew(own.account))
            self._wake()
            return self._jobs[name]

    def stop(self, name: str) -> Job:
        """Stop the job NAME; one that waits is over at once, one that runs when it has tidied up."""
        with self._turn:
            job, worker = self.find(name), self._workers.get(name)
            if worker:
                worker.stop()
                self._put(replace(job, stage=STOPPING, left_s=None), keep=False)
                self._wake()
            elif not job.over:
                self._finish(job.ending(State.STOPPED))
            return self._jobs[name]

    def signed_in(self, own: OwnKey) -> None:
        """Let go on what was interrupted with its server, and is of whoever has just signed in, whose key is OWN.

        A release does not: that something leaves is said by a person each time.
        """
        for job in self.all():
            mine = job.state is State.INTERRUPTED and job.by == own.account and job.kind is not JobKind.RELEASE
            if mine and job.error == ALONE:
                with suppress(RedactError):
                    self.again(job.id, own)

    def close(self) -> None:
        """Stop every worker, let them tidy up, and wait for them; what they did goes on another time."""
        with self._turn:
            self._closing = True
            self._wake()
            thread = self._thread
        if thread:
            thread.join()
        for end in (self._woken, self._wakes):
            os.close(end)

    @property
    def closing(self) -> bool:
        """Whether the server is about to end."""
        return self._closing

    def _check_open(self) -> None:
        if self._closing:
            message = "The page is being closed."
            raise Turned(503, "closing", message, "Open it again.")

    def _wake(self) -> None:
        """Have the thread look again; it begins with the first job."""
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._mind, name="jobs", daemon=True)
            self._thread.start()
        with suppress(BlockingIOError):
            os.write(self._wakes, b"\0")

    def _mind(self) -> None:
        """Begin what can begin, and listen to whoever is at work, until the server ends."""
        with selectors.DefaultSelector() as ears:
            ears.register(self._woken, selectors.EVENT_READ)
            while not self._closing:
                for worker in self._begin():
                    ears.register(worker, selectors.EVENT_READ, worker)
                for key, _ in ears.select(TICK_S):
                    if key.data is None:
                        os.read(self._woken, 1 << 10)
                    else:
                        self._listen(ears, key.data)
                for worker in list(self._workers.values()):
                    worker.mind()
        for worker in self._workers.values():
            worker.stop()
        for name, worker in list(self._workers.items()):
            worker.wait()
            with self._turn:
                self._finish(_outcome(self._jobs[name], worker, stopped=State.INTERRUPTED))

    def _begin(self) -> list[Worker]:
        """Start a process for each job that may begin."""
        begun = []
        with self._turn:
            for job in list(self._jobs.values()):
                if job.state is State.WAITING and self._free(job):
                    begun += self._started(job.begun())
        return begun

    def _started(self, job: Job) -> list[Worker]:
        """Start the process that does JOB; none where the computer cannot."""
        try:
            worker = Worker(job, self._handed[job.id], self.home, self.load)
        except OSError as problem:
            error = {"message": f"This cannot be begun ({reason_of(problem)}).", "remedy": "Try it again later."}
            self._finish(job.ending(State.FAILED, error=error))
            return []
        self._workers[job.id], self._paces[job.id] = worker, Pace()
        self._put(job)
        return [worker]

    def _free(self, job: Job) -> bool:
        """Tell whether JOB may begin: none as heavy as it runs, and nothing else of a case that is being released."""
        running = [self._jobs[name] for name in self._workers]
        same = [other for other in running if other.reference == job.reference]
        apart = any(JobKind.RELEASE in {other.kind, job.kind} for other in same)
        return not apart and not any((other.kind in HEAVY) == (job.kind in HEAVY) for other in running)

    def _listen(self, ears: selectors.BaseSelector, worker: Worker) -> None:
        """Hear what WORKER says; where it has ended, say what came of its job."""
        name = worker.job.id
        fileno = worker.fileno()
        for said in worker.heard():
            with self._turn:
                if not worker.stopping:
                    told = self._paces[name].at(self._jobs[name], said["stage"], said["done"], said["total"])
                    self._put(told, keep=False)
        if worker.gone:
            ears.unregister(fileno)
            with self._turn:
                del self._workers[name], self._paces[name]
                self._finish(_outcome(self._jobs[name], worker))

    def _finish(self, job: Job) -> None:
        """Keep how JOB ended, and what it no longer needs is forgotten; what is to follow it is asked for."""
        handed = self._handed.pop(job.id, None)
        self._put(job)
        if job.over and "path" in job.given:
            self.uploads.forget(job.given["path"])
        after = _after(job)
        if handed and after:
            self._handed[after.id] = handed
            self._put(after)
        self._wake()

    def _put(self, job: Job, *, keep: bool = True) -> None:
        """Let JOB be as it is now; KEEP: on the disk too. Where the disk is full, it is not known after a restart."""
        self.version += 1
        self._jobs[job.id], self._changed[job.id] = job, self.version
        if keep:
            with suppress(RedactError):
                self._store.keep(job)
            old = [each for each in self._jobs.values() if each.over][:-KEPT]
            for each in old:
                del self._jobs[each.id], self._changed[each.id]
                self._store.forget(each)


def _outcome(job: Job, worker: Worker, *, stopped: State = State.STOPPED) -> Job:
    """Give JOB as WORKER, which has ended, has left it; STOPPED: what it is where it was told to stop."""
    last: Mapping[str, Any] = worker.last
    if "done" in last:
        return job.ending(State.DONE, result=last["done"])
    if "error" in last:
        return job.ending(State.FAILED, error=last["error"])
    if worker.stopping:
        return job.ending(stopped, error=ALONE if stopped is State.INTERRUPTED else None)
    return job.ending(State.INTERRUPTED, error=CRASHED)


def _after(job: Job) -> Job | None:
    """Give what follows JOB by itself: the search, where that was asked for, and then what is played."""
    if job.state is not State.DONE:
        return None
    if job.kind is JobKind.ATTACH and job.given.get("then") == JobKind.SCAN:
        return Job(JobKind.SCAN, job.reference, job.by, job.clip)
    return Job(JobKind.PROXY, job.reference, job.by, job.clip) if job.kind is JobKind.SCAN else None


def _named(load: Loader) -> str:
    """Name LOAD, a function of a module, so that another process finds it."""
    return f"{getattr(load, '__module__', '')}:{getattr(load, '__qualname__', '')}"
