"""Bank holidays worked out from the rules of the law, to compare with those of the calendar that the clock uses.

Rules: Schedule 1 to the Banking and Financial Dealings Act 1971, whose paragraph 1 is for England and Wales, 2 for
Scotland and 3 for Northern Ireland. Good Friday (but in Scotland) and Christmas Day are holidays of the common law; the
rest is proclaimed under section 1, most of it the same every year, some of it once.
"""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.easter import easter
from dateutil.relativedelta import MO, relativedelta

__all__ = ["bank_holidays"]

SATURDAY, SUNDAY = 5, 6

MOVED = {date(2020, 5, 4): date(2020, 5, 8), date(2022, 5, 30): date(2022, 6, 2)}
"""Victory in Europe was 75 years ago; the Queen's Platinum Jubilee."""

ONCE = {
    date(2022, 6, 3): "Platinum Jubilee",
    date(2022, 9, 19): "state funeral of Queen Elizabeth II",
    date(2023, 5, 8): "coronation of King Charles III",
}
ONCE_IN_SCOTLAND = {date(2026, 6, 15): "Scotland plays in the football World Cup"}


def bank_holidays(nation: str, year: int) -> set[date]:
    """Give those of a YEAR: "england-and-wales", "scotland" or "northern-ireland"."""
    days = _scotland(year) if nation == "scotland" else _england(year)
    if nation == "northern-ireland":
        days |= {_or_monday(date(year, 3, 17)), _or_monday(date(year, 7, 12))}
    once = {**ONCE, **(ONCE_IN_SCOTLAND if nation == "scotland" else {})}
    return {MOVED.get(day, day) for day in days} | {day for day in once if day.year == year}


def _england(year: int) -> set[date]:
    """Give those of England and Wales, all of which Northern Ireland has too."""
    return {
        _or_monday(date(year, 1, 1)),
        easter(year) - timedelta(2),
        easter(year) + timedelta(1),
        _monday(year, 5, 1),
        _monday(year, 5, -1),
        _monday(year, 8, -1),
        *_christmas(year),
    }


def _scotland(year: int) -> set[date]:
    """Give those of Scotland: two days at New Year, none at Easter Monday, the first Monday of August, St Andrew."""
    return {
        *_new_year(year),
        easter(year) - timedelta(2),
        _monday(year, 5, 1),
        _monday(year, 5, -1),
        _monday(year, 8, 1),
        _or_monday(date(year, 11, 30)),
        *_christmas(year),
    }


def _new_year(year: int) -> set[date]:
    """Give the first two days of a YEAR, in Scotland, and what stands in for either."""
    first = date(year, 1, 1)
    instead = {
        4: {date(year, 1, 4)},  # the second is a Saturday
        SATURDAY: {date(year, 1, 3), date(year, 1, 4)},
        SUNDAY: {date(year, 1, 3)},
    }
    return {first, date(year, 1, 2)} | instead.get(first.weekday(), set())


def _christmas(year: int) -> set[date]:
    """Give the two days, the 27th where either is a Sunday, and the 28th where the second is on a weekend."""
    first, second = date(year, 12, 25), date(year, 12, 26)
    days = {first, second}
    if SUNDAY in (first.weekday(), second.weekday()):
        days.add(date(year, 12, 27))
    if second.weekday() >= SATURDAY:
        days.add(date(year, 12, 28))
    return days


def _or_monday(day: date) -> date:
    """Give DAY, or the Monday after where it is on a weekend."""
    return day + relativedelta(weekday=MO) if day.weekday() >= SATURDAY else day


def _monday(year: int, month: int, which: int) -> date:
    """Give the first Monday of a month, or for -1 the last."""
    day = date(year, month, 1) if which > 0 else date(year, month, 31)  # of months with 31 days only
    return day + relativedelta(weekday=MO(which))
