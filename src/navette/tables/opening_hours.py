"""Read time sheets in the notations that people and other systems write, into the notation that the store uses.

A notation that can mean only one thing is read: ``9h00–18h00`` is ``09:00-18:00``, ``22:00-06:00`` runs past
midnight. Any other is rejected, because misread hours would silently make every reply time in business hours wrong.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from navette.core.errors import RequestError
from navette.core.zones import zone, zone_name

DAYS = tuple(f"{day}_hours" for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
"""The fields of a time sheet with opening hours, from Monday."""

_STORED_TIME = "[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?"
_STORED_PART = f"{_STORED_TIME}-{_STORED_TIME}"
STORED_HOURS = f"{_STORED_PART}(,{_STORED_PART})*"
"""The pattern of a day's opening hours in the store."""

Interval = tuple[int, int]
"""Seconds since midnight at which hours start and end; the end is more than a day's if they run past midnight."""

_DAY = 86_400
_CLOSED = {"", "-", "closed", "fermé", "fermée", "geschlossen", "cerrado", "chiuso", "gesloten"}


def read_time_sheet(row: Mapping[str, Any]) -> dict[str, Any]:
    """Read a time sheet into the store's notation: a tz database name, hours of each day, ISO days.

    Hours that run past midnight continue in the next day's field; overlapping ones are merged. A day that is null or
    empty is closed. Raises ValueError with the field and the reason.
    """
    with _reading("timezone"):
        name = _zone_name(row.get("timezone") or "")
    week = []
    for day in DAYS:
        with _reading(day):
            week.append(_intervals(row.get(day) or ""))
    if all(row.get(day) is None for day in DAYS):
        raise ValueError(f"{DAYS[0]}: no day has opening hours; write 'closed' if this is intended")
    with _reading("holidays"):
        holidays = _holidays(row.get("holidays"), zone(name))
    hours = {day: _written(week, number) or (None if row.get(day) is None else "") for number, day in enumerate(DAYS)}
    return {"timezone": name, **hours, "holidays": holidays}


@contextmanager
def _reading(field: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from error


def _zone_name(text: str) -> str:
    if not text.strip():
        raise ValueError("missing; opening hours need a time zone")
    try:
        return zone_name(text)
    except RequestError as error:
        raise ValueError(str(error).removesuffix(".")) from error


# --- Opening hours ----------------------------------------------------------------------------------------------------

_TIME = r"(\d{1,2})(?:\s?[:h.](\d\d)(?::(\d\d))?|\s?h)?(?:\s?([ap])\.?m\.?)?"
_HOURS = re.compile(rf"{_TIME}\s?(?:-|to|à)\s?{_TIME}")
_NUMBERS = re.compile(r"\d+\s?-\s?\d+(\s?[,;/|\s]\s?\d+\s?-\s?\d+)*")
_BETWEEN = re.compile(r"\s?[,;/|]\s?|\s|$")


def _intervals(text: str) -> list[Interval]:
    """The opening hours of one day."""
    plain = re.sub("[‐‑‒–—―−]", "-", " ".join(text.lower().split()))  # the dashes that programs write
    if plain in _CLOSED:
        return []
    if _NUMBERS.fullmatch(plain):
        return list(_read_numbers(plain))
    return list(_read_times(plain))


def _read_times(text: str) -> Iterator[Interval]:
    at = 0
    while at < len(text):
        hours = _HOURS.match(text, at)
        between = _BETWEEN.match(text, hours.end()) if hours else None
        if hours is None or between is None:
            raise ValueError(f"'{text}' cannot be read as opening hours; write them as in 09:00-12:30,14:00-18:00")
        if (hours[4] is None) != (hours[8] is None):
            raise ValueError(f"'{hours[0]}' has am or pm for only one of its times")
        yield _interval(hours[0], _seconds(hours.groups()[:4]), _seconds(hours.groups()[4:]))
        at = between.end()


def _read_numbers(text: str) -> Iterator[Interval]:
    """Read bare numbers: hours up to 24, or seconds if they are too large to be anything else."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if max(numbers) > 24 and max(numbers) <= 2400:
        raise ValueError(f"'{text}' could mean minutes, seconds or times; write it as in 09:00-18:00")
    unit = 3600 if max(numbers) <= 24 else 1
    for begin, end in zip(numbers[::2], numbers[1::2], strict=True):
        yield _interval(text, begin * unit, end * unit)


def _seconds(parts: Sequence[str | None]) -> int:
    """The seconds since midnight of ``(hours, minutes, seconds, a or p)``; more than a day's if it is no valid time."""
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    if parts[3]:
        hours = hours % 12 + (12 if parts[3] == "p" else 0) if 1 <= hours <= 12 else 99
    return hours * 3600 + minutes * 60 + seconds if minutes < 60 and seconds < 60 else 99 * 3600


def _interval(text: str, begin: int, end: int) -> Interval:
    if begin >= _DAY or end > _DAY:
        raise ValueError(f"'{text}' has a time that does not exist")
    if begin == end:
        raise ValueError(f"'{text}' ends when it begins; write 00:00-24:00 for a whole day")
    return begin, end if end > begin else end + _DAY


def _written(week: Sequence[Iterable[Interval]], number: int) -> str:
    """The stored text of one day: its hours up to midnight, and the rest of the day before."""
    own = [(begin, min(end, _DAY)) for begin, end in week[number]]
    after_midnight = [(0, end - _DAY) for _, end in week[number - 1] if end > _DAY]
    return ",".join(f"{_clock(begin)}-{_clock(end)}" for begin, end in _merged([*own, *after_midnight]))


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for begin, end in sorted(intervals):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    return merged


def _clock(seconds: int) -> str:
    minutes, seconds_left = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds_left:02}" if seconds_left else "")


