"""What was tried against the page with bad intentions, or by accident, and what came of it: nothing."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cases import age
from lookers import REF, address, clip_in, looks_at

from redact.case.steps import close_request
from redact.governance.office import Office
from redact.review.access import deps
from redact.review.pictures import films
from redact.review.pictures.proxy import PROXY
from redact.review.work.job import Job, JobKind, State
from redact.review.work.queue import Jobs
from redact.user import user_name

if TYPE_CHECKING:
    from pathlib import Path

    from desks import Browser
    from httpx2 import Response

    from redact.governance.register.register import ClipRow
    from redact.review.desk import Desk

CHOICE: dict[str, Any] = {"verdict": "visible", "ground": "data-subject", "reason": "the requester, known to staff"}
WINDOW: dict[str, Any] = {"kind": "hide", "keys": [[0, [0, 0, 20, 20]]], "reason": "a window of somebody's home"}
KEY = "a" * 32


@pytest.fixture
def row(desk: Desk, browser: Browser, tmp_path: Path) -> ClipRow:
    """A clip that is scanned, and looked at by whoever has the browser."""
    made = clip_in(desk.home, tmp_path)
    looks_at(browser, made)
    return made


def sends(browser: Browser, row: ClipRow, rest: str, **body: Any) -> Response:
    """Post BODY to REST of ROW."""
    return browser.post(address(row, rest), json=body)


@pytest.mark.parametrize(
    "rate", ["1e99999999", "1e-99999999", "1E9", "9_9", "\u0662\u0665", "inf", "nan", "-25", "1/0", "0"]
)
def test_no_rate_keeps_the_server_from_answering(rate: str, browser: Browser, row: ClipRow) -> None:
    """A number of a hundred million digits is not worked out while everybody waits."""
    before = time.monotonic()
    answer = browser.put(f"/api/requests/{REF.replace('/', '~')}/uploads/x.h264?fps={rate}", content=b"x")
    assert (answer.status_code, time.monotonic() - before < 2) == (400, True), answer.text
    assert row


def test_a_key_that_was_used_loses_no_other_change(browser: Browser, row: ClipRow) -> None:
    """The same again is made once; anything else under the same key is refused, and not taken for done."""
    drawn = sends(browser, row, "corrections", **WINDOW, key=KEY)
    assert drawn.status_code == 200
    assert sends(browser, row, "corrections", **WINDOW, key=KEY).json() == drawn.json()
    others = (
        ("corrections", WINDOW | {"keys": [[3, [40, 40, 60, 60]]]}),
        ("decisions", CHOICE | {"who": ["s001"]}),
        ("looked", {"items": ["risk-1"], "seconds": 3}),
    )
    for rest, body in others:
        answer = sends(browser, row, rest, **body, key=KEY)
        assert (answer.status_code, "not recorded" in answer.text) == (400, True), answer.text
    other = "b" * 32
    assert sends(browser, row, "decisions", **CHOICE, who=["s001"], key=other).status_code == 200
    assert sends(browser, row, "decisions", **CHOICE, who=["s001"], key=other).status_code == 200
    assert sends(browser, row, "decisions", **CHOICE, who=["s002"], key=other).status_code == 400
    assert sends(browser, row, "decisions/undo", subjects=["s001"], key=other).status_code == 400
    revision = browser.get(address(row, "corrections")).json()["revision"]
    assert revision == sum(event.clip == row.sha256 for event in events(browser))


def events(browser: Browser) -> list[Any]:
    """Give all that is on record of the case."""
    with Office.open(browser.desk.home) as office:
        return office.register.events(reference=REF)


def test_footage_that_is_past_its_time_is_not_played(
    desk: Desk, browser: Browser, row: ClipRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever said why they look before it was keeps no film of it."""
    path = desk.home / "scans" / row.sha256 / PROXY
    path.write_bytes(b"a film")
    assert browser.get(address(row, "proxy")).content == b"a film"
    with Office.open(desk.home) as office:
        age(office, 40)
        close_request(office, REF, "withdrawn", "", None)
    for module in (deps, films):
        monkeypatch.setattr(module, "TRUSTED_S", 0.0)
    answer = browser.get(address(row, "proxy"))
    assert answer.status_code == 403, answer.text


def test_what_one_person_said_is_not_recorded_as_said_by_another(
    desk: Desk, browser: Browser, second: Browser, row: ClipRow
) -> None:
    """Else whoever let findings stand could approve the copy, since somebody else had let the work go on."""
    jobs = desk.part(Jobs)
    given = {"settings": {}, "accept": {"ids": ["F12345678"], "reason": "a poster on the wall"}}
    asked = Job(JobKind.RENDER, REF, user_name(), row.sha256, given, state=State.INTERRUPTED)
    sent = replace(asked, kind=JobKind.ATTACH, given={"path": "gone", "name": "x.mp4"}, id="b" * 16)
    plain = replace(asked, given={"settings": {}}, id="c" * 16, kind=JobKind.RELEASE)
    for job in (asked, sent, plain):
        jobs._put(job)
    for job in (asked, sent):
        answer = second.post(f"/api/jobs/{job.id}/again")
        assert (answer.status_code, answer.json()["code"]) == (403, "of-another"), answer.text
        assert jobs.find(job.id) == job
        assert second.delete(f"/api/jobs/{job.id}").status_code == 202
    assert browser
