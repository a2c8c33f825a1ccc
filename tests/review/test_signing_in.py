"""Signing in: who is let in, as whom, and what is left of those who are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from desks import SECOND, Browser
from people import PASSPHRASE

from redact.errors import NotPermitted
from redact.governance.office import Office
from redact.governance.rules.organisation import FILE
from redact.review.access.sessions import Sitting
from redact.user import user_name

if TYPE_CHECKING:
    from redact.review.access.sessions import Session
    from redact.review.desk import Desk


def test_a_passphrase_lets_in(browser: Browser, second: Browser) -> None:
    """Two people are signed in on one server, each as themselves, with what they may do."""
    first, other = browser.get("/api/me").json(), second.get("/api/me").json()
    assert (first["account"], other["account"]) == (user_name(), SECOND)
    assert ("enrol" in first["may"], "enrol" in other["may"], "approve" in other["may"]) == (True, False, True)


def test_nobody_is_shown_anything(desk: Desk) -> None:
    """Without a session, calls are refused, and pages lead to where one signs in."""
    browser = Browser(desk)
    answer = browser.get("/api/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "signed-out")
    page = browser.get("/requests/SAR-1")
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?then=%2Frequests%2FSAR-1")


def only(desk: Desk, account: str = "") -> Session:
    """Give the one session of ACCOUNT."""
    (session,) = desk.sessions.of(account or user_name())
    return session


def test_a_page_that_nobody_uses_asks_for_the_passphrase_again(browser: Browser, desk: Desk) -> None:
    """The key is forgotten; whoever comes back goes on where they were, under another cookie and token."""
    session, before = only(desk), browser.headers["x-csrf-token"]
    session.sittings["SAR-1", "0" * 64] = Sitting("to find the requester", None, "")  # type: ignore[arg-type]
    session.last_used -= desk.settings.idle_s + 1
    answer = browser.get("/api/requests")
    assert (answer.status_code, answer.json()["code"], session.unlocked) == (401, "locked", None)
    with pytest.raises(NotPermitted):
        session.own.signer()
    assert browser.signs_in().get("/api/requests").status_code == 200
    assert browser.headers["x-csrf-token"] != before
    assert set(only(desk).sittings) == {("SAR-1", "0" * 64)}


def test_the_key_is_forgotten_though_nobody_comes_back(browser: Browser, desk: Desk) -> None:
    """The server looks now and then who is away."""
    session = only(desk)
    desk.sessions.sweep()
    assert not session.locked
    session.last_used -= desk.settings.idle_s + 1
    desk.sessions.sweep()
    assert (session.unlocked, session.locked) == (None, True)
    assert browser.get("/api/me").json()["code"] == "locked"


def test_somebody_else_does_not_go_on_where_one_was(browser: Browser, desk: Desk) -> None:
    """Who signs in on the same browser gives reasons of their own."""
    only(desk).sittings["SAR-1", "0" * 64] = Sitting("to find the requester", None, "")  # type: ignore[arg-type]
    browser.signs_in(SECOND)
    assert only(desk, SECOND).sittings == {}
    assert desk.sessions.of(user_name()) == ()


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(browser: Browser, desk: Desk) -> None:
    """Looking how a job is getting on is no use of the page; work is."""
    session = only(desk)
    session.last_used -= 60
    used = session.last_used
    browser.get("/api/jobs")
    browser.get("/api/me")
    assert session.last_used == used
    browser.get("/api/requests")
    assert session.last_used > used


def test_everybody_signs_in_anew_after_a_day_of_work(browser: Browser, desk: Desk) -> None:
    """However much the page is used."""
    session = only(desk)
    session.opened -= desk.settings.longest_s + 1
    answer = browser.get("/api/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "signed-out")
    assert not desk.sessions.alive(session)


def test_signing_out_forgets_the_key(browser: Browser, desk: Desk) -> None:
    """And the cookie, which was known, is worth nothing any more."""
    session, cookies = only(desk), dict(browser.cookies)
    answer = browser.post("/api/sign-out")
    assert (answer.status_code, "Max-Age=0" in answer.headers["set-cookie"]) == (204, True)
    assert (session.unlocked, desk.sessions.alive(session)) == (None, False)
    browser.cookies.update(cookies)
    assert browser.get("/api/me").status_code == 401


def test_the_cookie_changes_when_somebody_signs_in(browser: Browser, desk: Desk) -> None:
    """What was put into a browser before is no session of whoever signs in there."""
    before = dict(browser.cookies)
    browser.signs_in()
    assert dict(browser.cookies) != before
    planted = Browser(desk)
    planted.cookies.update(before)
    assert planted.get("/api/me").status_code == 401


def test_what_is_recorded_is_signed_by_whoever_did_it(browser: Browser, second: Browser, desk: Desk) -> None:
    """Two people at one server: each line has the key of its own person."""
    for number, who in enumerate((browser, second)):
        body = {"reference": f"SAR-{number}", "kind": "sar"}
        assert who.post("/api/requests", json=body).status_code == 201
    with Office.open(desk.home) as office:
        keys = {account: office.people().active(account) for account in (user_name(), SECOND)}
        lines = [entry for entry in office.ledger.entries() if entry.event.kind == "request-opened"]
    assert [line.keyid for line in lines] == [key.key.keyid for key in keys.values() if key]


def test_who_has_no_role_any_more_sees_nothing(second: Browser, desk: Desk) -> None:
    """Taken out of the organisation's file by the DPO: refused at once, and not let in again."""
    path = desk.home / FILE
    path.write_text(path.read_text().partition(f'[people."{SECOND}"]')[0])
    with Office.open(desk.home):  # the DPO looks at it, which puts it on record
        pass
    assert second.get("/api/requests").status_code == 403
    again = Browser(desk).post("/api/sign-in", json={"account": SECOND, "passphrase": PASSPHRASE})
    assert (again.status_code, again.json()["code"]) == (403, "unknown-user")


def test_a_passphrase_may_be_typed_on_any_keyboard(desk: Desk) -> None:
    """Letters that are written in two ways open the same key."""
    desk.persons.make("c.example", "caf\u00e9 au lait".encode())
    session = desk.persons.session("c.example", "cafe\u0301 au lait".encode(), None)
    assert session.account == "c.example"


def test_many_who_sign_in_at_once_do_not_fill_the_memory(desk: Desk) -> None:
    """Two keys are opened at a time; whoever comes then waits."""
    held = [desk.persons._few.acquire(blocking=False) for _ in range(3)]
    assert held == [True, True, False]
    for _ in range(2):
        desk.persons._few.release()
