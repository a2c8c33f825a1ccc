"""Signing in: who is let in, as whom, and what is left of those who are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desks import SECOND, Browser

from redact.user import user_name

if TYPE_CHECKING:
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
