"""Whether the footage provided is the footage asked for, on ordinary days and on those when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.governance.rules.completeness import Recording, Span, Window, completeness, gaps

UK = ZoneInfo("Europe/London")
SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)


def at(text: str, day: str = "2026-03-02") -> datetime:
    """TEXT on DAY, without a zone."""
    return datetime.fromisoformat(f"{day}T{text}")


def clip(starts: str | datetime | None, duration_s: float, **more: object) -> Recording:
    """A clip of camera 4, whose clock was compared."""
    known = at(starts) if isinstance(starts, str) else starts
    settings = {"name": "a.mp4", "camera": "4", "clock_offset_s": 0.0} | more
    return Recording(starts=known, duration_s=duration_s, **settings)  # type: ignore[arg-type]


def window(start: str, end: str, day: str = "2026-03-02") -> Window:
    """What was asked of camera 4."""
    return Window("4", at(start, day), at(end, day))


ASKED = window("14:00:00", "14:59:58")


def said(asked: Window, *clips: Recording) -> str:
    """The sentence on ASKED."""
    return completeness([asked], clips).cameras[0].sentence


# ---- one camera, one window


def test_no_clip_is_nothing_provided() -> None:
    """What was asked is missing, all of it."""
    found = completeness([ASKED], [])
    assert not found.whole
    assert found.sentences == (
        "Camera 4, 2 March 2026: 14:00:00 to 14:59:58 asked; nothing provided; 59 min 58 s missing.",
    )


def test_one_clip_that_covers_it_is_whole() -> None:
    """And more than was asked does not count."""
    found = completeness([ASKED], [clip("13:50:00", 7200)])
    assert found.whole
    assert found.cameras[0].covered == (ASKED.span,)
    assert found.sentences == (
        "Camera 4, 2 March 2026: 14:00:00 to 14:59:58 asked; 14:00:00 to 14:59:58 provided; nothing is missing.",
        "a.mp4: the recorder's clock was compared and right.",
    )


def test_a_break_between_two_clips_is_told() -> None:
    """From when to when there is footage, and how much is missing."""
    found = completeness([ASKED], [clip("14:31:02", 3600), clip("13:59:00", 1810)])
    assert not found.whole
    assert found.cameras[0].sentence == (
        "Camera 4, 2 March 2026: 14:00:00 to 14:59:58 asked; 14:00:00 to 14:29:10 and 14:31:02 to 14:59:58 provided;"
        " 1 min 52 s missing."
    )


def test_a_break_inside_a_clip_is_a_break() -> None:
    """A file that runs on is not footage that does."""
    broken = clip("14:00:00", 3600, gaps=((1750.0, 1862.0),))
    assert "14:00:00 to 14:29:10 and 14:31:02 to 14:59:58 provided; 1 min 52 s missing." in said(ASKED, broken)


def test_the_joint_of_two_files_is_no_break() -> None:
    """A recorder loses a fraction of a second between files; it is counted and told, and the footage is whole."""
    found = completeness([ASKED], [clip("14:00:00", 1799.6), clip("14:30:00", 1798)])
    assert found.whole
    assert found.cameras[0].gaps[0].length == timedelta(seconds=0.4)
    assert "14:00:00 to 14:59:58 provided, with 1 break of a second or less; nothing is missing." in found.sentences[0]


def test_many_joints_are_breaks() -> None:
    """A film of holes is not whole, however small each is."""
    pieces = [clip(at("14:00:00") + second * SECOND, 0.5) for second in range(3600)]
    found = completeness([ASKED], pieces)
    assert not found.whole
    assert "less than a second provided; 29 min 59 s missing." in found.sentences[0]


def test_a_moment_of_which_there_is_nothing_is_missing() -> None:
    """However short what was asked is."""
    asked = window("14:00:00", "14:00:01")
    assert not completeness([asked], []).whole
    assert "nothing provided; 1 s missing" in said(asked)


def test_what_two_clips_show_is_counted_once_and_told() -> None:
    """An overlap fills no gap elsewhere."""
    found = completeness([ASKED], [clip("14:00:00", 1800), clip("14:20:00", 1800)])
    assert "14:00:00 to 14:50:00 provided; 9 min 58 s missing." in found.sentences[0]
    assert "Camera 4, 2 March 2026: 14:20:00 to 14:30:00 is in more than one clip." in found.notes


def test_many_spans_are_not_all_named() -> None:
    """A sentence stays a sentence."""
    pieces = [clip(at("14:00:00") + 60 * minute * SECOND, 30) for minute in range(40)]
    assert "14:11:00 to 14:11:30 and 28 more spans provided" in said(ASKED, *pieces)


def test_another_camera_covers_nothing() -> None:
    """And footage that nobody asked for is pointed out: it should not be disclosed."""
    found = completeness([ASKED], [clip("14:00:00", 3600, camera="Entrance", name="b.mp4")])
    assert not found.cameras[0].covered
    assert "b.mp4 is of Entrance, of which nothing was asked." in found.notes
    outside = completeness([ASKED], [clip("15:00:00", 60)])
    assert "a.mp4 lies outside what was asked of Camera 4." in outside.notes


def test_two_windows_of_one_camera_are_held_apart() -> None:
    """What covers the one does not cover the other."""
    found = completeness([ASKED, window("18:00:00", "19:00:00")], [clip("14:00:00", 3600)])
    assert [bool(one.missing) for one in found.cameras] == [False, True]
    assert not found.whole
    assert not [note for note in found.notes if "outside" in note]


def test_nothing_asked_is_not_whole() -> None:
    """Where no one wrote down what was asked, nobody can say that it is all there."""
    found = completeness([], [clip("14:00:00", 3600)])
    assert not found.whole
    assert "No camera and time are on record" in found.sentences[0]


# ---- what is not known


def test_a_clip_whose_start_is_not_known_covers_nothing() -> None:
    """It is said to be unknown, never assumed to fit."""
    found = completeness([ASKED], [clip(None, 3598)])
    assert not found.whole
    assert found.notes == ("When a.mp4 (59 min 58 s) starts is not known, so it covers nothing of what was asked.",)


def test_lost_frames_are_not_whole() -> None:
    """What could not be decoded is missing, though its second is there."""
    found = completeness([ASKED], [clip("14:00:00", 3600, lost_frames=1)])
    assert not found.whole
    assert "1 frame of a.mp4 could not be decoded." in found.notes


def test_a_clock_that_was_fast_is_put_right() -> None:
    """Two minutes fast: what it calls 14:02 was 14:00."""
    found = completeness([ASKED], [clip("14:02:05", 3600, clock_offset_s=125.0)])
    assert found.cameras[0].covered == (ASKED.span,)
    assert "a.mp4: the recorder's clock was 2 min 5 s fast; this is corrected." in found.notes
    slow = completeness([ASKED], [clip("14:00:00", 3600, clock_offset_s=-60.0)])
    assert "14:01:00 to 14:59:58 provided; 1 min missing." in slow.sentences[0]
    assert "a.mp4: the recorder's clock was 1 min slow; this is corrected." in slow.notes


def test_a_clock_that_nobody_compared_is_told() -> None:
    """Its times are taken as they are, and the report says so."""
    assert "nobody compared" in completeness([ASKED], [clip("14:00:00", 3600, clock_offset_s=None)]).notes[0]


# ---- summer and winter


def test_summer_time_is_the_time_people_asked_for() -> None:
    """A file's UTC is an hour behind the clock on the wall."""
    asked = window("14:00:00", "15:00:00", "2026-07-01")
    assert completeness([asked], [clip(datetime(2026, 7, 1, 13, 0, tzinfo=UTC), 3600)]).whole
    assert not completeness([asked], [clip(datetime(2026, 7, 1, 14, 0, tzinfo=UTC), 3600)]).cameras[0].covered


