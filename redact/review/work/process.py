"""A worker as its server sees it: started, listened to, told to stop, and ended if it does not."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redact
from redact.governance.keys import VARIABLE as ORGANISATIONS
from redact.governance.people.own import Unlocked
from redact.review.work.job import JobKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from redact.governance.people.own import OwnKey
    from redact.review.work.job import Job

__all__ = ["Handed", "Worker"]

PATIENCE_S = 35.0
"""Seconds that a worker which is told to stop has for tidying up, before it is killed."""

SECRET = "PASSPHRASE"  # noqa: S105  a part of the names of variables
MODULE = "redact.review.work.worker"
READ = 1 << 16


class Handed:
    """What a worker is handed besides its job, and what is in memory alone."""

    def __init__(self, own: OwnKey, passphrase: str | None = None) -> None:
        """Take OWN, open, and the PASSPHRASE of the organisation's key if one was given."""
        signer, self.account, self.passphrase = own.signer(), own.account, passphrase
        self.who: dict[str, Any] = {"folder": str(own.folder), "account": own.account, "keyid": signer.keyid}
        if isinstance(signer, Unlocked):
            private = b64encode(signer.private.private_bytes_raw()).decode()
            self.who |= {"claim": signer.claim.model_dump(), "private": private}


class Worker:
    """The process that does one job."""

    def __init__(self, job: Job, handed: Handed, home: Path, load: str) -> None:
        """Start it for JOB on the records in HOME; LOAD names what loads the networks. Raises OSError."""
        self.job = job
        self.last: dict[str, Any] = {}
        """The last line that it said, and not how far it is: what came of its job."""
        self.stopping = False
        self._deadline, self._rest = 0.0, b""
        command = [sys.executable, "-P", "-m", MODULE]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(job),
            start_new_session=True,
        )
        asked = {"job": job.plain(), "home": str(home), "load": load, "who": handed.who}
        asked |= {"passphrase": handed.passphrase} if handed.passphrase else {}
        with suppress(OSError):  # it has just died; its end will tell
            assert self.process.stdin  # noqa: S101  it is a pipe
            self.process.stdin.write(json.dumps(asked).encode() + b"\n")
            self.process.stdin.flush()

    def fileno(self) -> int:
        """Where it says how far it is."""
        assert self.process.stdout  # noqa: S101  as above
        return self.process.stdout.fileno()

    def heard(self) -> Iterator[dict[str, Any]]:
        """Give the lines that it has said since; after its last one `gone` is true."""
        data = os.read(self.fileno(), READ)
        if not data:
            os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
            self._end()
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            said = json.loads(line)
            if "stage" in said:
                yield said
            else:
                self.last = said

    @property
    def gone(self) -> bool:
        """Whether its process has ended."""
        return self.process.returncode is not None

    def stop(self) -> None:
        """Tell it to stop, and to leave nothing half made."""
        if not self.stopping:
            self.stopping, self._deadline = True, time.monotonic() + PATIENCE_S
            self.process.terminate()

    def mind(self) -> None:
        """Kill it where it was told to stop long ago."""
        if self.stopping and time.monotonic() > self._deadline:
            self._kill()

    def wait(self) -> None:
        """Tell it to stop, and wait until it has ended."""
        self.stop()
        while not self.gone:
            left = max(0.0, self._deadline - time.monotonic())
            if select.select([self], [], [], left)[0]:
                list(self.heard())
            else:
                self._kill()
                self._deadline = time.monotonic() + PATIENCE_S

    def _kill(self) -> None:
        """Kill it, and every program that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _end(self) -> None:
        if not self.gone:
            self._kill()  # what it has started may live on; its own number is taken until it is waited for
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()


def _environment(job: Job) -> Mapping[str, str]:
    """Give what a worker for JOB finds in its environment: no passphrase but that of the key that signs a release."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if SECRET not in name or (job.kind is JobKind.RELEASE and name.startswith(ORGANISATIONS))
    }
    root = str(Path(redact.__file__).parents[1])
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, (root, kept.get("PYTHONPATH"))))}
