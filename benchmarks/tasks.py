"""Automated exports: every time zone's slots compared with a plain calculation, and the time to queue many tasks.

``python -m benchmarks.tasks [TASKS YEARS]``: by default 5,000 tasks, all due in one minute, and ten years. Ends with
1 where a slot is missed or doubled, or windows do not tile.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo, available_timezones

from navette.core.periods import period
from navette.core.schedules import daily, monthly, schedule, weekly
from navette.core.windows import midnight
from navette.core.zones import zone

AT = clock(2, 30)
"""Most clock changes are at two or three o'clock at night."""

FIRST_YEAR = 2020
MONDAY = 0


def main(tasks: int = 5_000, years: int = 10) -> None:
    """Print both tables."""
    wrong = _zones(years)
    _queued(tasks)
    sys.exit(wrong > 0)


def _zones(years: int) -> int:
    names = sorted(available_timezones() - {"localtime", "Factory"})
    started, slots, wrong = time.perf_counter(), 0, 0
    for name in names:
        for cron, words, days in _schedules(years):
            clocks = zone(name)
            found = _slots(cron, clocks, years)
            wrong += found != [(_first(datetime.combine(day, AT), clocks), day) for day in days]
            wrong += not _tile([period(words, day, MONDAY) for _at, day in found], clocks)
            slots += len(found)
    seconds = time.perf_counter() - started
    print("| zones | slots | schedules that differ from it, or whose windows have gaps or overlaps | seconds |")
    print("| --- | --- | --- | --- |")
    print(f"| {len(names)} | {slots:,} | {wrong} | {seconds:.0f} |", flush=True)
    return wrong


def _schedules(years: int) -> Iterator[tuple[str, str, list[date]]]:
    """Yield each schedule with its period and the days on which it is due."""
    first, last = date(FIRST_YEAR, 1, 1), date(FIRST_YEAR + years, 1, 1)
    every = [first + timedelta(days=number) for number in range((last - first).days)]
    yield daily(AT), "yesterday", every
    yield weekly(AT, MONDAY), "last_week", [day for day in every if day.weekday() == MONDAY]
    yield monthly(AT), "last_month", [day for day in every if day.day == 1]


def _slots(cron: str, clocks: ZoneInfo, years: int) -> list[tuple[datetime, date]]:
    start, end = date(FIRST_YEAR, 1, 1), date(FIRST_YEAR + years, 1, 1)
    found = schedule(cron, clocks).after(midnight(start, clocks) - timedelta(days=2))
    return [(slot.at, slot.day) for slot in takewhile(lambda slot: slot.day < end, found) if slot.day >= start]


def _first(local: datetime, clocks: ZoneInfo) -> datetime:
    """The first instant at which clocks show that time; where none does, the first minute at which they show more.

    Found from what clocks show at instants alone, without asking Python what a local time means.
    """
    offsets = {_offset(local.replace(tzinfo=UTC) + timedelta(days=days), clocks) for days in (-1, 1)}
    exact = [(local - offset).replace(tzinfo=UTC) for offset in offsets]
    shown = [at for at in exact if at + _offset(at, clocks) == local.replace(tzinfo=UTC)]
    if shown:
        return min(shown)
    at = min(exact)
    while at + _offset(at, clocks) < local.replace(tzinfo=UTC):
        at += timedelta(minutes=1)
    while at - timedelta(minutes=1) + _offset(at - timedelta(minutes=1), clocks) > local.replace(tzinfo=UTC):
        at -= timedelta(minutes=1)
    return at


def _offset(at: datetime, clocks: ZoneInfo) -> timedelta:
    return at.astimezone(clocks).utcoffset() or timedelta()


def _tile(days: list[tuple[date, date]], clocks: ZoneInfo) -> bool:
    windows = [(midnight(first, clocks), midnight(last + timedelta(days=1), clocks)) for first, last in days]
    return all(earlier[1] == later[0] for earlier, later in pairwise(windows))


def _queued(count: int) -> None:
    """Queue tasks of two exports each, all due in one minute, with one scheduler."""
    os.environ |= {"NAVETTE_HOME": tempfile.mkdtemp(), "NAVETTE_SMTP_URL": "smtp://127.0.0.1:25"}
    from navette.site.start import start_django

    start_django()
    from navette.automation.scheduler import plan_and_follow_slots
    from navette.control.actor import OPERATOR
    from navette.control.models import Extension, Run, Task
    from navette.core.settings import load_settings
    from navette.services.setup import Person, make_administrator, make_domain, make_tables

    make_tables(OPERATOR)
    make_domain(OPERATOR, load_settings())
    owner = make_administrator(
        OPERATOR, Person("administrator@example.org", "Administrator", "not a secret in a benchmark")
    )
    Extension.objects.create(name="automatic_exports")
    due = datetime(2026, 3, 10, 4, tzinfo=UTC)
    exports = [{"export": "agents"}, {"export": "messages", "period": "yesterday"}]
    Task.objects.bulk_create(
        Task(label=f"Task {number}", owner=owner, exports=exports, due_at=due) for number in range(count)
    )
    started = time.perf_counter()
    plan_and_follow_slots(due)
    seconds = time.perf_counter() - started
    print("\n| tasks due at once | runs queued | seconds, by one scheduler | target |\n| --- | --- | --- | --- |")
    print(f"| {count:,} | {Run.objects.count():,} | {seconds:.1f} | 10 |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
