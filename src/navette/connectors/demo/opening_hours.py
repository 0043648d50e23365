"""The time sheets, and when a sheet is open: agents answer then."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from navette.connectors.demo.draw import Flags, Floats, Ints
from navette.connectors.demo.period import DAY, END, START

QUARTER = 900
_TAIL = 21 * DAY  # an answer may be due after the period

_FRANCE = (
    *("2024-01-01", "2024-04-01", "2024-05-01", "2024-05-08", "2024-05-09", "2024-05-20", "2024-07-14", "2024-08-15"),
    *("2024-11-01", "2024-11-11", "2024-12-25", "2025-01-01", "2025-04-21", "2025-05-01", "2025-05-08", "2025-05-29"),
    *("2025-06-09", "2025-07-14", "2025-08-15", "2025-11-01", "2025-11-11", "2025-12-25"),
)
_BRITAIN = (
    *("2024-01-01", "2024-03-29", "2024-04-01", "2024-05-06", "2024-05-27", "2024-08-26", "2024-12-25", "2024-12-26"),
    *("2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25", "2025-12-25", "2025-12-26"),
)
_STATES = (
    *("2024-01-01", "2024-05-27", "2024-07-04", "2024-09-02", "2024-11-28", "2024-12-25"),
    *("2025-01-01", "2025-05-26", "2025-07-04", "2025-09-01", "2025-11-27", "2025-12-25"),
)


@dataclass(frozen=True)
class TimeSheet:
    """Opening hours in local time, Monday first; an empty text or None is a closed day."""

    label: str
    timezone: str
    hours: tuple[str | None, ...]
    holidays: tuple[str, ...]


_LUNCH, _OFFICE, _DAILY = "09:00-12:30,14:00-18:00", "09:00-18:00", "08:00-20:00"
TIME_SHEETS = (
    TimeSheet("Service client Paris", "Europe/Paris", (_LUNCH,) * 4 + ("09:00-12:30,14:00-17:00", "", None), _FRANCE),
    TimeSheet("Customer care London", "Europe/London", (_OFFICE,) * 5 + ("10:00-16:00", None), _BRITAIN),
    TimeSheet("Customer care New York", "America/New_York", ("08:00-12:00,12:45-17:30",) * 5 + (None, ""), _STATES),
    TimeSheet("Réseaux sociaux 7/7", "Europe/Paris", (_DAILY,) * 5 + ("10:00-19:00", "10:00-18:00"), _FRANCE[-1:]),
)


class Calendar:
    """Which quarters of an hour each time sheet is open, from the period's start on."""

    def __init__(self) -> None:
        self.open: Flags = np.stack([_open_quarters(sheet) for sheet in TIME_SHEETS])
        size = self.open.shape[1]
        upcoming = np.where(self.open, np.arange(size), size - 1)
        self._next = np.minimum.accumulate(upcoming[:, ::-1], axis=1)[:, ::-1]

    def next_open(self, sheet: Ints, at: Ints, lateness: Floats) -> Ints:
        """``at`` itself where the sheet is open, else the next opening and up to an hour, by ``lateness`` in [0, 1)."""
        quarter = np.minimum((at - START) // QUARTER, self.open.shape[1] - 1)
        opening = START + self._next[sheet, quarter] * QUARTER + (lateness * 3600).astype(np.int64)
        return np.where(self.open[sheet, quarter], at, np.maximum(opening, at))


def _open_quarters(sheet: TimeSheet) -> Flags:
    quarters = np.zeros((END + _TAIL - START) // QUARTER, dtype=bool)
    for begin, end in _openings(sheet):
        quarters[max(0, (begin - START) // QUARTER) : (end - START) // QUARTER] = True
    return quarters


def _openings(sheet: TimeSheet) -> Iterator[tuple[int, int]]:
    zone = ZoneInfo(sheet.timezone)
    first = datetime.fromtimestamp(START, UTC).date()
    for number in range((END + _TAIL - START) // DAY):
        day = first + timedelta(days=number)
        hours = sheet.hours[day.weekday()]
        if hours and day.isoformat() not in sheet.holidays:
            for opening in hours.split(","):
                begin, end = (_instant(day, clock, zone) for clock in opening.split("-"))
                yield begin, end


def _instant(day: date, clock: str, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time.fromisoformat(clock), zone).timestamp())
