"""The worker: a process that does one job for one person, whose key it is handed through a pipe.

It is told on standard input what to do, and with which key; nothing of that is on its command line, in its environment
or on a disk, and no core of it is ever dumped. It says on standard output how far it is. When that input ends, its
server has gone: then it tidies up and ends, as it does when it is told to stop.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import threading
import time
from base64 import b64decode
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from redact.governance.keys import KeyStore
from redact.governance.office import KEYS, Office
from redact.governance.people.agent import held_key
from redact.governance.people.own import Claim, OwnKey, Unlocked
from redact.jobs.trouble import explained
from redact.review.words import facts
from redact.review.work.job import Job
from redact.review.work.tasks import carry_out, done_already

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

    from redact.jobs.work import Loader
    from redact.package.envelope import Signer

__all__ = ["TIDY_S", "main"]

TIDY_S = 30.0
"""How long it may take to remove what it had begun, once it is told to stop."""

TELL_S = 0.4
"""Shortest time between two lines about one stage."""

AWAKE_S = 300.0
"""How often an agent is asked for the key while it is needed, so that it does not forget it in the meantime."""

READ = 1 << 16
NICE = 5
"""By how much everybody else goes first: the page is to stay quick."""


class Teller:
    """Says how far the job is, one line of JSON each."""

    def __init__(self, stream: IO[bytes], awake: Callable[[], object]) -> None:
        """Write to STREAM; call AWAKE now and then."""
        self._stream, self._awake = stream, awake
        self._turn, self._stage, self._due, self._asked = threading.Lock(), "", 0.0, time.monotonic()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """STAGE has DONE of TOTAL steps behind it."""
        moment = time.monotonic()
        if stage == self._stage and moment < self._due:
            return
        with self._turn:
            self._stage, self._due = stage, moment + TELL_S
            self.say({"stage": stage, "done": done, "total": total})
            if moment - self._asked > AWAKE_S:
                self._asked = moment
                self._awake()

    def say(self, line: Mapping[str, Any]) -> None:
        """Write LINE, if anybody is there to read it."""
        with suppress(OSError):
            self._stream.write(json.dumps(line).encode() + b"\n")
            self._stream.flush()


def main() -> NoReturn:
    """Do the job that is asked for on standard input."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICE)
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is not what is told
    for name in ("SIGINT", "SIGHUP"):  # the terminal tells everybody; the server decides
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _interrupt)
    asked = json.loads(_line())
    threading.Thread(target=_watch, daemon=True).start()
    own, awake = _own(asked["who"])
    teller = Teller(told, awake)
    teller.say(_outcome(asked, own, teller))
    os._exit(0)  # all is said and on the disk; libraries that take long to leave are not waited for


def _outcome(asked: Mapping[str, Any], own: OwnKey, teller: Teller) -> dict[str, Any]:
    """Do what is ASKED, and give the last line that is to be said of it."""
    job, home = Job.of(asked["job"]), Path(asked["home"])
    try:
        with _office(home, own, asked.get("passphrase")) as office:
            before = done_already(office, job) if job.tries > 1 else None
            return {"done": before or carry_out(office, job, _loader(asked["load"]), teller)}
    except KeyboardInterrupt:
        with suppress(Exception), _office(home, own, None) as office:  # it may have been done just before
            before = done_already(office, job)
            return {"done": before} if before else {"stopped": True}
        return {"stopped": True}
    except Exception as problem:  # noqa: BLE001  every failure becomes a sentence, and it becomes one here
        return {"error": facts(explained(problem))}


@contextmanager
def _office(home: Path, own: OwnKey, passphrase: str | None) -> Iterator[Office]:
    """Open the records in HOME for whoever has OWN; PASSPHRASE, if given, opens the organisation's key."""
    with Office.open(home, own=own) as office:
        given = None if passphrase is None else KeyStore(office.home / KEYS, passphrase.encode)
        yield office if given is None else replace(office, _keys=given)


def _loader(name: str) -> Loader:
    """Give the function of a module that NAME names."""
    module, _, function = name.partition(":")
    found: Loader = getattr(import_module(module), function)
    return found


def _own(who: Mapping[str, Any]) -> tuple[OwnKey, Callable[[], object]]:
    """Give the key of WHO the job is done for, and what keeps it open."""

    def held(keyid: str) -> Signer | None:
        return signer if signer and signer.keyid == keyid else None

    folder, account = Path(who["folder"]), str(who["account"])
    if "private" not in who:
        return OwnKey(folder, account, lambda: None, held_key), lambda: held_key(str(who["keyid"]))
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  not by the agent

    private = Ed25519PrivateKey.from_private_bytes(b64decode(who["private"]))
    signer: Signer | None = Unlocked(Claim.model_validate(who["claim"]), private)
    return OwnKey(folder, account, lambda: None, held), lambda: None


def _line() -> bytes:
    """Read the one line on standard input; past Python's own buffer, whose lock a waiting thread would keep."""
    data = b""
    while not data.endswith(b"\n"):
        part = os.read(0, READ)
        if not part:
            sys.exit(1)
        data += part
    return data


def _watch() -> None:
    """Wait until the server has gone, then stop; and end for good where that takes long."""
    with suppress(OSError):
        while os.read(0, READ):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(TIDY_S)
    os._exit(1)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    signal.signal(number, signal.SIG_IGN)  # once is enough; tidying up is not to be interrupted
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