def test_the_night_with_an_hour_twice_is_asked_for_in_full() -> None:
    """From 1 to 2 when the clocks go back is two hours, and one of them is not enough."""
    asked = window("01:00:00", "01:59:59", "2026-10-25")
    half = clip(datetime(2026, 10, 25, 0, 0, tzinfo=UTC), 3600)
    assert said(asked, half) == (
        "Camera 4, 25 October 2026: 01:00:00 BST to 01:59:59 GMT asked; 01:00:00 BST to 01:00:00 GMT provided;"
        " 59 min 59 s missing."
    )


def test_a_clip_that_starts_in_the_hour_that_comes_twice_is_not_placed() -> None:
    """Unless its zone is given as well."""
    asked = window("00:00:00", "04:00:00", "2026-10-25")
    doubtful = completeness([asked], [clip(at("01:30:00", "2026-10-25"), 60)])
    assert not doubtful.cameras[0].covered
    assert "starts at 01:30:00 by its clock, in a night on which the clocks changed" in doubtful.notes[0]
    for fold in (0, 1):
        placed = completeness([asked], [clip(datetime(2026, 10, 25, 1, 30, tzinfo=UK, fold=fold), 60)])
        assert placed.cameras[0].covered[0].start == datetime(2026, 10, 25, fold, 30, tzinfo=UTC)


