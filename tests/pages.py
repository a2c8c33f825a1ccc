"""What stands in a page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from redact.package.manifest import CheckRecord

if TYPE_CHECKING:
    from redact.package.manifest import Manifest


VOID = ("meta", "img", "br")
"""Tags that nothing closes."""

HOSTILE = '<script>alert("x")</script> & \'quoted\' "text"'


class Page(HTMLParser):
    """The words of a page, its tags, and whatever it would fetch."""

    def __init__(self, html: str) -> None:
        """Read HTML."""
        super().__init__()
        self.words = ""
        self.tags: list[str] = []
        self.fetched: list[str | None] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note TAG and its links."""
        self.tags.append(tag)
        self.fetched += [value for name, value in attrs if name in ("src", "href", "data", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close TAG, which must be the one last opened."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect the words."""
        self.words += data


def saying(made: Manifest, text: str) -> Manifest:
    """MADE, with TEXT wherever words from outside can stand."""
    keep = [{"at": "1", "point": [1, 2], "name": text}]
    return made.model_copy(
        update={
            "request": {"reference": text, "recipient": text, "hide": [text], "keep": keep},
            "checks": (CheckRecord(name=text, passed=True, found=text),),
            "warnings": (text,),
        }
    )
