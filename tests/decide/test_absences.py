"""What the officer is told of the times at which someone who was named is hidden."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st
from trails import Box, Trail, stands, tracks_of

from redact.decide.absences import MOST, REQUEST, Wording, absences
from redact.decide.points import moment
from redact.decide.visibility import Visibility
from redact.track.ambiguity import Stretch

if TYPE_CHECKING:
    from collections.abc import Collection

FRAMES = 100
CLIP = clip_of(640, 360, frames=FRAMES)
LOOKED = np.arange(FRAMES, dtype=np.int32)
HERE: Box = (100, 100, 140, 220)
CASE = Wording(lambda name: f"Subject {name or 'one'}", lambda at, point, _: f"decide {at}@{point[0]},{point[1]}")


def told(
    *trails: Trail,
    shown: Collection[int],
    parts: tuple[Stretch, ...] | None = None,
    name: str | None = None,
    frames: tuple[int, int] = (0, FRAMES),
    wording: Wording = REQUEST,
) -> tuple[str, ...]:
    """What is said where track 0 of TRAILS is shown on the frames SHOWN, as PARTS of it were named."""
    tracks = tracks_of(*trails)
    rows = (tracks.track == 0) & np.isin(tracks.frame, sorted(shown))
    parts = (Stretch(0, 0, FRAMES - 1, FRAMES, "", ""),) if parts is None else parts
    return absences(CLIP, tracks, LOOKED, Visibility(parts, rows, ()), rows, name, frames, wording)


def throughout(box: Box = HERE) -> Trail:
    """Somebody found on every frame."""
    return stands(box, range(FRAMES))


def test_of_whom_nothing_was_named_nothing_is_said() -> None:
    """There is no person to tell of."""
    assert told(shown=(), parts=()) == ()


def test_of_who_is_shown_throughout_nothing_is_said() -> None:
    """Nor of the time outside the copy."""
    assert told(throughout(), shown=range(FRAMES)) == ()
    assert told(throughout(), shown=range(20, 60), frames=(20, 60)) == ()


@pytest.mark.parametrize(("missing", "said"), [(range(40, 44), 0), (range(40, 46), 1)])
def test_what_is_over_at_once_is_not_told_of(missing: range, said: int) -> None:
    """A fifth of a second between two appearances is where telling begins."""
    assert len(told(throughout(), shown=set(range(FRAMES)) - set(missing))) == said


def test_an_absence_is_told_with_both_ends_and_its_reason() -> None:
    """The reason is why what comes after the last stretch shown is in doubt."""
    parts = (Stretch(0, 0, 39, 40, "", "someone else came too close"), Stretch(0, 60, 99, 40, "a gap", ""))
    (said,) = told(throughout(), shown={*range(40), *range(60, FRAMES)}, parts=parts)
    assert said.startswith("The person to stay visible is hidden from 00:01.6 to 00:02.4: someone else came too close.")


def test_without_a_reason_it_is_said_that_nobody_was_found() -> None:
    """Or that they could not be told apart."""
    gone = Trail(dict.fromkeys([*range(40), *range(60, FRAMES)], HERE), frozenset([*range(40), *range(60, FRAMES)]))
    (said,) = told(gone, shown={*range(40), *range(60, FRAMES)})
    assert said == (
        "The person to stay visible is hidden from 00:01.6 to 00:02.4: not found, or not told apart from someone else."
    )


def test_who_was_not_there_yet_or_has_gone_is_not_told_of() -> None:
    """Before the first time and after the last there is nothing to doubt where nobody like them is."""
    assert told(stands(HERE, range(30, 60)), shown=range(30, 60)) == ()


def test_who_comes_back_on_another_track_is_offered_with_a_point() -> None:
    """Of the same size and near enough: the officer may add them, in words that can be used as they stand."""
    first, again = stands(HERE, range(40)), stands((120, 100, 160, 220), range(50, FRAMES))
    (said,) = told(first, again, shown=range(40), name="the carer")
    assert said == (
        'The person named "the carer" is hidden from 00:01.6 on: not found, or not told apart from someone else. '
        'If it is the same person at 140, 160 at 00:02, add a [[keep]] with at = "00:02", point = [140, 160] and the '
        "same name."
    )
    assert told(first, again, shown=range(40))[0].endswith("at 00:02, add --keep 00:02@140,160.")
    (said,) = told(first, again, shown=range(40), wording=CASE)
    assert said.startswith("Subject one is hidden from 00:01.6 on: ")
    assert said.endswith("at 140, 160 at 00:02, decide 00:02@140,160.")


@pytest.mark.parametrize(
    "other",
    [(400, 100, 440, 220), (100, 100, 160, 280), (100, 100, 120, 160)],
    ids=["too far", "too large", "too small"],
)
def test_who_cannot_be_the_same_is_not_offered(other: Box) -> None:
    """Nobody gets so far at once, nor grows by half."""
    assert told(stands(HERE, range(40)), stands(other, range(41, FRAMES)), shown=range(40)) == ()


@pytest.mark.parametrize(("back", "offered"), [(58, 0), (62, 1)])
def test_nobody_is_offered_for_an_absence_that_is_soon_over(back: int, offered: int) -> None:
    """From four fifths of a second on it is worth the officer's time."""
    mine = Trail(dict.fromkeys([*range(40), *range(back, FRAMES)], HERE), frozenset([*range(40), *range(back, FRAMES)]))
    other = stands((105, 100, 145, 220), range(42, 56))
    (said,) = told(mine, other, shown={*range(40), *range(back, FRAMES)})
    assert said.count("If it is the same person") == offered


def test_two_are_offered_at_most_the_likeliest() -> None:
    """In order of time, though the one who came first was farther away."""
    later = [(170, range(45, 55)), (105, range(60, 70)), (120, range(75, 85))]
    others = [stands((x, 100, x + 40, 220), frames) for x, frames in later]
    (said,) = told(stands(HERE, range(40)), *others, shown=range(40))
    assert re.findall(r"at (\d+), 160 at (\S+),", said) == [("125", "00:02.4"), ("140", "00:03")]


def test_long_lists_end_in_a_count() -> None:
    """Twenty are told of, the others counted."""
    long = clip_of(640, 360, frames=1000)
    tracks = tracks_of(stands(HERE, range(1000)))
    rows = np.isin(tracks.frame, np.arange(0, 1000, 10))
    parts = (Stretch(0, 0, 999, 1000, "", ""),)
    many = absences(long, tracks, np.arange(1000, dtype=np.int32), Visibility(parts, rows, ()), rows, None, (0, 991))
    assert len(many) == MOST + 1
    assert many[-1] == f"The person to stay visible is hidden at {99 - MOST} more times."


@given(st.sets(st.integers(0, FRAMES - 1), min_size=1))
def test_every_absence_between_two_appearances_is_told_of_once(shown: set[int]) -> None:
    """Of six frames or more, a quarter of a second; one of four or fewer never is."""
    gaps = [later - earlier - 1 for earlier, later in pairwise(sorted(shown))]
    begins = [
        f"hidden from {moment(CLIP, before + 1)} to"
        for before, gap in zip(sorted(shown), gaps, strict=False)
        if gap > 5
    ]
    first, last = min(shown), max(shown)
    said = told(stands(HERE, range(first, last + 1)), shown=shown, frames=(first, last + 1))
    assert sum(gap > 5 for gap in gaps) <= len(said) <= sum(gap > 4 for gap in gaps)
    for begin in begins:
        assert sum(begin in sentence for sentence in said) == 1
