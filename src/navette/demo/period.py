"""The demand of customers: two years, hour by hour."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from navette.demo.draw import Dice, Floats

HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class Period:
    """The two years up to ``last_day``, in UTC. ``end`` is the first second after them, in Unix seconds.

    A domain that grows has a ``first`` day instead, and nothing before its ``end`` depends on the ``end``.
    """

    last_day: date = date(2025, 12, 31)
    first: date | None = None

    @property
    def grows(self) -> bool:
        """Whether it belongs to a domain that grows by months."""
        return self.first is not None

    @property
    def first_day(self) -> date:
        """The chosen first day, or else the day two years before the day after the last."""
        if self.first is not None:
            return self.first
        after = self.last_day + timedelta(days=1)
        return after.replace(year=after.year - 2, day=min(after.day, 28) if after.month == 2 else after.day)

    @property
    def start(self) -> int:
        """Its first second."""
        return _midnight(self.first_day)

    @property
    def end(self) -> int:
        """The first second after it."""
        return _midnight(self.last_day) + DAY

    @property
    def hours(self) -> int:
        """Its length in hours."""
        return (self.end - self.start) // HOUR

    @property
    def month_hours(self) -> list[int]:
        """The number of hours before each of its months, and before its end."""
        starts = [day for day in map(self._day, range(self.hours // 24)) if day.day == 1]
        return [*((_midnight(day) - self.start) // HOUR for day in starts), self.hours]

    def _day(self, number: int) -> date:
        return self.first_day + timedelta(days=number)

    @property
    def founded(self) -> int:
        """The time at which the domain was set up."""
        return self.start - 900 * DAY

    @property
    def two_years(self) -> int:
        """The end of its first two years."""
        return self.start + 731 * DAY if self.grows else self.end

    @property
    def years(self) -> range:
        """The calendar years that it touches."""
        return range(self.first_day.year, self.last_day.year + 1)

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


# Customers write from the morning on, less at lunch, most after work.
_WORKDAY = (2, 1, 1, 1, 1, 2, 6, 14, 26, 38, 42, 40, 30, 28, 36, 38, 38, 42, 52, 58, 50, 34, 16, 6)
_WEEKEND = (2, 2, 1, 1, 1, 1, 2, 5, 10, 18, 24, 24, 18, 16, 18, 20, 20, 22, 26, 28, 24, 16, 8, 4)
_MONTHS = (1.1, 0.9, 0.95, 0.9, 0.92, 1.0, 0.95, 0.7, 1.05, 1.0, 1.35, 1.5)
_FEASTS = {(1, 1), (5, 1), (12, 25)}


def demand(zone: ZoneInfo, seed: int, period: Period) -> Floats:
    """The relative volume of customers in that zone in each hour (UTC) of the period.

    Days differ at random, the second year is busier than the first, and the last evening is silent; in a domain that
    grows, no year is busier.
    """
    mood = np.exp(Dice(seed, f"demand {zone.key}").fractions(period.hours // 24) * 0.5)
    first = datetime.fromtimestamp(period.start, UTC)
    curve = np.array([_hour_weight((first + timedelta(hours=hour)).astimezone(zone)) for hour in range(period.hours)])
    weights: Floats = curve * np.repeat(mood, 24)
    if not period.grows:
        weights *= np.linspace(1.0, 1.3, period.hours)
        weights[-7:] = 0.0
    return weights


def _hour_weight(local: datetime) -> float:
    day = _WEEKEND if local.weekday() >= 5 or (local.month, local.day) in _FEASTS else _WORKDAY
    return day[local.hour] * _MONTHS[local.month - 1]
