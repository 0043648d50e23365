"""Schedules: the slots of a cron line in one time zone.

A schedule is a cron line of five fields. Its slots are local times: if a clock change skips one, it is due at the first
instant after the gap; if a clock change repeats one, it is due the first time only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from navette.core.errors import RequestError
from navette.core.messages import message
from navette.core.windows import instant

_LONGEST_GAP = timedelta(hours=25)
"""No clock change ever skipped more than one day (Pacific/Apia, 2011)."""


@dataclass(frozen=True)
class Slot:
    """A moment at which something is due, in UTC, and the day of the schedule that it stands for.

    They differ if a gap at the end of a day moves a slot into the next day: the slot's day is the one before.
    """

    at: datetime
    day: date


@dataclass(frozen=True)
class Schedule:
    """A cron line in the local times of ``zone``. Create it with ``schedule``, which checks it."""

    cron: str
    zone: ZoneInfo

    def after(self, when: datetime) -> Iterator[Slot]:
        """Yield the slots after that instant in order, without end (except the calendar's)."""
        begin = when.astimezone(self.zone).replace(tzinfo=None) - _LONGEST_GAP
        last = when
        for local in CronSim(self.cron, begin):
            at = instant(local, self.zone)
            if at > last:
                last = at
                yield Slot(at, local.date())

    def next(self, when: datetime) -> Slot:
        """The first slot after that instant."""
        return next(self.after(when))


def schedule(cron: str, zone: ZoneInfo) -> Schedule:
    """The schedule of a cron line: minute, hour, day of the month, month, day of the week.

    Raises RequestError if the line is invalid or never due.
    """
    line = " ".join(cron.split())
    if len(line.split(" ")) != 5:
        raise RequestError(
            "'{line}' is not a valid cron expression: it needs five fields (minute, hour, day, month, day of the "
            "week).",
            line=line,
        )
    try:
        next(CronSim(line, datetime(2000, 1, 1)))  # local times, not an instant
    except (CronSimError, StopIteration) as error:
        raise _wrong(line) from error
    return Schedule(line, zone)


_FIELDS = (
    message("the minute (0 to 59)"),
    message("the hour (0 to 23)"),
    message("the day of the month (1 to 31)"),
    message("the month (1 to 12)"),
    message("the day of the week (0 to 7)"),
)


def _wrong(line: str) -> RequestError:
    """Which field is wrong by itself; where none is, together they are never due."""
    values = line.split(" ")
    for at, (field, value) in enumerate(zip(_FIELDS, values, strict=True)):
        alone = ["*" if other != at else value for other in range(len(values))]
        try:
            CronSim(" ".join(alone), datetime(2000, 1, 1))  # local times, not an instant
        except CronSimError:
            return RequestError(
                "'{line}' is not a valid cron expression: {field} cannot be '{value}'.",
                line=line,
                field=field,
                value=value,
            )
    return RequestError("the cron expression '{line}' is never due: correct its day or month.", line=line)


def daily(at: time) -> str:
    """The cron line for every day at that time."""
    return f"{at.minute} {at.hour} * * *"


def weekly(at: time, first_day: int) -> str:
    """The cron line for each first day of the week, which counts from Monday, 0."""
    return f"{at.minute} {at.hour} * * {(first_day + 1) % 7}"


def monthly(at: time) -> str:
    """The cron line for each first day of the month."""
    return f"{at.minute} {at.hour} 1 * *"
