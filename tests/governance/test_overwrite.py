"""Until when footage can be exported: held against a recorder that forgets second by second, and never too late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.governance.rules.completeness import Recording
from redact.governance.rules.overwrite import Deadline, Kept, Search, Standing, Wanted, deadlines

LONDON = ZoneInfo("Europe/London")
ONE, FOUR = "Camera 1", "Camera 4"
WINDOWS = {
    "in winter": ("2026-01-12T14:00:00", "2026-01-12T15:00:00"),
    "just after midnight": ("2026-06-10T00:00:00", "2026-06-10T00:20:00"),
    "just before midnight": ("2026-06-10T23:30:00", "2026-06-11T00:30:00"),
    "before summer time": ("2026-03-20T23:30:00", "2026-03-20T23:45:00"),
    "before winter time": ("2026-10-10T00:30:00", "2026-10-10T00:45:00"),
    "in the hour that comes twice": ("2026-10-25T01:30:00", "2026-10-25T01:40:00"),
    "over a leap day": ("2028-02-10T12:00:00", "2028-02-10T12:10:00"),
    "of two days": ("2026-05-01T08:00:00", "2026-05-03T08:00:00"),
}


def wanted(window: str, *cameras: str) -> Wanted:
    """Ask for WINDOW of CAMERAS."""
    start, end = map(datetime.fromisoformat, WINDOWS[window])
    return Wanted(cameras, start, end)


def still_there(first: datetime, moment: datetime, days: int) -> bool:
    """Tell whether a recorder that keeps so many times 86,400 seconds still has at MOMENT what it recorded FIRST."""
    return moment.timestamp() - first.timestamp() <= days * 86_400


def of_day(day: date) -> tuple[datetime, datetime]:
    """Give the first and the last second of DAY as a clock on the wall shows them."""
    first = datetime(day.year, day.month, day.day, tzinfo=LONDON)
    after = day + timedelta(1)
    midnight = datetime(after.year, after.month, after.day, tzinfo=LONDON)
    return first, midnight.astimezone(UTC) - timedelta(seconds=1)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("days", [1, 7, 14, 30, 31, 90])
def test_the_day_named_is_the_last_on_which_all_of_it_is_there(window: str, days: int) -> None:
    """Opened on any of the 40 days after, it is one and the same; afterwards nothing is said to be safe."""
    asked = wanted(window, FOUR)
    assert asked.start
    earliest = min(asked.start.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1))
    for opened in range(41):
        today = asked.start.date() + timedelta(opened)
        (found,) = deadlines(asked, (), (), Kept(30, {"camera 4": days}), today)
        assert found.last
        assert still_there(earliest, of_day(found.last)[1], days)
        assert not still_there(earliest, of_day(found.last + timedelta(1))[1], days)
        assert found.standing is (Standing.RUNS if today <= found.last else Standing.PASSED)
        if not still_there(earliest, of_day(today)[1], days):
            assert found.standing is Standing.PASSED
        assert list(found.sentences(today))


def test_a_day_of_thirty_is_told_in_words() -> None:
    """Before, on the day it begins to go, and after, when nothing is said to be gone."""
    said = {day: " ".join(one_of(FOUR, date(2026, 2, day)).sentences(date(2026, 2, day))) for day in (10, 11, 12)}
    assert "written over from Wednesday 11 February 2026, 14:00" in said[10]
    assert "The last whole day to export it is Tuesday 10 February 2026." in said[10]
    assert "goes from 14:00 today on: export it now" in said[11]
    assert "may be written over: try at once" in said[12]


def one_of(camera: str, today: date, **cameras: int) -> Deadline:
    """Say how it is with CAMERA in winter, by a register of CAMERAS."""
    names = {name.replace("_", " "): days for name, days in cameras.items()}
    (found,) = deadlines(wanted("in winter", camera), (), (), Kept(30, names), today)
    return found


def test_a_camera_is_known_however_it_is_spelt() -> None:
    """Capitals and spaces do not make another one."""
    assert one_of("CAMERA  4", date(2026, 1, 20), camera_4=7).days == 7


@pytest.mark.parametrize(("cameras", "days"), [({}, 30), ({"camera_1": 60}, 30), ({"camera_1": 7, "camera_2": 60}, 7)])
def test_of_a_camera_that_nobody_knows_the_shortest_time_counts(cameras: dict[str, int], days: int) -> None:
    """A slip in its name must not make it look safe, nor must one that was taken off the register."""
    found = one_of(FOUR, date(2026, 1, 20), **cameras)
    assert found.days == days
    assert found.known is not bool(cameras)
    assert any("not on the register of cameras" in one for one in found.sentences(date(2026, 1, 20))) is bool(cameras)


def test_where_no_camera_is_named_the_shortest_time_counts() -> None:
    """It may be any of them."""
    (found,) = deadlines(wanted("in winter"), (), (), Kept(30, {"camera 1": 7, "camera 4": 60}), date(2026, 1, 13))
    assert (found.days, found.last) == (7, date(2026, 1, 18))


def test_without_a_time_nothing_is_said_to_be_safe() -> None:
    """Nobody knows, until something is attached or searched for in vain."""
    asked = Wanted((FOUR,), None, None)
    (found,) = deadlines(asked, (), (), Kept(30, {}), date(2026, 1, 13))
    assert (found.standing, found.last, found.open) == (Standing.UNKNOWN, None, True)
    (found,) = deadlines(asked, (clip(FOUR, None),), (), Kept(30, {}), date(2026, 1, 13))
    assert (found.standing, found.measured) == (Standing.DONE, False)


def clip(camera: str, starts: str | None, minutes: float = 60, offset: float | None = None) -> Recording:
    """A clip of CAMERA that STARTS in the afternoon of the winter's day."""
    start = datetime.fromisoformat(f"2026-01-12T{starts}") if starts else None
    return Recording(name="cam.mp4", camera=camera, starts=start, duration_s=minutes * 60, clock_offset_s=offset)


