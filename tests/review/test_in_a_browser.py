"""The page in a real browser, with a clip in which soon everything is found: for everyone, whatever goes wrong.

What goes wrong on pages like it is taken from what people reported of others: work that was lost with the network
(hypothesis/h 917, label-studio 6674), left without a warning (doccano 1746) or at the end of a session (Appraise 39,
swan 361, filebrowser 2897); one person's word written over another's (cgwire/zou 325, cloud-annotations 55) or in a
second tab (stroom 5522); keys that act while one types (makesense 32, recogito2 225); a sign-in that forgets where one
was going (webanno 419, raster-foundry 3818). Boxes beside their frame (Mephisto 455, label-studio 4896) and lists that
freeze (cvat 10648, zotero/reader 156) have tests of their own.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import SECOND, Hand, Served
from corridor import SIZE
from people import PASSPHRASE
from playwright.sync_api import expect
from sitters import REF, at_the_clip, signed_in

from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.user import user_name

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Route

    from redact.governance.ledger.events import Event
    from redact.governance.register.register import ClipRow

pytest_plugins = ("windows",)

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WALKS, STANDS = (80, 80), (275, 175)
"""Where the two pieces of cloth are on the first frame, px of the clip; the second stays there."""


def recorded(served: Served, *kinds: EventKind) -> list[Event]:
    """Give what is on record of KINDS, in order."""
    with Office.open(served.home) as office:
        return list(office.register.events(kinds=kinds))


def test_nothing_keeps_anybody_from_a_page(hand: Hand, server: tuple[Served, ClipRow], window: Browser) -> None:
    """No rule of WCAG 2.2 AA that a machine can check is broken on any page, panel or dialog."""
    broken: dict[str, Any] = {}
    before = Hand.at(window)
    for name, path in {"sign in": "/sign-in", "join": "/join/x"}.items():
        before.page.goto(server[0].origin + path)
        broken |= checked(before, name)
    for name, path in {
        "register": "/",
        "people": "/people",
        "new": "/requests/new",
        "request": f"/requests/{REF}",
        "approve": f"/requests/{REF}/approve",
        "nothing": "/requests/none",
        "calls": "/api",
    }.items():
        hand.page.goto(server[0].origin + path)
        hand.page.wait_for_load_state("networkidle")
        broken |= checked(hand, name)
    at_the_clip(hand, server)
    for tab in ("questions", "worklist", "corrections", "sound"):
        hand.click(f"#tab-{tab}")
        broken |= checked(hand, tab)
    hand.find("#people-list").focus()
    hand.press("Home")
    for opens, dialog in {"#people-decide": "#decide", "#keys-open": "#keys"}.items():
        hand.click(opens)
        hand.find(f"{dialog}[open]").wait_for()
        broken |= checked(hand, dialog)
        hand.press("Escape")
    hand.click("#tab-corrections")
    hand.click("#draw")
    broken |= checked(hand, "drawing")
    assert broken == {}, json.dumps(broken, indent=1)


def checked(hand: Hand, name: str) -> dict[str, Any]:
    """Give the rules that the page called NAME breaks, each with where."""
    found = Axe().run(hand.page, options={"runOnly": RULES}).response["violations"]
    return {f"{name}: {one['id']}": [node["html"][:160] for node in one["nodes"]] for one in found}


@pytest.mark.parametrize("path", ["/", "/requests/new", f"/requests/{REF}", "/people"])
def test_a_page_fits_at_twice_the_size(hand: Hand, server: tuple[Served, ClipRow], path: str) -> None:
    """At 200 % of a small laptop's screen nothing has to be scrolled sideways."""
    hand.page.set_viewport_size({"width": 683, "height": 384})
    hand.page.goto(server[0].origin + path)
    hand.page.wait_for_load_state("networkidle")
    assert hand.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_desk_fits_at_twice_the_size(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """The parts of the page of a clip stand one below the other, and each is reached."""
    hand.page.set_viewport_size({"width": 683, "height": 384})
    at_the_clip(hand, server)
    assert hand.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for part in ("#people-list", "#picture-one", "#tab-sound", "#seek"):
        hand.find(part).scroll_into_view_if_needed()
        expect(hand.find(part)).to_be_visible()


def test_without_a_mouse(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """Keys alone: choose in the list, decide, step, draw by typed edges, mute by typed times, undo."""
    at_the_clip(hand, server)
    hand.find("#people-list").focus()
    hand.press("Home", "Enter")
    hand.find("#decide[open]").wait_for()
    hand.press("Enter", "Enter")
    hand.sees("The requester")
    expect(hand.find("#saving")).to_have_text("Everything is recorded")
    hand.page.evaluate("document.activeElement.blur()")
    hand.press("Home", "ArrowRight", "ArrowRight")
    expect(hand.find("#picture-one")).to_have_attribute("data-frame", "2")
    hand.press("d")
    hand.find("#draw-form summary").focus()
    hand.press("Enter", "Tab")
    for edge in ("100", "100", "140", "150"):
        hand.page.keyboard.press("Control+a")
        hand.page.keyboard.type(edge)
        hand.press("Tab")
    hand.sees("Followed from")
    hand.find("#draw-reason").focus()
    hand.page.keyboard.type("somebody who was missed")
    hand.press("Enter")
    expect(hand.find("#corrections-list li")).to_have_count(1)
    hand.page.evaluate("document.activeElement.blur()")
    hand.press("Control+z")
    hand.sees("Nothing was corrected yet")
    hand.press("u")


def test_a_key_can_be_switched_off(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """Single letters do nothing where somebody switched them off, nor while a field is typed in."""
    at_the_clip(hand, server)
    hand.find("#people-text").fill("")
    hand.find("#people-text").focus()
    hand.press("d")
    expect(hand.find("#draw-form")).to_be_hidden()
    hand.page.evaluate("document.activeElement.blur()")
    hand.press("?")
    hand.find("#single-keys").uncheck()
    hand.press("Escape")
    hand.press("d")
    expect(hand.find("#draw-form")).to_be_hidden()


def decides(hand: Hand, place: tuple[int, int], choice: str, reason: str) -> None:
    """Click whoever is at PLACE, and record a CHOICE with its REASON."""
    hand.clicks_picture(place, SIZE)
    hand.find("#decide[open]").wait_for()
    hand.find(f'input[value="{choice}"]').check()
    if choice == "show":
        hand.find("#decide-ground").select_option("consent")
    hand.find("#decide-reason").fill(reason)
    hand.press("Enter")


def test_nobody_is_shown_by_two_keys(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """Whoever was hidden is not shown by S and Enter: neither ground nor reason is there until somebody says them."""
    at_the_clip(hand, server)
    decides(hand, STANDS, "hide", "a passer-by, whom nobody asked")
    expect(hand.find("#saving")).to_have_text("Everything is recorded")
    hand.page.wait_for_timeout(500)
    count = len(recorded(server[0], EventKind.DECIDED))
    hand.press("s")
    hand.find("#decide[open]").wait_for()
    hand.press("Enter", "Enter")
    assert hand.find("#decide-reason").input_value() == ""
    assert len(recorded(server[0], EventKind.DECIDED)) == count
    hand.press("Escape")


def test_what_two_people_decide_is_not_overwritten(hand: Hand, server: tuple[Served, ClipRow], window: Browser) -> None:
    """Whoever decides on what somebody else changed meanwhile is told, records nothing, and may after all."""
    at_the_clip(hand, server)
    other = at_the_clip(signed_in(server[0], window, SECOND), server)
    count = len(recorded(server[0], EventKind.DECIDED))
    decides(hand, STANDS, "hide", "asked, and did not consent")
    expect(hand.find("#saving")).to_have_text("Everything is recorded")
    decides(other, STANDS, "show", "consented in writing")
    other.find("#conflict[open]").wait_for()
    assert len(recorded(server[0], EventKind.DECIDED)) == count + 1
    other.shows("conflict")
    with other.page.expect_response(re.compile("/decisions$")) as answer:
        other.click("button", "Record mine as well, after theirs")
    assert answer.value.status == 200
    last = recorded(server[0], EventKind.DECIDED)[-1]
    assert (last.by, last.data["verdict"]) == (SECOND, "visible")
    other.page.context.close()


def test_without_a_network_nothing_is_lost(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """What is decided waits, the page says so, and records it once the server is there again, once."""
    at_the_clip(hand, server)
    count = len(recorded(server[0], EventKind.DECIDED))
    hand.page.context.set_offline(True)
    hand.find("#people-list").focus()
    hand.press("Home", "h")
    hand.find("#decide[open]").wait_for()
    hand.find("#decide-reason").fill("not known to anybody here")
    hand.press("Enter")
    hand.sees("No connection. 1 change wait")
    assert len(recorded(server[0], EventKind.DECIDED)) == count
    hand.page.context.set_offline(False)
    expect(hand.find("#saving")).to_have_text("Everything is recorded")
    assert len(recorded(server[0], EventKind.DECIDED)) == count + 1


def test_whoever_leaves_with_something_unsent_is_warned(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """The browser asks before the page goes away; without anything unsent it does not."""
    at_the_clip(hand, server)
    asked: list[str] = []
    tab = at_the_clip(Hand(hand.page.context.new_page()), server)

    def hears(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    tab.page.on("dialog", hears)
    tab.page.context.set_offline(True)
    tab.find("#people-list").focus()
    tab.press("Home", "h")
    tab.find("#decide-reason").fill("not known to anybody here")
    tab.press("Enter")
    tab.sees("No connection")
    tab.page.close(run_before_unload=True)
    hand.page.wait_for_timeout(500)
    hand.page.context.set_offline(False)
    assert asked == ["beforeunload"]


def test_whoever_signs_in_comes_to_where_they_wanted_to_go(server: tuple[Served, ClipRow], window: Browser) -> None:
    """A link to a request asks for the passphrase first, and then shows the request."""
    hand = Hand.at(window)
    hand.page.goto(f"{server[0].origin}/requests/{REF}")
    hand.types("Account", user_name())
    hand.types("Passphrase", PASSPHRASE)
    hand.click("button", "Sign in")
    hand.page.wait_for_url(f"**/requests/{REF}")
    hand.sees("What comes next")
    hand.page.context.close()


def test_an_answer_that_is_lost_records_nothing_twice(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """The server recorded it, and the network went before it could say so: it is sent again, and made once."""
    at_the_clip(hand, server)
    count = len(recorded(server[0], EventKind.DECIDED))
    lost: list[int] = []

    def loses(route: Route) -> None:
        if not lost:
            lost.append(route.fetch().status)
            route.abort("connectionreset")
        else:
            route.continue_()

    hand.page.route("**/decisions", loses)
    decides(hand, STANDS, "hide", "not known to anybody here")
    expect(hand.find("#saving")).to_have_text(re.compile("No connection"))
    expect(hand.find("#saving")).to_have_text("Everything is recorded")
    assert lost == [200]
    assert len(recorded(server[0], EventKind.DECIDED)) == count + 1


def test_a_page_that_is_loaded_anew_knows_everything(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """What was decided and drawn is there after a reload, and in another tab."""
    at_the_clip(hand, server)
    decides(hand, STANDS, "hide", "asked and did not consent")
    expect(hand.find("#saving")).to_have_text("Everything is recorded")
    hand.page.reload()
    hand.find("#people-list .card.hidden").first.wait_for()
    tab = Hand(hand.page.context.new_page())
    at_the_clip(tab, server)
    tab.find("#people-list .card.hidden").first.wait_for()


def test_whoever_was_away_gives_the_passphrase_and_goes_on(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """The page is locked, and nobody is seen in it; afterwards it is as it was, and what waited is recorded."""
    at_the_clip(hand, server)
    count = len(recorded(server[0], EventKind.DECIDED))
    hand.find("#people-list").focus()
    hand.press("Home", "h")
    hand.find("#decide-reason").fill("not known to anybody here")
    hand.page.context.clear_cookies()
    hand.press("Enter")
    hand.find("#lock[open]").wait_for()
    expect(hand.find("#picture-one")).to_be_hidden()
    hand.shows("locked")
    hand.types("Passphrase of A. Example", "wrong words")
    hand.press("Enter")
    hand.sees("do not belong together")
    hand.types("Passphrase of A. Example", PASSPHRASE)
    hand.press("Enter")
    hand.find("#lock[open]").wait_for(state="detached")
    hand.find("#reason-dialog[open]").wait_for()
    hand.press("Enter")
    expect(hand.find("#saving")).to_have_text("Everything is recorded")
    assert len(recorded(server[0], EventKind.DECIDED)) == count + 1
