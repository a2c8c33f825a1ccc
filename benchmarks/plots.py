"""Draw the plots of docs/speed.md of what was measured: python -m benchmarks.plots docs/figures/*.json.

Each file of figures becomes the SVG of its name. `benchmarks.lengths` and `benchmarks.growth` write theirs with --json.
What names no day and no machine was taken from the table in docs/speed.md of the same figures.
"""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmarks.drawing import DASHES, HATCHES, Axis, Drawing, spread
from benchmarks.figures import FIGURES, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["DRAWN", "PICTURES", "STAGES", "drawn"]

PICTURES = FIGURES.with_name("pictures")

LENGTHS = {"times_by_the_clock": "by the clock", "times_of_all_cores": "processor time, of all cores"}
"""What is drawn of a job, in words."""

STAGES = {
    "track": "track",
    "plan": "plan",
    "digest": "digest of the plan",
    "findings": "findings",
    "report": "manifest and report",
    "risk": "where to look first",
    "people": "who is who, where somebody stays visible",
    "listed": "the list of everybody",
    "decide": "the decision",
    "plan kept": "the plan with somebody visible",
}
"""The stages of `benchmarks.growth` in words."""

LEAST_S = 0.001
"""Less than this is drawn as this: a scale of powers has no nought."""

BAR, BETWEEN, LABEL_PX = 34, 14, 30
"""px of a bar, from one to the next, and the narrowest part of one in which its seconds have room."""

ROUND = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000)
"""Steps that an even scale may have."""


def _even(most: float) -> tuple[float, list[tuple[float, str]]]:
    """Choose the end of an even scale from 0 on which MOST has room, and its ticks."""
    step = next((one for one in ROUND if one * 8 >= most), 10 ** math.ceil(math.log10(most)))
    count = math.ceil(most / step)
    return step * count, [(step * turn, f"{step * turn:g}") for turn in range(count + 1)]


def lengths(facts: Mapping[str, Any]) -> str:
    """Draw how many times its bare transcode a job costs, by the length of the clip."""
    rows = facts["rows"]
    drawing = Drawing(
        640, 400, "Cost of a job by the length of the clip", "Times the bare transcode, by the clock and of all cores."
    )
    top, ticks = _even(max(row[name] for row in rows for name in LENGTHS))
    across = Axis(rows[0]["minutes"], rows[-1]["minutes"], 80, 610, log=True)
    down = Axis(0, top, 340, 50)
    minutes = [(row["minutes"], f"{round(row['minutes'], 1):g}") for row in rows]
    drawing.across(across, minutes, down, "length of the clip, in minutes")
    drawing.down(down, ticks, across, "cost of the job, in times the bare transcode")
    for kind, (name, said) in enumerate(LENGTHS.items()):
        points = [(across.at(row["minutes"]), down.at(row[name])) for row in rows]
        drawing.line(points, DASHES[kind])
        for point in points:
            drawing.mark(point, kind)
        left = 100 + 200 * kind
        drawing.line([(left, 25), (left + 40, 25)], DASHES[kind])
        drawing.mark((left + 20, 25), kind)
        drawing.text((left + 50, 29.5), said)
    return drawing.svg()


def processor(facts: Mapping[str, Any]) -> str:
    """Draw where the processor's time of a job goes, stage upon stage, beside the bare transcode."""
    stages = facts["stages"]
    totals = [sum(stage["processor_s"][turn] for stage in stages) for turn in range(len(facts["clips"]))]
    high = 70 + len(totals) * (2 * BAR + BETWEEN + 18)
    about = "A bar for the bare transcode of each clip, and one for the job, made up of its stages."
    drawing = Drawing(820, high + 55, "Where the processor's time goes", about)
    end, ticks = _even(max(*totals, *facts["bare_s"]))
    across = Axis(0, end, 225, 660)
    drawing.across(across, ticks, Axis(0, 1, high, 50), "processor time, in seconds of all cores together")
    _legend(drawing, [stage["name"] for stage in stages])
    for turn, clip in enumerate(facts["clips"]):
        y, bare = 62 + turn * (2 * BAR + BETWEEN + 18), facts["bare_s"][turn]
        drawing.text((215, y + BAR / 2 + 4.5), f"{clip}, bare transcode", "end")
        drawing.box((across.start, y), (across.at(bare) - across.start, BAR), HATCHES[-1])
        drawing.text((across.at(bare) + 8, y + BAR / 2 + 4.5), f"{bare:.1f} s")
        y += BAR + 6
        drawing.text((215, y + BAR / 2 + 4.5), f"{clip}, job", "end")
        _stack(drawing, across, y, [stage["processor_s"][turn] for stage in stages])
        said = f"{totals[turn]:.1f} s, {totals[turn] / bare:.1f} times"
        drawing.text((across.at(totals[turn]) + 8, y + BAR / 2 + 4.5), said)
    return drawing.svg()


