"""Records have the right shapes, or do not exist."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.records.clip import Clip, Color, Damage, Frame
from redact.records.kinds import Cover, Style
from redact.records.orientation import UPRIGHT
from redact.records.plan import MaskPlan
from redact.records.tracks import Detections, FrameBatch, Tracks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def detections(*frames: int) -> Detections:
    """One finding on each of FRAMES, its score telling its place."""
    n = len(frames)
    score = np.linspace(0, 1, n, dtype=np.float32)
    return Detections(np.array(frames, np.int32), np.zeros((n, 4), np.float32), score, np.zeros(n, np.uint8))


def clip(pts: NDArray[np.int64]) -> Clip:
    """A clip with frames at PTS."""
    return Clip(
        Path("a.mp4"),
        "0" * 64,
        1,
        4,
        2,
        UPRIGHT,
        Fraction(1),
        "yuv420p",
        Color(),
        Fraction(1, 50),
        pts,
        rate=Fraction(25),
    )


def tracks(start: list[int], rows: int = 3) -> Tracks:
    """ROWS rows cut into tracks at START."""
    zero = np.zeros(rows, np.float32)
    return Tracks(
        np.arange(rows, dtype=np.int32),
        np.zeros((rows, 4), np.float32),
        zero,
        np.zeros(rows, np.uint8),
        np.array(start, np.int64),
        np.zeros(len(start) - 1, np.uint8),
    )


def plan(start: list[int], boxes: int = 3) -> MaskPlan:
    """A plan of BOXES boxes, those of frame i from START[i] to START[i + 1]."""
    return MaskPlan(
        "0" * 64,
        Style.BLUR,
        Cover.BODY,
        (0, len(start) - 1),
        np.array(start, np.int64),
        np.arange(4 * boxes, dtype=np.int32).reshape(-1, 4),
        np.zeros(boxes, np.int32),
        np.zeros(boxes, np.uint8),
        np.zeros(boxes, np.uint8),
    )


def test_nothing_found_is_a_record() -> None:
    """No findings, no tracks, no boxes and no frames have shapes as well."""
    assert len(Detections.none()) == len(Detections.concat([])) == len(tracks([0], 0)) == 0
    assert len(clip(np.zeros(0, np.int64))) == 0
    assert plan([0, 0, 0], 0).boxes(1).shape == (0, 4)
    assert len(Damage().hidden) == 0


WRONG: dict[str, Callable[[], object]] = {
    "dtype": lambda: Detections(np.zeros(1, np.int64), *fields(1)),
    "length": lambda: Detections(np.zeros(2, np.int32), *fields(1)),
    "columns": lambda: Detections(np.zeros(1, np.int32), np.zeros((1, 3), np.float32), *fields(1)[1:]),
    "list": lambda: Detections([0], *fields(1)),  # type: ignore[arg-type]
    "colours": lambda: replace(detections(0), colours=np.zeros((2, 3), np.uint8)),
    "colours in one row": lambda: replace(detections(0), colours=np.zeros(1, np.uint8)),
    "colours as shares": lambda: replace(detections(0), colours=np.zeros((1, 3), np.float32)),
    "clip": lambda: clip(np.zeros((2, 1), np.int64)),
    "damage": lambda: Damage(np.zeros(1, np.float32)),
    "batch": lambda: FrameBatch(np.zeros(2, np.int32), np.zeros((1, 4, 4, 3), np.uint8), (1.0, 1.0)),
    "grey batch": lambda: FrameBatch(np.zeros(1, np.int32), np.zeros((1, 4, 4), np.uint8), (1.0, 1.0)),
}


def fields(n: int) -> tuple[Any, ...]:
    """Box, score and kind of N findings."""
    return np.zeros((n, 4), np.float32), np.zeros(n, np.float32), np.zeros(n, np.uint8)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_shape_never_gets_in(name: str) -> None:
    """The error names the record, the field, what was wanted and what came."""
    with pytest.raises(ValueError, match=r"\w+\.\w+ must be \w+ \(.*\), but is"):
        WRONG[name]()


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_a_box_that_is_no_number_never_gets_in(number: float) -> None:
    """Such a box would hide nothing, so the job stops."""
    box = np.array([[0, 0, number, 1]], np.float32)
    with pytest.raises(ValueError, match="must be finite"):
        Detections(np.zeros(1, np.int32), box, *fields(1)[1:])
    with pytest.raises(ValueError, match="must be finite"):
        Detections(np.zeros(1, np.int32), fields(1)[0], np.array([number], np.float32), fields(1)[2])
    zero = np.zeros(1, np.uint8)
    with pytest.raises(ValueError, match="must be finite"):
        Tracks(np.zeros(1, np.int32), box, np.zeros(1, np.float32), zero, np.array([0, 1]), zero)


def test_arrays_are_read_only() -> None:
    """A record does not change after it was checked."""
    found = detections(1, 2)
    with pytest.raises(ValueError, match="read-only"):
        found.xyxy[0, 0] = 1
    with pytest.raises(AttributeError):
        found.frame = np.zeros(0, np.int32)  # type: ignore[misc]


@pytest.mark.parametrize("pts", [[0, 0], [0, 2, 1]])
def test_time_runs_forwards(pts: list[int]) -> None:
    """A clip with a repeated or earlier time does not exist."""
    with pytest.raises(ValueError, match="strictly increasing"):
        clip(np.array(pts, np.int64))


def test_seconds_are_ticks_times_the_time_base() -> None:
    """For people."""
    assert clip(np.array([10, 35], np.int64)).seconds(1) == 0.7


@given(st.lists(st.lists(st.integers(0, 9)).map(sorted), max_size=4))
def test_joined_findings_are_in_frame_order_and_complete(parts: list[list[int]]) -> None:
    """Nothing is dropped, and what is on one frame stays in the order it came in."""
    records = [detections(*part) for part in parts]
    joined = Detections.concat(records)
    expected = sorted((frame, which, row) for which, part in enumerate(parts) for row, frame in enumerate(part))
    assert joined.frame.tolist() == [frame for frame, _, _ in expected]
    assert joined.score.tolist() == [records[which].score[row] for _, which, row in expected]


def test_findings_are_selected_by_mask_index_and_slice() -> None:
    """Every field follows."""
    found = detections(4, 5, 6)
    assert found[found.frame > 4].frame.tolist() == [5, 6]
    assert found[np.array([2, 0])].frame.tolist() == [6, 4]
    assert found[:1].score.tolist() == [0]


def coloured(count: int, wide: int = 3, first: int = 1) -> Detections:
    """COUNT findings of which each looks like no other, from FIRST on, in WIDE numbers."""
    colours = np.arange(first, first + count, dtype=np.uint8)[:, None].repeat(wide, axis=1)
    return replace(detections(*range(count)), colours=colours)


def test_what_findings_look_like_is_selected_with_them() -> None:
    """Where nothing is known of that, nothing is of some of them."""
    looks = coloured(3)[np.array([2, 0])].colours
    assert looks is not None
    assert looks.tolist() == [[3, 3, 3], [1, 1, 1]]
    assert detections(4, 5)[:1].colours is None
    none = coloured(3)[np.zeros(3, np.bool_)].colours
    assert none is not None
    assert none.shape == (0, 3)


def test_what_joined_findings_look_like_stays_with_each() -> None:
    """In the order of frames; zeros for those of whom it is not known; None where it is of nobody."""
    assert Detections.concat([detections(1), detections(0)]).colours is None
    assert Detections.concat([]).colours is None
    joined = Detections.concat([coloured(2), detections(0, 1), Detections.none(), coloured(1, first=9)])
    assert joined.frame.tolist() == [0, 0, 0, 1, 1]
    assert joined.colours is not None
    assert joined.colours.tolist() == [[1] * 3, [0] * 3, [9] * 3, [2] * 3, [0] * 3]


@given(st.lists(st.tuples(st.lists(st.integers(0, 9)).map(sorted), st.booleans()), max_size=4))
def test_every_finding_keeps_what_it_looks_like(parts: list[tuple[list[int], bool]]) -> None:
    """However findings are joined, and taken apart again."""
    records, known = [], 0
    for frames, looked in parts:
        some = detections(*frames)
        looks = np.arange(known + 1, known + 1 + len(frames), dtype=np.uint8)[:, None] if looked else None
        known += len(frames)
        records.append(Detections(some.frame, some.xyxy, some.score, some.kind, looks))
    joined = Detections.concat(records)
    expected = sorted(
        (frame, which, row, 0 if one.colours is None else int(one.colours[row, 0]))
        for which, one in enumerate(records)
        for row, frame in enumerate(one.frame.tolist())
    )
    if joined.colours is None:
        assert not any(looked for _, looked in parts)
    else:
        assert joined.colours.ravel().tolist() == [look for *_, look in expected]
        rows = np.arange(len(joined))[::-1]
        again = joined[rows].colours
        assert again is not None
        assert again.ravel().tolist() == [look for *_, look in reversed(expected)]


@pytest.mark.parametrize("start", [[0, 2], [1, 3], [0, 2, 1, 3]])
def test_rows_belong_to_one_track_each(start: list[int]) -> None:
    """Tracks and plans that leave out a row, or go back, do not exist."""
    with pytest.raises(ValueError, match="without going back"):
        tracks(start)
    with pytest.raises(ValueError, match="without going back"):
        plan(start)


def test_the_rows_of_a_track_are_found() -> None:
    """By number, and back."""
    two = tracks([0, 1, 3])
    assert len(two) == 2
    assert (two.rows(0), two.rows(1)) == (slice(0, 1), slice(1, 3))
    assert two.track.tolist() == [0, 1, 1]


def test_the_boxes_of_a_frame_are_found() -> None:
    """A frame may have none, one or many."""
    three = plan([0, 0, 1, 3])
    assert [three.boxes(index).tolist() for index in range(3)] == [
        [],
        [[0, 1, 2, 3]],
        [[4, 5, 6, 7], [8, 9, 10, 11]],
    ]


def test_a_frame_shows_its_shapes_and_never_its_pixels() -> None:
    """What may be logged gives nobody away."""
    frame = Frame(3, 40, [np.full((2, 4), 77, np.uint8)], None, damaged=True)
    assert repr(frame) == "Frame(3, pts=40, [(2, 4)], damaged=True)"


@given(st.lists(st.integers(0, 2**40), min_size=1, unique=True))
def test_times_are_those_of_the_frames_asked_for(ticks: list[int]) -> None:
    """All of them, or some in any order, each the same as for itself and as what people are told."""
    one = clip(np.array(sorted(ticks), np.int64))
    times = one.times_s()
    assert times.dtype == np.float64
    assert np.allclose(times, [one.seconds(index) for index in range(len(one))], rtol=1e-12)
    some = np.arange(len(one), dtype=np.int32)[::-2]
    assert np.array_equal(one.times_s(some), times[some])
    assert np.array_equal(one.times_s(slice(None, 1)), times[:1])
