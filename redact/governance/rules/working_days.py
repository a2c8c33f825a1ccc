"""Dates as the law counts them: the same date of a later month, and the working days of a nation."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

__all__ = ["UK", "Nation", "corresponding", "free_days", "is_free", "say", "why_not", "working_day"]

UK = ZoneInfo("Europe/London")
"""Where the cameras are, and the people: what a clock on the wall beside one shows."""

DAY = timedelta(days=1)
SATURDAY = 5
SUNDAY = 6


class Nation(StrEnum):
    """Whose bank holidays count."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"


SUBDIVISION = {Nation.ENGLAND_AND_WALES: "ENG", Nation.SCOTLAND: "SCT", Nation.NORTHERN_IRELAND: "NIR"}
COUNTRY = {
    Nation.ENGLAND_AND_WALES: "England and Wales",
    Nation.SCOTLAND: "Scotland",
    Nation.NORTHERN_IRELAND: "Northern Ireland",
}


@cache
def corresponding(day: date, months: int) -> date:
    """Give the same date MONTHS later, the last of that month where it has no such date."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return day.replace(year=year, month=month + 1)
    except ValueError:
        return day.replace(year=year, month=month + 1, day=monthrange(year, month + 1)[1])


@cache
def working_day(day: date, nation: Nation) -> date:
    """Give DAY, or the next working day of NATION where it is none."""
    while day.weekday() >= SATURDAY or day in bank_holidays(nation, day.year):
        day += DAY
    return day


def is_free(day: date, nations: tuple[Nation, ...]) -> bool:
    """Tell whether DAY is a Saturday, a Sunday or a bank holiday of one of NATIONS."""
    return day.weekday() >= SATURDAY or any(day in bank_holidays(nation, day.year) for nation in nations)


def free_days(start: date, end: date, nations: tuple[Nation, ...]) -> list[date]:
    """List the days after START, up to END, that are free in one of NATIONS."""
    between = (start + DAY * count for count in range(1, (end - start).days + 1))
    return [day for day in between if is_free(day, nations)]


def why_not(day: date, nation: Nation) -> str:
    """Say why DAY is no working day of NATION; nothing where it is one."""
    if day.weekday() >= SATURDAY:
        return "a Sunday" if day.weekday() == SUNDAY else "a Saturday"
    return f"a bank holiday in {COUNTRY[nation]}" if day in bank_holidays(nation, day.year) else ""


def say(day: date) -> str:
    """Write DAY out, such as "Monday 2 March 2026"."""
    return f"{day:%A} {day.day} {day:%B %Y}"


@cache
def bank_holidays(nation: Nation, year: int) -> frozenset[date]:
    """Give those of a YEAR, as the calendar in use knows them."""
    from holidays import country_holidays  # noqa: PLC0415  70 ms that most commands need not spend

    return frozenset(country_holidays("GB", subdiv=SUBDIVISION[nation], years=year))
