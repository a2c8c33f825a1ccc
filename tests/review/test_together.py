"""Several people and tabs at one server at once: all that was answered is on record, in order, and signed."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from desks import SECOND, new_desk
from servers import Caller, serving

from redact.case.audit import audit
from redact.governance.office import Office
from redact.review.access.persons import Persons
from redact.user import user_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EACH = 6


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Records of two people."""
    desk = new_desk(tmp_path / "home")
    desk.close()
    yield desk.home
    shutil.rmtree(Persons().folder, ignore_errors=True)


def test_what_many_do_at_once_is_all_on_record(home: Path) -> None:
    """Requests recorded by two people in four tabs each, while they read: none is lost, refused or mixed up."""
    with serving(home) as served:
        callers = [Caller.of(served, account) for account in ("", SECOND) for _ in range(4)]

        def works(number: int) -> list[int]:
            caller, statuses = callers[number], []
            for step in range(EACH):
                body = {"reference": f"SAR-{number}-{step}", "kind": "sar"}
                statuses.append(caller.call("POST", "/api/requests", body).status)
                statuses.append(caller.call("GET", f"/api/requests/SAR-{number}-{step}").status)
                statuses.append(caller.call("GET", "/api/requests/due?within=3").status)
            return statuses

        with ThreadPoolExecutor(len(callers)) as pool:
            done = list(pool.map(works, range(len(callers))))
    assert done == [[201, 200, 200] * EACH] * len(callers)
    with Office.open(home) as office:
        result = audit(office)
        opened = [event for event in office.register.events() if event.kind == "request-opened"]
    assert not result.wrong
    by = {user_name(): 0, SECOND: 0}
    for event in opened:
        by[event.by] += 1
        number = int(event.reference.split("-")[1])
        assert event.by == (user_name() if number < 4 else SECOND)
    assert set(by.values()) == {4 * EACH}


def test_one_reference_is_given_once(home: Path) -> None:
    """Of many who record the same request at the same time, one does; the others are told that it is there."""
    with serving(home) as served:
        callers = [Caller.of(served, account) for account in ("", SECOND) for _ in range(3)]
        with ThreadPoolExecutor(len(callers)) as pool:
            body = {"reference": "SAR-1", "kind": "sar"}
            statuses = list(pool.map(lambda caller: caller.call("POST", "/api/requests", body).status, callers))
    assert sorted(statuses) == [201] + [400] * (len(callers) - 1)


def test_a_server_that_is_killed_has_lost_nothing(home: Path) -> None:
    """What was answered is on record; everybody signs in anew, and a link for the server that is gone opens none."""
    with serving(home) as served:
        caller = Caller.of(served)
        assert caller.call("POST", "/api/requests", {"reference": "SAR-1", "kind": "sar"}).status == 201
        served.process.kill()
        served.process.wait()
    with serving(home) as again:
        assert again.call("GET", "/api/me", {"Cookie": caller.cookie}).status == 401
        assert [row["reference"] for row in Caller.of(again).call("GET", "/api/requests").json()] == ["SAR-1"]
