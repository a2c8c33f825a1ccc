"""Who works on what in a folder of results: leases, for processes and computers that share nothing but the folder.

Each job has files `ID-1`, `ID-2` and so on in a hidden folder, and the newest is what holds. Whoever makes a file that
was not there yet, and then is the newest, has the job: the file system lets one of several make it, on network shares
too. So a job is taken, taken over from somebody who is silent, and published, by making the next file, and each of
these happens once. The newest is never removed. No clock is compared: somebody is silent whose file was seen unchanged
for long enough by the one who looks, and on the same computer at once, by a lock that goes with its process.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import re
import secrets
import threading
import uuid
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from redact.errors import RedactError
from redact.files import sha256_bytes
from redact.pipe import beating

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["FOLDER", "TERMS", "Board", "Entry", "Lease", "Lost", "Terms", "Verdict", "job_id", "take"]

FOLDER = ".redact-batch"
"""Where leases lie, in the folder of the results."""

NAME = re.compile(r"(?P<id>[a-z]+-[0-9a-f]{24})-(?P<number>[0-9]+)")
"""What the file of a lease is called."""

FORM = "redact-lease/1"
BOOTED = Path("/proc/sys/kernel/random/boot_id")
"""Where Linux says which computer this is, and since when it runs."""


class Lost(RedactError):
    """Somebody else has taken the job over, since whoever had it was silent for too long."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a lease is kept alive."""

    beat_s: float = 5.0
    """How often its file is changed."""
    silent_s: float = 120.0
    """How long it is watched, unchanged, before its holder counts as dead: more than a network is mostly away."""
    tries: int = 3
    """How many may die of one job before it is given up."""


TERMS = Terms()


class State(StrEnum):
    """How a job stands."""

    HELD = "held"
    DROPPED = "dropped"
    """Whoever had it was asked to stop."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the file of a lease says."""

    job: str
    """Of what it is, for people."""
    run: str
    """Which batch asked."""
    key: str
    """What is made: digest of all that it is made from, as far as is known before."""
    token: str
    """Of one holder."""
    host: str
    locked: bool
    """Whether the file is locked as long as the holder lives, as the computer HOST knows."""
    where: str
    """Name of the computer, for people."""
    state: State = State.HELD
    beat: int = 0
    progress: tuple[str, int, int | None] | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    """What came of it, once it is ended."""

    def to_bytes(self) -> bytes:
        """Spell it in one line."""
        return json.dumps({"version": FORM, **asdict(self)}).encode() + b"\n"

    @classmethod
    def of(cls, data: bytes) -> Entry | None:
        """Read DATA, of which the first line counts; None where somebody is just writing it, or it is no lease."""
        try:
            said = json.loads(data.partition(b"\n")[0])
            if said.pop("version") != FORM:
                return None
            progress = said["progress"] and tuple(said["progress"])
            return cls(**said | {"state": State(said["state"]), "progress": progress})
        except (ValueError, TypeError, LookupError, AttributeError):
            return None


def job_id(name: str, kind: str = "job") -> str:
    """Give what the files of the job NAME are called."""
    return f"{kind}-{sha256_bytes(name.encode('utf-8', 'surrogateescape'))[:24]}"


@cache
def here() -> str:
    """Tell this computer, and its run since it was started, from every other."""
    with suppress(OSError):
        return BOOTED.read_text().strip()
    return f"{platform.node()}-{uuid.getnode():x}"