def test_the_night_that_lacks_an_hour_is_an_hour_shorter() -> None:
    """From midnight to 3 when the clocks go forward is two hours."""
    asked = window("00:00:00", "03:00:00", "2026-03-29")
    assert asked.span.length == timedelta(hours=2)
    assert completeness([asked], [clip(at("00:00:00", "2026-03-29"), 7200)]).whole
    nowhere = completeness([asked], [clip(at("01:30:00", "2026-03-29"), 7200)])
    assert not nowhere.cameras[0].covered


def test_what_runs_past_midnight_carries_its_dates() -> None:
    """A time without a day would be in doubt."""
    asked = Window("Back stairs", at("23:00:00"), at("01:00:00", "2026-03-03"))
    late = clip("23:30:00", 1800, camera="Back stairs")
    assert said(asked, late).startswith(
        "Back stairs: 2 March 2026 23:00:00 to 3 March 2026 01:00:00 asked;"
        " 2 March 2026 23:30:00 to 3 March 2026 00:00:00 provided; 1 h 30 min missing."
    )


# ---- what cannot be


@pytest.mark.parametrize(("start", "end"), [("14:00:00", "14:00:00"), ("14:00:01", "14:00:00")])
def test_a_window_ends_after_it_begins(start: str, end: str) -> None:
    """An empty one would be whole whatever is provided."""
    with pytest.raises(ValueError, match="must end after it begins"):
        window(start, end)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -1.0, 1e15])
def test_a_clip_has_a_length(wrong: float) -> None:
    """A damaged header does not become footage."""
    with pytest.raises(ValueError, match="cannot have a time"):
        clip("14:00:00", wrong)
    with pytest.raises(ValueError, match="cannot have a time"):
        clip("14:00:00", 60, gaps=((0.0, wrong),))
    with pytest.raises(ValueError, match="a clock cannot be"):
        clip("14:00:00", 60, clock_offset_s=-1e15 if wrong == -1 else wrong)


# ---- anything at all

