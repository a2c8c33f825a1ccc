"""What the strip says, broken into rows of so many letters."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING

from redact.watermark.glyphs import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redact.records.clip import Clip

__all__ = ["TIME", "Clock", "fit"]

APART = "  "
CUT = ".."

FIGURES = 6
"""Digits of a frame number, at least."""

WORD, HASH = "frame ", "#"
"""What stands before a frame number, where there is room and where there is not."""

TIME = len("00:00:00.000")
"""Letters of a time that room is always made for."""

SAID = re.compile(r"\s*(-?[\d:]*\d\.\d{3})\s+(?:frame |#)(\d+)\s*")


def fit(parts: tuple[str, str, str, str, str], rows: int, columns: int) -> list[str]:
    """Break PARTS (reference, recipient, copy, date, digest) into at most ROWS rows of COLUMNS letters.

    What does not fit is first said in short words; then the recipient is cut, and only then the reference.
    """
    broken: list[str] = []
    for broken in _tries(*map(plain, parts), columns=columns):
        if len(broken) <= rows:
            break
    return broken[:rows]


def _tries(name: str, who: str, copy: str, released: str, digest: str, *, columns: int) -> Iterator[list[str]]:
    """Ways to break up what is said into rows of COLUMNS letters, the best first."""
    facts = [f"copy {copy}", f"released {released}", digest]
    yield _rows([name, who], columns) + _rows(facts, columns)
    yield _rows([name, who, *facts], columns)
    facts = [f"no.{copy}", released, digest]
    yield _rows([name, who, *facts], columns)
    for left in range(len(who) - 1, 0, -1):
        yield _rows([name, who[:left] + CUT, *facts], columns)
    yield _rows([name, *facts], columns)
    for left in range(len(name) - 1, 0, -1):
        yield _rows([name[:left] + CUT, *facts], columns)


def _rows(parts: list[str], columns: int) -> list[str]:
    """Put PARTS into rows one after the other; one that is longer than a row runs on, from word to word."""
    rows = [""]
    for part in filter(None, parts):
        joined = rows[-1] + (APART if rows[-1] else "") + part
        if len(joined) <= columns:
            rows[-1] = joined
        else:
            pieces = wrap(part, columns, break_on_hyphens=False)
            rows = [*rows, *pieces] if rows[-1] else pieces
    return rows


class Clock:
    """Time and number of a frame. How they are set out follows from the room alone, so that anyone can read them."""

    def __init__(self, columns: int) -> None:
        """Set out time and number in rows of COLUMNS letters."""
        self._columns = columns
        self.rows = 1 if TIME + len(APART) + len(HASH) + FIGURES <= columns else 2

    def text(self, clip: Clip, index: int) -> list[str]:
        """Rows for frame INDEX of CLIP. A time too long for its room loses the start of its hours."""
        time, number = _time(clip, index), f"{HASH}{index:0{FIGURES}d}"
        if self.rows > 1:
            return [time[-self._columns :], number]
        if len(time) + len(APART) + len(WORD) + len(number) - len(HASH) <= self._columns:
            number = WORD + number.removeprefix(HASH)
        return [time[-(self._columns - len(APART) - len(number)) :] + APART + number]

    def read(self, rows: list[str]) -> tuple[str, int] | None:
        """Read time and number back from ROWS; None where they do not say both."""
        match = SAID.fullmatch(" ".join(rows))
        return (match[1], int(match[2])) if match else None


def _time(clip: Clip, index: int) -> str:
    """Time of frame INDEX of CLIP as HH:MM:SS.mmm."""
    milli = round(int(clip.pts[index]) * clip.time_base * 1000)
    seconds, part = divmod(abs(milli), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if milli < 0 else ''}{hours:02d}:{minutes:02d}:{seconds:02d}.{part:03d}"
