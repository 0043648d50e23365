"""Slots: none missed, none doubled, over every change of the clock; windows that tile."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from navette.core.errors import RequestError
from navette.core.periods import period
from navette.core.schedules import Slot, daily, monthly, schedule, weekly
from navette.core.windows import instant, midnight
from navette.wording.errors import in_words

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
PARIS = ZoneInfo("Europe/Paris")


def shown(when: datetime, zone: ZoneInfo) -> datetime:
    """What clocks show."""
    return when.astimezone(zone).replace(tzinfo=None)


def slots(cron: str, zone: ZoneInfo, start: datetime, end: datetime) -> list[Slot]:
    return list(takewhile(lambda slot: slot.at < end, schedule(cron, zone).after(start)))


@pytest.mark.parametrize(
    ("at", "day", "due"),
    [
        (time(2, 30), date(2026, 3, 29), "2026-03-29T01:00:00+00:00"),  # no such time: at the change
        (time(2, 30), date(2026, 10, 25), "2026-10-25T00:30:00+00:00"),  # twice: the first
        (time(3), date(2026, 3, 29), "2026-03-29T01:00:00+00:00"),
        (time(3), date(2026, 10, 25), "2026-10-25T02:00:00+00:00"),
    ],
)
def test_changes_of_the_clock_in_paris(at: time, day: date, due: str) -> None:
    [slot] = slots(daily(at), PARIS, midnight(day, PARIS), midnight(day + timedelta(days=1), PARIS))
    assert (slot.at.isoformat(), slot.day) == (due, day)


def test_a_gap_at_the_end_of_a_day_moves_the_slot_but_not_its_day() -> None:
    nuuk = ZoneInfo("America/Nuuk")  # on 2026-03-28 clocks go from 23:00 to 00:00
    [slot] = slots(
        daily(time(23, 30)),
        nuuk,
        midnight(date(2026, 3, 28), nuuk),
        midnight(date(2026, 3, 29), nuuk) + timedelta(hours=1),
    )
    assert shown(slot.at, nuuk) == datetime(2026, 3, 29)
    assert slot.day == date(2026, 3, 28)


def test_a_day_that_a_zone_skipped_has_its_slot_at_the_next_moment() -> None:
    apia = ZoneInfo("Pacific/Apia")  # no 2011-12-30 there
    found = slots(daily(time(5)), apia, midnight(date(2011, 12, 29), apia), midnight(date(2012, 1, 1), apia))
    assert [slot.day.day for slot in found] == [29, 30, 31]
    assert shown(found[1].at, apia) == datetime(2011, 12, 31)


def test_every_half_hour_is_due_once_by_the_clock_where_it_goes_back() -> None:
    found = slots(
        "*/30 * * * *", PARIS, datetime(2026, 10, 24, 23, 59, tzinfo=UTC), datetime(2026, 10, 25, 3, tzinfo=UTC)
    )
    clock = [f"{shown(slot.at, PARIS):%H:%M}" for slot in found]
    assert clock == ["02:00", "02:30", "03:00", "03:30"]


def first_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The first minute, counted on from two days before, at which clocks show that time or more: slow and plain."""
    probe = local.replace(tzinfo=UTC) - timedelta(hours=26)
    while shown(probe, zone) < local:
        hours = shown(probe + timedelta(hours=1), zone) < local
        probe += timedelta(hours=1) if hours else timedelta(minutes=1)
    return probe


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1)).map(lambda when: when.replace(second=0, microsecond=0)),
)
def test_an_instant_is_the_first_at_which_clocks_show_the_time(name: str, local: datetime) -> None:
    zone = ZoneInfo(name)
    found = instant(local, zone)
    assert shown(found, zone) >= local
    if found.second == 0:
        assert found == first_instant(local, zone)


@given(
    st.sampled_from(ZONES),
    st.dates(date(2014, 1, 1), date(2034, 1, 1)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.integers(0, 6),
)
def test_slots_are_one_a_day_week_and_month_and_windows_tile(name: str, day: date, at: time, first_day: int) -> None:
    zone = ZoneInfo(name)
    start, end = midnight(day, zone), midnight(day + timedelta(days=100), zone)
    for cron, words in ((daily(at), "yesterday"), (weekly(at, first_day), "last_week"), (monthly(at), "last_month")):
        found = slots(cron, zone, start, end)
        days = [period(words, slot.day, first_day) for slot in found]
        assert len(found) >= 3
        assert all(later[0] == earlier[1] + timedelta(days=1) for earlier, later in pairwise(days))
        windows = [(midnight(first, zone), midnight(last + timedelta(days=1), zone)) for first, last in days]
        assert all(earlier[1] == later[0] for earlier, later in pairwise(windows))
        assert all(end <= slot.at for (_, end), slot in zip(windows, found, strict=True))


@given(
    st.sampled_from(ZONES),
    st.sampled_from(["* * * * *", "*/7 * * * *", "0 0 * * *", "30 2 29 2 *", "0 12 * * 1-5", "15 6,18 1,15 * *"]),
    st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_asking_again_from_a_slot_goes_on_behind_it(name: str, cron: str, when: datetime) -> None:
    one = schedule(cron, ZoneInfo(name))
    first, second = (slot for slot, _ in zip(one.after(when), range(2), strict=False))
    assert when < first.at < second.at
    assert one.next(first.at) == second
    assert one.next(first.at - timedelta(seconds=1)) == first


@pytest.mark.parametrize(
    "cron", ["", "* * * *", "* * * * * *", "@daily", "61 * * * *", "* 24 * * *", "0 0 30 2 *", "a b c d e", "* * * * 8"]
)
def test_what_is_no_cron_line_is_refused(cron: str) -> None:
    with pytest.raises(RequestError, match="cron expression"):
        schedule(cron, PARIS)


@pytest.mark.parametrize(
    ("cron", "why", "french"),
    [
        (
            "61 * * * *",
            "the minute (0 to 59) cannot be '61'.",
            "la minute (de 0 à 59) ne peut pas être «\u00a061",
        ),
        ("0 24 * * *", "the hour (0 to 23) cannot be '24'.", "l’heure (de 0 à 23) ne peut pas être"),
        ("0 5 0 * *", "the day of the month (1 to 31) cannot be '0'.", "le jour du mois (de 1 à 31)"),
        ("0 5 * 1-x *", "the month (1 to 12) cannot be '1-x'.", "le mois (de 1 à 12)"),
        ("* * * * 8", "the day of the week (0 to 7) cannot be '8'.", "le jour de la semaine (de 0 à 7)"),
        ("a b c d e", "the minute (0 to 59) cannot be 'a'.", "la minute"),
    ],
)
def test_the_wrong_field_is_named(cron: str, why: str, french: str) -> None:
    with pytest.raises(RequestError) as wrong:
        schedule(cron, PARIS)
    assert str(wrong.value) == f"'{cron}' is not a valid cron expression: {why}"
    with override("fr"):
        assert french in in_words(wrong.value)


@pytest.mark.parametrize("cron", ["0 0 30 2 *", "0 0 31 4,6 *"])
def test_a_day_that_never_comes_is_told_as_such(cron: str) -> None:
    with pytest.raises(RequestError, match="is never due: correct its day or month"):
        schedule(cron, PARIS)


@given(st.text(max_size=20))
def test_any_text_is_a_cron_line_or_refused(text: str) -> None:
    try:
        found = schedule(text, PARIS)
    except RequestError:
        return
    assert found.next(datetime(2026, 1, 1, tzinfo=UTC)).at.year >= 2026
