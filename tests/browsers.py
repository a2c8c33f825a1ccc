"""A real browser before a real server: what somebody sees and does, and how often they press a key or click."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest
from playwright.sync_api import expect, sync_playwright

from redact.governance.founding import set_up
from redact.governance.rules.organisation import FILE
from redact.review.access.persons import Persons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

__all__ = ["SECOND", "SIZES", "Hand", "Served", "chromium", "served"]

ROOT = Path(__file__).resolve().parents[1]

SECOND = "b.example"
"""Account of the second person."""
PEOPLE = f'\n[people."{SECOND}"]\nname = "B. Example"\nroles = ["approver", "operator"]\n'

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZES = {"laptop": (1366, 768), "desk": (1920, 1080)}

LINK = re.compile(r"The page is at (\S+)")
PATIENCE_MS = 60_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open Debian's Chromium without a screen; skip where it is not installed, unless it has to be."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("REDACT_EXPECT_CHROMIUM"):
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright, ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        playwright._loop.set_default_executor(pool)  # whose thread is there before any test counts them
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Served:
    """A server, as a process of its own."""

    home: Path
    link: str
    """With which whoever runs it signs in, once."""
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        """Where it is."""
        return "/".join(self.link.split("/")[:3])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(20)
        if self.process.stdout:
            self.process.stdout.close()


def begun(home: Path, command: tuple[str, ...] = ("-m", "cli")) -> Served:
    """Start a server of HOME, whose records are set up; nobody's key is open to it."""
    environment = {name: value for name, value in os.environ.items() if name != "REDACT_OWN_PASSPHRASE"}
    environment |= {"REDACT_HOME": str(home), "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    process = subprocess.Popen(
        [sys.executable, *command, "review", "--no-open"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=home.parent,
        env=environment,
    )
    assert process.stdout
    for line in process.stdout:
        if found := LINK.search(line):
            return Served(home, found[1], process)
    pytest.fail("the server did not start")


@contextmanager
def served(home: Path, command: tuple[str, ...] = ("-m", "cli")) -> Iterator[Served]:
    """Set records up in HOME, for two people of whom the second has no key yet, and serve them."""
    path = set_up(home, "Example Housing", "A. Example")
    (home / FILE).write_text(path.read_text().replace("[letters]", '[letters]\ncontact = "dpo@example.org"') + PEOPLE)
    server = begun(home, command)
    yield server
    server.stop()
    shutil.rmtree(Persons().folder, ignore_errors=True)


@dataclass
class Hand:
    """Somebody before a page: what they click and press is counted, and so is what they see."""

    page: Page
    clicks: int = 0
    keys: int = 0
    typed: int = 0
    """Letters typed into fields."""
    problems: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, browser: Browser, size: str = "laptop") -> Self:
        """Sit down at a screen of SIZE; whatever goes wrong in the page is noted."""
        width, height = SIZES[size]
        page = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True).new_page()
        page.set_default_timeout(PATIENCE_MS)
        hand = cls(page)
        page.on("pageerror", lambda error: hand.problems.append(str(error)))
        page.on("console", hand.hears)
        return hand

    def hears(self, line: ConsoleMessage) -> None:
        """Note what goes wrong in the page, but for what the server refuses: that is told in the page."""
        if line.type == "error" and "Failed to load resource" not in line.text:
            self.problems.append(line.text)

    def find(self, what: str) -> Locator:
        """Find WHAT, a selector."""
        return self.page.locator(what)

    def click(self, what: str, name: str | None = None, *, exact: bool = False) -> None:
        """Click WHAT, a role with NAME, or a selector."""
        self.clicks += 1
        found = self.page.get_by_role(what, name=name, exact=exact) if name is not None else self.page.locator(what)  # type: ignore[arg-type]
        found.first.click()

    def press(self, *keys: str) -> None:
        """Press KEYS, one after the other."""
        for key in keys:
            self.keys += 1
            self.page.keyboard.press(key)

    def types(self, label: str, text: str) -> None:
        """Type TEXT into the field called LABEL."""
        self.typed += len(text)
        self.page.get_by_label(label, exact=True).first.fill(text)

    def sees(self, text: str) -> None:
        """Wait until TEXT is to be seen."""
        expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible()

    def clicks_picture(self, point: tuple[float, float], size: tuple[int, int]) -> None:
        """Click POINT, px of a clip of SIZE, where the picture shows it."""
        box = self.page.locator("#picture-one").bounding_box()
        assert box
        scale = min(box["width"] / size[0], box["height"] / size[1])
        left = box["x"] + (box["width"] - size[0] * scale) / 2
        top = box["y"] + (box["height"] - size[1] * scale) / 2
        self.clicks += 1
        self.page.mouse.click(left + point[0] * scale, top + point[1] * scale)

    def drags(self, what: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag on WHAT from START to END, each as shares of its width and height."""
        box = self.page.locator(what).bounding_box()
        assert box
        (x0, y0), (x1, y1) = (
            (box["x"] + share[0] * box["width"], box["y"] + share[1] * box["height"]) for share in (start, end)
        )
        self.clicks += 1
        self.page.mouse.move(x0, y0)
        self.page.mouse.down()
        self.page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2, steps=3)
        self.page.mouse.move(x1, y1, steps=3)
        self.page.mouse.up()

    def reads(self) -> None:
        """Look at the question that has come, until keys are for it."""
        self.find("#questions[data-keys]").wait_for()

    def plays(self) -> None:
        """Play, once the small copy is made, and stop."""
        self.find("#play[data-ready]").wait_for()
        self.press("k")
        self.sees("playing")
        self.press("k")

    def shows(self, name: str) -> None:
        """Keep a picture of the page called NAME, where somebody wants them."""
        folder = os.environ.get("REDACT_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            size = self.page.viewport_size or {"width": 0}
            self.page.screenshot(path=Path(folder) / f"{name}-{size['width']}.png")
