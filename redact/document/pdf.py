"""A document as a PDF to print and to file: A4, sheet by sheet, the same bytes for the same document."""

from __future__ import annotations

import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection
from fpdf.fonts import TTFFont
from fpdf.prefs import ViewerPreferences

from redact.document.document import Bullets, Facts, Figure, Grid, Paragraph, Preformatted, runs
from redact.document.typeset import BOLD, FONTS, MONO, PLAIN, POINT, Type, font_file, size_of
from redact.legible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redact.document.document import Block, Cell, Document, Section, Words
    from redact.document.typeset import Line

__all__ = ["to_pdf"]

SHEET = (210.0, 297.0)
"""mm, A4."""
LEFT, TOP, BOTTOM = 20.0, 20.0, 274.0
WIDTH = SHEET[0] - 2 * LEFT
NAMES = 46.0
"""mm for the names of a table of facts."""
GAP, PAD, INDENT, RULE = 4.0, 1.0, 4.5, 0.2
"""mm between two columns, above and below a row, before a point, and of a rule."""
HEAD_AT_MOST = 60.0
"""mm; a head that is taller is not repeated."""
TOGETHER = 4
"""Lines that a heading or a row wants below it, or it goes to the next sheet."""
LEADING = 1.36
TITLE, HEADS, BODY, SMALL = 17.0, (12.5, 10.5), 9.5, 8.0
"""pt."""
TOLD = 12
"""Characters named that could not be set, at most."""

INK, GREY, PALE, WHITE = (26, 26, 26), (95, 95, 95), (187, 187, 187), (255, 255, 255)
GOOD, BAD, BEHIND = (11, 92, 43), (143, 20, 20), (243, 243, 243)

TURNED = str.maketrans("()[]{}<>«»", ")(][}{><»«")

Colour = tuple[int, int, int]
Row = list[list["Line"]]
"""The lines of each cell."""


@dataclass(frozen=True, slots=True)
class _Text:
    """Characters at a place: x from the left and y of the line they stand on, mm."""

    x: float
    y: float
    text: str
    face: str
    size: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class _Box:
    """A filled box, mm. A rule is a thin one."""

    x: float
    y: float
    width: float
    height: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class _Bookmark:
    """A heading, for the contents that a viewer shows."""

    y: float
    title: str
    level: int


def to_pdf(document: Document) -> bytes:
    """Give DOCUMENT as a PDF. Raises InputUnusable where a font is missing.

    It must say when it was made, and a document with pictures is not made into one: both are ValueErrors.
    """
    with _blank(document) as pdf:
        layout = _Layout(Type(_widths(pdf)))
        layout.fill(document)
        for number, marks in enumerate(layout.sheets, 1):
            pdf.add_page()
            for mark in (*marks, *layout.foot(document, number)):
                _draw(pdf, mark)
        whole = BytesIO()
        pdf.output(whole)
        return whole.getvalue()


@contextmanager
def _blank(document: Document) -> Iterator[FPDF]:
    """Give a file without pages that knows its title, language, time and fonts; the fonts are closed afterwards."""
    if document.made is None:
        message = f"{document.title}: a PDF says when it was made, so Document.made is needed"
        raise ValueError(message)
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(visible(document.title.strip()))
    pdf.set_lang(document.language)
    pdf.set_creator("redact-video")
    pdf.set_creation_date(document.made)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    try:
        for face, name in FONTS.items():
            pdf.add_font(*_family(face), font_file(name))
        yield pdf
    finally:
        for font in pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.close()


def _family(face: str) -> tuple[str, str]:
    """Give family and style of FACE, as fpdf knows them."""
    return ("mono", "") if face == MONO else ("sans", face)


def _widths(pdf: FPDF) -> dict[str, dict[int, float]]:
    """Give how wide each character runs, for each face that has it."""
    return {face: {int(code): width for code, width in pdf.fonts["".join(_family(face))].cw.items()} for face in FONTS}


def _draw(pdf: FPDF, mark: _Text | _Box | _Bookmark) -> None:
    """Put one MARK on the last page of PDF."""
    match mark:
        case _Text():
            pdf.set_font(*_family(mark.face), size_of(mark.face, mark.size))
            pdf.set_text_color(*mark.colour)
            pdf.text(mark.x, mark.y, _ordered(mark.text))
        case _Box():
            pdf.set_fill_color(*mark.colour)
            pdf.rect(mark.x, mark.y, mark.width, mark.height, "F")
        case _Bookmark():
            pdf.set_y(mark.y)
            pdf.start_section(mark.title, mark.level, strict=False)


def _ordered(text: str) -> str:
    """Give TEXT as it stands from left to right: Hebrew and Arabic run the other way, and turn their brackets."""
    if not any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text):
        return text
    reordered = BidiParagraph(text, TextDirection.LTR).get_reordered_characters()
    return "".join(
        glyph.character.translate(TURNED) if glyph.embedding_level % 2 else glyph.character for glyph in reordered
    )


