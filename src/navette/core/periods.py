"""Periods: the days that words such as *last week* mean on a given day."""

from collections.abc import Callable
from datetime import date, timedelta

from navette.core.errors import unknown

Days = tuple[date, date]


def _yesterday(today: date, _first_day: int) -> Days:
    day = today - timedelta(days=1)
    return day, day


def _last_week(today: date, first_day: int) -> Days:
    this_week = today - timedelta(days=(today.weekday() - first_day) % 7)
    return this_week - timedelta(days=7), this_week - timedelta(days=1)


def _last_month(today: date, _first_day: int) -> Days:
    end = today.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


def _last_year(today: date, _first_day: int) -> Days:
    return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)


def _last_two_years(today: date, _first_day: int) -> Days:
    return date(today.year - 2, 1, 1), date(today.year - 1, 12, 31)


def _this_year(today: date, _first_day: int) -> Days:
    return today.replace(month=1, day=1), today


PERIODS: dict[str, Callable[[date, int], Days]] = {
    "yesterday": _yesterday,
    "last_week": _last_week,
    "last_month": _last_month,
    "last_year": _last_year,
    "last_two_years": _last_two_years,
    "this_year": _this_year,
}

BEGINNING = "beginning"
"""The period that begins with the first record and ends with the slot; all of a list."""

TASK_PERIODS = ("yesterday", "last_week", "last_month", "last_year", "last_two_years", BEGINNING)
"""What an export of a task can cover."""


def period(name: str, today: date, first_day: int) -> Days:
    """The first and the last day of a period, both included; ``first_day`` of the week counts from Monday, 0.

    Raises RequestError for a name that is not one of ``PERIODS``.
    """
    if name not in PERIODS:
        raise unknown("period", name, PERIODS)
    return PERIODS[name](today, first_day)
