"""Kill the commands at random moments, and see whether the record still tells the truth: python -m benchmarks.kills.

Each kill is a `kill -9` of one real command, with the real networks, on a second of people, somewhere between a
fifth of the time that the command takes and a little more than all of it; what was done by then is begun anew, and
killed sooner. Then the same command is given again. What must hold after both:

- every line that the ledger had is still there, and `redact log verify` finds nothing wrong;
- every event is in the ledger once and in the register once;
- what the command does has happened, or the command says that it is done already;
- there is no package under its name that is not whole and signed, and nothing hidden is left beside it;
- each release is on record as released, and is on the disk, or as abandoned, and is not;
- each purge that was begun is on record as done, and what it deletes is gone.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from benchmarks.people import SETTINGS, second_person, settings_of
from cli.main import redact
from redact.demo.clip import find_photos, make_demo
from redact.governance.home import LEDGER, REGISTER
from redact.governance.keys import KeyStore
from redact.package.reader import digest_of, opened
from redact.package.verify_package import seal_of
from redact.video.program import program

__all__ = ["ACTS", "Act", "Place", "Struck", "kill", "wrong_with"]

ROOT = Path(__file__).resolve().parents[1]

REFERENCE = "SAR-2026-0142"
OTHER = 20001
"""Number of another user of the operating system, who approves."""

ASKED, RECORDED, ANSWERED = (date.today() - timedelta(days=days) for days in (80, 90, 40))  # noqa: DTZ011  local days
"""So long ago that what was kept for the request is past its time as soon as it is closed."""

WINDOW = ("--camera", "Camera 4", "--from", f"{RECORDED}T14:00:00", "--to", f"{RECORDED}T14:00:01")
EARLIEST, LATEST, ALL = 0.2, 1.2, 200
USAGE, NOT_PERMITTED = 2, 7
TRIES = 6
"""Moments chosen for one kill at most, where the command was done before it came."""

SOONER = 0.8
"""What each next moment is multiplied with: the machine may have been busier when the command was timed."""


@dataclass(frozen=True, slots=True)
class Act:
    """One command, what it records, and how often of a hundred it is killed."""

    name: str
    words: tuple[str, ...]
    records: str
    """Kind of the event that says that it was done."""
    share: int
    other: bool = False
    """Whether another user of the operating system gives it."""
    already: int = 0
    """Exit code with which it says that it was done already."""
    makes: str = ""
    """Pattern of the files that it makes."""


NEW = ("request", "new", REFERENCE, "--kind", "sar", "--received", str(ASKED), "--identity", "tenancy card seen")
NAMES = ("--requester", "C. Example", "--recipient", "C. Example")
SEARCHED = ("request", "record", REFERENCE, "searched", "--note", "one clip", "--on", str(ASKED))
ATTACH = ("request", "attach", REFERENCE, "{clip}", "--camera", "Camera 4", "--starts", f"{RECORDED}T14:00:00")
CLOSE = ("request", "close", REFERENCE, "--outcome", "withdrawn", "--on", str(ANSWERED))
RELEASE = ("release", REFERENCE, "-o", "{out}")

ACTS = (
    Act("request new", (*NEW, *NAMES, *WINDOW), "request-opened", 10, already=USAGE),
    Act("request record", (*SEARCHED, *WINDOW), "searched", 10),
    Act("request attach", ATTACH, "clip-attached", 13, makes="home/masters/*/[!.]*"),
    Act("scan", ("scan", REFERENCE), "clip-scanned", 8, makes="home/scans/*/[!.]*"),
    Act("render", ("render", REFERENCE), "copy-made", 12, makes="home/cases/*/*/[!.]*.redacted.mp4"),
    Act("approve", ("approve", REFERENCE, "--watched"), "release-approved", 12, other=True),
    Act("release", RELEASE, "release-made", 13, already=NOT_PERMITTED, makes="out/[!.]*"),
    Act("release --zip", (*RELEASE, "--zip"), "release-made", 12, already=NOT_PERMITTED, makes="out/[!.]*"),
    Act("purge --yes", ("retention", "purge", "--yes"), "purged", 10),
)
"""In the order in which a request goes on."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder in which all of it happens."""

    work: Path

    @property
    def home(self) -> Path:
        """Where the records are."""
        return self.work / "home"

    @property
    def out(self) -> Path:
        """Where packages appear."""
        return self.work / "out"

    def command(self, *words: str, other: bool = False) -> list[str]:
        """Give the command of WORDS, to be given by another user of the operating system if OTHER."""
        rights = "+dac_override,+dac_read_search,+fowner"
        become = ["setpriv", "--reuid", str(OTHER), "--clear-groups", "--inh-caps", rights, "--ambient-caps", rights]
        return [*(become if other else []), sys.executable, "-m", "cli", *self.filled(*words)]

    def start(self, *words: str, other: bool = False) -> subprocess.Popen[str]:
        """Start the command of WORDS."""
        environment = os.environ | {"REDACT_HOME": str(self.home)}
        environment |= {"XDG_CONFIG_HOME": str(self.work / SETTINGS)} if other else {}
        return subprocess.Popen(
            self.command(*words, other=other),
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *words: str, other: bool = False) -> tuple[int, str]:
        """Give the command of WORDS to a process of its own: its exit code, and what it said."""
        process = self.start(*words, other=other)
        said, _ = process.communicate()
        return process.returncode, said

    def call(self, *words: str) -> tuple[int, str]:
        """Give the command of WORDS in this process, which has all networks loaded: its exit code, what it said."""
        result = CliRunner().invoke(redact, self.filled(*words), env={"REDACT_HOME": str(self.home)})
        return result.exit_code, result.output

    def filled(self, *words: str) -> list[str]:
        """Give WORDS with the names of clip and folder in them."""
        return [word.format(clip=self.work / "cam4.mp4", out=self.out) for word in words]

    def keep(self, name: str) -> None:
        """Remember how everything is now under NAME."""
        for folder in (self.home, self.out):
            shutil.copytree(folder, self.work / "kept" / name / folder.name)

    def back(self, name: str) -> None:
        """Make everything what it was when it was remembered under NAME."""
        for folder in (self.home, self.out):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self.work / "kept" / name / folder.name, folder)

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        """Ask a copy of the register's files QUESTION; the program has no part in it, and nothing is changed."""
        with tempfile.TemporaryDirectory() as folder:
            for file in (self.home / REGISTER).parent.glob("register.db*"):
                if not file.name.endswith("-shm"):
                    shutil.copy(file, folder)
            with closing(sqlite3.connect(Path(folder) / "register.db")) as register:
                return register.execute(question).fetchall()

    @property
    def ledger(self) -> bytes:
        """Bytes of the ledger."""
        return (self.home / LEDGER).read_bytes()


