"""Documents: one content, as a page and as a PDF; every word comes out, in the same bytes each time."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pages import HOSTILE, Page
from pypdf import PdfReader

from redact.document.document import (
    Bullets,
    Code,
    Document,
    Facts,
    Figure,
    Grid,
    Link,
    Paragraph,
    Preformatted,
    Section,
    Strong,
    section,
)
from redact.document.html import to_html
from redact.document.pdf import BOTTOM, LEFT, WIDTH, _blank, _Box, _Layout, _ordered, _Text, _widths, to_pdf
from redact.document.typeset import FONTS, PLAIN, Type, font_file
from redact.errors import InputUnusable
from redact.legible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

MADE = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
DIGEST = "9f2c41d08e77" * 5 + "abcd"
ROOT = Path(__file__).resolve().parents[2]
TEXT = st.text(st.characters(), max_size=80)


def holding(*blocks: Facts | Grid | Bullets | Paragraph | Preformatted | Figure, title: str = "Report") -> Document:
    """A document of one section with BLOCKS."""
    return Document(title, "All is well.", good=True, sections=(*section("Part", *blocks),), made=MADE)


def saying(text: str) -> Document:
    """A document with TEXT wherever words can stand."""
    blocks = (
        Facts(((text, text), (text, DIGEST))),
        Grid(text, (text, text), ((text, Bullets((text, text))), (text, (text, Strong(text), Code(text))))),
        Bullets((text,)),
        Paragraph((text, Code(text))),
        Preformatted(text),
    )
    parts = (Section(text or "-", blocks), Section(text or "-", blocks[:1], level=2))
    return Document(text, text, good=False, sections=parts, made=MADE, banner=(Strong(text), text))


def long() -> Document:
    """A document of several sheets, with a table that goes over all of them."""
    rows = tuple((f"check {n}", "passed", f"{n} frames of 100 were compared. " * (1 + n % 4)) for n in range(90))
    return holding(Grid("Checks.", ("Check", "Outcome", "Measured"), rows), title="Report SAR-1")


def read(document: Document) -> PdfReader:
    """DOCUMENT as a PDF, read back."""
    return PdfReader(io.BytesIO(to_pdf(document)))


def words(document: Document) -> str:
    """What the PDF of DOCUMENT says, without white space."""
    return squeezed("".join(page.extract_text() for page in read(document).pages))


def squeezed(text: str) -> str:
    """TEXT without white space, which a line break changes."""
    return "".join(text.split())


@cache
def typeface() -> Mapping[str, Mapping[int, float]]:
    """The widths of all characters there are."""
    with _blank(long()) as pdf:
        return _widths(pdf)


def laid_out(document: Document) -> _Layout:
    """DOCUMENT on its sheets, not drawn yet."""
    layout = _Layout(Type(typeface()))
    layout.fill(document)
    return layout


def test_a_section_in_which_nothing_is_said_is_left_out() -> None:
    """Empty blocks go, and a section of nothing but those."""
    empty = (Facts(()), Bullets(()), Grid("c", ("a",), ()), Paragraph(""), Preformatted(""))
    assert [*section("A", *empty, None)] == []
    (found,) = section("A", Paragraph("said"), Bullets(()), level=2)
    assert (found.blocks, found.level) == ((Paragraph("said"),), 2)


def test_a_row_that_does_not_fit_its_head_is_refused() -> None:
    """A table says what each of its columns is."""
    with pytest.raises(ValueError, match="a row has 2 cells, the head 3"):
        Grid("c", ("a", "b", "c"), (("1", "2"),))


def test_a_time_without_a_zone_is_refused() -> None:
    """The bytes of a PDF may not depend on where it is made."""
    with pytest.raises(ValueError, match="time zone"):
        replace(long(), made=datetime(2026, 1, 1))  # noqa: DTZ001  which is what is refused


@given(TEXT)
@example(HOSTILE)
@example("\udcff\x00\x1b[31m")
def test_whatever_is_said_stays_text(text: str) -> None:
    """Words are words on the page, never markup, and the page can be written to a file."""
    html = to_html(saying(text))
    page = Page(html)
    assert not {"script", "img"}.intersection(page.tags)
    assert (page.open, page.fetched) == ([], [])
    assert squeezed(visible(text)) in squeezed(page.words)
    html.encode()


TURNED = "cv\u202egpj.exe \u2066x\u2069 \u200f\u061c"


def test_no_page_turns_the_direction_of_writing() -> None:
    """Nor does a PDF, in words, in its title, in its bookmarks, or in what a link is called; the link leads on."""
    document = saying(TURNED)
    html, pdf = to_html(document), PdfReader(io.BytesIO(to_pdf(document)))
    text = html + "".join(page.extract_text() for page in pdf.pages) + str(pdf.metadata) + str(pdf.outline)
    assert not set("\u202e\u2066\u2069\u200f\u061c") & set(text)
    linked = to_html(holding(Paragraph((Link(TURNED, TURNED),))))
    assert not set("\u202e\u2066") & set(linked)
    assert "cv%E2%80%AEgpj.exe" in linked


def test_a_page_without_pictures_allows_none() -> None:
    """The rule of the page says so, and is opened for inline pictures alone where there are some."""
    assert "img-src" not in to_html(long())
    pictured = to_html(holding(Figure(("beside",), b"\xff\xd8", 'a "face"')))
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:\"" in pictured
    assert 'alt="a &quot;face&quot;"' in pictured


def test_a_banner_is_above_all_and_keeps_robots_out() -> None:
    """What is restricted says so first; what is not says nothing of robots."""
    html = to_html(replace(long(), banner=(Strong("INTERNAL."), " Do not send.")))
    assert Page(html).words.index("INTERNAL. Do not send.") < Page(html).words.index("All is well.")
    assert '<meta name="robots" content="noindex">' in html
    assert "robots" not in to_html(long())


def test_a_link_leads_to_the_file_beside() -> None:
    """Its name is quoted for a URL, and stands as it is in the words."""
    page = Page(to_html(holding(Paragraph(("Read ", Link('a "b".html', 'a "b".html'))))))
    assert page.fetched == ["a%20%22b%22.html"]
    assert 'Read a "b".html' in page.words


def test_a_pdf_says_what_the_page_says() -> None:
    """Title, outcome, headings, tables, points and digests come out as text, with title, language and time."""
    document = saying("Ünïcode Łódź ½ “quoted” Ελλ Кир {nb} 😀")
    found = read(document)
    assert found.metadata is not None
    assert (found.metadata.title, found.metadata.creation_date) == (document.title, MADE)
    assert str(found.root_object["/Lang"]) == "en-GB"
    assert words(document).count(squeezed(document.title)) == 26 + len(found.pages)
    assert DIGEST in words(document)
    assert [entry.title for entry in found.outline if not isinstance(entry, list)] == [document.title]


def test_every_sheet_has_its_number_its_title_and_the_head_of_its_table() -> None:
    """Whoever holds one sheet knows of what it is a part."""
    document = replace(long(), banner=(Strong("INTERNAL: keep."), " Not to be sent."))
    pages = [page.extract_text() for page in read(document).pages]
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Report SAR-1" in page
        assert "Check Outcome Measured" in page
        assert "INTERNAL: keep." in page
    assert [squeezed("".join(pages)).count(f"check{n}passed{n}frames") for n in range(90)] == [1] * 90


def test_what_cannot_be_set_is_shown_and_counted() -> None:
    """Characters without a glyph, and those that show nothing, leave a mark each and are named at the end."""
    said = words(holding(Paragraph("漢字 a\u202eb \ue123\udcff\x07")))
    assert "6characterscouldnotbesetinthefontsofthisfile,andeachstandsas\ufffd:" in said
    assert "U+0007,U+202E,U+5B57,U+6F22,U+DCFF,U+E123." in said
    assert said.count("\ufffd") == 7
    assert "1charactercouldnotbesetinthefontsofthisfile,andstandsas\ufffd:U+5B57." in words(holding(Paragraph("字")))
    many = holding(Paragraph("".join(map(chr, range(0x4E00, 0x4E20)))))
    assert "32characters" in words(many)
    assert "U+4E0Band20more." in words(many)
    assert "couldnotbeset" not in words(long())


def test_hebrew_is_set_from_the_right() -> None:
    """Its first letter stands rightmost, and English around it stays as it is."""
    assert _ordered("name: \u05d0\u05d1 (1)") == "name: (1) \u05d1\u05d0"
    assert "couldnotbeset" not in words(holding(Paragraph("name: \u05d0\u05d1")))


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs"]), max_size=20))
def test_turning_a_line_around_loses_nothing(text: str) -> None:
    """As many characters come out as went in, whichever way they run."""
    assert len(_ordered(f"\u05d0 {text} \u0627")) == len(text) + 4


@given(TEXT)
@example("x" * 5000)
@example("word " * 3000)
@example("\n" * 300)
@example(" Wb:0b0ÐaÐ?@a0?bb@W@ÐaG@Ða??aÐ@:?W\x1f\x08a0")
def test_nothing_is_lost_and_nothing_runs_off_the_sheet(text: str) -> None:
    """Every character is set as often as it is said, or counted; all of it lies within the margins."""
    layout = laid_out(saying(text))
    for sheet in layout.sheets:
        for mark in sheet:
            if isinstance(mark, _Text):
                right = mark.x + layout.type.width(mark.text, mark.face, mark.size)
                assert mark.x >= LEFT
                assert right <= LEFT + WIDTH + 0.01 or mark.text[-1] == " "
                assert mark.y <= BOTTOM + 0.01
            elif isinstance(mark, _Box):
                assert mark.y + mark.height <= BOTTOM + 0.5
    shown = Counter(squeezed("".join(_told(layout))))
    asked = Counter(squeezed(unicodedata.normalize("NFC", text)))
    for one, count in asked.items():
        assert shown[one] >= 26 * count or layout.type.missing[one] >= 26 * count


def _told(layout: _Layout) -> list[str]:
    return [mark.text for sheet in layout.sheets for mark in sheet if isinstance(mark, _Text)]


@settings(max_examples=8)
@given(TEXT)
@example("\udcff \u0627\u0644\u0639 \u05d0\u05d1 (1) \u202e \U0010ffff")
@example("")
def test_any_words_at_all_make_a_pdf(text: str) -> None:
    """It can be read back, whatever the words are."""
    assert len(read(saying(text)).pages) >= 1


def test_a_row_taller_than_a_sheet_goes_on_overleaf() -> None:
    """No word of it is lost, and the next row follows."""
    grid = Grid("", ("A", "B"), (("tall", "word " * 3000), ("after", "end of it")))
    said = words(holding(grid))
    assert said.count("word") == 3000
    assert "afterendofit" in said


def test_the_same_document_gives_the_same_bytes() -> None:
    """In this process, and in another one of another hash seed and time zone."""
    code = (
        "import sys; sys.path[:0] = ['tests', 'tests/document']; from test_document import long, to_pdf; "
        "sys.stdout.buffer.write(to_pdf(long())); assert 'matplotlib' not in sys.modules"
    )
    elsewhere = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=elsewhere, capture_output=True, check=True)
    assert to_pdf(long()) == to_pdf(long()) == other.stdout
    assert to_pdf(replace(long(), made=MADE.replace(hour=10))) != other.stdout


def test_a_pdf_has_no_pictures() -> None:
    """What shows people is not made into a file to be filed or sent."""
    with pytest.raises(ValueError, match="no pictures"):
        to_pdf(holding(Figure(("beside",), b"\xff\xd8", "a face")))


def test_a_pdf_has_to_know_its_time() -> None:
    """No time is made up."""
    with pytest.raises(ValueError, match=r"Document\.made is needed"):
        to_pdf(replace(long(), made=None))


def test_a_missing_font_is_named() -> None:
    """What is missing, and how to get it back."""
    with pytest.raises(InputUnusable, match=r"The font Nothing\.ttf.*\n.*pip install"):
        font_file("Nothing.ttf")
    assert font_file(FONTS[PLAIN]).is_file()
