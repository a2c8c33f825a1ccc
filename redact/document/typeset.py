"""Words set in lines of print: which face has a character, how wide it runs, where a line breaks."""

from __future__ import annotations

import unicodedata
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from redact.document.document import Bullets, Code, Strong, runs
from redact.errors import InputUnusable
from redact.legible import REPLACEMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from redact.document.document import Cell, Words

__all__ = ["BOLD", "FONTS", "MONO", "PLAIN", "POINT", "Line", "Type", "font_file", "size_of"]

POINT = 25.4 / 72
"""mm."""
PLAIN, BOLD, MONO = "", "B", "M"
FONTS = {PLAIN: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf", MONO: "DejaVuSansMono.ttf"}
"""File of each face."""
SMALLER = 0.86
"""A face of fixed width looks larger than it is."""
UNSEEN = frozenset({"Cc", "Cf", "Cs"})
"""Categories of characters that show nothing: controls, turns of direction, halves of a character."""
BREAK = "\n"

Line = list[tuple[str, str]]
"""Runs of characters, each with its face."""


def font_file(name: str) -> Path:
    """Find the font file NAME in package matplotlib, without importing it. Raises InputUnusable where it is not."""
    package = find_spec("matplotlib")
    for folder in (package and package.submodule_search_locations) or ():
        path = Path(folder) / "mpl-data" / "fonts" / "ttf" / name
        if path.is_file():
            return path
    message = f"The font {name}, in which PDF files are set, is not where package matplotlib keeps it."
    raise InputUnusable(message, "Install the package again: pip install --force-reinstall matplotlib")


def size_of(face: str, size: float) -> float:
    """Give the size in which FACE looks like the others in SIZE, pt."""
    return size * SMALLER if face == MONO else size


class Type:
    """The characters there are, how wide they run, and which of those asked for could not be set."""

    def __init__(self, widths: Mapping[str, Mapping[int, float]]) -> None:
        """Take WIDTHS of the characters that each face has, in thousandths of its size."""
        self.widths = {face: dict(known) for face, known in widths.items()}
        self.missing: Counter[str] = Counter()

    def width(self, text: str, face: str, size: float) -> float:
        """Give the width of TEXT, mm."""
        known = self.widths[face]
        return sum(known[ord(character)] for character in text) * size_of(face, size) * POINT / 1000

    def lines(self, words: Words, size: float, width: float, face: str = PLAIN) -> list[Line]:
        """Set WORDS in lines not wider than WIDTH mm, broken at spaces, or anywhere in a word that is wider."""
        lines: list[Line] = []
        line: Line = []
        for character, its in _spelt(words, face):
            if character == BREAK:
                lines += self._filled(line, size, width)
                line = []
                continue
            line.append(self._set(character, its))
            self.missing[character] += line[-1][0] != character
        return [_joined(each) for each in (*lines, *self._filled(line, size, width))]

    def extent(self, cell: Cell, size: float, face: str) -> tuple[float, float]:
        """Give the width of CELL's longest word, and of its longest line where none is broken, mm."""
        words, lines = [0.0], [0.0]
        for sentence in cell.sentences if isinstance(cell, Bullets) else (cell,):
            words, lines = [*words, 0.0], [*lines, 0.0]
            for character, its in _spelt(sentence, face):
                if character == BREAK:
                    words, lines = [*words, 0.0], [*lines, 0.0]
                    continue
                wide = self.width(*self._set(character, its), size)
                lines[-1] += wide
                if character == " ":
                    words.append(0.0)
                else:
                    words[-1] += wide
        return max(words), max(lines)

    def _set(self, character: str, face: str) -> tuple[str, str]:
        """Give CHARACTER with a face that has it. What shows nothing gets a mark."""
        if unicodedata.category(character) not in UNSEEN:
            for other in (face, PLAIN):
                if ord(character) in self.widths[other]:
                    return character, other
        return REPLACEMENT, PLAIN

    def _filled(self, line: Line, size: float, width: float) -> Iterator[Line]:
        """Break one LINE, character by character, where it gets too wide."""
        start, space, used = 0, 0, 0.0
        for at, (character, face) in enumerate(line):
            used += self.width(character, face, size)
            if character == " ":
                space = at + 1
                continue
            while used > width and at > start:  # what follows a space may be too wide for a line of its own
                end = space if space > start else at
                yield line[start:end]
                start = end
                used = sum(self.width(*each, size) for each in line[start : at + 1])
        yield line[start:]


def _spelt(words: Words, face: str) -> Iterator[tuple[str, str]]:
    """Give WORDS character by character, each with the face it asks for; FACE where its run says nothing else."""
    for run in runs(words):
        its = BOLD if isinstance(run, Strong) else MONO if isinstance(run, Code) else face
        text = unicodedata.normalize("NFC", run if isinstance(run, str) else run.text).replace("\r\n", BREAK)
        yield from (
            (character, its)
            for character in text.replace("\t", "    ").replace("\u2028", BREAK).replace("\u2029", BREAK)
        )


def _joined(line: Line) -> Line:
    """Join the characters of LINE that have the same face; spaces at its end go."""
    joined: Line = []
    for character, face in line:
        if joined and joined[-1][1] == face:
            joined[-1] = (joined[-1][0] + character, face)
        else:
            joined.append((character, face))
    return joined
