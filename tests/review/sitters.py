"""Somebody before the page of a clip, in a browser: signed in, and having said why they look at it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from browsers import Hand
from people import PASSPHRASE
from playwright.sync_api import expect

if TYPE_CHECKING:
    from browsers import Served
    from playwright.sync_api import Browser

    from redact.governance.register.register import ClipRow

__all__ = ["REF", "at_the_clip", "signed_in"]

REF = "SAR-2026-0142"
"""The case in which the clip is."""


def signed_in(server: Served, window: Browser, account: str) -> Hand:
    """Sign ACCOUNT in on a browser of its own."""
    hand = Hand.at(window)
    hand.page.goto(server.origin)
    hand.types("Account", account)
    hand.types("Passphrase", PASSPHRASE)
    hand.click("button", "Sign in")
    hand.sees("Due first")
    return hand


def at_the_clip(hand: Hand, server: tuple[Served, ClipRow]) -> Hand:
    """Open the clip, and say why where that is asked."""
    served, row = server
    hand.page.goto(f"{served.origin}/requests/{REF}/clips/{row.sha256}")
    hand.find("#why").or_(hand.find("#people-list .card").first).first.wait_for()
    if hand.find("#why").count():
        hand.click(".chips button")
        hand.press("Enter")
    hand.find("#people-list .card").first.wait_for()
    expect(hand.find("#picture-one")).to_have_attribute("data-frame", re.compile(r"\d+"))
    return hand
