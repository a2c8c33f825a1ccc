"""What is on the screen is the frame that is named, stepped to or played, and its boxes lie where they are."""

from __future__ import annotations

import base64
import re
import shutil
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from browsers import Hand, Served, begun
from corridor import SIZE, corridor
from desks import new_desk
from lookers import clip_in
from masters import make
from numbered import HEIGHT, MAKES, WIDTH, number_in, numbered
from people import PASSPHRASE
from playwright.sync_api import expect

from redact.review.access.persons import Persons
from redact.user import user_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.sync_api import Browser

    from redact.governance.register.register import ClipRow

pytest_plugins = ("windows",)

FRAMES = 40
KINDS = ("25-fps", "b-frames", "variable-rate", "delayed-start", "rotated")
COLOURS = {"undecided": (138, 217, 255)}
"""BGR of the outlines that are looked for on the screen."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, dict[str, ClipRow]]]:
    """A server with a numbered clip of each kind, and a corridor with two pieces of cloth in it."""
    folder = tmp_path_factory.mktemp("numbered")
    home = folder / "home"
    new_desk(home).close()
    rows = {kind: clip_in(home, folder, master(folder, kind), kind) for kind in KINDS}
    rows["corridor"] = clip_in(home, folder, corridor(folder / "hall.mp4"), "corridor")
    one = begun(home, ("-m", "reds"))
    yield one, rows
    one.stop()
    shutil.rmtree(Persons().folder, ignore_errors=True)


def master(folder: Path, kind: str) -> Path:
    """Make a numbered clip of KIND in FOLDER."""
    made = next((some for some in MAKES if some.name == kind), MAKES[1])
    place = folder / kind
    place.mkdir()
    path = numbered(place, made, FRAMES).path
    return path if kind != "rotated" else make(place / "turned.mp4", "-display_rotation", 90, "-i", path, "-c", "copy")


@pytest.fixture(scope="module")
def hand(server: tuple[Served, dict[str, ClipRow]], window: Browser) -> Iterator[Hand]:
    """Somebody who is signed in."""
    one = Hand.at(window)
    one.page.goto(server[0].origin)
    one.types("Account", user_name())
    one.types("Passphrase", PASSPHRASE)
    one.click("button", "Sign in")
    one.sees("Due first")
    yield one
    assert one.problems == []


def opened(hand: Hand, server: tuple[Served, dict[str, ClipRow]], kind: str) -> None:
    """Open the clip of KIND, and say why."""
    served, rows = server
    hand.page.goto(f"{served.origin}/requests/{kind}/clips/{rows[kind].sha256}")
    hand.find("#why").or_(hand.find("#picture-one")).first.wait_for()
    if hand.find("#why").count():
        hand.click(".chips button")
        hand.press("Enter")
    expect(hand.find("#picture-one")).to_have_attribute("data-frame", re.compile(r"\d+"))


def screen(hand: Hand, size: tuple[int, int]) -> tuple[NDArray[np.uint8], float]:
    """Give the part of the canvas that shows a clip of SIZE, and how many px of it there are to one of the clip."""
    url = hand.page.evaluate("document.getElementById('picture-one').toDataURL('image/png')")
    seen = np.asarray(cv2.imdecode(np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR))
    height, width = seen.shape[:2]
    scale = min(width / size[0], height / size[1])
    left, top = (width - size[0] * scale) / 2, (height - size[1] * scale) / 2
    part = seen[round(top) : round(top + size[1] * scale), round(left) : round(left + size[0] * scale)]
    return np.asarray(part, np.uint8), scale


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_stepped_to_is_that_frame(hand: Hand, server: tuple[Served, dict[str, ClipRow]], kind: str) -> None:
    """Its number is burned into it, and read off the screen: forwards, backwards, and from anywhere."""
    opened(hand, server, kind)
    turned = kind == "rotated"
    size = (HEIGHT, WIDTH) if turned else (WIDTH, HEIGHT)
    hand.press("Home")
    for index in range(FRAMES):
        if index:
            hand.press("ArrowRight")
        assert number_on(hand, size, index, turned) == index
    for index in range(FRAMES - 2, FRAMES - 8, -1):
        hand.press("ArrowLeft")
        assert number_on(hand, size, index, turned) == index
    for index in (3, 29, 0):
        sought(hand, index)
        assert number_on(hand, size, index, turned) == index


def number_on(hand: Hand, size: tuple[int, int], index: int, turned: bool) -> int:
    """Read the number off the screen once the page says that frame INDEX is there."""
    expect(hand.find("#picture-one")).to_have_attribute("data-frame", str(index))
    return number_in(cv2.imencode(".png", screen(hand, size)[0])[1].tobytes(), 3 if turned else 0)


def sought(hand: Hand, index: int) -> None:
    """Go to frame INDEX by the slider."""
    hand.find("#seek").evaluate(
        "(seek, at) => { seek.value = at; seek.dispatchEvent(new Event('input')); }", str(index)
    )


def test_boxes_lie_within_a_pixel_of_the_plan(hand: Hand, server: tuple[Served, dict[str, ClipRow]]) -> None:
    """The outlines that are drawn over the picture are where the plan has them."""
    opened(hand, server, "corridor")
    address = f"/api/requests/corridor/clips/{server[1]['corridor'].sha256}/plan?from=0&to=20"
    plan = hand.page.evaluate("async (address) => (await fetch(address)).json()", address)
    hand.press("Home")
    for frame in (0, 7, 13, 20):
        sought(hand, frame)
        expect(hand.find("#picture-one")).to_have_attribute("data-frame", str(frame))
        expect(hand.find("#present")).not_to_have_text("One moment…")  # its boxes are here
        seen, scale = screen(hand, SIZE)
        close = np.abs(seen.astype(int) - COLOURS["undecided"]).max(axis=2) < 40
        for box in plan["frames"][frame]["boxes"]:
            around = np.array(box[:4]) * scale
            part = close[
                max(0, round(around[1]) - 4) : round(around[3]) + 4, max(0, round(around[0]) - 4) : round(around[2]) + 4
            ]
            ys, xs = np.nonzero(part)
            found = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], float)
            found += np.tile([max(0, round(around[0]) - 4), max(0, round(around[1]) - 4)], 2)
            assert np.abs(found - around).max() <= scale + 2


def test_what_is_played_is_told_by_the_table(hand: Hand, server: tuple[Served, dict[str, ClipRow]]) -> None:
    """While it plays, the frame that the page names is the one whose number is on the screen."""
    kind = "variable-rate"
    opened(hand, server, kind)
    address = f"/api/requests/{kind}/clips/{server[1][kind].sha256}/proxy"
    hand.page.evaluate(
        "async (address) => fetch(address, {method: 'POST', headers: {'X-CSRF-Token': "
        "document.querySelector('meta[name=csrf-token]').content}})",
        address,
    )
    for _ in range(60):
        if hand.page.evaluate("async (address) => (await fetch(address)).status", address) == 200:
            break
        hand.page.wait_for_timeout(500)
    hand.page.reload()
    expect(hand.find("#picture-one")).to_have_attribute("data-frame", re.compile(r"\d+"))
    told: list[tuple[int, int]] = []
    while len({name for name, _ in told}) < 2:  # on a busy computer it may be over before it was looked at twice
        assert len(told) < 120, "nothing is played"
        told += played(hand)
    assert all(name == number for name, number in told), told


def played(hand: Hand) -> list[tuple[int, int]]:
    """Play from the start: which frame the page names, and the number on the screen, a few times."""
    told = []
    hand.press("Home", "k")
    hand.sees("playing")
    for _ in range(12):
        name, url = hand.page.evaluate(
            "() => { const one = document.getElementById('picture-one'); "
            "return [one.dataset.frame, one.toDataURL('image/png')]; }"
        )
        coded = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
        data = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))
        height, width = data.shape[:2]
        scale = min(width / WIDTH, height / HEIGHT)
        left, top = (width - WIDTH * scale) / 2, (height - HEIGHT * scale) / 2
        part = data[round(top) : round(top + HEIGHT * scale), round(left) : round(left + WIDTH * scale)]
        told.append((int(name), number_in(cv2.imencode(".png", part)[1].tobytes())))
        hand.page.wait_for_timeout(60)
    hand.page.wait_for_function("() => document.getElementById('play').textContent === 'Play'")
    return told
