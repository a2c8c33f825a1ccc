"""Which rows of the tracks may be shown of someone who was named, and how tracks are cut for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from trails import Box, Trail, stands, tracks_of

from redact.decide.visibility import keep, split
from redact.records.kinds import Kind, Origin

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAMES = 100
CLIP = clip_of(1280, 720, frames=FRAMES)
LOOKED = np.arange(FRAMES, dtype=np.int32)
HERE: Box = (100, 100, 160, 280)
FACE: Box = (115, 110, 140, 140)


def shown(*trails: Trail, seeds: tuple[tuple[int, int], ...] = ((0, 10),)) -> list[list[int]]:
    """For each of TRAILS the frames on which it may be shown where SEEDS were named: a track and a frame each."""
    tracks = tracks_of(*trails)
    rows = keep(CLIP, tracks, LOOKED, seeds).shown
    return [tracks.frame[tracks.rows(track)][rows[tracks.rows(track)]].tolist() for track in range(len(tracks))]


def frames(*ranges: range) -> list[int]:
    """All frames of RANGES."""
    return [frame for one in ranges for frame in one]


def face(box: Box = FACE, on: range = range(FRAMES), score: float = 0.8) -> Trail:
    """A face that is found on every frame of ON."""
    return stands(box, on, kind=Kind.FACE, score=score)


def test_nobody_named_is_nobody_shown() -> None:
    """Whoever is there."""
    assert shown(stands(HERE, range(FRAMES)), seeds=()) == [[]]


def test_who_was_named_is_shown_and_nobody_else() -> None:
    """On all frames of the track, where nobody comes near."""
    assert shown(stands(HERE, range(FRAMES)), stands((900, 100, 960, 280), range(FRAMES))) == [list(range(FRAMES)), []]


def test_past_its_ends_a_track_is_shown_for_a_third_of_a_second() -> None:
    """What is carried on beyond that may be anybody, or nobody."""
    assert shown(stands(HERE, range(10, 80), range(40, 60)), seeds=((0, 50),)) == [list(range(32, 68))]


def test_past_its_ends_a_track_is_hidden_where_somebody_else_is_near() -> None:
    """They may be the one who was named, or the one who stands there."""
    stranger = stands((150, 100, 210, 280), range(62, FRAMES))
    assert shown(stands(HERE, range(80), range(60)), stranger) == [list(range(62)), []]


def test_somebody_too_faint_to_be_anyone_hides_nobody() -> None:
    """What scores so little is most often a thing."""
    faint = stands((150, 100, 210, 280), range(62, FRAMES), score=0.1)
    assert shown(stands(HERE, range(80), range(60)), faint) == [list(range(68)), []]


def test_a_point_in_doubt_names_nobody() -> None:
    """Between two sightings while somebody else crosses; its position in the list is told, and the other one counts."""
    looks = frozenset(range(0, FRAMES, 5))
    tracks = tracks_of(
        Trail({f: (100 + 4.0 * f, 100, 160 + 4.0 * f, 280) for f in range(FRAMES)}, looks),
        Trail({f: (520 - 4.0 * f, 100, 580 - 4.0 * f, 280) for f in range(FRAMES)}, looks),
    )
    kept = keep(CLIP, tracks, LOOKED[::5], [(0, 10), (0, 52)])
    assert kept.unsure == (1,)
    (part,) = kept.stretches
    assert (part.track, part.first) == (0, 0)
    assert part.last < 50
    assert tracks.frame[kept.shown].tolist() == list(range(part.last + 1))
    assert set(tracks.track[kept.shown].tolist()) == {0}


@pytest.mark.parametrize(("gap", "bridged"), [(20, True), (40, False)])
def test_between_two_named_stretches_a_short_time_is_shown(gap: int, bridged: bool) -> None:
    """Up to a second and a half: the person was there before and after, and nobody else is near."""
    seen = frozenset([*range(30), *range(30 + gap, FRAMES)])
    one = Trail(dict.fromkeys(range(FRAMES), HERE) | dict.fromkeys(range(30 + gap, FRAMES), (200, 100, 260, 280)), seen)
    kept = shown(one, seeds=((0, 10), (0, 90)))[0]
    assert set(frames(range(30), range(30 + gap, FRAMES))) <= set(kept)
    assert set(range(30, 30 + gap)).issubset(kept) is bridged


def test_the_face_in_a_body_that_is_shown_is_shown_with_it() -> None:
    """And only while the body is."""
    assert shown(stands(HERE, range(60)), face()) == [list(range(60)), list(range(60))]


def test_a_face_low_in_the_body_is_somebody_else_s() -> None:
    """A child who stands before them."""
    assert shown(stands(HERE, range(FRAMES)), face((115, 200, 140, 230)))[1] == []


def test_a_face_that_sits_in_somebody_hidden_too_stays_hidden() -> None:
    """It may be theirs."""
    beside = stands((90, 95, 150, 290), range(FRAMES), score=0.3)
    assert shown(stands(HERE, range(FRAMES)), face(), beside)[1] == []


def test_of_two_faces_in_one_body_neither_is_shown() -> None:
    """One of them is somebody else's; unless it is by far the weaker, and then it alone stays hidden."""
    body, other = stands(HERE, range(FRAMES)), (141, 112, 158, 140)
    assert shown(body, face(), face(other))[1:] == [[], []]
    assert shown(body, face(), face(other, score=0.3))[1:] == [list(range(FRAMES)), []]


