"""What a report says, apart from how it looks: one record that becomes a page or a file to print and to keep."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

__all__ = [
    "Block",
    "Bullets",
    "Cell",
    "Code",
    "Document",
    "Facts",
    "Figure",
    "Grid",
    "Link",
    "Paragraph",
    "Preformatted",
    "Run",
    "Section",
    "Strong",
    "Words",
    "runs",
    "section",
]

DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that matter most."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Words to be typed, or compared by eye, in a face of fixed width."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to a file beside this one."""

    text: str
    target: str
    """Name of the file, not quoted for a URL."""


Run = str | Strong | Code | Link
Words = str | tuple[Run, ...]
"""A sentence: plain, or in runs that look different."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names, each with its value."""

    rows: tuple[tuple[str, Words], ...]

    def __bool__(self) -> bool:
        """Tell whether it says anything."""
        return bool(self.rows)


@dataclass(frozen=True, slots=True)
class Bullets:
    """Sentences, each a point of its own."""

    sentences: tuple[Words, ...]

    def __bool__(self) -> bool:
        """Tell whether it says anything."""
        return bool(self.sentences)


Cell = Words | Bullets


@dataclass(frozen=True, slots=True)
class Grid:
    """A table under a caption, with a head that is repeated on every sheet. The first cell names its row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        """Check that every row has as many cells as the head."""
        if wrong := [len(row) for row in self.rows if len(row) != len(self.head)]:
            message = f"Grid {self.caption!r}: a row has {wrong[0]} cells, the head {len(self.head)}"
            raise ValueError(message)

    def __bool__(self) -> bool:
        """Tell whether it says anything."""
        return bool(self.rows)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences on end."""

    words: Words

    def __bool__(self) -> bool:
        """Tell whether it says anything."""
        return bool(self.words)


@dataclass(frozen=True, slots=True)
class Preformatted:
    """Lines that stand as they are, such as a command."""

    text: str

    def __bool__(self) -> bool:
        """Tell whether it says anything."""
        return bool(self.text)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture and the lines beside it. Only a page for whoever made the copy has any; a PDF has none."""

    lines: tuple[Words, ...]
    picture: bytes
    """JPEG; empty where there is none."""
    alternative: str
    """What the picture shows, for who cannot see it."""


Block = Facts | Bullets | Grid | Paragraph | Preformatted | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]
    level: int = 1
    """1, or 2 for a part of the section of level 1 before it."""


@dataclass(frozen=True, slots=True)
class Document:
    """Everything a report says, in order."""

    title: str
    outcome: str
    """The first thing read."""
    good: bool
    """Whether the outcome is a good one."""
    sections: tuple[Section, ...]
    made: datetime | None = None
    """When, with its time zone; a PDF has to know."""
    banner: Words = ""
    """A warning above everything, with what is to be read on every sheet as its first run."""
    language: str = "en-GB"

    def __post_init__(self) -> None:
        """Check that the time means the same everywhere."""
        if self.made and self.made.tzinfo is None:
            message = f"Document.made must have a time zone: {self.made}"
            raise ValueError(message)


def section(title: str, *blocks: Block | None, level: int = 1) -> Iterator[Section]:
    """Give the section of those BLOCKS that say something, or none where none does."""
    if filled := tuple(block for block in blocks if block):
        yield Section(title, filled, level)


def runs(words: Words) -> tuple[Run, ...]:
    """Give WORDS in runs; a digest alone becomes code, so that two can be compared by eye."""
    if isinstance(words, str):
        return (Code(words),) if DIGEST.fullmatch(words) else (words,)
    return words
