"""From a point to the track that is there, from a track to a point that names it, and times that are read back."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st
from trails import Box, Trail, stands, tracks_of

from redact.decide.points import clear_point, moment, named
from redact.errors import UsageProblem
from redact.records.kinds import Kind
from redact.records.orientation import EVERY, Orientation
from redact.request.model import Keep, parse_time
from redact.request.times import frame_at
from redact.track.subjects import subjects

if TYPE_CHECKING:
    from redact.records.tracks import Tracks

FRAMES = 50
CLIP = clip_of(640, 360, frames=FRAMES)
MAN: Box = (100, 50, 160, 250)
FACE: Box = (115, 60, 140, 90)


def pointed(tracks: Tracks, frame: int, x: int, y: int) -> tuple[int, int]:
    """The track, and the frame, that a point on FRAME names."""
    return named(CLIP, tracks, subjects(tracks), Keep(at=Fraction(frame, 25), point=(x, y)))


def test_a_point_on_a_face_names_the_body_it_sits_in() -> None:
    """Whichever of the two tracks comes first."""
    man, face = stands(MAN, range(FRAMES)), stands(FACE, range(FRAMES), kind=Kind.FACE)
    assert pointed(tracks_of(man, face), 10, 125, 70) == (0, 10)
    assert pointed(tracks_of(face, man), 10, 125, 70) == (1, 10)


def test_a_face_without_a_body_is_named_itself() -> None:
    """There is nothing else to name."""
    assert pointed(tracks_of(stands(FACE, range(FRAMES), kind=Kind.FACE)), 10, 125, 70) == (0, 10)


def test_the_right_and_lower_edge_of_a_box_are_not_in_it() -> None:
    """Boxes are half-open."""
    tracks = tracks_of(stands(MAN, range(FRAMES)))
    assert pointed(tracks, 10, 100, 50) == pointed(tracks, 10, 159, 249) == (0, 10)
    for x, y in ((99, 50), (160, 50), (100, 250)):
        with pytest.raises(UsageProblem, match="Nobody was found"):
            pointed(tracks, 10, x, y)


def test_who_was_seen_there_comes_before_who_is_only_carried_on() -> None:
    """A box that nobody found on that frame names its track where nobody else is, and else does not."""
    gone, here = stands(MAN, range(20), range(15)), stands((110, 50, 170, 250), range(18, FRAMES))
    assert pointed(tracks_of(gone, here), 17, 130, 100) == (0, 17)
    assert pointed(tracks_of(gone, here), 18, 130, 100) == (1, 18)


def test_who_was_last_seen_a_while_ago_is_named_no_more() -> None:
    """From about a third of a second on the box is a guess."""
    tracks = tracks_of(stands(MAN, range(FRAMES), range(21)))
    assert pointed(tracks, 28, 130, 100) == (0, 28)
    with pytest.raises(UsageProblem, match="Nobody was found at 130, 100"):
        pointed(tracks, 29, 130, 100)


def test_whoever_points_at_nobody_is_told_of_five_at_most_nearest_first() -> None:
    """Where the middle of each is."""
    people = [stands((x, 50, x + 40, 250), range(FRAMES)) for x in range(0, 600, 80)]
    with pytest.raises(UsageProblem) as refused:
        pointed(tracks_of(*people), 10, 65, 150)
    told = str(refused.value).partition("at: ")[2]
    assert told.startswith("100, 150; 20, 150; 180, 150; 260, 150; 340, 150.")


def test_a_clear_point_lies_in_the_middle_where_nobody_else_is() -> None:
    """Half way down, on the first of the rows."""
    assert clear_point(CLIP, tracks_of(stands(MAN, range(FRAMES))), [7, 8]) == (7, (130, 150))


def test_a_clear_point_avoids_who_stands_before() -> None:
    """Higher up where the middle is covered, later where all is; none where they are never apart."""
    before = Trail({0: MAN, 1: (100, 120, 160, 250), 2: (100, 100, 160, 130)}, frozenset(range(3)))
    tracks = tracks_of(stands(MAN, range(3)), before)
    assert clear_point(CLIP, tracks, [0]) is None
    assert clear_point(CLIP, tracks, [0, 1]) == (1, (130, 110))
    assert clear_point(CLIP, tracks, [2]) == (2, (130, 150))


def test_the_face_of_a_body_is_no_one_before_it() -> None:
    """Where nothing but the head looks out, it is pointed at, and the body is named."""
    before = stands((100, 100, 160, 250), range(3))
    tracks = tracks_of(stands(MAN, range(3)), before, stands(FACE, range(3), kind=Kind.FACE))
    assert clear_point(CLIP, tracks, [0]) == (0, (130, 80))


@given(
    st.lists(st.tuples(st.integers(0, 560), st.integers(0, 260), st.integers(8, 80), st.integers(8, 100)), max_size=6),
    st.sampled_from(EVERY),
)
def test_a_clear_point_names_whom_it_was_made_for(people: list[tuple[int, int, int, int]], way: Orientation) -> None:
    """Whoever stands where, whichever way round the clip is seen."""
    clip = replace(CLIP, orientation=way)
    tracks = tracks_of(*(stands((x, y, x + w, y + h), range(3)) for x, y, w, h in people))
    for track in range(len(tracks)):
        clear = clear_point(clip, tracks, [tracks.rows(track).start])
        if clear is not None:
            row, (x, y) = clear
            assert row == tracks.rows(track).start
            assert named(clip, tracks, subjects(tracks, way), Keep(at=Fraction(0), point=(x, y))) == (track, 0)


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=30, unique=True),
    st.sampled_from([Fraction(1, 25), Fraction(1001, 30000), Fraction(1, 90000), Fraction(1, 12800)]),
    st.data(),
)
def test_a_moment_is_read_back_as_its_frame(ticks: list[int], time_base: Fraction, data: st.DataObject) -> None:
    """However the frames are spaced, where two are no less than a hundred microseconds apart."""
    least = -(-1 // (time_base * 10_000))
    pts = np.cumsum(np.sort(np.array(ticks)) + int(least)).astype(np.int64)
    clip = replace(clip_of(frames=len(pts), time_base=time_base), pts=pts - pts[0])
    index = data.draw(st.integers(0, len(pts) - 1))
    assert frame_at(clip, parse_time(moment(clip, index))) == index


def test_a_moment_is_told_in_tenths_where_that_is_enough() -> None:
    """Else in hundredths."""
    assert [moment(CLIP, index) for index in (0, 1, 5, 25)] == ["00:00", "00:00.04", "00:00.2", "00:01"]
