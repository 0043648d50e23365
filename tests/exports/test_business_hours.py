"""The time open between two instants is that of the minutes at which the clocks of the time sheet's zone show hours.

An oracle in Python looks at every minute, with another copy of the tz database than the engine's.
"""

import zoneinfo
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from navette.catalogue.columns import parse
from navette.catalogue.exports.business_hours import OPEN_TIMES
from navette.tables import TABLES
from navette.tables.opening_hours import DAYS, read_time_sheet

MINUTE, DAY = timedelta(minutes=1), 1440
ALWAYS = [[(0, DAY)]] * 7


Week = Sequence[Sequence[tuple[int, int]]]
Sheet = dict[str, Any]
Span = tuple[int, datetime, datetime]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def open_seconds(sheets: Sequence[Sheet], stretches: Sequence[Span]) -> list[float | None]:
    """What the catalogue's SQL says of each span, ``(sheet, begins, ends)``; None where it cannot say."""
    rows = [{"id": str(number), **sheet} for number, sheet in enumerate(sheets)]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        time_sheets = pa.Table.from_pylist(rows, TABLES["time_sheets"].schema)  # noqa: F841  # DuckDB sees it
        sources = pa.table({"id": [row["id"] for row in rows], "time_sheet_id": [row["id"] for row in rows]})  # noqa: F841
        keys = [
            {"key": n, "number": 0, "source_id": str(s), "begins": a, "ends": b}
            for n, (s, a, b) in enumerate(stretches)
        ]
        instant = pa.timestamp("us", "UTC")
        types = {"key": pa.int64(), "number": pa.int64(), "source_id": pa.string(), "begins": instant, "ends": instant}
        schema = pa.schema(types)
        spans = pa.Table.from_pylist(keys, schema)  # noqa: F841
        found = connection.execute(f"SELECT key, open_us FROM ({parse(OPEN_TIMES).sql('duckdb')})").fetchall()
    assert sorted(key for key, _ in found) == list(range(len(keys)))
    return [None if micros is None else micros / 1_000_000 for _, micros in sorted(found)]


def sheet(zone: str, week: Week, holidays: Sequence[date] = ()) -> Sheet:
    """A time sheet as the store keeps it, from ``(begin, end)`` in minutes of each day of the week."""
    texts = {
        day: ", ".join(f"{clock(a)} – {clock(b)}" for a, b in hours) for day, hours in zip(DAYS, week, strict=True)
    }
    return read_time_sheet({"timezone": zone, **texts, "holidays": [str(day) for day in holidays]})


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def by_minutes(zone: str, week: Week, holidays: Sequence[date], begins: datetime, ends: datetime) -> float:
    """The oracle: of each minute, whether the clocks show opening hours."""
    at, seconds = begins.replace(second=0, microsecond=0), 0.0
    while at < ends:
        if is_open(at.astimezone(ZoneInfo(zone)), week, holidays):
            seconds += (min(ends, at + MINUTE) - max(begins, at)).total_seconds()
        at += MINUTE
    return seconds


def is_open(local: datetime, week: Week, holidays: Sequence[date]) -> bool:
    minute, today = local.hour * 60 + local.minute, local.weekday()
    own = any(a <= minute and (minute < b or b < a) for a, b in week[today])
    night = any(b < a and minute < b for a, b in week[today - 1])
    return (own or night) and local.date() not in holidays


@pytest.mark.parametrize(
    ("zone", "week", "begins", "ends", "seconds"),
    [
        ("UTC", [[(540, 780), (720, 1080)]] * 7, "2024-05-06T10:00", "2024-05-06T17:00", 420 * 60),
        # The clocks go back at midnight.
        ("America/Havana", ALWAYS, "2025-11-02T04:10", "2025-11-02T05:10", 3600),
        ("America/Havana", ALWAYS, "2025-11-02T03:30", "2025-11-02T04:30", 3600),
        # 23:00 to 24:00 of 5 April comes twice: from 02:00 to 04:00 of 6 April in UTC.
        ("America/Santiago", [[(1380, DAY)]] * 7, "2025-04-06T02:00", "2025-04-06T03:01", 3660),
        ("America/Santiago", [[(1380, DAY)]] * 7, "2025-04-06T00:00", "2025-04-06T12:00", 7200),
        # 30 December 2011 is skipped: one second before midnight is the 29th, one after is the 31st.
        ("Pacific/Apia", ALWAYS, "2011-12-30T09:59:59", "2011-12-30T10:00:01", 2),
        ("Pacific/Apia", [[(0, 60)]] * 7, "2011-12-29T00:00", "2011-12-31T00:00", 2 * 3600),
        # 02:00 to 03:00 does not come on 31 March 2024; it comes twice on 27 October.
        ("Europe/Paris", [[(120, 180)]] * 7, "2024-03-31T00:00", "2024-03-31T12:00", 0),
        ("Europe/Paris", [[(150, 210)]] * 7, "2024-03-31T00:00", "2024-03-31T12:00", 1800),
        ("Europe/Paris", [[(120, 180)]] * 7, "2024-10-27T00:00", "2024-10-27T12:00", 7200),
        # 22:00 to 06:00.
        ("Europe/Paris", [[(1320, 360)]] * 7, "2024-05-06T12:00", "2024-05-07T12:00", 8 * 3600),
    ],
)
def test_open_is_when_the_clocks_show_opening_hours(
    zone: str, week: Week, begins: str, ends: str, seconds: int
) -> None:
    assert by_minutes(zone, week, (), utc(begins), utc(ends)) == seconds
    assert open_seconds([sheet(zone, week)], [(0, utc(begins), utc(ends))]) == [seconds]


