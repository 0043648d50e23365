"""The time sheets, and the times at which a sheet is open, when agents answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from navette.demo.draw import Flags, Floats, Ints
from navette.demo.holidays import Holidays, britain, france, states
from navette.demo.period import DAY, Period

QUARTER = 900
_TAIL = 21 * DAY  # an answer can be due after the period


@dataclass(frozen=True)
class TimeSheet:
    """Opening hours in local time, Monday first; an empty text or None is a closed day."""

    label: str
    timezone: str
    hours: tuple[str | None, ...]
    rule: Holidays
    holidays_kept: int = 0  # the number of the period's last holidays, or first ones if it grows; 0 keeps all

    def holidays(self, period: Period) -> list[str]:
        """The closed days of the period."""
        days = sorted(day.isoformat() for year in period.years for day in self.rule(year) if day in period)
        return days[: self.holidays_kept or None] if period.grows else days[-self.holidays_kept :]


_LUNCH, _OFFICE, _DAILY = "09:00-12:30,14:00-18:00", "09:00-18:00", "08:00-20:00"
TIME_SHEETS = (
    TimeSheet("Service client Paris", "Europe/Paris", (_LUNCH,) * 4 + ("09:00-12:30,14:00-17:00", "", None), france),
    TimeSheet("Customer care London", "Europe/London", (_OFFICE,) * 5 + ("10:00-16:00", None), britain),
    TimeSheet("Customer care New York", "America/New_York", ("08:00-12:00,12:45-17:30",) * 5 + (None, ""), states),
    TimeSheet("Réseaux sociaux 7/7", "Europe/Paris", (_DAILY,) * 5 + ("10:00-19:00", "10:00-18:00"), france, 1),
)


class Calendar:
    """The quarters of an hour during which each time sheet is open, from the period's start on."""

    def __init__(self, period: Period) -> None:
        self._start = period.start
        self.open: Flags = np.stack([_open_quarters(sheet, period) for sheet in TIME_SHEETS])
        size = self.open.shape[1]
        upcoming = np.where(self.open, np.arange(size), size - 1)
        self._next = np.minimum.accumulate(upcoming[:, ::-1], axis=1)[:, ::-1]

    def next_open(self, sheet: Ints, at: Ints, lateness: Floats) -> Ints:
        """``at`` itself if the sheet is open, else the next opening and up to an hour, by ``lateness`` in [0, 1)."""
        quarter = np.minimum((at - self._start) // QUARTER, self.open.shape[1] - 1)
        opening = self._start + self._next[sheet, quarter] * QUARTER + (lateness * 3600).astype(np.int64)
        return np.where(self.open[sheet, quarter], at, np.maximum(opening, at))


def _open_quarters(sheet: TimeSheet, period: Period) -> Flags:
    quarters = np.zeros((period.end + _TAIL - period.start) // QUARTER, dtype=bool)
    for begin, end in _openings(sheet, period):
        quarters[max(0, (begin - period.start) // QUARTER) : (end - period.start) // QUARTER] = True
    return quarters


def _openings(sheet: TimeSheet, period: Period) -> Iterator[tuple[int, int]]:
    zone, holidays = ZoneInfo(sheet.timezone), set(sheet.holidays(period))
    for number in range((period.end + _TAIL - period.start) // DAY):
        day = period.first_day + timedelta(days=number)
        hours = sheet.hours[day.weekday()]
        if hours and day.isoformat() not in holidays:
            for opening in hours.split(","):
                begin, end = (_instant(day, clock, zone) for clock in opening.split("-"))
                yield begin, end


def _instant(day: date, clock: str, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time.fromisoformat(clock), zone).timestamp())
