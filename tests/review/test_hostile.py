"""What others' local servers were open to: tried on a real one, hundreds of times, and nothing shown or changed."""

from __future__ import annotations

import json
import random
import shutil
from typing import TYPE_CHECKING

import pytest
from desks import SECOND, new_desk
from hostile import Attempt, Ground, attempts
from lookers import REF, clip_in
from servers import Answer, Caller, serving

from redact.case.steps import open_request
from redact.governance.office import LEDGER, Office
from redact.governance.rules.intake import Intake
from redact.review.access.book import NAME
from redact.review.access.guard import OPEN
from redact.review.access.persons import Persons
from redact.review.app import make_app
from redact.review.desk import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from servers import Served

COUNT = 500
SEEDS = (17, random.SystemRandom().randrange(1 << 32))
"""One that is the same each time, and one that never is; the name of a test that fails says which."""

CANARY = "canary of flat 4711"
AGENTS = (b"\xff\xd8\xff", CANARY.encode(), b"Traceback", b'File "', b"-----BEGIN", b"root:x:0")
"""What no answer to any of them may have: pictures, what is on record, or how the program is made."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Records with two cases, to one of which a clip is attached."""
    folder = tmp_path_factory.mktemp("hostile")
    desk = new_desk(folder / "home")
    clip_in(desk.home, folder)
    with Office.open(desk.home) as office:
        facts = {"reference": "SAR-OTHER", "kind": "sar", "received": "2026-03-02", "requester": CANARY}
        open_request(office, Intake.of(facts))
    desk.close()
    yield desk.home
    shutil.rmtree(Persons().folder, ignore_errors=True)


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[Served]:
    """These records, served by a process of its own."""
    with serving(home) as running:
        yield running


def routes(home: Path) -> tuple[tuple[str, str], ...]:
    """List all that the page can ask for but what anybody may, and what does not end by itself."""
    from desks import red_squares  # noqa: PLC0415  only here

    from redact.review.desk import Desk  # noqa: PLC0415  as above

    desk = Desk(home, red_squares)
    described = make_app(desk).openapi()["paths"]
    desk.close()
    return tuple(
        (method.upper(), path)
        for path, methods in sorted(described.items())
        for method in sorted(methods)
        if not OPEN.fullmatch(path) and path not in {"/api/jobs/events", "/api/sign-out"}
    )


def kept(home: Path) -> dict[str, tuple[int, int]]:
    """Say of every file of the records, but those that requests are noted in, how large it is and when it changed."""
    known = [path for path in home.rglob("*") if path.is_file() and FOLDER not in path.parts]
    noted = {"ledger", "register"}
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in known
        if not noted & set(path.parts) and not path.name.startswith(".")
    }


def tried(served: Served, attempt: Attempt) -> Answer:
    """Make ATTEMPT."""
    if not attempt.raw:
        return served.call(attempt.method, attempt.path, attempt.headers, attempt.body)
    got = served.raw(attempt.raw, 2)
    head, _, body = got.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]) if head else 400, {}, body)


@pytest.mark.parametrize("seed", SEEDS)
def test_hundreds_of_hostile_requests_show_and_change_nothing(seed: int, served: Served, home: Path) -> None:
    """Each is refused and noted; what somebody who had signed in may not do is in the ledger, and nothing else is."""
    owner, other = Caller.of(served), Caller.of(served, SECOND)
    with Office.open(home) as office:
        (clip,) = office.register.clips()
    where = Ground(routes(home), (REF.replace("/", "~"), "SAR-OTHER"), clip.sha256, served.port, owner, other)
    before, files = (home / LEDGER).read_bytes(), kept(home)
    book = home / FOLDER / NAME
    noted = len(book.read_bytes().splitlines()) if book.exists() else 0
    denied = 0
    chance = random.Random(seed)  # noqa: S311  nothing secret comes of it
    for number, attempt in enumerate(attempts(chance, where, COUNT)):
        answer = tried(served, attempt)
        told = f"{number}: {attempt}\n{answer}"
        to_sign_in = answer.status == 303 and answer.headers.get("location", "").startswith("/sign-in?then=")
        assert answer.status in attempt.may or to_sign_in, told
        assert not [secret for secret in AGENTS if secret in answer.body], told
        assert "set-cookie" not in answer.headers, told
        denied += attempt.what == "another role"
    after = (home / LEDGER).read_bytes()
    assert after.startswith(before)
    added = [json.loads(line) for line in after[len(before) :].splitlines()]
    assert {line["kind"] for line in added} == {"action-denied"}
    assert len([line for line in added if line["by"] == SECOND]) == denied
    assert kept(home) == files
    assert len(book.read_bytes().splitlines()) - noted >= COUNT
    assert owner.call("GET", "/api/me").status == 200