# --- Holidays ---------------------------------------------------------------------------------------------------------

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d\d?)\2(\d\d?)")
_DIGITS = re.compile(r"(\d{4})()(\d\d)(\d\d)")
_YEAR_LAST = re.compile(r"(\d\d?)([-/.])(\d\d?)\2(\d{4})")


def _holidays(value: Any, zone_: ZoneInfo) -> list[str] | None:
    """Read ISO days from a list, or from the text of one."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    texts = [str(text).strip() for text in (_members(value) if isinstance(value, str) else value) if text]
    orders = {order for text in texts if (order := _order(text))}
    return [_day(text, orders, zone_).isoformat() for text in texts if text]


def _members(text: str) -> list[Any]:
    if not text.lstrip().startswith("["):
        return re.split(r"[,;|\n]", text)
    try:
        members = json.loads(text)
    except ValueError as error:
        raise ValueError("not a JSON array of texts") from error
    return list(members)


def _order(text: str) -> str:
    """``day`` or ``month``, whichever comes first in a date whose year is last; empty if the date does not show it."""
    if not (parts := _YEAR_LAST.match(text)) or int(parts[1]) == int(parts[3]):
        return ""
    if parts[2] == "." or int(parts[1]) > 12:  # dates with dots always start with the day
        return "day"
    return "month" if int(parts[3]) > 12 else ""


def _day(text: str, orders: set[str], zone_: ZoneInfo) -> date:
    """Read a holiday; ``orders`` are the orders of day and month that other dates of the list show."""
    if parts := _YEAR_FIRST.match(text) or _DIGITS.match(text):
        day = _date(text, parts[1], parts[3], parts[4])
    elif parts := _YEAR_LAST.match(text):
        order = _order(text) or (next(iter(orders)) if len(orders) == 1 else "")
        if not order and int(parts[1]) != int(parts[3]):
            raise ValueError(f"'{text}' could mean two different days; write it as in 2024-05-06")
        month, number = (parts[1], parts[3]) if order == "month" else (parts[3], parts[1])
        day = _date(text, parts[4], month, number)
    else:
        raise ValueError(f"'{text}' is not a day; write it as in 2024-05-06")
    return _without_time(text, day, text[parts.end() :], zone_)


def _date(text: str, year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise ValueError(f"'{text}' is not a day of the calendar") from error


def _without_time(text: str, day: date, ending: str, zone_: ZoneInfo) -> date:
    """The day of a date with a time: for a midnight, that of its own offset or of the time sheet's zone."""
    if not ending:
        return day
    try:
        at = time.fromisoformat(ending[1:].replace(" ", "") if ending[0] in "T " else "")
        local = datetime.combine(day, at).astimezone(zone_) if at.tzinfo else datetime.combine(day, at)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"'{text}' is not a day; write it as in 2024-05-06") from error
    if at.replace(tzinfo=None) == time() or local.date() == day:
        return day
    if local.time() == time():
        return local.date()
    raise ValueError(f"'{text}' is not the same day in {zone_.key}; write the day alone")