def test_a_face_that_seldom_sits_there_is_not_theirs() -> None:
    """Who walks by behind them is seen in their place for a moment."""
    passing = Trail(
        {f: (60 + 2.0 * f, 110, 85 + 2.0 * f, 140) for f in range(FRAMES)}, frozenset(range(FRAMES)), Kind.FACE
    )
    assert shown(stands(HERE, range(FRAMES)), passing)[1] == []


def test_of_no_tracks_nothing_is_cut() -> None:
    """None are shown."""
    made, let = split(tracks_of(), np.zeros(0, np.bool_))
    assert (len(made), let) == (0, frozenset())


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.data())
def test_tracks_are_cut_where_what_is_shown_changes_and_nowhere_else(lengths: list[int], data: st.DataObject) -> None:
    """Every row stays as it is, each track is shown or hidden as a whole, and no cut is made that is not needed."""
    tracks = tracks_of(*(stands(HERE, range(count), [0], Kind(number % 3)) for number, count in enumerate(lengths)))
    rows: NDArray[np.bool_] = data.draw(arrays(np.bool_, len(tracks.frame)))
    made, let = split(tracks, rows)
    for name in ("frame", "xyxy", "score", "origin"):
        assert np.array_equal(getattr(made, name), getattr(tracks, name))
    assert np.array_equal(made.kind[made.track], tracks.kind[tracks.track])
    assert np.array_equal(np.isin(made.track, sorted(let)), rows)
    changes = sum(int(np.count_nonzero(np.diff(rows[tracks.rows(track)]))) for track in range(len(tracks)))
    assert len(made) == len(tracks) + changes


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(1, 40), st.integers(0, 1000), st.integers(0, 20), st.booleans()),
        min_size=1,
        max_size=5,
    )
)
def test_nothing_is_shown_but_on_the_track_that_was_named_and_its_faces(
    people: list[tuple[int, int, int, int, bool]],
) -> None:
    """Whoever else is there; the first sighting is, unless it is in doubt who it is."""
    trails = [
        stands(
            (x, 100.0, x + 60.0, 280.0),
            range(max(0, first - reach), min(first + count + reach, FRAMES)),
            range(first, first + count),
            Kind.FACE if a_face and number else Kind.PERSON,
        )
        for number, (first, count, x, reach, a_face) in enumerate(people)
    ]
    tracks = tracks_of(*trails)
    first = people[0][0]
    kept = keep(CLIP, tracks, LOOKED, [(0, first)])
    elsewhere = (tracks.track != 0) & (tracks.kind[tracks.track] != Kind.FACE)
    assert not kept.shown[elsewhere].any()
    at = (tracks.track == 0) & (tracks.frame == first)
    assert kept.shown[at].all() or kept.unsure == (0,)
    assert (tracks.origin[at] == Origin.SEEN).all()