class Lease:
    """A job that this process has."""

    def __init__(self, folder: Path, name: str, number: int, entry: Entry) -> None:
        """Make file NUMBER of NAME in FOLDER, which says ENTRY. Raises FileExistsError where it is there, OSError."""
        self._folder, self._name, self.number = folder, name, number
        self._turn = threading.Lock()
        self._file, self._entry = self._made(number, entry)

    def _made(self, number: int, entry: Entry) -> tuple[int, Entry]:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        path = self._folder / f"{self._name}-{number}"
        file = os.open(path, flags, 0o666)
        newest = Board(self._folder).numbers().get(self._name, [number + 1])[-1]  # a listing without it is no evidence
        if newest > number:  # made late, under a name that was gone
            os.close(file)
            path.unlink(missing_ok=True)
            raise FileExistsError(path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:  # a file system without locks, as some network shares are
            entry = replace(entry, locked=False)
        _write(file, entry)
        return file, entry

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Have the next beat say how far it is."""
        self._entry = replace(self._entry, progress=(stage, done, total))

    def beat(self) -> None:
        """Show that somebody works on it. Where the folder is away for a while, the next beat shows it."""
        with self._turn, suppress(OSError):
            self._entry = replace(self._entry, beat=self._entry.beat + 1)
            _write(self._file, self._entry)

    def claim(self) -> None:
        """Take the right to let files appear, from here on. Raises Lost where somebody has taken the job over."""
        with self._turn:
            try:
                file, self._entry = self._made(self.number + 1, self._entry)
            except FileExistsError:
                message = f"Somebody else has taken over {self._entry.job}."
                raise Lost(message) from None
            os.close(self._file)
            self._file, self.number = file, self.number + 1

    def end(self, state: State, result: Mapping[str, Any]) -> None:
        """Say what came of it, or that it is DROPPED, and remove what was said before."""
        with self._turn, suppress(OSError):
            self._entry = replace(self._entry, state=state, result=result)
            _write(self._file, self._entry)
            if state is State.ENDED:
                for number in Board(self._folder).numbers().get(self._name, ()):
                    if number < self.number:
                        (self._folder / f"{self._name}-{number}").unlink(missing_ok=True)

    def finish(self, result: Mapping[str, Any]) -> None:
        """Say that it is ended with RESULT."""
        self.end(State.ENDED, result)

    def close(self, *, forget: bool = False) -> None:
        """Let go of the file; FORGET: remove it too, which is for names that nobody uses again."""
        if forget:
            with suppress(OSError):
                (self._folder / f"{self._name}-{self.number}").unlink(missing_ok=True)
        os.close(self._file)


def _write(file: int, entry: Entry) -> None:
    """Have the FILE say ENTRY. Raises OSError."""
    data = entry.to_bytes()
    os.pwrite(file, data, 0)
    os.ftruncate(file, len(data))
    os.fsync(file)


@contextmanager
def take(
    folder: Path, job: tuple[str, str], number: int, *, key: str, run: str, terms: Terms = TERMS
) -> Iterator[Lease | None]:
    """Take JOB, its id and name, in the FOLDER of results by making file NUMBER; None where somebody else was quicker.

    It is kept alive as long as the block lasts. Raises OSError where the folder cannot be written.
    """
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    entry = Entry(job[1], run, key, secrets.token_hex(8), here(), locked=True, where=platform.node())
    try:
        lease = Lease(place, job[0], number, entry)
    except FileExistsError:
        yield None
        return
    try:
        with beating(lease.beat, terms.beat_s):
            yield lease
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        lease.end(State.DROPPED, {})
        raise
    finally:
        lease.close()


class Verdict(StrEnum):
    """What whoever looks may do."""

    FREE = "free"
    HELD = "held"
    DEAD = "dead"
    """Whoever had it is silent, and it may be taken over."""
    ENDED = "ended"
    """Since this board was first looked at."""


class Board:
    """All leases of a folder, as one process sees them over time."""

    def __init__(self, place: Path, terms: Terms = TERMS) -> None:
        """Look at what is in PLACE now: what ended before is nothing new."""
        self._place, self._terms = place, terms
        self._at: dict[str, list[int]] = {}
        self._marks: dict[str, tuple[tuple[int, bytes], float]] = {}
        self._before: dict[str, int] = {}
        self._buried: set[tuple[str, int]] = set()

    @classmethod
    def of(cls, folder: Path, terms: Terms = TERMS) -> Board:
        """Make that of the FOLDER of results, and remember how far every job is."""
        board = cls(folder / FOLDER, terms)
        board.look()
        board._before = {name: numbers[-1] for name, numbers in board._at.items()}
        return board

    def numbers(self) -> dict[str, list[int]]:
        """List the numbers of every job's files, smallest first."""
        found: dict[str, list[int]] = defaultdict(list)
        with suppress(OSError):
            for name in os.listdir(self._place):  # noqa: PTH208  many names, and no paths are needed
                if match := NAME.fullmatch(name):
                    found[match["id"]].append(int(match["number"]))
        return {name: sorted(numbers) for name, numbers in found.items()}

    def look(self) -> None:
        """See which files there are now."""
        self._at = self.numbers()

    def names(self, kind: str) -> list[str]:
        """List the jobs whose ids begin with KIND."""
        return [name for name in self._at if name.startswith(f"{kind}-")]

    def next(self, name: str) -> int:
        """Give the number with which NAME would be taken now."""
        return self._at.get(name, [0])[-1] + 1

    def entry(self, name: str) -> Entry | None:
        """Read the newest file of NAME; None where there is none, or it cannot be read."""
        return Entry.of(self._data(name, self.next(name) - 1))

    def judge(self, name: str) -> tuple[Verdict, Entry | None]:
        """Say how NAME stands, as it was when the board was looked at, and what its newest file says."""
        number = self.next(name) - 1
        if not number:
            return Verdict.FREE, None
        data = self._data(name, number)
        entry = Entry.of(data)
        if entry and entry.state is State.ENDED:
            return (Verdict.ENDED if number > self._before.get(name, 0) else Verdict.FREE), entry
        if entry and entry.state is State.DROPPED:
            return Verdict.FREE, entry
        held = None if (name, number) not in self._buried else False
        if held is None and entry and self.certain(entry):
            held = self._locked(name, number)
        if held is None:
            held = self._changes(name, (number, data))
        return (Verdict.HELD if held else Verdict.DEAD), entry

    def renew(self, name: str) -> None:
        """Count what came of NAME so far as nothing new: it is another clip now."""
        self._before[name] = self.next(name) - 1

    def gone(self, name: str) -> bool:
        """Tell whether nothing is called NAME, in a folder that is there: a share may be away for a while."""
        return name not in self._at and self._place.is_dir()

    def certain(self, entry: Entry) -> bool:
        """Tell whether a lock of this computer shows if the holder of ENTRY lives."""
        return entry.locked and entry.host == here()

    def bury(self, name: str, run: str) -> None:
        """Take it as known that whoever had NAME for RUN is dead."""
        entry = self.entry(name)
        if entry and entry.run == run:
            self._buried.add((name, self.next(name) - 1))

    def died(self, name: str) -> int:
        """Count those who had NAME since the board was made and neither ended nor dropped it."""
        read = (
            Entry.of(self._data(name, number))
            for number in self._at.get(name, ())
            if number > self._before.get(name, 0)
        )
        return len({entry.token for entry in read if entry and entry.state is State.HELD})

    def _data(self, name: str, number: int) -> bytes:
        with suppress(OSError):
            return (self._place / f"{name}-{number}").read_bytes()
        return b""

    def _locked(self, name: str, number: int) -> bool | None:
        """Tell whether a process of this computer holds file NUMBER of NAME; None where no lock can tell."""
        with suppress(OSError):
            file = os.open(self._place / f"{name}-{number}", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            else:
                return False
            finally:
                os.close(file)
        return None

    def _changes(self, name: str, mark: tuple[int, bytes]) -> bool:
        """Tell whether the file of NAME, which is as MARK says, has changed in the time that a holder has for it."""
        known, since = self._marks.get(name, (None, 0.0))
        if known != mark:
            self._marks[name] = mark, monotonic()
            return True
        return monotonic() - since < self._terms.silent_s
