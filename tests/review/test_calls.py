"""What is said of the calls: complete, for programs and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desks import Browser

if TYPE_CHECKING:
    from redact.review.desk import Desk


def described(browser: Browser) -> dict[str, Any]:
    """Read the description."""
    told: dict[str, Any] = browser.get("/api/openapi.json").json()
    return told


def described_well(content: dict[str, Any]) -> bool:
    """Tell whether CONTENT, what may come back, is a file of some sort, or JSON of which the fields are named."""
    told = {kind: one.get("schema") for kind, one in content.items()}
    return bool(told) and all(schema if kind == "application/json" else "/" in kind for kind, schema in told.items())


def test_every_call_says_what_it_is_for_and_what_comes_back(browser: Browser) -> None:
    """A title, words, an area, and of each answer its fields or what sort of file it is."""
    told = described(browser)
    assert told["openapi"].startswith("3.1")
    for path, methods in told["paths"].items():
        for method, call in methods.items():
            name = f"{method} {path}"
            assert call["summary"], name
            assert call["description"], name
            assert call["tags"], name
            good = {status: answer for status, answer in call["responses"].items() if status[0] in "23"}
            assert good, name
            for status, answer in good.items():
                assert status in {"204", "303"} or described_well(answer.get("content", {})), (name, answer)


def test_every_call_is_on_the_page_for_people(browser: Browser) -> None:
    """By method and path, without a script or style of its own."""
    page = browser.get("/api", headers={"accept": "text/html"}).text
    for path, methods in described(browser)["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in page
    assert "<style" not in page
    assert "style=" not in page


def test_the_description_is_for_those_who_are_signed_in(desk: Desk) -> None:
    """As is everything."""
    assert Browser(desk).get("/api/openapi.json").status_code == 401
    assert Browser(desk).get("/api").status_code == 303