@dataclass(slots=True)
class Struck:
    """One kill, and what came of it."""

    act: Act
    at_s: float
    state: str = ""
    """In which state the killed command left the records."""
    problems: list[str] = field(default_factory=list)


def prepare(place: Place) -> dict[str, float]:
    """Make a request from its beginning to its end in PLACE; gives the seconds that each act takes."""
    place.out.mkdir()
    settings_of(place.work)
    _must(place, "setup", "Example Housing", "--person", "A. Example")
    file = place.home / "organisation.toml"
    people = f'\n[people."user {OTHER}"]\nname = "B. Example"\nroles = ["approver"]\n'
    file.write_text(file.read_text().replace("[letters]", '[letters]\ncontact = "dpo@example.org"') + people)
    _must(place, "log", "show")
    second_person(place.home, f"user {OTHER}", OTHER)
    taken = {}
    for act in ACTS:
        if act.name == "release --zip":
            place.back("release")
        if act.name == "purge --yes":
            _must(place, *CLOSE)
        place.keep(act.name)
        began = time.perf_counter()
        _must(place, *act.words, other=act.other)
        taken[act.name] = time.perf_counter() - began
    return taken


def _must(place: Place, *words: str, other: bool = False) -> None:
    """Give the command of WORDS, which nothing keeps from succeeding."""
    code, said = place.run(*words, other=other)
    assert code == 0, said


