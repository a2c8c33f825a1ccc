"""Tracks: what was found joined through time, nothing of it lost, doubt split, gaps filled and ends carried on."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.records.clip import Clip, Color
from redact.records.kinds import Kind, Origin
from redact.records.orientation import UPRIGHT
from redact.records.tracks import Detections, Tracks
from redact.track.associate import LOST_LOOKS, LOST_S, track
from redact.track.interpolate import FADE_S, FIRM_FADE_S, LEAVE_S, LOOKS, Doubt, rows_of

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
        orientation=UPRIGHT,
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
    assert tracks.frame.tolist() == list(range(len(tracks.frame)))
    assert (np.diff(tracks.xyxy[:, 0]) > 0).all()
    assert tracks.xyxy[:, 2].tolist() == [640] * len(tracks.frame)
    assert 636 < tracks.xyxy[-1, 0] < 640  # of 40 px hardly any are left, and the clip goes on


def test_two_who_pass_each_other_closely_are_not_joined_wrongly() -> None:
    """Where either answer is as good the tracks end and new ones begin; up to there and from there on each is one."""
    there = walk(range(0, 41, 5), 100, 4)
    back: list[Row] = [(f, (260 - 4.0 * f, 100, 300 - 4.0 * f, 220), 0.8) for f in range(0, 41, 5)]
    tracks = tracked(found_of(*sorted([*there, *back])), clip_of(41))
    seen = []
    for number in range(len(tracks)):
        rows = tracks.rows(number)
        known = tracks.origin[rows] == Origin.SEEN
        seen.append((tracks.frame[rows][known].tolist(), tracks.xyxy[rows][known][:, 0].tolist()))
    before, after = [0, 5, 10, 15], [25, 30, 35, 40]
    assert sorted(seen) == [
        (before, [100, 120, 140, 160]),
        (before, [260, 240, 220, 200]),
        ([20], [180]),
        ([20], [180]),
        (after, [160, 140, 120, 100]),
        (after, [200, 220, 240, 260]),
    ]


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


def looks_every(step: int, end: int = 201) -> NDArray[np.int32]:
    """A look every STEP frames."""
    return np.arange(0, end, step, dtype=np.int32)


def standing(score: float, *frames: int, size: float = 120, left: float = 300) -> Detections:
    """Someone who stands still, SIZE px each way, and is found on FRAMES."""
    return found_of(*((frame, (left, 100.0, left + size, 100.0 + size), score) for frame in frames))


SEEN_WELL, SEEN_ONCE = (0.8, 3), (0.3, 1)


@pytest.mark.parametrize(("score", "count"), [SEEN_ONCE, SEEN_WELL])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_where_looks_are_dense_a_track_ends_by_the_looks_that_missed_it(score: float, count: int, step: int) -> None:
    """Two that do not find it, four where it was seen well: then it has gone, though a moment ago it was there."""
    frames = range(120 - (count - 1) * step, 121, step)
    tracks = track(standing(score, *frames), clip_of(201), looks_every(step), NO_CUTS, closely=True)
    missed = LOOKS[count > 1] * step
    assert (tracks.frame.min(), tracks.frame.max()) == (frames[0] - missed + 1, 120 + missed - 1)
    assert missed / 25 < (FIRM_FADE_S if count > 1 else FADE_S)


@pytest.mark.parametrize(
    ("seen", "step", "first", "last"),
    [
        (SEEN_ONCE, 10, 111, 129),
        (SEEN_ONCE, 60, 61, 179),
        (SEEN_WELL, 10, 81, 139),
        (SEEN_WELL, 30, 31, 149),
    ],
)
def test_where_looks_are_sparse_a_track_goes_on_by_time(
    seen: tuple[float, int], step: int, first: int, last: int
) -> None:
    """For as long as it fades, and on every frame up to the next look, since nobody looked there."""
    score, count = seen
    frames = range(120 - (count - 1) * step, 121, step)
    tracks = track(standing(score, *frames), clip_of(201, rate=24), looks_every(step), NO_CUTS)
    assert len(tracks) == 1
    assert (tracks.frame.min(), tracks.frame.max()) == (first, last)


@pytest.mark.parametrize("step", [1, 3, 8])
@pytest.mark.parametrize(("score", "missed", "tracks"), [
    (0.3, LOST_LOOKS[0] - 1, 1), (0.3, LOST_LOOKS[0], 2), (0.8, LOST_LOOKS[1] - 1, 1), (0.8, LOST_LOOKS[1], 2),
])  # fmt: skip
def test_what_enough_looks_did_not_find_is_another_when_it_is_found_again(
    score: float, missed: int, tracks: int, step: int
) -> None:
    """Five looks where it was never surely found, ten where it was, however close together they are."""
    again = (missed + 1) * step
    found = standing(score, 0, again)
    assert len(track(found, clip_of(201), looks_every(step), NO_CUTS, closely=True)) == tracks
    assert len(track(found, clip_of(201), looks_every(step), NO_CUTS)) == 1


def test_what_is_small_is_not_lost_by_looks() -> None:
    """Most of them could not have found it."""
    found = standing(0.3, 0, 3 * LOST_LOOKS[1], size=20)
    assert len(track(found, clip_of(201), looks_every(1), NO_CUTS, closely=True)) == 1


def test_one_sure_sighting_is_enough_to_wait_longer() -> None:
    """It is what was found once that counts, not what was found last."""
    found = Detections.concat([standing(0.8, 0), standing(0.3, 1, 9)])
    assert len(track(found, clip_of(50), looks_every(1, 50), NO_CUTS, closely=True)) == 1
    assert len(track(standing(0.3, 0, 1, 9), clip_of(50), looks_every(1, 50), NO_CUTS, closely=True)) == 2


def test_where_looks_are_sparse_a_track_is_lost_by_time() -> None:
    """After five seconds it is another, although only a few looks missed it."""
    within, after = (int(LOST_S * 25) // 25 * 25 + more for more in (0, 25))
    assert len(track(standing(0.8, 0, within), clip_of(201), looks_every(25), NO_CUTS)) == 1
    assert len(track(standing(0.8, 0, after), clip_of(201), looks_every(25), NO_CUTS)) == 2


FINE = looks_every(10)


def test_what_is_small_and_only_closer_looks_see_goes_on_to_the_next_of_them() -> None:
    """The looks between could not have found it, so that they did not means nothing."""
    for closely in (False, True):
        tracks = track(standing(0.3, 100, size=20), clip_of(201), looks_every(2), NO_CUTS, FINE, closely=closely)
        assert tracks.frame.min() <= 91
        assert tracks.frame.max() >= 109


def test_what_is_large_ends_by_every_look_though_closer_ones_found_it() -> None:
    """Others would have found it just as well."""
    tracks = track(standing(0.3, 100), clip_of(201), looks_every(2), NO_CUTS, FINE, closely=True)
    assert tracks.frame.tolist() == list(range(97, 104))


def test_without_closer_looks_every_look_is_as_good() -> None:
    """Where no network takes them, small things end as large ones do."""
    tracks = track(standing(0.3, 100, size=20), clip_of(201), looks_every(2), NO_CUTS, closely=True)
    assert tracks.frame.tolist() == list(range(97, 104))


def test_a_track_that_splits_in_doubt_reaches_no_further_than_the_other_part_was_seen() -> None:
    """From there on it is one of those found then; and what begins there was, before, the one that was found."""
    one = standing(0.8, 100, 105, 110)
    two = Detections.concat([standing(0.8, 115, left=290), standing(0.8, 115, left=311)])
    tracks = track(Detections.concat([one, two]), clip_of(201), looks_every(5), NO_CUTS, closely=True)
    assert len(tracks) == 3
    parts = [tracks.frame[tracks.rows(number)] for number in range(3)]
    lefts = [
        tracks.xyxy[tracks.rows(number)][tracks.origin[tracks.rows(number)] == Origin.SEEN][0, 0] for number in range(3)
    ]
    before, after = parts[lefts.index(300)], parts[lefts.index(290)]
    assert before.max() == 114
    assert after.min() == 111


def test_looks_that_missed_both_leave_no_hole_where_a_track_splits_in_doubt() -> None:
    """Each part is carried over the looks between, up to the other."""
    two = Detections.concat([standing(0.8, 125, left=290), standing(0.8, 125, left=311)])
    found = Detections.concat([standing(0.8, 100, 105, 110), two])
    tracks = track(found, clip_of(201), looks_every(5), NO_CUTS, closely=True)
    assert len(tracks) == 3
    assert set(range(100, 126)) <= set(tracks.frame[tracks.rows(0)].tolist()) | {125}
    assert min(int(tracks.frame[tracks.rows(number)].min()) for number in (1, 2)) == 111


LAST = 59
looked_frames = st.sets(st.integers(0, LAST), min_size=1).map(lambda frames: np.array(sorted(frames), np.int32))


@given(looked_frames, st.data(), st.floats(0.125, 1, width=32))
def test_an_end_reaches_the_next_look_and_passes_few_where_looks_are_close(
    looked: NDArray[np.int32], data: st.DataObject, score: float
) -> None:
    """Whenever looks are: on frames before the next one it is hidden, and enough that missed it are never passed."""
    seen = sorted(data.draw(st.sets(st.sampled_from(looked.tolist()), min_size=1)))
    found = standing(score, *seen)
    rows = rows_of(found, clip_of(LAST + 1), looked, NO_CUTS, Doubt())
    frames = rows.frame.tolist()
    assert frames == list(range(frames[0], frames[-1] + 1))
    assert set(seen) <= set(frames)
    early, late = looked[looked < seen[0]], looked[looked > seen[-1]]
    assert frames[0] <= (early[-1] + 1 if len(early) else 0)
    assert frames[-1] >= (late[0] - 1 if len(late) else LAST)
    missed_before, missed_after = (len(set(frames) & set(some.tolist())) for some in (early, late))
    assert max(missed_before, missed_after) < LOOKS[1]
    plain = rows_of(found, clip_of(LAST + 1), looked, NO_CUTS)
    assert set(frames) <= set(plain.frame.tolist())


def at_right_edge(step: float, frames: range, *, enters: bool) -> Detections:
    """Something 40 px wide that is at the right edge on the last of FRAMES, or the first where it ENTERS.

    It goes outward by STEP px a frame, or inward.
    """
    edge = frames[0] if enters else frames[-1]
    return found_of(*((f, (599 - step * abs(f - edge), 100.0, 639 - step * abs(f - edge), 140.0), 0.8) for f in frames))


@pytest.mark.parametrize(("step", "leaves"), [(0.0, False), (0.3, False), (0.6, True)])
def test_what_stands_at_the_edge_is_not_followed_out_of_the_picture(step: float, leaves: bool) -> None:
    """A parked car or a tremble of its box ends as anything else does; what goes outward goes on for longer."""
    out = track(at_right_edge(step, range(90, 101, 5), enters=False), clip_of(201), looks_every(5), NO_CUTS)
    assert (len(out), out.frame.max()) == (1, 100 + int(LEAVE_S * 25) if leaves else 120)
    into = track(at_right_edge(step, range(100, 111, 5), enters=True), clip_of(201), looks_every(5), NO_CUTS)
    assert (len(into), into.frame.min()) == (1, 100 - int(LEAVE_S * 25) if leaves else 80)


def test_what_moves_along_the_edge_or_away_from_it_does_not_leave() -> None:
    """At the edge, and fast: but not outward."""
    along = found_of(*((f, (599.0, 20.0 + 2 * (f - 90), 639.0, 60.0 + 2 * (f - 90)), 0.8) for f in range(90, 101, 5)))
    inward = found_of(*((f, (619.0 - (f - 90), 100.0, 640.0, 140.0), 0.8) for f in range(90, 101, 5)))
    for found in (along, inward):
        assert track(found, clip_of(201), looks_every(5), NO_CUTS).frame.max() == 120


def test_what_leaves_is_gone_at_the_next_cut_all_the_same() -> None:
    """Nothing is followed into another scene."""
    found = at_right_edge(0.6, range(90, 101, 5), enters=False)
    assert track(found, clip_of(201), looks_every(5), np.array([110], np.int32)).frame.max() == 109
