"""Many processes that record at once, on either database: every event once, in one order, and nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from redact.case.audit import audit
from redact.governance.founding import set_up
from redact.governance.home import REGISTER
from redact.governance.office import LEDGER, Office
from redact.governance.rules.organisation import FILE

ROOT = Path(__file__).parents[2]
WRITERS = 8
READY_S = 2.5
"""Until all of them are started."""
LONG_S = 10

WRITE = """
import sys, time
from pathlib import Path
from redact.governance.ledger.events import EventKind
from redact.governance.rules.intake import Intake
from redact.governance.office import Office

home, name, begins, ends = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), float(sys.argv[4])

def record(office, kind, reference, **data):
    event = office.event(kind, reference=reference, on="2026-03-02", data=data)
    office.record(event)
    print(event.id, flush=True)

with Office.open(home) as office:
    time.sleep(max(0, begins - time.time()))
    number = 0
    while number == 0 or time.time() < ends:
        reference, number = f"SAR-{name}-{number}", number + 1
        asked = Intake.of({"reference": reference, "kind": "sar", "received": "2026-03-02"})
        record(office, EventKind.OPENED, reference, intake=asked.plain(), received="2026-03-02")
        record(office, EventKind.IDENTITY_ASKED, reference)
        record(office, EventKind.IDENTITY_SATISFIED, reference, how="tenancy card seen")
"""
"""Records requests and steps as fast as it can, and says of each event that it is recorded, once it is."""


@pytest.fixture
def home(place: str, tmp_path: Path) -> Path:
    """Records that were set up, with their register on either database."""
    folder = tmp_path / "home"
    set_up(folder, "Example Housing", "A. Example")
    if "://" in place:
        text = (folder / FILE).read_text()
        (folder / FILE).write_text(text.replace('database = ""', f'database = "{place}"'))
        for file in (folder / REGISTER).parent.iterdir():  # the register is made anew in the other database
            file.unlink()
    with Office.open(folder):  # which puts on record where the register is
        return folder


def write_at_once(home: Path, seconds: float) -> list[str]:
    """Let eight processes record in HOME for so many SECONDS, from one moment on: ids of all they say is recorded."""
    begins = time.time() + READY_S
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE, home, f"{number}", f"{begins}", f"{begins + seconds}"],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    if seconds < LONG_S:  # in a minute they say more than a pipe holds
        while any(writer.poll() is None for writer in writers):
            with Office.open(home, settle=False) as office:
                assert audit(office).wrong == []  # whoever checks meanwhile takes nothing for wrong
    told = [(*writer.communicate(), writer.returncode) for writer in writers]
    assert [(err, code) for _, err, code in told] == [("", 0)] * WRITERS
    return [event for out, _, _ in told for event in out.split()]


def check(home: Path, said: list[str]) -> None:
    """Every event that was SAID to be recorded is once in the ledger and once in the register, and all is whole."""
    lines = [json.loads(line) for line in (home / LEDGER).read_bytes().splitlines()]
    there = Counter(line["id"] for line in lines)
    with Office.open(home, settle=False) as office:
        registered = [event.id for event in office.register.events()]
        assert office.register.known().rows == len(lines)
        assert office.ledger.verify().intact
        assert audit(office).wrong == []
    assert len(said) == len(set(said)) >= 3 * WRITERS
    assert [event for event in said if there[event] != 1] == []
    assert sorted(registered) == sorted(there.elements())
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))


def test_eight_writers_lose_nothing(home: Path) -> None:
    """For two seconds, without a pause."""
    check(home, write_at_once(home, 2))


@pytest.mark.slow
def test_eight_writers_lose_nothing_in_a_minute(home: Path) -> None:
    """As above, for as long as it takes to meet every bad moment."""
    check(home, write_at_once(home, 60))
