"""Plots as SVG, written by hand: the same figures give the same bytes, whatever is installed.

Black on white, told apart by marks, dashes and hatching, so that they can be read without colours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["DASHES", "HATCHES", "MARKS", "Axis", "Drawing", "spread"]

Point = tuple[float, float]

FONT, TEXT_PX = "DejaVu Sans, Verdana, Arial, sans-serif", 13

DASHES = ("", "7 3", "2 3", "9 3 2 3")
"""How lines are told apart."""

HATCHES = ("white", "url(#slanted)", "url(#dotted)", "#8c8c8c", "black")
"""How areas are told apart."""

PATTERNS = (
    '<pattern id="slanted" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="white"/><rect width="2" height="6" fill="black"/></pattern>'
    '<pattern id="dotted" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="white"/><circle cx="3" cy="3" r="1.3"/></pattern>'
)

OUTLINES: tuple[tuple[Point, ...], ...] = (
    (),
    ((-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)),
    ((0, -5.5), (5.5, 4), (-5.5, 4)),
    ((0, -6), (6, 0), (0, 6), (-6, 0)),
    ((0, 5.5), (5.5, -4), (-5.5, -4)),
)
"""Corners of marks, in px about their middle; the one without is a circle."""

MARKS = tuple((outline, fill) for fill in ("black", "white") for outline in range(len(OUTLINES)))
"""How the points of one line are told from those of another: outline and what fills it."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Where on the paper a value lies."""

    low: float
    high: float
    start: float
    """px at which LOW lies."""
    end: float
    """px at which HIGH lies."""
    log: bool = False

    def at(self, value: float) -> float:
        """Give the px of VALUE."""
        low, high, value = (math.log(one) if self.log else one for one in (self.low, self.high, value))
        return self.start + (self.end - self.start) * (value - low) / (high - low)


@dataclass(slots=True)
class Drawing:
    """What is drawn so far."""

    width: int
    height: int
    title: str
    about: str
    """For whoever has it read out."""
    parts: list[str] = field(default_factory=list)

    def line(self, points: Iterable[Point], dash: str = "", width: float = 1.5, colour: str = "black") -> None:
        """Draw a line through POINTS."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashed}/>')

    def box(self, corner: Point, size: Point, fill: str, edge: str = "black") -> None:
        """Draw a box of SIZE px, its top left CORNER."""
        at = f'x="{corner[0]:.1f}" y="{corner[1]:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}"'
        self.parts.append(f'<rect {at} fill="{fill}" stroke="{edge}"/>')

    def mark(self, at: Point, kind: int) -> None:
        """Draw the KINDth of the marks."""
        outline, fill = MARKS[kind % len(MARKS)]
        style = f'fill="{fill}" stroke="black" stroke-width="1.3"'
        if corners := OUTLINES[outline]:
            path = " ".join(f"{at[0] + x:.1f},{at[1] + y:.1f}" for x, y in corners)
            self.parts.append(f'<polygon points="{path}" {style}/>')
        else:
            self.parts.append(f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="4.8" {style}/>')

    def text(self, at: Point, said: str, anchor: str = "start", more: str = "") -> None:
        """Write what is SAID, its base line beginning, in the middle or ending AT."""
        self.parts.append(f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}"{more}>{escape(said)}</text>')

    def across(self, axis: Axis, ticks: Sequence[tuple[float, str]], down: Axis, label: str) -> None:
        """Draw AXIS below, with TICKS and a faint line up from each, and its LABEL."""
        for value, said in ticks:
            x = axis.at(value)
            self.line([(x, down.start), (x, down.end)], width=1, colour="#cccccc")
            self.text((x, down.start + 19), said, "middle")
        self.line([(axis.start, down.start), (axis.end, down.start)])
        self.text(((axis.start + axis.end) / 2, down.start + 41), label, "middle")

    def down(self, axis: Axis, ticks: Sequence[tuple[float, str]], across: Axis, label: str) -> None:
        """Draw AXIS on the left, with TICKS and a faint line to the right from each, and its LABEL."""
        for value, said in ticks:
            y = axis.at(value)
            self.line([(across.start, y), (across.end, y)], width=1, colour="#cccccc")
            self.text((across.start - 8, y + 4.5), said, "end")
        self.line([(across.start, axis.start), (across.start, axis.end)])
        x, y = 18, (axis.start + axis.end) / 2
        self.text((x, y), label, "middle", f' transform="rotate(-90 {x} {y:.1f})"')

    def svg(self) -> str:
        """Give the file."""
        size = f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title about"'
        font = f'font-family="{FONT}" font-size="{TEXT_PX}">'
        told = f'<title id="title">{escape(self.title)}</title>\n<desc id="about">{escape(self.about)}</desc>'
        paper = f'<rect width="{self.width}" height="{self.height}" fill="white"/>'
        return "\n".join([f"{head} {font}", told, f"<defs>{PATTERNS}</defs>", paper, *self.parts, "</svg>", ""])


def spread(wanted: Sequence[float], apart: float) -> list[float]:
    """Move the places WANTED as little as it takes to have them so far APART; the order stays.

    Those that are too close become a group about the middle of where they wanted to be.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    groups: list[list[int]] = []
    for place in order:
        groups.append([place])
        while len(groups) > 1 and _first(groups[-1], wanted, apart) < _first(groups[-2], wanted, apart) + apart * len(
            groups[-2]
        ):
            groups[-2:] = [groups[-2] + groups[-1]]
    found = {place: _first(group, wanted, apart) + apart * turn for group in groups for turn, place in enumerate(group)}
    return [found[place] for place in range(len(wanted))]


def _first(group: Sequence[int], wanted: Sequence[float], apart: float) -> float:
    """Give the place of the first of GROUP, if they stand so far APART about the middle of where they wanted to be."""
    return sum(wanted[place] for place in group) / len(group) - apart * (len(group) - 1) / 2
