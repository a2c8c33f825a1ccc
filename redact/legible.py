"""Text from outside, such as the name of a file, made fit to be shown: nothing in it hides, turns round or ends a line.

What somebody else wrote may hold the sign that ends a line, and so forge the next one; signs that turn the direction
of writing, and so show `gpj.exe` as `exe.jpg`; or signs that command a terminal. A mark stands for each of them.
"""

from __future__ import annotations

import re

__all__ = ["BREAK", "REPLACEMENT", "one_line", "plain", "visible"]

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""What stands for a character that is none to look at."""

BREAK = "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}"
"""What stands for the end of a line where there may be no second line."""

UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but for the tab and the end of a line
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # what turns the direction of writing
    "\u180e\u200b\u2060-\u2065\ufeff\ufff9-\ufffb"  # what has no width
    "\u2028\u2029"  # other ends of lines
    "\ud800-\udfff"  # halves of a character
    "\U000e0000-\U000e007f"  # tags
    "]"
)
"""Soft hyphens and what joins or parts the letters of some scripts are not among them: names are written with these."""

ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""Whatever some program takes for the end of a line."""


def plain(text: str, mark: str) -> str:
    """Give TEXT on one line, with MARK for each tab, end of a line and character that hides or turns something."""
    return UNSEEN.sub(mark, re.sub("[\n\t]", mark, text))


def visible(text: str) -> str:
    """Give TEXT, which may have several lines, with a mark for each character that hides or turns something."""
    return UNSEEN.sub(REPLACEMENT, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Give TEXT as `visible` does and on one line, with a mark where a line of it ended."""
    return visible(ENDS.sub(BREAK, text).replace("\t", " "))