MOMENTS = st.datetimes(datetime(2026, 3, 28), datetime(2026, 3, 30)) | st.datetimes(  # noqa: DTZ001  civil times
    datetime(2026, 10, 24),  # noqa: DTZ001
    datetime(2026, 10, 26),  # noqa: DTZ001
)
LENGTHS = st.floats(0, 90_000)
CLIPS = st.lists(
    st.builds(
        clip,
        st.none() | MOMENTS | MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC)),
        LENGTHS,
        gaps=st.lists(st.tuples(LENGTHS, LENGTHS), max_size=3).map(tuple),
        clock_offset_s=st.none() | st.floats(-4000, 4000),
        lost_frames=st.integers(0, 1),
    ),
    max_size=5,
)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Windows of camera 4 around the changes of the clocks."""
    start = draw(MOMENTS)
    return Window("4", start, start + timedelta(seconds=draw(st.floats(7300, 90_000))))


def total(spans: tuple[Span, ...]) -> timedelta:
    """The sum of their lengths."""
    return sum((span.length for span in spans), timedelta(0))


@given(windows(), CLIPS)
def test_covered_and_gaps_make_what_was_asked(asked: Window, clips: list[Recording]) -> None:
    """Laid end to end they are the window, and neither touches its own kind: nothing is lost or counted twice."""
    found = completeness([asked], clips).cameras[0]
    ends = sorted([*found.covered, *found.gaps])
    assert (ends[0].start, ends[-1].end) == (asked.span.start, asked.span.end)
    assert all(before.end == after.start for before, after in pairwise(ends))
    assert all((before in found.covered) != (after in found.covered) for before, after in pairwise(ends))
    assert total(found.covered) + total(found.gaps) == asked.span.length


@given(windows(), CLIPS, st.floats(0, 1))
def test_a_moment_is_covered_where_a_clip_shows_it(asked: Window, clips: list[Recording], share: float) -> None:
    """And overlaps where two do, whatever the zone, the breaks and the clock."""
    moment = asked.span.start + (asked.span.length - TICK) * share
    shown = sum(any(span.start <= moment < span.end for span in one.covers()) for one in clips)
    found = completeness([asked], clips).cameras[0]
    assert any(span.start <= moment < span.end for span in found.covered) == (shown >= 1)
    assert any(span.start <= moment < span.end for span in found.overlaps) == (shown >= 2)


@given(windows(), CLIPS)
def test_whole_means_that_nothing_much_is_missing(asked: Window, clips: list[Recording]) -> None:
    """The word agrees with the sentence, and each sentence is one."""
    found = completeness([asked], clips)
    lacking = total(found.cameras[0].gaps)
    assert not found.whole or lacking <= asked.span.length / 100
    assert ("nothing is missing" in found.sentences[0]) == (not found.cameras[0].missing)
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in found.sentences)


# ---- breaks inside a clip

BASE = Fraction(1, 90_000)


@pytest.mark.parametrize("count", [0, 1, 2, 250])
def test_an_even_clip_has_no_break(count: int) -> None:
    """Nor has one of a single frame, or of none."""
    assert gaps(np.arange(count, dtype=np.int64) * 3600, BASE, Fraction(25)) == ()


def test_a_break_begins_when_its_last_frame_is_over() -> None:
    """That frame is on screen for its own time."""
    pts = np.array([900_000, 903_600, 903_600 + 10 * 90_000, 903_600 + 10 * 90_000 + 3600], np.int64)
    assert gaps(pts, BASE, Fraction(25)) == ((0.08, 10.04),)


@pytest.mark.parametrize(("apart", "broken"), [(90_000, False), (90_001, True)])
def test_a_second_is_no_break_yet(apart: int, broken: bool) -> None:
    """To the tick."""
    assert bool(gaps(np.array([0, apart], np.int64), BASE, Fraction(25))) == broken


@pytest.mark.parametrize(("apart", "broken"), [(450_000, False), (450_001, True)])
def test_a_slow_camera_is_not_broken(apart: int, broken: bool) -> None:
    """At a frame a second, five seconds are no break yet."""
    assert bool(gaps(np.array([0, apart], np.int64), BASE, Fraction(1))) == broken


def test_a_clock_of_no_speed_is_refused() -> None:
    """Neither the rate nor the time base can be nought."""
    for base, rate in ((BASE, Fraction(0)), (Fraction(0), Fraction(25))):
        with pytest.raises(ValueError, match="above 0"):
            gaps(np.zeros(2, np.int64), base, rate)


@given(st.lists(st.integers(1, 500_000), min_size=1, max_size=30), st.fractions(Fraction(1, 10), 120))
def test_every_break_lies_between_two_frames(steps: list[int], rate: Fraction) -> None:
    """And there are as many as there are steps of more than a second and five frames."""
    pts = np.cumsum([7, *steps]).astype(np.int64)
    found = gaps(pts, BASE, rate)
    limit = max(Fraction(1), 5 / rate)
    assert len(found) == len([step for step in steps if step * BASE > limit])
    assert all(0 < start < end <= float((pts[-1] - pts[0]) * BASE) for start, end in found)
