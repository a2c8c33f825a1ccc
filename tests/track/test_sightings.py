"""What association sees of those found: every one of a kind, in order of time, but for shadows of surer ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from crowds import Body, body, scan_of, seen_of, walks
from hypothesis import given
from hypothesis import strategies as st
from trails import stands
from trails import tracks_of as by_hand

from redact.records.kinds import Kind
from redact.track.associate import tracks_of
from redact.track.sightings import best_scores, by_frame, sightings_of

HERE = (100.0, 100.0, 140.0, 220.0)


def test_of_nothing_found_there_are_no_sightings() -> None:
    """And no frames, and no scores."""
    seen = seen_of(scan_of())
    assert len(seen) == 0
    assert list(by_frame(seen.frame)) == []
    assert len(best_scores(by_hand())) == 0


def test_someone_is_sighted_on_each_frame_on_which_they_were_found() -> None:
    """Where and when that was, how high they are, and that nobody is in the way."""
    seen = seen_of(scan_of(walks(100, 5, range(10, 20), look=1)))
    assert seen.frame.tolist() == list(range(10, 20))
    assert np.allclose(seen.time, np.arange(10, 20) / 10)
    assert np.allclose(seen.centre, [(170 + 5 * step, 160) for step in range(10)])
    assert seen.size.tolist() == [120] * 10
    assert seen.alone.all()


def test_what_is_of_another_kind_is_left_to_its_own() -> None:
    """A face is no body; it moves as a body of about eight times its height does."""
    scan = scan_of(body(HERE), body((110, 105, 130, 125), kind=Kind.FACE))
    assert len(seen_of(scan)) == len(seen_of(scan, Kind.FACE)) == 100
    assert np.allclose(seen_of(scan, Kind.FACE).size, 3.9 * 20)


def test_sightings_after_a_cut_are_of_another_shot() -> None:
    """Shots are numbered from cut to cut."""
    assert seen_of(scan_of(body(HERE, range(6)), cuts=[2, 4])).shot.tolist() == [0, 0, 1, 1, 2, 2]


def test_the_shadow_of_a_surer_one_is_left_out() -> None:
    """A weaker box on or in another is the same body at another scale; beside it, or as sure, it is somebody."""
    sure, within, beside = body(HERE, [0]), body((105, 110, 135, 180), [0], score=0.3), body((200, 100, 240, 220), [0])
    assert len(seen_of(scan_of(sure, within, beside._replace(score=0.3)))) == 2
    assert len(seen_of(scan_of(sure, within._replace(score=0.7)))) == 2


def test_those_in_another_s_box_are_not_alone() -> None:
    """Their colours may be the other's; a box that only touches another is its own."""
    seen = seen_of(scan_of(body(HERE, [0]), body((120, 100, 160, 220), [0]), body((160, 100, 200, 220), [0])))
    assert dict(zip(seen.xyxy[:, 0].tolist(), seen.alone.tolist(), strict=True)) == {100: False, 120: False, 160: True}


def test_each_has_the_colours_that_were_noted_of_it() -> None:
    """Of two on a frame each its own; where none were noted there are none."""
    scan = scan_of(walks(100, 2, range(5), look=1), walks(400, 2, range(5), look=2))
    seen, found = seen_of(scan), scan.found
    assert found.colours is not None
    for row, frame in enumerate(seen.frame.tolist()):
        (mine,) = np.flatnonzero((found.frame == frame) & (found.xyxy == seen.xyxy[row]).all(axis=1))
        assert np.allclose(seen.colours[row], found.colours[mine] / 255)
    blank = seen_of(replace(scan, found=replace(found, colours=None)))
    assert not blank.colours.any()


def test_the_best_score_of_each_track_is_told() -> None:
    """However many rows it has."""
    tracks = by_hand(stands(HERE, range(3), score=0.25), stands(HERE, [0], score=0.5))
    assert best_scores(tracks).tolist() == [0.25, 0.5]


boxes = st.tuples(st.integers(0, 3), st.integers(0, 200), st.integers(0, 100), st.integers(8, 90), st.integers(8, 120))


@given(st.lists(st.tuples(boxes, st.sampled_from([0.15, 0.3, 0.5, 0.9])), max_size=12))
def test_only_shadows_are_left_out(rows: list[tuple[tuple[int, int, int, int, int], float]]) -> None:
    """Every row is there once, in order of time, but those that share px with a surer one on the same frame."""
    people = [Body({f: (x, y, x + w, y + h)}, score=score) for (f, x, y, w, h), score in rows]
    scan = scan_of(*people, frames=4)
    tracks = tracks_of(scan)
    given_rows = np.flatnonzero(tracks.origin == 0)
    seen = sightings_of(scan, tracks, given_rows, Kind.PERSON)
    assert (np.diff(seen.frame) >= 0).all()
    assert len(np.unique(seen.row)) == len(seen)
    assert np.concatenate([np.zeros(0, np.intp), *by_frame(seen.frame)]).tolist() == list(range(len(seen)))
    for row in np.setdiff1d(given_rows, seen.row).tolist():
        here = seen.row[(seen.frame == tracks.frame[row]) & (tracks.score[seen.row] > tracks.score[row])]
        low, high = tracks.xyxy[row, :2], tracks.xyxy[row, 2:]
        assert ((tracks.xyxy[here, :2] < high) & (tracks.xyxy[here, 2:] > low)).all(axis=1).any()
