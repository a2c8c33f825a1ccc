"""Text from outside moves nothing, hides nothing and ends no line, wherever it is shown."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from redact.legible import BREAK, REPLACEMENT, one_line, plain, visible

TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Every character that Unicode calls a control of direction."""

NAMES = (
    "cam 4.mp4",
    "Tür.mp4",
    "\u05d0\u05d1.mp4",
    "co\u00adoperate",
    "\u0645\u06cc\u200c\u062e",
    "\u2764\ufe0f\u200d",
)
"""Names as people have them: accents, Hebrew, a soft hyphen, letters that are parted or joined."""


def test_nothing_stays_nothing() -> None:
    """No mark comes from nowhere."""
    assert (visible(""), one_line(""), plain("", "_")) == ("", "", "")


@pytest.mark.parametrize("name", NAMES)
def test_what_people_write_stays_as_it_is(name: str) -> None:
    """In any script."""
    assert visible(name) == one_line(name) == plain(name, "_") == name


@pytest.mark.parametrize("turn", TURNS)
def test_the_direction_of_writing_is_turned_by_nobody(turn: str) -> None:
    """There is no other character of that kind."""
    assert visible(f"cv{turn}gpj.exe") == one_line(f"cv{turn}gpj.exe") == f"cv{REPLACEMENT}gpj.exe"
    kinds = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    others = {chr(code) for code in range(0x11_0000) if unicodedata.bidirectional(chr(code)) in kinds}
    assert others <= set(TURNS)


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
def test_a_name_ends_no_line(end: str) -> None:
    """Whichever way a line can end; one that is meant to have several keeps them."""
    assert one_line(f"a{end}All 9 checks hold.") == f"a{BREAK}All 9 checks hold."
    assert visible("a\r\nb\nc\td") == "a\nb\nc\td"


def test_a_terminal_gets_no_command() -> None:
    """Neither by the sign of old nor by that of eight bits."""
    assert one_line("\x1b[2J\x9b31m\x07\t.") == f"{REPLACEMENT}[2J{REPLACEMENT}31m{REPLACEMENT} ."


@given(st.text(st.characters()))
@example("\r\n\u2029\udcff\U000e0041")
def test_whatever_is_written_is_one_line_that_can_be_seen(text: str) -> None:
    """And what was made fit once is fit."""
    shown = one_line(text)
    assert len(shown.splitlines()) <= 1
    assert not set(TURNS) & set(shown)
    assert {"Cc", "Cs", "Zl", "Zp"}.isdisjoint(map(unicodedata.category, shown))
    assert one_line(shown) == visible(shown) == shown
    assert set(plain(text, "_")) <= set(text) | {"_"}
    shown.encode()