def strike(place: Place, act: Act, took_s: float, chance: random.Random) -> Struck | None:
    """Kill ACT, which TOOK_S, once at a moment left to CHANCE, and give it again; None where it was too quick."""
    for turn in range(TRIES):
        place.back(act.name)
        at_s = chance.uniform(EARLIEST, LATEST) * took_s * SOONER**turn
        process = place.start(*act.words, other=act.other)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=at_s)
            continue
        process.kill()
        process.communicate()
        if process.returncode >= 0:  # it had just ended
            continue
        struck = Struck(act, at_s)
        _look(place, struck)
        return struck
    return None


def _look(place: Place, struck: Struck) -> None:
    """See what the kill left, give the command again, and see what is there then."""
    act, wrong = struck.act, struck.problems
    kept = Place(place.work / "kept" / act.name)
    before = {row[0] for row in kept.rows("SELECT id FROM events")}
    struck.state = _state(place, act, before)
    wrong += _packages(place, finished=False)
    wrong += [] if place.ledger.startswith(kept.ledger) else ["killed: a line of the ledger is gone"]
    recorded = {row[0] for row in place.rows("SELECT id FROM events")}
    code, said = place.run(*act.words, other=True) if act.other else place.call(*act.words)
    kinds = [row[0] for row in place.rows("SELECT kind, id FROM events") if row[1] not in before]
    done = act.records in kinds
    if not done or code not in {0, act.already}:
        wrong.append(f"given again, exit code {code}: {said.strip()[-300:]}")
    wrong += wrong_with(place, recorded | before, kept.ledger)
    wrong += _left(place) if act.records == "purged" else []


def wrong_with(place: Place, recorded: set[str], before: bytes) -> list[str]:
    """Say what is wrong in PLACE, where the ids RECORDED were on the register and BEFORE was the ledger's beginning."""
    code, said = place.call("log", "verify")
    wrong = [f"log verify, exit code {code}: {said.strip()[-300:]}"] if code else []
    wrong += _record(place, recorded, before) + _packages(place, finished=True) + _releases(place)
    return wrong + _purges(place)


def _state(place: Place, act: Act, before: set[str]) -> str:
    """Name the state that the records are in."""
    new = [row[0] for row in place.rows("SELECT kind, id FROM events ORDER BY seq") if row[1] not in before]
    torn = "" if place.ledger.endswith(b"\n") else ", a torn line"
    behind = len(place.ledger.splitlines()) - len(place.rows("SELECT seq FROM events"))
    waiting = ", not on the register" if behind else ""
    hidden = ", hidden rest" if any(path.name.startswith(".") for path in place.out.iterdir()) else ""
    made = act.makes and act.records not in new and any(place.work.glob(act.makes))
    there = ", what it makes is there" if made else ""
    there += ", footage gone" if act.records == "purged" and not any(place.home.glob("masters/*/*")) else ""
    return f"{new[-1] if new else 'nothing recorded'}{waiting}{torn}{there}{hidden}"


def _shown(place: Place) -> list[Path]:
    return [path for path in place.out.iterdir() if not path.name.startswith(".")]


def _packages(place: Place, *, finished: bool) -> list[str]:
    """Everything under a name of its own is a package that is whole; nothing hidden is left once FINISHED."""
    wrong = []
    for path in _shown(place):
        with opened(path) as contents:
            seal = seal_of(contents, KeyStore(place.home / "keys", lambda: None).public())
        wrong += [] if seal.holds else [f"{path.name} does not verify"]
    hidden = [path.name for path in place.out.iterdir() if path.name.startswith(".")]
    return wrong + ([f"left hidden: {', '.join(hidden)}"] if finished and hidden else [])


def _record(place: Place, recorded: set[str], before: bytes) -> list[str]:
    """Everything RECORDED is in the ledger still, each event once, and nothing waits."""
    ledger = Counter(json.loads(line)["id"] for line in place.ledger.splitlines())
    register = {row[0] for row in place.rows("SELECT id FROM events")}
    wrong = [] if place.ledger.startswith(before) else ["a line of the ledger is gone"]
    wrong += [f"{len(recorded - set(ledger))} recorded events are lost"] if recorded - set(ledger) else []
    wrong += ["an event is in the ledger twice"] if any(count > 1 for count in ledger.values()) else []
    wrong += ["ledger and register have other events"] if set(ledger) != register else []
    return wrong


