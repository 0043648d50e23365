"""The dashboard above the history: what was exported on each of the last days, drawn as bars."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from navette.control.models import Run
from navette.control.shown_states import FAILURES, with_shown_state
from navette.core.windows import midnight
from navette.wording.reader import Reader

DAYS = 30
BAR, PITCH, HEIGHT = 8, 10, 48
"""The geometry of a chart, in its own units: the width of a bar, from bar to bar, and the highest bar."""


@dataclass(frozen=True)
class Day:
    """What happened to the runs that were requested on one day. ``bytes`` and ``rows`` are those of finished files.

    ``failures`` are runs that failed, and runs whose file did not arrive, or perhaps did not.
    """

    day: date
    runs: int = 0
    rows: int = 0
    bytes: int = 0
    failures: int = 0


@dataclass(frozen=True)
class Bar:
    """One day of a chart: where its bar stands, and what it says."""

    x: int
    y: float
    height: float
    title: str


@dataclass(frozen=True)
class Chart:
    """One chart: what it shows, the sum of its days, its bars. ``kind`` is the name of what it counts."""

    kind: str
    label: str
    total: str
    bars: tuple[Bar, ...]


def days(runs: QuerySet[Run], zone: ZoneInfo) -> list[Day]:
    """The last days of these runs, today's last, in one query. A day is one of the zone's."""
    today = timezone.now().astimezone(zone).date()
    dates = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    ends = [midnight(day + timedelta(days=1), zone) for day in dates]
    # Comparing instants is cheaper for SQLite than asking for the day of each, and knows of changes of the clock.
    nth = Case(*(When(created_at__lt=end, then=Value(n)) for n, end in enumerate(ends)), output_field=IntegerField())
    begun = with_shown_state(runs).filter(created_at__gte=midnight(dates[0], zone), created_at__lt=ends[-1])
    sums = (
        begun.order_by()
        .values(nth=nth)
        .annotate(
            count=Count("pk"),
            sum_rows=Sum("rows"),
            sum_bytes=Sum("bytes"),
            failed=Count("pk", filter=Q(shown__in=FAILURES)),
        )
    )
    by_day = {
        n: [value or 0 for value in values]
        for n, *values in sums.values_list("nth", "count", "sum_rows", "sum_bytes", "failed")
    }
    return [Day(day, *by_day.get(n, ())) for n, day in enumerate(dates)]


def charts(days: list[Day], reader: Reader) -> list[Chart]:
    """The four charts of these days."""
    names = [reader.day(day.day) for day in days]
    return [
        _chart("runs", _("Runs"), [day.runs for day in days], reader.number, names),
        _chart("rows", _("Rows"), [day.rows for day in days], reader.number, names),
        _chart("bytes", _("Size"), [day.bytes for day in days], reader.size, names),
        _chart("failures", _("Failures"), [day.failures for day in days], reader.number, names),
    ]


def _chart(kind: str, label: str, values: list[int], write: Callable[[int], str], days: list[str]) -> Chart:
    most = max(values) or 1
    # Something is never drawn as nothing.
    heights = [max(value / most * HEIGHT, 1.5) if value else 0.0 for value in values]
    bars = (
        Bar(n * PITCH, round(HEIGHT - height, 2), round(height, 2), f"{day}: {write(value)}")
        for n, (day, value, height) in enumerate(zip(days, values, heights, strict=True))
    )
    return Chart(kind, label, write(sum(values)), tuple(bars))
