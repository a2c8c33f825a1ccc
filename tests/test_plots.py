"""The plots of the documentation are of its figures, and its tables say the same."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.drawing import Axis, spread
from benchmarks.figures import FIGURES, load, write
from benchmarks.growth import STAGES as TIMED
from benchmarks.plots import DRAWN, PICTURES, STAGES, drawn

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "speed.md").read_text()
SHOWN = sorted(FIGURES.glob("*.json"))

ROW: dict[str, Any] = {"minutes": 1.0, "times_by_the_clock": 4.0, "times_of_all_cores": 3.5}


def table(name: str) -> dict[str, list[str]]:
    """The rows of the first table that stands under figures NAME on the page, by their first cells."""
    _, _, rest = PAGE.partition(f"<!-- figures: {name} -->")
    lines = [line for line in rest.partition("<!-- end")[0].splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in cells}


def made_up(benchmark: str) -> dict[str, Any]:
    """Figures of BENCHMARK that nobody measured."""
    if benchmark == "lengths":
        return {"rows": [ROW, ROW | {"minutes": 2.0}, ROW | {"minutes": 4.0, "times_by_the_clock": 13.0}]}
    return load(FIGURES / f"{benchmark}.json")


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_a_plot_is_what_is_drawn_of_its_figures(path: Path) -> None:
    """Whoever changes figures draws them anew: python -m benchmarks.plots docs/figures/*.json."""
    assert (PICTURES / f"{path.stem}.svg").read_text(encoding="utf-8") == drawn(path)


def test_every_plot_has_its_figures_and_is_shown() -> None:
    """No plot is left of figures that are gone, and each stands on the page with words for whoever cannot see it."""
    plots = sorted(path.stem for path in PICTURES.glob("*.svg"))
    assert plots == [path.stem for path in SHOWN]
    told = {name: alt for alt, name in re.findall(r"!\[([^\]]+)\]\(pictures/(\w+)\.svg\)", PAGE)}
    assert sorted(told) == plots
    assert min(len(alt) for alt in told.values()) > 40


@pytest.mark.parametrize("name", DRAWN)
def test_a_plot_is_whole_and_lies_on_its_paper(name: str, tmp_path: Path) -> None:
    """It is well-formed, says what it is, and every text begins within it; drawn twice it is the same."""
    path = tmp_path / "any.json"
    write(path, name, {key: value for key, value in made_up(name).items() if key != "benchmark"})
    svg = drawn(path)
    assert svg == drawn(path)
    root = ET.fromstring(svg)  # noqa: S314  our own
    assert len(root.findtext("{*}title") or "") > 10
    wide, high = float(root.get("width", 0)), float(root.get("height", 0))
    for text in root.iterfind("{*}text"):
        assert 0 < float(text.get("x", -1)) < wide
        assert 0 < float(text.get("y", -1)) < high


def test_the_table_of_the_processor_is_what_is_drawn() -> None:
    """Every stage, every part of one, and all together."""
    facts, told = load(FIGURES / "processor.json"), table("processor")
    rows = {"bare transcode": facts["bare_s"]}
    for stage in facts["stages"]:
        rows |= {stage["name"]: stage["processor_s"]}
        rows |= {f"of it {part['name']}": part["processor_s"] for part in stage["of_it"]}
    for name, seconds in rows.items():
        assert told.pop(name) == ["not told apart" if one is None else f"{one:g}" for one in seconds], name
    totals = [sum(stage["processor_s"][turn] for stage in facts["stages"]) for turn in range(2)]
    times = [f"{total / bare:.1f}" for total, bare in zip(totals, facts["bare_s"], strict=True)]
    assert told.pop("all together, times the bare transcode") == times
    assert told.pop("") == facts["clips"]
    assert set(told) == {"---"}


def test_the_table_of_growth_is_what_is_drawn() -> None:
    """Every stage with its seconds and its power, the lengths above."""
    facts, told = load(FIGURES / "growth.json"), table("growth")
    assert told[""] == [*(f"{one:g} min" for one in facts["minutes"]), "power"]
    for name, seconds in facts["processor_s"].items():
        assert told[STAGES[name]] == [*(f"{one:.2f}" for one in seconds), f"{facts['powers'][name]:.2f}"]
    assert told["all together"][-1] == f"{facts['powers']['all together']:.2f}"


def test_the_table_of_lengths_is_what_is_drawn() -> None:
    """Every length with what the job took, and its largest process."""
    rows, told = load(FIGURES / "lengths.json")["rows"], table("lengths")
    assert told[""] == [f"{row['minutes']:.0f} min" for row in rows]
    assert told["bare transcode"] == [f"{row['bare_s']:.1f} s" for row in rows]
    assert told["job"] == [f"{row['job_s']:.1f} s" for row in rows]
    assert told["times the bare transcode, by the clock"] == [f"{row['times_by_the_clock']:.1f}" for row in rows]
    assert told["times, of all cores"] == [f"{row['times_of_all_cores']:.1f}" for row in rows]
    assert told["largest process"] == [f"{row['largest_bytes'] / 1e9:.2f} GB" for row in rows]
    assert told["seconds of the clip in one"] == [f"{row['clip_seconds_per_second']:.1f}" for row in rows]


def test_every_stage_of_growth_has_its_words() -> None:
    """A plot names no stage as only the code does."""
    assert set(STAGES) == set(TIMED)


def test_places_that_are_apart_stay() -> None:
    """Nothing is moved that need not be, and what is on one place is moved both ways."""
    assert spread([], 10) == []
    assert spread([30, 5], 10) == [30, 5]
    assert spread([20, 20], 10) == [15, 25]


@given(st.lists(st.floats(0, 500), max_size=12))
def test_places_are_spread_in_their_order(wanted: list[float]) -> None:
    """However they lie, they come out far enough apart, in the order in which they were."""
    found = spread(wanted, 18)
    order = sorted(range(len(wanted)), key=lambda place: (wanted[place], place))
    assert all(found[b] - found[a] >= 18 - 1e-6 for a, b in pairwise(order))


def test_an_axis_has_its_ends_where_it_says() -> None:
    """Even or of powers; upside down as well."""
    assert Axis(0, 10, 100, 0).at(2.5) == pytest.approx(75)
    assert Axis(1, 4, 0, 100, log=True).at(2) == pytest.approx(50)
