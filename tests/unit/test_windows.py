"""Windows: days and instants in a time zone, as half-open intervals of UTC."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from navette.core.errors import RequestError
from navette.core.windows import OPEN, Window, midnight, window

PARIS = ZoneInfo("Europe/Paris")
ZONES = sorted(available_timezones() - {"localtime"})

# Days that begin in no ordinary way: midnight is skipped, comes twice, or the whole day does not exist.
ODD_DAYS = [
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00"),  # 00:00 is 01:00
    ("Asia/Beirut", "2022-03-27", "2022-03-26T22:00"),  # 00:00 is 01:00
    ("Africa/Cairo", "2023-04-28", "2023-04-27T22:00"),  # 00:00 is 01:00
    ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00"),  # the day does not exist
    ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00"),
    ("Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00"),  # the day does not exist
    ("America/Toronto", "1919-03-31", "1919-03-31T04:30"),  # 23:30 of the day before is 00:30
    ("America/Havana", "2018-11-04", "2018-11-04T04:00"),  # 01:00 is 00:00 again: the first one counts
    ("America/St_Johns", "2006-10-29", "2006-10-29T02:30"),  # 00:01 is 23:01 again: the first midnight counts
    ("Australia/Lord_Howe", "2024-04-07", "2024-04-06T13:00"),  # half an hour of daylight saving
    ("Africa/Monrovia", "1971-06-01", "1971-06-01T00:44:30"),  # an offset with seconds
    ("Asia/Kathmandu", "2024-01-01", "2023-12-31T18:15"),
    ("UTC", "2024-02-29", "2024-02-29T00:00"),
]

days = st.dates(date(1900, 1, 1), date(2037, 12, 30))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """The first instant whose local day is ``day`` or later, found by looking at every minute, then every second."""

    def begun(instant: datetime) -> bool:
        return instant.astimezone(zone).date() >= day

    noon = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=17)
    minutes = (noon + timedelta(minutes=n) for n in range(34 * 60))
    minute = next(instant for instant in minutes if begun(instant))
    return next(second for n in range(61) if begun(second := minute - timedelta(seconds=60 - n)))


@pytest.mark.parametrize(("zone", "day", "begins"), ODD_DAYS)
def test_a_day_begins_at_its_first_instant_that_exists(zone: str, day: str, begins: str) -> None:
    assert midnight(date.fromisoformat(day), ZoneInfo(zone)) == utc(begins)


@settings(deadline=None)
@given(days, st.sampled_from(ZONES))
@example(date(2018, 11, 4), "America/Sao_Paulo")
@example(date(1919, 3, 31), "America/Toronto")
def test_a_day_begins_where_looking_at_every_second_finds_it(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    assert midnight(day, zone) == first_instant(day, zone)


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("America/Sao_Paulo", 2018),
        ("Asia/Beirut", 2022),
        ("Africa/Cairo", 2023),
        ("Pacific/Apia", 2011),
        ("Europe/Paris", 2024),
        ("America/St_Johns", 2006),
        ("America/Havana", 2018),
        ("Africa/Casablanca", 2025),
    ],
)
def test_the_days_of_a_year_follow_each_other_without_gap_or_overlap(name: str, year: int) -> None:
    zone, day = ZoneInfo(name), date(year, 1, 1)
    windows = [window(str(day + timedelta(days=n)), str(day + timedelta(days=n)), zone) for n in range(366)]
    assert [w.end for w in windows[:-1]] == [w.start for w in windows[1:]]
    assert window(f"{year}-01-01", str(day + timedelta(days=365)), zone) == Window(windows[0].start, windows[-1].end)


@settings(deadline=None)
@given(days, st.integers(0, 500), st.sampled_from(ZONES))
def test_the_end_day_is_included(start: date, length: int, name: str) -> None:
    zone, end = ZoneInfo(name), start + timedelta(days=length)
    if end < date(2037, 12, 31):
        asked = window(str(start), str(end), zone)
        assert asked == Window(midnight(start, zone), midnight(end + timedelta(days=1), zone))
        assert asked.start is not None
        assert asked.end is not None
        assert asked.start <= asked.end
        assert asked.start.tzinfo is UTC
        assert asked.end.tzinfo is UTC


def test_a_day_that_the_zone_skipped_is_an_empty_window() -> None:
    skipped = window("2011-12-30", "2011-12-30", ZoneInfo("Pacific/Apia"))
    assert skipped.start == skipped.end


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-03-31", "2024-03-31", ("2024-03-30T23:00", "2024-03-31T22:00")),  # 23 hours
        ("2024-10-27", "2024-10-27", ("2024-10-26T22:00", "2024-10-27T23:00")),  # 25 hours
        ("2024-01-31T13:00:00+05:30", "2024-01-31T13:00:00Z", ("2024-01-31T07:30", "2024-01-31T13:00")),
        ("2024-07-01T10:00", "2024-07-01 12:30:15.5", ("2024-07-01T08:00", "2024-07-01T10:30:15.500")),
        ("2024-07-01T10:00", "2024-07-01", ("2024-07-01T08:00", "2024-07-01T22:00")),
        ("2024-07-01T10:00Z", "2024-07-01T10:00Z", ("2024-07-01T10:00", "2024-07-01T10:00")),
        # 02:30 does not exist and is 03:30; 02:30 comes twice and is the first.
        ("2024-03-31T02:30", "2024-10-27T02:30", ("2024-03-31T01:30", "2024-10-27T00:30")),
        ("0001-01-02", "9999-12-30", ("0001-01-01T23:50:39", "9999-12-30T23:00")),
    ],
)
def test_days_and_instants(start: str, end: str, expected: tuple[str, ...]) -> None:
    assert window(start, end, PARIS) == Window(*map(utc, expected))


def test_a_side_that_is_not_given_is_open() -> None:
    assert window(None, None, PARIS) == OPEN
    assert not window(None, None, PARIS)
    assert window("2024-01-01", None, PARIS) == Window(utc("2023-12-31T23:00"), None)
    assert window(None, "2024-01-01", PARIS) == Window(None, utc("2024-01-01T23:00"))
    assert window("2024-01-01", None, PARIS)
    assert window(None, "2024-01-01", PARIS)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2024-01-02", "2024-01-01"),
        ("2024-02-01", "2024-01-01"),
        ("2024-01-02T00:00", "2024-01-01"),
        ("2024-01-02", "2024-01-01T23:59"),
        ("2024-01-01T10:00:00.000001Z", "2024-01-01T10:00Z"),
        ("2024-01-01T10:00+01:00", "2024-01-01T10:00+02:00"),
    ],
)
def test_an_end_before_the_start_is_refused(start: str, end: str) -> None:
    with pytest.raises(RequestError, match="is before the start") as refused:
        window(start, end, PARIS)
    assert start in str(refused.value)
    assert end in str(refused.value)


WRONG = (
    "",
    "yesterday",
    "31/01/2020",
    "2020-02-30",
    "2020-1-31",
    "20200131",
    "2020-W05",
    "2020-W05-5",
    "2020-01-31x10:00",
    "2020-01-31T25:00",
    "2020-01-31T10:00+25:00",
    "２０２０-０１-３１",
    "2020-01-31\ud800",
    "0000-01-01",
    "10000-01-01",
    " 2020-01-31",
    "infinity",
)


@pytest.mark.parametrize("text", WRONG)
@pytest.mark.parametrize("side", ["start", "end"])
def test_what_is_neither_a_day_nor_an_instant_is_refused_with_an_example(text: str, side: str) -> None:
    bounds = {"start": None, "end": None, side: text}
    with pytest.raises(RequestError, match="is neither a day") as refused:
        window(bounds["start"], bounds["end"], PARIS)
    assert f"the {side} '{as_quoted(text)}'" in str(refused.value)


def as_quoted(text: str) -> str:
    """The text as errors quote it: what no database stores, NUL and lone surrogates, is replaced."""
    return re.sub("[\0\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)


@pytest.mark.parametrize(
    ("start", "end", "zone"),
    [
        ("0001-01-01", None, "Asia/Tokyo"),
        ("0001-01-01T00:00+01:00", None, "UTC"),
        (None, "9999-12-31", "UTC"),
        (None, "9999-12-31T23:30", "America/New_York"),
    ],
)
def test_what_lies_outside_of_the_calendar_is_refused(start: str | None, end: str | None, zone: str) -> None:
    with pytest.raises(RequestError, match="is outside the years 1 to 9999"):
        window(start, end, ZoneInfo(zone))


@settings(deadline=None)
@given(st.text(max_size=30) | st.from_regex(r"\A[0-9]{4}-?[0-9W]{2,3}-?[0-9]{0,2}[T ]?[0-9:+Z.-]{0,12}\Z"))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        bounds = window(text, None, PARIS)
    except RequestError as refused:
        assert as_quoted(text) in str(refused)  # noqa: PT017  # either outcome is right
    else:
        assert bounds.start is not None
        assert bounds.start.tzinfo is UTC
