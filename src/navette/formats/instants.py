"""Instants as text in a time zone, in SQL.

The engine computes the local time from its own copy of the tz database, which can be a version apart from Python's.
A written offset therefore always comes from the same computation, so that the text denotes the right instant.
"""

from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from navette.core.sql import literal

ISO = "%Y-%m-%dT%H:%M:%S"


def local_text(column: str, zone: ZoneInfo, pattern: str) -> str:
    """The SQL of an instant in the local time of ``zone``, by a ``strftime`` pattern."""
    return f"strftime({local(column, zone)}, {literal(pattern)})"


def iso_text(column: str, zone: ZoneInfo) -> str:
    """The SQL of an instant in ISO 8601 with the offset of ``zone`` at that instant, in whole seconds (cut off).

    ISO 8601 has no offsets with seconds, which local times before about 1920 need: such instants are written in UTC,
    and so is any instant whose offset is not in Python's copy of the tz database.
    """
    in_utc = local_text(column, ZoneInfo("UTC"), ISO + "+00:00")
    offsets = _offsets(zone)
    if offsets == [timedelta(0)]:
        return in_utc
    whens = " ".join(
        f"WHEN {offset // timedelta(microseconds=1)} THEN {local_text(column, zone, ISO + _iso_offset(offset))}"
        for offset in offsets
    )
    return f"CASE epoch_us({local(column, zone)}) - epoch_us({column}) {whens} ELSE {in_utc} END"


def local(column: str, zone: ZoneInfo) -> str:
    """The SQL of the local time of ``zone`` at an instant, as a time without a zone."""
    return f"timezone({literal(zone.key)}, {column})"


@cache
def _offsets(zone: ZoneInfo) -> list[timedelta]:
    """The whole-minute offsets of ``zone`` from 1900 to 2100, the most frequent first.

    Weekly samples are enough: an offset that lasted less would be written in UTC.
    """
    first, weeks = datetime(1900, 1, 1, tzinfo=zone), 201 * 366 // 7
    moments = (first + timedelta(weeks=week) for week in range(weeks))
    frequent = Counter(map(zone.utcoffset, moments)).most_common()
    return [offset for offset, _ in frequent if offset is not None and not offset % timedelta(minutes=1)]


def _iso_offset(offset: timedelta) -> str:
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"{'-' if offset < timedelta(0) else '+'}{hours:02}:{minutes:02}"
