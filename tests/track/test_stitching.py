"""Tracks that go on as others: what such a track is carried on over is whoever stands there anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st
from trails import Box, Trail, stands, tracks_of

from redact.records.kinds import Kind, Origin
from redact.track.stitching import explained

if TYPE_CHECKING:
    from collections.abc import Collection

CLIP = clip_of(640, 360, frames=100)
HERE: Box = (100, 100, 140, 200)


def went_on(*trails: Trail, own: Collection[int] = ()) -> list[list[int]]:
    """For each of TRAILS the frames on which it is explained by another."""
    tracks = tracks_of(*trails)
    rows = explained(CLIP, tracks, own)
    return [tracks.frame[tracks.rows(track)][rows[tracks.rows(track)]].tolist() for track in range(len(tracks))]


def lost(score: float = 0.8, kind: Kind = Kind.PERSON) -> Trail:
    """Somebody found up to frame 20 and carried on to 30."""
    return stands(HERE, range(31), range(21), kind, score)


def found(
    first: int = 25, box: Box = (105, 100, 145, 200), score: float = 0.8, kind: Kind = Kind.PERSON, before: int = 7
) -> Trail:
    """Somebody found from frame FIRST on in BOX, and carried on for some frames BEFORE that."""
    return stands(box, range(first - before, 60), range(first, 60), kind, score)


def test_of_no_tracks_nothing_is_explained() -> None:
    """There are no rows to tell of."""
    assert len(explained(CLIP, tracks_of(), ())) == 0


def test_someone_alone_goes_on_as_nobody() -> None:
    """What is carried on may be anyone."""
    assert went_on(lost()) == [[]]


def test_who_is_found_again_at_once_explains_both_ends() -> None:
    """The one is carried on where the other is found, and the other back to where the one was found."""
    assert went_on(lost(), found()) == [list(range(25, 31)), [18, 19, 20]]


@pytest.mark.parametrize(
    "other",
    [
        found(first=36, before=20),
        found(box=(300, 100, 340, 200)),
        found(box=(105, 140, 145, 190)),
        found(score=0.2),
        found(kind=Kind.FACE),
        found(first=20),
    ],
    ids=["too late", "too far", "too small", "too unsure", "of another kind", "seen at the same time"],
)
def test_who_may_not_be_the_same_explains_nothing(other: Trail) -> None:
    """Whoever comes too late, too far away, of another size or kind, scores too little, or is there beside them."""
    assert went_on(lost(), other) == [[], []]


def test_who_may_be_shown_explains_nobody() -> None:
    """Else whoever stands beside them would be shown for them."""
    assert went_on(lost(), found(), own={0}) == [[], []]
    assert went_on(lost(), found(), own={1}) == [[], []]


def test_the_nearest_is_the_one_and_each_goes_on_once() -> None:
    """Of two who begin there the nearer one explains; the other may be anybody."""
    near, beside = found(box=(102, 100, 142, 200)), found(box=(115, 100, 155, 200))
    assert went_on(lost(), beside, near) == [list(range(25, 31)), [], [18, 19, 20]]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20), st.integers(0, 400), st.integers(0, 9)), max_size=7),
    st.sets(st.integers(0, 6)),
)
def test_only_what_is_carried_on_is_ever_explained(people: list[tuple[int, int, int, int]], own: set[int]) -> None:
    """Sightings never are, nor anything of those who may be shown."""
    trails = [
        stands((x, 100.0, x + 40.0, 200.0), range(max(0, first - reach), last + reach), range(first, last))
        for first, last, x, reach in ((first, first + count, float(x), reach) for first, count, x, reach in people)
    ]
    tracks = tracks_of(*trails)
    rows = explained(CLIP, tracks, own)
    assert set(tracks.origin[rows].tolist()) <= {Origin.EXTENDED}
    assert not np.isin(tracks.track[rows], sorted(own)).any()
