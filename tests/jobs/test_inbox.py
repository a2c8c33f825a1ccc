"""A watched folder: what rests is given once, what is being written is left, and what changes is given again."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from test_batch import ASKED, by_content, calls, folder_of

from redact.errors import InputUnusable, UsageProblem
from redact.jobs.batch import State, batch, processes
from redact.jobs.inbox import Inbox
from redact.jobs.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

REST_S = 0.4


def given(inbox: Inbox) -> list[str]:
    """Names of the clips that INBOX gives now."""
    return [job.master.name for job in inbox.jobs()]


def rested(inbox: Inbox) -> list[str]:
    """Names of those that it gives after they were left alone."""
    first = given(inbox)
    time.sleep(REST_S + 0.1)
    return first + given(inbox)


def test_an_empty_inbox_gives_nothing_and_a_missing_one_is_named(tmp_path: Path) -> None:
    """A share that is away later on gives nothing either."""
    inbox = Inbox(folder_of(tmp_path / "in", notes_txt="words"), tmp_path / "out", REST_S)
    assert (inbox.begun(), rested(inbox)) == (((), ()), [])
    (tmp_path / "in" / "notes.txt").unlink()
    (tmp_path / "in").rmdir()
    assert given(inbox) == []
    with pytest.raises(InputUnusable, match="in cannot be read as a folder"):
        inbox.begun()


def test_results_in_the_inbox_are_refused(tmp_path: Path) -> None:
    """Copies would be taken for clips."""
    folder = folder_of(tmp_path / "in", a_mp4="x")
    with pytest.raises(UsageProblem, match="among the masters"):
        Inbox(folder, folder).begun()


def test_what_rests_is_given_once(tmp_path: Path) -> None:
    """And once more when it is another file, of the same size too."""
    folder = folder_of(tmp_path / "in", a_mp4="one")
    inbox = Inbox(folder, tmp_path / "out", REST_S)
    assert rested(inbox) == ["a.mp4"]
    assert rested(inbox) == []
    (folder / "a.mp4").write_text("two")
    assert rested(inbox) == ["a.mp4"]


def test_what_is_still_being_written_is_left_until_it_rests(tmp_path: Path) -> None:
    """However long that takes, and whatever else is there."""
    folder = folder_of(tmp_path / "in", a_mp4="one", b_mp4="")
    inbox = Inbox(folder, tmp_path / "out", REST_S)
    seen = given(inbox)
    for _ in range(6):
        time.sleep(REST_S / 2)
        with (folder / "b.mp4").open("a") as stream:
            stream.write("x" * 100)
        seen += given(inbox)
    assert seen == ["a.mp4"]
    assert rested(inbox) == ["b.mp4"]


def test_a_batch_goes_on_with_what_comes(tmp_path: Path) -> None:
    """A clip that comes later is released, and one that changes is released anew, until somebody stops it."""
    folder = folder_of(tmp_path / "in", a_mp4="fine")
    made = batch(
        Inbox(folder, tmp_path / "out", REST_S),
        tmp_path / "out",
        partial(by_content, ASKED),
        recipe=Recipe(ASKED),
        crew=partial(processes, count=1),
    )
    assert next(made).master.name == "a.mp4"
    (folder / "b.mp4").write_text("unusable")
    assert (second := next(made)).state is State.FAILED
    assert second.master.name == "b.mp4"
    (folder / "a.mp4").write_text("other")
    third = next(made)
    assert (third.master.name, third.state) == ("a.mp4", State.RELEASED)
    made.close()
    assert calls(folder) == ["a.mp4", "b.mp4", "a.mp4"]
