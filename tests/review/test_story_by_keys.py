"""A request from the day it comes to the signed package, by keys alone: nobody of the two has a mouse."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from browsers import SECOND, Hand
from people import PASSPHRASE
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect
from streets import street

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

FARTHEST = 60
"""Times that Tab is pressed at most on the way to one place."""
MOST_TABS = 400
"""Times that Tab is pressed at most for the whole of a request, by both."""

WALKER = re.compile(r"00:00 to 00:01")
"""When the requester is in the picture, as their card says it, and nobody else."""
LATER = re.compile(r"Person \d+\s+Hidden.*00:02\.\d+ to", re.DOTALL)
"""A card of somebody who comes later."""
BEFORE = 15
"""A frame before they come."""

EDGES = ("420", "45", "500", "130")
"""Of a box that is typed: left, top, right and bottom, px."""

OUTLINED = (
    "one => { const s = getComputedStyle(one); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2; }"
)

GONE_MS = 2_000
"""After which nothing has the focus that had it a moment ago."""
SETTLED_MS = 300
SOON_MS, LONG_MS = 30_000, 240_000


@dataclass
class Keys(Hand):
    """Somebody before a page with a keyboard and no mouse; what has the focus is told as a screen reader tells it."""

    tabs: int = 0
    unseen: set[str] = field(default_factory=set)
    """Where the focus was and could not be seen."""

    def stop(self) -> str:
        """Say what has the focus, by its role and its name; empty where nothing has, or what had it was taken away."""
        here = self.page.locator("*:focus")
        if not here.count():
            return ""
        try:
            said = here.aria_snapshot(timeout=GONE_MS).partition("\n")[0].lstrip("- '")
            if not here.evaluate(OUTLINED, timeout=GONE_MS):
                self.page.wait_for_timeout(SETTLED_MS)  # a page that is just coming has no style sheet yet
                if here.count() and not here.evaluate(OUTLINED, timeout=GONE_MS):
                    self.unseen.add(said)
        except PlaywrightTimeout:
            return ""
        return said

    def reach(self, role: str, name: str, *, key: str = "Tab") -> None:
        """Press KEY until what has ROLE and a name that begins with NAME has the focus."""
        expect(self.page.locator("form[inert]")).to_have_count(0)
        way = [self.stop()]
        while not way[-1].startswith(f'{role} "{name}'):
            assert len(way) <= FARTHEST, f"{role} {name} is not reached by {key}: {way}"
            self.page.keyboard.press(key)
            self.tabs += 1
            way.append(self.stop())

    def enters(self, role: str, name: str, *, key: str = "Tab") -> None:
        """Go to what is called so, and press Enter on it."""
        self.reach(role, name, key=key)
        self.press("Enter")

    def writes(self, name: str, text: str, *, role: str = "textbox") -> None:
        """Go to the field called NAME, and type TEXT in the place of what it says."""
        self.reach(role, f'{name}"')
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)
        self.typed += len(text)

    def writes_time(self, name: str, hour: str) -> None:
        """Go to the field called NAME, and type the day and the HOUR in its parts."""
        self.reach("textbox", f'{name}"')
        self.page.keyboard.type(f"{DAY:%m%d%Y}")
        self.page.keyboard.press("ArrowRight")
        self.page.keyboard.type(f"{hour}00AM")
        expect(self.page.locator("*:focus")).to_have_value(f"{DAY}T{hour}:00")

    def looks_for(self, card: re.Pattern[str]) -> None:
        """Go through the list of people, in which the focus is, to the first whose CARD says it."""
        self.press("Home")
        read: list[str] = []
        while len(read) < 20:
            read.append(self.find(".card.current").inner_text())
            if card.search(read[-1]):
                return
            self.press("ArrowDown")
        pytest.fail(f"nobody in the list is {card.pattern}: {read}")


def test_the_whole_story_by_keys(fresh: Served, window: Browser, tmp_path: Path) -> None:
    """Join, enrol, record, send, say why, choose, answer, look, draw, mute, copy, approve, release: without a mouse."""
    clip = tmp_path / "street.mp4"
    street(clip)
    dpo, second = Keys.at(window), Keys.at(window, "desk")
    dpo.page.goto(fresh.link)
    signs_in(dpo, user_name(), PASSPHRASE)
    dpo.sees("No request is open")
    joins(fresh, dpo, second)
    records(dpo)
    sends(dpo, clip)
    chooses(dpo)
    answers_and_looks(dpo)
    draws(dpo)
    takes_back(dpo)
    mutes(dpo)
    copies(dpo)
    approves(second)
    releases(dpo, tmp_path)
    print(f"Tab was pressed {dpo.tabs} and {second.tabs} times")  # noqa: T201  a figure to be published
    assert (dpo.clicks, second.clicks) == (0, 0)
    assert dpo.tabs + second.tabs <= MOST_TABS
    assert dpo.unseen | second.unseen == set()
    assert (dpo.problems, second.problems) == ([], [])


def signs_in(hand: Keys, account: str, passphrase: str) -> None:
    """Type account and passphrase; the page begins in the field that is empty."""
    expect(hand.find("input:focus")).to_have_count(1)
    if "Account" in hand.stop():
        hand.writes("Account", account)
    hand.writes("Passphrase", passphrase)
    hand.press("Enter")


def joins(server: Served, dpo: Keys, second: Keys) -> None:
    """Invite the second person, who chooses a passphrase; put their key on record by what they read out."""
    dpo.enters("link", "People")
    dpo.sees("No key on record yet")
    dpo.enters("button", "Invite")
    second.page.goto(dpo.find("[data-invitation]").inner_text())
    second.writes("Passphrase", OTHERS)
    second.writes("The same once more", OTHERS)
    second.press("Enter")
    second.sees("One more step")
    dpo.sees("They chose a passphrase")
    dpo.writes("What they read out to you", second.find("#fingerprint").inner_text())
    dpo.press("Enter")
    dpo.sees("They can sign in")
    second.page.goto(server.origin)
    signs_in(second, SECOND, OTHERS)
    second.sees("Due first")


def records(dpo: Keys) -> None:
    """Record the request, led to what is wrong in the form first, and the search."""
    dpo.enters("link", "New request", key="Shift+Tab")
    dpo.sees("What came in, as it came in")
    dpo.writes("Requester", "E. Example")
    dpo.press("Enter")
    dpo.sees("Correct what is marked below")
    assert dpo.stop().startswith('textbox "Reference"')
    dpo.writes("Reference", REF)
    dpo.writes("How it was checked who they are", "passport seen")
    dpo.writes("Recipient", "E. Example")
    dpo.writes_time("From", "10")
    dpo.writes_time("To", "11")
    dpo.writes("Cameras", "Main entrance")
    dpo.press("Enter")
    dpo.page.wait_for_url(f"**/requests/{REF}")
    dpo.sees("The footage of Main entrance is not here yet")
    dpo.enters("button", "Record what happened")
    dpo.writes("What was found", "one clip")
    dpo.press("Enter")
    dpo.sees("Recorded.")


def sends(dpo: Keys, clip: Path) -> None:
    """Send the footage, wait until everyone in it is found, open it, and say why."""
    dpo.find("#next").get_by_role("button", name="Choose the footage").wait_for()
    dpo.page.on("filechooser", lambda _: None)  # from now on no window of the system's own is opened
    dpo.reach("button", "Choose the footage")
    with dpo.page.expect_file_chooser() as chooser:
        dpo.press("Enter")
    chooser.value.set_files(clip)
    dpo.page.get_by_text("Finding everyone in the footage").first.wait_for(timeout=SOON_MS)
    dpo.page.get_by_role("link", name="Decide who is shown").wait_for(timeout=LONG_MS)
    dpo.enters("link", "Decide who is shown")
    dpo.sees("Why do you look at this footage?")
    dpo.writes("Reason", f"To answer the request {REF}")
    dpo.press("Enter")
    dpo.find("#people-list .card").first.wait_for()
    dpo.sees("Click the person who asked")


def chooses(dpo: Keys) -> None:
    """Find the requester in the list, and say why it is they."""
    dpo.reach("listbox", "People")
    dpo.looks_for(WALKER)
    dpo.press("Enter")
    dpo.find("#decide[open]").wait_for()
    dpo.reach("button", "Recognised by a colleague")
    dpo.press("Enter", "Enter")
    dpo.sees("The requester")
    dpo.page.get_by_text("questions: is it the same person?").wait_for()


def answers_and_looks(dpo: Keys) -> None:
    """Answer the questions with N and Y, and look at every moment with N."""
    dpo.enters("button", "Answer", key="Shift+Tab")
    dpo.reads()
    with dpo.page.expect_response(re.compile("/worklist$")):
        dpo.press("n")
    dpo.page.get_by_text("One question").wait_for()
    dpo.reads()
    with dpo.page.expect_response(re.compile("/worklist$")):
        dpo.press("y")
    line = dpo.find("#next strong")
    expect(line).to_have_text(re.compile("moment"))
    for _ in range(40):
        told = line.inner_text()
        if "all was looked at" in told:
            break
        if "question" in told:
            dpo.enters("button", "Answer")
            dpo.reads()
        dpo.press("n")
        expect(line).not_to_have_text(told, timeout=LONG_MS)
    dpo.sees("all was looked at")


def draws(dpo: Keys) -> None:
    """Hide a place for a time, its edges typed."""
    dpo.press("1", "d")
    dpo.sees("Or press Enter, and type its edges")
    dpo.reach("radio", "somebody or something", key="Shift+Tab")
    dpo.press("ArrowDown")
    dpo.writes("Why", "Somebody behind a window", role="combobox")
    dpo.press("Tab", "Tab", "Tab", "Enter")
    for name, edge in zip(("Left", "Top", "Right", "Bottom"), EDGES, strict=True):
        dpo.writes(name, edge)
    dpo.press("Tab")
    dpo.sees("Hidden in this place from the one time to the other")
    dpo.enters("button", "Hide it", key="Shift+Tab")
    expect(dpo.find("#corrections-list li button.link")).to_have_count(2)
    assert dpo.stop().startswith('button "Draw a box')


def takes_back(dpo: Keys) -> None:
    """Have somebody hidden from before they were found, and take that back."""
    dpo.reach("listbox", "People", key="Shift+Tab")
    dpo.looks_for(LATER)
    dpo.reach("button", "Decide…")
    dpo.press("Home", *["ArrowRight"] * BEFORE)
    expect(dpo.find("#picture-one")).to_have_attribute("data-frame", str(BEFORE))
    dpo.enters("button", "Hide the chosen person for longer")
    dpo.find("#about[open]").wait_for()
    dpo.press("Enter")
    expect(dpo.find("#corrections-list li")).to_have_count(2)
    dpo.enters("button", "Undo: Hidden for longer")
    expect(dpo.find("#corrections-list li")).to_have_count(1)


def mutes(dpo: Keys) -> None:
    """Mute a span by its times; see it beside what was recorded, and play it."""
    dpo.reach("tab", "Correct", key="Shift+Tab")
    dpo.press("ArrowRight")
    dpo.sees("or type two times")
    dpo.writes("From", "00:01")
    dpo.writes("To", "00:02.5")
    dpo.writes("Why", "A name is said", role="combobox")
    dpo.press("Enter")
    expect(dpo.find("#muted button")).to_have_count(1)
    dpo.sees("Everything is recorded")
    dpo.reach("button", "Mute this")
    dpo.press("3")
    dpo.plays()


def copies(dpo: Keys) -> None:
    """Have the copy made with its sound, and see that it passed."""
    dpo.enters("button", "Make the copy…", key="Shift+Tab")
    dpo.reach("combobox", "Sound")
    dpo.press("ArrowDown")
    expect(dpo.find("#c-audio")).to_have_value("keep")
    dpo.enters("button", "Make the copy")
    dpo.page.wait_for_url(f"**/requests/{REF}")
    dpo.page.get_by_text("Making the copy").first.wait_for(timeout=SOON_MS)
    dpo.page.get_by_text("The copy is made, and passed every check.").wait_for(timeout=LONG_MS)


def approves(second: Keys) -> None:
    """Find the request, look at what would leave, watch it to its end, and approve it."""
    second.enters("link", "Requests")
    second.enters("link", REF)
    second.sees("A copy waits for your approval")
    second.enters("link", "Look at what would leave")
    second.sees("Why do you look at it?")
    second.enters("button", "Watch it")
    second.find("#picture[data-frame]").wait_for()
    second.enters("button", "Play")
    second.page.get_by_text("You have watched all of it.").wait_for(timeout=SOON_MS)
    second.reach("checkbox", "I have watched it")
    second.press("Space")
    second.enters("button", "Approve")
    second.page.wait_for_url(f"**/requests/{REF}")
    second.sees("Approved by B. Example")


def releases(dpo: Keys, folder: Path) -> None:
    """Release it, download package and key, and have both checked where nothing else is known of it."""
    dpo.enters("link", "Requests", key="Shift+Tab")
    dpo.enters("link", REF)
    dpo.sees("Approved by B. Example")
    dpo.enters("button", "Release it")
    dpo.enters("button", "Yes, make the signed release of 1 file for E. Example")
    dpo.page.get_by_role("link", name="Download the package").first.wait_for(timeout=LONG_MS)
    for name, path in {
        "Download the package": "package.zip",
        "Download the organisation's public key": "key.pem",
    }.items():
        dpo.reach("link", name)
        with dpo.page.expect_download() as loaded:
            dpo.press("Enter")
        loaded.value.save_as(folder / path)
    words = (sys.executable, "-m", "cli", "verify", folder / "package.zip", "--key", folder / "key.pem")
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