def test_a_holiday_is_closed_from_midnight_to_midnight() -> None:
    nights = sheet("Europe/Paris", [[(1320, 360)]] * 7, [date(2024, 5, 8)])
    # The 7th, 8th and 9th of May, whose nights have 6 hours in the morning and 2 in the evening.
    spans = [(0, utc(f"2024-05-0{day}T22:00"), utc(f"2024-05-0{day + 1}T22:00")) for day in (6, 7, 8)]
    assert open_seconds([nights], spans) == [8 * 3600, 0, 8 * 3600]


@cache
def changes(zone: str, first: int, last: int) -> list[datetime]:
    """The minutes at which the clocks of a zone change, from one year to another."""
    day, end, found = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC), []
    while day < end:
        if offset(day, zone) != offset(day + timedelta(days=1), zone):
            minutes = (day + n * MINUTE for n in range(1, DAY + 1))
            found.append(next(at for at in minutes if offset(at, zone) != offset(at - MINUTE, zone)))
        day += timedelta(days=1)
    return found


def offset(at: datetime, zone: str) -> timedelta:
    return at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)


ends_of_hours = st.integers(0, DAY - 1) | st.sampled_from([0, 60, 120, 150, 180, 1380, 1439])
hours = st.tuples(ends_of_hours, ends_of_hours).filter(lambda pair: pair[0] != pair[1])
weeks = st.lists(st.lists(hours, max_size=3), min_size=7, max_size=7)
# Zones whose clocks change at midnight, by half an hour, by a day, twice in a month; one that has no changes.
odd_zones = st.sampled_from(
    [
        *("America/Havana", "America/Santiago", "America/St_Johns", "America/Nuuk", "Asia/Beirut", "Asia/Amman"),
        *("Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Apia", "Africa/Casablanca", "Africa/Cairo"),
        *("Atlantic/Azores", "Europe/Paris", "Pacific/Kiritimati", "America/Caracas", "UTC"),
    ]
)


@settings(deadline=None, max_examples=25)
@given(
    zone=odd_zones,
    week=weeks,
    closed=st.sets(st.integers(-2, 2), max_size=2),
    near=st.integers(0, 30),
    begins=st.integers(-3 * 86_400, 2 * 86_400),
    lasts=st.integers(0, 3 * 86_400),
)
@example("Pacific/Apia", [[(1320, 360)]] * 7, set(), 3, -2 * 86_400, 3 * 86_400)
@example("America/Havana", [[(0, 30), (1410, 15)]] * 7, {0}, 0, -86_400, 2 * 86_400)
def test_any_hours_around_any_change_of_the_clock_are_those_of_the_minutes(
    zone: str, week: Week, closed: set[int], near: int, begins: int, lasts: int
) -> None:
    nearby = changes(zone, 2010, 2025) or [utc("2024-05-06T00:00")]
    change = nearby[near % len(nearby)]
    holidays = [(change + timedelta(days=day)).date() for day in closed]
    start = change + timedelta(seconds=begins)
    end = start + timedelta(seconds=lasts)
    expected = by_minutes(zone, week, holidays, start, end)
    assert open_seconds([sheet(zone, week, holidays)], [(0, start, end)]) == [expected]
    assert expected <= lasts


@pytest.mark.parametrize("year", [2011, 2025])
def test_every_zone_counts_its_minutes_at_every_change_of_a_year(year: int) -> None:
    week = [[(0, 45), (150, 210), (540, 780), (720, 1080), (1350, 20)]] * 7
    zones = sorted(zoneinfo.available_timezones())
    around = [
        (number, at) for number, zone in enumerate(zones) for at in changes(zone, year, year) or [utc(f"{year}-05-06")]
    ]
    spans = [(number, at - timedelta(hours=7, seconds=11), at + timedelta(hours=6)) for number, at in around]
    expected = [by_minutes(zones[number], week, (), *span) for number, *span in spans]
    assert open_seconds([sheet(zone, week) for zone in zones], spans) == expected


def test_unknown_opening_hours_give_null() -> None:
    good = sheet("UTC", ALWAYS)
    unreadable = [{**good, "timezone": "Europe/Pariss"}, {**good, "monday_hours": "9h-18h"}]
    span = (utc("2024-05-06T10:00"), utc("2024-05-06T17:00"))
    stray = (utc("1970-01-01T00:00"), utc("2024-05-06T17:00"))
    spans = [(0, *span), (1, *span), (2, *span), (0, *stray)]
    assert open_seconds([good, *unreadable], spans) == [7 * 3600, None, None, None]


def test_hours_that_an_earlier_version_stored_count_once_where_they_overlap() -> None:
    stored = {**sheet("UTC", ALWAYS), "monday_hours": "12:00-18:00,09:00-13:00,10:00-11:00"}
    spans = [
        (0, utc("2024-05-06T10:00"), utc("2024-05-06T17:00")),
        (0, utc("2024-05-06T00:00"), utc("2024-05-07T00:00")),
    ]
    assert open_seconds([stored], spans) == [7 * 3600, 9 * 3600]
