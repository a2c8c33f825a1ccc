"""Tables in Markdown, and their place in docs/accuracy.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks.leakage.measure import BANDS
from benchmarks.product import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.leakage.measure import Tally

__all__ = ["PAGE", "place", "tables"]

PAGE = ROOT / "docs" / "accuracy.md"


def tables(tally: Tally) -> str:
    """Write what was exposed, by band of height, and what was kept of the scene."""
    return "\n".join([*_exposed(tally), "", *_scene(tally)])


def place(name: str, text: str) -> None:
    """Put TEXT between the marks of set NAME on the page."""
    page = PAGE.read_text()
    marks = re.compile(rf"(<!-- leakage: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    assert marks.search(page), f"{PAGE} has no place for {name}"
    PAGE.write_text(marks.sub(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page))


def _exposed(tally: Tally) -> Iterator[str]:
    yield "| what | height, px | boxes | exposed | share | without texture |"
    yield "|---|---|---:|---:|---:|---:|"
    for what in dict.fromkeys(what for what, _ in tally.things):
        bands = sorted(least for name, least in tally.things if name == what)
        for least in bands:
            yield _line(tally, what, [least], _span(what, least))
        if len(bands) > 1:
            yield _line(tally, what, bands, "all")


def _line(tally: Tally, what: str, bands: list[int], height: str) -> str:
    boxes, out, plain = (sum(c[what, band] for band in bands) for c in (tally.things, tally.exposed, tally.plain))
    return f"| {what} | {height} | {boxes} | {out} | {out / boxes:.1%} | {plain} |"


def _span(what: str, least: int) -> str:
    """Spell the band that begins at LEAST."""
    steps = BANDS[what.replace(",", " ").split()[0]]
    above = [step for step in steps if step > least]
    if not above:
        return f"{least} and more"
    return f"{least} to {above[0] - 1}" if least else f"under {above[0]}"


def _scene(tally: Tally) -> Iterator[str]:
    yield "| scene | textured blocks | kept | share | of all its area hidden |"
    yield "|---|---:|---:|---:|---:|"
    for name, blocks in tally.scene.items():
        kept, hidden = tally.kept[name] / max(blocks, 1), tally.hidden[name] / max(tally.area[name], 1)
        yield f"| {name} | {blocks} | {tally.kept[name]} | {kept:.1%} | {hidden:.1%} |"
