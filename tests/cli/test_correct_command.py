"""redact correct: a region is hidden, or the sound silenced, listed, and taken back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from clerk import Clerk
from corridor import RedSquare, corridor

if TYPE_CHECKING:
    from pathlib import Path

REF = "SAR-2026-0142"
WHY = ("--reason", "a window into a flat")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clerk:
    """A request with footage that was scanned."""
    monkeypatch.setattr("cli.case.for_cases", lambda: (RedSquare(),))
    clerk = Clerk.at_new_desk(tmp_path / "home")
    who = ("--requester", "A. Example", "--recipient", "A. Example", "--identity", "known", "--note", "the stairs")
    clerk.does("request", "new", REF, "--kind", "sar", *who)
    clerk.does("request", "attach", REF, corridor(tmp_path / "cam4.mp4"))
    clerk.does("scan", REF)
    return clerk


def test_a_region_is_drawn_listed_and_taken_back(desk: Clerk) -> None:
    """Under a short name, with who and why; taken back it is listed no more."""
    said = desk.does("correct", REF, "--hide", "00:00.4-00:00.8@100,10,140,60", *WHY)
    assert ": a region hidden, frames 10 to 19." in said
    assert said.endswith(f"Make the copy again: redact render {REF}\n")
    desk.does("correct", REF, "--hide", "@0,0,40,40", *WHY)
    desk.does("correct", REF, "--mute", "00:01-00:01.5", *WHY)
    rows = json.loads(desk.does("correct", REF, "--json"))["corrections"]
    assert [row["what"] for row in rows] == [
        "a region hidden, frames 10 to 19",
        "a region hidden, frames 0 to 49",
        "silence from 00:01 to 00:01.5",
    ]
    assert "a window into a flat" in desk.does("correct", REF)
    said = desk.does("correct", REF, "--undo", rows[0]["id"], "--reason", "it was a mirror")
    assert said.startswith("Taken back: a region hidden, frames 10 to 19.")
    assert len(json.loads(desk.does("correct", REF, "--json"))["corrections"]) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--hide", "00:01@1,2,3", *WHY), "cannot be read"),
        (("--hide", "00:09-00:10@0,0,40,40", *WHY), "outside the clip"),
        (("--hide", "@0,0,40,40"), "recorded with its reason"),
        (("--hide", "@0,0,40,40", "--mute", "0-1", *WHY), "at a time"),
        (("--undo", "f00", *WHY), "is not the name of one correction"),
        (("--mute", "soon", *WHY), "cannot be read"),
    ],
)
def test_what_cannot_be_drawn_is_refused(desk: Clerk, options: tuple[str, ...], said: str) -> None:
    """With the way to say it."""
    done = desk.types("correct", REF, *options)
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert json.loads(desk.does("correct", REF, "--json"))["corrections"] == []
