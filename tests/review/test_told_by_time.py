"""What the page tells of times, each a way to that moment; and keys, which mean what was on the screen."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from sitters import REF, at_the_clip

if TYPE_CHECKING:
    from browsers import Hand, Served
    from playwright.sync_api import Route

    from redact.governance.register.register import ClipRow

pytest_plugins = ("windows",)

SCRIPTS = """(name) => document.querySelector("script[type=module]").src.replace(/(review\\/)?[a-z]+\\.js$/, name)"""
"""Where the page has the script of a name from."""


PRESSED = """([id, key]) => {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  return !document.getElementById(id).dispatchEvent(event);
}"""
"""Press a key where the focus is in a field; tells whether the page took it."""


def told(hand: Hand, **answers: Any) -> None:
    """Have the page told ANSWERS, by the last part of the address of a call; what it sends goes on to the server."""

    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        if route.request.method == "GET" and name in answers:
            route.fulfill(content_type="application/json", body=json.dumps(answers[name]))
        else:
            route.continue_()

    hand.page.route("**/api/requests/*/clips/**", answer)


def question(name: str) -> dict[str, Any]:
    """Ask whether two are one, under a NAME."""
    moment = {"subject": "s001", "frame": 3, "place": [60, 40, 100, 120], "time": "00:00.12"}
    other = moment | {"subject": "s002", "frame": 9, "time": "00:00.36"}
    return {
        "id": name,
        "kind": "same",
        "before": moment,
        "after": other,
        "matters": True,
        "sentence": "",
        "answered": None,
    }


def test_an_address_with_a_time_opens_the_clip_there(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """As a warning names it; another one goes there without loading the page again."""
    at_the_clip(hand, server)
    hand.page.goto("about:blank")
    hand.page.goto(f"{server[0].origin}/requests/{REF}/clips/{server[1].sha256}#00:00.6")
    expect(hand.find("#picture-one")).to_have_attribute("data-frame", "15")
    hand.page.evaluate("location.hash = '#00:01.2'")
    expect(hand.find("#picture-one")).to_have_attribute("data-frame", "30")


@pytest.mark.parametrize(
    ("text", "most", "times"),
    [
        ("Hidden from 00:12.4 to 1:02:03.5: they are lost.", 7200, ["00:12.4", "1:02:03.5"]),
        ("Nothing of times, not even 12 or 3:4.", 60, []),
        ("At 59:59 it is past the end, at 00:59 not.", 60, ["00:59"]),
        ("", 60, []),
    ],
)
def test_each_time_of_a_warning_is_a_link(
    hand: Hand, server: tuple[Served, ClipRow], text: str, most: int, times: list[str]
) -> None:
    """And the words stay as they are; what is no time of the clip is no link."""
    hand.page.goto(f"{server[0].origin}/requests/{REF}")
    parts = hand.page.evaluate(LINKED, [hand.page.evaluate(SCRIPTS, "moments.js"), text, most])
    assert [part[1] for part in parts if isinstance(part, list)] == times
    assert [part[0] for part in parts if isinstance(part, list)] == [f"#{time}" for time in times]
    assert "".join(part[1] if isinstance(part, list) else part for part in parts) == text


LINKED = """async ([address, text, most]) => {
  const { linked, linkTo } = await import(address);
  return linked(text, linkTo("/clip"), most).map((one) => one.outerHTML ? [one.hash, one.textContent] : one);
}"""
"""The parts of a sentence, links as where they lead and what they say."""


def test_a_key_is_for_the_question_that_was_read(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """One that has just come is not answered by a key that was meant for what was there before."""
    told(hand, questions={"revision": 0, "open": 2, "questions": [question("a" * 16), question("b" * 16)]})
    at_the_clip(hand, server)
    sent: list[str] = []
    hand.page.on("request", lambda one: sent.append(one.url[-18:]) if one.method == "POST" else None)
    hand.sees("Question 1 of 2")
    hand.reads()
    hand.page.evaluate(TWICE)
    hand.sees("Question 1 of 1")
    hand.reads()
    assert [one for one in sent if "/" + "b" * 16 in one] == []
    hand.press("n")
    hand.sees("Once you have said who asked")
    hand.page.unroute_all(behavior="ignoreErrors")


TWICE = """() => {
  const press = () => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true }));
  press();
  press();
}"""
"""Press N twice, the second time as soon as the first was heard."""


def test_when_others_cover_whoever_is_shown_is_told_by_time(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """Each time is a button that goes there, and names who lies over them."""
    covered = [{"id": "s001", "frames": 40, "hidden": 10, "runs": [[5, 9, "s002"], [20, 24, "damaged"]]}]
    rows = {"revision": 0, "subjects": [], "covered": covered, "corrections": [], "cuts": [], "risk": []}
    told(hand, rows=rows)
    at_the_clip(hand, server)
    hand.sees("is shown, but covered")
    hand.sees("2 times, on 25 % of their pictures")
    hand.click("#covered button >> nth=1")
    expect(hand.find("#picture-one")).to_have_attribute("data-frame", "20")
    expect(hand.find("#covered li").first).to_have_text(re.compile(r"^00:00\.2 to 00:00\.3 by Person 2$"))


def test_what_was_drawn_is_in_the_timeline(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """As a row of its own above everybody's, where and for how long it counts; its name leads to where it begins."""
    at_the_clip(hand, server)
    assert hand.page.evaluate(VIOLET) == []
    facts = {"id": "drawn", "what": "hide", "first": 10, "last": 39, "subject": ""}
    rows = {"revision": 0, "subjects": [], "covered": [], "corrections": [facts], "cuts": [], "risk": []}
    told(hand, rows=rows)
    hand.page.reload()
    hand.page.wait_for_function(f"() => ({VIOLET})().length")
    left, right, wide, tall = hand.page.evaluate(VIOLET)
    ratio, frames = hand.page.evaluate("devicePixelRatio"), 50
    begins = 110 + (wide / ratio - 110) * 10 / frames
    ends = 110 + (wide / ratio - 110) * 40 / frames
    assert abs(left / ratio - begins) <= 2
    assert abs(right / ratio - ends) <= 2
    assert tall / ratio > 34
    box = hand.find("#timeline").bounding_box()
    assert box
    hand.page.mouse.click(box["x"] + 40, box["y"] + 34 + 6)
    expect(hand.find("#picture-one")).to_have_attribute("data-frame", "10")


