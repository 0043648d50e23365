"""A domain that grows by months, each with about the same number of messages.

A longer domain has the rows of a shorter one, and later ones. Only the states of rows differ: what happens after the
end has not happened yet. Rows come in time order, so that they can be stored as they come. Some days are in memory at a
time, together with what happens weeks or months later: cases stay open, customers write again or fill in a survey.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from navette.demo.arrivals import Arrivals, ArrivalSchedule
from navette.demo.attachments import knowledge_attachments
from navette.demo.columns import instants
from navette.demo.draw import Ints
from navette.demo.identities import puppets
from navette.demo.opening_hours import Calendar
from navette.demo.period import HOUR, Period
from navette.demo.presence import presence_between
from navette.demo.setup import Setup
from navette.demo.talk import Conversations

FIRST_DAY = date(2016, 1, 1)

CONFIGURED_MONTHS = 24
"""With any number of months, the agents and settings are those of a domain of two years."""

_CHUNK_THREADS = 12_500
"""About an eighth of a month of a domain of 10 million messages over two years."""

_STAY_OPEN = ("interventions",)
"""Tables with rows that stay open for months."""

_HAPPENS_LATER = {
    "tasks": ("accepted_at", "completed_at"),
    "task_selections": ("ended_at",),
    "interventions": ("satisfaction_sent_at",),
    "threads": ("first_categorization_at",),
}
"""By table, the columns with instants of what happens to a row later."""


def growing_period(months: int) -> Period:
    """The period of these months and one more year, so that nothing ends with the last month."""
    year, month = divmod(FIRST_DAY.month - 1 + months, 12)
    return Period(date(FIRST_DAY.year + year + 1, month + 1, 1) - timedelta(days=1), FIRST_DAY)


def growing_talk(setup: Setup, messages: int, months: int) -> Iterator[tuple[str, pa.Table]]:
    """The rows of conversations, activity and presence of the first months, with about ``messages`` in each."""
    calendar = Calendar(setup.period)
    schedule = ArrivalSchedule(setup, calendar, messages, months)
    parts = list(schedule.parts(_CHUNK_THREADS))
    conversations = Conversations(setup, calendar, schedule.threads, len(parts) // months)
    starts = [setup.period.start + hours * HOUR for hours in setup.period.month_hours[: months + 1]]
    line = _TimeLine(starts[-1])
    yield "identities", puppets(setup)
    yield "attachments", knowledge_attachments(setup)
    for number, (start, end) in enumerate(pairwise(starts)):
        yield "presence_times", presence_between(setup, start, end, number)
    for arrivals, until in _with_next_start((schedule.arrivals(*part) for part in parts), starts[-1]):
        for table, rows in conversations.of(arrivals):
            yield table, line.release(table, rows, until)


def _with_next_start(arrivals: Iterator[Arrivals], end: int) -> Iterator[tuple[Arrivals, int]]:
    current = next(arrivals)
    for following in arrivals:
        yield current, int(following.start[0])
        current = following
    yield current, end


class _TimeLine:
    """Puts the rows of all chunks into one time order, up to the end."""

    def __init__(self, end: int) -> None:
        self._end = end
        self._waiting: dict[str, pa.Table] = {}

    def release(self, table: str, rows: pa.Table, until: int) -> pa.Table:
        """The rows before ``until`` of this and earlier chunks; later rows wait."""
        rows = _as_of(table, rows, self._end)
        if table in self._waiting:
            rows = pa.concat_tables([self._waiting.pop(table), rows])
        seconds = _seconds(rows)
        self._waiting[table] = rows.filter(pa.array(seconds >= until))
        return rows.filter(pa.array(seconds < until))


def _seconds(rows: pa.Table) -> Ints:
    seconds: Ints = rows["created_at"].cast(pa.int64()).to_numpy() // 1_000_000
    return seconds


def _as_of(table: str, rows: pa.Table, end: int) -> pa.Table:
    """The rows that exist at that second, in their state at that time."""
    rows = rows.filter(pa.array(_seconds(rows) < end))
    now = instants(np.array([end]))[0]
    if table in _STAY_OPEN:
        rows = _still_open(rows, pc.greater_equal(rows["updated_at"], now))
    for name in _HAPPENS_LATER.get(table, ()):
        rows = _replaced(rows, name, pc.if_else(pc.less(rows[name], now), rows[name], None))
    if "updated_at" in rows.column_names:
        last = instants(np.array([end - 1]))[0]
        rows = _replaced(rows, "updated_at", pc.if_else(pc.less(rows["updated_at"], now), rows["updated_at"], last))
    return rows


def _still_open(rows: pa.Table, is_open: pa.ChunkedArray) -> pa.Table:
    rows = _replaced(rows, "status", pc.if_else(is_open, "Opened", rows["status"]))
    return _replaced(rows, "closed_automatically", pc.if_else(is_open, None, rows["closed_automatically"]))


def _replaced(rows: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    place = rows.column_names.index(name)
    return rows.set_column(place, rows.schema.field(place), values)
