"""Every frame of a track from its sightings, whatever they are: what is between, and what comes before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from clips import clip_of
from hypothesis import given
from hypothesis import strategies as st

from redact.records.boxes import area
from redact.records.kinds import Kind, Origin
from redact.records.tracks import Detections
from redact.track.interpolate import Doubt, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from redact.track.interpolate import Rows

FRAMES = 100
CLIP = clip_of(640, 360, frames=FRAMES)
NO_CUTS = np.zeros(0, np.int32)
EVERY = np.arange(0, FRAMES, 5, dtype=np.int32)
Box = tuple[float, float, float, float]
HERE: Box = (300, 100, 340, 200)


def sightings(places: Mapping[int, Box], score: float = 0.3) -> Detections:
    """Somebody found at PLACES, by frame."""
    frames = sorted(places)
    return Detections(
        np.array(frames, np.int32),
        np.array([places[frame] for frame in frames], np.float32),
        np.full(len(frames), score, np.float32),
        np.full(len(frames), Kind.PERSON, np.uint8),
    )


def walks(step: float, *frames: int) -> dict[int, Box]:
    """Somebody who goes STEP px a frame to the right, found on FRAMES."""
    return {frame: (300 + step * frame, 100, 340 + step * frame, 200) for frame in frames}


def row(rows: Rows, frame: int) -> NDArray[np.float32]:
    """The box of ROWS on FRAME."""
    (box,) = rows.xyxy[rows.frame == frame]
    return np.asarray(box)


def test_between_sightings_the_box_is_on_the_way_and_larger_the_longer_nobody_looked() -> None:
    """Sightings stand as they were found; what is filled in holds the place between them."""
    rows = rows_of(sightings(walks(2, 10, 30)), CLIP, EVERY, NO_CUTS)
    assert np.array_equal(row(rows, 10), (320, 100, 360, 200))
    assert np.array_equal(row(rows, 30), (360, 100, 400, 200))
    wide = []
    for frame in range(11, 21):
        left, top, right, bottom = row(rows, frame)
        assert (left < 300 + 2 * frame, right > 340 + 2 * frame, top < 100, bottom > 200) == (True,) * 4
        assert (left + right) / 2 == pytest.approx(320 + 2 * frame, abs=1e-3)
        wide.append(right - left)
    assert (np.diff(wide) > 0).all()
    assert set(rows.origin[(rows.frame > 10) & (rows.frame < 30)].tolist()) == {Origin.FILLED}


def test_beyond_its_ends_the_box_goes_on_as_it_went() -> None:
    """Before the first sighting as after the last."""
    rows = rows_of(sightings(walks(2, 40, 45, 50)), CLIP, np.arange(FRAMES, dtype=np.int32), NO_CUTS)
    for frame in (int(rows.frame[0]), int(rows.frame[-1])):
        left, _, right, _ = row(rows, frame)
        assert (left + right) / 2 == pytest.approx(320 + 2 * frame, abs=1e-3)
        assert rows.origin[rows.frame == frame].tolist() == [Origin.EXTENDED]


@pytest.mark.parametrize(("places", "score", "reach"), [({50: HERE}, 0.9, 8), (walks(0, 48, 49, 50), 0.9, 20)])
def test_who_was_seen_well_is_carried_on_for_longer(places: dict[int, Box], score: float, reach: int) -> None:
    """A third of a second for one sighting, four fifths for several good ones, at 25 frames a second."""
    rows = rows_of(sightings(places, score), CLIP, np.arange(FRAMES, dtype=np.int32), NO_CUTS)
    assert int(rows.frame[-1]) - 50 in {reach - 1, reach}  # seconds are rounded


def test_a_track_goes_on_to_the_next_look_that_could_have_found_it() -> None:
    """On the frames before it nobody looked, so that nobody knows; on that look it was not there."""
    rows = rows_of(sightings({50: HERE}), CLIP, np.array([10, 50, 95], np.int32), NO_CUTS)
    assert rows.frame.tolist() == list(range(11, 95))


@pytest.mark.parametrize("end", ["first", "last"])
def test_nothing_is_carried_over_a_cut(end: str) -> None:
    """Before it and after it are two scenes."""
    rows = rows_of(sightings({50: HERE}), CLIP, np.array([50], np.int32), np.array([48, 53], np.int32))
    assert rows.frame[0 if end == "first" else -1] == (48 if end == "first" else 52)


def test_who_is_on_the_way_out_is_followed_out_and_who_stands_at_the_edge_is_not() -> None:
    """One goes for up to a second and a half, the other for a third of a second."""
    looks = np.arange(FRAMES, dtype=np.int32)
    out = {f: (560 + 2.0 * f, 100.0, min(640.0, 620 + 2.0 * f), 220.0) for f in (10, 12)}
    assert rows_of(sightings(out), CLIP, looks, NO_CUTS).frame[-1] > 12 + 8
    still = dict.fromkeys((10, 12), (584.0, 100.0, 640.0, 220.0))
    assert rows_of(sightings(still), CLIP, looks, NO_CUTS).frame[-1] == 12 + 8


def test_an_end_in_doubt_goes_no_further_than_those_it_may_be() -> None:
    """Whoever it is, they were seen on those frames and are hidden there as they are."""
    looks = np.arange(FRAMES, dtype=np.int32)
    rows = rows_of(sightings({50: HERE}), CLIP, looks, NO_CUTS, Doubt(begins=46, ends=54))
    assert rows.frame.tolist() == list(range(47, 54))
    sure = rows_of(sightings({50: HERE}), CLIP, looks, NO_CUTS, Doubt())
    assert sure.frame.tolist() == [49, 50, 51]


@given(
    st.dictionaries(
        st.integers(0, FRAMES - 1),
        st.tuples(*(st.floats(low, high, width=32) for low, high in ((0, 600), (0, 320), (4, 300), (4, 300)))),
        min_size=1,
        max_size=8,
    ),
    st.floats(0.0625, 1, width=32),
    st.sets(st.integers(0, FRAMES - 1), max_size=8),
)
def test_whatever_was_seen_no_frame_is_left_out_between(found: dict[int, Box], score: float, looks: set[int]) -> None:
    """Sightings are in it as they were, frames follow each other up to where it left, and boxes lie in the picture."""
    places = {f: (x, y, min(x + w, 640.0), min(y + h, 360.0)) for f, (x, y, w, h) in found.items()}
    seen = sightings(places, score)
    rows = rows_of(seen, CLIP, np.union1d(seen.frame, sorted(looks)).astype(np.int32), NO_CUTS)
    assert rows.frame.dtype == np.int32
    within = rows.frame[(rows.frame >= seen.frame[0]) & (rows.frame <= seen.frame[-1])]
    assert within.tolist() == list(range(seen.frame[0], seen.frame[-1] + 1))
    assert (np.diff(rows.frame) > 0).all()
    known = rows.origin == Origin.SEEN
    assert np.array_equal(rows.frame[known], seen.frame)
    assert np.array_equal(rows.xyxy[known], seen.xyxy)
    assert (rows.xyxy >= 0).all()
    assert (rows.xyxy <= [640, 360, 640, 360]).all()
    assert (area(rows.xyxy) > 0).all()
