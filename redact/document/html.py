"""A document as one HTML page that needs nothing else. The one place with the page's frame and style."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import quote

from redact.document.document import (
    Bullets,
    Code,
    Facts,
    Figure,
    Grid,
    Link,
    Paragraph,
    Preformatted,
    Strong,
    runs,
)
from redact.legible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redact.document.document import Block, Cell, Document, Run, Section, Words

__all__ = ["to_html"]

PAGE = Template("""<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'$pictures">
$robots<title>$title</title>
<style>
:root { color-scheme: light; }
body { font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 54rem; margin: 2rem auto;
  padding: 0 1rem; }
body:has(.restricted) { margin-top: 0; }
.restricted { position: sticky; top: 0; margin: 0 -1rem 2rem; padding: .6rem 1rem; background: #8f1414; color: #fff; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .4rem; }
h1, h2, h3, p, td, th, li, figcaption { overflow-wrap: anywhere; } p, td, li { white-space: pre-line; }
.outcome { border: 2px solid; border-left-width: .8rem; padding: .8rem 1rem; font-weight: 600; }
.released { color: #0b5c2b; } .withheld { color: #8f1414; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid #bbb; padding: .35rem .8rem .35rem 0; }
.facts th { width: 13rem; } code { font-size: .85rem; overflow-wrap: anywhere; }
td ul { margin: 0; padding-left: 1.1rem; } th, td + td:not(:last-child) { overflow-wrap: normal; }
td + td:last-child { overflow-wrap: anywhere; }
pre { background: #f3f3f3; padding: .6rem .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
figure { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0; padding: .8rem 0; border-bottom: 1px solid #bbb; }
figure img { max-width: 100%; height: auto; align-self: flex-start; } figcaption { flex: 1 1 18rem; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } h2, h3 { break-after: avoid; }
  .restricted { position: static; border: 3px solid #8f1414; color: #8f1414; background: #fff; }
  figure, tr { break-inside: avoid; } }
</style>
</head>
<body>
$banner<main>
<h1>$title</h1>
<p class="outcome $mood">$outcome</p>
$body
</main>
</body>
</html>
""")


def to_html(document: Document) -> str:
    """Give DOCUMENT as one page. A page without pictures allows none; one with a banner asks not to be indexed."""
    pictured = any(isinstance(block, Figure) for section in document.sections for block in section.blocks)
    return PAGE.substitute(
        language=escape(document.language),
        pictures="; img-src data:" if pictured else "",
        robots='<meta name="robots" content="noindex">\n' if document.banner else "",
        title=_text(document.title.strip()),
        banner=f'<p class="restricted">{_words(document.banner)}</p>\n' if document.banner else "",
        mood="released" if document.good else "withheld",
        outcome=_text(document.outcome),
        body="\n".join(map(_section, document.sections)),
    )


def _section(section: Section) -> str:
    head = f"h{section.level + 1}"
    return "\n".join([f"<section><{head}>{_text(section.title)}</{head}>", *map(_block, section.blocks), "</section>"])


def _block(block: Block) -> str:
    """Give one BLOCK."""
    match block:
        case Facts():
            return '<table class="facts"><tbody>' + "\n".join(map(_row, block.rows)) + "</tbody></table>"
        case Grid():
            return _grid(block)
        case Bullets():
            return _bullets(block)
        case Paragraph():
            return f"<p>{_words(block.words)}</p>"
        case Preformatted():
            return f"<pre><code>{_text(block.text)}</code></pre>"
        case Figure():
            return _figure(block)


def _grid(grid: Grid) -> str:
    head = "".join(f'<th scope="col">{_text(name)}</th>' for name in grid.head)
    caption = f"<caption>{_text(grid.caption)}</caption>" if grid.caption else ""
    rows = "\n".join(map(_row, grid.rows))
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(row: Iterable[Cell]) -> str:
    name, *cells = map(_cell, row)
    return f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _cell(cell: Cell) -> str:
    return _bullets(cell) if isinstance(cell, Bullets) else _words(cell)


def _bullets(bullets: Bullets) -> str:
    return "<ul>" + "".join(f"<li>{_words(sentence)}</li>" for sentence in bullets.sentences) + "</ul>"


def _figure(figure: Figure) -> str:
    coded = b64encode(figure.picture).decode()
    image = f'<img alt="{_text(figure.alternative)}" src="data:image/jpeg;base64,{coded}">' if coded else ""
    return f"<figure>{image}<figcaption>{'<br>'.join(map(_words, figure.lines))}</figcaption></figure>"


def _words(words: Words) -> str:
    return "".join(map(_run, runs(words)))


def _run(run: Run) -> str:
    match run:
        case Strong():
            return f"<strong>{_text(run.text)}</strong>"
        case Code():
            return f"<code>{_text(run.text)}</code>"
        case Link():
            return f'<a href="{escape(quote(run.target.encode("utf-8", "replace")))}">{_text(run.text)}</a>'
        case _:
            return _text(run)


def _text(text: str) -> str:
    return escape(visible(text))
