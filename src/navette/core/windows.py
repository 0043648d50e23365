"""Windows: the half-open UTC interval that a start and an end mean.

A start or end given as a day means that whole day, the end day included, in the request's time zone. An instant is
exact. Internally, a window is always half-open in UTC.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from navette.core.errors import RequestError
from navette.core.messages import Message, message


@dataclass(frozen=True)
class Window:
    """The instants ``start <= t < end`` in UTC; None leaves that side open."""

    start: datetime | None = None
    end: datetime | None = None

    def __bool__(self) -> bool:
        return self.start is not None or self.end is not None


OPEN = Window()
"""All of time."""

# fromisoformat alone also accepts weeks (2020-W05-5) and days without dashes, the latter as instants.
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].+")


def window(start: str | None, end: str | None, zone: ZoneInfo) -> Window:
    """The window of two texts, each an ISO day or an ISO instant, or None for an open side.

    An instant without an offset is in ``zone``. Raises RequestError if a text is neither or is outside the calendar, or
    if the end is before the start.
    """
    bounds = Window(_bound(start, zone, message("start"), days=0), _bound(end, zone, message("end"), days=1))
    if bounds.start and bounds.end:
        # An end day ends before a start at the next midnight; a day that its zone skipped is empty.
        over = bounds.end == bounds.start and start != end and _DAY.fullmatch(end or "")
        if over or bounds.end < bounds.start:
            raise RequestError(
                "the end ({end}) is before the start ({start}): give an end on or after the start.",
                end=end,
                start=start,
            )
    return bounds


def _bound(text: str | None, zone: ZoneInfo, side: Message, days: int) -> datetime | None:
    if text is None:
        return None
    try:
        if _DAY.fullmatch(text):
            return midnight(date.fromisoformat(text) + timedelta(days=days), zone)
        if _INSTANT.fullmatch(text):
            exact = datetime.fromisoformat(text)
            return (exact if exact.tzinfo else exact.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError as error:
        raise RequestError(
            "the {side} '{text}' is outside the years 1 to 9999: give another one.", side=side, text=text
        ) from error
    except ValueError:
        pass  # of the right form, but not an existing day or time
    raise RequestError(
        "the {side} '{text}' is neither a day (2020-01-31) nor an instant (2020-01-31T13:00:00+01:00).",
        side=side,
        text=text,
    )


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which ``day`` starts in ``zone``."""
    return instant(datetime.combine(day, time()), zone)


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which clocks in ``zone`` first show ``local`` (which has no zone).

    If a clock change skips that time, it is the first instant after the gap.
    """
    aware = local.replace(tzinfo=zone)
    earlier, later = aware.replace(fold=1).astimezone(UTC), aware.astimezone(UTC)
    return _first_after_gap(local, zone, earlier, later) if earlier < later else later


def _first_after_gap(local: datetime, zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    # With the offset from before the gap (fold=0), a time inside the gap lands as far after the change as it lies
    # inside
    # the gap; the change itself is where clocks stop showing less.
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < local:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
