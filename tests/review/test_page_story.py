"""A request from the day it comes to the signed package: two people, a browser each, the page alone, real networks."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

from browsers import SECOND, Hand
from people import PASSPHRASE
from playwright.sync_api import expect
from streets import SIZE, street

from redact.user import user_name

if TYPE_CHECKING:
    from pathlib import Path

    from browsers import Served
    from playwright.sync_api import Browser

pytest_plugins = ("windows",)

REF = "SAR-2026-0142"
DAY = date.today() - timedelta(days=1)  # noqa: DTZ011  where the organisation is: footage is not kept for long
OTHERS = "four words of another"
"""The passphrase of the second person."""

MOST_KEYS = 60
"""Keys and clicks for one request, at most, from opening the clip to the end of what is to be looked at."""

WALKER = (190, 300)
"""Where the requester is on the eighth frame: px of the clip."""

SOON_MS, LONG_MS = 30_000, 240_000


def test_the_whole_story(fresh: Served, window: Browser, tmp_path: Path) -> None:
    """Join, enrol, record, send, say why, click, answer, look, correct, draw, mute, copy, approve, release, verify."""
    clip = tmp_path / "street.mp4"
    street(clip)
    dpo = signed_in(fresh, window)
    second = joined(fresh, window, dpo)
    recorded(dpo)
    sent(dpo, clip)
    looked_into(dpo)
    counted = chosen(dpo)
    corrected(dpo)
    copied(dpo)
    approved(second, fresh)
    released(dpo, tmp_path)
    assert counted <= MOST_KEYS
    assert (dpo.problems, second.problems) == ([], [])
    print(f"keys and clicks from the clip to the end of the list: {counted}")  # noqa: T201  a figure to be published


def signed_in(server: Served, window: Browser) -> Hand:
    """Follow the link that the command gives, and give the passphrase."""
    hand = Hand.at(window)
    hand.page.goto(server.link)
    hand.shows("01-sign-in")
    if hand.find("#account").input_value() != user_name():
        hand.types("Account", user_name())
    hand.types("Passphrase", PASSPHRASE)
    hand.click("button", "Sign in")
    hand.sees("No request is open")
    hand.shows("02-first-page")
    return hand


def joined(server: Served, window: Browser, dpo: Hand) -> Hand:
    """Invite the second person, who chooses a passphrase; put their key on record by what they read out."""
    dpo.click("link", "People")
    dpo.click("button", "Invite")
    second = Hand.at(window, "desk")
    second.page.goto(dpo.find("[data-invitation]").inner_text())
    second.types("Passphrase", OTHERS)
    second.types("The same once more", OTHERS)
    second.click("button", "Make my key")
    second.sees("One more step")
    second.shows("03-joined")
    dpo.page.reload()
    dpo.types("What they read out to you", second.find("#fingerprint").inner_text())
    dpo.shows("04-enrol")
    dpo.click("button", "Put on record")
    dpo.sees("They can sign in")
    second.page.goto(server.origin)
    second.types("Account", SECOND)
    second.types("Passphrase", OTHERS)
    second.click("button", "Sign in")
    second.sees("Due first")
    return second


def recorded(dpo: Hand) -> None:
    """Record the request, told first what is wrong in the form, and the search."""
    dpo.click("link", "New request")
    dpo.types("Requester", "E. Example")
    dpo.click("button", "Record the request")
    dpo.sees("Correct what is marked below")
    dpo.shows("05-form")
    for label, text in {
        "Reference": REF,
        "How it was checked who they are": "passport seen",
        "Recipient": "E. Example",
        "From": f"{DAY}T10:00",
        "To": f"{DAY}T11:00",
        "Cameras": "Main entrance",
    }.items():
        dpo.types(label, text)
    dpo.click("button", "Record the request")
    dpo.page.wait_for_url(f"**/requests/{REF}")
    dpo.sees("No search is recorded")
    dpo.shows("06-request")
    dpo.click("button", "Record what happened")
    for field, text in {
        "#s-camera": "Main entrance",
        "#s-from": f"{DAY}T10:00",
        "#s-to": f"{DAY}T11:00",
        "#s-note": "one clip",
    }.items():
        dpo.find(field).fill(text)
    dpo.click("#step-form button.primary")
    dpo.sees("Recorded.")


def sent(dpo: Hand, clip: Path) -> None:
    """Send the footage, and wait until everyone in it is found."""
    dpo.find("#file").set_input_files(clip)
    dpo.page.get_by_text("Finding everyone in the footage").first.wait_for(timeout=SOON_MS)
    dpo.shows("07-searching")
    dpo.page.get_by_role("link", name="Decide who is shown").wait_for(timeout=LONG_MS)
    dpo.shows("08-found")


def looked_into(dpo: Hand) -> None:
    """Open the clip, and say why."""
    dpo.click("link", "Decide who is shown")
    dpo.sees("Why do you look at this footage?")
    dpo.shows("09-reason")
    dpo.clicks, dpo.keys = 0, 0
    dpo.click(".chips button")
    dpo.press("Enter")
    dpo.find("#people-list .card").first.wait_for()
    dpo.sees("Click the person who asked")
    dpo.page.wait_for_timeout(1000)
    dpo.shows("10-desk")


def chosen(dpo: Hand) -> int:
    """Click the requester, answer the questions, look at every moment; gives how many keys and clicks that took."""
    dpo.press("Home", *["ArrowRight"] * 7)
    expect(dpo.find("#picture-one")).to_have_attribute("data-frame", "7")
    dpo.clicks_picture(WALKER, SIZE)
    dpo.find("#decide[open]").wait_for()
    dpo.shows("11-who-is-this")
    dpo.press("Enter", "Enter")
    dpo.sees("The requester")
    dpo.page.get_by_text("questions: is it the same person?").wait_for()
    dpo.click("button", "Answer")
    dpo.shows("12-same-person")
    dpo.reads()
    dpo.press("n")
    dpo.page.get_by_text("One question").wait_for()
    dpo.reads()
    dpo.press("y")
    dpo.page.get_by_text("where somebody may have been missed").or_(dpo.page.get_by_text("one more moment")).wait_for()
    dpo.click("#next button")
    for _ in range(40):
        dpo.find("#moment-told").get_by_text("Looked at.").wait_for()
        dpo.shows("13-moment")
        if dpo.find("#worklist").get_by_text("That is all of them.").count():
            break
        dpo.press("n")
    dpo.sees("all was looked at")
    return dpo.clicks + dpo.keys


def corrected(dpo: Hand) -> None:
    """Draw a box over a window, have somebody hidden for longer, mute a span; take one correction back."""
    dpo.press("1", "d")
    dpo.drags("#picture-one", (0.55, 0.1), (0.65, 0.3))
    dpo.sees("Followed from")
    dpo.shows("14-drawn")
    dpo.find("input[value=span]").check()
    dpo.find("#draw-reason").fill("A window with somebody in it")
    dpo.press("Enter")
    dpo.find("#corrections-list li button").first.wait_for()
    dpo.find("#people-list").get_by_text("Person 4").click()
    dpo.find("#seek").evaluate("(seek) => { seek.value = '15'; seek.dispatchEvent(new Event('input')); }")
    dpo.click("#extend")
    dpo.find("#about-form button.primary").click()
    expect(dpo.find("#corrections-list li")).to_have_count(2)
    dpo.find("#corrections-list li").nth(1).get_by_role("button", name="Undo").click()
    expect(dpo.find("#corrections-list li")).to_have_count(1)
    dpo.click("tab", "Sound")
    dpo.sees("or type two times")
    dpo.drags("#wave", (0.2, 0.5), (0.5, 0.5))
    dpo.find("#mute-reason").fill("A name is said")
    dpo.click("button", "Mute this")
    dpo.sees("Everything is recorded")
    dpo.press("3")
    expect(dpo.find("#picture-two")).to_have_attribute("data-frame", re.compile(r"\d+"))
    dpo.shows("15-side-by-side")
    dpo.plays()


def copied(dpo: Hand) -> None:
    """Have the copy made, and see that it passed."""
    dpo.click("button", "Make the copy…")
    dpo.find("#c-audio").select_option("keep")
    dpo.shows("16-copy")
    dpo.click("#copy-form button.primary")
    dpo.page.wait_for_url(f"**/requests/{REF}")
    dpo.page.get_by_text("Making the copy").first.wait_for(timeout=SOON_MS)
    dpo.shows("17-making")
    dpo.page.get_by_text("The copy is made, and passed every check.").wait_for(timeout=LONG_MS)
    dpo.shows("18-made")


def approved(second: Hand, server: Served) -> None:
    """Look at what would leave, watch it to its end, and approve it."""
    second.page.goto(f"{server.origin}/requests/{REF}/approve")
    second.click("button", "Watch it")
    second.find("#picture[data-frame]").wait_for()
    expect(second.find("#watched-all")).to_be_disabled()
    second.shows("19-approve")
    second.click("#play")
    second.page.get_by_text("You have watched all of it.").wait_for(timeout=SOON_MS)
    second.shows("20-watched")
    second.find("#watched-all").check()
    second.click("button", "Approve")
    second.page.wait_for_url(f"**/requests/{REF}")
    second.sees("Approved by B. Example")


def released(dpo: Hand, folder: Path) -> None:
    """Release it, download package and key, and have both checked where nothing else is known of it."""
    dpo.page.reload()
    dpo.find("#release").wait_for()
    dpo.shows("21-release")
    dpo.click("#release")
    dpo.sees("Yes, make the signed release of 1 file for E. Example")
    dpo.click("#release")
    dpo.page.get_by_role("link", name="Download the package").first.wait_for(timeout=LONG_MS)
    dpo.shows("22-released")
    with dpo.page.expect_download() as package:
        dpo.click("link", "Download the package")
    package.value.save_as(folder / "package.zip")
    with dpo.page.expect_download() as key:
        dpo.click("link", "Download the organisation's public key")
    key.value.save_as(folder / "key.pem")
    words = (sys.executable, "-m", "cli", "verify", folder / "package.zip", "--key", folder / "key.pem")
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
