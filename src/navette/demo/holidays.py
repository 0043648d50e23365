"""The days on which the desks are closed, by the rules of their countries."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

MONDAY, THURSDAY = 0, 3

Holidays = Callable[[int], Iterable[date]]
"""The holidays of a year."""


def france(year: int) -> Iterator[date]:
    """Holidays with a fixed date; Easter Monday, Ascension and Whit Monday."""
    yield from (date(year, *day) for day in ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)))
    yield from (_easter(year) + timedelta(days) for days in (1, 39, 50))


def britain(year: int) -> Iterator[date]:
    """New Year, Christmas and Boxing Day; Good Friday, Easter Monday; three bank holidays."""
    yield from (date(year, *day) for day in ((1, 1), (12, 25), (12, 26)))
    yield from (_easter(year) + timedelta(days) for days in (-2, 1))
    yield _on_or_after(date(year, 5, 1), MONDAY)
    yield from (_on_or_after(date(year, month, 25), MONDAY) for month in (5, 8))


def states(year: int) -> Iterator[date]:
    """New Year, Independence Day and Christmas; Memorial Day, Labor Day, Thanksgiving."""
    yield from (date(year, *day) for day in ((1, 1), (7, 4), (12, 25)))
    yield _on_or_after(date(year, 5, 25), MONDAY)
    yield _on_or_after(date(year, 9, 1), MONDAY)
    yield _on_or_after(date(year, 11, 22), THURSDAY)


def _on_or_after(day: date, weekday: int) -> date:
    return day + timedelta((weekday - day.weekday()) % 7)


def _easter(year: int) -> date:
    """Easter Sunday, by Gauss's rule as it applies from 1900 to 2099."""
    moon = (19 * (year % 19) + 24) % 30
    moon -= moon == 29 or (moon == 28 and year % 19 > 10)
    full_moon = date(year, 3, 21) + timedelta(moon)
    return _on_or_after(full_moon + timedelta(1), 6)
