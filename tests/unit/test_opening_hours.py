"""Time sheets in any notation that means one thing only are read; the others are refused, and the reason says why."""

import json
import re
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from babel.core import get_global
from hypothesis import given, settings
from hypothesis import strategies as st

from navette.core.zones import zone, zone_name
from navette.store.conform import Conformed, conform
from navette.tables import TABLES
from navette.tables.opening_hours import DAYS, read_time_sheet

ID = "0123456789abcdef01234567"
HOURS = {"timezone": "Europe/Paris", "monday_hours": "09:00-18:00"}


def monday(text: str) -> tuple[str | None, str | None]:
    """The stored hours of Monday and Tuesday where Monday has this text."""
    read = read_time_sheet({"timezone": "UTC", "monday_hours": text})
    return read["monday_hours"], read["tuesday_hours"]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("09:00-12:30,14:00-18:00", "09:00-12:30,14:00-18:00"),
        ("09:00–18:00", "09:00-18:00"),
        ("09:00 — 18:00", "09:00-18:00"),
        ("9:00-18:00", "09:00-18:00"),
        ("9h00-18h00", "09:00-18:00"),
        ("9h-12h30 ; 14h-18h", "09:00-12:30,14:00-18:00"),
        ("9 h – 18 h 00".replace("h 00", "h00"), "09:00-18:00"),
        ("9h à 18h", "09:00-18:00"),
        ("09:00 to 18:00", "09:00-18:00"),
        ("9-18", "09:00-18:00"),
        ("9-12 14-18", "09:00-12:00,14:00-18:00"),
        ("0-24", "00:00-24:00"),
        ("8.30-17.30", "08:30-17:30"),
        ("9:00 AM - 6:00 PM", "09:00-18:00"),
        ("9am-12pm, 1 p.m. - 5 p.m.", "09:00-12:00,13:00-17:00"),
        ("6 PM - 12 AM", "18:00-24:00"),
        ("09:00-00:00", "09:00-24:00"),
        ("00:00-24:00", "00:00-24:00"),
        ("00:00:00-23:59:59", "00:00-23:59:59"),
        ("32400-45000,50400-64800", "09:00-12:30,14:00-18:00"),  # seconds, as Engage Digital's API has them
        ("0-86400", "00:00-24:00"),
        ("14:00-18:00,09:00-12:30", "09:00-12:30,14:00-18:00"),
        ("09:00-13:00,12:00-18:00", "09:00-18:00"),
        ("09:00-12:00,12:00-18:00", "09:00-18:00"),
        ("09:00-18:00,10:00-11:00", "09:00-18:00"),
        ("", ""),
        (" ", ""),
        ("-", ""),
        ("closed", ""),
        ("Fermé", ""),
    ],
)
def test_hours_that_mean_one_thing_are_read(text: str, stored: str) -> None:
    assert monday(text) == (stored, None)


def test_hours_over_midnight_go_on_in_the_next_day() -> None:
    assert monday("22:00-06:00") == ("22:00-24:00", "00:00-06:00")
    week = read_time_sheet({"timezone": "UTC", "sunday_hours": "20:00-02:00", "monday_hours": "01:00-08:00"})
    assert (week["sunday_hours"], week["monday_hours"], week["tuesday_hours"]) == ("20:00-24:00", "00:00-08:00", None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("540-1080", "could mean minutes, seconds or times"),
        ("0900-1800", "could mean minutes, seconds or times"),
        ("09:00", "cannot be read as opening hours"),
        ("09:00-18:00 Paris", "cannot be read as opening hours"),
        ("9-18h30-20h", "cannot be read as opening hours"),
        ("24/7", "cannot be read as opening hours"),
        ("09:00-09:00", "ends when it begins"),
        ("00:00-00:00", "ends when it begins"),
        ("22:00-30:00", "has a time that does not exist"),
        ("24:00-25:00", "has a time that does not exist"),
        ("09:60-10:00", "has a time that does not exist"),
        ("13 PM - 14 PM", "has a time that does not exist"),
        ("9-6 PM", "has am or pm for only one of its times"),
        ("9-90000", "has a time that does not exist"),
    ],
)
def test_hours_that_mean_several_things_or_nothing_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^monday_hours: '.*' {reason}"):
        monday(text)


def test_a_time_sheet_without_any_hours_is_refused_unless_it_says_that_it_is_closed() -> None:
    with pytest.raises(ValueError, match="no day has opening hours; write 'closed'"):
        read_time_sheet({"timezone": "UTC"})
    assert read_time_sheet({"timezone": "UTC", "sunday_hours": "closed"})["sunday_hours"] == ""