def _legend(drawing: Drawing, names: list[str]) -> None:
    """Say which hatching is which of NAMES, in a line above."""
    for turn, name in enumerate(names):
        left = 225 + 160 * turn
        drawing.box((left, 17), (22, 15), HATCHES[turn])
        drawing.text((left + 28, 29.5), name)


def _stack(drawing: Drawing, across: Axis, y: float, parts: list[float]) -> None:
    """Draw a bar made up of PARTS, each with its seconds where there is room."""
    for turn, (low, high) in enumerate(pairwise(accumulate(parts, initial=0.0))):
        left, wide = across.at(low), across.at(high) - across.at(low)
        drawing.box((left, y), (wide, BAR), HATCHES[turn])
        if wide >= LABEL_PX:
            drawing.box((left + wide / 2 - 15, y + BAR / 2 - 9), (30, 18), "white", "none")
            drawing.text((left + wide / 2, y + BAR / 2 + 4.5), f"{parts[turn]:.1f}", "middle")


def growth(facts: Mapping[str, Any]) -> str:
    """Draw the processor time of every stage of the bookkeeping by the length of the clip, both on scales of powers."""
    minutes, seconds = facts["minutes"], facts["processor_s"]
    rows = {name: [max(one, LEAST_S) for one in row] for name, row in seconds.items()}
    about = "A line for every stage; the dashed one without marks grows just as the length does."
    drawing = Drawing(960, 520, "How what is done after looking grows with the length of the clip", about)
    low, high = (
        edge(math.log10(most(one for row in rows.values() for one in row)))
        for edge, most in ((math.floor, min), (math.ceil, max))
    )
    across = Axis(minutes[0], minutes[-1], 90, 530, log=True)
    down = Axis(10.0**low, 10.0**high, 450, 30, log=True)
    drawing.across(across, [(one, f"{one:g}") for one in minutes], down, "length of the clip, in minutes")
    drawing.down(
        down, [(10.0**by, f"{10.0**by:g}") for by in range(low, high + 1)], across, "processor time, in seconds"
    )
    drawing.text((across.end + 22, 20), "stage (power of the length by which it grows)")
    _in_step(drawing, across, down, sorted(row[0] for row in rows.values()))
    places = spread([down.at(row[-1]) for row in rows.values()], 18)
    for kind, ((name, row), place) in enumerate(zip(rows.items(), places, strict=True)):
        points = [(across.at(x), down.at(y)) for x, y in zip(minutes, row, strict=True)]
        drawing.line(points)
        drawing.line([points[-1], (across.end + 22, place)], width=0.7)
        for point in (*points, (across.end + 30, place)):
            drawing.mark(point, kind)
        drawing.text((across.end + 42, place + 4.5), f"{STAGES.get(name, name)} ({facts['powers'][name]:.2f})")
    return drawing.svg()


def _in_step(drawing: Drawing, across: Axis, down: Axis, firsts: list[float]) -> None:
    """Draw the line that grows as the length does, between the two that are highest of FIRSTS."""
    first = math.sqrt(firsts[-1] * firsts[-2])
    last = min(first * across.high / across.low, down.high)
    ends = [(across.low, first), (across.low * last / first, last)]
    drawing.line([(across.at(x), down.at(y)) for x, y in ends], DASHES[1], width=2.5, colour="#8c8c8c")
    drawing.text((across.start, 20), "dashed: as the length does")


DRAWN: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "lengths": lengths,
    "processor": processor,
    "growth": growth,
}
"""What draws the figures of each benchmark."""


def drawn(figures: Path) -> str:
    """Draw the file of FIGURES."""
    facts = load(figures)
    return DRAWN[facts["benchmark"]](facts)


@click.command()
@click.argument("figures", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=PICTURES, help="Where; else docs/pictures."
)
def main(figures: tuple[Path, ...], out: Path) -> None:
    """Draw each file of FIGURES as the SVG of its name."""
    for path in figures:
        into = out / f"{path.stem}.svg"
        into.write_text(drawn(path), encoding="utf-8")
        click.echo(into.name)


if __name__ == "__main__":
    main()
