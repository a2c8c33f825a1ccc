"""The register with a hundred thousand requests: how long `redact request list` and `redact request due` take.

    python -m benchmarks.register [--requests 100000] [--runs 5]

Each question is asked of the register in this process, and as the whole command, with its start, the log and the clock.
Figures: min and median.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.people import settings_of
from redact.governance.founding import set_up
from redact.governance.home import HOME, REGISTER
from redact.governance.ledger.events import Event, EventKind
from redact.governance.ledger.lines import Entry, Hand, Head, read_line, spell_line
from redact.governance.office import Office
from redact.governance.register.register import Register
from redact.governance.rules.intake import Intake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["happened", "main"]

TODAY = date(2026, 11, 25)
ONE_IN_OPEN = 33
PART = 10_000
"""Events written to the ledger at once."""
QUESTIONS: dict[str, str] = {
    "requests(limit=50)": "len(register.requests(limit=50))",
    "requests(text=...)": "len(register.requests(text='PERSON 77777,'))",
    "open_requests()": "len(register.open_requests())",
}
COMMANDS = {
    "requests(limit=50)": ("request", "list"),
    "requests(text=...)": ("request", "list", "--text", "PERSON 77777,"),
    "open_requests()": ("request", "due"),
}
"""What asks each question."""


def happened(requests: int, one_in_open: int) -> Iterator[Event]:
    """Five events for each of REQUESTS; one in ONE_IN_OPEN of them is still open."""
    for number in range(requests):
        reference, day = f"SAR-{number:06}", TODAY - timedelta(days=(requests - number) % 2000)
        is_open = number % one_in_open == 0
        yield from _one(reference, day, number, is_open=is_open)


def _one(reference: str, day: date, number: int, *, is_open: bool) -> Iterator[Event]:
    def event(kind: EventKind, **data: Any) -> Event:
        return Event(kind=kind, by="example", reference=reference, on=day.isoformat(), data=data)

    asked = Intake.of(
        {
            "reference": reference,
            "kind": ("sar", "sar", "sar", "police")[number % 4],
            "received": day,
            "requester": f"Person {number}, Example Housing",
            "recipient": f"Person {number}",
            "note": "The lift lobby in the evening, when a bicycle was taken.",
            "cameras": ["Lift lobby"],
        }
    )
    yield event(EventKind.OPENED, intake=asked.plain(), received=day.isoformat())
    yield event(EventKind.IDENTITY_ASKED)
    yield event(EventKind.IDENTITY_SATISFIED, how="passport seen")
    yield event(EventKind.SEARCHED, camera="Lift lobby", **{"from": "21:00", "to": "22:00", "found": 1})
    yield (
        event(EventKind.SEARCHED, camera="Stairs") if is_open else event(EventKind.CLOSED, outcome="released", note="")
    )


def main() -> None:
    """Make both registers, ask, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    for name, one_in in (("3 % open", ONE_IN_OPEN), ("all open", 1)):
        with tempfile.TemporaryDirectory() as folder:
            _measure(name, Path(folder) / "home", options.requests, one_in, options.runs)
    with tempfile.TemporaryDirectory() as folder:
        _compare(str(Path(folder) / "register.db"), options.requests // 5)


def _measure(name: str, home: Path, requests: int, one_in: int, runs: int) -> None:
    began = time.perf_counter()
    events = _written(home, requests, one_in)
    print(f"{name}: {requests} requests, {events} events, written in {time.perf_counter() - began:.1f} s")
    with Register.open(home / REGISTER) as register:
        for question, command in COMMANDS.items():
            print(f"  {question:28} {_figures(lambda q=question: _ask(register, q), runs)}")  # type: ignore[misc]
            words = f"redact {' '.join(command[:2])}{' --text' * (len(command) > 2)}"
            print(f"  {words:28} {_figures(lambda c=command: _start(home, c), runs)}")  # type: ignore[misc]
        assert len(register.open_requests()) == -(-requests // one_in)


def _written(home: Path, requests: int, one_in: int) -> int:
    """Fill the records in HOME, ledger and register; gives how many events that takes."""
    settings_of(home.parent)
    set_up(home, "Example Housing")
    with Office.open(home) as office:
        events = [replace(event, by=office.user) for event in happened(requests, one_in)]
        hand = Hand(office.founding.organisation, office.own.signer())
        with office.ledger.locked() as held:
            for first in range(0, len(events), PART):
                entries = held.prepare(events[first : first + PART], hand)
                held.append(entries)
                office.register.take_over(entries)
    return len(events)


def _compare(place: str, requests: int) -> None:
    """Replay a ledger beside a register that agrees with it."""
    events = list(happened(requests, ONE_IN_OPEN))
    entries: list[Entry] = []
    for event in events:
        entries.append(read_line(spell_line(entries[-1].head if entries else Head.EMPTY, event)))
    with Register.open(place) as register:
        register.take_over(entries)
        began = time.perf_counter()
        assert register.differences(entries) == []
        print(f"differences, {len(events)} events: {time.perf_counter() - began:.2f} s")


def _ask(register: Register, question: str) -> None:
    assert eval(QUESTIONS[question], {"register": register, "len": len})  # noqa: S307  one of the three above


def _start(home: Path, command: tuple[str, ...]) -> None:
    """Run the whole COMMAND on the records in HOME."""
    program = [sys.executable, "-m", "cli", *command, "--json"]
    done = subprocess.run(program, capture_output=True, text=True, check=True, env={**os.environ, HOME: str(home)})
    assert json.loads(done.stdout)


def _figures(ask: Callable[[], None], runs: int) -> str:
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
    return f"min {min(taken):.3f} s, median {statistics.median(taken):.3f} s"


if __name__ == "__main__":
    main()