@pytest.mark.parametrize(
    ("here", "last"),
    [
        ([clip(FOUR, "14:00:00")], None),
        ([clip(FOUR, "13:50:00", 90)], None),
        ([clip("", "14:00:00")], None),
        ([clip(FOUR, None)], None),
        ([clip(FOUR, "14:00:00", 30)], date(2026, 2, 10)),
        ([clip(FOUR, "14:00:00", 30), clip(FOUR, "14:30:00", 30)], None),
        ([clip(FOUR, "14:00:00", 60, offset=600.0)], date(2026, 2, 10)),
        ([clip(FOUR, "16:00:00")], date(2026, 2, 10)),
        ([clip(ONE, "14:00:00")], date(2026, 2, 10)),
    ],
)
def test_what_is_attached_counts_for_what_it_shows(here: list[Recording], last: date | None) -> None:
    """By a clock that is right; half of it, another hour or another camera leaves the day as it is."""
    (found,) = deadlines(wanted("in winter", FOUR), here, (), Kept(30, {}), date(2026, 1, 20))
    assert found.last == last
    assert found.open is (last is not None)


def test_of_two_cameras_each_has_its_own_day() -> None:
    """A clip of which nobody said the camera counts for neither of two."""
    asked = wanted("in winter", ONE, FOUR)
    here = [clip(ONE, "14:00:00"), clip("", None)]
    first, second = deadlines(asked, here, (), Kept(30, {"camera 1": 7, "camera 4": 14}), date(2026, 1, 13))
    assert (first.standing, second.standing, second.last) == (Standing.DONE, Standing.RUNS, date(2026, 1, 25))


@pytest.mark.parametrize(
    ("camera", "start", "end", "done"),
    [
        (FOUR, "2026-01-12T14:00:00", "2026-01-12T15:00:00", True),
        (FOUR, "1990-01-01T00:00:00", "2026-01-13T00:00:00", True),
        (FOUR, "2026-01-12T14:00:00", "2026-01-12T14:50:00", False),
        (FOUR, "2026-01-13T14:00:00", "2026-01-13T15:00:00", False),
        (ONE, "2026-01-12T14:00:00", "2026-01-12T15:00:00", False),
    ],
)
def test_a_search_in_vain_counts_for_its_own_time(camera: str, start: str, end: str, done: bool) -> None:
    """Of that camera, and all of what was asked."""
    search = Search(camera, datetime.fromisoformat(start), datetime.fromisoformat(end))
    (found,) = deadlines(wanted("in winter", FOUR), (), (search,), Kept(30, {}), date(2026, 1, 20))
    assert (found.standing is Standing.DONE) is done


def test_half_attached_and_half_searched_is_all() -> None:
    """Together they leave nothing that could be lost."""
    search = Search(FOUR, datetime(2026, 1, 12, 14, 30), datetime(2026, 1, 12, 15, 0))  # noqa: DTZ001  local times
    here = (clip(FOUR, "14:00:00", 30),)
    (found,) = deadlines(wanted("in winter", FOUR), here, (search,), Kept(30, {}), date(2026, 1, 20))
    assert found.standing is Standing.DONE


@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2034, 12, 31)),  # noqa: DTZ001  local times
    minutes=st.integers(1, 3000),
    days=st.integers(1, 120),
    shown=st.lists(st.tuples(st.integers(-100, 3000), st.integers(1, 2000)), max_size=4),
    later=st.integers(0, 200),
)
def test_what_could_still_be_lost_is_never_called_safe(
    start: datetime, minutes: int, days: int, shown: list[tuple[int, int]], later: int
) -> None:
    """Whatever is attached: where a minute that was asked for is on none of it, the day is open, and early enough."""
    start = start.replace(second=0, microsecond=0, tzinfo=LONDON).astimezone(UTC)
    end = start + timedelta(minutes=minutes)
    local = [moment.astimezone(LONDON).replace(tzinfo=None) for moment in (start, end)]
    if local[1] <= local[0]:
        return
    here = [
        Recording(name="c", camera=FOUR, starts=start + timedelta(minutes=first), duration_s=length * 60)
        for first, length in shown
    ]
    lost = [at for at in range(minutes) if not any(first <= at < first + length for first, length in shown)]
    today = local[0].date() + timedelta(later)
    (found,) = deadlines(Wanted((FOUR,), *local), here, (), Kept(days, {}), today)
    if not lost:
        return
    assert found.open
    assert found.last
    assert still_there(start + timedelta(minutes=lost[0]), of_day(found.last)[1], days)
