"""The register as calls: rules and rows of the commands, and a form that is told what is wrong beside its fields."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from redact.governance.office import Office

if TYPE_CHECKING:
    from desks import Browser

    from redact.review.desk import Desk

TODAY = date.today()  # noqa: DTZ011  the day where the organisation is
REF = "SAR/2026-0142"
AT = "/api/requests/SAR~2026-0142"


def asked(**more: Any) -> dict[str, Any]:
    """Give what a form says of a request."""
    return {"reference": REF, "kind": "sar", "received": TODAY.isoformat(), "requester": "A. Example", **more}


@pytest.fixture
def opened(browser: Browser) -> Browser:
    """A browser, once a request was recorded."""
    answer = browser.post("/api/requests", json=asked())
    assert answer.status_code == 201, answer.text
    return browser


def test_a_request_goes_from_the_day_it_comes_to_its_end(opened: Browser) -> None:
    """Each step is on record, and what comes next is told in the page's words."""
    shown = opened.get(AT).json()
    assert (shown["reference"], shown["state"]) == (REF, "open")
    assert {step["task"] for step in shown["next"]} >= {"change-request", "record-step"}
    assert not [step for step in shown["next"] if "redact " in step["text"] or "--" in step["text"]]
    assert opened.patch(AT, json={"identity": "tenancy card seen"}).json()["request"]["identity"] == "tenancy card seen"
    day = TODAY.isoformat()
    search = {"camera": "Camera 4", "from": f"{day}T14:00:00", "to": f"{day}T15:00:00", "note": "nothing"}
    step = opened.post(f"{AT}/steps", json={"kind": "searched", "data": search})
    assert step.status_code == 201, step.text
    closed = opened.post(f"{AT}/closure", json={"outcome": "nothing-held"})
    assert (closed.status_code, closed.json()["outcome"]) == (201, "nothing-held")
    history = opened.get(f"{AT}/history").json()
    assert [event["kind"] for event in history] == ["request-opened", "request-changed", "searched", "request-closed"]
    assert {event["name"] for event in history} == {"A. Example"}


def test_a_form_is_told_which_fields_are_wrong(browser: Browser) -> None:
    """Each with what it accepts; nothing is recorded."""
    wrong = asked(received="yesterday", kind="letter", reference="../etc", colour="red")
    answer = browser.post("/api/requests", json=wrong)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"received", "kind", "reference", "colour"}
    assert "2026-03-02" in answer.json()["fields"]["received"]
    assert browser.get("/api/requests").json() == []


def test_a_day_that_has_not_come_is_none_on_which_it_came(browser: Browser) -> None:
    """It is said in words of the form."""
    answer = browser.post("/api/requests", json=asked(received=(TODAY + timedelta(1)).isoformat()))
    assert (answer.status_code, "lies in the future" in answer.json()["message"]) == (400, True)


def test_what_a_search_lacks_is_said_at_once(opened: Browser) -> None:
    """All of it, each beside its field."""
    answer = opened.post(f"{AT}/steps", json={"kind": "searched", "data": {"camera": "Camera 4"}})
    assert set(answer.json()["fields"]) == {"from", "to", "note"}


def test_what_is_due_stands_first(opened: Browser) -> None:
    """Overdue before what has time, and each with what it waits for."""
    late = (TODAY - timedelta(60)).isoformat()
    opened.post("/api/requests", json=asked(reference="SAR-LATE", received=late))
    rows = opened.get("/api/requests/due").json()
    assert [(row["reference"], row["overdue"]) for row in rows] == [("SAR-LATE", True), (REF, False)]
    assert [row["reference"] for row in opened.get("/api/requests/due", params={"within": 0}).json()] == ["SAR-LATE"]
    assert [row["reference"] for row in opened.get("/api/requests", params={"text": "late"}).json()] == ["SAR-LATE"]


@pytest.mark.parametrize(
    ("where", "body"),
    [
        ("steps", {"kind": "request-opened"}),
        ("steps", {"kind": "searched", "data": {"note": "found"}}),
        ("steps", {"kind": "identity-asked", "data": {"camera": "Camera 4"}}),
        ("steps", {"kind": "identity-asked", "on": "soon"}),
        ("closure", {"outcome": "forgotten"}),
        ("closure", {"outcome": "answered"}),
        ("refusal", {"exemption": "none", "reason": "no"}),
        ("refusal", {"exemption": "third-party", "reason": " "}),
    ],
)
def test_what_cannot_have_happened_is_not_recorded(where: str, body: dict[str, Any], opened: Browser) -> None:
    """The rules of the commands hold."""
    before = opened.get(f"{AT}/history").json()
    answer = opened.post(f"{AT}/{where}", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["message"]
    assert opened.get(f"{AT}/history").json() == before


def test_a_refusal_has_its_letter(opened: Browser) -> None:
    """The letter says why; nothing more is done for the request."""
    body = {"exemption": "third-party", "reason": "nobody can be told apart in the crowd"}
    assert opened.post(f"{AT}/refusal", json=body).json()["state"] == "refused"
    assert "nobody can be told apart" in opened.get(f"{AT}/letter").text
    assert opened.post(f"{AT}/closure", json={"outcome": "withdrawn"}).status_code == 403


def test_there_is_nothing_at_a_reference_that_is_not_on_the_register(browser: Browser) -> None:
    """Whatever is asked of it."""
    for path in ("", "/history", "/letter"):
        assert browser.get(f"/api/requests/SAR-NONE{path}").status_code == 404
    assert browser.post("/api/requests/SAR-NONE/closure", json={"outcome": "withdrawn"}).status_code == 404


def test_who_may_not_is_refused_and_that_is_on_record(second: Browser, desk: Desk) -> None:
    """An operator records requests and does not close them; the refusal is signed by them."""
    assert second.post("/api/requests", json=asked()).status_code == 201
    answer = second.post(f"{AT}/closure", json={"outcome": "withdrawn"})
    assert (answer.status_code, answer.json()["code"]) == (403, "role-lacking")
    with Office.open(desk.home) as office:
        (last,) = office.register.events(limit=1)
        assert (last.kind, last.by, last.reference) == ("action-denied", "b.example", REF)
        assert office.witnessed is not None


def test_what_is_kept_and_the_years_figures(opened: Browser) -> None:
    """As the commands tell them."""
    assert opened.get("/api/retention").json() == {"kept": [], "holds": []}
    rows = {row["kind"]: row for row in opened.get(f"/api/statistics/{TODAY.year}").json()}
    assert (rows["sar"]["received"], rows["all"]["open"]) == (1, 1)
    assert opened.post("/api/retention/purge", json={"what": ["footage"]}).json() == []
    assert opened.post("/api/retention/purge", json={"what": []}).status_code == 400
