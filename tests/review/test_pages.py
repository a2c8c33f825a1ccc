"""The pages: whoever may see them, what is in them, and that nothing of them comes from anywhere else."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from desks import Browser

from redact.case.steps import open_request
from redact.governance.ledger.events import EventKind
from redact.governance.office import Office
from redact.governance.rules.intake import Intake
from redact.review.pages.files import STATIC, modules, under

if TYPE_CHECKING:
    from redact.review.desk import Desk

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((STATIC.parent / "pages" / "templates").glob("*.html"))
SCRIPTS = sorted(STATIC.rglob("*.js"))
STYLES = sorted(STATIC.rglob("*.css"))

LONGEST = 300
"""Lines of a script, at most."""

HTML = {"accept": "text/html,*/*"}
ENTRIES = {
    "sign-in": "sign-in.js",
    "join": "join.js",
    "register": "register.js",
    "people": "people.js",
    "new": "new.js",
    "request": "request.js",
    "approve": "approve.js",
    "clip": "review/clip.js",
}
"""Which script fills which page."""


def named(path: Path) -> str:
    """PATH as the name of a case."""
    return path.name


@pytest.mark.parametrize("path", ["/", "/people", "/requests/new", "/requests/SAR-2026-0142"])
def test_nobody_sees_a_page_who_is_not_signed_in(desk: Desk, path: str) -> None:
    """They are asked to sign in, and come back to where they wanted to go."""
    answer = Browser(desk).get(path, headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?then=")


@pytest.mark.parametrize("path", ["/", "/people", "/requests/new", "/sign-in", "/join/anything"])
def test_a_page_is_html_in_our_language(browser: Browser, path: str) -> None:
    """It has a title, one heading of the first level, a main part, and a policy that lets nothing in from elsewhere."""
    answer = browser.get(path, headers=HTML)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert '<html lang="en-GB">' in answer.text
    assert answer.text.count("<h1") == 1
    assert "<main" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_request_has_its_pages(browser: Browser, desk: Desk) -> None:
    """One for the request and one for approving it, also where its reference has a stroke."""
    with Office.open(desk.home) as office:
        open_request(office, Intake.of({"reference": "SAR/2026/7", "kind": "sar", "received": "2026-11-02"}))
    for path in ("/requests/SAR~2026~7", "/requests/SAR~2026~7/approve"):
        answer = browser.get(path, headers=HTML)
        assert answer.status_code == 200
        assert 'data-reference="SAR/2026/7"' in answer.text


@pytest.mark.parametrize("path", ["/requests/SAR-1", "/requests/SAR-1/clips/00", "/nothing"])
def test_where_nothing_is_a_page_says_so_and_where_to_go(browser: Browser, path: str) -> None:
    """People who follow an old link read a sentence, not code."""
    answer = browser.get(path, headers=HTML)
    assert answer.status_code == 404
    assert "Nothing here" in answer.text
    assert 'href="/"' in answer.text


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_no_page_has_script_or_style_of_its_own(path: Path) -> None:
    """The policy would not run it, and nothing is fetched from another place."""
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


@pytest.mark.parametrize("path", [*SCRIPTS, *STYLES], ids=named)
def test_scripts_and_styles_ask_nobody_else_and_put_no_text_in_as_html(path: Path) -> None:
    """No address of another place, nothing that reads text as a page, and small modules."""
    text = path.read_text()
    assert not re.search(r"https?://|innerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text)
    assert len(text.splitlines()) <= LONGEST


def taken(script: Path) -> set[Path]:
    """SCRIPT, and all that it takes from others, and they from theirs."""
    found, left = {script}, [script]
    while left:
        one = left.pop()
        for name in re.findall(r'(?:from|import|import\()\s*"(\.[^"]+)"', one.read_text()):
            other = (one.parent / name).resolve()
            if other.suffix == ".js" and other.stem != "types" and other not in found:
                found.add(other)
                left.append(other)
    return found


@pytest.mark.parametrize("page", sorted(ENTRIES))
def test_all_that_a_page_runs_is_asked_for_in_one_go(page: str) -> None:
    """No script is found out about only once another one has come and was read."""
    listed = modules(ENTRIES[page])
    assert {STATIC / name for name in listed} == taken(STATIC / ENTRIES[page])
    assert len(set(listed)) == len(listed)


def test_a_page_names_its_scripts_by_their_version(browser: Browser) -> None:
    """Browsers keep those for good, and ask for nothing again; by any other name they ask whether they are the same."""
    page = browser.get("/", headers=HTML).text
    for name in modules("register.js"):
        assert f'<link rel="modulepreload" href="{under(name)}">' in page
    kept, asked = browser.get(under("register.js")), browser.get("/static/register.js")
    assert kept.content == asked.content == (STATIC / "register.js").read_bytes()
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asked.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/static/0123456789abcdef/register.js", "", "../pages.py", "../../app.py", "nothing.js"]
)
def test_by_another_version_nothing_is_given(browser: Browser, path: str) -> None:
    """Nor anything that lies elsewhere."""
    assert browser.get(path if path.startswith("/") else under(path)).status_code in {400, 404}


@pytest.mark.parametrize("page", sorted(ENTRIES))
def test_whatever_a_script_looks_for_is_on_its_page(page: str) -> None:
    """Each id that a page's scripts name stands in its template, or is made by one of the scripts."""
    parts = [*(path.read_text() for path in TEMPLATES if path.stem in {"base", page, "intake", "copy"})]
    scripts = [path.read_text() for path in taken(STATIC / ENTRIES[page])]
    there = set(re.findall(r'id="([a-z][\w-]*)"', "".join(parts))) | set(
        re.findall(r'id: "([\w-]+)"', "".join(scripts))
    )
    wanted = set(re.findall(r'(?:byId|field|formOf|dialog)\("([\w-]+)"\)', "".join(scripts)))
    assert wanted
    assert wanted - there == set()


def test_every_event_has_words_on_the_page() -> None:
    """Whatever can stand in the history of a request is told in words."""
    words = (STATIC / "words.js").read_text()
    assert [kind.value for kind in EventKind if not re.search(rf'^  "?{kind.value}"?: "', words, re.MULTILINE)] == []


def test_the_types_of_the_scripts_agree() -> None:
    """TypeScript's compiler finds nothing, where it is installed; `make check` installs it."""
    compiler = ROOT / "node_modules" / ".bin" / "tsc"
    if not compiler.exists() or not shutil.which("node"):
        pytest.skip("make check fetches the compiler and runs it")
    done = subprocess.run([compiler, "--project", STATIC], capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0