VIOLET = """() => {
  const canvas = document.getElementById("rows");
  const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let [left, right, top] = [1e9, -1, 0];
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] !== 229 || data[at + 1] !== 143 || data[at + 2] !== 255) continue;
    const x = (at / 4) % width;
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top ||= Math.floor(at / 4 / width);
  }
  return right < 0 ? [] : [left, right, width, top];
}"""
"""Where the colour of what was drawn is in the timeline: left, right, of so many px, and how far down it begins."""


def test_the_copy_is_one_key_away(hand: Hand, server: tuple[Served, ClipRow]) -> None:
    """C asks how it is to be, and help says so."""
    at_the_clip(hand, server)
    expect(hand.find("#make-copy")).to_have_text("Make the copy… (C)")
    hand.press("c")
    hand.find("#copy[open]").wait_for()
    hand.press("Escape")
    expect(hand.find("#copy")).to_be_hidden()
    hand.press("?")
    expect(hand.find("#keys-list").get_by_text("make the copy")).to_be_visible()
    hand.press("Escape")


def test_a_key_counts_while_the_focus_is_still_in_a_dialog_that_closed(
    hand: Hand, server: tuple[Served, ClipRow]
) -> None:
    """The browser takes it out a little later; while the dialog is open, what is pressed goes into the field."""
    at_the_clip(hand, server)
    hand.find("#make-copy").wait_for()
    hand.press("c")
    hand.find("#copy[open]").wait_for()
    assert not any(hand.page.evaluate(PRESSED, ["c-from", key]) for key in "? ")
    expect(hand.find("#keys")).to_be_hidden()
    hand.press("Escape")
    expect(hand.find("#copy")).to_be_hidden()
    assert hand.page.evaluate(PRESSED, ["c-from", " "])
    hand.page.evaluate(PRESSED, ["c-from", "?"])
    expect(hand.find("#keys")).to_be_visible()
    hand.press("Escape")


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [
        (("2026-11-01T10:00:00", "2026-11-01T10:00:02"), ["2026-11-01T10:00", "2026-11-01T10:01"]),
        (("2026-11-01T10:00:40", "2026-11-01T11:00:00"), ["2026-11-01T10:00", "2026-11-01T11:00"]),
        (("2026-11-01T23:59:30", "2026-11-01T23:59:31"), ["2026-11-01T23:59", "2026-11-02T00:00"]),
        (("2026-11-01T10:00", "2026-11-01T10:30"), ["2026-11-01T10:00", "2026-11-01T10:30"]),
        (("", ""), ["", ""]),
    ],
)
def test_a_search_holds_the_whole_of_what_was_asked_for(
    hand: Hand, server: tuple[Served, ClipRow], asked: tuple[str, str], minutes: list[str]
) -> None:
    """A window shorter than a minute too: the form has minutes, and no search is for no time."""
    hand.page.goto(f"{server[0].origin}/requests/{REF}")
    address = hand.page.evaluate(SCRIPTS, "request/dialogs.js")
    script = "async ([address, from, to]) => (await import(address)).minutes(from, to)"
    assert hand.page.evaluate(script, [address, *asked]) == minutes
