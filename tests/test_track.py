"""Tracks: what was found joined through time, nothing of it lost, doubt split, gaps filled and ends carried on."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from redact.records import Clip, Color, Detections, Kind, Origin, Tracks
from redact.track import track

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_CUTS = np.zeros(0, np.int32)


def clip_of(frames: int, width: int = 640, height: int = 360, rate: int = 25) -> Clip:
    """A clip of FRAMES frames of which nothing but times and size matters."""
    return Clip(
        path=Path("walk.mp4"),
        sha256="a" * 64,
        size_bytes=1,
        width=width,
        height=height,
        rotation=0,
        sample_aspect_ratio=Fraction(1),
        pix_fmt="yuv420p",
        color=Color(),
        time_base=Fraction(1, rate),
        pts=np.arange(frames, dtype=np.int64),
        rate=Fraction(rate),
    )


Row = tuple[int, tuple[float, float, float, float], float]


def found_of(*rows: Row, kind: Kind = Kind.PERSON) -> Detections:
    """Detections from rows of frame, box and score."""
    return Detections(
        np.array([frame for frame, *_ in rows], np.int32),
        np.array([box for _, box, _ in rows], np.float32).reshape(-1, 4),
        np.array([score for *_, score in rows], np.float32),
        np.full(len(rows), kind, np.uint8),
    )


def walk(frames: range, start: float, step: float, score: float = 0.8) -> list[Row]:
    """Someone who walks STEP px a frame to the right, seen on FRAMES."""
    return [(f, (start + step * f, 100, start + step * f + 40, 220), score) for f in frames]


def looked_at(found: Detections, *more: int) -> NDArray[np.int32]:
    """The frames something was found on, and MORE."""
    return np.union1d(found.frame, np.array(more, np.int32)).astype(np.int32)


def tracked(found: Detections, clip: Clip, cuts: NDArray[np.int32] = NO_CUTS, *more: int) -> Tracks:
    """Track FOUND where exactly the frames with findings, and MORE, were looked at."""
    return track(found, clip, looked_at(found, *more), cuts)


def box_at(tracks: Tracks, number: int, frame: int) -> list[float]:
    """Where track NUMBER is on FRAME."""
    rows = tracks.rows(number)
    box: list[float] = tracks.xyxy[rows][tracks.frame[rows] == frame][0].tolist()
    return box


def test_nothing_found_makes_no_tracks() -> None:
    """An empty street has no tracks."""
    tracks = tracked(Detections.none(), clip_of(10))
    assert (len(tracks), len(tracks.frame)) == (0, 0)


def test_one_sighting_is_a_track_that_begins_before_it_and_goes_on_after_it() -> None:
    """Someone seen once was there a little earlier and later, and on every frame nobody looked at."""
    tracks = tracked(found_of((10, (300, 100, 340, 220), 0.15)), clip_of(50), NO_CUTS, 0, 20)
    assert len(tracks) == 1
    assert tracks.frame.tolist() == list(range(1, 20))
    assert tracks.origin[tracks.frame == 10].tolist() == [Origin.SEEN]
    assert set(tracks.origin[tracks.frame != 10].tolist()) == {Origin.EXTENDED}


def test_a_walker_is_one_track_with_every_frame_between_filled() -> None:
    """Seen on every fifth frame, there on every one, at the place between."""
    tracks = tracked(found_of(*walk(range(0, 51, 5), 100, 2)), clip_of(51))
    assert len(tracks) == 1
    assert tracks.frame.tolist() == list(range(51))
    assert (tracks.origin[tracks.frame % 5 == 0] == Origin.SEEN).all()
    assert (tracks.origin[tracks.frame % 5 != 0] == Origin.FILLED).all()
    left, top, right, bottom = box_at(tracks, 0, 12)
    assert (left <= 124, top <= 100, right >= 164, bottom >= 220) == (True,) * 4
    assert right - left < 50


def test_a_gap_is_bridged() -> None:
    """Someone missed for most of a second is one track, hidden all the while."""
    rows = walk(range(0, 21, 5), 100, 2) + walk(range(40, 61, 5), 100, 2)
    tracks = tracked(found_of(*rows), clip_of(61), NO_CUTS, 25, 30, 35)
    assert len(tracks) == 1
    assert tracks.frame.tolist() == list(range(61))


def test_an_end_follows_the_movement() -> None:
    """Past the last sighting the box goes on in the direction it had."""
    tracks = tracked(found_of(*walk(range(0, 21, 5), 100, 4)), clip_of(60), NO_CUTS, 25)
    left, _, right, _ = box_at(tracks, 0, 26)
    assert left <= 100 + 26 * 4 <= 140 + 26 * 4 <= right


def test_someone_on_the_way_out_is_followed_until_gone() -> None:
    """A box that touches the frame edge goes on outward until nothing of it is left in the picture."""
    rows: list[Row] = [(f, (600 + 2.0 * f, 100, min(640, 640 + 2.0 * f), 220), 0.8) for f in range(0, 11, 5)]
    tracks = tracked(found_of(*rows), clip_of(80), NO_CUTS, 15, 20, 25)
    assert tracks.frame.max() > 20
    assert tracks.xyxy[:, 2].max() <= 640


def test_two_who_pass_each_other_closely_are_not_joined_wrongly() -> None:
    """Where either answer is as good the tracks end and new ones begin."""
    there = walk(range(0, 41, 5), 100, 4)
    back: list[Row] = [(f, (260 - 4.0 * f, 100, 300 - 4.0 * f, 220), 0.8) for f in range(0, 41, 5)]
    tracks = tracked(found_of(*there, *back), clip_of(41))
    for number in range(len(tracks)):
        rows = tracks.rows(number)
        seen = tracks.origin[rows] == Origin.SEEN
        left = tracks.xyxy[rows][seen][:, 0]
        steps = np.diff(left)
        assert (steps > 0).all() or (steps < 0).all()


def test_a_cut_ends_every_track() -> None:
    """What stands at the same place after a hard cut is someone else, and no box reaches over the cut."""
    tracks = tracked(found_of(*walk(range(0, 41, 5), 100, 0)), clip_of(41), np.array([20], np.int32))
    assert len(tracks) == 2
    first, second = tracks.frame[tracks.rows(0)], tracks.frame[tracks.rows(1)]
    assert first.max() == 19
    assert second.min() == 20


def test_kinds_are_never_joined() -> None:
    """A face and a body at one place are two tracks."""
    both = Detections.concat([found_of((0, (0, 0, 40, 40), 0.9)), found_of((0, (0, 0, 40, 40), 0.9), kind=Kind.FACE)])
    assert sorted(tracked(both, clip_of(1)).kind.tolist()) == [Kind.PERSON, Kind.FACE]


FRAMES = 40
sighting = st.tuples(
    st.integers(0, FRAMES - 1),
    st.integers(0, 600),
    st.integers(0, 300),
    st.integers(4, 200),
    st.integers(4, 200),
    st.floats(0.125, 1, width=32),
    st.sampled_from(list(Kind)),
)


@given(st.lists(sighting, max_size=40), st.sets(st.integers(1, FRAMES - 1), max_size=2))
def test_every_finding_is_a_seen_row_of_one_track(rows: list[tuple[int, ...]], cuts: set[int]) -> None:
    """Whatever was found is in the tracks as it was, once; rows are in order, inside the picture, and within a shot."""
    rows.sort(key=lambda row: row[0])
    found = Detections(
        np.array([row[0] for row in rows], np.int32),
        np.array([(x, y, min(x + w, 640), min(y + h, 360)) for _, x, y, w, h, *_ in rows], np.float32).reshape(-1, 4),
        np.array([row[5] for row in rows], np.float32),
        np.array([row[6] for row in rows], np.uint8),
    )
    edges = np.array(sorted(cuts), np.int32)
    tracks = tracked(found, clip_of(FRAMES), edges, 0, FRAMES - 1)
    seen = tracks.origin == Origin.SEEN
    kinds = tracks.kind[tracks.track]

    rows_seen = np.column_stack([tracks.frame[seen], tracks.xyxy[seen], tracks.score[seen], kinds[seen]])
    rows_found = np.column_stack([found.frame, found.xyxy, found.score, found.kind])
    assert sorted(rows_seen.tolist()) == sorted(rows_found.tolist())
    for number in range(len(tracks)):
        frames = tracks.frame[tracks.rows(number)]
        assert (np.diff(frames) > 0).all()
        assert len(np.unique(np.searchsorted(edges, frames, "right"))) == 1
    assert (tracks.xyxy >= 0).all()
    assert (tracks.xyxy <= [640, 360, 640, 360]).all()
