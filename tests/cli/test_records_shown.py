"""What the commands that keep records share: days, and how rows are shown."""

from __future__ import annotations

import contextlib
import csv
import io
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.case import WHAT
from cli.records import WIDTH, as_csv, day, show_rows, typed, when
from cli.request import STATE
from cli.retention import WHAT as KEPT
from redact.case.sheet import ENDINGS

CONTEXT, PARAM = click.Context(click.Command("act")), click.Option(["--on"])
HEADS = {"name": "Name", "why": "Why"}


def test_what_can_be_viewed_is_what_there_is() -> None:
    """The master, each file of a copy that is looked at, and the page of subjects."""
    assert set(WHAT) == {"master", "subjects", *ENDINGS}


def test_states_and_things_kept_are_those_of_the_register() -> None:
    """As their commands document them."""
    assert STATE == ("open", "closed", "refused")
    assert KEPT == ("footage", "working", "release")


@given(st.dates())
def test_a_day_is_read_as_it_is_written(one: Any) -> None:
    """Year, month, day, of four, two and two digits."""
    assert day(CONTEXT, PARAM, one.isoformat()) == one


@given(st.datetimes())
def test_a_time_is_read_as_it_is_written(one: Any) -> None:
    """With a T or a space, and no offset."""
    assert when(CONTEXT, PARAM, one.isoformat()) == when(CONTEXT, PARAM, one.isoformat(" ")) == one


@given(st.text())
def test_whatever_is_no_day_is_a_sentence(text: str) -> None:
    """Nothing else is raised, and nothing is taken for no answer."""
    for read in (day, when):
        with contextlib.suppress(click.BadParameter):
            assert read(CONTEXT, PARAM, text) is not None


CELL = st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(codec="utf-8"))


@given(st.lists(st.fixed_dictionaries({"a": CELL, "b": CELL}), min_size=1))
def test_csv_reads_back_and_holds_no_formula(rows: list[dict[str, Any]]) -> None:
    """What came from outside begins no formula in a spreadsheet; numbers stay numbers."""
    head, *lines = csv.reader(io.StringIO(f"{as_csv(rows)}\n", newline=""))
    cells = [cell for line in lines for cell in line]
    values = [row[key] for row in rows for key in head]
    for value, cell in zip(values, cells, strict=True):
        if isinstance(value, str) or value is None:
            assert cell.removeprefix("'") == (value or "").replace("\r", " ").removeprefix("'")
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        else:
            assert cell in {str(value), "yes", "no"}


def test_csv_of_nothing_is_nothing() -> None:
    """Not even a head: there are no columns."""
    assert as_csv([]) == ""


def test_an_empty_cell_stays_empty() -> None:
    """Nothing is made of nothing."""
    assert as_csv([{"a": None, "b": "", "c": -1, "d": "=1+1", "e": True}]) == "a,b,c,d,e\n,,-1,'=1+1,yes"


@given(st.lists(st.tuples(st.text("ab ", max_size=30), st.text("cd ", max_size=300)), min_size=1))
def test_a_long_last_column_is_broken_and_loses_no_word(rows: list[tuple[str, str]]) -> None:
    """The table fits where its words do."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cli.records.say", lambda *lines: said.extend(lines))
        show_rows([{"name": name, "why": why} for name, why in rows], HEADS, "None.", as_json=False)
    words = [word for _, why in rows for word in why.split()]
    assert [word for word in "\n".join(said).split() if set(word) <= set("cd")] == words
    longest = max((len(word) for word in words), default=0)
    assert max(map(len, said)) <= max(WIDTH, 32 + longest)


def test_no_rows_are_a_sentence_and_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    """Each in its way."""
    show_rows([], HEADS, "None.", as_json=False)
    show_rows([], HEADS, "None.", as_json=True)
    assert capsys.readouterr().out == "None.\n[]\n"


def test_a_reference_with_a_space_is_quoted_where_it_is_to_be_typed() -> None:
    """So that the hint works as it stands."""
    assert (typed("SAR-7"), typed("SAR 7/2026")) == ("SAR-7", "'SAR 7/2026'")