class _Layout:
    """Sheets as they fill up, line by line."""

    def __init__(self, setting: Type) -> None:
        """Begin with an empty sheet."""
        self.type = setting
        self.sheets: list[list[_Text | _Box | _Bookmark]] = [[]]
        self.y = TOP

    def fill(self, document: Document) -> None:
        """Set all of DOCUMENT, and what could not be set of it."""
        if document.banner:
            self._panel(document.banner, WHITE, BAD, BAD)
        self._paragraph(document.title.strip(), TITLE, face=BOLD, after=2)
        self._panel(document.outcome, GOOD if document.good else BAD, BEHIND, GOOD if document.good else BAD)
        for section in document.sections:
            self._section(section)
        if missing := +self.type.missing:
            named = ", ".join(f"U+{ord(character):04X}" for character in sorted(missing)[:TOLD])
            rest = f" and {len(missing) - TOLD} more" if len(missing) > TOLD else ""
            count = missing.total()
            self.y += 4
            self._paragraph(
                f"{count:,} character{'s' * (count != 1)} could not be set in the fonts of this file, and "
                f"{'each stands' if count != 1 else 'stands'} as \ufffd: {named}{rest}.",
                SMALL,
                colour=GREY,
            )

    def foot(self, document: Document, number: int) -> list[_Text | _Box | _Bookmark]:
        """Give what stands below sheet NUMBER: title, and page of how many; above it the first words of a banner."""
        page = f"Page {number} of {len(self.sheets)}"
        place = LEFT + WIDTH - self.type.width(page, PLAIN, SMALL)
        title = self.type.lines(document.title.strip().replace("\n", " "), SMALL, place - LEFT - GAP)[0]
        marks: list[_Text | _Box | _Bookmark] = [_Box(LEFT, BOTTOM + 6, WIDTH, RULE, PALE)]
        marks += self._spread(title, LEFT, BOTTOM + 11, SMALL, GREY)
        marks.append(_Text(place, BOTTOM + 11, page, PLAIN, SMALL, GREY))
        if document.banner and number > 1:
            banner = self.type.lines(runs(document.banner)[:1], SMALL, WIDTH, BOLD)[0]
            marks += self._spread(banner, LEFT, TOP - 6, SMALL, BAD)
        return marks

    def _section(self, section: Section) -> None:
        """Set one SECTION; its heading stays with what follows."""
        size = HEADS[section.level - 1]
        self.y += 6.5 if section.level == 1 else 4
        self._room((TOGETHER + 1) * _lead(size))
        self.sheets[-1].append(_Bookmark(self.y, visible(section.title), section.level - 1))
        self._paragraph(section.title, size, face=BOLD, after=1)
        for block in section.blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        """Set one BLOCK."""
        match block:
            case Facts():
                rows = [self._cells(row, (NAMES, WIDTH - NAMES - GAP)) for row in block.rows]
                self._table(rows, (NAMES, WIDTH - NAMES - GAP))
            case Grid():
                self._grid(block)
            case Bullets():
                for sentence in block.sentences:
                    self._point(sentence)
                self.y += 1.5
            case Paragraph():
                self._paragraph(block.words, BODY, after=2)
            case Preformatted():
                self._paragraph(block.text, BODY, face=MONO, after=2)
            case Figure():
                message = "a PDF has no pictures: what shows people stays on a page for whoever made the copy"
                raise ValueError(message)

    def _paragraph(
        self, words: Words, size: float, *, face: str = PLAIN, colour: Colour = INK, after: float = 0.0
    ) -> None:
        """Set WORDS over the whole width."""
        for line in self.type.lines(words, size, WIDTH, face):
            self._line(line, LEFT, size, colour)
        self.y += after

    def _point(self, sentence: Words) -> None:
        """Set SENTENCE as a point of its own."""
        for number, line in enumerate(self.type.lines(sentence, BODY, WIDTH - INDENT)):
            if not number:
                self._room(_lead(BODY))
                self.sheets[-1].append(_Text(LEFT + 1, self.y + BODY * POINT, "\u2022", PLAIN, BODY, INK))
            self._line(line, LEFT + INDENT, BODY, INK)
        self.y += 0.7

    def _panel(self, words: Words, ink: Colour, ground: Colour, edge: Colour) -> None:
        """Set WORDS on a coloured GROUND with an EDGE at the left."""
        lines = self.type.lines(words, BODY, WIDTH - 8, BOLD)
        for number, line in enumerate(lines):
            above, below = 2.0 * (not number), 2.5 * (number == len(lines) - 1)
            self._room(_lead(BODY) + above + below)
            height = _lead(BODY) + above + below
            self.sheets[-1] += [
                _Box(LEFT, self.y, WIDTH, height, ground),
                _Box(LEFT, self.y, 1.6, height, edge),
            ]
            self.sheets[-1] += self._spread(line, LEFT + 5, self.y + above + BODY * POINT, BODY, ink)
            self.y += height
        self.y += 4

    def _grid(self, grid: Grid) -> None:
        """Set GRID under its caption, its head on every sheet."""
        widths = self._widths(grid)
        head, *rows = [self._cells(row, widths, every=row is grid.head) for row in (grid.head, *grid.rows)]
        together = _tall(head) + 3 * _lead(SMALL) + max(map(_tall, rows[:1]), default=0)
        self._room(min(together, (BOTTOM - TOP) / 2))
        if grid.caption:
            self._paragraph(grid.caption, SMALL, colour=GREY, after=0.5)
        self._table(rows, widths, head)

    def _widths(self, grid: Grid) -> tuple[float, ...]:
        """Share the width between the columns of GRID: each its longest word, and who needs least more is served."""
        total = WIDTH - GAP * (len(grid.head) - 1)
        most = total / len(grid.head)
        wants = [
            [self.type.extent(name, BODY, BOLD), *(self.type.extent(row[at], BODY, _face(at)) for row in grid.rows)]
            for at, name in enumerate(grid.head)
        ]
        widths = [min(max(word for word, _ in column), most) for column in wants]
        needs = [max(whole for _, whole in column) + 0.1 - width for column, width in zip(wants, widths, strict=True)]
        spare = total - sum(widths)
        order = sorted(range(len(widths)), key=lambda at: needs[at])
        for served, at in enumerate(order):
            share = max(0.0, min(needs[at], spare / (len(order) - served)))
            widths[at] += share
            spare -= share
        return tuple(width + spare / len(widths) for width in widths)

    def _cells(self, row: Sequence[Cell], widths: Sequence[float], *, every: bool = False) -> Row:
        """Set the cells of ROW in lines; the first is bold, or EVERY one."""
        return [
            self._cell(cell, width, BOLD if every else _face(at))
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]

    def _cell(self, cell: Cell, width: float, face: str) -> list[Line]:
        if not isinstance(cell, Bullets):
            return self.type.lines(cell, BODY, width, face)
        points = [("\u2022 ", *runs(sentence)) for sentence in cell.sentences]
        return [line for point in points for line in self.type.lines(point, BODY, width, face)]

    def _table(self, rows: list[Row], widths: Sequence[float], head: Row | None = None) -> None:
        """Set ROWS one below the other, each on one sheet if it can be, and HEAD above them on every sheet."""
        again = head if head and _tall(head) < HEAD_AT_MOST else None
        if head:
            self._row(head, widths, None)
        for row in rows:
            self._row(row, widths, again)
        self.y += 2.5

    def _row(self, row: Row, widths: Sequence[float], head: Row | None) -> None:
        """Set ROW, on this sheet or the next; one that is taller than a sheet goes on where it broke off."""
        whole = BOTTOM - TOP - (_tall(head) if head else 0)
        while any(row):
            free = BOTTOM - self.y
            if _tall(row) > free and (_tall(row) <= whole or free < TOGETHER * _lead(BODY)):
                self._turn()
                if head:
                    self._row(head, widths, None)
                free = BOTTOM - self.y
            fit = max(1, int((free - 2 * PAD) / _lead(BODY)))
            self._strip([cell[:fit] for cell in row], widths)
            row = [cell[fit:] for cell in row]

    def _strip(self, row: Row, widths: Sequence[float]) -> None:
        """Put ROW, which fits, on this sheet, and a rule below it."""
        x, top = LEFT, self.y + PAD
        for cell, width in zip(row, widths, strict=True):
            for number, line in enumerate(cell):
                y = top + number * _lead(BODY) + BODY * POINT
                self.sheets[-1] += self._spread(line, x, y, BODY, INK)
            x += width + GAP
        self.y += _tall(row)
        self.sheets[-1].append(_Box(LEFT, self.y, WIDTH, RULE, PALE))

    def _line(self, line: Line, x: float, size: float, colour: Colour) -> None:
        """Put one LINE on this sheet, or on the next."""
        self._room(_lead(size))
        self.sheets[-1] += self._spread(line, x, self.y + size * POINT, size, colour)
        self.y += _lead(size)

    def _spread(self, line: Line, x: float, y: float, size: float, colour: Colour) -> list[_Text | _Box | _Bookmark]:
        """Give the runs of LINE side by side from X on."""
        marks: list[_Text | _Box | _Bookmark] = []
        for text, face in line:
            marks.append(_Text(x, y, text, face, size, colour))
            x += self.type.width(text, face, size)
        return marks

    def _room(self, height: float) -> None:
        """Turn to the next sheet where HEIGHT mm do not fit on this one."""
        if self.y + height > BOTTOM:
            self._turn()

    def _turn(self) -> None:
        self.sheets.append([])
        self.y = TOP


def _lead(size: float) -> float:
    """Give the mm from one line to the next."""
    return size * POINT * LEADING


def _tall(row: Row) -> float:
    """Give the height of ROW, mm."""
    return max(map(len, row)) * _lead(BODY) + 2 * PAD


def _face(column: int) -> str:
    """Give the face of a cell: the first names its row."""
    return PLAIN if column else BOLD