def holidays(value: list[str] | str | None, zone: str = "Europe/Paris") -> list[str] | None:
    return read_time_sheet({**HOURS, "timezone": zone, "holidays": value})["holidays"]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        (["2024-05-01"], ["2024-05-01"]),
        ('["2024-05-01", "2024-12-25"]', ["2024-05-01", "2024-12-25"]),
        ("2024-05-01, 2024-12-25", ["2024-05-01", "2024-12-25"]),
        ("2024-05-01;2024-12-25", ["2024-05-01", "2024-12-25"]),
        ("20240501", ["2024-05-01"]),
        ("2024/5/1", ["2024-05-01"]),
        ("25/12/2024", ["2024-12-25"]),
        ("12/25/2024", ["2024-12-25"]),
        ("06/06/2024", ["2024-06-06"]),
        ("06.05.2024", ["2024-05-06"]),
        # The list shows which comes first.
        ("01/05/2024, 14/07/2024", ["2024-05-01", "2024-07-14"]),
        ("05/06/2024, 12/25/2024", ["2024-05-06", "2024-12-25"]),
        # With a time: of midnight here, or of midnight there.
        ("2024-05-06 00:00:00", ["2024-05-06"]),
        ("2024-05-06T12:00", ["2024-05-06"]),
        ("2024-05-06T00:00:00Z", ["2024-05-06"]),
        ("2024-05-05T22:00:00Z", ["2024-05-06"]),
        ("2024-05-06T09:00:00+02:00", ["2024-05-06"]),
        ("25/12/2024 00:00", ["2024-12-25"]),
    ],
)
def test_holidays_that_mean_one_day_are_read(value: list[str] | str | None, stored: list[str] | None) -> None:
    assert holidays(value) == stored


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("06/05/2024", "'06/05/2024' could mean two different days"),
        ("06/05/2024, 14/07/2024, 12/25/2024", "'06/05/2024' could mean two different days"),
        ("06/05/24", "is not a day"),
        ("6 May 2024", "is not a day"),
        ("2024-05-061", "is not a day"),
        ("2024-02-30", "is not a day of the calendar"),
        ("2024-05-06T23:00:00Z", "is not the same day in Europe/Paris"),
        ('["2024-05-06"', "not a JSON array"),
        ('[{"date": "2024-05-06"}]', "is not a day"),
    ],
)
def test_holidays_that_mean_several_days_or_none_are_refused(value: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^holidays: .*{reason}"):
        holidays(value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Europe/Paris", "Europe/Paris"),
        (" europe/paris ", "Europe/Paris"),
        ("America/New York", "America/New_York"),
        ("Romance Standard Time", "Europe/Paris"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("eastern standard time", "America/New_York"),
        ("US/Eastern", "US/Eastern"),
        ("UTC", "UTC"),
    ],
)
def test_zones_are_named_as_the_tz_database_or_windows_does(text: str, name: str) -> None:
    assert read_time_sheet({**HOURS, "timezone": text})["timezone"] == name


@pytest.mark.parametrize("text", get_global("windows_zone_mapping"))
def test_every_zone_of_windows_is_one_of_ours(text: str) -> None:
    assert zone(zone_name(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "timezone: missing"),
        ("  ", "timezone: missing"),
        ("Europe/Pariss", "timezone: unknown time zone 'Europe/Pariss': did you mean 'Europe/Paris'"),
        ("GMT+1", "timezone: unknown time zone 'GMT"),
        ("CST", "timezone: unknown time zone 'CST'"),
    ],
)
def test_other_zones_are_refused(text: str | None, reason: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(reason)):
        read_time_sheet({**HOURS, "timezone": text})


def conformed(row: dict[str, Any]) -> Conformed:
    rows = pa.table({name: [value] for name, value in row.items()})
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return conform(connection, TABLES["time_sheets"], rows)


@pytest.mark.parametrize("given_as", [str, str.encode])
def test_a_load_stores_what_was_read(given_as: Callable[[str], str | bytes]) -> None:
    row = {"id": ID, "timezone": "Romance Standard Time", "monday_hours": "22h-6h", "holidays": "25/12/2024"}
    [stored] = conformed({name: given_as(value) for name, value in row.items()}).good.to_pylist()
    assert stored["timezone"] == "Europe/Paris"
    assert (stored["monday_hours"], stored["tuesday_hours"]) == ("22:00-24:00", "00:00-06:00")
    assert stored["holidays"] == ["2024-12-25"]


def test_a_load_refuses_the_row_with_the_reason_and_as_it_came() -> None:
    row = {"id": ID, "timezone": "UTC", "monday_hours": "9h-18h", "tuesday_hours": "24/7", "holidays": "2024-12-25"}
    [refused] = conformed(row).bad.to_pylist()
    assert refused["reason"].startswith("tuesday_hours: '24/7' cannot be read as opening hours")
    assert json.loads(refused["row"]) == row


def test_a_time_sheet_that_is_not_utf8_is_refused() -> None:
    [refused] = conformed({"id": ID.encode(), "timezone": b"UTC", "monday_hours": b"9h\xff"}).bad.to_pylist()
    assert refused["reason"] == "monday_hours: not UTF-8"


times = st.integers(0, 23 * 60 + 59).map(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}")
parts = st.tuples(times, times).filter(lambda pair: pair[0] != pair[1]).map("-".join)


@settings(deadline=None)
@given(st.fixed_dictionaries({day: st.none() | st.lists(parts, max_size=4).map(",".join) for day in DAYS}))
def test_stored_hours_are_read_unchanged(week: dict[str, Any]) -> None:
    if all(hours is None for hours in week.values()):
        week["sunday_hours"] = ""
    stored = read_time_sheet({"timezone": "UTC", **week})
    assert read_time_sheet(stored) == stored


@settings(deadline=None)
@given(st.text(alphabet="0123456789:h-–, .;apm", max_size=14))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        stored, _ = monday(text)
    except ValueError:
        return
    assert monday(stored or "")[0] == stored