def _releases(place: Place) -> list[str]:
    """Every release is released and there, or abandoned and not there."""
    wrong = []
    rows = place.rows("SELECT state, path, envelope_sha256 FROM releases")
    made = {row[1:] for row in rows if row[0] == "released"}
    for state, path, envelope in rows:
        if state == "abandoned" and (path, envelope) in made:
            continue  # made again within the same second it is the same to the last byte
        there = digest_of(Path(path)) == envelope
        if state not in {"released", "abandoned"} or (state == "released") != there:
            wrong.append(f"a release is {state}, and its package is {'' if there else 'not '}there")
    return wrong


def _purges(place: Place) -> list[str]:
    """Every purge that was begun is done."""
    rows = place.rows("SELECT kind, data->>'what', clip || reference FROM events WHERE kind LIKE 'purge%'")
    begun, done = ({row[1:] for row in rows if row[0] == kind} for kind in ("purge-begun", "purged"))
    return [f"the purge of {what} was begun and is not on record as done" for what, _ in begun - done]


def _left(place: Place) -> list[str]:
    """Nothing of what is past its time is left."""
    left = [*place.home.glob("masters/*/*"), *place.home.glob("scans/*/*"), *place.home.rglob("*.redacted.mp4")]
    return [f"not deleted: {path.relative_to(place.home)}" for path in left]


def make_clip(path: Path) -> Path:
    """Write a second of people walking, 12 frames of 320x240, to PATH."""
    whole = path.with_name("demo.mp4")
    make_demo(whole, find_photos())
    small = ("-t", "1", "-vf", "scale=320:180,pad=320:240:0:30", "-r", "12", "-an")
    command = [program(), "-v", "error", "-y", "-i", str(whole), *small, str(path)]
    subprocess.run(command, check=True)
    whole.unlink()
    return path


def kill(work: Path, kills: int, seed: int, only: tuple[str, ...] = ()) -> list[Struck]:
    """Kill commands in the folder WORK so many times, at moments of SEED, and print each."""
    chance, struck = random.Random(seed), []  # noqa: S311  the same moments again
    acts, place = [act for act in ACTS if not only or act.name in only], Place(work)
    make_clip(work / "cam4.mp4")
    taken = prepare(place)
    print("Seconds: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in taken.items()), flush=True)
    for number, act in enumerate(_deal(acts, kills), 1):
        one = strike(place, act, taken[act.name], chance)
        print(f"{number:4} {act.name:15} {_told(one)}", flush=True)
        struck += [one] if one else []
    return struck


@click.command()
@click.option("--kills", default=ALL, show_default=True, help="How many.")
@click.option("--seed", default=1, show_default=True, help="Of the moments.")
@click.option("--only", multiple=True, help="Only the act of this name.")
def main(kills: int, seed: int, only: tuple[str, ...]) -> None:
    """Kill commands at random moments, give them again, and print what was found; exit code 1 for any problem."""
    with tempfile.TemporaryDirectory(prefix="redact-kills-") as work:
        struck = kill(Path(work), kills, seed, only)
    _table(struck)
    if any(one.problems for one in struck):
        raise SystemExit(1)


def _deal(acts: list[Act], kills: int) -> list[Act]:
    """Deal KILLS to ACTS by their shares, every act in turn, so that a run that is stopped has killed all of them."""
    due = [max(1, kills * act.share / sum(one.share for one in acts)) for act in acts]
    turns = sorted(((turn + 0.5) / count, place) for place, count in enumerate(due) for turn in range(round(count)))
    return [acts[place] for _, place in turns]


def _told(one: Struck | None) -> str:
    if one is None:
        return "was done before every kill"
    return f"{one.at_s:6.2f} s  {one.state}" + "".join(f"\n     PROBLEM {problem}" for problem in one.problems)


def _table(struck: list[Struck]) -> None:
    """Print how often each command was killed, in which states it was found, and how often something was wrong."""
    for act in dict.fromkeys(one.act for one in struck):
        some = [one for one in struck if one.act is act]
        print(f"{act.name:15} {len(some):4} kills, {sum(bool(one.problems) for one in some)} with problems")
        for state, count in Counter(one.state for one in some).most_common():
            print(f"    {count:4}  {state}")
    print(f"{'all':15} {len(struck):4} kills, {sum(bool(one.problems) for one in struck)} with problems")


if __name__ == "__main__":
    main()
